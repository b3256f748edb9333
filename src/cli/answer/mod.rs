//! What `--json` prints (contract.md, schema 1), as types, each with a JSON Schema, and the pure way there from domain values.
//!
//! `schema` stands first, unknown is `null` and never absent, times are RFC 3339 UTC with milliseconds, durations are
//! seconds in fields that end in `_s`. What this room does *not* do: ask anything, or print for people.

pub mod alerts;
pub mod audit;
pub mod config;
pub mod doctor;
pub mod doubt;
pub mod event;
pub mod gates;
pub mod moment;
pub mod outcome;
pub mod plan;
pub mod said;
pub mod schema;
pub mod seen;
pub mod status;
pub mod tenants;
pub mod verdict;
pub mod version;
pub mod why;

pub use schema::{SCHEMA, print, schema_of};
