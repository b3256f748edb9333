//! How things stand for one target, from all that the state knows: the context that `permit` judges by.

use std::time::Duration;

use crate::{
    domain::{
        id::TargetId,
        operation::Operation,
        outcome::Outcome,
        permit::{Arming, Context, Mode, Offer, OpenAction, Refusal, RefusalCode, Rights, permit},
        progress::Progress,
        rollout::Rollout,
        text::DisplayText,
    },
    ledger::book::OpenRecord,
};

use super::{
    judging,
    state::{AppState, Running},
};

/// Whether `environment` may be changed from this console.
#[must_use]
pub fn mode(state: &AppState, environment: &str) -> Mode {
    match state.environment(environment) {
        Some(known) if known.read_only && state.welcome.is_some() => {
            Mode::ReadOnly { why: format!("{environment} was connected without a configuration") }
        }
        Some(known) if known.read_only => Mode::ReadOnly { why: format!("environment {environment} is configured read-only") },
        Some(_) => Mode::ReadWrite,
        None => Mode::ReadOnly { why: format!("environment {environment} is not configured") },
    }
}

/// Whether `environment` needs arming, and for how long it is armed.
#[must_use]
pub fn arming(state: &AppState, environment: &str) -> Arming {
    if !state.environment(environment).is_some_and(|known| known.danger) {
        return Arming::NotNeeded;
    }
    let left = state
        .armed
        .iter()
        .filter(|armed| armed.environment == environment)
        .map(|armed| armed.until.saturating_sub(state.since_boot))
        .max()
        .unwrap_or(Duration::ZERO);
    if left.is_zero() { Arming::Disarmed } else { Arming::Armed { left } }
}

/// Name of the environment that `target` lives in; empty when its source is not known.
#[must_use]
pub fn environment_of<'a>(state: &'a AppState, target: &TargetId) -> &'a str {
    state.source(&target.source).map_or("", |source| &source.info.environment)
}

fn open(record: &OpenRecord) -> OpenAction {
    OpenAction { id: record.id.clone(), operation: record.operation, who: record.who.clone(), since: record.since }
}

fn own(state: &AppState, running: &Running) -> OpenAction {
    OpenAction {
        id: running.action.clone(),
        operation: running.operation,
        who: DisplayText::new(&state.user),
        since: running.stages.first().map_or(state.now, |(at, _)| *at),
    }
}

/// The record in doubt for `target`, oldest first.
#[must_use]
pub fn in_doubt<'a>(state: &'a AppState, target: &TargetId) -> Option<&'a OpenRecord> {
    state.book.in_doubt.iter().find(|record| record.target == *target)
}

/// What `permit` is asked with. Rights are not known here: the form asks the system
/// itself, and the plan's sources again.
#[must_use]
pub fn context(state: &AppState, target: &TargetId) -> Context {
    let environment = environment_of(state, target);
    let book = |records: &[OpenRecord]| records.iter().find(|record| record.target == *target).map(open);
    let running = |wanted: fn(&Running) -> bool| {
        state.running.iter().rev().find(|running| running.target == *target && wanted(running)).map(|running| own(state, running))
    };
    Context {
        now: state.now,
        freshness: state.freshness(&target.source),
        mode: mode(state, environment),
        arming: arming(state, environment),
        rights: Rights::NotAsked,
        gates: judging::gates(state, target),
        in_flight: book(&state.book.in_flight).or_else(|| running(is_in_flight)),
        in_doubt: book(&state.book.in_doubt),
        accepted: book(&state.book.accepted),
        ledger_unwritable: state.book.unwritable.clone(),
    }
}

/// Whether `operation` is possible on `target` now, as far as this console knows.
///
/// # Errors
/// The refusal in words.
pub fn offer(state: &AppState, target: &TargetId, operation: Operation) -> Result<Offer, Refusal> {
    match state.rollout(target) {
        Some(rollout) => permit(operation, rollout, &context(state, target)),
        None => Err(Refusal::new(RefusalCode::Gone, format!("{} is gone", target.name))),
    }
}

/// A change of this console whose answer is not here yet. Once it is, only the read-back goes on (up to 30 s), and a roll
/// back, a pause or a nudge must not wait for that: the engine has let go of the target by then, too.
fn is_in_flight(running: &Running) -> bool {
    running.report.is_none() && !is_answered(running)
}

fn is_answered(running: &Running) -> bool {
    running.stages.iter().any(|(_, stage)| matches!(stage, Progress::Answered { .. }))
}

/// The last change of `target` by this console was accepted and its controller has not acted: from 6 s on, or at its end.
#[must_use]
pub fn waits_for_controller(running: &Running) -> bool {
    match &running.report {
        Some(report) => report.outcome == Outcome::Accepted,
        None => running.stages.iter().any(|(_, stage)| matches!(stage, Progress::NotActedOn { .. })),
    }
}

/// How bad a rollout is, 0 = worst. The order of the list and of `.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Concern {
    InDoubt,
    Failing,
    Waiting,
    Unknown,
    RolledBack,
    Moving,
    Quiet,
}

impl Concern {
    /// `.` stops here.
    #[must_use]
    pub fn is_problem(self) -> bool {
        match self {
            Self::InDoubt | Self::Failing | Self::Waiting | Self::Unknown => true,
            Self::RolledBack | Self::Moving | Self::Quiet => false,
        }
    }
}

/// Pods that will not become ready by waiting: pull, crash, schedule. A container that is being made is no trouble.
#[must_use]
pub fn pod_trouble(rollout: &Rollout) -> usize {
    const PASSING: [&str; 7] =
        ["ContainerCreating", "PodInitializing", "Pending", "Terminating", "Running", "NotReady", "ContainersNotReady"];
    rollout.pods.not_ready.as_ref().map_or(0, |pods| pods.iter().filter(|pod| !PASSING.contains(&pod.reason.as_str())).count())
}

/// The concern of a rollout by itself; whether it is in doubt is the book's to say.
#[must_use]
pub fn concern(rollout: &Rollout) -> Concern {
    use crate::domain::rollout::Phase;
    if rollout.invalid || pod_trouble(rollout) > 0 || rollout.phase == Phase::Degraded {
        return Concern::Failing;
    }
    if rollout.needs_person() {
        return Concern::Waiting;
    }
    match rollout.phase {
        Phase::Unknown => Concern::Unknown,
        Phase::Aborted => Concern::RolledBack,
        Phase::Progressing | Phase::Paused => Concern::Moving,
        Phase::Healthy => Concern::Quiet,
        Phase::Degraded => Concern::Failing,
    }
}
