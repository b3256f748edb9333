//! What a rollout waits for, with cause and clock (rollout-control-planes.md 1.5, 1.7.22; measured in matrix.json).

use serde_json::Value;

use super::field::{after, at, duration, flag, list, text, time, timestamp};
use crate::domain::{
    Timestamp,
    rollout::{Hold, HoldCause, Position, Step, StepKind, Strategy},
    text::DisplayText,
};

/// All holds that stand: the step's first, then a person's.
#[must_use]
pub fn holds(object: &Value, strategy: Strategy, steps: &[Step], position: Option<&Position>) -> Vec<Hold> {
    let mut holds: Vec<Hold> = list(object, "/status/pauseConditions")
        .iter()
        .map(|condition| of_condition(object, condition, strategy, steps, position))
        .collect();
    if flag(object, "/spec/paused") {
        holds.push(Hold {
            cause: HoldCause::Manual,
            since: paused_since(object),
            until: None,
            needs_person: true,
            native: DisplayText::new("spec.paused"),
            release_has_no_effect: false,
        });
    }
    holds
}

fn of_condition(object: &Value, condition: &Value, strategy: Strategy, steps: &[Step], position: Option<&Position>) -> Hold {
    let reason = text(condition, "/reason").unwrap_or("unknown");
    let since = time(condition, "/startTime");
    let (cause, length, needs_person, no_effect) = match reason {
        "CanaryPauseStep" => {
            let current = position.and_then(|position| steps.get(usize::try_from(position.index).ok()?));
            match current.map(|step| step.kind) {
                Some(StepKind::Pause(Some(length))) => (HoldCause::TimedPause, Some(length), false, false),
                Some(
                    StepKind::Pause(None)
                    | StepKind::Weight(_)
                    | StepKind::Analysis
                    | StepKind::Experiment
                    | StepKind::Plugin
                    | StepKind::Other,
                )
                | None => (HoldCause::StepPause, None, true, false),
            }
        }
        "BlueGreenPause" => {
            let by_hand = at(object, "/spec/strategy/blueGreen/autoPromotionEnabled").and_then(Value::as_bool) == Some(false);
            let length = at(object, "/spec/strategy/blueGreen/autoPromotionSeconds").and_then(duration);
            match length.filter(|length| !by_hand && !length.is_zero()) {
                Some(length) => (HoldCause::TimedPause, Some(length), false, false),
                None => (HoldCause::BlueGreen, None, by_hand, false),
            }
        }
        // Measured: releasing it changes nothing where blue/green waits, nor for an experiment.
        "InconclusiveAnalysisRun" => (HoldCause::Inconclusive, None, true, strategy == Strategy::BlueGreen),
        "InconclusiveExperiment" => (HoldCause::Inconclusive, None, true, true),
        _ => (HoldCause::Unknown, None, true, false),
    };
    Hold {
        cause,
        since,
        until: since.zip(length).and_then(|(since, length)| after(since, length)),
        needs_person,
        native: DisplayText::new(reason),
        release_has_no_effect: no_effect,
    }
}

/// The system keeps no time for a manual pause. The field's last writer does, as long as it wrote nothing else.
fn paused_since(object: &Value) -> Option<Timestamp> {
    list(object, "/metadata/managedFields")
        .iter()
        .filter(|entry| {
            let spec = at(entry, "/fieldsV1/f:spec").and_then(Value::as_object);
            spec.is_some_and(|spec| spec.contains_key("f:paused") && spec.keys().all(|key| key == "f:paused" || key == "."))
        })
        .filter_map(|entry| timestamp(text(entry, "/time")?))
        .max()
}
