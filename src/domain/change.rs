//! A change plan is data: the exact requests, what they rest on, and what will be true afterwards. The form, `--dry-run`,
//! the ledger, `--json` and the tests all show this one value.

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    id::TargetId,
    operation::Operation,
    rollout::{HoldCause, Phase, Rollout, StepKind},
    text::DisplayText,
};

/// Where a rollout stands, as far as a change touches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Point {
    /// 0-based step of the control plane; `null` where there are no steps.
    pub step: Option<u32>,
    /// Weight in percent, 0-100.
    pub weight: Option<u32>,
    pub phase: Phase,
}

impl Point {
    /// Where it stands now.
    #[must_use]
    pub fn now(rollout: &Rollout) -> Self {
        let step = rollout.position.as_ref().map(|position| position.index);
        Self { step, weight: rollout.weight.set, phase: rollout.phase }
    }

    /// Where it stands once its control plane has left the current step: at the next step that sets a weight, waits or works.
    /// Steps in between that only prepare (`Other`) are passed at once. A step that waits or judges is left by going on; one
    /// that works is where it goes.
    #[must_use]
    pub fn gone_on(rollout: &Rollout) -> Self {
        let Some(current) = rollout.position.as_ref().map(|position| position.index) else {
            // Blue/green and canaries without steps: the new version takes over whole.
            return Self { step: None, weight: rollout.weight.set.map(|_| 100), phase: Phase::Progressing };
        };
        let kind_at = |index: u32| rollout.steps.get(usize::try_from(index).ok()?).map(|step| step.kind);
        let is_held = kind_at(current).is_none_or(|kind| matches!(kind, StepKind::Pause(_) | StepKind::Analysis));
        let mut next = if is_held { current.saturating_add(1) } else { current };
        while kind_at(next) == Some(StepKind::Other) {
            next = next.saturating_add(1);
        }
        let (weight, phase) = match kind_at(next) {
            None => (Some(100), Phase::Progressing),
            Some(StepKind::Weight(weight)) => (Some(weight), Phase::Progressing),
            Some(StepKind::Pause(_)) => (rollout.weight.set, Phase::Paused),
            Some(StepKind::Analysis | StepKind::Experiment | StepKind::Plugin | StepKind::Other) => {
                (rollout.weight.set, Phase::Progressing)
            }
        };
        Self { step: Some(next), weight, phase }
    }
}

/// One request, complete but for the server's address and credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `PATCH`, ...
    pub method: String,
    /// Absolute path without query.
    pub path: String,
    /// Query without credentials, e.g. `fieldManager=cutover`.
    pub query: String,
    pub content_type: String,
    pub body: serde_json::Value,
}

/// Something that must still be so when the request is sent. `expected` was seen when the form was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Precondition {
    /// In words: `step index`, `uid`, `pause conditions`.
    pub what: String,
    pub expected: serde_json::Value,
    /// What the last read showed; equal to `expected` while the condition holds.
    pub seen: serde_json::Value,
}

impl Precondition {
    #[must_use]
    pub fn holds(&self) -> bool {
        self.expected == self.seen
    }
}

/// A precondition's value as people read it: `none`, `3`, `CanaryPauseStep since 14:06:16Z`. What has no better form is shown
/// as JSON. Foreign text is cleaned.
#[must_use]
pub fn in_words(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => DisplayText::new(text).to_string(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) => match list.iter().map(hold_in_words).collect::<Option<Vec<String>>>() {
            Some(holds) => holds.join(", "),
            None => DisplayText::new(&value.to_string()).to_string(),
        },
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => DisplayText::new(&value.to_string()).to_string(),
    }
}

/// A hold as control planes write it, `{"reason": .., "startTime": ..}`; `None` for anything else, so that nothing of a value
/// that must not move is ever left out.
fn hold_in_words(value: &serde_json::Value) -> Option<String> {
    let hold = value.as_object().filter(|hold| hold.len() == 2)?;
    let reason = DisplayText::new(hold.get("reason")?.as_str()?);
    let since = hold.get("startTime")?.as_str()?.parse::<Timestamp>().ok()?;
    Some(format!("{reason} since {}", since.format("%H:%M:%SZ")))
}

/// How bad it may be, as the form's title says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    Low,
    Medium,
    High,
}

impl Risk {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What the read-back must show before a change counts as done (see `judge`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Expectation {
    /// The hold `cause` that stood since `since` is gone and the controller has gone on from step `step`.
    HoldReleased { cause: HoldCause, since: Option<Timestamp>, step: Option<u32> },
    /// The manual pause stands (or no longer stands) and the controller has seen it.
    ManualPause { set: bool },
    /// The controller has answered the abort.
    Aborted,
    /// The object carries our touch with this value.
    Touched { value: String },
}

/// What one confirmed operation will do. Made by a driver from a fresh read; never edited afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePlan {
    pub operation: Operation,
    pub target: TargetId,
    /// The object's uid when it was read.
    pub uid: String,
    /// Hash of the revision being released when it was read; a new one contradicts the plan.
    pub revision: Option<String>,
    pub before: Point,
    pub after: Point,
    /// What the system itself calls it: `Argo: clear pause conditions`.
    pub native: String,
    /// Exactly one for the operations of today; a list because the contract shows a list.
    pub requests: Vec<Request>,
    pub preconditions: Vec<Precondition>,
    pub expectation: Expectation,
    /// What follows from it, one sentence each.
    pub consequences: Vec<String>,
    /// What a careful colleague would say, one sentence each.
    pub warnings: Vec<String>,
    /// What it does not touch, one sentence each.
    pub untouched: Vec<String>,
    pub risk: Risk,
    /// Wait until the object has been unchanged for half a second before sending (real controller, 1.8: a write within
    /// 0.15 s of the controller's own is lost). Roll back goes at once.
    pub settle: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::in_words;

    #[test]
    fn values_are_said_in_words_and_nothing_is_left_out() {
        for (value, words) in [
            (json!(null), "none"),
            (json!([]), "none"),
            (json!(3), "3"),
            (json!("qlq2"), "qlq2"),
            (json!([{"reason": "CanaryPauseStep", "startTime": "2026-11-21T14:06:16Z"}]), "CanaryPauseStep since 14:06:16Z"),
            (json!([{"reason": "A", "startTime": "soon"}]), r#"[{"reason":"A","startTime":"soon"}]"#),
            (json!([{"reason": "A"}]), r#"[{"reason":"A"}]"#),
            (json!([1, 2]), "[1,2]"),
        ] {
            assert_eq!(in_words(&value), words);
        }
        assert!(!in_words(&json!("\u{1b}[2J")).contains('\u{1b}'));
    }
}
