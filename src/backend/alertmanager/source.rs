//! All peers of one Alertmanager as a source.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::future::join_all;

use super::{
    memory::{Kept, Scene},
    peer::{self, Standing},
    settings::AlertmanagerSettings,
    union::{Entry, Identity, Mask, Union},
};
use crate::{
    backend::{
        poller::{self, Looked, Pace, Polled},
        port::{ReadError, Source, Watching},
        web::{Trouble, Web},
    },
    config::places::Surroundings,
    domain::{
        alert::{Alert, AlertFeed, AlertKey, DeadMan},
        clock::Clock,
        id::SourceId,
        question::{Question, Reason},
        source::{SourceUpdate, Tells},
        text::DisplayText,
    },
};

/// One Alertmanager with its peers. Connects on first use.
pub struct AlertmanagerSource {
    id: SourceId,
    settings: AlertmanagerSettings,
    identity: Arc<Identity>,
    pace: Pace,
    peers: Vec<Web>,
    clock: Arc<dyn Clock>,
    /// What was last seen. Held for the whole of a read, so that no peer is asked twice at one time.
    known: tokio::sync::Mutex<Arc<HashMap<AlertKey, Kept>>>,
}

impl AlertmanagerSource {
    /// Nothing is read and nothing can fail yet. `interval` is the pause between two reads.
    #[must_use]
    pub fn new(
        id: SourceId,
        settings: AlertmanagerSettings,
        interval: Duration,
        around: &Surroundings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let identity = Identity { drop_labels: settings.drop_labels.clone(), dead_man: settings.dead_man.clone() };
        let peers = settings.peers.iter().map(|web| Web::new(web.clone(), around.clone(), Arc::clone(&clock))).collect();
        let pace = Pace { interval, limit: settings.limit };
        Self { id, settings, identity: Arc::new(identity), pace, peers, clock, known: tokio::sync::Mutex::default() }
    }

    /// `peer 2 of 2`, where there is more than one.
    fn named(&self, at: usize, words: &str) -> DisplayText {
        let count = self.peers.len();
        DisplayText::new(&if count == 1 { words.to_owned() } else { format!("peer {} of {count}: {words}", at + 1) })
    }

    /// Who silenced what, from the first peer that says.
    async fn silences(
        &self,
        union: &Mutex<Union>,
        answered: Mask,
        partial: &mut Vec<DisplayText>,
    ) -> HashMap<String, DisplayText> {
        let is_any = union.lock().unwrap_or_else(PoisonError::into_inner).entries.values().any(Entry::is_silenced);
        let mut last = None;
        for (_, web) in self.peers.iter().enumerate().filter(|(at, _)| is_any && answered & bit(*at) != 0) {
            match peer::silences(web).await {
                Ok(silences) => return silences,
                Err(trouble) => last = Some(trouble),
            }
        }
        // One silence of a newer kind makes the whole list a 500: that is not "no silences".
        let words = last.map(|trouble| DisplayText::new(&format!("who silenced is not known: {}", trouble.words)));
        partial.extend(words);
        HashMap::new()
    }

    fn blind(&self, peers: &[Result<Standing, Trouble>], dead_man: Mask) -> (Vec<DisplayText>, Vec<DisplayText>) {
        let (mut blind, mut partial) = (Vec::new(), Vec::new());
        let mut missing_on = 0;
        for (at, peer) in peers.iter().enumerate() {
            match peer {
                Err(trouble) => blind.push(self.named(at, trouble.words.as_str())),
                Ok(standing) => {
                    if standing.is_settling {
                        blind.push(self.named(at, "settling, silences may be missing"));
                    }
                    if !self.settings.dead_man.is_empty() && dead_man & bit(at) == 0 {
                        missing_on += 1;
                    }
                    if let Some(sees) = standing.sees.filter(|sees| *sees < self.peers.len()) {
                        let words = format!("it sees {sees} of {} peers, silences may differ", self.peers.len());
                        partial.push(self.named(at, &words));
                    }
                    // It may be settling: then nobody has told it yet what fires (alerts-and-gates.md 3.8).
                    blind.extend(standing.unknown.iter().map(|why| self.named(at, &format!("its standing: {why}"))));
                }
            }
        }
        partial.extend(blind.iter().cloned());
        if missing_on > 0 {
            let words = format!("the alert that always fires is missing on {missing_on} of {} peers", peers.len());
            blind.push(DisplayText::new(&words));
        }
        (blind, partial)
    }
}

fn bit(peer: usize) -> Mask {
    u32::try_from(peer).ok().and_then(|peer| 1_u32.checked_shl(peer)).unwrap_or_default()
}

#[async_trait]
impl Polled for AlertmanagerSource {
    fn id(&self) -> &SourceId {
        &self.id
    }

    async fn poll(&self, _questions: &[Arc<Question>]) -> Result<Looked, Trouble> {
        let mut known = self.known.lock().await;
        let union = Arc::new(Mutex::new(Union::new(Arc::clone(&self.identity), Arc::clone(&known))));
        let AlertmanagerSettings { filters, patience, .. } = &self.settings;
        let reads = self.peers.iter().enumerate().map(|(at, web)| peer::read(web, bit(at), filters, *patience, &union));
        let peers = join_all(reads).await;
        let answered = peers.iter().enumerate().filter(|(_, peer)| peer.is_ok()).fold(0, |mask, (at, _)| mask | bit(at));
        let Some(first) = peers.iter().find_map(|peer| peer.as_ref().ok()) else {
            let trouble = peers.into_iter().find_map(Result::err);
            let trouble = trouble.unwrap_or_else(|| Trouble::new(Reason::NotAsked, "no peer is configured"));
            return Err(Trouble { words: self.named(0, trouble.words.as_str()), ..trouble });
        };
        let (latency, skew) = (first.latency, first.skew);
        let dead_man = union.lock().unwrap_or_else(PoisonError::into_inner).dead_man;
        let (blind, mut partial) = self.blind(&peers, dead_man);
        let silences = self.silences(&union, answered, &mut partial).await;
        let (id, now, before) = (self.id.clone(), self.clock.now(), Arc::clone(&known));
        let remembered = tokio::task::spawn_blocking(move || {
            // 50,000 alerts are compared and sorted: not on the loop's threads.
            let entries = std::mem::take(&mut union.lock().unwrap_or_else(PoisonError::into_inner).entries);
            let server = now + skew.unwrap_or_else(TimeDelta::zero);
            let scene = Scene { source: &id, answered, now, server, silences: &silences };
            let after = scene.remember(&before, entries);
            let mut alerts: Vec<Arc<Alert>> = after.values().map(|kept| Arc::clone(&kept.alert)).collect();
            alerts.sort_unstable_by(|one, other| one.key.cmp(&other.key));
            (after, alerts)
        });
        let (after, alerts) = remembered.await.map_err(|_| Trouble::unreadable("putting the peers together stopped"))?;
        *known = Arc::new(after);
        let dead_man = match (self.settings.dead_man.is_empty(), dead_man & answered) {
            (true, _) => DeadMan::NotConfigured,
            (false, 0) => DeadMan::Missing,
            (false, _) => DeadMan::Present,
        };
        let feed = AlertFeed { source: self.id.clone(), alerts: alerts.into(), rules: None, dead_man, blind };
        Ok(Looked { updates: vec![SourceUpdate::Alerts(Arc::new(feed))], partial, latency, skew })
    }
}

#[async_trait]
impl Source for AlertmanagerSource {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "alertmanager"
    }

    fn tells(&self) -> Tells {
        Tells { alerts: true, ..Tells::default() }
    }

    async fn watch(&self, watching: Watching) {
        poller::run(self, self.pace, &*self.clock, watching).await;
    }

    async fn read(&self, questions: &[Arc<Question>]) -> Result<Vec<SourceUpdate>, ReadError> {
        poller::once(self, questions, self.pace.limit).await
    }
}
