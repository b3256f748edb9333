//! What is beside the rollouts in a demo world: metrics, alerts and tenants, each a source of its own, as in life.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{alerts, faults::Fault, metrics, shell::DemoWorld, tenants::Tenants, view::SOURCE_KIND};
use crate::{
    backend::{
        poller::{self, Looked, Pace, Polled},
        port::{ReadError, Source, Watching},
        web::Trouble,
    },
    domain::{
        id::SourceId,
        question::{Question, Reading, Reason},
        source::{SourceUpdate, Tells},
    },
};

/// How often real ones are read unless somebody says otherwise, and what a faster world comes down to.
const INTERVALS: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(5));
/// Hard end of one read.
const LIMIT: Duration = Duration::from_secs(10);

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Metrics,
    Alerts,
    Tenants,
}

impl Side {
    pub(super) const ALL: [Self; 3] = [Self::Metrics, Self::Alerts, Self::Tenants];

    fn word(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Alerts => "alerts",
            Self::Tenants => "tenants",
        }
    }

    fn down(self) -> Fault {
        match self {
            Self::Metrics => Fault::MetricsDown,
            Self::Alerts => Fault::AlertsDown,
            Self::Tenants => Fault::TenantsDown,
        }
    }

    pub(super) fn tells(self) -> Tells {
        let nothing = Tells::default();
        match self {
            Self::Metrics => Tells { answers: true, ..nothing },
            Self::Alerts => Tells { alerts: true, ..nothing },
            Self::Tenants => Tells { tenants: true, ..nothing },
        }
    }
}

/// One of the sources beside the rollouts.
#[derive(Debug)]
pub struct DemoSide {
    pub(super) id: SourceId,
    pub(super) side: Side,
    world: Arc<DemoWorld>,
}

impl DemoSide {
    pub(super) fn new(side: Side, world: &Arc<DemoWorld>) -> Self {
        Self { id: SourceId::new(side.word()), side, world: Arc::clone(world) }
    }

    /// One whole read.
    pub(super) async fn look(&self, questions: &[Arc<Question>]) -> Result<Vec<SourceUpdate>, Trouble> {
        let began = self.world.since_boot();
        self.world.travel().await;
        let mut inner = self.world.inner();
        let faults = inner.world.faults();
        if faults.has(self.side.down()) {
            return Err(Trouble::new(Reason::Unreachable, DemoWorld::refused().as_str()));
        }
        let (now, (world_began, faulty_since)) = (inner.world.now(), inner.world.history());
        let seed = inner.world.seed();
        // Of a version that gets no traffic nothing is measured, whatever is wrong with it.
        let rollouts = inner.world.rollouts();
        let unseen = |name: &str| rollouts.iter().any(|it| it.id.name.raw() == name && it.weight.set == Some(0));
        Ok(match self.side {
            Side::Alerts => {
                let faults = if unseen("checkout") { faults.unmeasured() } else { faults };
                vec![SourceUpdate::Alerts(Arc::new(alerts::feed(&self.id, faults, world_began, faulty_since, now)))]
            }
            Side::Tenants => {
                let tenants = inner.tenants.get_or_insert_with(|| Tenants::new(seed, faults, world_began));
                vec![SourceUpdate::Tenants(tenants.table(&self.id, seed, faults, now))]
            }
            Side::Metrics => {
                let received = self.world.since_boot();
                let own = questions.iter().filter(|question| question.source == self.id);
                let readings = own.map(|question| {
                    let answer = metrics::answer(question, seed, faults, &unseen, faulty_since, now);
                    let took = received.saturating_sub(began);
                    Arc::new(Reading { question: Arc::clone(question), answer, at: now, received, took })
                });
                vec![SourceUpdate::Readings { source: self.id.clone(), readings: readings.collect() }]
            }
        })
    }
}

#[async_trait]
impl Polled for DemoSide {
    fn id(&self) -> &SourceId {
        &self.id
    }

    async fn poll(&self, questions: &[Arc<Question>]) -> Result<Looked, Trouble> {
        let began = self.world.since_boot();
        let updates = self.look(questions).await?;
        let latency = self.world.since_boot().saturating_sub(began);
        Ok(Looked { updates, latency, ..Looked::default() })
    }
}

#[async_trait]
impl Source for DemoSide {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        SOURCE_KIND
    }

    fn tells(&self) -> Tells {
        self.side.tells()
    }

    async fn watch(&self, watching: Watching) {
        let interval = INTERVALS.0.div_f64(self.world.speed()).max(INTERVALS.1);
        poller::run(self, Pace { interval, limit: LIMIT }, self.world.clock().as_ref(), watching).await;
    }

    async fn read(&self, questions: &[Arc<Question>]) -> Result<Vec<SourceUpdate>, ReadError> {
        poller::once(self, questions, LIMIT).await
    }
}
