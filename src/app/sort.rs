//! `s`: the orders that each list can be in. The cursor stays on its thing; the order is said at the right end of the list's
//! title.

use serde::{Deserialize, Serialize};

use super::{
    alerts,
    effect::Effect,
    finding, gates, list,
    state::{AppState, Pane, Screen},
    tenants,
    update::say,
};

/// How a list is sorted. Which of them a list knows: [`orders`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// What needs a person first: the worst, of alerts the newest.
    #[default]
    Usual,
    Name,
    /// What changed last first; what does not say when comes last.
    Newest,
    Severity,
    /// All that is judged of one rollout together, the worst of it first.
    Rollout,
    /// The most rows too few or too many first; where nobody knows how many, last.
    Rows,
    /// The longest round first; what has not said how long comes last.
    Slowest,
}

/// The orders of a list, as `s` goes through them.
#[must_use]
pub fn orders(pane: Pane) -> &'static [Sort] {
    match pane {
        Pane::Rollouts => &[Sort::Usual, Sort::Name, Sort::Newest],
        Pane::Alerts => &[Sort::Usual, Sort::Severity, Sort::Name],
        Pane::Gates => &[Sort::Usual, Sort::Rollout, Sort::Name],
        Pane::Tenants => &[Sort::Usual, Sort::Rows, Sort::Slowest, Sort::Name],
    }
}

/// An order as the title of its list says it.
#[must_use]
pub fn words(pane: Pane, sort: Sort) -> &'static str {
    match (sort, pane) {
        (Sort::Usual, Pane::Rollouts | Pane::Gates | Pane::Tenants) => "worst first",
        (Sort::Usual, Pane::Alerts) | (Sort::Newest, _) => "newest first",
        (Sort::Name, Pane::Tenants) => "by tenant",
        (Sort::Name, Pane::Rollouts | Pane::Alerts | Pane::Gates) => "by name",
        (Sort::Severity, _) => "by severity",
        (Sort::Rollout, _) => "by rollout",
        (Sort::Rows, _) => "by rows",
        (Sort::Slowest, _) => "slowest first",
    }
}

/// The order that the list of `pane` is in.
#[must_use]
pub fn of(state: &AppState, pane: Pane) -> Sort {
    match pane {
        Pane::Rollouts => state.list.sort,
        Pane::Alerts => state.alerts.sort,
        Pane::Gates => state.gates.sort,
        Pane::Tenants => state.tenants.sort,
    }
}

/// Puts the list of `pane` into the order `sort`; an order that it does not know changes nothing.
pub fn set(state: &mut AppState, pane: Pane, sort: Sort) -> Vec<Effect> {
    if !orders(pane).contains(&sort) {
        return Vec::new();
    }
    match pane {
        Pane::Rollouts => {
            state.list.sort = sort;
            list::reorder(state);
        }
        // Of 50,000 alerts sorting takes longer than a frame: the next board comes sorted.
        Pane::Alerts => {
            state.alerts.sort = sort;
            return alerts::fed(state);
        }
        Pane::Gates => {
            state.gates.sort = sort;
            gates::arrange(state);
        }
        Pane::Tenants => {
            state.tenants.sort = sort;
            tenants::arrange(state);
        }
    }
    Vec::new()
}

/// `s`: the next order of the list that has the keyboard.
pub(super) fn turn(state: &mut AppState) -> Vec<Effect> {
    let Some(pane) = finding::listing(state) else { return Vec::new() };
    if pane == Pane::Tenants && *state.screen() == Screen::Overview {
        say(state, "the overview names the worst tenants: enter lists all, and s sorts them there", false);
        return Vec::new();
    }
    if tenants::is_grouped(state) {
        say(state, "causes stand with the worst and most frequent first: f lists tenants, and s sorts them there", false);
        return Vec::new();
    }
    let orders = orders(pane);
    let now = of(state, pane);
    let next = orders.iter().position(|sort| *sort == now).map_or(0, |at| at + 1);
    let sort = orders.get(next).copied().unwrap_or_default();
    set(state, pane, sort)
}
