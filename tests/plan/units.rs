//! Numbers with units: what is read, what is refused, and that a query opens nothing.

use std::time::Duration;

use cutover::{
    domain::quantity::{Bound, Comparison, Unit},
    plan::{
        quantities::{duration, events, heads, percent, quantity, repeat, rule, share},
        query::{mistakes, words},
    },
};
use proptest::prelude::*;

#[test]
fn what_a_rule_says() {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    for (text, comparison, value, unit) in [
        ("< 1 %", Less, 1.0, Unit::Percent),
        (">= 99.9 %", GreaterOrEqual, 99.9, Unit::Percent),
        ("<0.05 fraction", Less, 0.05, Unit::Fraction),
        ("> 5000 ms", Greater, 5000.0, Unit::Milliseconds),
        ("<=15min", LessOrEqual, 15.0, Unit::Minutes),
        (">= 168 h", GreaterOrEqual, 168.0, Unit::Hours),
        (">= 1000000 rows/s", GreaterOrEqual, 1_000_000.0, Unit::PerSecond),
        ("> 0 /s", Greater, 0.0, Unit::PerSecond),
        ("= 0 errors", Equal, 0.0, Unit::Count),
        (">= 10x", GreaterOrEqual, 10.0, Unit::Times),
        ("> 4.0 points", Greater, 4.0, Unit::Points),
        ("< -5 %", Less, -5.0, Unit::Percent),
    ] {
        let rule = rule(text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
        assert_eq!(rule.text, text, "kept as written");
        assert!(
            matches!(rule.bound, Bound::One { comparison: c, limit } if c == comparison && limit.value == value && limit.unit == unit),
            "{text}"
        );
    }
    assert!(matches!(rule("10x..50x").unwrap().bound, Bound::Between { low, high } if low.value == 10.0 && high.value == 50.0));
    assert!(
        matches!(rule("500 ms..2 s").unwrap().bound, Bound::Between { low, high } if low.unit == high.unit && high.value == 2000.0)
    );
}

#[test]
fn what_no_rule_says() {
    for (text, told) in [
        ("0.05", "has no unit"),
        ("< 0.05", "has no unit"),
        ("1 %", "says no comparison"),
        ("== 1 %", "unknown comparison"),
        ("!= 1 %", "unknown comparison"),
        ("< 5 m", "minutes or milliseconds"),
        ("< 5 percent", "is no unit here"),
        ("< 5 secs", "unknown unit"),
        ("< 1e3 ms", "no number"),
        ("< NaN %", "no number"),
        ("< inf %", "no number"),
        ("< 1.2.3 %", "no number"),
        ("< .5 %", "no number"),
        ("< 5. %", "no number"),
        ("< 99999999999999999 %", "too large"),
        ("<", "no number"),
        ("", "no rule"),
        ("true", "is text"),
        ("10..50x", "lower end"),
        ("50x..10x", "begins above its end"),
        ("10 %..50 ms", "different things"),
        ("fast", "no rule"),
    ] {
        let wrong = rule(text).expect_err(text);
        assert!(wrong.what.contains(told), "{text}: {wrong:?}");
        assert!(!wrong.next.is_empty());
    }
}

#[test]
fn other_things_with_numbers() {
    assert_eq!(quantity("2.5 s").unwrap().to(Unit::Milliseconds).unwrap().value, 2500.0);
    assert_eq!(percent("0.1 %"), Ok(0.1));
    assert!(percent("0 %").is_err() && percent("101 %").is_err() && percent("0.5 fraction").is_err() && percent("50").is_err());
    assert_eq!(share("10 % of queries"), Ok((10.0, "queries".to_owned())));
    assert!(share("10 %").is_err() && share("10 % of ").is_err());
    assert_eq!(heads("50..100 people"), Ok((50, 100, "people".to_owned())));
    assert_eq!(heads("3 customers"), Ok((3, 3, "customers".to_owned())));
    assert!(
        heads("100..50 people").is_err() && heads("0 people").is_err() && heads("50").is_err() && heads("-1 people").is_err()
    );
    assert_eq!(events("3000 events"), Ok(3000));
    assert!(events("0 events").is_err(), "a minimum of nothing lets nothing pass as something");
    assert!(events("1..2 events").is_err() && events("3000").is_err());
    assert!(repeat("3 of 5").is_ok_and(|repeat| (repeat.times, repeat.of) == (3, 5)));
    for wrong in ["0 of 5", "6 of 5", "1 of 13", "3", "3/5", "256 of 300", "three of five"] {
        assert!(repeat(wrong).is_err(), "{wrong}");
    }
    assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
    assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5_400)));
    for wrong in ["", "5", "m5", "5 m", "1w", "0s", "401d", "-5m", "1.5h", "99999999999999999999d"] {
        assert!(duration(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_query_opens_nothing() {
    let told = |query: &str| mistakes(query, true).into_iter().map(|(span, _)| query[span].to_owned()).collect::<Vec<_>>();
    for (query, found) in [
        ("sum(rate(x[$window])) or vector(0)", vec!["vector"]),
        ("x OR on() VECTOR (0)", vec!["VECTOR"]),
        ("x default 0", vec!["default"]),
        ("x{a=\"$nope\"}", vec!["$nope"]),
        ("x{a=\"${window}\"}", vec!["${"]),
        ("x{path=~\"/api$\"}", vec![]),
        ("x{path=~\".*$|$rollout\",y=\"or vector(0) default 1\"}", vec![]),
        ("vector(1)", vec![]),
        ("namespace_default{x=\"y\"}", vec![]),
        ("$rollout $namespace $version $stable $window $stage", vec![]),
        ("scores#/a~1b", vec![]),
    ] {
        assert_eq!(told(query), found, "{query}");
    }
    assert_eq!(mistakes("x[$window]", false).len(), 1);
    assert_eq!(words("a_b(c:d[5m]) 'x y' `z`").into_iter().map(|(_, word)| word).collect::<Vec<_>>(), ["a_b", "c:d", "5m"]);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        let _ = (rule(&text), quantity(&text), percent(&text), share(&text), heads(&text), events(&text), repeat(&text), duration(&text));
        let _ = (mistakes(&text, false), words(&text));
    }

    #[test]
    fn a_number_keeps_its_value(whole in 0_u32..100_000, fraction in 0_u32..1000, unit in prop::sample::select(&Unit::ALL)) {
        let text = format!("< {whole}.{fraction:03} {}", unit.word());
        let expected: f64 = format!("{whole}.{fraction:03}").parse().unwrap();
        let limit = match rule(&text).map(|rule| rule.bound) { Ok(Bound::One { limit, .. }) => limit, other => panic!("{text}: {other:?}") };
        prop_assert_eq!((limit.value, limit.unit), (expected, unit));
    }
}
