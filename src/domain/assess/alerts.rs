//! "No such alert is firing": only worth something while whoever would tell of one is known to be able to.

use super::{
    facts::Facts,
    fill::{Variables, fill},
    sound::Unknown,
    tenants::is_live,
};
use crate::domain::{
    alert::{Alert, AlertFeed, AlertState, DeadMan, Severity},
    id::SourceId,
    plan::Plan,
    question::Reason,
};

/// What the alerts of one source say to a gate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Firing {
    /// How many alerts count, silenced ones among them.
    pub count: usize,
    /// `2 firing: HighErrorRate (critical), SlowQueries (critical, silenced)`.
    pub words: String,
}

/// Alerts of `source` at or above `severity` that bear all of `labels`.
pub(super) fn look(
    source: &SourceId,
    severity: &Severity,
    labels: &[(String, String)],
    plan: &Plan,
    variables: &Variables<'_>,
    facts: &Facts<'_>,
) -> Result<Firing, Unknown> {
    let wanted: Vec<(&str, String)> = labels
        .iter()
        .map(|(name, value)| fill(value, variables).map(|value| (name.as_str(), value)))
        .collect::<Result<_, _>>()?;
    let known = facts.source(source);
    let feed = known.alerts;
    let firing: Vec<&Alert> = feed
        .map(|feed| feed.alerts.iter().map(AsRef::as_ref).filter(|alert| counts(alert, &wanted)).collect())
        .unwrap_or_default();
    is_live(source, &known.freshness)?;
    let Some(feed) = feed else {
        return Err(Unknown::new(Reason::NotAsked, format!("{source} has told of no alerts so far")));
    };
    let severe: Vec<&Alert> = firing.iter().copied().filter(|alert| is_severe(&alert.severity, severity)).collect();
    // What fires is a fact even where other alerts may be missing.
    if severe.is_empty() {
        can_tell(feed, source)?;
        expected_rules(plan, severity, facts)?;
        if let Some(alert) = firing.iter().find(|alert| matches!(alert.severity, Severity::Unmapped(_))) {
            let words = format!(
                "{} fires, and whether severity \"{}\" is {} is not known",
                alert.name,
                alert.severity.word(),
                severity.word()
            );
            return Err(Unknown::new(Reason::WrongType, words));
        }
    }
    Ok(Firing { count: severe.len(), words: in_words(&severe, severity) })
}

fn counts(alert: &Alert, labels: &[(&str, String)]) -> bool {
    // A silence hushes people, it heals nothing: what is suppressed counts as firing.
    matches!(alert.state, AlertState::Firing | AlertState::Suppressed)
        && labels.iter().all(|(name, value)| {
            alert.labels.iter().any(|(known, told)| known.as_str() == *name && told.as_str() == value.as_str())
        })
}

fn is_severe(severity: &Severity, limit: &Severity) -> bool {
    match severity {
        // It counts as a warning at least (alerts-and-gates.md 6.5); whether it is more nobody knows.
        Severity::Unmapped(_) => *limit <= Severity::Warning,
        Severity::Info | Severity::Warning | Severity::Critical => severity >= limit,
    }
}

/// Whether an empty list means that nothing fires.
fn can_tell(feed: &AlertFeed, source: &SourceId) -> Result<(), Unknown> {
    if let Some(why) = feed.blind.first() {
        return Err(Unknown::new(Reason::Partial, format!("{source} is blind: {why}")));
    }
    if feed.dead_man == DeadMan::Missing {
        let words = format!("the alert that always fires is missing at {source}: no alert means nothing now");
        return Err(Unknown::new(Reason::Partial, words));
    }
    let unwell =
        feed.rules.iter().flat_map(|rules| rules.iter()).find_map(|rule| rule.health.as_ref().err().map(|why| (rule, why)));
    match unwell {
        Some((rule, why)) => Err(Unknown::new(Reason::Partial, format!("rule {} does not evaluate: {why}", rule.name))),
        None => Ok(()),
    }
}

/// The alerting rules that the plan relies on exist (C-25): one that was never loaded never fires.
fn expected_rules(plan: &Plan, severity: &Severity, facts: &Facts<'_>) -> Result<(), Unknown> {
    for expected in plan.alerts.iter().filter(|expected| is_severe(&expected.severity, severity)) {
        let Some(feed) = facts.source(&expected.source).alerts else {
            let words = format!("whether rule {} exists is not known: {} has not told", expected.name, expected.source);
            return Err(Unknown::new(Reason::NotAsked, words));
        };
        let missing = feed.rules.as_ref().is_some_and(|rules| !rules.iter().any(|rule| rule.name.as_str() == expected.name));
        if missing {
            let words = format!("rule {} does not exist at {}", expected.name, expected.source);
            return Err(Unknown::new(Reason::Partial, words));
        }
    }
    Ok(())
}

fn in_words(severe: &[&Alert], severity: &Severity) -> String {
    const NAMED: usize = 3;
    if severe.is_empty() {
        return format!("no {} alert is firing", severity.word());
    }
    let names: Vec<String> = severe
        .iter()
        .take(NAMED)
        .map(|alert| {
            let silenced = if alert.state == AlertState::Suppressed { ", silenced" } else { "" };
            format!("{} ({}{silenced})", alert.name, alert.severity.word())
        })
        .collect();
    let more = severe.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} firing: {}{more}", severe.len(), names.join(", "))
}
