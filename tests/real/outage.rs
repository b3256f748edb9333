//! Real servers that go away, one after the other, under the real console; and what `doctor` asks of a real Prometheus.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{backends::backends, pg_server::Server};
use crate::terminal::console_kit::{Console, binary, say};

/// A busy machine, and what a source needs to be lost.
const LONG: Duration = Duration::from_secs(60);

/// The command line over `config`; its exit code, and what it printed.
fn cutover(dir: &Path, config: &Path, words: &[&str]) -> (i32, String) {
    let mut command = Command::new(binary());
    command.arg("--config").arg(config).arg("--state-dir").arg(dir.join("state")).args(words);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", dir);
    let out = command.output().unwrap();
    (out.status.code().unwrap(), format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)))
}

/// A plan whose queries pick their targets by port (C-24): one that is scraped, and one of the two that jobs contend for.
fn plan(port: &str) -> String {
    format!(
        "[plan]\nid = \"etl\"\ntitle = \"ETL\"\nversion = \"1\"\n[[rollouts]]\nrollout = \"k8s/shop/etl\"\nkind = \"deployment\"\n\
         [[stages]]\nid = \"all\"\npercent = [\"100 %\"]\nroll_back_to = \"0 %\"\ncriteria = [\"requests\", \"lag\"]\n\
         [[criteria]]\nid = \"requests\"\nsource = \"metrics\"\nkind = \"value\"\nreads = \"/s\"\nwindow = \"10s\"\n\
         query = 'sum(rate(http_requests_total{{instance=~\".+:{port}\"}}[$window]))'\n\
         sampled = 'http_requests_total{{instance=~\".+:{port}\"}}'\npass = \"> 1 /s\"\n\
         [[criteria]]\nid = \"lag\"\nsource = \"metrics\"\nkind = \"value\"\nreads = \"s\"\n\
         query = 'max(etl_lag_seconds{{instance=~\".+:9091\"}})'\nsampled = 'etl_lag_seconds'\npass = \"< 5 s\"\n"
    )
}

#[test]
fn a_doctor_and_lint_say_who_answers_on_the_ports_that_a_plan_names() {
    let Some(servers) = backends(&["prometheus"]) else { return };
    let port = servers.url("EXPORTER_URL").rsplit(':').next().unwrap().to_owned();
    let dir = tempfile::tempdir().unwrap();
    let (config, plan_file) = (dir.path().join("config.toml"), dir.path().join("etl.toml"));
    std::fs::write(&plan_file, plan(&port)).unwrap();
    let text = format!(
        "[environments.real]\n[sources.metrics]\nkind = \"prometheus\"\nenvironment = \"real\"\nurl = \"{}\"\nalerts = false\n\
         [plans]\nfiles = [\"etl.toml\"]\n",
        servers.url("PROMETHEUS_URL")
    );
    std::fs::write(&config, text).unwrap();
    let (_, linted) = cutover(dir.path(), &config, &["plan", "lint", &plan_file.display().to_string()]);
    for (id, port) in [("requests", port.as_str()), ("lag", "9091")] {
        let line = 1 + plan(port).lines().position(|line| line == format!("id = \"{id}\"")).unwrap();
        let said = linted.lines().any(|said| {
            said.contains("C-24") && said.contains(&format!("etl.toml:{line}")) && said.contains(&format!("port {port}"))
        });
        assert!(said, "C-24 at line {line} with port {port}:\n{linted}");
    }
    let found = |name: &str| {
        let (_, out) = cutover(dir.path(), &config, &["doctor", "--json"]);
        let answer: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}"));
        let all = answer["findings"].as_array().unwrap().clone();
        let one = all.into_iter().find(|one| one["what"] == "metrics" && one["name"] == name).unwrap_or_else(|| panic!("{out}"));
        (one["state"].as_str().unwrap().to_owned(), one["sentence"].as_str().unwrap().to_owned())
    };
    let until = |name: &str, state: &str, sentence: &str| {
        let begun = Instant::now();
        loop {
            let now = found(name);
            if now == (state.to_owned(), sentence.to_owned()) {
                return;
            }
            assert!(begun.elapsed() < LONG, "{name}: {now:?} instead of {state}: {sentence}");
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    let (scraped, job) = (format!(":{port}"), format!("job checkout at 127.0.0.1:{port}"));
    until(&scraped, "ok", &format!("answers: {job}"));
    // Where one of the two is named both are asked, and nobody scrapes either here.
    assert_eq!(found(":9091"), ("warn".into(), "no job scrapes it".into()));
    assert_eq!(found(":9090"), ("warn".into(), "no job scrapes it".into()));
    servers.stop("exporter");
    until(&scraped, "warn", &format!("does not answer: {job}"));
    servers.stop("prometheus");
    until(&scraped, "unknown", "metrics does not answer: unreachable: the connection is refused");
    say("outage: doctor: the job that answers, one that does not, none, and a Prometheus that is away; lint: C-24 at both lines");
}

/// A server of files.
struct Files(Child);

impl Files {
    fn start(dir: &Path) -> (Self, u16) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("python3");
        command.args(["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1", "--directory"]).arg(dir);
        let files = Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < LONG, "no server of files");
            std::thread::sleep(Duration::from_millis(50));
        }
        (files, port)
    }

    fn stop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Two tenants, both rehearsed without a loss.
fn database() -> Option<Server> {
    let server = Server::start(&[])?;
    server.sql("postgres", "CREATE ROLE console LOGIN; CREATE TABLE public.tenants(id text); INSERT INTO public.tenants VALUES ('1'), ('2'); GRANT SELECT ON public.tenants TO console;");
    for schema in ["baseline", "t_1", "dryrun_1", "t_2", "dryrun_2"] {
        server.sql("postgres", &format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.cases(id int PRIMARY KEY, status text); INSERT INTO {schema}.cases SELECT g, 'open' FROM generate_series(1, 9) g; GRANT USAGE ON SCHEMA {schema} TO console; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO console;"));
    }
    Some(server)
}

const ALL: [&str; 4] = ["web", "db", "metrics", "alerts"];

/// The row of a source on the page of sources.
fn row(text: &str, source: &str) -> String {
    let is_its = |line: &&str| line.trim_start_matches(['>', ' ']).starts_with(&format!("{source} "));
    text.lines().find(is_its).unwrap_or_else(|| panic!("no row of {source}:\n{text}")).to_owned()
}

/// On the page of sources until `gone` are lost, with when they last answered, and the others live; then back.
fn only_these_are_lost(console: &mut Console, gone: &[&str]) {
    console.press("9");
    console.run.wait_for(&format!("only {gone:?} lost"), LONG, |screen| {
        let text = screen.contents();
        text.contains("9 Sources")
            && ALL.iter().all(|source| {
                let row = row(&text, source);
                if gone.contains(source) { row.contains("lost") && row.contains(", ok ") } else { row.contains("live") }
            })
    });
    console.press("0");
    console.wait("1 Rollouts");
}

#[test]
fn each_server_that_goes_away_takes_only_its_own_rows_along_and_nothing_looks_quiet() {
    let Some(servers) = backends(&["alertmanager", "prometheus"]) else { return };
    let Some(mut database) = database() else { return };
    let state = tempfile::tempdir().unwrap();
    let customers = r#"{"customers": [{"customer_id": "acme", "lag_ms": 7}, {"customer_id": "globex", "lag_ms": 9}]}"#;
    std::fs::write(state.path().join("customers.json"), customers).unwrap();
    let (mut files, port) = Files::start(state.path());
    let source = |name: &str, keys: &str| {
        format!("[sources.{name}]\nenvironment = \"real\"\ninterval = \"1s\"\nstale_after = \"4s\"\n{keys}\n")
    };
    let web = format!(
        "kind = \"http\"\nurl = \"http://127.0.0.1:{port}\"\nendpoints = {{ customers = \"/customers.json\" }}\n\
         tenants = \"customers#/customers\"\ncolumns = {{ lag_ms = \"/lag_ms\" }}\nbounds = {{ lag_ms = \"<= 500\" }}"
    );
    let tenants = "tls = \"disable\"\ntenants = \"SELECT id FROM public.tenants\"\nbaseline = \"baseline\"";
    // One alert alone, which does not fire: quiet as long as somebody says so.
    let quiet = "filters = [\"alertname=\\\"HighErrorRate\\\"\"]";
    let text = [
        "[environments.real]\n".to_owned(),
        source("web", &web),
        source("db", &format!("kind = \"postgres\"\nurl = \"{}\"\n{tenants}", database.url())),
        source("metrics", &format!("kind = \"prometheus\"\nurl = \"{}\"\nalerts = false", servers.url("PROMETHEUS_URL"))),
        source("alerts", &format!("kind = \"alertmanager\"\npeers = [\"{}\"]\n{quiet}", servers.url("ALERTMANAGER_URL"))),
    ]
    .concat();
    let config = state.path().join("config.toml");
    std::fs::write(&config, text).unwrap();
    let (chain, config) = (state.path().join("ledger"), config.display().to_string());
    let mut console = Console::starting(state, chain, &["--config", &config], &[]);
    console.run.resize(220, 50);
    console.run.wait_for_text("0 firing (1/1 sources", LONG);
    only_these_are_lost(&mut console, &[]);
    console.run.wait_for("nothing silent", LONG, |screen| {
        let text = screen.contents();
        text.contains("4 green  of 4") && !text.contains("silent") && !text.contains("BLIND")
    });
    for count in 1..=ALL.len() {
        let gone = &ALL[..count];
        match gone[count - 1] {
            "web" => files.stop(),
            "db" => database.kill(),
            "metrics" => servers.stop("prometheus"),
            _ => servers.stop("alertmanager"),
        }
        only_these_are_lost(&mut console, gone);
        let said = on_the_overview(&mut console, gone);
        say(&format!("outage: {count} gone: {said}"));
    }
}

/// What the attention line says. It names each that is gone with its age and no other, and only who can still tell says that
/// nothing fires.
fn on_the_overview(console: &mut Console, gone: &[&str]) -> String {
    let blind = format!("BLIND  {} of 4 sources silent: ", gone.len());
    console.run.wait_for_text(&blind, LONG);
    let text = console.run.text();
    let line = text.lines().find(|line| line.contains(&blind)).unwrap().trim().to_owned();
    let (_, causes) = line.split_once(&blind).unwrap();
    for source in ALL {
        let age = causes.split(", ").find_map(|cause| cause.strip_prefix(&format!("{source} ")));
        let is_old = age.is_some_and(|age| age.starts_with(|c: char| c.is_ascii_digit()) && age.contains(" ("));
        assert_eq!(is_old, gone.contains(&source), "{source}: {line}");
    }
    assert!(text.contains(&format!("sources {}/4 !", 4 - gone.len())), "{text}");
    // Both tell tenants; the first to go leaves the other's as they are.
    let said =
        if gone.len() == 1 { ["web is silent: what it told ", "2 green  of 2  web: 2 old"] } else { ["silent: db ", ", web "] };
    for words in said {
        assert!(text.contains(words), "{words}: {text}");
    }
    // The alerts' source goes last.
    let all_gone = gone.len() == ALL.len();
    console.press("2");
    console.press("\r");
    console.run.pump_for(Duration::from_millis(500));
    for text in [text, console.run.text()] {
        assert!(!text.contains("0 alerts"), "{text}");
        assert_eq!(text.contains("0 firing (1/1 sources"), !all_gone, "{text}");
        assert_eq!(text.contains("absence of alerts is NOT good news: alerts"), all_gone, "{text}");
    }
    console.press("0");
    console.wait("1 Rollouts");
    line
}
