//! One `[sources.<name>]`: what every source has, and the keys that its kind declares.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use toml::de::DeValue;

use super::{
    duration,
    keys::{Fallback, Key, SOURCE, Shape},
    kind::{Fault, SourceKind, Value, Values},
    problem::suggest,
    reading::{Reading, Section, Written, describe, unquoted},
    secret::SecretRef,
    settings::SourceSettings,
};
use crate::domain::id::SourceId;

/// The keys that are right in a source of this kind, with the kind's own pause as default.
#[must_use]
pub fn keys_of(kind: &SourceKind) -> Vec<Key> {
    let common = SOURCE.keys.iter().map(|key| match key.name {
        "interval" => Key { fallback: Fallback::Value(kind.interval), ..*key },
        "stale_after" => Key { fallback: Fallback::Value(kind.stale_after), ..*key },
        _ => *key,
    });
    common.chain(kind.keys.iter().copied()).collect()
}

/// Reads one source. `known` are the environments of the file.
pub(super) fn source(
    reading: &mut Reading<'_>,
    name: &str,
    mut section: Section<'_>,
    known: &[&str],
    kinds: &[&SourceKind],
) -> Option<SourceSettings> {
    let found = of_kind(reading, &section, kinds);
    if let Some(kind) = found {
        section.keys = keys_of(kind);
    }
    if found.is_some() || !section.table.contains_key("kind") {
        // Which keys are right depends on the kind: of an unknown kind nothing more can be said.
        reading.strange_keys(&section, |key| {
            let right: Vec<&str> =
                kinds.iter().filter(|kind| kind.keys.iter().any(|own| own.name == key)).map(|kind| kind.word).collect();
            match found {
                // Any kind may be meant: what no kind knows is wrong all the same.
                None if !right.is_empty() => Ok(()),
                Some(kind) if !right.is_empty() => {
                    Err(Some(format!("it is a key of kind {}, and this source is of kind {}", right.join(" and "), kind.word)))
                }
                _ => Err(None),
            }
        });
    }
    let environment = environment(reading, &section, known);
    let (interval, stale_after) = intervals(reading, &section);
    let kind = found?;
    let before = reading.problems.len();
    let values = values(reading, &section, kind.keys);
    if reading.problems.len() == before {
        for fault in (kind.check)(&values) {
            let span = place(&section, &fault);
            reading.push(span, fault.what, fault.next);
        }
    }
    Some(SourceSettings { name: SourceId::new(name), environment: environment?, stale_after, interval, kind: kind.word, values })
}

fn of_kind<'k>(reading: &mut Reading<'_>, section: &Section<'_>, kinds: &[&'k SourceKind]) -> Option<&'k SourceKind> {
    let (word, span) = reading.text(section, "kind")?;
    let found = kinds.iter().find(|kind| kind.word == word).copied();
    if found.is_none() {
        let right: Vec<&str> = kinds.iter().map(|kind| kind.word).collect();
        reading.push(span, format!("unknown kind \"{word}\""), suggest(&word, "right values", &right));
    }
    found
}

fn environment(reading: &mut Reading<'_>, section: &Section<'_>, known: &[&str]) -> Option<String> {
    let (name, span) = reading.text(section, "environment")?;
    if !known.contains(&name.as_str()) {
        let next = if known.is_empty() {
            format!("add a table [environments.{name}]")
        } else {
            suggest(&name, "environments in this file", known)
        };
        reading.push(span, format!("{} names an unknown environment \"{name}\"", section.title), next);
    }
    Some(name)
}

fn intervals(reading: &mut Reading<'_>, section: &Section<'_>) -> (Duration, Duration) {
    let (interval, written) = reading.duration(section, "interval").unwrap_or((Duration::from_secs(2), None));
    let (stale_after, stale_written) = reading.duration(section, "stale_after").unwrap_or((Duration::from_secs(10), None));
    if let Some(span) = &written
        && !(Duration::from_secs(1)..=Duration::from_secs(3_600)).contains(&interval)
    {
        let what = format!("`interval` is {}, out of range", duration::print(interval));
        reading.push(span.clone(), what, "write 1s to 1h");
    }
    let least = interval.saturating_mul(3);
    if stale_after >= least {
        return (interval, stale_after);
    }
    if let Some(span) = stale_written {
        reading.push(
            span,
            format!(
                "`stale_after` is {}, less than three intervals of {}",
                duration::print(stale_after),
                duration::print(interval)
            ),
            format!("write {} or more, or a shorter `interval`: one late answer is not a lost source", duration::print(least)),
        );
    }
    // Only the interval was written: the default follows it.
    (interval, least)
}

/// The values of a kind's own keys, each checked against its shape.
fn values(reading: &mut Reading<'_>, section: &Section<'_>, keys: &'static [Key]) -> Values {
    let mut values = Values::default();
    for key in keys {
        let name = key.name;
        let value = match key.shape {
            Shape::Flag => Some(Value::Flag(reading.flag(section, name))),
            Shape::Text | Shape::OneOf(_) => reading.text(section, name).map(|(text, _)| Value::Text(text)),
            Shape::Texts => Some(Value::Texts(reading.texts(section, name).into_iter().map(|(text, _)| text).collect())),
            Shape::Path => reading.path(section, name).map(Value::Path),
            Shape::Duration => reading.duration(section, name).map(|(duration, _)| Value::Duration(duration)),
            Shape::Url => url(reading, section, name).map(Value::Text),
            Shape::Secret => secret(reading, section, name).map(Value::Secret),
            Shape::Number { least, most } => number(reading, section, name, least, most).map(Value::Number),
            Shape::Map => map(reading, section, key).map(Value::Map),
        };
        if let Some(value) = value {
            values.set(name, value);
        }
    }
    values
}

fn url(reading: &mut Reading<'_>, section: &Section<'_>, name: &str) -> Option<String> {
    let (text, span) = reading.text(section, name)?;
    if let Some(why) = not_an_address(&text) {
        reading.push(span, format!("`{name}` {why}"), format!("write {name} = \"https://host:port\", a path may follow"));
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

/// What is wrong with an address; repeats nothing of it, for it may hold a password.
fn not_an_address(text: &str) -> Option<&'static str> {
    let Some((scheme, rest)) = text.split_once("://") else { return Some("is no address") };
    if !matches!(scheme, "http" | "https") {
        return Some("is no http or https address");
    }
    if rest.split('/').next().is_some_and(|authority| authority.contains('@')) {
        return Some("holds a user or a password");
    }
    if rest.contains(['?', '#']) {
        return Some("holds a query or a fragment");
    }
    match text.parse::<http::Uri>() {
        Ok(uri) if uri.host().is_some_and(|host| !host.is_empty()) => None,
        _ => Some("is no address"),
    }
}

fn secret(reading: &mut Reading<'_>, section: &Section<'_>, name: &str) -> Option<SecretRef> {
    let (text, span) = reading.text(section, name)?;
    match SecretRef::parse(&text) {
        Ok(secret) => Some(secret),
        Err(error) => {
            let next = "replace the secret if it was written here and others could read this file";
            reading.push(span, format!("`{name}` is no reference: {error}"), next);
            None
        }
    }
}

fn number(reading: &mut Reading<'_>, section: &Section<'_>, name: &str, least: u64, most: u64) -> Option<u64> {
    match reading.written(section, name, whole) {
        Written::Right(number, span) => {
            let right = u64::try_from(number).ok().filter(|number| (least..=most).contains(number));
            if right.is_none() {
                reading.push(span, format!("`{name}` is {number}, out of range"), format!("write {least} to {most}"));
            }
            right
        }
        Written::Absent(default) => unquoted(default?).parse().ok(),
        Written::Wrong => None,
    }
}

/// Not a closure: its lifetimes are too narrow for `written`.
fn whole(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn map(reading: &mut Reading<'_>, section: &Section<'_>, key: &Key) -> Option<BTreeMap<String, String>> {
    let Some(value) = section.table.get(key.name) else {
        if let Fallback::Required(example) = key.fallback {
            let what = format!("{} has no `{}`", section.title, key.name);
            reading.push(section.span.clone(), what, format!("add a line: {} = {example}", key.name));
        }
        return None;
    };
    let Some(table) = value.get_ref().as_table() else {
        reading.wrong_type(key.name, value, key.shape);
        return None;
    };
    let mut map = BTreeMap::new();
    for (name, value) in table {
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() && !name.get_ref().trim().is_empty() => {
                map.insert(name.get_ref().to_string(), text.to_owned());
            }
            Some(_) => reading.push(value.span(), format!("`{}` holds an empty name or value", key.name), "write both"),
            None => {
                let found = describe(value.get_ref());
                let what = format!("`{}` holds {found}, expected only strings", key.name);
                reading.push(value.span(), what, format!("write {} = {{ name = \"...\" }}", key.name));
            }
        }
    }
    Some(map)
}

/// Where in the file a kind's own finding stands.
fn place(section: &Section<'_>, fault: &Fault) -> Range<usize> {
    let Some(value) = section.table.get(fault.key) else { return section.span.clone() };
    let item = fault.item.and_then(|at| match value.get_ref() {
        DeValue::Array(items) => items.get(at).map(toml::Spanned::span),
        DeValue::Table(table) => {
            let mut names: Vec<_> = table.iter().collect();
            names.sort_by(|(a, _), (b, _)| a.get_ref().cmp(b.get_ref()));
            names.get(at).map(|(_, value)| value.span())
        }
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => None,
    });
    item.unwrap_or_else(|| value.span())
}
