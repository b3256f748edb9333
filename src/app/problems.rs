//! What needs a person, over all panes: where `.` and `,` go (ux.md 3.7).

use std::{collections::HashSet, ops::Range};

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

/// The first problem among `rows` of a pane, in the direction of looking. Of thousands of rows only those are looked at that lie
/// before it.
fn first_in(state: &AppState, pane: Pane, rows: Range<usize>, forward: bool) -> Option<Problem> {
    match pane {
        Pane::Rollouts => {
            let problems = list::problems(state);
            let is_there = |(_, row): &&(TargetId, usize)| rows.contains(row);
            let found = if forward { problems.iter().find(is_there) } else { problems.iter().rfind(is_there) };
            found.map(|(target, _)| Problem::Rollout(target.clone()))
        }
        Pane::Alerts => {
            let is_loud = |key: &AlertKey| {
                state.alerts.board.get(key).is_some_and(|alert| {
                    alert.state == AlertState::Firing
                        && alert.severity != Severity::Info
                        && alerts::acknowledged(state, &alert.key).is_none()
                })
            };
            pick(&state.alerts.roster.order, rows, forward, is_loud).map(Problem::Alert)
        }
        Pane::Gates => {
            let is_bad = |key: &GateKey| state.gates.rows.get(key).is_some_and(|row| gates::is_problem(row.verdict));
            pick(&state.gates.roster.order, rows, forward, is_bad).map(Problem::Gate)
        }
        Pane::Tenants => {
            let failing: HashSet<TenantKey> = failing_tenants(state).filter_map(Problem::tenant).collect();
            let order = &state.tenants.roster.order;
            let is_last = rows.end >= order.len();
            let visible = if failing.is_empty() { None } else { pick(order, rows, forward, |key| failing.contains(key)) };
            let hidden = || if is_last { hidden_tenant(state) } else { None };
            let found = if forward { visible.or_else(hidden) } else { hidden().or(visible) };
            found.map(Problem::Tenant)
        }
    }
}

fn pick<K: Clone>(order: &[K], rows: Range<usize>, forward: bool, is_problem: impl Fn(&K) -> bool) -> Option<K> {
    let part = order.get(rows)?;
    let found = if forward { part.iter().find(|key| is_problem(key)) } else { part.iter().rfind(|key| is_problem(key)) };
    found.cloned()
}

/// A failing tenant that a filter hides: it stands behind all rows.
fn hidden_tenant(state: &AppState) -> Option<TenantKey> {
    let order = &state.tenants.roster.order;
    let all: usize = state.sources.iter().filter_map(|source| source.tenants.as_ref()).map(|table| table.tenants.len()).sum();
    if order.len() >= all {
        return None;
    }
    let shown: HashSet<&TenantKey> = order.iter().collect();
    failing_tenants(state).filter_map(Problem::tenant).find(|key| !shown.contains(key))
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
    let own = Pane::ALL.iter().position(|pane| *pane == state.pane).unwrap_or(0);
    let count = Pane::ALL.len();
    let all = || 0..length(state, state.pane);
    let (ahead, behind) = match cursor(state) {
        Some(row) if forward => (row + 1..all().end, 0..row + 1),
        Some(row) => (0..row, row..all().end),
        None if forward => (all(), 0..0),
        None => (0..0, all()),
    };
    let others = (1..count).filter_map(|step| Pane::ALL.get((own + if forward { step } else { count - step }) % count));
    let mut others = others.copied().map(|pane| first_in(state, pane, 0..length(state, pane), forward));
    first_in(state, state.pane, ahead, forward)
        .or_else(|| others.find_map(|found| found))
        .or_else(|| first_in(state, state.pane, behind, forward))
}

fn length(state: &AppState, pane: Pane) -> usize {
    match pane {
        Pane::Rollouts => state.list.order.len(),
        Pane::Alerts => state.alerts.roster.order.len(),
        Pane::Gates => state.gates.roster.order.len(),
        Pane::Tenants => state.tenants.roster.order.len(),
    }
}

/// Row of the cursor in the pane that has the keyboard.
fn cursor(state: &AppState) -> Option<usize> {
    match state.pane {
        Pane::Rollouts => {
            let place = state.list.places.get(state.list.selection.id.as_ref()?)?;
            state.list.order.iter().position(|row| row == place)
        }
        Pane::Alerts => state.alerts.roster.index(),
        Pane::Gates => state.gates.roster.index(),
        Pane::Tenants => state.tenants.roster.index(),
    }
}
