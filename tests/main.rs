//! One test binary (architecture.md section 1): every kind of test is a module of it.

mod architecture;
mod backends;
mod cli;
mod config;
mod domain;
mod ledger;
mod operate;
mod properties;
mod screens;
mod stories;
mod terminal;
mod world;
