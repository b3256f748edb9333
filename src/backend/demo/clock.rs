//! World time: the base clock, `speed` times as fast.

use std::{sync::Arc, time::Duration};

use crate::domain::{Timestamp, clock::Clock};

/// Slowest and fastest speed of a world.
const SPEEDS: (f64, f64) = (1.0, 600.0);

/// The clock of a demo world. Begins at the base clock's time; `now` runs `speed` times as fast, so rollouts soak and move
/// in world time. `since_boot` is the base clock's own: how old a read is, how long a form stays open and how long an
/// environment stays armed concern the person at the keyboard, whose time is real. Steps of the base clock's wall time are
/// not followed.
#[derive(Debug)]
pub struct WorldClock {
    base: Arc<dyn Clock>,
    speed: f64,
    began: Timestamp,
    began_boot: Duration,
}

impl WorldClock {
    /// `speed` is brought into 1 to 600; not-a-number is 1.
    #[must_use]
    pub fn new(base: Arc<dyn Clock>, speed: f64) -> Self {
        let speed = if speed.is_nan() { SPEEDS.0 } else { speed.clamp(SPEEDS.0, SPEEDS.1) };
        Self { began: base.now(), began_boot: base.since_boot(), base, speed }
    }

    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// How much real time passes until it is `then`; zero when that is over.
    #[must_use]
    pub fn real_time_until(&self, then: Timestamp) -> Duration {
        (then - self.now()).to_std().unwrap_or_default().div_f64(self.speed)
    }

    fn elapsed(&self) -> Duration {
        self.base.since_boot().saturating_sub(self.began_boot).mul_f64(self.speed)
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        chrono::TimeDelta::from_std(self.elapsed())
            .ok()
            .and_then(|elapsed| self.began.checked_add_signed(elapsed))
            .unwrap_or(self.began)
    }

    fn since_boot(&self) -> Duration {
        self.base.since_boot()
    }
}
