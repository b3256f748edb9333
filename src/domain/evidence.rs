//! What a plan says about one rollout now, with everything that shows why. `assess` makes these values; screens, command
//! line, form and ledger show the same ones.

use std::time::Duration;

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
    /// The trigger that would be proposed: the most severe that matches.
    #[must_use]
    pub fn proposed(&self) -> Option<&TriggerState> {
        self.triggers.iter().filter(|trigger| trigger.matched == Ok(true)).max_by_key(|trigger| trigger.action)
    }
}
