//! "Every tenant is green": counted, never averaged, and the worst one named.

use std::fmt::Write as _;

use super::{facts::Facts, sound::Unknown};
use crate::domain::{
    census::Census,
    freshness::Freshness,
    id::SourceId,
    quantity::age_in_words,
    question::Reason,
    tenant::{CheckKind, CheckResult, Tenant, TenantState, TenantTable},
};

/// What the tenants of one source say together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tenants {
    /// Every tenant is green.
    pub all_green: bool,
    /// How many are.
    pub green: usize,
    /// The worst one with what is the matter, and how many are in which state.
    pub words: String,
}

/// Counts the tenants of `source` by state under `require`; an empty list asks for what the source itself requires.
pub(super) fn look(source: &SourceId, require: &[CheckKind], facts: &Facts<'_>) -> Result<Tenants, Unknown> {
    let known = facts.source(source);
    is_live(source, &known.freshness)?;
    let Some(table) = known.tenants else {
        return Err(Unknown::new(Reason::NotAsked, format!("{source} has told of no tenants so far")));
    };
    if table.tenants.is_empty() {
        return Err(Unknown::new(Reason::NoSeries, format!("{source} has no tenant: an empty table proves nothing")));
    }
    let census = table.census_for(require);
    let words = in_words(table, census);
    let green = usize::try_from(census.count(TenantState::Green)).unwrap_or(0);
    let worst = match census.worst() {
        Some((_, state)) => state,
        None if green == table.tenants.len() => TenantState::Green,
        None => TenantState::Unknown,
    };
    // A loss is a fact, however much of the round is still to come.
    if worst != TenantState::Fail
        && let Some((done, of)) = table.progress.filter(|(done, of)| done < of)
    {
        return Err(Unknown::new(Reason::Partial, format!("{done} of {of} tenants are checked so far; {words}")));
    }
    match worst {
        TenantState::Green | TenantState::Warn | TenantState::Fail => {
            Ok(Tenants { all_green: worst == TenantState::Green, green, words })
        }
        TenantState::Stale => Err(Unknown::new(Reason::Stale, words)),
        TenantState::OptedOut => Err(Unknown::new(Reason::OptedOut, words)),
        TenantState::Unknown | TenantState::Running | TenantState::Queued => Err(Unknown::new(Reason::Partial, words)),
    }
}

/// Only what a source that answers now has said may be judged.
pub(super) fn is_live(source: &SourceId, freshness: &Freshness) -> Result<(), Unknown> {
    match freshness {
        Freshness::Live => Ok(()),
        Freshness::Stale { age } => Err(Unknown::new(Reason::Stale, format!("what {source} told is {} old", age_in_words(*age)))),
        Freshness::Lost { why, .. } => Err(Unknown::new(Reason::SourceLost, format!("{source} is lost: {why}"))),
        Freshness::Never => Err(Unknown::new(Reason::NotAsked, format!("{source} has not answered so far"))),
    }
}

/// `t-004417 (Acme Logistics) fails: rows -1; 9998 green, 1 unknown, 1 fail of 10000`.
fn in_words(table: &TenantTable, census: &Census) -> String {
    let mut words = String::new();
    if let Some((tenant, state)) = census.worst().and_then(|(place, state)| Some((table.tenants.get(place)?, state))) {
        let name = tenant.name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
        let _ = write!(words, "{}{name} {}{}; ", tenant.id.display(), is(state), cause(tenant));
    }
    let told: Vec<String> = TenantState::ALL
        .into_iter()
        .rev()
        .map(|state| (census.count(state), state))
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| format!("{count} {}", state.word().replace('_', " ")))
        .collect();
    let _ = write!(words, "{} of {}", told.join(", "), census.total());
    words
}

fn is(state: TenantState) -> &'static str {
    match state {
        TenantState::Fail => "fails",
        TenantState::Unknown => "is unknown",
        TenantState::Stale => "is stale",
        TenantState::Warn => "warns",
        TenantState::Running => "is being checked",
        TenantState::Queued => "waits to be checked",
        TenantState::OptedOut => "has opted out",
        TenantState::Green => "is green",
    }
}

fn cause(tenant: &Tenant) -> String {
    if let Some(rows) = tenant.rows.filter(|rows| *rows < 0) {
        return format!(": rows {rows}");
    }
    let said = tenant.checks.iter().find_map(|(kind, result)| match result {
        CheckResult::Fail(words) | CheckResult::Unknown(words) | CheckResult::Warn(words) => Some(format!(": {kind} {words}")),
        CheckResult::Pass | CheckResult::Running | CheckResult::Absent => None,
    });
    // What is stale has no check that says so.
    let stale = || (tenant.told == Some(TenantState::Stale) && !tenant.note.is_empty()).then(|| format!(": {}", tenant.note));
    said.or_else(stale).unwrap_or_default()
}
