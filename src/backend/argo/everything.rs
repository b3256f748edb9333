//! All that is known of a cluster's rollouts, kept so that one changed object rebuilds one rollout.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;

use super::{
    facts::{self, Around, ByName, Key, PodFact, RunFact, SetFact},
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

/// One rollout. What belongs to it may be known before it is.
#[derive(Debug, Default)]
struct Known {
    base: Option<Base>,
    built: Option<Arc<Rollout>>,
    sets: ByName<SetFact>,
    runs: ByName<RunFact>,
    pods: ByName<PodFact>,
    /// Something about it may have changed since it was built.
    is_dirty: bool,
}

impl Known {
    fn is_nothing(&self) -> bool {
        self.base.is_none() && self.sets.is_empty() && self.runs.is_empty() && self.pods.is_empty()
    }

    /// Builds the rollout from what is known; whether that differs from what was built before. A kind that was not read yet
    /// (`false`) is unknown, not empty.
    fn rebuild(&mut self, sets: bool, runs: bool, pods: bool) -> bool {
        let Some(base) = &mut self.base else { return false };
        let around = Around {
            sets: sets.then(|| std::mem::take(&mut self.sets)),
            runs: runs.then(|| std::mem::take(&mut self.runs)),
            pods: pods.then(|| std::mem::take(&mut self.pods)),
        };
        let now = base.dress(&around);
        let differs = self.built.as_deref() != Some(&now);
        let built = match self.built.take() {
            Some(built) if !differs => built,
            Some(_) | None => Arc::new(now),
        };
        base.keep(Arc::clone(&built));
        self.built = Some(built);
        self.sets = around.sets.unwrap_or_else(|| std::mem::take(&mut self.sets));
        self.runs = around.runs.unwrap_or_else(|| std::mem::take(&mut self.runs));
        self.pods = around.pods.unwrap_or_else(|| std::mem::take(&mut self.pods));
        differs
    }
}

fn knows(read: &BTreeSet<(Kind, Option<String>)>, kind: Kind, key: &Key) -> bool {
    read.contains(&(kind, None)) || read.contains(&(kind, Some(key.0.clone())))
}

/// The whole known state of one cluster.
#[derive(Debug, Default)]
pub struct Everything {
    /// Boxed: a tree keeps room for two where there is one.
    rollouts: BTreeMap<Key, Box<Known>>,
    /// Which kinds were read in which scope; `None` = all namespaces.
    known: BTreeSet<(Kind, Option<String>)>,
    /// One of the rollouts is dirty.
    is_dirty: bool,
    /// A rollout went, or the first list came, since the last `refresh`.
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
            // The first list is news even when it is empty.
            self.vanished |= first;
            for (_, known) in self.rollouts.iter_mut().filter(|(key, _)| within(scope, key) && !listed.contains(key)) {
                self.vanished |= known.base.take().is_some();
                known.built = None;
            }
        }
        for fact in facts {
            self.apply(fact);
        }
        self.rollouts.retain(|_, known| !known.is_nothing());
    }

    /// A kind that may no longer be read in a scope is unknown there, not empty.
    pub fn forget(&mut self, kind: Kind, scope: Option<&str>) {
        if self.known.remove(&(kind, scope.map(str::to_owned))) {
            self.clear(kind, scope, true);
        }
    }

    /// Empties a kind of part in a scope; `all` marks every rollout there for rebuilding.
    fn clear(&mut self, kind: Kind, scope: Option<&str>, all: bool) {
        for (_, known) in self.rollouts.iter_mut().filter(|(key, _)| within(scope, key)) {
            let had = match kind {
                Kind::Rollouts => false,
                Kind::ReplicaSets => !std::mem::take(&mut known.sets).is_empty(),
                Kind::AnalysisRuns => !std::mem::take(&mut known.runs).is_empty(),
                Kind::Pods => !std::mem::take(&mut known.pods).is_empty(),
            };
            if had || all {
                known.is_dirty = true;
                self.is_dirty = true;
            }
        }
    }

    fn touch(&mut self, key: Key) -> &mut Known {
        self.is_dirty = true;
        let known = self.rollouts.entry(key).or_default();
        known.is_dirty = true;
        known
    }

    /// An object that is there now.
    pub fn apply(&mut self, fact: Fact) {
        match fact {
            Fact::Rollout(key, base) => self.touch(key).base = Some(*base),
            Fact::Set(key, name, fact) => self.touch(key).sets.insert(name, fact),
            Fact::Run(key, name, fact) => self.touch(key).runs.insert(name, fact),
            Fact::Pod(key, name, fact) => self.touch(key).pods.insert(name, fact),
        }
    }

    /// An object that is gone.
    pub fn remove(&mut self, fact: &Fact) {
        let Some(known) = self.rollouts.get_mut(fact.key()) else { return };
        known.is_dirty = true;
        self.is_dirty = true;
        match fact {
            Fact::Rollout(..) => {
                self.vanished |= known.base.take().is_some();
                known.built = None;
            }
            Fact::Set(_, name, _) => known.sets.remove(name),
            Fact::Run(_, name, _) => known.runs.remove(name),
            Fact::Pod(_, name, _) => known.pods.remove(name),
        }
        if known.is_nothing() {
            self.rollouts.remove(fact.key());
        }
    }

    /// Something may have changed since the last `refresh`.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.vanished || self.is_dirty
    }

    /// Rebuilds what is dirty. True when anything that can be seen differs; what does not keeps its `Arc`.
    pub fn refresh(&mut self) -> bool {
        let mut changed = std::mem::take(&mut self.vanished);
        if std::mem::take(&mut self.is_dirty) {
            for (key, known) in &mut self.rollouts {
                if std::mem::take(&mut known.is_dirty) {
                    let knows = |kind| knows(&self.known, kind, key);
                    changed |= known.rebuild(knows(Kind::ReplicaSets), knows(Kind::AnalysisRuns), knows(Kind::Pods));
                }
            }
        }
        changed
    }

    /// All rollouts as last built, sorted by namespace and name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Rollout>> {
        self.rollouts.values().filter_map(|known| known.built.clone()).collect()
    }
}
