//! What a kind of source declares about itself, and the values that stand in the file for it. This room knows no kind: each
//! declares itself in its own folder and is passed in, as themes are.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{keys::Key, secret::SecretRef};

/// One kind of source: its word, its keys, and what only it can know to be wrong.
#[derive(Clone, Copy, Debug)]
pub struct SourceKind {
    /// What stands behind `kind`.
    pub word: &'static str,
    /// One line: which system it is.
    pub why: &'static str,
    /// A name for one in the example.
    pub example: &'static str,
    /// Between two small reads when the file does not say, as it is written there.
    pub interval: &'static str,
    /// How old a value may get when the file does not say; at least three intervals.
    pub stale_after: &'static str,
    /// Its own keys, besides those that every source has.
    pub keys: &'static [Key],
    /// Mistakes that no shape can see. Only asked when every value has its shape.
    pub check: fn(&Values) -> Vec<Fault>,
}

/// One mistake that a kind found in its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub key: &'static str,
    /// Which item of a list, from 0; of a map in the order of its names.
    pub item: Option<usize>,
    /// What is wrong. Never repeats a secret.
    pub what: String,
    /// What to do next.
    pub next: String,
}

impl Fault {
    #[must_use]
    pub fn new(key: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { key, item: None, what: what.into(), next: next.into() }
    }

    #[must_use]
    pub fn at(self, item: usize) -> Self {
        Self { item: Some(item), ..self }
    }
}

/// One value, in the shape that its key declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Flag(bool),
    /// Also `OneOf` and `Url`.
    Text(String),
    Texts(Vec<String>),
    Path(PathBuf),
    Duration(Duration),
    Number(u64),
    Secret(SecretRef),
    Map(BTreeMap<String, String>),
}

/// The values of one source's own keys; what is unset is not in it. Asking for a key that its kind does not declare, or in
/// another shape, gives what an unset key gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<&'static str, Value>);

impl Values {
    /// With one more value.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Value) -> Self {
        self.0.insert(key, value);
        self
    }

    pub(super) fn set(&mut self, key: &'static str, value: Value) {
        self.0.insert(key, value);
    }

    #[must_use]
    pub fn is_set(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.0.get(key), Some(Value::Flag(true)))
    }

    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        if let Some(Value::Text(text)) = self.0.get(key) { Some(text) } else { None }
    }

    /// Empty when unset.
    #[must_use]
    pub fn texts(&self, key: &str) -> &[String] {
        if let Some(Value::Texts(texts)) = self.0.get(key) { texts } else { &[] }
    }

    #[must_use]
    pub fn path(&self, key: &str) -> Option<&Path> {
        if let Some(Value::Path(path)) = self.0.get(key) { Some(path) } else { None }
    }

    #[must_use]
    pub fn duration(&self, key: &str) -> Option<Duration> {
        if let Some(Value::Duration(duration)) = self.0.get(key) { Some(*duration) } else { None }
    }

    #[must_use]
    pub fn number(&self, key: &str) -> Option<u64> {
        if let Some(Value::Number(number)) = self.0.get(key) { Some(*number) } else { None }
    }

    #[must_use]
    pub fn secret(&self, key: &str) -> Option<&SecretRef> {
        if let Some(Value::Secret(secret)) = self.0.get(key) { Some(secret) } else { None }
    }

    /// Names and what they stand for, in the order of the names; `None` when unset.
    #[must_use]
    pub fn map(&self, key: &str) -> Option<&BTreeMap<String, String>> {
        if let Some(Value::Map(map)) = self.0.get(key) { Some(map) } else { None }
    }
}
