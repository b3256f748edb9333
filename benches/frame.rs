//! Ticks of the overview, as the loop makes them: a clock message, the picture, the difference as bytes. Prints the bytes of the
//! last one. `tests/proof/bench.py --only frame` counts its instructions (valgrind): the same on every machine, busy or not.
//!
//! `frame COLUMNS ROWS TICKS [ROLLOUTS]`
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{sync::Arc, time::Duration};

use cutover::{
    app::{
        message::Message,
        state::{AppState, Opening, SourceInfo},
        update::update,
    },
    backend::demo::{FaultSet, World},
    config::settings::Environment,
    domain::{
        Timestamp,
        freshness::SourceHealth,
        id::{SourceId, TargetId},
        rollout::Rollout,
        source::{SourceUpdate, Tells},
    },
    terminal::{capability, encode::Encoder, encode::Frame},
    ui::{
        glyph::Glyphs,
        screen,
        theme::{Colours, Theme},
    },
};
use ratatui::{buffer::Buffer, layout::Rect};

const BOOT: Duration = Duration::from_secs(1_000);

fn opening(source: &SourceId, now: Timestamp, columns: u16, rows: u16) -> Opening {
    Opening {
        user: "alice".into(),
        host: "bastion".into(),
        environments: vec![Environment { name: "prod-eu".into(), danger: true, read_only: false }],
        sources: vec![SourceInfo {
            id: source.clone(),
            kind: "demo",
            environment: "prod-eu".into(),
            stale_after: Duration::from_secs(15),
            tells: Tells::ROLLOUTS,
        }],
        plans: Arc::new([]),
        demo: false,
        welcome: None,
        columns,
        rows,
        now,
        since_boot: BOOT,
        bell: false,
        local: chrono::Offset::fix(&chrono::Utc),
    }
}

/// The demo's rollouts, again and again under other names.
fn rollouts(source: &SourceId, now: Timestamp, count: usize) -> Vec<Arc<Rollout>> {
    let cast = World::new(source.clone(), 7, FaultSet::default(), now).rollouts();
    let again = |at: usize| {
        let one = cast.get(at % cast.len()).unwrap();
        let name = format!("{}-{at:04}", one.id.name.raw());
        Arc::new(Rollout { id: TargetId::new(source, one.id.namespace.raw(), &name), ..one.as_ref().clone() })
    };
    if count == 0 { cast.clone() } else { (0..count).map(again).collect() }
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    // `cargo bench` and `cargo test --benches` pass words of their own: one tick shows that it works.
    let [columns, rows, ticks, count] = [80, 24, 1, 0].map({
        let mut given = numbers.into_iter();
        move |otherwise| given.next().unwrap_or(otherwise)
    });
    let (columns, rows) = (u16::try_from(columns).unwrap(), u16::try_from(rows).unwrap());
    let source = SourceId::new("demo");
    let start: Timestamp = "2026-11-21T14:32:07Z".parse().unwrap();
    let mut state = AppState::new(opening(&source, start, columns, rows));
    let health = SourceHealth { last_ok: Some((BOOT, start)), ..SourceHealth::never() };
    update(&mut state, Message::Source(SourceUpdate::Health { source: source.clone(), health }));
    let rollouts = rollouts(&source, start, count).into();
    update(&mut state, Message::Source(SourceUpdate::Rollouts { source, rollouts }));

    let theme = Theme::load("calm", Colours::Sixteen).unwrap();
    let mut encoder = Encoder::new(capability::Glyphs::Unicode);
    let area = Rect::new(0, 0, columns, rows);
    let mut bytes = Vec::new();
    // Ten different seconds again and again: the data stays live, and each tick is worth the same.
    for tick in (0..10).cycle().take(ticks) {
        let passed = Duration::from_secs(tick);
        update(&mut state, Message::Clock { now: start + passed, since_boot: BOOT + passed });
        let mut buffer = Buffer::empty(area);
        screen::draw(&state, &theme, Glyphs::Unicode, area, &mut buffer);
        bytes.clear();
        encoder.encode(Frame { buffer, repaint: false }, &mut bytes).unwrap();
    }
    println!("{}", bytes.len());
}
