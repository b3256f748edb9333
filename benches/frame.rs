//! Ticks of the overview, as the loop makes them: a clock message, the picture, the difference as bytes. Prints the bytes of the
//! last one. `tests/proof/bench.py --only frame` counts its instructions (valgrind): the same on every machine, busy or not.
//!
//! `frame COLUMNS ROWS TICKS [ROLLOUTS]`
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod kit;

use std::time::Duration;

use cutover::{
    app::{message::Message, update::update},
    domain::{
        freshness::SourceHealth,
        id::SourceId,
        source::{SourceUpdate, Tells},
    },
};

use kit::{BOOT, Painter, rollouts, start, state};

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    // `cargo bench` and `cargo test --benches` pass words of their own: one tick shows that it works.
    let [columns, rows, ticks, count] = [80, 24, 1, 0].map({
        let mut given = numbers.into_iter();
        move |otherwise| given.next().unwrap_or(otherwise)
    });
    let size = (u16::try_from(columns).unwrap(), u16::try_from(rows).unwrap());
    let source = SourceId::new("demo");
    let mut state = state(&[("demo", Tells::ROLLOUTS)], size);
    let health = SourceHealth { last_ok: Some((BOOT, start())), ..SourceHealth::never() };
    update(&mut state, Message::Source(SourceUpdate::Health { source: source.clone(), health }));
    let rollouts = rollouts(&source, count);
    update(&mut state, Message::Source(SourceUpdate::Rollouts { source, rollouts }));
    let mut painter = Painter::new(size);
    let mut bytes = 0;
    // Ten different seconds again and again: the data stays live, and each tick is worth the same.
    for tick in (0..10).cycle().take(ticks) {
        let passed = Duration::from_secs(tick);
        update(&mut state, Message::Clock { now: start() + passed, since_boot: BOOT + passed });
        bytes = painter.frame(&state);
    }
    println!("{bytes}");
}
