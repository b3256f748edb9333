//! All that an assessment rests on besides the plan and the rollout.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use super::passage::Passage;
use crate::domain::{
    Timestamp,
    alert::AlertFeed,
    counted::CountedTable,
    freshness::Freshness,
    human::HumanFacts,
    id::SourceId,
    question::{Question, Reading},
};

/// The newest answer to each question.
pub type Readings = HashMap<Arc<Question>, Arc<Reading>>;

static NO_READINGS: LazyLock<Readings> = LazyLock::new(Readings::new);

/// What one source has told, and how much that is worth.
#[derive(Clone, Debug)]
pub struct SourceFacts<'a> {
    pub freshness: Freshness,
    /// Age of its last good answer, where it has one: of what it tells unasked there is no other age.
    pub age: Option<Duration>,
    pub readings: &'a Readings,
    /// `None`: it has not told yet, or never does.
    pub alerts: Option<&'a AlertFeed>,
    pub tenants: Option<&'a CountedTable>,
}

impl SourceFacts<'_> {
    /// A source that nothing is known of.
    #[must_use]
    pub fn unknown() -> Self {
        Self { freshness: Freshness::Never, age: None, readings: &NO_READINGS, alerts: None, tenants: None }
    }
}

/// What is known at one moment.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub now: Timestamp,
    /// `Clock::since_boot` at `now`: ages are counted with it.
    pub since_boot: Duration,
    pub sources: HashMap<SourceId, SourceFacts<'a>>,
    pub human: &'a HumanFacts,
    /// What the ledger knows to have been carried out.
    pub passages: &'a [Passage],
}

impl<'a> Facts<'a> {
    /// What `source` has told; a source that is not there has told nothing.
    #[must_use]
    pub fn source(&self, source: &SourceId) -> SourceFacts<'a> {
        self.sources.get(source).cloned().unwrap_or_else(SourceFacts::unknown)
    }
}
