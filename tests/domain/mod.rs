//! Rules as tables: permit, judge, confirm.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod alert_merge;
pub mod assess;
mod census;
mod freshness;
mod permit;
mod quantity;
