//! The append-only, hash-chained record of what people and this console did. Fold it and you have all human facts.
//!
//! One chain a user, JSON Lines, a record durable before `append` returns. Format and faults: reliability.md 1.3-1.5, 1.10.
//! Calls block (disk, a lock of at most 5 s): never call them on the drawing path. What this room does *not* do: decide,
//! send, or draw.

mod ballast;
pub mod book;
mod chain;
pub mod changes;
pub mod disk;
pub mod entry;
mod error;
mod fold;
mod folder;
mod handle;
mod human;
mod light;
mod line;
pub mod owner;
pub mod page;
mod past;
pub mod port;
pub mod record;
pub mod scan;
pub mod verify;

pub use chain::Limits;
pub use error::LedgerError;
pub use handle::{Ledger, LedgerPaths};
