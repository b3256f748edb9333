//! Prometheus and two Alertmanager peers, real ones: a value that crosses its limit, an alert from pending to firing, and
//! each server taken away in turn.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use cutover::{
    backend::{
        alertmanager::{AlertmanagerSettings, AlertmanagerSource},
        port::{Source, Watching},
        prometheus::{PrometheusSettings, PrometheusSource},
        web::{Address, WebSettings},
    },
    config::places::Surroundings,
    domain::{
        alert::{Alert, AlertFeed, AlertState, Mark, mark, merge},
        freshness::SourceHealth,
        id::SourceId,
        question::{Question, Questions, Reading, Value},
        source::SourceUpdate,
    },
};
use tokio::sync::{Notify, mpsc, watch};

use super::backends::{Backends, backends};
use crate::backends::argo_mock::Wall;

const SECOND: Duration = Duration::from_secs(1);
const RATIO: &str = "checkout:error_ratio:rate10s{version=\"canary\"}";

/// What one source has said last.
#[derive(Clone, Debug, Default)]
struct Heard {
    health: Option<SourceHealth>,
    feed: Option<Arc<AlertFeed>>,
    readings: Vec<Arc<Reading>>,
}

struct Watched {
    heard: Arc<Mutex<Heard>>,
    _questions: watch::Sender<Questions>,
}

fn watch_it(source: impl Source + 'static, questions: Questions) -> Watched {
    let (send, mut updates) = mpsc::channel(64);
    let (sender, questions) = watch::channel(questions);
    tokio::spawn(async move { source.watch(Watching { updates: send, read_now: Arc::new(Notify::new()), questions }).await });
    let heard = Arc::new(Mutex::new(Heard::default()));
    let into = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Some(update) = updates.recv().await {
            let mut heard = into.lock().unwrap();
            match update {
                SourceUpdate::Health { health, .. } => heard.health = Some(health),
                SourceUpdate::Alerts(feed) => heard.feed = Some(feed),
                SourceUpdate::Readings { readings, .. } => heard.readings = readings.to_vec(),
                other => panic!("{other:?}"),
            }
        }
    });
    Watched { heard, _questions: sender }
}

impl Watched {
    fn now(&self) -> Heard {
        self.heard.lock().unwrap().clone()
    }

    async fn until(&self, what: &str, seen: impl Fn(&Heard) -> bool) -> Heard {
        let begun = Instant::now();
        loop {
            let heard = self.now();
            if seen(&heard) {
                return heard;
            }
            assert!(begun.elapsed() < Duration::from_secs(90), "{what}: {heard:#?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Heard {
    fn is_well(&self) -> bool {
        self.health.as_ref().is_some_and(|health| health.failure.is_none())
    }

    fn alert(&self, name: &str) -> Option<&Arc<Alert>> {
        self.feed.as_ref()?.alerts.iter().find(|alert| alert.name.as_str() == name)
    }

    fn value(&self) -> Option<f64> {
        match &self.readings.first()?.answer.as_ref().ok()?.value {
            Value::Series { value, .. } => Some(*value),
            _ => None,
        }
    }
}

fn web(servers: &Backends, name: &str) -> WebSettings {
    WebSettings::new(Address::parse(servers.url(name)).unwrap())
}

fn question() -> Questions {
    let question = Question {
        source: SourceId::new("metrics"),
        query: RATIO.into(),
        sampled: Some("http_requests_total{app=\"checkout\"}".into()),
        at: None,
        points: 3,
        step: Duration::from_secs(2),
    };
    Arc::from([Arc::new(question)])
}

fn watched(servers: &Backends) -> (Watched, Watched) {
    let around = Surroundings::of_process();
    let settings = PrometheusSettings::new(web(servers, "PROMETHEUS_URL"));
    let metrics = PrometheusSource::new(SourceId::new("metrics"), settings, SECOND, around.clone(), Arc::new(Wall));
    let peers = vec![web(servers, "ALERTMANAGER_URL"), web(servers, "ALERTMANAGER2_URL")];
    let alerts =
        AlertmanagerSource::new(SourceId::new("alerts"), AlertmanagerSettings::new(peers), SECOND, &around, Arc::new(Wall));
    (watch_it(metrics, question()), watch_it(alerts, Arc::from([])))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_crosses_its_alert_fires_and_each_server_takes_only_its_own_rows_along() {
    let Some(servers) = backends(&["alertmanager", "alertmanager2", "prometheus"]) else { return };
    let (metrics, alerts) = watched(&servers);
    let quiet = metrics.until("a value", |heard| heard.value().is_some_and(|value| value < 0.02)).await;
    let age = quiet.readings[0].answer.as_ref().unwrap().sample_age.unwrap();
    assert!(age < Duration::from_secs(5), "scraped each second: {age:?}");
    let broken = &quiet.feed.as_ref().unwrap().blind;
    assert!(broken.iter().any(|words| words.as_str().starts_with("rule ManyToMany")), "{broken:?}");

    servers.traffic("version=canary&error_rate=0.3").await;
    metrics.until("it crosses", |heard| heard.value().is_some_and(|value| value > 0.02)).await;
    let pending = |heard: &Heard| heard.alert("HighErrorRate").is_some_and(|alert| alert.state == AlertState::Pending);
    let waiting = metrics.until("pending", pending).await;
    let held = waiting.alert("HighErrorRate").unwrap();
    assert_eq!((held.held, held.fired), (Some(Duration::from_secs(3)), None));
    // The stage begins while the condition holds and its `for` still runs.
    let stage = held.began.unwrap() + SECOND;
    let firing = |heard: &Heard| heard.alert("HighErrorRate").is_some_and(|alert| alert.state == AlertState::Firing);
    metrics.until("firing", firing).await;
    let routed = alerts.until("on both peers", |heard| heard.alert("HighErrorRate").is_some_and(|one| one.peers == (2, 2))).await;
    assert!(routed.alert("HighErrorRate").unwrap().began.is_none(), "Alertmanager does not know");
    let merged = merge(&[routed.feed.unwrap(), metrics.now().feed.unwrap()]);
    let alert = merged.iter().filter(|alert| alert.name.as_str() == "HighErrorRate").collect::<Vec<_>>();
    assert_eq!(alert.len(), 1, "{alert:#?}");
    assert_eq!(alert[0].source, SourceId::new("alerts"));
    assert_eq!(mark(alert[0], Some(stage), Duration::ZERO), Mark::Straddles, "{:?}", alert[0]);

    servers.stop("alertmanager2");
    let one_away = alerts.until("a peer away", |heard| heard.feed.as_ref().is_some_and(|feed| !feed.blind.is_empty())).await;
    assert!(one_away.is_well() && one_away.alert("HighErrorRate").is_some(), "{one_away:#?}");
    assert_eq!(one_away.feed.as_ref().unwrap().blind[0].as_str(), "peer 2 of 2: the connection is refused");
    assert!(metrics.now().is_well());

    servers.stop("exporter");
    let old = |heard: &Heard| {
        heard.readings.first().is_some_and(|reading| {
            reading.answer.as_ref().map_or(true, |answer| {
                answer.value == Value::Empty || answer.sample_age.is_some_and(|age| age > Duration::from_secs(10))
            })
        })
    };
    let silent = metrics.until("no data", old).await;
    assert!(silent.is_well(), "the source answers: it is the value that is not there");

    servers.stop("prometheus");
    let lost = metrics.until("metrics lost", |heard| !heard.is_well()).await;
    assert_eq!(lost.health.unwrap().failure.unwrap().why.as_str(), "the connection is refused");
    assert!(alerts.now().is_well(), "Alertmanager goes on");
    servers.stop("alertmanager");
    let lost = alerts.until("alerts lost", |heard| !heard.is_well()).await;
    assert!(lost.alert("HighErrorRate").is_some(), "the last known stay");
}
