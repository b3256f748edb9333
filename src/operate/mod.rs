//! The one door that changes the world: prepare, confirm, record, send once, read back, reconcile.
//!
//! Order of one action: reliability.md 1.3. Screen and command line use the same `Engine`. What this room does *not* do:
//! decide what is allowed (domain::permit), know a system (backend), or draw.

pub mod engine;
mod execute;
mod failed;
mod judging;
mod lock;
mod prepare;
mod read_back;
pub mod reconcile;
pub mod say;
mod settle;
