//! Servers that flood, drip, or never end: every request has an end, and memory has a bound.
//!
//! `CUTOVER_FLOOD_GIB=10` sets how much is offered in all to the reader whose memory is measured: 1 by default.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "measures real time")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use cutover::{
    backend::{
        argo::{
            ArgoSettings,
            client::{self, LIST_CAP, Link},
        },
        port::{Sent, Source, Watching},
    },
    domain::source::SourceUpdate,
};
use serde_json::json;
use tokio::sync::{Notify, mpsc};

use super::argo_mock::{Mock, Reply, fixture, source_of};
use crate::terminal::console_kit::say;

const LIMIT: Duration = Duration::from_secs(1);

/// What a server does to whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flood {
    /// A chunked body that never ends, as fast as it is taken.
    Endless,
    /// 30 MB of JSON, its length told.
    Large,
    /// A head of one header after another.
    Head,
    /// One header line that never ends.
    Line,
    /// `100 Continue`, again and again.
    Continue,
    /// One byte a second, from the first of the head on.
    Drip,
    /// A whole head, then one byte of the body a second.
    BodyDrip,
    /// 256 MiB of zeros as 260 KB of gzip.
    Bomb,
    /// Brackets that open and never close, 3 MB of them.
    Deep,
}

const ALL: [Flood; 9] = [
    Flood::Endless,
    Flood::Large,
    Flood::Head,
    Flood::Line,
    Flood::Continue,
    Flood::Drip,
    Flood::BodyDrip,
    Flood::Bomb,
    Flood::Deep,
];

struct Server {
    port: u16,
    given: Arc<AtomicU64>,
    heads: Arc<Mutex<Vec<String>>>,
}

fn serve(flood: Flood) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server { port: listener.local_addr().unwrap().port(), given: Arc::default(), heads: Arc::default() };
    let (given, heads) = (Arc::clone(&server.given), Arc::clone(&server.heads));
    let bomb: Arc<Vec<u8>> = Arc::new(if flood == Flood::Bomb { bomb() } else { Vec::new() });
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (given, heads, bomb) = (Arc::clone(&given), Arc::clone(&heads), Arc::clone(&bomb));
            thread::spawn(move || {
                let mut stream = stream;
                let mut head = [0; 8_192];
                let read = stream.read(&mut head).unwrap_or(0);
                heads.lock().unwrap().push(String::from_utf8_lossy(&head[..read]).into_owned());
                // Whoever has had enough closes, and that ends this.
                let _ = pour(flood, &mut stream, &given, &bomb);
            });
        }
    });
    server
}

fn bomb() -> Vec<u8> {
    let made = Command::new("sh").args(["-c", "head -c 268435456 /dev/zero | gzip -9"]).output().unwrap().stdout;
    assert!((200_000..400_000).contains(&made.len()), "{}", made.len());
    made
}

fn pour(flood: Flood, stream: &mut TcpStream, given: &AtomicU64, bomb: &[u8]) -> std::io::Result<()> {
    let mut give = |bytes: &[u8]| {
        stream.write_all(bytes)?;
        given.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    };
    let head = |more: &str| format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{more}\r\n").into_bytes();
    let block = vec![b'['; 65_536];
    match flood {
        Flood::Endless => {
            give(&head("transfer-encoding: chunked\r\n"))?;
            let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 65_536], b"\r\n"].concat();
            loop {
                give(&chunk)?;
            }
        }
        Flood::Large => {
            let body = format!("{{\"items\":[{}0]}}", "0,".repeat(15_000_000));
            give(&head(&format!("content-length: {}\r\n", body.len())))?;
            give(body.as_bytes())
        }
        Flood::Head => {
            give(b"HTTP/1.1 200 OK\r\n")?;
            loop {
                give(b"x-more: and more and more and more and more\r\n")?;
            }
        }
        Flood::Line => {
            give(b"HTTP/1.1 200 OK\r\nx-long: ")?;
            loop {
                give(&block)?;
            }
        }
        Flood::Continue => loop {
            give(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        },
        Flood::Drip => loop {
            for byte in head("content-length: 10\r\n") {
                give(&[byte])?;
                thread::sleep(Duration::from_secs(1));
            }
        },
        Flood::BodyDrip => {
            give(&head("content-length: 1000\r\n"))?;
            loop {
                give(b" ")?;
                thread::sleep(Duration::from_secs(1));
            }
        }
        Flood::Bomb => {
            give(&head(&format!("content-encoding: gzip\r\ncontent-length: {}\r\n", bomb.len())))?;
            give(bomb)
        }
        Flood::Deep => {
            give(&head(&format!("content-length: {}\r\n", block.len() * 48)))?;
            (0..48).try_for_each(|_| give(&block))
        }
    }
}

async fn link(port: u16, dir: &std::path::Path) -> Link {
    let path = dir.join(format!("kubeconfig-{port}"));
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: k, cluster: {{server: \"http://127.0.0.1:{port}\"}}}}]\n\
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\nusers: [{{name: u, user: {{token: t}}}}]\n"
    );
    std::fs::write(&path, text).unwrap();
    let settings = ArgoSettings { kubeconfig: Some(path), ..ArgoSettings::default() };
    client::connect(&settings).await.unwrap().with_timeouts(LIMIT, LIMIT)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_of_a_flood_has_an_end_and_a_change_is_never_called_done() {
    futures_util::future::join_all(ALL.map(|flood| tokio::spawn(one_flood(flood)))).await.into_iter().for_each(Result::unwrap);
}

async fn one_flood(flood: Flood) {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(flood);
    let link = link(server.port, dir.path()).await;
    let began = Instant::now();
    let read = link.get("/apis", client::BODY_CAP).await;
    // What comes whole and small enough is an answer; it is JSON that nobody takes for a list then.
    let may_be_whole = matches!(flood, Flood::Bomb | Flood::Deep);
    assert!(read.is_err() || may_be_whole, "{flood:?} was taken for an answer");
    if let Ok(answer) = read {
        assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err(), "{flood:?} was unpacked");
    }
    let sent = link.act("PATCH", "/apis", "application/json-patch+json", "[]".into(), "id").await;
    assert!(matches!(sent, Sent::InDoubt { .. }), "{flood:?}: {sent:?}");
    let took = began.elapsed();
    assert!(took < LIMIT * 2 + Duration::from_secs(10), "{flood:?}: {took:?}");
    let patches = || server.heads.lock().unwrap().iter().filter(|head| head.starts_with("PATCH")).count();
    // The server's own thread may come later on a busy machine.
    for _ in 0..100 {
        if patches() == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    assert_eq!(patches(), 1, "{flood:?}");
    let heads = server.heads.lock().unwrap().clone();
    // What was given up is not read on in the back; a busy machine may need a while to notice.
    let mut given = (0, 1);
    for _ in 0..40 {
        if given.0 != given.1 {
            let before = server.given.load(Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(500)).await;
            given = (before, server.given.load(Ordering::Relaxed));
        }
    }
    assert!(matches!(flood, Flood::Drip | Flood::BodyDrip) || given.0 == given.1, "{flood:?}: {given:?} bytes");
    assert!(heads.iter().all(|head| !head.to_ascii_lowercase().contains("accept-encoding")), "{flood:?}: {heads:?}");
}

/// Most memory that this process ever had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
}

const CHILD: &str = "CUTOVER_FLOOD_CHILD";

/// In a process of its own, because memory is a whole process's.
fn in_a_child(test: &str) -> Option<String> {
    if std::env::var_os(CHILD).is_some() {
        return None;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stdout));
    Some(said)
}

#[test]
fn memory_stays_bounded_however_much_is_offered() {
    if let Some(said) = in_a_child("backends::argo_flood::memory_stays_bounded_however_much_is_offered") {
        say(said.lines().find(|line| line.starts_with("flood:")).expect("the figures"));
        return;
    }
    let gib: u64 = std::env::var("CUTOVER_FLOOD_GIB").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let before = peak();
        let server = serve(Flood::Endless);
        let link = link(server.port, dir.path()).await;
        let began = Instant::now();
        let mut reads = 0;
        while server.given.load(Ordering::Relaxed) < gib << 30 {
            link.get("/apis", LIST_CAP).await.expect_err("an end");
            reads += 1;
        }
        let more = peak() - before;
        say(&format!("flood: {gib} GiB in {reads} reads and {:.0} s, {more} MiB more", began.elapsed().as_secs_f64()));
        // A body of 16 MiB twice: as frames and as one.
        assert!(more <= 64, "{more} MiB");
    });
}

fn counted(name: usize) -> serde_json::Value {
    json!({"metadata": {"name": format!("r{name}"), "namespace": "shop", "uid": "u"}, "spec": {"strategy": {"canary": {}}}, "status": {}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_never_ends_is_given_up() {
    let pages = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&pages);
    let mock = Mock::start(move |seen| {
        let at = if seen.path.ends_with("limit=1") { 0 } else { counter.fetch_add(1, Ordering::SeqCst) };
        // A server that does not keep to the limit, with another next page each time.
        let items: Vec<_> = (0..1_000).map(|n| counted(at * 1_000 + n)).collect();
        Reply::Whole(200, json!({"metadata": {"continue": format!("t{at}")}, "items": items}).to_string())
    })
    .await;
    let source = source_of(mock.settings(), Duration::from_secs(8)).await;
    let said = source.list().await.unwrap_err().to_string();
    assert!(said.contains("more than 50000 objects"), "{said}");
    assert_eq!(pages.load(Ordering::SeqCst), 51);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_goes_round_is_given_up() {
    let mock = Mock::start(|_| Reply::Whole(200, json!({"metadata": {"continue": "t"}, "items": []}).to_string())).await;
    let source = source_of(mock.settings(), Duration::from_secs(8)).await;
    let said = source.list().await.unwrap_err().to_string();
    assert!(said.contains("goes on where it was"), "{said}");
    assert_eq!(mock.count("GET"), 2);
}

/// A watch that makes up one rollout after another: what is kept of it ends with the list that takes its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_makes_things_up_is_listed_again() {
    let one = counted(0);
    let lines: String = (0..24_000).map(|n| format!("{}\n", json!({"type": "ADDED", "object": counted(n)}))).collect();
    let lists = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&lists);
    let mock = Mock::start(move |seen| {
        let rollouts = seen.path.contains("/rollouts?");
        if seen.path.contains("watch=1") {
            return if rollouts { Reply::Whole(200, lines.clone()) } else { Reply::Hang };
        }
        if rollouts && !seen.path.ends_with("limit=1") {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        let items = if rollouts { vec![one.clone()] } else { Vec::new() };
        Reply::Whole(200, json!({"metadata": {"resourceVersion": "1"}, "items": items}).to_string())
    })
    .await;
    let source = source_of(mock.settings(), Duration::from_secs(8)).await;
    let (send, mut updates) = mpsc::channel(16);
    tokio::spawn(async move { source.watch(Watching::unasked(send, Arc::new(Notify::new()))).await });
    let (mut most, mut again) = (0, false);
    let wait = async {
        while !again {
            if let Some(SourceUpdate::Rollouts { rollouts, .. }) = updates.recv().await {
                again = rollouts.len() < most;
                most = most.max(rollouts.len());
            }
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(60), wait).await;
    assert!(seen.is_ok(), "{most} rollouts at most, {} lists", lists.load(Ordering::SeqCst));
    assert!((1_000..=20_001).contains(&most), "{most}");
}

/// Several namespaces are live only as long as all of them answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_does_not_answer_makes_its_source_not_live() {
    let broken = Arc::new(AtomicUsize::new(0));
    let switch = Arc::clone(&broken);
    let mock = Mock::start(move |seen| {
        if seen.path.contains("watch=1") {
            return Reply::Hang;
        }
        let away = switch.load(Ordering::SeqCst) == 1 && seen.path.contains("/namespaces/second/");
        if away && seen.path.ends_with("limit=1") {
            return Reply::Whole(403, fixture("09_resume_forbidden.json"));
        }
        Reply::Whole(200, json!({"metadata": {"resourceVersion": "1"}, "items": []}).to_string())
    })
    .await;
    let settings = ArgoSettings { namespaces: vec!["first".into(), "second".into()], ..mock.settings() };
    let source = source_of(settings, Duration::from_secs(3)).await;
    let (send, mut updates) = mpsc::channel(16);
    tokio::spawn(async move { source.watch(Watching::unasked(send, Arc::new(Notify::new()))).await });
    let mut until = async |failed: bool| {
        let wait = async {
            loop {
                if let Some(SourceUpdate::Health { health, .. }) = updates.recv().await
                    && health.failure.is_some() == failed
                    && (failed || health.last_ok.is_some())
                {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(6), wait).await.is_ok()
    };
    assert!(until(false).await, "live at first");
    broken.store(1, Ordering::SeqCst);
    assert!(until(true).await, "the second one does not answer, and the source is live all the same");
    broken.store(0, Ordering::SeqCst);
    assert!(until(false).await, "live again");
}
