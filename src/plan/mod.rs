//! What the team wrote about its release: plan files in strict TOML, read into `domain::plan`, with every mistake told by
//! file, line and caret, and with notes about what a plan's own words leave open.
//!
//! What this room does *not* do: measure, judge, or know a system. It reads files; it never writes one.

pub mod bounds;
pub mod cross;
pub mod gauge;
pub mod gauge_keys;
pub mod keys;
pub mod ladder;
pub mod load;
pub mod parse;
pub mod quantities;
pub mod query;
pub mod reading;

pub use load::{Known, PlanErrors, load};
pub use parse::parse;
