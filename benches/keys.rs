//! Keys and the frames that they make, over few or many tenants and alerts (performance.md P4, P7, P14). Prints the bytes of the
//! last one. `tests/proof/bench.py --only keys` counts its instructions (valgrind) and compares.
//!
//! `keys COLUMNS ROWS KEYS TENANTS ALERTS PLACE`; places: overview, problems, tenants, filter, alerts. In the place `board` no key is
//! pressed: so many polls bring other alerts, and what the loop does with each is done; `boards` only makes them, so that the
//! difference of the two is the loop's.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod kit;

use std::{sync::Arc, time::Duration};

use cutover::{
    app::{alerts::Board, effect::Effect, message::Message, state::AppState, update::update},
    domain::{
        alert::{Alert, AlertFeed, AlertKey, AlertState, DeadMan, Severity},
        freshness::SourceHealth,
        id::{Name, SourceId},
        source::{SourceUpdate, Tells},
        tenant::{CheckKind, CheckResult, Tenant, TenantTable},
        text::DisplayText,
    },
    terminal::input::{Input, Key},
};

use kit::{BOOT, Painter, rollouts, start, state};

const SOURCES: [(&str, Tells); 3] = [
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
    let merged = |update: SourceUpdate| match &update {
        SourceUpdate::Alerts(feed) => {
            let board = Arc::new(Board::merged(&[Arc::clone(feed)]));
            (update, board)
        }
        _ => panic!("no feed"),
    };
    (1..=polls).map(|round| merged(alerts(count, round))).collect()
}

/// What the loop does when the alerts of a poll come, the frame among it. A person holds the cursor.
fn poll(state: &mut AppState, painter: &mut Painter, (told, board): (SourceUpdate, Arc<Board>)) -> usize {
    let begun = std::time::Instant::now();
    let effects = update(state, Message::Source(told));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::MergeAlerts(_))));
    drop(effects);
    take(state, Message::Alerts(board));
    let bytes = painter.frame(state);
    eprintln!("{:?}", begun.elapsed());
    bytes
}

fn take(state: &mut AppState, message: Message) {
    for effect in update(state, message) {
        if let Effect::MergeAlerts(feeds) = effect {
            take(state, Message::Alerts(Arc::new(Board::merged(&feeds))));
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
    let source = SourceId::new("demo");
    let rollouts = rollouts(&source, 0);
    take(&mut state, Message::Source(SourceUpdate::Rollouts { source, rollouts }));
    take(&mut state, Message::Source(tenants(number(3, 10))));
    take(&mut state, Message::Source(alerts(number(4, 10), 0)));
    let (before, pressed): (&[Key], [Key; 2]) = match words.get(5).map_or("overview", String::as_str) {
        "problems" => (&[], [Key::Char('.'), Key::Char(',')]),
        "tenants" => (&[Key::Char('4'), Key::Enter], [Key::Down, Key::Up]),
        "filter" => (&[Key::Char('4'), Key::Enter, Key::Char('/'), Key::Char('t')], [Key::Char('-'), Key::Backspace]),
        "board" | "boards" => (&[Key::Char('2'), Key::Enter, Key::Down], [Key::Down, Key::Up]),
        "alerts" => (&[Key::Char('2'), Key::Enter], [Key::Down, Key::Up]),
        "overview" => (&[], [Key::Down, Key::Up]),
        // Words that `cargo bench` passes.
        word if word.starts_with('-') => (&[], [Key::Down, Key::Up]),
        word => panic!("no place {word}: overview, problems, tenants, filter, alerts, board, boards"),
    };
    for key in before {
        press(&mut state, *key);
    }
    let mut painter = Painter::new(size);
    let mut bytes = painter.frame(&state);
    if let Some(place @ ("board" | "boards")) = words.get(5).map(String::as_str) {
        for one in boards(number(4, 10), number(2, 1)) {
            if place == "board" {
                bytes = poll(&mut state, &mut painter, one);
            } else {
                std::mem::forget(one);
            }
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
