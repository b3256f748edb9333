//! Read-back: does the system show what a change was meant to do? "Done" means read back, not "HTTP 200".

use super::{
    change::{ChangePlan, Expectation},
    rollout::{Phase, Rollout},
};

/// What a read after the change shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadBack {
    /// The controller has acted as asked.
    Reached,
    /// The object carries the change, the controller has not acted on it.
    AcceptedOnly,
    /// Neither the change nor its effect is visible.
    NotVisible,
    /// Something else is there; the sentence says what.
    Contradicted(String),
}

/// Judges `now` against `plan`. Pure; `now` is a fresh read of the plan's target.
#[must_use]
pub fn judge(plan: &ChangePlan, now: &Rollout) -> ReadBack {
    if now.uid != plan.uid {
        return ReadBack::Contradicted("the object was deleted and made again under the same name".into());
    }
    let same_revision = match (&plan.revision, &now.revision) {
        (Some(then), Some(now)) => then == now.hash.as_str(),
        _ => true,
    };
    match &plan.expectation {
        Expectation::HoldReleased { cause, since, step } => {
            if !same_revision {
                return ReadBack::Contradicted("another revision is being released now".into());
            }
            if now.aborted {
                return ReadBack::Contradicted("it was rolled back meanwhile".into());
            }
            let stands = now.holds.iter().any(|hold| hold.cause == *cause && hold.since == *since);
            let moved = match (step, &now.position) {
                (Some(step), Some(position)) => position.index > *step,
                _ => true,
            };
            // The patch for an undecided analysis moves the step itself: until the controller has spoken its status still
            // says that it waits, with nothing left to wait for.
            let unspoken = now.phase == Phase::Paused && now.holds.is_empty();
            match (stands, moved && !now.unpausing && !unspoken) {
                (false, true) => ReadBack::Reached,
                (false, false) => ReadBack::AcceptedOnly,
                (true, _) => ReadBack::NotVisible,
            }
        }
        Expectation::ManualPause { set } => match (now.is_paused_by_hand() == *set, now.observed) {
            (true, true) => ReadBack::Reached,
            (true, false) => ReadBack::AcceptedOnly,
            (false, _) => ReadBack::NotVisible,
        },
        Expectation::Aborted => {
            if now.phase == Phase::Aborted && now.aborted_at.is_some() {
                ReadBack::Reached
            } else if now.aborted {
                ReadBack::AcceptedOnly
            } else if !same_revision {
                ReadBack::Contradicted("another revision is being released now".into())
            } else if now.is_fully_promoted() {
                ReadBack::Contradicted("it was fully promoted before the roll back arrived".into())
            } else {
                ReadBack::NotVisible
            }
        }
        // The touch itself is the whole effect; what it wakes is judged by the change that waits for it.
        Expectation::Touched { value } if now.nudged.as_deref() == Some(value) => ReadBack::Reached,
        Expectation::Touched { .. } => ReadBack::NotVisible,
    }
}
