//! One list of what several sources tell: Alertmanager knows what fires and who silenced it, Prometheus since when the
//! condition holds, how long the rule waits and what the value is.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, hash_map},
    sync::Arc,
    time::Duration,
};

use super::{
    Timestamp,
    alert::{Alert, AlertFeed, AlertKey, AlertState},
};

/// Different sets of label names that the alerts of one rule are told apart by: each is looked through for each alert. Rules
/// have one; alerts beyond that many are not joined.
const MOST_SHAPES: usize = 64;

/// All alerts of `feeds`, each once: critical first, then by state (firing, pending, suppressed, resolved), then the newest.
///
/// An alert of Alertmanager is joined with the one of Prometheus that has its name and whose labels it all bears: external
/// labels come on top on the way. A pass over all alerts with a table, so its time grows with their number and not with its
/// square; of 50,000 that is still more than a frame, so call it off the loop.
#[must_use]
pub fn merge(feeds: &[Arc<AlertFeed>]) -> Vec<Arc<Alert>> {
    let rules = Rules::of(feeds);
    let conditions = Conditions::of(feeds);
    let mut joined = vec![false; conditions.all.len()];
    let mut all = Vec::new();
    for alert in routed(feeds) {
        let condition = conditions.of_alert(&alert);
        if let Some(used) = condition.and_then(|at| joined.get_mut(at)) {
            *used = true;
        }
        let condition = condition.and_then(|at| conditions.all.get(at)).map(AsRef::as_ref);
        all.push(enriched(alert, condition, &rules));
    }
    let alone = conditions.all.iter().zip(&joined).filter(|(_, joined)| !**joined).map(|(alert, _)| Arc::clone(alert));
    all.extend(alone);
    all.sort_by(|one, other| order(one).cmp(&order(other)).then_with(|| (&one.name, &one.key).cmp(&(&other.name, &other.key))));
    all
}

fn order(alert: &Alert) -> (Reverse<&super::alert::Severity>, u8, Reverse<Option<Timestamp>>) {
    let state = match alert.state {
        AlertState::Firing => 0,
        AlertState::Pending => 1,
        AlertState::Suppressed => 2,
        AlertState::Resolved => 3,
    };
    (Reverse(&alert.severity), state, Reverse(alert.fired.max(alert.began)))
}

/// What is told by sources that know no rules, each key once.
fn routed(feeds: &[Arc<AlertFeed>]) -> Vec<Arc<Alert>> {
    let mut places: HashMap<&AlertKey, usize> = HashMap::new();
    let mut all: Vec<Arc<Alert>> = Vec::new();
    for alert in feeds.iter().filter(|feed| feed.rules.is_none()).flat_map(|feed| feed.alerts.iter()) {
        match places.entry(&alert.key) {
            hash_map::Entry::Vacant(place) => {
                place.insert(all.len());
                all.push(Arc::clone(alert));
            }
            hash_map::Entry::Occupied(place) => {
                if let Some(known) = all.get_mut(*place.get()) {
                    *known = Arc::new(both(known, alert));
                }
            }
        }
    }
    all
}

/// The same alert at two sources: that it fires anywhere counts, and since the earlier of the two.
fn both(one: &Alert, other: &Alert) -> Alert {
    let rank = |alert: &Alert| match alert.state {
        AlertState::Firing => 0,
        AlertState::Suppressed => 1,
        AlertState::Pending => 2,
        AlertState::Resolved => 3,
    };
    let (leading, second) = if rank(other) < rank(one) { (other, one) } else { (one, other) };
    let mut alert = leading.clone();
    if second.state != AlertState::Resolved || leading.state == AlertState::Resolved {
        alert.fired = [leading.fired, second.fired].into_iter().flatten().min();
        alert.began = [leading.began, second.began].into_iter().flatten().min();
        for id in &second.silenced_by {
            if !alert.silenced_by.contains(id) {
                alert.silenced_by.push(id.clone());
            }
        }
    }
    alert.peers = (leading.peers.0.saturating_add(second.peers.0), leading.peers.1.saturating_add(second.peers.1));
    alert.flaps = leading.flaps.max(second.flaps);
    alert
}

fn enriched(alert: Arc<Alert>, condition: Option<&Alert>, rules: &Rules<'_>) -> Arc<Alert> {
    let held = condition.and_then(|condition| condition.held).or_else(|| rules.held(alert.name.as_str()));
    if condition.is_none() && held == alert.held {
        return alert;
    }
    let mut more = Arc::unwrap_or_clone(alert);
    more.held = held.or(more.held);
    let Some(condition) = condition else { return Arc::new(more) };
    more.began = condition.began.or(more.began);
    more.value.clone_from(&condition.value);
    more.expr.clone_from(&condition.expr);
    if more.state == AlertState::Resolved {
        // It is back at its source before Alertmanager has heard of it.
        more.state = condition.state;
        more.fired = condition.fired;
        more.resolved = None;
    }
    Arc::new(more)
}

/// The `for` of rules, by name.
struct Rules<'f>(HashMap<&'f str, Option<Duration>>);

impl<'f> Rules<'f> {
    fn of(feeds: &'f [Arc<AlertFeed>]) -> Self {
        let mut by_name: HashMap<&str, Option<Duration>> = HashMap::new();
        for rule in feeds.iter().filter_map(|feed| feed.rules.as_deref()).flatten() {
            let held = by_name.entry(rule.name.as_str()).or_insert(Some(rule.held));
            // Two rules of one name that wait differently: which one it was is not known.
            if *held != Some(rule.held) {
                *held = None;
            }
        }
        Self(by_name)
    }

    fn held(&self, name: &str) -> Option<Duration> {
        self.0.get(name).copied().flatten()
    }
}

/// What sources of rules tell, findable by a part of the labels.
struct Conditions<'f> {
    all: Vec<Arc<Alert>>,
    by_name: HashMap<&'f str, Vec<Shape<'f>>>,
}

/// Alerts of one name that bear the same label names.
struct Shape<'f> {
    names: Vec<&'f str>,
    by_values: HashMap<Vec<&'f str>, usize>,
}

impl<'f> Conditions<'f> {
    fn of(feeds: &'f [Arc<AlertFeed>]) -> Self {
        let told: Vec<&'f Arc<Alert>> =
            feeds.iter().filter(|feed| feed.rules.is_some()).flat_map(|feed| feed.alerts.iter()).collect();
        let mut places: HashMap<&AlertKey, usize> = HashMap::with_capacity(told.len());
        let mut found = Self { all: Vec::new(), by_name: HashMap::new() };
        for alert in told {
            // Two Prometheus of one pair tell the same.
            if let Some(known) = places.get(&alert.key).and_then(|at| found.all.get_mut(*at)) {
                *known = Arc::new(both(known, alert));
                continue;
            }
            let at = found.all.len();
            places.insert(&alert.key, at);
            found.all.push(Arc::clone(alert));
            found.index(alert, at);
        }
        // The most labels first: the closest fit wins.
        for shapes in found.by_name.values_mut() {
            shapes.sort_by_key(|shape| Reverse(shape.names.len()));
        }
        found
    }

    fn index(&mut self, alert: &'f Alert, at: usize) {
        let names: Vec<&str> = alert.labels.iter().map(|(name, _)| name.as_str()).collect();
        let values = alert.labels.iter().map(|(_, value)| value.as_str()).collect();
        let shapes = self.by_name.entry(alert.name.as_str()).or_default();
        let known = shapes.iter().position(|shape| shape.names == names);
        let place = known.unwrap_or(shapes.len());
        if known.is_none() && shapes.len() < MOST_SHAPES {
            shapes.push(Shape { names, by_values: HashMap::new() });
        }
        if let Some(shape) = shapes.get_mut(place) {
            shape.by_values.insert(values, at);
        }
    }

    /// The condition whose labels `alert` bears all.
    fn of_alert(&self, alert: &Alert) -> Option<usize> {
        let shapes = self.by_name.get(alert.name.as_str())?;
        let labels: BTreeMap<&str, &str> = alert.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        shapes.iter().find_map(|shape| {
            let values: Option<Vec<&str>> = shape.names.iter().map(|name| labels.get(name).copied()).collect();
            shape.by_values.get(&values?).copied()
        })
    }
}
