//! Where the console was left: it opens there again, at the same things, and nothing that was begun comes back.

use std::time::Duration;

use cutover::{
    app::{
        kept::{Kept, Page},
        message::Message,
        sort::Sort,
        state::{Pane, Screen},
        view,
        zone::Zone,
    },
    domain::{
        alert::{Alert, AlertKey, AlertState, Severity},
        id::SourceId,
        operation::Operation,
        text::DisplayText,
    },
    terminal::input::{Input, Key},
};

use super::tenants;
use crate::screens::judged;
use crate::world::{World, failing, healthy, id, moving, opening, proposal, rollouts, waiting};

const AGO: Duration = Duration::from_secs(240);

/// Another console over the same sources, of which none has answered.
fn next(left: &World, new: impl FnOnce() -> World) -> World {
    let place = Box::new(Kept::of(&left.state));
    let mut world = new();
    world.tell(Message::Returned { place, ago: AGO });
    world
}

fn unread() -> World {
    World::new(opening(false))
}

fn said(world: &World) -> String {
    world.state.said.as_ref().map(|said| said.text.clone()).unwrap_or_default()
}

fn selected(world: &World) -> Option<String> {
    view::rollouts(&world.state, 100).rows.into_iter().find(|row| row.selected).map(|row| row.name)
}

#[test]
fn filter_order_cursor_zoom_and_zone_come_back() {
    let mut left = World::with(vec![failing("cart"), waiting("checkout"), moving("search"), healthy("chat")]);
    left.keys("szt/ch").press(Key::Enter).keys("j");
    assert_eq!((selected(&left).as_deref(), left.state.zone), (Some("checkout"), Zone::Local));
    let mut world = next(&left, unread);
    assert_eq!(
        (world.state.list.filter.text(), world.state.list.sort, world.state.zoom, world.state.zone),
        ("ch", Sort::Name, true, Zone::Local)
    );
    assert_eq!(said(&world), "back at overview, rollouts, filter ch, left 4m ago: esc clears it");
    world.live().tell(rollouts(vec![failing("cart"), waiting("checkout"), moving("search"), healthy("chat")]));
    assert_eq!(selected(&world).as_deref(), Some("checkout"));
    assert!(world.state.list.selection.by_person && !world.state.list.filtering);
}

#[test]
fn the_cursor_waits_for_its_source_and_a_person_who_moves_is_not_called_back() {
    let mut left = World::with(vec![failing("a"), moving("b"), healthy("c")]);
    left.keys("G");
    assert_eq!(selected(&left).as_deref(), Some("c"));
    // What is told first has not got it: the list begins as it always does, and goes there when it comes.
    let mut world = next(&left, unread);
    world.live().tell(rollouts(vec![failing("a"), moving("b")]));
    assert_eq!(selected(&world).as_deref(), Some("a"));
    world.tell(rollouts(vec![failing("a"), moving("b"), healthy("c")]));
    assert_eq!(selected(&world).as_deref(), Some("c"));
    // The same with a key in between.
    let mut world = next(&left, unread);
    world.live().tell(rollouts(vec![failing("a"), moving("b")])).keys("j");
    world.tell(rollouts(vec![failing("a"), moving("b"), healthy("c")]));
    assert_eq!(selected(&world).as_deref(), Some("b"));
}

#[test]
fn a_tenant_is_found_again_among_all_and_its_page_does_not_call_it_gone_before_its_source_has_spoken() {
    let mut left = tenants::world(tenants::five());
    left.keys("4").press(Key::Enter).keys("s/!ok").press(Key::Enter).keys("j");
    let key = left.state.tenants.roster.cursor.clone().unwrap();
    left.press(Key::Enter);
    let mut world = next(&left, tenants::nobody);
    assert_eq!(*world.state.screen(), Screen::Tenant(key.clone()));
    assert_eq!(said(&world), format!("back at tenant {}, left 4m ago: 0 overview", key.tenant));
    let titles = |world: &World| view::page(&world.state).unwrap().sections.into_iter().map(|it| it.title).collect::<Vec<_>>();
    assert_eq!(titles(&world), ["Not read yet"]);
    tenants::answers(&mut world, tenants::five());
    assert_eq!(titles(&world).first().map(String::as_str), Some("Now"));
    world.press(Key::Esc);
    assert_eq!((world.state.tenants.roster.cursor.as_ref(), world.state.tenants.roster.gone), (Some(&key), false));
    assert_eq!((world.state.tenants.sort, view::tenant_window(&world.state, 40, 76).filter.as_str()), (Sort::Rows, "/!ok"));
    // The filter holds, not only its text: of five tenants two are ok.
    assert_eq!(world.state.tenants.roster.order.len(), 3);
}

#[test]
fn an_alert_is_not_called_gone_before_every_source_of_alerts_has_answered() {
    let mut left = World { state: judged::whole(), effects: Vec::new() };
    let key = AlertKey::of([("alertname", "QualityDegraded")]);
    let told =
        || vec![Alert { key: key.clone(), ..judged::alert("QualityDegraded", AlertState::Firing, Severity::Critical, 60) }];
    judged::feed(&mut left.state, told());
    left.keys("2").press(Key::Enter).press(Key::Enter);
    assert_eq!(*left.state.screen(), Screen::Alert(key.clone()));
    let mut world = next(&left, || World { state: judged::unread(), effects: Vec::new() });
    assert_eq!(said(&world), "back at an alert, left 4m ago: 0 overview");
    let first = |world: &World| view::page(&world.state).unwrap().sections[0].title.clone();
    assert_eq!(first(&world), "Not read yet");
    judged::feed(&mut world.state, told());
    assert_ne!(first(&world), "Not read yet");
    assert_eq!(world.state.alerts.roster.cursor.as_ref(), Some(&key));
    let mut world = next(&left, || World { state: judged::unread(), effects: Vec::new() });
    judged::feed(&mut world.state, Vec::new());
    assert_eq!(first(&world), "Gone");
}

#[test]
fn a_tenant_that_is_gone_leaves_its_list_at_the_worst() {
    let mut left = tenants::world(tenants::five());
    left.keys("4").press(Key::Enter).keys("G");
    let mut world = next(&left, tenants::nobody);
    assert_eq!(said(&world), "back at tenants, left 4m ago: 0 overview");
    let gone = left.state.tenants.roster.cursor.clone().unwrap();
    world.tell(tenants::told(tenants::five().into_iter().filter(|tenant| tenant.id != gone.tenant).collect()));
    let roster = &world.state.tenants.roster;
    assert_eq!((roster.index(), roster.gone, roster.order.len()), (Some(0), false, 4));
}

#[test]
fn nothing_that_was_begun_comes_back() {
    // A form with an answer in it.
    let mut left = World::with(vec![waiting("checkout")]);
    left.press(Key::Enter).keys("A").prepared(proposal(Operation::Advance, &waiting("checkout"), "one"));
    left.press(Key::Tab).press(Key::Tab).keys("50");
    assert!(left.state.form.is_some());
    let world = next(&left, unread);
    assert_eq!(world.state.screens, [Screen::Overview, Screen::Detail(id("checkout"))]);
    assert!(world.state.form.is_none() && world.effects.is_empty());
    // A palette, a menu, a filter that is being typed.
    for (keys, screens) in [(":che", 1), ("X", 1), ("?", 1), ("/che", 1), ("w", 1)] {
        let mut left = World::with(vec![waiting("checkout")]);
        left.keys(keys);
        let world = next(&left, unread);
        assert_eq!(world.state.screens.len(), screens, "{keys}");
        assert!(world.state.palette.is_none() && world.state.prompt.is_none() && !world.state.list.filtering, "{keys}");
    }
}

#[test]
fn the_audit_is_read_again_and_the_overview_as_it_opens_says_nothing() {
    let mut left = World::with(vec![waiting("checkout")]);
    let world = next(&left, unread);
    assert_eq!((said(&world).as_str(), world.effects.len()), ("", 0));
    left.keys("7");
    let world = next(&left, unread);
    assert_eq!((world.state.screen(), world.effects.len()), (&Screen::Audit, 1));
}

#[test]
fn what_no_console_over_these_sources_could_have_kept_counts_for_nothing() {
    let mut left = World::with(vec![waiting("checkout")]);
    left.press(Key::Enter);
    let mut kept = Kept::of(&left.state);
    let foreign = cutover::domain::id::TargetId::new(&SourceId::new("else\u{1b}[2J"), "x", "y");
    kept.pages = vec![Page::Tenants, Page::Alert(AlertKey::new("not a digest")), Page::Rollout(foreign.clone())];
    kept.rollouts.at = Some(foreign);
    kept.rollouts.filter = "a\u{202e}b\u{1b}[2J".to_owned();
    kept.gates.sort = Sort::Rows;
    kept.zone = "Mars/Olympus".to_owned();
    kept.cause = Some(DisplayText::new("\u{1b}]0;title\u{7}"));
    let mut world = unread();
    world.tell(Message::Returned { place: Box::new(kept), ago: AGO });
    let state = &world.state;
    assert_eq!(state.screens, [Screen::Overview, Screen::Tenants], "up to the first page that can not be");
    assert_eq!((state.list.selection.awaited.as_ref(), state.gates.sort, state.zone), (None, Sort::Usual, Zone::Utc));
    assert!(state.list.filter.text().chars().all(|c| !c.is_control() && c != '\u{202e}'), "{:?}", state.list.filter);
    assert!(!said(&world).contains('\u{1b}'));
}

#[test]
fn it_is_taken_only_by_a_console_that_has_just_opened() {
    let mut left = World::with(vec![waiting("checkout")]);
    left.keys("3");
    let place = Box::new(Kept::of(&left.state));
    let mut world = World::with(vec![waiting("checkout")]);
    world.press(Key::Enter).tell(Message::Returned { place, ago: AGO });
    assert_eq!((world.state.pane, world.state.screens.len()), (Pane::Rollouts, 2));
    world.tell(Message::Input(Input::Key(Key::Esc)));
    assert_eq!(world.state.pane, Pane::Rollouts);
}
