//! What sources have told, however it came: by one look or by a watch. From it everything that a command shows is made by
//! the rules that the screen's values come from.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use super::world::World;
use crate::{
    cli::answer::status::{RolloutSeen, SourceSeen, StatusInput},
    domain::{
        alert::AlertFeed,
        assess::{self, Facts, Passage, Readings, SourceFacts},
        counted::CountedTable,
        evidence::Assessment,
        freshness::{Freshness, SourceHealth},
        id::SourceId,
        operation::Operation,
        permit::permit,
        question::{Question, Questions},
        rollout::Rollout,
        source::SourceUpdate,
        verdict::Gates,
    },
    ledger::{book::Book, port::NotRecorded},
};

/// The newest of one source.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub health: SourceHealth,
    pub rollouts: Arc<[Arc<Rollout>]>,
    pub alerts: Option<Arc<AlertFeed>>,
    pub tenants: Option<Arc<CountedTable>>,
    pub readings: Readings,
}

impl Told {
    pub fn nothing() -> Self {
        Self { health: SourceHealth::never(), rollouts: Arc::new([]), alerts: None, tenants: None, readings: Readings::new() }
    }
}

/// The newest of all sources.
#[derive(Clone, Debug)]
pub(super) struct AllTold(BTreeMap<SourceId, Told>);

impl AllTold {
    pub fn nothing(world: &World) -> Self {
        Self(world.sources.iter().map(|info| (info.id.clone(), Told::nothing())).collect())
    }

    pub fn of(&mut self, source: &SourceId) -> Option<&mut Told> {
        self.0.get_mut(source)
    }

    /// Takes what a source says. What an unknown source says is nothing.
    pub fn take(&mut self, update: SourceUpdate) {
        match update {
            SourceUpdate::Rollouts { source, rollouts } => {
                if let Some(told) = self.of(&source) {
                    told.rollouts = rollouts;
                }
            }
            SourceUpdate::Health { source, health } => {
                if let Some(told) = self.of(&source) {
                    told.health = health;
                }
            }
            SourceUpdate::Alerts(feed) => {
                if let Some(told) = self.of(&feed.source) {
                    told.alerts = Some(Arc::clone(&feed));
                }
            }
            SourceUpdate::Tenants(table) => {
                if let Some(told) = self.of(&table.source) {
                    told.tenants = Some(Arc::clone(&table));
                }
            }
            SourceUpdate::Readings { source, readings } => {
                if let Some(told) = self.of(&source) {
                    told.readings = readings.iter().map(|it| (Arc::clone(&it.question), Arc::clone(it))).collect();
                }
            }
        }
    }

    /// What the plans ask of the sources, as the rollouts stand now.
    /// `past` is what the ledger knows to have been carried out.
    pub fn questions(&self, world: &World, past: &[Passage]) -> Questions {
        let now = world.clock.now();
        let mut known: HashSet<Question> = HashSet::new();
        let mut found: Vec<Arc<Question>> = Vec::new();
        for rollout in self.0.values().flat_map(|told| told.rollouts.iter()) {
            let Some((plan, _)) = assess::plan_of(&world.plans, &rollout.id) else { continue };
            let standing = assess::standing(plan, rollout, past, now);
            for question in assess::questions(plan, rollout, standing.as_ref(), now) {
                if known.insert(question.clone()) {
                    found.push(Arc::new(question));
                }
            }
        }
        found.into()
    }

    fn facts<'a>(&'a self, world: &World, book: &'a Book) -> Facts<'a> {
        let since_boot = world.clock.since_boot();
        let sources = world.sources.iter().filter_map(|info| {
            let told = self.0.get(&info.id)?;
            let facts = SourceFacts {
                freshness: told.health.freshness(since_boot, info.stale_after),
                age: told.health.age(since_boot),
                readings: &told.readings,
                alerts: told.alerts.as_deref(),
                tenants: told.tenants.as_deref(),
            };
            Some((info.id.clone(), facts))
        });
        Facts { now: world.clock.now(), since_boot, sources: sources.collect(), human: &book.human, passages: &book.passages }
    }

    /// All of it, judged: what `status` and the like show.
    pub fn input(&self, world: &World, book: Result<Book, NotRecorded>) -> StatusInput {
        // A book that can not be read only means that nothing was ticked: what is open is unknown, and said so.
        let empty = Book::default();
        let facts = self.facts(world, book.as_ref().unwrap_or(&empty));
        let mut input = StatusInput {
            now: facts.now,
            since_boot: facts.since_boot,
            environments: world.environments.clone(),
            sources: Vec::new(),
            rollouts: Vec::new(),
            feeds: Vec::new(),
            tables: Vec::new(),
            plans: Arc::clone(&world.plans),
            assessments: Vec::new(),
            book: Ok(Book::default()),
        };
        for info in &world.sources {
            let Some(told) = self.0.get(&info.id) else { continue };
            let freshness = told.health.freshness(facts.since_boot, info.stale_after);
            for rollout in told.rollouts.iter() {
                let assessment = assess::judge(&world.plans, rollout, &facts);
                input.rollouts.push(seen(world, rollout, &freshness, &book, assessment.as_ref()));
                input.assessments.extend(assessment.map(Arc::new));
            }
            input.feeds.extend(told.alerts.clone());
            input.tables.extend(told.tenants.clone());
            input.sources.push(SourceSeen {
                id: info.id.clone(),
                kind: info.kind,
                environment: info.environment.clone(),
                health: told.health.clone(),
                stale_after: info.stale_after,
                tells: info.tells,
            });
        }
        drop(facts);
        input.book = book.map_err(|error| error.to_string());
        input
    }
}

fn seen(
    world: &World,
    rollout: &Arc<Rollout>,
    freshness: &Freshness,
    book: &Result<Book, NotRecorded>,
    assessment: Option<&Assessment>,
) -> RolloutSeen {
    let mut context = world.engine.context(&rollout.id, freshness.clone(), book, None);
    context.gates = assessment.map_or(Gates::NoPlan, |assessment| assessment.advance.clone());
    let operations = Operation::VERBS.map(|operation| (operation, permit(operation, rollout, &context)));
    RolloutSeen { operations: operations.into(), rollout: Arc::clone(rollout) }
}
