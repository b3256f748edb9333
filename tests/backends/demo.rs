//! The demo world: its history, its verbs and their guards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::TimeDelta;
use cutover::{
    backend::{
        demo::{Fault, FaultSet, World},
        port::{Driver, Observed},
    },
    domain::{
        Timestamp,
        action::ActionId,
        change::ChangePlan,
        freshness::Freshness,
        id::{SourceId, TargetId},
        judge::{ReadBack, judge},
        operation::Operation,
        permit::{Arming, Context, Mode, RefusalCode, Rights, permit},
        rollout::{HoldCause, Phase, Rollout},
        verdict::Gates,
    },
};

pub fn start() -> Timestamp {
    "2026-03-02T09:00:00.250Z".parse().unwrap()
}

pub fn action() -> ActionId {
    ActionId("018f-demo-action".into())
}

pub fn target(name: &str) -> TargetId {
    let (namespace, name) = name.split_once('/').unwrap();
    TargetId::new(&SourceId::new("demo"), namespace, name)
}

fn world(seed: u64) -> World {
    World::new(SourceId::new("demo"), seed, FaultSet::default(), start())
}

fn observed(world: &World, target: &TargetId) -> Observed {
    let (rollout, native) = world.observe(target).unwrap();
    Observed { rollout, native, read_at: world.now(), received: Duration::ZERO }
}

/// `plan` needs no world: any driver of the kind makes the same one.
fn plan(world: &World, target: &TargetId, operation: Operation) -> ChangePlan {
    driver().plan(operation, &observed(world, target), &action()).unwrap()
}

fn driver() -> cutover::backend::demo::DemoWorld {
    super::demo_faults::demo(1.0, FaultSet::default()).0
}

fn go(world: &mut World, milliseconds: i64) {
    world.step_to(world.now() + TimeDelta::milliseconds(milliseconds));
}

fn see(world: &World, target: &TargetId) -> Arc<Rollout> {
    world.observe(target).unwrap().0
}

/// Sends `operation` by its guarded body.
fn send(world: &mut World, target: &TargetId, operation: Operation) -> ChangePlan {
    let plan = plan(world, target, operation);
    world.patch(target, &plan.requests[0].body).unwrap();
    plan
}

#[test]
fn nine_rollouts_stand_in_nine_states() {
    let mut world = world(7);
    go(&mut world, 0);
    let lines: Vec<String> = world
        .rollouts()
        .iter()
        .map(|rollout| format!("{}/{} {}", rollout.id.namespace, rollout.id.name, rollout.phase.word()))
        .collect();
    assert_eq!(
        lines,
        [
            "payments/fraud-scoring paused",
            "payments/ledger-api progressing",
            "payments/payouts aborted",
            "platform/edge-gateway healthy",
            "platform/notifications degraded",
            "shop/catalog paused",
            "shop/checkout paused",
            "shop/recommendations progressing",
            "shop/search progressing",
        ]
    );
    let causes = |name| see(&world, &target(name)).holds.iter().map(|hold| hold.cause).collect::<Vec<_>>();
    assert_eq!(causes("shop/checkout"), [HoldCause::StepPause]);
    assert_eq!(causes("shop/catalog"), [HoldCause::TimedPause]);
    assert_eq!(causes("payments/fraud-scoring"), [HoldCause::TimedPause, HoldCause::Manual]);
    assert!(see(&world, &target("shop/checkout")).needs_person());
    let bad = see(&world, &target("platform/notifications"));
    assert_eq!(bad.pods.not_ready.as_ref().unwrap()[0].reason.as_str(), "ImagePullBackOff");
    assert_eq!(see(&world, &target("payments/ledger-api")).owner.as_ref().unwrap().kind, "argocd");
    assert!(see(&world, &target("shop/recommendations")).analysis[0].value.is_some());
    assert!(see(&world, &target("shop/catalog")).soak_left(world.now()).unwrap() > Duration::from_secs(300));
}

#[test]
fn the_same_seed_makes_the_same_history_however_it_is_stepped() {
    let (mut fine, mut coarse, mut other) = (world(42), world(42), world(43));
    let mut differs = false;
    for _ in 0..200 {
        for _ in 0..60 {
            go(&mut fine, 500);
        }
        go(&mut coarse, 30_000);
        go(&mut other, 30_000);
        assert_eq!(fine.rollouts(), coarse.rollouts());
        differs |= other.rollouts() != coarse.rollouts();
    }
    assert!(differs);
}

#[test]
fn advance_goes_on_by_one_step_and_only_once() {
    let mut world = world(1);
    let checkout = target("shop/checkout");
    assert_eq!((see(&world, &checkout).weight.set, see(&world, &checkout).position.as_ref().unwrap().index), (Some(25), 3));
    let plan = send(&mut world, &checkout, Operation::Advance);
    assert_eq!(judge(&plan, &see(&world, &checkout)), ReadBack::AcceptedOnly);
    assert!(see(&world, &checkout).unpausing);
    assert!(world.patch(&checkout, &plan.requests[0].body).is_err(), "the same request a second time");
    go(&mut world, 1500);
    assert_eq!(judge(&plan, &see(&world, &checkout)), ReadBack::Reached);
    assert_eq!(see(&world, &checkout).position.as_ref().unwrap().index, 4);
    assert!(world.patch(&checkout, &plan.requests[0].body).is_err());
}

#[test]
fn after_a_good_analysis_the_weight_ramps_over_seconds() {
    // A seed is only a place to begin: one of the first few passes the analysis, as most releases do.
    let mut world = world(1);
    let checkout = target("shop/checkout");
    send(&mut world, &checkout, Operation::Advance);
    let mut weights = BTreeSet::new();
    for _ in 0..600 {
        go(&mut world, 250);
        let rollout = see(&world, &checkout);
        weights.insert(rollout.weight.actual.unwrap());
        if rollout.position.as_ref().unwrap().index == 6 {
            break;
        }
    }
    let rollout = see(&world, &checkout);
    assert_eq!((rollout.weight.set, rollout.weight.actual, rollout.weight.verified), (Some(50), Some(50), Some(true)));
    assert!(rollout.hold(HoldCause::TimedPause).is_some());
    assert!(weights.len() > 3, "{weights:?}");
}

#[test]
fn a_manual_pause_lets_the_soak_clock_run_and_resume_goes_on_at_once() {
    let mut world = world(3);
    let catalog = target("shop/catalog");
    let until = see(&world, &catalog).holds[0].until.unwrap();
    let pause = send(&mut world, &catalog, Operation::Pause);
    assert_eq!(judge(&pause, &see(&world, &catalog)), ReadBack::AcceptedOnly);
    go(&mut world, 1500);
    assert_eq!(judge(&pause, &see(&world, &catalog)), ReadBack::Reached);
    assert_eq!(see(&world, &catalog).holds[0].until, Some(until));
    world.step_to(until + TimeDelta::minutes(5));
    assert_eq!(see(&world, &catalog).position.as_ref().unwrap().index, 3);
    assert_eq!(see(&world, &catalog).soak_left(world.now()), Some(Duration::ZERO));
    let resume = send(&mut world, &catalog, Operation::Resume);
    assert_eq!((resume.after.step, resume.after.weight), (Some(4), Some(80)));
    go(&mut world, 1500);
    assert_eq!(judge(&resume, &see(&world, &catalog)), ReadBack::Reached);
    assert_eq!(see(&world, &catalog).position.as_ref().unwrap().index, 4);
}

#[test]
fn roll_back_takes_the_weight_to_nothing() {
    let mut world = world(4);
    let checkout = target("shop/checkout");
    let plan = send(&mut world, &checkout, Operation::RollBack);
    assert_eq!(judge(&plan, &see(&world, &checkout)), ReadBack::AcceptedOnly);
    go(&mut world, 1500);
    assert_eq!(judge(&plan, &see(&world, &checkout)), ReadBack::Reached);
    go(&mut world, 10_000);
    let rollout = see(&world, &checkout);
    assert_eq!((rollout.phase, rollout.weight.set, rollout.weight.actual), (Phase::Aborted, Some(0), Some(0)));
    assert!(rollout.holds.is_empty());
}

#[test]
fn blue_green_waits_for_a_person_and_then_switches() {
    let mut world = world(5);
    let search = target("shop/search");
    go(&mut world, 60_000);
    assert!(see(&world, &search).hold(HoldCause::BlueGreen).is_some_and(|hold| hold.needs_person));
    let plan = send(&mut world, &search, Operation::Advance);
    go(&mut world, 1500);
    assert_eq!(judge(&plan, &see(&world, &search)), ReadBack::Reached);
    go(&mut world, 5000);
    assert_eq!(see(&world, &search).phase, Phase::Healthy);
}

#[test]
fn git_ops_puts_a_manual_pause_back() {
    let mut world = world(6);
    let ledger = target("payments/ledger-api");
    let plan = send(&mut world, &ledger, Operation::Pause);
    assert!(plan.warnings[0].contains("argocd"));
    go(&mut world, 2000);
    assert!(see(&world, &ledger).is_paused_by_hand());
    go(&mut world, 60_000);
    assert!(!see(&world, &ledger).is_paused_by_hand());
}

#[test]
fn a_plan_is_one_guarded_request_and_says_what_moved() {
    let mut world = world(8);
    let checkout = target("shop/checkout");
    let plan = plan(&world, &checkout, Operation::Advance);
    assert_eq!(plan.requests.len(), 1);
    assert_eq!(
        (plan.requests[0].method.as_str(), plan.requests[0].path.as_str()),
        ("PATCH", "/demo/namespaces/shop/rollouts/checkout")
    );
    let whats: Vec<_> = plan.preconditions.iter().map(|pre| pre.what.as_str()).collect();
    assert_eq!(whats, ["uid", "generation", "revision", "step index", "pause conditions", "manual pause"]);
    let moved = |world: &World| -> Vec<String> {
        let now = driver().preconditions(&plan, &observed(world, &checkout));
        now.into_iter().filter(|pre| !pre.holds()).map(|pre| pre.what).collect()
    };
    assert!(moved(&world).is_empty());
    send(&mut world, &checkout, Operation::Pause);
    assert_eq!(moved(&world), ["generation", "manual pause"]);
    assert!(world.patch(&checkout, &plan.requests[0].body).is_err());
}

#[test]
fn a_hostile_name_is_there_only_on_request_and_has_no_plan() {
    let mut world = world(9);
    assert_eq!(world.rollouts().len(), 9);
    world.set_fault(Fault::Hostile, true);
    let rollouts = world.rollouts();
    assert_eq!(rollouts.len(), 10);
    let bad = rollouts.iter().find(|rollout| !rollout.id.is_actionable()).unwrap();
    let refusal = driver().plan(Operation::Pause, &observed(&world, &bad.id), &action()).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::NameNotActionable);
    world.set_fault(Fault::Hostile, false);
    assert_eq!(world.rollouts().len(), 9);
}

#[test]
fn a_world_left_alone_for_a_day_still_lives() {
    for seed in 0..4 {
        let mut world = world(seed);
        let mut releases_by_hour = Vec::new();
        let (mut waits, mut images) = (0, BTreeSet::new());
        for _ in 0..24 {
            let known = images.len();
            for _ in 0..12 {
                go(&mut world, 5 * 60_000);
                let rollouts = world.rollouts();
                // The one paused by hand does not count: it waits for ever.
                let waiting = |rollout: &&Arc<Rollout>| rollout.needs_person() && !rollout.is_paused_by_hand();
                waits += usize::from(rollouts.iter().any(|rollout| waiting(&rollout)));
                images.extend(rollouts.iter().map(|rollout| (rollout.id.clone(), rollout.revision.clone().unwrap().number)));
            }
            releases_by_hour.push(images.len() - known);
        }
        assert!(releases_by_hour.iter().all(|releases| *releases > 0), "seed {seed}: {releases_by_hour:?}");
        assert!(waits > 50, "seed {seed}: somebody was waited for in {waits} of 288 looks");
    }
}

#[test]
fn a_hundred_thousand_random_steps_and_requests_never_panic_and_keep_the_rules() {
    let mut dice = fastrand::Rng::with_seed(2026);
    let mut world = world(11);
    let (mut sent, mut refused) = (0_u32, 0_u32);
    let driver = driver();
    let mut old: Vec<ChangePlan> = Vec::new();
    for round in 0..100_000_u32 {
        match dice.u32(0..20) {
            0..12 => go(&mut world, dice.i64(0..4000)),
            12 => go(&mut world, dice.i64(0..900_000)),
            13 => world.set_fault(Fault::ALL[dice.usize(0..Fault::ALL.len())], dice.u32(0..3) == 0),
            14 => world.step_to(world.now() - TimeDelta::hours(1)),
            _ => {
                let rollouts = world.rollouts();
                let chosen = rollouts[dice.usize(0..rollouts.len())].id.clone();
                let operation = Operation::ALL[dice.usize(0..Operation::ALL.len())];
                if dice.u32(0..5) == 0 {
                    world.meddle(&chosen, operation);
                }
                if let Ok(plan) = driver.plan(operation, &observed(&world, &chosen), &action()) {
                    old.push(plan);
                }
                if old.len() > 30 {
                    old.swap_remove(dice.usize(0..old.len()));
                }
                let Some(plan) = old.get(dice.usize(0..=old.len())).or(old.last()) else { continue };
                if world.patch(&plan.target, &plan.requests[0].body).is_ok() { sent += 1 } else { refused += 1 }
            }
        }
        if round % 50 == 0 {
            for rollout in world.rollouts() {
                assert!(rollout.weight.actual.is_none_or(|weight| weight <= 100));
                assert!(rollout.position.as_ref().is_none_or(|position| position.index <= position.count));
                assert!(rollout.pods.ready <= Some(8));
                assert!(rollout.phase != Phase::Unknown);
                assert!(rollout.phase != Phase::Healthy || rollout.is_fully_promoted());
            }
        }
    }
    assert!(sent > 1000 && refused > 1000, "sent {sent}, refused {refused}");
}

fn context(now: Timestamp) -> Context {
    Context {
        now,
        freshness: Freshness::Live,
        mode: Mode::ReadWrite,
        arming: Arming::NotNeeded,
        rights: Rights::NotAsked,
        gates: Gates::NoPlan,
        in_flight: None,
        in_doubt: None,
        accepted: None,
        ledger_unwritable: None,
    }
}

#[test]
fn whatever_is_permitted_can_be_planned_passes_the_dry_run_and_is_read_back() {
    let mut dice = fastrand::Rng::with_seed(5);
    let mut world = world(12);
    let driver = driver();
    let (mut reached, mut superseded) = ([0; 4], 0);
    for _ in 0..4000 {
        go(&mut world, dice.i64(0..120_000));
        let rollouts = world.rollouts();
        let rollout = &rollouts[dice.usize(0..rollouts.len())];
        let verb = dice.usize(0..4);
        let operation = Operation::VERBS[verb];
        if permit(operation, rollout, &context(world.now())).is_err() {
            continue;
        }
        let plan = driver.plan(operation, &observed(&world, &rollout.id), &action()).unwrap();
        assert_eq!(world.check(&plan.target, &plan.requests[0].body), Ok(()), "{plan:?}");
        world.patch(&plan.target, &plan.requests[0].body).unwrap();
        go(&mut world, 1501);
        let now = see(&world, &plan.target);
        match judge(&plan, &now) {
            ReadBack::Reached => reached[verb] += 1,
            // Promoted or released anew within those 1.5 s.
            ReadBack::Contradicted(_) => superseded += 1,
            ReadBack::AcceptedOnly | ReadBack::NotVisible => {
                assert_ne!(plan.revision.as_deref(), now.revision.as_ref().map(|new| new.hash.as_str()), "{plan:?}\n{now:?}");
                superseded += 1;
            }
        }
    }
    assert!(reached.iter().all(|count| *count > 100), "{reached:?}");
    assert!(superseded * 20 < reached.iter().sum::<i32>(), "{superseded} of {reached:?}");
}
