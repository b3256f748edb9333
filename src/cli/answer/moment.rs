//! Time in answers: points as RFC 3339 UTC with milliseconds, spans in seconds.

use std::time::Duration;

use chrono::SecondsFormat;
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::Timestamp;

/// A point in time: RFC 3339, UTC, three digits of a second, `Z`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("format" = "date-time", "pattern" = r"^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"))]
pub struct Moment(String);

impl From<Timestamp> for Moment {
    fn from(value: Timestamp) -> Self {
        Self(value.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Moment {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Seconds, to the millisecond.
#[must_use]
pub fn seconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1000.0).round() / 1000.0
}

/// A span as people read it: `0.4s`, `12s`, `4m12s`, `3h05m`, `2d04h`.
#[must_use]
pub fn in_words(span: Duration) -> String {
    let total = span.as_secs();
    match total {
        0..=9 => format!("{:.1}s", f64::from(u32::try_from(span.as_millis() / 100).unwrap_or(u32::MAX)) / 10.0),
        10..=59 => format!("{total}s"),
        60..=3599 => format!("{}m{:02}s", total / 60, total % 60),
        3600..=86_399 => format!("{}h{:02}m", total / 3600, total % 3600 / 60),
        _ => format!("{}d{:02}h", total / 86_400, total % 86_400 / 3600),
    }
}

/// How long ago `then` was, in words; `0.0s` when the wall clock says it is yet to come.
#[must_use]
pub fn since(then: Timestamp, now: Timestamp) -> String {
    in_words((now - then).to_std().unwrap_or(Duration::ZERO))
}
