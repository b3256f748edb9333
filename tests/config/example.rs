//! `config.example.toml` and the JSON Schema say what the reader does.

use std::path::Path;

use cutover::{
    backend::registry,
    config::{
        self,
        keys::{Fallback, Key, SOURCE, Shape, TABLES},
        parse,
        settings::Settings,
        source::keys_of,
    },
};

fn example() -> String {
    config::example(&registry::declared())
}

/// Every stanza of the example: its head, and its keys.
fn stanzas() -> Vec<(String, Vec<Key>)> {
    let mut stanzas = Vec::new();
    for table in TABLES {
        if *table == SOURCE {
            stanzas.extend(registry::declared().iter().map(|kind| (format!("[sources.{}]", kind.example), keys_of(kind))));
        } else {
            let head = table.named.map_or_else(|| table.name.to_owned(), |name| format!("{}.{name}", table.name));
            stanzas.push((format!("[{head}]"), table.keys.to_vec()));
        }
    }
    stanzas
}

/// The example with one line of one stanza changed.
fn with_line(head: &str, key: &str, other: &str) -> String {
    let text = example();
    let from = text.find(&format!("\n{head}\n")).unwrap();
    let to = text[from + 1..].find("\n[").map_or(text.len(), |at| from + 1 + at);
    let stanza = &text[from..to];
    let line = stanza.lines().find(|line| line.trim_start_matches('#').starts_with(&format!("{key} = "))).unwrap();
    let changed = stanza.replacen(&format!("\n{line}\n"), &format!("\n{other}\n"), 1);
    format!("{}{changed}{}", &text[..from], &text[to..])
}

fn read(text: &str) -> Settings {
    parse(text, Path::new("config.toml"), Some(Path::new("/home/me")), &[], &registry::declared())
        .unwrap_or_else(|error| panic!("{error}"))
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
    let is_default = |key: &Key| key.name == name && key.fallback == Fallback::Value(leak(value));
    stanzas().iter().flat_map(|(_, keys)| keys).any(is_default)
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn uncommented(line: &str) -> String {
    line.strip_prefix('#').filter(|key| !key.starts_with(' ')).unwrap_or(line).to_owned()
}

fn is_token(line: &str) -> bool {
    line.starts_with("#token = ")
}

/// The lines behind `#` are right too, once the sign is taken away, and each of them changes something.
#[test]
fn the_commented_keys_can_be_used() {
    let text = example();
    let commented = text.lines().filter(|line| line.starts_with('#') && !line.starts_with("# ")).count();
    let unset = stanzas().iter().flat_map(|(_, keys)| keys).filter(|key| matches!(key.fallback, Fallback::Unset { .. })).count();
    assert_eq!(commented, unset);
    let as_text = |lines: &[String]| {
        parse(&lines.join("\n"), Path::new("config.toml"), Some(Path::new("/home/me")), &[], &registry::declared())
    };
    let bare: Vec<String> = text.lines().map(str::to_owned).collect();
    // All at once, because some of them only mean something together; a token and a password are two ways to say who one is.
    let used: Vec<String> = bare.iter().map(|line| if is_token(line) { line.clone() } else { uncommented(line) }).collect();
    let whole = read(&used.join("\n"));
    for (at, line) in bare.iter().enumerate().filter(|(_, line)| uncommented(line) != **line) {
        let (mut changed, known) = if is_token(line) { (bare.clone(), read(&text)) } else { (used.clone(), whole.clone()) };
        changed[at] = if is_token(line) { uncommented(line) } else { String::new() };
        assert_ne!(as_text(&changed).ok(), Some(known), "{line} changes nothing");
    }
}

/// Another value than the one in the example.
fn other_value(key: &Key) -> String {
    let shown = match key.fallback {
        Fallback::Required(shown) | Fallback::Value(shown) => shown,
        Fallback::Unset { .. } => "",
    };
    match key.shape {
        Shape::Flag => (shown != "true").to_string(),
        Shape::Text | Shape::Path => "\"/other\"".to_owned(),
        Shape::Texts => "[\"other\"]".to_owned(),
        Shape::Duration => "\"13s\"".to_owned(),
        Shape::OneOf(right) => right.iter().map(|one| format!("\"{one}\"")).find(|one| one != shown).unwrap(),
        Shape::Url => "\"http://other.example:1\"".to_owned(),
        Shape::Secret => "\"env:OTHER\"".to_owned(),
        Shape::Number { least, most } => if shown == least.to_string() { most } else { least }.to_string(),
        Shape::Map => "{ other = \"other\" }".to_owned(),
    }
}

/// Every key in the tables is one that the reader asks for: another value of it reads as other settings, or is refused.
#[test]
fn no_key_is_dead() {
    let text = example();
    for (head, keys) in stanzas() {
        for key in keys {
            let changed = with_line(&head, key.name, &format!("{} = {}", key.name, other_value(&key)));
            assert_ne!(changed, text, "{head} {}", key.name);
            let settings = parse(&changed, Path::new("config.toml"), Some(Path::new("/home/me")), &[], &registry::declared());
            assert_ne!(settings.ok(), Some(read(&text)), "{head} {} is not read", key.name);
        }
    }
}

/// What kubectl's flags make is a source that is declared, with keys that it has.
#[test]
fn kubectls_flags_make_a_source_that_exists() {
    let settings = Settings::for_kubectl(Some("/k".into()), Some("eu".into()), vec!["shop".into()]);
    let kind = registry::KINDS.iter().find(|kind| kind.declared.word == settings.sources[0].kind).unwrap().declared;
    for key in ["kubeconfig", "context", "namespaces"] {
        assert!(settings.sources[0].values.is_set(key) && kind.keys.iter().any(|own| own.name == key), "{key}");
    }
}

#[test]
fn the_schema_agrees_with_the_reader() {
    let schema = config::schema(&registry::declared());
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
        assert!(parse(text, Path::new("c"), None, &[], &registry::declared()).is_err(), "the reader lets through: {text}");
    }
    // A default that is no JSON would have become null.
    assert!(!schema.as_value().to_string().contains("\"default\":null"));
}
