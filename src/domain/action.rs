//! One change that somebody asked for, from intent to outcome, has one identifier.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Identifier of one change: UUIDv7. It is the ledger's `id`, the request's `Audit-ID` header and what people quote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionId(pub String);

impl ActionId {
    /// A short form for the screen: the last six characters, which are the random ones.
    #[must_use]
    pub fn short(&self) -> &str {
        let start = self.0.len().saturating_sub(6);
        self.0.get(start..).unwrap_or(&self.0)
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
