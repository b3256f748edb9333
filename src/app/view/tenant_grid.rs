//! The page of tenants: counts, all of them as one strip, and the rows that fit.

use crate::{
    app::{
        role::Role,
        sort,
        state::{AppState, Pane, SourceState},
        tenants::{self, TenantKey},
    },
    domain::counted::Share,
    domain::tenant::{CheckKind, CheckResult, Tenant, TenantState},
};

use super::{
    age::{span_of_time, time_taken},
    density::{DensityView, density},
    model::{Line, Span, StateWord},
    overview::line,
    tenants::{counts, rows_lost, shown, unread},
};

/// A text and what it is, for one column.
pub type Cell = Span;

/// One tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantRow {
    pub selected: bool,
    /// Its source tells of it no more; shown until the person moves.
    pub gone: bool,
    /// Its source is not live: the row is what was last known.
    pub old: bool,
    /// `FAIL`, `UNKNOWN`, `OPT-OUT`, ...
    pub state: StateWord,
    pub id: String,
    pub name: String,
    /// Rows in the clone minus rows in the source; `?` where nobody knows.
    pub rows: Cell,
    /// One for each head in `TenantWindow::heads`.
    pub checks: Vec<Cell>,
    pub time: String,
    pub note: String,
}

/// One cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CauseRow {
    pub selected: bool,
    pub state: StateWord,
    pub count: usize,
    pub text: String,
}

/// The part of the page that fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantWindow {
    /// All tenants in the order of their ids, each cell the worst of its share; digits count those that fail.
    pub heat: Vec<Cell>,
    /// Tenants in one cell of `heat`, at most.
    pub share: usize,
    /// What is silent, what the filter can not be, what to configure.
    pub remarks: Vec<Line>,
    /// Heads of the check columns that any tenant has.
    pub heads: Vec<&'static str>,
    pub named: bool,
    pub rows: Vec<TenantRow>,
    /// Instead of `rows`, while it is open.
    pub map: Option<DensityView>,
    /// Instead of `rows`, while grouped.
    pub causes: Option<Vec<CauseRow>>,
    pub above: usize,
    pub below: usize,
    pub shown: usize,
    pub total: usize,
    /// How it is sorted.
    pub sort: &'static str,
    /// The filter, and the cause that narrows the list.
    pub filter: String,
}

/// The rows that fit into `height` lines, remarks included, and a strip of at most `cells` cells.
#[must_use]
pub fn tenant_window(state: &AppState, height: usize, cells: usize) -> TenantWindow {
    let told: Vec<&SourceState> = state.sources.iter().filter(|source| source.tenants.is_some()).collect();
    let total = told.iter().filter_map(|source| source.tenants.as_ref()).map(|table| table.census().total()).sum();
    let list = &state.tenants;
    let remarks = remarks(state);
    let height = height.saturating_sub(remarks.len());
    let grouped = tenants::is_grouped(state);
    let window = if grouped { list.causes.window(height) } else { list.roster.window(height) };
    let count = if grouped { list.causes.order.len() } else { list.roster.order.len() };
    let share = usize::max(1, usize::div_ceil(total, cells.max(1)));
    let kinds = tenants::columns(state);
    let rows = |keys: &[TenantKey]| -> Vec<TenantRow> { keys.iter().filter_map(|key| row(state, key, &kinds)).collect() };
    let mut words: Vec<String> = list.only.iter().map(|cause| format!("cause {cause}")).collect();
    if !list.roster.filter.is_empty() {
        words.push(format!("/{}", list.roster.filter.text()));
    }
    TenantWindow {
        heat: heat(state, &told, share),
        share,
        remarks,
        heads: kinds.iter().map(|kind| head(*kind)).collect(),
        named: list.named,
        rows: if grouped { Vec::new() } else { rows(list.roster.order.get(window.clone()).unwrap_or_default()) },
        causes: grouped.then(|| causes(state, window.clone())),
        map: density(state, height.saturating_sub(1)),
        above: window.start,
        below: count.saturating_sub(window.end),
        shown: count - usize::from(!grouped && list.roster.gone && count > 0),
        total,
        sort: sort::words(Pane::Tenants, if grouped { sort::Sort::Usual } else { list.sort }),
        filter: words.join("  "),
    }
}

fn causes(state: &AppState, window: std::ops::Range<usize>) -> Vec<CauseRow> {
    let list = &state.tenants;
    let keys = list.causes.order.get(window).unwrap_or_default();
    keys.iter()
        .filter_map(|text| {
            let group = list.groups.get(text)?;
            Some(CauseRow {
                selected: list.causes.cursor.as_ref() == Some(text),
                state: word(group.state),
                count: group.count,
                text: text.to_string(),
            })
        })
        .collect()
}

/// Row 2: how many tenants are in each state.
#[must_use]
pub fn place_words(state: &AppState) -> String {
    let told: Vec<&SourceState> = state.sources.iter().filter(|source| source.tenants.is_some()).collect();
    if told.is_empty() {
        return "tenants".to_owned();
    }
    // Where words have no room the signs of the rows do.
    if state.columns >= 100 {
        let counts: String =
            counts(&told, state.columns.saturating_sub(30).into()).spans.into_iter().map(|span| span.text).collect();
        return format!("tenants  {}", counts.trim_end());
    }
    let censuses: Vec<_> = told.iter().filter_map(|source| source.tenants.as_ref()).map(|table| table.census()).collect();
    let mut words = vec!["tenants ".to_owned()];
    let lost: u64 = censuses.iter().map(|census| census.rows_lost).sum();
    if lost > 0 {
        words.push(format!("{} ", rows_lost(lost)));
    }
    for kind in TenantState::ALL {
        let count: u64 = censuses.iter().map(|census| u64::from(census.count(kind))).sum();
        if count > 0 {
            words.push(format!("{} {count} ", shown(kind).1));
        }
    }
    words.join(" ").trim_end().to_owned()
}

/// A state as the rows have it.
pub(super) fn word(state: TenantState) -> StateWord {
    let word = match state {
        TenantState::Fail => "FAIL",
        TenantState::Unknown => "UNKNOWN",
        TenantState::Stale => "STALE",
        TenantState::Warn => "WARN",
        TenantState::Running => "RUNNING",
        TenantState::Queued => "QUEUED",
        TenantState::OptedOut => "OPT-OUT",
        TenantState::Green => "OK",
    };
    let role = if state == TenantState::Green { Role::Ok } else { shown(state).2 };
    StateWord { word: word.to_owned(), role }
}

fn heat(state: &AppState, told: &[&SourceState], share: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    for source in told {
        let live = source.freshness(state.since_boot).is_live();
        for Share { worst, failing } in source.tenants.iter().flat_map(|table| table.strip(share)).copied() {
            let (_, sign, role) = shown(worst);
            let text = match (worst, failing) {
                (TenantState::Fail, 10..) => "+".to_owned(),
                (TenantState::Fail, failing) => failing.to_string(),
                (TenantState::Green, _) => ".".to_owned(),
                _ => sign.to_owned(),
            };
            // Old good is not good: the place of a green tenant that nobody has seen of late is unknown.
            let text = if !live && worst == TenantState::Green { "?".to_owned() } else { text };
            cells.push(Span { text, role: if live { role } else { Role::Unknown } });
        }
    }
    cells
}

fn remarks(state: &AppState) -> Vec<Line> {
    let sources: Vec<&SourceState> = state.sources.iter().filter(|source| source.info.tells.tenants).collect();
    if sources.is_empty() {
        return vec![line(Role::Idle, "no source of tenants: configure one of kind postgres or http")];
    }
    let mut lines = Vec::new();
    for source in sources {
        let id = &source.info.id;
        let live = source.freshness(state.since_boot).is_live();
        let age = source.health.age(state.since_boot).map(span_of_time);
        match (&source.tenants, live, age) {
            (None, _, _) => lines.push(line(Role::Unknown, unread(state, source))),
            (Some(_), false, Some(age)) => {
                lines.push(line(Role::Unknown, format!("{id} is silent: this is {age} old and counts for nothing")));
            }
            (Some(_), false, None) => lines.push(line(Role::Unknown, format!("{id} is silent"))),
            (Some(table), true, _) => lines.extend(footprint(table)),
        }
    }
    if let Some(why) = &state.tenants.refusal {
        lines.push(line(Role::Warn, why.clone()));
    }
    let list = &state.tenants;
    let nothing = if tenants::is_grouped(state) {
        (list.causes.order.is_empty()).then_some("no tenant fails for a cause that is told")
    } else {
        let narrowed = !list.roster.filter.is_empty() || list.only.is_some();
        (list.roster.order.is_empty() && narrowed).then_some("nothing matches the filter: esc clears it")
    };
    lines.extend(nothing.map(|text| line(Role::Text, text)));
    lines
}

/// How far the newest round is, and what we cost the source.
fn footprint(table: &crate::domain::tenant::TenantTable) -> Option<Line> {
    let done = table.progress.map(|(done, of)| format!("{}: {done} of {of} done  ", table.source)).unwrap_or_default();
    let text = format!("{done}{}", table.footprint);
    (!text.trim().is_empty()).then(|| line(Role::Text, text))
}

fn row(state: &AppState, key: &TenantKey, kinds: &[CheckKind]) -> Option<TenantRow> {
    let tenant = tenants::find(state, key)?;
    let source = state.source(&key.source)?;
    let old = !source.freshness(state.since_boot).is_live();
    let required = source.tenants.as_ref().map_or(&[][..], |table| &table.require);
    let selected = state.tenants.roster.cursor.as_ref() == Some(key);
    let mut state_word = word(tenant.state(required, old));
    if old {
        state_word.role = Role::Unknown;
    }
    Some(TenantRow {
        selected,
        gone: selected && state.tenants.roster.gone,
        old,
        state: state_word,
        id: tenant.id.display().to_string(),
        name: tenant.name.as_ref().map(ToString::to_string).unwrap_or_default(),
        rows: rows_cell(tenant),
        checks: kinds.iter().map(|kind| check_cell(tenant, *kind, required)).collect(),
        time: tenant.took.map_or_else(|| "-".to_owned(), time_taken),
        note: note(tenant),
    })
}

/// The state of `key` as its row has it; of one that its source tells of no more there is none.
pub(super) fn word_of(state: &AppState, key: &TenantKey) -> Option<StateWord> {
    let source = state.source(&key.source)?;
    let tenant = tenants::find(state, key).filter(|_| !tenants::is_gone(state, key))?;
    let old = !source.freshness(state.since_boot).is_live();
    let required = source.tenants.as_ref().map_or(&[][..], |table| &table.require);
    let word = word(tenant.state(required, old));
    Some(if old { StateWord { role: Role::Unknown, ..word } } else { word })
}

/// Its cause; without one what its source says of it.
pub(super) fn note(tenant: &Tenant) -> String {
    match &tenant.cause {
        Some(cause) => cause.to_string(),
        None => tenant.note.to_string(),
    }
}

fn rows_cell(tenant: &Tenant) -> Cell {
    let (text, role) = match tenant.rows {
        None if tenant.told == Some(TenantState::OptedOut) => ("-".to_owned(), Role::Quiet),
        None => ("?".to_owned(), Role::Unknown),
        Some(rows) if rows < 0 => (rows.to_string(), Role::Fail),
        Some(0) => ("0".to_owned(), Role::Text),
        Some(rows) => (format!("+{rows}"), Role::Text),
    };
    Span { text, role }
}

fn check_cell(tenant: &Tenant, kind: CheckKind, required: &[CheckKind]) -> Cell {
    let made = tenant.checks.iter().find(|(made, _)| *made == kind).map(|(_, result)| result);
    let (text, role) = match made {
        Some(CheckResult::Pass) => ("ok", Role::Text),
        Some(CheckResult::Warn(_)) => ("warn", Role::Warn),
        Some(CheckResult::Fail(_)) => ("FAIL", Role::Fail),
        Some(CheckResult::Unknown(_)) => ("?", Role::Unknown),
        Some(CheckResult::Running) => ("~", Role::Running),
        Some(CheckResult::Absent) => ("abs", Role::Text),
        None if required.contains(&kind) && tenant.told.is_none() => ("?", Role::Unknown),
        None => ("-", Role::Text),
    };
    Span { text: text.to_owned(), role }
}

fn head(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Rows => "ROWS",
        CheckKind::Hash => "HASH",
        CheckKind::Aggregates => "AGGR",
        CheckKind::ForeignKeys => "FK",
        CheckKind::Schema => "COLS",
        CheckKind::Smoke => "SMOKE",
        CheckKind::Backup => "BKUP",
        CheckKind::Flags => "FLAGS",
        CheckKind::Roles => "ROLES",
        CheckKind::Facts => "FACTS",
    }
}
