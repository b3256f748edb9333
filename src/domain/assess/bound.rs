//! Comparing with a bound, literally as the plan has it (C-29), and where a share truly lies.

use std::cmp::Ordering;

use crate::domain::{
    plan::Criterion,
    quantity::{Bound, Comparison, Quantity, Rule, Unit},
    verdict::Verdict,
};

/// Two numbers closer than this many parts of their size are equal: 7 % is 0.07 although 0.07 x 100 is not quite 7.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// How `value` lies to `limit`; `None` when they count different things or one is not finite.
pub(super) fn compare(value: Quantity, limit: Quantity) -> Option<Ordering> {
    let limit = limit.to(value.unit)?;
    if !value.value.is_finite() || !limit.value.is_finite() {
        return None;
    }
    if (value.value - limit.value).abs() <= ROUNDING * value.value.abs().max(limit.value.abs()) {
        return Some(Ordering::Equal);
    }
    value.value.partial_cmp(&limit.value)
}

/// Whether a measured number is what `rule` asks for; `None` when that cannot be told: another dimension, not finite, or
/// a rule about truths.
#[must_use]
pub fn holds(rule: &Rule, value: Quantity) -> Option<bool> {
    match rule.bound {
        Bound::One { comparison, limit } => {
            let order = compare(value, limit)?;
            Some(match comparison {
                Comparison::Less => order == Ordering::Less,
                Comparison::LessOrEqual => order != Ordering::Greater,
                Comparison::Greater => order == Ordering::Greater,
                Comparison::GreaterOrEqual => order != Ordering::Less,
                Comparison::Equal => order == Ordering::Equal,
            })
        }
        Bound::Between { low, high } => {
            let (low, high) = (compare(value, low)?, compare(value, high)?);
            Some(low != Ordering::Less && high != Ordering::Greater)
        }
        Bound::Is(_) => None,
    }
}

/// Whether `value` lies exactly on a limit of `rule`.
pub(super) fn at_limit(rule: &Rule, value: Quantity) -> bool {
    let on = |limit| compare(value, limit) == Some(Ordering::Equal);
    match rule.bound {
        Bound::One { limit, .. } => on(limit),
        Bound::Between { low, high } => on(low) || on(high),
        Bound::Is(_) => false,
    }
}

/// `value` in the unit in which `rule` has its limit, where it has one.
pub(super) fn in_unit_of(rule: &Rule, value: Quantity) -> Quantity {
    let unit = match rule.bound {
        Bound::One { limit, .. } => limit.unit,
        Bound::Between { low, .. } => low.unit,
        Bound::Is(_) => value.unit,
    };
    value.to(unit).unwrap_or(value)
}

/// What a criterion says of a number; `None` when one of its rules cannot be told.
pub(super) fn of_number(criterion: &Criterion, value: Quantity) -> Option<Verdict> {
    let fails = criterion.fail.as_ref().map(|rule| holds(rule, value)).map_or(Some(None), |told| told.map(Some))?;
    if fails == Some(true) {
        return Some(Verdict::Fail);
    }
    if !holds(&criterion.pass, value)? {
        return Some(if fails.is_some() { Verdict::OffTarget } else { Verdict::Fail });
    }
    match &criterion.warn {
        Some(rule) if holds(rule, value)? => Some(Verdict::Warn),
        _ => Some(Verdict::Pass),
    }
}

/// What a criterion says of a truth; `None` when its rule is about numbers.
pub(super) fn of_truth(criterion: &Criterion, truth: bool) -> Option<Verdict> {
    match criterion.pass.bound {
        Bound::Is(wanted) => Some(if truth == wanted { Verdict::Pass } else { Verdict::Fail }),
        Bound::One { .. } | Bound::Between { .. } => None,
    }
}

/// How much of the limit of a rollback rule is reached, in percent, at most a thousand million; `None` where the rule has no
/// one limit above zero or the value cannot be set against it.
pub(super) fn of_limit(rule: &Rule, value: Quantity) -> Option<f64> {
    let Bound::One { comparison, limit } = rule.bound else { return None };
    let limit = limit.to(value.unit)?.value;
    let (part, whole) = match comparison {
        Comparison::Greater | Comparison::GreaterOrEqual | Comparison::Equal => (value.value, limit),
        Comparison::Less | Comparison::LessOrEqual => (limit, value.value),
    };
    (whole > 0.0).then(|| (part / whole * 100.0).clamp(-1e9, 1e9))
}

/// Where the true share lies with 95 % confidence when `bad` of `total` events are bad (Wilson score interval), as two
/// fractions 0 to 1. `None` without events.
#[must_use]
pub fn wilson(bad: f64, total: f64) -> Option<(Quantity, Quantity)> {
    const Z: f64 = 1.959_963_984_540_054;
    if !(total > 0.0 && total.is_finite() && bad.is_finite()) {
        return None;
    }
    let share = (bad / total).clamp(0.0, 1.0);
    let z2 = Z * Z;
    let middle = share + z2 / (2.0 * total);
    let half = Z * (share * (1.0 - share) / total + z2 / (4.0 * total * total)).sqrt();
    let whole = 1.0 + z2 / total;
    let end = |value: f64| Quantity::new((value / whole).clamp(0.0, 1.0), Unit::Fraction);
    Some((end(middle - half), end(middle + half)))
}
