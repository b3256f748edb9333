//! What a running action says on its way, and what it says at the end.

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    action::ActionId,
    change::{ChangePlan, Request},
    id::TargetId,
    operation::Operation,
    outcome::Outcome,
    permit::Refusal,
};

/// One stage of an action under way (reliability.md 1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Reading the target again and checking everything again.
    Checking,
    /// The controller has just written; waiting until the object has been still for half a second (at most 3 s).
    Settling,
    /// The intent is durable; the request leaves now.
    Sending,
    /// The system answered; reading back.
    Answered { status: u16 },
    /// Answered 2xx, and for this many seconds the controller has not acted. A nudge may be offered from 6 s on.
    NotActedOn { seconds: u64 },
    /// The end.
    Done(Box<Report>),
}

/// Where the proof stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Receipt {
    /// The chain: the user's name.
    pub ledger: String,
    pub seq: u64,
    /// SHA-256 of the record, hex.
    pub hash: String,
}

/// One request as it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRequest {
    pub request: Request,
    pub sent: bool,
    /// The HTTP status, when an answer came.
    pub status: Option<u16>,
}

/// The end of an action, the same for screen and command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub action: ActionId,
    pub operation: Operation,
    pub target: TargetId,
    /// The plan; `None` when none could be made.
    pub plan: Option<ChangePlan>,
    pub outcome: Outcome,
    pub sentence: String,
    pub refusal: Option<Refusal>,
    pub requests: Vec<SentRequest>,
    pub read_back_at: Option<Timestamp>,
    /// The last record written for this action.
    pub record: Option<Receipt>,
    /// An outcome that could not be made durable: said in red until somebody reads it.
    pub outcome_not_durable: Option<String>,
}
