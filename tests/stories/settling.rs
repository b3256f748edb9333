//! A change on its way, its end, and what is done when the end is not known.

use std::time::Duration;

use cutover::{
    app::{
        effect::Effect,
        message::Message,
        role::Role,
        state::Screen,
        view::{self, InDoubtView},
    },
    domain::{action::ActionId, operation::Operation, outcome::Outcome, progress::Progress},
    ledger::{
        book::{Book, OpenRecord},
        entry::Resolution,
    },
    terminal::input::{Input, Key},
};

use crate::world::{World, book, health, moving, proposal, record, report, rollouts, sick, start, waiting};

const ACTION: &str = "0199-settle";

fn action() -> ActionId {
    ActionId(ACTION.to_owned())
}

/// Advance of `checkout` was confirmed just now.
fn sent() -> World {
    let rollout = waiting("checkout");
    let mut world = World::with(vec![rollout.clone()]);
    world.keys("A").prepared(proposal(Operation::Advance, &rollout, ACTION));
    world.press(Key::Tab).press(Key::Tab).keys("50-kv").press(Key::Tab).press(Key::Tab).press(Key::Enter);
    assert!(matches!(world.effects.as_slice(), [Effect::Execute(_)]));
    world
}

/// A console that starts with an advance in doubt since 20 s; the source was read after it.
fn doubtful() -> World {
    let rollout = waiting("checkout");
    let mut world = World::with(vec![rollout.clone(), moving("search")]);
    world.tell(book(vec![record(Operation::Advance, &rollout, ACTION, Duration::from_secs(20))]));
    world
}

fn page(world: &World) -> InDoubtView {
    view::in_doubt(&world.state).expect("the in-doubt page")
}

fn available(world: &World) -> Vec<bool> {
    page(world).choices.iter().map(|choice| choice.available).collect()
}

fn says(world: &mut World, progress: Progress) {
    world.tell(Message::Operated { action: action(), progress });
}

#[test]
fn progress_is_told_stage_by_stage_and_accepted_is_not_green() {
    let mut world = sent();
    for progress in [Progress::Checking, Progress::Sending, Progress::Answered { status: 200 }] {
        says(&mut world, progress);
    }
    for seconds in 1..=6 {
        says(&mut world, Progress::NotActedOn { seconds });
    }
    let view = view::progress(&world.state).expect("the progress page");
    assert_eq!(view.stages.len(), 4, "a counter is one line");
    assert_eq!(view.stages[3].spans[1].text, "accepted, not acted on, 6 s");
    assert_eq!(view.outcome, None);
    says(&mut world, report(Operation::Advance, &waiting("checkout"), ACTION, Outcome::Accepted));
    let view = view::progress(&world.state).expect("the progress page");
    let outcome = view.outcome.expect("an outcome");
    assert_eq!((outcome.word.as_str(), outcome.role), ("accepted", Role::Warn));
}

#[test]
fn a_nudge_is_offered_for_an_accepted_change_and_has_its_own_form() {
    let rollout = waiting("checkout");
    let mut world = sent();
    assert!(!view::progress(&world.state).expect("progress").nudge);
    world.keys("N");
    assert!(world.effects.is_empty() && world.state.form.is_none());
    says(&mut world, report(Operation::Advance, &rollout, ACTION, Outcome::Accepted));
    let accepted = record(Operation::Advance, &rollout, ACTION, Duration::ZERO);
    world.tell(Message::Book(Book { accepted: vec![accepted], ..Book::default() }.into()));
    assert!(view::progress(&world.state).expect("progress").nudge);
    world.keys("N");
    assert!(matches!(world.effects.as_slice(), [Effect::Prepare { operation: Operation::Nudge, .. }]));
}

#[test]
fn an_accepted_action_that_is_reached_later_is_read_back_once_and_ends() {
    let rollout = waiting("checkout");
    let mut world = sent();
    says(&mut world, report(Operation::Advance, &rollout, ACTION, Outcome::Accepted));
    let accepted = OpenRecord {
        outcome: Some(Outcome::Accepted),
        owner_alive: true,
        ..record(Operation::Advance, &rollout, ACTION, Duration::ZERO)
    };
    let book = |accepted| Message::Book(Book { accepted, ..Book::default() }.into());
    world.tell(book(vec![accepted.clone()])).wait(3, true);
    let asks = |world: &World| world.effects.contains(&Effect::ReadBack { action: action() });
    assert!(!asks(&world), "nothing to see yet");
    let mut on = moving("checkout");
    on.position = on.position.map(|at| cutover::domain::rollout::Position { index: 2, ..at });
    world.tell(rollouts(vec![on.clone()])).wait(1, true);
    assert!(asks(&world));
    world.wait(4, true);
    assert!(!asks(&world), "once");
    world.wait(1, true);
    assert!(asks(&world), "and again when that read failed");
    let sentence = "advance of k8s/shop/checkout is verified".to_owned();
    world.tell(Message::Settled { action: action(), outcome: Outcome::Verified, sentence, read_at: Some(start()) });
    let view = view::progress(&world.state).expect("the progress page");
    assert_eq!(view.outcome.map(|it| it.word).as_deref(), Some("verified"));
    world.tell(book(Vec::new())).wait(10, true);
    assert!(!asks(&world));

    // Another console that lives ends its own; one that is gone leaves it to whoever sees it.
    for (owner_alive, expected) in [(true, false), (false, true)] {
        let mut other = World::with(vec![on.clone()]);
        other.tell(book(vec![OpenRecord { owner_alive, ..accepted.clone() }])).wait(1, true);
        assert_eq!(asks(&other), expected);
    }
}

#[test]
fn the_end_is_said_even_when_nobody_watches_and_a_bad_one_stays_until_read() {
    let mut world = sent();
    world.press(Key::Esc);
    assert_eq!(*world.state.screen(), Screen::Overview);
    says(&mut world, report(Operation::Advance, &waiting("checkout"), ACTION, Outcome::Rejected));
    assert_eq!(world.state.errors.len(), 1);
    world.tell(Message::Notice { text: "something else".to_owned(), is_error: false });
    assert!(view::message(&world.state).text.contains("rejected"));
    world.press(Key::Esc);
    assert!(view::message(&world.state).text.contains("something else"));
}

#[test]
fn what_an_earlier_run_left_in_doubt_is_shown_first_and_rings_once() {
    let mut world = doubtful();
    assert_eq!(*world.state.screen(), Screen::InDoubt(action()));
    assert!(world.effects.contains(&Effect::Bell));
    assert!(world.effects.contains(&Effect::ReadBack { action: action() }));
    let same = world.state.book.clone();
    world.tell(Message::Book(same));
    assert!(!world.effects.contains(&Effect::Bell));
    world.press(Key::Esc);
    let attention = view::attention(&world.state);
    assert!(attention.everywhere && attention.role == Role::Fail && attention.sentence.contains("IN DOUBT"));
    // Enter on its row opens it again.
    world.keys(".").press(Key::Enter);
    assert_eq!(*world.state.screen(), Screen::InDoubt(action()));
}

#[test]
fn choices_depend_on_what_a_good_read_shows() {
    // Not visible: the same hold stands.
    let mut world = doubtful();
    world.wait(1, true);
    assert_eq!(page(&world).verdict.word, "NOT VISIBLE");
    assert_eq!(available(&world), [false, true, true, true]);
    // Applied: the hold is gone and it went on.
    let mut on = moving("checkout");
    on.position = on.position.map(|at| cutover::domain::rollout::Position { index: 2, ..at });
    world.tell(rollouts(vec![on]));
    assert_eq!(page(&world).verdict.word, "LIKELY APPLIED");
    assert_eq!(available(&world), [true, false, false, true]);
    // Another object under the same name.
    let mut other = waiting("checkout");
    other.uid = "another".to_owned();
    world.tell(rollouts(vec![other]));
    assert_eq!(available(&world), [true, true, false, true]);
    // Lost: nothing can be told.
    world.tell(health(sick(world.state.since_boot, Duration::from_secs(60), start())));
    assert_eq!(page(&world).verdict.role, Role::Unknown);
    assert_eq!(available(&world), [false, false, false, true]);
    world.keys("1").press(Key::Enter);
    assert!(world.effects.is_empty());
}

#[test]
fn a_read_from_before_the_action_proves_nothing() {
    let rollout = waiting("checkout");
    let mut world = World::with(vec![rollout.clone()]);
    let mut open = record(Operation::Advance, &rollout, ACTION, Duration::ZERO);
    open.since = start() + Duration::from_secs(1);
    world.tell(book(vec![open]));
    assert_eq!(page(&world).verdict.word, "CANNOT TELL");
    world.wait(3, true);
    assert_eq!(page(&world).verdict.word, "NOT VISIBLE");
}

#[test]
fn a_choice_waits_for_enter_takes_a_note_and_is_recorded_once() {
    let mut world = doubtful();
    world.wait(1, true).keys("2");
    assert!(world.effects.is_empty(), "one key records nothing");
    world.press(Key::Esc);
    assert!(page(&world).note.is_none());
    world.keys("2").keys("seen with bob, 4").press(Key::Enter);
    assert_eq!(
        world.effects,
        [Effect::Resolve { action: action(), resolution: Resolution::NotApplied, note: Some("seen with bob, 4".to_owned()) }]
    );
    world.press(Key::Enter);
    assert!(world.effects.is_empty());
    world.tell(book(Vec::new()));
    assert!(page(&world).settled);
}

#[test]
fn send_again_closes_first_and_then_opens_a_form_that_must_be_answered() {
    let mut world = doubtful();
    world.wait(1, true).keys("3").press(Key::Enter);
    assert!(matches!(world.effects.as_slice(), [Effect::Resolve { resolution: Resolution::NotApplied, .. }]));
    world.tell(book(Vec::new()));
    assert!(matches!(world.effects.as_slice(), [Effect::Prepare { operation: Operation::Advance, .. }]));
    assert_eq!(*world.state.screen(), Screen::Form);
}

#[test]
fn a_burst_settles_nothing() {
    let mut world = doubtful();
    world.wait(1, true);
    let keys = vec![Key::Char('2'), Key::Enter, Key::Char('2'), Key::Enter];
    world.tell(Message::Input(Input::Burst(keys)));
    assert!(world.effects.is_empty() && world.state.settling.choice.is_none());
}

#[test]
fn in_doubt_locks_advance_and_leaves_pause_and_roll_back() {
    let mut world = doubtful();
    world.press(Key::Esc).keys(".X");
    let menu = view::menu(&world.state).expect("the menu");
    let possible: Vec<(char, bool)> = menu.entries.iter().map(|entry| (entry.key, entry.refusal.is_none())).collect();
    assert_eq!(possible, [('A', false), ('P', true), ('U', false), ('B', true), ('i', true)]);
    world.keys("i");
    assert_eq!(*world.state.screen(), Screen::InDoubt(action()));
}

#[test]
fn the_page_reads_back_every_five_seconds_and_keeps_what_it_read() {
    let mut world = doubtful();
    world.wait(12, true);
    let asked = world.effects.iter().filter(|effect| matches!(effect, Effect::ReadBack { .. })).count();
    assert_eq!(asked, 2);
    says(&mut world, report(Operation::Advance, &waiting("checkout"), ACTION, Outcome::InDoubt));
    assert_eq!(page(&world).read_backs.len(), 1);
}

#[test]
fn progress_that_ends_in_doubt_becomes_the_in_doubt_page() {
    let mut world = sent();
    says(&mut world, report(Operation::Advance, &waiting("checkout"), ACTION, Outcome::InDoubt));
    world.tell(book(vec![record(Operation::Advance, &waiting("checkout"), ACTION, Duration::ZERO)]));
    assert_eq!(world.state.screens.iter().filter(|screen| **screen == Screen::InDoubt(action())).count(), 1);
    assert_eq!(*world.state.screen(), Screen::InDoubt(action()));
}
