//! One criterion, judged: a verdict of the closed list, a sentence that says why, and all that shows it.

use std::time::Duration;

use super::{
    bound::{at_limit, in_unit_of, of_number, of_truth},
    measure::{Case, Measured, Measurement, measure},
    sound::{Unknown, truth, whole_seconds},
};
use crate::domain::{
    Timestamp,
    evidence::{Evaluation, StageStanding},
    plan::{Criterion, Due, GaugeKind},
    quantity::{Bound, Quantity, Rule, duration_in_words},
    question::Reason,
    verdict::Verdict,
};

/// Why it is too early to measure; `None` when it is time.
pub(super) fn not_due(criterion: &Criterion, standing: Option<&StageStanding>, now: Timestamp) -> Option<String> {
    match criterion.due? {
        Due::At(at) if at > now => Some(format!("not due before {}", at.format("%Y-%m-%d %H:%MZ"))),
        Due::At(_) => None,
        Due::After(length) => match standing.and_then(|at| at.since) {
            None => Some(format!("due {} into the stage, and when that began is not known", duration_in_words(length))),
            Some(since) => {
                let gone = (now - since).to_std().unwrap_or_default();
                let left = length.checked_sub(gone).filter(|left| !left.is_zero())?;
                Some(format!("not due for another {}", duration_in_words(whole_seconds(left).max(Duration::from_secs(1)))))
            }
        },
    }
}

/// A verdict before it is an `Evaluation`.
struct Said {
    verdict: Verdict,
    reason: Option<Reason>,
    sentence: String,
}

impl Said {
    fn unknown(unknown: Unknown) -> Self {
        Self { verdict: unknown.verdict(), reason: Some(unknown.reason), sentence: unknown.words }
    }
}

/// Judges `criterion`.
pub(super) fn evaluate(criterion: &Criterion, case: Case<'_>) -> Evaluation {
    let mut found = measure(&criterion.gauge, criterion.line, case);
    found.evidence.rule.clone_from(&criterion.pass.text);
    let said = match (not_due(criterion, case.standing, case.facts.now), found.told.clone()) {
        (Some(words), _) => Said { verdict: Verdict::NotDue, reason: Some(Reason::NotStarted), sentence: words },
        (None, Err(unknown)) if criterion.optional && found.is_absent => Said {
            verdict: Verdict::Absent,
            reason: Some(unknown.reason),
            sentence: "it is not there, and need not be".to_owned(),
        },
        (None, Err(unknown)) => Said::unknown(unknown),
        (None, Ok(measured)) => {
            show(criterion, measured, &mut found);
            judge(criterion, measured, &found)
        }
    };
    let told = matches!(said.verdict, Verdict::Pass | Verdict::Warn | Verdict::Fail | Verdict::OffTarget);
    Evaluation {
        id: criterion.id.clone(),
        title: criterion.title.clone().unwrap_or_else(|| criterion.id.to_string()),
        owner: criterion.owner.clone(),
        verdict: said.verdict,
        reason: said.reason,
        sentence: said.sentence,
        at: case.facts.now,
        valid_until: if told { valid_until(criterion, &found, case.facts.now) } else { None },
        evidence: found.evidence,
    }
}

/// Until when the value is young enough. What comes unasked has no age of its own: it is worth what its source is.
fn valid_until(criterion: &Criterion, found: &Measurement, now: Timestamp) -> Option<Timestamp> {
    let left = criterion.gauge.max_age.saturating_sub(found.evidence.age.unwrap_or_default());
    now.checked_add_signed(chrono::Duration::from_std(left).ok()?)
}

/// Puts value, range and readings into the evidence, in the unit of the rule.
fn show(criterion: &Criterion, measured: Measured, found: &mut Measurement) {
    let rule = &criterion.pass;
    if let Measured::Number(value) = measured {
        found.evidence.value = Some(in_unit_of(rule, value));
        found.evidence.range = found.evidence.range.map(|(low, high)| (in_unit_of(rule, low), in_unit_of(rule, high)));
    }
    found.evidence.history = found
        .history
        .iter()
        .map(|(at, value)| {
            let shown = value.map(|value| match measured {
                Measured::Number(now) => in_unit_of(rule, Quantity::new(value, now.unit)).value,
                Measured::Truth(_) => value,
            });
            (*at, shown, value.and_then(|value| of_reading(criterion, measured, value)).unwrap_or(Verdict::NoData))
        })
        .collect();
}

/// What the criterion says of one reading of the history, which is of the same kind as the newest.
fn of_reading(criterion: &Criterion, newest: Measured, value: f64) -> Option<Verdict> {
    match newest {
        Measured::Number(now) => of_number(criterion, Quantity::new(value, now.unit)),
        Measured::Truth(_) => of_truth(criterion, truth(value)?),
    }
}

fn judge(criterion: &Criterion, measured: Measured, found: &Measurement) -> Said {
    let verdict = match measured {
        Measured::Number(value) => of_number(criterion, value),
        Measured::Truth(truth) => of_truth(criterion, truth),
    };
    let Some(verdict) = verdict else {
        let words = format!("what is measured cannot be set against {}", criterion.pass.text);
        return Said::unknown(Unknown::new(Reason::WrongType, words));
    };
    let sentence = sentence(criterion, measured, verdict, found);
    if !matches!(verdict, Verdict::Pass | Verdict::Warn) {
        return Said { verdict, reason: None, sentence };
    }
    match repeated(criterion, found) {
        Some((had, of)) => Said {
            verdict: Verdict::TooFewSamples,
            reason: Some(Reason::TooFew),
            sentence: format!("{sentence}, and so do {had} of the last {of} readings; {} are needed", criterion.repeat.times),
        },
        None => Said { verdict, reason: None, sentence },
    }
}

/// How many of the last readings are inside the target, when they are not enough. Tenants and alerts have no readings: what
/// they say now is all there is, and a plan that asks for more of them asks in vain.
fn repeated(criterion: &Criterion, found: &Measurement) -> Option<(usize, u8)> {
    let repeat = criterion.repeat;
    let inside = |verdict: Verdict| matches!(verdict, Verdict::Pass | Verdict::Warn);
    let had = match &criterion.gauge.kind {
        GaugeKind::Tenants { .. } | GaugeKind::Alerts { .. } => 1,
        GaugeKind::Value { .. } | GaugeKind::Ratio { .. } | GaugeKind::Relative { .. } | GaugeKind::Fact { .. } => {
            // The newest was judged by itself; the history may lag behind it.
            let before = usize::from(repeat.of).saturating_sub(1);
            let mut readings = found.evidence.history.iter().rev();
            readings.next();
            1 + readings.take(before).filter(|(_, _, verdict)| inside(*verdict)).count()
        }
    };
    (had < usize::from(repeat.times)).then_some((had, repeat.of))
}

/// `1.3 % is not < 1 %`.
fn sentence(criterion: &Criterion, measured: Measured, verdict: Verdict, found: &Measurement) -> String {
    let rule = &criterion.pass;
    let value = match measured {
        Measured::Number(value) => in_unit_of(rule, value),
        Measured::Truth(truth) => return of_truth_in_words(rule, truth, found),
    };
    let compared = |rule: &Rule| {
        if matches!(rule.bound, Bound::Between { .. }) { format!("within {}", rule.text) } else { rule.text.clone() }
    };
    let baseline = found.evidence.baseline.map(|baseline| format!(" (baseline {baseline})")).unwrap_or_default();
    match verdict {
        Verdict::Pass | Verdict::Warn => {
            let limit = if at_limit(rule, value) { ", exactly the limit" } else { "" };
            let warn = criterion.warn.as_ref().filter(|_| verdict == Verdict::Warn);
            let warn = warn.map(|rule| format!(", and {}: look at it", compared(rule))).unwrap_or_default();
            format!("{value}{baseline} is {}{limit}{warn}", compared(rule))
        }
        Verdict::OffTarget => {
            let fail = criterion.fail.as_ref().map(compared).unwrap_or_default();
            format!("{value}{baseline} is not {}, and not {fail} either: off target", compared(rule))
        }
        Verdict::Fail
        | Verdict::NoData
        | Verdict::TooFewSamples
        | Verdict::Stale
        | Verdict::NotDue
        | Verdict::Waived
        | Verdict::Absent => {
            let limit = if at_limit(rule, value) { ", exactly the limit" } else { "" };
            format!("{value}{baseline} is not {}{limit}", compared(rule))
        }
    }
}

fn of_truth_in_words(rule: &Rule, truth: bool, found: &Measurement) -> String {
    if let Some(words) = &found.words {
        return words.clone();
    }
    let wanted = if matches!(rule.bound, Bound::Is(true)) { "true" } else { "false" };
    let not = if matches!(rule.bound, Bound::Is(wanted) if wanted == truth) { "" } else { "not " };
    format!("it is {not}{wanted}")
}
