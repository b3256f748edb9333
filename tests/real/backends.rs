//! Real Prometheus, Alertmanager peers and an exporter whose traffic is set: started for one test, ended with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    collections::HashMap,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

pub struct Backends {
    dir: PathBuf,
    /// Addresses by name (`PROMETHEUS_URL`).
    env: HashMap<String, String>,
}

fn script() -> PathBuf {
    std::env::var_os("CUTOVER_BACKENDS_SH")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools/start_backends.sh"), PathBuf::from)
}

/// Where the servers' software was unpacked; fetched on first use where `CUTOVER_BACKENDS_ROOT` names a directory.
fn root() -> Option<PathBuf> {
    let root = PathBuf::from(std::env::var_os("CUTOVER_BACKENDS_ROOT")?);
    let is_there = || root.join("deb/usr/bin/prometheus").is_file();
    if !is_there() {
        // It also fetches what is not needed here, and may fail at that: what counts is what is there then.
        let _ = Command::new("bash").arg(script()).arg("fetch").arg(&root).stdout(Stdio::null()).status();
    }
    is_there().then_some(root)
}

/// `what` in order, or a line that says that there is none.
pub fn backends(what: &[&str]) -> Option<Backends> {
    let found = script().is_file().then(root).flatten().map(|root| start(&root, what));
    if found.is_none() {
        // Straight to the handle: the harness would keep a print of a test that passes to itself.
        let _ = std::io::stderr().write_all(b"skipped: no Prometheus and Alertmanager here\n");
    }
    found
}

/// Tests of one run may have servers at the same time: each start has thirty ports of its own.
static STARTS: AtomicU32 = AtomicU32::new(0);

fn start(root: &Path, what: &[&str]) -> Backends {
    let dir = tempfile::tempdir().unwrap().keep();
    let block = std::process::id() % 50 * 4 + STARTS.fetch_add(1, Ordering::Relaxed) % 4;
    let port = 24_000 + u16::try_from(block).unwrap() * 30;
    let started = Command::new("bash")
        .arg(script())
        .arg("start")
        .args([root, &dir])
        .arg(port.to_string())
        .args(what)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    let mut backends = Backends { dir, env: HashMap::new() };
    assert!(started.success(), "the servers did not start");
    let env = std::fs::read_to_string(backends.dir.join("env")).unwrap();
    let pairs = env.lines().filter_map(|line| line.split_once('='));
    backends.env = pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())).collect();
    backends
}

impl Backends {
    pub fn url(&self, name: &str) -> &str {
        self.env.get(name).unwrap_or_else(|| panic!("no {name}"))
    }

    /// Ends one server (`prometheus`, `exporter`, `alertmanager2`), by the pid that its start noted.
    pub fn stop(&self, name: &str) {
        let noted = std::fs::read_to_string(self.dir.join(format!("{name}.pid"))).unwrap();
        let pid = noted.split(' ').next().unwrap();
        assert!(Command::new("kill").args(["-KILL", pid]).status().unwrap().success(), "{name} did not end");
    }

    /// The exporter that was stopped, anew: it counts from zero. Ended with what is given back.
    pub fn exporter_again(&self) -> Exporter {
        let port = self.url("EXPORTER_URL").rsplit(':').next().unwrap();
        let mut command = Command::new("python3");
        command.arg(self.dir.join("exporter.py")).arg(port).stdout(Stdio::null()).stderr(Stdio::null());
        let exporter = Exporter(command.spawn().unwrap());
        let until = std::time::Instant::now() + std::time::Duration::from_secs(15);
        while std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
            assert!(std::time::Instant::now() < until, "the exporter did not start again");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        exporter
    }

    /// Changes the exporter's traffic: `version=canary&error_rate=0.2`.
    pub async fn traffic(&self, query: &str) {
        // A second time is an error that says that it is done already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(format!("{}/set?{query}", self.url("EXPORTER_URL")))
            .send()
            .await
            .unwrap();
    }
}

/// An exporter that a test started itself.
pub struct Exporter(Child);

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Backends {
    fn drop(&mut self) {
        let _ = Command::new("bash").arg(script()).arg("stop").arg(&self.dir).stdout(Stdio::null()).status();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
