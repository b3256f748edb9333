//! What one look at the server's catalogue tells of all tenants at once: which of them changed since they were checked, and
//! whose columns are not what they should be.

use std::collections::BTreeMap;

use super::{
    baseline::{COLUMNS, field, only},
    link::Set,
};

/// What is asked about the server itself.
pub const SERVER: &str = "SELECT pg_is_in_recovery(), current_setting('track_counts'), pg_postmaster_start_time()::text, \
     current_setting('is_superuser');";

/// What one look at the catalogue says about a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Changes with every write, `TRUNCATE` included: no tuple counter shows that one, only the file does.
    pub token: String,
    /// Size in pages, an estimate: for the order only.
    pub pages: u64,
    /// Of names, types and nullability of all columns.
    pub fingerprint: String,
}

/// Both questions about all schemas: tokens with sizes, then fingerprints.
#[must_use]
pub fn query(tables: &[String]) -> String {
    let only = only(tables);
    format!(
        "SELECT n.nspname, sum(hashtextextended(c.relname||':'||c.relfilenode||':'||pg_stat_get_tuples_inserted(c.oid)||':'\
         ||pg_stat_get_tuples_updated(c.oid)||':'||pg_stat_get_tuples_deleted(c.oid),0)::numeric), sum(c.relpages) \
         FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace WHERE c.relkind='r' AND n.nspname !~ '^pg_'{only} GROUP BY 1;\
         SELECT n.nspname, sum(hashtextextended(c.relname||'.'||a.attname||':'||a.atttypid||':'||a.atttypmod||':'\
         ||a.attnotnull::text,0)::numeric) {COLUMNS} AND n.nspname !~ '^pg_'{only} GROUP BY 1;"
    )
}

/// Schemas by name.
#[must_use]
pub fn seen(tokens: &Set, fingerprints: &Set) -> BTreeMap<String, Seen> {
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for row in &tokens.rows {
        let one = seen.entry(field(row, 0).to_owned()).or_default();
        field(row, 1).clone_into(&mut one.token);
        one.pages = field(row, 2).parse().unwrap_or(0);
    }
    for row in &fingerprints.rows {
        field(row, 1).clone_into(&mut seen.entry(field(row, 0).to_owned()).or_default().fingerprint);
    }
    seen
}

/// The server as far as tokens are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// A standby counts no tuples that are replayed, and a server may count none at all: then no token proves anything.
    pub counts: bool,
    /// Counters begin again when the server does.
    pub started: String,
    pub superuser: bool,
}

impl Server {
    #[must_use]
    pub fn of(set: &Set) -> Self {
        let Some(row) = set.rows.first() else { return Self::default() };
        Self {
            counts: field(row, 0) == "f" && field(row, 1) == "on",
            started: field(row, 2).to_owned(),
            superuser: field(row, 3) == "on",
        }
    }
}
