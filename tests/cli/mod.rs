//! The command line: what can be typed, what is printed, how it ends. A made-up world stands behind it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod acting;
mod answers;
mod codes;
mod first;
mod hostile;
mod interrupted;
pub mod judged;
mod looking;
mod records;
mod saying;
mod showing;
mod typed;
mod watching;
pub mod world;
