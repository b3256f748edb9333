//! The terminal room in a real pty, and its bytes through a real parser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod bytes;
pub mod harness;
mod probe;
mod session;
