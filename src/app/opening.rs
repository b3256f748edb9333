//! What the console knows before the first message: who sits here, what is configured, what was found.

use std::{sync::Arc, time::Duration};

use crate::{
    config::settings::Environment,
    domain::{Timestamp, id::SourceId, plan::Plan, source::Tells},
};

/// What `runtime` knows before the first message.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Login name, cleaned.
    pub user: String,
    pub host: String,
    pub environments: Vec<Environment>,
    pub sources: Vec<SourceInfo>,
    /// The release plans, in the order of their files.
    pub plans: Arc<[Arc<Plan>]>,
    /// The demo world runs: a `[DEMO]` badge replaces the environment's.
    pub demo: bool,
    /// `Some` shows the welcome screen: nothing is configured and nothing has been contacted.
    pub welcome: Option<Welcome>,
    /// Terminal size in cells.
    pub columns: u16,
    pub rows: u16,
    pub now: Timestamp,
    pub since_boot: Duration,
    pub bell: bool,
    /// How far this machine's zone is from UTC now.
    pub local: chrono::FixedOffset,
}

/// What the welcome screen can say without contacting anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Welcome {
    /// The current kube context, when a kubeconfig was found; `c` connects it read-only.
    pub context: Option<String>,
    /// What was found, one line each ("KUBECONFIG has 2 contexts: prod-eu, stg-eu").
    pub found: Vec<String>,
    /// The file a configuration would be read from.
    pub config_path: String,
}

/// One configured source, as `runtime` announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceInfo {
    pub id: SourceId,
    /// `argo`, `demo`, ...
    pub kind: &'static str,
    /// Name of one of the environments.
    pub environment: String,
    /// A value older than this is stale.
    pub stale_after: Duration,
    pub tells: Tells,
}
