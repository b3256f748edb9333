//! What is known of the selected tenant: what is the matter, its tables source beside clone, its checks.

use crate::{
    app::{role::Role, state::AppState, tenants},
    domain::tenant::{CheckKind, CheckResult, TableCount, Tenant},
};

use super::{
    age::span_of_time,
    model::{Line, Section},
    overview::{line, since},
    pages::{pair, section},
    tenant_grid::word,
};

/// Sections about the tenant under the cursor; of a cause, how to go on.
#[must_use]
pub fn tenant_sections(state: &AppState) -> Vec<Section> {
    if tenants::is_grouped(state) {
        let lines = vec![line(Role::Text, "enter lists the tenants of this cause; f goes back to all tenants")];
        return vec![section("Causes", "", lines)];
    }
    let Some(key) = &state.tenants.roster.cursor else { return Vec::new() };
    let Some(tenant) = tenants::find(state, key) else { return Vec::new() };
    let name = tenant.name.as_ref().map_or_else(String::new, |name| format!("  {name}"));
    let checked = tenant.checked.map_or_else(
        || format!("{}, never checked", key.source),
        |at| format!("{}, checked {} ago", key.source, span_of_time(since(state, at))),
    );
    let columns = state.source(&key.source).and_then(|source| source.tenants.as_ref()).map(|table| &table.columns);
    let values = columns.into_iter().flatten().zip(&tenant.values);
    let mut sections = vec![section(&format!("{}{name}", tenant.id.display()), checked, matter(state, tenant))];
    if !tenant.tables.is_empty() {
        sections.push(section("Tables, source -> clone", tenant.tables.len().to_string(), tables(tenant)));
    }
    let mut lines = good(tenant);
    lines.extend(values.map(|(head, value)| pair(head.as_str(), Role::Text, value.to_string())));
    sections.push(section("Checks that pass, and values", "", lines));
    sections
}

/// What its source says of it in words: its state, the cause, a note.
pub(super) fn told(tenant: &Tenant) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(told) = tenant.told {
        lines.push(pair("told", word(told).role, word(told).word.to_lowercase()));
    }
    if let Some(cause) = &tenant.cause {
        lines.push(pair("cause", Role::Fail, cause.to_string()));
    }
    if !tenant.note.is_empty() {
        lines.push(pair("note", Role::Text, tenant.note.to_string()));
    }
    lines
}

fn matter(state: &AppState, tenant: &Tenant) -> Vec<Line> {
    let mut lines = Vec::new();
    if state.tenants.roster.gone {
        lines.push(line(Role::Quiet, "its source tells of it no more: this is what was last known"));
    }
    lines.extend(told(tenant));
    lines.extend(bad(tenant));
    if lines.is_empty() {
        lines.push(line(Role::Text, "nothing besides its checks"));
    }
    lines
}

/// Tables that differ, or that nobody counted, one a line; those that are equal share one.
fn tables(tenant: &Tenant) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut equal = Vec::new();
    for table in &tenant.tables {
        match (table.source, table.clone) {
            (Some(source), Some(clone)) if source == clone && table.same_content != Some(false) => {
                equal.push(format!("{} {source}{}", table.table, content(table)));
            }
            (source, clone) => lines.push(differing(table, source, clone)),
        }
    }
    if !equal.is_empty() {
        lines.push(pair("equal", Role::Text, equal.join("   ")));
    }
    lines
}

fn differing(table: &TableCount, source: Option<i64>, clone: Option<i64>) -> Line {
    let count = |count: Option<i64>| count.map_or_else(|| "not counted".to_owned(), |count| count.to_string());
    let (difference, role) = match (source, clone) {
        (Some(source), Some(clone)) => match clone.saturating_sub(source) {
            0 => (String::new(), Role::Fail),
            delta => (format!(" ({delta:+})"), if delta < 0 { Role::Fail } else { Role::Warn }),
        },
        (Some(_) | None, None) | (None, Some(_)) => (String::new(), Role::Unknown),
    };
    pair(table.table.as_str(), role, format!("{} -> {}{difference}{}", count(source), count(clone), content(table)))
}

fn content(table: &TableCount) -> &'static str {
    match table.same_content {
        Some(true) => ", same content",
        Some(false) => ", CONTENT DIFFERS",
        None => "",
    }
}

/// What is not good, one a line with its reason.
fn bad(tenant: &Tenant) -> Vec<Line> {
    let said = |kind: CheckKind, result: &CheckResult| match result {
        CheckResult::Pass | CheckResult::Absent => None,
        CheckResult::Warn(why) => Some(pair(kind.word(), Role::Warn, format!("warn: {why}"))),
        CheckResult::Fail(why) => Some(pair(kind.word(), Role::Fail, format!("FAIL: {why}"))),
        CheckResult::Unknown(why) => Some(pair(kind.word(), Role::Unknown, format!("unknown: {why}"))),
        CheckResult::Running => Some(pair(kind.word(), Role::Running, "running".to_owned())),
    };
    tenant.checks.iter().filter_map(|(kind, result)| said(*kind, result)).collect()
}

/// What passes, and what is not there to be checked, in a line each.
fn good(tenant: &Tenant) -> Vec<Line> {
    let of = |wanted: &CheckResult| -> Vec<&str> {
        tenant.checks.iter().filter(|(_, result)| result == wanted).map(|(kind, _)| kind.word()).collect()
    };
    let mut lines = Vec::new();
    for (word, kinds) in [("pass", of(&CheckResult::Pass)), ("absent", of(&CheckResult::Absent))] {
        if !kinds.is_empty() {
            lines.push(pair(word, Role::Text, kinds.join(", ")));
        }
    }
    if tenant.checks.is_empty() {
        lines.push(line(Role::Unknown, "no check was made"));
    }
    lines
}
