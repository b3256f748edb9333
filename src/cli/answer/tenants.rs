//! `tenants --json`, and the sum of tenants wherever it is shown.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    SCHEMA,
    moment::{Moment, seconds},
    status::StatusInput,
};
use crate::domain::{
    census::Census,
    freshness::FreshnessWord,
    tenant::{CheckKind, CheckResult, TableCount, Tenant, TenantState, TenantTable},
};

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "cutover tenants --json")]
pub struct Tenants {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub at: Moment,
    pub sources: Vec<TenantSourceItem>,
    /// All tenants, shown or not. Null: no source has told its tenants.
    pub sum: Option<TenantSum>,
    /// As it was typed; null without one.
    pub filter: Option<String>,
    /// Those that the filter lets through, worst first.
    pub tenants: Vec<TenantItem>,
}

/// What all tenants of all sources add up to.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TenantSum {
    pub total: usize,
    /// How many are in each state; a state that nobody is in is left out.
    pub by_state: BTreeMap<String, usize>,
    /// The worst over all sources of tenants.
    pub freshness: FreshnessWord,
    /// Of the oldest; null when one was never read.
    pub age_s: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TenantSourceItem {
    pub name: String,
    pub freshness: FreshnessWord,
    pub age_s: Option<f64>,
    /// What green asks for. Null: it has not told anything.
    pub require: Option<Vec<CheckKind>>,
    /// Of how many tenants the newest round is done, while one is under way.
    pub done: Option<u32>,
    pub of: Option<u32>,
    /// What reading costs the source, in words.
    pub footprint: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TenantItem {
    pub id: String,
    pub name: Option<String>,
    pub source: String,
    pub state: TenantState,
    /// Rows in the clone minus rows in the source; negative is data loss; null is not known.
    pub rows: Option<i64>,
    /// What was checked. A kind that is not here was not checked.
    pub checks: Vec<CheckItem>,
    /// Only of tenants with something to see.
    pub tables: Vec<TableItem>,
    /// Further columns of the source.
    pub values: BTreeMap<String, String>,
    pub cause: Option<String>,
    pub note: String,
    pub checked_at: Option<Moment>,
    pub took_s: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckItem {
    pub check: CheckKind,
    pub result: CheckWord,
    /// Why it does not pass; null when it does.
    pub words: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckWord {
    Pass,
    Warn,
    Fail,
    Unknown,
    Running,
    Absent,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TableItem {
    pub table: String,
    pub source: Option<i64>,
    pub clone: Option<i64>,
    pub same_content: Option<bool>,
}

/// A check's result: a word, and why.
#[must_use]
pub fn check_word(result: &CheckResult) -> (CheckWord, Option<String>) {
    match result {
        CheckResult::Pass => (CheckWord::Pass, None),
        CheckResult::Warn(words) => (CheckWord::Warn, Some(words.to_string())),
        CheckResult::Fail(words) => (CheckWord::Fail, Some(words.to_string())),
        CheckResult::Unknown(words) => (CheckWord::Unknown, Some(words.to_string())),
        CheckResult::Running => (CheckWord::Running, None),
        CheckResult::Absent => (CheckWord::Absent, None),
    }
}

/// Every tenant with the table that it stands in and its state now, each table's in the order of its census: worst first.
#[must_use]
pub fn all(input: &StatusInput) -> Vec<(&TenantTable, &Tenant, TenantState)> {
    let mut all = Vec::new();
    for table in &input.tables {
        let is_live = input.freshness(&table.source).is_live();
        let census = if is_live { Cow::Borrowed(table.census()) } else { Cow::Owned(Census::of(table, &table.require, true)) };
        all.extend(census.order.iter().filter_map(|index| {
            let index = usize::try_from(*index).ok()?;
            Some((&***table, &**table.tenants.get(index)?, *census.states.get(index)?))
        }));
    }
    all
}

/// The sum over all sources; `None` where none has told its tenants.
#[must_use]
pub fn sum(input: &StatusInput) -> Option<TenantSum> {
    if input.tables.is_empty() {
        return None;
    }
    let all = all(input);
    let mut by_state = BTreeMap::new();
    for (_, _, state) in &all {
        *by_state.entry(state.word().to_owned()).or_insert(0) += 1;
    }
    let sources: Vec<_> = input.sources.iter().filter(|seen| seen.tells.tenants).collect();
    let ages: Option<Vec<_>> = sources.iter().map(|seen| input.age(&seen.id)).collect();
    let words = sources.iter().map(|seen| FreshnessWord::from(&input.freshness(&seen.id)));
    Some(TenantSum {
        total: all.len(),
        by_state,
        freshness: words.max_by_key(|word| *word as u8).unwrap_or(FreshnessWord::Never),
        age_s: ages.and_then(|ages| ages.into_iter().max()).map(seconds),
    })
}

fn item(table: &TenantTable, tenant: &Tenant, state: TenantState) -> TenantItem {
    let count = |count: &TableCount| TableItem {
        table: count.table.to_string(),
        source: count.source,
        clone: count.clone,
        same_content: count.same_content,
    };
    TenantItem {
        id: tenant.id.to_string(),
        name: tenant.name.as_ref().map(ToString::to_string),
        source: table.source.to_string(),
        state,
        rows: tenant.rows,
        checks: tenant
            .checks
            .iter()
            .map(|(check, result)| {
                let (result, words) = check_word(result);
                CheckItem { check: *check, result, words }
            })
            .collect(),
        tables: tenant.tables.iter().map(count).collect(),
        values: table.columns.iter().zip(&tenant.values).map(|(head, value)| (head.to_string(), value.to_string())).collect(),
        cause: tenant.cause.as_ref().map(ToString::to_string),
        note: tenant.note.to_string(),
        checked_at: tenant.checked.map(Moment::from),
        took_s: tenant.took.map(seconds),
    }
}

impl Tenants {
    /// The answer with those tenants alone that `shown` holds.
    #[must_use]
    pub fn new(input: &StatusInput, filter: Option<&str>, shown: &[(&TenantTable, &Tenant, TenantState)]) -> Self {
        let sources = input.sources.iter().filter(|seen| seen.tells.tenants).map(|seen| {
            let table = input.tables.iter().find(|table| table.source == seen.id);
            TenantSourceItem {
                name: seen.id.to_string(),
                freshness: FreshnessWord::from(&input.freshness(&seen.id)),
                age_s: input.age(&seen.id).map(seconds),
                require: table.map(|table| table.require.clone()),
                done: table.and_then(|table| table.progress).map(|(done, _)| done),
                of: table.and_then(|table| table.progress).map(|(_, of)| of),
                footprint: table.map(|table| table.footprint.to_string()),
            }
        });
        Self {
            schema: SCHEMA,
            at: input.now.into(),
            sources: sources.collect(),
            sum: sum(input),
            filter: filter.map(|filter| crate::domain::text::DisplayText::new(filter).to_string()),
            tenants: shown.iter().map(|(table, tenant, state)| item(table, tenant, *state)).collect(),
        }
    }
}
