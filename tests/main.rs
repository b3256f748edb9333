//! One test binary (architecture.md section 1): every kind of test is a module of it.

mod architecture;
mod backends;
mod backends;
mod cli;
mod config;
mod domain;
mod ledger;
mod operate;
mod properties;
mod real;
mod screens;
mod stories;
mod terminal;
mod world;
