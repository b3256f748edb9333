//! What the operator writes to reach a database with tenants.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use super::{PostgresSource, quote::is_one_query};
use crate::{
    backend::port::Connection,
    config::{
        SecretRef,
        keys::{Fallback, Key, Shape},
        kind::{Fault, SourceKind, Values},
        settings::SourceSettings,
    },
    domain::{clock::Clock, tenant::CheckKind},
};

/// Checks that this kind makes.
pub const MADE: &[CheckKind] =
    &[CheckKind::Rows, CheckKind::Hash, CheckKind::Aggregates, CheckKind::ForeignKeys, CheckKind::Schema];

/// What this kind declares.
pub const KIND: SourceKind = SourceKind {
    word: "postgres",
    why: "A PostgreSQL server with tenants: each one's rehearsed clone is compared with its source. Only reads, by a role with SELECT.",
    example: "db",
    interval: "\"1m\"",
    stale_after: "\"10m\"",
    keys: KEYS,
    check,
};

const fn key(name: &'static str, shape: Shape, fallback: Fallback, why: &'static str) -> Key {
    Key { name, shape, fallback, why }
}

const KEYS: &[Key] = &[
    key(
        "url",
        Shape::Text,
        Fallback::Required("\"postgres://console@db.example:5432/app\""),
        "postgres://user@host:port/database, without a password; give the role SELECT and nothing else.",
    ),
    key(
        "password",
        Shape::Secret,
        Fallback::Unset { then: "no password is sent", example: "\"env:CUTOVER_DB_PASSWORD\"" },
        "Where the password is.",
    ),
    key(
        "tls",
        Shape::OneOf(&["verify-full", "require", "disable"]),
        Fallback::Value("\"verify-full\""),
        "require encrypts and believes any server; disable is for loopback.",
    ),
    key(
        "tls_ca",
        Shape::Path,
        Fallback::Unset { then: "the host's certificates", example: "\"/etc/cutover/db-ca.pem\"" },
        "A PEM file with the only authorities to believe.",
    ),
    key(
        "channel_binding",
        Shape::OneOf(&["prefer", "disable", "require"]),
        Fallback::Value("\"prefer\""),
        "Some poolers need disable.",
    ),
    key(
        "layout",
        Shape::OneOf(&["schema", "database", "column"]),
        Fallback::Value("\"schema\""),
        "What holds one tenant: a schema, a database, or rows with its id.",
    ),
    key(
        "tenants",
        Shape::Text,
        Fallback::Required("\"SELECT id, name FROM public.tenants\""),
        "One query that gives id, and if you like name, source and clone for those that do not follow the patterns.",
    ),
    key("source", Shape::Text, Fallback::Value("\"t_{id}\""), "Schema, database or id of a tenant's own data."),
    key("clone", Shape::Text, Fallback::Value("\"dryrun_{id}\""), "The same of its rehearsed clone."),
    key(
        "baseline",
        Shape::Text,
        Fallback::Required("\"baseline\""),
        "A schema (layout database: a database) that nobody migrates: its columns are what is compared. Layout column: the shared tables' schema.",
    ),
    key(
        "target",
        Shape::Text,
        Fallback::Unset { then: "the baseline", example: "\"baseline_v43\"" },
        "One that has what a migrated clone should have.",
    ),
    key("schema", Shape::Text, Fallback::Value("\"public\""), "Layout database: the schema with the tables in each."),
    key(
        "clone_schema",
        Shape::Text,
        Fallback::Unset { then: "the baseline: clones are rows with another id", example: "\"dryrun\"" },
        "Layout column: the schema with the clones' rows.",
    ),
    key("tenant_column", Shape::Text, Fallback::Value("\"tenant_id\""), "Layout column: the column with the tenant's id."),
    key("tables", Shape::Texts, Fallback::Value("[]"), "Only these of the baseline; empty is all."),
    key(
        "aggregates",
        Shape::Map,
        Fallback::Unset {
            then: "no aggregates are compared",
            example: "{ cases_by_status = \"SELECT status, count(*) FROM {schema}.cases GROUP BY 1\" }",
        },
        "Queries whose groups must be equal in source and clone; {schema} and {id} are filled in, quoted.",
    ),
    key(
        "require",
        Shape::Texts,
        Fallback::Value("[]"),
        "Checks that green asks for; empty is rows, hash, foreign_keys and schema, and aggregates when there are any.",
    ),
    key(
        "connections",
        Shape::Number { least: 1, most: 2 },
        Fallback::Value("2"),
        "At most so many at once for a round, and a short one more at the moment of an advance; more slow the others down.",
    ),
    key("connect_timeout", Shape::Duration, Fallback::Value("\"5s\""), "How long one connection may take."),
    key("statement_timeout", Shape::Duration, Fallback::Value("\"15s\""), "A check that takes longer is unknown."),
    key("lock_timeout", Shape::Duration, Fallback::Value("\"250ms\""), "Never queue longer behind a migration."),
];

/// What holds one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Schema,
    Database,
    Column,
}

/// How to reach and read one server.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    /// Without a password.
    pub url: String,
    pub password: Option<SecretRef>,
    /// `verify-full`, `require` or `disable`.
    pub tls: String,
    pub tls_ca: Option<PathBuf>,
    /// `prefer`, `disable` or `require`.
    pub channel_binding: String,
    pub layout: Layout,
    pub tenants: String,
    pub source: String,
    pub clone: String,
    pub baseline: String,
    pub target: Option<String>,
    pub schema: String,
    pub clone_schema: Option<String>,
    pub tenant_column: String,
    pub tables: Vec<String>,
    pub aggregates: BTreeMap<String, String>,
    pub require: Vec<CheckKind>,
    /// 1 or 2.
    pub connections: usize,
    pub connect_timeout: Duration,
    pub statement_timeout: Duration,
    pub lock_timeout: Duration,
}

impl PostgresSettings {
    #[must_use]
    pub fn of(values: &Values) -> Self {
        let text = |key: &str| values.text(key).unwrap_or_default().to_owned();
        let duration = |key: &str, seconds: u64| values.duration(key).unwrap_or(Duration::from_secs(seconds));
        let aggregates = values.map("aggregates").cloned().unwrap_or_default();
        let mut require: Vec<CheckKind> = values.texts("require").iter().filter_map(|word| kind_of(word)).collect();
        if require.is_empty() {
            require = MADE.iter().copied().filter(|kind| *kind != CheckKind::Aggregates || !aggregates.is_empty()).collect();
        }
        Self {
            url: text("url"),
            password: values.secret("password").cloned(),
            tls: text("tls"),
            tls_ca: values.path("tls_ca").map(Into::into),
            channel_binding: text("channel_binding"),
            layout: match values.text("layout") {
                Some("database") => Layout::Database,
                Some("column") => Layout::Column,
                _ => Layout::Schema,
            },
            tenants: text("tenants"),
            source: text("source"),
            clone: text("clone"),
            baseline: text("baseline"),
            target: values.text("target").map(Into::into),
            schema: text("schema"),
            clone_schema: values.text("clone_schema").map(Into::into),
            tenant_column: text("tenant_column"),
            tables: values.texts("tables").to_vec(),
            aggregates,
            require,
            connections: values.number("connections").and_then(|count| usize::try_from(count).ok()).unwrap_or(2).clamp(1, 2),
            connect_timeout: duration("connect_timeout", 5),
            statement_timeout: duration("statement_timeout", 15),
            lock_timeout: values.duration("lock_timeout").unwrap_or(Duration::from_millis(250)),
        }
    }
}

/// A source of this kind.
#[must_use]
pub fn connect(source: &SourceSettings, clock: &Arc<dyn Clock>) -> Connection {
    let settings = PostgresSettings::of(&source.values);
    Connection {
        source: Arc::new(PostgresSource::new(
            source.name.clone(),
            settings,
            (source.interval, source.stale_after),
            Arc::clone(clock),
        )),
        driver: None,
    }
}

fn kind_of(word: &str) -> Option<CheckKind> {
    MADE.iter().copied().find(|kind| kind.word() == word)
}

fn check(values: &Values) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(why) = not_a_database(values.text("url").unwrap_or_default()) {
        faults.push(Fault::new("url", format!("`url` {why}"), "write postgres://user@host:port/database"));
    }
    let one = "write one query that begins with SELECT, without `;`";
    if !values.text("tenants").is_some_and(is_one_query) {
        faults.push(Fault::new("tenants", "`tenants` is not one query", one));
    }
    for (at, (name, sql)) in values.map("aggregates").into_iter().flatten().enumerate() {
        if !is_one_query(sql) {
            faults.push(Fault::new("aggregates", format!("aggregate {name} is not one query"), one).at(at));
        }
    }
    for key in ["source", "clone"] {
        if values.text(key).is_some_and(|pattern| !pattern.contains("{id}")) {
            faults.push(Fault::new(key, format!("`{key}` has no {{id}}"), "put {id} where the tenant's id stands"));
        }
    }
    let is_same_place = values.text("layout") != Some("column") || values.text("clone_schema").is_none();
    if is_same_place && values.text("source") == values.text("clone") {
        faults.push(Fault::new(
            "clone",
            "`clone` is the source itself",
            "a tenant compared with itself is always right: name the clone",
        ));
    }
    let words: Vec<&str> = MADE.iter().map(|kind| kind.word()).collect();
    for (at, word) in values.texts("require").iter().enumerate() {
        if kind_of(word).is_none() {
            let what = format!("\"{word}\" is no check of this kind");
            faults.push(Fault::new("require", what, format!("right values: {}", words.join(", "))).at(at));
        }
    }
    let asks = values.texts("require").iter().any(|word| word == CheckKind::Aggregates.word());
    if asks && values.map("aggregates").is_none_or(BTreeMap::is_empty) {
        faults.push(Fault::new("require", "aggregates are required and there are none", "add `aggregates`, or take it out"));
    }
    faults
}

/// What is wrong with the address; repeats nothing of it.
fn not_a_database(url: &str) -> Option<&'static str> {
    let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
    let Some(rest) = rest else { return Some("is no address of a database") };
    if rest.contains('?') {
        return Some("holds a query; what it would say has keys of its own");
    }
    match url.parse::<tokio_postgres::Config>() {
        Ok(parsed) if parsed.get_password().is_some() => Some("holds a password; say where it is in `password`"),
        Ok(parsed) if parsed.get_hosts().is_empty() || parsed.get_user().is_none() || parsed.get_dbname().is_none() => {
            Some("has no user, host or database")
        }
        Ok(_) => None,
        Err(_) => Some("is no address of a database"),
    }
}
