//! How one Prometheus is read.

use std::time::Duration;

use crate::backend::web::WebSettings;

/// One Prometheus, or one tenant of a store that speaks its API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrometheusSettings {
    /// The address up to where `/api/v1` begins (`https://mimir:8080/prometheus`); a tenant is a header (`X-Scope-OrgID`).
    pub web: WebSettings,
    /// Whether `/rules` and `/alerts` are read too; `false` for a store that has neither.
    pub alerts: bool,
    /// Hard end of one whole read.
    pub limit: Duration,
}

impl PrometheusSettings {
    #[must_use]
    pub fn new(web: WebSettings) -> Self {
        Self { web, alerts: true, limit: Duration::from_secs(30) }
    }
}
