//! The alerts: rows for pane and page, the page of one alert, and when "no alerts" may be said.

use std::time::Duration;

use crate::{
    app::{
        alerts::{self, newest},
        role::Role,
        sort,
        state::{AppState, Pane, SourceState},
        zone,
    },
    domain::{
        Timestamp,
        alert::{Alert, AlertKey, AlertState, DeadMan, Mark, Severity},
        freshness::Freshness,
        plan::PlanName,
        quantity::duration_in_words,
        text::DisplayText,
    },
};

use super::{
    age::{coarse_span, span_of_time},
    model::{Line, Page, Section, StateWord},
    overview::{line, since},
    pages::{pair, section},
};

/// From so many new beginnings within 30 minutes on an alert flaps (alerts-and-gates.md 6.1, rule 7).
const FLAPS: u8 = 3;

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertRow {
    pub selected: bool,
    /// It is in no source any more; shown until the person moves.
    pub gone: bool,
    /// Its source is not live: the row is what was last known.
    pub old: bool,
    /// `CRIT`, `WARN`, `PEND`, `ACKED`, `SILENCED`, `INHIBITED`, `ENDED`, or the severity's own word.
    pub state: StateWord,
    /// How it lies to the stage: `+4m`, `<12m`, `~`, `?`; empty without a stage.
    pub mark: String,
    pub name: String,
    /// Who acknowledged it, its value, its summary.
    pub value: String,
    pub whose: String,
    pub age: String,
}

/// The part of the list that fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertWindow {
    pub focused: bool,
    /// `1 crit  1 warn  2 acked`; `unknown (last 1 crit at 14:32Z)` while a source is silent.
    pub counts: String,
    /// How it is sorted.
    pub note: String,
    /// Why the absence of alerts means nothing now; what to configure; or that nothing fires.
    pub remarks: Vec<Line>,
    pub rows: Vec<AlertRow>,
    pub above: usize,
    pub below: usize,
    pub filter: String,
    pub filter_cursor: Option<usize>,
}

/// What makes the absence of alerts mean nothing, one cause each. Empty: every source of alerts answered and is sound.
#[must_use]
pub fn blind(state: &AppState) -> Vec<String> {
    let mut causes = Vec::new();
    for source in state.sources.iter().filter(|source| source.info.tells.alerts) {
        let id = &source.info.id;
        match source.freshness(state.since_boot) {
            Freshness::Live => {}
            Freshness::Stale { age } => causes.push(format!("{id} silent {}", span_of_time(age))),
            Freshness::Lost { why, .. } => causes.push(format!("{id} lost: {why}")),
            Freshness::Never => causes.push(format!("{id} has never answered")),
        }
        let Some(feed) = &source.alerts else {
            if source.freshness(state.since_boot).is_live() {
                causes.push(format!("{id} has told nothing yet"));
            }
            continue;
        };
        if feed.dead_man == DeadMan::Missing {
            causes.push(format!("{id}: the alert that always fires is missing"));
        }
        causes.extend(feed.blind.iter().map(|why| format!("{id}: {why}")));
    }
    causes
}

/// The rows that fit into `height` lines, remarks included.
#[must_use]
pub fn alert_window(state: &AppState, height: usize) -> AlertWindow {
    let roster = &state.alerts.roster;
    let remarks = remarks(state);
    let window = roster.window(height.saturating_sub(remarks.len()));
    let rows: Vec<AlertRow> = roster
        .order
        .get(window.clone())
        .unwrap_or_default()
        .iter()
        .filter_map(|key| alerts::find(state, key).map(|alert| row(state, alert, roster.cursor.as_ref() == Some(key))))
        .collect();
    // Before the counts: at 80 columns they leave the note no room, and what is held back must be seen.
    let held = if roster.held_back > 0 { format!("+{} new  ", roster.held_back) } else { String::new() };
    AlertWindow {
        focused: state.pane == Pane::Alerts,
        counts: format!("{held}{}", counts(state)),
        note: sort::words(Pane::Alerts, state.alerts.board.sort).to_owned(),
        remarks,
        above: window.start,
        below: roster.order.len().saturating_sub(window.end),
        rows,
        filter: roster.filter.text().to_owned(),
        filter_cursor: roster.filtering.then(|| roster.filter.cursor()),
    }
}

fn counts(state: &AppState) -> String {
    let (counts, acked) = alerts::counts(state);
    let parts = [
        (counts.critical, "crit"),
        (counts.warning, "warn"),
        (counts.info, "info"),
        (counts.pending, "pending"),
        (acked, "acked"),
        (counts.suppressed, "silenced"),
    ];
    let words: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let sources: Vec<_> = state.sources.iter().filter(|source| source.info.tells.alerts).collect();
    if sources.is_empty() || blind(state).is_empty() {
        return words.join("  ");
    }
    let last = sources.iter().filter_map(|source| source.health.last_ok.map(|(_, at)| at)).min();
    let last = last.map_or_else(|| "once".to_owned(), |at| zone::minutes(state, at));
    if words.is_empty() { "unknown".to_owned() } else { format!("unknown, was {last}: {}", words.join(" ")) }
}

fn remarks(state: &AppState) -> Vec<Line> {
    let sources: Vec<_> = state.sources.iter().filter(|source| source.info.tells.alerts).collect();
    if sources.is_empty() {
        return vec![line(Role::Idle, "no source of alerts (kind prometheus or alertmanager): that is not good news")];
    }
    let causes = blind(state);
    if !causes.is_empty() {
        return vec![line(Role::Unknown, format!("absence of alerts is NOT good news: {}", causes.join("; ")))];
    }
    let roster = &state.alerts.roster;
    if state.alerts.board.counts.firing() == 0 && roster.filter.is_empty() {
        let age = sources.iter().filter_map(|source| source.health.age(state.since_boot)).max().unwrap_or_default();
        let count = sources.len();
        return vec![line(Role::Text, format!("0 firing ({count}/{count} sources, {} ago)", span_of_time(age)))];
    }
    if roster.order.is_empty() && !roster.filter.is_empty() {
        return vec![line(Role::Text, "nothing matches the filter: esc clears it")];
    }
    Vec::new()
}

/// The word of an alert's row.
#[must_use]
pub fn alert_word(state: &AppState, alert: &Alert) -> StateWord {
    let word = |word: &str, role: Role| StateWord { word: word.to_owned(), role };
    match alert.state {
        AlertState::Resolved => word("ENDED", Role::Idle),
        AlertState::Suppressed if alert.silenced_by.is_empty() && !alert.inhibited_by.is_empty() => {
            word("INHIBITED", Role::Quiet)
        }
        AlertState::Suppressed => word("SILENCED", Role::Quiet),
        AlertState::Pending => word("PEND", Role::Running),
        AlertState::Firing if alerts::acknowledged(state, &alert.key).is_some() => word("ACKED", Role::Quiet),
        AlertState::Firing => match &alert.severity {
            Severity::Critical => word("CRIT", Role::Fail),
            Severity::Warning => word("WARN", Role::Warn),
            Severity::Info => word("INFO", Role::Text),
            Severity::Unmapped(own) => word(own.as_str(), Role::Warn),
        },
    }
}

fn row(state: &AppState, alert: &Alert, selected: bool) -> AlertRow {
    let old = !state.freshness(&alert.source).is_live();
    let mut word = alert_word(state, alert);
    if old {
        word.role = Role::Unknown;
    }
    AlertRow {
        selected,
        gone: state.alerts.board.get(&alert.key).is_none(),
        old,
        state: word,
        mark: mark_sign(alerts::lies(state, alert).0),
        name: alert.name.to_string(),
        value: value_words(state, alert),
        whose: alerts::whose(alert).to_owned(),
        age: match (old, newest(alert)) {
            (true, _) => was(state, alert),
            (false, Some(at)) => coarse_span(since(state, at)),
            (false, None) => "?".to_owned(),
        },
    }
}

fn was(state: &AppState, alert: &Alert) -> String {
    let last = state.source(&alert.source).and_then(|source| source.health.last_ok);
    last.map_or_else(|| "old".to_owned(), |(_, at)| zone::minutes(state, at))
}

fn value_words(state: &AppState, alert: &Alert) -> String {
    let mut parts = Vec::new();
    if let Some(ack) = alerts::acknowledged(state, &alert.key) {
        let left = (ack.until - state.now).to_std().unwrap_or_default();
        parts.push(format!("ACKED by {} {} left", ack.who, coarse_span(left)));
    }
    if alert.state == AlertState::Pending {
        parts.push(pending_words(state, alert));
    }
    if alert.flaps >= FLAPS {
        parts.push(format!("FLAP {}x", alert.flaps));
    }
    if let Some(value) = &alert.value {
        parts.push(value.to_string());
    }
    if !alert.summary.is_empty() {
        parts.push(alert.summary.to_string());
    }
    parts.join("  ")
}

/// `2m10s of 5m`: how much of the rule's `for` has gone by.
fn pending_words(state: &AppState, alert: &Alert) -> String {
    let began = alert.began.map_or_else(|| "?".to_owned(), |began| span_of_time(since(state, began)));
    alert.held.map_or_else(|| began.clone(), |held| format!("{began} of {}", duration_in_words(held)))
}

/// The mark as short as a column needs it (alerts-and-gates.md 6.2).
#[must_use]
pub fn mark_sign(mark: Mark) -> String {
    let span = |seconds: i64| coarse_span(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()));
    match mark {
        Mark::After { seconds } => format!("+{}", span(seconds)),
        Mark::Before { seconds } => format!("<{}", span(seconds)),
        Mark::Straddles => "~".to_owned(),
        Mark::OnsetUnknown => "?".to_owned(),
        Mark::NoStage => String::new(),
    }
}

/// The mark in a sentence: says when, never why.
#[must_use]
pub fn mark_words(alert: &Alert, mark: Mark, stage: Option<&PlanName>) -> String {
    let span = |seconds: i64| span_of_time(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()));
    let stage = stage.map_or("the stage", PlanName::as_str);
    match mark {
        Mark::After { seconds } => format!("its condition began {} after stage {stage} began", span(seconds)),
        Mark::Before { seconds } => format!("it fired {} before stage {stage} began", span(seconds)),
        Mark::Straddles => {
            let held = alert.held.map_or_else(String::new, |held| format!(" (`for` {})", duration_in_words(held)));
            format!("its condition began before stage {stage}; it fired after{held}")
        }
        Mark::OnsetUnknown => format!("it fired after stage {stage} began; when its condition began is not known"),
        Mark::NoStage => "no rollout at a known stage bears its labels".to_owned(),
    }
}

fn moment(state: &AppState, at: Timestamp) -> String {
    format!("{}  ({} ago)", zone::seconds(state, at), span_of_time(since(state, at)))
}

/// The page of one alert.
#[must_use]
pub fn alert_page(state: &AppState, key: &AlertKey) -> Page {
    let Some(alert) = alerts::find(state, key) else {
        let unread = |source: &SourceState| source.info.tells.alerts && source.alerts.is_none();
        if state.alerts.merging || state.sources.iter().any(unread) {
            let lines = vec![line(Role::Unknown, "not every source of alerts has answered yet")];
            return Page { title: "alert".to_owned(), sections: vec![section("Not read yet", "", lines)], ..Page::default() };
        }
        let gone = vec![line(Role::Quiet, "this alert is in no source any more")];
        return Page { title: "alert".to_owned(), sections: vec![section("Gone", "", gone)], ..Page::default() };
    };
    let mut word = alert_word(state, alert);
    if !state.freshness(&alert.source).is_live() {
        word = StateWord { word: format!("OLD {}", word.word), role: Role::Unknown };
    }
    Page {
        title: format!("alert > {}", alert.name),
        note: alert.severity.word().to_owned(),
        state: Some(word),
        sections: alert_sections(state, alert),
        verdict: Some(line(Role::Text, "a acknowledges: a record that you saw it. It silences nothing and changes nothing.")),
        scroll: 0,
    }
}

/// All that is known of an alert, in sections: for the page and beside the list.
#[must_use]
pub fn alert_sections(state: &AppState, alert: &Alert) -> Vec<Section> {
    let labels: Vec<Line> = alert.labels.iter().map(|(name, value)| pair(name.as_str(), Role::Text, value.to_string())).collect();
    vec![
        section(alert.name.as_str(), alerts::whose(alert), about(state, alert)),
        section("In time", "", times(state, alert)),
        section("Labels", labels.len().to_string(), labels),
    ]
}

fn about(state: &AppState, alert: &Alert) -> Vec<Line> {
    let mut lines = Vec::new();
    if !alert.summary.is_empty() {
        lines.push(line(Role::Text, alert.summary.to_string()));
    }
    if let Some(expr) = &alert.expr {
        let held = alert.held.map_or_else(String::new, |held| format!("  for {}", duration_in_words(held)));
        lines.push(pair("rule", Role::Text, format!("{expr}{held}")));
    }
    if let Some(value) = &alert.value {
        lines.push(pair("value", Role::Text, value.to_string()));
    }
    let pending = if alert.state == AlertState::Pending { format!(" {}", pending_words(state, alert)) } else { String::new() };
    let standing = format!("{}, {}{pending}", alert.severity.word(), alerts::state_word(alert.state));
    lines.push(pair("state", Role::Text, standing));
    let known = state.source(&alert.source).and_then(|source| source.health.age(state.since_boot));
    let age = known.map_or_else(String::new, |age| format!("  {} ago", span_of_time(age)));
    let (on, of) = alert.peers;
    let peers = if of > 1 { format!("  on {on} of {of} peers") } else { String::new() };
    let role = if on < of { Role::Warn } else { Role::Text };
    lines.push(pair("source", role, format!("{}{age}{peers}", alert.source)));
    if alert.flaps >= FLAPS {
        lines.push(pair("flaps", Role::Warn, format!("began anew {} times within 30m", alert.flaps)));
    }
    lines.extend(quiet(state, alert));
    if let Some(runbook) = &alert.runbook {
        lines.push(pair("runbook", Role::Text, runbook.to_string()));
    }
    lines
}

/// Who has seen it, and what keeps it quiet elsewhere.
fn quiet(state: &AppState, alert: &Alert) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(ack) = alerts::acknowledged(state, &alert.key) {
        let left = span_of_time((ack.until - state.now).to_std().unwrap_or_default());
        let note = ack.note.as_ref().map_or_else(String::new, |note| format!(": {note}"));
        lines.push(pair("acked", Role::Quiet, format!("by {} {}, {left} left{note}", ack.who, zone::minutes(state, ack.at))));
    }
    for by in &alert.silenced_by {
        lines.push(pair("silenced", Role::Quiet, format!("{by}; gates count it all the same")));
    }
    if !alert.inhibited_by.is_empty() {
        let by: Vec<&str> = alert.inhibited_by.iter().map(DisplayText::as_str).collect();
        lines.push(pair("inhibited", Role::Quiet, format!("by {}; gates count it all the same", by.join(", "))));
    }
    lines
}

fn times(state: &AppState, alert: &Alert) -> Vec<Line> {
    let dated = [("began", alert.began), ("fired", alert.fired), ("ended", alert.resolved)];
    let mut lines: Vec<Line> =
        dated.into_iter().filter_map(|(word, at)| Some(pair(word, Role::Text, moment(state, at?)))).collect();
    let (how, rung) = alerts::lies(state, alert);
    let role = if how == Mark::OnsetUnknown { Role::Unknown } else { Role::Text };
    lines.push(pair("stage", role, mark_words(alert, how, rung.as_ref())));
    lines
}
