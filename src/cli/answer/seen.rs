//! What one look saw: what every answer is made from. Whoever looks fills it; from here on all is pure.

use std::{sync::Arc, time::Duration};

use crate::{
    config::settings::Environment,
    domain::{
        Timestamp,
        alert::AlertFeed,
        counted::CountedTable,
        evidence::Assessment,
        freshness::{Freshness, SourceHealth},
        id::{SourceId, TargetId},
        operation::Operation,
        permit::{Offer, Refusal},
        plan::Plan,
        rollout::Rollout,
        source::Tells,
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
    /// What each source of alerts told; one that has told nothing is absent.
    pub feeds: Vec<Arc<AlertFeed>>,
    /// The same of tenants.
    pub tables: Vec<Arc<CountedTable>>,
    pub plans: Arc<[Arc<Plan>]>,
    /// What the plans say of each rollout that one of them names.
    pub assessments: Vec<Arc<Assessment>>,
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
    pub tells: Tells,
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

    /// What a source told of alerts.
    #[must_use]
    pub fn feed(&self, source: &SourceId) -> Option<&AlertFeed> {
        self.feeds.iter().find(|feed| feed.source == *source).map(|feed| &**feed)
    }

    /// What a plan says about this rollout; `None` where none names it.
    #[must_use]
    pub fn assessment(&self, id: &TargetId) -> Option<&Assessment> {
        self.assessments.iter().find(|assessment| assessment.target == *id).map(|assessment| &**assessment)
    }

    /// The plan that an assessment is by.
    #[must_use]
    pub fn plan(&self, assessment: &Assessment) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == assessment.plan).map(|plan| &**plan)
    }

    /// The rollout with this identity.
    #[must_use]
    pub fn rollout(&self, id: &TargetId) -> Option<&RolloutSeen> {
        self.rollouts.iter().find(|seen| seen.rollout.id == *id)
    }
}
