//! From what was read of one tenant to its checks. A check without its own answer is unknown; nothing is passed on to it.

use std::collections::BTreeMap;

use super::{
    baseline::{Baseline, Columns, drift, field},
    cause::{Cause, normal},
    link::{Row, Set},
    sql::Part,
};
use crate::domain::{
    tenant::{CheckKind, CheckResult, TableCount},
    text::DisplayText,
};

/// Lines of one check that are told.
const MOST: usize = 3;

/// What was read of one tenant.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Table -> (rows, sum) of the source and of the clone.
    pub counts: BTreeMap<String, [Option<(i64, String)>; 2]>,
    /// Foreign key, table, orphans; `None`: not read.
    pub orphans: Option<Vec<(String, String, i64)>>,
    /// Aggregate -> sorted rows of the source and of the clone.
    pub aggregates: BTreeMap<String, [Option<Vec<Row>>; 2]>,
    /// Columns of source and clone, where they were read because they are not as the baseline and the target.
    pub columns: Option<(Columns, Columns)>,
    pub failed: Option<Cause>,
}

impl Evidence {
    /// Takes what an answer holds, as far as it came.
    pub fn take(&mut self, parts: &[Part], sets: Vec<Set>) {
        for (part, set) in parts.iter().zip(sets) {
            match part {
                Part::Counts => self.take_counts(&set),
                Part::Orphans => {
                    let found = set.rows.iter().filter_map(|row| {
                        Some((field(row, 0).to_owned(), field(row, 1).to_owned(), field(row, 2).parse().ok()?))
                    });
                    self.orphans.get_or_insert_default().extend(found);
                }
                Part::Aggregate { name, clone } => {
                    let mut rows = set.rows;
                    rows.sort();
                    if let Some(side) = self.aggregates.entry(name.clone()).or_default().get_mut(usize::from(*clone)) {
                        *side = Some(rows);
                    }
                }
            }
        }
    }

    fn take_counts(&mut self, set: &Set) {
        for row in &set.rows {
            let Ok(rows) = field(row, 2).parse() else { continue };
            let sides = self.counts.entry(field(row, 1).to_owned()).or_default();
            if let Some(side) = sides.get_mut(usize::from(field(row, 0) == "clone")) {
                *side = Some((rows, field(row, 3).to_owned()));
            }
        }
    }
}

/// The checks of one tenant, and what they were read from.
#[derive(Debug, Default)]
pub struct Judged {
    pub checks: Vec<(CheckKind, CheckResult)>,
    pub rows: Option<i64>,
    pub tables: Vec<TableCount>,
    pub cause: Option<DisplayText>,
    /// Aggregates that differ (`true`) or were not compared (`false`).
    pub unequal: Vec<(String, bool)>,
}

/// Judges what was read. `own`: what names this tenant, longest first does not matter. `aggregates`: their names.
#[must_use]
pub fn judge(baseline: &Baseline, evidence: &Evidence, aggregates: &[&String], own: &[&str]) -> Judged {
    let mut judged = Judged::default();
    let schema = schema(baseline, evidence);
    let rows = rows(baseline, evidence);
    let hash = hash(baseline, evidence);
    judged.checks.push((CheckKind::Rows, rows));
    judged.checks.push((CheckKind::Hash, hash));
    if !aggregates.is_empty() {
        judged.checks.push((CheckKind::Aggregates, groups(evidence, aggregates)));
        judged.unequal = aggregates.iter().filter_map(|name| Some(((*name).clone(), unequal(evidence, name)?))).collect();
    }
    judged.checks.push((CheckKind::ForeignKeys, orphans(baseline, evidence)));
    judged.checks.push((CheckKind::Schema, schema));
    let counted = |at: usize| {
        let each = baseline.tables.iter().map(|table| evidence.counts.get(&table.name)?.get(at)?.as_ref().map(|(rows, _)| *rows));
        each.sum::<Option<i64>>()
    };
    judged.rows = counted(1).zip(counted(0)).map(|(clone, source)| clone - source);
    let worst = judged.checks.iter().find(|(_, result)| matches!(result, CheckResult::Fail(_)));
    let worst = worst.or_else(|| judged.checks.iter().find(|(_, result)| matches!(result, CheckResult::Unknown(_))));
    if let Some((kind, CheckResult::Fail(words) | CheckResult::Unknown(words))) = worst {
        let cause = match &evidence.failed {
            Some(cause) if !matches!(worst, Some((_, CheckResult::Fail(_)))) => cause.key(own),
            _ => format!("{kind}: {}", normal(words.as_str(), own)),
        };
        judged.cause = Some(DisplayText::new(&cause));
        judged.tables = baseline.tables.iter().map(|table| count_of(evidence, &table.name)).collect();
    }
    judged
}

fn count_of(evidence: &Evidence, table: &str) -> TableCount {
    let sides = evidence.counts.get(table);
    let side = |at: usize| sides.and_then(|sides| sides.get(at)?.as_ref());
    TableCount {
        table: DisplayText::new(table),
        source: side(0).map(|(rows, _)| *rows),
        clone: side(1).map(|(rows, _)| *rows),
        same_content: side(0).zip(side(1)).map(|(source, clone)| source == clone),
    }
}

/// What is told of a check that lacks an answer.
fn missing(evidence: &Evidence, otherwise: &str) -> CheckResult {
    let words = evidence.failed.as_ref().map_or_else(|| otherwise.to_owned(), Cause::words);
    CheckResult::Unknown(DisplayText::new(&words))
}

fn told(mut lines: Vec<String>) -> DisplayText {
    if lines.len() > MOST {
        let more = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(format!("{more} more"));
    }
    DisplayText::new(&lines.join("; "))
}

fn rows(baseline: &Baseline, evidence: &Evidence) -> CheckResult {
    let (mut wrong, mut unread) = (Vec::new(), Vec::new());
    for table in &baseline.tables {
        match evidence.counts.get(&table.name) {
            Some([Some((source, _)), Some((clone, _))]) if source == clone => {}
            Some([Some((source, _)), Some((clone, _))]) => {
                let (count, word) = (clone.abs_diff(*source), if clone < source { "lost" } else { "too many" });
                let rows = if count == 1 { "row" } else { "rows" };
                wrong.push(format!("{}: {count} {rows} {word} ({source} in the source, {clone} in the clone)", table.name));
            }
            _ => unread.push(table.name.as_str()),
        }
    }
    if !wrong.is_empty() {
        return CheckResult::Fail(told(wrong));
    }
    if unread.is_empty() { CheckResult::Pass } else { missing(evidence, &format!("not compared: {}", unread.join(", "))) }
}

fn hash(baseline: &Baseline, evidence: &Evidence) -> CheckResult {
    let (mut wrong, mut unread) = (Vec::new(), Vec::new());
    for table in &baseline.tables {
        match evidence.counts.get(&table.name) {
            Some([Some(source), Some(clone)]) if source == clone => {}
            Some([Some((source, _)), Some((clone, _))]) if source != clone => unread.push(format!("{}: rows differ", table.name)),
            Some([Some(_), Some(_)]) => match changed_types(evidence, &table.columns, &table.name) {
                // A sum over another type is another sum for the same values: it proves neither.
                Some(changed) => unread.push(format!("{}: {changed} has another type", table.name)),
                None => wrong.push(format!("{}: other content in as many rows", table.name)),
            },
            _ => unread.push(table.name.clone()),
        }
    }
    if !wrong.is_empty() {
        return CheckResult::Fail(told(wrong));
    }
    if unread.is_empty() { CheckResult::Pass } else { missing(evidence, &format!("content not compared: {}", told(unread))) }
}

/// The first column that has another type in the clone than in the source.
fn changed_types<'a>(evidence: &Evidence, columns: &'a [String], table: &str) -> Option<&'a String> {
    let (source, clone) = evidence.columns.as_ref()?;
    let of_type = |side: &Columns, column: &String| Some(side.get(table)?.get(column)?.of_type.clone());
    columns.iter().find(|column| of_type(source, column) != of_type(clone, column))
}

fn orphans(baseline: &Baseline, evidence: &Evidence) -> CheckResult {
    let Some(found) = &evidence.orphans else {
        return if baseline.keys.is_empty() && evidence.failed.is_none() {
            CheckResult::Pass
        } else {
            missing(evidence, "not looked for")
        };
    };
    let wrong = found.iter().filter(|(_, _, count)| *count > 0);
    let wrong: Vec<String> = wrong.map(|(key, table, count)| format!("{table}: {count} without parent ({key})")).collect();
    if !wrong.is_empty() {
        return CheckResult::Fail(told(wrong));
    }
    let looked = |name: &str, table: &str| found.iter().any(|(key, of, _)| key == name && of == table);
    let unread = baseline.keys.iter().filter(|key| !looked(&key.name, &key.table));
    let unread: Vec<String> = unread.map(|key| key.name.clone()).collect();
    if unread.is_empty() { CheckResult::Pass } else { missing(evidence, &format!("not looked for: {}", told(unread))) }
}

fn schema(baseline: &Baseline, evidence: &Evidence) -> CheckResult {
    match &evidence.columns {
        // Only left out when the catalogue's fingerprint is that of the target.
        None if evidence.failed.as_ref().is_some_and(|cause| cause.lost) => missing(evidence, "not read"),
        None => CheckResult::Pass,
        Some((_, clone)) => {
            let found = drift(&baseline.target, clone, MOST);
            if found.is_empty() { CheckResult::Pass } else { CheckResult::Fail(DisplayText::new(&found.join("; "))) }
        }
    }
}

/// `None` when it is equal; else whether both sides were read.
fn unequal(evidence: &Evidence, name: &str) -> Option<bool> {
    match evidence.aggregates.get(name) {
        Some([Some(source), Some(clone)]) if source == clone => None,
        Some([Some(_), Some(_)]) => Some(true),
        _ => Some(false),
    }
}

fn groups(evidence: &Evidence, names: &[&String]) -> CheckResult {
    let (mut wrong, mut unread) = (Vec::new(), Vec::new());
    for name in names {
        match evidence.aggregates.get(*name) {
            Some([Some(source), Some(clone)]) if source == clone => {}
            Some([Some(source), Some(clone)]) => {
                let of = |row: Option<&Row>| {
                    let words = |field: &Option<String>| field.clone().unwrap_or_else(|| "null".to_owned());
                    row.map_or_else(|| "none".to_owned(), |row| row.iter().map(words).collect::<Vec<_>>().join(" "))
                };
                let lost = source.iter().find(|row| !clone.contains(row));
                let new = clone.iter().find(|row| !source.contains(row));
                wrong.push(format!("{name}: {} in the source, {} in the clone", of(lost), of(new)));
            }
            _ => unread.push((*name).clone()),
        }
    }
    if !wrong.is_empty() {
        return CheckResult::Fail(told(wrong));
    }
    if unread.is_empty() { CheckResult::Pass } else { missing(evidence, &format!("not compared: {}", told(unread))) }
}
