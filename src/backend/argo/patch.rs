//! The guarded JSON patches (rollout-control-planes.md 1.8): each names what was seen, so that a second press, a second
//! operator or a step that moved by itself is answered 422 and changes nothing.

use serde_json::{Value, json};

use super::{
    field::{at, count, flag, list, text},
    kinds::rollout_path,
    steps::strategy,
};
use crate::domain::{
    action::ActionId,
    change::{Precondition, Request},
    id::TargetId,
    operation::Operation,
    rollout::Strategy,
};

/// The annotation of a nudge.
pub const NUDGED: &str = "cutover.dev/nudged";
pub(super) const NUDGED_PATH: &str = "/metadata/annotations/cutover.dev~1nudged";

fn test(object: &Value, path: &str) -> Value {
    // `test` with null passes on an absent member: measured on the API server.
    json!({"op": "test", "path": path, "value": object.pointer(path).cloned().unwrap_or(Value::Null)})
}

/// The patch of `operation` against `object` as it was read, and whether it goes to the `status` part.
#[must_use]
pub fn patch(operation: Operation, object: &Value, action: &ActionId) -> (Vec<Value>, bool) {
    match operation {
        Operation::Advance => (advance(object), true),
        Operation::Pause => (
            vec![
                test(object, "/metadata/uid"),
                test(object, "/spec/paused"),
                json!({"op": "add", "path": "/spec/paused", "value": true}),
            ],
            false,
        ),
        Operation::Resume => (
            vec![
                test(object, "/metadata/uid"),
                test(object, "/spec/paused"),
                json!({"op": "replace", "path": "/spec/paused", "value": false}),
            ],
            false,
        ),
        Operation::RollBack => (
            vec![
                test(object, "/metadata/uid"),
                test(object, "/status/currentPodHash"),
                test(object, "/status/stableRS"),
                json!({"op": "add", "path": "/status/abort", "value": true}),
            ],
            true,
        ),
        Operation::Nudge => (nudge(object, action), false),
    }
}

/// An analysis step that could not decide is left by moving the index; everything else by clearing the condition.
fn is_undecided_step(object: &Value) -> bool {
    text(object, "/status/canary/currentStepAnalysisRunStatus/status") == Some("Inconclusive")
        && flag(object, "/status/controllerPause")
        && list(object, "/status/pauseConditions")
            .iter()
            .any(|condition| text(condition, "/reason") == Some("InconclusiveAnalysisRun"))
}

fn advance(object: &Value) -> Vec<Value> {
    let canary = strategy(object) == Strategy::Canary;
    let mut patch =
        vec![test(object, "/metadata/uid"), test(object, "/metadata/generation"), test(object, "/status/currentPodHash")];
    if canary {
        patch.push(test(object, "/status/currentStepIndex"));
    }
    patch.push(test(object, "/status/pauseConditions"));
    patch.push(json!({"op": "remove", "path": "/status/pauseConditions"}));
    if let Some(index) = count(object, "/status/currentStepIndex").filter(|_| canary && is_undecided_step(object)) {
        patch.push(json!({"op": "replace", "path": "/status/controllerPause", "value": false}));
        patch.push(json!({"op": "replace", "path": "/status/currentStepIndex", "value": index.saturating_add(1)}));
    }
    patch
}

fn nudge(object: &Value, action: &ActionId) -> Vec<Value> {
    let mut patch = vec![test(object, "/metadata/uid")];
    if at(object, "/metadata/annotations").is_none() {
        patch.push(test(object, "/metadata/annotations"));
        patch.push(json!({"op": "add", "path": "/metadata/annotations", "value": {}}));
    }
    patch.push(json!({"op": "add", "path": NUDGED_PATH, "value": action.0}));
    patch
}

/// The request that carries a patch.
#[must_use]
pub fn request(target: &TargetId, operations: Vec<Value>, on_status: bool) -> Request {
    let path = rollout_path(target.namespace.raw(), target.name.raw());
    Request {
        method: "PATCH".to_owned(),
        path: if on_status { format!("{path}/status") } else { path },
        query: "fieldManager=cutover".to_owned(),
        content_type: "application/json-patch+json".to_owned(),
        body: Value::Array(operations),
    }
}

/// The patch's own tests as preconditions, with what `now` shows in each place.
#[must_use]
pub fn preconditions(request: &Request, now: &Value) -> Vec<Precondition> {
    list(&request.body, "")
        .iter()
        .filter(|operation| text(operation, "/op") == Some("test"))
        .filter_map(|operation| {
            let path = text(operation, "/path")?;
            Some(Precondition {
                what: named(path).to_owned(),
                expected: operation.get("value").cloned().unwrap_or(Value::Null),
                seen: now.pointer(path).cloned().unwrap_or(Value::Null),
            })
        })
        .collect()
}

fn named(path: &str) -> &str {
    match path {
        "/metadata/uid" => "uid",
        "/metadata/generation" => "generation",
        "/metadata/annotations" => "annotations",
        "/status/currentPodHash" => "revision",
        "/status/stableRS" => "stable revision",
        "/status/currentStepIndex" => "step index",
        "/status/pauseConditions" => "pause conditions",
        "/spec/paused" => "paused",
        other => other,
    }
}
