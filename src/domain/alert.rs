//! Alerts as Alertmanager and Prometheus have them, and how they lie in time to the stage that a rollout is in.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use super::alert_merge::merge;
use super::{Timestamp, id::SourceId, question::Labels, text::DisplayText};

/// How bad, as the label `severity` says it, mapped to three words; what is not in the map is shown verbatim and counts as
/// a warning at least (alerts-and-gates.md 6.5).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Info,
    Warning,
    /// A word of its own that the map does not know.
    Unmapped(DisplayText),
    Critical,
}

impl Severity {
    /// `info`, `warning`, `critical`, or the label's own word.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Unmapped(word) => word.as_str(),
        }
    }

    /// What the label `severity` means.
    #[must_use]
    pub fn of(label: &str) -> Self {
        match label.to_ascii_lowercase().as_str() {
            "critical" | "crit" | "page" | "p1" | "p0" | "high" => Self::Critical,
            "warning" | "warn" | "ticket" | "p2" | "p3" => Self::Warning,
            "info" | "none" | "p4" | "p5" => Self::Info,
            _ => Self::Unmapped(DisplayText::new(label)),
        }
    }

    /// What an alert with these labels has; one without the label is unmapped, so it is never hidden below a warning.
    #[must_use]
    pub fn of_labels<'l>(labels: impl IntoIterator<Item = (&'l str, &'l str)>) -> Self {
        let label = labels.into_iter().find(|(name, _)| *name == "severity");
        label.map_or_else(|| Self::Unmapped(DisplayText::new("unset")), |(_, value)| Self::of(value))
    }
}

/// What identifies an alert over all sources and peers: name and labels, without those that only tell replicas apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertKey(Arc<str>);

impl AlertKey {
    /// `digest` is hexadecimal.
    #[must_use]
    pub fn new(digest: &str) -> Self {
        Self(digest.into())
    }

    /// Of `labels`, sorted by name: 32 hexadecimal digits. A label's length goes in before it, so that no two sets of labels
    /// are written alike.
    #[must_use]
    pub fn of<'l>(labels: impl IntoIterator<Item = (&'l str, &'l str)>) -> Self {
        let mut hash = Sha256::new();
        for part in labels.into_iter().flat_map(|(name, value)| [name, value]) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let hex = digest.iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self(hex.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// The condition holds, its `for` still runs.
    Pending,
    Firing,
    /// Silenced, inhibited or muted. It still fires: gates count it.
    Suppressed,
    /// It was there a moment ago.
    Resolved,
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub key: AlertKey,
    pub source: SourceId,
    pub name: DisplayText,
    pub state: AlertState,
    pub severity: Severity,
    /// When the condition began (Prometheus `activeAt`, or the firing minus the rule's `for`); `None` when not known. This
    /// is what a stage is or is not blamed for: `startsAt` comes later by the rule's `for`.
    pub began: Option<Timestamp>,
    /// When it fired; `None` while pending.
    pub fired: Option<Timestamp>,
    /// The rule's `for`, when the rule is known.
    pub held: Option<Duration>,
    /// The newest value, as the rule gives it.
    pub value: Option<DisplayText>,
    /// The rule's expression.
    pub expr: Option<DisplayText>,
    pub labels: Labels,
    pub summary: DisplayText,
    pub runbook: Option<DisplayText>,
    /// Active silences, muting intervals among them: who made them and until when, or the bare id where that can not be read.
    pub silenced_by: Vec<DisplayText>,
    /// Fingerprints; the API may give a part of them only.
    pub inhibited_by: Vec<DisplayText>,
    /// On how many of how many answering peers it is.
    pub peers: (u8, u8),
    pub resolved: Option<Timestamp>,
    /// How often within the last 30 minutes it began anew, as seen from here; from 3 on it flaps.
    pub flaps: u8,
}

/// Whether the alert that always fires is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadMan {
    NotConfigured,
    Present,
    /// The way from the rules to here is broken: no alert means nothing now.
    Missing,
}

/// All that one source tells of alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertFeed {
    pub source: SourceId,
    /// Newest state of each, in the order of their keys; recently resolved ones are among them.
    pub alerts: Arc<[Arc<Alert>]>,
    /// Names of the alerting rules that exist, with their `for`; `None` where this source does not know rules.
    pub rules: Option<Arc<[RuleState]>>,
    pub dead_man: DeadMan,
    /// What makes an empty list mean nothing: a peer away, a rule that does not evaluate, a list cut short.
    pub blind: Vec<DisplayText>,
}

/// One alerting rule at its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleState {
    pub name: DisplayText,
    pub held: Duration,
    /// `Err` says why its silence means nothing.
    pub health: Result<(), DisplayText>,
}

/// How an alert lies to the stage that began at S (alerts-and-gates.md 6.2). Says "after", never "because of".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "mark")]
pub enum Mark {
    /// The condition began this long after the stage did.
    After { seconds: i64 },
    /// It fired this long before the stage began.
    Before { seconds: i64 },
    /// The condition began before the stage, and it fired after.
    Straddles,
    /// Neither the condition's start nor the rule's `for` is known.
    OnsetUnknown,
    /// No stage is known to lie it to.
    NoStage,
}

/// Lies `alert` to a stage that began at `stage`. `skew` is how far two clocks may differ.
#[must_use]
pub fn mark(alert: &Alert, stage: Option<Timestamp>, skew: Duration) -> Mark {
    let Some(stage) = stage else { return Mark::NoStage };
    let began = alert.began.or_else(|| {
        let held = chrono::Duration::from_std(alert.held?).ok()?;
        alert.fired?.checked_sub_signed(held)
    });
    let skew = chrono::Duration::from_std(skew).unwrap_or_default();
    match (began, alert.fired) {
        (Some(began), _) if began >= stage - skew => Mark::After { seconds: (began - stage).num_seconds().max(0) },
        (_, Some(fired)) if fired < stage => Mark::Before { seconds: (stage - fired).num_seconds() },
        (Some(_), _) => Mark::Straddles,
        (None, _) => Mark::OnsetUnknown,
    }
}
