//! Why a criterion or a manual item says what it says: number, rule, window, samples, age, source, query, place in the plan;
//! what it blocks and what it does not (ux.md 3.4.4).

use std::fmt::Write as _;

use crate::{
    app::{
        gates::{self, GateKey, Judged},
        role::Role,
        state::{AppState, Screen},
        zone,
    },
    domain::{
        evidence::{Evaluation, ItemState},
        freshness::Freshness,
        quantity::{Bound, Comparison, Dimension, Quantity, Rule, Unit, duration_in_words, number_in_words},
        verdict::Verdict,
    },
};

use super::{
    age::span_of_time,
    gates::{now, verdict_word},
    model::{Line, Page, Section, Span},
    overview::{line, since},
    pages::{pair, section},
    spark::spark,
};

/// The page of one row of the gates.
#[must_use]
pub fn gate_page(state: &AppState, key: &GateKey) -> Page {
    let Some(judged) = gates::find(state, key) else {
        if state.sources.iter().any(|source| source.info.tells.rollouts && !source.listed) {
            let lines = vec![line(Role::Unknown, "not every source of rollouts has answered yet")];
            return Page { title: "gate".to_owned(), sections: vec![section("Not read yet", "", lines)], ..Page::default() };
        }
        let gone = vec![line(Role::Quiet, "no plan judges this any more")];
        return Page { title: "gate".to_owned(), sections: vec![section("Gone", "", gone)], ..Page::default() };
    };
    let at_stage = judged.assessment.standing.as_ref().map_or_else(String::new, |at| format!(", {}", at.id));
    let title = match key {
        GateKey::Criterion { target, id } => format!("gate > {id} ({}{at_stage})", target.name),
        GateKey::Item { plan, id } => format!("gate > {id} ({plan})"),
    };
    Page {
        title,
        note: String::new(),
        state: Some(verdict_word(now(state, judged))),
        sections: gate_sections(state, judged),
        verdict: judged.item().map(|_| line(Role::Text, "space ticks it, with evidence; the tick is a record of the ledger")),
        scroll: 0,
    }
}

/// All that shows why, in sections: for the page and beside the list.
#[must_use]
pub fn gate_sections(state: &AppState, judged: &Judged) -> Vec<Section> {
    if let Some(item) = judged.item() {
        return vec![section("Why", "manual", item_lines(state, item)), section("What it holds", "", holds(judged))];
    }
    let Some(evaluation) = judged.evaluation() else { return Vec::new() };
    let rule = rule_of(state, judged, evaluation);
    let mut sections = vec![section("Why", "", why_lines(state, judged, evaluation, rule))];
    let history = &evaluation.evidence.history;
    if !history.is_empty() {
        let note = format!("limit {}", evaluation.evidence.rule);
        let count = history.len().min(room(state) / READING);
        sections.push(section(&format!("Last {count} readings"), note, history_lines(state, evaluation, count)));
    }
    let mut change = Vec::new();
    if let Some(text) = rule.and_then(|rule| needed(evaluation, rule)) {
        change.push(line(Role::Text, text));
    }
    if let Some(owner) = &evaluation.owner {
        change.push(pair("owner", Role::Text, owner.clone()));
    }
    change.extend(holds(judged));
    sections.push(section("What would change it", "", change));
    sections
}

fn rule_of<'a>(state: &'a AppState, judged: &Judged, evaluation: &Evaluation) -> Option<&'a Rule> {
    gates::plan_of(state, &judged.assessment)?.criterion(&evaluation.id).map(|criterion| &criterion.pass)
}

fn why_lines(state: &AppState, judged: &Judged, evaluation: &Evaluation, rule: Option<&Rule>) -> Vec<Line> {
    let evidence = &evaluation.evidence;
    let verdict = now(state, judged);
    let word = verdict_word(verdict);
    let sentence = if verdict == evaluation.verdict {
        format!("{} because {}", word.word, evaluation.sentence)
    } else {
        format!("{} because it was last judged {} ago, too long to count", word.word, span_of_time(since(state, evaluation.at)))
    };
    let mut lines = vec![line(word.role, sentence), Line::default()];
    let value = evidence.value.map_or_else(|| "none".to_owned(), |value| value.to_string());
    let events = evidence
        .events
        .map_or_else(String::new, |(bad, total)| format!("   = {} of {} events", number_in_words(bad), number_in_words(total)));
    lines.push(pair("reading", Role::Text, format!("{value}{events}")));
    if let Some((low, high)) = evidence.range {
        let noise = rule.and_then(|rule| noise(rule, low, high)).unwrap_or_default();
        lines.push(pair("95 % range", Role::Text, format!("{low} .. {high}{noise}")));
    }
    if let Some(baseline) = evidence.baseline {
        lines.push(pair("baseline", Role::Text, baseline.to_string()));
    }
    lines.push(pair("rule", Role::Text, format!("{} {}   {}", evaluation.id, evidence.rule, evidence.place)));
    let criterion = gates::plan_of(state, &judged.assessment).and_then(|plan| plan.criterion(&evaluation.id));
    let window = evidence.window.map_or_else(|| "none: the value of the moment".to_owned(), duration_in_words);
    let samples = match criterion.map(|criterion| &criterion.gauge.kind) {
        Some(crate::domain::plan::GaugeKind::Ratio { min_events, .. }) => {
            let have = evidence.events.map_or_else(|| "none".to_owned(), |(_, total)| number_in_words(total));
            format!("   needs {min_events} events, has {have}")
        }
        _ => String::new(),
    };
    lines.push(pair("window", Role::Text, format!("{window}{samples}")));
    let took = evidence.took.map_or_else(String::new, |took| format!(" answered in {} ms", took.as_millis()));
    let age = evidence.age.map_or_else(
        || "   age of the sample not known".to_owned(),
        |age| format!("   age {}", span_of_time(age + since(state, evaluation.at))),
    );
    lines.push(pair("source", Role::Text, format!("{}{took}{age}", evidence.source)));
    lines.extend(silence(state, evaluation));
    for query in evidence.query.lines().filter(|query| !query.is_empty()) {
        lines.push(pair("query", Role::Text, query.to_owned()));
    }
    lines.extend(evidence.warnings.iter().map(|warning| pair("warning", Role::Warn, warning.to_string())));
    lines
}

/// Of a source that does not answer now: since when, and why.
fn silence(state: &AppState, evaluation: &Evaluation) -> Option<Line> {
    let source = state.source(&evaluation.evidence.source)?;
    let told = match source.freshness(state.since_boot) {
        Freshness::Live | Freshness::Never => return None,
        Freshness::Stale { age } => format!("silent for {}", span_of_time(age)),
        Freshness::Lost { why, .. } => match source.health.age(state.since_boot) {
            Some(age) => format!("lost: {why}; it answered last {} ago", span_of_time(age)),
            None => format!("lost: {why}; it has never answered"),
        },
    };
    Some(pair("now", Role::Unknown, told))
}

/// Whether the limit lies within the range that the true value is in.
fn noise(rule: &Rule, low: Quantity, high: Quantity) -> Option<String> {
    let Bound::One { limit, .. } = rule.bound else { return None };
    let limit = limit.to(low.unit)?.value;
    Some(if limit < low.value {
        "   (the limit lies below it: not noise)".to_owned()
    } else if limit > high.value {
        "   (the limit lies above it: not noise)".to_owned()
    } else {
        "   (the limit lies within it: may be noise)".to_owned()
    })
}

/// Cells that one reading takes.
const READING: usize = 6;

/// Cells of a line: from 100 columns on the sections stand beside the list, or in two columns.
fn room(state: &AppState) -> usize {
    let columns = usize::from(state.columns);
    if columns < 100 {
        columns.saturating_sub(3)
    } else if *state.screen() == Screen::Gates {
        columns - columns * 54 / 100 - 4
    } else {
        columns / 2 - 4
    }
}

/// The newest `count` readings, their verdicts below them, and in a line of its own how all of them went.
fn history_lines(state: &AppState, evaluation: &Evaluation, count: usize) -> Vec<Line> {
    let all = &evaluation.evidence.history;
    let history = all.get(all.len().saturating_sub(count)..).unwrap_or_default();
    let cell = |text: &str, role: Role| Span { text: format!("{text:<READING$}"), role };
    let values = history
        .iter()
        .map(|(_, value, _)| cell(&value.map_or_else(|| "-".to_owned(), |value| short(evaluation, value)), Role::Text));
    let verdicts = history.iter().map(|(_, _, verdict)| {
        let word = verdict_word(*verdict);
        cell(
            match verdict {
                Verdict::Pass => "ok",
                Verdict::Fail | Verdict::OffTarget => "X",
                Verdict::Warn => "!",
                Verdict::NoData
                | Verdict::TooFewSamples
                | Verdict::Stale
                | Verdict::NotDue
                | Verdict::Waived
                | Verdict::Absent => "?",
            },
            word.role,
        )
    });
    let trend: Vec<Option<f64>> = all.iter().map(|(_, value, _)| *value).collect();
    let mut course = spark(&trend);
    // Since when the newest verdict stands, as far back as the readings go.
    if let Some((_, _, newest)) = all.last() {
        let from = all.iter().rev().take_while(|(_, _, verdict)| verdict == newest).last();
        if let Some((at, _, _)) = from {
            let all = from.is_some_and(|first| all.first().is_some_and(|oldest| oldest.0 == first.0));
            let word = if all { "at least since" } else { "since" };
            let _ = write!(course, "   {} {word} {}", verdict_word(*newest).word, zone::seconds(state, at));
        }
    }
    let laid = |spans: Vec<Span>| Line { indent: 0, spans };
    vec![laid(values.collect()), laid(verdicts.collect()), line(Role::Text, course)]
}

/// A reading without its unit, in the unit of the value beside it.
fn short(evaluation: &Evaluation, value: f64) -> String {
    let unit = evaluation.evidence.value.map_or(Unit::Count, |value| value.unit);
    let text = number_in_words(Quantity::new(value, unit).value);
    text.chars().take(5).collect()
}

/// Of a share with one upper limit: how many bad events would do.
fn needed(evaluation: &Evaluation, rule: &Rule) -> Option<String> {
    let (bad, total) = evaluation.evidence.events?;
    let Bound::One { comparison, limit } = rule.bound else { return None };
    if limit.unit.dimension() != Dimension::Share || total <= 0.0 {
        return None;
    }
    let most = limit.to(Unit::Fraction)?.value * total;
    let most = match comparison {
        Comparison::Less => most.ceil() - 1.0,
        Comparison::LessOrEqual => most.floor(),
        Comparison::Greater | Comparison::GreaterOrEqual | Comparison::Equal => return None,
    };
    let window = evaluation.evidence.window.map_or_else(String::new, |window| format!(" in {}", duration_in_words(window)));
    Some(format!(
        "{} needs at most {} bad events{window} (now {})",
        rule.text,
        number_in_words(most.max(0.0)),
        number_in_words(bad)
    ))
}

/// What it blocks, and what it does not.
fn holds(judged: &Judged) -> Vec<Line> {
    let mut lines = Vec::new();
    for gate in judged.gates() {
        let required = if gate.required { "required" } else { "advisory" };
        let set = gate.set.as_ref().map_or_else(String::new, |set| format!(", set {set}"));
        lines.push(pair("gate", Role::Text, format!("{} ({required}{set})   {}", gate.title, gate.place)));
    }
    let name = &judged.assessment.target.name;
    let text = match (judged.required, now_holds(judged)) {
        (true, true) => format!("blocks: advance of {name}.   does not block: pause, roll back"),
        (true, false) => format!("stands before the next advance of {name} and lets it go on.   never blocks: pause, roll back"),
        (false, _) => "blocks nothing now: it is advisory, or not of this stage.   never blocks: pause, roll back".to_owned(),
    };
    lines.push(line(if judged.required && now_holds(judged) { Role::Warn } else { Role::Text }, text));
    lines
}

fn now_holds(judged: &Judged) -> bool {
    !judged.verdict.lets_go_on() && judged.verdict != Verdict::Absent
}

fn item_lines(state: &AppState, item: &ItemState) -> Vec<Line> {
    let word = verdict_word(item.verdict);
    let sentence = match (item.verdict, item.at) {
        (Verdict::Pass, _) => format!("{} because it was ticked", word.word),
        (Verdict::Stale, Some(at)) => {
            format!("{} because its tick of {} ago is too old", word.word, span_of_time(since(state, at)))
        }
        _ => format!("{} because nobody has ticked it", word.word),
    };
    let mut lines = vec![line(word.role, sentence), Line::default(), pair("item", Role::Text, item.title.clone())];
    if let Some(owner) = &item.owner {
        lines.push(pair("owner", Role::Text, owner.clone()));
    }
    if let (Some(who), Some(at)) = (&item.who, item.at) {
        lines.push(pair(
            "ticked",
            Role::Text,
            format!("by {who} {}  ({} ago)", zone::shown(state, at, "%Y-%m-%d %H:%M:%S"), span_of_time(since(state, at))),
        ));
    }
    if let Some(evidence) = &item.evidence {
        lines.push(pair("evidence", Role::Text, evidence.to_string()));
    }
    lines.push(pair("place", Role::Text, item.place.clone()));
    lines
}
