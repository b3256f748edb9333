//! Walks a parsed plan by the key tables and collects every mistake on the way. A value that is wrong is left out, so that
//! reading goes on and one run tells everything.

use std::{ops::Range, time::Duration};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    keys::{Fallback, Key, Shape, TABLES, Table},
    quantities::{self, Wrong},
    query,
};
use crate::{
    config::{
        problem::{Problem, looks_secret, nearest, suggest},
        reading::describe,
    },
    domain::plan::PlanName,
};

/// What a name in the plan refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refers {
    Criterion,
    Stage,
    Set,
}

/// A name written somewhere, to be found elsewhere in the plan.
#[derive(Clone, Debug)]
pub struct Mention {
    pub to: Refers,
    pub name: PlanName,
    pub span: Range<usize>,
    pub title: String,
}

/// One table of the file, being read.
pub struct Block<'t> {
    /// `[[stages]] "alpha"`, for people.
    pub title: String,
    /// Where it begins.
    pub span: Range<usize>,
    pub table: &'t DeTable<'t>,
    pub keys: &'static Table,
}

impl Block<'_> {
    /// Where the value of `name` stands, or else the block itself.
    #[must_use]
    pub fn place(&self, name: &str) -> Range<usize> {
        self.table.get(name).map_or_else(|| self.span.clone(), Spanned::span)
    }

    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }
}

/// Reads values and keeps the mistakes.
pub struct Reading<'s> {
    pub text: &'s str,
    pub problems: Vec<Problem>,
    pub mentions: Vec<Mention>,
}

impl Reading<'_> {
    pub fn push(&mut self, span: Range<usize>, what: impl Into<String>, next: impl Into<String>) {
        self.problems.push(Problem::new(span, what, next));
    }

    /// The line of a place, from 1.
    #[must_use]
    pub fn line(&self, at: usize) -> u32 {
        let before = self.text.as_bytes().get(..at.min(self.text.len())).unwrap_or_default();
        u32::try_from(before.split(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
    }

    /// The blocks of one `[[table]]`, or the single one of `[table]`.
    pub fn blocks<'t>(&mut self, parent: &'t DeTable<'t>, keys: &'static Table) -> Vec<Block<'t>> {
        let Some((name, value)) = parent.get_key_value(keys.name) else { return Vec::new() };
        let list: Vec<&Spanned<DeValue<'t>>> = match (keys.many, value.get_ref()) {
            (true, DeValue::Array(array)) => array.iter().collect(),
            (false, DeValue::Table(_)) => vec![value],
            _ => {
                let found = describe(value.get_ref());
                let what = format!("`{}` is {found}", keys.name);
                self.push(name.span(), what, format!("write {} on a line of its own", keys.head()));
                return Vec::new();
            }
        };
        let mut blocks = Vec::new();
        for value in list {
            let Some(table) = value.get_ref().as_table() else {
                let found = describe(value.get_ref());
                self.push(
                    value.span(),
                    format!("`{}` holds {found}", keys.name),
                    format!("write {} on a line of its own", keys.head()),
                );
                continue;
            };
            let id = table.get("id").or_else(|| table.get("name")).and_then(|id| id.get_ref().as_str());
            let title = id.filter(|_| keys.many).map_or_else(|| keys.head(), |id| format!("{} \"{id}\"", keys.head()));
            let span = if keys.many { value.span() } else { name.span() };
            blocks.push(Block { title, span: self.first_line(span), table, keys });
        }
        blocks
    }

    /// The span's part in its first line: a whole table as a caret would say nothing.
    fn first_line(&self, span: Range<usize>) -> Range<usize> {
        let within = self.text.get(span.clone()).unwrap_or_default();
        span.start..span.start + within.find('\n').unwrap_or(within.len())
    }

    /// Names every key that is not in the table.
    pub fn unknown_keys(&mut self, block: &Block<'_>) {
        let names: Vec<&str> = block.keys.all_keys().map(|key| key.name).collect();
        for written in block.table.keys() {
            let name = written.get_ref().as_ref();
            if names.contains(&name) {
                continue;
            }
            let next = if looks_secret(name) {
                "no secret is written in a plan: sources are in the configuration. Remove it, and replace it if others could read \
                 this file"
                    .to_owned()
            } else if matches!(name, "default" | "on_no_data" | "on_unknown" | "fallback") {
                "leave it out: what is not known never counts as pass, and nothing can make it so".to_owned()
            } else {
                let home = TABLES.iter().find(|table| table.key(name).is_some());
                match home.filter(|_| nearest(name, names.iter().copied()).is_none()) {
                    Some(table) => format!("`{name}` belongs under {}; keys here: `{}`", table.head(), names.join("`, `")),
                    None => suggest(name, "keys here", &names),
                }
            };
            self.push(written.span(), format!("unknown key `{name}` in {}", block.title), next);
        }
    }

    /// The value behind a key as the reader of its shape has it; `None` when it is absent or wrong. Required ones are missed.
    pub fn value<T>(
        &mut self,
        block: &Block<'_>,
        name: &str,
        read: impl Fn(&DeValue<'_>) -> Option<T>,
    ) -> Option<(T, Range<usize>)> {
        let key = block.keys.key(name)?;
        let Some(value) = block.table.get(name) else {
            if let Fallback::Required(example) = key.fallback {
                let what = format!("{} has no `{name}`", block.title);
                self.push(block.span.clone(), what, format!("add a line: {name} = {example}"));
            }
            return None;
        };
        if let Some(found) = read(value.get_ref()) {
            return Some((found, value.span()));
        }
        self.wrong_type(key, value);
        None
    }

    fn wrong_type(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) {
        let found = describe(value.get_ref());
        let bare = matches!(value.get_ref(), DeValue::Integer(_) | DeValue::Float(_));
        let numeric = !matches!(
            key.shape,
            Shape::Flag
                | Shape::Text
                | Shape::Id
                | Shape::Ids
                | Shape::OneOf(_)
                | Shape::SomeOf(_)
                | Shape::Query
                | Shape::Labels
                | Shape::Tables(_)
        );
        let example = example(key);
        if bare && numeric {
            let what = format!("`{}` is a bare number: what does it count?", key.name);
            self.push(value.span(), what, format!("write it with its unit in quotes: {} = {example}", key.name));
            return;
        }
        let what = format!("`{}` is {found}, expected {}", key.name, key.shape.words());
        self.push(value.span(), what, format!("write it like: {} = {example}", key.name));
    }

    pub fn text(&mut self, block: &Block<'_>, name: &str) -> Option<(String, Range<usize>)> {
        let (text, span) = self.value(block, name, |value| value.as_str().map(str::to_owned))?;
        if text.trim().is_empty() {
            self.push(span, format!("`{name}` is empty"), "write a value, or remove the line");
            return None;
        }
        Some((text, span))
    }

    pub fn flag(&mut self, block: &Block<'_>, name: &str) -> bool {
        let default = block.keys.key(name).is_some_and(|key| key.fallback == Fallback::Value("true"));
        self.value(block, name, truth).map_or(default, |(flag, _)| flag)
    }

    /// A string that `read` understands.
    pub fn parsed<T>(&mut self, block: &Block<'_>, name: &str, read: impl Fn(&str) -> Result<T, Wrong>) -> Option<T> {
        let (text, span) = self.text(block, name)?;
        match read(&text) {
            Ok(value) => Some(value),
            Err(Wrong { what, next }) => {
                self.push(span, format!("`{name}`: {what}"), next);
                None
            }
        }
    }

    pub fn duration(&mut self, block: &Block<'_>, name: &str) -> Option<Duration> {
        self.parsed(block, name, quantities::duration)
    }

    /// The index of the word in `right`.
    pub fn one_of(&mut self, block: &Block<'_>, name: &str, right: &[&str]) -> Option<usize> {
        let (text, span) = self.text(block, name)?;
        let index = right.iter().position(|word| *word == text);
        if index.is_none() {
            self.push(span, format!("unknown {name} \"{text}\""), suggest(&text, "right values", right));
        }
        index
    }

    /// A list of strings, each with its place; `None` when absent or wrong.
    pub fn texts(&mut self, block: &Block<'_>, name: &str) -> Option<Vec<(String, Range<usize>)>> {
        let key = block.keys.key(name)?;
        let Some(value) = block.table.get(name) else {
            if let Fallback::Required(example) = key.fallback {
                let what = format!("{} has no `{name}`", block.title);
                self.push(block.span.clone(), what, format!("add a line: {name} = {example}"));
            }
            return None;
        };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value);
            return None;
        };
        let mut texts: Vec<(String, Range<usize>)> = Vec::new();
        for item in array {
            let Some(text) = item.get_ref().as_str() else {
                let bare = matches!(item.get_ref(), DeValue::Integer(_) | DeValue::Float(_));
                let found = if bare { "a bare number" } else { describe(item.get_ref()) };
                self.push(
                    item.span(),
                    format!("`{name}` holds {found}, expected only strings"),
                    format!("write {name} = {}", example(key)),
                );
                continue;
            };
            if texts.iter().any(|(known, _)| known == text) {
                self.push(item.span(), format!("`{name}` lists \"{text}\" twice"), "keep one of them");
            } else {
                texts.push((text.to_owned(), item.span()));
            }
        }
        Some(texts)
    }

    /// A list of strings that `read` understands.
    pub fn parsed_list<T>(&mut self, block: &Block<'_>, name: &str, read: impl Fn(&str) -> Result<T, Wrong>) -> Option<Vec<T>> {
        let mut values = Vec::new();
        for (text, span) in self.texts(block, name)? {
            match read(&text) {
                Ok(value) => values.push(value),
                Err(Wrong { what, next }) => self.push(span, format!("`{name}`: {what}"), next),
            }
        }
        Some(values)
    }

    /// The block's own name, or why it cannot be one.
    pub fn id(&mut self, block: &Block<'_>) -> Option<(PlanName, Range<usize>)> {
        let (text, span) = self.text(block, "id")?;
        Some((self.name(&text, &span)?, span))
    }

    /// A name: `[a-z0-9_-]`, 1 to 64 characters.
    pub fn name(&mut self, text: &str, span: &Range<usize>) -> Option<PlanName> {
        if is_name(text) {
            return Some(PlanName::new(text));
        }
        let what = format!("\"{text}\" cannot be a name");
        self.push(span.clone(), what, "use 1 to 64 lower-case letters, digits, `-` and `_`");
        None
    }

    /// Names that stand elsewhere in the plan; whether they do is looked at when all of it was read.
    pub fn mentions(&mut self, block: &Block<'_>, name: &str, to: Refers) -> Vec<PlanName> {
        let mut names = Vec::new();
        for (text, span) in self.texts(block, name).unwrap_or_default() {
            let name = PlanName::new(&text);
            self.mentions.push(Mention { to, name: name.clone(), span, title: block.title.clone() });
            names.push(name);
        }
        names
    }

    /// A query, with its mistakes told at their own bytes where the file has them literally.
    pub fn query(&mut self, block: &Block<'_>, name: &str) -> Option<String> {
        let (text, span) = self.text(block, name)?;
        let literal = self.text.get(span.clone()).and_then(|written| written.find(&text)).map(|at| span.start + at);
        for (place, Wrong { what, next }) in query::mistakes(&text, block.has("window")) {
            let at = literal.map_or_else(|| span.clone(), |from| from + place.start..from + place.end);
            self.push(at, format!("`{name}`: {what}"), next);
        }
        Some(text)
    }
}

/// Not the method itself: its lifetimes are too narrow for `value`.
fn truth(value: &DeValue<'_>) -> Option<bool> {
    value.as_bool()
}

#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// A right value of a key, as it is written.
#[must_use]
pub fn example(key: &Key) -> &'static str {
    match key.fallback {
        Fallback::Required(example) | Fallback::Value(example) | Fallback::Unset { example, .. } => example,
    }
}

impl Shape {
    /// For people: "expected ...".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Text | Self::OneOf(_) => "a string",
            Self::Id => "a name",
            Self::Ids => "a list of names",
            Self::SomeOf(_) => "a list of words",
            Self::Duration => "a duration like \"5m\"",
            Self::Rule => "a rule like \"< 1 %\", or true",
            Self::Baseline => "an amount like \"2.5 s\", or \"stage start\"",
            Self::Events => "a number of events like \"3000 events\"",
            Self::Repeat => "a repetition like \"3 of 5\"",
            Self::Due => "a duration like \"24h\", or a moment like \"2026-12-01T00:00:00Z\"",
            Self::Percents => "a list of shares like [\"25 %\", \"50 %\"]",
            Self::People => "a number of people like \"50..100 people\"",
            Self::Shares => "a list of shares like [\"10 % of queries\"]",
            Self::Things => "a number of things like \"1..2 pipelines\"",
            Self::Query => "a query (a string)",
            Self::Labels => "labels like { service = \"checkout\" }",
            Self::Tables(_) => "a list of tables",
        }
    }
}
