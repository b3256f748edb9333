//! The fold: what the records say is true now.

use crate::domain::{
    Timestamp, action::ActionId, assess::Passage, change::ChangePlan, human::HumanFacts, id::TargetId, operation::Operation,
    outcome::Outcome, text::DisplayText,
};

/// An action that has an intent and no end yet, from any readable chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRecord {
    pub id: ActionId,
    /// `seq` of the intent in its chain.
    pub intent: u64,
    pub operation: Operation,
    pub target: TargetId,
    pub plan: ChangePlan,
    pub who: DisplayText,
    pub since: Timestamp,
    /// `None` until an outcome was recorded.
    pub outcome: Option<Outcome>,
    /// What the outcome record says.
    pub sentence: String,
    /// The process that owns the intent is alive: in flight, not in doubt.
    pub owner_alive: bool,
    /// It is in this user's own chain.
    pub own: bool,
}

/// All that the ledger says is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// Intents whose owner lives and that have no outcome.
    pub in_flight: Vec<OpenRecord>,
    /// Outcome in doubt, or an intent without outcome whose owner is dead.
    pub in_doubt: Vec<OpenRecord>,
    /// Accepted, and no observed record says verified or contradicted.
    pub accepted: Vec<OpenRecord>,
    /// What people ticked, acknowledged and noted, over all readable chains.
    pub human: HumanFacts,
    /// Changes that were verified, oldest first, over all readable chains: when stages began, how long pauses were.
    pub passages: Vec<Passage>,
    /// Number of records and the head of the own chain.
    pub records: u64,
    pub head: Option<String>,
    /// The own chain is damaged, and what stands behind the damage is not known: the lists may lack something.
    pub incomplete: bool,
    /// Why nothing can be written; `None` when it can.
    pub unwritable: Option<String>,
}

/// One record as the audit page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub seq: u64,
    pub at: Timestamp,
    pub who: DisplayText,
    /// `intent`, `outcome`, ...
    pub kind: &'static str,
    /// `advance shop/checkout 25 -> 50`.
    pub what: DisplayText,
    pub result: DisplayText,
    pub via: &'static str,
    pub action: Option<ActionId>,
    pub hash: String,
    /// The record as it is on disk, pretty-printed: one string a line.
    pub lines: Vec<DisplayText>,
}

/// What the audit page needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// Newest first, at most 1,000.
    pub rows: Vec<AuditRow>,
    pub records: u64,
    pub head: Option<String>,
    /// When the whole chain was last verified, and the problems found; `None` = not verified in this session.
    pub verified: Option<(Timestamp, Vec<String>)>,
    pub error: Option<String>,
}
