//! `plan lint --json` and `plan show --json`.

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use crate::{
    domain::{
        plan::{Criterion, ExpectedAlert, Gate, Item, Plan, ReleaseKind, Stage, Trigger, TriggerAction},
        quantity::Rule,
    },
    plan::{self, PlanErrors, show},
};

/// What is wrong with plans, and what they leave open.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "cutover plan lint --json")]
pub struct PlanLint {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// Every plan can be used.
    pub ok: bool,
    /// False: no source is configured, so their names were not looked at.
    pub sources_checked: bool,
    /// Empty when anything is wrong.
    pub plans: Vec<String>,
    pub problems: Vec<ProblemSeen>,
    pub notes: Vec<NoteSeen>,
}

/// A mistake: the plan is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProblemSeen {
    pub file: String,
    /// From 1; null when the file as a whole is meant.
    pub line: Option<usize>,
    pub what: String,
    pub next: String,
}

/// A remark: the plan is used, with this resolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoteSeen {
    pub file: String,
    pub line: u32,
    pub code: String,
    pub sentence: String,
    pub resolution: String,
}

impl PlanLint {
    #[must_use]
    pub fn of(read: &Result<Vec<Arc<Plan>>, PlanErrors>, any_source: bool) -> Self {
        let mut answer = Self {
            schema: SCHEMA,
            ok: read.is_ok(),
            sources_checked: !any_source,
            plans: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
        };
        match read {
            Ok(plans) => {
                for plan in plans {
                    answer.plans.push(plan.id.to_string());
                    answer.notes.extend(plan::lint(plan).into_iter().map(|note| NoteSeen {
                        file: plan.file.display().to_string(),
                        line: note.line,
                        code: note.code.to_owned(),
                        sentence: note.sentence,
                        resolution: note.resolution,
                    }));
                }
            }
            Err(PlanErrors(errors)) => {
                for error in errors {
                    answer.problems.extend(error.lines().map(|(line, problem)| ProblemSeen {
                        file: error.origin.display().to_string(),
                        line,
                        what: problem.what.clone(),
                        next: problem.next.clone(),
                    }));
                }
            }
        }
        answer
    }
}

/// Plans as they were read.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "cutover plan show --json")]
pub struct PlanShow {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub plans: Vec<PlanSeen>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PlanSeen {
    pub id: String,
    pub title: String,
    pub version: String,
    pub owner: Option<String>,
    pub restates: Option<String>,
    pub file: String,
    pub rollouts: Vec<SubjectSeen>,
    pub stages: Vec<StageSeen>,
    pub criteria: Vec<CriterionSeen>,
    /// In the order in which they have to be complete.
    pub sets: Vec<String>,
    pub gates: Vec<GateSeen>,
    pub triggers: Vec<TriggerSeen>,
    pub alerts: Vec<ExpectedSeen>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SubjectSeen {
    pub rollout: String,
    pub kind: ReleaseKind,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StageSeen {
    pub id: String,
    pub line: u32,
    /// In words: `25 % > 50 % > 100 %`.
    pub measure: String,
    pub weights_pct: Vec<f64>,
    pub min_s: Option<f64>,
    pub max_s: Option<f64>,
    pub soak_s: Option<f64>,
    pub audience: Option<String>,
    pub criteria: Vec<String>,
    pub roll_back_to: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CriterionSeen {
    pub id: String,
    pub line: u32,
    pub title: Option<String>,
    pub source: String,
    pub window_s: Option<f64>,
    pub pass: String,
    pub warn: Option<String>,
    pub fail: Option<String>,
    pub owner: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GateSeen {
    pub id: String,
    pub line: u32,
    pub title: String,
    pub set: Option<String>,
    pub required: bool,
    pub stages: Vec<String>,
    pub criteria: Vec<String>,
    pub items: Vec<ItemSeen>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ItemSeen {
    pub id: String,
    pub line: u32,
    pub title: String,
    pub owner: Option<String>,
    pub valid_for_s: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TriggerSeen {
    pub id: String,
    pub line: u32,
    pub origin: Option<String>,
    pub source: String,
    pub window_s: Option<f64>,
    pub when: String,
    pub action: TriggerAction,
    pub stages: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ExpectedSeen {
    pub name: String,
    pub line: u32,
    pub source: String,
    pub severity: String,
    pub for_s: Option<f64>,
    pub expr: Option<String>,
}

impl PlanShow {
    #[must_use]
    pub fn of(plans: &[&Plan]) -> Self {
        Self { schema: SCHEMA, plans: plans.iter().map(|plan| PlanSeen::from(*plan)).collect() }
    }
}

fn names(names: &[crate::domain::plan::PlanName]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn seconds(duration: Option<Duration>) -> Option<f64> {
    duration.map(|duration| duration.as_secs_f64())
}

fn text(rule: Option<&Rule>) -> Option<String> {
    rule.map(|rule| rule.text.clone())
}

impl From<&Plan> for PlanSeen {
    fn from(plan: &Plan) -> Self {
        let subject = |subject: &crate::domain::plan::Subject| SubjectSeen {
            rollout: subject.rollout.clone(),
            kind: subject.kind,
            line: subject.line,
        };
        Self {
            id: plan.id.to_string(),
            title: plan.title.clone(),
            version: plan.version.clone(),
            owner: plan.owner.clone(),
            restates: plan.restates.clone(),
            file: plan.file.display().to_string(),
            rollouts: plan.subjects.iter().map(subject).collect(),
            stages: plan.stages.iter().map(StageSeen::from).collect(),
            criteria: plan.criteria.iter().map(CriterionSeen::from).collect(),
            sets: names(&plan.sets),
            gates: plan.gates.iter().map(GateSeen::from).collect(),
            triggers: plan.triggers.iter().map(TriggerSeen::from).collect(),
            alerts: plan.alerts.iter().map(ExpectedSeen::from).collect(),
        }
    }
}

impl From<&Stage> for StageSeen {
    fn from(stage: &Stage) -> Self {
        Self {
            id: stage.id.to_string(),
            line: stage.line,
            measure: show::measure(&stage.measure),
            weights_pct: stage.weights.clone(),
            min_s: seconds(stage.min),
            max_s: seconds(stage.max),
            soak_s: seconds(stage.soak),
            audience: stage.audience.clone(),
            criteria: names(&stage.criteria),
            roll_back_to: stage.roll_back_to.clone(),
        }
    }
}

impl From<&Criterion> for CriterionSeen {
    fn from(criterion: &Criterion) -> Self {
        Self {
            id: criterion.id.to_string(),
            line: criterion.line,
            title: criterion.title.clone(),
            source: criterion.gauge.source.to_string(),
            window_s: seconds(criterion.gauge.window),
            pass: criterion.pass.text.clone(),
            warn: text(criterion.warn.as_ref()),
            fail: text(criterion.fail.as_ref()),
            owner: criterion.owner.clone(),
        }
    }
}

impl From<&Gate> for GateSeen {
    fn from(gate: &Gate) -> Self {
        let item = |item: &Item| ItemSeen {
            id: item.id.to_string(),
            line: item.line,
            title: item.title.clone(),
            owner: item.owner.clone(),
            valid_for_s: seconds(item.valid_for),
        };
        Self {
            id: gate.id.to_string(),
            line: gate.line,
            title: gate.title.clone(),
            set: gate.set.as_ref().map(ToString::to_string),
            required: gate.required,
            stages: names(&gate.stages),
            criteria: names(&gate.criteria),
            items: gate.items.iter().map(item).collect(),
        }
    }
}

impl From<&Trigger> for TriggerSeen {
    fn from(trigger: &Trigger) -> Self {
        Self {
            id: trigger.id.to_string(),
            line: trigger.line,
            origin: trigger.origin.clone(),
            source: trigger.gauge.source.to_string(),
            window_s: seconds(trigger.gauge.window),
            when: trigger.when.text.clone(),
            action: trigger.action,
            stages: names(&trigger.stages),
        }
    }
}

impl From<&ExpectedAlert> for ExpectedSeen {
    fn from(alert: &ExpectedAlert) -> Self {
        Self {
            name: alert.name.clone(),
            line: alert.line,
            source: alert.source.to_string(),
            severity: alert.severity.word().to_owned(),
            for_s: seconds(alert.held),
            expr: alert.expr.clone(),
        }
    }
}
