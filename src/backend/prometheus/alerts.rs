//! `/rules` and `/alerts`: which alerting rules there are and whether their silence means something, and what is pending or
//! firing since when.

use std::{collections::HashMap, sync::Arc, time::Duration};

use serde_json::Value as Json;

use super::wire::{self, pairs, time};
use crate::domain::{
    Timestamp,
    alert::{Alert, AlertFeed, AlertKey, AlertState, DeadMan, RuleState, Severity},
    id::SourceId,
    text::DisplayText,
};

/// Rules that do not evaluate are named up to this many, then counted.
const NAMED: usize = 5;
/// A rule that was not evaluated for this many intervals says nothing (alerts-and-gates.md 1.2).
const INTERVALS: f64 = 3.0;
/// On top of that: an evaluation itself takes time, and intervals may be shorter than a read.
const GRACE: f64 = 5.0;
/// Annotations that say in a line what is wrong, best first.
const SUMMARIES: [&str; 3] = ["summary", "description", "message"];
const RUNBOOKS: [&str; 2] = ["runbook_url", "runbook"];

/// The feed, at `now` by the server's clock.
pub(super) fn feed(
    source: &SourceId,
    rules: &wire::Rules,
    alerts: &wire::Alerts,
    dead_man: &[(String, String)],
    now: Timestamp,
) -> AlertFeed {
    let always = |one: &wire::Alert| {
        !dead_man.is_empty() && dead_man.iter().all(|(name, value)| one.labels.get(name).and_then(Json::as_str) == Some(value))
    };
    let is_there = alerts.alerts.iter().any(|one| always(one) && one.state == "firing");
    let alerting: Vec<(&wire::Rule, f64)> = rules
        .groups
        .iter()
        .flat_map(|group| group.rules.iter().map(move |rule| (rule, group.interval)))
        .filter(|(rule, _)| rule.kind == "alerting")
        .collect();
    let states: Vec<RuleState> = alerting.iter().map(|(rule, interval)| state(rule, *interval, now)).collect();
    let mut by_name: HashMap<&str, Vec<&wire::Rule>> = HashMap::new();
    for (rule, _) in &alerting {
        by_name.entry(&rule.name).or_default().push(rule);
    }
    let mut all: Vec<Arc<Alert>> =
        alerts.alerts.iter().filter(|one| !always(one)).filter_map(|one| alert(source, one, &by_name)).map(Arc::new).collect();
    all.sort_by(|one, other| one.key.cmp(&other.key));
    all.dedup_by(|one, other| one.key == other.key);
    let mut blind = blind(&states);
    if !dead_man.is_empty() && !is_there {
        blind.push(DisplayText::new("the alert that always fires is missing"));
    }
    AlertFeed {
        source: source.clone(),
        alerts: all.into(),
        blind,
        rules: Some(states.into()),
        dead_man: match (dead_man.is_empty(), is_there) {
            (true, _) => DeadMan::NotConfigured,
            (false, true) => DeadMan::Present,
            (false, false) => DeadMan::Missing,
        },
    }
}

fn blind(states: &[RuleState]) -> Vec<DisplayText> {
    let mut bad = states.iter().filter_map(|rule| Some(format!("rule {}: {}", rule.name, rule.health.as_ref().err()?)));
    let mut said: Vec<DisplayText> = bad.by_ref().take(NAMED).map(|words| DisplayText::new(&words)).collect();
    let more = bad.count();
    if more > 0 {
        said.push(DisplayText::new(&format!("and {more} more rules do not evaluate")));
    }
    said
}

fn state(rule: &wire::Rule, interval: f64, now: Timestamp) -> RuleState {
    let health = match (rule.health.as_str(), time(rule.last_evaluation.as_deref())) {
        ("ok", Some(last)) => {
            let late = (now - last).as_seconds_f64();
            if late > INTERVALS * interval + GRACE { silent(&format!("not evaluated for {late:.0} s")) } else { Ok(()) }
        }
        ("ok", None) | ("unknown", _) => silent("not evaluated yet"),
        ("err", _) => silent(rule.last_error.as_deref().filter(|error| !error.is_empty()).unwrap_or("its evaluation fails")),
        (word, _) => silent(&format!("its health is {word:?}")),
    };
    RuleState { name: DisplayText::new(&rule.name), held: held(rule), health }
}

fn silent(why: &str) -> Result<(), DisplayText> {
    Err(DisplayText::new(&why.chars().take(120).collect::<String>()))
}

fn held(rule: &wire::Rule) -> Duration {
    Duration::try_from_secs_f64(rule.duration).unwrap_or_default()
}

/// The rule behind an alert: by name, and among several by the labels that it gives. `None` where that leaves a choice.
fn rule_of<'r>(labels: &Json, rules: Option<&Vec<&'r wire::Rule>>) -> Option<&'r wire::Rule> {
    let rules = rules?;
    if let [only] = rules.as_slice() {
        return Some(only);
    }
    let given =
        |rule: &wire::Rule| pairs(&rule.labels).all(|(name, value)| labels.get(name).and_then(Json::as_str) == Some(value));
    let mut fitting = rules.iter().filter(|rule| given(rule));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

fn alert(source: &SourceId, one: &wire::Alert, rules: &HashMap<&str, Vec<&wire::Rule>>) -> Option<Alert> {
    let state = match one.state.as_str() {
        "pending" => AlertState::Pending,
        "firing" => AlertState::Firing,
        _ => return None,
    };
    let mut labels: Vec<(&str, &str)> = pairs(&one.labels).collect();
    labels.sort_unstable();
    let name = one.labels.get("alertname").and_then(Json::as_str).unwrap_or_default();
    let rule = rule_of(&one.labels, rules.get(name));
    let began = time(one.active_at.as_deref());
    let held = rule.map(held);
    let fired = held.and_then(|held| began?.checked_add_signed(chrono::TimeDelta::from_std(held).ok()?));
    Some(Alert {
        key: AlertKey::of(labels.iter().copied()),
        source: source.clone(),
        name: DisplayText::new(name),
        state,
        severity: Severity::of_labels(labels.iter().copied()),
        began,
        fired: fired.filter(|_| state == AlertState::Firing),
        held,
        value: one.value.as_deref().map(DisplayText::new),
        expr: rule.map(|rule| DisplayText::new(&rule.query)),
        labels: labels.iter().map(|(name, value)| (DisplayText::new(name), DisplayText::new(value))).collect(),
        summary: annotation(&one.annotations, &SUMMARIES).unwrap_or_default(),
        runbook: annotation(&one.annotations, &RUNBOOKS),
        silenced_by: Vec::new(),
        inhibited_by: Vec::new(),
        peers: (1, 1),
        resolved: None,
        flaps: 0,
    })
}

fn annotation(annotations: &Json, names: &[&str]) -> Option<DisplayText> {
    names.iter().find_map(|name| annotations.get(*name)?.as_str().filter(|text| !text.is_empty())).map(DisplayText::new)
}
