//! The control plane's steps: what each does, in words, and where the rollout stands among them.

use serde_json::Value;

use super::field::{at, count, duration, list, text};
use crate::domain::{
    rollout::{Position, Step, StepKind, Strategy},
    text::DisplayText,
};

#[must_use]
pub fn strategy(object: &Value) -> Strategy {
    match (at(object, "/spec/strategy/canary"), at(object, "/spec/strategy/blueGreen")) {
        (Some(_), None) => Strategy::Canary,
        (None, Some(_)) => Strategy::BlueGreen,
        _ => Strategy::Unknown,
    }
}

#[must_use]
pub fn steps(object: &Value) -> Vec<Step> {
    list(object, "/spec/strategy/canary/steps").iter().map(step).collect()
}

/// Where it stands; `None` where there are no steps or the controller has not said.
#[must_use]
pub fn position(object: &Value, steps: &[Step]) -> Option<Position> {
    let count_of_steps = u32::try_from(steps.len()).ok().filter(|count| *count > 0)?;
    let index = count(object, "/status/currentStepIndex")?.min(count_of_steps);
    Some(Position { index, count: count_of_steps, entered_at: None })
}

fn step(value: &Value) -> Step {
    let (kind, label) = describe(value);
    Step { kind, label: DisplayText::new(&label) }
}

fn describe(value: &Value) -> (StepKind, String) {
    if let Some(weight) = at(value, "/setWeight") {
        return match weight.as_u64().and_then(|weight| u32::try_from(weight).ok()).filter(|weight| *weight <= 100) {
            Some(weight) => (StepKind::Weight(weight), format!("weight {weight} %")),
            None => (StepKind::Other, "weight that can not be read".to_owned()),
        };
    }
    if value.get("pause").is_some() {
        let Some(asked) = at(value, "/pause/duration") else {
            return (StepKind::Pause(None), "pause until advanced".to_owned());
        };
        return match duration(asked) {
            Some(length) => (StepKind::Pause(Some(length)), format!("pause {}", as_written(asked))),
            None => (StepKind::Other, "pause that can not be read".to_owned()),
        };
    }
    if at(value, "/analysis").is_some() {
        let names: Vec<&str> =
            list(value, "/analysis/templates").iter().filter_map(|template| text(template, "/templateName")).collect();
        return (StepKind::Analysis, format!("analysis {}", names.join(", ")).trim_end().to_owned());
    }
    if at(value, "/experiment").is_some() {
        let names: Vec<&str> =
            list(value, "/experiment/templates").iter().filter_map(|template| text(template, "/name")).collect();
        return (StepKind::Experiment, format!("experiment {}", names.join(", ")).trim_end().to_owned());
    }
    if at(value, "/plugin").is_some() {
        return (StepKind::Plugin, format!("plugin {}", text(value, "/plugin/name").unwrap_or_default()).trim_end().to_owned());
    }
    let other = value.as_object().and_then(|fields| fields.keys().next());
    let label = match other.map(String::as_str) {
        Some("setCanaryScale") => "set canary scale",
        Some("setHeaderRoute") => "set header route",
        Some("setMirrorRoute") => "set mirror route",
        Some(name) => name,
        None => "unknown step",
    };
    (StepKind::Other, label.to_owned())
}

/// `15s` stays `15s`; a bare number gets its unit.
fn as_written(duration: &Value) -> String {
    let text = duration.as_str().map_or_else(|| duration.to_string(), str::to_owned);
    if text.bytes().all(|byte| byte.is_ascii_digit()) { format!("{text}s") } else { text }
}

/// The weight that the steps up to and including `index` ask for.
#[must_use]
pub fn set_weight(steps: &[Step], index: u32) -> u32 {
    let reached = usize::try_from(index).unwrap_or(usize::MAX).saturating_add(1);
    steps
        .iter()
        .take(reached)
        .rev()
        .find_map(|step| match step.kind {
            StepKind::Weight(weight) => Some(weight),
            StepKind::Pause(_) | StepKind::Analysis | StepKind::Experiment | StepKind::Plugin | StepKind::Other => None,
        })
        .unwrap_or(0)
}
