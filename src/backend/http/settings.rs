//! What the operator writes to read a system by HTTP.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    HttpSource,
    pointer::{Marks, Place, is_pointer},
};
use crate::{
    backend::{
        port::Connection,
        web::{Address, Auth, WebSettings, keys},
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
    word: "http",
    why: "Any system that gives JSON by HTTP: tenants, answers to plans (`endpoint#/json/pointer`), alerts.",
    example: "telemetry",
    interval: "\"15s\"",
    stale_after: "\"1m\"",
    keys: KEYS,
    check,
};

const fn key(name: &'static str, shape: Shape, fallback: Fallback, why: &'static str) -> Key {
    Key { name, shape, fallback, why }
}

const fn unset(then: &'static str, example: &'static str) -> Fallback {
    Fallback::Unset { then, example }
}

const KEYS: &[Key] = &[
    key("url", Shape::Url, Fallback::Required("\"https://telemetry.example\""), "Where it is; endpoints are below it."),
    key(
        "endpoints",
        Shape::Map,
        Fallback::Required("{ customers = \"/v1/customers\" }"),
        "A word for each path that is read; `?` and a query may follow.",
    ),
    key("token", Shape::Secret, unset("no token is sent", "\"env:CUTOVER_TELEMETRY_TOKEN\""), "A bearer token."),
    key(
        "tls_ca",
        Shape::Path,
        unset("the host's certificates", "\"/etc/cutover/ca.pem\""),
        "A PEM file with the only authorities to believe.",
    ),
    keys::TIMEOUT,
    key("allow_plaintext", Shape::Flag, Fallback::Value("false"), "http:// to another machine is refused unless you say so."),
    key(
        "opted_out",
        Shape::Text,
        unset("everybody tells", "\"/telemetry/opted_out\""),
        "Where an object says that its subject does not tell: a state, no outage.",
    ),
    key("opted_out_value", Shape::Text, Fallback::Value("\"true\""), "What it says then."),
    key(
        "timestamp",
        Shape::Text,
        unset("an answer is as old as its receipt", "\"/timestamp\""),
        "Where an object says when it was made, in RFC 3339.",
    ),
    key(
        "max_age",
        Shape::Duration,
        unset("what a tenant tells does not get old", "\"15m\""),
        "What a tenant tells is stale after this.",
    ),
    key("tenants", Shape::Text, unset("it tells no tenants", "\"customers#/customers\""), "Where the list of tenants is."),
    key("tenant_id", Shape::Text, Fallback::Value("\"/customer_id\""), "The id within one of them."),
    key("tenant_name", Shape::Text, unset("tenants are shown by id", "\"/name\""), "The name within one of them."),
    key(
        "columns",
        Shape::Map,
        unset("no columns", "{ lag_ms = \"/cdc_avg_lag_ms\" }"),
        "A head for each value of a tenant that is shown.",
    ),
    key(
        "bounds",
        Shape::Map,
        unset("tenants are not judged: unknown, never green", "{ lag_ms = \"<= 500\" }"),
        "What a column must be: <=, >=, <, > or ==.",
    ),
    key("alerts", Shape::Text, unset("it tells no alerts", "\"customers#/alerts\""), "Where the list of firing alerts is."),
    key("alert_name", Shape::Text, Fallback::Value("\"/name\""), "The name within one of them."),
    key("alert_severity", Shape::Text, Fallback::Value("\"/severity\""), "The severity."),
    key("alert_began", Shape::Text, Fallback::Value("\"/since\""), "When it began, in RFC 3339."),
    key("alert_summary", Shape::Text, Fallback::Value("\"/summary\""), "What it says."),
];

/// `<= 500`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// One of `<=`, `>=`, `<`, `>`, `==`.
    pub sign: &'static str,
    pub limit: f64,
}

impl Bound {
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        // The longer signs first.
        let sign = ["<=", ">=", "==", "<", ">"].into_iter().find(|sign| written.trim_start().starts_with(sign))?;
        let limit: f64 = written.trim_start().strip_prefix(sign)?.trim().parse().ok()?;
        limit.is_finite().then_some(Self { sign, limit })
    }

    /// NaN holds nowhere.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        match self.sign {
            "<=" => value <= self.limit,
            ">=" => value >= self.limit,
            "<" => value < self.limit,
            ">" => value > self.limit,
            _ => (value - self.limit).abs() <= f64::EPSILON * self.limit.abs(),
        }
    }
}

/// One column of the tenants.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub head: String,
    pub pointer: String,
    pub bound: Option<Bound>,
}

/// Where tenants are and what they tell.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantSettings {
    pub place: Place,
    pub id: String,
    pub name: Option<String>,
    pub columns: Vec<Column>,
    pub max_age: Option<Duration>,
}

/// Where alerts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertSettings {
    pub place: Place,
    pub name: String,
    pub severity: String,
    pub began: String,
    pub summary: String,
}

/// How one system is read.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpSettings {
    pub web: WebSettings,
    /// Path by word.
    pub endpoints: BTreeMap<String, String>,
    pub marks: Marks,
    pub tenants: Option<TenantSettings>,
    pub alerts: Option<AlertSettings>,
}

impl HttpSettings {
    /// `None` for values that were not read from a configuration.
    #[must_use]
    pub fn of(values: &Values) -> Option<Self> {
        let text = |key: &str| values.text(key).map(str::to_owned);
        let mut web = WebSettings::new(Address::parse(values.text("url")?).ok()?);
        web.auth = values.secret("token").map_or(Auth::None, |token| Auth::Bearer(token.clone()));
        web.ca_file = values.path("tls_ca").map(Into::into);
        web.allow_plaintext = values.flag("allow_plaintext");
        if let Some(timeout) = values.duration("timeout") {
            web.timeout = timeout;
            web.idle_timeout = web.idle_timeout.min(timeout);
        }
        let bounds = values.map("bounds").cloned().unwrap_or_default();
        let columns = values.map("columns").into_iter().flatten().map(|(head, pointer)| Column {
            head: head.clone(),
            pointer: pointer.clone(),
            bound: bounds.get(head).and_then(|bound| Bound::parse(bound)),
        });
        let tenants = values.text("tenants").and_then(Place::parse);
        let tenants = tenants.map(|place| TenantSettings {
            place,
            id: text("tenant_id").unwrap_or_default(),
            name: text("tenant_name"),
            columns: columns.collect(),
            max_age: values.duration("max_age"),
        });
        let alerts = values.text("alerts").and_then(Place::parse).map(|place| AlertSettings {
            place,
            name: text("alert_name").unwrap_or_default(),
            severity: text("alert_severity").unwrap_or_default(),
            began: text("alert_began").unwrap_or_default(),
            summary: text("alert_summary").unwrap_or_default(),
        });
        let marks = Marks { opted_out: text("opted_out").zip(text("opted_out_value")), timestamp: text("timestamp") };
        Some(Self { web, endpoints: values.map("endpoints").cloned().unwrap_or_default(), marks, tenants, alerts })
    }
}

/// A source of this kind.
///
/// # Panics
/// Never: settings that were read hold an address.
#[must_use]
pub fn connect(source: &SourceSettings, clock: &Arc<dyn Clock>) -> Connection {
    let settings = HttpSettings::of(&source.values);
    let around = Surroundings::of_process();
    let source = HttpSource::new(source.name.clone(), settings, source.interval, around, Arc::clone(clock));
    Connection { source: Arc::new(source), driver: None }
}

fn check(values: &Values) -> Vec<Fault> {
    let mut faults = keys::check(values);
    let endpoints = values.map("endpoints");
    for (at, (word, path)) in endpoints.into_iter().flatten().enumerate() {
        if !path.starts_with('/') || word.contains('#') {
            faults.push(Fault::new("endpoints", format!("endpoint {word} is no path"), "write { word = \"/path\" }").at(at));
        }
    }
    for key in ["tenants", "alerts"] {
        let Some(written) = values.text(key) else { continue };
        let known = |place: &Place| endpoints.is_some_and(|endpoints| endpoints.contains_key(&place.endpoint));
        if !Place::parse(written).is_some_and(|place| known(&place)) {
            faults.push(Fault::new(key, format!("`{key}` is no place in an endpoint"), "write \"endpoint#/json/pointer\""));
        }
    }
    let pointers =
        ["opted_out", "timestamp", "tenant_id", "tenant_name", "alert_name", "alert_severity", "alert_began", "alert_summary"];
    for key in pointers {
        if values.text(key).is_some_and(|pointer| !is_pointer(pointer)) {
            faults.push(Fault::new(key, format!("`{key}` is no JSON pointer"), "write \"/a/b\" (RFC 6901)"));
        }
    }
    for (at, (head, pointer)) in values.map("columns").into_iter().flatten().enumerate() {
        if !is_pointer(pointer) {
            faults.push(Fault::new("columns", format!("column {head} is no JSON pointer"), "write { head = \"/a/b\" }").at(at));
        }
    }
    for (at, (head, bound)) in values.map("bounds").into_iter().flatten().enumerate() {
        if Bound::parse(bound).is_none() {
            faults
                .push(Fault::new("bounds", format!("the bound of {head} can not be read"), "write { head = \"<= 500\" }").at(at));
        } else if !values.map("columns").is_some_and(|columns| columns.contains_key(head)) {
            faults.push(Fault::new("bounds", format!("there is no column {head}"), "name one of `columns`").at(at));
        }
    }
    faults
}
