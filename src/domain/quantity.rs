//! Numbers with their units, and the bounds that a plan sets on them. A number without a unit does not exist in a plan
//! (AT-31): 0.05 can mean 5 % or 0.05 %, and one of the two lets a broken release go on.

use std::{fmt, fmt::Write as _, time::Duration};

use serde::Serialize;

/// What a number counts. Units of one dimension convert into each other; of two dimensions never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// `%`, 0 to 100.
    Percent,
    /// `fraction`, 0 to 1: what most queries give for a share.
    Fraction,
    /// `ms`.
    Milliseconds,
    /// `s`.
    Seconds,
    /// `min`.
    Minutes,
    /// `h`.
    Hours,
    /// `d`.
    Days,
    /// `/s`: events in a second.
    PerSecond,
    /// `count`: whole things (people, errors, rows).
    Count,
    /// `x`: how many times as much.
    Times,
    /// `points`: a score on a scale of its own (satisfaction 1 to 5, NPS, quality).
    Points,
}

/// Units that can be compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    Share,
    Time,
    Rate,
    Count,
    Times,
    Points,
}

impl Unit {
    pub const ALL: [Self; 11] = [
        Self::Percent,
        Self::Fraction,
        Self::Milliseconds,
        Self::Seconds,
        Self::Minutes,
        Self::Hours,
        Self::Days,
        Self::PerSecond,
        Self::Count,
        Self::Times,
        Self::Points,
    ];

    /// As it is written in plans and on screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Percent => "%",
            Self::Fraction => "fraction",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Minutes => "min",
            Self::Hours => "h",
            Self::Days => "d",
            Self::PerSecond => "/s",
            Self::Count => "count",
            Self::Times => "x",
            Self::Points => "points",
        }
    }

    #[must_use]
    pub fn dimension(self) -> Dimension {
        match self {
            Self::Percent | Self::Fraction => Dimension::Share,
            Self::Milliseconds | Self::Seconds | Self::Minutes | Self::Hours | Self::Days => Dimension::Time,
            Self::PerSecond => Dimension::Rate,
            Self::Count => Dimension::Count,
            Self::Times => Dimension::Times,
            Self::Points => Dimension::Points,
        }
    }

    /// How many of the dimension's base unit (percent, seconds) one of this unit is.
    fn factor(self) -> f64 {
        match self {
            Self::Fraction => 100.0,
            Self::Milliseconds => 0.001,
            Self::Minutes => 60.0,
            Self::Hours => 3600.0,
            Self::Days => 86_400.0,
            Self::Percent | Self::Seconds | Self::PerSecond | Self::Count | Self::Times | Self::Points => 1.0,
        }
    }
}

/// A number and what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Quantity {
    pub value: f64,
    pub unit: Unit,
}

impl Quantity {
    #[must_use]
    pub fn new(value: f64, unit: Unit) -> Self {
        Self { value, unit }
    }

    /// The same amount in another unit; `None` when the two cannot be compared.
    #[must_use]
    pub fn to(self, unit: Unit) -> Option<Self> {
        if self.unit == unit {
            return Some(self);
        }
        (self.unit.dimension() == unit.dimension()).then(|| Self::new(self.value * self.unit.factor() / unit.factor(), unit))
    }
}

impl fmt::Display for Quantity {
    /// `1.3 %`, `2310 ms`, `12x`, `41220`: at most four significant digits after the point, no trailing zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = number_in_words(self.value);
        match self.unit {
            Unit::Count => f.write_str(&number),
            Unit::Times => write!(f, "{number}x"),
            Unit::PerSecond => write!(f, "{number}/s"),
            Unit::Percent
            | Unit::Fraction
            | Unit::Milliseconds
            | Unit::Seconds
            | Unit::Minutes
            | Unit::Hours
            | Unit::Days
            | Unit::Points => write!(f, "{number} {}", self.unit.word()),
        }
    }
}

/// A number as people read it: whole numbers whole, others with at most four digits that matter.
#[must_use]
pub fn number_in_words(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN".to_owned()
        } else if value > 0.0 {
            "+Inf".to_owned()
        } else {
            "-Inf".to_owned()
        };
    }
    if value.fract() == 0.0 {
        return format!("{value:.0}");
    }
    let size = value.abs();
    let places = if size >= 1000.0 {
        0
    } else if size >= 100.0 {
        1
    } else if size >= 10.0 {
        2
    } else if size >= 0.1 {
        3
    } else {
        6
    };
    let text = format!("{value:.places$}");
    // The zeros at the end of whole digits count: 1240 is not 124.
    let short = if places == 0 { text.as_str() } else { text.trim_end_matches('0').trim_end_matches('.') };
    if short.trim_start_matches('-') == "0" { format!("{value:e}") } else { short.to_owned() }
}

/// How a reading is compared. The sign is kept as the plan has it (C-29): `99 %` passes `>= 99 %` and not `> 99 %`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub enum Comparison {
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    LessOrEqual,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = ">=")]
    GreaterOrEqual,
    #[serde(rename = "=")]
    Equal,
}

impl Comparison {
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "=",
        }
    }
}

/// What a rule asks of a reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    One {
        comparison: Comparison,
        limit: Quantity,
    },
    /// Both ends belong to it (HD-102: a speed-up of `10x..50x`). Both have the same unit, `low` is not above `high`.
    Between {
        low: Quantity,
        high: Quantity,
    },
    /// A fact that has to be so.
    Is(bool),
}

/// One bound, and how the plan wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub bound: Bound,
    /// Literally as in the plan: `< 1 %`, `10x..50x`, `true`.
    pub text: String,
}

/// An age or a time left in a sentence: whole seconds, `8m51s`.
#[must_use]
pub fn age_in_words(age: Duration) -> String {
    duration_in_words(Duration::from_secs(age.as_secs()))
}

/// A duration as a plan and a screen write it: `5m`, `1h30m`, `2d`, `250ms`.
#[must_use]
pub fn duration_in_words(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut left = millis;
    let mut text = String::new();
    for (size, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")] {
        let whole = left / size;
        left %= size;
        if whole > 0 {
            let _ = write!(text, "{whole}{unit}");
        }
    }
    text
}
