//! Words and rules of releases: what a rollout is, what may be done to it, and what became of it.
//!
//! Pure: no I/O, no async, no screen, no HTTP, no clock of its own. Everything that decides whether production may
//! change is decided here, from values, so that it can be read and tested as a table. What this room does *not* do:
//! ask a system, parse its wire format, or draw.

pub mod action;
pub mod alert;
mod alert_merge;
pub mod assess;
pub mod census;
pub mod change;
pub mod clock;
pub mod confirm;
pub mod counted;
pub mod evidence;
pub mod freshness;
pub mod human;
pub mod id;
pub mod judge;
pub mod operation;
pub mod outcome;
pub mod permit;
pub mod plan;
pub mod progress;
pub mod quantity;
pub mod question;
pub mod rollout;
pub mod source;
pub mod tenant;
pub mod tenant_filter;
pub mod text;
pub mod verdict;
pub mod wrap;

/// Wall-clock time, always UTC inside the program; screens may show another zone.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
