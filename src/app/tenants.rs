//! The list of tenants: worst first over all sources, filtered, or grouped by what is the matter.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::domain::{
    census::rank,
    counted::CountedTable,
    id::{Name, SourceId},
    tenant::{CheckKind, CheckResult, Tenant, TenantState},
    tenant_filter::TenantFilter,
    text::DisplayText,
};

use super::{
    density::{self, Map},
    navigate::show,
    roster::{Order, Roster},
    sort::Sort,
    state::{AppState, Screen, SourceState},
    update::say,
};

/// What identifies a tenant: the same customer may be rehearsed at two sources.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantKey {
    pub source: SourceId,
    pub tenant: Name,
}

/// Tenants of all sources that fail, or are unknown, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CauseGroup {
    /// The worst state among them.
    pub state: TenantState,
    pub count: usize,
    /// Rows that the clones of these lack.
    pub rows_lost: u64,
}

/// The list of tenants.
#[derive(Clone, Debug, Default)]
pub struct TenantList {
    pub roster: Roster<TenantKey>,
    pub sort: Sort,
    /// `f`: causes instead of tenants.
    pub grouped: bool,
    /// Causes, worst and most frequent first.
    pub causes: Roster<DisplayText>,
    pub groups: HashMap<DisplayText, CauseGroup>,
    /// `z`: one sign for many tenants instead of their rows.
    pub map: Option<Map>,
    /// Only tenants with this cause are listed.
    pub only: Option<DisplayText>,
    /// The first word of the filter that can not be read, and why; the other words hold.
    pub refusal: Option<String>,
    /// Which checks any tenant has, besides that of rows, which has its own column.
    pub kinds: Vec<CheckKind>,
    /// `l` and `h`: the check whose column stands first; the others follow it, round to the one before it.
    pub first: Option<CheckKind>,
    /// Some tenant has a name besides its id.
    pub named: bool,
    /// The tenant under the cursor as it was last told, for when it vanishes.
    pub last: Option<(TenantKey, Arc<Tenant>)>,
    filter: TenantFilter,
    /// Sources that were silent when the list was made.
    silent: Vec<SourceId>,
}

/// A new table has come.
pub fn told(state: &mut AppState) {
    let kinds: BTreeSet<CheckKind> = tables(state).flat_map(|table| table.kinds().iter().copied()).collect();
    let named = tables(state).any(|table| table.is_named());
    state.tenants.named = named;
    state.tenants.kinds = kinds.into_iter().collect();
    regroup(state);
    arrange(state);
}

fn tables(state: &AppState) -> impl Iterator<Item = &Arc<CountedTable>> {
    state.sources.iter().filter_map(|source| source.tenants.as_ref())
}

fn regroup(state: &mut AppState) {
    let mut groups: HashMap<DisplayText, CauseGroup> = HashMap::new();
    for cause in tables(state).flat_map(|table| table.census().causes.iter()) {
        let group = groups.entry(cause.text.clone()).or_insert(CauseGroup { state: cause.state, count: 0, rows_lost: 0 });
        group.state = group.state.min(cause.state);
        group.count += cause.tenants.len();
        group.rows_lost = group.rows_lost.saturating_add(cause.rows_lost);
    }
    let mut sorted: Vec<(&DisplayText, &CauseGroup)> = groups.iter().collect();
    sorted.sort_by_key(|(text, group)| (group.state, Reverse(group.count), Reverse(group.rows_lost), *text));
    let keys: Vec<DisplayText> = sorted.into_iter().map(|(text, _)| text.clone()).collect();
    let list = &mut state.tenants;
    list.causes.arrange(keys, Order::Follows, |text| groups.contains_key(text));
    list.groups = groups;
}

/// Filters and sorts anew; the cursor stays on its tenant.
pub fn arrange(state: &mut AppState) {
    state.tenants.silent = silent(state).cloned().collect();
    let mut rows = Vec::new();
    for (at, source) in state.sources.iter().enumerate() {
        let Some(table) = &source.tenants else { continue };
        let old = state.tenants.silent.contains(&source.info.id);
        let census = table.census();
        for index in census.order.iter().filter_map(|index| usize::try_from(*index).ok()) {
            let (Some(tenant), Some(known)) = (table.tenants.get(index), census.states.get(index)) else { continue };
            if is_kept(&state.tenants, tenant, in_time(source, tenant, *known, old)) {
                rows.push((rank(tenant, *known), at, index, &source.info.id, tenant));
            }
        }
    }
    // What one source tells is in order already, and a sort of runs costs next to nothing.
    rows.sort_by_key(|(rank, at, index, _, _)| (*rank, *at, *index));
    match state.tenants.sort {
        Sort::Rows => rows.sort_by_key(|(.., tenant)| Reverse(tenant.rows.map(i64::unsigned_abs))),
        Sort::Slowest => rows.sort_by_key(|(.., tenant)| Reverse(tenant.took)),
        Sort::Name => rows.sort_by(|(.., a), (.., b)| a.id.cmp(&b.id)),
        Sort::Usual | Sort::Newest | Sort::Severity | Sort::Rollout => {}
    }
    let key = |source: &SourceId, tenant: &Tenant| TenantKey { source: source.clone(), tenant: tenant.id.clone() };
    let keys = rows.into_iter().map(|(_, _, _, source, tenant)| key(source, tenant)).collect();
    let mut roster = std::mem::take(&mut state.tenants.roster);
    // Where nobody put the cursor, it is on the worst.
    roster.cursor = roster.cursor.take().filter(|_| roster.by_person);
    roster.arrange(keys, Order::Follows, |key| known(state, key).is_some());
    state.tenants.roster = roster;
    keep_last(state);
}

/// Sources whose tenants are older than they may be.
fn silent(state: &AppState) -> impl Iterator<Item = &SourceId> {
    let old = |source: &&SourceState| source.tenants.is_some() && !source.freshness(state.since_boot).is_live();
    state.sources.iter().filter(old).map(|source| &source.info.id)
}

/// Time has passed, or a source has spoken of itself: what is silent now is filtered as what it is worth now.
pub(super) fn age(state: &mut AppState) {
    if !silent(state).eq(&state.tenants.silent) {
        arrange(state);
    }
}

/// `known`, the state as if fresh, as it counts while what the source told is `old`.
fn in_time(source: &SourceState, tenant: &Tenant, known: TenantState, old: bool) -> TenantState {
    let required = source.tenants.as_ref().map_or(&[][..], |table| &table.require);
    if old { tenant.state(required, true) } else { known }
}

fn is_kept(list: &TenantList, tenant: &Tenant, state: TenantState) -> bool {
    list.only.as_ref().is_none_or(|only| tenant.cause.as_ref() == Some(only)) && list.filter.lets(tenant, state)
}

/// The filter was typed: the cursor goes to the first match unless its own tenant matches.
pub fn refilter(state: &mut AppState) {
    let text = state.tenants.roster.filter.text();
    let words = text.split_whitespace().filter(|word| TenantFilter::read(word).is_ok()).collect::<Vec<_>>().join(" ");
    let refusal = TenantFilter::read(text).err();
    state.tenants.filter = TenantFilter::read(&words).unwrap_or_default();
    state.tenants.refusal = refusal;
    narrowed(state);
}

fn narrowed(state: &mut AppState) {
    let matches = state.tenants.roster.cursor.as_ref().is_some_and(|key| {
        let source = state.source(&key.source);
        source.zip(known(state, key)).is_some_and(|(source, tenant)| {
            let old = !source.freshness(state.since_boot).is_live();
            is_kept(&state.tenants, tenant, in_time(source, tenant, state_of(source, tenant), old))
        })
    });
    if !matches {
        state.tenants.roster.cursor = None;
        state.tenants.roster.gone = false;
        state.tenants.roster.release();
    }
    arrange(state);
}

/// The verdict of `tenant` as if what `source` told were fresh: what lists are sorted and filtered by.
#[must_use]
pub fn state_of(source: &SourceState, tenant: &Tenant) -> TenantState {
    tenant.state(source.tenants.as_ref().map_or(&[], |table| &table.require), false)
}

/// The tenant as its source tells it now.
fn known<'a>(state: &'a AppState, key: &TenantKey) -> Option<&'a Arc<Tenant>> {
    let table = state.source(&key.source)?.tenants.as_ref()?;
    table.tenants.get(place(table, &key.tenant)?)
}

/// Where in `table` the tenant `id` is.
pub(super) fn place(table: &CountedTable, id: &Name) -> Option<usize> {
    // Tables come in the order of their ids; one that does not is looked through.
    let found = table.tenants.binary_search_by(|tenant| tenant.id.cmp(id));
    found.ok().or_else(|| table.tenants.iter().position(|tenant| tenant.id == *id))
}

/// The tenant of a row; of one that is gone, its last state.
#[must_use]
pub fn find<'a>(state: &'a AppState, key: &TenantKey) -> Option<&'a Arc<Tenant>> {
    let last = || state.tenants.last.as_ref().filter(|(last, _)| last == key).map(|(_, tenant)| tenant);
    known(state, key).or_else(last)
}

/// No source tells of it now.
#[must_use]
pub fn is_gone(state: &AppState, key: &TenantKey) -> bool {
    known(state, key).is_none()
}

fn keep_last(state: &mut AppState) {
    let Some(key) = state.tenants.roster.cursor.clone() else {
        state.tenants.last = None;
        return;
    };
    if let Some(tenant) = known(state, &key).cloned() {
        state.tenants.last = Some((key, tenant));
    }
}

/// From now on the cursor stays on its tenant: a person looks at it.
pub fn hold(state: &mut AppState) {
    state.tenants.roster.by_person = state.tenants.roster.cursor.is_some();
}

/// The list of causes has the keyboard.
#[must_use]
pub fn is_grouped(state: &AppState) -> bool {
    state.tenants.grouped && *state.screen() == Screen::Tenants
}

/// A person moves the cursor by `delta` rows.
pub fn move_by(state: &mut AppState, delta: isize) {
    if density::is_open(state) {
        density::walk_lines(state, delta);
    } else if is_grouped(state) {
        state.tenants.causes.move_by(delta);
    } else {
        state.tenants.roster.move_by(delta);
        keep_last(state);
    }
}

/// A person goes to a tenant; it is shown even where the filter does not let it through.
pub fn select(state: &mut AppState, key: TenantKey) {
    state.tenants.grouped = false;
    stand_on(state, key);
}

/// The cursor of the list, and of the map.
pub(super) fn stand_on(state: &mut AppState, key: TenantKey) {
    let is_listed = state.tenants.roster.order.contains(&key);
    state.tenants.roster.select(key);
    if is_listed {
        keep_last(state);
    } else {
        arrange(state);
    }
}

/// `w`: why the tenant under the cursor is in its state, in one sentence.
pub(super) fn why(state: &mut AppState) {
    let sentence = if is_grouped(state) {
        "enter lists the tenants of this cause; w says there why each is as it is".to_owned()
    } else {
        why_of_cursor(state).unwrap_or_else(|| "no tenant is selected".to_owned())
    };
    say(state, sentence, false);
}

fn why_of_cursor(state: &AppState) -> Option<String> {
    let key = state.tenants.roster.cursor.as_ref()?;
    let tenant = find(state, key)?;
    let source = state.source(&key.source)?;
    let old = !source.freshness(state.since_boot).is_live();
    let now = in_time(source, tenant, state_of(source, tenant), old);
    let rows = tenant.rows.filter(|rows| *rows < 0).map(|rows| format!("rows {rows}"));
    let cause = tenant.cause.as_ref().map(ToString::to_string);
    let checks = tenant.checks.iter().filter_map(|(kind, result)| match result {
        CheckResult::Fail(why) | CheckResult::Unknown(why) | CheckResult::Warn(why) => Some(format!("{kind} {why}")),
        CheckResult::Pass | CheckResult::Running | CheckResult::Absent => None,
    });
    let mut because: Vec<String> = rows.into_iter().chain(cause).chain(checks).collect();
    if !tenant.note.is_empty() {
        because.push(tenant.note.to_string());
    }
    if old {
        because.push(format!("{} is silent: what it told counts for nothing", key.source));
    }
    if because.is_empty() {
        because.push(match now {
            TenantState::Green => "every check that is asked for passes".to_owned(),
            TenantState::OptedOut => "it does not tell, by its own will".to_owned(),
            TenantState::Running | TenantState::Queued => "its round is not done".to_owned(),
            TenantState::Fail | TenantState::Unknown | TenantState::Stale | TenantState::Warn => {
                "a check that is asked for was not made".to_owned()
            }
        });
    }
    let word = now.word().replace('_', " ").to_uppercase();
    Some(format!("{} {word}: {}", tenant.id.display(), because.join("; ")))
}

/// `f`: by cause, and back.
pub fn group(state: &mut AppState) {
    state.tenants.map = None;
    state.tenants.grouped = !state.tenants.grouped;
}

/// The checks in the order of their columns.
#[must_use]
pub fn columns(state: &AppState) -> Vec<CheckKind> {
    let kinds = &state.tenants.kinds;
    let first = state.tenants.first.and_then(|first| kinds.iter().position(|kind| *kind == first)).unwrap_or(0);
    let (before, from) = kinds.split_at(first);
    from.iter().chain(before).copied().collect()
}

/// `l`: a narrow screen has room for a few checks only; the next one comes to the front. `h`: back.
pub fn turn_columns(state: &mut AppState, forward: bool) {
    let columns = columns(state);
    state.tenants.first = if forward { columns.get(1) } else { columns.last() }.copied().or(state.tenants.first);
}

/// Enter: all that is known of the tenant under the cursor; of a cause, its tenants.
pub fn open(state: &mut AppState) {
    if density::is_open(state) && density::zoom_in(state) {
        return;
    }
    if !is_grouped(state) {
        match state.tenants.roster.cursor.clone() {
            Some(key) => {
                hold(state);
                show(state, Screen::Tenant(key));
            }
            None => say(state, "no tenant is selected", false),
        }
        return;
    }
    let Some(cause) = state.tenants.causes.cursor.clone() else {
        say(state, "no cause is selected", false);
        return;
    };
    state.tenants.only = Some(cause);
    state.tenants.grouped = false;
    narrowed(state);
    hold(state);
}

/// Esc: one step wider, from causes to tenants, from one cause to all. Whether there was one.
pub fn widen(state: &mut AppState) -> bool {
    if std::mem::take(&mut state.tenants.grouped) {
        return true;
    }
    let was = state.tenants.only.take().is_some();
    if was {
        arrange(state);
    }
    was
}
