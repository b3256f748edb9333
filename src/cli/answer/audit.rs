//! `audit verify --json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::ledger::verify::ChainReport;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "cutover audit verify --json")]
pub struct AuditVerify {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub chains: Vec<ChainItem>,
}

/// One user's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChainItem {
    pub user: String,
    pub records: u64,
    /// No problem was found.
    pub ok: bool,
    /// Hash of the newest record; null when the chain is empty or can not be read.
    pub head: Option<String>,
    /// In words; also what does not break the chain.
    pub problems: Vec<String>,
    /// Actions in doubt that nobody has resolved.
    pub open_in_doubt: u64,
}

impl From<ChainReport> for ChainItem {
    fn from(value: ChainReport) -> Self {
        Self {
            user: value.user,
            records: value.records,
            ok: value.ok,
            head: value.head,
            problems: value.problems,
            open_in_doubt: value.open_in_doubt,
        }
    }
}
