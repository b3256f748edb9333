//! Rollback conditions: all are evaluated, the most severe match stands first (C-08), and one that cannot be told says so.

use std::{cmp::Reverse, fmt::Write as _};

use super::{
    bound::{holds, in_unit_of, of_limit},
    measure::{Case, Measured, Measurement, measure},
    sound::{Unknown, truth},
};
use crate::domain::{
    Timestamp,
    evidence::TriggerState,
    plan::{GaugeKind, Trigger},
    quantity::{Bound, Quantity},
    question::Reason,
    verdict::Verdict,
};

/// Judges every trigger that watches where the rollout stands, the one that would be proposed first.
pub(super) fn evaluate<'a>(triggers: impl Iterator<Item = &'a Trigger>, case: Case<'_>) -> Vec<TriggerState> {
    let mut states: Vec<TriggerState> = triggers.map(|trigger| one(trigger, case)).collect();
    // Matched before unknown before quiet; stable, so that the plan's own order stands within one severity.
    let rank = |state: &TriggerState| match state.matched {
        Ok(true) => 0,
        Err(_) => 1,
        Ok(false) => 2,
    };
    states.sort_by_key(|state| (rank(state), Reverse(state.action)));
    states
}

fn one(trigger: &Trigger, case: Case<'_>) -> TriggerState {
    let mut found = measure(&trigger.gauge, trigger.line, case);
    found.evidence.rule.clone_from(&trigger.when.text);
    let told = found.told.clone().and_then(|measured| {
        let unfit = || Unknown::new(Reason::WrongType, format!("what is measured cannot be set against {}", trigger.when.text));
        let newest = matches(trigger, measured).ok_or_else(unfit)?;
        Ok((measured, newest))
    });
    let (matched, since, sentence, limit) = match told {
        Err(unknown) => (Err(unknown.reason), None, format!("it cannot be told: {}", unknown.words), None),
        Ok((measured, newest)) => {
            let readings = readings(trigger, measured, newest, &found);
            let (had, since) = run(trigger, &readings, newest, case.facts.now);
            let matched = had >= usize::from(trigger.repeat.times);
            let value = if let Measured::Number(value) = measured { Some(value) } else { None };
            if let Some(value) = value {
                found.evidence.value = Some(in_unit_of(&trigger.when, value));
                let range = found.evidence.range;
                found.evidence.range = range.map(|(low, high)| (in_unit_of(&trigger.when, low), in_unit_of(&trigger.when, high)));
            }
            let sentence = sentence(trigger, measured, (newest, matched, had), &found);
            found.evidence.history = readings
                .into_iter()
                .map(|(at, value, says)| {
                    let verdict = match says {
                        Some(true) => Verdict::Fail,
                        Some(false) => Verdict::Pass,
                        None => Verdict::NoData,
                    };
                    (at, value, verdict)
                })
                .collect();
            let since = since.filter(|_| matched);
            (Ok(matched), since, sentence, value.and_then(|value| of_limit(&trigger.when, value)))
        }
    };
    TriggerState {
        id: trigger.id.clone(),
        action: trigger.action,
        origin: trigger.origin.clone(),
        matched,
        since,
        sentence,
        evidence: found.evidence,
        of_limit: limit,
    }
}

fn matches(trigger: &Trigger, measured: Measured) -> Option<bool> {
    match measured {
        Measured::Number(value) => holds(&trigger.when, value),
        Measured::Truth(truth) => match trigger.when.bound {
            Bound::Is(wanted) => Some(truth == wanted),
            Bound::One { .. } | Bound::Between { .. } => None,
        },
    }
}

type Read = (Timestamp, Option<f64>, Option<bool>);

/// The readings at hand, oldest first, in the unit of the rule, with what the rule says of each; the newest speaks for the
/// measurement itself.
fn readings(trigger: &Trigger, newest: Measured, says: bool, found: &Measurement) -> Vec<Read> {
    let mut readings: Vec<Read> = found
        .history
        .iter()
        .map(|(at, value)| match (newest, value) {
            (_, None) => (*at, None, None),
            (Measured::Number(now), Some(value)) => {
                let value = Quantity::new(*value, now.unit);
                (*at, Some(in_unit_of(&trigger.when, value).value), holds(&trigger.when, value))
            }
            (Measured::Truth(_), Some(value)) => {
                (*at, Some(*value), truth(*value).and_then(|truth| matches(trigger, Measured::Truth(truth))))
            }
        })
        .collect();
    if let Some(last) = readings.last_mut() {
        last.2 = Some(says);
    }
    readings
}

/// How many of the last readings match, and since when they do without a break.
fn run(trigger: &Trigger, readings: &[Read], newest: bool, now: Timestamp) -> (usize, Option<Timestamp>) {
    if matches!(trigger.gauge.kind, GaugeKind::Tenants { .. } | GaugeKind::Alerts { .. }) {
        return (usize::from(newest) * usize::from(trigger.repeat.of), newest.then_some(now));
    }
    let had = readings.iter().rev().take(usize::from(trigger.repeat.of)).filter(|(_, _, says)| *says == Some(true)).count();
    let since = readings.iter().rev().take_while(|(_, _, says)| *says == Some(true)).last().map(|(at, _, _)| *at);
    (had, since)
}

fn sentence(trigger: &Trigger, measured: Measured, (newest, matched, had): (bool, bool, usize), found: &Measurement) -> String {
    let value = match (measured, &found.words) {
        (_, Some(words)) => return words.clone(),
        (Measured::Number(value), None) => in_unit_of(&trigger.when, value).to_string(),
        (Measured::Truth(_), None) => "it".to_owned(),
    };
    let not = if newest { "" } else { "not " };
    let within = if matches!(trigger.when.bound, Bound::Between { .. }) { "within " } else { "" };
    let mut sentence = format!("{value} is {not}{within}{}", trigger.when.text);
    if newest != matched || trigger.repeat.of > 1 {
        let repeat = trigger.repeat;
        let _ = write!(sentence, "; {had} of the last {} readings match, {} are needed", repeat.of, repeat.times);
    }
    sentence
}
