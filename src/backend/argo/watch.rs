//! Watching: one feed for each kind of object (list, then follow), one small read that alone makes the source live, and one
//! place that puts them together into whole states.

use std::{sync::Arc, time::Duration};

use http_body_util::BodyExt;
use serde_json::Value;
use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
    time::{Instant, sleep_until, timeout_at},
};

pub use super::everything::{Everything, Fact};
use super::{
    client::LIST_CAP,
    kinds::Kind,
    source::{Failed, Shared, refused},
    standing::Standing,
};
use crate::{
    backend::{poller::Backoff, port::ReadError},
    domain::source::SourceUpdate,
};

/// At most five whole states a second.
const COALESCE: Duration = Duration::from_millis(200);
/// How long the first state waits for pods and the like after the rollouts are there.
pub(super) const FIRST_WAIT: Duration = Duration::from_secs(1);
/// A watch is asked to end after this many seconds, so that one that died in silence is noticed soon.
const WATCH_SECONDS: u64 = 25;
/// Bytes of one watch: 10 MiB a second for all its time. Whoever sends more is listed again.
const WATCH_CAP: usize = 256 << 20;
/// Lines of one watch: 800 a second.
const EVENTS: usize = 20_000;
/// How much longer than that it may take.
const WATCH_GRACE: Duration = Duration::from_secs(5);

pub(super) enum News {
    Listed(Kind, Option<String>, Vec<Fact>),
    /// The watch is open again.
    Following(Kind, Option<String>),
    Applied(Fact),
    Removed(Fact),
    Failed(Kind, Option<String>, ReadError),
    Probed {
        latency: Duration,
        next: Duration,
    },
    ProbeFailed {
        error: ReadError,
        next: Duration,
    },
}

/// Runs until `updates` is closed.
pub(super) async fn run(shared: Arc<Shared>, updates: mpsc::Sender<SourceUpdate>, read_now: Arc<Notify>) {
    let (news, mut heard) = mpsc::channel(256);
    let wake = Arc::new(Notify::new());
    let mut tasks = JoinSet::new();
    let scopes = shared.scopes();
    for scope in &scopes {
        for kind in Kind::ALL {
            tasks.spawn(feed(Arc::clone(&shared), kind, scope.clone(), news.clone(), Arc::clone(&wake)));
        }
    }
    tasks.spawn(probe(Arc::clone(&shared), news.clone(), read_now, wake));
    drop(news);

    let mut everything = Everything::default();
    let mut standing = Standing::new(scopes);
    let mut flush_at: Option<Instant> = None;
    let mut last_flush = Instant::now().checked_sub(COALESCE).unwrap_or_else(Instant::now);
    loop {
        let due = flush_at.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
        tokio::select! {
            () = updates.closed() => return,
            heard = heard.recv() => {
                let Some(heard) = heard else { return };
                let health = standing.hear(&heard, &shared);
                take(&mut everything, heard);
                if let Some(health) = health {
                    let update = SourceUpdate::Health { source: shared.id.clone(), health };
                    if updates.send(update).await.is_err() { return }
                }
                if let Some(from) = standing.ready(everything.is_dirty()) {
                    let next = from.max(last_flush + COALESCE);
                    flush_at = Some(flush_at.map_or(next, |at| at.min(next)));
                }
            }
            () = sleep_until(due), if flush_at.is_some() => {
                flush_at = None;
                last_flush = Instant::now();
                if everything.refresh() {
                    let rollouts = everything.all().into();
                    let update = SourceUpdate::Rollouts { source: shared.id.clone(), rollouts };
                    if updates.send(update).await.is_err() { return }
                }
            }
        }
    }
}

fn take(everything: &mut Everything, news: News) {
    match news {
        News::Listed(kind, scope, facts) => everything.replace(kind, scope.as_deref(), facts),
        News::Applied(fact) => everything.apply(fact),
        News::Removed(fact) => everything.remove(&fact),
        News::Failed(kind, scope, ReadError::Forbidden(_)) if kind != Kind::Rollouts => {
            everything.forget(kind, scope.as_deref());
        }
        News::Failed(..) | News::Following(..) | News::Probed { .. } | News::ProbeFailed { .. } => {}
    }
}

/// The small read, again and again.
async fn probe(shared: Arc<Shared>, news: mpsc::Sender<News>, read_now: Arc<Notify>, wake: Arc<Notify>) {
    let mut backoff = Backoff::default();
    let mut failing = false;
    loop {
        let begun = shared.clock.since_boot();
        let (said, pause) = match shared.probe().await {
            Ok(()) => {
                backoff.reset();
                if std::mem::take(&mut failing) {
                    wake.notify_waiters();
                }
                let latency = shared.clock.since_boot().saturating_sub(begun);
                (News::Probed { latency, next: shared.interval }, shared.interval)
            }
            Err(failed) => {
                failing = true;
                let pause = backoff.next(failed.retry_after).max(shared.interval);
                (News::ProbeFailed { error: failed.error, next: pause }, pause)
            }
        };
        if news.send(said).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = read_now.notified() => wake.notify_waiters(),
        }
    }
}

/// Why following ended.
enum End {
    /// List again: the version is too old, or what came can not be trusted.
    Relist,
    Failed(Failed),
    /// Nobody listens any more.
    Closed,
}

/// Lists and follows one kind for ever.
async fn feed(shared: Arc<Shared>, kind: Kind, scope: Option<String>, news: mpsc::Sender<News>, wake: Arc<Notify>) {
    let mut backoff = Backoff::default();
    loop {
        let mut facts = Vec::new();
        let listed = shared.pages(kind, scope.as_deref(), |object| facts.extend(Fact::read(kind, &shared.id, object))).await;
        let failed = match listed {
            Ok(version) => {
                if news.send(News::Listed(kind, scope.clone(), facts)).await.is_err() {
                    return;
                }
                match follow(&shared, kind, scope.as_deref(), version, &news, &mut backoff, &wake).await {
                    End::Closed => return,
                    End::Relist => None,
                    End::Failed(failed) => Some(failed),
                }
            }
            Err(failed) => Some(failed),
        };
        let asked = failed.as_ref().and_then(|failed| failed.retry_after);
        if let Some(failed) = failed
            && news.send(News::Failed(kind, scope.clone(), failed.error)).await.is_err()
        {
            return;
        }
        pause(backoff.next(asked), &wake).await;
    }
}

async fn pause(length: Duration, wake: &Notify) {
    tokio::select! {
        () = tokio::time::sleep(length) => {}
        () = wake.notified() => {}
    }
}

/// Follows from `version`, opening the watch again as often as it ends.
async fn follow(
    shared: &Shared,
    kind: Kind,
    scope: Option<&str>,
    mut version: String,
    news: &mpsc::Sender<News>,
    backoff: &mut Backoff,
    wake: &Notify,
) -> End {
    loop {
        let begun = Instant::now();
        match once(shared, kind, scope, &mut version, news).await {
            Ok(()) if begun.elapsed() > Duration::from_secs(1) => backoff.reset(),
            // A server that ends every watch at once is not asked in a hot loop.
            Ok(()) => pause(backoff.next(None), wake).await,
            Err(End::Failed(failed)) if failed.status.is_none_or(|status| status == 429 || status >= 500) => {
                let asked = failed.retry_after;
                if news.send(News::Failed(kind, scope.map(str::to_owned), failed.error)).await.is_err() {
                    return End::Closed;
                }
                pause(backoff.next(asked), wake).await;
            }
            Err(end) => return end,
        }
    }
}

/// One watch request, from its answer to its end.
async fn once(
    shared: &Shared,
    kind: Kind,
    scope: Option<&str>,
    version: &mut String,
    news: &mpsc::Sender<News>,
) -> Result<(), End> {
    let path = format!(
        "{}?watch=1&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}&resourceVersion={version}{}",
        kind.collection(scope),
        kind.selector()
    );
    let connection = shared.links.get().await.map_err(|error| End::Failed(error.into()))?;
    let response = connection.stream(&path).await.map_err(|error| End::Failed(error.into()))?;
    let status = response.status().as_u16();
    if status == 410 {
        return Err(End::Relist);
    }
    if status == 401 {
        shared.links.forget();
    }
    if status != 200 {
        let retry_after = super::client::retry_after(response.headers());
        return Err(End::Failed(refused(status, b"", retry_after)));
    }
    if news.send(News::Following(kind, scope.map(str::to_owned))).await.is_err() {
        return Err(End::Closed);
    }
    let deadline = Instant::now() + Duration::from_secs(WATCH_SECONDS) + WATCH_GRACE;
    let mut body = response.into_body();
    let mut pending = Vec::new();
    let (mut taken, mut events) = (0, 0);
    loop {
        // A silent end and a broken connection are the same: open it again from the last version.
        let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await else { return Ok(()) };
        let Ok(data) = frame.into_data() else { continue };
        taken += data.len();
        // What is kept of a flood is bounded by the list that takes its place.
        if taken > WATCH_CAP {
            return Err(End::Relist);
        }
        // Only what is new is looked through: an object of many frames would be looked through once a frame.
        let mut from = pending.len();
        pending.extend_from_slice(&data);
        while let Some(end) = pending.iter().skip(from).position(|byte| *byte == b'\n') {
            let whole: Vec<u8> = pending.drain(..=from + end).collect();
            from = 0;
            events += 1;
            if events > EVENTS {
                return Err(End::Relist);
            }
            event(shared, kind, &whole, version, news).await?;
        }
        if pending.len() > LIST_CAP {
            return Err(End::Relist);
        }
    }
}

async fn event(shared: &Shared, kind: Kind, line: &[u8], version: &mut String, news: &mpsc::Sender<News>) -> Result<(), End> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let Ok(event) = serde_json::from_slice::<Value>(line) else { return Err(End::Relist) };
    let object = event.get("object").unwrap_or(&Value::Null);
    let what = event.get("type").and_then(Value::as_str).unwrap_or_default();
    if !matches!(what, "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK") {
        // `ERROR` with code 410 inside a 200, or a word nobody knows: what was known may be old.
        return Err(End::Relist);
    }
    if let Some(seen) = object.pointer("/metadata/resourceVersion").and_then(Value::as_str) {
        seen.clone_into(version);
    }
    if what == "BOOKMARK" {
        return Ok(());
    }
    let Some(fact) = Fact::read(kind, &shared.id, object) else { return Ok(()) };
    let heard = if what == "DELETED" { News::Removed(fact) } else { News::Applied(fact) };
    news.send(heard).await.map_err(|_| End::Closed)
}
