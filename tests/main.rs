//! One test binary (architecture.md section 1): every kind of test is a module of it.
#![allow(clippy::disallowed_methods, reason = "tests drive real programs in real time")]

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
