//! The API's own shapes (alerts-and-gates.md 1.2), lenient: what is missing is empty, what is new is ignored.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::{
    backend::web::Trouble,
    domain::{Timestamp, question::Reason},
};

/// What every answer is wrapped in.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<T> {
    #[serde(default)]
    status: String,
    #[serde(default = "none")]
    data: Option<T>,
    #[serde(default)]
    error: Option<String>,
    /// Remarks that touch the value; up to 2.53 those that do not are among them.
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

fn none<T>() -> Option<T> {
    None
}

impl<T> Envelope<T> {
    /// The data and the warnings.
    pub fn open(self) -> Result<(T, Vec<String>), Trouble> {
        let Some(data) = self.data.filter(|_| self.status == "success") else {
            let said = self.error.as_deref().unwrap_or("no data in the answer");
            let short: String = said.chars().take(120).collect();
            return Err(Trouble::new(Reason::Unreadable, &short));
        };
        let mut warnings = self.warnings.unwrap_or_default();
        warnings.retain(|warning| !warning.starts_with("PromQL info:"));
        Ok((data, warnings))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data {
    pub result_type: String,
    #[serde(default)]
    pub result: Json,
}

#[derive(Debug, Deserialize)]
pub(super) struct Rules {
    #[serde(default)]
    pub groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    /// Seconds.
    #[serde(default)]
    pub interval: f64,
    #[serde(default)]
    pub rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub query: String,
    /// The `for`, in seconds.
    #[serde(default)]
    pub duration: f64,
    #[serde(default)]
    pub labels: Json,
    #[serde(default)]
    pub health: String,
    #[serde(default)]
    pub last_error: Option<String>,
    #[serde(default)]
    pub last_evaluation: Option<String>,
    #[serde(rename = "type", default)]
    pub kind: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Alerts {
    #[serde(default)]
    pub alerts: Vec<Alert>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alert {
    #[serde(default)]
    pub labels: Json,
    #[serde(default)]
    pub annotations: Json,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub active_at: Option<String>,
    #[serde(default)]
    pub value: Option<String>,
}

/// A time in RFC 3339; the year 1 stands for never.
pub(super) fn time(written: Option<&str>) -> Option<Timestamp> {
    let time = DateTime::parse_from_rfc3339(written?).ok()?.to_utc();
    (time.timestamp() > 0).then_some(time)
}

/// A time in seconds since 1970.
pub(super) fn unix(seconds: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of any date that chrono takes fit; others give no date")]
    DateTime::from_timestamp_millis((seconds * 1_000.0).round() as i64)
}

/// Pairs of an object of strings.
pub(super) fn pairs(object: &Json) -> impl Iterator<Item = (&str, &str)> {
    object.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}
