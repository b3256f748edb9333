//! What a plan asks of a source, and what the source answers. A source answers questions; it never knows what they are for.

use std::{sync::Arc, time::Duration};

use super::{Timestamp, id::SourceId, text::DisplayText};

/// One thing that a source is asked again and again. Two equal questions are one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    pub source: SourceId,
    /// In the source's own language, with all variables replaced: PromQL; `<endpoint>#/json/pointer` of an http source;
    /// the name of an aggregate of a postgres source.
    pub query: Arc<str>,
    /// Which series' newest sample says how old the answer is (PromQL selector). An instant vector bears the time of the
    /// evaluation, not of the sample (alerts-and-gates.md 1.2), so a dead exporter looks alive for five minutes without it.
    pub sampled: Option<Arc<str>>,
    /// Ask about this moment instead of now (a baseline at the stage's start). Such an answer never gets old.
    pub at: Option<Timestamp>,
    /// How many readings back in time are wanted, newest last: 1 or more. `step` apart.
    pub points: u8,
    pub step: Duration,
}

/// All that is asked now, of all sources.
pub type Questions = Arc<[Arc<Question>]>;

/// An answer, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub question: Arc<Question>,
    pub answer: Result<Answer, NoReading>,
    /// Wall-clock time at which the source says that it evaluated, or of receipt.
    pub at: Timestamp,
    /// `Clock::since_boot` at receipt: ages count from here.
    pub received: Duration,
    /// Round trip.
    pub took: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub value: Value,
    /// Age of the newest sample behind the value when it was received; `None` when the source does not tell: then the age is
    /// that of the answer itself.
    pub sample_age: Option<Duration>,
    /// The last readings, oldest first, this one included; `None` where there was none. At most `points`, at most 64.
    pub history: Vec<(Timestamp, Option<f64>)>,
    /// What the source remarked and what touches the value (`PromQL warning: ...`): never silently dropped.
    pub warnings: Vec<DisplayText>,
}

/// What an answer holds. Nothing here is judged: NaN is a number that a source gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Number(f64),
    /// Exactly one series, with its labels: what a subject is checked against.
    Series {
        labels: Labels,
        value: f64,
    },
    /// More than one series: no single value (only a plan's reducer makes one).
    Many(Vec<(Labels, f64)>),
    /// No series at all. Not zero: only a ratio whose total is there may read it as none.
    Empty,
    Truth(bool),
    /// A value that is no number and no truth, as text.
    Text(DisplayText),
    /// The subject opted out of telling (HD-94): a state, not an outage.
    OptedOut,
}

/// Labels by name, sorted.
pub type Labels = Arc<[(DisplayText, DisplayText)]>;

/// The closed list of reasons why there is no value (alerts-and-gates.md 3.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    NotAsked,
    NoSeries,
    NoTraffic,
    NaN,
    Infinite,
    TooFew,
    Stale,
    Partial,
    Truncated,
    ManySeries,
    WrongType,
    Timeout,
    Http,
    NotPermitted,
    Tls,
    Unreachable,
    Unreadable,
    TooLarge,
    MissingInput,
    SubjectMismatch,
    Expired,
    ClockSkew,
    NotStarted,
    OptedOut,
    SourceLost,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoReading {
    pub reason: Reason,
    /// For people, without URLs, headers or bodies: `503 from prom`, `422: parse error at char 12`.
    pub words: DisplayText,
}

impl NoReading {
    #[must_use]
    pub fn new(reason: Reason, words: impl Into<DisplayText>) -> Self {
        Self { reason, words: words.into() }
    }
}
