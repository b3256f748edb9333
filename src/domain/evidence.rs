//! What a plan says about one rollout now, with everything that shows why. `assess` makes these values; screens, command
//! line, form and ledger show the same ones.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    id::{SourceId, TargetId},
    plan::{PlanName, TriggerAction},
    quantity::Quantity,
    question::Reason,
    text::DisplayText,
    verdict::{Gates, Verdict},
};

/// Why a verdict is what it is: value, rule, window, samples, age, source, query, place in the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    pub value: Option<Quantity>,
    /// Bad and total events, of a ratio.
    pub events: Option<(f64, f64)>,
    /// Where the true share lies with 95 % confidence (Wilson), of a ratio.
    pub range: Option<(Quantity, Quantity)>,
    /// What a relative criterion compares with.
    pub baseline: Option<Quantity>,
    /// The rule as the plan has it.
    pub rule: String,
    pub window: Option<Duration>,
    /// Age of the newest sample behind the value, at `Evaluation::at`.
    pub age: Option<Duration>,
    pub source: SourceId,
    /// With all variables replaced; of a ratio bad and total, one line each.
    pub query: String,
    /// `athena.toml:88`.
    pub place: String,
    /// The last readings, oldest first, with what the rule says of each; at most 12.
    pub history: Vec<(Timestamp, Option<f64>, Verdict)>,
    pub took: Option<Duration>,
    pub warnings: Vec<DisplayText>,
}

/// One criterion, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    pub id: PlanName,
    /// People's name of it.
    pub title: String,
    pub owner: Option<String>,
    pub verdict: Verdict,
    /// Of a verdict that is none of pass, warn, fail, off target: why.
    pub reason: Option<Reason>,
    /// `1.3 % is not < 1 %`; `no traffic: 0 events in 5m, 3000 needed`.
    pub sentence: String,
    pub evidence: Evidence,
    pub at: Timestamp,
    /// From then on the verdict is stale, whatever it says.
    pub valid_until: Option<Timestamp>,
}

/// One manual item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemState {
    pub id: PlanName,
    pub title: String,
    pub owner: Option<String>,
    /// `pass` when ticked, `no_data` when not, `stale` when the tick is too old.
    pub verdict: Verdict,
    pub who: Option<DisplayText>,
    pub at: Option<Timestamp>,
    pub evidence: Option<DisplayText>,
    pub place: String,
}

/// One gate, judged: the worst of its members decides.
#[derive(Clone, Debug, PartialEq)]
pub struct GateState {
    pub id: PlanName,
    pub title: String,
    pub set: Option<PlanName>,
    pub required: bool,
    /// Whether it stands before the advance that comes next.
    pub applies: bool,
    pub verdict: Verdict,
    /// What holds it, in one sentence.
    pub sentence: String,
    /// Indices into `Assessment::evaluations`.
    pub evaluations: Vec<usize>,
    pub items: Vec<ItemState>,
    pub place: String,
}

/// One trigger, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct TriggerState {
    pub id: PlanName,
    pub action: TriggerAction,
    pub origin: Option<String>,
    /// `Ok(true)` it matches, `Ok(false)` it does not, `Err` it cannot be told.
    pub matched: Result<bool, Reason>,
    /// Since when the readings at hand match without a break.
    pub since: Option<Timestamp>,
    pub sentence: String,
    pub evidence: Evidence,
    /// Share of the limit that is reached, in percent, where the rule has one limit.
    pub of_limit: Option<f64>,
}

/// Where a rollout is on the plan's ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct StageStanding {
    /// Index into `Plan::stages`.
    pub stage: usize,
    pub id: PlanName,
    /// 0-based sub-step within the stage.
    pub sub_step: usize,
    /// When the stage began; `None` when nobody knows.
    pub since: Option<Timestamp>,
    /// When this sub-step began.
    pub sub_step_since: Option<Timestamp>,
    /// What of the soak of this sub-step is left; zero when it is over, `None` when its start is not known.
    pub soak_left: Option<Duration>,
    /// When the soak is over, if nothing stops its clock.
    pub soak_ends: Option<Timestamp>,
    /// The stage has lasted longer than it should.
    pub overdue: bool,
}

/// What a judgement was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgedKind {
    Criterion,
    Item,
    /// `fail` is a match.
    Trigger,
}

/// One judgement as it stood at a decision: enough to know afterwards why a stage was let go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub kind: JudgedKind,
    pub id: String,
    pub verdict: Verdict,
    /// The value in words; of an item who ticked it, with what evidence.
    pub value: Option<String>,
    pub rule: String,
    pub age: Option<Duration>,
    /// `athena.toml:88`.
    pub place: String,
    /// With all variables replaced; empty where nothing was asked.
    pub query: String,
}

/// All that a plan says about one rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    pub target: TargetId,
    pub plan: PlanName,
    /// `None`: the rollout is at no stage of the plan.
    pub standing: Option<StageStanding>,
    /// Every criterion of the plan that counts for this rollout now: of the stage, then of the gates.
    pub evaluations: Vec<Evaluation>,
    pub gates: Vec<GateState>,
    /// The most severe match first.
    pub triggers: Vec<TriggerState>,
    /// What `permit` is asked with.
    pub advance: Gates,
}

impl Assessment {
    /// `advance` as it stands at `now`: a verdict that it rests on may have expired since this assessment was made.
    #[must_use]
    pub fn advance_at(&self, now: Timestamp) -> Gates {
        let Gates::Pass { .. } = &self.advance else { return self.advance.clone() };
        let rests_on = self.gates.iter().filter(|gate| gate.required && gate.applies).flat_map(|gate| &gate.evaluations);
        let expired = rests_on
            .filter_map(|index| self.evaluations.get(*index))
            .find(|evaluation| evaluation.valid_until.is_some_and(|until| until < now));
        match expired {
            Some(evaluation) => Gates::Undecided {
                sentence: format!("{} was not measured again in time ({})", evaluation.title, evaluation.evidence.place),
            },
            None => self.advance.clone(),
        }
    }

    /// Everything that was judged, as a record and a comparison need it: criteria, items of the gates that apply, triggers.
    #[must_use]
    pub fn judged(&self) -> Vec<Judged> {
        let criteria = self.evaluations.iter().map(|evaluation| Judged {
            kind: JudgedKind::Criterion,
            id: evaluation.id.to_string(),
            verdict: evaluation.verdict,
            value: evaluation.evidence.value.map(|value| value.to_string()),
            rule: evaluation.evidence.rule.clone(),
            age: evaluation.evidence.age,
            place: evaluation.evidence.place.clone(),
            query: evaluation.evidence.query.clone(),
        });
        let items = self.gates.iter().filter(|gate| gate.applies).flat_map(|gate| &gate.items).map(|item| Judged {
            kind: JudgedKind::Item,
            id: item.id.to_string(),
            verdict: item.verdict,
            value: item.who.as_ref().zip(item.evidence.as_ref()).map(|(who, evidence)| format!("{who}: {evidence}")),
            rule: "ticked".to_owned(),
            age: None,
            place: item.place.clone(),
            query: String::new(),
        });
        let triggers = self.triggers.iter().map(|trigger| Judged {
            kind: JudgedKind::Trigger,
            id: trigger.id.to_string(),
            verdict: match trigger.matched {
                Ok(true) => Verdict::Fail,
                Ok(false) => Verdict::Pass,
                Err(_) => Verdict::NoData,
            },
            value: trigger.evidence.value.map(|value| value.to_string()),
            rule: trigger.evidence.rule.clone(),
            age: trigger.evidence.age,
            place: trigger.evidence.place.clone(),
            query: trigger.evidence.query.clone(),
        });
        criteria.chain(items).chain(triggers).collect()
    }

    /// The trigger that would be proposed: the most severe that matches.
    #[must_use]
    pub fn proposed(&self) -> Option<&TriggerState> {
        self.triggers.iter().filter(|trigger| trigger.matched == Ok(true)).max_by_key(|trigger| trigger.action)
    }
}
