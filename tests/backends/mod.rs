//! Contracts of the backends: what each does behind the two ports.

mod demo;
mod demo_faults;
