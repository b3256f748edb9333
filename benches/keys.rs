//! Keys and the frames that they make, over few or many tenants and alerts (performance.md P4, P7, P8, P14). Prints the bytes of the
//! last one. `tests/proof/bench.py --only keys` counts its instructions (valgrind) and compares.
//!
//! `keys COLUMNS ROWS KEYS TENANTS ALERTS PLACE`; places: overview, problems, tenants, filter, alerts,
//! find, find-tenant, find-alert, find-alert-none. In the place `board` no key is
//! pressed: so many polls bring other alerts, and what the loop does with each is done; `boards` only makes them, so that the
//! difference of the two is the loop's. In the place `judge` neither: so often five seconds pass, and a plan of 500 criteria is
//! judged by readings that have all come.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod kit;

use std::{path::Path, sync::Arc, time::Duration};

use cutover::{
    app::{alerts::Board, effect::Effect, message::Message, sort::Sort, state::AppState, update::update},
    domain::{
        alert::{Alert, AlertFeed, AlertKey, AlertState, DeadMan, Severity},
        freshness::SourceHealth,
        id::{Name, SourceId},
        plan::Plan,
        question::{Answer, Reading, Value},
        source::{SourceUpdate, Tells},
        tenant::{CheckKind, CheckResult, Tenant, TenantTable},
        text::DisplayText,
        verdict::Verdict,
    },
    plan::{load::Known, parse::parse},
    terminal::input::{Input, Key},
};

use kit::{BOOT, Painter, rollouts, start, state};

const SOURCES: [(&str, Tells); 4] = [
    ("prom", Tells { answers: true, rollouts: false, alerts: false, tenants: false }),
    ("demo", Tells::ROLLOUTS),
    ("am", Tells { alerts: true, rollouts: false, tenants: false, answers: false }),
    ("pg", Tells { tenants: true, rollouts: false, alerts: false, answers: false }),
];
/// How many fail, however many there are.
const FAILING: usize = 3;

fn tenants(count: usize) -> SourceUpdate {
    let one = |at: usize| {
        let fails = at % (count / FAILING).max(1) == 1;
        let rows = if fails { CheckResult::Fail("cases 18204 -> 18203 (-1)".into()) } else { CheckResult::Pass };
        Arc::new(Tenant {
            id: Name::new(&format!("t-{at:06}")),
            name: None,
            checks: vec![(CheckKind::Rows, rows), (CheckKind::Hash, CheckResult::Pass)],
            rows: Some(if fails { -1 } else { 0 }),
            tables: Vec::new(),
            values: Vec::new(),
            told: None,
            cause: fails.then(|| "rows missing: cases".into()),
            note: DisplayText::default(),
            checked: Some(start()),
            took: Some(Duration::from_millis(412)),
        })
    };
    let table = TenantTable {
        source: SourceId::new("pg"),
        tenants: (0..count).map(one).collect(),
        columns: Vec::new(),
        require: vec![CheckKind::Rows, CheckKind::Hash],
        progress: None,
        footprint: DisplayText::default(),
    };
    SourceUpdate::Tenants(table.into())
}

/// `round` makes the first in a hundred other alerts than before.
fn alerts(count: usize, round: usize) -> SourceUpdate {
    let one = |at: usize| {
        let at = if at < count / 100 { at + round * count } else { at };
        let began = Some(start() - Duration::from_secs(60 + u64::try_from(at).unwrap()));
        Arc::new(Alert {
            key: AlertKey::new(&format!("{at:016x}")),
            source: SourceId::new("am"),
            name: DisplayText::new(&format!("Alert{at}")),
            state: AlertState::Firing,
            severity: Severity::Warning,
            began,
            fired: began,
            held: None,
            value: None,
            expr: None,
            labels: Arc::new([("app".into(), DisplayText::new(&format!("service-{}", at % 40)))]),
            summary: "it is slow".into(),
            runbook: None,
            silenced_by: Vec::new(),
            inhibited_by: Vec::new(),
            peers: (1, 1),
            resolved: None,
            flaps: 0,
        })
    };
    SourceUpdate::Alerts(Arc::new(AlertFeed {
        source: SourceId::new("am"),
        alerts: (0..count).map(one).collect(),
        rules: None,
        dead_man: DeadMan::Present,
        blind: Vec::new(),
    }))
}

/// What polls bring, and what merging makes of it, both off the loop.
fn boards(count: usize, polls: usize) -> Vec<(SourceUpdate, Arc<Board>)> {
    let merged = |update: SourceUpdate| {
        let SourceUpdate::Alerts(feed) = &update else { panic!("no feed") };
        let board = Arc::new(Board::merged(&[Arc::clone(feed)], Sort::default()));
        (update, board)
    };
    (1..=polls).map(|round| merged(alerts(count, round))).collect()
}

/// What the loop does when the alerts of a poll come, the frame among it. A person holds the cursor.
fn poll(state: &mut AppState, painter: &mut Painter, (told, board): (SourceUpdate, Arc<Board>)) -> usize {
    let effects = update(state, Message::Source(told));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::MergeAlerts { .. })));
    drop(effects);
    take(state, Message::Alerts(board));
    painter.frame(state)
}

/// Criteria of the plan that is judged (performance.md P14), half of them ratios with a floor of events.
const CRITERIA: usize = 500;

fn plan() -> Plan {
    let of = |at: usize| {
        let gauge = if at.is_multiple_of(2) {
            "kind = 'value'\nquery = 'latency{app=\"$rollout\",n=\"N\"}'\nreads = 'ms'\nsampled = 'seen{n=\"N\"}'\npass = '< 300 ms'\nwarn = '> 250 ms'"
        } else {
            "kind = 'ratio'\nbad = 'bad{n=\"N\"}'\ntotal = 'all{n=\"N\"}'\nmin_events = '60 events'\nsampled = 'seen{n=\"N\"}'\npass = '< 50 %'"
        };
        format!("[[criteria]]\nid = 'c{at}'\nsource = 'prom'\nwindow = '5m'\n{}\n", gauge.replace('N', &at.to_string()))
    };
    let (criteria, names): (String, Vec<String>) =
        ((0..CRITERIA).map(of).collect(), (0..CRITERIA).map(|at| format!("'c{at}'")).collect());
    let head =
        "[plan]\nid = 'many'\ntitle = 'Many'\nversion = '1'\n[[rollouts]]\nrollout = 'demo/shop/checkout'\nkind = 'exposure'\n";
    let stage = format!("[[stages]]\nid = 'all'\npercent = ['25 %']\ncriteria = [{}]\n", names.join(","));
    parse(&format!("{head}{stage}{criteria}"), Path::new("many.toml"), Known::Any).unwrap_or_else(|error| panic!("{error}"))
}

/// All that is asked, answered at this moment.
fn answers(state: &AppState) -> Message {
    let readings = state.judging.asked().iter().map(|question| {
        let value = Value::Number(if question.query.starts_with("all") { 41_220.0 } else { 212.5 });
        let answer = Answer { value, sample_age: Some(Duration::from_secs(3)), history: vec![], warnings: vec![] };
        let (received, took) = (state.since_boot, Duration::ZERO);
        Arc::new(Reading { question: Arc::clone(question), answer: Ok(answer), at: state.now, received, took })
    });
    Message::Source(SourceUpdate::Readings { source: SourceId::new("prom"), readings: readings.collect() })
}

/// Five seconds pass: the poll's answers come, and all is judged by them, once for the news and once for the time.
fn judge(state: &mut AppState, after: u32) {
    let passed = Duration::from_secs(5) * after;
    take(state, answers(state));
    take(state, Message::Clock { now: start() + passed, since_boot: BOOT + passed });
    let health = SourceHealth { last_ok: Some((state.since_boot, state.now)), ..SourceHealth::never() };
    take(state, Message::Source(SourceUpdate::Health { source: SourceId::new("prom"), health }));
    let judged = state.assessments.values().map(|one| one.evaluations.len()).sum::<usize>();
    assert_eq!(judged, CRITERIA, "all of them, each time");
}

fn take(state: &mut AppState, message: Message) {
    for effect in update(state, message) {
        if let Effect::MergeAlerts { feeds, sort } = effect {
            take(state, Message::Alerts(Arc::new(Board::merged(&feeds, sort))));
        }
    }
}

fn press(state: &mut AppState, key: Key) {
    take(state, Message::Input(Input::Key(key)));
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, otherwise: usize| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(otherwise);
    let size = (u16::try_from(number(0, 80)).unwrap(), u16::try_from(number(1, 24)).unwrap());
    let mut state = state(&SOURCES, size);
    for (source, _) in SOURCES {
        let health = SourceHealth { last_ok: Some((BOOT, start())), ..SourceHealth::never() };
        take(&mut state, Message::Source(SourceUpdate::Health { source: SourceId::new(source), health }));
    }
    if words.get(5).is_some_and(|word| word == "judge") {
        state.plans = Arc::new([Arc::new(plan())]);
    }
    let source = SourceId::new("demo");
    let rollouts = rollouts(&source, 0);
    take(&mut state, Message::Source(SourceUpdate::Rollouts { source, rollouts }));
    take(&mut state, Message::Source(tenants(number(3, 10))));
    take(&mut state, Message::Source(alerts(number(4, 10), 0)));
    let (before, pressed): (&[Key], [Key; 2]) = match words.get(5).map_or("overview", String::as_str) {
        "problems" => (&[], [Key::Char('.'), Key::Char(',')]),
        "tenants" => (&[Key::Char('4'), Key::Enter], [Key::Down, Key::Up]),
        "filter" => (&[Key::Char('4'), Key::Enter, Key::Char('/'), Key::Char('t')], [Key::Char('-'), Key::Backspace]),
        "find-tenant" => (&[Key::Char(':'), Key::Char('@'), Key::Char('t')], [Key::Char('-'), Key::Backspace]),
        "find-alert" => (&[Key::Char(':'), Key::Char('#'), Key::Char('a')], [Key::Char('l'), Key::Backspace]),
        "find-alert-none" => (&[Key::Char(':'), Key::Char('#'), Key::Char('z')], [Key::Char('z'), Key::Backspace]),
        "find" => (&[Key::Char(':'), Key::Char('a')], [Key::Char('l'), Key::Backspace]),
        "board" | "boards" => (&[Key::Char('2'), Key::Enter, Key::Down], [Key::Down, Key::Up]),
        "alerts" => (&[Key::Char('2'), Key::Enter], [Key::Down, Key::Up]),
        "overview" | "judge" => (&[], [Key::Down, Key::Up]),
        // Words that `cargo bench` passes.
        word if word.starts_with('-') => (&[], [Key::Down, Key::Up]),
        word => panic!(
            "no place {word}: overview, problems, tenants, filter, alerts, board, boards, judge, find, find-tenant, find-alert, find-alert-none"
        ),
    };
    for key in before {
        press(&mut state, *key);
    }
    let mut painter = Painter::new(size);
    let mut bytes = painter.frame(&state);
    if words.get(5).is_some_and(|word| word == "judge") {
        (1..=u32::try_from(number(2, 1)).unwrap()).for_each(|after| judge(&mut state, after));
        let verdicts: Vec<_> = state.assessments.values().flat_map(|one| one.evaluations.iter().map(|one| one.verdict)).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Pass).count(), CRITERIA, "{verdicts:?}");
    }
    if let Some(place @ ("board" | "boards")) = words.get(5).map(String::as_str) {
        for one in boards(number(4, 10), number(2, 1)) {
            if place == "board" {
                bytes = poll(&mut state, &mut painter, one.clone());
            }
            // `runtime::hands` holds them too, and frees them off the loop.
            std::mem::forget(one);
        }
        println!("{bytes}");
        return std::mem::forget(state);
    }
    for key in pressed.into_iter().cycle().take(number(2, 1)) {
        press(&mut state, key);
        bytes = painter.frame(&state);
    }
    println!("{bytes}");
}
