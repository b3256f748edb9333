//! The palette: everything is in it, it does what the key does, and it confirms nothing.

use cutover::{
    app::{
        effect::Effect,
        field::LONGEST,
        form::FormPhase,
        keymap::{BINDINGS, Intent},
        message::Message,
        palette::{self, Entry},
        place::place,
        state::{Pane, Screen},
        update::update,
        view,
    },
    domain::operation::Operation,
    terminal::input::{Input, Key},
};

use crate::world::{World, healthy, id, opening, rollouts, waiting, welcome};

fn row(world: &World, entry: &Entry) -> view::PaletteRow {
    let at = world.state.palette.as_ref().unwrap().rows.iter().position(|row| row == entry).unwrap();
    view::palette(&world.state, usize::MAX).unwrap().rows[at].clone()
}

fn cursor(world: &World) -> Entry {
    world.state.palette.as_ref().unwrap().cursor.clone().unwrap()
}

#[test]
fn everything_that_has_a_key_is_in_it_with_its_key() {
    let mut world = World::with(vec![healthy("a"), waiting("b")]);
    world.keys(":");
    let rows = world.state.palette.clone().unwrap().rows;
    for binding in BINDINGS {
        assert_eq!(rows.iter().filter(|row| **row == Entry::Wish(binding.intent)).count(), 1, "{}", binding.label);
    }
    for name in ["a", "b"] {
        assert!(rows.contains(&Entry::Rollout(id(name))));
    }
    for pane in [Pane::Alerts, Pane::Gates, Pane::Tenants] {
        assert!(rows.contains(&Entry::Page(pane)));
    }
    let view = view::palette(&world.state, usize::MAX).unwrap();
    assert!(view.rows.iter().all(|row| !row.key.is_empty() && !row.label.is_empty()));
    assert_eq!(view.count, format!("{0} of {0}", rows.len()));
}

/// Over every place that it opens at, and for every key that holds there: the palette's Enter and the key end alike.
#[test]
fn enter_does_exactly_what_the_key_does() {
    let mut worlds = vec![World::with(vec![healthy("a"), waiting("b")]), World::new(welcome())];
    for keys in ["\n", "2", "2\n", "3", "3\n", "4\n", "7", "9", "?", "w"] {
        let mut world = World::with(vec![healthy("a"), waiting("b")]);
        for c in keys.chars() {
            world.press(if c == '\n' { Key::Enter } else { Key::Char(c) });
        }
        worlds.push(world);
    }
    let mut compared = 0;
    for world in worlds {
        let here = place(&world.state);
        for binding in BINDINGS.iter().filter(|binding| binding.places.contains(&here) && binding.intent != Intent::Palette) {
            let mut by_key = world.state.clone();
            let wanted = update(&mut by_key, Message::Input(Input::Key(binding.keys[0])));
            let mut state = world.state.clone();
            palette::open(&mut state);
            state.palette.as_mut().unwrap().cursor = Some(Entry::Wish(binding.intent));
            let found = update(&mut state, Message::Input(Input::Key(Key::Enter)));
            assert_eq!(found, wanted, "{} at {}", binding.label, here.word());
            let shape = |state: &cutover::app::state::AppState| {
                (
                    (state.screens.clone(), state.pane, state.zoom, state.scroll, state.menu_row),
                    (state.list.selection.id.clone(), state.list.sort, state.list.filtering, state.quit_asked),
                    (state.form.clone(), state.prompt.clone(), state.said.clone(), state.palette.clone()),
                )
            };
            assert_eq!(shape(&state), shape(&by_key), "{} at {}", binding.label, here.word());
            compared += 1;
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn what_is_refused_says_the_sentence_of_the_menu() {
    let mut world = World::with(vec![healthy("a"), waiting("b")]);
    assert_eq!(world.state.list.selection.id, Some(id("b")));
    world.keys("X");
    let menu = view::menu(&world.state).unwrap();
    world.press(Key::Esc).keys(":");
    for (operation, key) in
        [(Operation::Advance, 'A'), (Operation::Pause, 'P'), (Operation::Resume, 'U'), (Operation::RollBack, 'B')]
    {
        let row = row(&world, &Entry::Wish(Intent::Form(operation)));
        assert_eq!(row.key, key.to_string());
        let entry = menu.entries.iter().find(|entry| entry.label == format!("{}..", operation.title())).unwrap();
        assert_eq!(row.refused, entry.refusal.is_some(), "{operation}");
        if let Some(refusal) = &entry.refusal {
            assert_eq!(row.note, *refusal);
        }
    }
    assert!(menu.entries.iter().any(|entry| entry.refusal.is_some()), "a world in which something is refused");
}

#[test]
fn a_verb_opens_its_form_and_nothing_that_was_typed_is_in_it() {
    let mut world = World::with(vec![waiting("a")]);
    world.keys(":advance");
    assert_eq!(cursor(&world), Entry::Wish(Intent::Form(Operation::Advance)));
    assert!(world.effects.is_empty());
    world.press(Key::Enter);
    assert!(matches!(world.effects[..], [Effect::Prepare { operation: Operation::Advance, .. }]), "{:?}", world.effects);
    let form = world.state.form.as_ref().unwrap();
    assert!(form.typed.is_empty() && form.reason.is_empty() && form.phase == FormPhase::Reading);
    assert!(world.state.palette.is_none());
}

#[test]
fn pasted_text_goes_into_the_field_and_chooses_nothing() {
    let mut world = World::with(vec![waiting("a")]);
    world.keys(":");
    world.tell(Message::Input(Input::Paste("adv\nance\u{1b}".to_owned())));
    assert_eq!(world.state.palette.as_ref().unwrap().field.text(), "advance");
    assert!(world.effects.is_empty() && world.state.form.is_none());
    world.tell(Message::Input(Input::Paste("x".repeat(LONGEST * 3))));
    assert_eq!(world.state.palette.as_ref().unwrap().field.text().len(), LONGEST);
    // What a multiplexer pastes comes as keys; its line end is no choice either.
    let mut world = World::with(vec![waiting("a")]);
    let burst: Vec<Key> = ":advance".chars().map(Key::Char).chain([Key::Enter, Key::Char('x')]).collect();
    world.tell(Message::Input(Input::Burst(burst)));
    assert!(world.effects.is_empty() && world.state.form.is_none());
    assert_eq!(world.state.palette.as_ref().unwrap().field.text(), "advance");
}

#[test]
fn rows_stay_while_a_person_chooses_and_the_cursor_is_an_entry() {
    let mut world = World::with(vec![healthy("bravo"), healthy("delta")]);
    world.keys(":delta");
    assert_eq!(cursor(&world), Entry::Rollout(id("delta")));
    let before = world.state.palette.clone();
    world.tell(rollouts(vec![healthy("alpha"), healthy("bravo")]));
    assert_eq!(world.state.palette, before, "what comes and goes moves no row");
    let gone = row(&world, &Entry::Rollout(id("delta")));
    assert_eq!((gone.refused, gone.state.unwrap().word.as_str()), (true, "GONE"));
    world.press(Key::Enter);
    assert_eq!(*world.state.screen(), Screen::Overview);
    assert!(world.state.said.as_ref().unwrap().text.contains("is gone"));
    world.keys(":alpha").press(Key::Enter);
    assert_eq!(*world.state.screen(), Screen::Detail(id("alpha")));
    assert_eq!(world.state.list.selection.id, Some(id("alpha")));
}

#[test]
fn what_no_key_does_here_stays_and_says_where() {
    let mut world = World::with(vec![waiting("a")]);
    world.keys(":verify the whole chain").press(Key::Enter);
    assert_eq!(cursor(&world), Entry::Wish(Intent::Verify));
    assert!(world.state.said.as_ref().unwrap().text.contains("on: audit"));
    assert!(world.effects.is_empty());
    world.press(Key::Esc);
    assert!(world.state.palette.is_none());
    assert_eq!(world.state.screens, [Screen::Overview]);
}

#[test]
fn a_form_and_a_menu_keep_their_letters() {
    let mut world = World::new(opening(false));
    world.live().tell(rollouts(vec![waiting("a")]));
    world.keys("X:");
    assert!(world.state.palette.is_none());
    world.press(Key::Esc).keys("A:");
    assert!(world.state.palette.is_none() && world.state.form.is_some());
}
