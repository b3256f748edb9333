//! Walks the parsed file by the key tables and collects every mistake on the way.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    duration,
    keys::{Fallback, Key, Shape},
    problem::{Problem, looks_secret, suggest},
};

/// Where relative and `~/` paths begin.
#[derive(Clone, Copy, Debug)]
pub struct Roots<'a> {
    /// Directory of the configuration file.
    pub beside: &'a Path,
    pub home: Option<&'a Path>,
}

/// One table of the file, being read.
pub struct Section<'a> {
    /// `[sources.k8s]`, for people.
    pub title: String,
    /// Where it is named first.
    pub span: Range<usize>,
    pub table: &'a DeTable<'a>,
    pub keys: Vec<Key>,
}

/// Reads values and keeps the mistakes. A value that is wrong reads as its default, so that reading goes on.
pub struct Reading<'a> {
    pub problems: Vec<Problem>,
    pub roots: Roots<'a>,
}

impl Reading<'_> {
    pub fn push(&mut self, span: Range<usize>, what: impl Into<String>, next: impl Into<String>) {
        self.problems.push(Problem::new(span, what, next));
    }

    /// Names every key of the section that is not in its table.
    pub fn unknown_keys(&mut self, section: &Section<'_>) {
        self.strange_keys(section, |_| Err(None));
    }

    /// The same; `elsewhere` says what is known of a key that is not right here: `Ok` is no mistake.
    pub fn strange_keys(&mut self, section: &Section<'_>, elsewhere: impl Fn(&str) -> Result<(), Option<String>>) {
        let names: Vec<&str> = section.keys.iter().map(|key| key.name).collect();
        for written in section.table.keys() {
            if !names.contains(&written.get_ref().as_ref()) {
                let Err(other) = elsewhere(written.get_ref()) else { continue };
                let place = section.keys.iter().find(|key| key.shape == Shape::Secret);
                let next = match (looks_secret(written.get_ref()), place, other) {
                    (true, Some(place), _) => {
                        format!("no secret is written in this file: say where it is, {} = \"env:NAME\"", place.name)
                    }
                    (true, None, _) => {
                        "no secret is written in this file: credentials are in the kubeconfig. Remove it, and replace \
                                        it if others could read this file"
                            .to_owned()
                    }
                    (false, _, Some(other)) => other,
                    (false, _, None) => suggest(written.get_ref(), "keys here", &names),
                };
                self.push(written.span(), format!("unknown key `{}` in {}", written.get_ref(), section.title), next);
            }
        }
    }

    /// The table behind a key, or a problem.
    pub fn table<'t>(&mut self, title: &str, value: &'t Spanned<DeValue<'t>>) -> Option<&'t DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let found = describe(value.get_ref());
            self.push(value.span(), format!("expected a table, found {found}"), format!("write {title} on a line of its own"));
        }
        table
    }

    pub fn flag(&mut self, section: &Section<'_>, name: &str) -> bool {
        match self.written(section, name, truth) {
            Written::Right(flag, _) => flag,
            Written::Absent(Some(default)) => default == "true",
            Written::Absent(None) | Written::Wrong => false,
        }
    }

    /// A string, or the default without its quotes; `None` when unset, absent or wrong.
    pub fn text(&mut self, section: &Section<'_>, name: &str) -> Option<(String, Range<usize>)> {
        let (text, span) = match self.written(section, name, |value| value.as_str().map(str::to_owned)) {
            Written::Right(text, span) => (text, span),
            Written::Absent(default) => return Some((unquoted(default?), section.span.clone())),
            Written::Wrong => return None,
        };
        if text.trim().is_empty() {
            self.push(span, format!("`{name}` is empty"), "write a value, or remove the line");
            return None;
        }
        if let Some(Shape::OneOf(right)) = section.keys.iter().find(|key| key.name == name).map(|key| key.shape)
            && !right.contains(&text.as_str())
        {
            self.push(span, format!("unknown {name} \"{text}\""), suggest(&text, "right values", right));
            return None;
        }
        Some((text, span))
    }

    /// A list of strings, each with its place; empty when absent or wrong.
    pub fn texts(&mut self, section: &Section<'_>, name: &str) -> Vec<(String, Range<usize>)> {
        let Some(value) = section.table.get(name) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(name, value, Shape::Texts);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in array {
            if let Some(text) = item.get_ref().as_str() {
                texts.push((text.to_owned(), item.span()));
            } else {
                let found = describe(item.get_ref());
                let what = format!("`{name}` holds {found}, expected only strings");
                self.push(item.span(), what, format!("write {name} = [\"one\", \"two\"]"));
            }
        }
        texts
    }

    pub fn path(&mut self, section: &Section<'_>, name: &str) -> Option<PathBuf> {
        let (text, span) = self.text(section, name)?;
        self.placed(name, &text, span)
    }

    /// A list of paths, as `path` has them.
    pub fn paths(&mut self, section: &Section<'_>, name: &str) -> Vec<PathBuf> {
        let texts = self.texts(section, name);
        texts.into_iter().filter_map(|(text, span)| self.placed(name, &text, span)).collect()
    }

    fn placed(&mut self, name: &str, text: &str, span: Range<usize>) -> Option<PathBuf> {
        if let Some(rest) = text.strip_prefix("~/") {
            if let Some(home) = self.roots.home {
                return Some(home.join(rest));
            }
            self.push(span, format!("`{name}` begins with ~ and there is no home directory"), "write the whole path");
            return None;
        }
        Some(self.roots.beside.join(text))
    }

    /// A duration and where it was written; `None` for the place when it is the default.
    pub fn duration(&mut self, section: &Section<'_>, name: &str) -> Option<(Duration, Option<Range<usize>>)> {
        match self.written(section, name, |value| value.as_str().map(str::to_owned)) {
            Written::Right(text, span) => {
                let duration = duration::parse(&text);
                if duration.is_none() {
                    self.push(
                        span.clone(),
                        format!("`{name}` is no duration: \"{text}\""),
                        "write whole numbers with their units, at most 24h: \"500ms\", \"2s\", \"1m30s\"",
                    );
                }
                duration.map(|duration| (duration, Some(span)))
            }
            Written::Absent(default) => duration::parse(&unquoted(default?)).map(|duration| (duration, None)),
            Written::Wrong => None,
        }
    }

    pub(super) fn written<T>(
        &mut self,
        section: &Section<'_>,
        name: &str,
        right: impl Fn(&DeValue<'_>) -> Option<T>,
    ) -> Written<T> {
        let Some(key) = section.keys.iter().find(|key| key.name == name) else { return Written::Absent(None) };
        if let Some(value) = section.table.get(name) {
            if let Some(found) = right(value.get_ref()) {
                return Written::Right(found, value.span());
            }
            self.wrong_type(name, value, key.shape);
            return Written::Wrong;
        }
        match key.fallback {
            Fallback::Required(example) => {
                let what = format!("{} has no `{name}`", section.title);
                self.push(section.span.clone(), what, format!("add a line: {name} = {example}"));
                Written::Wrong
            }
            Fallback::Value(default) => Written::Absent(Some(default)),
            Fallback::Unset { .. } => Written::Absent(None),
        }
    }

    pub(super) fn wrong_type(&mut self, name: &str, value: &Spanned<DeValue<'_>>, shape: Shape) {
        let found = describe(value.get_ref());
        let next = match shape {
            Shape::Flag => format!("write {name} = true or {name} = false, without quotes"),
            Shape::Text | Shape::Path | Shape::OneOf(_) => format!("write it in quotes: {name} = \"...\""),
            Shape::Url => format!("write it in quotes: {name} = \"https://host:port\""),
            Shape::Secret => format!("write where it is: {name} = \"env:NAME\""),
            Shape::Number { least, most } => format!("write {least} to {most}, without quotes"),
            Shape::Map => format!("write {name} = {{ name = \"...\" }}"),
            Shape::Texts => format!("write {name} = [\"one\", \"two\"]"),
            Shape::Duration => format!("write a number with its unit in quotes: {name} = \"2s\""),
        };
        self.push(value.span(), format!("`{name}` is {found}, expected {}", shape.words()), next);
    }
}

/// What stands in the file for one key.
pub(super) enum Written<T> {
    Right(T, Range<usize>),
    /// The default, as the key table has it.
    Absent(Option<&'static str>),
    /// Told already.
    Wrong,
}

/// Not the method itself: its lifetimes are too narrow for `written`.
fn truth(value: &DeValue<'_>) -> Option<bool> {
    value.as_bool()
}

pub(super) fn unquoted(default: &str) -> String {
    default.trim_matches('"').to_owned()
}

/// What stands there, for people: `a string`.
#[must_use]
pub fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
