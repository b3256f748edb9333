//! Places in JSON (RFC 6901), and what stands there.

use std::time::Duration;

use serde_json::Value as Json;

use crate::domain::{
    Timestamp,
    question::{NoReading, Reason, Value},
    text::DisplayText,
};

/// `endpoint#/json/pointer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub endpoint: String,
    pub pointer: String,
}

impl Place {
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        let (endpoint, pointer) = written.split_once('#')?;
        (!endpoint.is_empty() && is_pointer(pointer)).then(|| Self { endpoint: endpoint.to_owned(), pointer: pointer.to_owned() })
    }
}

/// Empty, or parts that each begin with `/`; a `~` is followed by 0 or 1.
#[must_use]
pub fn is_pointer(text: &str) -> bool {
    let escapes = text.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && escapes
}

/// What says that somebody does not tell, and how old something is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Pointer within an object, and the value there that means "opted out".
    pub opted_out: Option<(String, String)>,
    /// Pointer within an object to a time in RFC 3339.
    pub timestamp: Option<String>,
}

impl Marks {
    /// Whether this object's subject opted out of telling.
    #[must_use]
    pub fn is_out(&self, object: &Json) -> bool {
        self.opted_out.as_ref().is_some_and(|(pointer, value)| {
            object.is_object() && object.pointer(pointer).and_then(scalar).is_some_and(|is| is == *value)
        })
    }

    /// When this object was made, as it says.
    #[must_use]
    pub fn made(&self, object: &Json) -> Option<Timestamp> {
        let written = object.pointer(self.timestamp.as_ref()?)?.as_str()?;
        chrono::DateTime::parse_from_rfc3339(written).ok().map(|time| time.to_utc())
    }
}

/// A single value as text.
#[must_use]
pub fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// What stands at a pointer, and its age where it is told. An object on the way whose subject opted out answers for all that
/// is in it: a value that may be left over from before is not read.
///
/// # Errors
/// Nothing there, or nothing that is one value.
pub fn read(body: &Json, pointer: &str, marks: &Marks, now: Timestamp) -> Result<(Value, Option<Duration>), NoReading> {
    let ends = pointer.match_indices('/').map(|(at, _)| at).chain([pointer.len()]);
    let mut age = None;
    for end in ends {
        let Some(node) = pointer.get(..end).and_then(|part| body.pointer(part)) else { continue };
        if marks.is_out(node) {
            return Ok((Value::OptedOut, None));
        }
        age = marks.made(node).map(|made| (now - made).to_std().unwrap_or_default()).or(age);
    }
    let wrong = |reason, words: &str| NoReading::new(reason, DisplayText::new(words));
    let found = body.pointer(pointer).ok_or_else(|| wrong(Reason::MissingInput, &format!("there is nothing at {pointer}")))?;
    let value = match found {
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::Bool(truth) => Value::Truth(*truth),
        Json::String(text) => Value::Text(DisplayText::new(text)),
        Json::Null => return Err(wrong(Reason::NoSeries, &format!("{pointer} is null"))),
        Json::Array(_) | Json::Object(_) => return Err(wrong(Reason::WrongType, &format!("{pointer} is no single value"))),
    };
    Ok((value, age))
}
