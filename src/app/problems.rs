//! What needs a person, over all panes: where `.` and `,` go (ux.md 3.7).

use std::collections::{HashMap, HashSet};

use crate::domain::{
    alert::{AlertKey, AlertState, Severity},
    id::TargetId,
    tenant::TenantState,
};

use super::{
    alerts,
    gates::{self, GateKey},
    list,
    state::{AppState, Pane},
    tenants::TenantKey,
};

/// One thing that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    Rollout(TargetId),
    Alert(AlertKey),
    Gate(GateKey),
    Tenant(TenantKey),
}

impl Problem {
    /// The tenant that it is about.
    fn tenant(self) -> Option<TenantKey> {
        match self {
            Self::Tenant(key) => Some(key),
            Self::Rollout(_) | Self::Alert(_) | Self::Gate(_) => None,
        }
    }

    /// The pane that shows it.
    #[must_use]
    pub fn pane(&self) -> Pane {
        match self {
            Self::Rollout(_) => Pane::Rollouts,
            Self::Alert(_) => Pane::Alerts,
            Self::Gate(_) => Pane::Gates,
            Self::Tenant(_) => Pane::Tenants,
        }
    }
}

/// All problems, pane by pane, each pane in the order of its rows.
#[must_use]
pub fn all(state: &AppState) -> Vec<Problem> {
    let mut all: Vec<Problem> = list::problems(state).into_iter().map(Problem::Rollout).collect();
    let is_loud = |key: &&AlertKey| {
        state.alerts.board.get(key).is_some_and(|alert| {
            alert.state == AlertState::Firing
                && alert.severity != Severity::Info
                && alerts::acknowledged(state, &alert.key).is_none()
        })
    };
    all.extend(state.alerts.roster.order.iter().filter(is_loud).cloned().map(Problem::Alert));
    let bad = |key: &&GateKey| state.gates.rows.get(key).is_some_and(|row| gates::is_problem(row.verdict));
    all.extend(state.gates.roster.order.iter().filter(bad).cloned().map(Problem::Gate));
    all.extend(failing_tenants(state));
    all
}

/// Tenants that fail, worst first in each source.
pub fn failing_tenants(state: &AppState) -> impl Iterator<Item = Problem> {
    state.sources.iter().filter_map(|source| source.tenants.as_ref()).flat_map(|table| {
        let places = table.census().places(TenantState::Fail);
        places
            .filter_map(|place| table.tenants.get(place))
            .map(|tenant| Problem::Tenant(TenantKey { source: table.source.clone(), tenant: tenant.id.clone() }))
    })
}

/// The failing tenant after the cursor of their list, going round; one that the filter hides where none is listed.
#[must_use]
pub fn next_tenant(state: &AppState, forward: bool) -> Option<TenantKey> {
    let failing: HashSet<TenantKey> = failing_tenants(state).filter_map(Problem::tenant).collect();
    let order = &state.tenants.roster.order;
    let at = state.tenants.roster.index().unwrap_or(0);
    let (before, after) = order.split_at(at.min(order.len()));
    let here = after.first();
    let is_next = |key: &&TenantKey| failing.contains(*key);
    let rest = after.iter().skip(1);
    let found = if forward { rest.chain(before).find(is_next) } else { before.iter().rev().chain(rest.rev()).find(is_next) };
    found.or(here.filter(is_next)).cloned().or_else(|| failing_tenants(state).next()?.tenant())
}

/// The next problem after where the keyboard is, going round; `None` when there is none.
#[must_use]
pub fn next(state: &AppState, forward: bool) -> Option<Problem> {
    let all = all(state);
    let count = all.len();
    let here = here(state);
    let at = here.as_ref().and_then(|here| all.iter().position(|problem| problem == here));
    let index = match (at, forward) {
        (_, _) if count == 0 => return None,
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
        (None, _) => beside(state, &all, here.as_ref(), forward),
    };
    all.get(index).cloned()
}

/// Where the cursor is no problem itself: the nearest of its own pane in that direction, else of the next panes.
fn beside(state: &AppState, all: &[Problem], here: Option<&Problem>, forward: bool) -> usize {
    let pane = |problem: &Problem| Pane::ALL.iter().position(|pane| *pane == problem.pane()).unwrap_or(0);
    let row = here.and_then(|here| row_of(state, here)).unwrap_or(0);
    let own = Pane::ALL.iter().position(|pane| *pane == state.pane).unwrap_or(0);
    // Looking each of ten thousand tenants up in the list would take seconds.
    let tenants: HashMap<&TenantKey, usize> = state.tenants.roster.order.iter().zip(0..).collect();
    let row_in = |problem: &Problem| match problem {
        Problem::Tenant(key) => tenants.get(key).copied(),
        Problem::Rollout(_) | Problem::Alert(_) | Problem::Gate(_) => row_of(state, problem),
    };
    let key = |problem: &Problem| (pane(problem), row_in(problem).unwrap_or(usize::MAX));
    if forward {
        all.iter().position(|problem| key(problem) > (own, row) || (here.is_none() && pane(problem) >= own)).unwrap_or(0)
    } else {
        all.iter().rposition(|problem| key(problem) < (own, row)).unwrap_or(all.len() - 1)
    }
}

fn row_of(state: &AppState, problem: &Problem) -> Option<usize> {
    match problem {
        Problem::Rollout(target) => {
            let place = state.list.places.get(target)?;
            state.list.order.iter().position(|row| row == place)
        }
        Problem::Alert(key) => state.alerts.roster.order.iter().position(|row| row == key),
        Problem::Gate(key) => state.gates.roster.order.iter().position(|row| row == key),
        Problem::Tenant(key) => state.tenants.roster.order.iter().position(|row| row == key),
    }
}

/// What the keyboard is on.
fn here(state: &AppState) -> Option<Problem> {
    match state.pane {
        Pane::Rollouts => state.list.selection.id.clone().map(Problem::Rollout),
        Pane::Alerts => state.alerts.roster.cursor.clone().map(Problem::Alert),
        Pane::Gates => state.gates.roster.cursor.clone().map(Problem::Gate),
        Pane::Tenants => state.tenants.roster.cursor.clone().map(Problem::Tenant),
    }
}
