//! Alerts out of an answer: whatever is in the list fires.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{pointer::scalar, settings::AlertSettings};
use crate::domain::{
    Timestamp,
    alert::{Alert, AlertFeed, AlertKey, AlertState, DeadMan, Severity},
    id::SourceId,
    text::DisplayText,
};

/// The feed of one answer.
///
/// # Errors
/// In words: no list where it should be, an alert without a name.
pub fn feed(source: &SourceId, settings: &AlertSettings, body: &Json, now: Timestamp) -> Result<AlertFeed, String> {
    let items = body.pointer(&settings.place.pointer).and_then(Json::as_array);
    let items = items.ok_or_else(|| format!("there is no list of alerts at {}", settings.place.pointer))?;
    let mut alerts = Vec::with_capacity(items.len());
    for item in items {
        alerts.push(Arc::new(alert(source, settings, item, now)?));
    }
    alerts.sort_by(|one, other| one.key.cmp(&other.key));
    alerts.dedup_by(|one, other| one.key == other.key);
    Ok(AlertFeed {
        source: source.clone(),
        alerts: alerts.into(),
        rules: None,
        dead_man: DeadMan::NotConfigured,
        blind: Vec::new(),
    })
}

fn alert(source: &SourceId, settings: &AlertSettings, item: &Json, now: Timestamp) -> Result<Alert, String> {
    let text = |pointer: &str| item.pointer(pointer).and_then(scalar);
    let name = text(&settings.name).ok_or_else(|| format!("an alert has no {}", settings.name))?;
    let began = text(&settings.began);
    let began = began.and_then(|time| chrono::DateTime::parse_from_rfc3339(&time).ok()).map(|time| time.to_utc());
    let severity = text(&settings.severity).unwrap_or_default();
    // What changes from read to read is no part of who it is.
    let mut labels: Vec<(String, String)> = item
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| ![&settings.summary, &settings.began].iter().any(|pointer| pointer.trim_start_matches('/') == *key))
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    labels.sort();
    Ok(Alert {
        key: AlertKey::of(labels.iter().map(|(key, value)| (key.as_str(), value.as_str()))),
        source: source.clone(),
        name: DisplayText::new(&name),
        state: AlertState::Firing,
        severity: Severity::of(&severity),
        began,
        fired: began.or(Some(now)),
        held: None,
        value: None,
        expr: None,
        labels: labels.iter().map(|(key, value)| (DisplayText::new(key), DisplayText::new(value))).collect(),
        summary: text(&settings.summary).map(|text| DisplayText::new(&text)).unwrap_or_default(),
        runbook: None,
        silenced_by: Vec::new(),
        inhibited_by: Vec::new(),
        peers: (1, 1),
        resolved: None,
        flaps: 0,
    })
}
