//! One gauge, measured: a number or a truth with everything that shows where it comes from, or why there is none.

use std::time::Duration;

use super::{
    alerts,
    bound::wilson,
    facts::Facts,
    fill::Variables,
    questions::{Asked, HISTORY, of_gauge},
    sound::{Sound, Unknown, Wanted, finite, fresh, sound, truth, young_enough},
    tenants,
};
use crate::domain::{
    Timestamp,
    evidence::{Evidence, StageStanding},
    plan::{Baseline, Change, Gauge, GaugeKind, Plan},
    quantity::{Quantity, Unit, duration_in_words, number_in_words},
    question::{Question, Reason, Value},
    rollout::Rollout,
    text::DisplayText,
};

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Measured {
    Number(Quantity),
    Truth(bool),
}

/// What is judged, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub plan: &'a Plan,
    pub rollout: &'a Rollout,
    pub standing: Option<&'a StageStanding>,
    pub facts: &'a Facts<'a>,
}

impl Case<'_> {
    /// `athena.toml:88`.
    pub(super) fn place(&self, line: u32) -> String {
        format!("{}:{line}", self.plan.file_name())
    }
}

/// A measurement and its evidence; the evidence stands also where there is no measurement.
#[derive(Clone, Debug)]
pub(super) struct Measurement {
    pub told: Result<Measured, Unknown>,
    /// The source answered, and there is nothing of it: not an outage.
    pub is_absent: bool,
    /// Words that say more than the value.
    pub words: Option<String>,
    /// Oldest first, in the unit of `told`; at most `HISTORY`, each moment once.
    pub history: Vec<(Timestamp, Option<f64>)>,
    pub evidence: Evidence,
}

impl Measurement {
    fn none(gauge: &Gauge, place: String) -> Self {
        let evidence = Evidence {
            value: None,
            events: None,
            range: None,
            baseline: None,
            rule: String::new(),
            window: gauge.window,
            age: None,
            source: gauge.source.clone(),
            query: String::new(),
            place,
            history: Vec::new(),
            took: None,
            warnings: Vec::new(),
        };
        let told = Err(Unknown::new(Reason::NotAsked, "it was not measured"));
        Self { told, is_absent: false, words: None, history: Vec::new(), evidence }
    }

    fn heard(&mut self, sound: &Sound) {
        self.evidence.age = sound.age.max(self.evidence.age);
        self.evidence.took = Some(sound.took.max(self.evidence.took.unwrap_or_default()));
    }
}

/// Measures `gauge` for the case; `line` is its place in the plan.
pub(super) fn measure(gauge: &Gauge, line: u32, case: Case<'_>) -> Measurement {
    let mut found = Measurement::none(gauge, case.place(line));
    let told = match of_gauge(gauge, case.rollout, case.standing) {
        Err(missing) => {
            found.evidence.query = as_written(gauge);
            Err(missing.into())
        }
        Ok(Asked::Nothing) => unasked(gauge, case, &mut found),
        Ok(Asked::Value(question)) => value(gauge, &question, case, &mut found),
        Ok(Asked::Ratio { bad, total }) => ratio(gauge, (&bad, &total), case, &mut found),
        Ok(Asked::Relative { value, baseline }) => relative(gauge, &value, baseline.as_ref(), case, &mut found),
    };
    found.told = told;
    found.history.dedup_by_key(|(at, _)| *at);
    let surplus = found.history.len().saturating_sub(usize::from(HISTORY));
    found.history.drain(..surplus);
    found
}

/// What the plan has where a variable has no value.
fn as_written(gauge: &Gauge) -> String {
    match &gauge.kind {
        GaugeKind::Value { query } | GaugeKind::Fact { query } | GaugeKind::Relative { query, .. } => query.clone(),
        GaugeKind::Ratio { bad, total, .. } => format!("{bad}\n{total}"),
        GaugeKind::Tenants { .. } | GaugeKind::Alerts { .. } => String::new(),
    }
}

/// The source answered that there is nothing, and that is fresh.
fn is_empty(question: &Question, gauge: &Gauge, case: Case<'_>) -> bool {
    fresh(question, gauge, case.facts).is_ok_and(|(_, answer, _)| matches!(answer.value, Value::Empty | Value::OptedOut))
}

/// What the source remarked, also where the remark is the reason that nothing is told.
fn remarks(question: &Question, case: Case<'_>) -> Vec<DisplayText> {
    let known = case.facts.source(&question.source);
    let answer = known.readings.get(question).and_then(|reading| reading.answer.as_ref().ok());
    answer.map(|answer| answer.warnings.clone()).unwrap_or_default()
}

fn value(gauge: &Gauge, question: &Question, case: Case<'_>, found: &mut Measurement) -> Result<Measured, Unknown> {
    found.evidence.query = question.query.to_string();
    found.evidence.warnings = remarks(question, case);
    found.is_absent = is_empty(question, gauge, case);
    let is_fact = matches!(gauge.kind, GaugeKind::Fact { .. });
    let wanted = if is_fact { Wanted::Truth } else { Wanted::Number };
    let sound = sound(question, gauge, wanted, Some(case.rollout), case.facts)?;
    found.heard(&sound);
    found.history.clone_from(&sound.history);
    if is_fact {
        let truth = truth(sound.number).ok_or_else(|| Unknown::new(Reason::WrongType, "neither true nor false"))?;
        return Ok(Measured::Truth(truth));
    }
    Ok(Measured::Number(Quantity::new(sound.number, gauge.reads)))
}

/// Bad of total. Where the total is there and large enough, no bad series means that nothing was bad; nothing else does.
fn ratio(
    gauge: &Gauge,
    (bad, total): (&Question, &Question),
    case: Case<'_>,
    found: &mut Measurement,
) -> Result<Measured, Unknown> {
    let GaugeKind::Ratio { min_events, .. } = &gauge.kind else {
        return Err(Unknown::new(Reason::WrongType, "this gauge is no ratio"));
    };
    found.evidence.query = format!("{}\n{}", bad.query, total.query);
    found.evidence.warnings = remarks(total, case);
    found.evidence.warnings.extend(remarks(bad, case));
    found.is_absent = is_empty(total, gauge, case) && is_empty(bad, gauge, case);
    let window = gauge.window.map(|window| format!(" in {}", duration_in_words(window))).unwrap_or_default();
    let all = sound(total, gauge, Wanted::Number, Some(case.rollout), case.facts).map_err(|unknown| {
        let nothing = || Unknown::new(Reason::NoTraffic, format!("no traffic: no events are counted{window}"));
        if unknown.reason == Reason::NoSeries { nothing() } else { unknown }
    })?;
    found.heard(&all);
    if all.number < 0.0 {
        return Err(Unknown::new(Reason::WrongType, format!("{} events: less than none", number_in_words(all.number))));
    }
    if all.number == 0.0 {
        return Err(Unknown::new(Reason::NoTraffic, format!("no traffic: 0 events{window}, {min_events} needed")));
    }
    #[expect(clippy::cast_precision_loss, reason = "a plan asks for thousands of events, not for 2^53")]
    let needed = *min_events as f64;
    if all.number < needed {
        let words = format!("{} events{window}, {min_events} needed", number_in_words(all.number));
        return Err(Unknown::new(Reason::TooFew, words));
    }
    // Only a source that answers "nothing" says that nothing was bad; one that gives no answer says nothing.
    let nothing_bad = fresh(bad, gauge, case.facts).is_ok_and(|(_, answer, _)| answer.value == Value::Empty);
    let wrong = if nothing_bad {
        Sound { number: 0.0, age: None, took: Duration::ZERO, history: Vec::new() }
    } else {
        sound(bad, gauge, Wanted::Number, Some(case.rollout), case.facts)?
    };
    found.heard(&wrong);
    if wrong.number < 0.0 {
        return Err(Unknown::new(Reason::WrongType, format!("{} bad events: less than none", number_in_words(wrong.number))));
    }
    found.evidence.events = Some((wrong.number, all.number));
    found.evidence.range = wilson(wrong.number, all.number);
    found.history = quotients(&wrong.history, &all.history, needed);
    Ok(Measured::Number(Quantity::new(finite(wrong.number / all.number)?, Unit::Fraction)))
}

/// Quotients moment by moment; nothing where the total was not enough.
fn quotients(bad: &[(Timestamp, Option<f64>)], total: &[(Timestamp, Option<f64>)], needed: f64) -> Vec<(Timestamp, Option<f64>)> {
    let bad_at = |at: &Timestamp| bad.iter().find(|(then, _)| then == at).and_then(|(_, value)| *value).unwrap_or(0.0);
    total.iter().map(|(at, all)| (*at, all.filter(|all| *all > 0.0 && *all >= needed).map(|all| bad_at(at) / all))).collect()
}

fn relative(
    gauge: &Gauge,
    question: &Question,
    baseline: Option<&Question>,
    case: Case<'_>,
    found: &mut Measurement,
) -> Result<Measured, Unknown> {
    let GaugeKind::Relative { baseline: compared, as_change, .. } = &gauge.kind else {
        return Err(Unknown::new(Reason::WrongType, "this gauge compares with nothing"));
    };
    found.evidence.query = question.query.to_string();
    found.evidence.warnings = remarks(question, case);
    found.is_absent = is_empty(question, gauge, case);
    let now = sound(question, gauge, Wanted::Number, Some(case.rollout), case.facts)?;
    found.heard(&now);
    let then = match (compared, baseline) {
        (Baseline::Fixed(quantity), _) => quantity.to(gauge.reads).map(|quantity| quantity.value).ok_or_else(|| {
            Unknown::new(Reason::WrongType, format!("the baseline {quantity} cannot be set against {}", gauge.reads.word()))
        })?,
        (Baseline::StageStart | Baseline::Query(_), Some(question)) => {
            found.evidence.warnings.extend(remarks(question, case));
            let of_subject = matches!(compared, Baseline::StageStart).then_some(case.rollout);
            sound(question, gauge, Wanted::Number, of_subject, case.facts)
                .map_err(|unknown| Unknown::new(unknown.reason, format!("no baseline: {}", unknown.words)))?
                .number
        }
        (Baseline::StageStart | Baseline::Query(_), None) => {
            return Err(Unknown::new(Reason::MissingInput, "no baseline: it was not asked for"));
        }
    };
    found.evidence.baseline = Some(Quantity::new(then, gauge.reads));
    let unit = if *as_change == Change::GrowthPercent { Unit::Percent } else { gauge.reads };
    found.history =
        now.history.iter().map(|(at, value)| (*at, value.and_then(|value| change(*as_change, value, then)))).collect();
    match change(*as_change, now.number, then) {
        Some(value) => Ok(Measured::Number(Quantity::new(value, unit))),
        None => {
            Err(Unknown::new(Reason::MissingInput, format!("growth from a baseline of {} cannot be told", number_in_words(then))))
        }
    }
}

/// How `now` differs from `then`; `None` where growth has nothing to grow from.
fn change(kind: Change, now: f64, then: f64) -> Option<f64> {
    let value = match kind {
        Change::GrowthPercent => (now - then) / then.abs() * 100.0,
        Change::Difference => now - then,
        Change::Drop => then - now,
    };
    value.is_finite().then_some(value)
}

/// Tenants and alerts: told by their sources unasked.
fn unasked(gauge: &Gauge, case: Case<'_>, found: &mut Measurement) -> Result<Measured, Unknown> {
    found.evidence.age = case.facts.source(&gauge.source).age;
    match &gauge.kind {
        GaugeKind::Tenants { require } => {
            let kinds: Vec<&str> = require.iter().map(|kind| kind.word()).collect();
            let kinds = if kinds.is_empty() { "all checks".to_owned() } else { kinds.join(", ") };
            found.evidence.query = format!("every tenant of {}: {kinds}", gauge.source);
            let tenants = tenants::look(&gauge.source, require, case.facts)?;
            young_enough(found.evidence.age, gauge)?;
            found.evidence.value = Some(count(tenants.green));
            found.words = Some(tenants.words);
            Ok(Measured::Truth(tenants.all_green))
        }
        GaugeKind::Alerts { severity, labels } => {
            let matchers: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
            found.evidence.query =
                format!("alerts of {} at or above {} {{{}}}", gauge.source, severity.word(), matchers.join(", "));
            let variables =
                Variables { rollout: case.rollout, stage: case.standing.map(|at| at.id.as_str()), window: gauge.window };
            let firing = alerts::look(&gauge.source, severity, labels, case.plan, &variables, case.facts)?;
            young_enough(found.evidence.age, gauge)?;
            found.evidence.value = Some(count(firing.count));
            found.words = Some(firing.words);
            Ok(Measured::Truth(firing.count == 0))
        }
        GaugeKind::Value { .. } | GaugeKind::Ratio { .. } | GaugeKind::Relative { .. } | GaugeKind::Fact { .. } => {
            Err(Unknown::new(Reason::NotAsked, "it was not asked"))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 tenants")]
fn count(things: usize) -> Quantity {
    Quantity::new(things as f64, Unit::Count)
}
