//! Contracts of the backends: what each does behind the two ports.

mod alertmanager;
mod argo_changes;
mod argo_flood;
pub mod argo_mock;
mod argo_plugin;
mod argo_sent;
mod argo_tls;
mod argo_watch;
mod argo_wire;
mod demo;
mod demo_faults;
mod http;
mod matrix;
mod poller;
mod prometheus;
mod web_faults;
pub mod web_mock;
mod web_tls;
