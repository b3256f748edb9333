//! The tenants in the overview: how many are in each state, and the worst two.

use crate::{
    app::{
        role::Role,
        state::{AppState, Pane, SourceState},
        zone,
    },
    domain::tenant::{Tenant, TenantState},
};

use super::{
    model::{Line, OtherPane, Span},
    overview::line,
};

/// How many tenants are named beside their counts.
const NAMED: usize = 2;

/// A state's word, sign and role.
pub(super) fn shown(state: TenantState) -> (&'static str, &'static str, Role) {
    match state {
        TenantState::Fail => ("fail", "✗", Role::Fail),
        TenantState::Unknown => ("unknown", "?", Role::Unknown),
        TenantState::Stale => ("stale", "?", Role::Unknown),
        TenantState::Warn => ("warn", "!", Role::Warn),
        TenantState::Running => ("running", "~", Role::Running),
        TenantState::Queued => ("queued", "-", Role::Idle),
        TenantState::OptedOut => ("opted out", "o", Role::Quiet),
        TenantState::Green => ("green", "✓", Role::Text),
    }
}

/// The tenants of all sources that tell of any.
#[must_use]
pub fn tenants_pane(state: &AppState) -> OtherPane {
    OtherPane { pane: Pane::Tenants, focused: state.pane == Pane::Tenants, lines: lines(state) }
}

fn lines(state: &AppState) -> Vec<Line> {
    let sources: Vec<&SourceState> = state.sources.iter().filter(|source| source.info.tells.tenants).collect();
    if sources.is_empty() {
        return vec![line(Role::Idle, "no source of tenants: configure one of kind postgres or http")];
    }
    let told: Vec<&SourceState> = sources.iter().copied().filter(|source| source.tenants.is_some()).collect();
    if told.is_empty() {
        let names: Vec<&str> = sources.iter().map(|source| source.info.id.as_str()).collect();
        return vec![line(Role::Unknown, format!("{}: no tenant was read yet", names.join(", ")))];
    }
    let mut lines = vec![counts(&told), worst(&told)];
    lines.retain(|line| !line.spans.is_empty());
    let silent = sources.iter().find(|source| !source.freshness(state.since_boot).is_live());
    if let Some(source) = silent {
        let last = source.health.last_ok.map_or_else(|| "never".to_owned(), |(_, at)| zone::seconds(state, at));
        for span in lines.iter_mut().flat_map(|line| &mut line.spans) {
            span.role = Role::Age;
        }
        lines.insert(
            0,
            line(Role::Unknown, format!("{} is silent: what follows was read {last} and counts for nothing", source.info.id)),
        );
    }
    lines
}

pub(super) fn counts(told: &[&SourceState]) -> Line {
    let count = |state: TenantState| -> u64 {
        told.iter().filter_map(|source| source.tenants.as_ref()).map(|table| u64::from(table.census().count(state))).sum()
    };
    let all: usize = told.iter().filter_map(|source| source.tenants.as_ref()).map(|table| table.census().total()).sum();
    let mut spans: Vec<Span> = TenantState::ALL
        .into_iter()
        .map(|state| (count(state), shown(state)))
        .filter(|(count, _)| *count > 0)
        .map(|(count, (word, sign, role))| Span { text: format!("{sign} {count} {word}  "), role })
        .collect();
    let lost: u64 = told.iter().filter_map(|source| source.tenants.as_ref()).map(|table| table.census().rows_lost).sum();
    if lost > 0 {
        spans.push(Span { text: format!("{lost} rows lost  "), role: Role::Fail });
    }
    spans.push(Span { text: format!("of {all}"), role: Role::Text });
    Line { indent: 0, spans }
}

fn worst(told: &[&SourceState]) -> Line {
    let mut named: Vec<(TenantState, &Tenant)> = Vec::new();
    for source in told {
        let Some(table) = &source.tenants else { continue };
        let census = table.census();
        let first = census.order.iter().filter_map(|index| usize::try_from(*index).ok()).take(NAMED);
        named.extend(first.filter_map(|index| Some((*census.states.get(index)?, &**table.tenants.get(index)?))));
    }
    named.retain(|(state, _)| matches!(state, TenantState::Fail | TenantState::Unknown | TenantState::Stale | TenantState::Warn));
    named.sort_by_key(|(state, _)| *state);
    let spans = named
        .into_iter()
        .take(NAMED)
        .map(|(state, tenant)| {
            let (_, sign, role) = shown(state);
            let rows = tenant.rows.filter(|rows| *rows < 0).map_or_else(String::new, |rows| format!(" rows {rows}"));
            let cause = tenant.cause.as_ref().map_or_else(String::new, |cause| format!(" {cause}"));
            let what = if rows.is_empty() && cause.is_empty() { format!(" {}", tenant.note) } else { format!("{rows}{cause}") };
            Span { text: format!("{sign} {}{}    ", tenant.id, what.trim_end()), role }
        })
        .collect();
    Line { indent: 0, spans }
}
