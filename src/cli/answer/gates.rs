//! `gates check --json`: what the plans say, gate by gate, and the shape of a gate wherever it is shown.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    moment::{Moment, seconds},
    status::StatusInput,
};
use crate::domain::{
    evidence::{Assessment, Evaluation, GateState, ItemState},
    plan::Plan,
    question::Reason,
    verdict::{Gates, Verdict},
};

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "cutover gates check --json")]
pub struct GatesCheck {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub at: Moment,
    pub verdict: CheckWord,
    pub sentence: String,
    pub rollouts: Vec<JudgedItem>,
    pub gates: Vec<GateItem>,
}

/// What a check of gates says. Anything but `pass` is no reason to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckWord {
    Pass,
    /// No plan judges what was asked about.
    NoPlan,
    Undecided,
    Fail,
}

impl CheckWord {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::NoPlan => "no plan",
            Self::Undecided => "undecided",
            Self::Fail => "fail",
        }
    }

    /// What a verdict means for whoever asks whether to go on.
    #[must_use]
    pub fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass | Verdict::Waived => Self::Pass,
            // A reading is there and it is not good enough, which is another thing than not knowing.
            Verdict::Fail | Verdict::OffTarget | Verdict::Warn => Self::Fail,
            Verdict::NoData | Verdict::TooFewSamples | Verdict::Stale | Verdict::NotDue | Verdict::Absent => Self::Undecided,
        }
    }
}

/// One rollout that a plan judges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JudgedItem {
    pub id: String,
    pub plan: String,
    /// The plan's stage that it is in; null when it is at none.
    pub stage: Option<String>,
    pub verdict: CheckWord,
    pub sentence: String,
}

/// Where a rollout is on the plan's ladder. Never a control plane's step.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StageItem {
    pub plan: String,
    pub id: String,
    /// 0-based; people see index + 1.
    pub index: usize,
    /// How many stages the plan has; null when the plan is not known here.
    pub count: Option<usize>,
    /// 0-based.
    pub sub_step: usize,
    pub since: Option<Moment>,
    pub sub_step_since: Option<Moment>,
    /// Null: nobody knows when it began.
    pub soak_left_s: Option<f64>,
    pub soak_ends_at: Option<Moment>,
    pub overdue: bool,
    /// What the plan says about the advance that comes next.
    pub verdict: CheckWord,
    pub sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    Gate,
    Criterion,
    /// What a person ticks.
    Item,
}

/// One gate, criterion or manual item, as the plan judges it for one rollout. What a kind does not have is null.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GateItem {
    /// `<rollout's name>/<gate or criterion>`, of an item `<rollout's name>/<gate>/<item>`.
    pub id: String,
    pub kind: GateKind,
    /// Whole identifier of the rollout.
    pub rollout: String,
    pub plan: String,
    pub title: String,
    pub owner: Option<String>,
    /// The next advance waits for it.
    pub required: bool,
    pub verdict: Verdict,
    /// Of a verdict that is none of pass, warn, fail, off target.
    pub reason: Option<Reason>,
    pub value: Option<f64>,
    pub unit: Option<String>,
    pub rule: Option<String>,
    pub window_s: Option<f64>,
    /// Events behind the value, of a ratio.
    pub samples: Option<f64>,
    /// Age of the newest sample now.
    pub age_s: Option<f64>,
    pub source: Option<String>,
    pub query: Option<String>,
    pub valid_until: Option<Moment>,
    /// File and line of the plan.
    pub place: String,
    /// What holds it or lets it go, in one sentence.
    pub why: String,
    /// Of a gate: what it is made of.
    pub members: Option<Vec<String>>,
    /// Of a ticked item: what shows it, who said so, when.
    pub evidence: Option<String>,
    pub who: Option<String>,
    pub at: Option<Moment>,
}

/// The plan's word on the advance that comes next: a word and a sentence.
#[must_use]
pub fn advance(assessment: &Assessment) -> (CheckWord, String) {
    match &assessment.advance {
        Gates::NoPlan => (CheckWord::NoPlan, "no plan judges this".to_owned()),
        Gates::Pass { .. } => (CheckWord::Pass, "every required gate passes".to_owned()),
        Gates::Fail { sentence } => (CheckWord::Fail, sentence.clone()),
        Gates::Undecided { sentence } => (CheckWord::Undecided, sentence.clone()),
    }
}

/// The stage of an assessed rollout; `None` when it is at none.
#[must_use]
pub fn stage(assessment: &Assessment, plan: Option<&Plan>) -> Option<StageItem> {
    let standing = assessment.standing.as_ref()?;
    let (verdict, sentence) = advance(assessment);
    Some(StageItem {
        plan: assessment.plan.to_string(),
        id: standing.id.to_string(),
        index: standing.stage,
        count: plan.map(|plan| plan.stages.len()),
        sub_step: standing.sub_step,
        since: standing.since.map(Moment::from),
        sub_step_since: standing.sub_step_since.map(Moment::from),
        soak_left_s: standing.soak_left.map(seconds),
        soak_ends_at: standing.soak_ends.map(Moment::from),
        overdue: standing.overdue,
        verdict,
        sentence,
    })
}

/// Everything that the plans judge, in the order of rollouts; of each its gates, their items, its criteria.
#[must_use]
pub fn items(input: &StatusInput) -> Option<Vec<GateItem>> {
    if input.assessments.is_empty() {
        return None;
    }
    Some(input.assessments.iter().flat_map(|assessment| items_of(assessment, input)).collect())
}

/// Everything that the plan judges about one rollout.
#[must_use]
pub fn items_of(assessment: &Assessment, input: &StatusInput) -> Vec<GateItem> {
    let mut items = Vec::new();
    for gate in &assessment.gates {
        items.push(of_gate(assessment, gate));
        items.extend(gate.items.iter().map(|item| of_item(assessment, gate, item)));
    }
    for (index, evaluation) in assessment.evaluations.iter().enumerate() {
        let mut holders = assessment.gates.iter().filter(|gate| gate.evaluations.contains(&index)).peekable();
        // A criterion that is in no gate is one of the stage's own: all of those are required.
        let required = holders.peek().is_none() || holders.any(|gate| gate.required && gate.applies);
        items.push(of_criterion(assessment, evaluation, required, input));
    }
    items
}

fn bare(assessment: &Assessment, id: &str, kind: GateKind, verdict: Verdict, place: &str, why: String) -> GateItem {
    GateItem {
        id: format!("{}/{id}", assessment.target.name),
        kind,
        rollout: assessment.target.to_string(),
        plan: assessment.plan.to_string(),
        title: String::new(),
        owner: None,
        required: false,
        verdict,
        reason: None,
        value: None,
        unit: None,
        rule: None,
        window_s: None,
        samples: None,
        age_s: None,
        source: None,
        query: None,
        valid_until: None,
        place: place.to_owned(),
        why,
        members: None,
        evidence: None,
        who: None,
        at: None,
    }
}

fn of_gate(assessment: &Assessment, gate: &GateState) -> GateItem {
    let name = &assessment.target.name;
    let criteria = gate.evaluations.iter().filter_map(|index| assessment.evaluations.get(*index));
    let mut members: Vec<String> = criteria.map(|evaluation| format!("{name}/{}", evaluation.id)).collect();
    members.extend(gate.items.iter().map(|item| format!("{name}/{}/{}", gate.id, item.id)));
    GateItem {
        title: gate.title.clone(),
        required: gate.required && gate.applies,
        members: Some(members),
        ..bare(assessment, gate.id.as_str(), GateKind::Gate, gate.verdict, &gate.place, gate.sentence.clone())
    }
}

fn of_item(assessment: &Assessment, gate: &GateState, item: &ItemState) -> GateItem {
    let why = match (item.verdict, &item.who) {
        (Verdict::Stale, _) => "its tick is too old: see to it again".to_owned(),
        (_, Some(who)) => format!("ticked by {who}"),
        (_, None) => format!("not ticked: cutover tick {}/{} --evidence ...", assessment.plan, item.id),
    };
    GateItem {
        title: item.title.clone(),
        owner: item.owner.clone(),
        required: gate.required && gate.applies,
        evidence: item.evidence.as_ref().map(ToString::to_string),
        who: item.who.as_ref().map(ToString::to_string),
        at: item.at.map(Moment::from),
        ..bare(assessment, &format!("{}/{}", gate.id, item.id), GateKind::Item, item.verdict, &item.place, why)
    }
}

fn of_criterion(assessment: &Assessment, evaluation: &Evaluation, required: bool, input: &StatusInput) -> GateItem {
    let evidence = &evaluation.evidence;
    // The age counts on from the moment of the judgement.
    let since = (input.now - evaluation.at).to_std().unwrap_or_default();
    GateItem {
        title: evaluation.title.clone(),
        owner: evaluation.owner.clone(),
        required,
        reason: evaluation.reason,
        value: evidence.value.map(|value| value.value).filter(|value| value.is_finite()),
        unit: evidence.value.map(|value| value.unit.word().to_owned()),
        rule: Some(evidence.rule.clone()),
        window_s: evidence.window.map(seconds),
        samples: evidence.events.map(|(_, total)| total).filter(|total| total.is_finite()),
        age_s: evidence.age.map(|age| seconds(age + since)),
        source: Some(evidence.source.to_string()),
        query: Some(evidence.query.clone()),
        valid_until: evaluation.valid_until.map(Moment::from),
        ..bare(
            assessment,
            evaluation.id.as_str(),
            GateKind::Criterion,
            evaluation.verdict,
            &evidence.place,
            evaluation.sentence.clone(),
        )
    }
}

/// The verdict's word, as it is in JSON.
#[must_use]
pub fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
        Verdict::OffTarget => "off_target",
        Verdict::NoData => "no_data",
        Verdict::TooFewSamples => "too_few_samples",
        Verdict::Stale => "stale",
        Verdict::NotDue => "not_due",
        Verdict::Waived => "waived",
        Verdict::Absent => "absent",
    }
}
