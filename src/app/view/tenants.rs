//! The tenants in the overview: the worst, the one under the cursor, and how many are in each state.

use crate::{
    app::{
        role::Role,
        state::{AppState, Pane, SourceState},
        tenants::{self, TenantKey},
        zone,
    },
    domain::{
        census::Census,
        freshness::Freshness,
        id::SourceId,
        tenant::{Tenant, TenantState},
        wrap,
    },
};

use super::{
    age::span_of_time,
    model::{Line, Span, TenantsPane},
    overview::line,
};

/// How many tenants are named in one line.
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

/// The tenants of all sources that tell of any, for `rows` lines of `room` cells.
#[must_use]
pub fn tenants_pane(state: &AppState, rows: usize, room: usize) -> TenantsPane {
    let sources: Vec<&SourceState> = state.sources.iter().filter(|source| source.info.tells.tenants).collect();
    let told: Vec<&SourceState> = sources.iter().copied().filter(|source| source.tenants.is_some()).collect();
    let mut pane = TenantsPane { remarks: remarks(state, &sources), ..TenantsPane::default() };
    if told.is_empty() {
        return pane;
    }
    // A remark may take two lines where there is room for that.
    let left = rows.saturating_sub(pane.remarks.len() * if rows > 3 { 2 } else { 1 });
    let named = named(state, &told, if left > 2 { left - 1 } else { NAMED });
    let cursor = cursor(state);
    if left > 2 {
        pane.selected = named.iter().position(|(key, _, _)| Some(key) == cursor);
        pane.lines = named.iter().map(|one| Line { indent: 0, spans: vec![span_of(one, "")] }).collect();
    } else if !named.is_empty() {
        pane.selected = named.first().filter(|(key, _, _)| Some(key) == cursor).map(|_| 0);
        let gaps = (0..named.len()).rev().map(|after| if after > 0 { "    " } else { "" });
        pane.lines = vec![Line { indent: 0, spans: named.iter().zip(gaps).map(|(one, gap)| span_of(one, gap)).collect() }];
    }
    let (live, silent): (Vec<&SourceState>, Vec<_>) = told.iter().partition(|source| !is_silent(state, source));
    if live.is_empty() || silent.is_empty() {
        pane.lines.push(counts(&told, room));
    } else {
        pane.lines.push(counts_beside(&live, &silent, room));
    }
    let is_old = |source: &SourceId| silent.iter().any(|silent| silent.info.id == *source);
    let of_rows = pane.lines.iter_mut().flat_map(|line| &mut line.spans).zip(&named);
    of_rows.filter(|(_, (key, _, _))| is_old(&key.source)).for_each(|(span, _)| span.role = Role::Age);
    if live.is_empty() {
        for span in pane.lines.iter_mut().flat_map(|line| &mut line.spans) {
            span.role = Role::Age;
        }
    }
    pane
}

fn is_silent(state: &AppState, source: &SourceState) -> bool {
    !source.freshness(state.since_boot).is_live()
}

/// What sources that answer tell, and beside it how many tenants there are of which only old news is known.
fn counts_beside(live: &[&SourceState], silent: &[&SourceState], room: usize) -> Line {
    let each = silent.iter().map(|source| {
        let all = source.tenants.as_ref().map_or(0, |table| table.census().total());
        format!("  {}: {all} old", source.info.id)
    });
    let old = each.collect::<Vec<_>>().concat();
    let mut known = counts(live, room.saturating_sub(wrap::width(&old)));
    known.spans.push(Span { text: old, role: Role::Age });
    known
}

fn remarks(state: &AppState, sources: &[&SourceState]) -> Vec<Line> {
    if sources.is_empty() {
        return vec![line(Role::Idle, "no source of tenants: configure one of kind postgres or http")];
    }
    if sources.iter().all(|source| source.tenants.is_none()) {
        return sources.iter().map(|source| line(Role::Unknown, unread(state, source))).collect();
    }
    let (silent, untold): (Vec<&SourceState>, Vec<_>) =
        sources.iter().filter(|source| is_silent(state, source)).partition(|source| source.tenants.is_some());
    let last =
        |source: &SourceState| source.health.last_ok.map_or_else(|| "never".to_owned(), |(_, at)| zone::seconds(state, at));
    let words = match silent.as_slice() {
        [] => None,
        [only] if sources.len() == 1 => {
            Some(format!("{} is silent: what follows was read {} and counts for nothing", only.info.id, last(only)))
        }
        // Others go on: only what these told is old.
        [only] => Some(format!("{} is silent: what it told {} counts for nothing", only.info.id, last(only))),
        many => {
            let each: Vec<String> = many.iter().map(|source| format!("{} {}", source.info.id, last(source))).collect();
            Some(format!("silent: {}: what they told counts for nothing", each.join(", ")))
        }
    };
    words
        .into_iter()
        .chain(untold.into_iter().map(|source| unread(state, source)))
        .map(|words| line(Role::Unknown, words))
        .collect()
}

/// Why a source has told of no tenant so far.
pub(super) fn unread(state: &AppState, source: &SourceState) -> String {
    let id = &source.info.id;
    match source.freshness(state.since_boot) {
        Freshness::Lost { since, why } => {
            format!("{id} is lost since {}: {why}; no tenant was read", zone::seconds(state, since))
        }
        Freshness::Stale { age } => format!("{id} has been silent for {}; no tenant was read", span_of_time(age)),
        Freshness::Live => format!("{id} answers and has told of no tenant yet"),
        Freshness::Never => format!("{id} has not answered yet; no tenant was read"),
    }
}

/// How many tenants are in each state, in one line of at most `room` cells: what was lost first, of how many last. Where words
/// have no room the signs of the least important states stand alone, then they are left out.
pub(super) fn counts(told: &[&SourceState], room: usize) -> Line {
    let censuses = || told.iter().filter_map(|source| source.tenants.as_ref()).map(|table| table.census());
    let all: usize = censuses().map(Census::total).sum();
    let lost: u64 = censuses().map(|census| census.rows_lost).sum();
    let count = |state: TenantState| -> u64 { censuses().map(|census| u64::from(census.count(state))).sum() };
    let counted: Vec<(TenantState, u64)> =
        TenantState::ALL.into_iter().map(|state| (state, count(state))).filter(|(_, count)| *count > 0).collect();
    let mut forms: Vec<(TenantState, Form)> = counted.iter().map(|(state, _)| (*state, Form::Words)).collect();
    let lay = |forms: &[(TenantState, Form)]| -> Vec<Span> {
        let mut spans = Vec::new();
        if lost > 0 {
            spans.push(Span { text: format!("{}  ", rows_lost(lost)), role: Role::Fail });
        }
        for ((state, count), (_, form)) in counted.iter().zip(forms) {
            let (word, sign, role) = shown(*state);
            match form {
                Form::Words => spans.push(Span { text: format!("{sign} {count} {word}  "), role }),
                Form::Sign => spans.push(Span { text: format!("{sign} {count}  "), role }),
                Form::Nothing => {}
            }
        }
        spans.push(Span { text: format!("of {all}"), role: Role::Text });
        spans
    };
    for form in [Form::Sign, Form::Nothing] {
        for dear in LEAST_FIRST {
            let wide: usize = lay(&forms).iter().map(|span| wrap::width(&span.text)).sum();
            if wide <= room {
                break;
            }
            forms.iter_mut().filter(|(state, _)| *state == dear).for_each(|(_, its)| *its = form);
        }
    }
    Line { indent: 0, spans: lay(&forms) }
}

/// What of a state's count there is room for.
#[derive(Clone, Copy)]
enum Form {
    Words,
    Sign,
    Nothing,
}

/// The states in the order in which they can be done without.
const LEAST_FIRST: [TenantState; 7] = [
    TenantState::OptedOut,
    TenantState::Queued,
    TenantState::Running,
    TenantState::Green,
    TenantState::Warn,
    TenantState::Stale,
    TenantState::Unknown,
];

/// `1 row lost`, `12 rows lost`.
pub(super) fn rows_lost(lost: u64) -> String {
    format!("{lost} {} lost", if lost == 1 { "row" } else { "rows" })
}

/// The tenant that the keyboard is on.
fn cursor(state: &AppState) -> Option<&TenantKey> {
    state.tenants.roster.cursor.as_ref().filter(|_| state.pane == Pane::Tenants)
}

/// A tenant to be named, and the state that it is in.
type Named<'a> = (TenantKey, TenantState, &'a Tenant);

/// The worst tenants of all sources, at most `most`; the one under the cursor is always among them, first where it is none of
/// the worst or where they share a line.
fn named<'a>(state: &'a AppState, told: &[&'a SourceState], most: usize) -> Vec<Named<'a>> {
    let mut named: Vec<Named<'_>> = Vec::new();
    for source in told {
        let Some(table) = &source.tenants else { continue };
        let census = table.census();
        let first = census.order.iter().filter_map(|index| usize::try_from(*index).ok()).take(most);
        named.extend(first.filter_map(|index| {
            let tenant = table.tenants.get(index)?;
            let key = TenantKey { source: source.info.id.clone(), tenant: tenant.id.clone() };
            Some((key, *census.states.get(index)?, &**tenant))
        }));
    }
    named.retain(|(_, state, _)| {
        matches!(state, TenantState::Fail | TenantState::Unknown | TenantState::Stale | TenantState::Warn)
    });
    named.sort_by_key(|(_, state, _)| *state);
    named.truncate(most);
    let Some(key) = cursor(state) else { return named };
    let at = named.iter().position(|(other, _, _)| other == key);
    match at {
        Some(at) if most <= NAMED => named.swap(0, at),
        Some(_) => {}
        None => {
            let found = state.source(&key.source).zip(tenants::find(state, key));
            if let Some((source, tenant)) = found {
                named.insert(0, (key.clone(), tenants::state_of(source, tenant), &**tenant));
                named.truncate(most);
            }
        }
    }
    named
}

fn span_of((_, state, tenant): &Named<'_>, gap: &str) -> Span {
    let (_, sign, role) = shown(*state);
    Span { text: format!("{sign} {}{gap}", named_with_matter(tenant)), role }
}

/// `t-004417 rows -1 in cases`: its id and what is the matter with it.
pub(super) fn named_with_matter(tenant: &Tenant) -> String {
    let rows = tenant.rows.filter(|rows| *rows < 0).map_or_else(String::new, |rows| format!(" rows {rows}"));
    let cause = tenant.cause.as_ref().map_or_else(String::new, |cause| format!(" {cause}"));
    let what = if rows.is_empty() && cause.is_empty() { format!(" {}", tenant.note) } else { format!("{rows}{cause}") };
    format!("{}{}", tenant.id, what.trim_end())
}
