//! `status --json`: one look at everything.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    SCHEMA,
    alerts::{self, AlertItem},
    doubt::OpenItem,
    gates::{self, GateItem, StageItem},
    moment::{Moment, seconds},
    tenants::{self, TenantSum},
    verdict::{VerdictItem, verdict_of},
};
use crate::{
    config::settings::Environment,
    domain::{
        freshness::{Freshness, FreshnessWord},
        operation::Operation,
        permit::{Offer, Refusal},
        rollout::{HoldCause, Phase, Revision, Rollout, Weight},
    },
    ledger::book::{Book, OpenRecord},
};

pub use super::seen::{RolloutSeen, SourceSeen, StatusInput};

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "cutover status --json")]
pub struct Status {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub at: Moment,
    /// The environment, when exactly one is configured; else null, see `environments`.
    pub environment: Option<EnvironmentItem>,
    pub environments: Vec<EnvironmentItem>,
    pub verdict: VerdictItem,
    pub sources: Vec<SourceItem>,
    pub rollouts: Vec<RolloutItem>,
    /// Worst first. Null: no source of alerts told any list.
    pub alerts: Option<Vec<AlertItem>>,
    /// Null: no plan names any rollout.
    pub gates: Option<Vec<GateItem>>,
    /// Null: no source told its tenants.
    pub tenants: Option<TenantSum>,
    /// Changes that may have happened or not; they lock advance and resume on their target. Null: the ledger can not be read.
    pub actions_in_doubt: Option<Vec<OpenItem>>,
    /// Changes that somebody has under way.
    pub actions_in_flight: Option<Vec<OpenItem>>,
    /// Changes that the system accepted and its controller has not acted on.
    pub actions_accepted: Option<Vec<OpenItem>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EnvironmentItem {
    pub name: String,
    pub danger: bool,
    pub mode: ModeWord,
}

/// Whether this console may change anything there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModeWord {
    ReadOnly,
    ReadWrite,
}

impl ModeWord {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::ReadWrite => "read-write",
        }
    }
}

impl From<&Environment> for EnvironmentItem {
    fn from(value: &Environment) -> Self {
        Self {
            name: value.name.clone(),
            danger: value.danger,
            mode: if value.read_only { ModeWord::ReadOnly } else { ModeWord::ReadWrite },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SourceItem {
    pub name: String,
    pub kind: String,
    pub environment: String,
    pub freshness: FreshnessWord,
    /// Since the last good answer.
    pub age_s: Option<f64>,
    pub latency_s: Option<f64>,
    /// Why the last attempt failed; null while attempts succeed.
    pub error: Option<String>,
    /// Until the next attempt.
    pub next_read_s: Option<f64>,
    /// What this access may not read; it is unknown, the rest is as fresh as stated.
    pub partial: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RolloutItem {
    /// `<source>/<namespace>/<name>`.
    pub id: String,
    pub source: String,
    pub kind: String,
    pub phase: Phase,
    /// The system's own word.
    pub message: String,
    pub freshness: FreshnessWord,
    pub age_s: Option<f64>,
    pub step: Option<StepItem>,
    /// A release plan's stage; null where no plan names the rollout.
    pub stage: Option<StageItem>,
    pub weight: Weight,
    pub holds: Vec<HoldItem>,
    pub pods: PodsItem,
    pub revision: Option<RevisionItem>,
    pub stable: Option<RevisionItem>,
    pub aborted: bool,
    /// The tool that owns the object and may put changes back.
    pub owner: Option<OwnerItem>,
    pub operations: Vec<OperationItem>,
}

/// The control plane's own step, 0-based; people see index + 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepItem {
    pub index: u32,
    pub count: u32,
    /// Null past the last step.
    pub name: Option<String>,
    pub entered_at: Option<Moment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HoldItem {
    pub cause: HoldCause,
    pub since: Option<Moment>,
    /// When it ends by itself; null when it does not.
    pub until: Option<Moment>,
    pub needs_person: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PodsItem {
    pub desired: Option<u32>,
    pub ready: Option<u32>,
    /// Null when pods could not be read.
    pub not_ready: Option<Vec<PodItem>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PodItem {
    pub name: String,
    pub reason: String,
    pub message: String,
    pub since: Option<Moment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RevisionItem {
    pub number: Option<u64>,
    pub hash: String,
    pub images: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OwnerItem {
    /// `argocd`, `flux` or `helm`.
    pub kind: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OperationItem {
    pub verb: Operation,
    pub possible: bool,
    pub refusal: Option<Refusal>,
}

impl From<&Revision> for RevisionItem {
    fn from(value: &Revision) -> Self {
        Self {
            number: value.number,
            hash: value.hash.to_string(),
            images: value.images.iter().map(ToString::to_string).collect(),
        }
    }
}

pub(super) fn source_item(seen: &SourceSeen, since_boot: Duration) -> SourceItem {
    let health = &seen.health;
    SourceItem {
        name: seen.id.to_string(),
        kind: seen.kind.to_owned(),
        environment: seen.environment.clone(),
        freshness: FreshnessWord::from(&health.freshness(since_boot, seen.stale_after)),
        age_s: health.age(since_boot).map(seconds),
        latency_s: health.latency.map(seconds),
        error: health.failure.as_ref().map(|failure| failure.why.to_string()),
        next_read_s: health.next_read.map(|at| seconds(at.saturating_sub(since_boot))),
        partial: health.partial.iter().map(ToString::to_string).collect(),
    }
}

impl RolloutItem {
    /// One rollout as one look saw it, with the plan's stage.
    #[must_use]
    pub fn seen(seen: &RolloutSeen, input: &StatusInput) -> Self {
        let id = &seen.rollout.id;
        let item = Self::new(&seen.rollout, &input.freshness(&id.source), input.age(&id.source), &seen.operations);
        let stage = input.assessment(id).and_then(|assessment| gates::stage(assessment, input.plan(assessment)));
        Self { stage, ..item }
    }

    /// One rollout as the contract shows it, by whoever saw it (the console copies it, too).
    #[must_use]
    pub fn new(
        rollout: &Rollout,
        freshness: &Freshness,
        age: Option<Duration>,
        operations: &[(Operation, Result<Offer, Refusal>)],
    ) -> Self {
        Self {
            id: rollout.id.to_string(),
            source: rollout.id.source.to_string(),
            kind: rollout.kind.to_owned(),
            phase: rollout.phase,
            message: rollout.message.to_string(),
            freshness: FreshnessWord::from(freshness),
            age_s: age.map(seconds),
            step: rollout.position.as_ref().map(|position| StepItem {
                index: position.index,
                count: position.count,
                name: usize::try_from(position.index)
                    .ok()
                    .and_then(|index| rollout.steps.get(index))
                    .map(|step| step.label.to_string()),
                entered_at: position.entered_at.map(Moment::from),
            }),
            stage: None,
            weight: rollout.weight,
            holds: rollout
                .holds
                .iter()
                .map(|hold| HoldItem {
                    cause: hold.cause,
                    since: hold.since.map(Moment::from),
                    until: hold.until.map(Moment::from),
                    needs_person: hold.needs_person,
                })
                .collect(),
            pods: PodsItem {
                desired: rollout.pods.desired,
                ready: rollout.pods.ready,
                not_ready: rollout.pods.not_ready.as_ref().map(|pods| {
                    pods.iter()
                        .map(|pod| PodItem {
                            name: pod.name.to_string(),
                            reason: pod.reason.to_string(),
                            message: pod.message.to_string(),
                            since: pod.since.map(Moment::from),
                        })
                        .collect()
                }),
            },
            revision: rollout.revision.as_ref().map(RevisionItem::from),
            stable: rollout.stable.as_ref().map(RevisionItem::from),
            aborted: rollout.aborted,
            owner: rollout.owner.as_ref().map(|owner| OwnerItem { kind: owner.kind.to_owned(), name: owner.name.to_string() }),
            operations: operations
                .iter()
                .map(|(verb, result)| OperationItem {
                    verb: *verb,
                    possible: result.is_ok(),
                    refusal: result.as_ref().err().cloned(),
                })
                .collect(),
        }
    }
}

impl From<&StatusInput> for Status {
    fn from(input: &StatusInput) -> Self {
        let environments: Vec<EnvironmentItem> = input.environments.iter().map(EnvironmentItem::from).collect();
        Self {
            schema: SCHEMA,
            at: input.now.into(),
            environment: match environments.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
            environments,
            verdict: verdict_of(input),
            sources: input.sources.iter().map(|seen| source_item(seen, input.since_boot)).collect(),
            rollouts: input.rollouts.iter().map(|seen| RolloutItem::seen(seen, input)).collect(),
            alerts: alerts::items(input),
            gates: gates::items(input),
            tenants: tenants::sum(input),
            actions_in_doubt: open(input, |book| &book.in_doubt),
            actions_in_flight: open(input, |book| &book.in_flight),
            actions_accepted: open(input, |book| &book.accepted),
        }
    }
}

fn open(input: &StatusInput, which: impl Fn(&Book) -> &Vec<OpenRecord>) -> Option<Vec<OpenItem>> {
    input.book.as_ref().ok().map(|book| which(book).iter().map(OpenItem::from).collect())
}
