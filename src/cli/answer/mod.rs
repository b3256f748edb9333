//! What `--json` prints (contract.md, schema 1), as types, each with a JSON Schema, and the pure way there from domain values.
//!
//! `schema` stands first, unknown is `null` and never absent, times are RFC 3339 UTC with milliseconds, durations are
//! seconds in fields that end in `_s`. What this room does *not* do: ask anything, or print for people.

pub mod audit;
pub mod config;
pub mod doubt;
pub mod moment;
pub mod outcome;
pub mod status;
pub mod verdict;
pub mod version;
pub mod why;

use std::io::{self, Write};

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;

/// The contract's version in every answer.
pub const SCHEMA: u32 = 1;

/// The JSON Schema of one answer. Made for what we write, so every field is required: unknown is `null`.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

/// Prints one answer as one line of JSON.
///
/// # Errors
/// When it can not be written.
pub fn print<T: Serialize>(answer: &T, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, answer)?;
    writeln!(out)
}
