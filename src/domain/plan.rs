//! What a team wrote about its release: stages, criteria, gates, triggers. Values only; `plan/` reads them from a file and
//! `assess` judges by them.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    alert::Severity,
    id::{SourceId, TargetId},
    quantity::{Quantity, Rule, Unit},
};

/// A name in a plan file: `[a-z0-9_-]`, 1 to 64 characters, checked there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanName(Arc<str>);

impl PlanName {
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` can be one.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
        (1..=64).contains(&text.len()) && text.bytes().all(fits)
    }
}

impl fmt::Display for PlanName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One plan file.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub id: PlanName,
    pub title: String,
    pub version: String,
    pub owner: Option<String>,
    /// The file it was read from; with `line` the place of everything in it.
    pub file: PathBuf,
    /// The seed that it restates, where it does.
    pub restates: Option<String>,
    /// The zone that the team's own times are in; screens can show it, records stay UTC (HD-59).
    pub zone: Option<chrono_tz::Tz>,
    pub subjects: Vec<Subject>,
    /// In order.
    pub stages: Vec<Stage>,
    pub criteria: Vec<Criterion>,
    /// Names of gate sets in the order in which they have to be complete (AT-17).
    pub sets: Vec<PlanName>,
    pub gates: Vec<Gate>,
    pub triggers: Vec<Trigger>,
    /// Alert rules that have to exist at a source (C-25, HD-45..48): their absence is said.
    pub alerts: Vec<ExpectedAlert>,
}

impl Plan {
    /// The file's own name, for `athena.toml:88`.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// Whether this plan judges `target`.
    #[must_use]
    pub fn judges(&self, target: &TargetId) -> bool {
        self.subjects.iter().any(|subject| target.is_meant_by(&subject.rollout))
    }

    #[must_use]
    pub fn criterion(&self, id: &PlanName) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.id == *id)
    }
}

/// A rollout that the plan judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Identifier or unambiguous tail of it: `k8s/shop/checkout`, `checkout`.
    pub rollout: String,
    pub kind: ReleaseKind,
    pub line: u32,
}

/// The two ladders that must never be mixed up (C-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseKind {
    /// New software takes traffic over: minutes.
    Deployment,
    /// People get a feature: days.
    Exposure,
}

/// One stage of the team's own ladder. Never a control plane's step.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub id: PlanName,
    pub line: u32,
    pub measure: Measure,
    /// Shares of traffic in percent at which a rollout is in this stage, ascending: one a sub-step (AT-28). Empty: no
    /// control plane says when this stage is, and the screen says so.
    pub weights: Vec<f64>,
    /// The whole stage lasts at least this long.
    pub min: Option<Duration>,
    /// After this it is overdue.
    pub max: Option<Duration>,
    /// Each sub-step lasts at least this long: as written, or `min` divided by the number of sub-steps (C-11).
    pub soak: Option<Duration>,
    /// What an advance before the soak is over is.
    pub early: Early,
    /// What a manual pause does to the soak clock (AT-29).
    pub on_pause: OnPause,
    /// Who gets it: `team`, `50-100 opted-in users`.
    pub audience: Option<String>,
    /// All required to leave the stage, and each of its sub-steps.
    pub criteria: Vec<PlanName>,
    /// Where a roll back leads and how: `10 % (beta), flag only`. A stage without one is flagged (AT-02).
    pub roll_back_to: Option<String>,
}

/// What a stage is sized in.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// Sub-steps in percent, ascending.
    Percent(Vec<f64>),
    /// Heads, from-to.
    People { low: u64, high: u64 },
    /// Share of a workload ("queries") in percent.
    Share { of: String, percents: Vec<f64> },
    /// Whole things of a kind ("pipelines"), from-to.
    Count { of: String, low: u64, high: u64 },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Early {
    /// Refused until the soak is over.
    #[default]
    Refuse,
    /// Possible, with a warning in the form.
    Warn,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnPause {
    /// The soak clock stands while a person's pause stands.
    Stops,
    #[default]
    Runs,
}

/// What is measured, and how old it may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    pub source: SourceId,
    pub kind: GaugeKind,
    /// What the query's plain number counts.
    pub reads: Unit,
    /// Replaces `$window` in queries.
    pub window: Option<Duration>,
    /// See `Question::sampled`.
    pub sampled: Option<String>,
    /// The label that has to bear the rollout's own version (pod template hash): evidence of another version is none.
    pub subject_label: Option<String>,
    /// A sample older than this is stale.
    pub max_age: Duration,
    /// Between two readings of its history.
    pub every: Duration,
}

/// The kinds of measurement (alerts-and-gates.md 4.3: typed predicates, no language).
#[derive(Clone, Debug, PartialEq)]
pub enum GaugeKind {
    /// One query, one value.
    Value { query: String },
    /// Bad events of total events, asked apart, because the quotient of nothing and nothing says nothing.
    Ratio { bad: String, total: String, min_events: u64 },
    /// A value against a baseline (C-30).
    Relative { query: String, baseline: Baseline, as_change: Change },
    /// A truth: 1 or `true` is true, 0 or `false` is false, all else is unknown.
    Fact { query: String },
    /// Every tenant of the source passes all of `require` (names of `CheckKind`).
    Tenants { require: Vec<super::tenant::CheckKind> },
    /// No alert at or above `severity` with all these labels is firing; silenced ones count.
    Alerts { severity: Severity, labels: Vec<(String, String)> },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Baseline {
    Fixed(Quantity),
    /// The same query at the moment the stage began.
    StageStart,
    Query(String),
}

/// How a value differs from its baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Growth in percent of the baseline; a fall is negative.
    GrowthPercent,
    /// Value minus baseline, in the gauge's unit.
    Difference,
    /// Baseline minus value ("satisfaction drop").
    Drop,
}

/// How many of the last readings have to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// 1 to `of`.
    pub times: u8,
    /// 1 to 12.
    pub of: u8,
}

impl Repeat {
    /// The newest reading alone decides.
    pub const ONCE: Self = Self { times: 1, of: 1 };
}

/// A rule about a reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    pub id: PlanName,
    pub line: u32,
    pub title: Option<String>,
    pub gauge: Gauge,
    /// The target.
    pub pass: Rule,
    /// Inside the target, and worth a look.
    pub warn: Option<Rule>,
    /// Its own bound of failure. Outside the target and not here is `off_target`. Without one, outside the target fails.
    pub fail: Option<Rule>,
    /// `3 of 5` readings have to pass; a reading that fails fails at once.
    pub repeat: Repeat,
    /// Not measurable before this much of the stage has gone by, or before this moment: `not_due` until then (HD-104).
    pub due: Option<Due>,
    pub owner: Option<String>,
    /// Whether a missing answer is a state of its own that does not block (GA-16: present only where the feature is).
    pub optional: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    After(Duration),
    At(Timestamp),
}

/// A named group of criteria and manual items.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    pub id: PlanName,
    pub line: u32,
    pub title: String,
    /// One of the plan's sets, when it belongs to one.
    pub set: Option<PlanName>,
    /// Advisory gates are shown and hold nothing back.
    pub required: bool,
    /// Only for leaving these stages; empty = for every advance.
    pub stages: Vec<PlanName>,
    pub criteria: Vec<PlanName>,
    pub items: Vec<Item>,
}

/// What a person has to see to, and tick with evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: PlanName,
    pub line: u32,
    pub title: String,
    pub owner: Option<String>,
    /// A tick older than this does not count any more.
    pub valid_for: Option<Duration>,
}

/// A rollback condition. It proposes; nothing acts by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    pub id: PlanName,
    pub line: u32,
    /// Where the seed has it: `rollout.rollback`, `stage alpha` (C-06: three different error triggers).
    pub origin: Option<String>,
    pub gauge: Gauge,
    pub when: Rule,
    pub repeat: Repeat,
    pub action: TriggerAction,
    /// Only in these stages; empty = in all.
    pub stages: Vec<PlanName>,
}

/// How hard a trigger asks, gentlest first; of all that match the hardest is the one proposed (C-08).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriggerAction {
    /// Look at it.
    Notify,
    /// Step the traffic down.
    Gradual,
    /// Roll back.
    Immediate,
    /// Roll back everywhere, now.
    Emergency,
}

/// An alert rule that has to exist.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedAlert {
    pub name: String,
    pub line: u32,
    pub source: SourceId,
    pub severity: Severity,
    /// The rule's `for`.
    pub held: Option<Duration>,
    /// The rule's expression, as the seed has it.
    pub expr: Option<String>,
}
