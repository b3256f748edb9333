//! One server as a source: rounds for ever, whole tables, and answers about aggregates.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::{
    sync::{Mutex, mpsc},
    time::timeout,
};

use super::{
    cause::Cause,
    round::{Memory, Round},
    settings::PostgresSettings,
    whole::{Counts, Found, LastWhole},
};
use crate::{
    backend::port::{ReadError, Source, Watching},
    domain::{
        clock::Clock,
        counted::CountedTable,
        freshness::{Failure, SourceHealth},
        id::SourceId,
        question::{Answer, NoReading, Question, Reading, Reason, Value},
        source::{SourceUpdate, Tells},
        tenant::TenantTable,
        text::DisplayText,
    },
};

/// Pause after failures: the interval, doubled up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// A PostgreSQL server with tenants. Connects on first use; only reads.
pub struct PostgresSource {
    id: SourceId,
    settings: Arc<PostgresSettings>,
    interval: Duration,
    stale_after: Duration,
    clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
    last: LastWhole,
}

/// Ends what a watch keeps together with the watch.
struct Watched<'a>(&'a LastWhole);

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.forget();
    }
}

impl PostgresSource {
    /// `interval` lies between two rounds; what is older than `stale_after` is stale.
    #[must_use]
    pub fn new(
        id: SourceId,
        settings: PostgresSettings,
        (interval, stale_after): (Duration, Duration),
        clock: Arc<dyn Clock>,
    ) -> Self {
        let settings = Arc::new(settings);
        let memory = Mutex::new(Memory::new(id.clone(), Arc::clone(&settings), Arc::clone(&clock)));
        Self { id, settings, interval, stale_after, clock, memory, last: LastWhole::default() }
    }

    /// One whole round; parts of it go to `shown`.
    ///
    /// # Errors
    /// Why there is no list or no baseline.
    pub async fn round(&self, shown: &mpsc::Sender<TenantTable>) -> Result<(Round, TenantTable), Cause> {
        self.found(shown).await.map(|(round, table, _)| (round, table))
    }

    async fn found(&self, shown: &mpsc::Sender<TenantTable>) -> Result<(Round, TenantTable, Found), Cause> {
        let mut memory = self.memory.lock().await;
        let round = memory.round(shown).await?;
        let table = memory.table(None, &round.footprint);
        Ok((round, table, Found::of(&memory)))
    }

    async fn counts(&self) -> Counts {
        Counts::of(&*self.memory.lock().await)
    }

    fn readings(&self, counts: &Counts, questions: &[Arc<Question>], took: Duration) -> SourceUpdate {
        let (at, received) = (self.clock.now(), self.clock.since_boot());
        let mine = questions.iter().filter(|question| question.source == self.id);
        let readings = mine.map(|question| {
            let answer = self.answer(counts, question);
            Arc::new(Reading { question: Arc::clone(question), answer, at, received, took })
        });
        SourceUpdate::Readings { source: self.id.clone(), readings: readings.collect() }
    }

    /// In how many tenants an aggregate differs: zero only when it was compared for each of them.
    fn answer(&self, counts: &Counts, question: &Question) -> Result<Answer, NoReading> {
        let name = question.query.as_ref();
        let Some(differing) = counts.differing(name) else {
            let names: Vec<&str> = self.settings.aggregates.keys().map(String::as_str).collect();
            let words = format!("there is no aggregate {name} here; there are: {}", names.join(", "));
            return Err(NoReading::new(Reason::MissingInput, DisplayText::new(&words)));
        };
        if question.at.is_some() {
            return Err(NoReading::new(Reason::MissingInput, DisplayText::new("an aggregate has no past")));
        }
        let differ = differing.as_ref().map_err(|why| NoReading::new(Reason::Partial, DisplayText::new(why)))?;
        let differ = u32::try_from(*differ).map_or(f64::INFINITY, f64::from);
        let now = self.clock.since_boot();
        Ok(Answer {
            value: Value::Number(differ),
            sample_age: counts.oldest.map(|oldest| now.saturating_sub(oldest)),
            history: vec![(self.clock.now(), Some(differ))],
            warnings: Vec::new(),
        })
    }

    fn health(&self, round: Result<&Round, &Cause>, before: &SourceHealth) -> SourceHealth {
        let (now, since_boot) = (self.clock.now(), self.clock.since_boot());
        match round {
            Ok(round) => {
                let mut partial = Vec::new();
                if let Some(cause) = &round.cut {
                    partial.push(DisplayText::new(&format!("not all tenants were checked: {}", cause.words())));
                }
                if round.superuser {
                    partial.push(DisplayText::new("signed in as a superuser; a role with SELECT is enough"));
                }
                SourceHealth {
                    last_ok: Some((since_boot, now)),
                    latency: Some(round.latency),
                    failure: None,
                    next_read: Some(since_boot + self.interval),
                    partial,
                }
            }
            Err(cause) => {
                let (since, attempts) =
                    before.failure.as_ref().map_or((now, 1), |old| (old.since, old.attempts.saturating_add(1)));
                let why = DisplayText::new(&cause.words());
                SourceHealth {
                    failure: Some(Failure { since, why, attempts }),
                    next_read: Some(since_boot + self.pause(attempts)),
                    ..before.clone()
                }
            }
        }
    }

    fn pause(&self, attempts: u32) -> Duration {
        self.interval.saturating_mul(1 << attempts.saturating_sub(1).min(6)).min(LONGEST_PAUSE.max(self.interval))
    }

    /// One round, told as it goes on. `false`: nobody listens any more.
    async fn tell(&self, watching: &Watching, health: &mut SourceHealth) -> bool {
        let (shown, mut parts) = mpsc::channel(1);
        let round = self.found(&shown);
        tokio::pin!(round);
        let ended = loop {
            tokio::select! {
                ended = &mut round => break ended,
                Some(part) = parts.recv() => {
                    self.last.under_way(&part);
                    // What was answered until now is an answer; a round of minutes is no outage.
                    health.last_ok = Some((self.clock.since_boot(), self.clock.now()));
                    let health = SourceUpdate::Health { source: self.id.clone(), health: health.clone() };
                    if watching.updates.send(SourceUpdate::Tenants(part.into())).await.is_err()
                        || watching.updates.send(health).await.is_err()
                    {
                        return false;
                    }
                }
                () = watching.updates.closed() => return false,
            }
        };
        let table = match ended {
            Ok((round, table, found)) => {
                let table: Arc<CountedTable> = table.into();
                *health = self.health(Ok(&round), health);
                self.last.ended(found, &round, &table, health);
                Some(table)
            }
            Err(cause) => {
                self.last.forget();
                *health = self.health(Err(&cause), health);
                None
            }
        };
        if let Some(table) = table
            && watching.updates.send(SourceUpdate::Tenants(table)).await.is_err()
        {
            return false;
        }
        let health = SourceUpdate::Health { source: self.id.clone(), health: health.clone() };
        watching.updates.send(health).await.is_ok()
    }
}

impl PostgresSource {
    /// What the watch's last whole round told, while the server answers and lists the same tenants.
    async fn remembered(&self, questions: &[Arc<Question>], began: Duration) -> Result<Option<Vec<SourceUpdate>>, ReadError> {
        let limit = self.interval.saturating_add(self.stale_after);
        let Some(whole) = self.last.young(began, limit) else { return Ok(None) };
        let Some(latency) = whole.proof(&self.settings).await.map_err(|cause| as_read_error(&cause))? else { return Ok(None) };
        // A round under way may have found something while the server was asked.
        if self.last.young(began, limit).is_none_or(|now| !Arc::ptr_eq(&now.table, &whole.table)) {
            return Ok(None);
        }
        let took = self.clock.since_boot().saturating_sub(began);
        let health = SourceHealth { latency: Some(latency), ..whole.health.clone() };
        Ok(Some(vec![
            SourceUpdate::Tenants(Arc::clone(&whole.table)),
            SourceUpdate::Health { source: self.id.clone(), health },
            self.readings(&whole.counts, questions, took),
        ]))
    }
}

fn as_read_error(cause: &Cause) -> ReadError {
    let words = DisplayText::new(&cause.words());
    match cause.class.split(' ').next() {
        Some("permission" | "sign_in" | "row_security") => ReadError::Forbidden(words),
        Some("tenants" | "baseline" | "answer" | "too_large") => ReadError::Malformed(words),
        _ => ReadError::Unreachable(words),
    }
}

#[async_trait]
impl Source for PostgresSource {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "postgres"
    }

    fn tells(&self) -> Tells {
        Tells { tenants: true, answers: !self.settings.aggregates.is_empty(), ..Tells::default() }
    }

    async fn watch(&self, watching: Watching) {
        let mut watching = watching;
        let _watched = Watched(&self.last);
        let mut health = SourceHealth::never();
        loop {
            let began = self.clock.since_boot();
            if !self.tell(&watching, &mut health).await {
                return;
            }
            let took = self.clock.since_boot().saturating_sub(began);
            let attempts = health.failure.as_ref().map_or(1, |failure| failure.attempts);
            let due = tokio::time::Instant::now() + self.pause(attempts);
            loop {
                let questions = watching.questions.borrow_and_update().clone();
                if watching.updates.send(self.readings(&self.counts().await, &questions, took)).await.is_err() {
                    return;
                }
                let left = due.saturating_duration_since(tokio::time::Instant::now());
                let woken = tokio::select! {
                    () = watching.updates.closed() => return,
                    () = watching.read_now.notified() => true,
                    asked = timeout(left, watching.questions.changed()) => match asked {
                        Ok(Ok(())) => false,
                        // Nobody will ask anything else.
                        Ok(Err(_)) => {
                            tokio::select! {
                                () = tokio::time::sleep(left) => {}
                                () = watching.read_now.notified() => {}
                                () = watching.updates.closed() => return,
                            }
                            true
                        }
                        Err(_) => true,
                    },
                };
                if woken {
                    break;
                }
            }
        }
    }

    async fn read(&self, questions: &[Arc<Question>]) -> Result<Vec<SourceUpdate>, ReadError> {
        let began = self.clock.since_boot();
        if let Some(answer) = self.remembered(questions, began).await? {
            return Ok(answer);
        }
        let (shown, _parts) = mpsc::channel(1);
        let (round, table, found) = self.found(&shown).await.map_err(|cause| as_read_error(&cause))?;
        let took = self.clock.since_boot().saturating_sub(began);
        let health = self.health(Ok(&round), &SourceHealth::never());
        Ok(vec![
            SourceUpdate::Tenants(table.into()),
            SourceUpdate::Health { source: self.id.clone(), health },
            self.readings(&found.counts, questions, took),
        ])
    }
}
