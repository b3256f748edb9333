//! Reads the team's ladder: stages with their measure, sub-steps, soak and audience.

use std::time::Duration;

use super::{
    keys::{EARLY, ON_PAUSE},
    quantities,
    reading::{Block, Reading, Refers},
};
use crate::domain::{
    plan::{Early, Measure, OnPause, Stage},
    quantity::duration_in_words,
};

/// The keys of which a stage has exactly one.
const MEASURES: [&str; 4] = ["percent", "people", "share", "count"];

/// One stage; `None` when it has no name or no measure.
pub fn stage(reading: &mut Reading<'_>, block: &Block<'_>) -> Option<Stage> {
    reading.unknown_keys(block);
    let id = reading.id(block);
    let measure = measure(reading, block);
    let weights = weights(reading, block, measure.as_ref());
    let (min, max) = (reading.duration(block, "min"), reading.duration(block, "max"));
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let what = format!("`min` {} is longer than `max` {}", duration_in_words(min), duration_in_words(max));
        reading.push(block.place("min"), what, "write the shorter one as min: past max the stage is overdue");
    }
    let soak = reading.duration(block, "soak").or_else(|| shared(min, measure.as_ref(), &weights));
    let early = reading.one_of(block, "early", EARLY).unwrap_or(0);
    let on_pause = reading.one_of(block, "on_pause", ON_PAUSE).unwrap_or(0);
    let audience = reading.text(block, "audience").map(|(audience, _)| audience);
    let roll_back_to = reading.text(block, "roll_back_to").map(|(target, _)| target);
    let criteria = reading.mentions(block, "criteria", Refers::Criterion);
    if block.has("criteria") && criteria.is_empty() {
        reading.push(
            block.place("criteria"),
            "`criteria` is empty",
            "name a criterion, or remove the line: an empty list holds nothing",
        );
    }
    let (id, span) = id?;
    Some(Stage {
        id,
        line: reading.line(span.start),
        measure: measure?,
        weights,
        min,
        max,
        soak,
        early: if early == 1 { Early::Warn } else { Early::Refuse },
        on_pause: if on_pause == 1 { OnPause::Stops } else { OnPause::Runs },
        audience,
        criteria,
        roll_back_to,
    })
}

/// The minimum of the whole stage, divided by its sub-steps (C-11).
fn shared(min: Option<Duration>, measure: Option<&Measure>, weights: &[f64]) -> Option<Duration> {
    let steps = steps(measure?).max(weights.len());
    min?.checked_div(u32::try_from(steps).unwrap_or(u32::MAX).max(1))
}

/// How many sub-steps a measure has.
#[must_use]
pub fn steps(measure: &Measure) -> usize {
    match measure {
        Measure::Percent(percents) | Measure::Share { percents, .. } => percents.len(),
        Measure::People { .. } | Measure::Count { .. } => 1,
    }
}

fn measure(reading: &mut Reading<'_>, block: &Block<'_>) -> Option<Measure> {
    let written: Vec<&str> = MEASURES.into_iter().filter(|name| block.has(name)).collect();
    let [name] = written.as_slice() else {
        let next = "write exactly one of percent, people, share, count";
        match written.as_slice() {
            [] => reading.push(block.span.clone(), format!("{} does not say how large it is", block.title), next),
            [_, second, ..] => {
                let what = format!("{} is sized in `{}`", block.title, written.join("` and `"));
                reading.push(block.place(second), what, next);
            }
            [_] => {}
        }
        return None;
    };
    match *name {
        "percent" => ascending(reading, block, "percent").map(Measure::Percent),
        "people" => reading.parsed(block, "people", quantities::heads).map(|(low, high, _)| Measure::People { low, high }),
        "share" => {
            let shares = reading.parsed_list(block, "share", quantities::share)?;
            let of = shares.first().map(|(_, of)| of.clone())?;
            if shares.iter().any(|(_, other)| *other != of) {
                reading.push(
                    block.place("share"),
                    "`share` mixes workloads",
                    "write one workload, like \"10 % of queries\", at each step",
                );
                return None;
            }
            let percents: Vec<f64> = shares.into_iter().map(|(percent, _)| percent).collect();
            is_ascending(reading, block, "share", &percents).then_some(Measure::Share { of, percents })
        }
        _ => reading.parsed(block, "count", quantities::heads).map(|(low, high, of)| Measure::Count { of, low, high }),
    }
}

fn ascending(reading: &mut Reading<'_>, block: &Block<'_>, name: &str) -> Option<Vec<f64>> {
    let before = reading.problems.len();
    let percents = reading.parsed_list(block, name, quantities::percent)?;
    (before == reading.problems.len() && is_ascending(reading, block, name, &percents)).then_some(percents)
}

fn is_ascending(reading: &mut Reading<'_>, block: &Block<'_>, name: &str, percents: &[f64]) -> bool {
    if percents.is_empty() {
        reading.push(block.place(name), format!("`{name}` is empty"), "write one share a sub-step, like [\"25 %\", \"50 %\"]");
        return false;
    }
    let rises = percents.windows(2).all(|pair| matches!(pair, [low, high] if low < high));
    if !rises {
        reading.push(block.place(name), format!("`{name}` does not rise"), "write the sub-steps in order, smallest first");
    }
    rises
}

fn weights(reading: &mut Reading<'_>, block: &Block<'_>, measure: Option<&Measure>) -> Vec<f64> {
    if !block.has("weights") {
        return match measure {
            Some(Measure::Percent(percents)) => percents.clone(),
            Some(Measure::People { .. } | Measure::Share { .. } | Measure::Count { .. }) | None => Vec::new(),
        };
    }
    let Some(weights) = ascending(reading, block, "weights") else { return Vec::new() };
    if let Some(measure @ (Measure::Percent(_) | Measure::Share { .. })) = measure
        && steps(measure) != weights.len()
    {
        let what = format!("{} sub-steps and {} `weights`", steps(measure), weights.len());
        reading.push(block.place("weights"), what, "write one weight a sub-step");
    }
    weights
}
