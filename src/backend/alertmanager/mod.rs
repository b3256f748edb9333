//! Alertmanager, all peers of a cluster as one source: what fires, what is silenced and by whom, and whether the way from the
//! rules to here is whole.
//!
//! What this does *not* do: silence, expire or change anything, or say when a condition began (`startsAt` is later by the
//! rule's `for`; Prometheus knows).

mod memory;
mod peer;
pub mod settings;
mod source;
mod union;
mod wire;

pub use settings::AlertmanagerSettings;
pub use source::AlertmanagerSource;
