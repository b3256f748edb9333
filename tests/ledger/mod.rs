//! The ledger: format, chain, faults, and what nothing may get past.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stderr)]

mod differential;
mod faults;
mod fold;
mod format;
mod human;
mod mutations;
mod places;
mod tails;
mod world;
mod writers;
