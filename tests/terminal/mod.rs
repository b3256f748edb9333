//! The terminal room in a real pty, and its bytes through a real parser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "measures real time, ends the probe, and puts into cells what must never be there")]

mod bytes;
mod console_demo;
pub mod console_kit;
mod console_place;
mod console_plugin;
mod console_secrets;
mod console_type_ahead;
mod console_ways_out;
pub mod harness;
mod picture;
mod probe;
mod session;
