//! Where a rollout stands on the plan's ladder, since when, and what of the soak is left.

use std::time::Duration;

use cutover::domain::{
    assess::{Passage, standing},
    evidence::StageStanding,
    operation::Operation,
    plan::{OnPause, Plan},
    rollout::{HoldCause, Rollout, Step, StepKind},
};

use super::kit::{HOUR, MINUTE, at_weight, athena, checkout, hold, now, passage, text};

const DAY: Duration = Duration::from_secs(86_400);

fn ladder() -> Plan {
    let mut plan = athena(vec![]);
    plan.stages[3].soak = Some(3 * HOUR);
    plan.stages[3].max = Some(DAY);
    plan
}

fn stands(plan: &Plan, rollout: &Rollout, past: &[Passage]) -> StageStanding {
    standing(plan, rollout, past, now()).unwrap()
}

#[test]
fn the_weight_that_is_set_says_the_stage() {
    let plan = ladder();
    for (weight, expected) in [
        (0, None),
        (1, Some(("internal", 0))),
        (4, Some(("internal", 0))),
        (5, Some(("alpha", 0))),
        (10, Some(("beta", 0))),
        (24, Some(("beta", 0))),
        (25, Some(("gradual", 0))),
        (49, Some(("gradual", 0))),
        (50, Some(("gradual", 1))),
        (100, Some(("gradual", 2))),
    ] {
        let found = standing(&plan, &at_weight(weight), &[], now());
        assert_eq!(found.as_ref().map(|at| (at.id.as_str(), at.sub_step)), expected, "{weight} %");
        if let Some(at) = found {
            assert_eq!(plan.stages[at.stage].id, at.id);
        }
    }
    let mut untold = checkout();
    untold.weight.set = None;
    assert_eq!(standing(&plan, &untold, &[], now()), None, "the control plane tells no weight");
    let mut back = checkout();
    back.aborted = true;
    assert_eq!(standing(&plan, &back, &[], now()), None, "rolled back");
    let mut done = checkout();
    done.stable = done.revision.clone();
    assert_eq!(standing(&plan, &done, &[], now()), None, "nothing is being released");
    let bare = Plan { stages: vec![], ..ladder() };
    assert_eq!(standing(&bare, &checkout(), &[], now()), None);
}

/// Two stages at one weight: who stands there has reached the first of them, and not what comes after it.
#[test]
fn of_two_stages_at_one_weight_the_first_is_reached() {
    let mut plan = ladder();
    plan.stages[1].weights = plan.stages[0].weights.clone();
    assert_eq!(stands(&plan, &at_weight(4), &[]).id, plan.stages[0].id);
}

#[test]
fn the_control_plane_tells_when_the_first_sub_step_began() {
    let at = stands(&ladder(), &checkout(), &[]);
    assert_eq!((at.since, at.sub_step_since), (Some(now() - 2 * HOUR), Some(now() - 2 * HOUR)));
    assert_eq!((at.soak_left, at.soak_ends, at.overdue), (Some(HOUR), Some(now() + HOUR), false));
    // The step itself has a time: it counts before the hold's.
    let mut told = checkout();
    told.position.as_mut().unwrap().entered_at = Some(now() - 5 * HOUR);
    let at = stands(&ladder(), &told, &[]);
    assert_eq!((at.since, at.soak_left), (Some(now() - 5 * HOUR), Some(Duration::ZERO)));
    // The weight step itself is under way.
    let mut moving = told;
    moving.position.as_mut().unwrap().index -= 1;
    assert_eq!(stands(&ladder(), &moving, &[]).since, Some(now() - 5 * HOUR));
}

#[test]
fn a_later_step_of_the_same_weight_does_not_begin_the_stage() {
    let mut analysed = checkout();
    analysed.steps.insert(8, Step { kind: StepKind::Analysis, label: text("analysis") });
    analysed.position.as_mut().unwrap().index = 8;
    let at = stands(&ladder(), &analysed, &[]);
    assert_eq!((at.since, at.sub_step_since), (None, None), "it began before this step did, and nobody knows when");
    assert_eq!(at.soak_left, Some(HOUR), "it is there for two hours at least");
    // The ledger knows.
    let at = stands(&ladder(), &analysed, &[passage(Operation::Advance, Some(25), 150 * MINUTE)]);
    assert_eq!((at.since, at.sub_step_since), (Some(now() - 150 * MINUTE), Some(now() - 150 * MINUTE)));
    assert_eq!(at.soak_left, Some(30 * MINUTE));
    // Neither does: the soak is unknown, not over.
    analysed.holds[0].since = None;
    let at = stands(&ladder(), &analysed, &[]);
    assert_eq!((at.soak_left, at.soak_ends), (None, None));
}

#[test]
fn the_ledger_tells_when_a_stage_began_whose_later_sub_step_it_is() {
    let (plan, half) = (ladder(), at_weight(50));
    assert_eq!(stands(&plan, &half, &[]).since, None);
    assert_eq!(stands(&plan, &half, &[]).sub_step_since, Some(now() - 2 * HOUR));
    let past = |weight, ago| passage(Operation::Advance, Some(weight), ago);
    let usual = [past(10, 60 * HOUR), past(25, 26 * HOUR), past(50, 2 * HOUR)];
    let at = stands(&plan, &half, &usual);
    assert_eq!((at.since, at.overdue), (Some(now() - 26 * HOUR), true), "a day is its most");
    assert!(!stands(&plan, &half, &[past(25, DAY)]).overdue, "exactly a day");
    // Of another object, another revision, another rollout: no past of this one.
    for other in [
        Passage { uid: "uid-0".into(), ..past(25, HOUR) },
        Passage { revision: Some("7848f77cc4".into()), ..past(25, HOUR) },
        Passage { revision: None, ..past(25, HOUR) },
        Passage { target: cutover::domain::id::TargetId::new(&super::kit::source("k8s"), "shop", "search"), ..past(25, HOUR) },
        Passage { operation: Operation::Pause, ..past(25, HOUR) },
        past(50, HOUR),
        past(10, HOUR),
    ] {
        assert_eq!(stands(&plan, &half, std::slice::from_ref(&other)).since, None, "{other:?}");
    }
    // It was rolled back or began below again in between: only the newest way up counts.
    let again = [past(25, 50 * HOUR), passage(Operation::RollBack, Some(0), 40 * HOUR), past(25, 20 * HOUR)];
    assert_eq!(stands(&plan, &half, &again).since, Some(now() - 20 * HOUR));
    let below = [past(25, 50 * HOUR), past(1, 40 * HOUR), past(25, 20 * HOUR)];
    assert_eq!(stands(&plan, &half, &below).since, Some(now() - 20 * HOUR));
    assert_eq!(
        stands(&plan, &half, &[past(25, 50 * HOUR), past(25, 40 * HOUR)]).since,
        Some(now() - 50 * HOUR),
        "the first of one way up"
    );
    assert_eq!(stands(&plan, &half, &[past(25, 50 * HOUR), passage(Operation::RollBack, None, HOUR)]).since, None);
}

#[test]
fn the_soak_is_that_of_the_sub_step_and_at_the_end_that_of_the_stage() {
    let mut plan = ladder();
    plan.stages[3].min = Some(30 * HOUR);
    let past = |weight, ago| passage(Operation::Advance, Some(weight), ago);
    assert_eq!(stands(&plan, &checkout(), &[]).soak_left, Some(HOUR), "the first sub-step need not wait for the whole stage");
    let last = at_weight(100);
    assert_eq!(stands(&plan, &last, &[past(25, 26 * HOUR)]).soak_left, Some(4 * HOUR), "30 h less 26");
    assert_eq!(stands(&plan, &last, &[past(25, 29 * HOUR + 30 * MINUTE)]).soak_left, Some(HOUR), "the sub-step's own is longer");
    assert_eq!(stands(&plan, &last, &[]).soak_left, None, "nobody knows when the stage began");
    // One sub-step: its beginning is the stage's.
    plan.stages[2].min = Some(3 * HOUR);
    assert_eq!(stands(&plan, &at_weight(10), &[]).soak_left, Some(HOUR));
    // No soak at all is over at once.
    assert_eq!(stands(&plan, &at_weight(5), &[]).soak_left, Some(Duration::ZERO));
    let mut untold = at_weight(5);
    untold.holds[0].since = None;
    assert_eq!(stands(&plan, &untold, &[]).soak_left, Some(Duration::ZERO));
}

#[test]
fn a_pause_stops_the_soak_where_the_plan_says_so() {
    let mut plan = ladder();
    let mut paused = checkout();
    paused.holds.push(hold(HoldCause::Manual, 30 * MINUTE));
    assert_eq!(stands(&plan, &paused, &[]).soak_left, Some(HOUR), "it runs on");
    assert_eq!(stands(&plan, &paused, &[]).soak_ends, Some(now() + HOUR));
    plan.stages[3].on_pause = OnPause::Stops;
    let at = stands(&plan, &paused, &[]);
    assert_eq!((at.soak_left, at.soak_ends), (Some(90 * MINUTE), None), "it stands while the pause does");
    let over = [passage(Operation::Pause, Some(25), 100 * MINUTE), passage(Operation::Resume, Some(25), 80 * MINUTE)];
    assert_eq!(stands(&plan, &checkout(), &over).soak_left, Some(80 * MINUTE), "20 minutes of the ledger");
    assert_eq!(stands(&plan, &checkout(), &over).soak_ends, Some(now() + 80 * MINUTE));
    assert_eq!(stands(&plan, &paused, &over).soak_left, Some(110 * MINUTE), "both");
    // Only what lies in this sub-step, and only what was ended.
    let before = [passage(Operation::Pause, Some(25), 3 * HOUR), passage(Operation::Resume, Some(25), 110 * MINUTE)];
    assert_eq!(stands(&plan, &checkout(), &before).soak_left, Some(70 * MINUTE), "10 minutes of it");
    let long_ago = [passage(Operation::Pause, Some(25), 5 * HOUR), passage(Operation::Resume, Some(25), 4 * HOUR)];
    assert_eq!(stands(&plan, &checkout(), &long_ago).soak_left, Some(HOUR));
    // Where the control plane does not date its pause the ledger does.
    paused.holds[1].since = None;
    let open = [passage(Operation::Pause, Some(25), 40 * MINUTE), passage(Operation::Pause, Some(25), 10 * MINUTE)];
    assert_eq!(stands(&plan, &paused, &open).soak_left, Some(100 * MINUTE));
    assert_eq!(stands(&plan, &checkout(), &open[..1]).soak_left, Some(HOUR), "somebody else lifted it, nobody knows when");
}
