//! The system's clock. The only place, with the demo's own, that asks what time it is.

use std::time::Duration;

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
