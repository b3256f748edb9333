//! Why nothing was recorded, in words for people.

use std::{io, path::Path};

/// Why the ledger did not take a record, or cannot be read. After any of these nothing may be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The place is not safe or does not keep what is written.
    #[error("{0}")]
    Refused(String),
    /// The lock was not free within 5 s.
    #[error("another process holds the ledger's lock: {holder}; wait for it or end it")]
    Busy { holder: String },
    #[error("only {free} bytes are free where the ledger is, and 8 MiB are kept for outcomes: make room")]
    NoSpace { free: u64 },
    /// Damage that no crash explains.
    #[error("the ledger is damaged ({0}): keep a copy, move it aside, and a new one begins")]
    Broken(String),
    #[error("the record would be {bytes} bytes long, more than the 16 KiB a record may have")]
    TooLong { bytes: usize },
    #[error("the record cannot be written as JSON: {0}")]
    Unrecordable(String),
    /// An earlier write of this process failed; nothing more is written by it but outcomes.
    #[error("an earlier write failed ({0}): end this console and start it again when the disk is well")]
    Poisoned(String),
    #[error("cannot {doing} {path}: {why}")]
    Io { doing: &'static str, path: String, why: String, errno: Option<i32> },
}

impl LedgerError {
    pub(super) fn io(doing: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::Io { doing, path: path.display().to_string(), why: error.to_string(), errno: error.raw_os_error() }
    }

    pub(super) fn errno(&self) -> Option<i32> {
        match self {
            Self::Io { errno, .. } => *errno,
            Self::Refused(_)
            | Self::Busy { .. }
            | Self::NoSpace { .. }
            | Self::Broken(_)
            | Self::TooLong { .. }
            | Self::Unrecordable(_)
            | Self::Poisoned(_) => None,
        }
    }
}
