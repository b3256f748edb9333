//! The simulation: a seed and world time in, rollouts out. No clock, no task, no I/O.

use std::sync::Arc;

use fastrand::Rng;
use serde_json::Value;

use super::{
    app::{App, Fate},
    cast,
    controller::{self, RESYNC},
    faults::{Fault, FaultSet},
    patch::{self, Change, Unprocessable},
    view,
};
use crate::domain::{
    Timestamp,
    id::{SourceId, TargetId},
    operation::Operation,
    rollout::Rollout,
};

/// A deterministic set of rollouts: the same seed, times and requests give the same history, however finely it is stepped.
#[derive(Clone, Debug)]
pub struct World {
    source: SourceId,
    seed: u64,
    apps: Vec<App>,
    now: Timestamp,
    faults: FaultSet,
    began: Timestamp,
    /// When a fault was last switched on.
    faulty_since: Timestamp,
    operator: Rng,
    operator_at: Option<Timestamp>,
}

impl World {
    #[must_use]
    pub fn new(source: SourceId, seed: u64, faults: FaultSet, now: Timestamp) -> Self {
        let mut world = Self {
            source,
            seed,
            apps: cast::cast(seed, now),
            now,
            faults: FaultSet::default(),
            began: now,
            faulty_since: now,
            operator: Rng::with_seed(seed.rotate_left(17)),
            operator_at: None,
        };
        for fault in Fault::ALL {
            world.set_fault(fault, faults.has(fault));
        }
        world
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When the world began, and when a fault was last switched on.
    #[must_use]
    pub fn history(&self) -> (Timestamp, Timestamp) {
        (self.began, self.faulty_since)
    }

    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    #[must_use]
    pub fn faults(&self) -> FaultSet {
        self.faults
    }

    /// Switches a fault. `Hostile` adds or removes its rollout.
    pub fn set_fault(&mut self, fault: Fault, on: bool) {
        let was = self.faults.has(fault);
        if on && !was {
            self.faulty_since = self.now;
        }
        self.faults.set(fault, on);
        match fault {
            Fault::SecondOperator if on && !was => self.operator_comes(),
            Fault::SecondOperator if !on => self.operator_at = None,
            Fault::Hostile if on && !was => {
                self.apps.push(cast::hostile(self.seed, self.now));
                self.apps.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
            }
            Fault::Hostile if !on => self.apps.retain(|app| view::target(&self.source, app).is_actionable()),
            Fault::Hostile
            | Fault::SecondOperator
            | Fault::AnswerLost
            | Fault::Slow
            | Fault::Conflict
            | Fault::Down
            | Fault::LedgerFull
            | Fault::Ignored
            | Fault::ErrorSpike
            | Fault::CrashAndErrors
            | Fault::ErrorsAtBound
            | Fault::QualityLow
            | Fault::StaleMetrics
            | Fault::MetricsDown
            | Fault::AlertsDown
            | Fault::TenantsDown
            | Fault::AlertStorm
            | Fault::TenantRowLost => {}
        }
    }

    /// Goes on to `now`, event by event. Earlier times change nothing. Costs about 10^4 events a simulated day (measured).
    pub fn step_to(&mut self, now: Timestamp) {
        loop {
            let next = self.apps.iter_mut().filter_map(|app| Some((app.due()?, app))).min_by_key(|(due, _)| *due);
            let operator = self.operator_at.filter(|at| *at <= now);
            match (next, operator) {
                (Some((due, app)), operator) if due <= now && operator.is_none_or(|at| due <= at) => {
                    self.now = self.now.max(due);
                    controller::act(app, self.now);
                }
                (_, Some(at)) => {
                    self.now = self.now.max(at);
                    self.operator_acts();
                    self.operator_comes();
                }
                (_, None) => break,
            }
        }
        self.now = self.now.max(now);
    }

    /// When something happens next by itself; `None`: nothing is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.apps.iter().filter_map(App::due).chain(self.operator_at).min()
    }

    /// All rollouts, sorted by namespace and name.
    #[must_use]
    pub fn rollouts(&self) -> Vec<Arc<Rollout>> {
        self.apps.iter().map(|app| Arc::new(view::rollout(&self.source, app))).collect()
    }

    /// One rollout in our words and as its API shows it; `None` when there is no such rollout.
    #[must_use]
    pub fn observe(&self, target: &TargetId) -> Option<(Arc<Rollout>, Arc<Value>)> {
        let app = self.apps.iter().find(|app| view::target(&self.source, app) == *target)?;
        Some((Arc::new(view::rollout(&self.source, app)), Arc::new(view::native(app))))
    }

    fn app(&mut self, target: &TargetId) -> Option<&mut App> {
        let source = &self.source;
        self.apps.iter_mut().find(|app| view::target(source, app) == *target)
    }

    /// What a dry run says: every guard is tested, nothing is changed.
    ///
    /// # Errors
    /// When a guard does not hold, the body asks for what there is not, or the target is gone.
    pub fn check(&self, target: &TargetId, body: &Value) -> Result<(), Unprocessable> {
        let app = self.apps.iter().find(|app| view::target(&self.source, app) == *target).ok_or(Unprocessable)?;
        patch::check(app, body).map(|_| ())
    }

    /// Applies a guarded body whole or not at all, at the world's time. The controller acts 0.3 to 1.5 s later.
    ///
    /// # Errors
    /// As `check`.
    pub fn patch(&mut self, target: &TargetId, body: &Value) -> Result<(), Unprocessable> {
        let now = self.now;
        let ignored = self.faults.has(Fault::Ignored);
        let app = self.app(target).ok_or(Unprocessable)?;
        let changes = patch::check(app, body)?;
        patch::apply(app, &changes, now);
        let wakes = changes.iter().any(|change| matches!(change, Change::Nudge(_)));
        app.deaf_until = (ignored && !wakes).then(|| now + RESYNC);
        Ok(())
    }

    /// Somebody else does `operation` on `target` first, where that is possible. For a roll back, which no other hold
    /// hinders, a new version is pushed instead.
    pub fn meddle(&mut self, target: &TargetId, operation: Operation) {
        let now = self.now;
        if let Some(app) = self.app(target) {
            match operation {
                Operation::Advance if app.pause.is_some() => patch::apply(app, &[Change::ReleaseHold], now),
                Operation::Pause if !app.paused => patch::apply(app, &[Change::SetPaused(true)], now),
                Operation::Resume if app.paused => patch::apply(app, &[Change::SetPaused(false)], now),
                Operation::RollBack => controller::release(app, Fate::Good, now),
                Operation::Advance | Operation::Pause | Operation::Resume | Operation::Nudge => {}
            }
        }
    }

    fn operator_comes(&mut self) {
        self.operator_at = Some(self.now + chrono::TimeDelta::seconds(self.operator.i64(20..=60)));
    }

    /// The second operator does one possible thing somewhere.
    fn operator_acts(&mut self) {
        let now = self.now;
        let which = self.operator.usize(0..self.apps.len().max(1));
        let dice = self.operator.u32(0..10);
        let Some(app) = self.apps.get_mut(which) else { return };
        let running = !app.promoted() && !app.abort;
        let change = if app.paused {
            Change::SetPaused(false)
        } else if running && dice == 0 {
            Change::Abort
        } else if running && app.pause.is_some() && dice < 8 {
            Change::ReleaseHold
        } else if running {
            Change::SetPaused(true)
        } else {
            return;
        };
        patch::apply(app, &[change], now);
    }
}
