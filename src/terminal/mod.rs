//! The tty itself: take it, give it back once, read keys, write frames, notice when it goes away.
//!
//! What this room does *not* do: know what is on the screen, or what a key means.

pub mod input;
