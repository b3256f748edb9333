//! What a plan leaves open or says twice, found by looking at it: the contradictions of the documents (requirements.md, C-06
//! to C-12 and C-24 to C-31), each with its line and the resolution that is taken. A note is no mistake: the plan is used.

use super::{note_ladder, note_numbers, note_sources};
use crate::domain::plan::{Criterion, Gauge, GaugeKind, Plan, Trigger};

/// One remark about a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Row of requirements.md: `C-06`, `AT-02`.
    pub code: &'static str,
    /// Line of the plan's file, from 1.
    pub line: u32,
    /// What was found there.
    pub sentence: String,
    /// What this console does about it.
    pub resolution: String,
}

impl Note {
    #[must_use]
    pub fn new(code: &'static str, line: u32, sentence: impl Into<String>, resolution: impl Into<String>) -> Self {
        Self { code, line, sentence: sentence.into(), resolution: resolution.into() }
    }
}

/// All notes about a plan, in the order of its lines.
#[must_use]
pub fn lint(plan: &Plan) -> Vec<Note> {
    let mut notes = Vec::new();
    note_ladder::collect(plan, &mut notes);
    note_numbers::collect(plan, &mut notes);
    note_sources::collect(plan, &mut notes);
    notes.sort_by(|a, b| (a.line, a.code).cmp(&(b.line, b.code)));
    notes
}

/// A criterion or a trigger: what is measured, with what it is called and where.
pub(super) struct Measured<'p> {
    pub name: &'p str,
    pub line: u32,
    pub gauge: &'p Gauge,
}

impl<'p> Measured<'p> {
    fn of_criterion(criterion: &'p Criterion) -> Self {
        Self { name: criterion.id.as_str(), line: criterion.line, gauge: &criterion.gauge }
    }

    fn of_trigger(trigger: &'p Trigger) -> Self {
        Self { name: trigger.id.as_str(), line: trigger.line, gauge: &trigger.gauge }
    }
}

/// Everything that a plan measures, criteria first.
pub(super) fn measured(plan: &Plan) -> impl Iterator<Item = Measured<'_>> {
    plan.criteria.iter().map(Measured::of_criterion).chain(plan.triggers.iter().map(Measured::of_trigger))
}

/// The queries of a measurement.
pub(super) fn queries(gauge: &Gauge) -> Vec<&str> {
    match &gauge.kind {
        GaugeKind::Value { query } | GaugeKind::Fact { query } => vec![query],
        GaugeKind::Ratio { bad, total, .. } => vec![bad, total],
        GaugeKind::Relative { query, baseline, .. } => match baseline {
            crate::domain::plan::Baseline::Query(baseline) => vec![query, baseline],
            crate::domain::plan::Baseline::Fixed(_) | crate::domain::plan::Baseline::StageStart => vec![query],
        },
        GaugeKind::Tenants { .. } | GaugeKind::Alerts { .. } => Vec::new(),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}
