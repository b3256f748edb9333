//! What a criterion says of a sound reading: bounds with the plan's own comparison, ratios, relatives, readings k of n.

use std::time::Duration;

use cutover::domain::{
    assess::{holds, wilson},
    plan::{Baseline, Change, Criterion, Due, Repeat},
    quantity::{Quantity, Unit},
    question::{Reason, Value},
    verdict::Verdict,
};

use super::kit::{
    HOUR, Land, MINUTE, athena, criterion, fact, nothing, now, number, ratio, readings, relative, rule, says, text, value,
};

fn told(criterion: Criterion, reading: f64) -> (Verdict, String) {
    let found = Land::new(athena(vec![criterion])).answer(|_| number(reading)).first();
    (found.verdict, found.sentence)
}

#[test]
fn the_comparison_is_kept_literally() {
    // Rule, reading in fractions (or milliseconds), holds.
    let table = [
        ("< 5 %", 0.05, false),
        ("<= 5 %", 0.05, true),
        ("> 5 %", 0.05, false),
        (">= 5 %", 0.05, true),
        ("= 5 %", 0.05, true),
        ("= 5 %", 0.051, false),
        ("< 5 %", 0.049_999, true),
        ("> 5 %", 0.050_001, true),
        // 0.07 x 100 is 7.000000000000001.
        ("<= 7 %", 0.07, true),
        ("> 7 %", 0.07, false),
        ("< 7 %", 0.07, false),
        (">= 29 %", 0.29, true),
        ("10 %..50 %", 0.1, true),
        ("10 %..50 %", 0.5, true),
        ("10 %..50 %", 0.099, false),
        ("10 %..50 %", 0.501, false),
        ("> 0 %", 0.0, false),
        ("> -1 %", 0.0, true),
    ];
    for (words, reading, expected) in table {
        assert_eq!(holds(&rule(words), Quantity::new(reading, Unit::Fraction)), Some(expected), "{reading} {words}");
    }
    assert_eq!(holds(&rule("< 5 s"), Quantity::new(4999.0, Unit::Milliseconds)), Some(true));
    assert_eq!(holds(&rule("< 5 s"), Quantity::new(5000.0, Unit::Milliseconds)), Some(false));
    for (words, reading) in
        [("< 5 s", 1.0), ("true", 1.0), ("< 5 %", f64::NAN), ("< 5 %", f64::NEG_INFINITY), ("> 5 %", f64::INFINITY)]
    {
        assert_eq!(holds(&rule(words), Quantity::new(reading, Unit::Fraction)), None, "{reading} {words}");
    }
}

/// 9 ms are 0.009000000000000001 s to a computer, and still 9 ms.
#[test]
fn a_converted_limit_is_met_exactly() {
    for (words, reading, unit) in
        [("= 9 ms", 0.009, Unit::Seconds), ("= 0.7 %", 0.007, Unit::Fraction), ("= 0.011 fraction", 1.1, Unit::Percent)]
    {
        assert_eq!(holds(&rule(words), Quantity::new(reading, unit)), Some(true), "{words}");
        assert_eq!(holds(&rule(words), Quantity::new(-reading, unit)), Some(false), "{words}");
    }
    // Small numbers lie apart, too.
    let small = |value| Quantity::new(value, Unit::Percent);
    assert_eq!(holds(&rule("< 0.000002 %"), small(0.000_001_999_9)), Some(true));
    assert_eq!(holds(&rule("> 0.000002 %"), small(0.000_002_000_1)), Some(true));
}

/// A rule that reads in large whole numbers still tells neighbours apart.
#[test]
fn rounding_does_not_blur_counts() {
    let count = |value| Quantity::new(value, Unit::Count);
    assert_eq!(holds(&rule("< 1000000000000 count"), count(999_999_999_999.0)), Some(true));
    assert_eq!(holds(&rule("> 1000000000000 count"), count(1_000_000_000_001.0)), Some(true));
    assert_eq!(holds(&rule("< 5 count"), count(5.0)), Some(false));
}

#[test]
fn a_verdict_says_value_rule_and_limit() {
    let rate = || criterion("error_rate", value("rate", Unit::Fraction), "< 1 %");
    assert_eq!(told(rate(), 0.013), (Verdict::Fail, "1.3 % is not < 1 %".into()));
    assert_eq!(told(rate(), 0.004), (Verdict::Pass, "0.4 % is < 1 %".into()));
    assert_eq!(told(rate(), 0.01), (Verdict::Fail, "1 % is not < 1 %, exactly the limit".into()));
    let score = || criterion("score", value("score", Unit::Percent), ">= 99 %");
    assert_eq!(told(score(), 99.0), (Verdict::Pass, "99 % is >= 99 %, exactly the limit".into()));
    let between = criterion("speed_up", value("x", Unit::Times), "10 x..50 x");
    assert_eq!(told(between.clone(), 12.0), (Verdict::Pass, "12x is within 10 x..50 x".into()));
    assert_eq!(told(between.clone(), 50.0), (Verdict::Pass, "50x is within 10 x..50 x, exactly the limit".into()));
    assert_eq!(told(between, 51.0), (Verdict::Fail, "51x is not within 10 x..50 x".into()));
}

/// S15: quality 0.93 misses the target and is not alerting.
#[test]
fn between_target_and_failure_lies_off_target() {
    let quality =
        || Criterion { fail: Some(rule("< 0.90 points")), ..criterion("quality", value("q", Unit::Points), ">= 0.95 points") };
    assert_eq!(told(quality(), 0.95).0, Verdict::Pass);
    let (verdict, sentence) = told(quality(), 0.93);
    assert_eq!(
        (verdict, sentence.as_str()),
        (Verdict::OffTarget, "0.93 points is not >= 0.95 points, and not < 0.90 points either: off target")
    );
    assert_eq!(told(quality(), 0.90).0, Verdict::OffTarget);
    assert_eq!(told(quality(), 0.89).0, Verdict::Fail);
    // A plan whose bounds overlap fails.
    let crossed = Criterion { fail: Some(rule("> 0.5 points")), ..quality() };
    assert_eq!(told(crossed, 0.96).0, Verdict::Fail);
}

#[test]
fn inside_the_target_may_still_be_worth_a_look() {
    let rate = Criterion { warn: Some(rule("> 0.8 %")), ..criterion("error_rate", value("rate", Unit::Fraction), "< 1 %") };
    assert_eq!(told(rate.clone(), 0.009), (Verdict::Warn, "0.9 % is < 1 %, and > 0.8 %: look at it".into()));
    assert_eq!(told(rate.clone(), 0.008).0, Verdict::Pass);
    assert_eq!(told(rate, 0.02).0, Verdict::Fail);
}

#[test]
fn facts_are_one_and_zero_and_nothing_else() {
    let table = [
        (says(Value::Truth(true)), Verdict::Pass, "it is true"),
        (says(Value::Truth(false)), Verdict::Fail, "it is not true"),
        (number(1.0), Verdict::Pass, "it is true"),
        (number(0.0), Verdict::Fail, "it is not true"),
        (says(Value::Text(text("true"))), Verdict::Pass, "it is true"),
        (says(Value::Text(text("false"))), Verdict::Fail, "it is not true"),
        (says(Value::Text(text("yes"))), Verdict::NoData, "a text where true or false is needed"),
        (number(2.0), Verdict::NoData, "2 is neither true (1) nor false (0)"),
        (number(0.5), Verdict::NoData, "0.5 is neither true (1) nor false (0)"),
    ];
    for (answer, verdict, sentence) in table {
        let found = Land::new(athena(vec![criterion("no_regression", fact(), "true")])).answer(|_| answer.clone()).first();
        assert_eq!((found.verdict, found.sentence.as_str()), (verdict, sentence), "{answer:?}");
    }
    let negated = criterion("frozen", fact(), "false");
    assert_eq!(told(negated.clone(), 0.0), (Verdict::Pass, "it is false".into()));
    assert_eq!(told(negated, 1.0), (Verdict::Fail, "it is not false".into()));
}

/// What is wrong is named by what was needed.
#[test]
fn a_number_is_needed_where_a_number_is_compared() {
    for (answer, sentence) in [
        (Value::Text(text("yes")), "a text where a number is needed"),
        (Value::Text(text("true")), "a text where a number is needed"),
        (Value::Truth(true), "a truth where a number is needed"),
    ] {
        let rate = criterion("error_rate", value("rate", Unit::Percent), "< 1 %");
        let found = Land::new(athena(vec![rate])).answer(|_| says(answer.clone())).first();
        assert_eq!((found.verdict, found.sentence.as_str()), (Verdict::NoData, sentence));
    }
}

fn rates(min_events: u64, bad: f64, total: f64) -> Land {
    let rate = criterion("error_rate", ratio(min_events), "< 1 %");
    Land::new(athena(vec![rate])).answer(move |question| number(if question.query.as_ref() == "bad" { bad } else { total }))
}

#[test]
fn a_ratio_needs_its_events() {
    let found = rates(3000, 538.0, 41_220.0).first();
    assert_eq!((found.verdict, found.sentence.as_str()), (Verdict::Fail, "1.305 % is not < 1 %"));
    assert_eq!(found.evidence.events, Some((538.0, 41_220.0)));
    let (low, high) = found.evidence.range.unwrap();
    assert_eq!((low.to_string(), high.to_string()), ("1.2 %".into(), "1.419 %".into()), "as ux.md 3.4.4 draws it");
    assert_eq!(found.evidence.query, "bad\ntotal");

    let found = rates(3000, 0.0, 2999.0).first();
    assert_eq!((found.verdict, found.reason), (Verdict::TooFewSamples, Some(Reason::TooFew)));
    assert_eq!(found.sentence, "2999 events in 5m, 3000 needed");
    assert_eq!(rates(3000, 0.0, 3000.0).first().verdict, Verdict::Pass);

    let found = rates(3000, 0.0, 0.0).first();
    assert_eq!((found.verdict, found.reason), (Verdict::NoData, Some(Reason::NoTraffic)));
    assert_eq!(found.sentence, "no traffic: 0 events in 5m, 3000 needed");
    assert_eq!(rates(0, 0.0, 0.0).first().reason, Some(Reason::NoTraffic));
    for (bad, total) in [(0.0, -5.0), (-1.0, 5000.0), (1e308, 1e-308)] {
        let found = rates(0, bad, total).first();
        assert_eq!(found.verdict, Verdict::NoData, "{bad} of {total}");
    }
}

/// Structure, not a flag, tells "nothing was bad" from "nothing was measured" (alerts-and-gates.md 3.0).
#[test]
fn no_bad_series_is_none_only_where_the_total_is_there() {
    let rate = || athena(vec![criterion("error_rate", ratio(3000), "< 1 %")]);
    let with = |total: f64| {
        Land::new(rate())
            .answer(move |question| if question.query.as_ref() == "bad" { says(Value::Empty) } else { number(total) })
            .first()
    };
    assert_eq!((with(5000.0).verdict, with(5000.0).sentence.as_str()), (Verdict::Pass, "0 % is < 1 %"));
    assert_eq!(with(5000.0).evidence.events, Some((0.0, 5000.0)));
    assert_eq!(with(2000.0).verdict, Verdict::TooFewSamples);
    let found = Land::new(rate())
        .answer(|question| if question.query.as_ref() == "bad" { number(0.0) } else { says(Value::Empty) })
        .first();
    assert_eq!((found.reason, found.sentence.as_str()), (Some(Reason::NoTraffic), "no traffic: no events are counted in 5m"));
}

#[test]
fn wilson_is_wilson() {
    let near = |value: Quantity, expected: f64| assert!((value.value - expected).abs() < 5e-5, "{} {expected}", value.value);
    for (bad, total, low, high) in
        [(0.0, 10.0, 0.0, 0.2775), (5.0, 10.0, 0.2366, 0.7634), (10.0, 10.0, 0.7225, 1.0), (1.0, 100.0, 0.0018, 0.0545)]
    {
        let (found_low, found_high) = wilson(bad, total).unwrap();
        near(found_low, low);
        near(found_high, high);
    }
    assert_eq!(
        (wilson(0.0, 0.0), wilson(1.0, f64::NAN), wilson(f64::INFINITY, 1.0), wilson(0.0, -1.0), wilson(0.0, f64::INFINITY)),
        (None, None, None, None, None)
    );
}

fn grown(baseline: Baseline, change: Change, rule: &str, then: f64, now: f64) -> (Verdict, String) {
    let compared = criterion("p95", relative(baseline, change), rule);
    let found = Land::new(athena(vec![compared]))
        .answer(move |question| number(if question.at.is_some() || question.query.as_ref() == "stable" { then } else { now }))
        .first();
    (found.verdict, found.sentence)
}

#[test]
fn a_relative_is_printed_with_its_baseline() {
    let stable = || Baseline::Query("stable".into());
    assert_eq!(
        grown(stable(), Change::GrowthPercent, "<= 5 %", 400.0, 412.0),
        (Verdict::Pass, "3 % (baseline 400 ms) is <= 5 %".into())
    );
    assert_eq!(grown(stable(), Change::GrowthPercent, "<= 5 %", 400.0, 420.0).0, Verdict::Pass);
    assert_eq!(
        grown(stable(), Change::GrowthPercent, "<= 5 %", 400.0, 424.0),
        (Verdict::Fail, "6 % (baseline 400 ms) is not <= 5 %".into())
    );
    assert_eq!(grown(stable(), Change::GrowthPercent, "< 0 %", -400.0, -424.0).0, Verdict::Pass, "further below zero is a fall");
    assert_eq!(
        grown(stable(), Change::Difference, "< 10 ms", 400.0, 412.0),
        (Verdict::Fail, "12 ms (baseline 400 ms) is not < 10 ms".into())
    );
    assert_eq!(grown(stable(), Change::Drop, "> 10 ms", 412.0, 400.0).1, "12 ms (baseline 412 ms) is > 10 ms");
    assert_eq!(
        grown(Baseline::Fixed(Quantity::new(0.4, Unit::Seconds)), Change::GrowthPercent, "<= 5 %", 0.0, 412.0).1,
        "3 % (baseline 400 ms) is <= 5 %"
    );
    assert_eq!(
        grown(stable(), Change::GrowthPercent, "<= 5 %", 0.0, 412.0),
        (Verdict::NoData, "growth from a baseline of 0 cannot be told".into())
    );
    let other = Baseline::Fixed(Quantity::new(4.0, Unit::Percent));
    assert_eq!(
        grown(other, Change::Difference, "< 5 ms", 0.0, 4.0),
        (Verdict::NoData, "the baseline 4 % cannot be set against ms".into())
    );
}

#[test]
fn a_baseline_of_the_stage_asks_about_its_start_and_never_gets_old() {
    let plan = || athena(vec![criterion("p95", relative(Baseline::StageStart, Change::GrowthPercent), "<= 5 %")]);
    let mut land = Land::new(plan()).answer(|question| number(if question.at.is_some() { 400.0 } else { 410.0 }));
    let readings = land.readings.values().flatten().map(|(question, _)| question.at).collect::<Vec<_>>();
    assert!(readings.contains(&Some(now() - 2 * HOUR)), "{readings:?}");
    assert_eq!(land.first().verdict, Verdict::Pass);
    for (question, reading) in land.readings.values_mut().flatten() {
        if question.at.is_some() {
            std::sync::Arc::make_mut(reading).received = Duration::ZERO;
        }
    }
    assert_eq!(land.first().verdict, Verdict::Pass, "a day later it is still what it was");
    // Nobody knows when the stage began: there is no baseline.
    let mut land = Land::new(plan());
    land.rollout.holds[0].since = None;
    let found = land.answer(|_| number(400.0)).first();
    assert_eq!((found.verdict, found.reason), (Verdict::NoData, Some(Reason::MissingInput)));
}

#[test]
fn k_of_n_readings_have_to_pass_and_the_newest_fails_alone() {
    let rate =
        || Criterion { repeat: Repeat { times: 3, of: 5 }, ..criterion("error_rate", value("rate", Unit::Percent), "< 1 %") };
    let told = |values: &[Option<f64>]| {
        let found = Land::new(athena(vec![rate()])).answer(|_| readings(values)).first();
        (found.verdict, found.reason)
    };
    let (good, bad, none) = (Some(0.5), Some(2.0), None);
    let few = (Verdict::TooFewSamples, Some(Reason::TooFew));
    assert_eq!(told(&[good, good, good, good, good]), (Verdict::Pass, None));
    assert_eq!(told(&[bad, bad, good, good, good]), (Verdict::Pass, None));
    assert_eq!(told(&[good, none, good, none, good]), (Verdict::Pass, None));
    assert_eq!(told(&[bad, bad, bad, good, good]), few);
    assert_eq!(told(&[good, good, bad, bad, bad, good, good]), few, "only the last five count");
    assert_eq!(told(&[good, good]), few);
    assert_eq!(told(&[good]), few);
    assert_eq!(told(&[none, none, none, none, good]), few, "errors do not pass for readings");
    assert_eq!(told(&[good, good, good, good, bad]), (Verdict::Fail, None));
    let found = Land::new(athena(vec![rate()])).answer(|_| readings(&[bad, good, good])).first();
    assert_eq!(found.sentence, "0.5 % is < 1 %, and so do 2 of the last 5 readings; 3 are needed");
    let told: Vec<_> = found.evidence.history.iter().map(|(_, value, verdict)| (*value, *verdict)).collect();
    assert_eq!(told, [(Some(2.0), Verdict::Fail), (Some(0.5), Verdict::Pass), (Some(0.5), Verdict::Pass)]);
}

/// The same sample three times is one reading.
#[test]
fn a_reading_that_is_repeated_counts_once() {
    let rate = Criterion { repeat: Repeat { times: 3, of: 3 }, ..criterion("error_rate", value("rate", Unit::Percent), "< 1 %") };
    let mut answer = readings(&[Some(0.5), Some(0.5), Some(0.5)]).unwrap();
    for point in &mut answer.history {
        point.0 = now();
    }
    let found = Land::new(athena(vec![rate])).answer(|_| Ok(answer.clone())).first();
    assert_eq!(found.verdict, Verdict::TooFewSamples);
}

#[test]
fn the_readings_of_a_ratio_are_quotients_and_at_most_twelve() {
    let plan = athena(vec![criterion("error_rate", ratio(100), "< 1 %")]);
    let land = Land::new(plan).answer(|question| {
        let many: Vec<Option<f64>> =
            (0..20).map(|at| Some(if question.query.as_ref() == "bad" { f64::from(at) } else { 1000.0 })).collect();
        readings(&many)
    });
    let history = land.first().evidence.history;
    assert_eq!(history.len(), 12);
    assert_eq!((history[0].1, history[11].1), (Some(0.8), Some(1.9)));
    assert_eq!((history[0].2, history[11].2), (Verdict::Pass, Verdict::Fail));
    // A moment with too few events, and one without any, were no readings.
    let plan = athena(vec![criterion("error_rate", ratio(100), "< 1 %")]);
    let land = Land::new(plan).answer(|question| {
        readings(&if question.query.as_ref() == "bad" {
            [Some(0.0), None, Some(1.0)]
        } else {
            [Some(99.0), Some(100.0), Some(1000.0)]
        })
    });
    let told: Vec<_> = land.first().evidence.history.iter().map(|(_, value, verdict)| (*value, *verdict)).collect();
    assert_eq!(told, [(None, Verdict::NoData), (Some(0.0), Verdict::Pass), (Some(0.1), Verdict::Pass)]);
}

/// A moment without traffic was no reading, also where no number of events is asked for; a baseline is asked for once.
#[test]
fn nothing_of_nothing_is_no_reading() {
    let land = Land::new(athena(vec![criterion("error_rate", ratio(0), "< 1 %")])).answer(|question| {
        readings(&if question.query.as_ref() == "bad" { [Some(0.0), Some(0.0)] } else { [Some(0.0), Some(1000.0)] })
    });
    let told: Vec<_> = land.first().evidence.history.iter().map(|(_, value, verdict)| (*value, *verdict)).collect();
    assert_eq!(told, [(None, Verdict::NoData), (Some(0.0), Verdict::Pass)]);
    let plan = athena(vec![criterion("p95", relative(Baseline::Query("stable".into()), Change::Drop), "< 5 ms")]);
    let land = Land::new(plan).answer(|_| number(400.0));
    let asked: Vec<_> = land.readings.values().flatten().map(|(question, _)| (question.points, question.step)).collect();
    assert!(asked.contains(&(1, Duration::ZERO)) && asked.contains(&(12, Duration::from_secs(30))), "{asked:?}");
}

#[test]
fn what_is_not_due_is_not_asked_and_not_failed() {
    let due = |due| {
        let rule = Criterion { due: Some(due), ..criterion("adoption", value("rate", Unit::Percent), "> 30 %") };
        Land::new(athena(vec![rule])).answer(|_| number(1.0))
    };
    for (at, verdict) in [
        (Due::At(now() + MINUTE), Verdict::NotDue),
        (Due::At(now()), Verdict::Fail),
        (Due::After(2 * HOUR + MINUTE), Verdict::NotDue),
        (Due::After(2 * HOUR), Verdict::Fail),
    ] {
        let land = due(at);
        let found = land.first();
        assert_eq!((found.verdict, land.readings.is_empty()), (verdict, verdict == Verdict::NotDue), "{at:?}");
    }
    assert_eq!(due(Due::After(3 * HOUR)).first().sentence, "not due for another 1h");
    assert_eq!(due(Due::At(now() + MINUTE)).first().sentence, "not due before 2026-11-21 10:01Z");
    let mut unknown = due(Due::After(HOUR));
    unknown.rollout.holds[0].since = None;
    assert_eq!(unknown.first().verdict, Verdict::NotDue, "nobody knows when the stage began");
}

/// S10: what need not be there may be missing; an outage is not a missing feature.
#[test]
fn only_what_is_truly_absent_is_absent() {
    let optional = |gauge| athena(vec![Criterion { optional: true, ..criterion("launch", gauge, "< 1 %") }]);
    let told =
        |answer: super::kit::Said| Land::new(optional(value("rate", Unit::Percent))).answer(|_| answer.clone()).first().verdict;
    assert_eq!(told(says(Value::Empty)), Verdict::Absent);
    assert_eq!(told(says(Value::OptedOut)), Verdict::Absent);
    assert_eq!(told(number(2.0)), Verdict::Fail, "it is there, so it counts");
    assert_eq!(told(number(f64::NAN)), Verdict::NoData);
    for reason in [Reason::Timeout, Reason::Http, Reason::NoSeries, Reason::OptedOut] {
        assert_eq!(told(nothing(reason)), Verdict::NoData, "{reason:?}: the source did not say that there is nothing");
    }
    let mut old = says(Value::Empty).unwrap();
    old.sample_age = Some(HOUR);
    assert_eq!(told(Ok(old)), Verdict::Stale);
    let both = Land::new(optional(ratio(10))).answer(|_| says(Value::Empty)).first();
    assert_eq!(both.verdict, Verdict::Absent);
    let half = Land::new(optional(ratio(10)))
        .answer(|question| if question.query.as_ref() == "bad" { number(1.0) } else { says(Value::Empty) });
    assert_eq!(half.first().verdict, Verdict::NoData);
    let unasked = Land::new(optional(value("rate", Unit::Percent))).first();
    assert_eq!(unasked.verdict, Verdict::NoData);
}

#[test]
fn a_verdict_expires_also_when_nobody_polls() {
    let mut land =
        Land::new(athena(vec![criterion("error_rate", value("rate", Unit::Percent), "< 1 %")])).answer(|_| number(0.5));
    let found = land.first();
    assert_eq!(found.evidence.age, Some(Duration::from_secs(4)), "3 s at receipt, and 1 s since");
    assert_eq!(found.valid_until, Some(now() + Duration::from_secs(56)));
    land.since_boot += Duration::from_secs(56);
    land.now += Duration::from_secs(56);
    assert_eq!(land.first().verdict, Verdict::Pass, "60 s are allowed");
    land.since_boot += Duration::from_millis(1);
    let found = land.first();
    assert_eq!((found.verdict, found.reason, found.valid_until), (Verdict::Stale, Some(Reason::Stale), None));
    assert_eq!(found.sentence, "the newest sample is 1m old, at most 1m is allowed");
    // The wall clock may say what it likes: ages count from the boot clock.
    land.since_boot -= Duration::from_secs(20);
    land.now += 400 * HOUR;
    assert_eq!(land.first().verdict, Verdict::Pass);
}
