//! The API's own shapes (alerts-and-gates.md 1.1), lenient, and the long list of groups read one alert at a time.

use std::{collections::BTreeMap, fmt, io::Read};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

#[derive(Debug, Default, Deserialize)]
pub(super) struct Status {
    #[serde(default)]
    pub cluster: Cluster,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Cluster {
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub peers: Option<Vec<IgnoredAny>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Silence {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub created_by: String,
    #[serde(default)]
    pub ends_at: String,
    #[serde(default)]
    pub comment: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alert {
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub starts_at: String,
    #[serde(default)]
    pub ends_at: String,
    #[serde(default)]
    pub status: AlertStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertStatus {
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub silenced_by: Option<Vec<String>>,
    #[serde(default)]
    pub inhibited_by: Option<Vec<String>>,
    /// Since 0.28, and of the groups only.
    #[serde(default)]
    pub muted_by: Option<Vec<String>>,
}

/// Reads `/alerts/groups` as it comes in and hands over each alert; none but the one at hand is held.
///
/// # Errors
/// What is not a list of groups, and a list that breaks off.
pub(super) fn each_alert(from: &mut dyn Read, mut take: impl FnMut(Alert)) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_reader(from);
    Groups(&mut take).deserialize(&mut reader)?;
    reader.end()
}

struct Groups<'t, F>(&'t mut F);

impl<'de, F: FnMut(Alert)> DeserializeSeed<'de> for Groups<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Alert)> Visitor<'de> for Groups<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of groups")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut groups: A) -> Result<(), A::Error> {
        while groups.next_element_seed(Group(self.0))?.is_some() {}
        Ok(())
    }
}

struct Group<'t, F>(&'t mut F);

impl<'de, F: FnMut(Alert)> DeserializeSeed<'de> for Group<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, F: FnMut(Alert)> Visitor<'de> for Group<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a group of alerts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut group: A) -> Result<(), A::Error> {
        while let Some(key) = group.next_key::<String>()? {
            if key == "alerts" {
                group.next_value_seed(Alerts(self.0))?;
            } else {
                group.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Alerts<'t, F>(&'t mut F);

impl<'de, F: FnMut(Alert)> DeserializeSeed<'de> for Alerts<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Alert)> Visitor<'de> for Alerts<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the alerts of a group")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut alerts: A) -> Result<(), A::Error> {
        while let Some(alert) = alerts.next_element()? {
            (self.0)(alert);
        }
        Ok(())
    }
}
