//! Reads what is measured, and the rules about it: of criteria and of triggers.

use std::{ops::Range, time::Duration};

use chrono::DateTime;
use toml::de::DeValue;

use super::{
    bounds::{interval, possible},
    gauge_keys::{CHANGES, CHECKS, KINDS, UNITS},
    keys::SEVERITIES,
    load::Known,
    quantities::{self, Wrong},
    query::mistakes,
    reading::{Block, Reading},
};
use crate::{
    config::problem::suggest,
    domain::{
        alert::Severity,
        id::SourceId,
        plan::{Baseline, Change, Due, Gauge, GaugeKind},
        quantity::{Bound, Dimension, Rule, Unit},
        tenant::CheckKind,
    },
};

/// Kinds of measurement, in the order of `KINDS`.
const VALUE: usize = 0;
const RATIO: usize = 1;
const RELATIVE: usize = 2;
const FACT: usize = 3;
const TENANTS: usize = 4;

/// What a source has to be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    Answers,
    Tenants,
    Alerts,
}

/// The source of a block, when it is one that there is and that can do what is asked of it.
pub fn source(reading: &mut Reading<'_>, block: &Block<'_>, known: Known<'_>, needs: Option<Needs>) -> Option<SourceId> {
    let (name, span) = reading.text(block, "source")?;
    let Known::These(sources) = known else { return Some(SourceId::new(&name)) };
    let Some((id, tells)) = sources.iter().find(|(id, _)| id.as_str() == name) else {
        let names: Vec<&str> = sources.iter().map(|(id, _)| id.as_str()).collect();
        reading.push(span, format!("unknown source \"{name}\""), suggest(&name, "sources of the configuration", &names));
        return None;
    };
    let (can, verb) = match needs {
        Some(Needs::Answers) => (tells.answers, "answers no questions"),
        Some(Needs::Tenants) => (tells.tenants, "tells no tenants"),
        Some(Needs::Alerts) => (tells.alerts, "tells no alerts"),
        None => (true, ""),
    };
    if !can {
        let right = |tells: &crate::domain::source::Tells| match needs {
            Some(Needs::Answers) => tells.answers,
            Some(Needs::Tenants) => tells.tenants,
            Some(Needs::Alerts) => tells.alerts,
            None => true,
        };
        let names: Vec<&str> = sources.iter().filter(|(_, tells)| right(tells)).map(|(id, _)| id.as_str()).collect();
        reading.push(span, format!("source \"{name}\" {verb}"), suggest(&name, "sources that do", &names));
        return None;
    }
    Some(id.clone())
}

/// The measurement of a block; `None` when it is wrong.
pub fn gauge(reading: &mut Reading<'_>, block: &Block<'_>, known: Known<'_>) -> Option<Gauge> {
    let index = reading.one_of(block, "kind", KINDS);
    let needs = index.map(|index| match index {
        VALUE | RATIO | RELATIVE | FACT => Needs::Answers,
        TENANTS => Needs::Tenants,
        _ => Needs::Alerts,
    });
    let source = source(reading, block, known, needs);
    let index = index?;
    foreign_keys(reading, block, index);
    let kind = kind(reading, block, index);
    let asked = needs == Some(Needs::Answers);
    let reads = match index {
        VALUE | RELATIVE => reading.one_of(block, "reads", UNITS).and_then(|at| Unit::ALL.get(at).copied()),
        RATIO => Some(Unit::Fraction),
        _ => Some(Unit::Count),
    };
    let sampled = if asked { sampled(reading, block) } else { Some(Sampled::Answer) };
    let window = if asked { reading.duration(block, "window") } else { None };
    let subject_label = if asked { reading.text(block, "version_label").map(|(label, _)| label) } else { None };
    let max_age = reading.duration(block, "max_age");
    let every = reading.duration(block, "every").unwrap_or(Duration::from_secs(15));
    let age = max_age.unwrap_or(Duration::from_secs(60));
    if age < every {
        let at = if block.has("every") { "every" } else { "max_age" };
        reading.push(
            block.place(at),
            format!("`max_age` {} is less than `every` {}", words(age), words(every)),
            "write a longer `max_age`: each reading would be stale before the next one comes",
        );
    }
    let sampled = match sampled? {
        Sampled::Answer => None,
        Sampled::Series(series) => Some(series),
    };
    Some(Gauge { source: source?, kind: kind?, reads: reads?, window, sampled, subject_label, max_age: age, every })
}

fn words(duration: Duration) -> String {
    crate::domain::quantity::duration_in_words(duration)
}

/// Keys that belong to another kind of measurement: they would be read as if they counted.
fn foreign_keys(reading: &mut Reading<'_>, block: &Block<'_>, index: usize) {
    let kind = KINDS.get(index).copied().unwrap_or_default();
    for key in block.keys.all_keys().filter(|key| !key.kinds.is_empty() && !key.kinds.contains(&kind)) {
        if let Some((written, _)) = block.table.get_key_value(key.name) {
            let what = format!("`{}` says nothing about kind \"{kind}\"", key.name);
            reading.push(written.span(), what, format!("remove it; it belongs to kind {}", key.kinds.join(", ")));
        }
    }
}

fn kind(reading: &mut Reading<'_>, block: &Block<'_>, index: usize) -> Option<GaugeKind> {
    match index {
        VALUE => Some(GaugeKind::Value { query: reading.query(block, "query")? }),
        FACT => Some(GaugeKind::Fact { query: reading.query(block, "query")? }),
        RATIO => {
            let bad = reading.query(block, "bad");
            let total = reading.query(block, "total");
            if let (Some(bad), Some(total)) = (&bad, &total)
                && bad == total
            {
                reading.push(block.place("bad"), "`bad` and `total` are the same query", "the ratio of it to itself is always 1");
                return None;
            }
            let min_events = reading.parsed(block, "min_events", quantities::events);
            Some(GaugeKind::Ratio { bad: bad?, total: total?, min_events: min_events? })
        }
        RELATIVE => relative(reading, block),
        TENANTS => {
            let named = reading.texts(block, "require")?;
            let mut require = Vec::new();
            if named.is_empty() {
                reading.push(
                    block.place("require"),
                    "`require` is empty",
                    "name a check: without one every tenant would be green",
                );
                return None;
            }
            for (word, span) in named {
                match CheckKind::ALL.into_iter().find(|kind| kind.word() == word) {
                    Some(kind) => require.push(kind),
                    None => reading.push(span, format!("unknown check \"{word}\""), suggest(&word, "checks", CHECKS)),
                }
            }
            Some(GaugeKind::Tenants { require })
        }
        _ => {
            let labels = labels(reading, block);
            let severity = reading.one_of(block, "severity", SEVERITIES).and_then(|at| SEVERITIES.get(at))?;
            Some(GaugeKind::Alerts { severity: Severity::of(severity), labels })
        }
    }
}

fn relative(reading: &mut Reading<'_>, block: &Block<'_>) -> Option<GaugeKind> {
    let query = reading.query(block, "query");
    let as_change = reading
        .one_of(block, "change", CHANGES)
        .and_then(|at| [Change::GrowthPercent, Change::Difference, Change::Drop].get(at).copied());
    let baseline = match (block.has("baseline"), block.has("baseline_query")) {
        (false, false) => {
            reading.push(
                block.span.clone(),
                format!("{} is relative to nothing (C-30)", block.title),
                "add baseline = \"stage start\", baseline = \"400 ms\", or baseline_query = '...': the document leaves it open",
            );
            None
        }
        (true, true) => {
            let what = "both `baseline` and `baseline_query` are written";
            reading.push(block.place("baseline"), what, "keep one of them: no one can tell which you mean");
            None
        }
        (true, false) => reading.parsed(block, "baseline", |text| {
            if text.trim() == "stage start" {
                return Ok(Baseline::StageStart);
            }
            quantities::quantity(text)
                .map(Baseline::Fixed)
                .map_err(|wrong| Wrong::new(wrong.what, format!("write \"stage start\" or an amount; {}", wrong.next)))
        }),
        (false, true) => reading.query(block, "baseline_query").map(Baseline::Query),
    };
    if let Some(Baseline::Fixed(amount)) = &baseline
        && let Some(reads) = block.table.get("reads").and_then(|reads| reads.get_ref().as_str()).and_then(unit)
        && amount.unit.dimension() != reads.dimension()
    {
        let what = format!("the baseline is in {}, the query reads {}", amount.unit.word(), reads.word());
        reading.push(block.place("baseline"), what, format!("write the baseline in {}", reads.word()));
    }
    Some(GaugeKind::Relative { query: query?, baseline: baseline?, as_change: as_change? })
}

fn unit(word: &str) -> Option<Unit> {
    Unit::ALL.into_iter().find(|unit| unit.word() == word)
}

fn labels(reading: &mut Reading<'_>, block: &Block<'_>) -> Vec<(String, String)> {
    let Some(value) = block.table.get("labels") else { return Vec::new() };
    let mut labels = Vec::new();
    let Some(table) = value.get_ref().as_table() else {
        reading.push(value.span(), "`labels` is no table", "write it like: labels = { service = \"checkout\" }");
        return labels;
    };
    for (name, value) in table {
        match value.get_ref().as_str() {
            Some(text) => labels.push((name.get_ref().to_string(), text.to_owned())),
            None => reading.push(value.span(), format!("label `{}` is no string", name.get_ref()), "write it in quotes"),
        }
    }
    labels
}

/// Whose age counts.
enum Sampled {
    /// The answer's own.
    Answer,
    Series(String),
}

/// Which series' age counts. An instant vector bears the time of the evaluation, not of the sample: without this a dead
/// exporter looks alive for five minutes (alerts-and-gates.md 1.2).
fn sampled(reading: &mut Reading<'_>, block: &Block<'_>) -> Option<Sampled> {
    let (text, span) = reading.text(block, "sampled")?;
    if text == "answer" {
        return Some(Sampled::Answer);
    }
    for (_, Wrong { what, next }) in mistakes(&text, block.has("window")) {
        reading.push(span.clone(), format!("`sampled`: {what}"), next);
    }
    Some(Sampled::Series(text))
}

/// A rule under `name` and where it stands; truths are written without quotes.
pub fn rule(reading: &mut Reading<'_>, block: &Block<'_>, name: &str) -> Option<(Rule, Range<usize>)> {
    enum Written {
        Truth(bool),
        Text(String),
    }
    let (written, span) = reading.value(block, name, |value| match value {
        DeValue::Boolean(truth) => Some(Written::Truth(*truth)),
        DeValue::String(text) => Some(Written::Text(text.to_string())),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    })?;
    match written {
        Written::Truth(truth) => Some((Rule { bound: Bound::Is(truth), text: truth.to_string() }, span)),
        Written::Text(text) => match quantities::rule(&text) {
            Ok(rule) => Some((rule, span)),
            Err(Wrong { what, next }) => {
                reading.push(span, format!("`{name}`: {what}"), next);
                None
            }
        },
    }
}

/// The dimension in which a rule about this gauge is written; `None`: it is a truth.
#[must_use]
pub fn dimension(gauge: &Gauge) -> Option<Dimension> {
    match &gauge.kind {
        GaugeKind::Ratio { .. } | GaugeKind::Relative { as_change: Change::GrowthPercent, .. } => Some(Dimension::Share),
        GaugeKind::Value { .. } | GaugeKind::Relative { as_change: Change::Difference | Change::Drop, .. } => {
            Some(gauge.reads.dimension())
        }
        GaugeKind::Fact { .. } | GaugeKind::Tenants { .. } | GaugeKind::Alerts { .. } => None,
    }
}

/// Whether a rule can be asked of this gauge at all: the same dimension, and a limit that can be met and missed.
pub fn fits(reading: &mut Reading<'_>, gauge: &Gauge, name: &str, rule: &Rule, span: &Range<usize>) -> bool {
    let unit = match rule.bound {
        Bound::One { limit, .. } => Some(limit.unit),
        Bound::Between { low, .. } => Some(low.unit),
        Bound::Is(_) => None,
    };
    let Some(wanted) = dimension(gauge) else {
        if unit.is_some() {
            reading.push(
                span.clone(),
                format!("`{name}` is about a number, and this is a truth"),
                format!("write {name} = true or {name} = false"),
            );
        }
        return unit.is_none();
    };
    let Some(unit) = unit else {
        reading.push(
            span.clone(),
            format!("`{name}` is a truth, and this is a number"),
            format!("write a rule like {name} = \"< 1 %\""),
        );
        return false;
    };
    if unit.dimension() != wanted {
        let reads = match (&gauge.kind, wanted) {
            (GaugeKind::Value { .. }, _) => gauge.reads.word(),
            (_, Dimension::Share) => "%",
            _ => gauge.reads.word(),
        };
        let what = format!("`{name}` is in {}, the reading is in {reads}", unit.word());
        let next = if unit == Unit::Count && wanted == Dimension::Rate {
            "write it per second"
        } else {
            "write it in a unit of the reading"
        };
        reading.push(span.clone(), what, format!("{next}: {reads}"));
        return false;
    }
    true
}

/// A rule that nothing can miss opens a gate for good; one that nothing can meet shuts it. `pass` and triggers alike.
pub fn decides(reading: &mut Reading<'_>, gauge: &Gauge, name: &str, rule: &Rule, span: &Range<usize>) {
    let Some(asked) = interval(rule) else { return };
    let range = match (&gauge.kind, dimension(gauge)) {
        (GaugeKind::Ratio { .. }, _) => possible(Some(100.0)),
        (GaugeKind::Value { .. }, Some(Dimension::Count | Dimension::Time | Dimension::Rate | Dimension::Share)) => {
            possible(None)
        }
        _ => return,
    };
    if asked.covers(range) {
        let next = "write a limit that a reading can miss";
        reading.push(span.clone(), format!("`{name}`: nothing can miss `{}`", rule.text), next);
    } else if asked.meet(range).is_none() {
        let next = "write a limit that a reading can meet";
        reading.push(span.clone(), format!("`{name}`: nothing can meet `{}`", rule.text), next);
    }
}

/// `24h` into the stage, or a moment.
///
/// # Errors
/// What is wrong with it.
pub fn due(text: &str) -> Result<Due, Wrong> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(Due::At(moment.to_utc()));
    }
    quantities::duration(text).map(Due::After).map_err(|wrong| {
        Wrong::new(wrong.what, "write how long into the stage, like \"24h\", or a moment, like \"2026-12-01T00:00:00Z\"")
    })
}
