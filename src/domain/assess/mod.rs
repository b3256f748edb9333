//! Judging one rollout by its plan: which questions the plan asks, where on its ladder the rollout stands, what every
//! criterion, gate and trigger says, and whether the stage may go on.
//!
//! Pure: the same plan, rollout and facts give the same assessment. Closed on failure: whatever is missing, old, partial,
//! not a number or of another version is unknown, and nothing unknown ever passes. What this room does *not* do: ask a
//! source, read a plan file, or look at a pause or a roll back: those are never gated.

mod alerts;
mod bound;
mod criterion;
mod facts;
mod fill;
mod gates;
mod measure;
mod passage;
mod questions;
mod sound;
mod standing;
mod tenants;
mod triggers;
mod whole;

pub use bound::{holds, wilson};
pub use facts::{Facts, Readings, SourceFacts};
pub use passage::Passage;
pub use questions::{questions, sources};
pub use standing::standing;
pub use whole::{assess, judge, plan_of};
