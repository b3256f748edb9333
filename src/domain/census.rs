//! All tenants of a table counted and put in order, once for each table that arrives: what the overview, the grid, the
//! command line and the criterion "every tenant green" share. Costs one walk and one sort (10,000 tenants: milliseconds).

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use super::{
    tenant::{CheckKind, Tenant, TenantState, TenantTable},
    text::DisplayText,
};

/// What there is to say about all tenants of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// State of each tenant, in the order of the table.
    pub states: Arc<[TenantState]>,
    /// Indices into the table, worst first: rows lost, then by state, then slowest, then by id (tenant-dry-runs.md 7.2).
    pub order: Arc<[u32]>,
    /// How many are in each state, in the order of `TenantState::ALL`.
    counts: [u32; TenantState::ALL.len()],
    /// Rows that the clones lack, over all tenants.
    pub rows_lost: u64,
    /// Failures and unknowns by cause, most tenants first, then most rows lost; one cause is one line however many tenants it has.
    pub causes: Arc<[Cause]>,
}

/// Tenants that fail, or are unknown, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    pub text: DisplayText,
    /// The worst state among them.
    pub state: TenantState,
    /// Rows that the clones of these lack.
    pub rows_lost: u64,
    /// Indices into the table, in the order of the ids.
    pub tenants: Vec<u32>,
}

impl Census {
    /// Counts `table`; green asks for `require` (a plan's list; else the table's own). `stale`: the source's values are too
    /// old to be worth it.
    #[must_use]
    pub fn of(table: &TenantTable, require: &[CheckKind], stale: bool) -> Self {
        let states: Vec<TenantState> = table.tenants.iter().map(|tenant| tenant.state(require, stale)).collect();
        let mut counts = [0; TenantState::ALL.len()];
        let mut rows_lost: u64 = 0;
        let mut causes: HashMap<&DisplayText, Cause> = HashMap::new();
        for (index, (tenant, state)) in (0_u32..).zip(table.tenants.iter().zip(&states)) {
            if let Some(count) = counts.get_mut(place(*state)) {
                *count += 1;
            }
            let lost = lost(tenant);
            rows_lost = rows_lost.saturating_add(lost);
            if let (Some(text), TenantState::Fail | TenantState::Unknown) = (&tenant.cause, state) {
                let first = || Cause { text: text.clone(), state: *state, rows_lost: 0, tenants: Vec::new() };
                let cause = causes.entry(text).or_insert_with(first);
                cause.state = cause.state.min(*state);
                cause.rows_lost = cause.rows_lost.saturating_add(lost);
                cause.tenants.push(index);
            }
        }
        let mut keyed: Vec<_> = (0_u32..)
            .zip(table.tenants.iter().zip(&states))
            .map(|(index, (tenant, state))| (rank(tenant, *state), index))
            .collect();
        keyed.sort_unstable();
        let mut causes: Vec<Cause> = causes.into_values().collect();
        causes.sort_by(|a, b| {
            let rank = |cause: &Cause| (cause.state, Reverse(cause.tenants.len()), Reverse(cause.rows_lost));
            rank(a).cmp(&rank(b)).then_with(|| a.text.cmp(&b.text))
        });
        Self {
            order: keyed.into_iter().map(|(_, index)| index).collect(),
            states: states.into(),
            counts,
            rows_lost,
            causes: causes.into(),
        }
    }

    #[must_use]
    pub fn total(&self) -> usize {
        self.states.len()
    }

    #[must_use]
    pub fn count(&self, state: TenantState) -> u32 {
        self.counts.get(place(state)).copied().unwrap_or_default()
    }

    /// The worst state that any tenant is in, unless all are green, and the first in order that is in it, with its place in
    /// the table.
    #[must_use]
    pub fn worst(&self) -> Option<(usize, TenantState)> {
        let worst = TenantState::ALL.into_iter().find(|state| self.count(*state) > 0)?;
        let first = self.places(worst).next()?;
        (worst != TenantState::Green).then_some((first, worst))
    }

    /// Where in the table those are that are in `state`, worst first. Ends with the last of them: the few that fail among ten
    /// thousand cost no walk over all.
    pub fn places(&self, state: TenantState) -> impl Iterator<Item = usize> {
        // One that tells nothing may stand above others for the rows that it once lost.
        let count = usize::try_from(self.count(state)).unwrap_or(usize::MAX);
        let all = self.order.iter().filter_map(|index| usize::try_from(*index).ok());
        all.filter(move |index| self.states.get(*index) == Some(&state)).take(count)
    }
}

fn place(state: TenantState) -> usize {
    TenantState::ALL.iter().position(|known| *known == state).unwrap_or_default()
}

/// How bad, the worst first: what lists of tenants are sorted by before the id.
pub type Rank = (Reverse<u64>, TenantState, Reverse<u128>);

/// Rows lost, then the state, then how slow it is (tenant-dry-runs.md 7.2).
#[must_use]
pub fn rank(tenant: &Tenant, state: TenantState) -> Rank {
    (Reverse(lost(tenant)), state, Reverse(slowness(tenant, state)))
}

fn lost(tenant: &Tenant) -> u64 {
    tenant.rows.map_or(0, |rows| rows.min(0).unsigned_abs())
}

/// Of those under way the slowest come first; of all others time says nothing.
fn slowness(tenant: &Tenant, state: TenantState) -> u128 {
    if state == TenantState::Running { tenant.took.unwrap_or_default().as_millis() } else { 0 }
}
