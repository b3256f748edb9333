//! Reads just enough Rust: code without comments and literals, the rooms and crates it names, and how long it is.

use std::collections::BTreeSet;

/// The code with comments and the insides of literals blanked; line breaks stay where they were.
pub fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let end = at + skip(rest, out.chars().last());
        if end > at {
            out.push(' ');
            out.extend(chars[at..end].iter().filter(|c| **c == '\n'));
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// How many characters at the start are comment or literal; 0 = this is code.
fn skip(rest: &[char], before: Option<char>) -> usize {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    match rest {
        ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => block_comment(rest),
        ['"', ..] => quoted(rest),
        ['b' | 'c', '"', ..] if !in_word => 1 + quoted(&rest[1..]),
        ['r', '"' | '#', ..] if !in_word => raw(rest, 1),
        ['b' | 'c', 'r', '"' | '#', ..] if !in_word => raw(rest, 2),
        // A character literal, not a lifetime: 'x' or an escape.
        ['\'', '\\', ..] => 2 + 1 + rest[3..].iter().position(|c| *c == '\'').map_or(0, |at| at + 1),
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

fn quoted(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw(rest: &[char], prefix: usize) -> usize {
    let hashes = rest[prefix..].iter().take_while(|c| **c == '#').count();
    if rest.get(prefix + hashes) != Some(&'"') {
        return 0; // r#identifier
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let from = prefix + hashes + 1;
    rest[from..].windows(close.len()).position(|window| window == close).map_or(rest.len(), |at| from + at + close.len())
}

/// First path segments after `root`: for `crate`, the rooms named by `crate::room` and `crate::{room, other::x}`.
pub fn named_after(code: &str, root: &str) -> BTreeSet<String> {
    let code: String = code.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ::", "::").replace(":: ", "::");
    let mut found = BTreeSet::new();
    let needle = format!("{root}::");
    for (at, _) in code.match_indices(&needle) {
        let before = code[..at].chars().last();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
            continue;
        }
        let rest = &code[at + needle.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(first_segments(group));
        } else {
            found.extend(word(rest));
        }
    }
    found
}

/// The first word of each top-level entry of a `{...}` group.
fn first_segments(group: &str) -> Vec<String> {
    let (mut depth, mut begin, mut entries) = (0_u32, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                entries.push(&group[begin..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                entries.push(&group[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    entries.into_iter().filter_map(|entry| word(entry.trim_start())).collect()
}

fn word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

/// Whether the code names a crate: `name::` or `use name;`, `use name as x`.
pub fn names_crate(code: &str, name: &str) -> bool {
    let spaced = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let starts = |at: usize| !spaced[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '.');
    let path = spaced.match_indices(&format!("{name}::")).any(|(at, _)| starts(at));
    let used = [format!("use {name};"), format!("use {name} as ")].iter().any(|line| spaced.contains(line.as_str()));
    path || used
}

/// A source file without its `#[cfg(test)] mod tests { ... }`, which stands at its end.
pub fn without_tests(source: &str) -> &str {
    for (at, _) in source.match_indices("\n#[cfg(test)]\n") {
        let below = source[at..].lines().skip(2).find(|line| !line.starts_with("#["));
        if below.is_some_and(|line| line.starts_with("mod tests {")) {
            return &source[..at];
        }
    }
    source
}

#[test]
fn comments_and_literals_are_no_code() {
    let source = "use a; // crate::ui\n/* crate::ui /* nested */ crate::ui */ let x = \"crate::ui \\\" crate::ui\";\n\
                  let r = r#\"crate::ui \"# ; let c = '\"'; let e = '\\''; let l: &'static str = b\"crate::ui\"; crate::app::x();";
    let code = code_only(source);
    assert!(!code.contains("ui"), "{code}");
    assert_eq!(named_after(&code, "crate"), BTreeSet::from(["app".to_owned()]));
    assert_eq!(code.lines().count(), source.lines().count(), "{code}");
}

#[test]
fn grouped_and_nested_uses_are_seen() {
    let code = "use crate::{ui::{theme, crate_like}, app, domain::id as x};\nuse crate :: ledger;\nfn f() { crate::operate::go(); }\n\
                pub(in crate::terminal) fn g() {} macro_rules! m { () => { my_crate::nothing::x() } }";
    let rooms: Vec<String> = named_after(code, "crate").into_iter().collect();
    assert_eq!(rooms, ["app", "domain", "ledger", "operate", "terminal", "ui"]);
}

#[test]
fn crates_are_seen_however_they_are_named() {
    for code in
        ["use tokio::time;", "use tokio;", "tokio::spawn(x)", "use tokio as t;", "use {tokio::time, a};", "#[tokio::main]"]
    {
        assert!(names_crate(code, "tokio"), "{code}");
    }
    for code in ["use my_tokio::time;", "x.tokio::<u8>()", "crate::tokio::x()", "let tokio = 1;"] {
        assert!(!names_crate(code, "tokio"), "{code}");
    }
}

#[test]
fn tests_in_the_file_do_not_count() {
    for test in ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\n#[allow(clippy::x)]\nmod tests {"] {
        assert_eq!(without_tests(&format!("a\nb\n\n{test}\n x\n}}\n")), "a\nb\n");
    }
    assert_eq!(without_tests("a\n#[cfg(test)]\nuse x;\nb\n"), "a\n#[cfg(test)]\nuse x;\nb\n");
}
