//! A console that opens where another one was left, before and after its sources have answered; and lists in other orders.

use std::time::Duration;

use cutover::{
    app::{
        kept::Kept,
        message::Message,
        state::{AppState, Opening},
    },
    terminal::input::Key,
};

use super::{
    judged::{take, unread, well, whole},
    rehearsed::{rehearsal, tell, tenant},
    scenes::Scene,
    world::{BOOT, environment, health, keys, now, opening, press, production, select},
};

fn after(mut state: AppState, text: &str) -> AppState {
    keys(&mut state, text);
    state
}

fn entered(state: AppState, text: &str) -> AppState {
    let mut state = after(state, text);
    press(&mut state, Key::Enter);
    state
}

/// `state` comes back to where `left` stood, four minutes later.
fn back(left: &AppState, mut state: AppState) -> AppState {
    take(&mut state, Message::Returned { place: Box::new(Kept::of(left)), ago: Duration::from_secs(250) });
    state
}

/// Nothing has answered.
fn silent() -> AppState {
    let opening: Opening = opening(environment(true, false));
    let mut state = AppState::new(opening);
    take(&mut state, Message::Clock { now: now(), since_boot: BOOT });
    state
}

fn at_tenants() -> AppState {
    let left = after(entered(rehearsal(), "/!ok"), "jj");
    let mut state = back(&left, unread());
    well(&mut state, "pg-eu", health(2, None));
    tell(&mut state, (0..10_000).map(tenant));
    state
}

pub fn all() -> Vec<Scene> {
    let mut checkout = production();
    select(&mut checkout, "checkout");
    let detail = entered(checkout, "");
    let filtered = entered(production(), "s/ch");
    let scene = |screen, name, state| Scene { screen, name, state };
    vec![
        scene("tenants", "returned", at_tenants()),
        scene("tenant", "returned-unread", back(&entered(rehearsal(), ""), unread())),
        scene("detail", "returned-unread", back(&detail, silent())),
        scene("gate", "returned-unread", back(&entered(entered(whole(), "3"), ""), silent())),
        scene("overview", "returned", back(&filtered, production())),
        scene("tenants", "by-rows", after(rehearsal(), "s")),
        scene("tenants", "slowest", after(rehearsal(), "ss")),
        scene("tenants", "columns", after(rehearsal(), "l")),
        scene("alerts", "by-severity", sorted("2")),
        scene("gates", "by-name", sorted("3s")),
        scene("overview", "newest-first", after(production(), "ss")),
    ]
}

/// A page in its second order.
fn sorted(text: &str) -> AppState {
    let (digit, more) = text.split_at(1);
    let mut state = after(entered(whole(), digit), more);
    take(&mut state, Message::Input(cutover::terminal::input::Input::Key(Key::Char('s'))));
    state
}
