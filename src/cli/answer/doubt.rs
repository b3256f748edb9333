//! `doubt list --json`, and the shape of an open action wherever it is shown.

use schemars::JsonSchema;
use serde::Serialize;

use super::{SCHEMA, moment::Moment};
use crate::{
    domain::{change::Point, operation::Operation, outcome::Outcome},
    ledger::book::{Book, OpenRecord},
};

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "cutover doubt list --json")]
pub struct Doubt {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub actions_in_doubt: Vec<OpenItem>,
    /// Why the ledger can not be written (nothing can be resolved then); null when it can.
    pub ledger_unwritable: Option<String>,
}

/// An action that has an intent and no end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OpenItem {
    pub action: String,
    pub operation: Operation,
    pub target: String,
    pub since: Moment,
    pub who: String,
    /// It is in this user's own chain.
    pub own: bool,
    pub before: Point,
    pub after: Point,
    /// Null until an outcome was recorded.
    pub outcome: Option<Outcome>,
    pub sentence: String,
}

impl From<&OpenRecord> for OpenItem {
    fn from(value: &OpenRecord) -> Self {
        Self {
            action: value.id.to_string(),
            operation: value.operation,
            target: value.target.to_string(),
            since: value.since.into(),
            who: value.who.to_string(),
            own: value.own,
            before: value.plan.before.clone(),
            after: value.plan.after.clone(),
            outcome: value.outcome,
            sentence: value.sentence.clone(),
        }
    }
}

impl From<&Book> for Doubt {
    fn from(value: &Book) -> Self {
        Self {
            schema: SCHEMA,
            actions_in_doubt: value.in_doubt.iter().map(OpenItem::from).collect(),
            ledger_unwritable: value.unwritable.clone(),
        }
    }
}
