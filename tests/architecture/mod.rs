//! The laws of the house, held by reading the source: floors, banned crates, circles, file lengths, words, paths.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod floors;
mod papers;
mod scanner;
mod tidy;
mod tree;
