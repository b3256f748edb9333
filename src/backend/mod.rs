//! Everything that speaks to an outside system, one folder a system.
//!
//! A system is read through the port `Source` and changed through the port `Driver` (port.rs). What this room does *not*
//! do: decide whether a change is allowed (domain), record it (ledger), or order its steps (operate).

pub mod alertmanager;
pub mod argo;
pub mod demo;
pub mod http;
pub mod poller;
pub mod port;
pub mod postgres;
pub mod prometheus;
pub mod registry;
pub mod web;
