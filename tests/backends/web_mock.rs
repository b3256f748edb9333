//! A small HTTP server for the tests of sources over HTTP: counts what it is asked and answers as told, faults included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cutover::{
    backend::web::{Address, WebSettings},
    domain::{Timestamp, clock::Clock},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Reply {
    Json(u16, String),
    /// Status, header lines of its own (each with its line end), body.
    With(u16, String, Vec<u8>),
    /// Promises more than it sends.
    Cut(String),
    /// One byte in 200 ms.
    Drip,
    /// This many bytes of JSON, as fast as they are taken.
    Flood(usize),
    /// These bytes, head included, and the end of the connection.
    Raw(Vec<u8>),
    /// JSON that goes on in blanks for as long as somebody takes them.
    Endless(String),
    /// Not a byte, and no end.
    Hang,
    Reset,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// With the query.
    pub path: String,
    pub head: String,
    pub body: String,
}

impl Seen {
    /// One field of the form, unescaped.
    pub fn field(&self, name: &str) -> Option<String> {
        let url = reqwest::Url::parse(&format!("http://x/?{}", self.body)).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

type Script = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

#[derive(Clone)]
pub struct Server {
    pub port: u16,
    pub seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
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
        Self { port, seen }
    }

    /// With short time-outs.
    pub fn settings(&self) -> WebSettings {
        at(self.port)
    }

    pub fn paths(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|seen| seen.path.clone()).collect()
    }
}

pub fn at(port: u16) -> WebSettings {
    let mut settings = WebSettings::new(Address::parse(&format!("http://127.0.0.1:{port}/CANARY-path")).unwrap());
    (settings.timeout, settings.idle_timeout) = (Duration::from_secs(2), Duration::from_secs(1));
    settings
}

async fn serve(mut stream: TcpStream, script: Script, log: Arc<Mutex<Vec<Seen>>>) -> Option<()> {
    let mut bytes = Vec::new();
    let split = loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let length = head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let mut body = bytes.split_off(split);
    while body.len() < length.unwrap_or(0) {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        body.extend_from_slice(&part[..count]);
    }
    let path = head.split(' ').nth(1).unwrap().replace("/CANARY-path", "");
    let seen = Seen { path, head, body: String::from_utf8(body).unwrap() };
    log.lock().unwrap().push(seen.clone());
    let reply = script(&seen);
    if matches!(reply, Reply::Reset) {
        stream.set_zero_linger().unwrap();
        return None;
    }
    answer(&mut stream, reply).await;
    let _ = stream.shutdown().await;
    Some(())
}

async fn answer(stream: &mut TcpStream, reply: Reply) {
    let json = |more: &str| format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n{more}\r\n");
    match reply {
        Reply::Json(status, body) => {
            let head = format!(
                "HTTP/1.1 {status} Told\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
        Reply::With(status, lines, body) => {
            let head = format!("HTTP/1.1 {status} Told\r\nconnection: close\r\ncontent-length: {}\r\n{lines}\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
        Reply::Cut(body) => {
            let head = json(&format!("content-length: {}\r\n", body.len() + 100));
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
        Reply::Drip => {
            let _ = stream.write_all(json("").as_bytes()).await;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        Reply::Raw(bytes) => _ = stream.write_all(&bytes).await,
        Reply::Hang | Reply::Reset => _ = stream.read(&mut [0]).await,
        Reply::Endless(body) => {
            let _ = stream.write_all(format!("{}{body}", json("")).as_bytes()).await;
            let blanks = vec![b' '; 1 << 16];
            while stream.write_all(&blanks).await.is_ok() {}
        }
        Reply::Flood(size) => {
            let _ = stream.write_all(json("").as_bytes()).await;
            let part = vec![b' '; 1 << 16];
            for _ in 0..size >> 16 {
                if stream.write_all(&part).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// A clock that stands until it is set.
#[derive(Debug)]
pub struct Hand(Mutex<Timestamp>);

impl Hand {
    pub fn at(written: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(moment(written))))
    }

    pub fn set(&self, written: &str) {
        *self.0.lock().unwrap() = moment(written);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn since_boot(&self) -> Duration {
        (self.now() - moment("2026-11-20T00:00:00Z")).to_std().unwrap()
    }
}

pub fn moment(written: &str) -> Timestamp {
    chrono::DateTime::parse_from_rfc3339(written).unwrap().to_utc()
}

pub fn fixture(path: &str) -> String {
    let whole = format!("{}/tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&whole).unwrap_or_else(|error| panic!("{whole}: {error}"))
}
