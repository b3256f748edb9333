//! `doctor --json`: what was looked at on this machine and at the sources, and how it is.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    SCHEMA,
    event::freshness_word,
    moment::{Moment, in_words, seconds},
    status::{SourceSeen, StatusInput},
};
use crate::domain::freshness::FreshnessWord;

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "cutover doctor --json")]
pub struct Doctor {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub at: Moment,
    /// Nothing failed. What is only worth a look, or could not be found out, is in the findings.
    pub ok: bool,
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    pub what: FindingKind,
    /// Which one of its kind: a source's name, a directory.
    pub name: String,
    pub state: FindingState,
    pub sentence: String,
    /// Of a source: round trip of one read.
    pub latency_s: Option<f64>,
    /// Of a source: since its last good answer.
    pub age_s: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    Source,
    Rights,
    Ledger,
    Terminal,
    Plan,
    Metrics,
}

impl FindingKind {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Rights => "rights",
            Self::Ledger => "ledger",
            Self::Terminal => "terminal",
            Self::Plan => "plan",
            Self::Metrics => "metrics",
        }
    }
}

/// How it is, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    Ok,
    /// Worth a look; nothing fails by it.
    Warn,
    /// It could not be found out.
    Unknown,
    Fail,
}

impl FindingState {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Fail => "FAIL",
        }
    }
}

impl Finding {
    #[must_use]
    pub fn new(what: FindingKind, name: &str, state: FindingState, sentence: impl Into<String>) -> Self {
        Self { what, name: name.to_owned(), state, sentence: sentence.into(), latency_s: None, age_s: None }
    }
}

/// How each source is, and whether each plan finds what it names.
#[must_use]
pub fn of_look(input: &StatusInput) -> Vec<Finding> {
    let mut findings: Vec<Finding> = input.sources.iter().map(|seen| of_source(seen, input)).collect();
    for plan in input.plans.iter() {
        let name = plan.file_name();
        let judged = input.assessments.iter().filter(|assessment| assessment.plan == plan.id).count();
        let (state, sentence) = match judged {
            0 => (FindingState::Warn, "names no rollout that was seen: it judges nothing".to_owned()),
            1 => (FindingState::Ok, "judges 1 rollout".to_owned()),
            many => (FindingState::Ok, format!("judges {many} rollouts")),
        };
        findings.push(Finding::new(FindingKind::Plan, &name, state, sentence));
    }
    findings
}

fn of_source(seen: &SourceSeen, input: &StatusInput) -> Finding {
    let health = &seen.health;
    let word = FreshnessWord::from(&input.freshness(&seen.id));
    let latency = health.latency.map(|latency| format!(", answers in {} ms", latency.as_millis())).unwrap_or_default();
    let age = health.age(input.since_boot).map(|age| format!(", read {} ago", in_words(age))).unwrap_or_default();
    let tells: Vec<&str> = [
        (seen.tells.rollouts, "rollouts"),
        (seen.tells.alerts, "alerts"),
        (seen.tells.tenants, "tenants"),
        (seen.tells.answers, "answers to plans"),
    ]
    .into_iter()
    .filter_map(|(tells, word)| tells.then_some(word))
    .collect();
    let told = format!("{} ({}), tells {}{latency}{age}", freshness_word(word), seen.kind, tells.join(", "));
    let (state, sentence) = match (&health.failure, health.partial.as_slice()) {
        (Some(failure), _) => (FindingState::Fail, format!("does not answer: {}", failure.why)),
        (None, _) if word != FreshnessWord::Live => (FindingState::Fail, told),
        (None, []) => (FindingState::Ok, told),
        (None, partial) => {
            let words: Vec<String> = partial.iter().map(ToString::to_string).collect();
            (FindingState::Warn, format!("{told}; {}", words.join("; ")))
        }
    };
    Finding {
        latency_s: health.latency.map(seconds),
        age_s: health.age(input.since_boot).map(seconds),
        ..Finding::new(FindingKind::Source, seen.id.as_str(), state, sentence)
    }
}

impl Doctor {
    /// The answer over all findings.
    #[must_use]
    pub fn new(input: &StatusInput, more: Vec<Finding>) -> Self {
        let findings: Vec<Finding> = of_look(input).into_iter().chain(more).collect();
        let ok = findings.iter().all(|finding| finding.state != FindingState::Fail);
        Self { schema: SCHEMA, at: input.now.into(), ok, findings }
    }
}
