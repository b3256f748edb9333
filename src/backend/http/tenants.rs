//! Tenants out of an answer, and whether what each tells is within its bounds.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value as Json;

use super::{
    pointer::{Marks, scalar},
    settings::{Column, TenantSettings},
};
use crate::domain::{
    Timestamp,
    id::{Name, SourceId},
    tenant::{CheckKind, CheckResult, Tenant, TenantState, TenantTable},
    text::DisplayText,
};

/// What is shown for a value that is not there.
const NOTHING: &str = "?";

/// The table of all tenants of one answer.
///
/// # Errors
/// In words: no list where it should be, a tenant without id, an id that is there twice.
pub fn table(
    source: &SourceId,
    settings: &TenantSettings,
    marks: &Marks,
    body: &Json,
    now: Timestamp,
) -> Result<TenantTable, String> {
    let list = body.pointer(&settings.place.pointer);
    let items: Vec<&Json> = match list {
        Some(Json::Array(items)) => items.iter().collect(),
        Some(Json::Object(items)) => items.values().collect(),
        _ => return Err(format!("there is no list of tenants at {}", settings.place.pointer)),
    };
    let mut tenants = BTreeMap::new();
    for item in items {
        let id = item.pointer(&settings.id).and_then(scalar).ok_or_else(|| format!("a tenant has no {}", settings.id))?;
        let tenant = tenant(settings, marks, item, &id, now);
        if tenants.insert(id.clone(), Arc::new(tenant)).is_some() {
            return Err(format!("tenant {id} is there twice"));
        }
    }
    let is_judged = settings.columns.iter().any(|column| column.bound.is_some());
    Ok(TenantTable {
        source: source.clone(),
        tenants: tenants.into_values().collect(),
        columns: settings.columns.iter().map(|column| DisplayText::new(&column.head)).collect(),
        require: if is_judged { vec![CheckKind::Facts] } else { Vec::new() },
        progress: None,
        footprint: DisplayText::new("one request a read"),
    })
}

/// The same tenants where the newest answer does not tell them: each as it was last known, stale, with why.
#[must_use]
pub fn not_told_again(table: &TenantTable, why: &str) -> TenantTable {
    let stale = |tenant: &Arc<Tenant>| {
        let told = if tenant.told == Some(TenantState::OptedOut) { tenant.told } else { Some(TenantState::Stale) };
        let mut tenant = Tenant { told, ..Tenant::clone(tenant) };
        if tenant.note.is_empty() {
            tenant.note = DisplayText::new(&format!("not told again: {why}"));
        }
        Arc::new(tenant)
    };
    TenantTable { tenants: table.tenants.iter().map(stale).collect(), ..table.clone() }
}

fn tenant(settings: &TenantSettings, marks: &Marks, item: &Json, id: &str, now: Timestamp) -> Tenant {
    let is_out = marks.is_out(item);
    let made = marks.made(item);
    // A time that should be there and can not be read is no sign of youth.
    let is_old = settings.max_age.is_some_and(|limit| made.is_none_or(|made| (now - made).to_std().is_ok_and(|age| age > limit)));
    let shown = |column: &Column| {
        let value = item.pointer(&column.pointer).and_then(scalar).filter(|_| !is_out);
        DisplayText::new(&value.unwrap_or_else(|| NOTHING.to_owned()))
    };
    let told = if is_out { Some(TenantState::OptedOut) } else { is_old.then_some(TenantState::Stale) };
    let facts = (!is_out).then(|| facts(settings, item)).flatten();
    let note = match &facts {
        Some(CheckResult::Fail(words) | CheckResult::Unknown(words)) => words.clone(),
        _ if is_out => DisplayText::new("opted out of telling"),
        _ => DisplayText::default(),
    };
    let cause = matches!(facts, Some(CheckResult::Fail(_) | CheckResult::Unknown(_)));
    Tenant {
        id: Name::new(id),
        name: settings.name.as_ref().and_then(|name| item.pointer(name)).and_then(scalar).map(|name| DisplayText::new(&name)),
        checks: facts.map(|facts| (CheckKind::Facts, facts)).into_iter().collect(),
        rows: None,
        tables: Vec::new(),
        values: settings.columns.iter().map(shown).collect(),
        told,
        cause: cause.then(|| cause_of(settings, item)),
        note,
        checked: made.or(Some(now)),
        took: None,
    }
}

/// The columns with a bound that is not held, or that can not be judged.
fn wrong<'a>(settings: &'a TenantSettings, item: &Json) -> (Vec<(&'a Column, f64)>, Vec<&'a Column>) {
    let (mut broken, mut unknown) = (Vec::new(), Vec::new());
    for column in &settings.columns {
        let Some(bound) = column.bound else { continue };
        match item.pointer(&column.pointer).and_then(Json::as_f64) {
            Some(value) if bound.holds(value) => {}
            Some(value) => broken.push((column, value)),
            None => unknown.push(column),
        }
    }
    (broken, unknown)
}

fn facts(settings: &TenantSettings, item: &Json) -> Option<CheckResult> {
    settings.columns.iter().find(|column| column.bound.is_some())?;
    let (broken, unknown) = wrong(settings, item);
    if !broken.is_empty() {
        let words = broken.iter().filter_map(|(column, value)| {
            Some(format!("{} is {value}, should be {} {}", column.head, column.bound?.sign, column.bound?.limit))
        });
        return Some(CheckResult::Fail(DisplayText::new(&words.collect::<Vec<_>>().join("; "))));
    }
    if unknown.is_empty() {
        return Some(CheckResult::Pass);
    }
    let heads: Vec<&str> = unknown.iter().map(|column| column.head.as_str()).collect();
    Some(CheckResult::Unknown(DisplayText::new(&format!("no number for {}", heads.join(", ")))))
}

/// The same for every tenant with the same columns in the wrong.
fn cause_of(settings: &TenantSettings, item: &Json) -> DisplayText {
    let (broken, unknown) = wrong(settings, item);
    let heads = |columns: Vec<&str>| columns.join(", ");
    let words = if broken.is_empty() {
        format!("facts: no number for {}", heads(unknown.iter().map(|column| column.head.as_str()).collect()))
    } else {
        format!("facts: {} out of bounds", heads(broken.iter().map(|(column, _)| column.head.as_str()).collect()))
    };
    DisplayText::new(&words)
}
