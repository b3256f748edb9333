//! File lengths, what a `mod.rs` may hold, words that name nothing, what may not be left behind.

use super::{
    scanner::{code_only, without_tests},
    tree::{self, Source, has_end},
};

const LONGEST_SOURCE: usize = 400;
const LONGEST_TEST: usize = 600;

/// Names that say nothing about what is inside.
const EMPTY_WORDS: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc", "manager", "handler", "service", "stuff"];

/// In code: what was not finished. Assembled, so that this file does not find itself.
fn unfinished() -> Vec<String> {
    vec![format!("todo{}", "!("), format!("unimplemented{}", "!("), format!("#[{}", "ignore"), format!("dbg{}", "!(")]
}

/// Anywhere in the text: marks of unfinished work, and paths of somebody's machine.
fn marks() -> Vec<String> {
    let paths = ["/work", "/root", "/home/user"].map(|path| format!("{path}/"));
    [format!("FIX{}", "ME"), format!("XX{}", "X "), format!("TO{}", "DO:")].into_iter().chain(paths).collect()
}

/// What is wrong with one file.
fn violations(file: &Source) -> Vec<String> {
    let Source { path, text } = file;
    let mut wrong = Vec::new();
    let own_path = path.starts_with("src/") || path.starts_with("tests/") || path.starts_with("benches/");
    if own_path && file.is_rust() {
        wrong.extend(rust_violations(path, text));
    }
    if !has_end(path, "lock") && !path.ends_with("LICENSE") {
        for mark in marks() {
            if text.contains(&mark) {
                wrong.push(format!("{path}: holds `{mark}`"));
            }
        }
    }
    for part in path.trim_end_matches(".rs").split('/') {
        if EMPTY_WORDS.contains(&part) {
            wrong.push(format!("{path}: `{part}` names nothing: say what is inside"));
        }
    }
    wrong
}

fn rust_violations(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let (lines, longest) = if path.starts_with("src/") {
        (without_tests(text).lines().count(), LONGEST_SOURCE)
    } else {
        (text.lines().count(), LONGEST_TEST)
    };
    if lines > longest {
        wrong.push(format!("{path}: {lines} lines, at most {longest}: a second idea is in it, give it its own file"));
    }
    if !text.starts_with("//!") && path.starts_with("src/") {
        wrong.push(format!("{path}: begins without `//!`: say what it is"));
    }
    let code = code_only(text);
    for left in unfinished() {
        if code.replace(' ', "").contains(&left) && !(left.starts_with("#[") && is_program_of_tests(path, text)) {
            wrong.push(format!("{path}: holds `{left}`"));
        }
    }
    if path.starts_with("src/") && path.ends_with("/mod.rs") {
        wrong.extend(mod_violations(path, &code));
    }
    wrong
}

/// A program that other tests of the same file start as a process of its own: the one thing that may be left out of a run,
/// with its reason.
fn is_program_of_tests(path: &str, text: &str) -> bool {
    let word = format!("#[{}", "ignore");
    path.starts_with("tests/")
        && text.contains("\"--ignored\"")
        && text.matches(&word).count() == text.matches(&format!("{word} = \"")).count()
}

/// A `mod.rs` declares, re-exports and may alias a type; logic has a file with a name.
fn mod_violations(path: &str, code: &str) -> Vec<String> {
    let flat = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let statements = flat.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    statements
        .filter(|statement| {
            let bare = statement.trim_start_matches("#[cfg(test)]").trim_start();
            let bare = bare.strip_prefix("pub").map_or(bare, |rest| rest.trim_start_matches("(crate)").trim_start());
            !(bare.starts_with("mod ") || bare.starts_with("use ") || bare.starts_with("type "))
                || bare.starts_with("mod ") && bare.contains('{')
        })
        .map(|statement| format!("{path}: holds more than `mod` and `use`: {}", statement.chars().take(60).collect::<String>()))
        .collect()
}

#[test]
fn the_tree_is_tidy() {
    let wrong: Vec<String> = tree::all().iter().flat_map(violations).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn made_up(path: &str, text: &str) -> Vec<String> {
    violations(&Source { path: path.to_owned(), text: text.to_owned() })
}

/// The check can fail.
#[test]
fn made_up_offenders_are_caught() {
    let long = format!("//! x\n{}", "fn f() {}\n".repeat(400));
    let with_tests = format!("//! x\nfn f() {{}}\n\n#[cfg(test)]\nmod tests {{\n{}}}\n", "fn g() {}\n".repeat(500));
    let cases = [
        ("src/app/a.rs", long.as_str(), 1),
        ("src/app/a.rs", with_tests.as_str(), 0),
        ("tests/app/a.rs", long.as_str(), 0),
        ("src/app/a.rs", "fn f() {}", 1),
        ("src/app/helpers.rs", "//! x\n", 1),
        ("src/common/mod.rs", "//! x\n", 1),
        (
            "src/app/mod.rs",
            "//! x\n\npub mod a;\nmod b;\npub(crate) use a::B;\npub use b::{C, d::E};\n#[cfg(test)]\nmod tests;\n",
            0,
        ),
        ("src/app/mod.rs", "//! x\npub mod a;\nfn f() {}\n", 1),
        ("src/app/mod.rs", "//! x\npub struct A;\npub mod a;\n", 1),
        ("src/app/mod.rs", "//! x\nmod a { fn f() {} }\n", 1),
    ];
    for (path, text, count) in cases {
        assert_eq!(made_up(path, text).len(), count, "{path}: {:?}", made_up(path, text));
    }
    for left in unfinished() {
        assert_eq!(made_up("src/app/a.rs", &format!("//! x\nfn f() {{ {left}) }}\n")).len(), 1, "{left}");
        assert_eq!(made_up("src/app/a.rs", &format!("//! x\n// {left}) in a comment\n")).len(), 0, "{left}");
    }
    let program = format!("//! x\nconst A: &str = \"--ignored\";\n#[{} = \"started by others\"]\nfn f() {{}}\n", "ignore");
    assert_eq!(made_up("tests/app/a.rs", &program).len(), 0);
    assert_eq!(made_up("src/app/a.rs", &program).len(), 1);
    assert_eq!(made_up("tests/app/a.rs", &program.replace("--ignored", "x")).len(), 1);
    for mark in marks() {
        assert_eq!(made_up("docs/a.md", &format!("see {mark}here")).len(), 1, "{mark}");
    }
}
