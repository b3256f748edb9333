//! From a result to a value: nothing is judged here, and what can not be read is said.

use serde_json::Value as Json;

use super::wire::{Data, pairs, unix};
use crate::{
    backend::web::Trouble,
    domain::{
        Timestamp,
        question::{Labels, Reason, Value},
        text::DisplayText,
    },
};

/// What there was at each moment, as `Answer::history` has it.
type History = Vec<(Timestamp, Option<f64>)>;

/// The value of an instant query, and the moment that the source says it is of.
pub(super) fn instant(data: &Data) -> Result<(Value, Option<Timestamp>), Trouble> {
    match data.result_type.as_str() {
        "scalar" => {
            let (at, value) = sample(&data.result)?;
            Ok((Value::Number(value), at))
        }
        "string" => {
            let text = data.result.get(1).and_then(Json::as_str).ok_or_else(|| Trouble::unreadable("a string without text"))?;
            Ok((Value::Text(DisplayText::new(text)), moment(&data.result)))
        }
        "vector" => vector(series(data)?),
        "matrix" => Err(wrong_type("a range of values over time, where one value is wanted")),
        _ => Err(Trouble::unreadable("a kind of result that is not known")),
    }
}

fn vector(found: &[Json]) -> Result<(Value, Option<Timestamp>), Trouble> {
    let mut all = Vec::with_capacity(found.len());
    let mut at = None;
    for one in found {
        let Some(value) = one.get("value") else {
            return Err(wrong_type("a native histogram, where a number is wanted"));
        };
        let (moment, value) = sample(value)?;
        at = at.or(moment);
        all.push((labels(one), value));
    }
    Ok((of_series(all), at))
}

fn of_series(mut all: Vec<(Labels, f64)>) -> Value {
    match all.len() {
        0 => Value::Empty,
        1 => all.pop().map_or(Value::Empty, |(labels, value)| Value::Series { labels, value }),
        // The API promises no order: one of our own keeps rows in their place.
        _ => {
            all.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Many(all)
        }
    }
}

/// The values of a range query at `moments` (seconds since 1970, ascending): the newest in full, and of each moment the one
/// number, where exactly one series has one.
pub(super) fn range(data: &Data, moments: &[f64]) -> Result<(Value, History), Trouble> {
    if data.result_type != "matrix" {
        return Err(Trouble::unreadable("no range of values, where one was asked for"));
    }
    let mut at_each: Vec<Vec<(Labels, f64)>> = vec![Vec::new(); moments.len()];
    for one in series(data)? {
        let Some(values) = one.get("values").and_then(Json::as_array) else {
            return Err(wrong_type("native histograms, where numbers are wanted"));
        };
        let labels = labels(one);
        for value in values {
            let seconds = value.get(0).and_then(Json::as_f64).ok_or_else(|| Trouble::unreadable("a sample without a time"))?;
            // The server rounds to milliseconds.
            let place = moments.iter().position(|moment| (moment - seconds).abs() < 0.01);
            let Some(all) = place.and_then(|place| at_each.get_mut(place)) else { continue };
            all.push((labels.clone(), sample(value)?.1));
        }
    }
    let newest = at_each.last().cloned().unwrap_or_default();
    let history = moments.iter().zip(&at_each).filter_map(|(moment, all)| {
        let only = if let [(_, value)] = all.as_slice() { Some(*value) } else { None };
        Some((unix(*moment)?, only))
    });
    Ok((of_series(newest), history.collect()))
}

/// The number of a value that is one.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(value) | Value::Series { value, .. } => Some(*value),
        Value::Many(_) | Value::Empty | Value::Truth(_) | Value::Text(_) | Value::OptedOut => None,
    }
}

fn series(data: &Data) -> Result<&[Json], Trouble> {
    data.result.as_array().map(Vec::as_slice).ok_or_else(|| Trouble::unreadable("a result that is no list"))
}

/// `[seconds, "text"]`; the text may be `NaN`, `+Inf` and `-Inf`.
fn sample(pair: &Json) -> Result<(Option<Timestamp>, f64), Trouble> {
    let text = pair.get(1).and_then(Json::as_str).ok_or_else(|| Trouble::unreadable("a sample without a value"))?;
    let value = text.parse().map_err(|_| Trouble::unreadable("a sample that is no number"))?;
    Ok((moment(pair), value))
}

fn moment(pair: &Json) -> Option<Timestamp> {
    unix(pair.get(0)?.as_f64()?)
}

fn labels(series: &Json) -> Labels {
    let mut all: Vec<_> = series.get("metric").into_iter().flat_map(pairs).collect();
    all.sort_unstable();
    all.into_iter().map(|(name, value)| (DisplayText::new(name), DisplayText::new(value))).collect()
}

fn wrong_type(words: &str) -> Trouble {
    Trouble::new(Reason::WrongType, words)
}
