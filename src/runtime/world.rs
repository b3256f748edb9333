//! From settings to connected systems, an engine and a ledger. Contacts nothing by itself.

use std::{collections::HashMap, path::Path, sync::Arc};

use crate::{
    app::state::SourceInfo,
    backend::port::Connection,
    config::settings::{Environment, LedgerSettings, Settings, SourceSettings},
    domain::{
        Timestamp,
        clock::Clock,
        id::SourceId,
        permit::Mode,
        progress::Receipt,
    },
    ledger::{
        book::{AuditPage, Book},
        entry::Entry,
        log::{Ledger, LedgerPaths},
        port::{NotRecorded, Recorder},
    },
    operate::engine::{Engine, Parts, Rules},
};

/// One running console's or command's world.
pub struct World {
    pub engine: Engine,
    pub sources: Vec<SourceInfo>,
    pub environments: Vec<Environment>,
    pub clock: Arc<dyn Clock>,
    pub demo: bool,
    /// `Err`: why there is none. Viewing goes on, nothing is sent.
    pub ledger: Result<Ledger, String>,
}

/// What a world is made of.
pub struct Foundation<'a> {
    pub settings: &'a Settings,
    pub connections: Vec<Connection>,
    pub clock: Arc<dyn Clock>,
    pub ledger_dir: &'a Path,
    pub locks_dir: &'a Path,
    pub demo: bool,
    /// Demo only: every record is refused, as on a full disk.
    pub ledger_full: bool,
}

impl World {
    /// Opens the ledger and puts the engine over the connections. A ledger that can not be opened makes a world in which
    /// nothing can be sent.
    #[must_use]
    pub fn build(foundation: Foundation<'_>) -> Self {
        let Foundation { settings, connections, clock, ledger_dir, locks_dir, demo, ledger_full } = foundation;
        let ledger = open_ledger(&settings.ledger, ledger_dir, demo, &clock);
        let recorder: Arc<dyn Recorder> = match &ledger {
            Ok(_) if ledger_full => Arc::new(Unwritable("no space left on device (asked for with --fault ledger-full)".into())),
            Ok(ledger) => Arc::new(ledger.clone()),
            Err(why) => Arc::new(Unwritable(why.clone())),
        };
        let named: HashMap<&SourceId, &SourceSettings> = settings.sources.iter().map(|source| (&source.name, source)).collect();
        let mut rules = HashMap::new();
        let mut sources = Vec::new();
        for connection in &connections {
            let id = connection.source.id();
            let Some(source) = named.get(id) else { continue };
            let environment = settings.environments.iter().find(|environment| environment.name == source.environment);
            rules.insert(id.clone(), rules_of(source, environment));
            sources.push(SourceInfo {
                id: id.clone(),
                kind: connection.source.kind(),
                environment: source.environment.clone(),
                stale_after: source.stale_after,
            });
        }
        let connections = connections.into_iter().map(|connection| (connection.source.id().clone(), connection)).collect();
        let locks = locks_dir.to_owned();
        let engine = Engine::new(Parts { connections, rules, recorder, clock: Arc::clone(&clock), locks });
        Self { engine, sources, environments: settings.environments.clone(), clock, demo, ledger }
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

fn open_ledger(settings: &LedgerSettings, dir: &Path, demo: bool, clock: &Arc<dyn Clock>) -> Result<Ledger, String> {
    let paths = LedgerPaths {
        dir: dir.to_owned(),
        shared: settings.shared.clone().filter(|_| !demo),
        // The demo's records are worth nothing, so they may lie anywhere.
        allow_volatile: settings.allow_volatile || demo,
    };
    Ledger::open(paths, Arc::clone(clock)).map_err(|error| error.to_string())
}

fn rules_of(source: &SourceSettings, environment: Option<&Environment>) -> Rules {
    let mode = match environment {
        Some(environment) if environment.read_only => {
            Mode::ReadOnly { why: format!("environment {} says mode = \"read-only\"", environment.name) }
        }
        Some(_) => Mode::ReadWrite,
        None => Mode::ReadOnly { why: format!("there is no environment named {}", source.environment) },
    };
    Rules { environment: source.environment.clone(), danger: environment.is_some_and(|environment| environment.danger), mode }
}

/// A ledger that can not be written: everything is refused, in words.
struct Unwritable(String);

impl Recorder for Unwritable {
    fn record(&self, _: Entry) -> Result<Receipt, NotRecorded> {
        Err(NotRecorded(self.0.clone()))
    }

    fn record_outcome(&self, _: Entry) -> Result<Receipt, NotRecorded> {
        Err(NotRecorded(self.0.clone()))
    }

    fn book(&self) -> Result<Book, NotRecorded> {
        Ok(Book { unwritable: Some(self.0.clone()), ..Book::default() })
    }
}
