//! Rules as tables: permit, judge, confirm.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod assess;
mod alert_merge;
mod census;
mod permit;
