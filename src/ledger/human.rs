//! What people said in one chain, and the newest of it over all chains.

use std::collections::{BTreeMap, VecDeque};

use super::{
    entry::{AcknowledgeEntry, NoteEntry, TickEntry, UntickEntry},
    fold::Part,
};
use crate::domain::{
    Timestamp,
    alert::AlertKey,
    human::{Acknowledgement, HumanFacts, MAX_NOTES, Note, Tick},
    plan::PlanName,
    text::DisplayText,
};

/// Most items, and most alerts, that one chain is remembered for: whoever writes a chain of his own can fill it, not us.
const MAX_KEPT: usize = 4_096;

/// Whether a record of this `type` says what a person said.
pub(super) fn is_human(kind: &str) -> bool {
    matches!(kind, "tick" | "untick" | "acknowledge" | "note")
}

/// The newest word of one chain about each item and alert. In a chain the order of records counts, not their time.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// `None`: taken back.
    ticks: BTreeMap<(PlanName, PlanName), (Timestamp, Option<DisplayText>)>,
    acknowledgements: BTreeMap<AlertKey, (Timestamp, AcknowledgeEntry)>,
    notes: VecDeque<(Timestamp, NoteEntry)>,
}

impl Said {
    pub fn tick(&mut self, entry: &TickEntry, at: Timestamp) {
        let evidence = DisplayText::new(entry.evidence.trim());
        if let Some(key) = item(&entry.plan, &entry.item).filter(|_| !evidence.is_empty()) {
            keep(&mut self.ticks, key, (at, Some(evidence)), |(at, _)| *at);
        }
    }

    pub fn untick(&mut self, entry: &UntickEntry, at: Timestamp) {
        if let Some(key) = item(&entry.plan, &entry.item) {
            keep(&mut self.ticks, key, (at, None), |(at, _)| *at);
        }
    }

    pub fn acknowledge(&mut self, entry: AcknowledgeEntry, at: Timestamp) {
        if is_digest(&entry.alert) {
            keep(&mut self.acknowledgements, AlertKey::new(&entry.alert), (at, entry), |(at, _)| *at);
        }
    }

    pub fn note(&mut self, entry: NoteEntry, at: Timestamp) {
        self.notes.push_back((at, entry));
        if self.notes.len() > MAX_NOTES {
            self.notes.pop_front();
        }
    }
}

/// Adds one; beyond `MAX_KEPT` the one that is oldest by its own time goes.
fn keep<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, key: K, value: V, at: impl Fn(&V) -> Timestamp) {
    map.insert(key, value);
    if map.len() > MAX_KEPT
        && let Some(oldest) = map.iter().min_by_key(|(_, value)| at(value)).map(|(key, _)| key.clone())
    {
        map.remove(&oldest);
    }
}

fn item(plan: &str, item: &str) -> Option<(PlanName, PlanName)> {
    (PlanName::is_name(plan) && PlanName::is_name(item)).then(|| (PlanName::new(plan), PlanName::new(item)))
}

fn is_digest(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What stands over all chains: of each item and alert the newest word. Where two chains say something at the same moment,
/// what was taken back wins: nobody goes on because of a tie.
pub(super) fn facts(parts: &[Part<'_>]) -> HumanFacts {
    let mut ticks: BTreeMap<&(PlanName, PlanName), Option<Tick>> = BTreeMap::new();
    let mut said_at: BTreeMap<&(PlanName, PlanName), Timestamp> = BTreeMap::new();
    let mut acknowledgements: BTreeMap<&AlertKey, Acknowledgement> = BTreeMap::new();
    let mut notes = Vec::new();
    for Part { fold, user, .. } in parts {
        let who = DisplayText::new(user);
        for (key, (at, evidence)) in &fold.said.ticks {
            let known = said_at.get(key);
            if known.is_none_or(|known| known < at || (known == at && evidence.is_none())) {
                let (plan, item) = key.clone();
                let tick = evidence.clone().map(|evidence| Tick { plan, item, evidence, who: who.clone(), at: *at });
                ticks.insert(key, tick);
                said_at.insert(key, *at);
            }
        }
        for (alert, (at, entry)) in &fold.said.acknowledgements {
            if acknowledgements.get(alert).is_none_or(|known| known.at < *at) {
                let note = entry.note.as_deref().map(DisplayText::new).filter(|note| !note.is_empty());
                let (name, until) = (DisplayText::new(&entry.name), entry.until);
                let ack = Acknowledgement { alert: alert.clone(), name, who: who.clone(), at: *at, until, note };
                acknowledgements.insert(alert, ack);
            }
        }
        notes.extend(fold.said.notes.iter().map(|(at, entry)| Note {
            about: entry.about.clone(),
            text: DisplayText::new(&entry.text),
            who: who.clone(),
            at: *at,
        }));
    }
    notes.sort_by_key(|note| note.at);
    notes.drain(..notes.len().saturating_sub(MAX_NOTES));
    HumanFacts {
        ticks: ticks.into_values().flatten().collect(),
        acknowledgements: acknowledgements.into_values().collect(),
        notes,
    }
}
