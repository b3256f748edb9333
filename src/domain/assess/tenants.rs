//! "Every tenant is green": counted, never averaged, and the worst one named.

use std::fmt::Write as _;

use super::{facts::Facts, sound::Unknown};
use crate::domain::{
    freshness::Freshness,
    id::SourceId,
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
    /// `acme fails (rows -1); 9998 green, 1 fail, 1 unknown of 10000`.
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
    let require = if require.is_empty() { &table.require } else { require };
    let counts = count(table, require);
    let words = in_words(&counts, table.tenants.len());
    let worst = counts.worst.map_or(TenantState::Unknown, |(state, _)| state);
    // A loss is a fact, however much of the round is still to come.
    if worst != TenantState::Fail
        && let Some((done, of)) = table.progress.filter(|(done, of)| done < of)
    {
        return Err(Unknown::new(Reason::Partial, format!("{done} of {of} tenants are checked so far; {words}")));
    }
    match worst {
        TenantState::Green | TenantState::Warn | TenantState::Fail => {
            Ok(Tenants { all_green: worst == TenantState::Green, green: counts.of(TenantState::Green), words })
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
        Freshness::Stale { age } => Err(Unknown::new(Reason::Stale, format!("what {source} told is {} s old", age.as_secs()))),
        Freshness::Lost { why, .. } => Err(Unknown::new(Reason::SourceLost, format!("{source} is lost: {why}"))),
        Freshness::Never => Err(Unknown::new(Reason::NotAsked, format!("{source} has not answered so far"))),
    }
}

struct Counts<'a> {
    by_state: [usize; TenantState::ALL.len()],
    /// The first of the worst state.
    worst: Option<(TenantState, &'a Tenant)>,
}

impl Counts<'_> {
    fn of(&self, state: TenantState) -> usize {
        TenantState::ALL.iter().zip(self.by_state).find(|(known, _)| **known == state).map_or(0, |(_, count)| count)
    }
}

fn count<'a>(table: &'a TenantTable, require: &[CheckKind]) -> Counts<'a> {
    let mut counts = Counts { by_state: [0; TenantState::ALL.len()], worst: None };
    for tenant in table.tenants.iter() {
        let state = tenant.state(require, false);
        for (known, count) in TenantState::ALL.iter().zip(&mut counts.by_state) {
            if *known == state {
                *count += 1;
            }
        }
        if counts.worst.is_none_or(|(worst, _)| state < worst) {
            counts.worst = Some((state, tenant));
        }
    }
    counts
}

fn in_words(counts: &Counts<'_>, all: usize) -> String {
    let mut words = String::new();
    if let Some((state, tenant)) = counts.worst.filter(|(state, _)| *state != TenantState::Green) {
        let name = tenant.name.clone().unwrap_or_else(|| tenant.id.display());
        let _ = write!(words, "{name} is {}{}; ", state.word().replace('_', " "), cause(tenant));
    }
    let told: Vec<String> = TenantState::ALL
        .iter()
        .rev()
        .zip(counts.by_state.iter().rev())
        .filter(|(_, count)| **count > 0)
        .map(|(state, count)| format!("{count} {}", state.word().replace('_', " ")))
        .collect();
    let _ = write!(words, "{} of {all}", told.join(", "));
    words
}

fn cause(tenant: &Tenant) -> String {
    if let Some(rows) = tenant.rows.filter(|rows| *rows < 0) {
        return format!(" (rows {rows})");
    }
    let said = tenant.checks.iter().find_map(|(kind, result)| match result {
        CheckResult::Fail(words) | CheckResult::Unknown(words) | CheckResult::Warn(words) => Some(format!(" ({kind}: {words})")),
        CheckResult::Pass | CheckResult::Running | CheckResult::Absent => None,
    });
    said.unwrap_or_default()
}
