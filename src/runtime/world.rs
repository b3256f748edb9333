//! From settings to connected systems, an engine and a ledger. Contacts nothing by itself.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::runtime::Handle;

use super::{clock::InStep, interrupt::Interrupts};
use crate::{
    app::state::SourceInfo,
    backend::port::Connection,
    config::settings::Environment,
    domain::{Timestamp, clock::Clock, permit::Mode, plan::Plan, progress::Receipt},
    ledger::{
        Ledger, LedgerPaths,
        book::{AuditPage, Book},
        changes::Changes,
        entry::Entry,
        port::{NotRecorded, Recorder},
    },
    operate::engine::{Engine, Parts, Rules},
};

/// One running console's or command's world.
pub struct World {
    pub engine: Engine,
    pub sources: Vec<SourceInfo>,
    pub environments: Vec<Environment>,
    pub plans: Arc<[Arc<Plan>]>,
    pub clock: Arc<dyn Clock>,
    pub demo: bool,
    /// `Err`: why there is none. Viewing goes on, nothing is sent.
    pub ledger: Result<Ledger, String>,
    /// Wishes of a person to end a command.
    pub interrupts: Interrupts,
    /// The ledger as the engine has it; also where there is none.
    pub recorder: Arc<dyn Recorder>,
    /// What is written to the ledger's chains; `None`: nothing is read and nothing will be.
    pub changes: Option<Changes>,
    /// Where its tasks run. `None`: wherever the caller runs.
    workers: Option<Handle>,
}

/// One connected source and where it belongs.
pub struct Member {
    pub connection: Connection,
    /// Name of one of the environments.
    pub environment: String,
    /// A value older than this is stale.
    pub stale_after: Duration,
}

/// What a world is made of.
pub struct Foundation {
    pub members: Vec<Member>,
    pub environments: Vec<Environment>,
    pub plans: Arc<[Arc<Plan>]>,
    pub clock: Arc<dyn Clock>,
    /// `None`: nothing can be sent, and nothing is written.
    pub ledger: Option<LedgerPaths>,
    /// Directory of the target locks.
    pub locks: PathBuf,
    pub demo: bool,
    /// Demo only: every record is refused, as on a full disk.
    pub ledger_full: bool,
    /// Shared with the hang-up watcher, over all worlds of one run.
    pub in_flight: Arc<AtomicBool>,
}

impl World {
    /// Opens the ledger and puts the engine over the connections. A ledger that can not be opened makes a world in which
    /// nothing can be sent.
    #[must_use]
    pub fn build(foundation: Foundation) -> Self {
        let Foundation { members, environments, plans, clock, ledger, locks, demo, ledger_full, in_flight } = foundation;
        let ledger_clock: Arc<dyn Clock> = if demo { Arc::new(InStep::new(Arc::clone(&clock))) } else { Arc::clone(&clock) };
        let paths = ledger.clone();
        let changes = paths.as_ref().map(Changes::of);
        let ledger = ledger.map_or_else(
            || Err("nothing is recorded here: this console is read-only and writes nothing".to_owned()),
            |paths| Ledger::open(paths, Arc::clone(&ledger_clock)).map_err(|error| error.to_string()),
        );
        let recorder: Arc<dyn Recorder> = match (&ledger, paths) {
            (Ok(_), Some(paths)) if ledger_full => {
                Arc::new(Unwritable { why: "no space left on device (asked for with --fault ledger-full)".into(), paths })
            }
            (Ok(ledger), _) => Arc::new(ledger.clone()),
            (Err(why), Some(paths)) => Arc::new(Unwritable { why: why.clone(), paths }),
            (Err(why), None) => Arc::new(NoRecords(why.clone())),
        };
        let mut rules = HashMap::new();
        let mut sources = Vec::new();
        let mut connections = HashMap::new();
        for Member { connection, environment, stale_after } in members {
            let id = connection.source.id().clone();
            let tells = connection.source.tells();
            rules.insert(id.clone(), rules_of(&environment, &environments));
            sources.push(SourceInfo { id: id.clone(), kind: connection.source.kind(), environment, stale_after, tells });
            connections.insert(id, connection);
        }
        let parts = Parts {
            connections,
            rules,
            recorder: Arc::clone(&recorder),
            clock: Arc::clone(&clock),
            plans: Arc::clone(&plans),
            locks,
        };
        let engine = Engine::new(parts, in_flight);
        let (interrupts, workers) = (Interrupts::default(), Handle::try_current().ok());
        Self { engine, sources, environments, plans, clock, demo, ledger, interrupts, recorder, changes, workers }
    }

    /// The runtime that was there when this world was built: sources, actions and the ledger work on its threads, so that
    /// the loop's thread is woken for messages alone.
    #[must_use]
    pub fn workers(&self) -> Handle {
        self.workers.clone().unwrap_or_else(Handle::current)
    }

    /// The audit page; `verify` walks every chain. Blocks on the disk.
    #[must_use]
    pub fn audit_page(&self, verify: bool) -> AuditPage {
        match &self.ledger {
            Ok(ledger) => ledger.audit_page(verify),
            Err(why) => AuditPage { error: Some(why.clone()), ..AuditPage::default() },
        }
    }

    /// Wall-clock time of this world.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn rules_of(name: &str, environments: &[Environment]) -> Rules {
    let environment = environments.iter().find(|environment| environment.name == name);
    let mode = match environment {
        Some(environment) if environment.read_only => Mode::ReadOnly { why: format!("environment {name} is read-only") },
        Some(_) => Mode::ReadWrite,
        None => Mode::ReadOnly { why: format!("there is no environment named {name}") },
    };
    Rules { environment: name.to_owned(), danger: environment.is_some_and(|environment| environment.danger), mode }
}

/// Nothing was recorded and nothing will be, which is in order: nothing can be sent.
struct NoRecords(String);

impl Recorder for NoRecords {
    fn record(&self, _: Entry) -> Result<Receipt, NotRecorded> {
        Err(NotRecorded(self.0.clone()))
    }

    fn record_outcome(&self, _: Entry) -> Result<Receipt, NotRecorded> {
        Err(NotRecorded(self.0.clone()))
    }

    fn book(&self) -> Result<Book, NotRecorded> {
        Ok(Book::default())
    }
}

/// A ledger that can not be written: everything is refused, in words. What it holds is read all the same.
struct Unwritable {
    why: String,
    paths: LedgerPaths,
}

impl Recorder for Unwritable {
    fn record(&self, _: Entry) -> Result<Receipt, NotRecorded> {
        Err(NotRecorded(self.why.clone()))
    }

    fn record_outcome(&self, _: Entry) -> Result<Receipt, NotRecorded> {
        Err(NotRecorded(self.why.clone()))
    }

    fn book(&self) -> Result<Book, NotRecorded> {
        let book = Ledger::read_only_book(&self.paths).map_err(|error| NotRecorded(error.to_string()))?;
        Ok(Book { unwritable: Some(self.why.clone()), ..book })
    }
}
