//! Gates: the worst member decides, ordered sets are complete one after the other, and nothing that was not checked counts.

use super::{
    measure::Case,
    questions::{applies, counts},
};
use crate::domain::{
    Timestamp,
    evidence::{Evaluation, GateState, ItemState, StageStanding},
    human::HumanFacts,
    plan::{Gate, Item, Plan, PlanName, Stage},
    quantity::duration_in_words,
    verdict::Verdict,
};

/// How much a verdict holds a gate back, worst first. An absent member holds nothing back.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail => 0,
        Verdict::OffTarget => 1,
        Verdict::NoData => 2,
        Verdict::Stale => 3,
        Verdict::TooFewSamples => 4,
        Verdict::NotDue => 5,
        Verdict::Warn => 6,
        Verdict::Waived => 7,
        Verdict::Pass => 8,
        Verdict::Absent => 9,
    }
}

/// All gates of the plan: what the stage itself asks first, then the plan's own in their order.
pub(super) fn evaluate(case: Case<'_>, evaluations: &[Evaluation]) -> Vec<GateState> {
    let mut states = Vec::new();
    let stage = case.standing.and_then(|at| case.plan.stages.get(at.stage));
    if let Some(stage) = stage.filter(|stage| !stage.criteria.is_empty()) {
        states.push(of_stage(stage, case, evaluations));
    }
    for gate in &case.plan.gates {
        states.push(one(gate, case, evaluations));
    }
    in_order(case.plan, &mut states);
    states
}

/// The exit criteria of the stage, as a gate.
fn of_stage(stage: &Stage, case: Case<'_>, evaluations: &[Evaluation]) -> GateState {
    let members = members(&stage.criteria, evaluations);
    let (verdict, sentence) = worst(&members, &[], evaluations, &stage.criteria);
    GateState {
        id: stage.id.clone(),
        title: format!("stage {}", stage.id),
        set: None,
        required: true,
        applies: true,
        verdict,
        sentence,
        evaluations: members,
        items: Vec::new(),
        place: case.place(stage.line),
    }
}

fn one(gate: &Gate, case: Case<'_>, evaluations: &[Evaluation]) -> GateState {
    let (plan, rollout, standing) = (case.plan, case.rollout, case.standing);
    let items: Vec<ItemState> =
        gate.items.iter().map(|item| self::item(item, plan, case.facts.human, case.facts.now, &case)).collect();
    let counts = counts(gate, plan, rollout, standing);
    let members = if counts { members(&gate.criteria, evaluations) } else { Vec::new() };
    let (verdict, sentence) =
        if counts { worst(&members, &items, evaluations, &gate.criteria) } else { (Verdict::NotDue, not_here(gate, standing)) };
    GateState {
        id: gate.id.clone(),
        title: gate.title.clone(),
        set: gate.set.clone(),
        required: gate.required,
        applies: applies(gate, plan, rollout, standing),
        verdict,
        sentence,
        evaluations: members,
        items,
        place: case.place(gate.line),
    }
}

fn not_here(gate: &Gate, standing: Option<&StageStanding>) -> String {
    let stages: Vec<&str> = gate.stages.iter().map(PlanName::as_str).collect();
    match standing {
        Some(at) if gate.stages.contains(&at.id) => format!("stands before the last step of {}", at.id),
        _ => format!("stands before leaving {}", stages.join(", ")),
    }
}

fn members(wanted: &[PlanName], evaluations: &[Evaluation]) -> Vec<usize> {
    wanted.iter().filter_map(|id| evaluations.iter().position(|evaluation| evaluation.id == *id)).collect()
}

fn item(item: &Item, plan: &Plan, human: &HumanFacts, now: Timestamp, case: &Case<'_>) -> ItemState {
    let tick = human.tick(&plan.id, &item.id).filter(|tick| !tick.evidence.as_str().trim().is_empty());
    let too_old = tick.zip(item.valid_for).is_some_and(|(tick, valid)| (now - tick.at).to_std().is_ok_and(|age| age > valid));
    ItemState {
        id: item.id.clone(),
        title: item.title.clone(),
        owner: item.owner.clone(),
        verdict: match tick {
            None => Verdict::NoData,
            Some(_) if too_old => Verdict::Stale,
            Some(_) => Verdict::Pass,
        },
        who: tick.map(|tick| tick.who.clone()),
        at: tick.map(|tick| tick.at),
        evidence: tick.map(|tick| tick.evidence.clone()),
        place: case.place(item.line),
    }
}

/// The worst member's verdict and what to say of it. `wanted` are the criteria that the gate names: one that was not
/// evaluated is unknown.
fn worst(members: &[usize], items: &[ItemState], evaluations: &[Evaluation], wanted: &[PlanName]) -> (Verdict, String) {
    if wanted.is_empty() && items.is_empty() {
        return (Verdict::NoData, "there is nothing in it, and nothing proves nothing".to_owned());
    }
    let mut all: Vec<(Verdict, String)> = members
        .iter()
        .filter_map(|index| evaluations.get(*index))
        .map(|evaluation| {
            let sentence = format!("{} {} ({})", evaluation.title, evaluation.sentence, evaluation.evidence.place);
            (evaluation.verdict, sentence)
        })
        .collect();
    all.extend(items.iter().map(|item| (item.verdict, item_in_words(item))));
    if let Some(id) = wanted.iter().find(|id| !evaluations.iter().any(|evaluation| evaluation.id == **id)) {
        all.push((Verdict::NoData, format!("{id} is not in the plan")));
    }
    let count = all.len();
    let open = all.iter().filter(|(verdict, _)| !is_settled(*verdict)).count();
    let Some((verdict, sentence)) = all.into_iter().min_by_key(|(verdict, _)| rank(*verdict)) else {
        return (Verdict::NoData, "there is nothing in it, and nothing proves nothing".to_owned());
    };
    let sentence = match (verdict, open) {
        (Verdict::Absent, _) => "nothing of it is there, and need not be".to_owned(),
        (_, 0) => format!("{count} of {count} pass"),
        (_, 1) => sentence,
        (_, open) => format!("{sentence}; {} more open", open - 1),
    };
    (verdict, sentence)
}

/// Whether a member stands in no one's way.
pub(super) fn is_settled(verdict: Verdict) -> bool {
    verdict.lets_go_on() || verdict == Verdict::Absent
}

fn item_in_words(item: &ItemState) -> String {
    let owner = item.owner.as_ref().map(|owner| format!(", owner {owner}")).unwrap_or_default();
    match (item.verdict, item.at) {
        (Verdict::Stale, Some(at)) => {
            format!(
                "\"{}\" was ticked {}, which is too long ago ({}{owner})",
                item.title,
                at.format("%Y-%m-%d %H:%MZ"),
                item.place
            )
        }
        _ => format!("\"{}\" is not ticked ({}{owner})", item.title, item.place),
    }
}

/// A later set cannot be complete while an earlier one is not (AT-17): its gates wait.
fn in_order(plan: &Plan, states: &mut [GateState]) {
    let mut open: Option<&PlanName> = None;
    for set in &plan.sets {
        let mut is_open = false;
        for state in states.iter_mut().filter(|state| state.set.as_ref() == Some(set)) {
            if let Some(earlier) = open
                && is_settled(state.verdict)
            {
                state.sentence = format!("complete by itself; it waits for the set {earlier}, which is not");
                state.verdict = Verdict::NotDue;
            }
            is_open |= state.required && !is_settled(state.verdict);
        }
        if is_open {
            open = open.or(Some(set));
        }
    }
}

/// Words for how long a soak still is.
pub(super) fn soak_in_words(left: std::time::Duration) -> String {
    duration_in_words(super::sound::whole_seconds(left).max(std::time::Duration::from_secs(1)))
}
