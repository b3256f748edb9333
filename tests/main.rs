//! One test binary (architecture.md section 1): every kind of test is a module of it.
#![allow(clippy::disallowed_methods, reason = "tests drive real programs in real time")]
#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::needless_pass_by_value,
    clippy::print_stdout,
    clippy::panic,
    clippy::format_collect,
    reason = "in a test the other case is a failure, values are made for one call, and figures are told"
)]

mod architecture;
mod backends;
mod cli;
mod config;
mod domain;
mod journeys;
mod ledger;
mod operate;
mod plan;
mod properties;
mod real;
mod screens;
mod stories;
mod terminal;
mod world;
