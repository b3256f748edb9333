//! The alerts of all sources as one list: sorted, filtered, and each laid to the stage of the rollout that it is about.

use std::{cmp::Ordering, collections::HashMap, sync::Arc, time::Duration};

use crate::domain::{
    Timestamp,
    alert::{Alert, AlertFeed, AlertKey, AlertState, Mark, Severity, mark, merge},
    human::Acknowledgement,
    plan::PlanName,
    rollout::Rollout,
};

use super::{
    effect::Effect,
    roster::{Order, Roster, fits, terms},
    shelf::Shelf,
    sort::Sort,
    state::AppState,
};

/// How far the clocks of two systems may differ before a time is read as earlier or later (alerts-and-gates.md 6.1, rule 9).
pub const SKEW: Duration = Duration::from_secs(5);

/// Labels that say whose alert it is, the most telling first.
const WHERE: [&str; 9] = ["rollout", "service", "app", "deployment", "tenant", "namespace", "cluster", "instance", "job"];

/// All alerts of one moment, in one order. Made off the loop: of 50,000 alerts sorting takes longer than a frame.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// Firing, then pending, suppressed, resolved, whatever the order: what is over never stands above what burns. In each as
    /// `sort` says.
    pub alerts: Arc<[Arc<Alert>]>,
    pub sort: Sort,
    /// Where each is in `alerts`.
    pub places: HashMap<AlertKey, usize>,
    pub counts: Counts,
    /// Name and whose it is of each, in the order of `alerts`: what the palette looks through.
    pub shelf: Shelf,
}

/// How many there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub critical: usize,
    /// Words that the severity map does not know count here: a warning at least.
    pub warning: usize,
    pub info: usize,
    pub pending: usize,
    pub suppressed: usize,
    pub resolved: usize,
}

impl Counts {
    #[must_use]
    pub fn firing(&self) -> usize {
        self.critical + self.warning + self.info
    }

    fn of(&mut self, alert: &Alert) -> &mut usize {
        match (alert.state, &alert.severity) {
            (AlertState::Firing, Severity::Critical) => &mut self.critical,
            (AlertState::Firing, Severity::Warning | Severity::Unmapped(_)) => &mut self.warning,
            (AlertState::Firing, Severity::Info) => &mut self.info,
            (AlertState::Pending, _) => &mut self.pending,
            (AlertState::Suppressed, _) => &mut self.suppressed,
            (AlertState::Resolved, _) => &mut self.resolved,
        }
    }
}

fn class(alert: &Alert) -> u8 {
    match alert.state {
        AlertState::Firing => 0,
        AlertState::Pending => 1,
        AlertState::Suppressed => 2,
        AlertState::Resolved => 3,
    }
}

/// When it fired, else since when its condition holds.
#[must_use]
pub fn newest(alert: &Alert) -> Option<Timestamp> {
    alert.fired.or(alert.began)
}

impl Board {
    /// Sorts and counts `alerts`, each key once.
    #[must_use]
    pub fn of(mut alerts: Vec<Arc<Alert>>, sort: Sort) -> Self {
        alerts.sort_by(|a, b| {
            let own = match sort {
                Sort::Severity => b.severity.cmp(&a.severity),
                Sort::Name => a.name.cmp(&b.name),
                Sort::Usual | Sort::Newest | Sort::Rollout | Sort::Rows | Sort::Slowest => Ordering::Equal,
            };
            let usual = || newest(b).cmp(&newest(a)).then_with(|| b.severity.cmp(&a.severity)).then_with(|| a.key.cmp(&b.key));
            class(a).cmp(&class(b)).then(own).then_with(usual)
        });
        let mut places = HashMap::with_capacity(alerts.len());
        alerts.retain(|alert| {
            let next = places.len();
            let is_first = !places.contains_key(&alert.key);
            if is_first {
                places.insert(alert.key.clone(), next);
            }
            is_first
        });
        let mut counts = Counts::default();
        for alert in &alerts {
            *counts.of(alert) += 1;
        }
        let shelf = Shelf::of(alerts.iter().map(|alert| [alert.name.as_str(), whose(alert)]));
        Self { alerts: alerts.into(), sort, places, counts, shelf }
    }

    /// One board of what all sources tell.
    #[must_use]
    pub fn merged(feeds: &[Arc<AlertFeed>], sort: Sort) -> Self {
        Self::of(merge(feeds), sort)
    }

    #[must_use]
    pub fn get(&self, key: &AlertKey) -> Option<&Arc<Alert>> {
        self.alerts.get(*self.places.get(key)?)
    }
}

/// The list of alerts.
#[derive(Clone, Debug, Default)]
pub struct AlertList {
    pub board: Arc<Board>,
    /// The order that the next board will be in.
    pub sort: Sort,
    pub roster: Roster<AlertKey>,
    /// The last state of the alert under the cursor, for when it vanishes.
    pub last: Option<Arc<Alert>>,
    /// A board is being made.
    pub merging: bool,
    /// A feed came meanwhile: another one will be.
    pub again: bool,
}

/// What all sources tell of alerts now: what is merged into one board.
#[must_use]
pub fn feeds(state: &AppState) -> Vec<Arc<AlertFeed>> {
    state.sources.iter().filter_map(|source| source.alerts.clone()).collect()
}

/// A feed has come: a new board is made off the loop, one at a time.
pub fn fed(state: &mut AppState) -> Vec<Effect> {
    if std::mem::replace(&mut state.alerts.merging, true) {
        state.alerts.again = true;
        return Vec::new();
    }
    vec![Effect::MergeAlerts { feeds: feeds(state), sort: state.alerts.sort }]
}

/// A new board has come.
pub fn take(state: &mut AppState, board: Arc<Board>) -> Vec<Effect> {
    let (is_sorted_anew, held) = (board.sort != state.alerts.board.sort, state.alerts.roster.by_person);
    state.alerts.board = board;
    state.alerts.merging = false;
    if is_sorted_anew {
        // The order that a person asked for comes over the one that the cursor holds; from then on it holds this one.
        state.alerts.roster.release();
    }
    arrange(state);
    state.alerts.roster.by_person |= is_sorted_anew && held;
    if std::mem::take(&mut state.alerts.again) { fed(state) } else { Vec::new() }
}

/// Filters anew; a person's hold on the cursor keeps the order, and what is new is counted (alerts-and-gates.md 6.1, rule 1).
pub fn arrange(state: &mut AppState) {
    let board = Arc::clone(&state.alerts.board);
    let terms = terms(state.alerts.roster.filter.text());
    if terms.is_empty() && state.alerts.roster.is_held(Order::Holds) {
        let is_there = |key: &AlertKey| board.places.contains_key(key);
        state.alerts.roster.keep(board.alerts.len(), is_there, is_there);
        return keep_last(state);
    }
    let acked = |alert: &Alert| alert.state == AlertState::Firing && acknowledged(state, &alert.key).is_some();
    let is_kept = |alert: &&Arc<Alert>| terms.is_empty() || fits(&terms, |word| has(state, alert, word));
    let mut keys: Vec<AlertKey> = Vec::with_capacity(board.alerts.len());
    if state.book.human.acknowledgements.is_empty() {
        keys.extend(board.alerts.iter().filter(is_kept).map(|alert| alert.key.clone()));
    } else {
        // What somebody has seen stands behind what nobody has: after firing and pending, before silenced.
        let live = board.alerts.iter().filter(|alert| matches!(alert.state, AlertState::Firing | AlertState::Pending));
        let rest = board.alerts.iter().filter(|alert| matches!(alert.state, AlertState::Suppressed | AlertState::Resolved));
        let (seen, unseen): (Vec<_>, Vec<_>) = live.filter(is_kept).partition(|alert| acked(alert));
        keys.extend(unseen.into_iter().chain(seen).chain(rest.filter(is_kept)).map(|alert| alert.key.clone()));
    }
    state.alerts.roster.arrange(keys, Order::Holds, |key| board.places.contains_key(key));
    keep_last(state);
}

/// After the cursor moved, or the board came anew.
pub fn keep_last(state: &mut AppState) {
    let known = state.alerts.roster.cursor.as_ref().and_then(|key| state.alerts.board.get(key).cloned());
    if known.is_some() || state.alerts.roster.cursor.is_none() {
        state.alerts.last = known;
    }
}

/// The alert of a row; of one that is gone, its last state.
#[must_use]
pub fn find<'a>(state: &'a AppState, key: &AlertKey) -> Option<&'a Arc<Alert>> {
    state.alerts.board.get(key).or_else(|| state.alerts.last.as_ref().filter(|alert| alert.key == *key))
}

/// The acknowledgement that stands for `key` now.
#[must_use]
pub fn acknowledged<'a>(state: &'a AppState, key: &AlertKey) -> Option<&'a Acknowledgement> {
    state.book.human.acknowledged(key, state.now)
}

/// Counts without those that are acknowledged, and how many are.
#[must_use]
pub fn counts(state: &AppState) -> (Counts, usize) {
    let mut counts = state.alerts.board.counts;
    let mut acked = 0;
    let mut seen: Vec<&AlertKey> = Vec::new();
    for ack in &state.book.human.acknowledgements {
        let Some(alert) = state.alerts.board.get(&ack.alert) else { continue };
        let stands = alert.state == AlertState::Firing && acknowledged(state, &ack.alert).is_some();
        if !stands || seen.contains(&&ack.alert) {
            continue;
        }
        seen.push(&ack.alert);
        let count = counts.of(alert);
        *count = count.saturating_sub(1);
        acked += 1;
    }
    (counts, acked)
}

/// The value of the first label of `names` that is there.
#[must_use]
pub fn label<'a>(alert: &'a Alert, name: &str) -> Option<&'a str> {
    alert.labels.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value.as_str())
}

/// Whose alert it is, as far as its labels say it.
#[must_use]
pub fn whose(alert: &Alert) -> &str {
    WHERE.iter().find_map(|name| label(alert, name)).unwrap_or_default()
}

/// Whether the labels of `alert` name `rollout`: one of the first four its name, and its namespace where there is one.
fn is_about(alert: &Alert, rollout: &Rollout) -> bool {
    let named = WHERE.iter().take(4).any(|name| label(alert, name) == Some(rollout.id.name.display().as_str()));
    named && label(alert, "namespace").is_none_or(|space| space == rollout.id.namespace.display().as_str())
}

/// The stage that `alert` is laid to, and how it lies: that of the rollout that its labels name.
#[must_use]
pub fn lies(state: &AppState, alert: &Alert) -> (Mark, Option<PlanName>) {
    let about = state.assessments.values().filter_map(|assessment| {
        let standing = assessment.standing.as_ref()?;
        let rollout = state.rollout(&assessment.target)?;
        is_about(alert, rollout).then_some((&assessment.target, standing))
    });
    let rung = about.min_by_key(|(target, _)| *target).map(|(_, standing)| (standing.since, standing.id.clone()));
    match rung {
        Some((since, id)) => (mark(alert, since, SKEW), Some(id)),
        None => (Mark::NoStage, None),
    }
}

/// Whether a word of the filter is true of `alert`: `sev>=warn`, `@state=firing`, `@rel=new`, `@ack=no`, a label
/// (`tenant=acme`), or text in its name, severity or labels.
fn has(state: &AppState, alert: &Alert, word: &str) -> bool {
    if let Some(severity) = word.strip_prefix("sev>=") {
        return alert.severity >= Severity::of(severity);
    }
    if let Some(wanted) = word.strip_prefix("@state=") {
        return match wanted {
            "active" => matches!(alert.state, AlertState::Firing | AlertState::Pending),
            "silenced" | "inhibited" => alert.state == AlertState::Suppressed,
            "acked" => acknowledged(state, &alert.key).is_some(),
            other => state_word(alert.state) == other,
        };
    }
    if let Some(relation) = word.strip_prefix("@rel=") {
        let how = lies(state, alert).0;
        return match relation {
            "new" => matches!(how, Mark::After { .. }),
            "before" => matches!(how, Mark::Before { .. }),
            "unknown" => how == Mark::OnsetUnknown,
            _ => false,
        };
    }
    if let Some(wanted) = word.strip_prefix("@ack=") {
        return acknowledged(state, &alert.key).is_some() == (wanted == "yes");
    }
    if let Some((name, value)) = word.split_once('=') {
        return alert.labels.iter().any(|(key, is)| key.as_str() == name && is.as_str().eq_ignore_ascii_case(value));
    }
    let in_text = |text: &str| text.to_lowercase().contains(word);
    in_text(alert.name.as_str())
        || in_text(alert.severity.word())
        || alert.labels.iter().any(|(_, value)| in_text(value.as_str()))
}

/// `firing`, as filters and pages have it.
#[must_use]
pub fn state_word(state: AlertState) -> &'static str {
    match state {
        AlertState::Pending => "pending",
        AlertState::Firing => "firing",
        AlertState::Suppressed => "suppressed",
        AlertState::Resolved => "resolved",
    }
}
