//! Where a rollout stands on the plan's ladder, since when, and what of its soak is left.

use std::time::Duration;

use super::passage::Passage;
use crate::domain::{
    Timestamp,
    evidence::StageStanding,
    operation::Operation,
    plan::{OnPause, Plan, Stage},
    rollout::{HoldCause, Rollout, StepKind},
};

/// The stage and sub-step that traffic of `weight` percent has reached; `None` below the first.
pub(super) fn rung(plan: &Plan, weight: f64) -> Option<(usize, usize)> {
    let mut reached: Option<(f64, usize, usize)> = None;
    for (stage, rung) in plan.stages.iter().enumerate() {
        for (sub_step, at) in rung.weights.iter().enumerate() {
            if *at <= weight && reached.is_none_or(|(best, _, _)| *at > best) {
                reached = Some((*at, stage, sub_step));
            }
        }
    }
    reached.map(|(_, stage, sub_step)| (stage, sub_step))
}

/// Where `rollout` stands on the ladder of `plan` at `now`; `None` before its first stage, where nothing is being released,
/// and where the control plane tells no weight. Times come from the control plane, else from `past`, what the ledger knows
/// to have been done; else they are not known, and nothing is guessed.
#[must_use]
pub fn standing(plan: &Plan, rollout: &Rollout, past: &[Passage], now: Timestamp) -> Option<StageStanding> {
    if rollout.aborted || rollout.is_fully_promoted() {
        return None;
    }
    let (index, sub_step) = rung(plan, f64::from(rollout.weight.set?))?;
    let stage = plan.stages.get(index)?;
    let past: Vec<&Passage> = past.iter().filter(|passage| is_of(passage, rollout)).collect();
    let sub_step_since = reached(rollout).or_else(|| arrival(plan, &past, (index, sub_step)));
    let since = if sub_step == 0 { sub_step_since } else { arrival(plan, &past, (index, 0)) };
    // Since when it is there at the latest: enough to say that a soak is over, not enough to say when it began.
    let at_the_latest = sub_step_since.or_else(|| here_since(rollout));
    let soak = soak(stage, sub_step, rollout, &past, &Times { sub_step: at_the_latest, stage: since }, now);
    Some(StageStanding {
        stage: index,
        id: stage.id.clone(),
        sub_step,
        since,
        sub_step_since,
        soak_left: soak.left,
        soak_ends: soak.ends,
        overdue: stage.max.zip(since).is_some_and(|(max, since)| gone(since, now) > max),
    })
}

/// Whether a passage belongs to what is being released now.
fn is_of(passage: &Passage, rollout: &Rollout) -> bool {
    let same_revision = match (&passage.revision, &rollout.revision) {
        (Some(then), Some(now)) => then == now.hash.as_str(),
        _ => false,
    };
    passage.target == rollout.id && passage.uid == rollout.uid && same_revision
}

/// When the current weight was reached, as the control plane's own times tell: the step that sets it, or the one right
/// behind it, began then.
fn reached(rollout: &Rollout) -> Option<Timestamp> {
    let position = rollout.position.as_ref()?;
    let index = usize::try_from(position.index).ok()?;
    let sets = |index: usize| matches!(rollout.steps.get(index).map(|step| step.kind), Some(StepKind::Weight(weight)) if Some(weight) == rollout.weight.set);
    let tells = sets(index) || index.checked_sub(1).is_some_and(sets);
    here_since(rollout).filter(|_| tells)
}

/// Since when the current step is under way.
fn here_since(rollout: &Rollout) -> Option<Timestamp> {
    let entered = rollout.position.as_ref().and_then(|position| position.entered_at);
    entered.or_else(|| rollout.step_hold().and_then(|hold| hold.since))
}

/// When the rung `wanted` was reached by an advance that the ledger holds: the first after the last return below it.
fn arrival(plan: &Plan, past: &[&Passage], wanted: (usize, usize)) -> Option<Timestamp> {
    let mut found = None;
    for passage in past {
        let at = passage.weight.and_then(|weight| rung(plan, f64::from(weight)));
        match (passage.operation, at) {
            (Operation::Advance, Some(at)) if at < wanted => found = None,
            (Operation::Advance, Some(at)) if at == wanted && found.is_none() => found = Some(passage.at),
            (Operation::RollBack, _) => found = None,
            _ => {}
        }
    }
    found
}

fn gone(since: Timestamp, now: Timestamp) -> Duration {
    (now - since).to_std().unwrap_or_default()
}

struct Times {
    sub_step: Option<Timestamp>,
    stage: Option<Timestamp>,
}

struct Soak {
    left: Option<Duration>,
    ends: Option<Timestamp>,
}

/// What of the soak is left: of the sub-step, and on the last one of the whole stage, whichever is longer (C-11).
fn soak(stage: &Stage, sub_step: usize, rollout: &Rollout, past: &[&Passage], times: &Times, now: Timestamp) -> Soak {
    let stands = stage.on_pause == OnPause::Stops && rollout.is_paused_by_hand();
    let left_of = |length: Option<Duration>, since: Option<Timestamp>| -> Option<Duration> {
        let Some(length) = length else { return Some(Duration::ZERO) };
        let since = since?;
        let paused = if stage.on_pause == OnPause::Stops { paused(rollout, past, since, now) } else { Duration::ZERO };
        Some(length.saturating_sub(gone(since, now).saturating_sub(paused)))
    };
    let is_last = sub_step + 1 >= stage.weights.len();
    // A stage that began before its only sub-step did is not possible, so the sub-step's time will do.
    let stage_since = times.stage.or(times.sub_step.filter(|_| sub_step == 0));
    let of_stage = if is_last { left_of(stage.min, stage_since) } else { Some(Duration::ZERO) };
    let left = left_of(stage.soak, times.sub_step).zip(of_stage).map(|(one, other)| one.max(other));
    let ends = left.filter(|_| !stands).and_then(|left| now.checked_add_signed(chrono::Duration::from_std(left).ok()?));
    Soak { left, ends }
}

/// How long a person's pause stood between `since` and `now`: those that the ledger knows, and the one that stands.
fn paused(rollout: &Rollout, past: &[&Passage], since: Timestamp, now: Timestamp) -> Duration {
    let mut total = Duration::ZERO;
    let mut open: Option<Timestamp> = None;
    for passage in past {
        match passage.operation {
            Operation::Pause => open = open.or(Some(passage.at.max(since))),
            Operation::Resume => {
                if let Some(from) = open.take() {
                    total += gone(from, passage.at.max(since));
                }
            }
            Operation::Advance | Operation::RollBack | Operation::Nudge => {}
        }
    }
    match rollout.hold(HoldCause::Manual) {
        Some(hold) => total + hold.since.map(|at| at.max(since)).or(open).map_or(Duration::ZERO, |from| gone(from, now)),
        None => total,
    }
}
