//! The closed list of verdicts, and the sum of gates over a rollout. Nothing unknown ever counts as pass.

use serde::{Deserialize, Serialize};

/// What a rule says about a reading (architecture.md section 4). Closed: a new verdict is a change of contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Warn,
    Fail,
    OffTarget,
    NoData,
    TooFewSamples,
    Stale,
    NotDue,
    Waived,
    Absent,
}

impl Verdict {
    pub const ALL: [Self; 10] = [
        Self::Pass,
        Self::Warn,
        Self::Fail,
        Self::OffTarget,
        Self::NoData,
        Self::TooFewSamples,
        Self::Stale,
        Self::NotDue,
        Self::Waived,
        Self::Absent,
    ];

    /// In words: `off target`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::OffTarget => "off target",
            Self::NoData => "no data",
            Self::TooFewSamples => "too few samples",
            Self::Stale => "stale",
            Self::NotDue => "not due",
            Self::Waived => "waived",
            Self::Absent => "absent",
        }
    }

    /// Only pass, and a human's waiver, let a stage go on.
    #[must_use]
    pub fn lets_go_on(self) -> bool {
        matches!(self, Self::Pass | Self::Waived)
    }
}

/// What the gates of a plan say about advancing one rollout. `NoPlan` is not a pass: the form says that no plan judges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Gates {
    /// No plan names this rollout.
    #[default]
    NoPlan,
    /// Every required gate lets it go on; what an operator should know all the same, one sentence each.
    Pass { warnings: Vec<String> },
    /// A required gate fails; the sentence names value, rule and plan line.
    Fail { sentence: String },
    /// A required gate is undecided (no data, stale, too few samples, not due).
    Undecided { sentence: String },
}
