//! `alerts --json`, and the shape of an alert wherever it is shown.

use std::{collections::BTreeMap, time::Duration};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    SCHEMA,
    moment::{Moment, in_words, seconds},
    status::StatusInput,
};
use crate::domain::{
    Timestamp,
    alert::{Alert, AlertState, DeadMan, Mark, mark, merge},
    freshness::FreshnessWord,
    human::Acknowledgement,
    id::TargetId,
};

/// How far the clocks of two sources may differ before an order of two moments means something.
const SKEW: Duration = Duration::from_secs(5);

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "cutover alerts --json")]
pub struct Alerts {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub at: Moment,
    /// Every source of alerts answered and none is blind: only then an empty list means that there is no alert.
    pub complete: bool,
    pub sources: Vec<FeedItem>,
    /// Worst first.
    pub alerts: Vec<AlertItem>,
}

/// One source of alerts.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FeedItem {
    pub name: String,
    pub freshness: FreshnessWord,
    pub age_s: Option<f64>,
    /// Whether the alert that always fires is there.
    pub dead_man: DeadManWord,
    /// What makes a missing alert mean nothing, in words. Null: it has not told anything.
    pub blind: Option<Vec<String>>,
    /// How many alerting rules it has; null where it does not know rules.
    pub rules: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeadManWord {
    NotConfigured,
    Present,
    Missing,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AlertItem {
    /// Digest over name and labels: what `cutover ack` takes, or its first characters.
    pub id: String,
    pub source: String,
    pub name: String,
    pub state: AlertState,
    /// `critical`, `warning`, `info`, or the label's own word.
    pub severity: String,
    /// When the condition began; when that is not known, when it fired.
    pub since: Option<Moment>,
    pub fired_at: Option<Moment>,
    /// From the stage's beginning to the condition's; negative: it began before. Null: one of the two is not known.
    pub since_stage_s: Option<f64>,
    /// How it lies to that stage.
    pub mark: Mark,
    /// The rollout whose stage that is: of all that a plan names the one that began its stage last.
    pub stage_of: Option<String>,
    pub value: Option<String>,
    pub expr: Option<String>,
    /// The rule's `for`.
    pub for_s: Option<f64>,
    pub summary: String,
    pub runbook: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub silenced_by: Vec<String>,
    pub inhibited_by: Vec<String>,
    /// On how many of how many answering peers it is.
    pub peers: PeersItem,
    pub acknowledged: Option<AcknowledgedItem>,
    pub freshness: FreshnessWord,
    pub age_s: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PeersItem {
    pub on: u8,
    pub of: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AcknowledgedItem {
    pub who: String,
    pub at: Moment,
    pub until: Moment,
    pub note: Option<String>,
}

impl From<&Acknowledgement> for AcknowledgedItem {
    fn from(value: &Acknowledgement) -> Self {
        Self {
            who: value.who.to_string(),
            at: value.at.into(),
            until: value.until.into(),
            note: value.note.as_ref().map(ToString::to_string),
        }
    }
}

/// The stage that alerts are laid to: of all rollouts that a plan names, the one whose stage began last.
#[must_use]
pub fn stage(input: &StatusInput) -> Option<(&TargetId, Timestamp)> {
    input
        .assessments
        .iter()
        .filter_map(|assessment| Some((&assessment.target, assessment.standing.as_ref()?.since?)))
        .max_by_key(|(_, since)| *since)
}

/// Whether every source of alerts answered and none is blind. False where there is none.
#[must_use]
pub fn is_complete(input: &StatusInput) -> bool {
    let mut sources = input.sources.iter().filter(|seen| seen.tells.alerts).peekable();
    sources.peek().is_some()
        && sources.all(|seen| {
            let feed = input.feed(&seen.id);
            input.freshness(&seen.id).is_live()
                && feed.is_some_and(|feed| feed.blind.is_empty() && feed.dead_man != DeadMan::Missing)
        })
}

/// All alerts that the sources tell, each once, worst first; `None` where no source has told any list.
#[must_use]
pub fn items(input: &StatusInput) -> Option<Vec<AlertItem>> {
    if input.feeds.is_empty() {
        return None;
    }
    Some(merge(&input.feeds).iter().map(|alert| item(alert, input)).collect())
}

fn item(alert: &Alert, input: &StatusInput) -> AlertItem {
    let stage = stage(input);
    let words = |list: &[crate::domain::text::DisplayText]| list.iter().map(ToString::to_string).collect();
    let since = alert.began.or(alert.fired);
    let acknowledged = input.book.as_ref().ok().and_then(|book| book.human.acknowledged(&alert.key, input.now));
    AlertItem {
        id: alert.key.as_str().to_owned(),
        source: alert.source.to_string(),
        name: alert.name.to_string(),
        state: alert.state,
        severity: alert.severity.word().to_owned(),
        since: since.map(Moment::from),
        fired_at: alert.fired.map(Moment::from),
        since_stage_s: stage.and_then(|(_, began)| from_to(began, alert.began?)),
        mark: mark(alert, stage.map(|(_, began)| began), SKEW),
        stage_of: stage.map(|(target, _)| target.to_string()),
        value: alert.value.as_ref().map(ToString::to_string),
        expr: alert.expr.as_ref().map(ToString::to_string),
        for_s: alert.held.map(seconds),
        summary: alert.summary.to_string(),
        runbook: alert.runbook.as_ref().map(ToString::to_string),
        labels: alert.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        silenced_by: words(&alert.silenced_by),
        inhibited_by: words(&alert.inhibited_by),
        peers: PeersItem { on: alert.peers.0, of: alert.peers.1 },
        acknowledged: acknowledged.map(AcknowledgedItem::from),
        freshness: FreshnessWord::from(&input.freshness(&alert.source)),
        age_s: input.age(&alert.source).map(seconds),
    }
}

/// Seconds from one moment to another; negative when it lies before.
fn from_to(from: Timestamp, to: Timestamp) -> Option<f64> {
    let span = to - from;
    match span.to_std() {
        Ok(after) => Some(seconds(after)),
        Err(_) => (-span).to_std().ok().map(|before| -seconds(before)),
    }
}

/// How an alert lies to the stage, for people: says "after", never "because of".
#[must_use]
pub fn mark_words(mark: Mark) -> String {
    let span = |seconds: i64| in_words(Duration::from_secs(seconds.unsigned_abs()));
    match mark {
        Mark::After { seconds } => format!("began {} after the stage", span(seconds)),
        Mark::Before { seconds } => format!("fired {} before the stage", span(seconds)),
        Mark::Straddles => "began before the stage, fired after".to_owned(),
        Mark::OnsetUnknown => "onset unknown".to_owned(),
        Mark::NoStage => String::new(),
    }
}

impl From<&StatusInput> for Alerts {
    fn from(input: &StatusInput) -> Self {
        let sources = input.sources.iter().filter(|seen| seen.tells.alerts).map(|seen| {
            let feed = input.feed(&seen.id);
            FeedItem {
                name: seen.id.to_string(),
                freshness: FreshnessWord::from(&input.freshness(&seen.id)),
                age_s: input.age(&seen.id).map(seconds),
                dead_man: match feed.map(|feed| &feed.dead_man) {
                    None => DeadManWord::Unknown,
                    Some(DeadMan::NotConfigured) => DeadManWord::NotConfigured,
                    Some(DeadMan::Present) => DeadManWord::Present,
                    Some(DeadMan::Missing) => DeadManWord::Missing,
                },
                blind: feed.map(|feed| feed.blind.iter().map(ToString::to_string).collect()),
                rules: feed.and_then(|feed| feed.rules.as_ref()).map(|rules| rules.len()),
            }
        });
        Self {
            schema: SCHEMA,
            at: input.now.into(),
            complete: is_complete(input),
            sources: sources.collect(),
            alerts: items(input).unwrap_or_default(),
        }
    }
}
