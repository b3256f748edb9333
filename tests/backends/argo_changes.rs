//! Change plans: the exact guarded requests, and what they say will happen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{sync::Arc, time::Duration};

use cutover::{
    backend::{
        argo::{ArgoSettings, ArgoSource, facts::Around, wire},
        port::{Driver, Observed},
    },
    domain::{
        action::ActionId,
        change::{ChangePlan, Expectation},
        clock::Clock,
        confirm::Phrase,
        id::SourceId,
        operation::Operation,
        permit::RefusalCode,
        rollout::Phase,
    },
};
use serde_json::{Value, json};

use super::argo_mock::{Wall, fixture};

pub fn driver() -> ArgoSource {
    let settings = ArgoSettings { context: Some("it's".into()), ..ArgoSettings::default() };
    ArgoSource::new(SourceId::new("prod"), settings, Duration::from_secs(2), Arc::new(Wall))
}

pub fn observed(object: Value) -> Observed {
    let rollout = wire::base(&SourceId::new("prod"), &object).unwrap().dress(&Around::default());
    Observed { rollout: Arc::new(rollout), native: Arc::new(object), read_at: Wall.now(), received: Duration::ZERO }
}

fn load(name: &str) -> Observed {
    let value: Value = serde_json::from_str(&fixture(name)).unwrap();
    observed(value)
}

fn plan(operation: Operation, observed: &Observed) -> ChangePlan {
    driver().plan(operation, observed, &ActionId("a-1".into())).unwrap()
}

#[test]
fn advance_is_the_guarded_patch_of_the_recording() {
    let plan = plan(Operation::Advance, &load("03_paused_step.json"));
    let request = &plan.requests[0];
    assert_eq!(request.path, "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout/status");
    assert_eq!((request.query.as_str(), request.content_type.as_str()), ("fieldManager=cutover", "application/json-patch+json"));
    // Byte for byte what the real controller took (`08_resume_dry_run` in the recordings' index).
    assert_eq!(
        request.body,
        json!([
            {"op": "test", "path": "/metadata/uid", "value": "9ef0ffb6-b9fe-4579-b5e2-13aa6ebc4042"},
            {"op": "test", "path": "/metadata/generation", "value": 4},
            {"op": "test", "path": "/status/currentPodHash", "value": "ddcd9b768"},
            {"op": "test", "path": "/status/currentStepIndex", "value": 1},
            {"op": "test", "path": "/status/pauseConditions",
                "value": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T11:13:35Z"}]},
            {"op": "remove", "path": "/status/pauseConditions"},
        ])
    );
    assert_eq!((plan.before.weight, plan.after.weight, plan.after.step), (Some(25), Some(50), Some(2)));
    assert_eq!(Phrase::of(&plan, Some(['k', 'v'])).text(), "50-kv");
    assert!(plan.consequences.iter().any(|line| line == "then soaks 15s"), "{:?}", plan.consequences);
    assert!(plan.settle && plan.preconditions.iter().all(cutover::domain::change::Precondition::holds));
    let Expectation::HoldReleased { step: Some(1), since: Some(_), .. } = plan.expectation else {
        panic!("{:?}", plan.expectation)
    };
}

#[test]
fn preconditions_say_what_moved() {
    let plan = plan(Operation::Advance, &load("03_paused_step.json"));
    let now = load("13_paused_timed.json");
    let moved: Vec<_> = driver().preconditions(&plan, &now).into_iter().filter(|one| !one.holds()).collect();
    let what: Vec<&str> = moved.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(what, ["step index", "pause conditions"]);
    assert_eq!((&moved[0].expected, &moved[0].seen), (&json!(1), &json!(3)));
}

#[test]
fn the_weight_typed_is_the_weight_that_comes_next() {
    let steps = |steps: Value, index: u32| {
        observed(json!({"metadata": {"namespace": "a", "name": "b", "uid": "u", "generation": 1},
            "spec": {"strategy": {"canary": {"steps": steps}}},
            "status": {"observedGeneration": "1", "phase": "Paused", "currentPodHash": "h", "stableRS": "s", "currentStepIndex": index,
                "controllerPause": true, "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T11:00:00Z"}]}}))
    };
    let analysis = json!({"analysis": {"templates": [{"templateName": "success-rate"}]}});
    let cases = [
        (json!([{"setWeight": 5}, {"pause": {}}, {"setWeight": 40}]), Some(40), Some(2), "40"),
        (json!([{"setWeight": 5}, {"pause": {}}]), Some(100), Some(2), "100"),
        (json!([{"setWeight": 5}, {"pause": {}}, analysis, {"setWeight": 40}]), Some(5), Some(2), "b"),
        (json!([{"setWeight": 5}, {"pause": {}}, {"pause": {"duration": 60}}, {"setWeight": 40}]), Some(5), Some(2), "b"),
        (json!([{"setWeight": 5}, {"pause": {}}, {"setCanaryScale": {}}, {"setWeight": 40}]), Some(40), Some(3), "40"),
    ];
    for (list, weight, step, phrase) in cases {
        let plan = plan(Operation::Advance, &steps(list.clone(), 1));
        assert_eq!((plan.after.weight, plan.after.step), (weight, step), "{list}");
        assert_eq!(Phrase::of(&plan, None).text(), phrase, "{list}");
    }
}

#[test]
fn an_undecided_step_is_left_by_moving_the_index_and_blue_green_has_none() {
    let undecided = observed(json!({"metadata": {"namespace": "a", "name": "b", "uid": "u", "generation": 1},
        "spec": {"strategy": {"canary": {"steps": [{"setWeight": 5}, {"analysis": {}}, {"pause": {}}]}}},
        "status": {"observedGeneration": "1", "phase": "Paused", "currentPodHash": "h", "currentStepIndex": 1, "controllerPause": true,
            "canary": {"currentStepAnalysisRunStatus": {"status": "Inconclusive"}},
            "pauseConditions": [{"reason": "InconclusiveAnalysisRun", "startTime": "2026-11-21T11:00:00Z"}]}}));
    let body = plan(Operation::Advance, &undecided).requests[0].body.clone();
    let tail: Vec<Value> = body.as_array().unwrap().iter().filter(|one| one["op"] != "test").cloned().collect();
    assert_eq!(
        json!(tail),
        json!([
            {"op": "remove", "path": "/status/pauseConditions"},
            {"op": "replace", "path": "/status/controllerPause", "value": false},
            {"op": "replace", "path": "/status/currentStepIndex", "value": 2},
        ])
    );
    let blue_green = plan(Operation::Advance, &load("41_blue_green_paused.json"));
    assert!(!blue_green.requests[0].body.to_string().contains("currentStepIndex"));
    assert_eq!(Phrase::of(&blue_green, None).text(), "search");
}

#[test]
fn pause_resume_roll_back_and_nudge() {
    let step = load("03_paused_step.json");
    let held = load("21_paused_manual_on_timed.json");
    let uid = json!({"op": "test", "path": "/metadata/uid", "value": "9ef0ffb6-b9fe-4579-b5e2-13aa6ebc4042"});
    let main = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout";
    let cases = [
        (
            Operation::Pause,
            &step,
            main.to_owned(),
            json!([uid, {"op": "test", "path": "/spec/paused", "value": null}, {"op": "add", "path": "/spec/paused", "value": true}]),
        ),
        (
            Operation::Resume,
            &held,
            main.to_owned(),
            json!([uid, {"op": "test", "path": "/spec/paused", "value": true}, {"op": "replace", "path": "/spec/paused", "value": false}]),
        ),
        (
            Operation::RollBack,
            &step,
            format!("{main}/status"),
            json!([uid, {"op": "test", "path": "/status/currentPodHash", "value": "ddcd9b768"},
                {"op": "test", "path": "/status/stableRS", "value": "5f8f5748d7"}, {"op": "add", "path": "/status/abort", "value": true}]),
        ),
        (
            Operation::Nudge,
            &step,
            main.to_owned(),
            json!([uid, {"op": "add", "path": "/metadata/annotations/cutover.dev~1nudged", "value": "a-1"}]),
        ),
    ];
    for (operation, observed, path, body) in cases {
        let plan = plan(operation, observed);
        assert_eq!((&plan.requests[0].path, &plan.requests[0].body), (&path, &body), "{operation}");
        assert_eq!(plan.settle, matches!(operation, Operation::Advance | Operation::Resume), "{operation}");
        assert_eq!(plan.requests.len(), 1);
    }
    let back = plan(Operation::RollBack, &step);
    assert_eq!((back.after.weight, back.after.step, back.after.phase), (Some(0), Some(0), Phase::Aborted));
    let mut bare = (*step.native).clone();
    bare["metadata"].as_object_mut().unwrap().remove("annotations");
    let nudge = plan(Operation::Nudge, &observed(bare)).requests[0].body.clone();
    assert_eq!(nudge[1], json!({"op": "test", "path": "/metadata/annotations", "value": null}));
    assert_eq!(nudge[2], json!({"op": "add", "path": "/metadata/annotations", "value": {}}));
}

#[test]
fn an_owner_is_warned_about_where_the_spec_changes() {
    let owned = load("51_owned_by_gitops.json");
    assert!(plan(Operation::Pause, &owned).warnings.iter().any(|line| line.contains("argocd")));
    assert!(!plan(Operation::Advance, &owned).warnings.iter().any(|line| line.contains("spec changes")));
}

#[test]
fn nothing_held_and_bad_names_are_refused() {
    let action = ActionId("a".into());
    let refusal = driver().plan(Operation::Advance, &load("01_healthy.json"), &action).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::NotHeld);
    let bad = observed(json!({"metadata": {"namespace": "a", "name": "../b"}}));
    assert_eq!(driver().plan(Operation::Pause, &bad, &action).unwrap_err().code, RefusalCode::NameNotActionable);
}

#[test]
fn by_hand_is_a_command_that_a_shell_takes() {
    let line = driver().by_hand(&plan(Operation::RollBack, &load("03_paused_step.json")));
    assert!(
        line.starts_with(
            r"kubectl --context 'it'\''s' -n shop patch rollouts.argoproj.io checkout --subresource=status --type=json -p '[{"
        ),
        "{line}"
    );
}

/// What the overview shows as next is what an advance would bring, whatever the step after the hold is.
#[test]
fn the_next_weight_of_a_row_is_the_weight_after_an_advance() {
    let (pause, analysis) = (json!({"pause": {}}), json!({"analysis": {"templates": [{"templateName": "t"}]}}));
    for (following, weight) in [
        (vec![json!({"setWeight": 60})], 60),
        (vec![pause.clone(), json!({"setWeight": 60})], 25),
        (vec![analysis, json!({"setWeight": 60})], 25),
        (vec![json!({"setCanaryScale": {"replicas": 1}}), json!({"setWeight": 60})], 60),
        (vec![], 100),
    ] {
        let mut object: Value = serde_json::from_str(&fixture("03_paused_step.json")).unwrap();
        object["spec"]["strategy"]["canary"]["steps"] =
            Value::Array([vec![json!({"setWeight": 25}), pause.clone()], following.clone()].concat());
        let observed = observed(object);
        let plan = plan(Operation::Advance, &observed);
        assert_eq!(plan.after.weight, Some(weight), "{following:?}");
        assert_eq!(observed.rollout.next_weight(), plan.after.weight, "{following:?}");
    }
}
