//! The Argo backend against the real API server and the real controller.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cutover::{
    backend::{
        argo::{ArgoSettings, ArgoSource},
        port::{Driver, Observed, ReadError, Sent, Source, Watching},
    },
    domain::{
        action::ActionId,
        change::ChangePlan,
        id::{SourceId, TargetId},
        judge::{ReadBack, judge},
        operation::Operation,
        permit::Rights,
        rollout::{Phase, Rollout},
        source::SourceUpdate,
    },
};
use tokio::sync::{Notify, mpsc};

use super::cluster::{Cluster, cluster};
use crate::backends::argo_mock::Wall;

fn source(cluster: &Cluster, who: &str) -> ArgoSource {
    let settings = ArgoSettings { kubeconfig: Some(cluster.access(who)), ..ArgoSettings::default() };
    ArgoSource::new(SourceId::new("real"), settings, Duration::from_secs(1), Arc::new(Wall))
}

fn target(namespace: &str, name: &str) -> TargetId {
    TargetId::new(&SourceId::new("real"), namespace, name)
}

fn action(number: u32) -> ActionId {
    ActionId(format!("019a0000-0000-7000-8000-{number:012}"))
}

async fn fetch_until(source: &ArgoSource, target: &TargetId, what: &str, seen: impl Fn(&Rollout) -> bool) -> Observed {
    let begun = Instant::now();
    loop {
        let last = source.fetch(target).await;
        if let Ok(observed) = &last
            && seen(&observed.rollout)
        {
            return observed.clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: {last:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Unchanged for half a second, as the engine asks before it advances.
async fn settled(source: &ArgoSource, target: &TargetId) -> Observed {
    let mut last = source.fetch(target).await.unwrap();
    loop {
        tokio::time::sleep(Duration::from_millis(600)).await;
        let now = source.fetch(target).await.unwrap();
        if now.rollout.version == last.rollout.version {
            return now;
        }
        last = now;
    }
}

async fn reached(source: &ArgoSource, plan: &ChangePlan) {
    fetch_until(source, &plan.target, &format!("{} is read back", plan.operation), |now| judge(plan, now) == ReadBack::Reached)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_verb_is_done_once_and_read_back() {
    let Some(cluster) = cluster() else { return };
    cluster.canary("verbs", "checkout", "app:v1");
    let (source, target) = (source(cluster, "captain"), target("verbs", "checkout"));
    fetch_until(&source, &target, "healthy", |now| now.phase == Phase::Healthy).await;
    cluster.set_image("verbs", "checkout", "app:v2");
    let held = fetch_until(&source, &target, "held", |now| now.step_hold().is_some()).await;
    assert_eq!(held.rollout.revision.as_ref().unwrap().number, Some(2));
    assert_eq!(held.rollout.weight.set, Some(25));

    let mut ids = Vec::new();
    for (number, operation) in
        [Operation::Advance, Operation::Pause, Operation::Resume, Operation::Nudge, Operation::RollBack].into_iter().enumerate()
    {
        let id = action(u32::try_from(number).unwrap());
        let observed = settled(&source, &target).await;
        let plan = source.plan(operation, &observed, &id).unwrap();
        let review = source.review(&plan, &id).await;
        assert_eq!((&review.rights, &review.dry_run), (&Rights::Allowed, &Ok(())), "{operation}: {review:?}");
        let sent = source.send(&plan, 0, &id).await;
        assert!(matches!(sent, Sent::Accepted { status: 200 }), "{operation}: {sent:?}");
        reached(&source, &plan).await;
        ids.push((id.0.clone(), 200));
        if operation == Operation::Advance {
            // The same plan again: the server itself refuses, and names no reason.
            let again = source.send(&plan, 0, &action(99)).await;
            assert!(matches!(again, Sent::Rejected { status: 422, .. }), "{again:?}");
            ids.push((action(99).0, 422));
            let moved = source.preconditions(&plan, &source.fetch(&target).await.unwrap());
            assert!(moved.iter().any(|one| !one.holds()), "{moved:?}");
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(cluster.changes("verbs", "captain"), ids, "the server's audit log holds exactly what was sent");
}

async fn until(updates: &mut mpsc::Receiver<SourceUpdate>, limit: Duration, seen: impl Fn(Option<&Rollout>) -> bool) {
    let wait = async {
        loop {
            if let SourceUpdate::Rollouts { rollouts, .. } = updates.recv().await.expect("the watch goes on") {
                let mine = rollouts.iter().find(|one| one.id.namespace.raw() == "outside");
                if seen(mine.map(Arc::as_ref)) {
                    return;
                }
            }
        }
    };
    assert!(tokio::time::timeout(limit, wait).await.is_ok(), "not on screen within {limit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sources_show_an_outside_change_and_a_deletion_within_two_seconds() {
    let Some(cluster) = cluster() else { return };
    cluster.canary("outside", "web", "app:v1");
    let mut screens = Vec::new();
    for who in ["watcher", "captain-cert"] {
        let (send, updates) = mpsc::channel(64);
        let source = source(cluster, who);
        tokio::spawn(async move { source.watch(Watching::unasked(send, Arc::new(Notify::new()))).await });
        screens.push(updates);
    }
    for screen in &mut screens {
        until(screen, Duration::from_secs(20), |one| one.is_some_and(|one| one.phase == Phase::Healthy)).await;
    }
    cluster.set_image("outside", "web", "app:v2");
    for screen in &mut screens {
        until(screen, Duration::from_secs(2), |one| one.is_some_and(|one| one.phase != Phase::Healthy)).await;
    }
    cluster.kubectl(&["-n", "outside", "delete", "rollouts.argoproj.io", "web", "--wait=false"], "");
    for screen in &mut screens {
        until(screen, Duration::from_secs(4), |one| one.is_none()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_that_does_not_move_says_why() {
    let Some(cluster) = cluster() else { return };
    let cases = [("never-1", "never"), ("pull-404", "ImagePullBackOff"), ("crash-1", "CrashLoopBackOff")];
    let watcher = source(cluster, "watcher");
    for (tag, reason) in cases {
        cluster.canary(&format!("why-{tag}"), "web", &format!("app:{tag}"));
        let observed = fetch_until(&watcher, &target(&format!("why-{tag}"), "web"), tag, |now| {
            let troubles = now.pods.not_ready.as_deref().unwrap_or_default();
            !troubles.is_empty() && (reason == "never" || troubles.iter().any(|pod| pod.reason.as_str() == reason))
        })
        .await;
        let troubles = observed.rollout.pods.not_ready.clone().unwrap();
        assert!(troubles.iter().all(|pod| !pod.reason.is_empty()), "{troubles:?}");
        assert_ne!(observed.rollout.phase, Phase::Healthy);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_decide_what_each_user_may_do() {
    let Some(cluster) = cluster() else { return };
    cluster.canary("rights", "web", "app:v1");
    let target = target("rights", "web");
    let watcher = source(cluster, "watcher");
    let observed = fetch_until(&watcher, &target, "healthy", |now| now.phase == Phase::Healthy).await;
    for operation in [Operation::Pause, Operation::RollBack] {
        let plan = watcher.plan(operation, &observed, &action(50)).unwrap();
        let review = watcher.review(&plan, &action(50)).await;
        let Rights::Denied { sentence } = &review.rights else { panic!("{review:?}") };
        assert!(sentence.contains("watcher") && sentence.contains("rights"), "{sentence}");
        let sent = watcher.send(&plan, 0, &action(50)).await;
        assert!(matches!(sent, Sent::Rejected { status: 403, .. }), "{sent:?}");
    }
    let nobody = source(cluster, "nobody");
    assert!(matches!(nobody.fetch(&target).await, Err(ReadError::Forbidden(_))));
    assert!(matches!(nobody.list().await, Err(ReadError::Forbidden(_))));
    assert!(matches!(watcher.fetch(&super::argo::target("rights", "gone")).await, Err(ReadError::Gone(_))));

    for (who, name) in [("captain", "captain"), ("captain-exec", "captain"), ("captain-cert", "captain-cert")] {
        let source = source(cluster, who);
        assert_eq!(source.whoami().await.unwrap().as_str(), name, "{who}");
        assert!(source.list().await.unwrap().iter().any(|one| one.id == target), "{who}");
        let plan = source.plan(Operation::Pause, &observed, &action(51)).unwrap();
        let review = source.review(&plan, &action(51)).await;
        assert_eq!(review.rights, Rights::Allowed, "{who}: {review:?}");
    }
}
