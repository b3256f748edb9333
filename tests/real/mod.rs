//! The console against real servers. Where a server is not on the machine a test says so in one line.

mod argo;
pub mod backends;
mod cluster;
mod console_changes;
mod console_two;
mod console_verbs;
mod console_welcome;
mod gated;
mod observing;
mod outage;
mod pg_server;
mod postgres;
mod postgres_at_send;
