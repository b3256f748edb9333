//! What a source tells: its rollouts, and how well it is.

use std::sync::Arc;

use super::{freshness::SourceHealth, id::SourceId, rollout::Rollout};

/// One message from a source. Whole states, not differences: a lost or merged update loses nothing.
#[derive(Clone, Debug)]
pub enum SourceUpdate {
    /// All rollouts the source knows now, sorted by namespace and name. A vanished rollout is absent here.
    Rollouts {
        source: SourceId,
        rollouts: Arc<[Arc<Rollout>]>,
    },
    Health {
        source: SourceId,
        health: SourceHealth,
    },
}
