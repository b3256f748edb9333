//! The palette's prefixes: one kind each, Enter opens what the pane's own Enter opens, Tab completes.

use std::sync::Arc;

use cutover::{
    app::{
        alerts::Board,
        message::Message,
        palette::Entry,
        seeking::MOST,
        sort::Sort,
        state::{Pane, Screen},
        view,
        zone::Zone,
    },
    domain::{
        alert::{Alert, AlertKey, AlertState, Severity},
        id::{Name, SourceId},
        tenant::Tenant,
        text::DisplayText,
    },
    terminal::input::Key,
};

use super::{
    judging::{athena, console},
    tenants::{five, pg, tenant, told, world},
};
use crate::world::{World, moving, rollouts, start, waiting};

fn alert(name: &str) -> Arc<Alert> {
    Arc::new(Alert {
        key: AlertKey::new(name),
        source: SourceId::new("am"),
        name: DisplayText::new(name),
        state: AlertState::Firing,
        severity: Severity::Critical,
        began: Some(start()),
        fired: Some(start()),
        held: None,
        value: None,
        expr: None,
        labels: Arc::new([("app".into(), DisplayText::new("checkout"))]),
        summary: "it is slow".into(),
        runbook: None,
        silenced_by: Vec::new(),
        inhibited_by: Vec::new(),
        peers: (1, 1),
        resolved: None,
        flaps: 0,
    })
}

/// A rollout with a plan that judges it, and two alerts.
fn judged() -> World {
    let mut world = console(vec![athena()]);
    world.tell(rollouts(vec![moving("checkout")]));
    world.tell(Message::Alerts(Arc::new(Board::of(vec![alert("DiskFull"), alert("QueueLong")], Sort::default()))));
    world
}

fn green(at: usize) -> Tenant {
    tenant(at, Some(0))
}

fn cursor(world: &World) -> Entry {
    world.state.palette.as_ref().unwrap().cursor.clone().unwrap()
}

fn shown(world: &World) -> view::PaletteView {
    view::palette(&world.state, 12).unwrap()
}

fn labels(world: &World) -> Vec<String> {
    shown(world).rows.into_iter().map(|row| row.label).collect()
}

fn named(at: usize, name: &str) -> Tenant {
    Tenant { name: Some(DisplayText::new(name)), ..green(at) }
}

#[test]
fn each_prefix_lists_its_own_kind_and_nothing_else() {
    for (prefix, is_right) in [
        ('>', (|entry| matches!(entry, Entry::Wish(_))) as fn(&Entry) -> bool),
        ('@', |entry| matches!(entry, Entry::Tenant(_))),
        ('#', |entry| matches!(entry, Entry::Alert(_))),
        ('%', |entry| matches!(entry, Entry::Gate(_))),
        ('=', |entry| matches!(entry, Entry::Zone(_))),
    ] {
        let mut world = if prefix == '@' { world(five()) } else { judged() };
        world.keys(&format!(":{prefix}"));
        let rows = world.state.palette.as_ref().unwrap().rows.clone();
        assert!(!rows.is_empty() && rows.iter().all(is_right), "{prefix}: {rows:?}");
        let view = shown(&world);
        assert_eq!(view.count, format!("{0} of {0}", rows.len()), "{prefix}");
        assert_eq!(view.prefixes.iter().filter(|(_, _, on)| *on).map(|(sign, ..)| *sign).collect::<Vec<_>>(), [prefix]);
    }
}

#[test]
fn a_tenant_is_found_by_id_or_name_and_enter_opens_its_page() {
    let mut world = world(vec![named(1, "Acme Logistics"), named(2, "Borealis"), named(3, "ACME Dental")]);
    world.keys(":@acme");
    assert_eq!(labels(&world), ["t-00001  Acme Logistics", "t-00003  ACME Dental"]);
    assert_eq!(shown(&world).count, "2 of 3");
    world.press(Key::Down).press(Key::Enter);
    let Screen::Tenant(key) = world.state.screen().clone() else { panic!("{:?}", world.state.screen()) };
    assert_eq!((key.tenant.raw(), world.state.pane), ("t-00003", Pane::Tenants));
    assert_eq!(world.state.tenants.roster.cursor.as_ref(), Some(&key));
    world.press(Key::Esc);
    assert_eq!(*world.state.screen(), Screen::Tenants, "esc goes where the pane's Enter came from");
    // A filter that hides it is no reason not to find it.
    world.keys("/dental").press(Key::Enter).keys(":@00002").press(Key::Enter);
    assert!(matches!(world.state.screen(), Screen::Tenant(key) if key.tenant.raw() == "t-00002"));
}

#[test]
fn words_are_looked_for_as_they_are_and_all_of_them() {
    let mut world = world(vec![named(1, "Acme Logistics"), named(2, "A common enterprise"), named(3, "Acme Dental")]);
    world.keys(":@acme dental");
    assert_eq!(labels(&world), ["t-00003  Acme Dental"]);
    world.press(Key::Esc).keys(":@acme 00001");
    assert_eq!(labels(&world), ["t-00001  Acme Logistics"]);
    world.press(Key::Esc).keys(":@zzz");
    assert_eq!((labels(&world).len(), shown(&world).remark.as_str()), (0, "no tenant matches"));
    world.press(Key::Enter);
    assert!(world.state.palette.is_some(), "Enter on nothing does nothing");
}

#[test]
fn enter_on_an_alert_and_on_a_gate_opens_it() {
    let mut world = judged();
    world.keys(":#");
    let Entry::Alert(alert) = cursor(&world) else { panic!() };
    world.press(Key::Enter);
    assert_eq!(*world.state.screen(), Screen::Alert(alert.clone()));
    assert_eq!((world.state.alerts.roster.cursor.clone(), world.state.pane), (Some(alert), Pane::Alerts));
    world.keys(":%");
    let Entry::Gate(gate) = cursor(&world) else { panic!() };
    world.press(Key::Enter);
    assert_eq!(*world.state.screen(), Screen::Gate(gate.clone()));
    assert_eq!((world.state.gates.roster.cursor.clone(), world.state.pane), (Some(gate), Pane::Gates));
    assert_eq!(world.state.screens.len(), 3, "overview, list, page");
}

#[test]
fn a_setting_is_set_and_said() {
    let mut world = World::with(vec![waiting("a")]);
    world.keys(":=machine").press(Key::Enter);
    assert_eq!(world.state.zone, Zone::Local);
    assert!(world.state.said.as_ref().unwrap().text.contains("this machine's zone"));
    world.keys(":=");
    let now: Vec<String> = shown(&world).rows.into_iter().filter(|row| row.note == "now").map(|row| row.label).collect();
    assert_eq!(now.len(), 1);
    assert!(now[0].contains("this machine's"), "{now:?}");
}

#[test]
fn tab_puts_the_words_of_the_row_into_the_field_and_stays_on_it() {
    let mut world = World::with(vec![waiting("a")]);
    world.keys(":back").press(Key::Down);
    let row = cursor(&world);
    world.press(Key::Tab);
    assert_eq!(cursor(&world), row);
    let text = world.state.palette.as_ref().unwrap().field.text().to_owned();
    assert_eq!(text, shown(&world).rows.into_iter().find(|row| row.selected).unwrap().label);
    let mut world = super::tenants::world(vec![named(1, "Acme"), named(11, "Acme")]);
    world.keys(":@acme").press(Key::Down).press(Key::Tab);
    assert_eq!(world.state.palette.as_ref().unwrap().field.text(), "@t-00011");
    assert!(matches!(cursor(&world), Entry::Tenant(key) if key.tenant.raw() == "t-00011"));
    // An id that no keyboard types is not put there as something else.
    let hostile = Tenant { id: Name::new("t\u{202e}x"), ..named(1, "Acme") };
    let mut world = super::tenants::world(vec![hostile]);
    world.keys(":@acme").press(Key::Tab);
    assert_eq!(world.state.palette.as_ref().unwrap().field.text(), "@acme");
    assert_eq!(labels(&world).len(), 1);
}

#[test]
fn what_is_gone_is_said_and_opens_nothing() {
    let mut world = world(five());
    world.keys(":@00003");
    let before = world.state.palette.clone();
    world.tell(told(five().into_iter().take(2).collect()));
    assert_eq!(world.state.palette, before, "no row moves under the finger");
    let row = shown(&world).rows.remove(0);
    assert_eq!((row.refused, row.state.unwrap().word.as_str()), (true, "GONE"));
    world.press(Key::Enter);
    assert_eq!(*world.state.screen(), Screen::Overview);
    assert!(world.state.said.as_ref().unwrap().text.contains("gone"));
}

#[test]
fn of_ten_thousand_the_best_are_listed_and_all_are_counted() {
    let mut world = world((0..10_000).map(green).collect());
    world.keys(":@t-0");
    let palette = world.state.palette.as_ref().unwrap();
    assert_eq!((palette.rows.len(), palette.fitting, palette.total), (MOST, 10_000, 10_000));
    assert!(shown(&world).below.ends_with(": type on"), "{}", shown(&world).below);
    world.keys("9999");
    let palette = world.state.palette.as_ref().unwrap();
    assert_eq!((palette.rows.len(), palette.fitting), (1, 1));
    assert!(matches!(&palette.rows[0], Entry::Tenant(key) if key.source == pg() && key.tenant.raw() == "t-09999"));
    assert_eq!(shown(&world).below, "");
}

#[test]
fn without_a_prefix_everything_is_as_it_was() {
    let mut world = world(vec![named(1, "Acme")]);
    world.tell(rollouts(vec![waiting("acme-front")])).keys(":acme");
    let rows = &world.state.palette.as_ref().unwrap().rows;
    assert!(rows.iter().all(|row| !matches!(row, Entry::Tenant(_) | Entry::Alert(_) | Entry::Gate(_) | Entry::Zone(_))));
    assert!(matches!(&rows[0], Entry::Rollout(target) if target.name.raw() == "acme-front"));
}
