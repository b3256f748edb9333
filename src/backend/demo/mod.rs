//! A simulated control plane behind the same ports, for trying the console and for its tests.
//!
//! `World` is a pure simulation: a seed and world time in, rollouts out. `DemoWorld` is the async shell around it, and the
//! only thing that the rest of the program sees. What this room does *not* do: judge, record, or draw anything, and no
//! other room knows that a source is simulated.

mod alerts;
mod app;
mod cast;
mod clock;
mod controller;
mod faults;
mod metrics;
mod patch;
mod plan;
mod shell;
mod side;
mod tenants;
mod view;
mod world;

pub use clock::WorldClock;
pub use faults::{Fault, FaultSet, UnknownFault};
pub use patch::Unprocessable;
pub use shell::{DemoSettings, DemoWorld};
pub use world::World;
