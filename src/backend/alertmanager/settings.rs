//! How one Alertmanager, or all peers of a cluster, are read.

use std::time::Duration;

use crate::backend::web::WebSettings;

/// Most peers of one source: each is a bit of a mask.
pub const MOST_PEERS: usize = 16;

/// One Alertmanager with its peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertmanagerSettings {
    /// Every peer, at most 16: alerts are not gossiped, so one peer alone can not tell them all. The address goes up to where
    /// `/api/v2` begins.
    pub peers: Vec<WebSettings>,
    /// Labels that only tell replicas of Prometheus apart (`replica`, `prometheus`).
    pub drop_labels: Vec<String>,
    /// Labels of the alert that always fires; empty = there is none.
    pub dead_man: Vec<(String, String)>,
    /// Matchers that the server leaves all else out by (`team="payments"`), all of which have to hold.
    pub filters: Vec<String>,
    /// Hard end of one whole read.
    pub limit: Duration,
}

impl AlertmanagerSettings {
    /// With patience for long lists: a server with 50,000 alerts thinks for 10 s before its first byte.
    #[must_use]
    pub fn new(peers: Vec<WebSettings>) -> Self {
        let patient = |mut web: WebSettings| {
            web.idle_timeout = web.idle_timeout.max(Duration::from_secs(20));
            web
        };
        Self {
            peers: peers.into_iter().take(MOST_PEERS).map(patient).collect(),
            drop_labels: Vec::new(),
            dead_man: Vec::new(),
            filters: Vec::new(),
            limit: Duration::from_secs(40),
        }
    }
}
