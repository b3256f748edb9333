//! The real PostgreSQL: three layouts of sixty tenants with planted faults; each is found and named, nothing else is; and
//! nothing is ever written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::{collections::BTreeMap, time::Duration};

use cutover::{
    backend::postgres::{PostgresSource, cause::Cause, round::Round},
    domain::tenant::{CheckKind, CheckResult, TenantState, TenantTable},
};
use tokio::sync::mpsc;

use super::pg_server::{Server, source_at};

const TENANTS: usize = 60;
const AGGREGATES: &str =
    "[sources.db.aggregates]\ncases_by_status = \"SELECT status, count(*) FROM {schema}.cases GROUP BY 1 -- all\"\n";

async fn round(source: &PostgresSource) -> Result<(Round, TenantTable), Cause> {
    source.round(&mpsc::channel(1).0).await
}

async fn table(source: &PostgresSource) -> TenantTable {
    let (round, table) = round(source).await.unwrap_or_else(|cause| panic!("{}", cause.words()));
    assert_eq!((round.cut, round.superuser), (None, false));
    table
}

type Found = BTreeMap<String, (TenantState, Vec<CheckKind>, String)>;

/// Every tenant that is not green: its state, the checks that fail, and what is told.
fn found(table: &TenantTable) -> Found {
    let bad = table.tenants.iter().filter(|tenant| tenant.state(&table.require, false) != TenantState::Green);
    bad.map(|tenant| {
        let fails = tenant.checks.iter().filter(|(_, result)| matches!(result, CheckResult::Fail(_))).map(|(kind, _)| *kind);
        (tenant.id.raw().to_owned(), (tenant.state(&table.require, false), fails.collect(), tenant.note.as_str().to_owned()))
    })
    .collect()
}

#[track_caller]
fn expect(found: &mut Found, id: &str, state: TenantState, fails: &[CheckKind], told: &str) {
    let (is, kinds, words) = found.remove(id).unwrap_or_else(|| panic!("{id} was not found: {found:?}"));
    assert_eq!((is, kinds.as_slice()), (state, fails), "{id}: {words}");
    assert!(words.contains(told), "{id} tells {words:?}, not {told:?}");
}

/// The tables of one tenant. `meta` is json: it has no hash function, so its table is hashed by its text.
fn tables(of: &str) -> String {
    format!(
        "CREATE TABLE {of}.app_users(id int PRIMARY KEY, email text NOT NULL);\
         CREATE TABLE {of}.cases(id int PRIMARY KEY, owner_id int REFERENCES {of}.app_users(id), status text, amount numeric(12,2), meta json);\
         CREATE TABLE {of}.case_events(id int PRIMARY KEY, case_id int REFERENCES {of}.cases(id), body text, at timestamptz);\
         INSERT INTO {of}.app_users SELECT g, 'u' || g FROM generate_series(1,20) g;\
         INSERT INTO {of}.cases SELECT g, g, CASE WHEN g % 2 = 0 THEN 'open' ELSE 'closed' END, g * 1.5, '{{\"a\":1}}' FROM generate_series(1,20) g;\
         INSERT INTO {of}.case_events SELECT g, 1 + g % 20, 'b' || g, timestamptz '2026-01-01' + g * interval '1 min' FROM generate_series(1,60) g;\
         GRANT USAGE ON SCHEMA {of} TO console; GRANT SELECT ON ALL TABLES IN SCHEMA {of} TO console;"
    )
}

/// Whether anything was written since: tuples of all tables, the next transaction id, statements of the console's role.
struct Trap {
    before: String,
    log: usize,
}

const TRACES: &str = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0), pg_snapshot_xmax(pg_current_snapshot()) FROM pg_stat_all_tables WHERE schemaname !~ '^pg_'";

/// A statement without what stands in quotes: names may be anything.
fn unquoted(statement: &str) -> String {
    statement.split('"').step_by(2).collect::<Vec<_>>().join("x").split('\'').step_by(2).collect::<Vec<_>>().join("x")
}

impl Trap {
    fn set(server: &Server) -> Self {
        Self { before: server.sql("postgres", TRACES), log: server.log().len() }
    }

    fn is_silent(&self, server: &Server) {
        assert_eq!(server.sql("postgres", TRACES), self.before, "something was written");
        let log = server.log()[self.log..].to_owned();
        let statements: Vec<&str> = log
            .split("\n@")
            .filter_map(|line| {
                line.trim_start_matches('@').strip_prefix("console@")?.trim_start().strip_prefix("LOG:  statement: ")
            })
            .collect();
        assert!(statements.len() >= TENANTS, "the log was not read: {} statements", statements.len());
        for statement in statements {
            let is_reading = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;", "ROLLBACK;", "SELECT "]
                .iter()
                .any(|start| statement.starts_with(start));
            assert!(is_reading, "{statement}");
            for word in ["INSERT ", "UPDATE ", "DELETE ", "CREATE ", "ALTER ", "TRUNCATE ", "DROP ", "GRANT "] {
                assert!(!unquoted(statement).contains(word), "{word} in {statement}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "a list of faults and what is said of each")]
async fn schemas() {
    let Some(server) = Server::start(&[]) else { return };
    server.sql("postgres", "CREATE ROLE console LOGIN; CREATE SCHEMA baseline; CREATE TABLE public.tenants(id text, name text, source text, clone text); GRANT SELECT ON public.tenants TO console;");
    server.sql("postgres", &tables("baseline"));
    for at in 1..TENANTS {
        server.sql(
            "postgres",
            &format!(
                "CREATE SCHEMA t_{at}; CREATE SCHEMA dryrun_{at}; {} {} INSERT INTO tenants VALUES ('{at}', 'Tenant {at}')",
                tables(&format!("t_{at}")),
                tables(&format!("dryrun_{at}"))
            ),
        );
    }
    // A tenant whose names want to be SQL.
    let (hostile, quoted) = ("x\"; DROP TABLE tenants; --\\", "\"x\"\"; DROP TABLE tenants; --\\\"");
    server.sql(
        "postgres",
        &format!(
            "CREATE SCHEMA {quoted}; {}; INSERT INTO tenants VALUES ('it''s', E'\\x1b[2J', 't_1', $q${hostile}$q$)",
            tables(quoted)
        ),
    );
    for fault in [
        "DELETE FROM dryrun_3.case_events WHERE id = 7",
        "UPDATE dryrun_9.cases SET amount = amount + 1 WHERE id = 2",
        "SET session_replication_role = replica; UPDATE dryrun_17.cases SET owner_id = 999 WHERE id = 2",
        "ALTER TABLE dryrun_23.cases ALTER COLUMN amount TYPE numeric(14,2)",
        "ALTER TABLE dryrun_31.cases ENABLE ROW LEVEL SECURITY",
        "UPDATE dryrun_37.cases SET status = 'gone' WHERE id = 2",
        "UPDATE dryrun_41.cases SET meta = '{\"a\":2}' WHERE id = 2",
        "ALTER TABLE dryrun_47.cases DROP COLUMN amount",
        "DROP SCHEMA dryrun_59 CASCADE",
    ] {
        server.sql("postgres", fault);
    }
    let trap = Trap::set(&server);
    let source = server.source(&format!("tenants = \"SELECT * FROM public.tenants\"\nbaseline = \"baseline\"\n{AGGREGATES}"));
    let first = table(&source).await;
    trap.is_silent(&server);
    assert_eq!(first.tenants.len(), TENANTS);
    let mut bad = found(&first);
    let fail = TenantState::Fail;
    expect(&mut bad, "3", fail, &[CheckKind::Rows], "case_events: 1 row lost (60 in the source, 59 in the clone)");
    expect(&mut bad, "9", fail, &[CheckKind::Hash], "cases: other content in as many rows");
    expect(&mut bad, "17", fail, &[CheckKind::Hash, CheckKind::ForeignKeys], "cases: other content");
    expect(&mut bad, "23", fail, &[CheckKind::Schema], "cases.amount is numeric(14,2), should be numeric(12,2)");
    expect(&mut bad, "31", TenantState::Unknown, &[], "row_security 42501");
    expect(&mut bad, "37", fail, &[CheckKind::Hash, CheckKind::Aggregates], "cases: other content");
    expect(&mut bad, "41", fail, &[CheckKind::Hash], "cases: other content");
    expect(&mut bad, "47", fail, &[CheckKind::Schema], "column cases.amount is missing");
    expect(&mut bad, "59", TenantState::Unknown, &[], "its clone is not there");
    assert!(bad.is_empty(), "nothing is wrong with {bad:?}");
    let third = first.tenants.iter().find(|tenant| tenant.id.raw() == "3").unwrap();
    assert_eq!((third.rows, third.tables.len()), (Some(-1), 3));
    assert!(first.tenants.iter().filter(|tenant| tenant.cause.is_none()).all(|tenant| tenant.tables.is_empty()));

    // Again: nothing that was known and has not changed is asked for.
    let again = round(&source).await.unwrap().0;
    assert_eq!(again.made, 2, "only what is unknown is looked at again");
    server.sql("postgres", "UPDATE dryrun_5.app_users SET email = 'x' WHERE id = 1; TRUNCATE t_7.case_events; ALTER TABLE dryrun_11.cases ADD COLUMN extra text; SELECT pg_stat_force_next_flush()");
    let (again, after) = round(&source).await.unwrap();
    assert_eq!(again.made, 5, "an update, a truncate and a new column are each seen");
    let after = found(&after);
    assert_eq!(after["5"].1, [CheckKind::Hash]);
    assert!(after["7"].2.contains("60 rows too many (0 in the source, 60 in the clone)"), "{:?}", after["7"]);
    assert_eq!(after["11"].1, [CheckKind::Schema]);
    held_up(&server, &source).await;
}

/// A lock that somebody else holds makes one tenant unknown, soon, and no other, and us slow; a question that nobody waits for any more ends
/// on the server too.
async fn held_up(server: &Server, source: &PostgresSource) {
    let mut holder = server.session(
        "BEGIN; LOCK TABLE dryrun_13.cases IN ACCESS EXCLUSIVE MODE; UPDATE dryrun_13.cases SET amount = 1; SELECT pg_sleep(60);",
    );
    let locked = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted";
    while server.sql("postgres", locked) == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.sql("postgres", "UPDATE dryrun_13.app_users SET email = email; SELECT pg_stat_force_next_flush()");
    let (slowed, table) = round(source).await.unwrap_or_else(|cause| panic!("{}", cause.words()));
    let bad = found(&table);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(bad["13"].0 == TenantState::Unknown && bad["13"].2.contains("lock_timeout 55P03"), "{:?}", bad["13"]);
    // Whoever waited behind a lock of ours would wait for the next tenant too: we hold back, and say so.
    assert!(slowed.cut.is_none() && slowed.footprint.starts_with("1 conn · "), "{}", slowed.footprint);
    assert!(slowed.footprint.contains(" · slowed: lock_timeout 55P03, "), "{}", slowed.footprint);

    let slow = server.source("tenants = \"SELECT id FROM public.tenants WHERE id = '1' AND pg_sleep(30) IS NOT NULL\"\nbaseline = \"baseline\"\nstatement_timeout = \"40s\"\n");
    let active =
        || server.sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'console' AND state = 'active'");
    let begun = tokio::time::timeout(Duration::from_secs(3), round(&slow)).await;
    assert!(begun.is_err(), "it was to be dropped while it waits");
    let until = std::time::Instant::now() + Duration::from_secs(5);
    while active() != "0" {
        assert!(std::time::Instant::now() < until, "the server is still at work");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn databases() {
    let Some(server) = Server::start(&[]) else { return };
    server.sql("postgres", "CREATE ROLE console LOGIN; CREATE DATABASE baseline;");
    server.sql("baseline", &tables("public"));
    let names: Vec<String> = (1..=TENANTS).flat_map(|at| [format!("t_{at}"), format!("dryrun_{at}")]).collect();
    let made: Vec<String> =
        names.iter().map(|name| format!("CREATE DATABASE {name} TEMPLATE baseline STRATEGY file_copy;")).collect();
    server.sql("postgres", &made.join("\n"));
    for (database, fault) in [
        ("dryrun_3", "DELETE FROM case_events WHERE id = 7"),
        ("dryrun_9", "UPDATE cases SET amount = amount + 1 WHERE id = 2"),
        ("dryrun_17", "SET session_replication_role = replica; UPDATE cases SET owner_id = 999 WHERE id = 2"),
        ("dryrun_23", "ALTER TABLE cases ALTER COLUMN amount TYPE numeric(14,2)"),
        ("dryrun_31", "ALTER TABLE cases ENABLE ROW LEVEL SECURITY"),
        ("postgres", "DROP DATABASE dryrun_59"),
    ] {
        server.sql(database, fault);
    }
    let source = server.source(&format!(
        "layout = \"database\"\nbaseline = \"baseline\"\ntenants = \"SELECT generate_series(1,{TENANTS}) AS id\"\n{AGGREGATES}"
    ));
    let trap = Trap::set(&server);
    let first = table(&source).await;
    trap.is_silent(&server);
    let mut bad = found(&first);
    let fail = TenantState::Fail;
    expect(&mut bad, "3", fail, &[CheckKind::Rows], "case_events: 1 row lost");
    expect(&mut bad, "9", fail, &[CheckKind::Hash], "cases: other content");
    expect(&mut bad, "17", fail, &[CheckKind::Hash, CheckKind::ForeignKeys], "cases: other content");
    expect(&mut bad, "23", fail, &[CheckKind::Schema], "numeric(14,2)");
    expect(&mut bad, "31", TenantState::Unknown, &[], "row_security 42501");
    expect(&mut bad, "59", TenantState::Unknown, &[], "its clone is not there");
    assert!(bad.is_empty(), "nothing is wrong with {bad:?}");

    // A server that writes between two reads has no moment in common: unknown, and said so.
    let mut writer = server.session("CREATE TABLE noise(a int);");
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (stopped, mut input) = (stop.clone(), writer.stdin.take().unwrap());
    let noise = std::thread::spawn(move || {
        use std::io::Write as _;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed)
            && input.write_all(b"INSERT INTO noise VALUES (1);\n".repeat(50).as_slice()).is_ok()
        {}
    });
    let busy = table(&source).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    writer.kill().unwrap();
    writer.wait().unwrap();
    noise.join().unwrap();
    let bad = found(&busy);
    let unknown = bad
        .values()
        .filter(|(state, fails, words)| {
            *state == TenantState::Unknown && fails.is_empty() && words.contains("no common snapshot")
        })
        .count();
    assert!(unknown > 0, "{bad:?}");
    for (id, (state, _, words)) in &bad {
        let is_planted = ["3", "9", "17", "23", "31", "59"].contains(&id.as_str());
        assert!(is_planted || (*state == TenantState::Unknown && words.contains("no common snapshot")), "{id}: {words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shared_tables() {
    let Some(server) = Server::start(&[]) else { return };
    server.sql("postgres", &format!(
        "CREATE ROLE console LOGIN; CREATE SCHEMA app;
         CREATE TABLE app.users(tenant_id text, id int, email text, PRIMARY KEY(tenant_id, id));
         CREATE TABLE app.cases(tenant_id text, id int, owner_id int, status text, amount numeric(12,2), PRIMARY KEY(tenant_id, id), FOREIGN KEY(tenant_id, owner_id) REFERENCES app.users(tenant_id, id));
         CREATE TABLE app.settings(name text PRIMARY KEY);
         INSERT INTO app.users SELECT p || t, g, 'u' || g FROM generate_series(1,{TENANTS}) t, generate_series(1,10) g, (VALUES ('t_'), ('dryrun_')) v(p);
         INSERT INTO app.cases SELECT p || t, g, g, 'open', g * 1.5 FROM generate_series(1,{TENANTS}) t, generate_series(1,10) g, (VALUES ('t_'), ('dryrun_')) v(p);
         CREATE SCHEMA dryrun; CREATE TABLE dryrun.users AS SELECT * FROM app.users; CREATE TABLE dryrun.cases AS SELECT * FROM app.cases; CREATE TABLE dryrun.settings AS SELECT * FROM app.settings;
         GRANT USAGE ON SCHEMA app, dryrun TO console; GRANT SELECT ON ALL TABLES IN SCHEMA app, dryrun TO console;
         DELETE FROM app.cases WHERE tenant_id = 'dryrun_3' AND id = 7;
         UPDATE app.users SET email = 'x' WHERE tenant_id = 'dryrun_9' AND id = 2;
         SET session_replication_role = replica; UPDATE app.cases SET owner_id = 999 WHERE tenant_id = 'dryrun_17' AND id = 2;"));
    let lines =
        format!("layout = \"column\"\nbaseline = \"app\"\ntenants = \"SELECT generate_series(1,{TENANTS})::text AS id\"\n");
    let aggregates =
        "aggregates = { by_status = \"SELECT status, count(*) FROM {schema}.cases WHERE tenant_id = {id} GROUP BY 1\" }\n";
    let source = server.source(&format!("{lines}{aggregates}"));
    let trap = Trap::set(&server);
    let first = table(&source).await;
    trap.is_silent(&server);
    let mut bad = found(&first);
    let fail = TenantState::Fail;
    expect(
        &mut bad,
        "3",
        fail,
        &[CheckKind::Rows, CheckKind::Aggregates],
        "cases: 1 row lost (10 in the source, 9 in the clone)",
    );
    expect(&mut bad, "9", fail, &[CheckKind::Hash], "users: other content");
    expect(&mut bad, "17", fail, &[CheckKind::Hash, CheckKind::ForeignKeys], "cases: other content");
    assert!(bad.is_empty(), "nothing is wrong with {bad:?}");
    assert_eq!(round(&source).await.unwrap().0.made, 0, "nothing changed");

    // Clones in a schema of their own: a column that drifted there drifted for all.
    server.sql("postgres", "ALTER TABLE dryrun.cases ADD COLUMN extra text");
    let apart = server.source(&format!("{lines}clone_schema = \"dryrun\"\nclone = \"t_{{id}}\"\n"));
    let bad = found(&table(&apart).await);
    assert_eq!(bad.len(), TENANTS);
    for (id, (state, fails, words)) in &bad {
        assert_eq!((*state, fails.as_slice()), (fail, &[CheckKind::Schema][..]), "{id}: {words}");
        assert!(words.contains("column cases.extra should not be there"), "{id}: {words}");
    }

    // A policy that would hide rows: unknown for all, never fewer rows.
    server.sql("postgres", "ALTER TABLE app.cases ENABLE ROW LEVEL SECURITY; UPDATE app.users SET email = email WHERE id = 1; SELECT pg_stat_force_next_flush()");
    let bad = found(&table(&source).await);
    let hidden = bad.values().filter(|(state, _, words)| *state == TenantState::Unknown && words.contains("row_security 42501"));
    assert_eq!(hidden.count(), TENANTS, "{bad:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates() {
    let Some(server) = Server::start(&[]) else { return };
    let (key, crt) = (server.dir().join("key.pem"), server.dir().join("crt.pem"));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&crt)
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        println!("skipped: no openssl to make a certificate");
        return;
    }
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let dir = server.dir().display();
    server.sql("postgres", &format!("CREATE ROLE console LOGIN; COPY (SELECT 1) TO PROGRAM 'cp {dir}/key.pem {dir}/data/server.key && chmod 600 {dir}/data/server.key && cp {dir}/crt.pem {dir}/data/server.crt'"));
    server.sql("postgres", "ALTER SYSTEM SET ssl = on");
    server.sql("postgres", "SELECT pg_reload_conf()");
    let rest = "tenants = \"SELECT 1 AS id\"\nbaseline = \"nothing\"\n";
    let ask = async |host: &str, lines: &str| {
        let url = format!("postgres://console@{host}:{}/postgres", server.port);
        round(&source_at(&url, &format!("{lines}{rest}"))).await.map(|_| ()).unwrap_err().words()
    };
    // Far enough to miss the baseline means that the connection was believed.
    let believed = "baseline nothing has no table";
    let own = format!("tls_ca = \"{dir}/crt.pem\"\n");
    for (host, lines, told) in [
        ("localhost", own.as_str(), believed),
        ("127.0.0.1", own.as_str(), "connection: "),
        ("localhost", "", "connection: "),
        ("127.0.0.1", "tls = \"require\"\n", believed),
        ("localhost", "tls_ca = \"/nonexistent\"\n", "tls_ca cannot be read"),
        ("localhost", "tls = \"disable\"\npassword = \"env:CUTOVER_ABSENT\"\n", "CUTOVER_ABSENT is not set"),
    ] {
        let words = ask(host, lines).await;
        assert!(words.contains(told), "{host} {lines}: {words}");
    }
}

/// The program that `tests/proof/postgres.py` starts, with "--ignored".
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by tests/proof/postgres.py over its own server"]
async fn a_whole_round() {
    let url = std::env::var("CUTOVER_PG").unwrap();
    let tenants = "SELECT substr(nspname, 3) AS id FROM pg_namespace WHERE nspname LIKE 't\\\\_%'";
    let source = source_at(&url, &format!("tls = \"disable\"\ntenants = \"{tenants}\"\nbaseline = \"baseline\"\n"));
    let (first, table) = round(&source).await.unwrap_or_else(|cause| panic!("{}", cause.words()));
    let (again, _) = round(&source).await.unwrap_or_else(|cause| panic!("{}", cause.words()));
    let bad: serde_json::Map<String, serde_json::Value> = found(&table)
        .into_iter()
        .map(|(id, (state, fails, note))| {
            let fails: Vec<&str> = fails.iter().map(|kind| kind.word()).collect();
            (id, serde_json::json!({"state": state.word(), "fails": fails, "note": note}))
        })
        .collect();
    let answer = serde_json::json!({"seconds": first.took.as_secs_f64(), "again": again.took.as_secs_f64(), "again_made": again.made,
        "tenants": table.tenants.len(), "footprint": first.footprint, "bad": bad});
    println!("\nROUND {answer}");
}
