//! What all peers tell, put together while their answers come in: one entry for each alert, however many peers, groups and
//! replicas name it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::DateTime;

use super::{memory::Kept, wire};
use crate::domain::{
    Timestamp,
    alert::{AlertKey, Severity},
    question::Labels,
    text::DisplayText,
};

/// Different texts that are kept once; beyond that many they are too different to be worth it.
const MOST_WORDS: usize = 20_000;
/// Annotations that say in a line what is wrong, best first.
const SUMMARIES: [&str; 3] = ["summary", "description", "message"];
const RUNBOOKS: [&str; 2] = ["runbook_url", "runbook"];

/// Which peers: one bit each.
pub(super) type Mask = u32;

/// One alert as the peers have it.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: DisplayText,
    pub labels: Labels,
    pub severity: Severity,
    pub summary: DisplayText,
    pub runbook: Option<DisplayText>,
    /// Peers that have it.
    pub on: Mask,
    /// Those of them where it is not silenced, inhibited or muted.
    pub active: Mask,
    /// The earliest of all peers.
    pub starts: Option<Timestamp>,
    /// The latest of all peers: the end of a lease that is renewed while it fires.
    pub ends: Option<Timestamp>,
    /// Identifiers.
    pub silences: Vec<String>,
    pub inhibited_by: Vec<DisplayText>,
    pub muted_by: Vec<DisplayText>,
}

/// What decides which labels make an alert, and which alert is the dead man's.
#[derive(Debug)]
pub(super) struct Identity {
    pub drop_labels: Vec<String>,
    pub dead_man: Vec<(String, String)>,
}

/// Everything that the peers have said in this read.
#[derive(Debug)]
pub(super) struct Union {
    identity: Arc<Identity>,
    /// What was known before: texts that did not change are not held twice.
    before: Arc<HashMap<AlertKey, Kept>>,
    pub entries: HashMap<AlertKey, Entry>,
    /// Peers that have the alert that always fires.
    pub dead_man: Mask,
    words: HashMap<Box<str>, DisplayText>,
}

impl Union {
    pub fn new(identity: Arc<Identity>, before: Arc<HashMap<AlertKey, Kept>>) -> Self {
        Self { identity, before, entries: HashMap::new(), dead_man: 0, words: HashMap::new() }
    }

    /// Takes in one alert of the peer `bit`.
    pub fn take(&mut self, mut alert: wire::Alert, bit: Mask) {
        let dead_man = &self.identity.dead_man;
        if !dead_man.is_empty() && dead_man.iter().all(|(name, value)| alert.labels.get(name) == Some(value)) {
            self.dead_man |= bit;
            return;
        }
        for dropped in &self.identity.drop_labels {
            alert.labels.remove(dropped);
        }
        let key = AlertKey::of(pairs(&alert.labels));
        if !self.entries.contains_key(&key) {
            let entry = self.entry(&key, &alert);
            self.entries.insert(key.clone(), entry);
        }
        let Some(entry) = self.entries.get_mut(&key) else { return };
        entry.on |= bit;
        // `unprocessed` has not gone through silences yet: it counts as firing.
        if alert.status.state != "suppressed" {
            entry.active |= bit;
        }
        entry.starts = [entry.starts, time(&alert.starts_at)].into_iter().flatten().min();
        entry.ends = entry.ends.max(time(&alert.ends_at));
        for id in alert.status.silenced_by.unwrap_or_default() {
            if !entry.silences.contains(&id) {
                entry.silences.push(id);
            }
        }
        add(&mut entry.inhibited_by, alert.status.inhibited_by);
        add(&mut entry.muted_by, alert.status.muted_by);
    }

    /// The peer `bit` broke off: what it said does not count.
    pub fn forget(&mut self, bit: Mask) {
        self.dead_man &= !bit;
        self.entries.retain(|_, entry| {
            entry.on &= !bit;
            entry.active &= !bit;
            entry.on != 0
        });
    }

    fn entry(&mut self, key: &AlertKey, alert: &wire::Alert) -> Entry {
        let said = |names: &[&str]| {
            let found = names.iter().find_map(|name| alert.annotations.get(*name).filter(|text| !text.is_empty()));
            found.map_or("", String::as_str).to_owned()
        };
        let (summary, runbook) = (said(&SUMMARIES), said(&RUNBOOKS));
        let before = Arc::clone(&self.before);
        let known = before.get(key).map(|kept| &kept.alert);
        // Equal keys are equal labels: nothing of them has to be made again.
        let (name, labels, severity) = known.map_or_else(
            || {
                let labels: Labels = pairs(&alert.labels).map(|(name, value)| (self.word(name), self.word(value))).collect();
                let name = self.word(alert.labels.get("alertname").map_or("", String::as_str));
                (name, labels, Severity::of_labels(pairs(&alert.labels)))
            },
            |known| (known.name.clone(), Arc::clone(&known.labels), known.severity.clone()),
        );
        let same_summary = known.map(|known| &known.summary).filter(|before| before.as_str() == summary);
        Entry {
            name,
            labels,
            severity,
            summary: same_summary.cloned().unwrap_or_else(|| DisplayText::new(&summary)),
            runbook: (!runbook.is_empty()).then(|| self.word(&runbook)),
            on: 0,
            active: 0,
            starts: None,
            ends: None,
            silences: Vec::new(),
            inhibited_by: Vec::new(),
            muted_by: Vec::new(),
        }
    }

    /// Cleaned, and the same text only once.
    fn word(&mut self, text: &str) -> DisplayText {
        if let Some(known) = self.words.get(text) {
            return known.clone();
        }
        let cleaned = DisplayText::new(text);
        if self.words.len() < MOST_WORDS {
            self.words.insert(text.into(), cleaned.clone());
        }
        cleaned
    }
}

fn pairs(labels: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    labels.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

fn add(to: &mut Vec<DisplayText>, new: Option<Vec<String>>) {
    for one in new.unwrap_or_default() {
        let one = DisplayText::new(&one);
        if !to.contains(&one) {
            to.push(one);
        }
    }
}

/// A time in RFC 3339; the year 1 stands for none.
pub(super) fn time(written: &str) -> Option<Timestamp> {
    let time = DateTime::parse_from_rfc3339(written).ok()?.to_utc();
    (time.timestamp() > 0).then_some(time)
}
