//! What runs: the loop of the console, the system's clock, and how a configuration becomes connected systems.
//!
//! What this room does *not* do: decide what a message means (app), look like anything (ui), or order an action (operate).

pub mod beat;
pub mod book;
pub mod clock;
pub mod command;
pub mod console;
mod doctor;
pub mod face;
mod follow;
pub mod hands;
mod interrupt;
pub mod log;
mod look;
pub mod place;
pub mod screen;
pub mod start;
mod told;
pub mod world;
