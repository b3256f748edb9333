//! One HTTP system as a source: each endpoint that is needed is read once a round.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::TimeDelta;
use serde_json::Value as Json;

use super::{
    alerts,
    pointer::{self, Place},
    settings::HttpSettings,
    tenants,
};
use crate::{
    backend::{
        poller::{self, Looked, Pace, Polled},
        port::{ReadError, Source, Watching},
        web::{Ask, LIST_CAP, Trouble, Web},
    },
    config::places::Surroundings,
    domain::{
        alert::{AlertFeed, DeadMan},
        clock::Clock,
        id::SourceId,
        question::{Answer, NoReading, Question, Reading, Reason, Value},
        source::{SourceUpdate, Tells},
        tenant::TenantTable,
        text::DisplayText,
    },
};

/// Hard end of one whole read.
const LIMIT: Duration = Duration::from_secs(30);

/// What each endpoint gave.
type Bodies = BTreeMap<String, Result<Json, Trouble>>;

/// One system. Connects on first use.
pub struct HttpSource {
    id: SourceId,
    /// `None` only for settings that were not read from a configuration: then every read says so.
    open: Option<(HttpSettings, Web)>,
    pace: Pace,
    clock: Arc<dyn Clock>,
    /// The newest table that was whole.
    last: Mutex<Option<TenantTable>>,
}

impl HttpSource {
    /// Nothing is read and nothing can fail yet. `interval` is the pause between two reads.
    #[must_use]
    pub fn new(
        id: SourceId,
        settings: Option<HttpSettings>,
        interval: Duration,
        around: Surroundings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let open = settings.map(|settings| {
            let web = Web::new(settings.web.clone(), around, Arc::clone(&clock));
            (settings, web)
        });
        Self { id, open, pace: Pace { interval, limit: LIMIT }, clock, last: Mutex::new(None) }
    }

    /// Every endpoint that something is read from.
    async fn bodies(
        &self,
        settings: &HttpSettings,
        web: &Web,
        questions: &[Arc<Question>],
    ) -> (Bodies, Duration, Option<TimeDelta>) {
        let asked = questions.iter().filter_map(|question| Place::parse(&question.query)).map(|place| place.endpoint);
        let lists = [settings.tenants.as_ref().map(|one| &one.place), settings.alerts.as_ref().map(|one| &one.place)];
        let mut needed: BTreeSet<String> = asked.chain(lists.into_iter().flatten().map(|place| place.endpoint.clone())).collect();
        if needed.is_empty() {
            // Something has to say whether it is there.
            needed.extend(settings.endpoints.keys().next().cloned());
        }
        let (mut bodies, mut latency, mut skew) = (Bodies::new(), None, None);
        for word in needed {
            let Some(path) = settings.endpoints.get(&word) else { continue };
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let pairs: Vec<(&str, &str)> =
                query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
            let fetched = web.json::<Json>(Ask { cap: LIST_CAP, query: &pairs, ..Ask::get(path) }).await;
            if let Ok(fetched) = &fetched {
                latency = Some(latency.map_or(fetched.took, |least: Duration| least.min(fetched.took)));
                skew = fetched.skew;
            }
            bodies.insert(word, fetched.map(|fetched| fetched.value));
        }
        (bodies, latency.unwrap_or_default(), skew)
    }

    fn answer(&self, settings: &HttpSettings, bodies: &Bodies, question: &Question) -> Result<Answer, NoReading> {
        let wrong = |reason, words: &str| NoReading::new(reason, DisplayText::new(words));
        let place = Place::parse(&question.query)
            .ok_or_else(|| wrong(Reason::MissingInput, "the question is no `endpoint#/json/pointer`"))?;
        let unknown = || wrong(Reason::MissingInput, &format!("there is no endpoint {} here", place.endpoint));
        if question.at.is_some() {
            return Err(wrong(Reason::MissingInput, "this source knows no past"));
        }
        let body = bodies.get(&place.endpoint).ok_or_else(unknown)?.as_ref().map_err(Trouble::no_reading)?;
        let now = self.clock.now();
        let (value, sample_age) = pointer::read(body, &place.pointer, &settings.marks, now)?;
        let number = if let Value::Number(number) = value { Some(number) } else { None };
        Ok(Answer { value, sample_age, history: vec![(now, number)], warnings: Vec::new() })
    }

    fn updates(&self, settings: &HttpSettings, bodies: &Bodies) -> (Vec<SourceUpdate>, Vec<DisplayText>) {
        let (mut updates, mut partial) = (Vec::new(), Vec::new());
        let now = self.clock.now();
        let body = |place: &Place| match bodies.get(&place.endpoint) {
            Some(Ok(body)) => Ok(body),
            Some(Err(trouble)) => Err(trouble.words.as_str().to_owned()),
            None => Err("it was not read".to_owned()),
        };
        if let Some(wanted) = &settings.tenants {
            let table = body(&wanted.place).and_then(|body| tenants::table(&self.id, wanted, &settings.marks, body, now));
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let told = match table {
                Ok(table) => Some(last.insert(table).clone()),
                Err(why) => {
                    partial.push(DisplayText::new(&format!("tenants: {why}")));
                    // The source goes on for all else: what it does not tell any more must not look as if it did.
                    last.as_ref().map(|table| tenants::not_told_again(table, &why))
                }
            };
            updates.extend(told.map(|table| SourceUpdate::Tenants(table.into())));
        }
        if let Some(wanted) = &settings.alerts {
            let feed = body(&wanted.place).and_then(|body| alerts::feed(&self.id, wanted, body, now));
            let feed = feed.unwrap_or_else(|why| {
                let why = DisplayText::new(&format!("alerts: {why}"));
                partial.push(why.clone());
                let (alerts, dead_man) = (Arc::from([]), DeadMan::NotConfigured);
                AlertFeed { source: self.id.clone(), alerts, rules: None, dead_man, blind: vec![why] }
            });
            updates.push(SourceUpdate::Alerts(Arc::new(feed)));
        }
        (updates, partial)
    }
}

#[async_trait]
impl Polled for HttpSource {
    fn id(&self) -> &SourceId {
        &self.id
    }

    async fn poll(&self, questions: &[Arc<Question>]) -> Result<Looked, Trouble> {
        let Some((settings, web)) = &self.open else {
            return Err(Trouble::new(Reason::Unreadable, "its settings name no address"));
        };
        let begun = self.clock.since_boot();
        let (bodies, latency, skew) = self.bodies(settings, web, questions).await;
        if let Some(trouble) = bodies.values().next().filter(|_| bodies.values().all(Result::is_err)) {
            return Err(trouble.clone().err().unwrap_or_else(|| Trouble::unreadable("no answer")));
        }
        let (mut updates, mut partial) = self.updates(settings, &bodies);
        let received = self.clock.since_boot();
        let readings = questions.iter().map(|question| {
            let answer = self.answer(settings, &bodies, question);
            let took = received.saturating_sub(begun);
            Arc::new(Reading { question: Arc::clone(question), answer, at: self.clock.now(), received, took })
        });
        if !questions.is_empty() {
            updates.push(SourceUpdate::Readings { source: self.id.clone(), readings: readings.collect() });
        }
        let failed = bodies.iter().filter_map(|(word, body)| Some((word, body.as_ref().err()?)));
        partial.extend(failed.map(|(word, trouble)| DisplayText::new(&format!("{word}: {}", trouble.words))));
        Ok(Looked { updates, partial, latency, skew })
    }
}

#[async_trait]
impl Source for HttpSource {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "http"
    }

    fn tells(&self) -> Tells {
        let settings = self.open.as_ref().map(|(settings, _)| settings);
        Tells {
            tenants: settings.is_some_and(|settings| settings.tenants.is_some()),
            alerts: settings.is_some_and(|settings| settings.alerts.is_some()),
            answers: true,
            ..Tells::default()
        }
    }

    async fn watch(&self, watching: Watching) {
        poller::run(self, self.pace, &*self.clock, watching).await;
    }

    async fn read(&self, questions: &[Arc<Question>]) -> Result<Vec<SourceUpdate>, ReadError> {
        poller::once(self, questions, self.pace.limit).await
    }
}
