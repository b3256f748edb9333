//! What was verified to have been done, kept after the action is over: a control plane forgets when a stage began as soon as
//! its next step does.

use std::collections::BTreeMap;

use super::{book::OpenRecord, fold::Part};
use crate::domain::{Timestamp, assess::Passage, id::TargetId};

/// Most changes that are remembered of one rollout: a release has a dozen stages at most, and pauses between them.
const MAX_OF_ONE: usize = 64;
/// Most rollouts that one chain is remembered for: whoever writes a chain of his own can fill it, not us.
const MAX_TARGETS: usize = 4_096;

/// The verified changes of one chain, by rollout, in the order of the records.
#[derive(Clone, Debug, Default)]
pub(super) struct Past(BTreeMap<TargetId, Vec<Passage>>);

impl Past {
    /// `open` was verified at `at`.
    pub fn verified(&mut self, open: &OpenRecord, at: Timestamp) {
        if !self.0.contains_key(&open.target) && self.0.len() >= MAX_TARGETS {
            return;
        }
        let list = self.0.entry(open.target.clone()).or_default();
        list.push(Passage {
            target: open.target.clone(),
            operation: open.operation,
            uid: open.plan.uid.clone(),
            revision: open.plan.revision.clone(),
            weight: open.plan.after.weight,
            at,
        });
        if list.len() > MAX_OF_ONE {
            list.remove(0);
        }
    }
}

/// Over all chains, oldest first.
pub(super) fn passages(parts: &[Part<'_>]) -> Vec<Passage> {
    let mut all: Vec<Passage> = parts.iter().flat_map(|part| part.fold.past.0.values().flatten().cloned()).collect();
    all.sort_by_key(|passage| passage.at);
    all
}
