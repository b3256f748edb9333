//! The system's clock. The only place, with the demo's own, that asks what time it is.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use rustix::time::{ClockId, clock_gettime};

use crate::domain::{Timestamp, clock::Clock};

/// Wall clock and boot-time clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        Utc::now()
    }

    /// CLOCK_BOOTTIME counts suspended time, so that values read before the lid was closed are old afterwards.
    fn since_boot(&self) -> Duration {
        let time = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
        Duration::new(seconds, nanoseconds)
    }
}

/// A clock whose boot time goes as fast as its wall time. The demo's wall time runs faster than life and its boot time does
/// not, which a ledger would have to record as a wall clock that jumps.
#[derive(Debug)]
pub struct InStep {
    of: Arc<dyn Clock>,
    began: (Timestamp, Duration),
}

impl InStep {
    #[must_use]
    pub fn new(of: Arc<dyn Clock>) -> Self {
        Self { began: (of.now(), of.since_boot()), of }
    }
}

impl Clock for InStep {
    fn now(&self) -> Timestamp {
        self.of.now()
    }

    fn since_boot(&self) -> Duration {
        self.began.1 + (self.of.now() - self.began.0).to_std().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boot_time_goes_on_and_wall_time_is_of_this_century() {
        let first = SystemClock.since_boot();
        assert!(SystemClock.since_boot() >= first && !first.is_zero());
        assert!(SystemClock.now().timestamp() > 1_700_000_000);
    }
}
