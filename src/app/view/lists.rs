//! The shapes of the pages that are lists: audit and sources.

use super::model::{Span, StateWord};
use crate::domain::id::SourceId;

/// A row of the audit page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    pub selected: bool,
    pub seq: u64,
    /// `HH:MM:SS`, UTC.
    pub time: String,
    pub who: String,
    pub what: String,
    pub result: StateWord,
    pub via: &'static str,
}

/// The audit page. `audit(&AppState, height)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditView {
    /// `2,298 records   chain verified 14:30Z   head 9f2c..e1`.
    pub title: Vec<Span>,
    pub rows: Vec<AuditLine>,
    pub above: usize,
    pub below: usize,
    /// The selected record as it is on disk.
    pub record: Vec<String>,
    pub empty: Option<String>,
}

/// A row of the sources page. `sources(&AppState)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    pub id: SourceId,
    pub selected: bool,
    pub kind: &'static str,
    pub environment: String,
    pub danger: bool,
    pub state: StateWord,
    /// `live 1s`, `lost since 14:32:16Z (8m51s)`.
    pub age: String,
    /// `12 ms`; empty when unknown.
    pub latency: String,
    /// `next read in 2s`; empty when unknown.
    pub next: String,
    /// How much of what it tells is known: `9 rollouts`, `5 alerts, 12 answers`.
    pub told: String,
    /// Why it fails, and parts that may not be read.
    pub notes: Vec<String>,
    /// What our reading costs it: `2 conns · 41 tenants/s · p95 6 ms`; empty where it does not say.
    pub footprint: String,
}
