//! A simulated object as our words, and as the JSON that guards are tested against.

use serde_json::{Value, json};

use super::{
    app::{App, Doing, Fate, Reason, Version},
    controller::{FAILURE_LIMIT, LIMIT},
};
use crate::domain::{
    Timestamp,
    id::{SourceId, TargetId},
    rollout::{
        Analysis, Hold, HoldCause, Owner, Phase, PodTrouble, Pods, Position, Revision, Rollout, StepKind, Strategy, Weight,
    },
    text::DisplayText,
};

pub(super) const SOURCE_KIND: &str = "demo";

pub(super) fn target(source: &SourceId, app: &App) -> TargetId {
    TargetId::new(source, &app.namespace, &app.name)
}

/// Our words for it.
pub(super) fn rollout(source: &SourceId, app: &App) -> Rollout {
    let (phase, message) = phase(app);
    let canary = app.strategy == Strategy::Canary;
    Rollout {
        id: target(source, app),
        kind: SOURCE_KIND,
        strategy: app.strategy,
        uid: app.uid.clone(),
        generation: app.generation,
        version: app.version.to_string(),
        phase,
        message: DisplayText::new(&message),
        steps: app.steps.clone(),
        position: canary.then(|| Position { index: app.index, count: app.count(), entered_at: Some(app.entered_at) }),
        weight: if canary {
            Weight { set: Some(app.set_weight()), actual: Some(app.weight), verified: Some(app.weight == app.set_weight()) }
        } else {
            Weight::default()
        },
        holds: holds(app),
        pods: Pods { desired: Some(app.desired()), ready: Some(app.ready), not_ready: Some(not_ready(app)) },
        revision: Some(revision(&app.current)),
        stable: Some(revision(&app.stable)),
        aborted: app.abort,
        aborted_at: app.aborted_at,
        observed: app.observed_generation == app.generation,
        unpausing: app.controller_pause && app.pause.is_none(),
        invalid: false,
        analysis: analysis(app),
        owner: app.gitops.then(|| Owner { kind: "argocd", name: DisplayText::new(&app.namespace) }),
        nudged: app.touched.clone(),
        changed_at: Some(app.changed_at),
    }
}

fn revision(version: &Version) -> Revision {
    Revision {
        number: Some(version.number),
        hash: DisplayText::new(&version.hash),
        images: vec![DisplayText::new(&version.image)],
    }
}

/// Phase and message, in the order of rollout-control-planes.md 1.4.
fn phase(app: &App) -> (Phase, String) {
    if app.observed_generation != app.generation {
        return (Phase::Progressing, "waiting for rollout spec update to be observed".into());
    }
    if app.controller_pause && app.pause.is_none() {
        return (Phase::Progressing, "waiting for rollout to unpause".into());
    }
    if app.aborted_at.is_some() {
        let failed = app.run.as_ref().filter(|run| run.phase == "Failed");
        let why = failed
            .map(|run| {
                format!(
                    ": Metric \"success-rate\" assessed Failed due to failed ({}) > failureLimit ({FAILURE_LIMIT})",
                    run.failed
                )
            })
            .unwrap_or_default();
        return (Phase::Aborted, format!("RolloutAborted: Rollout aborted update to revision {}{why}", app.current.number));
    }
    if app.deadline_exceeded {
        let set = format!("{}-{}", app.name, app.current.hash);
        return (Phase::Degraded, format!("ProgressDeadlineExceeded: ReplicaSet \"{set}\" has timed out progressing."));
    }
    if app.paused {
        return (Phase::Paused, "manually paused".into());
    }
    if let Some(condition) = &app.pause {
        return (Phase::Paused, condition.reason.word().into());
    }
    match app.doing {
        Doing::Idle => (Phase::Healthy, String::new()),
        Doing::Starting | Doing::Stuck if app.ready == 0 => (Phase::Progressing, "more replicas need to be updated".into()),
        Doing::Starting | Doing::Stuck => (Phase::Progressing, "updated replicas are still becoming available".into()),
        Doing::Leave if app.strategy == Strategy::BlueGreen => (Phase::Progressing, "active service cutover pending".into()),
        Doing::Ramp | Doing::Soak | Doing::Wait | Doing::Measuring | Doing::Leave | Doing::Retreat | Doing::Fallen => {
            (Phase::Progressing, "waiting for all steps to complete".into())
        }
    }
}

fn holds(app: &App) -> Vec<Hold> {
    let mut holds = Vec::new();
    if let Some(condition) = &app.pause {
        let duration = match app.step(app.index) {
            Some(StepKind::Pause(duration)) => duration,
            Some(StepKind::Weight(_) | StepKind::Analysis | StepKind::Experiment | StepKind::Plugin | StepKind::Other) | None => {
                None
            }
        };
        let until = duration.and_then(|length| Some(condition.start + chrono::TimeDelta::from_std(length).ok()?));
        let cause = match (condition.reason, until) {
            (Reason::CanaryPauseStep, Some(_)) => HoldCause::TimedPause,
            (Reason::CanaryPauseStep, None) => HoldCause::StepPause,
            (Reason::BlueGreenPause, _) => HoldCause::BlueGreen,
            (Reason::InconclusiveAnalysisRun, _) => HoldCause::Inconclusive,
        };
        holds.push(Hold {
            cause,
            since: Some(condition.start),
            until,
            needs_person: until.is_none(),
            native: DisplayText::new(condition.reason.word()),
            release_has_no_effect: false,
        });
    }
    if app.paused {
        holds.push(Hold {
            cause: HoldCause::Manual,
            since: app.paused_at,
            until: None,
            needs_person: true,
            native: DisplayText::new("spec.paused"),
            release_has_no_effect: false,
        });
    }
    holds
}

fn not_ready(app: &App) -> Vec<PodTrouble> {
    if !matches!(app.doing, Doing::Starting | Doing::Stuck | Doing::Ramp) {
        return Vec::new();
    }
    let bad = app.fate == Fate::BadImage && !app.promoted();
    let reason = match (bad, app.doing == Doing::Stuck) {
        (true, true) => "ImagePullBackOff",
        (true, false) => "ErrImagePull",
        (false, _) => "ContainerCreating",
    };
    let message = if bad { format!("Back-off pulling image \"{}\": manifest unknown", app.current.image) } else { String::new() };
    (app.ready..app.desired())
        .map(|pod| PodTrouble {
            name: DisplayText::new(&format!("{}-{}-{pod:05x}", app.name, app.current.hash)),
            reason: DisplayText::new(reason),
            message: DisplayText::new(&message),
            since: Some(app.began_at),
        })
        .collect()
}

fn analysis(app: &App) -> Vec<Analysis> {
    app.run
        .iter()
        .map(|run| Analysis {
            run: DisplayText::new(&run.name),
            metric: DisplayText::new("success-rate"),
            phase: DisplayText::new(run.phase),
            value: run.value.map(|value| DisplayText::new(&format!("{value:.4}"))),
            rule: Some(DisplayText::new(&format!("result >= {LIMIT}"))),
            failed: run.failed,
            failure_limit: Some(FAILURE_LIMIT),
            measured_at: run.measured_at,
            message: DisplayText::default(),
        })
        .collect()
}

fn stamp(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The object as its API would show it: what guards are tested against.
pub(super) fn native(app: &App) -> Value {
    let pauses = app.pause.as_ref().map(|pause| json!([{ "reason": pause.reason.word(), "startTime": stamp(pause.start) }]));
    let (phase, message) = phase(app);
    json!({
        "kind": "DemoRollout",
        "metadata": {
            "namespace": app.namespace, "name": app.name, "uid": app.uid, "generation": app.generation,
            "resourceVersion": app.version.to_string(),
            "annotations": app.touched.as_ref().map_or_else(|| json!({}), |touched| json!({ "cutover/nudge": touched })),
        },
        "spec": { "paused": app.paused, "replicas": app.replicas, "image": app.current.image },
        "status": {
            "observedGeneration": app.observed_generation.to_string(),
            "currentPodHash": app.current.hash, "stableRS": app.stable.hash,
            "currentStepIndex": (app.strategy == Strategy::Canary).then_some(app.index),
            "pauseConditions": pauses, "controllerPause": app.controller_pause,
            "abort": app.abort, "abortedAt": app.aborted_at.map(stamp),
            "phase": phase.word(), "message": message,
        },
    })
}
