//! What the API does not keep: alerts that ended a moment ago, alerts that come and go, and those of a peer that is away.

use std::{collections::HashMap, sync::Arc};

use chrono::TimeDelta;

use super::union::{Entry, Hushed, Mask, Words};
use crate::domain::{
    Timestamp,
    alert::{Alert, AlertKey, AlertState},
    id::SourceId,
    text::DisplayText,
};

/// How long an alert that ended stays (alerts-and-gates.md 6.1).
const RECENT: TimeDelta = TimeDelta::minutes(10);
/// Most of them.
const MOST_RECENT: usize = 5_000;
/// In which beginnings are counted.
const FLAPPING: TimeDelta = TimeDelta::minutes(30);
/// Two `startsAt` closer than this are one.
const SAME_START: TimeDelta = TimeDelta::seconds(1);
/// How long after its end a lease still counts: clocks differ.
const LEASE_GRACE: TimeDelta = TimeDelta::seconds(5);

/// One alert as it was last seen.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub alert: Arc<Alert>,
    on: Mask,
    ends: Option<Timestamp>,
    /// When it began anew, within the last 30 minutes.
    anew: Vec<Timestamp>,
}

/// What one read is judged by.
#[derive(Debug)]
pub(super) struct Scene<'s> {
    pub source: &'s SourceId,
    /// Peers that answered.
    pub answered: Mask,
    /// By our clock.
    pub now: Timestamp,
    /// By the server's clock.
    pub server: Timestamp,
    /// Silences in words, by identifier.
    pub silences: &'s HashMap<String, DisplayText>,
}

impl Scene<'_> {
    fn peers(&self, on: Mask) -> (u8, u8) {
        let count = |mask: Mask| u8::try_from(mask.count_ones()).unwrap_or(u8::MAX);
        (count(on & self.answered), count(self.answered))
    }

    fn lease_is_over(&self, ends: Option<Timestamp>) -> bool {
        ends.is_some_and(|ends| ends + LEASE_GRACE < self.server)
    }

    /// What is known after this read.
    pub fn remember(&self, before: &HashMap<AlertKey, Kept>, entries: HashMap<AlertKey, Entry>) -> HashMap<AlertKey, Kept> {
        let mut after = HashMap::with_capacity(entries.len());
        for (key, entry) in entries {
            if entry.on & self.answered != 0 && !self.lease_is_over(entry.ends) {
                let kept = self.seen(&key, before.get(&key), entry);
                after.insert(key, kept);
            }
        }
        let mut ended: Vec<(AlertKey, Kept)> = before
            .iter()
            .filter(|(key, _)| !after.contains_key(*key))
            .filter_map(|(key, kept)| Some((key.clone(), self.unseen(kept)?)))
            .collect();
        if ended.len() > MOST_RECENT {
            ended.sort_by_key(|(_, kept)| std::cmp::Reverse(kept.alert.resolved.unwrap_or(self.now)));
            ended.truncate(MOST_RECENT);
        }
        after.extend(ended);
        after
    }

    fn seen(&self, key: &AlertKey, before: Option<&Kept>, entry: Entry) -> Kept {
        let mut anew: Vec<Timestamp> = before.map(|kept| kept.anew.clone()).unwrap_or_default();
        anew.retain(|at| self.now - *at < FLAPPING);
        let mut fired = entry.starts;
        if let Some(before) = before {
            // With a peer away that had it, a later start may be that of the others only.
            let is_whole = before.on & self.answered == before.on;
            let later = fired.zip(before.alert.fired).is_some_and(|(now, then)| now - then > SAME_START);
            if is_whole && (later || before.alert.state == AlertState::Resolved) {
                anew.push(self.now);
            } else if later {
                fired = before.alert.fired;
            }
        }
        let state = if entry.active & self.answered == 0 { AlertState::Suppressed } else { AlertState::Firing };
        let Hushed { silences, inhibited_by, muted_by } = entry.hushed.map(|hushed| *hushed).unwrap_or_default();
        let Words { name, labels, severity, summary, runbook } = entry.said.words();
        let muted = muted_by.iter().map(|name| DisplayText::new(&format!("muted by interval {name}")));
        let silenced = silences.iter().map(|id| self.silences.get(id).cloned().unwrap_or_else(|| DisplayText::new(id)));
        let alert = Alert {
            key: key.clone(),
            source: self.source.clone(),
            name,
            state,
            severity,
            began: None,
            fired,
            held: None,
            value: None,
            expr: None,
            labels,
            summary,
            runbook,
            silenced_by: silenced.chain(muted).collect(),
            inhibited_by,
            peers: self.peers(entry.on),
            resolved: None,
            flaps: u8::try_from(anew.len()).unwrap_or(u8::MAX),
        };
        let same = before.map(|kept| &kept.alert).filter(|before| ***before == alert).cloned();
        Kept { alert: same.unwrap_or_else(|| Arc::new(alert)), on: entry.on & self.answered, ends: entry.ends, anew }
    }

    /// An alert that no answering peer has. `None`: it is long gone.
    fn unseen(&self, kept: &Kept) -> Option<Kept> {
        if let Some(resolved) = kept.alert.resolved {
            return (self.now - resolved < RECENT).then(|| kept.clone());
        }
        let mut alert = (*kept.alert).clone();
        alert.peers = self.peers(0);
        // Only a peer that is away had it: it may still fire, until its lease is over.
        if kept.on & !self.answered == 0 || self.lease_is_over(kept.ends) {
            alert.state = AlertState::Resolved;
            alert.resolved = Some(kept.ends.map_or(self.now, |ends| ends.min(self.now)));
        }
        Some(Kept { alert: Arc::new(alert), ..kept.clone() })
    }
}
