//! What became of a change (contract.md, `outcome`).

use serde::{Deserialize, Serialize};

/// The life of a change ends in one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Read back from the system: the controller has acted.
    Verified,
    /// The system answered 2xx, and its controller has not acted yet.
    Accepted,
    /// The system said no; nothing changed.
    Rejected,
    /// We said no; nothing was sent.
    Refused,
    /// No connection was ever made; nothing was sent.
    NotSent,
    /// Sent, and the answer is unknown. It may have happened, or not.
    InDoubt,
    /// The answer was good and the read-back shows something else.
    Contradicted,
}

impl Outcome {
    /// The word in JSON and in the ledger.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::NotSent => "not_sent",
            Self::InDoubt => "in_doubt",
            Self::Contradicted => "contradicted",
        }
    }

    /// The words people read.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::NotSent => "not sent",
            Self::InDoubt => "in doubt",
            Self::Verified | Self::Accepted | Self::Rejected | Self::Refused | Self::Contradicted => self.word(),
        }
    }
}
