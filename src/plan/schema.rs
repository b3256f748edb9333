//! The plan file described for machines (`cutover schema plan`) and for people (`docs/plan-file.md`), from the key tables.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{
    keys::{Fallback, Key, Shape, TABLES, Table},
    reading::example,
};

const DURATION: &str = "^([0-9]+(ms|s|m|h|d))+$";
const NAME: &str = "^[a-z0-9_-]{1,64}$";
const PERCENT: &str = "^ *[0-9]+(\\.[0-9]+)? *% *$";

/// JSON Schema of a plan file (draft 2020-12). What it lets through may still be wrong: references, dimensions and bounds are
/// looked at by `cutover plan lint`.
#[must_use]
pub fn schema() -> Value {
    let tables: Map<String, Value> = TABLES.iter().map(|table| (table.name.to_owned(), describe(table))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cutover release plan",
        "type": "object",
        "additionalProperties": false,
        "properties": tables,
        "required": ["plan", "rollouts"],
    })
}

fn describe(table: &Table) -> Value {
    let properties: Map<String, Value> = table.all_keys().map(|key| (key.name.to_owned(), property(key))).collect();
    // A key of one kind of measurement alone is required by the reader, not by the schema.
    let required: Vec<&str> = table
        .all_keys()
        .filter(|key| matches!(key.fallback, Fallback::Required(_)) && key.kinds.is_empty())
        .map(|key| key.name)
        .collect();
    let one = json!({"type": "object", "additionalProperties": false, "properties": properties, "required": required});
    if table.many {
        json!({"type": "array", "description": table.why, "items": one, "minItems": 1})
    } else {
        let mut one = one;
        if let Some(fields) = one.as_object_mut() {
            fields.insert("description".into(), json!(table.why));
        }
        one
    }
}

fn property(key: &Key) -> Value {
    let text = |pattern: &str| json!({"type": "string", "pattern": pattern});
    let texts = |items: Value| json!({"type": "array", "items": items, "uniqueItems": true});
    let mut value = match key.shape {
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Text | Shape::Query | Shape::Due | Shape::Baseline => json!({"type": "string", "minLength": 1}),
        Shape::Id => text(NAME),
        Shape::Ids => texts(text(NAME)),
        Shape::OneOf(words) => json!({"enum": words}),
        Shape::SomeOf(words) => texts(json!({"enum": words})),
        Shape::Duration => text(DURATION),
        Shape::Rule => json!({"anyOf": [
            {"type": "boolean"},
            {"type": "string", "pattern": "^ *(<=|>=|<|>|=) *-?[0-9]+(\\.[0-9]+)? *[^0-9. ].*$"},
            {"type": "string", "pattern": "^ *-?[0-9].*[^0-9. ] *\\.\\. *-?[0-9].*[^0-9. ] *$"},
        ]}),
        Shape::Events => text("^[0-9]+ .+$"),
        Shape::Repeat => text("^ *[0-9]+ of [0-9]+ *$"),
        Shape::Percents => texts(text(PERCENT)),
        Shape::People | Shape::Things => text("^[0-9]+(\\.\\.[0-9]+)? .+$"),
        Shape::Shares => texts(text("^ *[0-9]+(\\.[0-9]+)? *% of .+$")),
        Shape::Labels => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Shape::Tables(table) => describe(table),
    };
    if let Value::Object(fields) = &mut value {
        fields.insert("description".into(), json!(sentence(key)));
        if let Fallback::Value(default) = key.fallback {
            fields.insert("default".into(), serde_json::from_str(default).unwrap_or(Value::Null));
        }
    }
    value
}

fn sentence(key: &Key) -> String {
    let unset = match key.fallback {
        Fallback::Unset { then, .. } => format!(" Unset: {then}."),
        Fallback::Required(_) | Fallback::Value(_) => String::new(),
    };
    let kinds = if key.kinds.is_empty() { String::new() } else { format!(" Only kind {}.", key.kinds.join(", ")) };
    format!("{}{unset}{kinds}", key.why)
}

/// `docs/plan-file.md`: every key with its shape, its default and one line why.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "# The plan file\n\n\
         What a team writes about its release: TOML, strict. An unknown key, a bare number, a name that is nowhere: each is told with\n\
         file, line, caret and the nearest right word, all of them at once, before anything is contacted (exit 8). Two whole plans:\n\
         `plans/athena.toml`, `plans/heliosdb.toml`. Look for mistakes, and for what a plan leaves open: `cutover plan lint FILE`.\n\
         This page is made from the key tables of the reader: `CUTOVER_BLESS=1 cargo test --test all reference`.\n\n\
         - **Numbers** stand in quotes with their unit: `%`, `fraction` (1 fraction = 100 %), `ms`, `s`, `min`, `h`, `d`, `/s`, `count`, `x`,\n  \
           `points`. What is counted may have its own word: `= 0 errors`, `>= 1000000 rows/s`. 0.05 alone is refused: it can mean 5 % or 0.05 %.\n\
         - **Rules** keep their sign: `< 1 %` and `<= 1 %` differ at 1 %. `10x..50x` holds both ends. Truths stand without quotes: `true`.\n\
         - **Queries** may hold `$rollout`, `$namespace`, `$version`, `$stable`, `$window`, `$stage`, and nothing that turns \"nobody knows\" into a\n  \
           number (`or vector(0)`, `default 0`): no series is no data, and no data never passes.\n\
         - **Durations**: `250ms`, `30s`, `5m`, `1h30m`, `7d`.\n",
    );
    for table in TABLES {
        section(&mut text, table);
        for key in table.all_keys() {
            if let Shape::Tables(inner) = key.shape {
                section(&mut text, inner);
            }
        }
    }
    text
}

fn section(text: &mut String, table: &Table) {
    let _ = write!(text, "\n## `{}`\n\n{}\n\n| key | is | default | why |\n|---|---|---|---|\n", table.head(), table.why);
    for key in table.all_keys() {
        let default = match key.fallback {
            Fallback::Required(_) => "required".to_owned(),
            Fallback::Value(default) => format!("`{default}`"),
            Fallback::Unset { then, .. } => format!("unset: {then}"),
        };
        let kinds = if key.kinds.is_empty() { String::new() } else { format!(" Only kind {}.", key.kinds.join(", ")) };
        let words = |words: &[&str]| words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ");
        let is = if let Shape::OneOf(right) = key.shape {
            words(right)
        } else if let Shape::SomeOf(right) = key.shape {
            format!("a list of {}", words(right))
        } else {
            format!("{}: `{}`", kind_word(key.shape), example(key))
        };
        let _ = writeln!(text, "| `{}` | {is} | {default} | {}{kinds} |", key.name, key.why);
    }
}

fn kind_word(shape: Shape) -> &'static str {
    let words = shape.words();
    // The table shows an example of its own.
    words.split(" like").next().unwrap_or(words)
}
