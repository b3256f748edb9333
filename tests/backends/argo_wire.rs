//! Every recording of the real controller, read into our words; and objects that nobody should send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;

use cutover::{
    backend::argo::{
        facts::{self, Around, ByName},
        wire,
    },
    domain::{
        id::SourceId,
        rollout::{HoldCause, Phase, Rollout, StepKind, Strategy},
    },
};
use serde_json::{Value, json};

use super::argo_mock::fixture;

fn load(name: &str) -> Value {
    let value: Value = serde_json::from_str(&fixture(name)).unwrap();
    if value["kind"] == "Rollout" { value } else { value["items"][0].clone() }
}

fn facts_of<F>(name: &str, read: impl Fn(&Value) -> Option<(facts::Key, String, F)>) -> ByName<F> {
    let value: Value = serde_json::from_str(&fixture(name)).unwrap();
    value["items"].as_array().unwrap().iter().filter_map(read).map(|(_, name, fact)| (name, fact)).collect()
}

fn read(object: &Value, around: &Around) -> Rollout {
    wire::base(&SourceId::new("test"), object).unwrap().dress(around)
}

fn bare(object: &Value) -> Rollout {
    read(object, &Around::default())
}

/// One line a recording: phase, message, step, weights, holds, flags.
fn line(rollout: &Rollout) -> String {
    let holds: Vec<String> = rollout
        .holds
        .iter()
        .map(|hold| {
            let until = hold.until.map(|until| format!(" until {}", until.format("%H:%M:%S"))).unwrap_or_default();
            let since = hold.since.map(|since| format!(" since {}", since.format("%H:%M:%S"))).unwrap_or_default();
            format!("{}{since}{until}{}", hold.cause.word(), if hold.needs_person { " needs person" } else { "" })
        })
        .collect();
    let step = rollout.position.as_ref().map_or("-".to_owned(), |at| format!("{}/{}", at.index, at.count));
    format!(
        "{} [{}] step {step} set {:?} actual {:?} holds [{}]{}{}{}",
        rollout.phase.word(),
        rollout.message,
        rollout.weight.set,
        rollout.weight.actual,
        holds.join("; "),
        if rollout.aborted { " aborted" } else { "" },
        if rollout.observed { "" } else { " unobserved" },
        if rollout.unpausing { " unpausing" } else { "" },
    )
}

#[test]
fn each_recording_reads_as_the_plugin_shows_it() {
    let cases = [
        ("01_healthy", "healthy [] step 6/6 set Some(100) actual Some(100) holds []"),
        (
            "03_paused_step",
            "paused [CanaryPauseStep] step 1/6 set Some(25) actual None holds [step_pause since 11:13:35 needs person]",
        ),
        (
            "13_paused_timed",
            "paused [CanaryPauseStep] step 3/6 set Some(50) actual None holds [timed_pause since 11:13:42 until 11:13:57]",
        ),
        (
            "21_paused_manual_on_timed",
            "paused [manually paused] step 3/6 set Some(50) actual None holds [timed_pause since 11:13:42 until 11:13:57; manual needs person]",
        ),
        (
            "20_pause_manual",
            "progressing [waiting for rollout spec update to be observed] step 3/6 set Some(50) actual None holds [timed_pause since 11:13:42 until 11:13:57; manual needs person] unobserved",
        ),
        (
            "24_paused_last_step",
            "paused [CanaryPauseStep] step 5/6 set Some(75) actual None holds [step_pause since 11:14:04 needs person]",
        ),
        (
            "26_aborted_degraded",
            "aborted [RolloutAborted: Rollout aborted update to revision 2] step 0/6 set Some(0) actual None holds [] aborted",
        ),
        ("31_promoting_full", "progressing [more replicas need to be updated] step 6/6 set Some(100) actual None holds []"),
        ("32_healthy_after_full", "healthy [] step 6/6 set Some(100) actual Some(100) holds []"),
        (
            "33_progressing_image_pull",
            "progressing [more replicas need to be updated] step 0/6 set Some(25) actual None holds []",
        ),
        (
            "35_degraded_deadline",
            "degraded [ProgressDeadlineExceeded: ReplicaSet \"checkout-6c985846d8\" has timed out progressing.] step 0/6 set Some(25) actual None holds []",
        ),
        (
            "40_traffic_paused",
            "paused [CanaryPauseStep] step 1/4 set Some(5) actual Some(5) holds [step_pause since 11:15:05 needs person]",
        ),
        (
            "41_blue_green_paused",
            "paused [BlueGreenPause] step - set None actual None holds [blue_green since 11:15:06 needs person]",
        ),
        ("43_blue_green_promoted", "healthy [] step - set None actual None holds []"),
        (
            "50_workload_ref_paused",
            "paused [CanaryPauseStep] step 1/2 set Some(50) actual None holds [step_pause since 11:15:46 needs person]",
        ),
    ];
    for (name, expected) in cases {
        assert_eq!(line(&bare(&load(&format!("{name}.json")))), expected, "{name}");
    }
}

#[test]
fn every_rollout_in_every_recording_reads_and_agrees_with_the_controller() {
    fn rollouts(value: &Value, found: &mut Vec<Value>) {
        match value["kind"].as_str() {
            // A bookmark is an object of the kind that carries a version and nothing else.
            Some("Rollout") if value["metadata"]["name"].is_null() => {}
            Some("Rollout") => found.push(value.clone()),
            Some(_) | None => {
                for item in value["items"].as_array().into_iter().flatten().chain(value.get("object")) {
                    rollouts(item, found);
                }
            }
        }
    }
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/argo");
    let mut found = Vec::new();
    for file in std::fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = path.extension().is_some_and(|extension| extension == "jsonl");
        let parts: Vec<&str> = if lines { text.lines().collect() } else { vec![&text] };
        for part in parts {
            rollouts(&serde_json::from_str(part).unwrap_or_else(|error| panic!("{}: {error}", path.display())), &mut found);
        }
    }
    assert!(found.len() >= 30, "{}", found.len());
    for object in &found {
        let rollout = bare(object);
        if !rollout.observed || rollout.unpausing || object["status"]["phase"].is_null() {
            continue;
        }
        let said = object["status"]["phase"].as_str().unwrap().to_lowercase();
        let expected = if object["status"]["abortedAt"].is_string() { "aborted" } else { &said };
        assert_eq!(rollout.phase.word(), expected, "{}", object["metadata"]["name"]);
        assert_eq!(rollout.message.as_str(), object["status"]["message"].as_str().unwrap_or_default());
        let conditions = object["status"]["pauseConditions"].as_array().map_or(0, Vec::len);
        assert_eq!(rollout.holds.len(), conditions + usize::from(object["spec"]["paused"] == true));
    }
}

#[test]
fn revisions_images_and_weights_come_from_the_replica_sets() {
    let around = Around {
        sets: Some(facts_of("04_replicasets.json", facts::set)),
        pods: Some(facts_of("05_pods.json", facts::pod)),
        runs: None,
    };
    let rollout = read(&load("03_paused_step.json"), &around);
    let (new, stable) = (rollout.revision.unwrap(), rollout.stable.unwrap());
    assert_eq!((new.number, new.hash.as_str(), new.images[0].as_str()), (Some(2), "ddcd9b768", "app:slow-v2"));
    assert_eq!((stable.number, stable.hash.as_str(), stable.images[0].as_str()), (Some(1), "5f8f5748d7", "app:v1"));
    assert_eq!((rollout.pods.desired, rollout.pods.ready, rollout.pods.not_ready), (Some(1), Some(1), Some(Vec::new())));
    assert_eq!(rollout.weight.actual, Some(25));
    assert!(rollout.analysis.is_empty());
}

#[test]
fn what_other_objects_said_is_forgotten_with_them() {
    for (object, runs) in
        [("03_paused_step.json", "45_analysisruns.json"), ("33_progressing_image_pull.json", "47_analysisruns_failed.json")]
    {
        let around = Around {
            sets: Some(facts_of("04_replicasets.json", facts::set)),
            pods: Some(facts_of("34_pods_image_pull.json", facts::pod)),
            runs: Some(facts_of(runs, facts::run)),
        };
        let mut base = wire::base(&SourceId::new("test"), &load(object)).unwrap();
        let (alone, dressed) = (base.dress(&Around::default()), base.dress(&around));
        assert_ne!(alone, dressed);
        base.keep(Arc::new(dressed.clone()));
        assert_eq!(base.dress(&around), dressed);
        assert_eq!(base.dress(&Around::default()), alone);
    }
}

#[test]
fn a_pod_that_can_not_pull_says_so() {
    let around = Around { pods: Some(facts_of("34_pods_image_pull.json", facts::pod)), ..Around::default() };
    let troubles = read(&load("33_progressing_image_pull.json"), &around).pods.not_ready.unwrap();
    assert_eq!(troubles.len(), 1);
    assert_eq!((troubles[0].reason.as_str(), troubles[0].message.as_str()), ("ImagePullBackOff", "Back-off pulling image"));
}

#[test]
fn pods_that_were_not_read_are_unknown() {
    assert_eq!(bare(&load("33_progressing_image_pull.json")).pods.not_ready, None);
}

#[test]
fn why_a_pod_is_not_ready() {
    let pod = |status: Value| {
        json!({"metadata": {"namespace": "shop", "name": "web-abc-1", "labels": {"rollouts-pod-template-hash": "abc"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-abc"}]}, "status": status})
    };
    let waiting = |reason: &str| json!({"containerStatuses": [{"state": {"waiting": {"reason": reason}}}]});
    let cases = [
        (waiting("ErrImagePull"), "ErrImagePull"),
        (waiting("CrashLoopBackOff"), "CrashLoopBackOff"),
        (waiting("ContainerCreating"), "ContainerCreating"),
        (
            json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3"}]}),
            "Unschedulable",
        ),
        (json!({"conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]}), "ContainersNotReady"),
        (
            json!({"initContainerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}],
                "containerStatuses": [{"state": {"waiting": {"reason": "PodInitializing"}}}]}),
            "CrashLoopBackOff",
        ),
        (json!({}), "NotReady"),
        (json!("broken"), "NotReady"),
    ];
    for (status, expected) in cases {
        let (key, _, fact) = facts::pod(&pod(status.clone())).unwrap();
        assert_eq!(key, ("shop".to_owned(), "web".to_owned()));
        assert_eq!(fact.trouble.unwrap().reason.as_str(), expected, "{status}");
    }
    let ready = pod(json!({"conditions": [{"type": "Ready", "status": "True"}]}));
    assert_eq!(facts::pod(&ready).unwrap().2.trouble, None);
}

#[test]
fn analysis_rows_have_value_rule_and_limit() {
    let around = Around { runs: Some(facts_of("45_analysisruns.json", facts::run)), ..Around::default() };
    let rollout = read(&load("44_analysis_running.json"), &around);
    assert_eq!(rollout.analysis.len(), 2);
    let row = &rollout.analysis[0];
    assert_eq!((row.run.as_str(), row.metric.as_str(), row.phase.as_str()), ("payments-5766c787f9-2", "success-rate", "Running"));
    assert_eq!(row.value.as_ref().unwrap().as_str(), "1");
    assert_eq!(row.rule.as_ref().unwrap().as_str(), "result >= 0.95");
    assert_eq!((row.failed, row.failure_limit), (0, Some(1)));

    let around = Around { runs: Some(facts_of("47_analysisruns_failed.json", facts::run)), ..Around::default() };
    let rollout = read(&load("46_analysis_failed_aborted.json"), &around);
    assert_eq!(rollout.phase, Phase::Aborted);
    let failed = rollout.analysis.iter().find(|row| row.phase.as_str() == "Failed").unwrap();
    assert_eq!((failed.failed, failed.failure_limit), (2, Some(1)));
}

#[test]
fn owners_and_workload_references() {
    let owner = bare(&load("51_owned_by_gitops.json")).owner.unwrap();
    assert_eq!(owner.kind, "argocd");
    let referenced = bare(&load("50_workload_ref_paused.json"));
    assert!(referenced.observed && referenced.revision.unwrap().images.is_empty(), "the images are the deployment's");
    let cases = [
        (json!({"annotations": {"meta.helm.sh/release-name": "web"}}), Some(("helm", "web"))),
        (json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}), Some(("flux", "apps"))),
        (json!({"labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "x"}}), Some(("helm", "x"))),
        (json!({"labels": {"app.kubernetes.io/instance": "x"}}), None),
    ];
    for (extra, expected) in cases {
        let mut object = json!({"metadata": {"namespace": "a", "name": "b"}});
        for (key, value) in extra.as_object().unwrap() {
            object["metadata"][key] = value.clone();
        }
        let found = bare(&object).owner;
        assert_eq!(found.as_ref().map(|owner| (owner.kind, owner.name.as_str())), expected, "{extra}");
    }
}

#[test]
fn observed_generation_is_a_string_with_a_history() {
    for (observed, expected) in [
        (json!("5"), true),
        (json!("4"), false),
        (json!(5), true),
        (json!("8575574967"), true),
        (json!("7f8c"), true),
        (json!(""), true),
        (Value::Null, false),
    ] {
        let object = json!({"metadata": {"namespace": "a", "name": "b", "generation": 5},
            "status": {"observedGeneration": observed, "phase": "Healthy"}});
        assert_eq!(bare(&object).observed, expected, "{observed}");
    }
}

#[test]
fn the_order_of_the_phase_rules() {
    let object = |status: Value, spec: Value| json!({"metadata": {"namespace": "a", "name": "b", "generation": 1}, "spec": spec, "status": status});
    let canary = json!({"strategy": {"canary": {}}, "replicas": 2});
    let cases = [
        (
            json!({"observedGeneration": "1", "controllerPause": true, "phase": "Paused"}),
            &canary,
            Phase::Progressing,
            "waiting for rollout to unpause",
        ),
        (json!({"observedGeneration": "1", "phase": "Sleeping"}), &canary, Phase::Unknown, "Sleeping"),
        (
            json!({"observedGeneration": "1", "updatedReplicas": 1}),
            &canary,
            Phase::Progressing,
            "more replicas need to be updated",
        ),
        (
            json!({"observedGeneration": "1", "updatedReplicas": 2, "availableReplicas": 1}),
            &canary,
            Phase::Progressing,
            "updated replicas are still becoming available",
        ),
        (
            json!({"observedGeneration": "1", "updatedReplicas": 2, "availableReplicas": 2, "replicas": 3}),
            &canary,
            Phase::Progressing,
            "old replicas are pending termination",
        ),
        (
            json!({"observedGeneration": "1", "updatedReplicas": 2, "availableReplicas": 2, "currentPodHash": "x", "stableRS": "y"}),
            &canary,
            Phase::Progressing,
            "waiting for all steps to complete",
        ),
        (
            json!({"observedGeneration": "1", "updatedReplicas": 2, "availableReplicas": 2, "currentPodHash": "x", "stableRS": "x"}),
            &canary,
            Phase::Healthy,
            "",
        ),
        (
            json!({"observedGeneration": "1", "conditions": [{"type": "Progressing", "reason": "RolloutAborted", "message": "m"}]}),
            &canary,
            Phase::Aborted,
            "RolloutAborted: m",
        ),
        (
            json!({"observedGeneration": "1", "conditions": [{"type": "InvalidSpec", "message": "m", "status": "True"}]}),
            &canary,
            Phase::Degraded,
            "InvalidSpec: m",
        ),
    ];
    for (status, spec, phase, message) in cases {
        let rollout = bare(&object(status.clone(), spec.clone()));
        assert_eq!((rollout.phase, rollout.message.as_str()), (phase, message), "{status}");
    }
}

#[test]
fn holds_that_a_release_does_not_move_are_marked() {
    let object = |strategy: Value, reason: &str| {
        json!({"metadata": {"namespace": "a", "name": "b", "generation": 1}, "spec": {"strategy": strategy},
        "status": {"observedGeneration": "1", "phase": "Paused", "currentStepIndex": 0, "controllerPause": true,
            "pauseConditions": [{"reason": reason, "startTime": "2026-11-21T11:00:00Z"}]}})
    };
    let steps = json!({"canary": {"steps": [{"analysis": {}}, {"pause": {}}]}});
    let cases = [
        (steps.clone(), "InconclusiveAnalysisRun", HoldCause::Inconclusive, true, false),
        (json!({"blueGreen": {}}), "InconclusiveAnalysisRun", HoldCause::Inconclusive, true, true),
        (steps.clone(), "InconclusiveExperiment", HoldCause::Inconclusive, true, true),
        (json!({"blueGreen": {"autoPromotionEnabled": false}}), "BlueGreenPause", HoldCause::BlueGreen, true, false),
        (json!({"blueGreen": {"autoPromotionSeconds": 30}}), "BlueGreenPause", HoldCause::TimedPause, false, false),
        (steps, "SomethingNew", HoldCause::Unknown, true, false),
    ];
    for (strategy, reason, cause, person, no_effect) in cases {
        let hold = bare(&object(strategy.clone(), reason)).holds[0].clone();
        assert_eq!(
            (hold.cause, hold.needs_person, hold.release_has_no_effect),
            (cause, person, no_effect),
            "{strategy} {reason}"
        );
    }
}

#[test]
fn the_measured_matrix_names_the_same_holds_as_without_effect() {
    let matrix: Value = serde_json::from_str(&fixture("matrix.json")).unwrap();
    let without: Vec<&str> = matrix
        .as_array()
        .unwrap()
        .iter()
        .filter(|cell| cell["verb"] == "resume step" && cell["outcome"] == "no effect")
        .map(|cell| cell["state"].as_str().unwrap())
        .collect();
    assert_eq!(without, ["unsure-bg", "unsure-experiment"]);
}

#[test]
fn steps_in_words() {
    let object = json!({"metadata": {"namespace": "a", "name": "b"}, "spec": {"strategy": {"canary": {"steps": [
        {"setWeight": 25}, {"pause": {}}, {"pause": {"duration": "15s"}}, {"pause": {"duration": 30}}, {"pause": null},
        {"analysis": {"templates": [{"templateName": "success-rate"}]}}, {"experiment": {"templates": [{"name": "base"}]}},
        {"plugin": {"name": "x/y"}}, {"setCanaryScale": {"replicas": 1}}, {"setWeight": 900}, {"pause": {"duration": "soon"}}, 7]}}}});
    let steps = bare(&object).steps;
    let labels: Vec<&str> = steps.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "weight 25 %",
            "pause until advanced",
            "pause 15s",
            "pause 30s",
            "pause until advanced",
            "analysis success-rate",
            "experiment base",
            "plugin x/y",
            "set canary scale",
            "weight that can not be read",
            "pause that can not be read",
            "unknown step"
        ]
    );
    assert_eq!(steps[9].kind, StepKind::Other);
}

#[test]
fn hostile_objects_break_nothing_and_are_never_healthy() {
    let hostile = [
        json!({"metadata": {"namespace": "a", "name": "b"}}),
        json!({"metadata": {"namespace": "a", "name": "b"}, "spec": 3, "status": "x"}),
        json!({"metadata": {"namespace": "a", "name": "\u{202e}b\u{1b}[31m", "generation": "1e999", "labels": [1], "annotations": 5},
            "spec": {"strategy": {"canary": {"steps": {"a": 1}}}, "paused": "yes", "replicas": -1},
            "status": {"currentStepIndex": 99_999_999_999_u64, "pauseConditions": [null, 3, {"startTime": "never"}],
                "conditions": {"type": "x"}, "observedGeneration": [1]}}),
        json!({"metadata": {"namespace": "a", "name": "b", "generation": 1}, "spec": {"strategy": {"canary": {"steps": [{"setWeight": 1e300}]}}},
            "status": {"observedGeneration": "1", "currentStepIndex": -4, "canary": {"weights": {"canary": {"weight": 4_000_000_000_u64}}}}}),
    ];
    for object in &hostile {
        let rollout = bare(object);
        assert_ne!(rollout.phase, Phase::Healthy, "{object}");
        assert!(rollout.weight.actual.is_none_or(|weight| weight <= 100), "{object}");
    }
    assert!(!bare(&hostile[2]).id.is_actionable());
    assert_eq!(bare(&hostile[1]).strategy, Strategy::Unknown);
    for nothing in [json!(null), json!([]), json!({"metadata": {"name": "b"}}), json!({"metadata": {"namespace": 1, "name": 2}})]
    {
        assert!(wire::base(&SourceId::new("test"), &nothing).is_none());
    }
}

#[test]
fn an_image_with_escapes_is_text() {
    let mut object = load("03_paused_step.json");
    object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("app:\u{1b}[2Jv2\u{202e}");
    let rollout = bare(&object);
    assert_eq!(rollout.revision.unwrap().images.len(), 1);
}

#[test]
fn a_router_that_is_back_at_zero_does_not_hide_that_the_new_version_has_everything() {
    let mut object = load("01_healthy.json");
    object["spec"]["strategy"]["canary"]["trafficRouting"] = json!({"nginx": {"stableIngress": "web"}});
    object["status"]["canary"]["weights"] = json!({"canary": {"weight": 0}, "stable": {"weight": 100}, "verified": true});
    let rollout = bare(&object);
    assert_eq!((rollout.weight.set, rollout.weight.actual), (Some(100), Some(100)));
}

#[test]
fn where_no_controller_has_looked_the_weight_is_not_known() {
    let mut object = load("01_healthy.json");
    object["status"] = json!({});
    let rollout = bare(&object);
    assert_eq!((rollout.phase, rollout.weight.set, rollout.weight.actual), (Phase::Progressing, None, None));
}

#[test]
fn an_undecided_step_that_was_left_is_not_verified_before_the_controller_speaks() {
    use cutover::domain::{
        change::Expectation,
        judge::{ReadBack, judge},
        operation::Operation,
    };
    let mut object = load("03_paused_step.json");
    let driver = super::argo_changes::driver();
    let observed = super::argo_changes::observed(object.clone());
    let action = cutover::domain::action::ActionId("a-1".into());
    let mut plan = cutover::backend::port::Driver::plan(&driver, Operation::Advance, &observed, &action).unwrap();
    // What the guarded patch itself leaves behind: no condition, no controller pause, the next step; the phase is old.
    object["status"]["pauseConditions"] = Value::Null;
    object["status"]["controllerPause"] = json!(false);
    object["status"]["currentStepIndex"] = json!(2);
    assert_eq!(judge(&plan, &bare(&object)), ReadBack::AcceptedOnly);
    object["status"]["phase"] = json!("Progressing");
    assert_eq!(judge(&plan, &bare(&object)), ReadBack::Reached);

    // A nudge counts when the object carries it, not when it was sent.
    plan.expectation = Expectation::Touched { value: "a-1".into() };
    assert_eq!(judge(&plan, &bare(&object)), ReadBack::NotVisible);
    object["metadata"]["annotations"]["cutover.dev/nudged"] = json!("a-1");
    assert_eq!(judge(&plan, &bare(&object)), ReadBack::Reached);
}
