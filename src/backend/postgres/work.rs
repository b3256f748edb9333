//! One worker: it checks one tenant after the other, each in one short transaction and one round trip, over a connection that is
//! made anew every so often.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc;

use super::{
    baseline::{Baseline, Columns, columns_of, columns_query},
    cause::Cause,
    link::{Door, Link, Set},
    order::{Item, Listed},
    pace::{Pace, Sign},
    settings::{Layout, PostgresSettings},
    sql::{Batch, END, Part, Side, contract, counts, orphans},
    verify::{Evidence, judge},
};
use crate::domain::{
    Timestamp,
    clock::Clock,
    id::Name,
    tenant::{CheckResult, Tenant},
    text::DisplayText,
};

/// A server's process keeps what it learned of every table: 538 MB after 10,000 tenants, 18 MB when it ends this often.
const TENANTS_A_LINK: usize = 250;
/// So many connections lost in a row end a worker.
const MOST_LOST: u32 = 3;
/// How often two databases are asked for one common moment.
const TRIES: u32 = 3;

/// What all workers of a round share.
pub struct Job {
    pub settings: Arc<PostgresSettings>,
    pub door: Arc<Door>,
    pub baseline: Arc<Baseline>,
    pub items: Vec<Item>,
    pub clock: Arc<dyn Clock>,
    /// Which item is next.
    pub next: AtomicUsize,
    /// The server has no hash of rows: text is hashed. Learned once.
    pub by_text: Arc<AtomicBool>,
    /// How many may ask at once, and how long each waits between two tenants; kept between rounds.
    pub pace: Arc<Pace>,
    /// What each item took when it was last read.
    pub before: Vec<Option<Duration>>,
    /// Columns of the clones' schema, for the layout with one for all.
    pub shared: Option<Columns>,
}

/// One tenant, checked.
pub struct Done {
    pub item: usize,
    pub tenant: Tenant,
    pub took: Duration,
    pub unequal: Vec<(String, bool)>,
}

impl Job {
    fn is_done(&self) -> bool {
        self.next.load(Ordering::Relaxed) >= self.items.len()
    }

    /// What one answer says of the server.
    fn tell(&self, at: usize, evidence: &Evidence, took: Duration) {
        let now = self.clock.since_boot();
        if let Some(cause) = &evidence.failed {
            if let Some(sign) = Sign::of(cause) {
                self.pace.tell(|control| control.refused(now, sign));
            }
        } else {
            let before = self.before.get(at).copied().flatten();
            self.pace.tell(|control| control.answered(now, took, before));
        }
    }
}

/// Works until nothing is left, or the door is shut; then says why. Has a connection only while it has a seat.
pub async fn run(job: Arc<Job>, done: mpsc::Sender<Done>) -> Option<Cause> {
    let mut lost = 0;
    loop {
        let seat = job.pace.seat(|| job.is_done()).await?;
        let ended = sit(&job, &done, &mut lost).await;
        drop(seat);
        if let Err(cause) = ended {
            return cause;
        }
    }
}

/// Checks tenants until more are at work than may be. `Err`: it is over, and why.
async fn sit(job: &Job, done: &mpsc::Sender<Done>, lost: &mut u32) -> Result<(), Option<Cause>> {
    let mut link: Option<(Link, usize)> = None;
    loop {
        if job.pace.is_over() {
            if let Some((old, _)) = link.take() {
                old.close().await;
            }
            return Ok(());
        }
        let wait = job.pace.wait();
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        if job.is_done() {
            return Err(None);
        }
        if job.settings.layout != Layout::Database && link.as_ref().is_none_or(|(_, used)| *used >= TENANTS_A_LINK) {
            // The old one first: never more connections than were allowed.
            if let Some((old, _)) = link.take() {
                old.close().await;
            }
            // Before a tenant is taken: one that nobody can read now is left to the other worker.
            link = Some((connect(job).await.map_err(Some)?, 0));
        }
        let at = job.next.fetch_add(1, Ordering::Relaxed);
        let Some(item) = job.items.get(at) else { return Err(None) };
        let began = job.clock.since_boot();
        let evidence = match (item.absent, &mut link) {
            (Some(what), _) => absent(what),
            (None, Some((open, used))) => {
                *used += 1;
                within(job, open, item).await
            }
            (None, None) => across(job, &item.tenant).await,
        };
        let is_lost = evidence.failed.as_ref().is_some_and(|cause| cause.lost);
        *lost = if is_lost { *lost + 1 } else { 0 };
        if is_lost {
            link = None;
        }
        let cause = evidence.failed.clone();
        let took = job.clock.since_boot().saturating_sub(began);
        if item.absent.is_none() {
            job.tell(at, &evidence, took);
        }
        let (tenant, unequal) = tenant(job, &item.tenant, &evidence, job.clock.now(), took);
        if done.send(Done { item: at, tenant, took, unequal }).await.is_err() {
            return Err(None);
        }
        if *lost >= MOST_LOST {
            return Err(cause);
        }
    }
}

async fn connect(job: &Job) -> Result<Link, Cause> {
    let made = job.door.connect(None).await;
    if let Some(sign) = made.as_ref().err().and_then(Sign::of) {
        let now = job.clock.since_boot();
        job.pace.tell(|control| control.refused(now, sign));
    }
    made
}

fn absent(what: &str) -> Evidence {
    let failed = Cause {
        class: format!("no {what}"),
        said: format!("its {what} is not there, or this role may not see it"),
        no_hash: false,
        lost: false,
    };
    Evidence { failed: Some(failed), columns: Some(Default::default()), ..Evidence::default() }
}

fn tenant(job: &Job, listed: &Listed, evidence: &Evidence, now: Timestamp, took: Duration) -> (Tenant, Vec<(String, bool)>) {
    let aggregates: Vec<&String> = job.settings.aggregates.keys().collect();
    let own = [listed.id.as_str(), listed.source.as_str(), listed.clone.as_str(), listed.name.as_deref().unwrap_or_default()];
    let mut judged = judge(&job.baseline, evidence, &aggregates, &own);
    if evidence.columns.as_ref().is_some_and(|(source, clone)| source.is_empty() && clone.is_empty()) {
        // Nothing was read at all: what is missing is not drift.
        let words = evidence.failed.as_ref().map_or_else(String::new, Cause::words);
        for (_, result) in &mut judged.checks {
            *result = CheckResult::Unknown(DisplayText::new(&words));
        }
        judged.cause = evidence.failed.as_ref().map(|cause| DisplayText::new(&cause.key(&own)));
    }
    judged.checks.sort_by_key(|(kind, _)| *kind);
    let note =
        judged.checks.iter().find_map(|(_, result)| if let CheckResult::Fail(words) = result { Some(words) } else { None });
    let note = note.or_else(|| {
        judged.checks.iter().find_map(|(_, result)| if let CheckResult::Unknown(words) = result { Some(words) } else { None })
    });
    let tenant = Tenant {
        id: Name::new(&listed.id),
        name: listed.name.as_deref().map(DisplayText::new),
        note: note.cloned().unwrap_or_default(),
        checks: judged.checks,
        rows: judged.rows,
        tables: judged.tables,
        values: Vec::new(),
        told: None,
        cause: judged.cause,
        checked: Some(now),
        took: Some(took),
    };
    (tenant, judged.unequal)
}

fn sides(job: &Job, tenant: &Listed) -> (Side, Side) {
    let settings = &job.settings;
    match settings.layout {
        Layout::Schema => (
            Side { schema: tenant.source.clone(), rows_of: None, id: tenant.source.clone() },
            Side { schema: tenant.clone.clone(), rows_of: None, id: tenant.clone.clone() },
        ),
        Layout::Database => {
            let side = Side { schema: settings.schema.clone(), rows_of: None, id: tenant.id.clone() };
            (side.clone(), side)
        }
        Layout::Column => {
            let side = |schema: &str, value: &str| Side {
                schema: schema.to_owned(),
                rows_of: Some((settings.tenant_column.clone(), value.to_owned())),
                id: value.to_owned(),
            };
            let clone_schema = settings.clone_schema.as_deref().unwrap_or(&settings.baseline);
            (side(&settings.baseline, &tenant.source), side(clone_schema, &tenant.clone))
        }
    }
}

fn begin(job: &Job, tenant: &Listed) -> String {
    contract(job.settings.statement_timeout, job.settings.lock_timeout, &format!("cutover-console/{}", tenant.id))
}

/// Source and clone in one database: one transaction, one snapshot, one round trip; one more where the catalogue saw drift.
async fn within(job: &Job, link: &Link, item: &Item) -> Evidence {
    let tenant = &item.tenant;
    let mut evidence = Evidence::default();
    if let Some(shared) = &job.shared {
        evidence.columns = Some((job.baseline.columns.clone(), shared.clone()));
    } else if !item.as_expected {
        let query = columns_query(&[&tenant.source, &tenant.clone], &job.settings.tables);
        let answer = link.ask(&format!("{}{query}{END}", begin(job, tenant))).await;
        if let Some(set) = answer.sets.first() {
            evidence.columns = Some((columns_of(set, &tenant.source), columns_of(set, &tenant.clone)));
        }
        if let Some(cause) = answer.failed {
            settle(link, &mut evidence, cause).await;
            return evidence;
        }
    }
    let by_text = job.by_text.load(Ordering::Relaxed);
    read_within(job, link, tenant, by_text, &mut evidence).await;
    if !by_text && evidence.failed.as_ref().is_some_and(|cause| cause.no_hash) {
        evidence.failed = None;
        read_within(job, link, tenant, true, &mut evidence).await;
        if evidence.failed.is_none() {
            job.by_text.store(true, Ordering::Relaxed);
        }
    }
    evidence
}

async fn read_within(job: &Job, link: &Link, tenant: &Listed, by_text: bool, evidence: &mut Evidence) {
    let (source, clone) = sides(job, tenant);
    let mut batch = Batch { sql: begin(job, tenant), parts: Vec::new() };
    let tables = tables(job, evidence);
    let mut branches = counts("source", &source, &tables, by_text);
    branches.extend(counts("clone", &clone, &tables, by_text));
    batch.push(Part::Counts, &branches);
    batch.push(Part::Orphans, &orphans(&clone, &keys(job, evidence)));
    batch.aggregates(&job.settings.aggregates, &source, false);
    batch.aggregates(&job.settings.aggregates, &clone, true);
    batch.sql.push_str(END);
    let answer = link.ask(&batch.sql).await;
    evidence.take(&batch.parts, answer.sets);
    if let Some(cause) = answer.failed {
        settle(link, evidence, cause).await;
    }
}

/// A failed statement leaves its transaction open.
async fn settle(link: &Link, evidence: &mut Evidence, cause: Cause) {
    let lost = cause.lost;
    evidence.failed = Some(cause);
    if !lost && let Some(other) = link.ask("ROLLBACK;").await.failed {
        evidence.failed = Some(other);
    }
}

fn tables<'a>(job: &'a Job, evidence: &Evidence) -> Vec<&'a super::baseline::Table> {
    match &evidence.columns {
        Some((source, clone)) => job.baseline.comparable(source, clone),
        None => job.baseline.tables.iter().collect(),
    }
}

/// The foreign keys whose columns the clone still has.
fn keys<'a>(job: &'a Job, evidence: &Evidence) -> Vec<&'a super::baseline::ForeignKey> {
    let Some((_, clone)) = &evidence.columns else { return job.baseline.keys.iter().collect() };
    let has = |table: &str, columns: &[String]| {
        clone.get(table).is_some_and(|there| columns.iter().all(|column| there.contains_key(column)))
    };
    let keys = job.baseline.keys.iter();
    keys.filter(|key| has(&key.table, &key.columns) && (key.other_schema.is_some() || has(&key.other_table, &key.other_columns)))
        .collect()
}

/// Source and clone in two databases of one server: compared only when both transactions see the same moment. Both name the
/// same transactions as not yet done exactly when nothing was committed between them.
async fn across(job: &Job, tenant: &Listed) -> Evidence {
    let source = match job.door.connect(Some(&tenant.source)).await {
        Ok(link) => link,
        Err(cause) => return no_database("source", cause),
    };
    let clone = match job.door.connect(Some(&tenant.clone)).await {
        Ok(link) => link,
        Err(cause) => return no_database("clone", cause),
    };
    let mut evidence = Evidence::default();
    match one_moment(job, tenant, &source, &clone).await {
        Ok(columns) => evidence.columns = Some(columns),
        Err(cause) => {
            evidence.failed = Some(cause);
            evidence.columns = Some(Default::default());
            return evidence;
        }
    }
    let by_text = job.by_text.load(Ordering::Relaxed);
    let (of_source, of_clone) = sides(job, tenant);
    let tables = tables(job, &evidence);
    let (mut asked, mut asked_clone) = (Batch::default(), Batch::default());
    asked.push(Part::Counts, &counts("source", &of_source, &tables, by_text));
    asked.aggregates(&job.settings.aggregates, &of_source, false);
    asked_clone.push(Part::Counts, &counts("clone", &of_clone, &tables, by_text));
    asked_clone.push(Part::Orphans, &orphans(&of_clone, &keys(job, &evidence)));
    asked_clone.aggregates(&job.settings.aggregates, &of_clone, true);
    asked.sql.push_str(END);
    asked_clone.sql.push_str(END);
    let (first, second) = tokio::join!(source.ask(&asked.sql), clone.ask(&asked_clone.sql));
    evidence.take(&asked.parts, first.sets);
    evidence.take(&asked_clone.parts, second.sets);
    evidence.failed = first.failed.or(second.failed);
    if evidence.failed.as_ref().is_some_and(|cause| cause.no_hash) && !by_text {
        job.by_text.store(true, Ordering::Relaxed);
    }
    evidence
}

fn no_database(what: &str, cause: Cause) -> Evidence {
    if cause.class.starts_with("missing_object") {
        return absent(what);
    }
    Evidence { failed: Some(cause), columns: Some(Default::default()), ..Evidence::default() }
}

/// Begins a transaction on both until both see one moment; then their columns. Both transactions stay open.
async fn one_moment(job: &Job, tenant: &Listed, source: &Link, clone: &Link) -> Result<(Columns, Columns), Cause> {
    let schema = job.settings.schema.as_str();
    let query = columns_query(&[schema], &job.settings.tables);
    let begin = format!("{}SELECT pg_current_snapshot()::text, pg_postmaster_start_time()::text;", begin(job, tenant));
    for _ in 0..TRIES {
        let (first, second) = tokio::join!(source.ask(&begin), clone.ask(&begin));
        if let Some(cause) = first.failed.or(second.failed) {
            return Err(cause);
        }
        let moment = |sets: &[Set]| sets.first().and_then(|set| set.rows.first().cloned());
        if moment(&first.sets).is_some() && moment(&first.sets) == moment(&second.sets) {
            let (first, second) = tokio::join!(source.ask(&query), clone.ask(&query));
            if let Some(cause) = first.failed.or(second.failed) {
                return Err(cause);
            }
            let columns = |sets: &[Set]| sets.first().map(|set| columns_of(set, schema)).unwrap_or_default();
            return Ok((columns(&first.sets), columns(&second.sets)));
        }
        let (first, second) = tokio::join!(source.ask("ROLLBACK;"), clone.ask("ROLLBACK;"));
        if let Some(cause) = first.failed.or(second.failed) {
            return Err(cause);
        }
    }
    Err(Cause {
        class: "no common snapshot".to_owned(),
        said: "source and clone are in two databases, and the server wrote between the two reads: not compared".to_owned(),
        no_hash: false,
        lost: false,
    })
}
