//! The closed list of verdicts, and the sum of gates over a rollout. Nothing unknown ever counts as pass.

use serde::Serialize;

/// What a rule says about a reading (architecture.md section 4). Closed: a new verdict is a change of contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
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
