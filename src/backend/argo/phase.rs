//! Phase and message as the controller's own plugin derives them (rollout-control-planes.md 1.4; the order matters).

use serde_json::Value;

use super::field::{at, count, flag, integer, list, text};
use crate::domain::rollout::Phase;

/// What 1.4 makes of an object.
#[expect(clippy::struct_excessive_bools, reason = "each is one fact that the control plane states by itself")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    pub phase: Phase,
    pub message: String,
    /// The controller has seen the newest spec (and the newest spec of a referenced workload).
    pub observed: bool,
    /// The hold was released and the controller has not gone on yet.
    pub unpausing: bool,
    /// The spec is called invalid.
    pub invalid: bool,
    /// The release was taken back, or is asked to be.
    pub aborted: bool,
}

/// A condition's `(reason, message, status)`.
fn condition<'a>(object: &'a Value, kind: &str) -> Option<(&'a str, &'a str, &'a str)> {
    list(object, "/status/conditions").iter().find(|found| text(found, "/type") == Some(kind)).map(|found| {
        (
            text(found, "/reason").unwrap_or_default(),
            text(found, "/message").unwrap_or_default(),
            text(found, "/status").unwrap_or_default(),
        )
    })
}

/// `observedGeneration` is a string. What is no number (v0.9 wrote a hash) or is larger than the generation counts as
/// observed; absent means that no controller has looked yet.
fn generation_observed(object: &Value) -> bool {
    let Some(observed) = at(object, "/status/observedGeneration") else {
        return false;
    };
    let generation = integer(object, "/metadata/generation").unwrap_or(0);
    let observed = observed.as_i64().or_else(|| observed.as_str()?.parse::<i64>().ok());
    observed.is_none_or(|observed| observed >= generation)
}

fn workload_observed(object: &Value) -> bool {
    if at(object, "/spec/workloadRef").is_none() {
        return true;
    }
    match text(object, "/metadata/annotations/rollout.argoproj.io~1workload-generation") {
        Some(asked) => text(object, "/status/workloadObservedGeneration") == Some(asked),
        None => true,
    }
}

/// Derives phase and message.
#[must_use]
pub fn stand(object: &Value) -> Stand {
    let generation = generation_observed(object);
    let workload = workload_observed(object);
    let unpausing = flag(object, "/status/controllerPause") && list(object, "/status/pauseConditions").is_empty();
    let invalid = condition(object, "InvalidSpec").is_some_and(|(_, _, status)| status != "False");
    let reason_aborted = condition(object, "Progressing").is_some_and(|(reason, _, _)| reason == "RolloutAborted");
    let taken_back = text(object, "/status/abortedAt").is_some() || reason_aborted;
    let aborted = taken_back || flag(object, "/status/abort");

    let (phase, message) = if !generation {
        (Phase::Progressing, "waiting for rollout spec update to be observed".to_owned())
    } else if unpausing {
        (Phase::Progressing, "waiting for rollout to unpause".to_owned())
    } else if !workload {
        (Phase::Progressing, "waiting for rollout spec update to be observed for the reference workload".to_owned())
    } else {
        said(object).unwrap_or_else(|| computed(object))
    };
    let phase = if phase == Phase::Degraded && taken_back { Phase::Aborted } else { phase };
    Stand { phase, message, observed: generation && workload, unpausing, invalid, aborted }
}

fn said(object: &Value) -> Option<(Phase, String)> {
    let word = text(object, "/status/phase").filter(|word| !word.is_empty())?;
    let phase = match word {
        "Healthy" => Phase::Healthy,
        "Progressing" => Phase::Progressing,
        "Paused" => Phase::Paused,
        "Degraded" => Phase::Degraded,
        _ => Phase::Unknown,
    };
    let message = text(object, "/status/message").unwrap_or_default();
    Some((phase, if phase == Phase::Unknown && message.is_empty() { word.to_owned() } else { message.to_owned() }))
}

/// What controllers before 1.0 leave to the reader.
fn computed(object: &Value) -> (Phase, String) {
    if at(object, "/status").is_none() {
        return (Phase::Unknown, "the controller has not looked at it".to_owned());
    }
    if let Some((_, message, _)) = condition(object, "InvalidSpec") {
        return (Phase::Degraded, format!("InvalidSpec: {message}"));
    }
    if let Some((reason @ ("RolloutAborted" | "ProgressDeadlineExceeded"), message, _)) = condition(object, "Progressing") {
        return (Phase::Degraded, format!("{reason}: {message}"));
    }
    if flag(object, "/spec/paused") {
        return (Phase::Paused, "manually paused".to_owned());
    }
    if let Some(first) = list(object, "/status/pauseConditions").first() {
        return (Phase::Paused, text(first, "/reason").unwrap_or("paused").to_owned());
    }
    let progressing = |message: &str| (Phase::Progressing, message.to_owned());
    if let Some(asked) = text(object, "/spec/restartAt")
        && text(object, "/status/restartedAt") != Some(asked)
    {
        return progressing("rollout is restarting");
    }
    let number = |pointer: &str| count(object, pointer).unwrap_or(0);
    let desired = count(object, "/spec/replicas").unwrap_or(1);
    let updated = number("/status/updatedReplicas");
    if updated < desired {
        return progressing("more replicas need to be updated");
    }
    if number("/status/availableReplicas") < updated {
        return progressing("updated replicas are still becoming available");
    }
    let (current, stable) = (text(object, "/status/currentPodHash"), text(object, "/status/stableRS"));
    if at(object, "/spec/strategy/blueGreen").is_some() {
        if text(object, "/status/blueGreen/activeSelector") != current {
            return progressing("active service cutover pending");
        }
        if stable != current {
            return progressing("waiting for analysis to complete");
        }
    } else if at(object, "/spec/strategy/canary").is_some() {
        if at(object, "/spec/strategy/canary/trafficRouting").is_none() && number("/status/replicas") > updated {
            return progressing("old replicas are pending termination");
        }
        if stable != current {
            return progressing("waiting for all steps to complete");
        }
    }
    // Nothing says that it is well: without a current version "healthy" would be a guess.
    if current.is_none() {
        return (Phase::Unknown, "the controller names no version".to_owned());
    }
    (Phase::Healthy, String::new())
}
