//! What a rule covers, as an interval: whether two rules overlap, and whether a rule can be missed at all.

use crate::domain::quantity::{Bound, Comparison, Quantity, Rule, Unit};

/// An interval on the number line, in the dimension's base unit (percent, seconds).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    low: f64,
    low_open: bool,
    high: f64,
    high_open: bool,
}

/// All that a reading of this kind can be.
#[must_use]
pub fn possible(most: Option<f64>) -> Interval {
    Interval { low: 0.0, low_open: false, high: most.unwrap_or(f64::INFINITY), high_open: most.is_none() }
}

fn base(quantity: Quantity) -> f64 {
    let base = match quantity.unit {
        Unit::Percent | Unit::Fraction => Unit::Percent,
        Unit::Milliseconds | Unit::Seconds | Unit::Minutes | Unit::Hours | Unit::Days => Unit::Seconds,
        other @ (Unit::PerSecond | Unit::Count | Unit::Times | Unit::Points) => other,
    };
    quantity.to(base).map_or(quantity.value, |quantity| quantity.value)
}

/// The interval of a rule about a number; `None` for a truth.
#[must_use]
pub fn interval(rule: &Rule) -> Option<Interval> {
    let all = Interval { low: f64::NEG_INFINITY, low_open: true, high: f64::INFINITY, high_open: true };
    match rule.bound {
        Bound::One { comparison, limit } => {
            let limit = base(limit);
            Some(match comparison {
                Comparison::Less => Interval { high: limit, high_open: true, ..all },
                Comparison::LessOrEqual => Interval { high: limit, high_open: false, ..all },
                Comparison::Greater => Interval { low: limit, low_open: true, ..all },
                Comparison::GreaterOrEqual => Interval { low: limit, low_open: false, ..all },
                Comparison::Equal => Interval { low: limit, low_open: false, high: limit, high_open: false },
            })
        }
        Bound::Between { low, high } => Some(Interval { low: base(low), low_open: false, high: base(high), high_open: false }),
        Bound::Is(_) => None,
    }
}

impl Interval {
    /// What lies in both; `None` when nothing does.
    #[must_use]
    pub fn meet(self, other: Self) -> Option<Self> {
        let (low, low_open) = if self.low > other.low {
            (self.low, self.low_open)
        } else if other.low > self.low {
            (other.low, other.low_open)
        } else {
            (self.low, self.low_open || other.low_open)
        };
        let (high, high_open) = if self.high < other.high {
            (self.high, self.high_open)
        } else if other.high < self.high {
            (other.high, other.high_open)
        } else {
            (self.high, self.high_open || other.high_open)
        };
        // A point is there only when both sides hold it.
        let is_there = low < high || (low <= high && !low_open && !high_open);
        is_there.then_some(Self { low, low_open, high, high_open })
    }

    /// Everything in `other` is in `self`.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        other.meet(self) == Some(other)
    }
}
