//! Wishes about what there is to see: problems, alerts, gates.

use super::{
    alerts, finding, gates, list,
    navigate::{home, show},
    problems::{self, Problem},
    prompt,
    state::{AppState, Pane, Screen},
    tenants,
    update::say,
    view,
};

/// `.` and `,`: first what row 2 says, then the next problem of any pane.
pub(super) fn go_to_problem(state: &mut AppState, forward: bool) {
    // On their own page the tenants come first.
    if matches!(state.screen(), Screen::Tenants | Screen::Tenant(_))
        && let Some(key) = problems::next_tenant(state, forward)
    {
        go(state, Problem::Tenant(key));
        return;
    }
    let told = if has_moved(state) { None } else { view::attention(state).target };
    let Some(problem) = told.or_else(|| problems::next(state, forward)) else {
        say(state, "no problem in any list", false);
        return;
    };
    go(state, problem);
}

/// A person has put a cursor somewhere: `.` goes on from there.
fn has_moved(state: &AppState) -> bool {
    match state.pane {
        Pane::Rollouts => state.list.selection.by_person,
        Pane::Alerts => state.alerts.roster.by_person,
        Pane::Gates => state.gates.roster.by_person,
        Pane::Tenants => state.tenants.roster.by_person,
    }
}

/// Puts the cursor on a problem; a page about one thing becomes the page about this one.
fn go(state: &mut AppState, problem: Problem) {
    state.pane = problem.pane();
    let page = match problem {
        Problem::Rollout(target) => {
            list::select(state, &target);
            Some(Screen::Detail(target))
        }
        Problem::Alert(key) => {
            state.alerts.roster.select(key.clone());
            alerts::keep_last(state);
            Some(Screen::Alert(key))
        }
        Problem::Gate(key) => {
            state.gates.roster.select(key.clone());
            gates::keep_last(state);
            Some(Screen::Gate(key))
        }
        Problem::Tenant(key) => {
            tenants::select(state, key.clone());
            Some(Screen::Tenant(key))
        }
    };
    let stays = match (state.screen(), &page) {
        (Screen::Overview, _)
        | (Screen::Tenants, Some(Screen::Tenant(_)))
        | (Screen::Alerts, Some(Screen::Alert(_)))
        | (Screen::Gates, Some(Screen::Gate(_))) => return,
        (Screen::Detail(_) | Screen::Alert(_) | Screen::Gate(_) | Screen::Tenant(_), Some(_)) => page,
        _ => None,
    };
    state.scroll = 0;
    match stays {
        Some(page) => {
            if let Some(top) = state.screens.last_mut() {
                *top = page;
            }
        }
        None => home(state),
    }
}

/// The order of the alerts is no longer held: what is new comes in.
pub(super) fn let_go(state: &mut AppState) {
    if finding::listing(state) == Some(Pane::Alerts) {
        state.alerts.roster.release();
        alerts::arrange(state);
    }
}

/// Esc in a list whose filter is empty: one step wider, if there is one.
pub(super) fn widen(state: &mut AppState, pane: Pane) -> bool {
    let holds_back = pane == Pane::Alerts && state.alerts.roster.held_back > 0;
    if holds_back {
        let_go(state);
    }
    holds_back || (pane == Pane::Tenants && *state.screen() == Screen::Tenants && tenants::widen(state))
}

/// `w`: why the selection is as it is; of an alert, all that is known.
pub(super) fn why(state: &mut AppState) {
    match finding::listing(state) {
        Some(Pane::Alerts) => match state.alerts.roster.cursor.clone() {
            Some(key) => show(state, Screen::Alert(key)),
            None => say(state, "no alert is selected", false),
        },
        Some(Pane::Gates) => match state.gates.roster.cursor.clone() {
            Some(key) => show(state, Screen::Gate(key)),
            None => say(state, "no gate is selected", false),
        },
        Some(Pane::Tenants) => tenants::why(state),
        Some(Pane::Rollouts) | None => show(state, Screen::Why),
    }
}

/// `a` on an alert.
pub(super) fn acknowledge(state: &mut AppState) {
    let key = if let Screen::Alert(key) = state.screen() {
        Some(key.clone())
    } else {
        let listed = finding::listing(state) == Some(Pane::Alerts);
        state.alerts.roster.cursor.clone().filter(|_| listed)
    };
    match key.and_then(|key| alerts::find(state, &key).cloned()) {
        Some(alert) => prompt::acknowledge(state, &alert),
        None => say(state, "no alert is selected: 2 goes to the alerts", false),
    }
}

/// Space on a manual item.
pub(super) fn tick(state: &mut AppState) {
    if let Screen::Gate(key) = state.screen() {
        let row = gates::find(state, key).cloned();
        return row.into_iter().for_each(|row| prompt::tick(state, &row));
    }
    if finding::listing(state) == Some(Pane::Gates) {
        prompt::tick_selected(state);
    } else {
        say(state, "nothing to tick here: 3 goes to the gates", false);
    }
}
