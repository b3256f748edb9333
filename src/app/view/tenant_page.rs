//! One tenant, whole: what is the matter, each check, each table source beside clone, its values, when and how long.

use crate::{
    app::{
        role::Role,
        state::AppState,
        tenants::{self, TenantKey},
        zone,
    },
    domain::tenant::{CheckResult, TableCount, Tenant, TenantState},
};

use super::{
    age::{span_of_time, time_taken},
    model::{Line, Page, Section, Span},
    overview::{line, since},
    pages::{pair, section},
    tenant_detail,
    tenant_grid::word,
};

/// The page of `key`; of one that its source tells of no more, what was last known.
pub(super) fn tenant_page(state: &AppState, key: &TenantKey) -> Page {
    let title = format!("tenant > {}", key.tenant.display());
    let source = state.source(&key.source);
    let Some(tenant) = tenants::find(state, key) else {
        if let Some(source) = source.filter(|source| source.tenants.is_none()) {
            let lines = vec![line(Role::Unknown, super::tenants::unread(state, source))];
            return Page { title, sections: vec![section("Not read yet", "", lines)], scroll: 0, ..Page::default() };
        }
        let lines = vec![line(Role::Quiet, format!("{} tells of {} no more", key.source, key.tenant.display()))];
        return Page { title, sections: vec![section("Gone", "", lines)], scroll: 0, ..Page::default() };
    };
    let table = source.and_then(|source| source.tenants.as_ref());
    let is_old = source.is_none_or(|source| !source.freshness(state.since_boot).is_live());
    let is_gone = state.tenants.roster.gone && state.tenants.roster.cursor.as_ref() == Some(key);
    let required = table.map_or(&[][..], |table| &table.require);
    let mut state_word = word(tenant.state(required, is_old));
    if is_old || is_gone {
        state_word.role = Role::Unknown;
    }
    let mut sections = vec![section("Now", key.source.to_string(), now(state, tenant, is_old, is_gone))];
    sections.push(section("Checks", tenant.checks.len().to_string(), checks(tenant, required)));
    let tables = if tenant.tables.is_empty() {
        vec![line(Role::Idle, "its source tells of no table by itself")]
    } else {
        tenant.tables.iter().map(count).collect()
    };
    sections.push(section("Tables: source, clone, difference", tenant.tables.len().to_string(), tables));
    sections.extend(values(tenant, table.map_or(&[][..], |table| &table.columns)));
    Page { title, note: key.source.to_string(), state: Some(state_word), sections, ..Page::default() }
}

fn now(state: &AppState, tenant: &Tenant, is_old: bool, is_gone: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    if is_gone {
        lines.push(line(Role::Quiet, "its source tells of it no more: this is what was last known"));
    } else if is_old {
        lines.push(line(Role::Unknown, "its source is silent: this is what was last known, and counts for nothing"));
    }
    if let Some(name) = &tenant.name {
        lines.push(pair("name", Role::Text, name.to_string()));
    }
    lines.extend(tenant_detail::told(tenant));
    lines.push(match tenant.rows {
        None if tenant.told == Some(TenantState::OptedOut) => pair("rows", Role::Quiet, "not compared: it opted out"),
        None => pair("rows", Role::Unknown, "not known"),
        Some(0) => pair("rows", Role::Text, "as many in the clone as in the source"),
        Some(rows) if rows < 0 => pair("rows", Role::Fail, format!("{rows} in the clone")),
        Some(rows) => pair("rows", Role::Text, format!("+{rows} in the clone")),
    });
    lines.push(match tenant.checked {
        None => pair("checked", Role::Unknown, "never"),
        Some(at) => {
            let when = zone::shown(state, at, "%Y-%m-%d %H:%M:%S");
            pair("checked", Role::Text, format!("{when}  ({} ago)", span_of_time(since(state, at))))
        }
    });
    if let Some(took) = tenant.took {
        lines.push(pair("took", Role::Text, time_taken(took)));
    }
    lines
}

/// Each check with its reason, and each that is required and was not made.
fn checks(tenant: &Tenant, required: &[crate::domain::tenant::CheckKind]) -> Vec<Line> {
    let mut lines: Vec<Line> = tenant
        .checks
        .iter()
        .map(|(kind, result)| {
            let (role, text) = match result {
                CheckResult::Pass => (Role::Ok, "pass".to_owned()),
                CheckResult::Warn(why) => (Role::Warn, format!("warn: {why}")),
                CheckResult::Fail(why) => (Role::Fail, format!("FAIL: {why}")),
                CheckResult::Unknown(why) => (Role::Unknown, format!("unknown: {why}")),
                CheckResult::Running => (Role::Running, "running".to_owned()),
                CheckResult::Absent => (Role::Idle, "absent: there is nothing to compare".to_owned()),
            };
            pair(kind.word(), role, text)
        })
        .collect();
    // Of one that opted out, or that waits, its source tells the state itself.
    let missing = required.iter().filter(|kind| tenant.told.is_none() && !tenant.checks.iter().any(|(made, _)| made == *kind));
    lines.extend(missing.map(|kind| pair(kind.word(), Role::Unknown, "required, and not made")));
    if lines.is_empty() {
        let role = if tenant.told == Some(TenantState::OptedOut) { Role::Quiet } else { Role::Unknown };
        lines.push(line(role, "no check was made"));
    }
    lines
}

/// `cases             18204        18203           -1`.
fn count(table: &TableCount) -> Line {
    let number = |count: Option<i64>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
    let (delta, role) = match (table.source, table.clone) {
        (Some(source), Some(clone)) => match clone.saturating_sub(source) {
            0 if table.same_content == Some(false) => ("0".to_owned(), Role::Fail),
            0 => ("0".to_owned(), Role::Text),
            delta if delta < 0 => (delta.to_string(), Role::Fail),
            delta => (format!("+{delta}"), Role::Warn),
        },
        (Some(_) | None, None) | (None, Some(_)) => ("unknown".to_owned(), Role::Unknown),
    };
    let text = format!("{:>9} {:>9} {delta:>8}{}", number(table.source), number(table.clone), same(table));
    Line {
        indent: 0,
        spans: vec![Span { text: format!("{:<14} ", table.table.as_str()), role: Role::Text }, Span { text, role }],
    }
}

fn same(table: &TableCount) -> &'static str {
    match table.same_content {
        Some(true) => " same content",
        Some(false) => " CONTENT DIFFERS",
        None => "",
    }
}

fn values(tenant: &Tenant, columns: &[crate::domain::text::DisplayText]) -> Option<Section> {
    let lines: Vec<Line> =
        columns.iter().zip(&tenant.values).map(|(head, value)| pair(head.as_str(), Role::Text, value.to_string())).collect();
    (!lines.is_empty()).then(|| section("Values", "", lines))
}
