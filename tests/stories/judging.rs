//! Plans on the screen: what is asked, what is judged when, and what rings.

use std::{sync::Arc, time::Duration};

use cutover::{
    app::{effect::Effect, message::Message, standing, state::SourceInfo},
    domain::{
        evidence::Assessment,
        human::{HumanFacts, Tick},
        id::{Name, SourceId},
        operation::Operation,
        permit::RefusalCode,
        plan::{
            Criterion, Early, Gate, Gauge, GaugeKind, Item, Measure, OnPause, Plan, PlanName, ReleaseKind, Repeat, Stage,
            Subject, Trigger, TriggerAction,
        },
        quantity::{Bound, Comparison, Quantity, Rule, Unit},
        question::{Answer, Question, Reading, Value},
        source::{SourceUpdate, Tells},
        tenant::{CheckKind, CheckResult, Tenant, TenantTable},
        text::DisplayText,
        verdict::Verdict,
    },
    ledger::book::Book,
};

use crate::world::{World, id, moving, opening, rollouts, start, waiting, well};

fn prom() -> SourceId {
    SourceId::new("prom")
}

fn gauge(query: &str) -> Gauge {
    Gauge {
        source: prom(),
        kind: GaugeKind::Value { query: query.into() },
        reads: Unit::Percent,
        window: None,
        sampled: None,
        subject_label: None,
        max_age: Duration::from_secs(30),
        every: Duration::from_secs(30),
    }
}

fn rule(comparison: Comparison, percent: f64) -> Rule {
    let text = format!("{} {percent} %", comparison.sign());
    Rule { bound: Bound::One { comparison, limit: Quantity::new(percent, Unit::Percent) }, text }
}

fn trigger(id: &str, query: &str, action: TriggerAction) -> Trigger {
    Trigger {
        id: PlanName::new(id),
        line: 120,
        origin: None,
        gauge: gauge(query),
        when: rule(Comparison::Greater, 5.0),
        repeat: Repeat::ONCE,
        action,
        stages: vec![],
    }
}

/// Judges checkout: `error_rate < 1 %` at 25 and at 50 %, and two triggers.
pub fn athena() -> Plan {
    let id = PlanName::new("error_rate");
    let stage = |name: &str, weight: f64| Stage {
        id: PlanName::new(name),
        line: 40,
        measure: Measure::Percent(vec![weight]),
        weights: vec![weight],
        min: None,
        max: None,
        soak: None,
        early: Early::Refuse,
        on_pause: OnPause::Runs,
        audience: None,
        criteria: vec![id.clone()],
        roll_back_to: None,
    };
    Plan {
        id: PlanName::new("athena"),
        title: "Athena".into(),
        version: "1".into(),
        owner: None,
        file: "plans/athena.toml".into(),
        restates: None,
        zone: None,
        subjects: vec![Subject { rollout: "checkout".into(), kind: ReleaseKind::Exposure, line: 3 }],
        stages: vec![stage("quarter", 25.0), stage("half", 50.0)],
        criteria: vec![Criterion {
            id,
            line: 88,
            title: None,
            gauge: gauge("rate{stage=\"$stage\"}"),
            pass: rule(Comparison::Less, 1.0),
            warn: None,
            fail: None,
            repeat: Repeat::ONCE,
            due: None,
            owner: None,
            optional: false,
        }],
        sets: vec![],
        gates: vec![],
        triggers: vec![
            trigger("errors", "errors", TriggerAction::Immediate),
            trigger("crash", "crash", TriggerAction::Emergency),
        ],
        alerts: vec![],
    }
}

pub fn console(plans: Vec<Plan>) -> World {
    let mut opening = opening(false);
    opening.plans = plans.into_iter().map(Arc::new).collect();
    opening.sources.push(SourceInfo {
        id: prom(),
        kind: "fake",
        environment: "prod-eu".into(),
        stale_after: Duration::from_secs(10),
        tells: Tells { answers: true, ..Tells::default() },
    });
    let mut world = World::new(opening);
    world.live();
    world.tell(Message::Source(SourceUpdate::Health { source: prom(), health: well(world.state.since_boot, Duration::ZERO) }));
    world
}

fn asked(effects: &[Effect]) -> Option<Vec<String>> {
    effects.iter().find_map(|effect| match effect {
        Effect::Ask(questions) => Some(questions.iter().map(|question| question.query.to_string()).collect()),
        _ => None,
    })
}

/// Every question that is asked is answered with the number of its query.
fn answers(world: &World, number: impl Fn(&Question) -> f64) -> Message {
    let readings = world.state.judging.asked().iter().map(|question| {
        let answer = Answer { value: Value::Number(number(question)), sample_age: None, history: vec![], warnings: vec![] };
        let received = world.state.since_boot;
        Arc::new(Reading { question: Arc::clone(question), answer: Ok(answer), at: start(), received, took: Duration::ZERO })
    });
    Message::Source(SourceUpdate::Readings { source: prom(), readings: readings.collect() })
}

fn calm(_: &Question) -> f64 {
    0.5
}

fn assessment(world: &World) -> Arc<Assessment> {
    Arc::clone(&world.state.assessments[&id("checkout")])
}

#[test]
fn a_named_rollout_is_asked_about_and_judged() {
    let mut world = console(vec![athena()]);
    world.tell(rollouts(vec![waiting("checkout"), waiting("search")]));
    assert_eq!(asked(&world.effects), Some(vec!["rate{stage=\"quarter\"}".into(), "errors".into(), "crash".into()]));
    assert_eq!(world.state.assessments.len(), 1, "search is in no plan");
    let refusal = standing::offer(&world.state, &id("checkout"), Operation::Advance).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::GateUndecided);
    let message = answers(&world, calm);
    world.tell(message);
    assert_eq!(asked(&world.effects), None, "the same questions are not asked again");
    assert!(standing::offer(&world.state, &id("checkout"), Operation::Advance).is_ok());
    let message = answers(&world, |question| if question.query.starts_with("rate") { 1.3 } else { 0.0 });
    world.tell(message);
    let refusal = standing::offer(&world.state, &id("checkout"), Operation::Advance).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.sentence.as_str()),
        (RefusalCode::GateFails, "stage quarter: error_rate 1.3 % is not < 1 % (athena.toml:88)")
    );
    for free in [Operation::Pause, Operation::RollBack] {
        assert!(standing::offer(&world.state, &id("checkout"), free).is_ok(), "{free} is never gated");
    }
    let free = standing::offer(&world.state, &id("search"), Operation::Advance).unwrap();
    assert_eq!(free.warnings, ["no plan judges this"]);
}

/// Rehearsal of two tenants: how far the round is, and the rows of the second.
fn rehearsed(progress: Option<(u32, u32)>, rows: i64) -> Message {
    let tenant = |id: &str, rows: i64| {
        let result = if rows < 0 { CheckResult::Fail("cases -1".into()) } else { CheckResult::Pass };
        Arc::new(Tenant {
            id: Name::new(id),
            name: None,
            checks: vec![(CheckKind::Rows, result)],
            rows: Some(rows),
            tables: vec![],
            values: vec![],
            told: None,
            cause: None,
            note: DisplayText::default(),
            checked: None,
            took: None,
        })
    };
    let table = TenantTable {
        source: prom(),
        tenants: [tenant("acme", 0), tenant("globex", rows)].into(),
        columns: vec![],
        require: vec![CheckKind::Rows],
        progress,
        footprint: DisplayText::default(),
    };
    Message::Source(SourceUpdate::Tenants(table.into()))
}

/// A round of 10,000 tenants takes minutes; what it began with counts on, as old as it is, until it finds anything worse.
#[test]
fn a_round_under_way_is_judged_by_the_whole_one_before_it() {
    let mut plan = athena();
    plan.criteria[0].gauge.kind = GaugeKind::Tenants { require: vec![] };
    plan.criteria[0].gauge.reads = Unit::Count;
    plan.criteria[0].gauge.max_age = Duration::from_secs(60);
    plan.criteria[0].pass = Rule { bound: Bound::Is(true), text: "every tenant green".into() };
    let mut world = console(vec![plan]);
    world.tell(rollouts(vec![waiting("checkout")]));
    let advance =
        |world: &World| standing::offer(&world.state, &id("checkout"), Operation::Advance).map_err(|refusal| refusal.code);
    world.tell(rehearsed(Some((1, 2)), 0));
    assert_eq!(advance(&world).err(), Some(RefusalCode::GateUndecided), "no round was ever whole");
    world.tell(rehearsed(None, 0));
    assert!(advance(&world).is_ok());
    world.tell(rehearsed(Some((1, 2)), 0));
    assert!(advance(&world).is_ok(), "{:?}", assessment(&world).evaluations[0].sentence);
    world.wait(40, true);
    world.tell(Message::Source(SourceUpdate::Health { source: prom(), health: well(world.state.since_boot, Duration::ZERO) }));
    assert_eq!(assessment(&world).evaluations[0].evidence.age, Some(Duration::from_secs(40)));
    world.wait(30, true);
    world.tell(Message::Source(SourceUpdate::Health { source: prom(), health: well(world.state.since_boot, Duration::ZERO) }));
    assert_eq!(advance(&world).err(), Some(RefusalCode::GateUndecided), "older than the plan allows");
    world.tell(rehearsed(None, 0));
    world.tell(rehearsed(Some((2, 2)), -1));
    assert_eq!(advance(&world).err(), Some(RefusalCode::GateFails));
    world.tell(rehearsed(None, 0));
    world.tell(rehearsed(Some((1, 2)), -1));
    assert_eq!(advance(&world).err(), Some(RefusalCode::GateFails), "a loss is a fact at once");
    world.tell(rehearsed(Some((1, 2)), 0));
    assert_eq!(advance(&world).err(), Some(RefusalCode::GateUndecided), "what was before the loss is worth nothing");
}

/// All is judged each five seconds; a source that falls silent is not waited for.
#[test]
fn a_source_that_falls_silent_is_judged_with_the_tick_that_shows_it() {
    let mut plan = athena();
    plan.criteria[0].gauge.kind = GaugeKind::Tenants { require: vec![] };
    plan.criteria[0].gauge.max_age = Duration::from_secs(600);
    plan.criteria[0].pass = Rule { bound: Bound::Is(true), text: "every tenant green".into() };
    let mut world = console(vec![plan]);
    world.tell(rollouts(vec![waiting("checkout")]));
    world.tell(rehearsed(None, 0));
    let mut seen = Vec::new();
    for _ in 0..14 {
        world.wait(1, false);
        let is_live = world.state.source(&prom()).unwrap().freshness(world.state.since_boot).is_live();
        seen.push((is_live, assessment(&world).evaluations[0].verdict));
    }
    assert!(seen.contains(&(true, Verdict::Pass)) && seen.contains(&(false, Verdict::Stale)), "{seen:?}");
    assert!(seen.iter().all(|(is_live, verdict)| *is_live == (*verdict == Verdict::Pass)), "{seen:?}");
}

#[test]
fn the_next_stage_asks_other_questions_and_none_asks_nothing() {
    let mut world = console(vec![athena()]);
    world.tell(rollouts(vec![waiting("checkout")]));
    let mut half = waiting("checkout");
    half.weight.set = Some(50);
    world.tell(rollouts(vec![half]));
    assert_eq!(asked(&world.effects).unwrap()[0], "rate{stage=\"half\"}");
    world.tell(rollouts(vec![waiting("search")]));
    assert_eq!((asked(&world.effects), world.state.assessments.len()), (Some(vec![]), 0));
}

#[test]
fn a_verdict_ages_with_the_clock_alone() {
    let mut world = console(vec![athena()]);
    world.tell(rollouts(vec![waiting("checkout")]));
    let message = answers(&world, calm);
    world.tell(message);
    assert_eq!(assessment(&world).evaluations[0].verdict, Verdict::Pass);
    world.wait(30, true);
    assert_eq!(assessment(&world).evaluations[0].verdict, Verdict::Pass);
    world.wait(1, true);
    assert_eq!(assessment(&world).evaluations[0].verdict, Verdict::Stale);
    assert!(standing::offer(&world.state, &id("checkout"), Operation::Advance).is_err());
}

#[test]
fn a_reading_that_did_not_change_costs_nothing() {
    let mut world = console(vec![athena()]);
    world.tell(rollouts(vec![waiting("checkout")]));
    let message = answers(&world, calm);
    world.tell(message);
    let before = assessment(&world);
    let message = answers(&world, calm);
    world.tell(message);
    assert!(Arc::ptr_eq(&before, &assessment(&world)), "nothing was judged anew");
    let message = answers(&world, |_| 0.6);
    world.tell(message);
    assert!(!Arc::ptr_eq(&before, &assessment(&world)));
}

/// A trigger rings once for as long as it matches; one that can not be told for a while has not ended by that.
#[test]
fn a_trigger_that_newly_matches_is_said_and_rings_once() {
    let mut world = console(vec![athena()]);
    world.tell(rollouts(vec![waiting("checkout")]));
    let message = answers(&world, calm);
    world.tell(message);
    let say = |crash: f64, world: &mut World| {
        let message = answers(world, |question| if question.query.as_ref() == "crash" { crash } else { 0.5 });
        world.tell(message);
        world.effects.iter().filter(|effect| **effect == Effect::Bell).count()
    };
    assert_eq!(say(6.0, &mut world), 1);
    let said = world.state.errors.last().unwrap().text.clone();
    assert_eq!(said, "crash proposes an EMERGENCY roll back of checkout: 6 % is > 5 % (athena.toml:120)");
    assert_eq!(say(7.0, &mut world), 0);
    world.wait(20, true);
    assert_eq!(say(f64::NAN, &mut world) + say(8.0, &mut world), 0, "it never was known to have ended");
    assert_eq!(say(1.0, &mut world), 0);
    assert_eq!(say(9.0, &mut world), 1);
    assert_eq!(world.state.errors.len(), 2);
}

#[test]
fn a_tick_in_the_book_opens_its_gate() {
    let mut plan = athena();
    let item = Item { id: PlanName::new("notes"), line: 301, title: "release notes".into(), owner: None, valid_for: None };
    plan.gates = vec![Gate {
        id: PlanName::new("paper"),
        line: 300,
        title: "paper".into(),
        set: None,
        required: true,
        stages: vec![],
        criteria: vec![],
        items: vec![item],
    }];
    let mut world = console(vec![plan]);
    world.tell(rollouts(vec![waiting("checkout")]));
    let message = answers(&world, calm);
    world.tell(message);
    assert!(standing::offer(&world.state, &id("checkout"), Operation::Advance).is_err());
    let tick = Tick {
        plan: PlanName::new("athena"),
        item: PlanName::new("notes"),
        evidence: DisplayText::new("REL-1"),
        who: DisplayText::new("erin"),
        at: start(),
    };
    let human = HumanFacts { ticks: vec![tick], ..HumanFacts::default() };
    world.tell(Message::Book(Arc::new(Book { human, ..Book::default() })));
    assert!(standing::offer(&world.state, &id("checkout"), Operation::Advance).is_ok());
}

#[test]
fn without_plans_nothing_is_asked_and_nothing_judged() {
    let mut world = console(vec![]);
    world.tell(rollouts((0..1000).map(|at| moving(&format!("app-{at}"))).collect()));
    assert_eq!(world.effects, []);
    world.wait(3, true);
    assert!(world.effects.is_empty() && world.state.assessments.is_empty());
}
