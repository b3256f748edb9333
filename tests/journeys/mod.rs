//! The whole console over the demo world, under virtual time.
//!
//! `runtime::console::run` runs on a current-thread runtime whose clock is paused: time jumps to the next timer when nothing
//! is left to do, and tokio does not let it jump while a `spawn_blocking` call (the real ledger, on a real disk) is out. So
//! nothing races and nothing sleeps: a journey presses a key, which is in the next frame, or waits until the screen shows
//! something, with a deadline in virtual time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod console;

mod acting;
mod commands;
mod judged;
mod looking;
mod place;
mod trouble;
