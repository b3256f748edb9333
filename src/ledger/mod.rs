//! The append-only, hash-chained record of what people and this console did. Fold it and you have all human facts.
//!
//! Format and faults: reliability.md 1.3-1.5, 1.10. What this room does *not* do: decide, send, or draw.

pub mod book;
pub mod entry;
pub mod port;
