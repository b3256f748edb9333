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
pub mod lint;
pub mod load;
mod note_ladder;
mod note_numbers;
mod note_sources;
pub mod parse;
pub mod quantities;
pub mod query;
pub mod reading;
pub mod schema;
pub mod show;

pub use lint::{Note, lint};
pub use load::{Known, PlanErrors, load};
pub use parse::parse;
pub use schema::{reference, schema};
pub use show::show;
