//! A gate over the real Prometheus and an advance of the real Argo controller: what fails or is not known refuses it, on
//! screen and in the command line, with value, rule and line; a pause goes all the same; what passes lets it go.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    backends::{Backends, backends},
    cluster::{Cluster, cluster},
    console_verbs::confirm,
};
use crate::terminal::console_kit::{Console, SOON, binary, say};

/// Long enough for a controller on a busy machine, and for a window of ten seconds to fill.
const LONG: Duration = Duration::from_secs(60);
const NAMESPACE: &str = "gated";

/// A ratio of events that were really counted. A sample may be five seconds old: a silent exporter is soon told apart.
const PLAN: &str = r#"[plan]
id = "checkout"
title = "Checkout"
version = "2"

[[rollouts]]
rollout = "k8s/gated/web"
kind = "deployment"

[[stages]]
id = "canary"
percent = ["25 %", "50 %", "75 %"]
roll_back_to = "0 %: everybody on the stable version"

[[criteria]]
id = "error-rate"
title = "error rate"
source = "metrics"
kind = "ratio"
bad = 'sum(increase(http_requests_total{app="checkout",version="canary",code="500"}[$window]))'
total = 'sum(increase(http_requests_total{app="checkout",version="canary"}[$window]))'
min_events = "100 events"
sampled = 'http_requests_total{app="checkout",version="canary"}'
window = "10s"
max_age = "5s"
every = "1s"
pass = "< 1 %"

[[gates]]
id = "health"
title = "Checkout is well"
required = true
criteria = ["error-rate"]
"#;

struct World<'a> {
    cluster: &'a Cluster,
    servers: Backends,
    console: Console,
    config: String,
    /// `plan.toml:LINE` of the criterion.
    place: String,
}

/// What the command line answered.
#[derive(Debug)]
struct Answer {
    code: i32,
    json: Value,
}

impl Answer {
    fn sentence(&self) -> &str {
        self.json["sentence"].as_str().unwrap_or_default()
    }
}

impl<'a> World<'a> {
    /// A canary that waits at 25 %, a console that looks at it, and one configuration with both sources and the plan.
    fn begin(cluster: &'a Cluster, servers: Backends) -> Self {
        cluster.canary(NAMESPACE, "web", "app:v1");
        let state = tempfile::tempdir().unwrap();
        let line = 1 + PLAN.lines().position(|line| line == "id = \"error-rate\"").unwrap();
        std::fs::write(state.path().join("plan.toml"), PLAN).unwrap();
        let config = state.path().join("config.toml");
        let text = format!(
            "[environments.real]\ndanger = false\nmode = \"read-write\"\n\
             [sources.k8s]\nkind = \"argo\"\nenvironment = \"real\"\nkubeconfig = \"{}\"\nnamespaces = [\"{NAMESPACE}\"]\n\
             [sources.metrics]\nkind = \"prometheus\"\nenvironment = \"real\"\ninterval = \"1s\"\nstale_after = \"10s\"\n\
             url = \"{}\"\nalerts = false\n[plans]\nfiles = [\"plan.toml\"]\n",
            cluster.access("captain").display(),
            servers.url("PROMETHEUS_URL"),
        );
        std::fs::write(&config, text).unwrap();
        let (chain, config) = (state.path().join("ledger"), config.display().to_string());
        let mut console = Console::starting(state, chain, &["--config", &config], &[]);
        console.run.resize(140, 50);
        wait_for_state(&mut console, "OK");
        cluster.set_image(NAMESPACE, "web", "app:v2");
        Self { cluster, servers, console, config, place: format!("plan.toml:{line}") }
    }

    /// The command line, with the console's own configuration and ledger.
    fn run(&self, words: &[&str]) -> Answer {
        let mut command = Command::new(binary());
        command.args(["--config", &self.config, "--state-dir"]).arg(self.console.state()).args(words).arg("--json");
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", std::env::var_os("HOME").unwrap());
        let out = command.output().unwrap();
        let json = serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{words:?}: {out:?}"));
        Answer { code: out.status.code().unwrap(), json }
    }

    /// Asks without sending until the answer ends with `code` and says `wanted`.
    fn until(&self, what: &str, code: i32, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let begun = Instant::now();
        loop {
            let answer = self.run(&["advance", "web", "--dry-run"]);
            if answer.code == code && wanted(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < LONG, "{what}: {answer:#?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// What stands on the screen, unwrapped.
    fn words(&self) -> String {
        let text = self.console.run.text();
        let is_frame = |c: char| ('\u{2500}'..='\u{257f}').contains(&c);
        text.split(|c: char| c.is_whitespace() || is_frame(c)).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Presses `A` until what is said against it is as wanted: the screen says what its newest reading says. Never a form.
    fn refused_on_screen(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + SOON;
        loop {
            self.console.press("A");
            self.console.run.pump_for(Duration::from_millis(500));
            let words = self.words();
            assert!(!words.contains("Type to confirm:"), "a form: {words}");
            if let Some((_, said)) = words.split_once("advance is not possible: ")
                && wanted(said)
            {
                return said.to_owned();
            }
            assert!(Instant::now() < end, "on the screen:\n{}", self.console.run.text());
        }
    }

    /// Requests that changed something, by the server's own audit log.
    fn patches(&self) -> Vec<(String, i64)> {
        self.cluster.changes(NAMESPACE, "captain")
    }

    fn traffic(&self, query: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.servers.traffic(&format!("version=canary&rps=200&{query}")));
    }

    /// The rollout as the administrator sees it, at a JSON path.
    fn seen(&self, path: &str) -> String {
        let words = ["-n", NAMESPACE, "get", "rollouts.argoproj.io", "web", "-o", &format!("jsonpath={{{path}}}")];
        self.cluster.kubectl(&words, "")
    }

    fn records(&self, kind: &str) -> Vec<Value> {
        self.console.ledger().into_iter().filter(|record| record["type"] == kind).collect()
    }
}

/// Waits for the state of the rollout's row.
fn wait_for_state(console: &mut Console, state: &str) {
    let is_there = |line: &str| line.contains("web ") && line.contains(&format!(" {NAMESPACE} ")) && line.contains(state);
    console.run.wait_for(state, LONG, |screen| screen.contents().lines().any(is_there));
}

/// The share in percent in `error rate 30.1 % is not < 1 % (plan.toml:20)`, when it is said so.
fn failing(words: &str, place: &str) -> Option<f64> {
    let (before, _) = words.split_once(&format!(" % is not < 1 % ({place})"))?;
    before.rsplit_once("error rate ")?.1.parse().ok()
}

#[test]
fn a_gate_over_real_metrics_holds_the_real_controller_and_a_pause_does_not_ask_it() {
    let Some(servers) = backends(&["prometheus"]) else { return };
    let Some(cluster) = cluster() else { return };
    let mut world = World::begin(cluster, servers);
    world.traffic("error_rate=0.001");
    wait_for_state(&mut world.console, "READY");
    let offered = world.until("an advance is offered", 0, |answer| answer.json["confirm"] == "50");
    assert_eq!((&offered.json["outcome"], &offered.json["refusal"]), (&Value::Null, &Value::Null), "{offered:#?}");

    failing_refuses(&mut world);
    pause_goes(&mut world);
    unknown_refuses(&mut world);
    healthy_goes(&mut world);
}

fn failing_refuses(world: &mut World<'_>) {
    let place = world.place.clone();
    world.traffic("error_rate=0.3");
    // Until the window holds nothing but the bad traffic: what is compared stands still then.
    let is_bad = |words: &str| failing(words, &place).is_some_and(|share| (29.0..31.0).contains(&share));
    world.until("the gate fails", 3, |answer| is_bad(answer.sentence()));
    let refused = world.run(&["advance", "web", "--confirm", "50"]);
    assert_eq!((refused.code, refused.json["refusal"]["code"].as_str()), (3, Some("gate_fails")), "{refused:#?}");
    assert!(is_bad(refused.sentence()) && refused.sentence().starts_with("Checkout is well: "), "{}", refused.sentence());
    wait_for_state(&mut world.console, "HOLD");
    let said = world.refused_on_screen(is_bad);
    assert!(said.starts_with("Checkout is well: error rate "), "{said}");
    assert_eq!(world.patches(), [], "a refused advance sends nothing");
    let denied = world.records("deny");
    assert!(denied.iter().any(|deny| deny["refusal"]["code"] == "gate_fails" && deny["via"] == "command_line"), "{denied:#?}");
    assert_eq!(world.records("intent").len(), 0);
    say(&format!("gated: failing: exit 3 and the screen: {}", refused.sentence()));
}

/// Held back is what widens; a person's pause and its end ask no gate.
fn pause_goes(world: &mut World<'_>) {
    confirm(&mut world.console, "P", "i", "pause");
    world.console.wait_for_records("observed", 1, LONG);
    assert_eq!(world.seen(".spec.paused"), "true");
    assert_eq!(world.records("observed")[0]["outcome"], "verified");
    let paused = world.records("intent");
    let id = paused[0]["id"].as_str().unwrap().to_owned();
    assert_eq!((paused.len(), &paused[0]["operation"]), (1, &Value::from("pause")));
    assert_eq!(world.patches(), [(id, 200)], "one request, the pause's");
    world.console.run.wait_for_text("verified", SOON);
    world.console.press("0");
    world.console.wait("1 Rollouts");
    assert_eq!(world.run(&["gates", "check", "web"]).code, 3, "the gate still fails");
    let resumed = world.run(&["resume", "web", "--confirm", "web"]);
    assert_eq!((resumed.code, resumed.json["outcome"].as_str()), (0, Some("verified")), "{resumed:#?}");
    say("gated: failing: a pause from the screen is verified; the audit log holds its PATCH and no other");
}

fn unknown_refuses(world: &mut World<'_>) {
    let place = world.place.clone();
    world.servers.stop("exporter");
    let named = format!("({place})");
    world.until("nobody knows", 4, |answer| answer.sentence().contains(&named));
    let refused = world.run(&["advance", "web", "--confirm", "50"]);
    assert_eq!((refused.code, refused.json["refusal"]["code"].as_str()), (4, Some("gate_undecided")), "{refused:#?}");
    assert!(refused.sentence().contains("Checkout is well: error rate ") && refused.sentence().contains(&named));
    wait_for_state(&mut world.console, "NODATA");
    world.refused_on_screen(|words| words.contains(&named));
    assert_eq!(world.patches().len(), 2, "the pause and its end");
    assert_eq!(world.seen(".status.currentStepIndex"), "1");
    say(&format!("gated: exporter stopped: exit 4 and the screen: {}", refused.sentence()));
}

fn healthy_goes(world: &mut World<'_>) {
    let _exporter = world.servers.exporter_again();
    world.traffic("error_rate=0.001");
    world.until("healthy again", 0, |answer| answer.json["confirm"] == "50");
    wait_for_state(&mut world.console, "READY");
    confirm(&mut world.console, "A", "m", "50");
    world.console.wait_for_records("observed", 3, LONG);
    assert_eq!(world.records("observed")[2]["outcome"], "verified");
    let intents = world.records("intent");
    let advance = intents.last().unwrap();
    assert_eq!((intents.len(), &advance["operation"]), (3, &Value::from("advance")));
    let judged = advance["judged"].as_array().unwrap();
    let evidence = judged.iter().find(|judged| judged["id"] == "error-rate").unwrap();
    let share: f64 = evidence["value"].as_str().unwrap().strip_suffix(" %").unwrap().parse().unwrap();
    assert!((0.0..1.0).contains(&share), "{evidence:#}");
    assert_eq!(
        (&evidence["verdict"], &evidence["rule"], &evidence["place"]),
        (&Value::from("pass"), &Value::from("< 1 %"), &Value::from(world.place.clone())),
        "{evidence:#}"
    );
    assert!(evidence["age_ms"].as_u64().is_some_and(|age| age <= 5_000), "{evidence:#}");
    let sent: Vec<(String, i64)> = intents.iter().map(|intent| (intent["id"].as_str().unwrap().to_owned(), 200)).collect();
    assert_eq!(world.patches(), sent, "the audit log holds the requests of the ledger and no more");
    assert!(world.seen(".status.currentStepIndex").parse::<u32>().unwrap() >= 2);
    say(&format!("gated: healthy: the advance is verified, its record holds {share} %, < 1 %, {}", world.place));
}
