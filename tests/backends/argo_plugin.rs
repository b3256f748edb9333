//! Credential plugins that hang: they hold nobody who does not need them, nobody for long, and leave nothing behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "measures real time")]

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use cutover::{
    backend::{
        argo::{ArgoSettings, ArgoSource, client},
        port::Source,
    },
    domain::{Timestamp, clock::Clock, id::SourceId},
};

use super::argo_mock::{Mock, Reply, Wall};

/// A clock that can be moved on.
#[derive(Debug, Default)]
struct Leaping(AtomicU64);

impl Leaping {
    fn leap(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn offset(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

impl Clock for Leaping {
    fn now(&self) -> Timestamp {
        Wall.now() + self.offset()
    }

    fn since_boot(&self) -> Duration {
        Wall.since_boot() + self.offset()
    }
}

/// A plugin that gives `token-1`, `token-2`, ... good for an hour, and hangs with a child of its own once `hang` is there.
struct Plugin {
    dir: PathBuf,
}

impl Plugin {
    fn new(dir: &Path) -> Self {
        let place = dir.display();
        let until = (Wall.now() + Duration::from_secs(3600)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let script = format!(
            "#!/bin/sh\necho $$ >> {place}/runs\nn=$(wc -l < {place}/runs)\n\
             if [ -e {place}/hang ]; then sleep 600 & echo $! >> {place}/runs; wait; fi\n\
             echo '{{\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"token-'$n'\",\"expirationTimestamp\":\"{until}\"}}}}'\n"
        );
        std::fs::write(dir.join("plugin"), script).unwrap();
        std::fs::set_permissions(dir.join("plugin"), std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir: dir.to_path_buf() }
    }

    fn user(&self) -> String {
        let program = self.dir.join("plugin");
        format!("exec: {{apiVersion: client.authentication.k8s.io/v1, command: {}, interactiveMode: Never}}", program.display())
    }

    fn hang(&self, hangs: bool) {
        if hangs {
            std::fs::write(self.dir.join("hang"), "").unwrap();
        } else {
            std::fs::remove_file(self.dir.join("hang")).unwrap();
        }
    }

    /// Processes that were started: each run, and each child of a run that hangs.
    fn started(&self) -> Vec<String> {
        std::fs::read_to_string(self.dir.join("runs")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn alive(&self) -> usize {
        let lives = |pid: &String| {
            // A process that was ended and not yet collected by its new parent is none.
            std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
        };
        self.started().iter().filter(|pid| lives(pid)).count()
    }
}

fn token(mock: &Mock) -> String {
    let head = mock.seen.lock().unwrap().last().unwrap().head.clone();
    head.lines().find_map(|line| line.split_once("Bearer ")).map(|(_, token)| token.to_owned()).unwrap_or_default()
}

async fn mock() -> Mock {
    Mock::start(|_| Reply::Whole(200, r#"{"items":[],"metadata":{}}"#.to_owned())).await
}

/// One thread for everything: a plugin that ran on it would stop this test's own clock, too.
#[tokio::test]
async fn a_refresh_that_hangs_holds_nobody_for_long_and_leaves_nothing_behind() {
    const LIMIT: Duration = Duration::from_millis(800);
    let mock = mock().await;
    let plugin = Plugin::new(mock.dir());
    let settings = ArgoSettings { kubeconfig: Some(mock.kubeconfig(&plugin.user())), ..ArgoSettings::default() };
    let link = client::connect_within(&settings, LIMIT).await.unwrap();
    assert_eq!(plugin.started().len(), 1, "one run for one connection");
    let clock = Arc::new(Leaping::default());
    let dynamic: Arc<dyn Clock> = clock.clone();
    let source = ArgoSource::over(link, SourceId::new("test"), settings, Duration::from_secs(1), dynamic);
    source.list().await.unwrap();
    assert_eq!(token(&mock), "token-1");

    // Half a minute before its end the next one is fetched, and nobody waits for it.
    plugin.hang(true);
    clock.leap(3_570);
    let ticks = Arc::new(AtomicU64::new(0));
    let ticking = tokio::spawn({
        let ticks = Arc::clone(&ticks);
        async move {
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                ticks.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let began = Instant::now();
    source.list().await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
    assert_eq!(token(&mock), "token-1", "the old one is good still");

    // After its end whoever needs one waits once, all of them together, and is told why.
    clock.leap(60);
    let began = Instant::now();
    let before = ticks.load(Ordering::SeqCst);
    let all = futures_util::future::join_all((0..6).map(|_| source.list())).await;
    let took = began.elapsed();
    for answer in all {
        let said = answer.unwrap_err().to_string();
        assert!(said.contains("credentials did not come") && !said.contains("token-"), "{said}");
    }
    assert!(took < LIMIT * 3, "six waited one after the other: {took:?}");
    assert!(ticks.load(Ordering::SeqCst) - before > 20, "the thread was held");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(plugin.alive(), 0, "of {:?}", plugin.started());

    // And when it works again, so does everything.
    plugin.hang(false);
    clock.leap(11);
    source.list().await.unwrap();
    assert!(token(&mock).starts_with("token-") && token(&mock) != "token-1", "{}", token(&mock));
    ticking.abort();
}

#[tokio::test]
async fn a_plugin_that_never_ends_is_ended_and_holds_nobody() {
    let mock = mock().await;
    let plugin = Plugin::new(mock.dir());
    plugin.hang(true);
    let settings = ArgoSettings { kubeconfig: Some(mock.kubeconfig(&plugin.user())), ..ArgoSettings::default() };
    let began = Instant::now();
    let error = client::connect_within(&settings, Duration::from_millis(300)).await.err().unwrap().to_string();
    assert!(error.contains("credentials did not come") && began.elapsed() < Duration::from_secs(1), "{error}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((plugin.started().len(), plugin.alive()), (2, 0));
}

#[tokio::test]
async fn a_certificate_from_a_plugin_is_taken_and_a_program_of_an_old_auth_provider_is_not_run() {
    let mock = mock().await;
    let dir = mock.dir().to_path_buf();
    let status = r#"{"clientCertificateData":"not a certificate","clientKeyData":"canary-key"}"#;
    std::fs::write(dir.join("cert"), format!("#!/bin/sh\necho '{{\"status\":{status}}}'\n")).unwrap();
    std::fs::set_permissions(dir.join("cert"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let user = format!("exec: {{apiVersion: v1, command: {}, interactiveMode: Never}}", dir.join("cert").display());
    let settings = |user: &str| ArgoSettings { kubeconfig: Some(mock.kubeconfig(user)), ..ArgoSettings::default() };
    let said = client::connect(&settings(&user)).await.err().unwrap().to_string();
    assert!(said.contains("certificates or credentials") && !said.contains("canary"), "{said}");

    let ran = dir.join("ran");
    let old = format!("auth-provider: {{name: gcp, config: {{cmd-path: touch, cmd-args: \"{}\"}}}}", ran.display());
    let said = client::connect(&settings(&old)).await.err().unwrap().to_string();
    assert!(said.contains("auth-provider") && !ran.exists(), "{said}");
}
