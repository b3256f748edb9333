//! Plan files: the two that are shipped, one mistake a plan with the whole message, notes, schema and reference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::float_cmp)]

mod broken;
mod command;
mod notes;
mod reference;
mod right;
mod rows;
mod shipped;
mod units;
