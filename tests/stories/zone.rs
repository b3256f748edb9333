//! Times in another zone: every one says which, and what is recorded or copied stays UTC.

use std::sync::Arc;

use chrono::{TimeZone as _, Utc};
use cutover::{
    app::{
        effect::Effect,
        state::Screen,
        view,
        zone::{self, Zone},
    },
    terminal::input::Key,
};

use super::judging::athena;
use crate::world::{World, opening, rollouts, waiting};

fn world(zones: &[Option<chrono_tz::Tz>]) -> World {
    let plans = zones.iter().map(|zone| Arc::new(cutover::domain::plan::Plan { zone: *zone, ..athena() })).collect();
    let mut world = World::new(cutover::app::state::Opening { plans, ..opening(false) });
    world.live().tell(rollouts(vec![waiting("a")]));
    world
}

fn clock(world: &World) -> String {
    view::header(&world.state).clock
}

#[test]
fn t_goes_from_utc_to_the_machines_zone_to_each_plans_zone_and_back() {
    let (berlin, angeles) = (chrono_tz::Europe::Berlin, chrono_tz::America::Los_Angeles);
    let mut world = world(&[None, Some(angeles), Some(angeles), Some(berlin)]);
    assert_eq!((world.state.zone, clock(&world).as_str()), (Zone::Utc, "10:00:00Z"));
    for (zone, shown) in [
        (Zone::Local, "12:00:00+02:00"),
        (Zone::Plan(angeles), "02:00:00 PST"),
        (Zone::Plan(berlin), "11:00:00 CET"),
        (Zone::Utc, "10:00:00Z"),
    ] {
        world.keys("t");
        assert_eq!((world.state.zone, clock(&world).as_str()), (zone, shown));
        assert!(world.effects.is_empty());
    }
}

#[test]
fn a_plans_zone_has_its_summer_time() {
    let mut world = world(&[Some(chrono_tz::America::Los_Angeles)]);
    world.keys("tt");
    let winter = Utc.with_ymd_and_hms(2026, 3, 8, 9, 59, 0).unwrap();
    assert_eq!(zone::minutes(&world.state, winter), "01:59 PST");
    assert_eq!(zone::minutes(&world.state, winter + chrono::Duration::minutes(1)), "03:00 PDT");
    // The hour that autumn has twice is told apart by its letters.
    let autumn = Utc.with_ymd_and_hms(2026, 11, 1, 8, 30, 0).unwrap();
    assert_eq!(zone::minutes(&world.state, autumn), "01:30 PDT");
    assert_eq!(zone::minutes(&world.state, autumn + chrono::Duration::hours(1)), "01:30 PST");
    // A day later elsewhere is that day.
    let midnight = Utc.with_ymd_and_hms(2026, 1, 1, 3, 0, 0).unwrap();
    assert_eq!(zone::shown(&world.state, midnight, "%Y-%m-%d %H:%M"), "2025-12-31 19:00 PST");
}

#[test]
fn ages_and_what_is_copied_are_the_same_in_every_zone() {
    let mut world = world(&[Some(chrono_tz::America::Los_Angeles)]);
    let copied = |world: &mut World, key: &str| -> Vec<Effect> {
        world.keys("y").keys(key);
        world.effects.clone()
    };
    let before: Vec<_> = ["r", "s", "j"].map(|key| copied(&mut world, key)).into();
    assert!(matches!(&before[1][..], [Effect::Copy(text)] if text.contains("10:00:00Z")), "{before:?}");
    let rows = view::rollouts(&world.state, 5).rows;
    let age = view::header(&world.state).age;
    for _ in 0..2 {
        world.keys("t");
        assert_eq!(["r", "s", "j"].map(|key| copied(&mut world, key)).to_vec(), before);
        assert_eq!(view::rollouts(&world.state, 5).rows, rows);
        assert_eq!(view::header(&world.state).age, age);
    }
}

#[test]
fn t_is_text_where_letters_are_and_holds_on_every_page() {
    let mut world = world(&[None]);
    world.keys("/t").press(Key::Esc);
    assert_eq!(world.state.zone, Zone::Utc);
    world.press(Key::Enter).keys("t");
    assert!(matches!(world.state.screen(), Screen::Detail(_)));
    assert_eq!(world.state.zone, Zone::Local);
    world.keys("7");
    assert_eq!(clock(&world), "12:00:00+02:00");
}
