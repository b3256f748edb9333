//! From a reading to a number or a truth that may be judged, or the reason why there is none. This is the door that every
//! measurement passes: fresh, finite, whole, and of the version that is being released, or unknown.

use std::{sync::Arc, time::Duration};

use super::facts::Facts;
use crate::domain::{
    Timestamp,
    freshness::Freshness,
    plan::Gauge,
    quantity::duration_in_words,
    question::{Answer, NoReading, Question, Reading, Reason, Value},
    rollout::Rollout,
    verdict::Verdict,
};

/// Why something cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    pub reason: Reason,
    pub words: String,
}

impl Unknown {
    pub(super) fn new(reason: Reason, words: impl Into<String>) -> Self {
        Self { reason, words: words.into() }
    }

    /// The verdict that it is. Never one that lets go on.
    pub(super) fn verdict(&self) -> Verdict {
        match self.reason {
            Reason::Stale | Reason::Expired => Verdict::Stale,
            Reason::TooFew => Verdict::TooFewSamples,
            Reason::NotStarted => Verdict::NotDue,
            Reason::NotAsked
            | Reason::NoSeries
            | Reason::NoTraffic
            | Reason::NaN
            | Reason::Infinite
            | Reason::Partial
            | Reason::Truncated
            | Reason::ManySeries
            | Reason::WrongType
            | Reason::Timeout
            | Reason::Http
            | Reason::NotPermitted
            | Reason::Tls
            | Reason::Unreachable
            | Reason::Unreadable
            | Reason::TooLarge
            | Reason::MissingInput
            | Reason::SubjectMismatch
            | Reason::ClockSkew
            | Reason::OptedOut
            | Reason::SourceLost => Verdict::NoData,
        }
    }
}

impl From<super::fill::Missing> for Unknown {
    fn from(missing: super::fill::Missing) -> Self {
        Self::new(Reason::MissingInput, missing.0)
    }
}

/// An answer that passed the door.
#[derive(Clone, Debug)]
pub(super) struct Sound {
    /// A finite number; a truth is 1 or 0.
    pub number: f64,
    pub age: Option<Duration>,
    pub took: Duration,
    pub history: Vec<(Timestamp, Option<f64>)>,
}

/// What kind of value is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Number,
    Truth,
}

/// The reading of `question` that the facts hold; age or outage of the source when there is none.
fn reading<'a>(question: &Question, facts: &Facts<'a>) -> Result<&'a Arc<Reading>, Unknown> {
    let source = facts.source(&question.source);
    source.readings.get(question).ok_or_else(|| match source.freshness {
        Freshness::Lost { why, .. } => Unknown::new(Reason::SourceLost, format!("{} is lost: {why}", question.source)),
        Freshness::Never => Unknown::new(Reason::NotAsked, format!("{} has not answered so far", question.source)),
        Freshness::Live | Freshness::Stale { .. } => {
            Unknown::new(Reason::NotAsked, format!("{} has not answered this question so far", question.source))
        }
    })
}

/// The answer to `question` when it is whole and not too old, with its age.
pub(super) fn fresh<'a>(
    question: &Question,
    gauge: &Gauge,
    facts: &Facts<'a>,
) -> Result<(&'a Reading, &'a Answer, Option<Duration>), Unknown> {
    let reading = reading(question, facts)?;
    let answer = match &reading.answer {
        Ok(answer) => answer,
        Err(NoReading { reason, words }) => return Err(Unknown::new(*reason, words.to_string())),
    };
    // An answer about a moment in the past is as old as that moment for ever, and no worse for it.
    let age = question.at.is_none().then(|| {
        let since = facts.since_boot.saturating_sub(reading.received);
        answer.sample_age.unwrap_or_default().saturating_add(since)
    });
    young_enough(age, gauge)?;
    if let Some(warning) = answer.warnings.first() {
        return Err(Unknown::new(Reason::Partial, format!("the source remarks: {warning}")));
    }
    Ok((reading, answer, age))
}

/// Whether what was told is not older than the plan allows; what has no age is.
pub(super) fn young_enough(age: Option<Duration>, gauge: &Gauge) -> Result<(), Unknown> {
    let Some(age) = age.filter(|age| *age > gauge.max_age) else { return Ok(()) };
    let words = format!(
        "the newest sample is {} old, at most {} is allowed",
        duration_in_words(whole_seconds(age)),
        duration_in_words(gauge.max_age)
    );
    Err(Unknown::new(Reason::Stale, words))
}

pub(super) fn whole_seconds(age: Duration) -> Duration {
    Duration::from_secs(age.as_secs())
}

/// The one value of an answer.
pub(super) fn sound(
    question: &Question,
    gauge: &Gauge,
    wanted: Wanted,
    subject: Option<&Rollout>,
    facts: &Facts<'_>,
) -> Result<Sound, Unknown> {
    let (reading, answer, age) = fresh(question, gauge, facts)?;
    if let (Some(label), Some(rollout)) = (&gauge.subject_label, subject) {
        is_of_subject(&answer.value, label, rollout)?;
    }
    let number = match &answer.value {
        Value::Number(number) | Value::Series { value: number, .. } => finite(*number)?,
        Value::Truth(truth) if wanted == Wanted::Truth => f64::from(u8::from(*truth)),
        Value::Text(text) if wanted == Wanted::Truth && text.as_str() == "true" => 1.0,
        Value::Text(text) if wanted == Wanted::Truth && text.as_str() == "false" => 0.0,
        Value::Many(series) => {
            return Err(Unknown::new(Reason::ManySeries, format!("{} series where one is needed", series.len())));
        }
        Value::Empty => return Err(Unknown::new(Reason::NoSeries, "no series: nothing is measured")),
        Value::OptedOut => return Err(Unknown::new(Reason::OptedOut, "it opted out of telling")),
        Value::Truth(_) => return Err(Unknown::new(Reason::WrongType, "a truth where a number is needed")),
        Value::Text(_) if wanted == Wanted::Truth => {
            return Err(Unknown::new(Reason::WrongType, "a text where true or false is needed"));
        }
        Value::Text(_) => return Err(Unknown::new(Reason::WrongType, "a text where a number is needed")),
    };
    if wanted == Wanted::Truth && truth(number).is_none() {
        return Err(Unknown::new(Reason::WrongType, format!("{number} is neither true (1) nor false (0)")));
    }
    let mut history: Vec<(Timestamp, Option<f64>)> =
        answer.history.iter().map(|(at, value)| (*at, value.filter(|value| value.is_finite()))).collect();
    if history.is_empty() {
        history.push((reading.at, Some(number)));
    }
    Ok(Sound { number, age, took: reading.took, history })
}

/// What a number means as a truth: 1 is true, 0 is false, all else nothing.
#[expect(clippy::float_cmp, reason = "exactly 1 and exactly 0 are truths, and nothing near them")]
pub(super) fn truth(number: f64) -> Option<bool> {
    if number == 1.0 {
        Some(true)
    } else if number == 0.0 {
        Some(false)
    } else {
        None
    }
}

pub(super) fn finite(number: f64) -> Result<f64, Unknown> {
    if number.is_nan() {
        Err(Unknown::new(Reason::NaN, "NaN: not a number"))
    } else if number.is_infinite() {
        Err(Unknown::new(Reason::Infinite, "infinite: not a number that can be judged"))
    } else {
        Ok(number)
    }
}

/// Evidence of another version is none (alerts-and-gates.md 6.4 rule 6).
fn is_of_subject(value: &Value, label: &str, rollout: &Rollout) -> Result<(), Unknown> {
    let version = rollout.revision.as_ref().map(|revision| revision.hash.as_str()).filter(|hash| !hash.is_empty());
    let Some(version) = version else {
        return Err(Unknown::new(Reason::MissingInput, format!("the version of {} is not known", rollout.id.name)));
    };
    match value {
        Value::Series { labels, .. } => match labels.iter().find(|(name, _)| name.as_str() == label) {
            Some((_, of)) if of.as_str() == version => Ok(()),
            Some((_, of)) => {
                Err(Unknown::new(Reason::SubjectMismatch, format!("it is of {label} {of}, and {version} is being released")))
            }
            None => Err(Unknown::new(Reason::SubjectMismatch, format!("it does not say which {label} it is of"))),
        },
        Value::Number(_) | Value::Truth(_) | Value::Text(_) => {
            Err(Unknown::new(Reason::SubjectMismatch, format!("it does not say which {label} it is of")))
        }
        // Said better by what they are.
        Value::Many(_) | Value::Empty | Value::OptedOut => Ok(()),
    }
}
