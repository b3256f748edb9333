//! Numbers with their units as a plan writes them (AT-31). A bare number is refused with what to write instead: 0.05 can mean
//! 5 % or 0.05 %.

use std::time::Duration;

use super::gauge_keys::UNITS;
use crate::{
    config::problem::suggest,
    domain::{
        plan::Repeat,
        quantity::{Bound, Comparison, Quantity, Rule, Unit},
    },
};

/// Longest duration in a plan: 400 days.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);
/// Longest history, in readings.
const MOST_READINGS: u8 = 12;

/// What may be counted besides `count`: words, so that a plan reads as people speak.
pub const COUNTED: &[&str] = &[
    "count",
    "alerts",
    "bugs",
    "customers",
    "errors",
    "events",
    "findings",
    "incidents",
    "jobs",
    "people",
    "pipelines",
    "queries",
    "reports",
    "requests",
    "rows",
    "users",
    "violations",
    "views",
];

/// Why a text is not what it should be, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub what: String,
    pub next: String,
}

impl Wrong {
    #[must_use]
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }
}

/// A number and the rest after it. Digits with at most one point; no exponent, no NaN, no separators.
fn number(text: &str) -> Result<(f64, &str), Wrong> {
    let text = text.trim_start();
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let end = text.len() - unsigned.len() + digits;
    let (written, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let right = unsigned.get(..digits).is_some_and(|digits| {
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        !whole.is_empty() && !fraction.is_empty() && !fraction.contains('.')
    });
    let wrong =
        || Wrong::new(format!("`{}` begins with no number", text.trim()), "write a plain number and its unit, like \"1.5 %\"");
    if !right
        || rest.starts_with(['e', 'E'])
            && rest.get(1..).is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+'))
    {
        return Err(wrong());
    }
    let value: f64 = written.parse().map_err(|_| wrong())?;
    if value.abs() > 1e15 {
        return Err(Wrong::new(format!("`{written}` is too large"), "write at most 15 digits"));
    }
    Ok((value, rest.trim()))
}

/// A unit's word; `number` is for the message only.
fn unit(word: &str, number: &str) -> Result<Unit, Wrong> {
    if let Some(unit) = Unit::ALL.into_iter().find(|unit| unit.word() == word) {
        return Ok(unit);
    }
    if COUNTED.contains(&word) {
        return Ok(Unit::Count);
    }
    if let Some(counted) = word.strip_suffix("/s").map(str::trim)
        && COUNTED.contains(&counted)
    {
        return Ok(Unit::PerSecond);
    }
    match word {
        "" => Err(Wrong::new(
            format!("`{number}` has no unit"),
            format!(
                "write what it counts: \"{number} %\", \"{number} fraction\" (1 fraction = 100 %), or one of {}",
                UNITS.get(2..).unwrap_or_default().join(", ")
            ),
        )),
        "m" => Err(Wrong::new(format!("`{number} m` can be minutes or milliseconds"), "write min or ms")),
        "percent" | "pct" => Err(Wrong::new(format!("`{word}` is no unit here"), format!("write \"{number} %\""))),
        other => Err(Wrong::new(format!("unknown unit `{other}`"), suggest(other, "units", UNITS))),
    }
}

/// `1.5 %`, `400 ms`, `10x`, `3000 events`.
///
/// # Errors
/// What is wrong with it.
pub fn quantity(text: &str) -> Result<Quantity, Wrong> {
    let (value, rest) = number(text)?;
    let written = text.trim().strip_suffix(rest).unwrap_or(text).trim();
    Ok(Quantity::new(value, unit(rest, written)?))
}

const SIGNS: [(&str, Comparison); 5] = [
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("=", Comparison::Equal),
];

/// `< 1 %`, `>= 99.9 %`, `10x..50x`.
///
/// # Errors
/// What is wrong with it.
pub fn rule(text: &str) -> Result<Rule, Wrong> {
    let text = text.trim();
    let as_written = |bound| Rule { bound, text: text.to_owned() };
    if let Some((low, high)) = text.split_once("..") {
        return between(text, low, high).map(as_written);
    }
    if matches!(text, "true" | "false") {
        return Err(Wrong::new(format!("\"{text}\" is text"), format!("write {text} without quotes")));
    }
    for (strange, sign) in [("==", "="), ("=<", "<="), ("=>", ">="), ("!=", "<` or `>"), ("\u{2264}", "<="), ("\u{2265}", ">=")] {
        if text.starts_with(strange) {
            return Err(Wrong::new(
                format!("unknown comparison `{strange}`"),
                format!("write `{sign}`; the signs are <, <=, >, >=, ="),
            ));
        }
    }
    let Some((sign, comparison)) = SIGNS.into_iter().find(|(sign, _)| text.starts_with(sign)) else {
        return Err(match quantity(text) {
            Ok(_) => Wrong::new(
                format!("`{text}` says no comparison"),
                format!("write \"< {text}\", \"<= {text}\", \"> {text}\" or \">= {text}\": at the limit itself they differ"),
            ),
            // A number that counts nothing, or something unknown, is the first thing to mend.
            Err(wrong) if number(text).is_ok() => wrong,
            Err(_) => Wrong::new(
                format!("`{text}` is no rule"),
                "write a sign, a number and its unit, like \"< 1 %\"; a range like \"10x..50x\"; or true",
            ),
        });
    };
    let limit = quantity(text.get(sign.len()..).unwrap_or_default())?;
    Ok(as_written(Bound::One { comparison, limit }))
}

fn between(text: &str, low: &str, high: &str) -> Result<Bound, Wrong> {
    let bare = |part: &str| number(part).is_ok_and(|(_, rest)| rest.is_empty());
    if bare(low) && quantity(high).is_ok() {
        let unit = number(high).map(|(_, rest)| rest).unwrap_or_default();
        return Err(Wrong::new(
            format!("the lower end of `{text}` has no unit"),
            format!("write \"{}{unit}..{}\"", low.trim(), high.trim()),
        ));
    }
    let (low, high) = (quantity(low)?, quantity(high)?);
    let Some(high) = high.to(low.unit) else {
        return Err(Wrong::new(format!("the two ends of `{text}` count different things"), "write the same unit at both ends"));
    };
    if low.value > high.value {
        return Err(Wrong::new(format!("`{text}` begins above its end"), "write the lower end first"));
    }
    Ok(Bound::Between { low, high })
}

/// `25 %`: a share of traffic, 0 to 100 without 0.
///
/// # Errors
/// What is wrong with it.
pub fn percent(text: &str) -> Result<f64, Wrong> {
    let quantity = quantity(text)?;
    if quantity.unit != Unit::Percent {
        return Err(Wrong::new(format!("`{text}` is not in percent"), "write it as \"25 %\""));
    }
    if quantity.value > 0.0 && quantity.value <= 100.0 {
        return Ok(quantity.value);
    }
    Err(Wrong::new(format!("`{text}` is no share"), "write more than 0 % and at most 100 %"))
}

/// `10 % of queries`.
///
/// # Errors
/// What is wrong with it.
pub fn share(text: &str) -> Result<(f64, String), Wrong> {
    let Some((amount, of)) = text.split_once(" of ") else {
        return Err(Wrong::new(format!("`{text}` does not say of what"), "write it as \"10 % of queries\""));
    };
    let of = of.trim();
    if of.is_empty() {
        return Err(Wrong::new(format!("`{text}` does not say of what"), "write it as \"10 % of queries\""));
    }
    Ok((percent(amount)?, of.to_owned()))
}

/// `50..100 people`, `1..2 pipelines`, `3 customers`: from, to, of what.
///
/// # Errors
/// What is wrong with it.
pub fn heads(text: &str) -> Result<(u64, u64, String), Wrong> {
    let wrong = || Wrong::new(format!("`{text}` is no number of things"), "write \"50..100 people\", or \"3 customers\"");
    let (numbers, of) = text.trim().split_once(' ').ok_or_else(wrong)?;
    let (low, high) = numbers.split_once("..").unwrap_or((numbers, numbers));
    let (low, high): (u64, u64) = (low.parse().map_err(|_| wrong())?, high.parse().map_err(|_| wrong())?);
    if low > high {
        return Err(Wrong::new(format!("`{text}` begins above its end"), "write the lower end first"));
    }
    if high == 0 || of.trim().is_empty() {
        return Err(wrong());
    }
    Ok((low, high, of.trim().to_owned()))
}

/// `3000 events`.
///
/// # Errors
/// What is wrong with it.
pub fn events(text: &str) -> Result<u64, Wrong> {
    let (low, high, _) =
        heads(text).map_err(|_| Wrong::new(format!("`{text}` is no number of events"), "write it as \"3000 events\""))?;
    if low == high { Ok(high) } else { Err(Wrong::new(format!("`{text}` is a range"), "write one number, like \"3000 events\"")) }
}

/// `3 of 5`.
///
/// # Errors
/// What is wrong with it.
pub fn repeat(text: &str) -> Result<Repeat, Wrong> {
    let parts = text.split_once(" of ").map(|(times, of)| (times.trim().parse::<u8>(), of.trim().parse::<u8>()));
    let Some((Ok(times), Ok(of))) = parts else {
        return Err(Wrong::new(format!("`{text}` does not say how many of how many"), "write it as \"3 of 5\""));
    };
    if times == 0 || times > of || of > MOST_READINGS {
        return Err(Wrong::new(
            format!("`{text}` cannot be"),
            format!("write 1 to n of n, with n at most {MOST_READINGS}: older readings are not kept"),
        ));
    }
    Ok(Repeat { times, of })
}

/// `5m`, `1h30m`, `7d`, `250ms`: whole numbers with their units, longer than nothing, at most 400 days.
///
/// # Errors
/// What is wrong with it.
pub fn duration(text: &str) -> Result<Duration, Wrong> {
    const NEXT: &str = "write whole numbers with their units: \"250ms\", \"30s\", \"5m\", \"1h30m\", \"7d\"";
    let wrong = || Wrong::new(format!("`{text}` is no duration"), NEXT);
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at_checked(digits).ok_or_else(wrong)?;
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end).ok_or_else(wrong)?;
        let millis: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => return Err(Wrong::new(format!("`{text}` counts weeks"), "write days: \"7d\"")),
            _ => return Err(wrong()),
        };
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(millis)).ok_or_else(wrong)?;
        sum = sum.checked_add(Duration::from_millis(part)).ok_or_else(wrong)?;
        rest = tail;
    }
    if sum.is_zero() {
        return Err(Wrong::new(format!("`{text}` is no time at all"), NEXT));
    }
    if sum > LONGEST {
        return Err(Wrong::new(format!("`{text}` is longer than 400 days"), "a release that long is several plans"));
    }
    Ok(sum)
}
