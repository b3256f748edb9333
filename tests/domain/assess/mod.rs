//! Judging by plans: tables, the fail-closed matrix, the ladder, sums and properties. Only values: no plan file, no source.

mod closed;
pub mod kit;
mod ladder;
mod properties;
mod sums;
mod variables;
mod verdicts;
