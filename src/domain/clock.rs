//! The clock port. Nobody but its implementations asks the operating system what time it is (architecture.md section 10).

use std::time::Duration;

use super::Timestamp;

/// Where time comes from for ledger, operate and pollers. The screen gets it as `Message::Clock`.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Wall-clock time. May jump; never used to order records or to measure age.
    fn now(&self) -> Timestamp;
    /// Time since boot, suspend included (CLOCK_BOOTTIME). Never goes backwards; ages are measured with it.
    fn since_boot(&self) -> Duration;
}
