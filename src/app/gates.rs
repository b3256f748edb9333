//! What plans judge, as one list over all rollouts: criteria and manual items, worst first.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    evidence::{Assessment, Evaluation, GateState, ItemState},
    id::TargetId,
    plan::{Plan, PlanName},
    verdict::Verdict,
};

use super::{
    roster::{Order, Roster, fits, terms},
    sort::Sort,
    state::AppState,
};

/// One thing that is judged. A manual item belongs to the plan: it is ticked once for all rollouts that the plan judges.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GateKey {
    Criterion { target: TargetId, id: PlanName },
    Item { plan: PlanName, id: PlanName },
}

/// One row: where its evidence lies.
#[derive(Clone, Debug)]
pub struct Judged {
    pub assessment: Arc<Assessment>,
    pub member: Member,
    /// A required gate that stands before the next advance counts it.
    pub required: bool,
    pub verdict: Verdict,
}

/// Index of a criterion's evaluation; gate and item of a manual item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    Criterion(usize),
    Item { gate: usize, item: usize },
}

impl Judged {
    #[must_use]
    pub fn evaluation(&self) -> Option<&Evaluation> {
        match self.member {
            Member::Criterion(index) => self.assessment.evaluations.get(index),
            Member::Item { .. } => None,
        }
    }

    #[must_use]
    pub fn item(&self) -> Option<&ItemState> {
        match self.member {
            Member::Criterion(_) => None,
            Member::Item { gate, item } => self.assessment.gates.get(gate)?.items.get(item),
        }
    }

    /// The gates that count it.
    pub fn gates(&self) -> impl Iterator<Item = &GateState> {
        self.assessment.gates.iter().enumerate().filter_map(|(at, gate)| {
            let is_in = match self.member {
                Member::Criterion(index) => gate.evaluations.contains(&index),
                Member::Item { gate, .. } => gate == at,
            };
            is_in.then_some(gate)
        })
    }

    /// Name as people say it.
    #[must_use]
    pub fn title(&self) -> &str {
        match self.member {
            Member::Criterion(_) => self.evaluation().map_or("", |evaluation| &evaluation.title),
            Member::Item { .. } => self.item().map_or("", |item| &item.title),
        }
    }
}

/// The list of what is judged.
#[derive(Clone, Debug, Default)]
pub struct GateList {
    pub roster: Roster<GateKey>,
    pub rows: BTreeMap<GateKey, Judged>,
    pub sort: Sort,
    /// The last state of the row under the cursor, for when it vanishes.
    pub last: Option<(GateKey, Judged)>,
    /// The assessments that the rows are made of: while they are the same, the rows are.
    seen: BTreeMap<TargetId, Arc<Assessment>>,
}

/// The verdict at `now`: from its end of validity on it is stale, whatever it says (alerts-and-gates.md 6.4, rule 4).
#[must_use]
pub fn verdict_at(evaluation: &Evaluation, now: Timestamp) -> Verdict {
    match evaluation.verdict {
        decided @ (Verdict::Pass | Verdict::Warn | Verdict::Fail | Verdict::OffTarget) => {
            if evaluation.valid_until.is_some_and(|until| until < now) { Verdict::Stale } else { decided }
        }
        other @ (Verdict::NoData
        | Verdict::TooFewSamples
        | Verdict::Stale
        | Verdict::NotDue
        | Verdict::Waived
        | Verdict::Absent) => other,
    }
}

/// Worst first. What is not due yet, or need not be there, comes last: nobody can do anything about it.
#[must_use]
pub fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail => 0,
        Verdict::OffTarget => 1,
        Verdict::NoData => 2,
        Verdict::Stale => 3,
        Verdict::TooFewSamples => 4,
        Verdict::Warn => 5,
        Verdict::Waived => 6,
        Verdict::Pass => 7,
        Verdict::NotDue => 8,
        Verdict::Absent => 9,
    }
}

/// Whether somebody should look at it.
#[must_use]
pub fn is_problem(verdict: Verdict) -> bool {
    rank(verdict) <= rank(Verdict::Warn)
}

/// Takes the assessments as they are now; nothing to do while they are the same ones.
pub fn refresh(state: &mut AppState) {
    let same = state.gates.seen.len() == state.assessments.len()
        && state.assessments.iter().all(|(target, now)| state.gates.seen.get(target).is_some_and(|then| Arc::ptr_eq(then, now)));
    if !same {
        state.gates.seen = state.assessments.clone();
        state.gates.rows = rows(state);
        arrange(state);
    }
}

fn rows(state: &AppState) -> BTreeMap<GateKey, Judged> {
    let mut rows = BTreeMap::new();
    for assessment in state.assessments.values() {
        let is_required =
            |is_in: &dyn Fn(&GateState) -> bool| assessment.gates.iter().any(|gate| gate.required && gate.applies && is_in(gate));
        for (at, evaluation) in assessment.evaluations.iter().enumerate() {
            rows.insert(
                GateKey::Criterion { target: assessment.target.clone(), id: evaluation.id.clone() },
                Judged {
                    assessment: Arc::clone(assessment),
                    member: Member::Criterion(at),
                    required: is_required(&|gate| gate.evaluations.contains(&at)),
                    verdict: verdict_at(evaluation, state.now),
                },
            );
        }
        for (at, gate) in assessment.gates.iter().enumerate() {
            for (item, its) in gate.items.iter().enumerate() {
                let key = GateKey::Item { plan: assessment.plan.clone(), id: its.id.clone() };
                let member = Member::Item { gate: at, item };
                let required = gate.required && gate.applies;
                // Of the rollouts that the plan judges, one that the item holds back stands for it.
                if rows.get(&key).is_none_or(|row: &Judged| required && !row.required) {
                    rows.insert(key, Judged { assessment: Arc::clone(assessment), member, required, verdict: its.verdict });
                }
            }
        }
    }
    rows
}

/// Filters and sorts anew; the cursor stays on its row.
pub fn arrange(state: &mut AppState) {
    let terms = terms(state.gates.roster.filter.text());
    let mut keys: Vec<(&GateKey, &Judged)> =
        state.gates.rows.iter().filter(|(key, row)| fits(&terms, |word| has(key, row, word))).collect();
    keys.sort_by(|(a, left), (b, right)| {
        let worst = |row: &Judged| (rank(row.verdict), !row.required, matches!(row.member, Member::Item { .. }));
        let own = match state.gates.sort {
            Sort::Name => left.title().cmp(right.title()),
            Sort::Rollout => subject(a).cmp(&subject(b)),
            Sort::Usual | Sort::Newest | Sort::Severity | Sort::Rows | Sort::Slowest => Ordering::Equal,
        };
        own.then_with(|| worst(left).cmp(&worst(right))).then_with(|| a.cmp(b))
    });
    let keys: Vec<GateKey> = keys.into_iter().map(|(key, _)| key.clone()).collect();
    let rows = &state.gates.rows;
    state.gates.roster.arrange(keys, Order::Follows, |key| rows.contains_key(key));
    keep_last(state);
}

/// The rollout that it is judged for; manual items, which are the plan's, come behind all of them.
fn subject(key: &GateKey) -> (bool, Option<&TargetId>) {
    match key {
        GateKey::Criterion { target, .. } => (false, Some(target)),
        GateKey::Item { .. } => (true, None),
    }
}

/// After the cursor moved, or the rows came anew.
pub fn keep_last(state: &mut AppState) {
    let Some(key) = &state.gates.roster.cursor else {
        state.gates.last = None;
        return;
    };
    if let Some(row) = state.gates.rows.get(key) {
        state.gates.last = Some((key.clone(), row.clone()));
    }
}

fn has(key: &GateKey, row: &Judged, word: &str) -> bool {
    if let Some(wanted) = word.strip_prefix("state:") {
        return word_of(row.verdict).to_lowercase() == wanted;
    }
    let subject = match key {
        GateKey::Criterion { target, id } => format!("{target} {id}"),
        GateKey::Item { plan, id } => format!("{plan} {id} manual"),
    };
    let word_of = word_of(row.verdict);
    format!("{subject} {} {word_of} {}", row.title(), row.assessment.plan).to_lowercase().contains(word)
}

/// The row of a key; of one that is gone, its last state.
#[must_use]
pub fn find<'a>(state: &'a AppState, key: &GateKey) -> Option<&'a Judged> {
    let last = || state.gates.last.as_ref().filter(|(last, _)| last == key).map(|(_, row)| row);
    state.gates.rows.get(key).or_else(last)
}

/// The plan that judges `target`.
#[must_use]
pub fn plan_of<'a>(state: &'a AppState, assessment: &Assessment) -> Option<&'a Arc<Plan>> {
    state.plans.iter().find(|plan| plan.id == assessment.plan)
}

/// The word of a verdict, as short as a column needs it; no two are the same.
#[must_use]
pub fn word_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Warn => "WARN",
        Verdict::Fail => "FAIL",
        Verdict::OffTarget => "OFF",
        Verdict::NoData => "NODATA",
        Verdict::TooFewSamples => "FEW",
        Verdict::Stale => "STALE",
        Verdict::NotDue => "NOTDUE",
        Verdict::Waived => "WAIVED",
        Verdict::Absent => "ABSENT",
    }
}
