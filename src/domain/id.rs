//! Identity: sources, names and targets. Selection, ledger records and requests all use these, never row numbers.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::text::DisplayText;

/// Name of a configured source, unique in one configuration. It comes from the operator's own file and is checked there
/// (`[a-z0-9-]`, 1 to 32 characters).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(Arc<str>);

impl SourceId {
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name that an outside system gave to an object. Keeps the exact bytes for comparison and requests, and shows only
/// cleaned text. `Display` shows the cleaned form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Arc<str>);

impl Name {
    #[must_use]
    pub fn new(raw: &str) -> Self {
        Self(raw.into())
    }

    /// The exact name as the system has it: for requests and comparison, never for a screen.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn display(&self) -> DisplayText {
        DisplayText::new(&self.0)
    }

    /// RFC 1123 subdomain: lower-case letters, digits, `-` and `.`, at most 253 characters, starting and ending
    /// alphanumeric. Anything else is shown escaped and can not be acted on (reliability.md 2.4).
    #[must_use]
    pub fn is_rfc1123(&self) -> bool {
        let bytes = self.0.as_bytes();
        let edge = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        !bytes.is_empty()
            && bytes.len() <= 253
            && bytes.first().is_some_and(edge)
            && bytes.last().is_some_and(edge)
            && bytes.iter().all(|b| edge(b) || *b == b'-' || *b == b'.')
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.display().as_str())
    }
}

/// One thing that can be released: `<source>/<namespace>/<name>` (contract.md).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TargetId {
    pub source: SourceId,
    pub namespace: Name,
    pub name: Name,
}

impl TargetId {
    #[must_use]
    pub fn new(source: &SourceId, namespace: &str, name: &str) -> Self {
        Self { source: source.clone(), namespace: Name::new(namespace), name: Name::new(name) }
    }

    /// Whether a person who typed `text` means this target: the whole identifier or an unambiguous tail of it
    /// (`shop/checkout`, `checkout`).
    #[must_use]
    pub fn is_meant_by(&self, text: &str) -> bool {
        // Asked of every rollout for every subject of every plan: most names differ at the end.
        let tail = text.rsplit('/').next().unwrap_or(text);
        if !self.name.raw().ends_with(tail) {
            return false;
        }
        let whole = format!("{}/{}/{}", self.source.as_str(), self.namespace.raw(), self.name.raw());
        whole == text || whole.strip_suffix(text).is_some_and(|head| head.ends_with('/'))
    }

    /// Both parts are names that Kubernetes accepts, so the target may be acted on.
    #[must_use]
    pub fn is_actionable(&self) -> bool {
        self.namespace.is_rfc1123() && self.name.is_rfc1123()
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.source, self.namespace, self.name)
    }
}
