//! A change that was carried out, as the ledger has it: what a control plane forgets when the next step begins.

use crate::domain::{Timestamp, id::TargetId, operation::Operation};

/// One verified operation of a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    pub target: TargetId,
    pub operation: Operation,
    /// The object that it was done to; another object under the same name has another past.
    pub uid: String,
    /// Hash of the revision that was being released.
    pub revision: Option<String>,
    /// Weight in percent, 0-100, that it led to.
    pub weight: Option<u32>,
    /// When it was read back.
    pub at: Timestamp,
}
