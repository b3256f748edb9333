//! The async shell around the simulation: the two ports, the wire and its faults.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use fastrand::Rng;
use tokio::{
    sync::{Notify, mpsc},
    time::sleep,
};

use super::{
    clock::WorldClock,
    faults::{Fault, FaultSet},
    plan,
    side::{DemoSide, Side},
    tenants::Tenants,
    view::SOURCE_KIND,
    world::World,
};
use crate::{
    backend::port::{Connection, Driver, Observed, ReadError, Review, Sent, Source, Watching},
    domain::{
        Timestamp,
        action::ActionId,
        change::{ChangePlan, Precondition},
        clock::Clock,
        freshness::{Failure, SourceHealth},
        id::{SourceId, TargetId},
        operation::Operation,
        permit::{Refusal, RefusalCode, Rights},
        rollout::Rollout,
        source::{SourceUpdate, Tells},
        text::DisplayText,
    },
};

/// Whole states are sent at most this often (real time).
const REFRESH: Duration = Duration::from_millis(200);
/// A small read and its health message this often (real time): as a real source does where nothing else is configured.
const INTERVAL: Duration = Duration::from_secs(2);
/// An answer that has not come by then (real time) does not come.
const PATIENCE: Duration = Duration::from_secs(10);
/// A person is told "stale" after this much real time, or this much world time, whichever is more.
const STALE: Duration = Duration::from_secs(15);
/// The same of the sources beside it, which are asked less often.
const STALE_BESIDE: Duration = Duration::from_secs(45);

/// How a demo world begins.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoSettings {
    pub seed: u64,
    /// World seconds a real second, 1 to 600.
    pub speed: f64,
    pub faults: FaultSet,
}

/// A simulated control plane, as a source and a driver.
///
/// World time runs `speed` times as fast as the base clock, and so do all ages (see `WorldClock`). What belongs to the
/// wire stays real, because a person waits for it: latency, the `slow` fault, time-outs and the pace of updates.
#[derive(Debug)]
pub struct DemoWorld {
    id: SourceId,
    base: Arc<dyn Clock>,
    clock: Arc<WorldClock>,
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) world: World,
    /// Made when they are first asked for: ten thousand are not for before the first frame.
    pub(super) tenants: Option<Tenants>,
    wire: Rng,
}

impl DemoWorld {
    /// A world named `demo` that begins at the base clock's time.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "settings are made for this call, and nothing else needs them")]
    pub fn new(settings: DemoSettings, base_clock: Arc<dyn Clock>) -> Self {
        let id = SourceId::new(SOURCE_KIND);
        let clock = Arc::new(WorldClock::new(Arc::clone(&base_clock), settings.speed));
        let world = World::new(id.clone(), settings.seed, settings.faults, clock.now());
        let wire = Rng::with_seed(settings.seed ^ 0x5eed);
        let tenants = None;
        Self { id, base: base_clock, clock, inner: Mutex::new(Inner { world, tenants, wire }), changed: Notify::new() }
    }

    /// The clock that the whole console gets: everything it shows is world time.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// After this time the values of `source`, one of this world's, are stale.
    #[must_use]
    pub fn stale_after(&self, source: &SourceId) -> Duration {
        if *source == self.id { STALE } else { STALE_BESIDE }
    }

    /// How many times as fast as ours its time runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.clock.speed()
    }

    /// Between two small reads.
    #[must_use]
    pub fn interval(&self) -> Duration {
        INTERVAL
    }

    #[must_use]
    pub fn faults(&self) -> FaultSet {
        self.inner().world.faults()
    }

    /// Switches a fault while the world runs.
    pub fn set_fault(&self, fault: Fault, on: bool) {
        self.inner().world.set_fault(fault, on);
        self.changed.notify_one();
    }

    /// Both ports.
    #[must_use]
    pub fn connection(self: &Arc<Self>) -> Connection {
        Connection { source: self.clone(), driver: Some(self.clone()) }
    }

    /// The rollouts, and the sources beside them.
    #[must_use]
    pub fn connections(self: &Arc<Self>) -> Vec<Connection> {
        let side = |side| Connection { source: Arc::new(DemoSide::new(side, self)), driver: None };
        [self.connection()].into_iter().chain(Side::ALL.map(side)).collect()
    }

    pub(super) fn since_boot(&self) -> Duration {
        self.clock.since_boot()
    }

    /// The world as it is now. No panic happens while it is locked, so a poisoned lock is as good as any.
    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.world.step_to(self.clock.now());
        inner
    }

    /// How long a watch may sleep: until something happens in the world, at least `REFRESH` and at most `INTERVAL`.
    fn calm(&self) -> Duration {
        let due = self.inner().world.next_due();
        due.map_or(INTERVAL, |due| self.clock.real_time_until(due)).clamp(REFRESH, INTERVAL)
    }

    /// The way to the system and back, in real time.
    pub(super) async fn travel(&self) {
        let time = {
            let mut inner = self.inner();
            if inner.world.faults().has(Fault::Slow) {
                Duration::from_millis(inner.wire.u64(2000..=8000))
            } else {
                Duration::from_millis(inner.wire.u64(3..=25))
            }
        };
        sleep(time).await;
    }

    pub(super) fn refused() -> DisplayText {
        DisplayText::new("connection refused (the demo world is switched to down)")
    }

    async fn read(&self) -> Result<Vec<Arc<Rollout>>, ReadError> {
        self.travel().await;
        self.answer()
    }

    fn answer(&self) -> Result<Vec<Arc<Rollout>>, ReadError> {
        let inner = self.inner();
        if inner.world.faults().has(Fault::Down) {
            return Err(ReadError::Unreachable(Self::refused()));
        }
        Ok(inner.world.rollouts())
    }

    fn has(&self, fault: Fault) -> bool {
        self.inner().world.faults().has(fault)
    }
}

/// What a watch remembers between two reads.
struct Watch {
    health: SourceHealth,
    sent: Option<Arc<[Arc<Rollout>]>>,
}

impl DemoWorld {
    /// One read of a watch and what it has to say; `false` when nobody listens any more.
    async fn tell(&self, watch: &mut Watch, updates: &mpsc::Sender<SourceUpdate>, health_due: bool) -> bool {
        let began = self.base.since_boot();
        // What a watch is told it need not ask for, so only the small read travels both ways.
        let read = if health_due || self.has(Fault::Slow) { self.read().await } else { self.answer() };
        let failed = read.is_err();
        self.note(&mut watch.health, read.as_ref().err(), began);
        if let Ok(rollouts) = read
            && watch.sent.as_deref().is_none_or(|sent| sent != rollouts)
        {
            // A full channel is waited for first, and the state is taken afterwards: what is sent is never old.
            let Ok(permit) = updates.reserve().await else { return false };
            let newest: Arc<[_]> = self.inner().world.rollouts().into();
            permit.send(SourceUpdate::Rollouts { source: self.id.clone(), rollouts: Arc::clone(&newest) });
            watch.sent = Some(newest);
        }
        if health_due || failed {
            let update = SourceUpdate::Health { source: self.id.clone(), health: watch.health.clone() };
            return updates.send(update).await.is_ok();
        }
        true
    }

    fn note(&self, health: &mut SourceHealth, error: Option<&ReadError>, began: Duration) {
        let now: Timestamp = self.clock.now();
        let boot = self.clock.since_boot();
        health.next_read = Some(boot.saturating_add(self.interval()));
        if let Some(error) = error {
            let (since, attempts) = health.failure.as_ref().map_or((now, 0), |failure| (failure.since, failure.attempts));
            let why = DisplayText::new(&error.to_string());
            health.failure = Some(Failure { since, why, attempts: attempts.saturating_add(1) });
        } else {
            health.last_ok = Some((boot, now));
            health.latency = Some(self.base.since_boot().saturating_sub(began));
            health.failure = None;
        }
    }
}

#[async_trait]
impl Source for DemoWorld {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        SOURCE_KIND
    }

    fn tells(&self) -> Tells {
        Tells::ROLLOUTS
    }

    async fn watch(&self, watching: Watching) {
        let Watching { updates, read_now, .. } = watching;
        let mut watch = Watch { health: SourceHealth::never(), sent: None };
        let mut quiet = INTERVAL;
        loop {
            let health_due = quiet >= INTERVAL;
            let told = tokio::select! {
                () = updates.closed() => false,
                told = self.tell(&mut watch, &updates, health_due) => told,
            };
            if !told {
                return;
            }
            if health_due {
                quiet = Duration::ZERO;
            }
            // While the source is away it is asked once an interval; else when something can have happened.
            let pause = if watch.health.failure.is_some() { INTERVAL } else { self.calm().min(INTERVAL.saturating_sub(quiet)) };
            tokio::select! {
                () = updates.closed() => return,
                () = read_now.notified() => quiet = INTERVAL,
                () = self.changed.notified() => quiet = INTERVAL,
                () = sleep(pause) => quiet += pause,
            }
        }
    }

    async fn list(&self) -> Result<Vec<Arc<Rollout>>, ReadError> {
        self.read().await
    }
}

#[async_trait]
impl Driver for DemoWorld {
    async fn fetch(&self, target: &TargetId) -> Result<Observed, ReadError> {
        self.travel().await;
        let inner = self.inner();
        if inner.world.faults().has(Fault::Down) {
            return Err(ReadError::Unreachable(Self::refused()));
        }
        let (rollout, native) = inner.world.observe(target).ok_or_else(|| ReadError::Gone(target.clone()))?;
        Ok(Observed { rollout, native, read_at: inner.world.now(), received: self.clock.since_boot() })
    }

    fn plan(&self, operation: Operation, observed: &Observed, action: &ActionId) -> Result<ChangePlan, Refusal> {
        plan::plan(operation, observed, action)
    }

    fn preconditions(&self, plan: &ChangePlan, now: &Observed) -> Vec<Precondition> {
        plan::preconditions(plan, now)
    }

    async fn review(&self, plan: &ChangePlan, _action: &ActionId) -> Review {
        self.travel().await;
        let inner = self.inner();
        if inner.world.faults().has(Fault::Down) {
            let why = format!("the dry run of {} was not answered: {}", plan.target, Self::refused());
            return Review {
                rights: Rights::NotAsked,
                dry_run: Err(Refusal::new(RefusalCode::Unreachable, why)),
                not_checked: Vec::new(),
            };
        }
        let dry_run =
            plan.requests.iter().try_for_each(|request| inner.world.check(&plan.target, &request.body)).map_err(|why| {
                Refusal::new(RefusalCode::DryRunRejected, format!("the dry run of {} said no: {why}", plan.target))
            });
        Review { rights: Rights::Allowed, dry_run, not_checked: Vec::new() }
    }

    async fn send(&self, plan: &ChangePlan, index: usize, _action: &ActionId) -> Sent {
        let Some(request) = plan.requests.get(index) else {
            return Sent::NotSent { why: DisplayText::new("the plan has no such request") };
        };
        if self.has(Fault::Down) {
            return Sent::NotSent { why: Self::refused() };
        }
        self.travel().await;
        let answer = {
            let mut inner = self.inner();
            if inner.world.faults().has(Fault::Conflict) {
                inner.world.meddle(&plan.target, plan.operation);
            }
            let lost = inner.world.faults().has(Fault::AnswerLost);
            if lost && inner.wire.bool() { None } else { Some(inner.world.patch(&plan.target, &request.body)).filter(|_| !lost) }
        };
        // What was written is seen at once, as by a real watch.
        self.changed.notify_one();
        match answer {
            Some(Ok(())) => Sent::Accepted { status: 200 },
            Some(Err(why)) => Sent::Rejected { status: 422, why: DisplayText::new(&why.to_string()) },
            None => {
                sleep(PATIENCE).await;
                let why = format!("no answer within {} s", PATIENCE.as_secs());
                Sent::InDoubt { status: None, why: DisplayText::new(&why) }
            }
        }
    }

    async fn whoami(&self) -> Option<DisplayText> {
        Some(DisplayText::new("demo"))
    }

    /// What one would type on a real cluster: there is no other door into this process.
    fn by_hand(&self, plan: &ChangePlan) -> String {
        let status =
            if matches!(plan.operation, Operation::Advance | Operation::RollBack) { " --subresource=status" } else { "" };
        let body = plan.requests.first().map(|request| request.body.to_string()).unwrap_or_default().replace('\'', "'\\''");
        format!(
            "kubectl -n {} patch rollout {}{status} --type=json -p '{body}'  # on a real cluster",
            plan.target.namespace, plan.target.name
        )
    }
}
