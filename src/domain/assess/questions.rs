//! What a plan asks of its sources about one rollout now.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::fill::{Missing, Variables, fill};
use crate::domain::{
    Timestamp,
    evidence::StageStanding,
    id::SourceId,
    plan::{Baseline, Criterion, Gate, Gauge, GaugeKind, Plan, PlanName, Trigger},
    question::Question,
    rollout::Rollout,
};

/// How many readings of a criterion are shown, and asked for.
pub(super) const HISTORY: u8 = 12;

/// The questions of one gauge, by what they are for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    /// It reads tenants or alerts, which come unasked.
    Nothing,
    Value(Question),
    Ratio {
        bad: Question,
        total: Question,
    },
    Relative {
        value: Question,
        baseline: Option<Question>,
    },
}

/// What a gauge asks about `rollout`.
pub(super) fn of_gauge(gauge: &Gauge, rollout: &Rollout, standing: Option<&StageStanding>) -> Result<Asked, Missing> {
    let variables = Variables { rollout, stage: standing.map(|at| at.id.as_str()), window: gauge.window };
    let sampled = gauge.sampled.as_deref().map(|selector| fill(selector, &variables)).transpose()?;
    let ask = |query: &str, points: u8, at: Option<Timestamp>, sampled: Option<&str>| -> Result<Question, Missing> {
        Ok(Question {
            source: gauge.source.clone(),
            query: fill(query, &variables)?.into(),
            sampled: sampled.map(Arc::from),
            at,
            points,
            step: if points > 1 { gauge.every } else { Duration::ZERO },
        })
    };
    Ok(match &gauge.kind {
        GaugeKind::Value { query } | GaugeKind::Fact { query } => Asked::Value(ask(query, HISTORY, None, sampled.as_deref())?),
        // Where nothing was bad there is no series to be old: the age of a ratio is that of its total.
        GaugeKind::Ratio { bad, total, .. } => {
            Asked::Ratio { bad: ask(bad, HISTORY, None, None)?, total: ask(total, HISTORY, None, sampled.as_deref())? }
        }
        GaugeKind::Relative { query, baseline, .. } => Asked::Relative {
            value: ask(query, HISTORY, None, sampled.as_deref())?,
            baseline: match baseline {
                Baseline::Fixed(_) => None,
                Baseline::StageStart => {
                    let since = standing.and_then(|at| at.since);
                    let since =
                        since.ok_or_else(|| Missing("when the stage began is not known, so there is no baseline".into()))?;
                    Some(ask(query, 1, Some(since), None)?)
                }
                Baseline::Query(query) => Some(ask(query, 1, None, None)?),
            },
        },
        GaugeKind::Tenants { .. } | GaugeKind::Alerts { .. } => Asked::Nothing,
    })
}

/// Whether a gate stands before the next advance.
pub(super) fn applies(gate: &Gate, plan: &Plan, rollout: &Rollout, standing: Option<&StageStanding>) -> bool {
    if gate.stages.is_empty() {
        return true;
    }
    standing.is_some_and(|at| gate.stages.contains(&at.id) && leaves(plan, rollout, at))
}

/// Whether the next advance leaves the stage: its last sub-step is reached, or the control plane goes on past it.
fn leaves(plan: &Plan, rollout: &Rollout, at: &StageStanding) -> bool {
    let Some(stage) = plan.stages.get(at.stage) else { return true };
    let is_last = at.sub_step + 1 >= stage.weights.len();
    is_last
        || rollout
            .next_weight()
            .and_then(|weight| super::standing::rung(plan, f64::from(weight)))
            .is_none_or(|(next, _)| next != at.stage)
}

/// Gates whose criteria count now: those before the next advance, and members of ordered sets, which count for the sets
/// behind them.
pub(super) fn counts(gate: &Gate, plan: &Plan, rollout: &Rollout, standing: Option<&StageStanding>) -> bool {
    gate.set.is_some() || applies(gate, plan, rollout, standing)
}

/// The criteria that count for `rollout` now, of the stage first, then of the gates; each once.
pub(super) fn criteria<'a>(plan: &'a Plan, rollout: &Rollout, standing: Option<&StageStanding>) -> Vec<&'a Criterion> {
    let of_stage = standing.and_then(|at| plan.stages.get(at.stage)).map_or(&[] as &[PlanName], |stage| &stage.criteria);
    let of_gates = plan.gates.iter().filter(|gate| counts(gate, plan, rollout, standing)).flat_map(|gate| &gate.criteria);
    let mut found: Vec<&Criterion> = Vec::new();
    for criterion in of_stage.iter().chain(of_gates).filter_map(|id| plan.criterion(id)) {
        if !found.iter().any(|known| known.id == criterion.id) {
            found.push(criterion);
        }
    }
    found
}

/// The triggers that watch `rollout` where it stands.
pub(super) fn triggers<'a>(plan: &'a Plan, standing: Option<&'a StageStanding>) -> impl Iterator<Item = &'a Trigger> {
    plan.triggers
        .iter()
        .filter(move |trigger| trigger.stages.is_empty() || standing.is_some_and(|at| trigger.stages.contains(&at.id)))
}

/// All that `plan` asks about `rollout` at `now`, each question once. What cannot be asked, because a variable has no value
/// or a measurement is not due, is left out: `assess` says so.
#[must_use]
pub fn questions(plan: &Plan, rollout: &Rollout, standing: Option<&StageStanding>, now: Timestamp) -> Vec<Question> {
    let due = criteria(plan, rollout, standing)
        .into_iter()
        .filter(|criterion| super::criterion::not_due(criterion, standing, now).is_none());
    let gauges = due.map(|criterion| &criterion.gauge).chain(triggers(plan, standing).map(|trigger| &trigger.gauge));
    let mut found: Vec<Question> = Vec::new();
    for gauge in gauges {
        let asked = match of_gauge(gauge, rollout, standing) {
            Ok(Asked::Nothing) | Err(Missing(_)) => continue,
            Ok(Asked::Value(question)) => vec![question],
            Ok(Asked::Ratio { bad, total }) => vec![bad, total],
            Ok(Asked::Relative { value, baseline }) => std::iter::once(value).chain(baseline).collect(),
        };
        for question in asked {
            if !found.contains(&question) {
                found.push(question);
            }
        }
    }
    found
}

/// The sources whose word counts for `rollout` now: those that are asked, and those whose tenants, alerts or rules are read.
#[must_use]
pub fn sources(plan: &Plan, rollout: &Rollout, standing: Option<&StageStanding>) -> BTreeSet<SourceId> {
    let criteria = criteria(plan, rollout, standing).into_iter().map(|criterion| &criterion.gauge);
    let gauges: Vec<&Gauge> = criteria.chain(triggers(plan, standing).map(|trigger| &trigger.gauge)).collect();
    let mut found: BTreeSet<SourceId> = gauges.iter().map(|gauge| gauge.source.clone()).collect();
    if gauges.iter().any(|gauge| matches!(gauge.kind, GaugeKind::Alerts { .. })) {
        found.extend(plan.alerts.iter().map(|expected| expected.source.clone()));
    }
    found
}
