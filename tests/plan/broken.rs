//! Plans with one mistake each: where it is, what is wrong, the nearest right word, what to do next. The pictures are the
//! messages, whole.

use std::path::{Path, PathBuf};

use cutover::{
    domain::{id::SourceId, source::Tells},
    plan::{self, Known, PlanErrors, parse},
};
use proptest::prelude::*;

pub const PICTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/plan");

/// A small plan without a mistake.
pub const RIGHT: &str = r#"[plan]
id = "small"
title = "A small plan"
version = "1"
sets = ["before"]

[[rollouts]]
rollout = "k8s/shop/checkout"
kind = "exposure"

[[stages]]
id = "gradual"
percent = ["25 %", "50 %", "100 %"]
min = "7d"
max = "14d"
criteria = ["error-rate", "latency"]
roll_back_to = "0 %"

[[criteria]]
id = "error-rate"
source = "prom"
kind = "ratio"
bad = 'sum(increase(errors{namespace="$namespace"}[$window]))'
total = 'sum(increase(events{namespace="$namespace"}[$window]))'
min_events = "300 events"
sampled = 'events{namespace="$namespace"}'
window = "5m"
pass = "< 1 %"
fail = "> 5 %"

[[criteria]]
id = "latency"
source = "prom"
kind = "relative"
query = 'avg(latency{namespace="$namespace"})'
baseline = "stage start"
change = "growth_percent"
reads = "ms"
sampled = "answer"
pass = "< 10 %"

[[gates]]
id = "ready"
title = "Ready"
set = "before"
criteria = ["tenants"]
items = [{ id = "plan-b", title = "Rollback plan prepared" }]

[[criteria]]
id = "tenants"
source = "shops"
kind = "tenants"
require = ["rows", "hash"]

[[triggers]]
id = "crashes"
source = "prom"
kind = "value"
query = 'sum(rate(crashes{version="$version"}[5m]))'
reads = "/s"
sampled = 'crashes'
when = "> 1 /s"
action = "emergency"

[[alerts]]
name = "HighErrorRate"
source = "prom"
severity = "critical"
for = "5m"
"#;

/// Name of the picture, what stands in the right plan, and the mistake in its place.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("unknown_table", "[[stages]]", "[[stage]]"),
    ("unknown_key", "min = \"7d\"", "minn = \"7d\""),
    ("key_of_another_table", "version = \"1\"", "version = \"1\"\nwindow = \"5m\""),
    ("key_outside_of_tables", "[plan]\n", "severity = \"critical\"\n[plan]\n"),
    ("bare_number", "pass = \"< 1 %\"", "pass = 0.01"),
    ("number_without_unit", "pass = \"< 1 %\"", "pass = \"< 0.01\""),
    ("no_comparison", "pass = \"< 1 %\"", "pass = \"1 %\""),
    ("two_equal_signs", "pass = \"< 1 %\"", "pass = \"== 1 %\""),
    ("unit_of_two_meanings", "when = \"> 1 /s\"", "when = \"> 5 m\""),
    ("unit_misspelled", "when = \"> 1 /s\"", "when = \"> 1 cuont\""),
    ("dimension_does_not_fit", "pass = \"< 1 %\"", "pass = \"< 1 s\""),
    ("rate_is_no_count", "when = \"> 1 /s\"", "when = \"> 1 errors\""),
    ("range_upside_down", "pass = \"< 10 %\"", "pass = \"50 %..10 %\""),
    ("range_without_unit", "pass = \"< 10 %\"", "pass = \"1..10 %\""),
    ("fail_inside_of_pass", "fail = \"> 5 %\"", "fail = \"> 0.5 %\""),
    ("warn_outside_of_pass", "fail = \"> 5 %\"", "warn = \"> 2 %\""),
    ("nothing_can_miss_it", "pass = \"< 1 %\"\nfail = \"> 5 %\"", "pass = \"<= 100 %\""),
    ("nothing_can_meet_it", "when = \"> 1 /s\"", "when = \"< 0 /s\""),
    ("truth_for_a_number", "pass = \"< 1 %\"\nfail = \"> 5 %\"", "pass = true"),
    ("too_many_readings", "fail = \"> 5 %\"", "repeat = \"3 of 20\""),
    ("not_k_of_n", "fail = \"> 5 %\"", "repeat = \"three times\""),
    ("unknown_criterion", "criteria = [\"error-rate\", \"latency\"]", "criteria = [\"eror-rate\", \"latency\", \"error-rate\"]"),
    ("unknown_stage", "action = \"emergency\"", "action = \"emergency\"\nstages = [\"gradul\"]"),
    ("unknown_set", "set = \"before\"\ncriteria", "set = \"befor\"\ncriteria"),
    ("unknown_source", "source = \"shops\"", "source = \"shop\""),
    ("source_that_cannot", "source = \"shops\"", "source = \"prom\""),
    ("name_with_capitals", "id = \"crashes\"", "id = \"Crash Rate\""),
    ("name_twice", "id = \"latency\"", "id = \"error-rate\""),
    ("key_twice", "max = \"14d\"", "max = \"14d\"\nmax = \"15d\""),
    (
        "or_vector",
        "bad = 'sum(increase(errors{namespace=\"$namespace\"}[$window]))'",
        "bad = 'sum(increase(errors[$window])) or vector(0)'",
    ),
    ("default_operator", "query = 'avg(latency{namespace=\"$namespace\"})'", "query = 'avg(latency) default 0'"),
    ("default_key", "max = \"14d\"", "max = \"14d\"\non_no_data = \"pass\""),
    (
        "empty_gate",
        "criteria = [\"tenants\"]\nitems = [{ id = \"plan-b\", title = \"Rollback plan prepared\" }]",
        "criteria = []",
    ),
    ("empty_stage", "criteria = [\"error-rate\", \"latency\"]", "criteria = []"),
    ("unknown_variable", "{version=\"$version\"}", "{version=\"$verson\"}"),
    ("variable_in_braces", "{version=\"$version\"}", "{version=\"${version}\"}"),
    ("window_missing", "window = \"5m\"\n", ""),
    ("sampled_missing", "sampled = 'crashes'\n", ""),
    ("relative_to_nothing", "baseline = \"stage start\"\n", ""),
    ("baseline_in_another_unit", "baseline = \"stage start\"", "baseline = \"12 %\""),
    ("key_of_another_kind", "require = [\"rows\", \"hash\"]", "require = [\"rows\", \"hash\"]\nmin_events = \"3 events\""),
    ("unknown_check", "require = [\"rows\", \"hash\"]", "require = [\"row\"]"),
    ("unknown_kind", "kind = \"ratio\"", "kind = \"ration\""),
    ("percent_falls", "[\"25 %\", \"50 %\", \"100 %\"]", "[\"50 %\", \"25 %\", \"100 %\"]"),
    ("two_measures", "min = \"7d\"", "min = \"7d\"\npeople = \"5 people\""),
    ("min_longer_than_max", "min = \"7d\"", "min = \"15d\""),
    (
        "two_ladders",
        "kind = \"exposure\"\n",
        "kind = \"exposure\"\n[[rollouts]]\nrollout = \"k8s/shop/cart\"\nkind = \"deployment\"\n",
    ),
    ("no_toml", "[plan]\n", "[plan\n"),
    ("a_secret", "max = \"14d\"", "max = \"14d\"\ntoken = \"CANARY-6f0c2d\""),
    ("max_age_shorter_than_every", "window = \"5m\"", "window = \"5m\"\nmax_age = \"5s\""),
    ("asked_by_nobody", "criteria = [\"error-rate\", \"latency\"]", "criteria = [\"error-rate\"]"),
];

fn sources() -> Vec<(SourceId, Tells)> {
    let prom = Tells { rollouts: false, alerts: true, tenants: false, answers: true };
    let shops = Tells { rollouts: false, alerts: false, tenants: true, answers: false };
    vec![(SourceId::new("k8s"), Tells::ROLLOUTS), (SourceId::new("prom"), prom), (SourceId::new("shops"), shops)]
}

fn wrong(text: &str) -> String {
    let sources = sources();
    let error = parse(text, Path::new("plans/small.toml"), Known::These(&sources)).expect_err("a mistake that is not seen");
    PlanErrors(vec![error]).to_string()
}

#[test]
fn the_right_one_is_right() {
    let sources = sources();
    parse(RIGHT, Path::new("plans/small.toml"), Known::These(&sources)).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn one_mistake_each() {
    assert!(MISTAKES.len() >= 40);
    insta::with_settings!({ snapshot_path => PICTURES, prepend_module_to_snapshot => false, omit_expression => true }, {
        for (name, right, mistake) in MISTAKES {
            let text = RIGHT.replacen(right, mistake, 1);
            assert_ne!(text, RIGHT, "{name} is no mistake");
            let message = wrong(&text);
            assert!(!message.contains("CANARY"), "{message}");
            insta::assert_snapshot!(format!("wrong_{name}"), message);
        }
    });
}

#[test]
fn a_mistake_is_one_message() {
    // Where one mistake makes a second thing wrong, both are said: two queries miss one window.
    let many = ["two_measures", "name_twice", "window_missing"];
    for (name, right, mistake) in MISTAKES.iter().filter(|(name, ..)| !many.contains(name)) {
        let message = wrong(&RIGHT.replacen(right, mistake, 1));
        assert!(message.contains("1 problem in a plan"), "{name}: {message}");
    }
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| -> PathBuf {
        let path = dir.path().join(file);
        std::fs::write(&path, text).unwrap();
        path
    };
    write("a.toml", RIGHT);
    write("b.toml", &RIGHT.replace("min = \"7d\"", "min = 7"));
    write("c.toml", RIGHT);
    write("notes.txt", "not a plan");
    let absent = dir.path().join("absent.toml");
    let errors = plan::load(&[dir.path().to_path_buf(), absent, dir.path().join("a.toml")], Known::Any).unwrap_err();
    let message = errors.to_string().replace(&dir.path().display().to_string(), "plans");
    insta::with_settings!({ snapshot_path => PICTURES, prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("wrong_in_several_files", message);
    });
    std::fs::write(dir.path().join("a.toml"), [0xff, 0xfe]).unwrap();
    assert!(plan::load(&[dir.path().join("a.toml")], Known::Any).unwrap_err().to_string().contains("UTF-8"));
    std::fs::write(dir.path().join("a.toml"), vec![b'#'; (1 << 20) + 1]).unwrap();
    assert!(plan::load(&[dir.path().join("a.toml")], Known::Any).unwrap_err().to_string().contains("1 MiB"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_a_plan_or_has_problems(text in "\\PC{0,200}") {
        check(&text);
    }

    /// Bytes put anywhere into a right plan, or a piece of it left out.
    #[test]
    fn any_change_of_a_right_plan_is_read_or_told(from in 0_usize..2200, length in 0_usize..60, put in ".{0,12}") {
        let at = |want: usize| (0..=want.min(RIGHT.len())).rev().find(|at| RIGHT.is_char_boundary(*at)).unwrap_or(0);
        let (from, to) = (at(from), at(from.saturating_add(length)));
        check(&format!("{}{put}{}", &RIGHT[..from], &RIGHT[to..]));
    }
}

fn check(text: &str) {
    match parse(text, Path::new("p.toml"), Known::Any) {
        Ok(plan) => {
            let _ = (cutover::plan::lint(&plan), cutover::plan::show(&plan));
        }
        Err(error) => assert!(!error.problems.is_empty() && !error.to_string().is_empty()),
    }
}
