//! One criterion with its server: a source made by the registry from a configuration, watched, and judged by a plan that was
//! read from its text.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use cutover::{
    backend::{
        port::{Source, Watching},
        registry,
    },
    config,
    domain::{
        alert::AlertFeed,
        assess::{self, Facts, Readings, SourceFacts},
        clock::Clock,
        counted::CountedTable,
        evidence::Assessment,
        freshness::{Failure, SourceHealth},
        human::HumanFacts,
        id::SourceId,
        plan::Plan,
        question::Question,
        rollout::Rollout,
        source::SourceUpdate,
    },
    plan::{self, Known},
};
use tokio::sync::{Notify, mpsc, watch};

use super::{
    faults::{Say, Wire},
    kinds::Kind,
};
use crate::{
    backends::web_mock::{Hand, Reply, Seen, Server},
    domain::assess::kit,
};

/// Of the clock that stands; `kit::checkout` is of this moment.
pub const BEGUN: &str = "2026-11-21T10:00:00Z";
/// Older than any criterion and any source may be.
pub const LATER: &str = "2026-11-21T10:02:00Z";

/// What is wrong with the answers of one side.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Says(Say),
    Comes(Wire),
}

/// Of which requests, and how large an answer is too large, in bytes.
#[derive(Clone, Copy)]
struct Wrong {
    is: fn(&Seen) -> bool,
    fault: Fault,
    huge: usize,
}

/// What a source has told.
#[derive(Clone, Debug)]
pub struct Told {
    health: SourceHealth,
    readings: Readings,
    feed: Option<Arc<AlertFeed>>,
    table: Option<Arc<CountedTable>>,
}

impl Told {
    fn nothing() -> Self {
        Self { health: SourceHealth::never(), readings: Readings::new(), feed: None, table: None }
    }

    fn take(&mut self, update: SourceUpdate) {
        match update {
            SourceUpdate::Health { health, .. } => self.health = health,
            SourceUpdate::Alerts(feed) => self.feed = Some(feed),
            SourceUpdate::Tenants(table) => self.table = Some(table),
            SourceUpdate::Readings { readings, .. } => {
                self.readings = readings.iter().map(|one| (Arc::clone(&one.question), Arc::clone(one))).collect();
            }
            SourceUpdate::Rollouts { .. } => panic!("no control plane"),
        }
    }
}

pub struct Land {
    pub server: Server,
    pub clock: Arc<Hand>,
    /// `None`: all is well.
    wrong: Arc<Mutex<Option<Wrong>>>,
    source: Arc<dyn Source>,
    plan: Plan,
    rollout: Rollout,
    questions: Vec<Arc<Question>>,
}

fn healthy(seen: &Seen) -> Seen {
    Seen { path: seen.path.trim_start_matches("/healthy").to_owned(), ..seen.clone() }
}

impl Land {
    /// `patience` is what the configuration says, in seconds.
    pub async fn begin(kind: &Kind, patience: u8) -> Self {
        let keys = format!("timeout = \"{patience}s\"\n");
        Self::behind(kind, &keys, async |port| format!("http://127.0.0.1:{port}")).await
    }

    /// The server's port behind an address of another; `keys` are more of the source's.
    pub async fn behind(kind: &Kind, keys: &str, address: impl AsyncFnOnce(u16) -> String) -> Self {
        let clock = Hand::at(BEGUN);
        let wrong = Arc::new(Mutex::new(None::<Wrong>));
        let (now, of_server, tells) = (Arc::clone(&clock), Arc::clone(&wrong), kind.tells);
        let server = Server::start(move |seen| {
            let wrong = of_server.lock().unwrap().filter(|wrong| (wrong.is)(seen));
            let right = || tells(&healthy(seen), Say::Right, now.now());
            match wrong {
                Some(Wrong { fault: Fault::Says(say), .. }) => Reply::Json(200, tells(seen, say, now.now())),
                Some(Wrong { fault: Fault::Comes(wire), huge, .. }) => wire.reply(&seen.path, right(), huge),
                None => Reply::Json(200, right()),
            }
        })
        .await;
        let source = source(kind, &address(server.port).await, keys, &clock);
        let plan = plan_of(kind);
        let rollout = kit::checkout();
        let standing = assess::standing(&plan, &rollout, &[], clock.now());
        let questions = assess::questions(&plan, &rollout, standing.as_ref(), clock.now()).into_iter().map(Arc::new).collect();
        Self { server, clock, wrong, source, plan, rollout, questions }
    }

    /// From now on the answers of this side are wrong; `huge` in bytes.
    pub fn wrong(&self, is: fn(&Seen) -> bool, fault: Fault, huge: usize) {
        *self.wrong.lock().unwrap() = Some(Wrong { is, fault, huge });
    }

    pub fn right(&self) {
        *self.wrong.lock().unwrap() = None;
    }

    /// The watch that the console has.
    pub fn watch(&self) -> Watched {
        let (send, updates) = mpsc::channel(64);
        let read_now = Arc::new(Notify::new());
        let (hold, questions) = watch::channel(Arc::from(self.questions.clone()));
        let watching = Watching { updates: send, read_now: Arc::clone(&read_now), questions };
        let source = Arc::clone(&self.source);
        let task = tokio::spawn(async move { source.watch(watching).await });
        Watched { updates, read_now, told: Told::nothing(), task, _questions: hold }
    }

    /// The one read that the command line has, and the look before a change.
    pub async fn read(&self) -> Told {
        let mut told = Told::nothing();
        let (now, since_boot) = (self.clock.now(), self.clock.since_boot());
        match self.source.read(&self.questions).await {
            Ok(updates) => {
                told.health.last_ok = Some((since_boot, now));
                for update in updates {
                    told.take(update);
                }
            }
            Err(error) => {
                told.health.failure = Some(Failure { since: now, why: error.to_string().as_str().into(), attempts: 1 });
            }
        }
        told
    }

    /// What the plan makes of it now.
    pub fn judge(&self, told: &Told) -> Assessment {
        let (now, since_boot) = (self.clock.now(), self.clock.since_boot());
        let facts = SourceFacts {
            freshness: told.health.freshness(since_boot, Duration::from_secs(60)),
            age: told.health.age(since_boot),
            readings: &told.readings,
            alerts: told.feed.as_deref(),
            tenants: told.table.as_deref(),
        };
        let sources = HashMap::from([(SourceId::new("it"), facts)]);
        let facts = Facts { now, since_boot, sources, human: &HumanFacts::default(), passages: &[] };
        assess::assess(&self.plan, &self.rollout, &facts)
    }
}

/// A watch under way, and what it has told.
pub struct Watched {
    updates: mpsc::Receiver<SourceUpdate>,
    read_now: Arc<Notify>,
    told: Told,
    task: tokio::task::JoinHandle<()>,
    _questions: watch::Sender<Arc<[Arc<Question>]>>,
}

impl Watched {
    /// All that is known when the round under way has ended.
    pub async fn round(&mut self) -> &Told {
        loop {
            let update = self.updates.recv().await.unwrap();
            let is_over = matches!(update, SourceUpdate::Health { .. });
            self.told.take(update);
            if is_over {
                return &self.told;
            }
        }
    }

    pub async fn again(&mut self) -> &Told {
        self.read_now.notify_one();
        self.round().await
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn source(kind: &Kind, address: &str, more: &str, clock: &Arc<Hand>) -> Arc<dyn Source> {
    let ca = format!("{}/tests/fixtures/tls/ca.pem", env!("CARGO_MANIFEST_DIR"));
    let keys = kind.source.replace("{address}", address).replace("{ca}", &ca);
    let text =
        format!("[environments.e]\n[sources.it]\nenvironment = \"e\"\ninterval = \"15s\"\nstale_after = \"60s\"\n{more}{keys}");
    let settings =
        config::parse(&text, Path::new("/c.toml"), None, &[], &registry::declared()).unwrap_or_else(|error| panic!("{error}"));
    let clock: Arc<dyn Clock> = clock.clone();
    registry::connections(&settings, &clock).remove(0).source
}

fn plan_of(kind: &Kind) -> Plan {
    let text = format!(
        "[plan]\nid = \"athena\"\ntitle = \"Athena\"\nversion = \"1\"\n[[rollouts]]\nrollout = \"k8s/shop/checkout\"\n\
         kind = \"exposure\"\n[[stages]]\nid = \"gradual\"\npercent = [\"25 %\", \"50 %\", \"100 %\"]\ncriteria = [\"it\"]\n\
         [[criteria]]\nid = \"it\"\nsource = \"it\"\nmax_age = \"60s\"\n{}",
        kind.criterion
    );
    plan::parse(&text, Path::new("athena.toml"), Known::Any).unwrap_or_else(|error| panic!("{}: {error}", kind.name))
}
