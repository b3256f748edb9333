//! A server for the Argo tests that counts what it is asked and answers as told, faults included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use cutover::{
    backend::argo::{ArgoSettings, ArgoSource, client},
    domain::{Timestamp, clock::Clock, id::SourceId},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Reply {
    Whole(u16, String),
    /// Status, extra header line, body.
    With(u16, &'static str, String),
    /// Promises more than it sends, then closes.
    Half(u16, String),
    /// Closes without a word; pending data makes it a reset.
    Reset,
    Hang,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub head: String,
}

type Script = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

pub struct Mock {
    pub port: u16,
    pub seen: Arc<Mutex<Vec<Seen>>>,
    dir: tempfile::TempDir,
}

impl Mock {
    pub async fn start(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, log): (Script, _) = (Arc::new(script), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self { port, seen, dir: tempfile::tempdir().unwrap() }
    }

    pub fn kubeconfig(&self, user: &str) -> PathBuf {
        self.kubeconfig_for(&format!("http://127.0.0.1:{}", self.port), "", user)
    }

    pub fn kubeconfig_for(&self, server: &str, cluster: &str, user: &str) -> PathBuf {
        let path = self.dir.path().join("kubeconfig");
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: k, cluster: {{server: \"{server}\"{cluster}}}}}]\n\
             contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
        );
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub fn settings(&self) -> ArgoSettings {
        ArgoSettings { kubeconfig: Some(self.kubeconfig("token: canary-token")), ..ArgoSettings::default() }
    }

    /// A source with time-outs that suit a test.
    pub async fn source(&self) -> ArgoSource {
        source_of(self.settings(), Duration::from_millis(700)).await
    }

    pub fn count(&self, method: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| seen.method == method).count()
    }
}

pub async fn source_of(settings: ArgoSettings, timeout: Duration) -> ArgoSource {
    let link = client::connect(&settings).await.unwrap().with_timeouts(timeout, timeout);
    ArgoSource::over(link, SourceId::new("test"), settings, Duration::from_millis(200), Arc::new(Wall))
}

/// The wall clock, for tests that wait for real sockets.
#[derive(Debug)]
pub struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        chrono::Utc::now()
    }

    fn since_boot(&self) -> Duration {
        use std::sync::OnceLock;
        static START: OnceLock<std::time::Instant> = OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }
}

async fn serve(mut stream: TcpStream, script: Script, log: Arc<Mutex<Vec<Seen>>>) {
    loop {
        let Some(seen) = receive(&mut stream).await else { return };
        log.lock().unwrap().push(seen.clone());
        let (status, extra, body, promised, close) = match script(&seen) {
            Reply::Whole(status, body) => (status, "", body.clone(), body.len(), false),
            Reply::With(status, extra, body) => (status, extra, body.clone(), body.len(), false),
            Reply::Half(status, body) => (status, "", body.clone(), body.len() + 100, true),
            Reply::Reset => return,
            Reply::Hang => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                return;
            }
        };
        let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {promised}\r\n{extra}\r\n");
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() || close {
            return;
        }
    }
}

async fn receive(stream: &mut TcpStream) -> Option<Seen> {
    let mut data = Vec::new();
    let mut byte = [0u8; 4096];
    let head_end = loop {
        if let Some(at) = data.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        let read = stream.read(&mut byte).await.ok()?;
        if read == 0 {
            return None;
        }
        data.extend_from_slice(&byte[..read]);
    };
    let head = String::from_utf8_lossy(&data[..head_end]).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|rest| rest.trim().parse().unwrap()))
        .unwrap_or(0usize);
    while data.len() < head_end + length {
        let read = stream.read(&mut byte).await.ok()?;
        if read == 0 {
            return None;
        }
        data.extend_from_slice(&byte[..read]);
    }
    let mut words = head.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    Some(Seen { method, path, head })
}

pub fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/argo").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
