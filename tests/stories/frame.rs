//! The frame and the pages: one sentence first, old is never good, every key leads somewhere and back.

use std::time::Duration;

use cutover::{
    app::{
        effect::Effect,
        message::Message,
        role::Role,
        state::{Pane, Screen, SourceInfo},
        view,
    },
    cli::answer::status::RolloutItem,
    ledger::book::Book,
    terminal::input::Key,
};

use crate::world::{
    World, environment, failing, health, healthy, id, moving, opening, paused, rollouts, sick, source, start, waiting, welcome,
};

fn sentence(world: &World) -> String {
    view::attention(&world.state).sentence
}

#[test]
fn row_two_says_the_worst_thing_first() {
    let mut world = World::new(opening(false));
    assert!(sentence(&world).contains("nothing is known yet"), "{}", sentence(&world));
    world.live().tell(rollouts(vec![healthy("a"), moving("b")]));
    assert_eq!(sentence(&world), "nothing waits for you");
    world.tell(rollouts(vec![failing("a")]));
    assert_eq!(sentence(&world), "FAILING  a: 1 pod ImagePullBackOff");
    world.tell(rollouts(vec![failing("a"), waiting("b"), waiting("c")]));
    assert_eq!(sentence(&world), "NEEDS YOU  b waits for you at step 2/6 (25 %) since 4m12s; 1 more; 1 failing");
    world.tell(health(sick(world.state.since_boot, Duration::from_secs(531), start())));
    assert_eq!(sentence(&world), "BLIND  1 of 1 sources silent: k8s 8m51s (connect timeout)");
    world.tell(Message::Book(Book { unwritable: Some("disk full".to_owned()), ..Book::default() }.into()));
    assert!(sentence(&world).starts_with("NOTHING CAN BE SENT"));
}

#[test]
fn one_failed_read_is_no_outage_and_an_old_value_is_never_good() {
    let mut world = World::with(vec![healthy("a")]);
    world.tell(health(sick(world.state.since_boot, Duration::from_secs(3), start())));
    assert_eq!(view::rollouts(&world.state, 5).rows[0].state.role, Role::Ok);
    world.wait(10, false);
    let row = &view::rollouts(&world.state, 5).rows[0];
    assert_eq!((row.state.word.as_str(), row.state.role), ("LOST", Role::Unknown));
    assert_eq!(row.stale.as_deref(), Some("was 09:59Z"));
    let age = view::header(&world.state).age;
    assert_eq!((age.word.as_str(), age.role), ("DATA 00:00:13 OLD", Role::Unknown));
}

#[test]
fn holds_stand_side_by_side_in_words() {
    let world = World::with(vec![paused("a")]);
    let row = &view::rollouts(&world.state, 5).rows[0];
    assert_eq!(row.holds, "waits for you 4m12s, paused by hand 1m00s");
    let few = [
        "paused by hand 1m00s, waits for you 4m12s",
        "paused by hand, waits for you",
        "paused by hand 1m00s",
        "paused by hand",
        "by hand",
    ];
    assert_eq!(row.waits, few, "what a narrow column leaves out is time first, then what is less than a pause by hand");
    assert_eq!((row.step.as_str(), row.step_label.as_str(), row.next_weight), ("2/6", "pause until advanced", Some(50)));
    assert_eq!(row.state.word, "PAUSED");
}

#[test]
fn q_twice_quits_and_anything_between_forgets_it() {
    let mut world = World::with(vec![moving("a")]);
    world.keys("q");
    assert!(world.effects.is_empty());
    world.keys("jq");
    assert!(world.effects.is_empty());
    world.keys("q");
    assert_eq!(world.effects, [Effect::Quit]);
    world.keys("j").press(Key::Ctrl('c')).press(Key::Ctrl('c'));
    assert_eq!(world.effects, [Effect::Quit]);
}

#[test]
fn every_page_opens_and_esc_leads_back() {
    for (keys, screen) in [
        ("7", Screen::Audit),
        ("9", Screen::Sources),
        ("?", Screen::Help),
        ("w", Screen::Why),
        ("X", Screen::Actions),
        ("y", Screen::Copy),
    ] {
        let mut world = World::with(vec![waiting("a")]);
        world.keys(keys);
        assert_eq!(*world.state.screen(), screen);
        assert!(!view::footer(&world.state).is_empty());
        world.press(Key::Esc);
        assert_eq!(*world.state.screen(), Screen::Overview);
    }
}

#[test]
fn panes_without_a_source_say_what_is_missing() {
    let mut world = World::with(vec![moving("a")]);
    for (key, pane) in [("2", Pane::Alerts), ("3", Pane::Gates), ("4", Pane::Tenants), ("1", Pane::Rollouts)] {
        world.keys(key);
        assert_eq!(world.state.pane, pane);
    }
    world.press(Key::Tab);
    assert_eq!(world.state.pane, Pane::Alerts);
    assert!(!view::alert_window(&world.state, 3).remarks.is_empty());
    assert!(!view::gate_window(&world.state, 3).remarks.is_empty());
    assert!(!view::tenants_pane(&world.state, 2, 77).remarks.is_empty());
    let before = world.state.list.selection.id.clone();
    world.keys("jjj");
    assert_eq!(world.state.list.selection.id, before, "the cursor of a pane without the keyboard stays");
}

#[test]
fn the_actions_menu_says_why_each_verb_is_not_possible() {
    let mut world = World::with(vec![healthy("a")]);
    world.keys("X");
    let menu = view::menu(&world.state).expect("a menu");
    assert_eq!(menu.entries.len(), 4);
    assert!(menu.entries.iter().all(|entry| entry.refusal.is_some()));
    world.keys("A");
    assert!(world.effects.is_empty());
    assert_eq!(*world.state.screen(), Screen::Actions, "the menu stays to be read");
    world.press(Key::Down).press(Key::Enter);
    assert!(world.state.said.as_ref().is_some_and(|said| said.text.contains("pause")));
}

#[test]
fn a_read_only_environment_refuses_every_verb_with_its_reason() {
    let mut opening = opening(false);
    opening.environments = vec![environment("prod-eu", false, true)];
    let mut world = World::new(opening);
    world.live().tell(rollouts(vec![waiting("a")])).keys("B");
    assert!(world.effects.is_empty());
    assert!(world.state.said.as_ref().is_some_and(|said| said.text.contains("read-only")));
    assert_eq!(view::header(&world.state).mode, "RO");
}

#[test]
fn copies_are_a_row_a_summary_json_and_a_command() {
    let mut world = World::with(vec![waiting("a"), moving("b")]);
    let mut copied = |key: &str| {
        world.keys("y").keys(key);
        match world.effects.as_slice() {
            [Effect::Copy(text)] => text.clone(),
            [Effect::CopyJson(seen)] => {
                let item = RolloutItem::new(&seen.rollout, &seen.freshness, seen.age, &seen.operations);
                serde_json::to_string(&item).expect("JSON")
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(copied("r"), "k8s/shop/a  2/6  pause until advanced  25 %  WAIT  waits for you 4m12s");
    assert_eq!(copied("c"), "cutover why k8s/shop/a");
    assert!(copied("s").lines().count() <= 15);
    let json: serde_json::Value = serde_json::from_str(&copied("j")).expect("JSON");
    assert_eq!(json["id"], "k8s/shop/a");
    assert_eq!(json["step"]["index"], 1);
    assert_eq!(json["holds"][0]["cause"], "step_pause");
    assert_eq!(json["operations"][0]["possible"], true);
    assert_eq!(json["operations"][2]["refusal"]["code"], "not_manually_paused");
}

#[test]
fn the_welcome_screen_contacts_nothing_until_c() {
    let mut world = World::new(welcome());
    world.keys("jkX.BA1079").press(Key::Enter);
    assert!(world.effects.is_empty());
    assert_eq!(*world.state.screen(), Screen::Welcome);
    world.keys("c");
    assert_eq!(world.effects, [Effect::Connect]);
    world.keys("c");
    assert!(world.effects.is_empty(), "once is enough");
    world.tell(Message::Connected {
        environments: vec![environment("kind-dev", false, true)],
        sources: vec![SourceInfo {
            id: source(),
            kind: "argo",
            environment: "kind-dev".to_owned(),
            stale_after: Duration::from_secs(10),
            tells: cutover::domain::source::Tells::ROLLOUTS,
        }],
    });
    world.live().tell(rollouts(vec![waiting("a")]));
    assert_eq!(*world.state.screen(), Screen::Overview);
    assert_eq!(world.state.list.selection.id, Some(id("a")));
    world.keys("B");
    assert!(world.effects.is_empty(), "read-only");
}

#[test]
fn a_failed_connection_can_be_tried_again() {
    let mut world = World::new(welcome());
    world.keys("c").tell(Message::Notice { text: "kind-dev did not answer".to_owned(), is_error: true });
    world.keys("c");
    assert_eq!(world.effects, [Effect::Connect]);
}

#[test]
fn help_names_every_key_of_the_table() {
    let mut world = World::with(vec![moving("a")]);
    world.keys("?");
    let page = view::page(&world.state).expect("help");
    let text: Vec<&str> =
        page.sections.iter().flat_map(|it| &it.lines).flat_map(|it| &it.spans).map(|it| it.text.as_str()).collect();
    for binding in cutover::app::keymap::BINDINGS {
        assert!(text.contains(&binding.label), "{}", binding.label);
    }
    world.keys("G");
    assert!(world.state.scroll > 10);
    world.keys("g");
    assert_eq!(world.state.scroll, 0);
}

#[test]
fn the_footer_says_which_verb_the_selection_does_not_allow() {
    let labels = |world: &World| {
        let hints = view::footer(&world.state);
        let of = |key: &str| hints.iter().find(|hint| hint.key == key).map(|hint| (hint.label.clone(), hint.refused)).unwrap();
        [of("A"), of("X")]
    };
    let mut world = World::with(vec![waiting("a")]);
    assert_eq!(labels(&world), [("advance..".to_owned(), false), ("actions".to_owned(), false)]);
    world.tell(rollouts(vec![moving("a")]));
    assert_eq!(labels(&world), [("advance: no".to_owned(), true), ("actions".to_owned(), false)]);
    // Whether the controller has caught up only the form's fresh read can tell: that key opens one.
    let mut settling = waiting("a");
    settling.observed = false;
    world.tell(rollouts(vec![settling]));
    assert_eq!(labels(&world)[0], ("advance..".to_owned(), false));
}
