//! What the engine asks of a ledger. One implementation writes files; tests bring others that fail on purpose.

use crate::domain::progress::Receipt;

use super::{Ledger, book::Book, entry::Entry};

/// Why a record could not be made durable, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotRecorded(pub String);

/// Durable memory. All calls block on the disk: call them from a thread that may.
pub trait Recorder: Send + Sync {
    /// Writes one record and returns only when it is durable.
    ///
    /// # Errors
    /// When it is not known to be durable. The caller must then not send anything.
    fn record(&self, entry: Entry) -> Result<Receipt, NotRecorded>;

    /// The same for an outcome: the change has happened, so the last resort is used too (reliability.md 1.5).
    ///
    /// # Errors
    /// When not even the last resort is durable.
    fn record_outcome(&self, entry: Entry) -> Result<Receipt, NotRecorded>;

    /// What is open now, over all readable chains.
    ///
    /// # Errors
    /// When the chain can not be read or is broken.
    fn book(&self) -> Result<Book, NotRecorded>;
}

impl Recorder for Ledger {
    fn record(&self, entry: Entry) -> Result<Receipt, NotRecorded> {
        self.append(entry).map_err(|error| NotRecorded(error.to_string()))
    }

    /// `append` knows outcomes by their type.
    fn record_outcome(&self, entry: Entry) -> Result<Receipt, NotRecorded> {
        self.record(entry)
    }

    fn book(&self) -> Result<Book, NotRecorded> {
        Self::book(self).map_err(|error| NotRecorded(error.to_string()))
    }
}
