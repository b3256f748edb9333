//! The engine: what every action needs, and how a context for `permit` is made from it.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use uuid::Uuid;

use crate::{
    backend::port::{Connection, Driver, ReadError},
    domain::{
        Timestamp,
        action::ActionId,
        clock::Clock,
        confirm::Via,
        freshness::Freshness,
        id::{SourceId, TargetId},
        operation::Operation,
        permit::{Arming, Context, Mode, OpenAction, Refusal, RefusalCode, Rights},
        plan::Plan,
        progress::Receipt,
        verdict::Gates,
    },
    ledger::{
        book::{Book, OpenRecord},
        entry::{DenyEntry, Entry},
        port::{NotRecorded, Recorder},
    },
};

/// How long an armed environment stays armed (architecture.md section 10).
pub const ARMED_FOR: Duration = Duration::from_secs(15 * 60);

/// What the configuration says about changing things through one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub environment: String,
    /// Widening changes need arming, and every advance or resume a reason.
    pub danger: bool,
    pub mode: Mode,
}

/// Everything the engine stands on.
pub struct Parts {
    pub connections: HashMap<SourceId, Connection>,
    pub rules: HashMap<SourceId, Rules>,
    pub recorder: Arc<dyn Recorder>,
    pub clock: Arc<dyn Clock>,
    /// The release plans that judge advances.
    pub plans: Arc<[Arc<Plan>]>,
    /// Directory of the target locks, shared by all consoles that must not act at once.
    pub locks: PathBuf,
}

pub(super) struct Inner {
    pub(super) parts: Parts,
    /// Environment -> `since_boot` until which it is armed.
    armed: Mutex<HashMap<String, Duration>>,
    /// Targets whose next action was armed by a reason of its own (command line).
    armed_targets: Mutex<HashSet<TargetId>>,
    /// What may leave; see `stop`.
    leaving: Mutex<Leaving>,
    running: AtomicUsize,
    in_flight: Arc<AtomicBool>,
}

#[derive(Default)]
struct Leaving {
    stopped: bool,
    /// Something has passed its last check: its intent is being recorded, or it has left.
    begun: bool,
}

/// The action engine. Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Engine(pub(super) Arc<Inner>);

impl Engine {
    /// `in_flight` is true while an action is between its checks and its outcome record: the hang-up watcher waits for it.
    #[must_use]
    pub fn new(parts: Parts, in_flight: Arc<AtomicBool>) -> Self {
        Self(Arc::new(Inner {
            parts,
            armed: Mutex::default(),
            armed_targets: Mutex::default(),
            leaving: Mutex::default(),
            running: AtomicUsize::new(0),
            in_flight,
        }))
    }

    /// The flag that `new` was given.
    #[must_use]
    pub fn in_flight(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0.in_flight)
    }

    /// Records that `environment` is armed for `ARMED_FOR` and arms it; returns until when, in `since_boot` time.
    ///
    /// # Errors
    /// When it can not be recorded, or no reason is given: it is not armed then.
    pub async fn arm(&self, environment: &str, reason: &str) -> Result<Duration, Refusal> {
        if reason.trim().is_empty() {
            return Err(Refusal::new(RefusalCode::NotArmed, format!("{environment} is not armed: a reason is required")));
        }
        let until = self.since_boot() + ARMED_FOR;
        let entry =
            Entry::Arm { environment: environment.to_owned(), reason: reason.trim().to_owned(), until: self.now() + ARMED_FOR };
        self.record(entry).await.map_err(|error| {
            Refusal::new(
                RefusalCode::LedgerUnwritable,
                format!("{environment} is not armed: the ledger can not be written ({error})"),
            )
        })?;
        self.0.armed.lock().unwrap_or_else(PoisonError::into_inner).insert(environment.to_owned(), until);
        Ok(until)
    }

    /// Arms the next action on `target` alone. For whoever gives a reason that stands in that action's own intent record
    /// (the command line's `--reason`), so that nothing else needs to be recorded.
    pub fn arm_one(&self, target: &TargetId) {
        self.0.armed_targets.lock().unwrap_or_else(PoisonError::into_inner).insert(target.clone());
    }

    /// Whoever has not passed its last check is refused from now on. False when something has passed it: that goes on to its
    /// outcome, and its request may leave.
    #[must_use]
    pub fn stop(&self) -> bool {
        let mut leaving = self.0.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.stopped = true;
        !leaving.begun
    }

    /// The last check before the intent is recorded: false when `stop` came first.
    pub(super) fn may_leave(&self) -> bool {
        let mut leaving = self.0.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.begun |= !leaving.stopped;
        !leaving.stopped
    }

    pub(super) fn disarm_one(&self, target: &TargetId) {
        self.0.armed_targets.lock().unwrap_or_else(PoisonError::into_inner).remove(target);
    }

    /// The rules of the source that `target` belongs to.
    #[must_use]
    pub fn rules(&self, source: &SourceId) -> Option<&Rules> {
        self.0.parts.rules.get(source)
    }

    /// All connected systems.
    #[must_use]
    pub fn connections(&self) -> &HashMap<SourceId, Connection> {
        &self.0.parts.connections
    }

    pub(super) fn driver(&self, target: &TargetId) -> Result<&Arc<dyn Driver>, Refusal> {
        let connection = self.0.parts.connections.get(&target.source).ok_or_else(|| {
            Refusal::new(
                RefusalCode::Unsupported,
                format!("there is no source named {}: see `cutover config check`", target.source),
            )
        })?;
        connection.driver.as_ref().ok_or_else(|| {
            Refusal::new(RefusalCode::Unsupported, format!("{} is only read; nothing can be changed there", target.source))
        })
    }

    /// What is open now. Reads the disk, away from the caller's thread.
    ///
    /// # Errors
    /// When the ledger can not be read.
    pub async fn book(&self) -> Result<Book, NotRecorded> {
        let recorder = Arc::clone(&self.0.parts.recorder);
        blocking(move || recorder.book()).await
    }

    pub(super) async fn record(&self, entry: Entry) -> Result<Receipt, NotRecorded> {
        let recorder = Arc::clone(&self.0.parts.recorder);
        blocking(move || recorder.record(entry)).await
    }

    pub(super) async fn record_outcome(&self, entry: Entry) -> Result<Receipt, NotRecorded> {
        let recorder = Arc::clone(&self.0.parts.recorder);
        blocking(move || recorder.record_outcome(entry)).await
    }

    /// Records that something was asked for and not done. A ledger that can not be written changes nothing here: nothing
    /// was sent, and the log says so.
    pub async fn deny(
        &self,
        id: &ActionId,
        operation: Operation,
        target: &TargetId,
        refusal: &Refusal,
        via: Via,
    ) -> Option<Receipt> {
        let entry = DenyEntry { id: id.clone(), operation, target: target.clone(), refusal: refusal.clone(), via };
        match self.record(Entry::Deny(entry)).await {
            Ok(receipt) => Some(receipt),
            Err(error) => {
                tracing::warn!(%error, "a refusal could not be recorded");
                None
            }
        }
    }

    /// What `permit` needs besides the rollout, as this engine knows it. `own` is the action that asks: it does not stand
    /// in its own way. What the plan says is not in it: `Engine::gates` asks afresh.
    #[must_use]
    pub fn context(
        &self,
        target: &TargetId,
        freshness: Freshness,
        book: &Result<Book, NotRecorded>,
        own: Option<&ActionId>,
    ) -> Context {
        let inner = &self.0;
        let now = inner.parts.clock.now();
        let rules = inner.parts.rules.get(&target.source);
        let mode = rules.map_or_else(|| Mode::ReadOnly { why: "no rules for this source".into() }, |rules| rules.mode.clone());
        let arming = match rules {
            Some(rules) if rules.danger => self.arming(&rules.environment, target),
            _ => Arming::NotNeeded,
        };
        let open = |list: &[OpenRecord]| {
            list.iter().find(|record| record.target == *target && Some(&record.id) != own).map(|record| OpenAction {
                id: record.id.clone(),
                operation: record.operation,
                who: record.who.clone(),
                since: record.since,
            })
        };
        let (in_flight, in_doubt, accepted, ledger_unwritable) = match book {
            Ok(book) => (open(&book.in_flight), open(&book.in_doubt), open(&book.accepted), book.unwritable.clone()),
            Err(error) => (None, None, None, Some(error.to_string())),
        };
        Context {
            now,
            freshness,
            mode,
            arming,
            rights: Rights::NotAsked,
            gates: Gates::NoPlan,
            in_flight,
            in_doubt,
            accepted,
            ledger_unwritable,
        }
    }

    fn arming(&self, environment: &str, target: &TargetId) -> Arming {
        if self.0.armed_targets.lock().unwrap_or_else(PoisonError::into_inner).contains(target) {
            return Arming::Armed { left: ARMED_FOR };
        }
        let now = self.0.parts.clock.since_boot();
        let armed = self.0.armed.lock().unwrap_or_else(PoisonError::into_inner);
        match armed.get(environment).and_then(|until| until.checked_sub(now)) {
            Some(left) if !left.is_zero() => Arming::Armed { left },
            _ => Arming::Disarmed,
        }
    }

    /// Wall-clock time of the engine's world.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    pub(super) fn since_boot(&self) -> Duration {
        self.0.parts.clock.since_boot()
    }

    /// A new identifier: UUIDv7, so that identifiers sort by time.
    #[must_use]
    pub fn new_action() -> ActionId {
        ActionId(Uuid::now_v7().to_string())
    }
}

/// Counts an action in as long as it lives, so that the process is not ended under it.
pub(super) struct InFlight<'a>(&'a Inner);

impl<'a> InFlight<'a> {
    pub(super) fn begin(inner: &'a Inner) -> Self {
        inner.running.fetch_add(1, Ordering::SeqCst);
        inner.in_flight.store(true, Ordering::SeqCst);
        Self(inner)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if self.0.running.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.in_flight.store(false, Ordering::SeqCst);
        }
    }
}

/// Runs a call that waits for the disk where it may wait.
async fn blocking<T: Send + 'static>(call: impl FnOnce() -> Result<T, NotRecorded> + Send + 'static) -> Result<T, NotRecorded> {
    match tokio::task::spawn_blocking(call).await {
        Ok(result) => result,
        Err(_) => Err(NotRecorded("the ledger's writer failed; see the log".into())),
    }
}

/// A read that failed, as a refusal with its exit code.
pub(super) fn unread(target: &TargetId, error: &ReadError) -> Refusal {
    match error {
        ReadError::Gone(_) => Refusal::new(RefusalCode::Gone, format!("{target} is gone")),
        ReadError::Forbidden(why) => Refusal::new(RefusalCode::NotPermitted, format!("{target} may not be read: {why}")),
        ReadError::Unreachable(why) => Refusal::new(
            RefusalCode::Unreachable,
            format!("{} does not answer ({why}); without a fresh read nothing is sent", target.source),
        ),
        ReadError::Malformed(why) => {
            Refusal::new(RefusalCode::NotFresh, format!("{target} was answered in a way that can not be read ({why})"))
        }
    }
}
