//! A system that is read whole at intervals, as a source that is watched: one read in flight, one timer, back-off when it
//! fails, and its health after each attempt.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::TimeDelta;
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    port::{ReadError, Watching},
    web::Trouble,
};
use crate::domain::{
    alert::AlertFeed,
    clock::Clock,
    counted::CountedTable,
    freshness::{Failure, SourceHealth},
    id::SourceId,
    question::{Question, Questions, Reason},
    source::SourceUpdate,
    text::DisplayText,
};

/// Between two reads, however often somebody asks.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
/// How long questions may go on changing before they are asked: rollouts move one by one.
const SETTLE: Duration = Duration::from_millis(200);
/// Clocks may differ by this much before it is worth a word.
const SKEW: Duration = Duration::from_secs(5);
/// Longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What one whole read found.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    pub updates: Vec<SourceUpdate>,
    /// Parts that could not be read, in words.
    pub partial: Vec<DisplayText>,
    /// Of the small read.
    pub latency: Duration,
    /// How far the system's clock is ahead of ours.
    pub skew: Option<TimeDelta>,
}

/// A system that can be read whole.
#[async_trait]
pub trait Polled: Send + Sync {
    fn id(&self) -> &SourceId;

    /// One whole read; `questions` are this source's own.
    ///
    /// # Errors
    /// When there was no usable answer at all.
    async fn poll(&self, questions: &[Arc<Question>]) -> Result<Looked, Trouble>;
}

/// How often, and how long one read may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// 1 s or more; a tenth of it more or less at random, so that many consoles do not ask at one moment.
    pub interval: Duration,
    /// Hard end of one whole read.
    pub limit: Duration,
}

/// Pause after failures: 1 s doubled up to 60 s, half of it at random, never less than the server asks.
#[derive(Debug, Default)]
pub struct Backoff(u32);

impl Backoff {
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let whole = Duration::from_secs(1 << self.0.min(6)).min(LONGEST_PAUSE);
        self.0 = self.0.saturating_add(1);
        let jittered = whole.mul_f64(0.5 + fastrand::f64() / 2.0);
        asked.map_or(jittered, |asked| asked.max(jittered))
    }

    pub fn reset(&mut self) {
        self.0 = 0;
    }
}

/// Reads until `watching.updates` is closed.
pub async fn run(system: &dyn Polled, pace: Pace, clock: &dyn Clock, mut watching: Watching) {
    let mut health = SourceHealth::never();
    let mut backoff = Backoff::default();
    let mut told = Told::default();
    // A sender that is gone would wake us for ever.
    let mut is_asked = true;
    loop {
        let mine = own(&watching.questions.borrow_and_update(), system.id());
        let begun = Instant::now();
        let looked = tokio::select! {
            () = watching.updates.closed() => return,
            looked = look(system, &mine, pace.limit) => looked,
        };
        let is_well = looked.is_ok();
        let (updates, pause) = take(looked, &mut health, &mut backoff, pace, clock);
        health.next_read = Some(clock.since_boot() + pause);
        let health = SourceUpdate::Health { source: system.id().clone(), health: health.clone() };
        for update in updates.into_iter().map(|update| told.again(update)).chain([health]) {
            if watching.updates.send(update).await.is_err() {
                return;
            }
        }
        let soonest = (begun + LEAST_PAUSE).max(Instant::now());
        let mut due = Instant::now() + pause;
        loop {
            tokio::select! {
                () = watching.updates.closed() => return,
                () = sleep_until(due) => break,
                () = watching.read_now.notified() => due = due.min(soonest.max(Instant::now())),
                changed = watching.questions.changed(), if is_asked => {
                    is_asked = changed.is_ok();
                    let differ = own(&watching.questions.borrow(), system.id()) != mine;
                    // Of a source that fails nothing more is asked any sooner.
                    if is_asked && is_well && differ {
                        due = due.min((Instant::now() + SETTLE).max(soonest));
                    }
                }
            }
        }
    }
}

/// The newest lists that were told. One that comes again is told as the same value, so that the drawing path sees at a glance
/// that nothing has changed.
#[derive(Debug, Default)]
struct Told {
    alerts: Option<Arc<AlertFeed>>,
    tenants: Option<Arc<CountedTable>>,
}

impl Told {
    fn again(&mut self, update: SourceUpdate) -> SourceUpdate {
        match update {
            SourceUpdate::Alerts(feed) => SourceUpdate::Alerts(kept(&mut self.alerts, feed)),
            SourceUpdate::Tenants(table) => SourceUpdate::Tenants(kept(&mut self.tenants, table)),
            SourceUpdate::Rollouts { .. } | SourceUpdate::Health { .. } | SourceUpdate::Readings { .. } => update,
        }
    }
}

fn kept<T: PartialEq>(known: &mut Option<Arc<T>>, new: Arc<T>) -> Arc<T> {
    let is_same = |known: &Arc<T>| Arc::ptr_eq(known, &new) || **known == *new;
    let newest = known.take().filter(is_same).unwrap_or(new);
    Arc::clone(known.insert(newest))
}

/// One whole read, for the command line and the fresh look before a change.
///
/// # Errors
/// When there was no usable answer at all, or none in time.
pub async fn once(system: &dyn Polled, questions: &[Arc<Question>], limit: Duration) -> Result<Vec<SourceUpdate>, ReadError> {
    let mine: Vec<Arc<Question>> = questions.iter().filter(|one| one.source == *system.id()).cloned().collect();
    Ok(look(system, &mine, limit).await?.updates)
}

async fn look(system: &dyn Polled, questions: &[Arc<Question>], limit: Duration) -> Result<Looked, Trouble> {
    let late = || Trouble::new(Reason::Timeout, &format!("it was not read within {} s", limit.as_secs()));
    timeout(limit, system.poll(questions)).await.unwrap_or_else(|_| Err(late()))
}

fn own(questions: &Questions, source: &SourceId) -> Vec<Arc<Question>> {
    questions.iter().filter(|question| question.source == *source).cloned().collect()
}

/// Takes in what a read found: what to send, and how long to wait.
fn take(
    looked: Result<Looked, Trouble>,
    health: &mut SourceHealth,
    backoff: &mut Backoff,
    pace: Pace,
    clock: &dyn Clock,
) -> (Vec<SourceUpdate>, Duration) {
    match looked {
        Ok(looked) => {
            backoff.reset();
            let partial = looked.partial.into_iter().chain(looked.skew.and_then(skewed)).collect();
            let last_ok = Some((clock.since_boot(), clock.now()));
            *health = SourceHealth { last_ok, latency: Some(looked.latency), failure: None, next_read: None, partial };
            (looked.updates, pace.interval.mul_f64(0.9 + fastrand::f64() / 5.0))
        }
        Err(trouble) => {
            let (since, attempts) =
                health.failure.as_ref().map_or_else(|| (clock.now(), 0), |failure| (failure.since, failure.attempts));
            health.failure = Some(Failure { since, why: trouble.words, attempts: attempts.saturating_add(1) });
            (Vec::new(), backoff.next(trouble.retry_after).max(pace.interval.min(LONGEST_PAUSE)))
        }
    }
}

/// A difference of clocks that is worth a word.
fn skewed(skew: TimeDelta) -> Option<DisplayText> {
    let size = skew.abs().to_std().unwrap_or_default();
    let way = if skew > TimeDelta::zero() { "ahead of" } else { "behind" };
    (size > SKEW).then(|| DisplayText::new(&format!("its clock is {} s {way} ours", size.as_secs())))
}
