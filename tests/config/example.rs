//! `config.example.toml` and the JSON Schema say what the reader does.

use std::path::Path;

use cutover::config::{
    example,
    keys::{Fallback, TABLES},
    parse, schema,
    settings::Settings,
};

fn read(text: &str) -> Settings {
    parse(text, Path::new("config.toml"), Some(Path::new("/home/me")), &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// Mend it with: `CUTOVER_BLESS=1 cargo test --test all example`.
#[test]
fn the_file_is_the_key_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml");
    if std::env::var_os("CUTOVER_BLESS").is_some() {
        std::fs::write(path, example()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), example(), "config.example.toml is out of date");
}

/// What the file shows as defaults are the defaults: with every defaulted line taken away, the settings stay the same.
#[test]
fn the_defaults_shown_are_the_defaults() {
    let shown = read(&example());
    let text = example();
    let bare = text.lines().filter(|line| !is_defaulted(line)).collect::<Vec<_>>().join("\n");
    assert!(bare.lines().count() < text.lines().count());
    assert_eq!(read(&bare), shown);
    assert_eq!(shown.screen, Settings::default().screen);
    assert_eq!(shown.ledger, Settings::default().ledger);
    assert_eq!(shown.log, Settings::default().log);
}

fn is_defaulted(line: &str) -> bool {
    let Some((name, value)) = line.split_once(" = ") else { return false };
    TABLES.iter().flat_map(|table| table.keys).any(|key| key.name == name && key.fallback == Fallback::Value(leak(value)))
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// The lines behind `#` are right too, once the sign is taken away, and each of them changes something.
#[test]
fn the_commented_keys_can_be_used() {
    let text = example();
    let commented: Vec<&str> = text.lines().filter(|line| line.starts_with('#') && !line.starts_with("# ")).collect();
    let unset = TABLES.iter().flat_map(|table| table.keys).filter(|key| matches!(key.fallback, Fallback::Unset { .. })).count();
    assert_eq!(commented.len(), unset);
    for line in commented {
        let used = text.replace(line, &line[1..]);
        assert_ne!(read(&used), read(&text), "{line} changes nothing");
    }
}

/// Every key in the tables is one that the reader asks for: another value of it reads as other settings, or is refused.
#[test]
fn no_key_is_dead() {
    let text = example();
    for key in TABLES.iter().flat_map(|table| table.keys) {
        let other = match key.name {
            "danger" | "bell" | "allow_volatile" => "true",
            "mode" => "\"read-write\"",
            "interval" => "\"3s\"",
            "stale_after" => "\"11s\"",
            "namespaces" => "[\"shop\"]",
            "files" => "[\"athena.toml\"]",
            "glyphs" => "\"ascii\"",
            "theme" => "\"paper\"",
            "level" => "\"warn\"",
            "kind" | "environment" => "\"other\"",
            "kubeconfig" | "context" | "dir" | "shared" | "file" => "\"/other\"",
            unknown => panic!("a new key: say here which other value {unknown} may have"),
        };
        let line = text.lines().find(|line| line.trim_start_matches('#').starts_with(&format!("{} = ", key.name))).unwrap();
        let changed = text.replace(line, &format!("{} = {other}", key.name));
        let settings = parse(&changed, Path::new("config.toml"), Some(Path::new("/home/me")), &[]);
        assert_ne!(settings.ok(), Some(read(&text)), "{} is not read", key.name);
    }
}

#[test]
fn the_schema_agrees_with_the_reader() {
    let schema = schema();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    let json = |text: &str| serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    let good = json(&example());
    assert!(validator.is_valid(&good), "{:?}", validator.iter_errors(&good).map(|e| e.to_string()).collect::<Vec<_>>());
    let bad = [
        "[sources.k]\nkind = \"argo\"\n",
        "[environments.p]\ndanger = 1\n",
        "[screen]\nglyph = \"auto\"\n",
        "[sources.\"A/B\"]\nkind = \"argo\"\nenvironment = \"p\"\n",
        "[log]\nlevel = \"loud\"\n",
        "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\ninterval = \"2 s\"\n",
    ];
    for text in bad {
        assert!(!validator.is_valid(&json(text)), "the schema lets through: {text}");
        assert!(parse(text, Path::new("c"), None, &[]).is_err(), "the reader lets through: {text}");
    }
    // A default that is no JSON would have become null.
    assert!(!schema.as_value().to_string().contains("\"default\":null"));
}
