//! The plans' word on every rollout that one of them names, kept up to date from what arrived; and what the sources have to
//! be asked for it. Work is bound to what a plan names: rollouts without one cost a comparison when they change.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;

use crate::domain::{
    Timestamp,
    assess::{self, Facts, SourceFacts},
    evidence::{Assessment, TriggerState},
    id::{SourceId, TargetId},
    plan::{PlanName, TriggerAction},
    question::{Question, Questions, Reading},
    rollout::Rollout,
    source::SourceUpdate,
    verdict::Gates,
};

use super::{
    effect::Effect,
    state::{AppState, SourceState},
    update::{bell, say},
};

/// Longest time between two judgements while nothing is told that they rest on (performance.md P14). What time alone turns is
/// judged when it turns, and screens count ages on by themselves.
const EVERY: Duration = Duration::from_secs(5);

/// What is known of the judging itself.
#[derive(Clone, Debug, Default)]
pub struct Judging {
    /// Rollouts that a plan names, as of the newest list.
    named: Vec<TargetId>,
    /// What the sources are asked.
    asked: Questions,
    /// Triggers that match, so that each rings once: one that can not be told for a while has not ended by that.
    matched: HashSet<(TargetId, PlanName)>,
    /// When all was judged last, since boot.
    judged: Option<Duration>,
    /// When the next verdict expires or the next soak ends.
    turns: Option<Timestamp>,
}

impl Judging {
    /// What the sources are asked now.
    #[must_use]
    pub fn asked(&self) -> &Questions {
        &self.asked
    }
}

/// Whether an update says anything that a judgement could rest on, and that a picture would show. Asked before it is taken
/// in: a reading that says the same as the last one waits for the next tick of the clock, which counts its age.
#[must_use]
pub fn is_news(state: &AppState, update: &SourceUpdate) -> bool {
    match update {
        SourceUpdate::Rollouts { .. } => true,
        SourceUpdate::Health { source, health } => state.source(source).is_some_and(|known| {
            let after = health.freshness(state.since_boot, known.info.stale_after);
            after.word() != known.freshness(state.since_boot).word()
        }),
        // What is told again comes as the same value: comparing tens of thousands of them is not for the drawing path.
        SourceUpdate::Alerts(feed) => {
            let same = |known: &Arc<_>| Arc::ptr_eq(known, feed);
            state.source(&feed.source).is_some_and(|known| !known.alerts.as_ref().is_some_and(same))
        }
        SourceUpdate::Tenants(table) => {
            let same = |known: &Arc<_>| Arc::ptr_eq(known, table);
            state.source(&table.source).is_some_and(|known| !known.tenants.as_ref().is_some_and(same))
        }
        SourceUpdate::Readings { source, readings } => state.source(source).is_some_and(|known| {
            known.readings.len() != readings.len()
                || readings.iter().any(|reading| !says_the_same(known.readings.get(&reading.question), reading))
        }),
    }
}

fn says_the_same(known: Option<&Arc<Reading>>, reading: &Reading) -> bool {
    known.is_some_and(|known| match (&known.answer, &reading.answer) {
        (Ok(known), Ok(answer)) => known.value == answer.value && known.warnings == answer.warnings,
        (Err(known), Err(answer)) => known == answer,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    })
}

/// Rollouts came, went or changed their names: which of them a plan names.
pub fn name(state: &mut AppState) {
    if state.plans.is_empty() {
        return;
    }
    let all = state.sources.iter().flat_map(|source| source.rollouts.iter());
    let named: Vec<TargetId> =
        all.filter(|rollout| assess::plan_of(&state.plans, &rollout.id).is_some()).map(|rollout| rollout.id.clone()).collect();
    let kept: HashSet<&TargetId> = named.iter().collect();
    state.assessments.retain(|target, _| kept.contains(target));
    state.judging.matched.retain(|(target, _)| kept.contains(target));
    state.judging.named = named;
}

/// The rollouts that plans name, as they are now: a list in which only others changed needs no judgement.
pub fn judged(state: &AppState) -> Vec<Arc<Rollout>> {
    state.judging.named.iter().filter_map(|target| state.rollout(target)).cloned().collect()
}

/// The clock ticked: judges where it is time to.
pub fn tick(state: &mut AppState) -> Vec<Effect> {
    let Judging { judged, turns, .. } = state.judging;
    let now = state.since_boot;
    // From the same moment on a source counts as stale in whatever rests on it.
    let went_stale =
        |source: &SourceState, judged: Duration| source.freshness(judged).is_live() && !source.freshness(now).is_live();
    let is_due = turns.is_some_and(|at| at <= state.now)
        || judged.is_none_or(|judged| {
            now.saturating_sub(judged) >= EVERY || state.sources.iter().any(|source| went_stale(source, judged))
        });
    if is_due { judge(state) } else { Vec::new() }
}

/// Judges every named rollout anew from what the state holds. Says and rings what newly matches, and asks what is newly to
/// be asked.
pub fn judge(state: &mut AppState) -> Vec<Effect> {
    if state.judging.named.is_empty() && state.judging.asked.is_empty() {
        return Vec::new();
    }
    let (assessments, questions) = assessed(state);
    state.judging.judged = Some(state.since_boot);
    state.judging.turns = assessments.iter().flat_map(turns).filter(|at| *at > state.now).min();
    let mut effects = Vec::new();
    for assessment in assessments {
        effects.extend(triggered(state, &assessment));
        state.assessments.insert(assessment.target.clone(), Arc::new(assessment));
    }
    if state.judging.asked.iter().map(AsRef::as_ref).ne(&questions) {
        // An unchanged question keeps its place in memory: answers are found by it.
        let asked: Questions = questions.into_iter().map(Arc::new).collect();
        state.judging.asked = Arc::clone(&asked);
        effects.push(Effect::Ask(asked));
    }
    effects
}

/// The moments at which time alone changes what `assessment` says.
fn turns(assessment: &Assessment) -> impl Iterator<Item = Timestamp> {
    let ends = assessment.evaluations.iter().filter_map(|evaluation| evaluation.valid_until);
    // At its last moment a verdict is still worth something.
    let ends = ends.filter_map(|end| end.checked_add_signed(TimeDelta::milliseconds(1)));
    ends.chain(assessment.standing.as_ref().and_then(|standing| standing.soak_ends))
}

fn assessed(state: &AppState) -> (Vec<Assessment>, Vec<Question>) {
    let facts = facts(state);
    let mut assessments = Vec::with_capacity(state.judging.named.len());
    let mut questions: Vec<Question> = Vec::new();
    let mut seen: HashSet<Question> = HashSet::new();
    for rollout in state.judging.named.iter().filter_map(|target| state.rollout(target)) {
        let Some((plan, _)) = assess::plan_of(&state.plans, &rollout.id) else { continue };
        let Some(assessment) = assess::judge(&state.plans, rollout, &facts) else { continue };
        for question in assess::questions(plan, rollout, assessment.standing.as_ref(), state.now) {
            if seen.insert(question.clone()) {
                questions.push(question);
            }
        }
        assessments.push(assessment);
    }
    (assessments, questions)
}

fn facts(state: &AppState) -> Facts<'_> {
    let sources: HashMap<SourceId, SourceFacts<'_>> = state
        .sources
        .iter()
        .map(|known| {
            // While a round is under way its beginning is judged, as old as it is.
            let under_way = known.tenants.as_ref().is_some_and(|table| !table.is_whole());
            let whole = known.whole.as_ref().filter(|_| under_way);
            let facts = SourceFacts {
                freshness: known.freshness(state.since_boot),
                age: match whole {
                    Some((_, at)) => Some(state.since_boot.saturating_sub(*at)),
                    None => known.health.age(state.since_boot),
                },
                readings: &known.readings,
                alerts: known.alerts.as_deref(),
                tenants: whole.map(|(table, _)| &**table).or(known.tenants.as_deref()),
            };
            (known.info.id.clone(), facts)
        })
        .collect();
    Facts { now: state.now, since_boot: state.since_boot, sources, human: &state.book.human, passages: &state.book.passages }
}

/// Says each trigger that matches since this assessment, and rings for those that ask for a roll back.
fn triggered(state: &mut AppState, assessment: &Assessment) -> Vec<Effect> {
    let mut effects = Vec::new();
    for trigger in &assessment.triggers {
        let key = (assessment.target.clone(), trigger.id.clone());
        match trigger.matched {
            Err(_) => {}
            Ok(false) => _ = state.judging.matched.remove(&key),
            Ok(true) => {
                if !state.judging.matched.insert(key) {
                    continue;
                }
                let what = match trigger.action {
                    TriggerAction::Notify => "notice",
                    TriggerAction::Gradual => "a gradual roll back",
                    TriggerAction::Immediate => "an immediate roll back",
                    TriggerAction::Emergency => "an EMERGENCY roll back",
                };
                let name = &assessment.target.name;
                let text = format!("{} proposes {what} of {name}: {} ({})", trigger.id, trigger.sentence, trigger.evidence.place);
                say(state, text, trigger.action >= TriggerAction::Immediate);
                if trigger.action > TriggerAction::Notify {
                    effects.extend(bell(state));
                }
            }
        }
    }
    effects
}

/// What the plans say about advancing `rollout`, at the state's clock.
#[must_use]
pub fn gates(state: &AppState, rollout: &TargetId) -> Gates {
    match state.assessments.get(rollout) {
        Some(assessment) => assessment.advance_at(state.now),
        None => match assess::plan_of(&state.plans, rollout) {
            Some((plan, _)) => {
                Gates::Undecided { sentence: format!("{} has not judged {} so far", plan.file_name(), rollout.name) }
            }
            None => Gates::NoPlan,
        },
    }
}

/// The trigger to speak of first: the most severe that matches, of all rollouts; of equals the one that began first.
#[must_use]
pub fn proposed(state: &AppState) -> Option<(&Arc<Assessment>, &TriggerState)> {
    let all = state.judging.named.iter().filter_map(|target| state.assessments.get(target));
    all.filter_map(|assessment| assessment.proposed().map(|trigger| (assessment, trigger)))
        .min_by_key(|(_, trigger)| (std::cmp::Reverse(trigger.action), trigger.since))
}

/// The first named rollout that waits for an advance, and that its plan holds back in such a way.
#[must_use]
pub fn held(state: &AppState, wanted: impl Fn(&Gates) -> bool) -> Option<(&Arc<Rollout>, Gates)> {
    let named = state.judging.named.iter().filter_map(|target| state.rollout(target));
    named
        .filter(|rollout| rollout.step_hold().is_some())
        .map(|rollout| (rollout, gates(state, &rollout.id)))
        .find(|(_, gates)| wanted(gates))
}
