//! Closed on failure: every way in which a reading can be missing, cut, old, doubtful or of something else, times every kind
//! of gauge: never pass. And what peers let through (alerts-and-gates.md 3.0), each as a case of its own.

use std::sync::Arc;

use cutover::domain::{
    alert::{AlertState, DeadMan, Severity},
    freshness::Freshness,
    plan::{Baseline, Change, Criterion, ExpectedAlert, Gate, Gauge, Plan, Repeat},
    quantity::{Quantity, Unit},
    question::{Question, Reason, Value},
    tenant::{CheckKind, CheckResult, Tenant, TenantState},
    verdict::{Gates, Verdict},
};

use super::kit::{
    HOUR, Land, Said, alert, alerts, athena, criterion, fact, feed, green, name, nothing, now, number, ratio, readings, relative,
    says, source, table, tenants, text, value,
};

/// Every kind of gauge that asks, with a rule that its good readings pass.
fn kinds() -> Vec<(&'static str, Gauge, &'static str)> {
    let subject = |gauge: Gauge| Gauge { subject_label: Some("version".into()), ..gauge };
    vec![
        ("value", subject(value("value", Unit::Fraction)), "< 1 %"),
        ("ratio", subject(ratio(3000)), "< 1 %"),
        (
            "relative to a fixed value",
            subject(relative(Baseline::Fixed(Quantity::new(400.0, Unit::Milliseconds)), Change::GrowthPercent)),
            "<= 5 %",
        ),
        ("relative to the stage's start", subject(relative(Baseline::StageStart, Change::GrowthPercent)), "<= 5 %"),
        ("relative to a query", subject(relative(Baseline::Query("stable".into()), Change::Drop)), "< 5 ms"),
        ("fact", subject(fact()), "true"),
    ]
}

fn of(version: &str, value: f64) -> Said {
    says(Value::Series { labels: Arc::new([(text("version"), text(version))]), value })
}

/// A reading that passes, of the version that is being released.
fn good(question: &Question) -> Said {
    let value = match question.query.as_ref() {
        "value" => 0.004,
        "bad" => 12.0,
        "total" => 41_220.0,
        "fact" => 1.0,
        _ => 400.0,
    };
    of("5f8f5748d7", value)
}

/// What can be wrong with one answer, by name.
fn faults() -> Vec<(String, Said)> {
    let with = |change: fn(&mut cutover::domain::question::Answer)| {
        let mut answer = of("5f8f5748d7", 1.0).unwrap();
        change(&mut answer);
        Ok(answer)
    };
    let labels: cutover::domain::question::Labels = Arc::new([]);
    let mut all = vec![
        ("empty".to_owned(), says(Value::Empty)),
        ("NaN".to_owned(), of("5f8f5748d7", f64::NAN)),
        ("+Inf".to_owned(), of("5f8f5748d7", f64::INFINITY)),
        ("-Inf".to_owned(), of("5f8f5748d7", f64::NEG_INFINITY)),
        ("two series".to_owned(), says(Value::Many(vec![(labels.clone(), 0.0), (labels, 1.0)]))),
        ("no series in a list".to_owned(), says(Value::Many(vec![]))),
        ("a warning".to_owned(), with(|answer| answer.warnings.push(text("PromQL warning: not a counter")))),
        ("a text".to_owned(), says(Value::Text(text("0.001")))),
        ("opted out".to_owned(), says(Value::OptedOut)),
    ];
    all.extend(REASONS.map(|reason| (format!("{reason:?}"), nothing(reason))));
    all
}

/// Why there may be no answer, as far as no server can be made to show it. What a server can send or keep back (5xx, HTML, a
/// cut body, 30 MB, a gzip bomb, ...) comes over the wire: tests/backends/matrix.
const REASONS: [Reason; 10] = [
    Reason::NotAsked,
    Reason::TooFew,
    Reason::Truncated,
    Reason::MissingInput,
    Reason::SubjectMismatch,
    Reason::Expired,
    Reason::ClockSkew,
    Reason::NotStarted,
    Reason::OptedOut,
    Reason::SourceLost,
];

fn plan_of(gauge: &Gauge, rule: &str) -> Plan {
    athena(vec![criterion("it", gauge.clone(), rule)])
}

/// Nothing lets go on: neither the criterion nor the sum.
fn assert_closed(land: &Land, what: &str) {
    let assessment = land.assess();
    let found = &assessment.evaluations[0];
    assert!(!found.verdict.lets_go_on(), "{what}: {:?} {}", found.verdict, found.sentence);
    assert_ne!(found.verdict, Verdict::Absent, "{what}");
    assert!(found.reason.is_some(), "{what}: {} without a reason", found.sentence);
    assert!(matches!(assessment.advance, Gates::Undecided { .. }), "{what}: {:?}", assessment.advance);
    assert_eq!(found.valid_until, None, "{what}: what is unknown does not expire");
}

#[test]
fn every_fault_times_every_kind_never_passes() {
    let mut cases = 0;
    for (kind, gauge, rule) in kinds() {
        let land = Land::new(plan_of(&gauge, rule)).answer(good);
        assert!(
            matches!(land.assess().advance, Gates::Pass { .. }),
            "{kind} passes when nothing is wrong: {}",
            land.first().sentence
        );
        let questions: Vec<Question> =
            land.readings.values().flat_map(|all| all.keys()).map(|question| (**question).clone()).collect();
        for broken in &questions {
            for (fault, answer) in faults() {
                // The one empty answer that means something: nothing was bad, and the total is there to say so.
                if (broken.query.as_ref(), fault.as_str()) == ("bad", "empty") {
                    continue;
                }
                let land = Land::new(plan_of(&gauge, rule))
                    .answer(|question| if question == broken { answer.clone() } else { good(question) });
                assert_closed(&land, &format!("{kind}, {fault} for {}", broken.query));
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 9 * (9 + REASONS.len()) - 1, "nine questions of six kinds");
}

#[test]
fn old_answers_never_pass() {
    for (kind, gauge, rule) in kinds() {
        let fresh = Land::new(plan_of(&gauge, rule)).answer(good);
        let questions: Vec<Question> =
            fresh.readings.values().flat_map(|all| all.keys()).map(|question| (**question).clone()).collect();
        for old in questions.iter().filter(|question| question.at.is_none()) {
            let mut dead_exporter = good(old).unwrap();
            dead_exporter.sample_age = Some(gauge.max_age);
            let mut land = Land::new(plan_of(&gauge, rule)).answer(good);
            land.put(old.clone(), Ok(dead_exporter), std::time::Duration::from_millis(1));
            assert_closed(&land, &format!("{kind}: {} has an old sample", old.query));
            assert_eq!(land.first().verdict, Verdict::Stale, "{kind}");
            let mut land = Land::new(plan_of(&gauge, rule)).answer(good);
            land.put(old.clone(), good(old), gauge.max_age);
            assert_closed(&land, &format!("{kind}: {} came long ago", old.query));
            let mut unknown_age = good(old).unwrap();
            unknown_age.sample_age = None;
            let mut land = Land::new(plan_of(&gauge, rule)).answer(good);
            land.put(old.clone(), Ok(unknown_age.clone()), gauge.max_age);
            assert!(land.first().verdict.lets_go_on(), "{kind}: exactly as old as allowed");
            land.put(old.clone(), Ok(unknown_age), gauge.max_age + std::time::Duration::from_millis(1));
            assert_closed(&land, &format!("{kind}: {} came too long ago", old.query));
        }
    }
}

#[test]
fn evidence_of_another_version_is_none() {
    for (kind, gauge, rule) in kinds() {
        for (what, answer) in [
            ("another version", of("7848f77cc4", 0.0)),
            ("no version", says(Value::Series { labels: Arc::new([(text("pod"), text("5f8f5748d7"))]), value: 0.0 })),
            ("no labels", number(0.0)),
            ("no labels, a truth", says(Value::Truth(true))),
        ] {
            let subject = |question: &Question| !matches!(question.query.as_ref(), "stable" | "bad");
            let land = Land::new(plan_of(&gauge, rule))
                .answer(|question| if subject(question) { answer.clone() } else { good(question) });
            assert_closed(&land, &format!("{kind}: {what}"));
            assert_eq!(land.first().reason, Some(Reason::SubjectMismatch), "{kind}: {what}: {}", land.first().sentence);
        }
        let mut land = Land::new(plan_of(&gauge, rule)).answer(good);
        land.rollout.revision = None;
        assert!(!land.first().verdict.lets_go_on(), "{kind}: nobody knows which version it is");
    }
}

#[test]
fn what_was_never_asked_or_whose_source_is_gone_never_passes() {
    let lost = Freshness::Lost { since: now() - HOUR, why: text("connection refused") };
    for (kind, gauge, rule) in kinds() {
        for (freshness, reason, sentence) in [
            (Freshness::Live, Reason::NotAsked, "prom has not answered this question so far"),
            (Freshness::Stale { age: HOUR }, Reason::NotAsked, "prom has not answered this question so far"),
            (Freshness::Never, Reason::NotAsked, "prom has not answered so far"),
            (lost.clone(), Reason::SourceLost, "prom is lost: connection refused"),
        ] {
            let mut land = Land::new(plan_of(&gauge, rule));
            land.freshness.insert(source("prom"), freshness);
            assert_closed(&land, kind);
            assert_eq!(land.first().reason, Some(reason), "{kind}");
            assert!(land.first().sentence.ends_with(sentence), "{kind}: {}", land.first().sentence);
        }
    }
}

fn customers(change: impl FnOnce(&mut Land)) -> Land {
    let mut land = Land::new(plan_of(&tenants(&[CheckKind::Rows, CheckKind::Hash]), "true"));
    change(&mut land);
    land
}

#[test]
fn every_tenant_is_green_or_it_does_not_pass() {
    let land = customers(|_| ());
    assert_eq!((land.first().verdict, land.first().sentence.as_str()), (Verdict::Pass, "2 green of 2"));
    let with = |tenant: Tenant| customers(|land| land.table = Some(table(vec![green("acme"), tenant, green("zeta")])));
    let short = with(Tenant { rows: Some(-1), ..green("globex") });
    assert_eq!(
        (short.first().verdict, short.first().sentence.as_str()),
        (Verdict::Fail, "globex fails: rows -1; 2 green, 1 fail of 3")
    );
    assert!(matches!(short.assess().advance, Gates::Fail { .. }));
    let checks = |result| vec![(CheckKind::Rows, CheckResult::Pass), (CheckKind::Hash, result)];
    let warned = with(Tenant { checks: checks(CheckResult::Warn(text("slow"))), ..green("globex") });
    assert_eq!(
        (warned.first().verdict, warned.first().sentence.as_str()),
        (Verdict::Fail, "globex warns: hash slow; 2 green, 1 warn of 3")
    );
    for (what, tenant) in [
        ("not checked", Tenant { checks: vec![(CheckKind::Rows, CheckResult::Pass)], ..green("globex") }),
        ("running", Tenant { checks: checks(CheckResult::Running), ..green("globex") }),
        ("unknown", Tenant { checks: checks(CheckResult::Unknown(text("lock_timeout 55P03"))), ..green("globex") }),
        ("opted out", Tenant { told: Some(TenantState::OptedOut), ..green("globex") }),
        ("queued", Tenant { told: Some(TenantState::Queued), ..green("globex") }),
        ("stale", Tenant { told: Some(TenantState::Stale), ..green("globex") }),
    ] {
        assert_closed(&with(tenant), what);
    }
    let old = Tenant { told: Some(TenantState::Stale), note: text("not told again: 503"), ..green("globex") };
    assert_eq!(with(old.clone()).first().sentence, "globex is stale: not told again: 503; 2 green, 1 stale of 3");
    // A note is the cause of nothing else, and no note is none.
    let bare = Tenant { note: text(""), ..old.clone() };
    assert_eq!(with(bare).first().sentence, "globex is stale; 2 green, 1 stale of 3");
    let queued = Tenant { told: Some(TenantState::Queued), ..old };
    assert_eq!(with(queued).first().sentence, "globex waits to be checked; 2 green, 1 queued of 3");
    // A loss is known at once, also in the middle of a round; green is known at its end.
    let mut round = with(Tenant { rows: Some(-1), ..green("globex") });
    round.retell(|table| table.progress = Some((1, 3)));
    assert_eq!(round.first().verdict, Verdict::Fail);
}

#[test]
fn tenants_that_nobody_counted_never_pass() {
    let lost = Freshness::Lost { since: now(), why: text("57P01 the administrator ended it") };
    let all: [(&str, Land); 9] = [
        ("no table", customers(|land| land.table = None)),
        ("an empty table", customers(|land| land.table = Some(table(vec![])))),
        ("a round under way", customers(|land| land.retell(|table| table.progress = Some((1, 2))))),
        ("a round that counts wrong", customers(|land| land.retell(|table| table.progress = Some((0, 1))))),
        ("a stale source", customers(|land| _ = land.freshness.insert(source("shards"), Freshness::Stale { age: HOUR }))),
        ("a lost source", customers(|land| _ = land.freshness.insert(source("shards"), lost))),
        ("a source that never answered", customers(|land| _ = land.freshness.insert(source("shards"), Freshness::Never))),
        ("an old table of a source that is live", customers(|land| _ = land.ages.insert(source("shards"), 30 * HOUR))),
        (
            "another check asked for",
            customers(|land| {
                land.plan = plan_of(&tenants(&[CheckKind::ForeignKeys]), "true");
            }),
        ),
    ];
    for (what, land) in &all {
        assert_closed(land, what);
    }
    let done = customers(|land| land.retell(|table| table.progress = Some((2, 2))));
    assert_eq!(done.first().verdict, Verdict::Pass);
    // Without checks of its own the plan asks for those that the source requires, and where none are required all is unknown.
    let own = customers(|land| land.plan = plan_of(&tenants(&[]), "true"));
    assert_eq!(own.first().verdict, Verdict::Pass);
    let none = customers(|land| {
        land.plan = plan_of(&tenants(&[]), "true");
        land.retell(|table| table.require.clear());
    });
    assert_closed(&none, "nothing is required");
}

fn quiet(change: impl FnOnce(&mut Land)) -> Land {
    let mut land = Land::new(plan_of(&alerts(Severity::Critical), "true"));
    change(&mut land);
    land
}

fn feed_of(land: &mut Land) -> &mut cutover::domain::alert::AlertFeed {
    land.feed.as_mut().unwrap()
}

#[test]
fn a_firing_alert_fails_and_a_silence_heals_nothing() {
    assert_eq!(quiet(|_| ()).first().sentence, "no critical alert is firing");
    assert_eq!(quiet(|_| ()).first().verdict, Verdict::Pass);
    let with = |severity, state| quiet(|land| land.feed = Some(feed(vec![alert(severity, state)]))).first();
    let fires = with(Severity::Critical, AlertState::Firing);
    assert_eq!((fires.verdict, fires.sentence.as_str()), (Verdict::Fail, "1 firing: HighErrorRate (critical)"));
    let hushed = with(Severity::Critical, AlertState::Suppressed);
    assert_eq!((hushed.verdict, hushed.sentence.as_str()), (Verdict::Fail, "1 firing: HighErrorRate (critical, silenced)"));
    for (severity, state) in [
        (Severity::Warning, AlertState::Firing),
        (Severity::Critical, AlertState::Pending),
        (Severity::Critical, AlertState::Resolved),
    ] {
        assert_eq!(with(severity.clone(), state).verdict, Verdict::Pass, "{severity:?} {state:?}");
    }
    // A word of its own is at least a warning, and whether it is more nobody knows.
    let odd = quiet(|land| land.feed = Some(feed(vec![alert(Severity::of("sev1"), AlertState::Firing)])));
    assert_closed(&odd, "an unmapped severity");
    assert_eq!(odd.first().sentence, "HighErrorRate fires, and whether severity \"sev1\" is critical is not known");
    let odd = Land {
        plan: plan_of(&alerts(Severity::Warning), "true"),
        ..quiet(|land| land.feed = Some(feed(vec![alert(Severity::of("sev1"), AlertState::Firing)])))
    };
    assert_eq!(odd.first().verdict, Verdict::Fail);
    let many = quiet(|land| land.feed = Some(feed(vec![alert(Severity::Critical, AlertState::Firing); 5])));
    assert!(
        many.first().sentence.starts_with("5 firing: ") && many.first().sentence.ends_with(" and 2 more"),
        "{}",
        many.first().sentence
    );
    // Another service's alert is not ours, and neither is one that bears no service.
    let mut other = alert(Severity::Critical, AlertState::Firing);
    other.labels = Arc::new([(text("service"), text("search"))]);
    let mut nameless = alert(Severity::Critical, AlertState::Firing);
    nameless.labels = Arc::new([(text("job"), text("checkout"))]);
    assert_eq!(quiet(|land| land.feed = Some(feed(vec![other, nameless]))).first().verdict, Verdict::Pass);
}

#[test]
fn an_empty_list_of_alerts_means_nothing_where_nobody_could_tell() {
    let expected = |at: &str, rule: &str| ExpectedAlert {
        name: rule.into(),
        line: 7,
        source: source(at),
        severity: Severity::Critical,
        held: None,
        expr: None,
    };
    let lost = Freshness::Lost { since: now(), why: text("503") };
    let all = [
        ("no feed", quiet(|land| land.feed = None)),
        ("blind", quiet(|land| feed_of(land).blind.push(text("peer am-1 is away")))),
        ("no dead man", quiet(|land| feed_of(land).dead_man = DeadMan::Missing)),
        (
            "a rule that does not evaluate",
            quiet(|land| {
                let mut rules = feed_of(land).rules.as_ref().unwrap().to_vec();
                rules[0].health = Err(text("query timed out"));
                feed_of(land).rules = Some(rules.into());
            }),
        ),
        ("stale", quiet(|land| _ = land.freshness.insert(source("am"), Freshness::Stale { age: HOUR }))),
        ("lost", quiet(|land| _ = land.freshness.insert(source("am"), lost))),
        ("never read", quiet(|land| _ = land.freshness.insert(source("am"), Freshness::Never))),
        ("a rule that was never loaded", quiet(|land| land.plan.alerts.push(expected("am", "ETLJobFailures")))),
        ("a rule's source that has not told", quiet(|land| land.plan.alerts.push(expected("rules", "HighErrorRate")))),
    ];
    for (what, land) in &all {
        assert_closed(land, what);
    }
    let loaded = quiet(|land| land.plan.alerts.push(expected("am", "HighErrorRate")));
    assert_eq!(loaded.first().verdict, Verdict::Pass);
    let lesser = quiet(|land| land.plan.alerts.push(ExpectedAlert { severity: Severity::Warning, ..expected("am", "Other") }));
    assert_eq!(lesser.first().verdict, Verdict::Pass, "a warning's rule says nothing about criticals");
    let ruleless = quiet(|land| {
        feed_of(land).rules = None;
        feed_of(land).dead_man = DeadMan::NotConfigured;
        land.plan.alerts.push(expected("am", "Other"));
    });
    assert_eq!(ruleless.first().verdict, Verdict::Pass, "who does not know rules cannot miss one");
    // What fires is a fact, however blind the source is for the rest.
    let half = quiet(|land| {
        land.feed = Some(feed(vec![alert(Severity::Critical, AlertState::Firing)]));
        feed_of(land).blind.push(text("peer am-1 is away"));
    });
    assert_eq!(half.first().verdict, Verdict::Fail);
}

fn undecided(land: &Land) -> bool {
    matches!(land.assess().advance, Gates::Undecided { .. })
}

#[test]
fn argo_no_condition_is_no_success() {
    assert!(undecided(&Land::new(athena(vec![]))));
}

#[test]
fn argo_a_run_ended_before_any_measurement_is_no_success() {
    assert!(undecided(&Land::new(plan_of(&value("value", Unit::Fraction), "< 1 %"))));
}

#[test]
fn argo_errors_between_successes_count() {
    let rule = Criterion { repeat: Repeat { times: 4, of: 5 }, ..criterion("it", value("value", Unit::Percent), "< 1 %") };
    let land = Land::new(athena(vec![rule])).answer(|_| readings(&[Some(0.1), None, Some(0.1), None, Some(0.1)]));
    assert!(undecided(&land));
}

#[test]
fn argo_and_thanos_a_partial_answer_is_not_judged() {
    let mut answer = number(0.0).unwrap();
    answer.warnings.push(text("store gateway unreachable: partial response"));
    let land = Land::new(plan_of(&value("value", Unit::Fraction), "< 1 %")).answer(|_| Ok(answer.clone()));
    assert_eq!(land.first().reason, Some(Reason::Partial));
    assert_eq!(land.first().evidence.warnings, answer.warnings, "and the remark is shown");
}

#[test]
fn argo_idioms_that_pass_on_no_data_find_no_place() {
    for query in ["bad", "total"] {
        let land = Land::new(plan_of(&ratio(0), "< 1 %"))
            .answer(|question| if question.query.as_ref() == query { number(0.0) } else { says(Value::Empty) });
        assert!(undecided(&land), "{query}");
    }
}

#[test]
fn keptn_nan_passes_no_objective() {
    for rule in ["< 1 %", "> 1 %", "<= 1 %", ">= 1 %", "= 1 %", "0 %..1 %"] {
        let rule = Criterion { fail: Some(super::kit::rule("> 5 %")), ..criterion("it", value("value", Unit::Percent), rule) };
        assert!(undecided(&Land::new(athena(vec![rule])).answer(|_| number(f64::NAN))));
    }
}

#[test]
fn keptn_an_objective_whose_target_does_not_fit_is_unknown() {
    for (reads, rule) in [(Unit::Percent, "true"), (Unit::Percent, "< 5 s"), (Unit::Milliseconds, "< 5 count")] {
        let land = Land::new(plan_of(&value("value", reads), rule)).answer(|_| number(0.0));
        assert_eq!((land.first().verdict, land.first().reason), (Verdict::NoData, Some(Reason::WrongType)), "{rule}");
    }
    let land = Land::new(plan_of(&fact(), "< 1 %")).answer(|_| number(1.0));
    assert!(undecided(&land));
}

#[test]
fn keptn_relative_without_history_does_not_pass() {
    let gauge = relative(Baseline::StageStart, Change::GrowthPercent);
    let land = Land::new(plan_of(&gauge, "<= 5 %"))
        .answer(|question| if question.at.is_some() { says(Value::Empty) } else { number(400.0) });
    assert!(undecided(&land));
    assert_eq!(land.first().sentence, "no baseline: no series: nothing is measured");
}

#[test]
fn kayenta_a_group_without_data_does_not_score() {
    let gate = Gate {
        id: name("group"),
        line: 200,
        title: "group".into(),
        set: None,
        required: true,
        stages: vec![],
        criteria: vec![name("a"), name("b")],
        items: vec![],
    };
    let rules = vec![criterion("a", value("a", Unit::Percent), "< 1 %"), criterion("b", value("b", Unit::Percent), "< 1 %")];
    let plan = Plan { gates: vec![gate], ..athena(rules) };
    for reading in [f64::NAN, f64::INFINITY] {
        let land = Land::new(plan.clone()).answer(|_| number(reading));
        assert!(undecided(&land));
        assert_eq!(land.assess().gates[1].verdict, Verdict::NoData);
    }
    let half = Land::new(plan).answer(|question| if question.query.as_ref() == "a" { number(0.0) } else { says(Value::Empty) });
    assert!(undecided(&half), "one of two is not enough");
}

#[test]
fn flagger_nothing_before_the_first_weight_and_unknown_names_do_not_pass() {
    let mut before = Land::new(plan_of(&value("value", Unit::Fraction), "< 1 %"));
    before.rollout.weight.set = Some(0);
    assert_eq!(before.assess().standing, None);
    assert!(undecided(&before), "no criterion stands before the first stage, so nothing was checked");
    let mut plan = athena(vec![criterion("it", value("value", Unit::Fraction), "< 1 %")]);
    plan.stages[3].criteria.push(name("never_heard_of"));
    let land = Land::new(plan).answer(|_| number(0.0));
    assert!(undecided(&land));
}
