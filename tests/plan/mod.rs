//! Plan files: the two that are shipped, one mistake a plan with the whole message, notes, schema and reference.

mod broken;
mod command;
mod notes;
mod reference;
mod right;
mod rows;
mod shipped;
mod units;
