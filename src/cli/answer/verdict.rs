//! The one sentence over everything: may it go on?

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    gates::{CheckWord, advance},
    moment::{Moment, since},
    status::{RolloutSeen, StatusInput},
};
use crate::domain::{
    Timestamp,
    freshness::Freshness,
    plan::TriggerAction,
    rollout::{Hold, HoldCause, Phase, Rollout, StepKind},
};

/// The closed word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictState {
    Go,
    Hold,
    Stop,
    Unknown,
}

impl VerdictState {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Hold => "hold",
            Self::Stop => "stop",
            Self::Unknown => "unknown",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VerdictItem {
    pub state: VerdictState,
    pub sentence: String,
    /// When the next rollout that moves by itself now is due to wait for a person; null when its steps do not tell.
    pub next_person_at: Option<Moment>,
}

/// The verdict over everything. What a live source calls failed, and a change in doubt, is `stop` even while another
/// source is away; otherwise anything that is not known makes it `unknown`, never `go`.
#[must_use]
pub fn verdict_of(input: &StatusInput) -> VerdictItem {
    let (state, sentence) = decide(input);
    let live = input.rollouts.iter().filter(|seen| is_live(seen, input));
    let next = live.filter_map(|seen| person_wanted_at(&seen.rollout).or_else(|| soaked_at(seen, input))).min();
    VerdictItem { state, sentence, next_person_at: next.map(Moment::from) }
}

/// The verdict over one rollout: its state, and the sentence about it.
#[must_use]
pub fn verdict_of_one(seen: &RolloutSeen, input: &StatusInput) -> (VerdictState, String) {
    let rollout = &*seen.rollout;
    if let Some(open) = input.in_doubt().iter().find(|open| open.target == rollout.id) {
        let sentence = format!("{} of {} is in doubt since {}", open.operation, rollout.id.name, since(open.since, input.now));
        return (VerdictState::Stop, sentence);
    }
    let (state, sentence) = by_plan(seen, input);
    match input.freshness(&rollout.id.source) {
        Freshness::Live => (state, sentence),
        other @ (Freshness::Stale { .. } | Freshness::Lost { .. } | Freshness::Never) => (
            VerdictState::Unknown,
            format!("{}; last known: {sentence}", source_sentence(rollout.id.source.as_str(), &other, input)),
        ),
    }
}

fn decide(input: &StatusInput) -> (VerdictState, String) {
    if input.sources.is_empty() {
        return (VerdictState::Unknown, "no source is configured: try cutover --demo, or --context".to_owned());
    }
    if let Some(open) = input.in_doubt().first() {
        let sentence = format!(
            "{} of {} is in doubt since {}{}: cutover doubt list",
            open.operation,
            open.target.name,
            since(open.since, input.now),
            and_more(input.in_doubt().len()),
        );
        return (VerdictState::Stop, sentence);
    }
    let judged: Vec<(VerdictState, String)> =
        input.rollouts.iter().filter(|seen| is_live(seen, input)).map(|seen| by_plan(seen, input)).collect();
    if let Some(found) = first_of(&judged, VerdictState::Stop) {
        return found;
    }
    if let Err(why) = &input.book {
        return (VerdictState::Unknown, format!("the ledger can not be read, so nobody knows what is in doubt: {why}"));
    }
    let away: Vec<String> = input
        .sources
        .iter()
        .filter_map(|seen| match input.freshness(&seen.id) {
            Freshness::Live => None,
            other @ (Freshness::Stale { .. } | Freshness::Lost { .. } | Freshness::Never) => {
                Some(source_sentence(seen.id.as_str(), &other, input))
            }
        })
        .collect();
    if let Some(first) = away.first() {
        return (VerdictState::Unknown, format!("{first}{}", and_more(away.len())));
    }
    if let Some(found) = first_of(&judged, VerdictState::Unknown).or_else(|| first_of(&judged, VerdictState::Hold)) {
        return found;
    }
    let moving = input.rollouts.iter().filter(|seen| seen.rollout.phase != Phase::Healthy).count();
    let sentence = match (input.rollouts.len(), moving) {
        (0, _) => "nothing is released here".to_owned(),
        (_, 0) => "every rollout is healthy; nothing waits for a person".to_owned(),
        (_, 1) => "1 rollout moves by itself; nothing waits for a person".to_owned(),
        (_, many) => format!("{many} rollouts move by themselves; nothing waits for a person"),
    };
    (VerdictState::Go, sentence)
}

fn is_live(seen: &RolloutSeen, input: &StatusInput) -> bool {
    input.freshness(&seen.rollout.id.source).is_live()
}

fn first_of(judged: &[(VerdictState, String)], state: VerdictState) -> Option<(VerdictState, String)> {
    let mut of_state = judged.iter().filter(|(found, _)| *found == state);
    let (_, first) = of_state.next()?;
    Some((state, format!("{first}{}", and_more(1 + of_state.count()))))
}

fn and_more(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        many => format!("; and {} more", many - 1),
    }
}

fn source_sentence(name: &str, freshness: &Freshness, input: &StatusInput) -> String {
    match freshness {
        Freshness::Live => format!("{name} is live"),
        Freshness::Stale { age } => format!("{name} is stale: its last answer is {} old", super::moment::in_words(*age)),
        Freshness::Lost { since: then, why } => format!("{name} is lost since {}: {why}", since(*then, input.now)),
        Freshness::Never => format!("{name} was never read"),
    }
}

/// What a rollout says by itself, and what its plan adds: a trigger that asks to roll back, and the gates before the advance
/// that a person is waited for.
fn by_plan(seen: &RolloutSeen, input: &StatusInput) -> (VerdictState, String) {
    let rollout = &*seen.rollout;
    let (state, sentence) = of_rollout(rollout, input.now);
    let Some(assessment) = input.assessment(&rollout.id) else { return (state, sentence) };
    if let Some(trigger) = assessment.proposed().filter(|trigger| trigger.action >= TriggerAction::Immediate) {
        let place = &trigger.evidence.place;
        let words =
            format!("{} should be rolled back: trigger {} matches: {} ({place})", rollout.id.name, trigger.id, trigger.sentence);
        return (VerdictState::Stop, words);
    }
    if state != VerdictState::Hold || !rollout.needs_person() || rollout.is_paused_by_hand() {
        return (state, sentence);
    }
    let sentence = match advance(assessment) {
        (CheckWord::Pass, _) => format!("{sentence}; no gate holds it"),
        (CheckWord::Fail, why) => format!("{sentence}, and a gate fails: {why}"),
        (CheckWord::Undecided, why) => format!("{sentence}, and a gate is undecided: {why}"),
        (CheckWord::NoPlan, _) => sentence,
    };
    (state, sentence)
}

/// When the plan's soak of a rollout that waits for a person is over: before that nobody can do anything.
fn soaked_at(seen: &RolloutSeen, input: &StatusInput) -> Option<Timestamp> {
    let standing = input.assessment(&seen.rollout.id)?.standing.as_ref()?;
    let is_soaking = standing.soak_left.is_some_and(|left| !left.is_zero());
    standing.soak_ends.filter(|_| is_soaking && seen.rollout.needs_person())
}

/// What a rollout says by itself, its source being live.
fn of_rollout(rollout: &Rollout, now: Timestamp) -> (VerdictState, String) {
    let name = &rollout.id.name;
    let message = if rollout.message.is_empty() { String::new() } else { format!(": {}", rollout.message) };
    if rollout.invalid {
        return (VerdictState::Stop, format!("{name} has an invalid spec{message}"));
    }
    match rollout.phase {
        Phase::Degraded => return (VerdictState::Stop, format!("{name} is degraded{message}")),
        Phase::Aborted => return (VerdictState::Stop, format!("{name} was rolled back{message}")),
        Phase::Unknown => return (VerdictState::Unknown, format!("the state of {name} is unknown{message}")),
        Phase::Healthy | Phase::Progressing | Phase::Paused => {}
    }
    if let Some(hold) = rollout.holds.iter().find(|hold| hold.needs_person) {
        return (VerdictState::Hold, waits_for_person(rollout, hold, now));
    }
    let stuck = rollout.pods.not_ready.iter().flatten().find(|pod| !is_starting(pod.reason.as_str()));
    if let Some(pod) = stuck.filter(|_| rollout.phase != Phase::Healthy) {
        return (VerdictState::Hold, format!("{name} does not get on: pod {} is not ready: {}", pod.name, pod.reason));
    }
    if let Some(left) = rollout.soak_left(now) {
        return (VerdictState::Go, format!("{name} soaks{}, {} left", place(rollout), super::moment::in_words(left)));
    }
    (VerdictState::Go, format!("{name} is {}{}{message}", rollout.phase.word(), place(rollout)))
}

/// What a pod says while it is on its way. Any other reason holds the rollout until somebody looks.
fn is_starting(reason: &str) -> bool {
    matches!(
        reason,
        "ContainerCreating" | "PodInitializing" | "ContainersNotReady" | "NotReady" | "Starting" | "Pending" | "Terminating" | ""
    )
}

fn waits_for_person(rollout: &Rollout, hold: &Hold, now: Timestamp) -> String {
    let name = &rollout.id.name;
    let place = place(rollout);
    let since = hold.since.map(|then| format!(" since {}", since(then, now))).unwrap_or_default();
    let by_hand = rollout.is_paused_by_hand();
    match hold.cause {
        HoldCause::Manual => format!("{name} is paused by hand{place}{since}"),
        HoldCause::StepPause | HoldCause::TimedPause | HoldCause::BlueGreen | HoldCause::Gate => {
            let pause = if by_hand { ", and is paused by hand" } else { "" };
            format!("{name} waits for you{place}{since}{pause}")
        }
        HoldCause::Inconclusive => format!("{name} waits for you{place}{since}: an analysis could not decide"),
        HoldCause::Abort | HoldCause::Unknown => format!("{name} waits for you{place}{since}: {}", hold.native),
    }
}

/// ` at step 2/6 (25 %)`, as far as it is known.
fn place(rollout: &Rollout) -> String {
    let step = rollout
        .position
        .as_ref()
        .filter(|position| position.index < position.count)
        .map(|position| format!(" at step {}/{}", position.index.saturating_add(1), position.count))
        .unwrap_or_default();
    let weight = rollout.weight.set.map(|weight| format!(" ({weight} %)")).unwrap_or_default();
    format!("{step}{weight}")
}

/// When a rollout that soaks now will first wait for a person, as its steps tell: the end of this soak and of every timed
/// pause up to the first pause without end. `None` when an analysis or the like stands between: nobody knows how long.
fn person_wanted_at(rollout: &Rollout) -> Option<Timestamp> {
    if rollout.needs_person() {
        return None;
    }
    let mut at = rollout.holds.iter().find_map(|hold| hold.until)?;
    let next = usize::try_from(rollout.position.as_ref()?.index).ok()?.checked_add(1)?;
    for step in rollout.steps.get(next..)? {
        match step.kind {
            StepKind::Weight(_) => {}
            StepKind::Pause(Some(span)) => at = at.checked_add_signed(chrono::TimeDelta::from_std(span).ok()?)?,
            StepKind::Pause(None) => return Some(at),
            StepKind::Analysis | StepKind::Experiment | StepKind::Plugin | StepKind::Other => return None,
        }
    }
    None
}

/// Left of the soak, for people.
#[must_use]
pub fn soak_words(rollout: &Rollout, now: Timestamp) -> Option<String> {
    rollout.soak_left(now).filter(|left| *left > Duration::ZERO).map(|left| format!("{} left", super::moment::in_words(left)))
}
