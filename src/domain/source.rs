//! What a source tells: its rollouts, and how well it is.

use std::sync::Arc;

use super::{
    alert::AlertFeed, counted::CountedTable, freshness::SourceHealth, id::SourceId, question::Reading, rollout::Rollout,
};

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
    Alerts(Arc<AlertFeed>),
    Tenants(Arc<CountedTable>),
    /// Answers to all questions that the source is asked now.
    Readings {
        source: SourceId,
        readings: Arc<[Arc<Reading>]>,
    },
}

/// What a source can tell; a pane whose sources all tell nothing says what to configure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four kinds of data, each told or not")]
pub struct Tells {
    pub rollouts: bool,
    pub alerts: bool,
    pub tenants: bool,
    /// It answers questions of plans.
    pub answers: bool,
}

impl Tells {
    /// A control plane.
    pub const ROLLOUTS: Self = Self { rollouts: true, alerts: false, tenants: false, answers: false };
}
