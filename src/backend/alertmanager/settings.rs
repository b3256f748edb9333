//! What the operator writes to reach one Alertmanager, or all peers of a cluster.

use std::{sync::Arc, time::Duration};

use super::AlertmanagerSource;
use crate::{
    backend::{
        port::Connection,
        web::{Address, WebSettings, keys},
    },
    config::{
        keys::{Fallback, Key, Shape},
        kind::{Fault, SourceKind, Values},
        places::Surroundings,
        settings::SourceSettings,
    },
    domain::clock::Clock,
};

/// Most peers of one source: each is a bit of a mask.
pub const MOST_PEERS: usize = 16;

/// What this kind declares.
pub const KIND: SourceKind = SourceKind {
    word: "alertmanager",
    why: "Alertmanager with all its peers: what fires, what is silenced and by whom.",
    example: "alerts",
    interval: "\"15s\"",
    stale_after: "\"1m\"",
    keys: &[
        Key {
            name: "peers",
            shape: Shape::Texts,
            fallback: Fallback::Required("[\"https://alertmanager-0.example:9093\"]"),
            why: "Every peer, up to where /api/v2 begins: alerts are not gossiped, one peer alone can not tell them all.",
        },
        Key {
            name: "drop_labels",
            shape: Shape::Texts,
            fallback: Fallback::Unset { then: "none", example: "[\"replica\"]" },
            why: "Labels that only tell replicas of Prometheus apart: without them one alert would be two.",
        },
        Key {
            name: "dead_man",
            shape: Shape::Map,
            fallback: Fallback::Unset { then: "nothing is checked", example: "{ alertname = \"Watchdog\" }" },
            why: "Labels of the alert that always fires; without it no alert means nothing.",
        },
        Key {
            name: "filters",
            shape: Shape::Texts,
            fallback: Fallback::Value("[]"),
            why: "Matchers, all of which have to hold: team=\"payments\". The server leaves out the rest.",
        },
        keys::USER,
        keys::PASSWORD,
        keys::TOKEN,
        keys::HEADERS,
        keys::SECRET_HEADERS,
        keys::CA_FILE,
        keys::IDENTITY_FILE,
        keys::ALLOW_PLAINTEXT,
        Key {
            fallback: Fallback::Value("\"30s\""),
            why: "For the list of alerts, 1s to 1m: 50,000 take a server 10 s.",
            ..keys::TIMEOUT
        },
    ],
    check,
};

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
    /// For all of one peer's list of alerts.
    pub patience: Duration,
    /// Hard end of one whole read; longer than `patience`.
    pub limit: Duration,
}

/// For all of one peer's list of alerts, unless the operator says another.
const PATIENCE: Duration = Duration::from_secs(30);
/// Of one whole read, what is left for a peer's standing and for silences.
const BESIDE: Duration = Duration::from_secs(10);

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
            patience: PATIENCE,
            limit: PATIENCE + BESIDE,
        }
    }

    /// Waits as long as the operator says for a list, and for nothing any longer.
    fn waiting(mut self, patience: Duration) -> Self {
        for web in &mut self.peers {
            web.timeout = web.timeout.min(patience);
            web.idle_timeout = web.idle_timeout.min(patience);
        }
        Self { patience, limit: patience + BESIDE, ..self }
    }
}

impl AlertmanagerSettings {
    /// # Errors
    /// What is wrong with the list of peers.
    pub fn of(values: &Values) -> Result<Self, Fault> {
        let written = values.texts("peers");
        if written.is_empty() || written.len() > MOST_PEERS {
            return Err(Fault::new("peers", format!("{} peers are listed", written.len()), "list 1 to 16"));
        }
        let mut peers = Vec::new();
        for (at, peer) in written.iter().enumerate() {
            let address = keys::address(values, "peers", peer).map_err(|fault| fault.at(at))?;
            let mut web = keys::settings(values, address);
            // The key is about the list alone: a standing is small and comes soon or not.
            web.timeout = WebSettings::new(Address::default()).timeout;
            peers.push(web);
        }
        let dead_man = values.map("dead_man").into_iter().flatten();
        Ok(Self {
            drop_labels: values.texts("drop_labels").to_vec(),
            dead_man: dead_man.map(|(name, value)| (name.clone(), value.clone())).collect(),
            filters: values.texts("filters").to_vec(),
            ..Self::new(peers).waiting(values.duration("timeout").unwrap_or(PATIENCE))
        })
    }
}

/// A source of this kind. Values that were not checked give one that is never reached, and says so.
#[must_use]
pub fn connect(source: &SourceSettings, clock: &Arc<dyn Clock>) -> Connection {
    let settings = AlertmanagerSettings::of(&source.values).unwrap_or_else(|_| AlertmanagerSettings::new(Vec::new()));
    let around = Surroundings::of_process();
    let source = AlertmanagerSource::new(source.name.clone(), settings, source.interval, &around, Arc::clone(clock));
    Connection { source: Arc::new(source), driver: None }
}

fn check(values: &Values) -> Vec<Fault> {
    keys::check(values).into_iter().chain(AlertmanagerSettings::of(values).err()).collect()
}
