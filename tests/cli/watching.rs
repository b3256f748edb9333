//! `watch`: what is an event, and what it waits for.

use cutover::{
    cli::command::AnswerName,
    domain::{operation::Operation, outcome::Outcome, rollout::Phase, verdict::Verdict},
};
use serde_json::Value;

use super::{
    answers::check,
    judged::judged,
    world::{Ended, Fake, checkout, cutover, healthy, input, lost, open, soaking},
};

fn events(ended: &Ended) -> Vec<Value> {
    ended
        .out
        .lines()
        .map(|line| {
            assert!(line.starts_with("{\"schema\":1,"), "{line}");
            let event: Value = serde_json::from_str(line).unwrap();
            check(AnswerName::Watch, &event);
            event
        })
        .collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

#[test]
fn an_event_is_what_changed_and_not_that_time_passed() {
    let mut older = judged(Verdict::Pass);
    older.since_boot += std::time::Duration::from_secs(3);
    older.now += chrono::Duration::seconds(3);
    let mut world = Fake::new(judged(Verdict::Pass));
    world.later = vec![older.clone()];
    let ended = cutover(&world, "watch --json-lines --timeout 30s");
    assert_eq!(ended.exit.code(), 124);
    let first = events(&ended);
    assert!(first.iter().all(|event| event["was"].is_null()), "only what was there at the beginning");
    let mut expected = vec!["source"; 3];
    expected.extend(["rollout_changed"; 2]);
    expected.extend(["gate"; 3]);
    expected.extend(["alert"; 3]);
    assert_eq!(kinds(&first), expected);
    // A gate changes its verdict, an alert and a source go.
    let mut failed = judged(Verdict::Fail);
    failed.feeds[0] = std::sync::Arc::new(super::judged::feed(Vec::new()));
    failed.sources[2].health = lost();
    world.later = vec![older, failed];
    let ended = cutover(&world, "watch --json-lines --timeout 30s");
    let all = events(&ended);
    let news = &all[first.len()..];
    assert_eq!(kinds(news), ["source", "rollout_changed", "gate", "gate", "alert", "alert", "alert"]);
    assert_eq!(news[0]["item"]["freshness"], "lost");
    let criterion = news.iter().find(|event| event["id"] == "checkout/error-rate").unwrap();
    assert_eq!((&criterion["was"]["verdict"], &criterion["item"]["verdict"]), (&"pass".into(), &"fail".into()));
    assert!(news[6]["item"].is_null() && news[6]["was"]["name"].is_string());
}

#[test]
fn people_read_one_line_an_event() {
    let world = Fake::new(judged(Verdict::Fail));
    let out = cutover(&world, "watch checkout --timeout 1s").out;
    assert!(out.contains("10:00:00Z rollout k8s/shop/checkout: paused, step 2/6, 25 %, stage alpha: Go / no go"), "{out}");
    assert!(out.contains("10:00:00Z gate checkout/error-rate: fail: 1.3 % is not < 1 %"), "{out}");
    assert!(out.contains("10:00:00Z alert 00ff00ff00ff00ff: critical HighErrorRate firing: errors at 3 %"), "{out}");
    assert!(!out.contains("cart"), "{out}");
}

#[test]
fn ready_is_a_person_waited_for_and_no_gate_that_holds() {
    let mut world = Fake::new(judged(Verdict::NoData));
    world.later = vec![judged(Verdict::Fail), judged(Verdict::Pass)];
    assert_eq!(cutover(&world, "watch --until ready --timeout 30s").exit.code(), 0);
    world.later = vec![judged(Verdict::Fail)];
    assert_eq!(cutover(&world, "watch --until ready --timeout 30s").exit.code(), 124);
    // It moves by itself, then waits.
    let mut world = Fake::new(input(vec![soaking("checkout")]));
    assert_eq!(cutover(&world, "watch --until ready --timeout 5s").exit.code(), 124);
    world.later = vec![input(vec![checkout()])];
    assert_eq!(cutover(&world, "watch checkout --until ready --timeout 30s").exit.code(), 0);
    // It failed: it will not be ready.
    let mut failed = checkout();
    failed.phase = Phase::Degraded;
    world.later = vec![input(vec![failed])];
    assert_eq!(cutover(&world, "watch --until ready --timeout 30s").exit.code(), 3);
    assert_eq!(cutover(&Fake::new(input(vec![healthy("cart")])), "watch --until ready --timeout 5s").exit.code(), 0, "done");
}

#[test]
fn nothing_is_reached_by_what_is_not_known() {
    let mut away = input(vec![checkout()]);
    away.sources[0].health = lost();
    for until in ["ready", "verified"] {
        let line = format!("watch --until {until} --timeout 5s");
        assert_eq!(cutover(&Fake::new(away.clone()), &line).exit.code(), 7, "{until}: never was a source live");
        assert_eq!(cutover(&Fake::new(input(Vec::new())), &line).exit.code(), 124, "{until}: no rollout was seen");
        let mut unread = input(vec![checkout()]);
        unread.book = Err("damaged".into());
        assert_eq!(cutover(&Fake::new(unread), &line).exit.code(), 124, "{until}: what is open is not known");
    }
}

#[test]
fn verified_is_that_every_change_was_read_back() {
    let with = |outcome: Option<Outcome>| {
        let mut seen = input(vec![checkout()]);
        let mut record = open("0199e0c2-0000-7000-8000-0000003f9a21", Operation::Advance);
        record.outcome = outcome;
        let book = seen.book.as_mut().unwrap();
        match outcome {
            Some(Outcome::Accepted) => book.accepted.push(record),
            Some(_) => book.in_doubt.push(record),
            None => book.in_flight.push(record),
        }
        seen
    };
    let mut world = Fake::new(with(None));
    world.later = vec![with(Some(Outcome::Accepted)), input(vec![checkout()])];
    assert_eq!(cutover(&world, "watch --until verified --timeout 30s").exit.code(), 0);
    assert_eq!(world.asked.lock().unwrap().read_back, 1, "an accepted change of ours is read, else nobody would");
    let world = Fake::new(with(Some(Outcome::InDoubt)));
    assert_eq!(cutover(&world, "watch --until verified --timeout 5s").exit.code(), 124, "in doubt ends by a person");
}

#[test]
fn a_name_that_is_none_ends_at_once() {
    assert_eq!(cutover(&Fake::waiting(), "watch nobody").exit.code(), 2);
}
