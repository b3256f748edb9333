//! `audit verify --json`.

use schemars::JsonSchema;
use serde::Serialize;

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
    /// Where it breaks: segment, record, byte.
    pub problems: Vec<String>,
}
