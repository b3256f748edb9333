//! Prometheus and what speaks its HTTP API (Thanos, Mimir, VictoriaMetrics): answers to questions in PromQL, alerting rules,
//! and alerts whose `for` still runs.
//!
//! What this does *not* do: judge a value, route or silence an alert, or change anything.

mod alerts;
mod answer;
mod ask;
pub mod settings;
mod source;
mod wire;

pub use settings::PrometheusSettings;
pub use source::PrometheusSource;
