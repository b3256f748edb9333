//! Notes about rules and their limits: C-07, C-09, C-26, C-29, C-30.

use super::{
    bounds::interval,
    lint::{Note, list, measured, queries},
    query::words,
};
use crate::domain::{
    plan::{Baseline, Criterion, ExpectedAlert, GaugeKind, Plan},
    quantity::{Bound, Comparison, Quantity, Rule, Unit, number_in_words},
};

/// Words that compare with something: without a baseline nobody knows with what (C-30).
const RELATIVE_WORDS: &[&str] =
    &["against", "baseline", "degradation", "drop", "improvement", "regression", "speedup", "speed", "trend", "versus", "vs"];

pub(super) fn collect(plan: &Plan, notes: &mut Vec<Note>) {
    for criterion in &plan.criteria {
        notes.extend(few_samples(criterion));
        notes.extend(limit_in_query(criterion));
        notes.extend(relative_words(criterion));
    }
    for measured in measured(plan) {
        if let GaugeKind::Relative { baseline, .. } = &measured.gauge.kind {
            let what = match baseline {
                Baseline::Fixed(amount) => format!("the amount {amount}"),
                Baseline::StageStart => "the same query when the stage began".to_owned(),
                Baseline::Query(_) => "a second query at the same time".to_owned(),
            };
            notes.push(Note::new(
                "C-30",
                measured.line,
                format!("\"{}\" is relative", measured.name),
                format!("its baseline is {what}, and is printed beside the reading"),
            ));
        }
    }
    for alert in &plan.alerts {
        notes.extend(also_a_target(plan, alert));
    }
    at_the_limit(plan, notes);
    notes.extend(mixed_signs(plan));
}

/// Which share a rule forbids from above, in percent.
fn ceiling(rule: &Rule) -> Option<f64> {
    match rule.bound {
        Bound::One { comparison: Comparison::Less | Comparison::LessOrEqual, limit } => {
            limit.to(Unit::Percent).map(|limit| limit.value)
        }
        Bound::One { comparison: Comparison::Greater | Comparison::GreaterOrEqual | Comparison::Equal, .. }
        | Bound::Between { .. }
        | Bound::Is(_) => None,
    }
}

/// C-07: no bad event of n only says that the share is below 3/n, with 95 % confidence.
fn few_samples(criterion: &Criterion) -> Option<Note> {
    let GaugeKind::Ratio { min_events, .. } = criterion.gauge.kind else { return None };
    let ceiling = ceiling(&criterion.pass).filter(|percent| *percent > 0.0)?;
    let needed = (300.0 / ceiling).ceil();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53 events")]
    let least = min_events as f64;
    if ceiling > 0.5 && least >= needed {
        return None;
    }
    let sentence = format!(
        "\"{}\" asks for {}: no bad event of n says only \"below 3/n\", so {} events are needed",
        criterion.id,
        criterion.pass.text,
        number_in_words(needed)
    );
    let resolution = if least >= needed {
        format!("below {min_events} events the verdict is too few samples, which never passes")
    } else {
        format!("min_events is {min_events}: a pass from so few events may be luck; the 95 % range is shown with it")
    };
    Some(Note::new("C-07", criterion.line, sentence, resolution))
}

/// C-09: a truth whose limit is hidden in its query.
fn limit_in_query(criterion: &Criterion) -> Option<Note> {
    let GaugeKind::Fact { query } = &criterion.gauge.kind else { return None };
    let at = query.find(" bool ")?;
    let sign: String = query
        .get(..at)?
        .chars()
        .rev()
        .take_while(|c| matches!(c, '<' | '>' | '=' | '!'))
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    let limit: String = query.get(at + 6..)?.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let number = if limit.is_empty() { "another query".to_owned() } else { limit };
    Some(Note::new(
        "C-09",
        criterion.line,
        format!("\"{}\" is a truth whose limit stands in its query: {sign} {number}", criterion.id),
        "the source decides what is true; the query is shown with the verdict",
    ))
}

/// C-30: words that compare, and no baseline.
fn relative_words(criterion: &Criterion) -> Option<Note> {
    if matches!(criterion.gauge.kind, GaugeKind::Relative { .. }) {
        return None;
    }
    let called = format!("{} {}", criterion.id, criterion.title.as_deref().unwrap_or_default()).to_lowercase();
    let word = called.split(|c: char| !c.is_alphanumeric()).find(|word| RELATIVE_WORDS.contains(word))?.to_owned();
    Some(Note::new(
        "C-30",
        criterion.line,
        format!("\"{}\" is relative by its words ({word}), and has no baseline of its own", criterion.id),
        "what it is compared with is the source's business; kind = \"relative\" would show it",
    ))
}

/// Names of series in a query: words with an underscore that are no function's.
fn series(query: &str) -> Vec<&str> {
    let followed_by_paren =
        |at: usize, word: &str| query.get(at + word.len()..).is_some_and(|rest| rest.trim_start().starts_with('('));
    words(query)
        .into_iter()
        .filter(|(at, word)| word.contains('_') && !followed_by_paren(*at, word))
        .map(|(_, word)| word)
        .collect()
}

/// C-26: an alert and a target watch one series with different limits.
fn also_a_target(plan: &Plan, alert: &ExpectedAlert) -> Option<Note> {
    let watched = series(alert.expr.as_deref()?);
    let criterion = plan
        .criteria
        .iter()
        .find(|criterion| queries(&criterion.gauge).iter().flat_map(|query| series(query)).any(|name| watched.contains(&name)))?;
    Some(Note::new(
        "C-26",
        alert.line,
        format!(
            "alert \"{}\" and criterion \"{}\" (line {}, {}) watch the same series with limits of their own",
            alert.name, criterion.id, criterion.line, criterion.pass.text
        ),
        "both are kept: missing the target is off target or fail, alerting is the alert's; they look different and end differently",
    ))
}

/// The limit of a rule with one.
fn limit(rule: &Rule) -> Option<Quantity> {
    match rule.bound {
        Bound::One { limit, .. } => Some(limit),
        Bound::Between { .. } | Bound::Is(_) => None,
    }
}

/// C-29: at the limit itself a criterion fails and its trigger is silent (or both say it).
fn at_the_limit(plan: &Plan, notes: &mut Vec<Note>) {
    for criterion in &plan.criteria {
        let Some(target) = limit(&criterion.pass) else { continue };
        let same = |trigger: &&crate::domain::plan::Trigger| {
            queries(&trigger.gauge) == queries(&criterion.gauge)
                && limit(&trigger.when).and_then(|limit| limit.to(target.unit)).is_some_and(|limit| limit == target)
        };
        let Some(trigger) = plan.triggers.iter().find(same) else { continue };
        let (Some(pass), Some(when)) = (interval(&criterion.pass), interval(&trigger.when)) else { continue };
        if pass.meet(when).is_some() || !open_at_limit(&criterion.pass) || !open_at_limit(&trigger.when) {
            continue;
        }
        notes.push(Note::new(
            "C-29",
            criterion.line,
            format!(
                "at exactly {target} \"{}\" ({}) fails and trigger \"{}\" ({}) is silent",
                criterion.id, criterion.pass.text, trigger.id, trigger.when.text
            ),
            "signs are kept as written; there it says failing, no trigger",
        ));
    }
}

fn open_at_limit(rule: &Rule) -> bool {
    matches!(rule.bound, Bound::One { comparison: Comparison::Less | Comparison::Greater, .. })
}

/// C-29: `<` and `<=` (or `>` and `>=`) in one plan.
fn mixed_signs(plan: &Plan) -> Option<Note> {
    let of = |wanted: Comparison| {
        plan.criteria
            .iter()
            .find(|criterion| matches!(criterion.pass.bound, Bound::One { comparison, .. } if comparison == wanted))
    };
    let pairs = [(Comparison::Less, Comparison::LessOrEqual), (Comparison::Greater, Comparison::GreaterOrEqual)];
    let mixed: Vec<(&Criterion, &Criterion)> =
        pairs.into_iter().filter_map(|(open, closed)| Some((of(open)?, of(closed)?))).collect();
    let line = mixed.iter().map(|(_, closed)| closed.line).min()?;
    let words: Vec<String> = mixed
        .iter()
        .map(|(open, closed)| format!("\"{}\" {} beside \"{}\" {}", open.id, open.pass.text, closed.id, closed.pass.text))
        .collect();
    Some(Note::new(
        "C-29",
        line,
        format!("signs that differ at the limit alone: {}", list(&words)),
        "each is kept as written; a reading that equals its limit says so",
    ))
}
