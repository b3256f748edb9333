//! `alerts`, `gates check` and `tenants`: what they say and how they end.

use std::sync::Arc;

use cutover::{
    cli::command::AnswerName,
    domain::{
        alert::{AlertKey, AlertState, DeadMan},
        human::Acknowledgement,
        verdict::Verdict,
    },
};
use serde_json::{Value, json};

use super::{
    answers::check,
    judged::{KEY, alert, feed, judged, table, tenant},
    world::{Fake, at, cutover, cutover_words, input, live, lost, now, text},
};

fn world(verdict: Verdict) -> Fake {
    Fake::new(judged(verdict))
}

#[test]
fn alerts_say_how_they_lie_to_the_stage() {
    let mut seen = judged(Verdict::Pass);
    seen.book.as_mut().unwrap().human.acknowledgements.push(Acknowledgement {
        alert: AlertKey::new("aa"),
        name: text("Old"),
        who: text("erin"),
        at: at("2026-11-21T09:58:00Z"),
        until: at("2026-11-21T10:28:00Z"),
        note: None,
    });
    let world = Fake::new(seen);
    let answer = cutover(&world, "alerts --json").json();
    check(AnswerName::Alerts, &answer);
    let names: Vec<&str> = answer["alerts"].as_array().unwrap().iter().map(|alert| alert["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["HighErrorRate", "Old", "Slow"], "firing first, then the newer");
    let newest = &answer["alerts"][0];
    assert_eq!(newest["since_stage_s"], 42.0);
    assert_eq!(newest["mark"], json!({"mark": "after", "seconds": 42}));
    assert_eq!(newest["stage_of"], "k8s/shop/checkout");
    assert_eq!((&newest["labels"]["job"], &newest["acknowledged"]), (&json!("checkout"), &Value::Null));
    assert_eq!(answer["alerts"][1]["mark"]["mark"], "before");
    assert_eq!(answer["alerts"][1]["acknowledged"]["who"], "erin");
    assert_eq!(answer["complete"], true);
    let ended = cutover(&world, "alerts");
    assert_eq!(ended.exit.code(), 0);
    assert!(ended.out.starts_with("2 firing, 1 pending (1/1 sources, 0.4s ago)\n"), "{}", ended.out);
    assert!(ended.out.contains("began 42s after the stage") && ended.out.contains("acknowledged by erin"), "{}", ended.out);
}

#[test]
fn no_alert_is_said_only_where_it_is_known() {
    let mut seen = judged(Verdict::Pass);
    seen.feeds = vec![Arc::new(feed(Vec::new()))];
    assert_eq!(cutover(&Fake::new(seen.clone()), "alerts").exit.code(), 0);
    // Blind, without the alert that always fires, away, never told, not configured: an empty list proves nothing.
    let mut blind = seen.clone();
    blind.feeds[0] = Arc::new(cutover::domain::alert::AlertFeed { blind: vec![text("peer 2 is away")], ..feed(Vec::new()) });
    let ended = cutover(&Fake::new(blind), "alerts");
    assert_eq!(ended.exit.code(), 4);
    assert!(ended.out.contains("this is not all") && ended.out.contains("peer 2 is away"), "{}", ended.out);
    let mut dead = seen.clone();
    dead.feeds[0] = Arc::new(cutover::domain::alert::AlertFeed { dead_man: DeadMan::Missing, ..feed(Vec::new()) });
    assert_eq!(cutover(&Fake::new(dead), "alerts").exit.code(), 4);
    let mut away = seen.clone();
    away.sources[1].health = lost();
    let ended = cutover(&Fake::new(away), "alerts");
    assert_eq!(ended.exit.code(), 7);
    assert!(ended.err.contains("prom is lost"), "{}", ended.err);
    seen.feeds.clear();
    let unread = cutover(&Fake::new(seen), "alerts --json");
    assert_eq!((unread.exit.code(), &unread.json()["complete"]), (4, &Value::Bool(false)));
    let none = cutover(&Fake::new(input(Vec::new())), "alerts");
    assert_eq!(none.exit.code(), 4);
    assert!(none.err.contains("no source tells alerts"), "{}", none.err);
}

#[test]
fn gates_end_as_the_contract_says() {
    for (verdict, code) in [
        (Verdict::Pass, 0),
        (Verdict::Fail, 3),
        (Verdict::OffTarget, 3),
        (Verdict::Warn, 3),
        (Verdict::NoData, 4),
        (Verdict::Stale, 4),
        (Verdict::TooFewSamples, 4),
        (Verdict::NotDue, 4),
    ] {
        for line in ["gates check", "gates check checkout", "gates check --stage alpha", "gates check --require error-rate"] {
            let ended = cutover(&world(verdict), line);
            assert_eq!(ended.exit.code(), code, "{line} {verdict:?}: {}", ended.out);
        }
        let answer = cutover(&world(verdict), "gates check --json").json();
        check(AnswerName::Gates, &answer);
    }
    let failed = cutover(&world(Verdict::Fail), "gates check");
    assert!(failed.out.starts_with("FAIL: Go / no go: 1.3 % is not < 1 % (athena.toml:88)\n"), "{}", failed.out);
    for part in ["checkout/error-rate", "1.3 % is not < 1 %", "athena.toml:88", "ticked by alice"] {
        assert!(failed.out.contains(part), "{part}: {}", failed.out);
    }
}

#[test]
fn gates_name_what_they_rest_on() {
    let answer = cutover(&world(Verdict::Fail), "gates check checkout --json").json();
    let gates = answer["gates"].as_array().unwrap();
    let kinds: Vec<_> = gates.iter().map(|gate| (gate["kind"].as_str().unwrap(), gate["id"].as_str().unwrap())).collect();
    assert_eq!(kinds, [("gate", "checkout/go"), ("item", "checkout/go/backup"), ("criterion", "checkout/error-rate")]);
    let criterion = &gates[2];
    assert_eq!((&criterion["value"], &criterion["unit"], &criterion["rule"]), (&json!(1.3), &json!("%"), &json!("< 1 %")));
    assert_eq!(
        (&criterion["samples"], &criterion["age_s"], &criterion["window_s"]),
        (&json!(1000.0), &json!(5.0), &json!(300.0))
    );
    assert_eq!(criterion["required"], true);
    assert_eq!(gates[1]["evidence"], "OPS-7");
    assert_eq!(gates[0]["members"], json!(["checkout/error-rate", "checkout/go/backup"]));
    assert_eq!(answer["rollouts"][0]["stage"], "alpha");
}

#[test]
fn gates_are_never_passed_by_what_was_not_asked_or_not_there() {
    // Another stage than asked for, a stage that no plan has, something that is not there, another rollout.
    for (line, code, part) in [
        ("gates check --stage beta", 3, "at stage alpha, not beta"),
        ("gates check --stage gamma", 2, "alpha, beta"),
        ("gates check --stage alpah", 2, "did you mean alpha?"),
        ("gates check --require nothing", 2, "there are: go, go/backup, go/comms, error-rate, alpha, beta"),
        ("gates check --require checkout/error-rat", 2, "did you mean error-rate?"),
        ("gates check --require cart/error-rate", 2, "nothing in a plan is called cart/error-rate"),
        ("gates check --require checkout/error-rate", 0, "everything asked for"),
        // In the plan, and nothing of it was checked here.
        ("gates check --require error-rate,go/comms", 4, "go/comms is not checked where k8s/shop/checkout stands"),
        ("gates check --require beta", 4, "beta is not checked where k8s/shop/checkout stands"),
        ("gates check cart", 4, "no plan judges cart"),
        ("gates check nobody", 2, "no rollout is called nobody"),
        ("gates check --require go/backup", 0, "everything asked for"),
    ] {
        let ended = cutover(&world(Verdict::Pass), line);
        assert_eq!(ended.exit.code(), code, "{line}: {}{}", ended.out, ended.err);
        assert!(format!("{}{}", ended.out, ended.err).contains(part), "{line}: {}{}", ended.out, ended.err);
    }
    let no_plan = cutover(&Fake::waiting(), "gates check");
    assert_eq!(no_plan.exit.code(), 4);
    assert!(no_plan.out.contains("no plan is configured"), "{}", no_plan.out);
    let mut away = judged(Verdict::NoData);
    away.sources.iter_mut().for_each(|seen| seen.health = lost());
    assert_eq!(cutover(&Fake::new(away), "gates check").exit.code(), 7);
}

#[test]
fn gates_wait_until_they_pass_or_the_time_is_over() {
    let mut world = world(Verdict::NoData);
    world.later = vec![judged(Verdict::Fail), judged(Verdict::Pass), judged(Verdict::Fail)];
    assert_eq!(cutover(&world, "gates check --wait 10s").exit.code(), 0);
    assert_eq!(cutover(&world, "gates check --wait 2s").exit.code(), 3, "the newest judgement counts");
    world.later = vec![judged(Verdict::NoData)];
    assert_eq!(cutover(&world, "gates check --wait 5s").exit.code(), 4);
    assert_eq!(world.asked.lock().unwrap().looks, 0, "a watch is not a row of looks");
}

/// No waiting makes a wrong name right, however many sources are away; a name that may still come is waited for.
#[test]
fn a_name_that_no_plan_has_is_told_at_once_and_a_rollout_that_may_come_is_waited_for() {
    let mut away = judged(Verdict::NoData);
    away.sources.iter_mut().filter(|seen| !seen.tells.rollouts).for_each(|seen| seen.health = lost());
    for (line, part) in [
        ("gates check --wait 10m --require error-rat", "did you mean error-rate?"),
        ("gates check --wait 10m --stage gamma", "there are: alpha, beta"),
        ("gates check nobody --wait 10m --require go", "no rollout is called nobody"),
        ("gates check chekout --wait 10m", "near it:\n  k8s/shop/checkout"),
    ] {
        let world = Fake::new(away.clone());
        let ended = cutover(&world, line);
        assert_eq!(ended.exit.code(), 2, "{line}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(part), "{line}: {}", ended.err);
        assert_eq!(world.asked.lock().unwrap().scenes, 1, "{line}: at once");
    }
    // The control plane has not told yet: which rollouts there are is not known, and after it has told the gates are judged.
    let mut early = judged(Verdict::Pass);
    early.sources.iter_mut().for_each(|seen| seen.health = cutover::domain::freshness::SourceHealth::never());
    (early.rollouts, early.assessments) = (Vec::new(), Vec::new());
    let mut world = Fake::new(early.clone());
    world.later = vec![early.clone(), judged(Verdict::Pass)];
    assert_eq!(cutover(&world, "gates check checkout --wait 10s --require go").exit.code(), 0);
    early.sources.iter_mut().filter(|seen| !seen.tells.rollouts).for_each(|seen| seen.health = live());
    let ended = cutover(&Fake::new(early), "gates check checkout --wait 3s");
    assert_eq!(ended.exit.code(), 4, "{}{}", ended.out, ended.err);
    let said = "whether there is a rollout checkout is not known: k8s has not told its rollouts";
    assert!(ended.out.contains(said), "{}", ended.out);
}

#[test]
fn tenants_are_listed_filtered_and_judged() {
    let world = world(Verdict::Pass);
    let answer = cutover(&world, "tenants --json").json();
    check(AnswerName::Tenants, &answer);
    assert_eq!(answer["sum"]["by_state"], json!({"fail": 1, "unknown": 1, "opted_out": 1, "green": 1}));
    let ids = |line: &str| -> Vec<String> {
        let answer = cutover(&world, line).json();
        answer["tenants"].as_array().unwrap().iter().map(|tenant| tenant["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("tenants --json"), ["acme", "blue", "quiet", "cyan"], "worst first");
    assert_eq!(ids("tenants --json --filter rows<0"), ["acme"]);
    assert_eq!(ids("tenants --json --filter !ok"), ["acme", "blue"]);
    for (line, code) in [
        ("tenants", 3),
        ("tenants --filter !state:fail", 4),
        ("tenants --filter state:green", 0),
        ("tenants --filter state:red", 2),
    ] {
        assert_eq!(cutover(&world, line).exit.code(), code, "{line}");
    }
    let people = cutover(&world, "tenants").out;
    assert!(people.starts_with("4 tenants: 1 fail, 1 unknown, 1 opted_out, 1 green\n"), "{people}");
    assert!(people.contains("rows lost in orders") && people.contains("-1") && people.contains("rows unknown"), "{people}");
}

#[test]
fn tenants_of_a_source_that_is_away_are_not_green() {
    let mut away = judged(Verdict::Pass);
    away.tables = vec![Arc::new(table(vec![tenant("cyan", Some(0), cutover::domain::tenant::CheckResult::Pass)]))];
    assert_eq!(cutover(&Fake::new(away.clone()), "tenants").exit.code(), 0);
    away.sources[2].health = lost();
    let ended = cutover(&Fake::new(away.clone()), "tenants --json");
    assert_eq!(ended.exit.code(), 7);
    assert_eq!(ended.json()["tenants"][0]["state"], "stale");
    away.sources.pop();
    assert_eq!(cutover(&Fake::new(away), "tenants").exit.code(), 4);
}

#[test]
fn csv_opens_in_a_spreadsheet_without_running_anything() {
    let mut seen = judged(Verdict::Pass);
    let mut evil = tenant("=cmd|' /C calc'!A0", Some(-3), cutover::domain::tenant::CheckResult::Fail(text("+1,\"x\"")));
    evil.name = Some(text("@SUM(1)\u{1b}[2J"));
    evil.values = vec![text("-2+3")];
    evil.cause = Some(text("\u{ff1d}1"));
    evil.note = text("two; words");
    seen.tables = vec![Arc::new(table(vec![evil]))];
    let out = cutover(&Fake::new(seen), "tenants --csv").out;
    let lines: Vec<&str> = out.split("\r\n").collect();
    assert_eq!(lines[0], "source,tenant,name,state,rows,rows,hash,cause,note,checked_at,region");
    assert_eq!(lines.len(), 3, "{out:?}");
    assert!(!out.chars().any(|c| c.is_control() && c != '\r' && c != '\n'), "{out:?}");
    let cells: Vec<String> = record(lines[1]);
    assert_eq!(cells.len(), 11, "{cells:?}");
    assert_eq!(cells[4], "-3", "a number of our own stays one");
    for (index, cell) in cells.iter().enumerate().filter(|(index, _)| *index != 4) {
        let first = cell.trim_start().chars().next();
        assert!(!first.is_some_and(|c| "=+-@\u{ff1d}".contains(c)), "cell {index}: {cell:?}");
    }
    assert!(cells[1].starts_with("'=cmd") && cells[7].starts_with("'\u{ff1d}"), "{cells:?}");
}

/// The cells of one line of RFC 4180.
fn record(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.push(chars.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

#[test]
fn status_holds_alerts_gates_tenants_and_the_stage() {
    let answer = cutover(&world(Verdict::Fail), "status --json").json();
    check(AnswerName::Status, &answer);
    assert_eq!(answer["alerts"].as_array().unwrap().len(), 3);
    assert_eq!(answer["gates"][2]["id"], "checkout/error-rate");
    assert_eq!(answer["tenants"]["total"], 4);
    let stage = &answer["rollouts"][0]["stage"];
    assert_eq!((&stage["id"], &stage["index"], &stage["count"]), (&json!("alpha"), &json!(0), &json!(2)));
    assert_eq!((&stage["soak_left_s"], &stage["verdict"]), (&json!(30.0), &json!("fail")));
    assert_eq!(answer["rollouts"][1]["stage"], Value::Null);
}

#[test]
fn why_names_the_gates() {
    let answer = cutover(&world(Verdict::Fail), "why checkout --json").json();
    check(AnswerName::Why, &answer);
    let gates: Vec<&str> = answer["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|fact| fact["what"] == "gate")
        .map(|fact| fact["sentence"].as_str().unwrap())
        .collect();
    assert_eq!(gates[0], "stage alpha of athena: fail: Go / no go: 1.3 % is not < 1 % (athena.toml:88)");
    assert!(answer["sentence"].as_str().unwrap().ends_with("and a gate fails: Go / no go: 1.3 % is not < 1 % (athena.toml:88)"));
    assert!(gates.iter().any(|gate| gate.contains("checkout/error-rate") && gate.contains("athena.toml:88")), "{gates:?}");
}

#[test]
fn a_filter_may_hold_blanks() {
    let ended = cutover_words(&world(Verdict::Pass), &["tenants", "--json", "--filter", "!ok rows<0"]);
    assert_eq!(ended.json()["tenants"].as_array().unwrap().len(), 1);
    let key = alert("x", KEY, AlertState::Firing, "2026-11-21T09:00:00Z").key;
    assert_eq!((key.as_str(), now()), (KEY, at("2026-11-21T10:00:00Z")));
}
