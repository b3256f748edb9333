//! Watching, against a server that answers from recordings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use cutover::{
    backend::port::{Source, Watching},
    domain::{freshness::SourceHealth, rollout::Rollout, source::SourceUpdate},
};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use super::argo_mock::{Mock, Reply, fixture, source_of};

struct Screen {
    updates: mpsc::Receiver<SourceUpdate>,
    rollouts: Vec<Arc<Rollout>>,
    health: SourceHealth,
}

impl Screen {
    fn of(source: impl Source + 'static, read_now: Arc<Notify>) -> Self {
        let (send, updates) = mpsc::channel(16);
        tokio::spawn(async move { source.watch(Watching::unasked(send, read_now)).await });
        Self { updates, rollouts: Vec::new(), health: SourceHealth::never() }
    }

    async fn until(&mut self, what: &str, mut seen: impl FnMut(&Self) -> bool) {
        let wait = async {
            while !seen(self) {
                match self.updates.recv().await.expect("the watch goes on") {
                    SourceUpdate::Rollouts { rollouts, .. } => self.rollouts = rollouts.to_vec(),
                    SourceUpdate::Health { health, .. } => self.health = health,
                    SourceUpdate::Alerts(_) | SourceUpdate::Tenants(_) | SourceUpdate::Readings { .. } => {}
                }
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(6), wait).await;
        assert!(waited.is_ok(), "{what}: {:?} {:?}", self.health, self.rollouts.len());
    }
}

fn rollout(name: &str) -> Value {
    let mut object: Value = serde_json::from_str(&fixture("03_paused_step.json")).unwrap();
    object["metadata"]["name"] = json!(name);
    object
}

fn list(items: &[Value]) -> String {
    json!({"kind": "List", "metadata": {"resourceVersion": "10"}, "items": items}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_410_inside_a_watch_lists_again_and_what_vanished_is_gone() {
    let lists = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lists);
    let mock = Mock::start(move |seen| {
        if seen.path.contains("/rollouts?limit=1&") || seen.path.ends_with("/rollouts?limit=1") {
            return Reply::Whole(200, list(&[]));
        }
        if !seen.path.contains("/rollouts?") {
            return Reply::Whole(200, list(&[]));
        }
        if seen.path.contains("watch=1") {
            return match lists.load(Ordering::SeqCst) {
                1 => Reply::Whole(200, fixture("57_watch_too_old.jsonl")),
                _ => Reply::Hang,
            };
        }
        match lists.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::Whole(200, list(&[rollout("a"), rollout("b")])),
            _ => Reply::Whole(200, list(&[rollout("b")])),
        }
    })
    .await;
    let mut screen = Screen::of(source_of(mock.settings(), Duration::from_secs(3)).await, Arc::new(Notify::new()));
    screen.until("both", |screen| screen.rollouts.len() == 2).await;
    let kept = Arc::clone(&screen.rollouts[1]);
    screen.until("one is gone", |screen| screen.rollouts.len() == 1).await;
    assert!(Arc::ptr_eq(&kept, &screen.rollouts[0]), "an unchanged rollout keeps its Arc");
    assert_eq!(counted.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_applied_and_deletions_too() {
    let event = |kind: &str, object: &Value| format!("{}\n", json!({"type": kind, "object": object}));
    let mut changed = rollout("a");
    changed["status"]["phase"] = json!("Degraded");
    let stream = format!(
        "{}{}{}{}",
        event("MODIFIED", &changed),
        event("ADDED", &rollout("c")),
        event("DELETED", &rollout("b")),
        event("BOOKMARK", &json!({"metadata": {"resourceVersion": "99"}}))
    );
    let opened = Arc::new(AtomicUsize::new(0));
    let mock = Mock::start(move |seen| {
        if seen.path.contains("/rollouts?") && seen.path.contains("watch=1") {
            return match opened.fetch_add(1, Ordering::SeqCst) {
                0 => Reply::Whole(200, stream.clone()),
                _ => Reply::Hang,
            };
        }
        if seen.path.contains("watch=1") {
            return Reply::Hang;
        }
        Reply::Whole(200, if seen.path.contains("/rollouts?") { list(&[rollout("a"), rollout("b")]) } else { list(&[]) })
    })
    .await;
    let source = source_of(mock.settings(), Duration::from_secs(3)).await;
    let mut screen = Screen::of(source, Arc::new(Notify::new()));
    let names = |screen: &Screen| screen.rollouts.iter().map(|one| one.id.name.raw().to_owned()).collect::<Vec<_>>();
    screen.until("a and c", |screen| names(screen) == ["a", "c"]).await;
    assert_eq!(screen.rollouts[0].phase.word(), "degraded");
    screen
        .until("followed from the bookmark", |_| {
            mock.seen
                .lock()
                .unwrap()
                .iter()
                .any(|seen| seen.path.contains("/rollouts?") && seen.path.contains("resourceVersion=99"))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forbidden_is_partial_and_unknown() {
    let mock = Mock::start(|seen| {
        if seen.path.contains("/pods?") {
            return Reply::Whole(403, "{\"message\":\"pods is forbidden: User \\\"watcher\\\" cannot list\"}".to_owned());
        }
        if seen.path.contains("watch=1") {
            return Reply::Hang;
        }
        Reply::Whole(200, if seen.path.contains("/rollouts?") { list(&[rollout("a")]) } else { list(&[]) })
    })
    .await;
    let mut screen = Screen::of(mock.source().await, Arc::new(Notify::new()));
    screen
        .until("live, and partial", |screen| {
            screen.rollouts.len() == 1 && screen.health.last_ok.is_some() && screen.health.partial.len() == 1
        })
        .await;
    assert!(screen.health.partial[0].as_str().starts_with("pods: "), "{:?}", screen.health.partial);
    assert_eq!(screen.rollouts[0].pods.not_ready, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_fails_says_why_and_read_now_wakes_it() {
    let down = Arc::new(AtomicUsize::new(1));
    let state = Arc::clone(&down);
    let mock = Mock::start(move |seen| {
        if state.load(Ordering::SeqCst) == 1 {
            return Reply::With(503, "retry-after: 300\r\n", "{\"message\":\"etcd is away\"}".to_owned());
        }
        if seen.path.contains("watch=1") {
            return Reply::Hang;
        }
        Reply::Whole(200, if seen.path.contains("/rollouts?") { list(&[rollout("a")]) } else { list(&[]) })
    })
    .await;
    let read_now = Arc::new(Notify::new());
    let mut screen = Screen::of(mock.source().await, Arc::clone(&read_now));
    screen
        .until("down", |screen| {
            screen.health.failure.as_ref().is_some_and(|failure| failure.why.as_str().contains("etcd is away"))
        })
        .await;
    assert_eq!(screen.health.last_ok, None);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked = mock.count("GET");
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(mock.count("GET"), asked, "the server asked for 300 s of quiet");
    down.store(0, Ordering::SeqCst);
    read_now.notify_one();
    screen.until("back", |screen| screen.rollouts.len() == 1 && screen.health.failure.is_none()).await;
}

#[test]
fn one_change_among_a_thousand_rebuilds_one() {
    use cutover::{
        backend::argo::{
            everything::{Everything, Fact},
            kinds::Kind,
        },
        domain::id::SourceId,
    };
    let id = SourceId::new("test");
    let fact = |object: &Value| Fact::read(Kind::Rollouts, &id, object).unwrap();
    let mut all = Everything::default();
    all.replace(Kind::Rollouts, None, (0..1000).map(|number| fact(&rollout(&format!("r{number:04}")))).collect());
    assert!(all.refresh() && !all.refresh(), "nothing new is not news");
    let before = all.all();
    assert_eq!(before.len(), 1000);

    all.apply(fact(&rollout("r0500")));
    assert!(all.is_dirty() && !all.refresh(), "the same object again is not news");

    let mut changed = rollout("r0500");
    changed["metadata"]["resourceVersion"] = json!("next");
    all.apply(fact(&changed));
    assert!(all.refresh());
    let differing: Vec<usize> =
        before.iter().zip(all.all()).enumerate().filter(|(_, (old, new))| !Arc::ptr_eq(old, new)).map(|(at, _)| at).collect();
    assert_eq!(differing, [500]);

    all.remove(&fact(&rollout("r0000")));
    assert!(all.refresh());
    assert_eq!(all.all().len(), 999);
    all.replace(Kind::Rollouts, None, Vec::new());
    assert!(all.refresh() && all.all().is_empty());
}

#[test]
fn it_does_not_matter_which_kind_is_read_first() {
    use cutover::{
        backend::argo::{
            everything::{Everything, Fact},
            kinds::Kind,
        },
        domain::id::SourceId,
    };
    let id = SourceId::new("test");
    let facts = |kind, name: &str| -> Vec<Fact> {
        let list: Value = serde_json::from_str(&super::argo_mock::fixture(name)).unwrap();
        let one = vec![list.clone()];
        list["items"].as_array().unwrap_or(&one).iter().filter_map(|object| Fact::read(kind, &id, object)).collect()
    };
    let lists =
        [(Kind::Rollouts, "03_paused_step.json"), (Kind::ReplicaSets, "04_replicasets.json"), (Kind::Pods, "05_pods.json")];
    let read = |order: [usize; 3]| {
        let mut all = Everything::default();
        for (kind, name) in order.map(|at| lists[at]) {
            all.replace(kind, None, facts(kind, name));
            all.refresh();
        }
        all
    };
    let mut all = read([0, 1, 2]);
    let whole = all.all();
    assert_eq!((whole.len(), whole[0].pods.ready), (1, Some(1)));
    assert!(whole[0].pods.not_ready.is_some());
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(read(order).all(), whole, "{order:?}");
    }
    // The rollout goes and comes again: what belongs to it was known all the time.
    for fact in facts(Kind::Rollouts, "03_paused_step.json") {
        all.remove(&fact);
        assert!(all.refresh() && all.all().is_empty());
        all.apply(fact);
        assert!(all.refresh());
    }
    assert_eq!(all.all(), whole);
    // Its replica sets go: what they said goes, too.
    all.replace(Kind::ReplicaSets, None, Vec::new());
    assert!(all.refresh());
    assert_eq!(all.all()[0].pods.ready, None);
    all.forget(Kind::Pods, None);
    assert!(all.refresh());
    assert_eq!(all.all()[0].pods.not_ready, None);
}
