//! One Prometheus as a source.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

use super::{
    alerts, ask,
    settings::PrometheusSettings,
    wire::{Alerts, Envelope, Rules, unix},
};
use crate::{
    backend::{
        poller::{self, Looked, Pace, Polled},
        port::{ReadError, Source, Watching},
        web::{Ask, LIST_CAP, Trouble, Web},
    },
    config::places::Surroundings,
    domain::{
        Timestamp,
        alert::{AlertFeed, DeadMan},
        clock::Clock,
        id::SourceId,
        question::{Question, Reading, Reason},
        source::{SourceUpdate, Tells},
        text::DisplayText,
    },
};

/// Questions asked at one moment: the server has its own limit, shared with everybody else.
const CONCURRENCY: usize = 4;

/// One Prometheus. Connects on first use.
pub struct PrometheusSource {
    id: SourceId,
    settings: PrometheusSettings,
    pace: Pace,
    web: Web,
    clock: Arc<dyn Clock>,
    /// The newest feed.
    last: Mutex<Option<Arc<AlertFeed>>>,
}

impl PrometheusSource {
    /// Nothing is read and nothing can fail yet. `interval` is the pause between two reads.
    #[must_use]
    pub fn new(
        id: SourceId,
        settings: PrometheusSettings,
        interval: Duration,
        around: Surroundings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let web = Web::new(settings.web.clone(), around, Arc::clone(&clock));
        let pace = Pace { interval, limit: settings.limit };
        Self { id, settings, pace, web, clock, last: Mutex::new(None) }
    }

    async fn reading(&self, question: Arc<Question>, now: f64, deadline: Instant) -> Arc<Reading> {
        let begun = self.clock.since_boot();
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
        let moment = question.at.map_or(now, |at| at.timestamp_millis() as f64 / 1_000.0);
        let late = || Trouble::new(Reason::Timeout, "too many questions: not answered before the read ended");
        let asked = timeout_at(deadline, ask::ask(&self.web, &question, moment)).await;
        let answer = asked.unwrap_or_else(|_| Err(late())).map_err(|trouble| trouble.no_reading());
        let received = self.clock.since_boot();
        let at = unix(now).unwrap_or_else(|| self.clock.now());
        Arc::new(Reading { question, answer, at, received, took: received.saturating_sub(begun) })
    }

    /// The feed of alerts; of what could not be read the last known, marked blind: an old list that looks new would say that
    /// all is quiet.
    async fn feed(&self, now: Timestamp, partial: &mut Vec<DisplayText>) -> Option<Arc<AlertFeed>> {
        if !self.settings.alerts {
            return None;
        }
        let feed = match self.lists().await {
            Ok((rules, alerts, remarks)) => {
                let (id, dead_man) = (self.id.clone(), self.settings.dead_man.clone());
                // Thousands of rules and alerts are sorted and cleaned: not on the loop's threads.
                let feed = tokio::task::spawn_blocking(move || alerts::feed(&id, &rules, &alerts, &dead_man, now));
                let mut feed = feed.await.ok()?;
                partial.extend(remarks.iter().cloned());
                feed.blind.extend(remarks);
                feed
            }
            Err(why) => {
                partial.clone_from(&why);
                let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let (alerts, rules) =
                    last.map_or_else(|| (Arc::from([]), None), |last| (last.alerts.clone(), last.rules.clone()));
                AlertFeed { source: self.id.clone(), alerts, rules, dead_man: DeadMan::NotConfigured, blind: why }
            }
        };
        let feed = Arc::new(feed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&feed));
        Some(feed)
    }

    /// Rules and alerts, and what the source remarks of them: Thanos gives what it reached, and says in a warning what it did not.
    async fn lists(&self) -> Result<(Rules, Alerts, Vec<DisplayText>), Vec<DisplayText>> {
        let only_rules = [("type", "alert"), ("exclude_alerts", "true")];
        let (rules, alerts) = tokio::join!(
            self.web.json::<Envelope<Rules>>(Ask { query: &only_rules, cap: LIST_CAP, ..Ask::get("/api/v1/rules") }),
            self.web.json::<Envelope<Alerts>>(Ask { cap: LIST_CAP, ..Ask::get("/api/v1/alerts") })
        );
        let rules = rules.and_then(|fetched| fetched.value.open());
        let alerts = alerts.and_then(|fetched| fetched.value.open());
        let part = |what: &str, trouble: Trouble| DisplayText::new(&format!("{what}: {}", trouble.words));
        match (rules, alerts) {
            (Ok((rules, of_rules)), Ok((alerts, of_alerts))) => {
                let remark = |what: &str, words: String| DisplayText::new(&format!("{what}: the source remarks: {words}"));
                let of_rules = of_rules.into_iter().map(|words| remark("rules", words));
                Ok((rules, alerts, of_rules.chain(of_alerts.into_iter().map(|words| remark("alerts", words))).collect()))
            }
            (rules, alerts) => {
                let why = [rules.err().map(|why| part("rules", why)), alerts.err().map(|why| part("alerts", why))];
                Err(why.into_iter().flatten().collect())
            }
        }
    }
}

#[async_trait]
impl Polled for PrometheusSource {
    fn id(&self) -> &SourceId {
        &self.id
    }

    async fn poll(&self, questions: &[Arc<Question>]) -> Result<Looked, Trouble> {
        // Answers have to be out before the whole read is given up.
        let deadline = Instant::now() + self.settings.limit.mul_f64(0.9);
        let (now, latency) = ask::now(&self.web).await?;
        let midway = self.clock.now() - TimeDelta::from_std(latency / 2).unwrap_or_default();
        let server = unix(now).unwrap_or(midway);
        let readings = stream::iter(questions.iter().cloned())
            .map(|question| self.reading(question, now, deadline))
            .buffered(CONCURRENCY)
            .collect::<Vec<_>>();
        let mut partial = Vec::new();
        let (readings, feed) = tokio::join!(readings, self.feed(server, &mut partial));
        let mut updates: Vec<SourceUpdate> = feed.into_iter().map(SourceUpdate::Alerts).collect();
        if !questions.is_empty() {
            updates.push(SourceUpdate::Readings { source: self.id.clone(), readings: readings.into() });
        }
        Ok(Looked { updates, partial, latency, skew: Some(server - midway) })
    }
}

#[async_trait]
impl Source for PrometheusSource {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "prometheus"
    }

    fn tells(&self) -> Tells {
        Tells { alerts: self.settings.alerts, answers: true, ..Tells::default() }
    }

    async fn watch(&self, watching: Watching) {
        poller::run(self, self.pace, &*self.clock, watching).await;
    }

    async fn read(&self, questions: &[Arc<Question>]) -> Result<Vec<SourceUpdate>, ReadError> {
        poller::once(self, questions, self.pace.limit).await
    }
}
