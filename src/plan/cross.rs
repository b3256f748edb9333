//! What can only be seen when the whole plan was read: names that are there, names that are there twice, and what nothing holds.

use std::ops::Range;

use toml::{Spanned, de::DeTable};

use super::reading::{Mention, Reading, Refers};
use crate::{
    config::problem::{ConfigError, Problem, suggest},
    domain::plan::{Plan, Stage},
};

/// A name and where it was given.
type Given = (String, Range<usize>);

/// The strings under `key` of every `[[table]]`.
fn given(document: &DeTable<'_>, table: &str, key: &str) -> Vec<Given> {
    let tables = document.get(table).and_then(|list| list.get_ref().as_array());
    let values = tables.into_iter().flatten().filter_map(|block| block.get_ref().as_table()?.get(key));
    values.filter_map(|value| Some((value.get_ref().as_str()?.to_owned(), value.span()))).collect()
}

/// The ids of all items of all gates: a tick names plan and item alone.
fn items(document: &DeTable<'_>) -> Vec<Given> {
    let gates = document.get("gates").and_then(|list| list.get_ref().as_array());
    gates.into_iter().flatten().filter_map(|gate| gate.get_ref().as_table()).flat_map(|gate| given(gate, "items", "id")).collect()
}

/// The plan's sets.
fn sets(document: &DeTable<'_>) -> Vec<Given> {
    let plan = document.get("plan").and_then(|plan| plan.get_ref().as_table());
    let sets = plan.and_then(|plan| plan.get("sets")).and_then(|sets| sets.get_ref().as_array());
    sets.into_iter().flatten().filter_map(|set| Some((set.get_ref().as_str()?.to_owned(), set.span()))).collect()
}

/// Looks at everything that one part of a plan says about another.
pub fn within(reading: &mut Reading<'_>, document: &DeTable<'_>, stages: &[Stage]) {
    let criteria = given(document, "criteria", "id");
    let (stage_names, sets) = (given(document, "stages", "id"), sets(document));
    for (kind, names) in [
        ("stage", &stage_names),
        ("criterion", &criteria),
        ("gate", &given(document, "gates", "id")),
        ("trigger", &given(document, "triggers", "id")),
        ("item", &items(document)),
        ("rollout", &given(document, "rollouts", "rollout")),
    ] {
        twice(reading, kind, names);
    }
    let mentions = std::mem::take(&mut reading.mentions);
    for Mention { to, name, span, title } in &mentions {
        let (kind, names, all) = match to {
            Refers::Criterion => ("criterion", &criteria, "criteria of this plan"),
            Refers::Stage => ("stage", &stage_names, "stages of this plan"),
            Refers::Set => ("set", &sets, "sets under [plan]"),
        };
        let mut names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
        names.dedup();
        if !names.contains(&name.as_str()) {
            let what = format!("{title} names an unknown {kind} \"{name}\"");
            reading.push(span.clone(), what, suggest(name.as_str(), all, &names));
        }
    }
    one_ladder(reading, document);
    held(reading, document);
    rising(reading, document, stages);
    // What nobody names may be the other end of a name that was just told: said only where nothing else is wrong.
    if reading.problems.is_empty() {
        unnamed(reading, &mentions, &criteria, &sets);
    }
}

/// What is written and asked for by nobody: it looks as if it held something.
fn unnamed(reading: &mut Reading<'_>, mentions: &[Mention], criteria: &[Given], sets: &[Given]) {
    let named = |to: Refers, name: &str| mentions.iter().any(|mention| mention.to == to && mention.name.as_str() == name);
    for (name, span) in criteria {
        if !named(Refers::Criterion, name) {
            let next = "name it in `criteria` of a stage or of a gate (required = false: only shown), or remove it";
            reading.push(span.clone(), format!("nobody asks for criterion \"{name}\""), next);
        }
    }
    for (name, span) in sets {
        if !named(Refers::Set, name) {
            let next = format!("add set = \"{name}\" to a gate, or remove it: an empty set is complete at once");
            reading.push(span.clone(), format!("no gate is in set \"{name}\""), next);
        }
    }
}

fn twice(reading: &mut Reading<'_>, kind: &str, names: &[Given]) {
    for (at, (name, span)) in names.iter().enumerate() {
        if let Some((_, first)) = names.iter().take(at).find(|(known, _)| known == name) {
            let line = reading.line(first.start);
            let what = format!("{kind} \"{name}\" is there twice, first in line {line}");
            reading.push(span.clone(), what, "give one of them another name, or remove it");
        }
    }
}

/// A plan judges at least one rollout, all of one kind: minutes of a traffic switch and days of a feature have nothing in
/// common but the percent sign (C-12).
fn one_ladder(reading: &mut Reading<'_>, document: &DeTable<'_>) {
    let kinds = given(document, "rollouts", "kind");
    if !document.contains_key("rollouts") {
        reading.push(0..0, "the plan names no rollout", "add [[rollouts]] with rollout = \"source/namespace/name\" and its kind");
    }
    let Some((first, _)) = kinds.first() else { return };
    if let Some((other, span)) = kinds.iter().find(|(kind, _)| kind != first) {
        let what = format!("one plan judges kinds \"{first}\" and \"{other}\" (C-12)");
        reading.push(
            span.clone(),
            what,
            "write two plans: a deployment takes minutes, an exposure days, and stages belong to one of them",
        );
    }
}

/// Every stage is held by something: without a criterion and without a required gate its advance would always be free.
fn held(reading: &mut Reading<'_>, document: &DeTable<'_>) {
    let blocks = |name: &str| {
        let list = document.get(name).and_then(|list| list.get_ref().as_array());
        list.into_iter().flatten().filter_map(|block| block.get_ref().as_table()).collect::<Vec<_>>()
    };
    let texts = |table: &DeTable<'_>, name: &str| {
        let list = table.get(name).and_then(|list| list.get_ref().as_array());
        list.into_iter().flatten().filter_map(|text| text.get_ref().as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let gates: Vec<Vec<String>> = blocks("gates")
        .into_iter()
        .filter(|gate| gate.get("required").is_none_or(|required| required.get_ref().as_bool() != Some(false)))
        .map(|gate| texts(gate, "stages"))
        .collect();
    let stages = blocks("stages");
    if stages.is_empty() && gates.is_empty() && document.contains_key("plan") {
        reading.push(0..0, "the plan holds nothing back", "add a stage with criteria, or a required gate");
    }
    for stage in stages {
        let Some(id) = stage.get("id") else { continue };
        let name = id.get_ref().as_str().unwrap_or_default().to_owned();
        let is_held = gates.iter().any(|stages| stages.is_empty() || stages.contains(&name));
        if !is_held && !stage.contains_key("criteria") {
            let next = "add criteria = [\"...\"], or a required gate for it: an advance that nothing can refuse is no gate";
            reading.push(id.span(), format!("nothing holds stage \"{name}\""), next);
        }
    }
}

/// The weight alone says in which stage a rollout is: no weight stands in two stages, and stages rise.
fn rising(reading: &mut Reading<'_>, document: &DeTable<'_>, stages: &[Stage]) {
    let places = given(document, "stages", "id");
    let mut last: Option<(f64, &Stage)> = None;
    for stage in stages {
        let (Some(first), Some(highest)) = (stage.weights.first(), stage.weights.last()) else { continue };
        if let Some((before, below)) = last
            && *first <= before
        {
            let span = places.iter().rfind(|(name, _)| name == stage.id.as_str()).map_or(0..0, |(_, span)| span.clone());
            let what = format!("stage \"{}\" begins at {first} %, stage \"{}\" before it ends at {before} %", stage.id, below.id);
            reading.push(span, what, "write stages in order: the weight alone says in which one a rollout is");
        }
        last = Some((*highest, stage));
    }
}

/// What several plans say about each other: one name twice, one rollout judged twice.
#[must_use]
pub fn between(plans: &[(Plan, String)]) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    for (at, (plan, text)) in plans.iter().enumerate() {
        let mut problems = Vec::new();
        for (other, _) in plans.iter().take(at) {
            if other.id == plan.id {
                let what = format!("plan \"{}\" is also in {}", plan.id, other.file.display());
                problems.push(Problem::new(id_of(text), what, "give one of them another id"));
            }
            for subject in &plan.subjects {
                if other.subjects.iter().any(|known| known.rollout == subject.rollout) {
                    let what = format!("rollout \"{}\" is also judged by {}", subject.rollout, other.file.display());
                    problems.push(Problem::new(
                        line(text, subject.line),
                        what,
                        "let one plan judge it: no one can tell which counts",
                    ));
                }
            }
        }
        if !problems.is_empty() {
            errors.push(ConfigError::new(&plan.file, text, problems));
        }
    }
    errors
}

/// Where a plan's own name stands.
fn id_of(text: &str) -> Range<usize> {
    let table = DeTable::parse(text).ok();
    let plan = table.as_ref().and_then(|table| table.get_ref().get("plan")?.get_ref().as_table());
    plan.and_then(|plan| plan.get("id")).map_or(0..0, Spanned::span)
}

/// What stands in a line, from 1.
fn line(text: &str, number: u32) -> Range<usize> {
    let before = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let begin: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let written = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    begin..begin + written.len()
}
