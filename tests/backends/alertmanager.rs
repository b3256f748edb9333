//! Alertmanager: peers put together, and what its API does not keep.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cutover::{
    backend::{
        alertmanager::{AlertmanagerSettings, AlertmanagerSource},
        poller::{Looked, Polled},
        port::{ReadError, Source},
    },
    config::places::Surroundings,
    domain::{
        alert::{Alert, AlertFeed, AlertState, DeadMan, Severity},
        id::SourceId,
        source::SourceUpdate,
    },
};
use serde_json::{Value, json};

use super::web_mock::{Hand, Reply, Server, fixture};

const BEFORE: &str = "2026-11-20T03:45:00Z";

/// A peer whose groups can be changed; `None` = it answers 503.
#[derive(Clone)]
struct Peer {
    server: Server,
    groups: Arc<Mutex<Option<Value>>>,
}

impl Peer {
    async fn start(groups: Value) -> Self {
        Self::with(groups, Reply::Json(200, fixture("alertmanager/silences_one_active.json")), "status").await
    }

    async fn with(groups: Value, silences: Reply, status: &str) -> Self {
        let groups = Arc::new(Mutex::new(Some(groups)));
        let (now, status) = (Arc::clone(&groups), fixture(&format!("alertmanager/{status}.json")));
        let server = Server::start(move |seen| {
            let Some(groups) = now.lock().unwrap().clone() else { return Reply::Json(503, "\"busy\"".to_owned()) };
            match seen.path.split('?').next().unwrap() {
                "/api/v2/status" => Reply::Json(200, status.clone()),
                "/api/v2/alerts/groups" => Reply::Json(200, groups.to_string()),
                "/api/v2/silences" => silences.clone(),
                other => panic!("{other} is not asked for"),
            }
        })
        .await;
        Self { server, groups }
    }

    fn set(&self, groups: Option<Value>) {
        *self.groups.lock().unwrap() = groups;
    }
}

/// One alert, active, that fires since `starts`.
fn alert(labels: Value, starts: &str) -> Value {
    json!({
        "labels": labels, "annotations": {"summary": "s"}, "fingerprint": "00", "receivers": [{"name": "x"}],
        "startsAt": starts, "updatedAt": starts, "endsAt": "2026-11-20T04:45:00Z",
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": []}
    })
}

fn group(alerts: Vec<Value>) -> Value {
    json!([{"labels": {}, "receiver": {"name": "x"}, "alerts": alerts}])
}

struct Stage {
    source: AlertmanagerSource,
    clock: Arc<Hand>,
}

impl Stage {
    fn of(peers: &[&Peer], change: impl FnOnce(&mut AlertmanagerSettings)) -> Self {
        let mut settings = AlertmanagerSettings::new(peers.iter().map(|peer| peer.server.settings()).collect());
        change(&mut settings);
        let clock = Hand::at(BEFORE);
        let around = Surroundings::made_up(None, None, &[]);
        let source = AlertmanagerSource::new(SourceId::new("am"), settings, Duration::from_secs(1), &around, clock.clone());
        Self { source, clock }
    }

    async fn look(&self) -> Looked {
        self.source.poll(&[]).await.unwrap()
    }

    async fn feed(&self) -> Arc<AlertFeed> {
        let looked = self.look().await;
        let SourceUpdate::Alerts(feed) = &looked.updates[0] else { panic!("{looked:?}") };
        Arc::clone(feed)
    }

    async fn only(&self) -> Arc<Alert> {
        let feed = self.feed().await;
        assert_eq!(feed.alerts.len(), 1, "{feed:?}");
        Arc::clone(&feed.alerts[0])
    }
}

fn named<'f>(feed: &'f AlertFeed, name: &str) -> &'f Arc<Alert> {
    feed.alerts.iter().find(|alert| alert.name.as_str() == name).unwrap_or_else(|| panic!("{name}: {feed:?}"))
}

#[tokio::test]
async fn recorded_groups_are_read_with_who_silenced_what() {
    let mut groups: Value = serde_json::from_str(&fixture("alertmanager/alerts_groups_while_silenced.json")).unwrap();
    let id = "1c1121aa-101f-4ed2-ab60-9596f18fa40e";
    groups[0]["alerts"][0]["status"]["silencedBy"][0] = json!(id);
    let peer = Peer::start(groups).await;
    let feed = Stage::of(&[&peer], |_| {}).feed().await;
    let errors = named(&feed, "HighErrorRate");
    assert_eq!((errors.state, &errors.severity), (AlertState::Suppressed, &Severity::Critical));
    assert_eq!(errors.silenced_by[0].as_str(), "ops@example.com until 2026-11-20T03:50Z: canary 10% under watch, CHG-1042");
    assert_eq!(errors.runbook.as_ref().unwrap().as_str(), "https://runbooks.example/checkout");
    assert_eq!(named(&feed, "CanaryLatencyHigh").inhibited_by[0].as_str(), "b1b9d331e8dc9ba5");
    let down = named(&feed, "TargetDown");
    assert_eq!((down.state, down.peers, down.began), (AlertState::Firing, (1, 1), None));
    assert!(peer.server.paths().iter().all(|path| path.starts_with("/api/v2/")), "v1 is gone since 0.27");
}

#[tokio::test]
async fn a_silence_list_of_500_is_not_no_silence() {
    let mut silenced = alert(json!({"alertname": "a"}), BEFORE);
    silenced["status"] = json!({"state": "suppressed", "silencedBy": ["some-id"], "inhibitedBy": []});
    let refused = Reply::Json(500, "\"multiple matcher sets which is not supported by this API version\"".to_owned());
    let peer = Peer::with(group(vec![silenced]), refused, "status").await;
    let looked = Stage::of(&[&peer], |_| {}).look().await;
    let SourceUpdate::Alerts(feed) = &looked.updates[0] else { panic!() };
    assert_eq!(feed.alerts[0].silenced_by[0].as_str(), "some-id");
    assert!(looked.partial.iter().any(|words| words.as_str().starts_with("who silenced is not known: 500")), "{looked:?}");
}

#[tokio::test]
async fn two_peers_that_disagree_are_one_list_and_active_wins() {
    let both = json!({"alertname": "both", "replica": "a", "severity": "sev2"});
    let mut quiet = alert(json!({"alertname": "both", "replica": "b", "severity": "sev2"}), "2026-11-20T03:30:00Z");
    quiet["status"] = json!({"state": "suppressed", "silencedBy": [], "inhibitedBy": ["ff"]});
    let one = Peer::start(group(vec![alert(both, "2026-11-20T03:40:00Z"), alert(json!({"alertname": "lone"}), BEFORE)])).await;
    let two = Peer::with(group(vec![quiet]), Reply::Json(200, "[]".to_owned()), "split_peer0_status").await;
    let stage = Stage::of(&[&one, &two], |settings| settings.drop_labels = vec!["replica".to_owned()]);
    let looked = stage.look().await;
    let SourceUpdate::Alerts(feed) = &looked.updates[0] else { panic!() };
    let alert = named(feed, "both");
    assert_eq!((alert.state, alert.peers, alert.severity.word()), (AlertState::Firing, (2, 2), "sev2"));
    assert_eq!(alert.fired.unwrap().to_rfc3339(), "2026-11-20T03:30:00+00:00", "the earliest");
    assert!(alert.labels.iter().all(|(name, _)| name.as_str() != "replica"));
    assert_eq!(named(feed, "lone").peers, (1, 2));
    assert!(looked.partial.iter().any(|words| words.as_str().contains("it sees 1 of 2 peers")), "{:?}", looked.partial);
    assert!(feed.blind.is_empty());
}

#[tokio::test]
async fn muting_shows_in_the_groups_only_and_hostile_text_is_cleaned() {
    let hostile: Value = serde_json::from_str(&fixture("alertmanager/alerts_hostile_text.json")).unwrap();
    let mut muted = hostile[0].clone();
    muted["status"] = json!({"state": "suppressed", "silencedBy": [], "inhibitedBy": [], "mutedBy": ["night"]});
    muted["endsAt"] = json!("2026-11-20T04:45:00Z");
    let peer = Peer::start(group(vec![muted])).await;
    let alert = Stage::of(&[&peer], |_| {}).only().await;
    assert_eq!((alert.state, alert.silenced_by[0].as_str()), (AlertState::Suppressed, "muted by interval night"));
    let shown = format!("{alert:?}");
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') && !alert.summary.as_str().contains('\u{7}'), "{shown}");
    let note = alert.labels.iter().find(|(name, _)| name.as_str() == "note").unwrap();
    assert!(note.1.as_str().contains("\\x1b[31mred"), "{note:?}");
}

#[tokio::test]
async fn an_alert_that_ends_stays_ten_minutes_and_one_that_comes_back_flaps() {
    let labels = json!({"alertname": "a", "severity": "critical"});
    let peer = Peer::start(group(vec![alert(labels.clone(), "2026-11-20T03:44:00Z")])).await;
    let stage = Stage::of(&[&peer], |_| {});
    assert_eq!(stage.only().await.flaps, 0);
    let mut minute = 46;
    for round in 1..=3 {
        peer.set(Some(json!([])));
        stage.clock.set(&format!("2026-11-20T03:{minute}:00Z"));
        let ended = stage.only().await;
        assert_eq!((ended.state, ended.resolved.unwrap().format("%M").to_string()), (AlertState::Resolved, minute.to_string()));
        peer.set(Some(group(vec![alert(labels.clone(), &format!("2026-11-20T03:{minute}:30Z"))])));
        stage.clock.set(&format!("2026-11-20T03:{minute}:40Z"));
        let back = stage.only().await;
        assert_eq!((back.state, back.flaps), (AlertState::Firing, round));
        minute += 2;
    }
    // A new beginning between two reads: the same labels, a later start.
    peer.set(Some(group(vec![alert(labels.clone(), "2026-11-20T03:53:00Z")])));
    stage.clock.set("2026-11-20T03:54:00Z");
    assert_eq!(stage.only().await.flaps, 4);
    peer.set(Some(json!([])));
    assert_eq!(stage.only().await.state, AlertState::Resolved);
    stage.clock.set("2026-11-20T04:03:59Z");
    assert_eq!(stage.feed().await.alerts.len(), 1);
    stage.clock.set("2026-11-20T04:04:01Z");
    assert!(stage.feed().await.alerts.is_empty(), "long gone");
}

#[tokio::test]
async fn a_peer_that_is_away_takes_nothing_with_it_and_makes_the_list_blind() {
    let mut lone = alert(json!({"alertname": "lone"}), BEFORE);
    lone["endsAt"] = json!("2026-11-20T03:50:00Z");
    let one = Peer::start(group(vec![alert(json!({"alertname": "both"}), BEFORE)])).await;
    let two = Peer::start(group(vec![lone, alert(json!({"alertname": "both"}), "2026-11-20T03:40:00Z")])).await;
    let stage = Stage::of(&[&one, &two], |_| {});
    assert!(stage.feed().await.blind.is_empty());
    two.set(None);
    stage.clock.set("2026-11-20T03:46:00Z");
    let feed = stage.feed().await;
    assert_eq!(feed.blind[0].as_str(), "peer 2 of 2: 503: busy");
    assert_eq!(
        (named(&feed, "lone").state, named(&feed, "lone").peers),
        (AlertState::Firing, (0, 1)),
        "nobody said that it ended"
    );
    let both = named(&feed, "both");
    assert_eq!((both.peers, both.flaps), ((1, 1), 0), "the start of the other peer is no new beginning");
    assert_eq!(both.fired.unwrap().to_rfc3339(), "2026-11-20T03:40:00+00:00");
    stage.clock.set("2026-11-20T03:50:10Z");
    assert_eq!(named(&*stage.feed().await, "lone").state, AlertState::Resolved, "its lease is over");
    one.set(None);
    let error = stage.source.read(&[]).await.unwrap_err();
    assert!(matches!(&error, ReadError::Unreachable(why) if why.as_str() == "peer 1 of 2: 503: busy"), "{error:?}");
}

#[tokio::test]
async fn the_alert_that_always_fires_is_watched_and_not_listed() {
    let watchdog =
        |settings: &mut AlertmanagerSettings| settings.dead_man = vec![("alertname".to_owned(), "Watchdog".to_owned())];
    let peer = Peer::start(group(vec![alert(json!({"alertname": "Watchdog"}), BEFORE)])).await;
    let stage = Stage::of(&[&peer], watchdog);
    let feed = stage.feed().await;
    assert_eq!((feed.dead_man.clone(), feed.alerts.len(), feed.blind.len()), (DeadMan::Present, 0, 0));
    peer.set(Some(json!([])));
    let feed = stage.feed().await;
    assert_eq!((feed.dead_man.clone(), feed.blind.len()), (DeadMan::Missing, 1));
}

#[tokio::test]
async fn the_same_alert_in_two_groups_is_one_and_what_did_not_change_is_not_made_again() {
    let one = alert(json!({"alertname": "a"}), BEFORE);
    let peer = Peer::start(json!([{"alerts": [one], "labels": {}}, {"receiver": {"name": "y"}, "alerts": [one]}])).await;
    let stage = Stage::of(&[&peer], |_| {});
    let (first, second) = (stage.only().await, stage.only().await);
    assert!(Arc::ptr_eq(&first, &second));
}

fn status(field: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() >> 10
}

/// 31 MB of JSON; docs/proofs.md has the figures of a run of this test alone.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_thousand_alerts_are_read_as_they_come() {
    let groups: Vec<Value> = (0..50_000)
        .map(|number| {
            let labels = json!({
                "alertname": format!("Rule{}", number % 200), "cluster": "eu-west-1", "env": "production", "job": "checkout",
                "severity": "warning", "pod": format!("checkout-{number:05}"), "namespace": "shop", "team": "payments"
            });
            let mut one = alert(labels, BEFORE);
            one["annotations"] = json!({"summary": format!("something about pod checkout-{number:05} is not as it should be")});
            one["generatorURL"] =
                json!("http://prometheus.example:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1&padding=".to_owned() + &"x".repeat(90));
            json!({"labels": {}, "receiver": {"name": "x"}, "alerts": [one]})
        })
        .collect();
    let size = serde_json::to_string(&groups).unwrap().len();
    let peer = Peer::start(Value::Array(groups)).await;
    let stage = Stage::of(&[&peer], |settings| {
        settings.peers[0].timeout = Duration::from_secs(60);
        settings.peers[0].idle_timeout = Duration::from_secs(60);
    });
    let before = status("VmRSS");
    for read in ["first", "second"] {
        let begun = std::time::Instant::now();
        let feed = stage.feed().await;
        assert_eq!(feed.alerts.len(), 50_000);
        println!(
            "{read} read of {} MiB: {:?}, resident {before} -> {} MiB, peak {}",
            size >> 20,
            begun.elapsed(),
            status("VmRSS"),
            status("VmHWM")
        );
    }
}
