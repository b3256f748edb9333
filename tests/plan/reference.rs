//! `docs/plan-file.md` is made from the key tables; `CUTOVER_BLESS=1` writes it anew.

use std::path::Path;

use cutover::plan::{Known, keys::TABLES, parse, reference};

#[test]
fn the_page_is_the_key_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/plan-file.md");
    if std::env::var_os("CUTOVER_BLESS").is_some() {
        std::fs::write(&path, reference()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == reference(), "docs/plan-file.md is not the key tables: CUTOVER_BLESS=1 cargo test --test all reference");
}

#[test]
fn every_key_has_a_row() {
    let page = reference();
    for table in TABLES {
        for key in table.all_keys() {
            assert!(page.contains(&format!("| `{}` |", key.name)), "{}", key.name);
            assert!(!key.why.is_empty() && key.why.ends_with('.'), "{}: {}", key.name, key.why);
        }
    }
}

/// A key that the table has and the reader does not ask for would be silently dropped: a wrong value of each is told.
#[test]
fn no_key_is_dead() {
    let mut dead = Vec::new();
    for table in TABLES {
        for key in table.all_keys() {
            let head = table.head();
            let measures = table.key("max_age").is_some() && key.name != "kind";
            let kind = key.kinds.first().copied().or_else(|| measures.then_some("value"));
            let kind = kind.map(|kind| format!("kind = \"{kind}\"\n")).unwrap_or_default();
            // A date is right for no key at all.
            let text = format!("{head}\n{kind}{} = 1979-05-27\n", key.name);
            let error = parse(&text, Path::new("p.toml"), Known::Any).unwrap_err().to_string();
            if !error.contains(&format!("`{}` is ", key.name)) {
                dead.push(format!("{head} {}", key.name));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:?}");
}
