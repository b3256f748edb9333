//! The whole of one assessment, and the sum over it: may the stage go on?

use std::sync::Arc;

use super::{
    criterion,
    facts::Facts,
    gates,
    gates::{is_settled, soak_in_words},
    measure::Case,
    questions::{criteria, triggers},
    standing::standing,
};
use crate::domain::{
    evidence::{Assessment, Evaluation, GateState, StageStanding},
    id::TargetId,
    plan::{Early, Plan},
    rollout::Rollout,
    verdict::{Gates, Verdict},
};

/// The plan that judges `target`, the first in order, and the names of others that would, too.
#[must_use]
pub fn plan_of<'a>(plans: &'a [Arc<Plan>], target: &TargetId) -> Option<(&'a Arc<Plan>, Vec<&'a str>)> {
    let mut judging = plans.iter().filter(|plan| plan.judges(target));
    let first = judging.next()?;
    Some((first, judging.map(|plan| plan.id.as_str()).collect()))
}

/// What the plans say of `rollout`; `None` when none names it. Two plans that name it contradict each other until somebody
/// says which one counts, so then nothing goes on.
#[must_use]
pub fn judge(plans: &[Arc<Plan>], rollout: &Rollout, facts: &Facts<'_>) -> Option<Assessment> {
    let (plan, others) = plan_of(plans, &rollout.id)?;
    let mut assessment = assess(plan, rollout, facts);
    if !others.is_empty() {
        let sentence = format!("{} is named by more than one plan: {}, {}", rollout.id.name, plan.id, others.join(", "));
        assessment.advance = Gates::Undecided { sentence };
    }
    Some(assessment)
}

/// All that `plan` says of `rollout` from `facts`.
#[must_use]
pub fn assess(plan: &Plan, rollout: &Rollout, facts: &Facts<'_>) -> Assessment {
    let standing = standing(plan, rollout, facts.passages, facts.now);
    let at = standing.as_ref();
    let case = Case { plan, rollout, standing: at, facts };
    let evaluations: Vec<Evaluation> =
        criteria(plan, rollout, at).into_iter().map(|rule| criterion::evaluate(rule, case)).collect();
    let gates = gates::evaluate(case, &evaluations);
    let triggers = super::triggers::evaluate(triggers(plan, at), case);
    let advance = advance(case, &gates);
    Assessment { target: rollout.id.clone(), plan: plan.id.clone(), standing, evaluations, gates, triggers, advance }
}

/// The sum: every required gate before the next advance lets go on, at least one of them because something passed, and the
/// soak is over.
fn advance(case: Case<'_>, gates: &[GateState]) -> Gates {
    let before: Vec<&GateState> = gates.iter().filter(|gate| gate.required && gate.applies).collect();
    let held: Vec<&&GateState> = before.iter().filter(|gate| !is_settled(gate.verdict)).collect();
    if let Some(gate) = held.iter().find(|gate| fails(gate.verdict)) {
        return Gates::Fail { sentence: in_words(gate, held.len()) };
    }
    if let Some(gate) = held.first() {
        return Gates::Undecided { sentence: in_words(gate, held.len()) };
    }
    if !before.iter().any(|gate| gate.verdict.lets_go_on()) {
        let name = &case.rollout.id.name;
        let sentence = format!("no gate and no criterion of {} was checked for {name} here", case.plan.file_name());
        return Gates::Undecided { sentence };
    }
    let Some(at) = case.standing else { return Gates::Pass { warnings: Vec::new() } };
    match soak(case, at) {
        None => Gates::Pass { warnings: Vec::new() },
        Some((sentence, Early::Refuse)) => Gates::Undecided { sentence },
        Some((sentence, Early::Warn)) => Gates::Pass { warnings: vec![sentence] },
    }
}

/// A reading is there and it is not good enough, which is another thing than not knowing.
fn fails(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::OffTarget | Verdict::Warn)
}

fn in_words(gate: &GateState, held: usize) -> String {
    let more = match held {
        0 | 1 => String::new(),
        2 => "; 1 more gate holds".to_owned(),
        _ => format!("; {} more gates hold", held - 1),
    };
    format!("{}: {}{more}", gate.title, gate.sentence)
}

/// What the soak says against an advance now, and what that means.
fn soak(case: Case<'_>, at: &StageStanding) -> Option<(String, Early)> {
    let stage = case.plan.stages.get(at.stage)?;
    let place = case.place(stage.line);
    let sentence = match at.soak_left {
        Some(left) if left.is_zero() => return None,
        Some(left) => format!("the soak of stage {} is not over: {} left ({place})", at.id, soak_in_words(left)),
        None => {
            format!("since when {} is at stage {} is not known, so neither is the soak ({place})", case.rollout.id.name, at.id)
        }
    };
    Some((sentence, stage.early))
}
