//! The demo world over its ports, under virtual time: each fault's class, its watch and its clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use cutover::{
    backend::{
        demo::{DemoSettings, DemoWorld, Fault, FaultSet},
        port::{Driver, ReadError, Sent, Source, Watching},
    },
    domain::{
        Timestamp,
        clock::Clock,
        freshness::Freshness,
        id::TargetId,
        judge::{ReadBack, judge},
        operation::Operation,
        rollout::HoldCause,
        source::SourceUpdate,
    },
};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep},
};

use super::demo::{action, start, target};

/// A base clock that follows tokio's, so that `pause` stops it.
#[derive(Debug)]
struct Virtual(Option<Instant>);

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        start() + TimeDelta::from_std(self.since_boot()).unwrap()
    }

    fn since_boot(&self) -> Duration {
        self.0.map_or(Duration::ZERO, |began| began.elapsed()) + Duration::from_secs(1000)
    }
}

/// A world, and its base clock. Outside a runtime the clock stands.
pub fn demo(speed: f64, faults: FaultSet) -> (DemoWorld, Arc<dyn Clock>) {
    let began = tokio::runtime::Handle::try_current().is_ok().then(Instant::now);
    let base: Arc<dyn Clock> = Arc::new(Virtual(began));
    (DemoWorld::new(DemoSettings { seed: 1, speed, faults }, Arc::clone(&base)), base)
}

fn faulty(fault: Fault) -> DemoWorld {
    demo(1.0, FaultSet::default().with(fault)).0
}

async fn send(world: &DemoWorld, target: &TargetId, operation: Operation) -> (cutover::domain::change::ChangePlan, Sent) {
    let observed = world.fetch(target).await.unwrap();
    let plan = world.plan(operation, &observed, &action()).unwrap();
    let sent = world.send(&plan, 0, &action()).await;
    (plan, sent)
}

async fn standing(world: &DemoWorld, plan: &cutover::domain::change::ChangePlan) -> ReadBack {
    judge(plan, &world.fetch(&plan.target).await.unwrap().rollout)
}

#[test]
fn faults_are_read_from_words() {
    let set: FaultSet = "answer-lost, slow ledger-full".parse().unwrap();
    assert!(set.has(Fault::AnswerLost) && set.has(Fault::Slow) && set.ledger_full());
    assert!(!set.has(Fault::Down));
    let error = "slwo".parse::<FaultSet>().unwrap_err();
    assert_eq!(error.nearest, "slow");
    assert!(error.to_string().contains("second-operator"));
    for fault in Fault::ALL {
        assert_eq!(fault.word().parse(), Ok(fault));
    }
    assert_eq!("".parse(), Ok(FaultSet::default()));
}

#[tokio::test(start_paused = true)]
async fn world_time_runs_faster() {
    let (world, base) = demo(60.0, FaultSet::default());
    let clock = world.clock();
    assert_eq!(clock.now(), base.now());
    let (now, boot) = (clock.now(), clock.since_boot());
    sleep(Duration::from_secs(10)).await;
    assert_eq!(clock.now() - now, TimeDelta::minutes(10));
    assert_eq!(clock.since_boot().saturating_sub(boot), Duration::from_secs(10), "ages are the person's, not the world's");
    assert_eq!(world.stale_after(Source::id(&world)), Duration::from_secs(15));
    // Six minutes of soak, a ramp, three minutes of soak.
    assert_eq!(world.fetch(&target("shop/catalog")).await.unwrap().rollout.position.as_ref().unwrap().index, 6);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_accepted_and_then_read_back() {
    let (world, _) = demo(1.0, FaultSet::default());
    let checkout = target("shop/checkout");
    let observed = world.fetch(&checkout).await.unwrap();
    let plan = world.plan(Operation::Advance, &observed, &action()).unwrap();
    let review = world.review(&plan, &action()).await;
    assert_eq!(review.dry_run, Ok(()));
    assert_eq!(world.send(&plan, 0, &action()).await, Sent::Accepted { status: 200 });
    assert_eq!(standing(&world, &plan).await, ReadBack::AcceptedOnly);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(standing(&world, &plan).await, ReadBack::Reached);
    assert!(matches!(world.send(&plan, 0, &action()).await, Sent::Rejected { status: 422, .. }));
    assert!(world.review(&plan, &action()).await.dry_run.is_err());
    assert_eq!(world.whoami().await.unwrap().as_str(), "demo");
    assert!(world.by_hand(&plan).contains("-n shop patch rollout checkout --subresource=status"));
    assert!(matches!(world.fetch(&target("shop/nothing")).await, Err(ReadError::Gone(_))));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_in_doubt_and_applied_or_not() {
    let world = faulty(Fault::AnswerLost);
    let mut applied = Vec::new();
    for _ in 0..20 {
        let (_, sent) = send(&world, &target("shop/catalog"), Operation::Pause).await;
        assert!(matches!(sent, Sent::InDoubt { status: None, .. }), "{sent:?}");
        let paused = world.fetch(&target("shop/catalog")).await.unwrap().rollout.is_paused_by_hand();
        applied.push(paused);
        if paused {
            world.set_fault(Fault::AnswerLost, false);
            send(&world, &target("shop/catalog"), Operation::Resume).await;
            world.set_fault(Fault::AnswerLost, true);
        }
    }
    assert!(applied.contains(&true) && applied.contains(&false), "{applied:?}");
}

#[tokio::test(start_paused = true)]
async fn slow_answers_take_two_to_eight_seconds() {
    let world = faulty(Fault::Slow);
    let began = Instant::now();
    world.fetch(&target("shop/checkout")).await.unwrap();
    let took = began.elapsed();
    assert!((Duration::from_secs(2)..=Duration::from_millis(8010)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_rejected_for_every_verb() {
    for (operation, name) in [
        (Operation::Advance, "shop/checkout"),
        (Operation::Pause, "shop/checkout"),
        (Operation::Resume, "payments/fraud-scoring"),
        (Operation::RollBack, "shop/checkout"),
    ] {
        let world = faulty(Fault::Conflict);
        let (_, sent) = send(&world, &target(name), operation).await;
        assert!(matches!(sent, Sent::Rejected { status: 422, .. }), "{operation}: {sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_ignored_change_waits_for_a_nudge() {
    let world = faulty(Fault::Ignored);
    let (plan, sent) = send(&world, &target("shop/checkout"), Operation::Advance).await;
    assert_eq!(sent, Sent::Accepted { status: 200 });
    sleep(Duration::from_mins(5)).await;
    assert_eq!(standing(&world, &plan).await, ReadBack::AcceptedOnly);
    let (nudge, sent) = send(&world, &plan.target, Operation::Nudge).await;
    assert_eq!(sent, Sent::Accepted { status: 200 });
    assert_eq!(standing(&world, &nudge).await, ReadBack::Reached);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(standing(&world, &plan).await, ReadBack::Reached);
}

#[tokio::test(start_paused = true)]
async fn a_second_operator_acts_now_and_then() {
    let releases = |faults| async move {
        let (world, _) = demo(60.0, faults);
        let checkout = target("shop/checkout");
        let before = world.fetch(&checkout).await.unwrap().rollout.holds.clone();
        sleep(Duration::from_secs(20)).await;
        let after = world.fetch(&checkout).await.unwrap();
        (before, after.rollout.hold(HoldCause::StepPause).cloned())
    };
    let (before, alone) = releases(FaultSet::default()).await;
    assert_eq!(before.first(), alone.as_ref(), "nobody else advances it");
    let (before, met) = releases(FaultSet::default().with(Fault::SecondOperator)).await;
    assert_ne!(before.first(), met.as_ref(), "twenty minutes with a second operator");
}

#[tokio::test(start_paused = true)]
async fn down_is_unreachable_not_sent_and_lost() {
    let (world, _) = demo(1.0, FaultSet::default());
    let world = Arc::new(world);
    let observed = world.fetch(&target("shop/checkout")).await.unwrap();
    let plan = world.plan(Operation::RollBack, &observed, &action()).unwrap();
    let (updates, mut heard) = mpsc::channel(8);
    let watching = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.watch(Watching::unasked(updates, Arc::new(Notify::new()))).await }
    });
    let mut fresh = async |wanted: &str| {
        for _ in 0..200 {
            if let Some(SourceUpdate::Health { health, .. }) = heard.recv().await {
                let freshness = health.freshness(world.clock().since_boot(), world.stale_after(Source::id(&*world)));
                if freshness.word() == wanted {
                    return Some(freshness);
                }
            }
        }
        None
    };
    assert_eq!(fresh("live").await, Some(Freshness::Live));
    world.set_fault(Fault::Down, true);
    assert!(matches!(world.send(&plan, 0, &action()).await, Sent::NotSent { .. }));
    assert!(matches!(world.fetch(&plan.target).await, Err(ReadError::Unreachable(_))));
    assert!(matches!(world.list().await, Err(ReadError::Unreachable(_))));
    assert!(world.review(&plan, &action()).await.dry_run.is_err());
    assert!(matches!(fresh("lost").await, Some(Freshness::Lost { .. })));
    world.set_fault(Fault::Down, false);
    assert_eq!(fresh("live").await, Some(Freshness::Live));
    drop(heard);
    tokio::time::timeout(Duration::from_secs(10), watching).await.expect("a watch ends when nobody listens").unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_watch_sends_whole_states_at_most_five_times_a_second() {
    let (world, _) = demo(600.0, FaultSet::default());
    let world = Arc::new(world);
    let (updates, mut heard) = mpsc::channel(1);
    tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.watch(Watching::unasked(updates, Arc::new(Notify::new()))).await }
    });
    let began = Instant::now();
    let (mut states, mut healths) = (0, 0);
    while began.elapsed() < Duration::from_secs(20) {
        match heard.recv().await.unwrap() {
            SourceUpdate::Rollouts { source, rollouts } => {
                assert_eq!((source.as_str(), rollouts.len()), ("demo", 9));
                assert!(rollouts.is_sorted_by_key(|rollout| (rollout.id.namespace.clone(), rollout.id.name.clone())));
                states += 1;
            }
            SourceUpdate::Health { .. } => healths += 1,
            SourceUpdate::Alerts(_) | SourceUpdate::Tenants(_) | SourceUpdate::Readings { .. } => {}
        }
    }
    assert!((20..=100).contains(&states), "{states} states in 20 s");
    assert!((10..=21).contains(&healths), "{healths} health messages in 20 s");
    assert_eq!(world.list().await.unwrap().len(), 9);
    assert_eq!((world.kind(), world.id().as_str()), ("demo", "demo"));
}
