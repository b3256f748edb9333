//! How well the source is, from what its feeds and its small read say.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::{
    kinds::Kind,
    source::Shared,
    watch::{FIRST_WAIT, News},
};
use crate::{
    backend::port::ReadError,
    domain::{
        Timestamp,
        freshness::{Failure, SourceHealth},
        text::DisplayText,
    },
};

/// What is known of the source's own health.
pub(super) struct Standing {
    health: SourceHealth,
    /// Scopes whose rollouts were not listed yet.
    unlisted: BTreeSet<Option<String>>,
    /// Scopes whose rollouts can not be read at the moment, and why.
    broken: BTreeMap<Option<String>, DisplayText>,
    /// Parts that can not be read.
    partial: BTreeMap<(Kind, Option<String>), DisplayText>,
    /// Feeds that have not said anything yet.
    silent: BTreeSet<(Kind, Option<String>)>,
    first_listed: Option<Instant>,
}

impl Standing {
    pub fn new(scopes: Vec<Option<String>>) -> Self {
        let silent = scopes.iter().flat_map(|scope| Kind::ALL.map(|kind| (kind, scope.clone()))).collect();
        Self {
            health: SourceHealth::never(),
            unlisted: scopes.into_iter().collect(),
            broken: BTreeMap::new(),
            partial: BTreeMap::new(),
            silent,
            first_listed: None,
        }
    }

    /// When the state may be shown; `None` when there is nothing to show.
    pub fn ready(&self, dirty: bool) -> Option<Instant> {
        let first = self.first_listed.filter(|_| dirty)?;
        Some(if self.silent.is_empty() { Instant::now() } else { first + FIRST_WAIT })
    }

    /// Takes in what happened; the new health when it is news.
    pub fn hear(&mut self, news: &News, shared: &Shared) -> Option<SourceHealth> {
        match news {
            News::Listed(kind, scope, _) | News::Following(kind, scope) => {
                self.silent.remove(&(*kind, scope.clone()));
                if *kind != Kind::Rollouts {
                    self.partial.remove(&(*kind, scope.clone()))?;
                } else if matches!(news, News::Listed(..)) {
                    self.unlisted.remove(scope);
                    self.broken.remove(scope);
                    if !self.unlisted.is_empty() {
                        return None;
                    }
                    self.first_listed.get_or_insert_with(Instant::now);
                    self.answered(shared);
                } else if self.broken.remove(scope).is_some() {
                    self.answered(shared);
                } else {
                    return None;
                }
            }
            News::Failed(kind, scope, error) => {
                self.silent.remove(&(*kind, scope.clone()));
                if *kind == Kind::Rollouts {
                    let words = words(error);
                    self.broken.insert(scope.clone(), words.clone());
                    self.failed(words, shared.clock.now());
                } else {
                    self.partial.insert((*kind, scope.clone()), missing(*kind, scope.as_deref(), error));
                }
            }
            News::Probed { latency, next } => {
                self.health.latency = Some(*latency);
                self.health.next_read = Some(shared.clock.since_boot() + *next);
                // Live means that what is on the screen is being followed, not only that a server answers.
                if let Some(why) = self.broken.values().next() {
                    let why = why.clone();
                    self.failed(why, shared.clock.now());
                } else if self.unlisted.is_empty() {
                    self.answered(shared);
                }
            }
            News::ProbeFailed { error, next } => {
                self.health.next_read = Some(shared.clock.since_boot() + *next);
                self.failed(words(error), shared.clock.now());
            }
            News::Applied(_) | News::Removed(_) => return None,
        }
        self.health.partial = self.partial.values().cloned().collect();
        Some(self.health.clone())
    }

    fn answered(&mut self, shared: &Shared) {
        if self.broken.is_empty() {
            self.health.last_ok = Some((shared.clock.since_boot(), shared.clock.now()));
            self.health.failure = None;
        }
    }

    fn failed(&mut self, why: DisplayText, now: Timestamp) {
        let (since, attempts) = self.health.failure.as_ref().map_or((now, 0), |failure| (failure.since, failure.attempts));
        self.health.failure = Some(Failure { since, why, attempts: attempts.saturating_add(1) });
    }
}

/// A part that can not be read, in words.
pub(super) fn missing(kind: Kind, scope: Option<&str>, error: &ReadError) -> DisplayText {
    let place = scope.map(|scope| format!(" in {scope}")).unwrap_or_default();
    DisplayText::new(&format!("{}{place}: {}", kind.word(), words(error)))
}

fn words(error: &ReadError) -> DisplayText {
    match error {
        ReadError::Gone(_) => DisplayText::new("gone"),
        ReadError::Forbidden(why) | ReadError::Unreachable(why) | ReadError::Malformed(why) => why.clone(),
    }
}
