//! The variables of a query: `$rollout $namespace $version $stable $window $stage`. A value is written so that it can only
//! ever be a value: it cannot end a string, add a matcher or widen a pattern. A variable that nobody knows leaves the
//! question unasked: an empty matcher would match everything.

use std::time::Duration;

use crate::domain::{quantity::duration_in_words, rollout::Rollout};

/// What a query needs and nobody knows, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing(pub String);

/// Where the values of variables come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variables<'a> {
    pub rollout: &'a Rollout,
    /// Name of the plan's stage; `None` where the rollout is at none.
    pub stage: Option<&'a str>,
    pub window: Option<Duration>,
}

impl Variables<'_> {
    fn value(&self, name: &str) -> Result<String, Missing> {
        let hash = |revision: &Option<crate::domain::rollout::Revision>, what: &str| {
            let hash = revision.as_ref().map(|revision| revision.hash.to_string()).unwrap_or_default();
            if hash.is_empty() { Err(Missing(format!("{what} of {} is not known", self.rollout.id.name))) } else { Ok(hash) }
        };
        let value = match name {
            "rollout" => self.rollout.id.name.raw().to_owned(),
            "namespace" => self.rollout.id.namespace.raw().to_owned(),
            "version" => hash(&self.rollout.revision, "the version")?,
            "stable" => hash(&self.rollout.stable, "the stable version")?,
            "window" => match self.window {
                Some(window) => duration_in_words(window),
                None => return Err(Missing("the plan gives no window for $window".to_owned())),
            },
            "stage" => match self.stage {
                Some(stage) => stage.to_owned(),
                None => return Err(Missing(format!("{} is at no stage of the plan", self.rollout.id.name))),
            },
            _ => return Err(Missing(format!("there is no variable ${name}"))),
        };
        if value.is_empty() { Err(Missing(format!("${name} is empty"))) } else { Ok(value) }
    }
}

/// The text of a query around a variable, as far as it decides how a value has to be written.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// The quote that is open.
    quote: Option<char>,
    /// The open string is a pattern (`=~`, `!~`).
    pattern: bool,
    /// The character before is a backslash that escapes.
    escaped: bool,
    /// The last two characters outside of strings that are not blank.
    before: [char; 2],
}

impl Place {
    fn walk(&mut self, character: char) {
        match self.quote {
            None if matches!(character, '"' | '\'' | '`') => {
                self.quote = Some(character);
                self.pattern = matches!(self.before, ['=' | '!', '~']);
            }
            None if character.is_whitespace() => {}
            None => self.before = [self.before[1], character],
            Some(_) if self.escaped => self.escaped = false,
            Some('"' | '\'') if character == '\\' => self.escaped = true,
            Some(quote) if quote == character => {
                (self.quote, self.pattern) = (None, false);
                self.before = [self.before[1], character];
            }
            Some(_) => {}
        }
    }

    /// `value` as it has to stand here.
    fn write(&self, name: &str, value: &str) -> Result<String, Missing> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let Some(quote) = self.quote else {
            return if value.chars().all(plain) {
                Ok(value.to_owned())
            } else {
                Err(Missing(format!("${name} holds a character that may not stand outside of quotes")))
            };
        };
        let mut text = String::with_capacity(value.len());
        for character in value.chars() {
            if character.is_control() || (quote == '`' && character == '`') {
                return Err(Missing(format!("${name} holds a character that cannot be written in this query")));
            }
            let meta = self.pattern && !character.is_alphanumeric() && !matches!(character, '_' | '-' | '/' | ':' | ' ');
            if meta {
                text.push_str(if quote == '`' { "\\" } else { "\\\\" });
            }
            if quote != '`' && (character == '\\' || character == quote) {
                text.push('\\');
            }
            text.push(character);
        }
        Ok(text)
    }
}

/// `query` with all variables replaced.
pub(super) fn fill(query: &str, variables: &Variables<'_>) -> Result<String, Missing> {
    let mut text = String::with_capacity(query.len());
    let mut place = Place::default();
    let mut rest = query;
    while let Some(character) = rest.chars().next() {
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        let name: &str = if character == '$' {
            let end = after.find(|c: char| !(c.is_ascii_lowercase() || c == '_')).unwrap_or(after.len());
            after.get(..end).unwrap_or_default()
        } else {
            ""
        };
        if name.is_empty() {
            place.walk(character);
            text.push(character);
            rest = after;
        } else {
            text.push_str(&place.write(name, &variables.value(name)?)?);
            // What was written ends no string, so the place stays as it is.
            place.escaped = false;
            if place.quote.is_none() {
                place.before = [' ', ' '];
            }
            rest = after.get(name.len()..).unwrap_or_default();
        }
    }
    Ok(text)
}
