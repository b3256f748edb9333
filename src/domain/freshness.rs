//! How much a value is worth now. Part of every value, on every screen, and it refuses actions.

use std::time::Duration;

use serde::Serialize;

use super::{Timestamp, text::DisplayText};

/// How much one source's values are worth (architecture.md section 3, law 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// A small read was answered within stale-after. An open watch alone proves nothing.
    Live,
    /// The last answer is older than stale-after; the source has not said no.
    Stale { age: Duration },
    /// The source refuses, fails or is away. Last known values stay on screen, marked.
    Lost { since: Timestamp, why: DisplayText },
    /// Nothing was ever read.
    Never,
}

impl Freshness {
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// The closed word of contract.md.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Stale { .. } => "stale",
            Self::Lost { .. } => "lost",
            Self::Never => "never",
        }
    }
}

/// What a source says about itself after each attempt to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceHealth {
    /// When the last good answer arrived, in `Clock::since_boot` time, with its wall-clock twin for people.
    pub last_ok: Option<(Duration, Timestamp)>,
    /// Round trip of the last good small read.
    pub latency: Option<Duration>,
    /// Why the last attempt failed, since when; `None` while attempts succeed.
    pub failure: Option<Failure>,
    /// When the next attempt is due, in `since_boot` time.
    pub next_read: Option<Duration>,
    /// Parts that this access may not read ("pods: forbidden for user watcher"); they are unknown, the rest is live.
    pub partial: Vec<DisplayText>,
}

/// A failed attempt to read a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub since: Timestamp,
    pub why: DisplayText,
    /// Consecutive failed attempts, 1 or more.
    pub attempts: u32,
}

impl SourceHealth {
    #[must_use]
    pub fn never() -> Self {
        Self { last_ok: None, latency: None, failure: None, next_read: None, partial: Vec::new() }
    }

    /// Age of the newest good answer at `now` (`since_boot` time); `None` when there was none.
    #[must_use]
    pub fn age(&self, now: Duration) -> Option<Duration> {
        self.last_ok.map(|(at, _)| now.saturating_sub(at))
    }

    /// Freshness at `now`. A failure counts as lost only once the last answer is older than `stale_after`: one dropped
    /// packet is not an outage, and within stale-after the values are still what "live" means.
    #[must_use]
    pub fn freshness(&self, now: Duration, stale_after: Duration) -> Freshness {
        match (self.age(now), &self.failure) {
            (Some(age), _) if age <= stale_after => Freshness::Live,
            (None, None) => Freshness::Never,
            (_, Some(failure)) => Freshness::Lost { since: failure.since, why: failure.why.clone() },
            (Some(age), None) => Freshness::Stale { age },
        }
    }
}

/// The closed word as it stands in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FreshnessWord {
    Live,
    Stale,
    Lost,
    Never,
}

impl From<&Freshness> for FreshnessWord {
    fn from(value: &Freshness) -> Self {
        match value {
            Freshness::Live => Self::Live,
            Freshness::Stale { .. } => Self::Stale,
            Freshness::Lost { .. } => Self::Lost,
            Freshness::Never => Self::Never,
        }
    }
}
