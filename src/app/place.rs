//! Where a person is: the screens and the panes.

use crate::domain::{action::ActionId, id::TargetId};

/// One screen of the stack. The last one is shown; menus are drawn over the one below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    Welcome,
    Overview,
    Detail(TargetId),
    /// The open form (`AppState::form`).
    Form,
    /// A change on its way, and its end.
    Progress(ActionId),
    InDoubt(ActionId),
    Audit,
    Sources,
    /// Help for the screen below.
    Help,
    /// Why the selection is as it is.
    Why,
    /// `X`: every verb for the selection, with reasons when it is not possible. Drawn over the screen below.
    Actions,
    /// `y`: what to copy. Drawn over the screen below.
    Copy,
}

/// The four panes of the overview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Rollouts,
    Alerts,
    Gates,
    Tenants,
}

impl Pane {
    pub const ALL: [Self; 4] = [Self::Rollouts, Self::Alerts, Self::Gates, Self::Tenants];

    /// The word in the pane's title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Rollouts => "Rollouts",
            Self::Alerts => "Alerts",
            Self::Gates => "Gates",
            Self::Tenants => "Tenants",
        }
    }

    /// The digit that focuses it.
    #[must_use]
    pub fn digit(self) -> char {
        match self {
            Self::Rollouts => '1',
            Self::Alerts => '2',
            Self::Gates => '3',
            Self::Tenants => '4',
        }
    }
}
