//! The configuration file described for machines (JSON Schema) and for people (the example), from the same key tables.

use std::fmt::Write as _;

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::keys::{Fallback, Key, Shape, TABLES, Table};

/// JSON Schema of the configuration file (draft 2020-12).
#[must_use]
pub fn schema() -> Schema {
    let tables: Map<String, Value> = TABLES.iter().map(|table| (table.name.to_owned(), describe(table))).collect();
    let mut schema = Schema::default();
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!("Cutover configuration"));
    schema.insert("type".into(), json!("object"));
    schema.insert("additionalProperties".into(), json!(false));
    schema.insert("properties".into(), Value::Object(tables));
    schema
}

fn describe(table: &Table) -> Value {
    let properties: Map<String, Value> = table.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> =
        table.keys.iter().filter(|key| matches!(key.fallback, Fallback::Required(_))).map(|key| key.name).collect();
    let one = json!({"type": "object", "description": table.why, "additionalProperties": false,
        "properties": properties, "required": required});
    if table.named.is_none() {
        return one;
    }
    json!({"type": "object", "description": table.why, "additionalProperties": one,
        "propertyNames": {"pattern": "^[a-z0-9-]{1,32}$"}})
}

fn property(key: &Key) -> Value {
    let mut value = match key.shape {
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Text | Shape::Path => json!({"type": "string", "minLength": 1}),
        Shape::Texts => json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}),
        Shape::Duration => json!({"type": "string", "pattern": "^([0-9]+(ms|s|m|h))+$"}),
        Shape::OneOf(right) => json!({"enum": right}),
    };
    if let Value::Object(fields) = &mut value {
        fields.insert("description".into(), json!(key.why));
        match key.fallback {
            Fallback::Required(_) => {}
            Fallback::Value(default) => {
                // Every default is written as TOML that is JSON too; a test holds it.
                fields.insert("default".into(), serde_json::from_str(default).unwrap_or(Value::Null));
            }
            Fallback::Unset { then, .. } => {
                fields.insert("description".into(), json!(format!("{} Unset: {then}.", key.why)));
            }
        }
    }
    value
}

/// `config.example.toml`: every key with its default and one line why.
#[must_use]
pub fn example() -> String {
    let mut text = String::from(
        "# Cutover's configuration: every key, its default, and one line why it is there.\n\
         # A key behind `#` is unset by default. Look for mistakes with: cutover config check\n\
         # The file that counts: --config, CUTOVER_CONFIG, $XDG_CONFIG_HOME/cutover/config.toml, /etc/cutover/config.toml.\n\
         # Paths: absolute, from ~/, or relative to this file's directory. Durations: \"500ms\", \"2s\", \"1m30s\", \"1h\".\n\
         # No secret is ever written here: credentials are in the kubeconfig, with whatever protects it.\n",
    );
    for table in TABLES {
        let head = table.named.map_or_else(|| table.name.to_owned(), |name| format!("{}.{name}", table.name));
        let _ = write!(text, "\n# {}\n[{head}]\n", table.why);
        for key in table.keys {
            let _ = writeln!(text, "# {}", key.why);
            let _ = match key.fallback {
                Fallback::Required(example) => writeln!(text, "{} = {example}", key.name),
                Fallback::Value(default) => writeln!(text, "{} = {default}", key.name),
                Fallback::Unset { then, example } => {
                    writeln!(text, "# Unset: {then}.\n#{} = {example}", key.name)
                }
            };
        }
    }
    text
}
