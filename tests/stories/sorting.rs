//! `s`: each list in each of its orders. The cursor stays on its thing, and equals keep the usual order.

use std::{sync::Arc, time::Duration};

use cutover::{
    app::{
        alerts::Board,
        effect::Effect,
        message::Message,
        sort::{self, Sort},
        state::{Pane, Screen},
        view,
    },
    domain::{
        alert::{AlertState, Severity},
        rollout::Rollout,
        tenant::{CheckKind, CheckResult, Tenant},
        text::DisplayText,
    },
    terminal::input::Key,
};

use super::tenants;
use crate::{
    screens::judged::{self, alert},
    world::{World, failing, healthy, moving, start, waiting},
};

/// `s` often enough that every order was seen, with what the list shows in each.
fn each(world: &mut World, pane: Pane, shown: impl Fn(&World) -> (String, Vec<String>)) -> Vec<(String, String)> {
    sort::orders(pane)
        .iter()
        .map(|_| {
            let (order, names) = shown(world);
            world.keys("s");
            answer(world);
            (order, names.join(" "))
        })
        .collect()
}

/// What the loop does with an effect that asks for a board.
fn answer(world: &mut World) {
    for effect in std::mem::take(&mut world.effects) {
        if let Effect::MergeAlerts { feeds, sort } = effect {
            world.tell(Message::Alerts(Arc::new(Board::merged(&feeds, sort))));
        }
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(order, names)| ((*order).to_owned(), (*names).to_owned())).collect()
}

#[test]
fn rollouts_by_state_name_and_age() {
    let aged = |rollout: Rollout, seconds: u64| Rollout { changed_at: Some(start() - Duration::from_secs(seconds)), ..rollout };
    let undated = Rollout { changed_at: None, ..failing("d") };
    let mut world = World::with(vec![aged(healthy("a"), 10), aged(waiting("b"), 30), aged(moving("c"), 20), undated]);
    world.keys("j");
    let shown = |world: &World| {
        let window = view::rollouts(&world.state, 20);
        assert_eq!(window.rows.iter().find(|row| row.selected).map(|row| row.name.as_str()), Some("b"));
        (window.sort.to_owned(), window.rows.into_iter().map(|row| row.name).collect())
    };
    let all = each(&mut world, Pane::Rollouts, shown);
    assert_eq!(all, pairs(&[("worst first", "d b c a"), ("by name", "a b c d"), ("newest first", "a c b d")]));
    assert_eq!(shown(&world).0, "worst first", "round and round");
}

/// A plan judges, alerts fire.
fn judged() -> World {
    World { state: judged::whole(), effects: Vec::new() }
}

#[test]
fn alerts_by_time_severity_and_name_and_what_is_over_stays_below() {
    let alerts = || {
        vec![
            alert("Zeta", AlertState::Firing, Severity::Critical, 300),
            alert("Beta", AlertState::Firing, Severity::Warning, 60),
            alert("Eta", AlertState::Firing, Severity::Critical, 600),
            alert("Alpha", AlertState::Resolved, Severity::Critical, 10),
        ]
    };
    let mut world = judged();
    judged::feed(&mut world.state, alerts());
    // A person holds the cursor, and with it the order; asking for another one is stronger.
    world.keys("2").press(Key::Enter).keys("j");
    let shown = |world: &World| {
        let window = view::alert_window(&world.state, 20);
        assert_eq!(window.rows.iter().find(|row| row.selected).map(|row| row.name.as_str()), Some("Zeta"));
        (window.note, window.rows.into_iter().map(|row| row.name).collect())
    };
    let all = each(&mut world, Pane::Alerts, shown);
    assert_eq!(
        all,
        pairs(&[
            ("newest first", "Beta Zeta Eta Alpha"),
            ("by severity", "Zeta Eta Beta Alpha"),
            ("by name", "Beta Eta Zeta Alpha"),
        ])
    );
    // From then on the order is held as before.
    judged::feed(
        &mut world.state,
        alerts().into_iter().chain([alert("New", AlertState::Firing, Severity::Critical, 1)]).collect(),
    );
    assert_eq!((shown(&world).0.as_str(), shown(&world).1.len()), ("newest first", 4));
    assert!(view::alert_window(&world.state, 20).counts.starts_with("+1 new  "));
}

#[test]
fn gates_by_verdict_rollout_and_name() {
    let mut world = judged();
    world.keys("3").press(Key::Enter).keys("j");
    let at = world.state.gates.roster.cursor.clone();
    let shown = |world: &World| {
        assert_eq!(world.state.gates.roster.cursor, at);
        let window = view::gate_window(&world.state, 40);
        (window.sort.to_owned(), window.rows.into_iter().map(|row| format!("{}:{}", row.subject, row.name)).collect())
    };
    let all = each(&mut world, Pane::Gates, shown);
    let rows: Vec<Vec<&str>> = all.iter().map(|(_, rows)| rows.split(' ').collect()).collect();
    assert_eq!(all.iter().map(|(order, _)| order.as_str()).collect::<Vec<_>>(), ["worst first", "by rollout", "by name"]);
    assert!(rows[0].len() > 4 && all[0].1 != all[1].1 && all[1].1 != all[2].1, "{all:?}");
    let names = |shown: &World| {
        let rows = view::gate_window(&shown.state, 40).rows;
        rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    world.keys("ss");
    assert!(names(&world).is_sorted(), "{:?}", names(&world));
}

#[test]
fn tenants_by_state_rows_time_and_id() {
    let took = |seconds: u64, tenant: Tenant| Tenant { took: Some(Duration::from_secs(seconds)), ..tenant };
    let mut five = tenants::five();
    five[4].rows = Some(99);
    let five: Vec<Tenant> =
        [3, 1, 9, 2].into_iter().zip(&five).map(|(time, it)| took(time, it.clone())).chain([five[4].clone()]).collect();
    let mut world = tenants::world(five);
    world.keys("4").press(Key::Enter).keys("j");
    let at = world.state.tenants.roster.cursor.clone();
    let shown = |world: &World| {
        assert_eq!(world.state.tenants.roster.cursor, at);
        let window = view::tenant_window(&world.state, 40, 76);
        (window.sort.to_owned(), window.rows.into_iter().map(|row| row.id.trim_start_matches("t-0000").to_owned()).collect())
    };
    let all = each(&mut world, Pane::Tenants, shown);
    assert_eq!(
        all,
        pairs(&[
            ("worst first", "3 1 2 0 4"),
            ("by rows", "4 3 1 0 2"),
            ("slowest first", "2 0 3 1 4"),
            ("by tenant", "0 1 2 3 4"),
        ])
    );
    // The order outlives the next table.
    world.keys("s").tell(tenants::told(tenants::five()));
    assert_eq!(shown(&world).0, "by rows");
}

#[test]
fn l_brings_the_next_check_to_the_front_and_h_goes_back() {
    let made = |kinds: &[CheckKind]| kinds.iter().map(|kind| (*kind, CheckResult::Pass)).collect::<Vec<_>>();
    let kinds = [CheckKind::Hash, CheckKind::Aggregates, CheckKind::ForeignKeys];
    let mut five = tenants::five();
    five[0].checks = made(&kinds);
    five[1].checks = vec![(CheckKind::ForeignKeys, CheckResult::Fail(DisplayText::new("orphan")))];
    let mut world = tenants::world(five.clone());
    world.keys("4").press(Key::Enter);
    let heads = |world: &World| view::tenant_window(&world.state, 40, 76).heads.join(" ");
    let of_one = |world: &World| {
        let rows = view::tenant_window(&world.state, 40, 76).rows;
        rows.into_iter().find(|row| row.id == "t-00001").unwrap().checks.into_iter().map(|cell| cell.text).collect::<Vec<_>>()
    };
    assert_eq!((heads(&world).as_str(), of_one(&world)[2].as_str()), ("HASH AGGR FK", "FAIL"));
    world.keys("ll");
    assert_eq!((heads(&world).as_str(), of_one(&world)[0].as_str()), ("FK HASH AGGR", "FAIL"));
    // A check that comes with the next table moves none of what was chosen.
    five[2].checks = made(&[CheckKind::Schema]);
    world.tell(tenants::told(five));
    assert_eq!(heads(&world), "FK COLS HASH AGGR");
    world.keys("h");
    assert_eq!(heads(&world), "AGGR FK COLS HASH");
    world.press(Key::Right).press(Key::Right).press(Key::Right).press(Key::Left);
    assert_eq!(heads(&world), "COLS HASH AGGR FK");
    let mut world = tenants::nobody();
    world.keys("4").press(Key::Enter).keys("lhl");
    assert_eq!((heads(&world).as_str(), world.state.tenants.first), ("", None));
}

#[test]
fn what_has_one_order_only_says_so() {
    let mut world = tenants::world(tenants::five());
    let said = |world: &World| world.state.said.as_ref().map(|said| said.text.clone()).unwrap_or_default();
    world.keys("4s");
    assert_eq!(said(&world), "the overview names the worst tenants: enter lists all, and s sorts them there");
    world.press(Key::Enter).keys("fs");
    assert!(said(&world).starts_with("causes stand with the worst"), "{}", said(&world));
    assert_eq!((world.state.tenants.sort, world.state.screen()), (Sort::Usual, &Screen::Tenants));
}
