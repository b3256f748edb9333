//! The command line: parse, call the same engine as the screen, print for people, for scripts (`--json`) or plain.
//!
//! What this room does *not* do: decide whether a change is possible, send one, or open a connection; it asks the `World`
//! that main hands it. Nothing here writes to the process's own stdout: every sink is an argument.

pub mod act;
pub mod answer;
pub mod args;
pub mod audit;
pub mod command;
pub mod doubt;
pub mod exit;
pub mod look;
pub mod port;
pub mod run;
pub mod table;
pub mod target;
mod under_way;

pub use args::Args;
pub use exit::Exit;
pub use run::{run, run_alone};
