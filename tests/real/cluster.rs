//! One real cluster for a run of the tests: started by the first that asks, ended when the process ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

/// The first of ten loopback ports, unless `CUTOVER_CLUSTER_PORT` says another: two runs on one machine must not meet.
const PORT: u16 = 21000;

pub struct Cluster {
    dir: PathBuf,
    /// Held open; the keeper at its other end takes the cluster down when this process ends, however it ends.
    keeper: Child,
}

/// A cluster that a test has to itself: there is one at a time beside the shared one.
pub struct OwnCluster {
    cluster: Cluster,
    /// Given back after the cluster is down.
    _turn: MutexGuard<'static, ()>,
}

impl std::ops::Deref for OwnCluster {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        &self.cluster
    }
}

impl Drop for Cluster {
    /// Waits until it is down: the next one takes its ports.
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// The cluster, or a line that says that there is none.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    let found = CLUSTER.get_or_init(|| start(port())).as_ref();
    if found.is_none() {
        // Straight to the handle: the harness would keep a print of a test that passes to itself.
        let _ = std::io::stderr().write_all(b"skipped: no cluster here\n");
    }
    found
}

/// A cluster of its own for a test that breaks it, beside the shared one. Whoever asks while another test has one, waits.
pub fn own_cluster() -> Option<OwnCluster> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let found = start(port() + 10).map(|cluster| OwnCluster { cluster, _turn: turn });
    if found.is_none() {
        let _ = std::io::stderr().write_all(b"skipped: no cluster here\n");
    }
    found
}

fn port() -> u16 {
    // Another range each run: the clusters of the last one may still be going down.
    let some = PORT + u16::try_from(std::process::id() % 50).unwrap_or_default() * 20;
    std::env::var("CUTOVER_CLUSTER_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(some)
}

fn script() -> PathBuf {
    std::env::var_os("CUTOVER_CLUSTER_SH")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cluster/cluster.sh"), PathBuf::from)
}

/// One start at a time, and a second try in another range: a machine of two cores that brings up two control planes at once,
/// under a whole run of tests, lets one of them time out now and then.
fn start(port: u16) -> Option<Cluster> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let script = script();
    script
        .is_file()
        .then(|| try_start(&script, port).or_else(|| try_start(&script, port + 1_200)).expect("the cluster did not start"))
}

fn try_start(script: &Path, port: u16) -> Option<Cluster> {
    let dir = tempfile::tempdir().unwrap().keep();
    let keeper = Command::new("setsid")
        .args(["sh", "-c", "cat >/dev/null; \"$1\" down \"$2\"; rm -rf \"$2\"", "keeper"])
        .arg(script)
        .arg(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Programs that stay must not inherit our pipes. Dropped, the keeper takes down what did start.
    let up = Command::new("bash")
        .arg(script)
        .arg("up")
        .arg(&dir)
        .args([port.to_string().as_str(), "argo"])
        .stdout(Stdio::null())
        .status();
    let cluster = Cluster { dir, keeper };
    up.unwrap().success().then_some(cluster)
}

impl Cluster {
    /// Access file of `captain`, `watcher`, `nobody`, `captain-exec`, `captain-cert`.
    pub fn access(&self, who: &str) -> PathBuf {
        self.dir.join(format!("kubeconfig.{who}"))
    }

    /// What its access files name the cluster, the context and the user by: each file has one of each, on one line.
    pub fn access_line(&self, who: &str, list: &str) -> String {
        let file = std::fs::read_to_string(self.access(who)).unwrap();
        let line = file.lines().find_map(|line| line.strip_prefix(&format!("{list}: ["))).unwrap();
        line.strip_suffix(']').unwrap().to_owned()
    }

    /// Ends one of its programs.
    pub fn stop(&self, program: &str) {
        let stopped = Command::new("bash").arg(script()).arg("stop").arg(&self.dir).arg(program).stdout(Stdio::null()).status();
        assert!(stopped.unwrap().success(), "{program} did not stop");
    }

    /// As the administrator.
    pub fn kubectl(&self, words: &[&str], input: &str) -> String {
        let mut child = Command::new(self.dir.join("bin/kubectl"))
            .arg("--kubeconfig")
            .arg(self.dir.join("kubeconfig"))
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "kubectl {words:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    /// A namespace of its own with one canary: 25 %, wait, 50 %, soak 15 s, 75 %, wait.
    pub fn canary(&self, namespace: &str, name: &str, image: &str) {
        let object = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n---\n\
             apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  replicas: 4\n  \
             selector: {{matchLabels: {{app: {name}}}}}\n  strategy:\n    canary:\n      \
             steps: [{{setWeight: 25}}, {{pause: {{}}}}, {{setWeight: 50}}, {{pause: {{duration: 15s}}}}, {{setWeight: 75}}, {{pause: {{}}}}]\n  \
             template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: app, image: \"{image}\"}}]}}\n"
        );
        self.kubectl(&["apply", "-f", "-"], &object);
    }

    pub fn set_image(&self, namespace: &str, name: &str, image: &str) {
        let patch =
            format!("{{\"spec\":{{\"template\":{{\"spec\":{{\"containers\":[{{\"name\":\"app\",\"image\":\"{image}\"}}]}}}}}}}}");
        self.kubectl(&["-n", namespace, "patch", "rollouts.argoproj.io", name, "--type=merge", "-p", &patch], "");
    }

    /// What the server's own audit log holds of changes to rollouts of a namespace by `user`, dry runs apart:
    /// `(auditID, status)`.
    pub fn changes(&self, namespace: &str, user: &str) -> Vec<(String, i64)> {
        let log = std::fs::read_to_string(self.dir.join("audit.log")).unwrap_or_default();
        log.lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|event| {
                event["stage"] == "ResponseComplete"
                    && event["verb"] == "patch"
                    && event["objectRef"]["namespace"] == namespace
                    && event["user"]["username"] == user
                    && !event["requestURI"].as_str().unwrap_or_default().contains("dryRun")
            })
            .map(|event| {
                (event["auditID"].as_str().unwrap_or_default().to_owned(), event["responseStatus"]["code"].as_i64().unwrap_or(0))
            })
            .collect()
    }
}
