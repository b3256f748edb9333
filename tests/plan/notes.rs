//! What a plan leaves open: the contradictions of the documents are found in the plans that restate them, each where it is, and
//! are not found where they are not.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use cutover::plan::{Known, Note, lint, parse};

use super::{
    broken::{PICTURES, RIGHT},
    shipped::load,
};

fn codes(notes: &[Note]) -> BTreeSet<&'static str> {
    notes.iter().map(|note| note.code).collect()
}

fn of(text: &str) -> Vec<Note> {
    lint(&parse(text, Path::new("p.toml"), Known::Any).unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn athena_has_the_contradictions_of_its_document() {
    let found = codes(&lint(&load("athena.toml")));
    let wanted = ["C-06", "C-07", "C-08", "C-09", "C-10", "C-11", "C-12", "C-29", "C-30"];
    assert!(wanted.iter().all(|code| found.contains(code)), "{found:?}");
    assert!(!found.contains("AT-02"), "every stage has a way back");
}

#[test]
fn heliosdb_has_the_contradictions_of_its_document() {
    let found = codes(&lint(&load("heliosdb.toml")));
    let wanted = ["C-24", "C-25", "C-26", "C-27", "C-28", "C-29", "C-30", "C-31"];
    assert!(wanted.iter().all(|code| found.contains(code)), "{found:?}");
}

#[test]
fn each_note_stands_at_its_line_with_its_resolution() {
    let mut pictures = String::new();
    for file in ["athena.toml", "heliosdb.toml"] {
        let plan = load(file);
        for Note { code, line, sentence, resolution } in lint(&plan) {
            let _ = writeln!(pictures, "{file}:{line}: {code} {sentence}\n  taken: {resolution}");
        }
    }
    insta::with_settings!({ snapshot_path => PICTURES, prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("notes", pictures);
    });
}

/// A change of the small plan, and the codes of the notes that it brings.
#[test]
fn a_note_comes_with_what_it_is_about_and_goes_with_it() {
    let before = codes(&of(RIGHT));
    assert_eq!(before, BTreeSet::from(["C-07", "C-11", "C-12", "C-30"]).difference(&BTreeSet::from(["C-07"])).copied().collect());
    let gentle = "[[triggers]]\nid = \"crashes\"";
    let second = "[[triggers]]\nid = \"slow\"\nsource = \"prom\"\nkind = \"value\"\nquery = 'sum(rate(crashes{version=\"$version\"}[5m]))'\n\
                  reads = \"/s\"\nsampled = 'crashes'\nwhen = \"> 0.5 /s\"\naction = \"gradual\"\n\n[[triggers]]\nid = \"crashes\"";
    for (from, to, code) in [
        ("roll_back_to = \"0 %\"", "", "AT-02"),
        (gentle, second, "C-06"),
        (gentle, second, "C-08"),
        ("min_events = \"300 events\"", "min_events = \"20 events\"", "C-07"),
        ("roll_back_to = \"0 %\"", "roll_back_to = \"0 %\"\naudience = \"by workspace\"", "C-10"),
        ("roll_back_to = \"0 %\"", "roll_back_to = \"0 %, then document it\"", "C-28"),
        ("title = \"Rollback plan prepared\"", "title = \"Rollback plan prepared\", owner = \"TBD\"", "C-27"),
        ("for = \"5m\"", "for = \"5m\"\nexpr = 'http_errors > 1'", "C-25"),
        ("id = \"error-rate\"\nsource", "id = \"error-rate\"\ntitle = \"availability\"\nsource", "C-31"),
        ("{version=\"$version\"}", "{instance=\"db:9091\"}", "C-24"),
    ] {
        let changed = RIGHT.replacen(from, to, 1);
        assert_ne!(changed, RIGHT);
        let found = codes(&of(&changed));
        assert!(!before.contains(code) && found.contains(code), "{code} after {to}: {found:?}");
    }
    let soaked = RIGHT.replacen("min = \"7d\"", "min = \"7d\"\nsoak = \"1d\"", 1);
    assert!(!codes(&of(&soaked)).contains("C-11"), "its own soak");
}
