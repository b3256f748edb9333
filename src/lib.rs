//! Cutover, the release captain's console. This file is the map of the house; each room's `mod.rs` says what it is.
//!
//! Floors: `domain, config, plan, terminal` <- `backend, ledger, app` <- `operate, report, ui` <- `runtime, cli` <- `main`.
//! `tests/architecture` holds them apart. A room that has nothing in it yet does not exist: `report` comes with documents.

pub mod app;
pub mod backend;
pub mod cli;
pub mod config;
pub mod domain;
pub mod ledger;
pub mod operate;
pub mod plan;
pub mod runtime;
pub mod terminal;
pub mod ui;
