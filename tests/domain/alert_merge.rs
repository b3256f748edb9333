//! One list of what several sources tell of alerts.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cutover::domain::{
    Timestamp,
    alert::{Alert, AlertFeed, AlertKey, AlertState, DeadMan, RuleState, Severity, merge},
    id::SourceId,
    text::DisplayText,
};

fn at(minute: i64) -> Timestamp {
    chrono::DateTime::from_timestamp(1_795_000_000 + minute * 60, 0).unwrap()
}

fn alert(source: &str, labels: &[(&str, &str)], state: AlertState, fired: i64) -> Alert {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    let name = labels.iter().find(|(name, _)| *name == "alertname").unwrap().1;
    Alert {
        key: AlertKey::of(labels.iter().copied()),
        source: SourceId::new(source),
        name: DisplayText::new(name),
        state,
        severity: Severity::of_labels(labels.iter().copied()),
        began: None,
        fired: Some(at(fired)),
        held: None,
        value: None,
        expr: None,
        labels: labels.iter().map(|(name, value)| (DisplayText::new(name), DisplayText::new(value))).collect(),
        summary: DisplayText::new("s"),
        runbook: None,
        silenced_by: Vec::new(),
        inhibited_by: Vec::new(),
        peers: (1, 1),
        resolved: None,
        flaps: 0,
    }
}

fn condition(labels: &[(&str, &str)], state: AlertState, began: i64) -> Alert {
    let held = Some(Duration::from_secs(600));
    let value = Some(DisplayText::new("1.5e-02"));
    Alert {
        began: Some(at(began)),
        held,
        value,
        expr: Some(DisplayText::new("x > 1")),
        ..alert("prom", labels, state, began + 10)
    }
}

fn feed(source: &str, alerts: Vec<Alert>, rules: Option<&[(&str, u64)]>) -> Arc<AlertFeed> {
    let rules = rules.map(|rules| {
        let state = |(name, held): &(&str, u64)| RuleState {
            name: DisplayText::new(name),
            held: Duration::from_secs(*held),
            health: Ok(()),
        };
        rules.iter().map(state).collect()
    });
    let alerts = alerts.into_iter().map(Arc::new).collect();
    Arc::new(AlertFeed { source: SourceId::new(source), alerts, rules, dead_man: DeadMan::NotConfigured, blind: Vec::new() })
}

#[test]
fn prometheus_says_since_when_and_alertmanager_who_silenced() {
    let routed = [("alertname", "Errors"), ("cluster", "eu"), ("severity", "critical"), ("version", "canary")];
    let other = [("alertname", "Errors"), ("cluster", "eu"), ("severity", "critical"), ("version", "stable")];
    let inner = [("alertname", "Errors"), ("severity", "critical"), ("version", "canary")];
    let pending = [("alertname", "Slow"), ("severity", "warning")];
    let mut silenced = alert("am", &routed, AlertState::Suppressed, 20);
    silenced.silenced_by = vec![DisplayText::new("alice")];
    let am = feed("am", vec![silenced, alert("am", &other, AlertState::Firing, 5)], None);
    let told = vec![condition(&inner, AlertState::Firing, 10), condition(&pending, AlertState::Pending, 30)];
    let prom = feed("prom", told, Some(&[("Errors", 600), ("Slow", 600)]));
    let all = merge(&[am, prom]);
    assert_eq!(all.len(), 3, "the same alert once: {all:#?}");
    let names: Vec<(&str, AlertState)> = all.iter().map(|one| (one.name.as_str(), one.state)).collect();
    assert_eq!(names, [("Errors", AlertState::Firing), ("Errors", AlertState::Suppressed), ("Slow", AlertState::Pending)]);
    let canary = &all[1];
    assert_eq!((canary.began, canary.fired, canary.held), (Some(at(10)), Some(at(20)), Some(Duration::from_secs(600))));
    assert_eq!((canary.silenced_by.len(), canary.value.as_ref().unwrap().as_str()), (1, "1.5e-02"));
    assert_eq!(canary.labels.len(), 4, "as Alertmanager has it, external labels too");
    let stable = &all[0];
    assert_eq!((stable.began, stable.held), (None, Some(Duration::from_secs(600))), "its rule is known, its condition is not");
}

#[test]
fn two_rules_of_one_name_that_wait_differently_leave_the_wait_unknown() {
    let am = feed("am", vec![alert("am", &[("alertname", "A")], AlertState::Firing, 1)], None);
    let all = merge(&[am, feed("prom", Vec::new(), Some(&[("A", 60), ("A", 300)]))]);
    assert_eq!(all[0].held, None);
}

#[test]
fn the_same_alert_at_two_sources_fires_if_it_fires_anywhere() {
    let labels = [("alertname", "A")];
    let one = feed("eu", vec![alert("eu", &labels, AlertState::Suppressed, 5)], None);
    let two = feed("us", vec![alert("us", &labels, AlertState::Firing, 9)], None);
    for feeds in [[one.clone(), two.clone()], [two, one]] {
        let all = merge(&feeds);
        assert_eq!((all.len(), all[0].state, all[0].fired, all[0].peers), (1, AlertState::Firing, Some(at(5)), (2, 2)));
    }
}

/// Of two that are alike the first leads; one that ended says nothing about one that fires, and of two that ended the earlier
/// counts. Who silenced it is named once.
#[test]
fn what_two_sources_say_of_one_alert_is_said_once() {
    let labels = [("alertname", "A")];
    let merged = |one: Alert, two: Alert| {
        let all = merge(&[feed("eu", vec![one], None), feed("us", vec![two], None)]);
        assert_eq!(all.len(), 1);
        Alert::clone(&all[0])
    };
    let of = |source: &str, state: AlertState, fired: i64| alert(source, &labels, state, fired);
    assert_eq!(merged(of("eu", AlertState::Firing, 5), of("us", AlertState::Firing, 5)).source, SourceId::new("eu"));
    assert_eq!(merged(of("eu", AlertState::Firing, 9), of("us", AlertState::Resolved, 5)).fired, Some(at(9)));
    assert_eq!(merged(of("eu", AlertState::Resolved, 9), of("us", AlertState::Resolved, 5)).fired, Some(at(5)));
    let silenced = |source: &str, by: &[&str]| Alert {
        silenced_by: by.iter().map(|who| DisplayText::new(who)).collect(),
        ..of(source, AlertState::Suppressed, 5)
    };
    let all = merged(silenced("eu", &["alice"]), silenced("us", &["alice", "bob"]));
    assert_eq!(all.silenced_by, [DisplayText::new("alice"), DisplayText::new("bob")]);
}

/// However many alerts bear the same label names they are one shape; of different ones 64 are looked through.
#[test]
fn alerts_are_joined_by_at_most_sixty_four_shapes() {
    let joined = |names: &dyn Fn(usize) -> String| {
        let (mut routed, mut told) = (Vec::new(), Vec::new());
        for number in 0..70 {
            let (name, value) = (names(number), number.to_string());
            routed.push(alert("am", &[("alertname", "A"), (&name, &value), ("z", "eu")], AlertState::Firing, 9));
            told.push(condition(&[("alertname", "A"), (&name, &value)], AlertState::Firing, 1));
        }
        let all = merge(&[feed("am", routed, None), feed("prom", told, Some(&[("A", 600)]))]);
        all.iter().filter(|one| one.source == SourceId::new("am") && one.began == Some(at(1))).count()
    };
    assert_eq!(joined(&|_| "pod".to_owned()), 70);
    assert_eq!(joined(&|number| format!("label{number:02}")), 64);
}

#[test]
fn what_is_back_at_its_rule_is_not_shown_as_resolved() {
    let labels = [("alertname", "A"), ("severity", "info")];
    let mut gone = alert("am", &labels, AlertState::Resolved, 1);
    gone.resolved = Some(at(2));
    let all = merge(&[
        feed("am", vec![gone], None),
        feed("prom", vec![condition(&labels, AlertState::Pending, 7)], Some(&[("A", 600)])),
    ]);
    assert_eq!((all.len(), all[0].state, all[0].resolved, all[0].began), (1, AlertState::Pending, None, Some(at(7))));
}

/// 50,000 at Alertmanager and as many at Prometheus, all of one rule: a join by pairs would look at 2.5 billion.
#[test]
fn fifty_thousand_are_joined_in_one_pass() {
    let label = |number: usize| format!("pod-{number}");
    let (mut routed, mut told) = (Vec::new(), Vec::new());
    for number in 0..50_000 {
        let pod = label(number);
        routed.push(alert(
            "am",
            &[("alertname", "A"), ("cluster", "eu"), ("pod", &pod), ("severity", "warning")],
            AlertState::Firing,
            9,
        ));
        told.push(condition(&[("alertname", "A"), ("pod", &pod), ("severity", "warning")], AlertState::Firing, 1));
    }
    let feeds = [feed("am", routed, None), feed("prom", told, Some(&[("A", 600)]))];
    let begun = Instant::now();
    let all = merge(&feeds);
    let took = begun.elapsed();
    assert_eq!(all.len(), 50_000);
    assert!(all.iter().all(|one| one.began == Some(at(1))));
    println!("merge of 50,000 and 50,000: {took:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
}
