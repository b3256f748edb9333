//! `tick | ack | note --json`: what was recorded.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::progress::Receipt;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "cutover tick|ack|note --json")]
pub struct SaidAnswer {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// What it was, in words.
    pub said: String,
    /// Where it stands in the ledger.
    pub record: Receipt,
}
