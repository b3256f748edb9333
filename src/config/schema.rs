//! The configuration file described for machines (JSON Schema) and for people (the example), from the same key tables.

use std::fmt::Write as _;

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::{
    keys::{Fallback, Key, SOURCE, Shape, TABLES, Table},
    kind::SourceKind,
    source::keys_of,
};

/// JSON Schema of the configuration file (draft 2020-12).
#[must_use]
pub fn schema(kinds: &[&SourceKind]) -> Schema {
    let tables: Map<String, Value> = TABLES
        .iter()
        .map(|table| (table.name.to_owned(), if *table == SOURCE { sources(kinds) } else { describe(table) }))
        .collect();
    let mut schema = Schema::default();
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!("Cutover configuration"));
    schema.insert("type".into(), json!("object"));
    schema.insert("additionalProperties".into(), json!(false));
    schema.insert("properties".into(), Value::Object(tables));
    schema
}

fn describe(table: &Table) -> Value {
    let one = object(table.keys, table.why);
    if table.named.is_none() {
        return one;
    }
    named(&one, table.why)
}

/// Each kind has keys of its own: one of them must fit.
fn sources(kinds: &[&SourceKind]) -> Value {
    let each: Vec<Value> = kinds
        .iter()
        .map(|kind| {
            let mut one = object(&keys_of(kind), kind.why);
            if let Some(Value::Object(word)) = one.pointer_mut("/properties/kind") {
                word.insert("const".into(), json!(kind.word));
            }
            one
        })
        .collect();
    named(&json!({"oneOf": each}), SOURCE.why)
}

fn object(keys: &[Key], why: &str) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> =
        keys.iter().filter(|key| matches!(key.fallback, Fallback::Required(_))).map(|key| key.name).collect();
    json!({"type": "object", "description": why, "additionalProperties": false,
        "properties": properties, "required": required})
}

fn named(one: &Value, why: &str) -> Value {
    json!({"type": "object", "description": why, "additionalProperties": one,
        "propertyNames": {"pattern": "^[a-z0-9-]{1,32}$"}})
}

fn property(key: &Key) -> Value {
    let mut value = match key.shape {
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Text | Shape::Path => json!({"type": "string", "minLength": 1}),
        Shape::Texts => json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}),
        Shape::Duration => json!({"type": "string", "pattern": "^([0-9]+(ms|s|m|h))+$"}),
        Shape::OneOf(right) => json!({"enum": right}),
        Shape::Url => json!({"type": "string", "pattern": "^https?://[^@?#]+$"}),
        Shape::Secret => json!({"type": "string", "pattern": "^(env|file|cmd):."}),
        Shape::Number { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        Shape::Map => json!({"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}),
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

/// `config.example.toml`: every key with its default and one line why; a stanza for each kind of source.
#[must_use]
pub fn example(kinds: &[&SourceKind]) -> String {
    let mut text = String::from(
        "# Cutover's configuration: every key, its default, and one line why it is there.\n\
         # A key behind `#` is unset by default. Look for mistakes with: cutover config check\n\
         # The file that counts: --config, CUTOVER_CONFIG, $XDG_CONFIG_HOME/cutover/config.toml, /etc/cutover/config.toml.\n\
         # Paths: absolute, from ~/, or relative to this file's directory. Durations: \"500ms\", \"2s\", \"1m30s\", \"1h\".\n\
         # No secret is ever written here, only where it is: env:NAME, file:/path, cmd:[\"/program\", \"argument\"], or the kubeconfig.\n",
    );
    for table in TABLES {
        if *table == SOURCE {
            for (at, kind) in kinds.iter().enumerate() {
                // What every source has is explained once.
                let why = if at == 0 { format!("{}\n# {}", table.why, kind.why) } else { kind.why.to_owned() };
                stanza(&mut text, &format!("{}.{}", table.name, kind.example), &why, &keys_of(kind), at == 0, kind.word);
            }
            continue;
        }
        let head = table.named.map_or_else(|| table.name.to_owned(), |name| format!("{}.{name}", table.name));
        stanza(&mut text, &head, table.why, table.keys, true, "");
    }
    text
}

fn stanza(text: &mut String, head: &str, why: &str, keys: &[Key], first: bool, kind: &str) {
    let _ = write!(text, "\n# {why}\n[{head}]\n");
    for key in keys {
        if first || !SOURCE.keys.iter().any(|common| common.name == key.name) {
            let _ = writeln!(text, "# {}", key.why);
        }
        let _ = match key.fallback {
            Fallback::Required(_) if key.name == "kind" => writeln!(text, "kind = \"{kind}\""),
            Fallback::Required(example) => writeln!(text, "{} = {example}", key.name),
            Fallback::Value(default) => writeln!(text, "{} = {default}", key.name),
            Fallback::Unset { then, example } => writeln!(text, "# Unset: {then}.\n#{} = {example}", key.name),
        };
    }
}
