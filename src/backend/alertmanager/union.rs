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
    alert::{Alert, AlertKey, Severity},
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

/// What an alert says of itself: its labels, and what its annotations say in words.
#[derive(Debug)]
pub(super) struct Words {
    pub name: DisplayText,
    pub labels: Labels,
    pub severity: Severity,
    pub summary: DisplayText,
    pub runbook: Option<DisplayText>,
}

/// The words of one alert; those that were known before are not held twice.
#[derive(Debug)]
pub(super) enum Said {
    Same(Arc<Alert>),
    Anew(Box<Words>),
}

impl Said {
    pub fn words(self) -> Words {
        match self {
            Self::Same(known) => Words {
                name: known.name.clone(),
                labels: Arc::clone(&known.labels),
                severity: known.severity.clone(),
                summary: known.summary.clone(),
                runbook: known.runbook.clone(),
            },
            Self::Anew(words) => *words,
        }
    }
}

/// Who keeps an alert quiet. Few alerts are, so those that are not hold none of it.
#[derive(Debug, Default)]
pub(super) struct Hushed {
    /// Identifiers.
    pub silences: Vec<String>,
    pub inhibited_by: Vec<DisplayText>,
    pub muted_by: Vec<DisplayText>,
}

/// One alert as the peers have it. Small: there are tens of thousands of them at once while a list is read.
#[derive(Debug)]
pub(super) struct Entry {
    pub said: Said,
    /// Peers that have it.
    pub on: Mask,
    /// Those of them where it is not silenced, inhibited or muted.
    pub active: Mask,
    /// The earliest of all peers.
    pub starts: Option<Timestamp>,
    /// The latest of all peers: the end of a lease that is renewed while it fires.
    pub ends: Option<Timestamp>,
    pub hushed: Option<Box<Hushed>>,
}

impl Entry {
    pub fn is_silenced(&self) -> bool {
        self.hushed.as_ref().is_some_and(|hushed| !hushed.silences.is_empty())
    }
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
        let entries = HashMap::with_capacity(before.len());
        Self { identity, before, entries, dead_man: 0, words: HashMap::new() }
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
        let wire::AlertStatus { silenced_by, inhibited_by, muted_by, .. } = alert.status;
        if [&silenced_by, &inhibited_by, &muted_by].into_iter().flatten().all(Vec::is_empty) {
            return;
        }
        let hushed = entry.hushed.get_or_insert_default();
        for id in silenced_by.unwrap_or_default() {
            if !hushed.silences.contains(&id) {
                hushed.silences.push(id);
            }
        }
        add(&mut hushed.inhibited_by, inhibited_by);
        add(&mut hushed.muted_by, muted_by);
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
        let said = self.said(key, alert);
        Entry { said, on: 0, active: 0, starts: None, ends: None, hushed: None }
    }

    fn said(&mut self, key: &AlertKey, alert: &wire::Alert) -> Said {
        let text = |names: &[&str]| {
            let found = names.iter().find_map(|name| alert.annotations.get(*name).filter(|text| !text.is_empty()));
            found.map_or("", String::as_str).to_owned()
        };
        let (summary, runbook) = (text(&SUMMARIES), text(&RUNBOOKS));
        let known = self.before.get(key).map(|kept| Arc::clone(&kept.alert));
        let same_runbook = |known: &Alert| known.runbook.as_ref().map_or("", DisplayText::as_str) == runbook;
        let known = match known {
            Some(known) if known.summary.as_str() == summary && same_runbook(&known) => return Said::Same(known),
            known => known,
        };
        // Equal keys are equal labels: nothing of them has to be made again.
        let (name, labels, severity) = known.map_or_else(
            || {
                let labels: Labels = pairs(&alert.labels).map(|(name, value)| (self.word(name), self.word(value))).collect();
                let name = self.word(alert.labels.get("alertname").map_or("", String::as_str));
                (name, labels, Severity::of_labels(pairs(&alert.labels)))
            },
            |known| (known.name.clone(), Arc::clone(&known.labels), known.severity.clone()),
        );
        let runbook = (!runbook.is_empty()).then(|| self.word(&runbook));
        Said::Anew(Box::new(Words { name, labels, severity, summary: DisplayText::new(&summary), runbook }))
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
