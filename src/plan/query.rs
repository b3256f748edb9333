//! What a query in a plan may hold: known variables, and nothing that turns "nobody knows" into a number.

use std::ops::Range;

use super::quantities::Wrong;
use crate::config::problem::suggest;

/// What `assess` replaces in a query.
pub const VARIABLES: &[&str] = &["$rollout", "$namespace", "$version", "$stable", "$window", "$stage"];
/// Longest query, in bytes.
const LONGEST: usize = 8 * 1024;

/// Everything wrong with a query, each with its bytes in it.
#[must_use]
pub fn mistakes(query: &str, has_window: bool) -> Vec<(Range<usize>, Wrong)> {
    let mut wrong = Vec::new();
    if query.len() > LONGEST {
        wrong.push((0..query.len(), Wrong::new("the query is longer than 8 KiB", "let the source keep it as a recording rule")));
        return wrong;
    }
    for (at, name) in variables(query) {
        let span = at..at + name.len();
        if name == "${" {
            let next = format!("write it without braces; variables: {}", VARIABLES.join(", "));
            wrong.push((span, Wrong::new("a variable in braces", next)));
        } else if !VARIABLES.contains(&name) {
            wrong.push((span, Wrong::new(format!("unknown variable `{name}`"), suggest(name, "variables", VARIABLES))));
        } else if name == "$window" && !has_window {
            wrong.push((span, Wrong::new("the query has `$window`, and no `window` is set", "add a line: window = \"5m\"")));
        }
    }
    wrong.extend(opens(query));
    wrong
}

/// The query's variables, `$name`, with their places. A `$` before anything else is the query's own (the end of a regular
/// expression).
pub fn variables(query: &str) -> impl Iterator<Item = (usize, &str)> {
    query.match_indices('$').filter_map(|(at, _)| {
        let rest = query.get(at + 1..)?;
        if rest.starts_with('{') {
            return query.get(at..at + 2).map(|name| (at, name));
        }
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return None;
        }
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        query.get(at..at + 1 + end).map(|name| (at, name))
    })
}

/// What makes a number where there is none: then a dead exporter reads as zero errors, and the gate opens.
fn opens(query: &str) -> Option<(Range<usize>, Wrong)> {
    let words = words(query);
    let or = |at: usize| words.get(..at).is_some_and(|before| before.iter().any(|(_, word)| word.eq_ignore_ascii_case("or")));
    words.iter().enumerate().find_map(|(at, (place, word))| {
        let span = *place..*place + word.len();
        if word.eq_ignore_ascii_case("vector") && or(at) {
            let what = "`or vector(..)` makes a number where there is none";
            return Some((
                span,
                Wrong::new(what, "leave it out: without a series the verdict is no data, and no data never passes"),
            ));
        }
        let next_is_number = words.get(at + 1).is_some_and(|(_, next)| next.starts_with(|c: char| c.is_ascii_digit()));
        if word.eq_ignore_ascii_case("default") && next_is_number {
            let what = "`default` makes a number where there is none";
            return Some((
                span,
                Wrong::new(what, "leave it out: without a series the verdict is no data, and no data never passes"),
            ));
        }
        None
    })
}

/// Words and numbers outside of quotes, with their places.
#[must_use]
pub fn words(query: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut quote: Option<char> = None;
    let mut begin: Option<usize> = None;
    let mut escaped = false;
    for (at, c) in query.char_indices() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if c == '\\' && open != '`' {
                escaped = true;
            } else if c == open {
                quote = None;
            }
            continue;
        }
        let in_word = c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '.';
        match (begin, in_word) {
            (None, true) => begin = Some(at),
            (Some(from), false) => {
                found.extend(query.get(from..at).map(|word| (from, word)));
                begin = None;
            }
            (None, false) | (Some(_), true) => {}
        }
        if matches!(c, '"' | '\'' | '`') {
            quote = Some(c);
        }
    }
    if let Some(from) = begin {
        found.extend(query.get(from..).map(|word| (from, word)));
    }
    found
}
