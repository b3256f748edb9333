//! An advance behind a gate of tenants, at its last look: a round that takes longer than the engine waits does not refuse it
//! while the last whole round is young enough and the server answers; a server that is gone, a table that is too old, and
//! whatever looks worse since, do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use cutover::{
    backend::{
        port::{Connection, Sent, Source, Watching},
        postgres::PostgresSource,
    },
    domain::{
        counted::CountedTable,
        freshness::SourceHealth,
        id::SourceId,
        operation::Operation,
        permit::{Refusal, RefusalCode},
        plan::{Criterion, Gauge, GaugeKind, Plan, PlanName},
        quantity::{Bound, Rule, Unit},
        source::SourceUpdate,
        tenant::TenantState,
    },
};
use tokio::sync::{Notify, mpsc};

use super::pg_server::{Server, source_with};
use crate::{
    cli::judged,
    operate::fake::{Bench, FakeDriver, FakeRecorder, Log, TestClock, bench_with, waiting},
};

const TENANTS: usize = 6;
/// What one tenant's check takes in a slow round: two aggregates of it, one for each side.
const SLOW: &str = "UPDATE public.pace SET seconds = 3";

/// A server with tenants that are all right, and one query whose time is set by a table.
fn server() -> Option<Server> {
    let server = Server::start(&[])?;
    server.sql("postgres", "CREATE ROLE console LOGIN; CREATE TABLE public.tenants(id text); CREATE TABLE public.pace(seconds float8); INSERT INTO public.pace VALUES (0); GRANT SELECT ON public.tenants, public.pace TO console;");
    let mut schemas = vec!["baseline".to_owned()];
    for at in 1..=TENANTS {
        schemas.extend([format!("t_{at}"), format!("dryrun_{at}")]);
        server.sql("postgres", &format!("INSERT INTO public.tenants VALUES ('{at}')"));
    }
    for schema in schemas {
        server.sql("postgres", &format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.cases(id int PRIMARY KEY, status text); INSERT INTO {schema}.cases SELECT g, 'open' FROM generate_series(1, 9) g; GRANT USAGE ON SCHEMA {schema} TO console; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO console;"));
    }
    Some(server)
}

/// Every tenant has new rows, so each is due; `bad` lost one in its clone.
fn all_change(server: &Server, bad: Option<usize>) {
    for at in 1..=TENANTS {
        server.sql("postgres", &format!("UPDATE t_{at}.cases SET status = status WHERE id = 1"));
    }
    if let Some(at) = bad {
        server.sql("postgres", &format!("DELETE FROM dryrun_{at}.cases WHERE id = 2"));
    }
    server.sql("postgres", "SELECT pg_stat_force_next_flush()");
}

/// Every tenant green, told at most `max_age` ago.
fn plan(max_age: Duration) -> Plan {
    let mut plan = judged::plan();
    plan.subjects[0].rollout = "k8s/shop/checkout".into();
    plan.stages.clear();
    plan.gates[0].items.clear();
    plan.criteria = vec![Criterion {
        id: PlanName::new("error-rate"),
        line: 88,
        title: Some("tenants".into()),
        gauge: Gauge {
            source: SourceId::new("db"),
            kind: GaugeKind::Tenants { require: Vec::new() },
            reads: Unit::Count,
            window: None,
            sampled: None,
            subject_label: None,
            max_age,
            every: Duration::from_secs(1),
        },
        pass: Rule { bound: Bound::Is(true), text: "every tenant green".into() },
        warn: None,
        fail: None,
        repeat: cutover::domain::plan::Repeat::ONCE,
        due: None,
        owner: None,
        optional: false,
    }];
    plan
}

#[derive(Clone, Default)]
struct Heard {
    tables: Vec<Arc<CountedTable>>,
    health: Option<SourceHealth>,
}

struct World {
    source: Arc<PostgresSource>,
    bench: Bench,
    heard: Arc<Mutex<Heard>>,
    read_now: Arc<Notify>,
    watch: tokio::task::JoinHandle<()>,
}

impl World {
    /// A watch that has told one whole round.
    async fn begin(server: &Server, max_age: Duration) -> Self {
        let clock = TestClock(tokio::time::Instant::now());
        let slow = "aggregates = { by_status = \"SELECT status, count(*) FROM {schema}.cases CROSS JOIN (SELECT pg_sleep(seconds) FROM public.pace) AS pace GROUP BY 1\" }\n";
        let lines = format!("tls = \"disable\"\ntenants = \"SELECT id FROM public.tenants\"\nbaseline = \"baseline\"\n{slow}");
        let pace = (Duration::from_secs(300), Duration::from_secs(900));
        let source = Arc::new(source_with(&server.url(), &lines, pace, Arc::new(clock)));
        let driver = FakeDriver::new(&Log::default(), vec![Ok(waiting())], Sent::Accepted { status: 200 }, vec![]);
        let connection = Connection { source: source.clone(), driver: None };
        let bench = bench_with(driver, FakeRecorder::default(), false, vec![plan(max_age)], vec![connection]);
        let (sender, mut updates) = mpsc::channel(16);
        let read_now = Arc::new(Notify::new());
        let watching = Watching::unasked(sender, read_now.clone());
        let (watched, heard) = (source.clone(), Arc::new(Mutex::new(Heard::default())));
        let watch = tokio::spawn(async move { watched.watch(watching).await });
        let into = heard.clone();
        tokio::spawn(async move {
            while let Some(update) = updates.recv().await {
                let mut heard = into.lock().unwrap();
                match update {
                    SourceUpdate::Tenants(table) => heard.tables.push(table),
                    SourceUpdate::Health { health, .. } => heard.health = Some(health),
                    _ => {}
                }
            }
        });
        let world = Self { source, bench, heard, read_now, watch };
        world.until("a whole round", |heard| whole(heard) == 1 && heard.health.is_some()).await;
        world
    }

    async fn until(&self, what: &str, wanted: impl Fn(&Heard) -> bool) {
        let begun = Instant::now();
        while !wanted(&self.heard.lock().unwrap()) {
            assert!(begun.elapsed() < Duration::from_secs(40), "not within 40 s: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn last_ok(&self) -> Duration {
        self.heard.lock().unwrap().health.as_ref().unwrap().last_ok.unwrap().0
    }

    /// The next round begins now, and is slower than the engine waits.
    async fn slow_round(&self, server: &Server) {
        all_change(server, None);
        server.sql("postgres", SLOW);
        self.read_now.notify_one();
        let busy = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'console' AND query ~ 'by_status|pg_sleep'";
        let begun = Instant::now();
        while server.sql("postgres", busy) == "0" {
            assert!(begun.elapsed() < Duration::from_secs(10), "no round began");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn advance(&self) -> Result<(), Refusal> {
        self.bench.engine.prepare(&waiting().id, Operation::Advance, None).await.map(|_| ())
    }

    async fn refusal(&self) -> String {
        let refusal = self.advance().await.unwrap_err();
        assert!(matches!(refusal.code, RefusalCode::GateUndecided | RefusalCode::GateFails), "{refusal:?}");
        refusal.sentence
    }
}

/// How many whole tables were told.
fn whole(heard: &Heard) -> usize {
    heard.tables.iter().filter(|table| table.progress.is_none()).count()
}

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_round_does_not_refuse_and_is_as_old_as_the_whole_one_before() {
    let Some(server) = server() else { return };
    let world = World::begin(&server, HOUR).await;
    let told = world.last_ok();
    world.slow_round(&server).await;
    let begun = Instant::now();
    world.advance().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let updates = world.source.read(&[]).await.unwrap();
    let (mut tables, mut healths) = (0, 0);
    for update in updates {
        match update {
            SourceUpdate::Tenants(table) => {
                assert_eq!((table.progress, table.census().count(TenantState::Green)), (None, TENANTS as u32));
                tables += 1;
            }
            SourceUpdate::Health { health, .. } => {
                assert_eq!(health.last_ok.unwrap().0, told, "as old as its round");
                healths += 1;
            }
            _ => {}
        }
    }
    assert_eq!((tables, healths, whole(&world.heard.lock().unwrap())), (1, 1, 1), "the slow round is under way still");
    // Nobody watches any more: a whole round, which comes too late.
    world.watch.abort();
    let _ = world.watch.await;
    assert!(tokio::time::timeout(Duration::from_secs(3), world.source.read(&[])).await.is_err(), "from memory without a watch");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_refuses_however_young_the_table_is() {
    let Some(mut server) = server() else { return };
    let world = World::begin(&server, HOUR).await;
    world.advance().await.unwrap();
    server.kill();
    let sentence = world.refusal().await;
    assert!(sentence.contains("tenants db is lost: connection"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_older_than_the_plan_allows_refuses() {
    let Some(server) = server() else { return };
    let world = World::begin(&server, Duration::from_secs(4)).await;
    world.advance().await.unwrap();
    world.slow_round(&server).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let sentence = world.refusal().await;
    assert!(sentence.contains("old, at most 4s is allowed (athena.toml:88)"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_round_under_way_has_found_is_not_hidden_by_the_one_before() {
    let Some(server) = server() else { return };
    let world = World::begin(&server, HOUR).await;
    // Those that failed go first; a tenth of the time of the others lets parts be shown.
    all_change(&server, Some(1));
    server.sql("postgres", "UPDATE public.pace SET seconds = 1");
    world.read_now.notify_one();
    let has_loss = |heard: &Heard| {
        let of_part = |table: &Arc<CountedTable>| table.progress.is_some() && table.census().count(TenantState::Fail) > 0;
        heard.tables.iter().any(of_part)
    };
    world.until("a part with the loss", has_loss).await;
    assert_eq!(whole(&world.heard.lock().unwrap()), 1);
    world.refusal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_tenants_or_fewer_are_never_answered_from_memory() {
    let Some(server) = server() else { return };
    let world = World::begin(&server, HOUR).await;
    let told = world.last_ok();
    // The server lists others now: whatever the round before said, it did not say it of these.
    server.sql("postgres", "DELETE FROM public.tenants WHERE id = '6'");
    let is_remembered = async || {
        let updates = world.source.read(&[]).await.unwrap();
        let table = updates.iter().find_map(|update| if let SourceUpdate::Tenants(table) = update { Some(table) } else { None });
        let heard = world.heard.lock().unwrap();
        heard.tables.iter().any(|heard| Arc::ptr_eq(heard, table.unwrap()))
    };
    assert!(!is_remembered().await, "a list that has changed");
    // A round that lost one is not kept; the next one that lists the same is.
    for (round, kept) in [(2, false), (3, true)] {
        world.read_now.notify_one();
        world.until("a round", |heard| whole(heard) == round && heard.health.as_ref().unwrap().last_ok.unwrap().0 > told).await;
        assert_eq!(is_remembered().await, kept, "round {round}");
    }
}
