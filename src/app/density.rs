//! The map of all tenants: one sign for many, the worst wins (ux.md 3.4.12). It is a mode of their page; its cursor is the
//! tenant under the cursor of the list, so whatever goes to a tenant goes there on the map too.
//!
//! What this does *not* do: walk all tenants. It looks at one cell; the cells are the table's own (`CountedTable::strip`).

use std::ops::Range;

use crate::domain::{counted::CountedTable, id::SourceId, tenant::TenantState};

use super::{
    state::{AppState, Screen},
    tenants::{self, TenantKey},
};

/// How many tenants one sign stands for, the coarsest first (ux.md 3.4.5).
const SHARES: [usize; 3] = [50, 7, 1];
/// Signs between two gaps: people count in tens.
pub const GROUP: usize = 10;

/// The open map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Map {
    /// How many steps finer than what shows all tenants at once.
    zoomed: usize,
}

/// One cell: which tenants of which source.
#[derive(Clone, Debug)]
pub struct Cell<'s> {
    pub source: &'s SourceId,
    pub table: &'s CountedTable,
    /// Indices into the table.
    pub tenants: Range<usize>,
}

/// Signs in one line of a terminal of `columns`, at least one group.
#[must_use]
pub fn across(columns: u16) -> usize {
    (usize::from(columns).saturating_sub(2) / (GROUP + 1)).max(1) * GROUP
}

/// Lines of signs on a terminal of `rows`, roughly: what is opened with depends on it, and nothing else.
fn down(rows: u16) -> usize {
    (usize::from(rows).saturating_sub(4) * 3 / 5).saturating_sub(5).max(1)
}

/// The map has the keyboard.
#[must_use]
pub fn is_open(state: &AppState) -> bool {
    state.tenants.map.is_some() && *state.screen() == Screen::Tenants
}

/// `z`: the map, as fine as shows all tenants at once; and back to the list.
pub fn toggle(state: &mut AppState) {
    if state.tenants.map.take().is_some() {
        return;
    }
    state.tenants.grouped = false;
    state.tenants.map = Some(Map { zoomed: 0 });
    tenants::hold(state);
}

/// The finest share that shows all tenants at once, as an index of `SHARES`.
fn outermost(state: &AppState) -> usize {
    let room = across(state.columns) * down(state.rows);
    let total: usize = tables(state).map(|(_, table)| table.tenants.len()).sum();
    SHARES.iter().rposition(|share| total.div_ceil(*share) <= room).unwrap_or(0)
}

/// Tenants in one sign.
#[must_use]
pub fn share(state: &AppState) -> usize {
    let zoomed = state.tenants.map.map_or(0, |map| map.zoomed);
    SHARES.get(outermost(state) + zoomed).copied().unwrap_or(1)
}

fn tables(state: &AppState) -> impl Iterator<Item = (&SourceId, &CountedTable)> {
    state.sources.iter().filter_map(|source| Some((&source.info.id, source.tenants.as_deref()?)))
}

/// How many cells there are.
#[must_use]
pub fn cells(state: &AppState) -> usize {
    tables(state).map(|(_, table)| table.tenants.len().div_ceil(share(state))).sum()
}

/// The cell at `at`.
#[must_use]
pub fn cell(state: &AppState, at: usize) -> Option<Cell<'_>> {
    let share = share(state);
    let mut at = at;
    for (source, table) in tables(state) {
        let count = table.tenants.len().div_ceil(share);
        if at < count {
            let tenants = at * share..((at + 1) * share).min(table.tenants.len());
            return Some(Cell { source, table, tenants });
        }
        at -= count;
    }
    None
}

/// The cell that the cursor's tenant is in; `None` while it is in no table.
#[must_use]
pub fn cursor(state: &AppState) -> Option<usize> {
    let key = state.tenants.roster.cursor.as_ref()?;
    let share = share(state);
    let mut before = 0;
    for (source, table) in tables(state) {
        if *source == key.source {
            return Some(before + tenants::place(table, &key.tenant)? / share);
        }
        before += table.tenants.len().div_ceil(share);
    }
    None
}

/// A person walks by `delta` cells; the cursor stands on the worst tenant of the cell that is reached.
pub fn walk(state: &mut AppState, delta: isize) {
    let last = cells(state).saturating_sub(1);
    let at = cursor(state).map_or(0, |at| at.saturating_add_signed(delta).min(last));
    if let Some(key) = cell(state, at).and_then(|cell| worst(&cell)) {
        tenants::stand_on(state, key);
    }
}

/// The same by lines; the ends are the first and the last cell.
pub fn walk_lines(state: &mut AppState, delta: isize) {
    let across = isize::try_from(across(state.columns)).unwrap_or(1);
    walk(state, delta.saturating_mul(across));
}

fn worst(cell: &Cell<'_>) -> Option<TenantKey> {
    let states = &cell.table.census().states;
    let at = cell.tenants.clone().min_by_key(|at| states.get(*at).copied().unwrap_or(TenantState::Green))?;
    Some(TenantKey { source: cell.source.clone(), tenant: cell.table.tenants.get(at)?.id.clone() })
}

/// Enter: fewer tenants in a sign. `false` where there is one already.
pub fn zoom_in(state: &mut AppState) -> bool {
    let is_finest = share(state) == 1;
    if let Some(map) = state.tenants.map.as_mut().filter(|_| !is_finest) {
        map.zoomed += 1;
    }
    !is_finest
}

/// Esc: one step out, then the list. Whether there was one.
pub fn zoom_out(state: &mut AppState) -> bool {
    if !is_open(state) {
        return false;
    }
    match &mut state.tenants.map {
        Some(map) if map.zoomed > 0 => map.zoomed -= 1,
        map => *map = None,
    }
    true
}
