//! Gates, ordered sets, manual items, triggers, and the sum: may the stage go on?

use std::{sync::Arc, time::Duration};

use cutover::domain::{
    alert::{AlertState, Severity},
    assess::{judge, plan_of, questions, sources, standing},
    evidence::JudgedKind,
    human::Tick,
    plan::{Criterion, Due, Early, ExpectedAlert, Gate, Item, Plan, Repeat, Trigger, TriggerAction},
    quantity::Unit,
    question::{Reason, Value},
    rollout::Rollout,
    verdict::{Gates, Verdict},
};

use super::kit::{
    HOUR, Land, MINUTE, alert, alerts, at_weight, athena, checkout, criterion, fact, feed, name, nothing, now, number, ratio,
    readings, says, source, text, trigger, value,
};

fn gate(id: &str, criteria: &[&str], items: &[&str]) -> Gate {
    let item = |id: &&str| Item { id: name(id), line: 301, title: format!("{id} done"), owner: None, valid_for: None };
    Gate {
        id: name(id),
        line: 300,
        title: id.into(),
        set: None,
        required: true,
        stages: vec![],
        criteria: criteria.iter().map(|id| name(id)).collect(),
        items: items.iter().map(item).collect(),
    }
}

fn tick(item: &str, ago: Duration) -> Tick {
    Tick { plan: name("athena"), item: name(item), evidence: text("REL-1"), who: text("erin"), at: now() - ago }
}

fn rate(id: &str, rule: &str) -> Criterion {
    criterion(id, value(id, Unit::Percent), rule)
}

fn pass() -> Gates {
    Gates::Pass { warnings: vec![] }
}

#[test]
fn the_sentence_names_value_rule_and_place() {
    let land = Land::new(athena(vec![rate("error_rate", "< 1 %")])).answer(|_| number(1.3));
    let sentence = "stage gradual: error_rate 1.3 % is not < 1 % (athena.toml:88)".to_owned();
    assert_eq!(land.assess().advance, Gates::Fail { sentence });
    let land = Land::new(athena(vec![rate("error_rate", "< 1 %"), rate("crash", "< 1 %")])).answer(|_| nothing(Reason::Http));
    let sentence = "stage gradual: error_rate it failed (athena.toml:88); 1 more open".to_owned();
    assert_eq!(land.assess().advance, Gates::Undecided { sentence });
    let land = Land::new(athena(vec![rate("error_rate", "< 1 %")])).answer(|_| number(0.3));
    assert_eq!(land.assess().advance, pass());
    assert_eq!(land.assess().gates[0].sentence, "1 of 1 pass");
}

/// The worst member decides; what fails comes before what is unknown.
#[test]
fn the_worst_member_decides() {
    let rules = || vec![rate("a", "< 1 %"), rate("b", "< 1 %")];
    let told = |a: super::kit::Said, b: super::kit::Said| {
        let land =
            Land::new(athena(rules())).answer(|question| if question.query.as_ref() == "a" { a.clone() } else { b.clone() });
        land.assess().gates[0].verdict
    };
    let mut old = number(0.0).unwrap();
    old.sample_age = Some(HOUR);
    let ranked = [
        (number(2.0), Verdict::Fail),
        (says(Value::Empty), Verdict::NoData),
        (Ok(old), Verdict::Stale),
        (nothing(Reason::TooFew), Verdict::TooFewSamples),
        (number(0.0), Verdict::Pass),
    ];
    for (worse, (answer, verdict)) in ranked.iter().enumerate() {
        for (other, _) in &ranked[worse..] {
            assert_eq!(told(answer.clone(), other.clone()), *verdict);
            assert_eq!(told(other.clone(), answer.clone()), *verdict);
        }
    }
    let graded = |id: &str| Criterion {
        fail: Some(super::kit::rule("> 5 %")),
        warn: Some(super::kit::rule("> 0.5 %")),
        ..rate(id, "< 1 %")
    };
    let told = |a: f64, b: f64| {
        let due = Criterion { due: Some(Due::At(now() + HOUR)), ..rate("c", "< 1 %") };
        let plan = athena(if b.is_nan() { vec![graded("a"), due] } else { vec![graded("a"), graded("b")] });
        Land::new(plan).answer(|question| number(if question.query.as_ref() == "a" { a } else { b })).assess().gates[0].verdict
    };
    assert_eq!(told(6.0, 2.0), Verdict::Fail);
    assert_eq!(told(0.1, 2.0), Verdict::OffTarget);
    assert_eq!(told(0.7, 0.1), Verdict::Warn);
    assert_eq!(told(0.7, 2.0), Verdict::OffTarget);
    assert_eq!(told(2.0, f64::NAN), Verdict::OffTarget);
    assert_eq!(told(0.7, f64::NAN), Verdict::NotDue, "not due holds back harder than a remark");
    assert_eq!(told(0.1, f64::NAN), Verdict::NotDue);
}

/// Only pass lets go on: a warning and a missed target hold as a failure does, what is unknown is undecided.
#[test]
fn only_pass_lets_go_on() {
    let rule = Criterion { fail: Some(super::kit::rule("> 5 %")), warn: Some(super::kit::rule("> 0.5 %")), ..rate("a", "< 1 %") };
    let told = |value: f64| Land::new(athena(vec![rule.clone()])).answer(|_| number(value)).assess().advance;
    assert_eq!(told(0.1), pass());
    for value in [0.7, 2.0, 6.0] {
        assert!(matches!(told(value), Gates::Fail { .. }), "{value}");
    }
    assert!(matches!(told(f64::NAN), Gates::Undecided { .. }));
    for verdict in Verdict::ALL {
        assert_eq!(verdict.lets_go_on(), matches!(verdict, Verdict::Pass | Verdict::Waived), "{}", verdict.word());
    }
}

#[test]
fn a_failing_gate_is_named_before_an_undecided_one() {
    let plan =
        Plan { gates: vec![gate("paper", &[], &["notes"]), gate("rates", &["a"], &[])], ..athena(vec![rate("a", "< 1 %")]) };
    let mut plan = plan;
    plan.stages[3].criteria.clear();
    let land = Land::new(plan.clone()).answer(|_| number(2.0));
    let sentence = "rates: a 2 % is not < 1 % (athena.toml:88); 1 more gate holds".to_owned();
    assert_eq!(land.assess().advance, Gates::Fail { sentence });
    let land = Land::new(plan).answer(|_| number(0.0));
    let sentence = "paper: \"notes done\" is not ticked (athena.toml:301)".to_owned();
    assert_eq!(land.assess().advance, Gates::Undecided { sentence });
}

#[test]
fn advisory_gates_are_shown_and_hold_nothing_back() {
    let mut plan = athena(vec![rate("a", "< 1 %"), rate("b", "< 1 %")]);
    plan.stages[3].criteria = vec![name("a")];
    plan.gates = vec![Gate { required: false, ..gate("advice", &["b"], &[]) }];
    let land = Land::new(plan.clone()).answer(|question| number(if question.query.as_ref() == "b" { 9.0 } else { 0.0 }));
    let assessment = land.assess();
    assert_eq!((assessment.gates[1].verdict, assessment.advance), (Verdict::Fail, pass()));
    // Alone they are no reason to go on.
    plan.stages[3].criteria.clear();
    let land = Land::new(plan).answer(|_| number(0.0));
    let sentence = "no gate and no criterion of athena.toml was checked for checkout here".to_owned();
    assert_eq!(land.assess().advance, Gates::Undecided { sentence });
}

#[test]
fn an_empty_gate_proves_nothing() {
    let plan = Plan { gates: vec![gate("empty", &[], &[])], ..athena(vec![rate("a", "< 1 %")]) };
    let assessment = Land::new(plan).answer(|_| number(0.0)).assess();
    assert_eq!(assessment.gates[1].verdict, Verdict::NoData);
    assert!(matches!(assessment.advance, Gates::Undecided { .. }));
    let plan = Plan { gates: vec![gate("names nobody", &["nobody"], &[])], ..athena(vec![rate("a", "< 1 %")]) };
    let assessment = Land::new(plan).answer(|_| number(0.0)).assess();
    assert_eq!(
        (assessment.gates[1].verdict, assessment.gates[1].sentence.as_str()),
        (Verdict::NoData, "nobody is not in the plan")
    );
    assert!(matches!(assessment.advance, Gates::Undecided { .. }));
}

#[test]
fn manual_items_are_ticked_with_evidence_and_age() {
    let mut open = gate("paper", &[], &["notes", "drill"]);
    open.items[1].valid_for = Some(HOUR);
    open.items[1].owner = Some("QA Lead".into());
    let plan = Plan { gates: vec![open], ..athena(vec![rate("a", "< 1 %")]) };
    let told = |ticks: Vec<Tick>| {
        let mut land = Land::new(plan.clone()).answer(|_| number(0.0));
        land.human.ticks = ticks;
        land.assess()
    };
    let both = told(vec![tick("notes", 900 * HOUR), tick("drill", HOUR)]);
    assert_eq!((both.gates[1].verdict, both.advance.clone()), (Verdict::Pass, pass()));
    assert_eq!(both.gates[1].items[0].who, Some(text("erin")));
    let old = told(vec![tick("notes", Duration::ZERO), tick("drill", HOUR + MINUTE)]);
    assert_eq!(old.gates[1].verdict, Verdict::Stale);
    assert_eq!(
        old.gates[1].sentence,
        "\"drill done\" was ticked 2026-11-21 08:59Z, which is too long ago (athena.toml:301, owner QA Lead)"
    );
    for ticks in [
        vec![tick("drill", MINUTE)],
        vec![tick("drill", MINUTE), Tick { plan: name("other"), ..tick("notes", MINUTE) }],
        vec![tick("drill", MINUTE), Tick { evidence: text("  "), ..tick("notes", MINUTE) }],
    ] {
        let found = told(ticks);
        assert_eq!(found.gates[1].sentence, "\"notes done\" is not ticked (athena.toml:301)");
        assert!(matches!(found.advance, Gates::Undecided { .. }));
    }
}

/// AT-17.
#[test]
fn a_later_set_is_not_complete_while_an_earlier_one_is_not() {
    let set = |id: &str, gate: Gate| Gate { set: Some(name(id)), ..gate };
    let plan = Plan {
        sets: vec![name("development"), name("pre_release"), name("production")],
        gates: vec![
            set("production", gate("c", &[], &["three"])),
            set("development", gate("a", &[], &["one"])),
            set("pre_release", gate("b", &[], &["two"])),
        ],
        ..athena(vec![rate("a", "< 1 %")])
    };
    let told = |ticks: &[&str], plan: &Plan| {
        let mut land = Land::new(plan.clone()).answer(|_| number(0.0));
        land.human.ticks = ticks.iter().map(|item| tick(item, MINUTE)).collect();
        let gates = land.assess().gates;
        [gates[2].verdict, gates[3].verdict, gates[1].verdict]
    };
    let (pass, no_data, not_due) = (Verdict::Pass, Verdict::NoData, Verdict::NotDue);
    assert_eq!(told(&["one", "two", "three"], &plan), [pass, pass, pass]);
    assert_eq!(told(&["two", "three"], &plan), [no_data, not_due, not_due]);
    assert_eq!(told(&["one", "three"], &plan), [pass, no_data, not_due]);
    assert_eq!(told(&["one"], &plan), [pass, no_data, no_data]);
    assert_eq!(told(&["three"], &plan), [no_data, no_data, not_due]);
    let mut advisory = plan.clone();
    advisory.gates[1].required = false;
    assert_eq!(told(&["two", "three"], &advisory), [no_data, pass, pass], "advice holds no set open");
    let mut land = Land::new(plan).answer(|_| number(0.0));
    land.human.ticks = ["two", "three"].iter().map(|item| tick(item, MINUTE)).collect();
    assert_eq!(land.assess().gates[3].sentence, "complete by itself; it waits for the set development, which is not");
}

#[test]
fn a_gate_of_a_stage_stands_before_leaving_it() {
    let mut plan = athena(vec![rate("a", "< 1 %"), rate("b", "< 1 %")]);
    plan.stages.iter_mut().for_each(|stage| stage.criteria = vec![name("a")]);
    plan.gates = vec![Gate { stages: vec![name("gradual")], ..gate("report", &["b"], &[]) }];
    let land = |weight: u32| {
        let mut land = Land::new(plan.clone());
        land.rollout = at_weight(weight);
        land.answer(|question| number(if question.query.as_ref() == "b" { 9.0 } else { 0.0 }))
    };
    let at_25 = land(25).assess();
    assert_eq!((at_25.gates[1].applies, at_25.gates[1].verdict, at_25.advance), (false, Verdict::NotDue, pass()));
    assert_eq!((at_25.gates[1].sentence.as_str(), at_25.evaluations.len()), ("stands before the last step of gradual", 1));
    let at_10 = land(10).assess();
    assert_eq!((at_10.gates[1].applies, at_10.gates[1].sentence.as_str()), (false, "stands before leaving gradual"));
    let at_100 = land(100).assess();
    assert_eq!((at_100.gates[1].applies, at_100.gates[1].verdict), (true, Verdict::Fail));
    assert!(matches!(at_100.advance, Gates::Fail { .. }));
    // A control plane that goes on past the plan's last sub-steps leaves the stage, too.
    let mut skips = land(10);
    skips.plan.stages[2].weights = vec![10.0, 20.0];
    skips.plan.gates[0].stages = vec![name("beta")];
    assert!(skips.assess().gates[1].applies, "25 % comes next, which is another stage");
}

#[test]
fn an_absent_member_holds_nothing_back_and_is_no_reason_to_go_on() {
    let optional = Criterion { optional: true, ..rate("extra", "< 1 %") };
    let plan = |with: bool| athena(if with { vec![rate("a", "< 1 %"), optional.clone()] } else { vec![optional.clone()] });
    let told = |plan: Plan| {
        Land::new(plan)
            .answer(|question| if question.query.as_ref() == "extra" { says(Value::Empty) } else { number(0.0) })
            .assess()
    };
    let both = told(plan(true));
    assert_eq!((both.gates[0].verdict, both.advance), (Verdict::Pass, pass()));
    let alone = told(plan(false));
    assert_eq!(
        (alone.gates[0].verdict, alone.gates[0].sentence.as_str()),
        (Verdict::Absent, "nothing of it is there, and need not be")
    );
    assert!(matches!(alone.advance, Gates::Undecided { .. }), "nothing was checked");
}

/// S6: 25 to 50 before the soak share is over is refused or warned by policy.
#[test]
fn an_early_advance_is_refused_or_warned() {
    let mut plan = athena(vec![rate("a", "< 1 %")]);
    plan.stages[3].soak = Some(3 * HOUR + Duration::from_secs(760));
    let told = |plan: &Plan| Land::new(plan.clone()).answer(|_| number(0.0)).assess().advance;
    let sentence = "the soak of stage gradual is not over: 1h12m40s left (athena.toml:40)".to_owned();
    assert_eq!(told(&plan), Gates::Undecided { sentence: sentence.clone() });
    plan.stages[3].early = Early::Warn;
    assert_eq!(told(&plan), Gates::Pass { warnings: vec![sentence] });
    plan.stages[3].soak = Some(2 * HOUR);
    assert_eq!(told(&plan), pass(), "it is over");
    // Nobody knows since when it is there.
    plan.stages[3].early = Early::Refuse;
    let mut land = Land::new(plan).answer(|_| number(0.0));
    land.rollout.holds[0].since = None;
    let sentence = "since when checkout is at stage gradual is not known, so neither is the soak (athena.toml:40)".to_owned();
    assert_eq!(land.assess().advance, Gates::Undecided { sentence });
    // A failing gate is said before an early advance.
    land.plan.criteria[0].pass = super::kit::rule("> 1 %");
    assert!(matches!(land.assess().advance, Gates::Fail { .. }));
}

fn with_triggers(triggers: Vec<Trigger>) -> Plan {
    Plan { triggers, ..athena(vec![rate("error_rate", "< 5 %")]) }
}

/// S4: at 5.0 % the criterion `< 5 %` fails, the trigger `> 5 %` does not fire.
#[test]
fn on_the_limit_the_gate_fails_and_the_trigger_stays_quiet() {
    let plan = with_triggers(vec![trigger("hard", value("error_rate", Unit::Percent), "> 5 %", TriggerAction::Immediate)]);
    let assessment = Land::new(plan).answer(|_| number(5.0)).assess();
    assert_eq!(assessment.evaluations[0].verdict, Verdict::Fail);
    assert_eq!((assessment.triggers[0].matched, assessment.triggers[0].of_limit), (Ok(false), Some(100.0)));
    assert_eq!(assessment.proposed(), None);
    assert_eq!(assessment.triggers[0].sentence, "5 % is not > 5 %");
}

/// S5 and C-08: crash 1.2 % and errors 6 % together: emergency wins, both are listed.
#[test]
fn the_most_severe_match_is_proposed_and_all_are_listed() {
    let plan = with_triggers(vec![
        trigger("slow", value("slow", Unit::Milliseconds), "> 5000 ms", TriggerAction::Gradual),
        trigger("errors", value("errors", Unit::Percent), "> 5 %", TriggerAction::Immediate),
        trigger("blind", value("blind", Unit::Percent), "> 5 %", TriggerAction::Emergency),
        trigger("crash", value("crash", Unit::Percent), "> 1 %", TriggerAction::Emergency),
    ]);
    let land = Land::new(plan).answer(|question| match question.query.as_ref() {
        "crash" => number(1.2),
        "errors" => number(6.0),
        "slow" => number(2310.0),
        "blind" => nothing(Reason::Timeout),
        _ => number(0.0),
    });
    let assessment = land.assess();
    let told: Vec<_> = assessment.triggers.iter().map(|trigger| (trigger.id.as_str(), trigger.matched)).collect();
    assert_eq!(told, [("crash", Ok(true)), ("errors", Ok(true)), ("blind", Err(Reason::Timeout)), ("slow", Ok(false))]);
    assert_eq!(assessment.proposed().map(|trigger| trigger.id.as_str()), Some("crash"));
    assert_eq!(assessment.triggers[2].sentence, "it cannot be told: it failed");
    assert_eq!(assessment.triggers[3].of_limit, Some(46.2));
    let kinds: Vec<_> = assessment.judged().iter().map(|judged| (judged.kind, judged.verdict)).collect();
    assert_eq!(kinds[0], (JudgedKind::Criterion, Verdict::Pass));
    assert_eq!(
        kinds[1..].iter().map(|(_, verdict)| *verdict).collect::<Vec<_>>(),
        [Verdict::Fail, Verdict::Fail, Verdict::NoData, Verdict::Pass]
    );
}

#[test]
fn a_trigger_says_how_often_and_since_when() {
    let often = Trigger {
        repeat: Repeat { times: 3, of: 4 },
        ..trigger("errors", value("errors", Unit::Percent), "> 5 %", TriggerAction::Immediate)
    };
    let told = |values: &[Option<f64>]| {
        let mut assessment = Land::new(with_triggers(vec![often.clone()])).answer(|_| readings(values)).assess();
        assessment.triggers.remove(0)
    };
    let (calm, wild) = (Some(1.0), Some(6.0));
    let found = told(&[calm, wild, wild, wild]);
    assert_eq!((found.matched, found.since), (Ok(true), Some(now() - MINUTE)));
    assert_eq!(found.sentence, "6 % is > 5 %; 3 of the last 4 readings match, 3 are needed");
    let verdicts: Vec<_> = found.evidence.history.iter().map(|(_, value, verdict)| (*value, *verdict)).collect();
    assert_eq!(verdicts[..2], [(calm, Verdict::Pass), (wild, Verdict::Fail)]);
    assert_eq!((told(&[wild, calm, calm, wild]).matched, told(&[wild, calm, calm, wild]).since), (Ok(false), None));
    assert_eq!(told(&[wild, wild, wild, calm]).matched, Ok(true));
    assert_eq!(told(&[wild, wild, wild, calm]).since, None, "the break is now");
    assert_eq!(told(&[wild, wild, wild, wild, calm, calm]).matched, Ok(false));
    assert_eq!(told(&[None, wild, None, wild]).matched, Ok(false));
}

#[test]
fn triggers_read_truths_alerts_and_falls_too() {
    let all = vec![
        trigger("fact", fact(), "false", TriggerAction::Notify),
        trigger("alerts", alerts(Severity::Critical), "false", TriggerAction::Gradual),
        trigger("satisfaction", value("score", Unit::Points), "< 3 points", TriggerAction::Immediate),
        trigger("few", ratio(3000), "> 1 %", TriggerAction::Immediate),
        trigger("unfit", value("score", Unit::Points), "true", TriggerAction::Immediate),
    ];
    let mut land = Land::new(with_triggers(all)).answer(|question| match question.query.as_ref() {
        "fact" => number(0.0),
        "score" => number(4.0),
        _ => number(10.0),
    });
    land.feed = Some(feed(vec![alert(Severity::Critical, AlertState::Firing)]));
    let find = |land: &Land, id: &str| land.assess().triggers.into_iter().find(|trigger| trigger.id.as_str() == id).unwrap();
    assert_eq!(find(&land, "fact").matched, Ok(true));
    assert_eq!(find(&land, "fact").sentence, "it is false");
    let alerts = find(&land, "alerts");
    assert_eq!((alerts.matched, alerts.since, alerts.of_limit), (Ok(true), Some(now()), None));
    assert_eq!(alerts.sentence, "1 firing: HighErrorRate (critical)");
    let satisfaction = find(&land, "satisfaction");
    assert_eq!((satisfaction.matched, satisfaction.of_limit), (Ok(false), Some(75.0)));
    assert_eq!(find(&land, "few").matched, Err(Reason::TooFew));
    assert_eq!(find(&land, "unfit").matched, Err(Reason::WrongType));
    land.feed = Some(feed(vec![]));
    assert_eq!((find(&land, "alerts").matched, find(&land, "alerts").since), (Ok(false), None));
}

/// Alerts and tenants have no readings of old: what they say now stands for as many as are asked for.
#[test]
fn what_has_no_readings_of_old_speaks_for_all_of_them() {
    let often = Trigger {
        repeat: Repeat { times: 3, of: 4 },
        ..trigger("alerts", alerts(Severity::Critical), "false", TriggerAction::Gradual)
    };
    let mut land = Land::new(with_triggers(vec![often])).answer(|_| number(0.0));
    land.feed = Some(feed(vec![alert(Severity::Critical, AlertState::Firing)]));
    assert_eq!(land.assess().triggers[0].matched, Ok(true));
    land.feed = Some(feed(vec![]));
    assert_eq!(land.assess().triggers[0].matched, Ok(false));
}

#[test]
fn a_trigger_watches_its_own_stages() {
    let own = Trigger {
        stages: vec![name("alpha")],
        ..trigger("any", value("errors", Unit::Percent), "> 0 %", TriggerAction::Immediate)
    };
    let land = Land::new(with_triggers(vec![own])).answer(|_| number(1.0));
    assert_eq!(land.assess().triggers, []);
    let mut alpha = Land::new(land.plan.clone());
    alpha.rollout = at_weight(5);
    assert_eq!(alpha.answer(|_| number(1.0)).assess().triggers.len(), 1);
}

#[test]
fn a_plan_asks_what_counts_now_and_nothing_twice() {
    let mut plan = with_triggers(vec![
        trigger("same", value("error_rate", Unit::Percent), "> 5 %", TriggerAction::Immediate),
        trigger("alpha", value("only_alpha", Unit::Percent), "> 5 %", TriggerAction::Immediate),
    ]);
    plan.triggers[1].stages = vec![name("alpha")];
    plan.criteria.push(rate("late", "< 1 %"));
    plan.criteria.push(rate("elsewhere", "< 1 %"));
    plan.criteria.push(criterion("hush", alerts(Severity::Critical), "true"));
    plan.gates = vec![
        Gate { stages: vec![name("gradual")], ..gate("report", &["late"], &[]) },
        Gate { stages: vec![name("alpha")], set: Some(name("early")), ..gate("member", &["elsewhere", "error_rate"], &[]) },
    ];
    plan.sets = vec![name("early")];
    let at = standing(&plan, &checkout(), &[], now());
    let asked = questions(&plan, &checkout(), at.as_ref(), now());
    let asked: Vec<&str> = asked.iter().map(|question| question.query.as_ref()).collect();
    assert_eq!(asked, ["error_rate", "elsewhere"]);
    assert_eq!(sources(&plan, &checkout(), at.as_ref()).into_iter().collect::<Vec<_>>(), [source("prom")]);
    plan.stages[3].criteria.push(name("hush"));
    plan.alerts = vec![ExpectedAlert {
        name: "X".into(),
        line: 1,
        source: source("rules"),
        severity: Severity::Critical,
        held: None,
        expr: None,
    }];
    let named: Vec<_> = sources(&plan, &checkout(), at.as_ref()).into_iter().collect();
    assert_eq!(named, [source("am"), source("prom"), source("rules")]);
    let question = &questions(&plan, &checkout(), at.as_ref(), now())[0];
    assert_eq!((question.points, question.step), (12, Duration::from_secs(30)));
}

#[test]
fn evidence_that_expired_since_does_not_let_go_on() {
    let land = Land::new(athena(vec![rate("a", "< 1 %")])).answer(|_| number(0.0));
    let assessment = land.assess();
    assert_eq!(assessment.advance_at(now() + Duration::from_secs(56)), pass());
    let sentence = "a was not measured again in time (athena.toml:88)".to_owned();
    assert_eq!(assessment.advance_at(now() + Duration::from_secs(57)), Gates::Undecided { sentence });
    let failing = Land::new(athena(vec![rate("a", "< 1 %")])).answer(|_| number(9.0)).assess();
    assert!(matches!(failing.advance_at(now() + HOUR), Gates::Fail { .. }));
}

/// What holds nothing back may grow old.
#[test]
fn only_evidence_that_the_advance_rests_on_may_not_expire() {
    let mut plan = athena(vec![rate("a", "< 1 %"), rate("short", "< 1 %"), rate("late", "< 1 %")]);
    for brief in &mut plan.criteria[1..] {
        brief.gauge.max_age = Duration::from_secs(5);
    }
    plan.stages[3].criteria = vec![name("a")];
    plan.sets = vec![name("early")];
    plan.gates = vec![
        Gate { required: false, ..gate("advice", &["short"], &[]) },
        Gate { stages: vec![name("beta")], set: Some(name("early")), ..gate("elsewhere", &["late"], &[]) },
    ];
    let assessment = Land::new(plan).answer(|_| number(0.0)).assess();
    assert_eq!((assessment.evaluations.len(), assessment.advance_at(now() + Duration::from_secs(30))), (3, pass()));
}

#[test]
fn every_verdict_has_its_word() {
    let words: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.word()).collect();
    assert_eq!(
        words,
        ["pass", "warn", "fail", "off target", "no data", "too few samples", "stale", "not due", "waived", "absent"]
    );
}

#[test]
fn a_limit_of_nothing_has_no_share() {
    let all = vec![
        trigger("any", value("one", Unit::Count), "> 0 count", TriggerAction::Immediate),
        trigger("fall", value("none", Unit::Count), "< 3 count", TriggerAction::Immediate),
        trigger("band", value("one", Unit::Count), "2 count..3 count", TriggerAction::Immediate),
    ];
    let land = Land::new(with_triggers(all)).answer(|question| number(if question.query.as_ref() == "one" { 1.0 } else { 0.0 }));
    let told: Vec<_> = land.assess().triggers.iter().map(|trigger| (trigger.matched, trigger.of_limit)).collect();
    assert_eq!(told, [(Ok(true), None), (Ok(true), None), (Ok(false), None)]);
}

#[test]
fn one_plan_judges_and_two_contradict() {
    let land = Land::new(athena(vec![rate("a", "< 1 %")])).answer(|_| number(0.0));
    let facts = cutover::domain::assess::Facts {
        now: now(),
        since_boot: super::kit::BOOT,
        sources: [(
            source("prom"),
            cutover::domain::assess::SourceFacts {
                readings: &land.readings[&source("prom")],
                ..cutover::domain::assess::SourceFacts::unknown()
            },
        )]
        .into(),
        human: &land.human,
        passages: &[],
    };
    let one = Arc::new(land.plan.clone());
    let other = Arc::new(Plan { id: name("other"), ..land.plan.clone() });
    let stranger = Arc::new(Plan { subjects: vec![], ..land.plan.clone() });
    assert_eq!(judge(&[Arc::clone(&one)], &checkout(), &facts).map(|found| found.advance), Some(pass()));
    assert_eq!(judge(&[Arc::clone(&stranger)], &checkout(), &facts), None);
    let sentence = "checkout is named by more than one plan: athena, other".to_owned();
    let both = [Arc::clone(&stranger), Arc::clone(&one), other];
    assert_eq!(judge(&both, &checkout(), &facts).map(|found| found.advance), Some(Gates::Undecided { sentence }));
    let checkout2 = Rollout { id: cutover::domain::id::TargetId::new(&source("k8s"), "shop", "checkout2"), ..checkout() };
    assert!(plan_of(&[one], &checkout2.id).is_none());
}
