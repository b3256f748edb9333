//! A token that must be nowhere: not on the screen, in no file that the console writes, and not on its command line. The API
//! is played by `tests/proof/fake_api.py`, which can also fail in ways that quote what it was sent.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::console_kit::{Console, SOON, records};

const CANARY: &str = "CANARY-9f31c7e2b4";

/// The played API server; ended when dropped.
struct Api {
    child: Child,
    port: u16,
}

impl Api {
    fn start() -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proof/fake_api.py");
        let mut child = Command::new("python3").arg(script).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the port");
        let api = Self { child, port };
        // A rollout exists once somebody asked for it.
        api.ask("GET", "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout");
        Some(api)
    }

    fn ask(&self, verb: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "{verb} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every file below `dir` that holds `needle`.
fn holding(dir: &Path, needle: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, needle));
        } else if std::fs::read(&path).unwrap().windows(needle.len()).any(|window| window == needle) {
            found.push(path);
        }
    }
    found
}

/// Access file and a configuration that logs everything, in a place that is not the state directory.
fn access(dir: &Path, port: u16) -> (String, String) {
    let kubeconfig = dir.join("kubeconfig");
    std::fs::write(
        &kubeconfig,
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: fake\nclusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n\
             contexts: [{{name: fake, context: {{cluster: c, user: u, namespace: shop}}}}]\nusers: [{{name: u, user: {{token: {CANARY}}}}}]\n"
        ),
    )
    .unwrap();
    let config = dir.join("config.toml");
    std::fs::write(&config, "[log]\nlevel = \"trace\"\n").unwrap();
    (kubeconfig.display().to_string(), config.display().to_string())
}

/// Looks at every page, opens a form with its papers, confirms a roll back, and looks at its end and its record.
fn use_everything(console: &mut Console, acts: bool) {
    for key in ["\r", "w", "\x1b", "\x1b", "9", "7", "0", "X", "\x1b", "?", "\x1b"] {
        console.press(key);
        console.run.pump_for(Duration::from_millis(120));
    }
    console.press("B");
    console.run.pump_for(Duration::from_millis(800));
    if acts {
        let phrase = console.phrase();
        for key in ["d", "d", "s", "s", "b", "\t", "\t"] {
            console.press(key);
            console.run.pump_for(Duration::from_millis(100));
        }
        console.type_text(&phrase);
        for key in ["\t", "\t", "\r"] {
            console.press(key);
        }
        console.wait_for_records("intent", 1, SOON);
        console.wait_for_records("outcome", 1, Duration::from_secs(30));
        console.run.pump_for(Duration::from_millis(300));
    }
    for key in ["\x1b", "\x1b", "7", "\r", "J", "0"] {
        console.press(key);
        console.run.pump_for(Duration::from_millis(120));
    }
}

fn is_nowhere(console: &Console, what: &str) {
    let needle = CANARY.as_bytes();
    assert!(!console.run.raw().windows(needle.len()).any(|window| window == needle), "{what}: on the screen");
    assert!(!console.run.text().contains(CANARY), "{what}: on the screen");
    assert!(holding(console.state(), needle).is_empty(), "{what}: in {:?}", holding(console.state(), needle));
    let cmdline = std::fs::read(format!("/proc/{}/cmdline", console.run.pid().as_raw_nonzero())).unwrap();
    assert!(!cmdline.windows(needle.len()).any(|window| window == needle), "{what}: on the command line");
}

#[test]
fn a_token_is_nowhere() {
    let Some(api) = Api::start() else {
        let _ = std::io::stderr().write_all(b"skipped: no python3 here\n");
        return;
    };
    for fault in ["ok", "503", "redirect", "half", "reset"] {
        api.ask("POST", &format!("/_fault/{fault}"));
        let elsewhere = tempfile::tempdir().unwrap();
        let (kubeconfig, config) = access(elsewhere.path(), api.port);
        let state = tempfile::tempdir().unwrap();
        let chain = state.path().join("ledger");
        // Each fault on a rollout of its own: what happened to the last one does not stand in the way.
        let name = format!("canary-{fault}");
        api.ask("GET", &format!("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/{name}"));
        let words = ["--kubeconfig", &kubeconfig, "--config", &config];
        let mut console = Console::starting(state, chain, &words, &[]);
        console.wait(&name);
        console.select(&name);
        use_everything(&mut console, true);
        is_nowhere(&console, fault);
        let outcomes: Vec<_> = console.ledger().into_iter().filter(|record| record["type"] == "outcome").collect();
        assert_eq!(outcomes.len(), 1, "{fault}: {outcomes:?}");
    }
    // The check can fail: the same search finds it in the file that holds it.
    let elsewhere = tempfile::tempdir().unwrap();
    access(elsewhere.path(), api.port);
    assert_eq!(holding(elsewhere.path(), CANARY.as_bytes()).len(), 1);
}

#[test]
fn a_token_is_nowhere_when_the_server_is_not_there_or_the_file_is_broken() {
    let elsewhere = tempfile::tempdir().unwrap();
    // Nobody listens on port 1.
    let (kubeconfig, config) = access(elsewhere.path(), 1);
    let state = tempfile::tempdir().unwrap();
    let chain = state.path().join("ledger");
    let mut console = Console::starting(state, chain, &["--kubeconfig", &kubeconfig, "--config", &config], &[]);
    console.wait("BLIND");
    use_everything(&mut console, false);
    is_nowhere(&console, "no server");
    assert!(records(console.state()).iter().all(|record| record["type"] != "intent"));

    std::fs::write(&kubeconfig, format!("apiVersion: v1\nusers: [{{name: u, user: {{token: {CANARY}")).unwrap();
    let state = tempfile::tempdir().unwrap();
    let chain = state.path().join("ledger");
    let mut console = Console::starting(state, chain, &["--kubeconfig", &kubeconfig, "--config", &config], &[]);
    console.run.pump_for(Duration::from_secs(2));
    let needle = CANARY.as_bytes();
    assert!(!console.run.raw().windows(needle.len()).any(|window| window == needle), "{}", console.run.text());
    assert!(holding(console.state(), needle).is_empty());
}
