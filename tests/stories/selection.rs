//! The cursor is an identity: nothing but a person moves it.

use std::time::Instant;

use cutover::{
    app::{list, state::Screen, view},
    terminal::input::Key,
};

use crate::world::{World, failing, healthy, id, moving, rollouts, waiting};

fn names(world: &World) -> Vec<String> {
    view::rollouts(&world.state, 100).rows.into_iter().map(|row| row.name).collect()
}

fn selected(world: &World) -> Option<String> {
    view::rollouts(&world.state, 100).rows.into_iter().find(|row| row.selected).map(|row| row.name)
}

#[test]
fn the_worst_comes_first() {
    let world = World::with(vec![healthy("a"), waiting("b"), failing("c"), moving("d")]);
    assert_eq!(names(&world), ["c", "b", "d", "a"]);
}

#[test]
fn a_refresh_that_resorts_keeps_the_cursor_on_the_same_rollout() {
    let mut world = World::with(vec![healthy("a"), moving("b"), moving("c")]);
    world.keys("j");
    assert_eq!(selected(&world).as_deref(), Some("c"));
    world.tell(rollouts(vec![failing("a"), moving("b"), healthy("c"), failing("0")]));
    assert_eq!(names(&world), ["0", "a", "b", "c"]);
    assert_eq!(selected(&world).as_deref(), Some("c"));
    world.keys("s");
    assert_eq!(selected(&world).as_deref(), Some("c"));
}

#[test]
fn a_vanished_row_stays_as_gone_until_the_person_moves() {
    let mut world = World::with(vec![moving("a"), moving("b"), moving("c"), moving("d")]);
    world.keys("j");
    world.tell(rollouts(vec![moving("a"), moving("c"), moving("d")]));
    let rows = view::rollouts(&world.state, 100).rows;
    assert_eq!(
        rows.iter().map(|row| (row.name.as_str(), row.gone, row.selected)).collect::<Vec<_>>(),
        [("a", false, false), ("b", true, true), ("c", false, false), ("d", false, false)]
    );
    assert_eq!(rows[1].state.word, "GONE");
    // A verb on it opens nothing.
    world.keys("B");
    assert!(world.state.form.is_none() && world.effects.is_empty());
    assert!(world.state.said.as_ref().is_some_and(|said| said.text.contains("gone")));
    // More refreshes do not move it either.
    world.tell(rollouts(vec![moving("0"), moving("a"), moving("c"), moving("d")]));
    assert_eq!(selected(&world).as_deref(), Some("b"));
    world.keys("j");
    assert!(!names(&world).contains(&"b".to_owned()));
}

#[test]
fn leaving_a_gone_row_goes_to_its_true_neighbours() {
    for (key, expected) in [("j", "c"), ("k", "a")] {
        let mut world = World::with(vec![moving("a"), moving("b"), moving("c")]);
        world.keys("j").tell(rollouts(vec![moving("a"), moving("c")]));
        world.keys(key);
        assert_eq!(selected(&world).as_deref(), Some(expected), "after {key}");
    }
}

#[test]
fn a_row_that_comes_back_is_itself_again() {
    let mut world = World::with(vec![moving("a"), moving("b")]);
    world.keys("j").tell(rollouts(vec![moving("a")])).tell(rollouts(vec![moving("a"), moving("b")]));
    let rows = view::rollouts(&world.state, 100).rows;
    assert_eq!(rows.len(), 2);
    assert!(rows[1].selected && !rows[1].gone);
}

#[test]
fn all_rows_vanish_and_nothing_panics() {
    let mut world = World::with(vec![moving("a")]);
    world.tell(rollouts(Vec::new()));
    assert_eq!(selected(&world).as_deref(), Some("a"));
    world.keys("jkGgJKB.,X").press(Key::Enter).press(Key::Esc);
    assert_eq!(selected(&world), None);
    assert_eq!(view::rollouts(&world.state, 10).empty.as_deref(), Some("no rollouts here"));
}

#[test]
fn the_filter_takes_words_and_not_words_and_esc_clears_it() {
    let mut world = World::with(vec![moving("checkout"), moving("checkout-eu"), waiting("search")]);
    world.keys("/check !eu");
    assert_eq!(names(&world), ["checkout"]);
    assert_eq!(selected(&world).as_deref(), Some("checkout"));
    world.press(Key::Enter);
    assert!(!world.state.list.filtering);
    world.press(Key::Esc);
    assert_eq!(names(&world).len(), 3);
    assert_eq!(selected(&world).as_deref(), Some("checkout"), "the cursor stays where the filter put it");
}

#[test]
fn a_selected_row_that_stops_matching_stays() {
    let mut world = World::with(vec![waiting("a"), waiting("b"), moving("c")]);
    world.keys("/wait").press(Key::Enter).keys("j");
    assert_eq!(selected(&world).as_deref(), Some("b"));
    world.tell(rollouts(vec![waiting("a"), healthy("b"), moving("c")]));
    assert_eq!(names(&world), ["a", "b"]);
    assert_eq!(selected(&world).as_deref(), Some("b"));
}

#[test]
fn dot_and_comma_walk_the_problems_and_go_round() {
    let mut world = World::with(vec![failing("a"), waiting("b"), moving("c"), healthy("d")]);
    // First to what row 2 says needs a person.
    world.keys(".");
    assert_eq!(selected(&world).as_deref(), Some("b"));
    for (key, expected) in [(".", "a"), (".", "b"), (",", "a"), (",", "b")] {
        world.keys(key);
        assert_eq!(selected(&world).as_deref(), Some(expected));
    }
    world.press(Key::Enter);
    assert_eq!(*world.state.screen(), Screen::Detail(id("b")));
    world.keys(".");
    assert_eq!(*world.state.screen(), Screen::Detail(id("a")), "the page follows");
}

#[test]
fn no_problem_is_said_and_moves_nothing() {
    let mut world = World::with(vec![moving("a"), healthy("b")]);
    world.keys("j.");
    assert_eq!(selected(&world).as_deref(), Some("b"));
    assert!(world.state.said.as_ref().is_some_and(|said| said.text.contains("no problem")));
}

#[test]
fn the_window_shows_the_cursor_at_every_height() {
    let list: Vec<_> = (0..50).map(|n| moving(&format!("r{n:02}"))).collect();
    let mut world = World::with(list);
    for step in 0..60 {
        for height in [1, 2, 5, 20, 49, 50, 80] {
            let window = view::rollouts(&world.state, height);
            assert!(window.rows.iter().any(|row| row.selected), "step {step} height {height}");
            assert_eq!(window.above + window.rows.len() + window.below, 50);
        }
        world.keys("j");
    }
}

#[expect(clippy::disallowed_methods, reason = "this story is about time itself")]
#[test]
fn a_thousand_rollouts_are_taken_in_and_drawn_in_far_less_than_a_frame() {
    let list = || (0..1_000).map(|n| if n % 3 == 0 { waiting(&format!("r{n}")) } else { moving(&format!("r{n}")) }).collect();
    let mut world = World::with(list());
    world.keys("G");
    let update = rollouts(list());
    let begin = Instant::now();
    for _ in 0..10 {
        world.tell(update.clone());
        let _ = view::rollouts(&world.state, 40);
        let _ = view::attention(&world.state);
    }
    // An unoptimised build on a busy machine; an O(n^2) order would take seconds.
    assert!(begin.elapsed().as_millis() < 3_000, "{:?}", begin.elapsed());
    assert_eq!(list::length(&world.state), 1_000);
}
