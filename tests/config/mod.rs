//! The configuration file: what is read, what is refused and in which words, where it is looked for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod broken;
mod example;
mod flags;
mod kinds;
mod places;
mod right;
mod secrets;
