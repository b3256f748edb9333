//! `plans/README.md` says for each row of the requirements where a plan says it and which test holds it: the row is there, the
//! line holds what the table says, and the test exists.

use std::{collections::BTreeSet, fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn tests() -> String {
    fn walk(dir: &Path, all: &mut String) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, all);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                all.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut all = String::new();
    walk(&root().join("tests"), &mut all);
    walk(&root().join("src"), &mut all);
    all
}

/// Rows that issue 4 names and that a plan says.
const ROWS: &[&str] = &[
    "AT-01", "AT-02", "AT-13", "AT-14", "AT-15", "AT-16", "AT-17", "AT-24", "AT-25", "AT-26", "AT-27", "AT-28", "AT-29", "AT-30",
    "AT-31", "AT-32", "AT-37", "AT-38", "AT-39", "AT-40", "AT-41", "AT-42", "AT-43", "AT-45", "AT-46", "AT-47", "AT-48", "GA-01",
    "GA-02", "GA-07", "GA-09", "GA-10", "GA-41", "HD-41", "HD-45", "HD-46", "HD-47", "HD-48", "HD-49", "HD-92", "HD-93", "HD-94",
    "HD-101", "HD-102", "HD-103", "HD-104", "HD-105",
];

#[test]
fn every_row_has_its_lines_and_its_test() {
    let table = fs::read_to_string(root().join("plans/README.md")).unwrap();
    let tests = tests();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for row in table.lines().filter(|line| line.starts_with("| ") && line.contains('-') && !line.starts_with("| row")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, places, names] = cells.as_slice() else { panic!("not three columns: {row}") };
        seen.insert((*id).to_owned());
        for place in places.split("<br>").map(str::trim) {
            if let Some(why) = place.strip_prefix("not in a plan: ") {
                assert!(!why.is_empty());
                continue;
            }
            wrong.extend(place_is_wrong(id, place));
        }
        if *names == "none yet" {
            assert_eq!(*id, "AT-39", "only the health report has no test: it is a document of a room that is not there");
            continue;
        }
        for name in names.split("<br>").map(|name| name.trim().trim_matches('`')) {
            let function = name.rsplit("::").next().unwrap_or_default();
            if !tests.contains(&format!("fn {function}(")) {
                wrong.push(format!("{id}: there is no test `{name}`"));
            }
        }
    }
    for row in ROWS.iter().filter(|row| !seen.contains(**row)) {
        wrong.push(format!("{row} is not in the table"));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A place is `` `athena.toml:22` `sets = [..]` ``: the line, and what stands there.
fn place_is_wrong(id: &str, place: &str) -> Option<String> {
    let parts: Vec<&str> = place.split('`').map(str::trim).filter(|part| !part.is_empty()).collect();
    let [at, text] = parts.as_slice() else { return Some(format!("{id}: `{place}` is no place")) };
    let Some((file, line)) = at.split_once(':') else { return Some(format!("{id}: `{at}` is no line")) };
    let line: usize = line.parse().ok()?;
    let plan = fs::read_to_string(root().join("plans").join(file)).unwrap_or_default();
    let found = plan.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    if found.contains(text) {
        return None;
    }
    let real = plan.lines().position(|line| line.contains(text)).map(|at| at + 1);
    Some(format!("{id}: {at} holds `{found}`, not `{text}` (that is in line {real:?})"))
}
