//! A right plan, read: every value of it where it belongs.

use std::path::Path;

use cutover::{
    domain::{
        plan::{Measure, Plan},
        quantity::{Bound, Comparison},
    },
    plan::{Known, parse},
};

fn read(text: &str) -> Plan {
    parse(text, Path::new("plans/made-up.toml"), Known::Any).unwrap_or_else(|error| panic!("{error}"))
}

const SMALL: &str = r#"
[plan]
id = "small"
title = "A small plan"
version = "1"

[[rollouts]]
rollout = "k8s/shop/checkout"
kind = "exposure"

[[stages]]
id = "alpha"
percent = ["1 %"]
min = "3d"
criteria = ["error-rate"]

[[stages]]
id = "gradual"
percent = ["25 %", "50 %", "100 %"]
min = "7d"
max = "14d"
criteria = ["error-rate"]

[[criteria]]
id = "error-rate"
source = "prom"
kind = "ratio"
bad = 'sum(increase(errors{namespace="$namespace"}[$window]))'
total = 'sum(increase(events{namespace="$namespace"}[$window]))'
min_events = "200 events"
sampled = 'events{namespace="$namespace"}'
window = "5m"
pass = "< 1 %"
fail = "> 5 %"
"#;

#[test]
fn a_plan_names_its_zone_by_the_iana_name_or_is_refused() {
    assert_eq!(read(SMALL).zone, None);
    let with = |zone: &str| SMALL.replacen("version = \"1\"", &format!("version = \"1\"\nzone = \"{zone}\""), 1);
    assert_eq!(read(&with("Europe/Berlin")).zone, Some(chrono_tz::Europe::Berlin));
    assert!(cutover::plan::show(&read(&with("Europe/Berlin"))).contains("\ntimes of its own in Europe/Berlin;"));
    assert!(!cutover::plan::show(&read(SMALL)).contains("times of its own"));
    for wrong in ["PT", "UTC+8", "Europe/Berln", "europe"] {
        let error = parse(&with(wrong), Path::new("plans/made-up.toml"), Known::Any).unwrap_err().to_string();
        assert!(error.contains(&format!("\"{wrong}\" is no time zone")) && error.contains("made-up.toml:6"), "{error}");
    }
}

#[test]
fn every_value_where_it_belongs() {
    let plan = read(SMALL);
    assert_eq!((plan.id.as_str(), plan.stages.len(), plan.criteria.len()), ("small", 2, 1));
    assert_eq!(plan.stages[1].measure, Measure::Percent(vec![25.0, 50.0, 100.0]));
    assert_eq!(plan.stages[1].weights, [25.0, 50.0, 100.0]);
    assert_eq!(plan.stages[1].soak, plan.stages[1].min.map(|min| min / 3), "the minimum, divided by the sub-steps (C-11)");
    let rule = &plan.criteria[0].pass;
    assert_eq!(rule.text, "< 1 %");
    assert!(matches!(rule.bound, Bound::One { comparison: Comparison::Less, limit } if limit.value == 1.0));
    assert_eq!(plan.criteria[0].line, 25);
}
