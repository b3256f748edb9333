//! Reading single fields of an object that may hold anything: a wrong type is an absent field, never a failed list.

use std::time::Duration;

use serde_json::Value;

use crate::domain::{Timestamp, text::DisplayText};

/// The value at a JSON pointer, `null` counting as absent.
#[must_use]
pub fn at<'a>(object: &'a Value, pointer: &str) -> Option<&'a Value> {
    object.pointer(pointer).filter(|value| !value.is_null())
}

#[must_use]
pub fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    at(object, pointer)?.as_str()
}

/// Foreign text, cleaned; empty when absent.
#[must_use]
pub fn shown(object: &Value, pointer: &str) -> DisplayText {
    DisplayText::new(text(object, pointer).unwrap_or_default())
}

#[must_use]
pub fn flag(object: &Value, pointer: &str) -> bool {
    at(object, pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// A count; negative, huge and fractional numbers are absent.
#[must_use]
pub fn count(object: &Value, pointer: &str) -> Option<u32> {
    at(object, pointer)?.as_u64().and_then(|number| u32::try_from(number).ok())
}

/// An integer that may also be written as a string.
#[must_use]
pub fn integer(object: &Value, pointer: &str) -> Option<i64> {
    let value = at(object, pointer)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[must_use]
pub fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    at(object, pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[must_use]
pub fn time(object: &Value, pointer: &str) -> Option<Timestamp> {
    timestamp(text(object, pointer)?)
}

#[must_use]
pub fn timestamp(text: &str) -> Option<Timestamp> {
    Some(chrono::DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&chrono::Utc))
}

/// A duration as the controller reads it: whole seconds as number or string, or Go's form (`1h30m`, `1.5s`, `300ms`).
#[must_use]
pub fn duration(value: &Value) -> Option<Duration> {
    if let Some(seconds) = value.as_u64() {
        return Some(Duration::from_secs(seconds));
    }
    let text = value.as_str()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    go_duration(text)
}

fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest.is_empty() {
        return None;
    }
    let mut seconds = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let scale = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * scale;
        rest = tail;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// `since` plus `length`, when the calendar reaches that far.
#[must_use]
pub fn after(since: Timestamp, length: Duration) -> Option<Timestamp> {
    since.checked_add_signed(chrono::TimeDelta::from_std(length).ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn durations_are_read_as_the_controller_reads_them() {
        let cases = [
            (json!(30), Some(30_000)),
            (json!("30"), Some(30_000)),
            (json!("15s"), Some(15_000)),
            (json!("1h30m"), Some(5_400_000)),
            (json!("1.5s"), Some(1_500)),
            (json!("300ms"), Some(300)),
            (json!(0), Some(0)),
            (json!("soon"), None),
            (json!("5"), Some(5_000)),
            (json!("1d"), None),
            (json!(-5), None),
            (json!(""), None),
            (json!("99999999999999999999999h"), None),
            (json!({}), None),
        ];
        for (value, expected) in cases {
            assert_eq!(duration(&value).map(|found| found.as_millis()), expected, "{value}");
        }
    }
}
