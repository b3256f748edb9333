//! The map of all tenants: its lines of signs, what they stand for, and what is in the cell under the cursor.

use crate::{
    app::{density, role::Role, state::AppState},
    domain::{
        counted::Share,
        tenant::TenantState::{self, Green},
    },
};

use super::{model::Span, tenants::shown};

/// The lines that fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DensityView {
    /// Tenants in one sign.
    pub share: usize,
    /// Each line as runs of one role, gaps included.
    pub lines: Vec<Vec<Span>>,
    /// Line and column (gaps included) of the cursor among `lines`.
    pub cursor: Option<(usize, usize)>,
    /// Lines out of sight.
    pub above: usize,
    pub below: usize,
    /// Each sign and its word.
    pub legend: Vec<Span>,
    /// The cell under the cursor: which tenants, and how many are in each state.
    pub here: String,
}

/// The map in at most `height` lines, while it is open.
#[must_use]
pub fn density(state: &AppState, height: usize) -> Option<DensityView> {
    if !density::is_open(state) {
        return None;
    }
    let across = density::across(state.columns);
    let all = density::cells(state).div_ceil(across);
    let cursor = density::cursor(state);
    let line = cursor.map_or(0, |at| at / across);
    let above = line.saturating_sub(height / 2).min(all.saturating_sub(height));
    let lines: Vec<Vec<Span>> =
        (above..all.min(above + height)).map(|line| runs(state, line * across..(line + 1) * across)).collect();
    Some(DensityView {
        share: density::share(state),
        above,
        below: all.saturating_sub(above + lines.len()),
        lines,
        cursor: cursor.map(|at| (line - above.min(line), (at % across) + (at % across) / density::GROUP)),
        legend: legend(),
        here: cursor.map_or_else(String::new, |at| here(state, at)),
    })
}

/// The signs of one line; those of one role are one piece.
fn runs(state: &AppState, cells: std::ops::Range<usize>) -> Vec<Span> {
    let mut runs: Vec<Span> = Vec::new();
    for (column, (sign, role)) in signs(state, cells).enumerate() {
        if column > 0
            && column % density::GROUP == 0
            && let Some(last) = runs.last_mut()
        {
            last.text.push(' ');
        }
        match runs.last_mut() {
            Some(last) if last.role == role => last.text.push_str(sign),
            _ => runs.push(Span { text: sign.to_owned(), role }),
        }
    }
    runs
}

fn signs(state: &AppState, cells: std::ops::Range<usize>) -> impl Iterator<Item = (&'static str, Role)> {
    let share = density::share(state);
    let strips = state
        .sources
        .iter()
        .filter_map(move |source| Some((source.freshness(state.since_boot).is_live(), source.tenants.as_deref()?.strip(share))));
    // Of ten thousand cells only those of this line are looked at.
    let mut skip = cells.start;
    let mut left = cells.len();
    strips.flat_map(move |(live, strip)| {
        let from = skip.min(strip.len());
        let to = (from + left).min(strip.len());
        skip -= from;
        left -= to - from;
        strip.get(from..to).unwrap_or_default().iter().map(move |Share { worst, .. }| sign(*worst, live))
    })
}

/// Old good is not good: a place that nobody has seen of late is unknown.
fn sign(worst: TenantState, live: bool) -> (&'static str, Role) {
    let (_, sign, role) = shown(worst);
    match (worst, live) {
        (Green, true) => (".", role),
        (Green, false) => ("?", Role::Unknown),
        (_, true) => (sign, role),
        (_, false) => (sign, Role::Unknown),
    }
}

fn legend() -> Vec<Span> {
    // Stale has the sign of unknown.
    let others = TenantState::ALL.into_iter().filter(|state| !matches!(state, TenantState::Stale | Green));
    let words = others.map(|state| {
        let (word, sign, role) = shown(state);
        let word = if state == TenantState::Unknown { "unknown, stale" } else { word };
        Span { text: format!("{sign} {word}  "), role }
    });
    words.chain(std::iter::once(Span { text: ". all ok".to_owned(), role: Role::Text })).collect()
}

/// `t-004410 .. t-004416: 1 fail, 6 green`.
fn here(state: &AppState, at: usize) -> String {
    let Some(cell) = density::cell(state, at) else { return String::new() };
    let live = state.freshness(cell.source).is_live();
    let id = |at: usize| cell.table.tenants.get(at).map(|tenant| tenant.id.display().to_string()).unwrap_or_default();
    let (first, last) = (id(cell.tenants.start), id(cell.tenants.end.saturating_sub(1)));
    let which = if first == last { first } else { format!("{first} .. {last}") };
    let states = cell.table.census().states.get(cell.tenants.clone()).unwrap_or_default();
    let counts: Vec<String> = TenantState::ALL
        .into_iter()
        .map(|kind| (states.iter().filter(|state| **state == kind).count(), kind))
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} {}", if kind == Green && !live { "stale" } else { shown(kind).0 }))
        .collect();
    format!("{which}: {}", counts.join(", "))
}
