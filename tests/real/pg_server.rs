//! A PostgreSQL of our own on loopback, ended when the test is over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use cutover::{
    backend::{
        postgres::{PostgresSettings, PostgresSource},
        registry,
    },
    config,
    domain::{clock::Clock, id::SourceId},
};

use crate::backends::argo_mock::Wall;

/// Between two rounds, and what is stale.
const PACE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(600));

pub struct Server {
    bin: PathBuf,
    dir: tempfile::TempDir,
    pub port: u16,
    child: Option<Child>,
}

/// The newest server on this machine.
fn installed() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    found.sort();
    found.into_iter().rev().find(|bin| bin.join("postgres").exists())
}

/// A server refuses to run as root.
fn as_postgres(command: &mut Command) {
    if rustix::process::geteuid().is_root() {
        let of = |what: &str| {
            let out = Command::new("id").args([what, "postgres"]).output().unwrap();
            String::from_utf8(out.stdout).unwrap().trim().parse::<u32>().unwrap()
        };
        command.uid(of("-u")).gid(of("-g"));
    }
}

impl Server {
    /// `None`, told in one line, where there is none. `options` are `name=value`.
    pub fn start(options: &[&str]) -> Option<Self> {
        let Some(bin) = installed() else {
            println!("skipped: no PostgreSQL on this machine (apt: postgresql)");
            return None;
        };
        let dir = tempfile::Builder::new().prefix("cutover-pg-").tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { bin, dir, port, child: None };
        server.make();
        server.run(options);
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn make(&self) {
        fs::set_permissions(self.dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let mut command = Command::new(self.bin.join("initdb"));
        command.arg("-D").arg(self.data()).args(["-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C"]);
        as_postgres(&mut command);
        assert!(command.current_dir("/").stdout(Stdio::null()).status().unwrap().success());
    }

    fn run(&mut self, options: &[&str]) {
        let log = fs::File::create(self.log_file()).unwrap();
        let mut command = Command::new(self.bin.join("postgres"));
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        let usual = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "autovacuum=off",
            "max_wal_size=4GB",
            "log_statement=all",
            "log_line_prefix=@%u@",
        ];
        for option in usual.iter().chain(options) {
            command.args(["-c", option]);
        }
        as_postgres(&mut command);
        self.child = Some(command.current_dir("/").stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let until = Instant::now() + Duration::from_secs(60);
        let ready = || {
            Command::new(self.bin.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status()
                .unwrap()
        };
        while !ready().success() {
            assert!(Instant::now() < until, "no server: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log_file()).unwrap()).into_owned()
    }

    /// As the superuser.
    pub fn sql(&self, database: &str, text: &str) -> String {
        let mut command = Command::new(self.bin.join("psql"));
        let port = self.port.to_string();
        command.args(["-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", &port, "-U", "postgres", database]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{text}\n{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    /// A session that keeps what it does until the child ends.
    pub fn session(&self, text: &str) -> Child {
        let mut command = Command::new(self.bin.join("psql"));
        let port = self.port.to_string();
        command.args(["-X", "-qAt", "-h", "127.0.0.1", "-p", &port, "-U", "postgres", "postgres"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{text}").unwrap();
        child
    }

    /// What the console has of this server. `lines`: its keys besides url and tls.
    pub fn source(&self, lines: &str) -> PostgresSource {
        source_at(&self.url(), &format!("tls = \"disable\"\n{lines}"))
    }

    /// As the console's role.
    pub fn url(&self) -> String {
        format!("postgres://console@127.0.0.1:{}/postgres", self.port)
    }

    /// Away at once, as by a power cut.
    pub fn kill(&mut self) {
        // Immediate: its processes go with it.
        let child = self.child.as_ref().unwrap();
        let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::QUIT).unwrap();
        self.child.take().unwrap().wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            if let Some(pid) = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()) {
                // Fast: sessions of tests that failed must not hold it.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
            }
            let _ = child.wait();
        }
    }
}

pub fn source_at(url: &str, lines: &str) -> PostgresSource {
    source_with(url, lines, PACE, Arc::new(Wall))
}

/// The same with its pace, the interval and what is stale, and its clock.
pub fn source_with(url: &str, lines: &str, pace: (Duration, Duration), clock: Arc<dyn Clock>) -> PostgresSource {
    let text = format!("[environments.e]\n[sources.db]\nkind = \"postgres\"\nenvironment = \"e\"\nurl = \"{url}\"\n{lines}\n");
    let settings = config::parse(&text, Path::new("/c.toml"), None, &[], &registry::declared());
    let settings = settings.unwrap_or_else(|error| panic!("{error}"));
    let values = &settings.sources[0].values;
    PostgresSource::new(SourceId::new("db"), PostgresSettings::of(values), pace, clock)
}
