//! One whole round: the list, one look at the catalogue, and then every tenant that is due, by one or two workers.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize},
    },
    time::Duration,
};

use tokio::{sync::mpsc, task::JoinSet, time::Instant};

use super::{
    baseline::{Baseline, Columns, columns_of, columns_query, keys_query},
    catalogue::{self, SERVER, Seen, Server},
    cause::Cause,
    link::{Answer, Door, Link, Set},
    order::{Item, Kept, Known, Listed, Results, listed, work},
    pace::Pace,
    settings::{Layout, PostgresSettings},
    sql::{END, contract},
    work::{self, Done, Job},
};
use crate::domain::{
    clock::Clock,
    id::{Name, SourceId},
    tenant::{Tenant, TenantState, TenantTable},
    text::DisplayText,
};

/// At most so often is a part of a round shown.
const SHOWN_EVERY: Duration = Duration::from_millis(500);

/// What is kept between rounds.
pub struct Memory {
    pub id: SourceId,
    pub settings: Arc<PostgresSettings>,
    pub clock: Arc<dyn Clock>,
    pub results: Results,
    pub list: Vec<Listed>,
    /// Those that were never checked, as they stand in the table of a round under way: made once a round.
    queued: BTreeMap<String, Arc<Tenant>>,
    /// What the password and the certificates came to; made anew after a failure, for they may have changed.
    door: Option<Arc<Door>>,
    by_text: Arc<AtomicBool>,
    /// What the server's answers said of how fast we may ask.
    pace: Arc<Pace>,
}

/// How a round went.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// How many tenants were checked anew; the others had not changed.
    pub made: usize,
    pub took: Duration,
    /// The smallest read of it: the list.
    pub latency: Duration,
    /// Why some were not checked.
    pub cut: Option<Cause>,
    pub footprint: String,
    pub superuser: bool,
}

/// What is read before the first tenant.
struct Look {
    baseline: Baseline,
    seen: BTreeMap<String, Seen>,
    server: Server,
    shared: Option<Columns>,
}

impl Memory {
    #[must_use]
    pub fn new(id: SourceId, settings: Arc<PostgresSettings>, clock: Arc<dyn Clock>) -> Self {
        // Two databases are two connections: then one worker is all that is allowed.
        let workers = if settings.layout == Layout::Database { 1 } else { settings.connections };
        Self {
            pace: Arc::new(Pace::new(workers)),
            id,
            settings,
            clock,
            results: Results::new(),
            list: Vec::new(),
            queued: BTreeMap::new(),
            door: None,
            by_text: Arc::default(),
        }
    }

    /// Checks what is due. `shown` gets a table now and then while it goes on.
    ///
    /// # Errors
    /// Why there is no list or no baseline; results of before are kept.
    pub async fn round(&mut self, shown: &mpsc::Sender<TenantTable>) -> Result<Round, Cause> {
        let made = self.go_round(shown).await;
        if made.is_err() {
            self.door = None;
        }
        made
    }

    async fn go_round(&mut self, shown: &mpsc::Sender<TenantTable>) -> Result<Round, Cause> {
        let began = Instant::now();
        let door = match &self.door {
            Some(door) => Arc::clone(door),
            None => Arc::clone(self.door.insert(Arc::new(Door::open(Arc::clone(&self.settings)).await?))),
        };
        let link = door.connect(None).await?;
        let latency = self.read_list(&link).await?;
        let look = self.look(&link, &door).await?;
        // Its place is for a worker.
        link.close().await;
        let expected = self.expected(&look);
        let prefix = look.server.counts.then(|| format!("{}|{:?}", look.server.started, expected));
        let known = Known { seen: &look.seen, prefix, fingerprints: (&expected.0, &expected.1), now: self.clock.since_boot() };
        let items = work(&self.list, &self.settings, &known, &self.results);
        let superuser = look.server.superuser;
        let took = |item: &Item| self.results.get(&item.tenant.id).and_then(|kept| kept.tenant.took);
        let before = items.iter().map(took).collect();
        let job = Arc::new(Job {
            settings: Arc::clone(&self.settings),
            door,
            baseline: Arc::new(look.baseline),
            items,
            clock: Arc::clone(&self.clock),
            next: AtomicUsize::new(0),
            by_text: Arc::clone(&self.by_text),
            pace: Arc::clone(&self.pace),
            before,
            shared: look.shared,
        });
        let mut round = self.check(job, shown).await;
        round.took = began.elapsed();
        round.latency = latency;
        round.superuser = superuser;
        Ok(round)
    }

    /// What the last round connected with, unless it failed.
    #[must_use]
    pub fn door(&self) -> Option<Arc<Door>> {
        self.door.clone()
    }

    /// How many tenants differ in one aggregate.
    ///
    /// # Errors
    /// In words, unless it was compared for every tenant.
    pub fn differing(&self, name: &str) -> Result<usize, String> {
        let mut differ = 0;
        for listed in &self.list {
            let kept = self.results.get(&listed.id).ok_or_else(|| format!("{} was not checked yet", listed.id))?;
            match kept.unequal.iter().find(|(unequal, _)| unequal == name) {
                None => {}
                Some((_, true)) => differ += 1,
                Some((_, false)) => return Err(format!("{name} of {} was not compared", listed.id)),
            }
        }
        if self.list.is_empty() { Err("no tenant is known yet".to_owned()) } else { Ok(differ) }
    }

    /// One table of a round that is under way, or of the last one.
    #[must_use]
    pub fn table(&self, progress: Option<(u32, u32)>, footprint: &str) -> TenantTable {
        let tenants = self.list.iter().map(|listed| match self.results.get(&listed.id) {
            Some(kept) => Arc::clone(&kept.tenant),
            None if progress.is_some() => self.queued.get(&listed.id).map_or_else(|| Arc::new(unread(listed, true)), Arc::clone),
            None => Arc::new(unread(listed, false)),
        });
        TenantTable {
            source: self.id.clone(),
            tenants: tenants.collect(),
            columns: Vec::new(),
            require: self.settings.require.clone(),
            progress,
            footprint: DisplayText::new(footprint),
        }
    }

    async fn read_list(&mut self, link: &Link) -> Result<Duration, Cause> {
        let (list, took) = ask_list(link, &self.settings).await?;
        self.list = list;
        let known: std::collections::BTreeSet<&String> = self.list.iter().map(|listed| &listed.id).collect();
        self.results.retain(|id, _| known.contains(id));
        let queued = self.list.iter().filter(|listed| !self.results.contains_key(&listed.id));
        self.queued = queued.map(|listed| (listed.id.clone(), Arc::new(unread(listed, true)))).collect();
        Ok(took)
    }

    async fn look(&self, link: &Link, door: &Door) -> Result<Look, Cause> {
        let settings = &self.settings;
        let begin = contract(settings.statement_timeout, settings.lock_timeout, "cutover-console/catalogue");
        let screen = catalogue::query(&settings.tables);
        let answer = link.ask(&format!("{begin}{SERVER}{screen}{END}")).await;
        let [server, tokens, fingerprints] = sets(answer)?;
        let (baseline, shared) = if settings.layout == Layout::Database {
            // Never more connections than were allowed: this one is open beside the link.
            (self.baseline_elsewhere(door, &begin).await?, None)
        } else {
            let schema = settings.baseline.as_str();
            let others = [settings.target.as_deref(), settings.clone_schema.as_deref()];
            let schemas: Vec<&str> = std::iter::once(schema).chain(others.into_iter().flatten()).collect();
            let ask = format!("{begin}{}{}{END}", columns_query(&schemas, &settings.tables), keys_query(schema));
            let [columns, keys] = sets(link.ask(&ask).await)?;
            let target = settings.target.as_deref().map(|target| columns_of(&columns, target)).unwrap_or_default();
            let is_column = settings.layout == Layout::Column;
            let own = is_column.then_some(settings.tenant_column.as_str());
            let clones = settings.clone_schema.as_deref().unwrap_or(schema);
            let shared = is_column.then(|| columns_of(&columns, clones));
            (read_baseline(&columns, &keys, schema, &target, own)?, shared)
        };
        let seen = catalogue::seen(&tokens, &fingerprints);
        Ok(Look { baseline, seen, server: Server::of(&server), shared })
    }

    async fn baseline_elsewhere(&self, door: &Door, begin: &str) -> Result<Baseline, Cause> {
        let settings = &self.settings;
        let schema = settings.schema.as_str();
        let columns = columns_query(&[schema], &settings.tables);
        let mut target = Columns::new();
        if let Some(name) = &settings.target {
            let link = door.connect(Some(name)).await?;
            target = columns_of(&first(link.ask(&format!("{begin}{columns}{END}")).await)?, schema);
        }
        let link = door.connect(Some(&settings.baseline)).await?;
        let [columns, keys] = sets(link.ask(&format!("{begin}{columns}{}{END}", keys_query(schema))).await)?;
        read_baseline(&columns, &keys, schema, &target, None)
    }

    /// The fingerprints that a source and a clone should have; empty ones fit nobody.
    fn expected(&self, look: &Look) -> (String, String) {
        let of = |schema: &str| look.seen.get(schema).map(|seen| seen.fingerprint.clone()).filter(|text| !text.is_empty());
        let none = || "none".to_owned();
        let source = of(&self.settings.baseline);
        let clone = self.settings.target.as_deref().map_or_else(|| source.clone(), of);
        (source.unwrap_or_else(none), clone.unwrap_or_else(none))
    }

    async fn check(&mut self, job: Arc<Job>, shown: &mpsc::Sender<TenantTable>) -> Round {
        let total = job.items.len();
        let (sender, mut heard) = mpsc::channel(64);
        let mut tasks = JoinSet::new();
        // How many of them have a connection is the pace's to say.
        for _ in 0..job.settings.connections.min(total.max(1)) {
            tasks.spawn(work::run(Arc::clone(&job), sender.clone()));
        }
        drop(sender);
        let (began, mut last) = (Instant::now(), Instant::now());
        let mut took: Vec<Duration> = Vec::with_capacity(total);
        while let Some(done) = heard.recv().await {
            took.push(done.took);
            self.keep(&job, done);
            if last.elapsed() >= SHOWN_EVERY {
                last = Instant::now();
                // Nobody waits for a part of a round, and none is made that nobody takes: the next one comes soon.
                if let Ok(place) = shown.try_reserve() {
                    let words = footprint(&job, &mut took, began.elapsed());
                    place.send(self.table(Some((count(took.len()), count(total))), &words));
                }
            }
        }
        let mut cut = None;
        while let Some(ended) = tasks.join_next().await {
            cut = cut.or(ended.unwrap_or_else(|_| Some(Cause::lost("worker", "it ended early"))));
        }
        let footprint = footprint(&job, &mut took, began.elapsed());
        // A second connection that was refused costs time only; what was not checked is what counts.
        let cut = cut.filter(|_| took.len() < total);
        Round { made: took.len(), cut, footprint, ..Round::default() }
    }

    fn keep(&mut self, job: &Job, done: Done) {
        if let Some(item) = job.items.get(done.item) {
            let kept = Kept {
                tenant: Arc::new(done.tenant),
                token: item.token.clone(),
                checked: self.clock.since_boot(),
                unequal: done.unequal,
            };
            self.results.insert(item.tenant.id.clone(), kept);
        }
    }
}

/// The list of tenants as it is now, and how long the server took.
pub(super) async fn ask_list(link: &Link, settings: &PostgresSettings) -> Result<(Vec<Listed>, Duration), Cause> {
    let contract = contract(settings.statement_timeout, settings.lock_timeout, "cutover-console/list");
    let began = Instant::now();
    let set = first(link.ask(&format!("{contract}{}\n;{END}", settings.tenants)).await)?;
    let list = listed(&set, settings).map_err(|why| Cause { lost: false, ..Cause::lost("tenants", why) })?;
    Ok((list, began.elapsed()))
}

fn unread(listed: &Listed, is_under_way: bool) -> Tenant {
    Tenant {
        id: Name::new(&listed.id),
        name: listed.name.as_deref().map(DisplayText::new),
        checks: Vec::new(),
        rows: None,
        tables: Vec::new(),
        values: Vec::new(),
        told: is_under_way.then_some(TenantState::Queued),
        cause: None,
        note: DisplayText::default(),
        checked: None,
        took: None,
    }
}

fn read_baseline(columns: &Set, keys: &Set, schema: &str, target: &Columns, own: Option<&str>) -> Result<Baseline, Cause> {
    Baseline::read(columns, keys, schema, target, own).map_err(|why| Cause { lost: false, ..Cause::lost("baseline", why) })
}

/// The sets of an answer, each of which must be there.
fn sets<const COUNT: usize>(answer: Answer) -> Result<[Set; COUNT], Cause> {
    if let Some(cause) = answer.failed {
        return Err(cause);
    }
    answer.sets.try_into().map_err(|_| Cause::lost("answer", "the server gave another number of answers than it was asked"))
}

fn first(answer: Answer) -> Result<Set, Cause> {
    sets(answer).map(|[set]: [Set; 1]| set)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What our reading costs, in words.
fn footprint(job: &Job, took: &mut [Duration], since: Duration) -> String {
    let (workers, slowed) = job.pace.words();
    let connections = if job.settings.layout == Layout::Database { 2 } else { workers.min(job.items.len()) };
    let plural = if connections == 1 { "" } else { "s" };
    if took.is_empty() {
        return "no tenant had changed".to_owned();
    }
    took.sort_unstable();
    let p95 = took.get(took.len() * 95 / 100).copied().unwrap_or_default();
    let rate = f64::from(count(took.len())) / since.as_secs_f64().max(0.001);
    format!("{connections} conn{plural} · {rate:.0} tenants/s · p95 {} ms{slowed}", p95.as_millis())
}
