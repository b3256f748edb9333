//! `status --json`: one look at everything.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    SCHEMA,
    doubt::OpenItem,
    moment::{Moment, seconds},
    verdict::{VerdictItem, verdict_of},
};
use crate::{
    config::settings::Environment,
    domain::{
        Timestamp,
        freshness::{Freshness, FreshnessWord, SourceHealth},
        id::{SourceId, TargetId},
        operation::Operation,
        permit::{Offer, Refusal},
        rollout::{HoldCause, Phase, Revision, Rollout, Weight},
    },
    ledger::book::{Book, OpenRecord},
};

/// Everything one look saw. Whoever looks fills it; from here on all is pure.
#[derive(Clone, Debug)]
pub struct StatusInput {
    pub now: Timestamp,
    /// `Clock::since_boot` at the same moment; ages are measured with it.
    pub since_boot: Duration,
    pub environments: Vec<Environment>,
    pub sources: Vec<SourceSeen>,
    pub rollouts: Vec<RolloutSeen>,
    /// What is open, or why the ledger can not be read.
    pub book: Result<Book, String>,
}

/// One source and how it is.
#[derive(Clone, Debug)]
pub struct SourceSeen {
    pub id: SourceId,
    /// `argo`, `demo`, ...
    pub kind: &'static str,
    /// Name of its environment.
    pub environment: String,
    pub health: SourceHealth,
    pub stale_after: Duration,
}

/// One rollout and what may be done to it.
#[derive(Clone, Debug)]
pub struct RolloutSeen {
    pub rollout: Arc<Rollout>,
    /// What `permit` said, one entry a verb that is offered on it.
    pub operations: Vec<(Operation, Result<Offer, Refusal>)>,
}

impl StatusInput {
    /// What the source's values are worth now; `Never` for a source that nobody configured.
    #[must_use]
    pub fn freshness(&self, source: &SourceId) -> Freshness {
        self.source(source).map_or(Freshness::Never, |seen| seen.health.freshness(self.since_boot, seen.stale_after))
    }

    #[must_use]
    pub fn source(&self, source: &SourceId) -> Option<&SourceSeen> {
        self.sources.iter().find(|seen| seen.id == *source)
    }

    /// Age of the source's last answer.
    #[must_use]
    pub fn age(&self, source: &SourceId) -> Option<Duration> {
        self.source(source)?.health.age(self.since_boot)
    }

    /// What the ledger says is open; nothing where it can not be read (then the verdict is unknown).
    pub fn in_doubt(&self) -> &[OpenRecord] {
        self.book.as_ref().map_or(&[], |book| &book.in_doubt)
    }

    /// The rollout with this identity.
    #[must_use]
    pub fn rollout(&self, id: &TargetId) -> Option<&RolloutSeen> {
        self.rollouts.iter().find(|seen| seen.rollout.id == *id)
    }
}

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
    /// Null: no source of alerts is read.
    pub alerts: Option<Vec<serde_json::Value>>,
    /// Null: no plan with gates is read.
    pub gates: Option<Vec<serde_json::Value>>,
    /// Null: no source of tenants is read.
    pub tenants: Option<BTreeMap<String, serde_json::Value>>,
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
    pub stage: Option<BTreeMap<String, serde_json::Value>>,
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

fn source_item(seen: &SourceSeen, since_boot: Duration) -> SourceItem {
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
            rollouts: input
                .rollouts
                .iter()
                .map(|seen| {
                    let source = &seen.rollout.id.source;
                    RolloutItem::new(&seen.rollout, &input.freshness(source), input.age(source), &seen.operations)
                })
                .collect(),
            alerts: None,
            gates: None,
            tenants: None,
            actions_in_doubt: open(input, |book| &book.in_doubt),
            actions_in_flight: open(input, |book| &book.in_flight),
            actions_accepted: open(input, |book| &book.accepted),
        }
    }
}

fn open(input: &StatusInput, which: impl Fn(&Book) -> &Vec<OpenRecord>) -> Option<Vec<OpenItem>> {
    input.book.as_ref().ok().map(|book| which(book).iter().map(OpenItem::from).collect())
}
