//! Guarded compare-and-set: a JSON-patch-like body is tested against the object, then applied whole or not at all.

use serde_json::Value;

use super::{app::App, view::native};
use crate::domain::Timestamp;

pub(super) const PAUSE_CONDITIONS: &str = "/status/pauseConditions";
pub(super) const ABORT: &str = "/status/abort";
pub(super) const PAUSED: &str = "/spec/paused";
/// `~1` is `/` in a JSON pointer.
pub(super) const NUDGE: &str = "/metadata/annotations/cutover~1nudge";

/// Why a body was not applied. As the real server (rollout-control-planes.md 1.8) it names no failed test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server rejected our request due to an error in our request")]
pub struct Unprocessable;

/// One change that a body can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    ReleaseHold,
    SetPaused(bool),
    Abort,
    Nudge(String),
}

/// Tests every guard and reads every change; changes nothing.
pub(super) fn check(app: &App, body: &Value) -> Result<Vec<Change>, Unprocessable> {
    let object = native(app);
    let mut changes = Vec::new();
    for operation in body.as_array().ok_or(Unprocessable)? {
        let word = |key| operation.get(key).and_then(Value::as_str).ok_or(Unprocessable);
        let value = operation.get("value").unwrap_or(&Value::Null);
        // An absent member equals null, as in the Go library.
        let there = |path: &str| object.pointer(path).cloned().unwrap_or(Value::Null);
        match (word("op")?, word("path")?, value) {
            ("test", path, value) if there(path) == *value => {}
            ("remove", PAUSE_CONDITIONS, _) if app.pause.is_some() => changes.push(Change::ReleaseHold),
            ("add" | "replace", PAUSED, Value::Bool(set)) => changes.push(Change::SetPaused(*set)),
            ("add", ABORT, Value::Bool(true)) => changes.push(Change::Abort),
            ("add", NUDGE, Value::String(touch)) => changes.push(Change::Nudge(touch.clone())),
            _ => return Err(Unprocessable),
        }
    }
    if changes.is_empty() { Err(Unprocessable) } else { Ok(changes) }
}

/// Writes checked changes. The controller sees them later.
pub(super) fn apply(app: &mut App, changes: &[Change], now: Timestamp) {
    for change in changes {
        match change {
            Change::ReleaseHold => app.pause = None,
            Change::SetPaused(set) => {
                if app.paused != *set {
                    app.generation += 1;
                }
                app.paused = *set;
                app.paused_at = set.then_some(now);
                // Self-heal reverts edits of the spec, not of the status (rollout-control-planes.md 1.7.13).
                app.heal_at = (*set && app.gitops).then(|| now + chrono::TimeDelta::seconds(45));
            }
            Change::Abort => app.abort = true,
            Change::Nudge(touch) => app.touched = Some(touch.clone()),
        }
    }
    app.edited(now);
}
