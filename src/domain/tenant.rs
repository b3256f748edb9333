//! A customer, and what the rehearsal of its migration found. Every verdict here is exact or unknown; there is no percentage
//! of data that may be lost (tenant-dry-runs.md 3.5).

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    id::{Name, SourceId},
    text::DisplayText,
};

/// What can be checked of a tenant (tenant-dry-runs.md 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// Every row of the source is in the clone, and no other.
    Rows,
    /// The same content in the frozen baseline columns.
    Hash,
    /// Named aggregates equal, group by group.
    Aggregates,
    /// No orphan of any foreign key, by anti-join.
    ForeignKeys,
    /// The clone has the columns that it should have.
    Schema,
    Smoke,
    Backup,
    Flags,
    Roles,
    /// What a tenant tells about itself (telemetry), against bounds of the source's columns.
    Facts,
}

impl CheckKind {
    pub const ALL: [Self; 10] = [
        Self::Rows,
        Self::Hash,
        Self::Aggregates,
        Self::ForeignKeys,
        Self::Schema,
        Self::Smoke,
        Self::Backup,
        Self::Flags,
        Self::Roles,
        Self::Facts,
    ];

    /// As it is written in plans, configuration and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Hash => "hash",
            Self::Aggregates => "aggregates",
            Self::ForeignKeys => "foreign_keys",
            Self::Schema => "schema",
            Self::Smoke => "smoke",
            Self::Backup => "backup",
            Self::Flags => "flags",
            Self::Roles => "roles",
            Self::Facts => "facts",
        }
    }
}

impl fmt::Display for CheckKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What one check of one tenant says. A check that is not in the list was not made: unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckResult {
    Pass,
    Warn(DisplayText),
    Fail(DisplayText),
    /// It could not be made: `lock_timeout 55P03`, `row security hides rows`.
    Unknown(DisplayText),
    Running,
    /// Present only where the feature is (GA-16).
    Absent,
}

/// Where a tenant stands, worst first: the order of every list (tenant-dry-runs.md 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantState {
    Fail,
    Unknown,
    Stale,
    Warn,
    Running,
    Queued,
    /// It does not tell, by its own will: a state, neither green nor an outage (HD-94).
    OptedOut,
    Green,
}

impl TenantState {
    pub const ALL: [Self; 8] =
        [Self::Fail, Self::Unknown, Self::Stale, Self::Warn, Self::Running, Self::Queued, Self::OptedOut, Self::Green];

    /// As it stands in filters and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Stale => "stale",
            Self::Warn => "warn",
            Self::Running => "running",
            Self::Queued => "queued",
            Self::OptedOut => "opted_out",
            Self::Green => "green",
        }
    }
}

/// One table of one tenant, source beside clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableCount {
    pub table: DisplayText,
    pub source: Option<i64>,
    /// `None`: the table is missing or was not counted; never a loss of all rows.
    pub clone: Option<i64>,
    pub same_content: Option<bool>,
}

/// One customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    pub id: Name,
    pub name: Option<DisplayText>,
    /// Sorted by kind, each kind at most once.
    pub checks: Vec<(CheckKind, CheckResult)>,
    /// Rows in the clone minus rows in the source, over all tables; `None` = not known. Negative is data loss.
    pub rows: Option<i64>,
    /// Only of tenants with something to see; those that are green keep none.
    pub tables: Vec<TableCount>,
    /// Key and value of further columns, in the order of the table's `columns`.
    pub values: Vec<DisplayText>,
    /// Opted out, queued or running as the source says; `None`: the checks alone say it.
    pub told: Option<TenantState>,
    /// Failures with one cause share this text: quoted names, numbers and the tenant's own key are replaced.
    pub cause: Option<DisplayText>,
    pub note: DisplayText,
    pub checked: Option<Timestamp>,
    pub took: Option<Duration>,
}

impl Tenant {
    /// The verdict as far as checks reach: green only when every check in `require` was made and passes. `stale`: the
    /// source's values are too old to be worth it.
    #[must_use]
    pub fn state(&self, require: &[CheckKind], stale: bool) -> TenantState {
        if self.told == Some(TenantState::OptedOut) {
            return TenantState::OptedOut;
        }
        let result = |kind: CheckKind| self.checks.iter().find(|(made, _)| *made == kind).map(|(_, result)| result);
        if self.rows.is_some_and(|rows| rows < 0) || self.checks.iter().any(|(_, result)| matches!(result, CheckResult::Fail(_)))
        {
            return TenantState::Fail;
        }
        if let Some(told @ (TenantState::Running | TenantState::Queued)) = self.told {
            return told;
        }
        let unknown = require.is_empty()
            || require
                .iter()
                .any(|kind| !matches!(result(*kind), Some(CheckResult::Pass | CheckResult::Warn(_) | CheckResult::Absent)));
        if unknown {
            return TenantState::Unknown;
        }
        if stale || self.told == Some(TenantState::Stale) {
            return TenantState::Stale;
        }
        if self.checks.iter().any(|(_, result)| matches!(result, CheckResult::Warn(_))) {
            return TenantState::Warn;
        }
        TenantState::Green
    }
}

/// All tenants of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantTable {
    pub source: SourceId,
    /// In the order of their ids.
    pub tenants: Arc<[Arc<Tenant>]>,
    /// Heads of `Tenant::values`.
    pub columns: Vec<DisplayText>,
    /// Which checks this source makes, and which of them green asks for.
    pub require: Vec<CheckKind>,
    /// Of how many tenants the newest round is done, while one is under way.
    pub progress: Option<(u32, u32)>,
    /// Our own footprint in words: `2 conns · 41 tenants/s · p95 6 ms`.
    pub footprint: DisplayText,
}
