//! Where a person is: the screens, the panes, and where in them the keyboard is.

use serde::{Deserialize, Serialize};

use crate::domain::{action::ActionId, alert::AlertKey, id::TargetId};

use super::{
    finding,
    form::{Focus, FormPhase},
    gates::GateKey,
    state::AppState,
    tenants::TenantKey,
};

/// One screen of the stack. The last one is shown; menus are drawn over the one below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    Welcome,
    Overview,
    Detail(TargetId),
    /// All alerts.
    Alerts,
    /// One alert with all that is known of it.
    Alert(AlertKey),
    /// All criteria and manual items.
    Gates,
    /// Why a criterion or an item says what it says.
    Gate(GateKey),
    /// All tenants.
    Tenants,
    /// One tenant with all that is known of it.
    Tenant(TenantKey),
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// Where the keyboard is. Finer than a screen: a text field takes letters, a button does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Welcome,
    Overview,
    /// `/` is open.
    Filter,
    Detail,
    /// The page of all alerts.
    Alerts,
    /// One alert.
    Alert,
    /// The page of all gates.
    Gates,
    /// Why a gate says what it says.
    Gate,
    /// The page of all tenants.
    Tenants,
    /// The map of all tenants.
    Map,
    /// One tenant.
    Tenant,
    /// The one-line prompt.
    Prompt,
    /// `:` is open.
    Palette,
    /// Help and why.
    Page,
    Audit,
    Sources,
    /// `X` and `y`: arrows, Enter, and the entries' own keys.
    Menu,
    Progress,
    InDoubt,
    /// The note of the in-doubt page.
    Note,
    /// A form that is read afresh or was refused.
    FormShut,
    FormChoice,
    FormText,
    FormButton,
}

impl Place {
    pub const ALL: [Self; 24] = [
        Self::Welcome,
        Self::Overview,
        Self::Filter,
        Self::Detail,
        Self::Alerts,
        Self::Alert,
        Self::Gates,
        Self::Gate,
        Self::Tenants,
        Self::Map,
        Self::Tenant,
        Self::Prompt,
        Self::Palette,
        Self::Page,
        Self::Audit,
        Self::Sources,
        Self::Menu,
        Self::Progress,
        Self::InDoubt,
        Self::Note,
        Self::FormShut,
        Self::FormChoice,
        Self::FormText,
        Self::FormButton,
    ];

    /// As `cutover keys` says it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Overview => "overview",
            Self::Filter => "filter",
            Self::Detail => "rollout",
            Self::Alerts => "alerts",
            Self::Alert => "alert",
            Self::Gates => "gates",
            Self::Gate => "gate",
            Self::Tenants => "tenants",
            Self::Map => "tenant map",
            Self::Tenant => "tenant",
            Self::Prompt => "prompt",
            Self::Palette => "palette",
            Self::Page => "help, why",
            Self::Audit => "audit",
            Self::Sources => "sources",
            Self::Menu => "menu",
            Self::Progress => "progress",
            Self::InDoubt => "in doubt",
            Self::Note => "note",
            Self::FormShut => "form being read",
            Self::FormChoice => "form: reason",
            Self::FormText => "form: text",
            Self::FormButton => "form: button",
        }
    }

    /// Letters are text here.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Filter | Self::Note | Self::FormText | Self::Prompt | Self::Palette)
    }
}

/// Where the keyboard is.
#[must_use]
pub fn place(state: &AppState) -> Place {
    if state.palette.is_some() { Place::Palette } else { below_palette(state) }
}

/// Where it would be without the palette.
#[must_use]
pub fn below_palette(state: &AppState) -> Place {
    if state.prompt.is_some() {
        return Place::Prompt;
    }
    if finding::typing(state).is_some() {
        return Place::Filter;
    }
    match state.screen() {
        Screen::Welcome => Place::Welcome,
        Screen::Overview => Place::Overview,
        Screen::Detail(_) => Place::Detail,
        Screen::Alerts => Place::Alerts,
        Screen::Alert(_) => Place::Alert,
        Screen::Gates => Place::Gates,
        Screen::Gate(_) => Place::Gate,
        Screen::Tenants if state.tenants.map.is_some() => Place::Map,
        Screen::Tenants => Place::Tenants,
        Screen::Tenant(_) => Place::Tenant,
        Screen::Form => match &state.form {
            Some(form) => match (&form.phase, form.focus) {
                (FormPhase::Reading | FormPhase::Refused(_), _) => Place::FormShut,
                (FormPhase::Ready(_), Focus::Choice) => Place::FormChoice,
                (FormPhase::Ready(_), Focus::Reason | Focus::Typed) => Place::FormText,
                (FormPhase::Ready(_), Focus::Cancel | Focus::Act) => Place::FormButton,
            },
            None => Place::FormShut,
        },
        Screen::Progress(_) => Place::Progress,
        Screen::InDoubt(_) if state.settling.choice.is_some() => Place::Note,
        Screen::InDoubt(_) => Place::InDoubt,
        Screen::Audit => Place::Audit,
        Screen::Sources => Place::Sources,
        Screen::Help | Screen::Why => Place::Page,
        Screen::Actions | Screen::Copy => Place::Menu,
    }
}
