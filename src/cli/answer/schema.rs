//! The contract's version, the schema of an answer, and how an answer is printed.

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
