//! Which list has the keyboard, and its filter.

use crate::terminal::input::Key;

use super::{
    alerts,
    field::{TextField, edit},
    gates, list,
    state::{AppState, Pane, Screen},
    tenants,
};

/// The list that the keyboard moves in; `None` on a page that is no list.
#[must_use]
pub fn listing(state: &AppState) -> Option<Pane> {
    match state.screen() {
        Screen::Overview => Some(state.pane),
        Screen::Alerts => Some(Pane::Alerts),
        Screen::Gates => Some(Pane::Gates),
        Screen::Tenants => Some(Pane::Tenants),
        Screen::Welcome
        | Screen::Detail(_)
        | Screen::Alert(_)
        | Screen::Gate(_)
        | Screen::Tenant(_)
        | Screen::Form
        | Screen::Progress(_)
        | Screen::InDoubt(_)
        | Screen::Audit
        | Screen::Sources
        | Screen::Help
        | Screen::Why
        | Screen::Actions
        | Screen::Copy => None,
    }
}

/// The filter of a list, and whether it is being typed.
pub fn filter(state: &mut AppState, pane: Pane) -> (&mut TextField, &mut bool) {
    match pane {
        Pane::Rollouts => (&mut state.list.filter, &mut state.list.filtering),
        Pane::Alerts => (&mut state.alerts.roster.filter, &mut state.alerts.roster.filtering),
        Pane::Gates => (&mut state.gates.roster.filter, &mut state.gates.roster.filtering),
        Pane::Tenants => (&mut state.tenants.roster.filter, &mut state.tenants.roster.filtering),
    }
}

/// The list whose filter is being typed.
#[must_use]
pub fn typing(state: &AppState) -> Option<Pane> {
    let pane = listing(state)?;
    let is_open = match pane {
        Pane::Rollouts => state.list.filtering,
        Pane::Alerts => state.alerts.roster.filtering,
        Pane::Gates => state.gates.roster.filtering,
        Pane::Tenants => state.tenants.roster.filtering,
    };
    is_open.then_some(pane)
}

/// The text of a list's filter.
#[must_use]
pub fn text(state: &AppState, pane: Pane) -> &TextField {
    match pane {
        Pane::Rollouts => &state.list.filter,
        Pane::Alerts => &state.alerts.roster.filter,
        Pane::Gates => &state.gates.roster.filter,
        Pane::Tenants => &state.tenants.roster.filter,
    }
}

/// The filter changed: where the cursor stood before this console is not where it goes any more.
pub fn refilter(state: &mut AppState, pane: Pane) {
    match pane {
        Pane::Rollouts => state.list.selection.awaited = None,
        Pane::Alerts => state.alerts.roster.awaited = None,
        Pane::Gates => state.gates.roster.awaited = None,
        Pane::Tenants => state.tenants.roster.awaited = None,
    }
    match pane {
        Pane::Rollouts => list::refilter(state),
        Pane::Alerts => {
            state.alerts.roster.release();
            state.alerts.roster.narrow();
            alerts::arrange(state);
        }
        Pane::Gates => {
            state.gates.roster.narrow();
            gates::arrange(state);
        }
        Pane::Tenants => tenants::refilter(state),
    }
}

/// No list's filter is being typed any more.
pub fn close(state: &mut AppState) {
    if state.tenants.roster.filtering {
        tenants::hold(state);
    }
    for pane in Pane::ALL {
        *filter(state, pane).1 = false;
    }
}

/// Empties the filter of `pane` and stops its typing.
pub fn clear(state: &mut AppState, pane: Pane) {
    let (field, typing) = filter(state, pane);
    field.clear();
    *typing = false;
    match pane {
        Pane::Rollouts => list::reorder(state),
        Pane::Alerts | Pane::Gates | Pane::Tenants => refilter(state, pane),
    }
}

/// A person moves the cursor of `pane` by `delta` rows.
pub fn travel(state: &mut AppState, pane: Pane, delta: isize) {
    match pane {
        Pane::Rollouts => list::move_by(state, delta),
        Pane::Alerts => {
            state.alerts.roster.move_by(delta);
            alerts::keep_last(state);
        }
        Pane::Gates => {
            state.gates.roster.move_by(delta);
            gates::keep_last(state);
        }
        Pane::Tenants => tenants::move_by(state, delta),
    }
}

/// An editing key for the open filter or prompt.
pub fn edit_open(state: &mut AppState, key: Key) {
    if let Some(prompt) = &mut state.prompt {
        if edit(&mut prompt.field, key) {
            prompt.refusal = None;
        }
        return;
    }
    let Some(pane) = typing(state) else { return };
    if edit(filter(state, pane).0, key) {
        refilter(state, pane);
    }
}
