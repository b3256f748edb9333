//! All that is known of a cluster's rollouts, kept so that one changed object rebuilds one rollout.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::Value;

use super::{
    facts::{self, Around, Key, PodFact, RunFact, SetFact},
    kinds::Kind,
    wire::{self, Base},
};
use crate::domain::{id::SourceId, rollout::Rollout};

/// One object, reduced to what is kept of it, with the rollout it belongs to.
#[derive(Clone, Debug)]
pub enum Fact {
    Rollout(Key, Box<Base>),
    Set(Key, String, SetFact),
    Run(Key, String, RunFact),
    Pod(Key, String, PodFact),
}

impl Fact {
    /// Reads an object of `kind`; `None` when it belongs to no rollout.
    #[must_use]
    pub fn read(kind: Kind, source: &SourceId, object: &Value) -> Option<Self> {
        match kind {
            Kind::Rollouts => Some(Self::Rollout(wire::key(object)?, Box::new(wire::base(source, object)?))),
            Kind::ReplicaSets => facts::set(object).map(|(key, name, fact)| Self::Set(key, name, fact)),
            Kind::AnalysisRuns => facts::run(object).map(|(key, name, fact)| Self::Run(key, name, fact)),
            Kind::Pods => facts::pod(object).map(|(key, name, fact)| Self::Pod(key, name, fact)),
        }
    }

    fn key(&self) -> &Key {
        match self {
            Self::Rollout(key, _) | Self::Set(key, ..) | Self::Run(key, ..) | Self::Pod(key, ..) => key,
        }
    }
}

#[derive(Debug)]
struct Held {
    base: Base,
    built: Option<Arc<Rollout>>,
}

#[derive(Debug, Default)]
struct Parts {
    sets: BTreeMap<String, SetFact>,
    runs: BTreeMap<String, RunFact>,
    pods: BTreeMap<String, PodFact>,
}

/// The whole known state of one cluster.
#[derive(Debug, Default)]
pub struct Everything {
    rollouts: BTreeMap<Key, Held>,
    parts: HashMap<Key, Parts>,
    /// Which kinds were read in which scope; `None` = all namespaces.
    known: BTreeSet<(Kind, Option<String>)>,
    dirty: BTreeSet<Key>,
    /// A rollout came, went or changed since the last `refresh`.
    vanished: bool,
}

fn within(scope: Option<&str>, key: &Key) -> bool {
    scope.is_none_or(|namespace| namespace == key.0)
}

impl Everything {
    /// A whole list of one kind in one scope takes the place of what was known of it.
    pub fn replace(&mut self, kind: Kind, scope: Option<&str>, facts: Vec<Fact>) {
        let first = self.known.insert((kind, scope.map(str::to_owned)));
        self.clear(kind, scope, first);
        if kind == Kind::Rollouts {
            let listed: BTreeSet<&Key> = facts.iter().map(Fact::key).collect();
            let before = self.rollouts.len();
            self.rollouts.retain(|key, _| !within(scope, key) || listed.contains(key));
            // The first list is news even when it is empty.
            self.vanished |= first || self.rollouts.len() != before;
        }
        for fact in facts {
            self.apply(fact);
        }
        self.parts.retain(|_, parts| !(parts.sets.is_empty() && parts.runs.is_empty() && parts.pods.is_empty()));
    }

    /// A kind that may no longer be read in a scope is unknown there, not empty.
    pub fn forget(&mut self, kind: Kind, scope: Option<&str>) {
        if self.known.remove(&(kind, scope.map(str::to_owned))) {
            self.clear(kind, scope, true);
        }
    }

    /// Empties a kind of part in a scope; `all` marks every rollout there for rebuilding.
    fn clear(&mut self, kind: Kind, scope: Option<&str>, all: bool) {
        for (key, parts) in self.parts.iter_mut().filter(|(key, _)| within(scope, key)) {
            let had = match kind {
                Kind::Rollouts => false,
                Kind::ReplicaSets => !std::mem::take(&mut parts.sets).is_empty(),
                Kind::AnalysisRuns => !std::mem::take(&mut parts.runs).is_empty(),
                Kind::Pods => !std::mem::take(&mut parts.pods).is_empty(),
            };
            if had {
                self.dirty.insert(key.clone());
            }
        }
        if all {
            self.dirty.extend(self.rollouts.keys().filter(|key| within(scope, key)).cloned());
        }
    }

    /// An object that is there now.
    pub fn apply(&mut self, fact: Fact) {
        self.dirty.insert(fact.key().clone());
        match fact {
            Fact::Rollout(key, base) => {
                let built = self.rollouts.remove(&key).and_then(|held| held.built);
                self.rollouts.insert(key, Held { base: *base, built });
            }
            Fact::Set(key, name, fact) => {
                self.parts.entry(key).or_default().sets.insert(name, fact);
            }
            Fact::Run(key, name, fact) => {
                self.parts.entry(key).or_default().runs.insert(name, fact);
            }
            Fact::Pod(key, name, fact) => {
                self.parts.entry(key).or_default().pods.insert(name, fact);
            }
        }
    }

    /// An object that is gone.
    pub fn remove(&mut self, fact: &Fact) {
        self.dirty.insert(fact.key().clone());
        match fact {
            Fact::Rollout(key, _) => self.vanished |= self.rollouts.remove(key).is_some(),
            Fact::Set(key, name, _) => {
                self.parts.get_mut(key).map(|parts| parts.sets.remove(name));
            }
            Fact::Run(key, name, _) => {
                self.parts.get_mut(key).map(|parts| parts.runs.remove(name));
            }
            Fact::Pod(key, name, _) => {
                self.parts.get_mut(key).map(|parts| parts.pods.remove(name));
            }
        }
        if let Some(parts) = self.parts.get(fact.key())
            && parts.sets.is_empty()
            && parts.runs.is_empty()
            && parts.pods.is_empty()
        {
            self.parts.remove(fact.key());
        }
    }

    /// Something may have changed since the last `refresh`.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.vanished || !self.dirty.is_empty()
    }

    fn knows(&self, kind: Kind, key: &Key) -> bool {
        self.known.contains(&(kind, None)) || self.known.contains(&(kind, Some(key.0.clone())))
    }

    /// Rebuilds what is dirty. True when anything that can be seen differs; what does not keeps its `Arc`.
    pub fn refresh(&mut self) -> bool {
        let mut changed = std::mem::take(&mut self.vanished);
        for key in std::mem::take(&mut self.dirty) {
            let Some(held) = self.rollouts.get(&key) else { continue };
            let empty = Parts::default();
            let parts = self.parts.get(&key).unwrap_or(&empty);
            let around = Around {
                sets: self.knows(Kind::ReplicaSets, &key).then(|| parts.sets.clone()),
                runs: self.knows(Kind::AnalysisRuns, &key).then(|| parts.runs.clone()),
                pods: self.knows(Kind::Pods, &key).then(|| parts.pods.clone()),
            };
            let now = held.base.dress(&around);
            if held.built.as_deref() != Some(&now)
                && let Some(held) = self.rollouts.get_mut(&key)
            {
                held.built = Some(Arc::new(now));
                changed = true;
            }
        }
        changed
    }

    /// All rollouts as last built, sorted by namespace and name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Rollout>> {
        self.rollouts.values().filter_map(|held| held.built.clone()).collect()
    }
}
