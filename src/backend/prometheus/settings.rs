//! What the operator writes to reach one Prometheus.

use std::{sync::Arc, time::Duration};

use super::PrometheusSource;
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

/// What this kind declares.
pub const KIND: SourceKind = SourceKind {
    word: "prometheus",
    why: "Prometheus, or a store that speaks its API (Thanos, Mimir, VictoriaMetrics).",
    example: "metrics",
    interval: "\"15s\"",
    stale_after: "\"1m\"",
    keys: &[
        Key {
            name: "url",
            shape: Shape::Url,
            fallback: Fallback::Required("\"https://prometheus.example:9090\""),
            why: "Up to where /api/v1 begins; for Mimir with /prometheus.",
        },
        Key {
            name: "alerts",
            shape: Shape::Flag,
            fallback: Fallback::Value("true"),
            why: "Also reads its rules and alerts: since when a condition holds, which Alertmanager does not know.",
        },
        Key {
            name: "dead_man",
            shape: Shape::Map,
            fallback: Fallback::Unset { then: "nothing is checked", example: "{ alertname = \"Watchdog\" }" },
            why: "Labels of the alert that always fires; without it no alert means nothing.",
        },
        keys::USER,
        keys::PASSWORD,
        keys::TOKEN,
        keys::HEADERS,
        keys::SECRET_HEADERS,
        keys::CA_FILE,
        keys::IDENTITY_FILE,
        keys::ALLOW_PLAINTEXT,
        keys::TIMEOUT,
    ],
    check,
};

/// One Prometheus, or one tenant of a store that speaks its API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrometheusSettings {
    /// The address up to where `/api/v1` begins; a tenant is a header (`X-Scope-OrgID`).
    pub web: WebSettings,
    /// Whether `/rules` and `/alerts` are read too; `false` for a store that has neither.
    pub alerts: bool,
    /// Labels of the alert that always fires; empty = there is none.
    pub dead_man: Vec<(String, String)>,
    /// Hard end of one whole read.
    pub limit: Duration,
}

impl PrometheusSettings {
    #[must_use]
    pub fn new(web: WebSettings) -> Self {
        Self { web, alerts: true, dead_man: Vec::new(), limit: Duration::from_secs(30) }
    }

    /// # Errors
    /// What is wrong with the address.
    pub fn of(values: &Values) -> Result<Self, Fault> {
        let address = keys::address(values, "url", values.text("url").unwrap_or_default())?;
        let dead_man = values.map("dead_man").into_iter().flatten();
        Ok(Self {
            alerts: values.flag("alerts"),
            dead_man: dead_man.map(|(name, value)| (name.clone(), value.clone())).collect(),
            ..Self::new(keys::settings(values, address))
        })
    }
}

/// A source of this kind. Values that were not checked give one that is never reached, and says so.
#[must_use]
pub fn connect(source: &SourceSettings, clock: &Arc<dyn Clock>) -> Connection {
    let settings =
        PrometheusSettings::of(&source.values).unwrap_or_else(|_| PrometheusSettings::new(WebSettings::new(Address::default())));
    let around = Surroundings::of_process();
    let source = PrometheusSource::new(source.name.clone(), settings, source.interval, around, Arc::clone(clock));
    Connection { source: Arc::new(source), driver: None }
}

fn check(values: &Values) -> Vec<Fault> {
    keys::check(values).into_iter().chain(PrometheusSettings::of(values).err()).collect()
}
