//! The command line: parse, call the same engine as the screen, print for people, for scripts (`--json`) or plain.
//!
//! What this room does *not* do: decide whether a change is possible, send one, or open a connection; it asks the `World`
//! that main hands it. Nothing here writes to the process's own stdout: every sink is an argument.

pub mod act;
pub mod alerts;
pub mod alone;
pub mod answer;
pub mod args;
pub mod audit;
pub mod command;
pub mod doctor;
pub mod doubt;
pub mod exit;
pub mod gates;
pub mod init;
pub mod look;
pub mod papers;
pub mod plan;
pub mod port;
pub mod run;
pub mod say;
pub mod table;
pub mod target;
pub mod tenants;
mod under_way;
pub mod watch;

pub use args::Args;
pub use exit::Exit;
pub use run::{run, run_alone};
