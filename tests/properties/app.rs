//! Any messages at any size: no panic, nothing sent unconfirmed, the cursor on its own rollout.
//!
//! `CUTOVER_STORIES` is the number of stories (2,000 by default; 10,000 in the whole run).

use std::time::Duration;

use cutover::{
    app::{
        effect::Effect,
        kept::Kept,
        message::{Message, Ticket},
        state::{AppState, Opening, Screen},
        update::update,
        view,
    },
    domain::{
        action::ActionId,
        operation::Operation,
        outcome::Outcome,
        permit::{Refusal, RefusalCode},
        progress::Progress,
        rollout::Rollout,
    },
    terminal::input::{Input, Key},
};

use crate::world::{
    BOOT, book, failing, health, healthy, moving, opening, paused, preconditions, proposal, record, report, rollouts, sick,
    start, waiting, welcome, well,
};

const NAMES: [&str; 6] = ["a", "b", "checkout", "search", "x y", "zebra"];
const STEPS: usize = 60;

fn any_rollout(random: &mut fastrand::Rng, name: &str) -> Rollout {
    match random.u8(0..6) {
        0 => moving(name),
        1 => paused(name),
        2 => healthy(name),
        3 => failing(name),
        _ => waiting(name),
    }
}

fn any_key(random: &mut fastrand::Rng) -> Key {
    const KEYS: [Key; 16] = [
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Delete,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::Home,
        Key::End,
        Key::PageUp,
        Key::PageDown,
        Key::Ctrl('c'),
        Key::Ctrl('z'),
    ];
    const LETTERS: &[u8] = b".,BAPUNXyw?jkJKgGzsrcqV/ 0123479adisft5:!-\xc3";
    if random.u8(0..3) == 0 {
        KEYS[random.usize(0..KEYS.len())]
    } else {
        Key::Char(char::from(LETTERS[random.usize(0..LETTERS.len())]))
    }
}

/// Keys that answer the open form rightly: without these, random keys would confirm nothing and the rule be untested.
fn right_answer(state: &AppState) -> Vec<Message> {
    let Some(phrase) = state.form.as_ref().and_then(cutover::app::form::Form::phrase) else { return Vec::new() };
    let choice = state.form.as_ref().and_then(|form| form.choices().first()).map(|choice| Key::Char(choice.key));
    let keys = choice.into_iter().chain([Key::Tab, Key::Tab]).chain(phrase.chars().map(Key::Char)).chain([
        Key::Tab,
        Key::Tab,
        Key::Enter,
    ]);
    keys.map(|key| Message::Input(Input::Key(key))).collect()
}

fn any_messages(random: &mut fastrand::Rng, state: &AppState) -> Vec<Message> {
    let name = NAMES[random.usize(0..NAMES.len())];
    let known = any_rollout(random, name);
    let ticket = state.form.as_ref().map_or(Ticket(random.u64(0..9)), |form| form.ticket);
    let action = format!("action-{}", random.u8(0..4));
    let operation = Operation::ALL[random.usize(0..5)];
    let one = match random.u8(0..46) {
        0..16 => Message::Input(Input::Key(any_key(random))),
        16 => Message::Input(Input::Paste("50-kv\r\u{1b}[201~".to_owned())),
        17 => {
            let count = random.usize(0..8);
            Message::Input(Input::Burst((0..count).map(|_| any_key(random)).collect()))
        }
        18 => Message::Input(Input::Resize { columns: random.u16(1..=300), rows: random.u16(1..=100) }),
        19..22 => {
            let count = random.usize(0..=NAMES.len());
            rollouts(NAMES.iter().take(count).map(|name| any_rollout(random, name)).collect())
        }
        22 | 23 => health(well(state.since_boot, Duration::ZERO)),
        24 => health(sick(state.since_boot, Duration::from_secs(random.u64(0..60)), start())),
        25 | 26 => {
            let since_boot = state.since_boot + Duration::from_secs(random.u64(0..4));
            Message::Clock { now: start() + since_boot.saturating_sub(BOOT), since_boot }
        }
        27..31 => {
            // The right answer to what was asked, as `operate` gives it.
            let asked = state.form.as_ref().map(|form| form.subject.clone());
            match asked {
                Some(cutover::app::form::Subject::Change { target, operation }) => {
                    let rollout = state.rollout(&target).map_or(known, |rollout| (**rollout).clone());
                    Message::Prepared { ticket, result: Ok(Box::new(proposal(operation, &rollout, &action))) }
                }
                Some(cutover::app::form::Subject::Arm { .. }) | None => Message::Resumed,
            }
        }
        31 => Message::Prepared { ticket, result: Ok(Box::new(proposal(operation, &known, &action))) },
        32 => Message::Rechecked { ticket, result: Ok(preconditions(random.u32(1..3))) },
        33 => Message::Rechecked { ticket, result: Err(Refusal::new(RefusalCode::Unreachable, "gone quiet")) },
        34 => Message::Operated { action: ActionId(action), progress: Progress::NotActedOn { seconds: 6 } },
        35 => {
            let outcome = [Outcome::Verified, Outcome::Accepted, Outcome::InDoubt, Outcome::Rejected][random.usize(0..4)];
            Message::Operated { action: ActionId(action.clone()), progress: report(operation, &known, &action, outcome) }
        }
        36 => book(if random.bool() { vec![record(operation, &known, &action, Duration::from_secs(9))] } else { Vec::new() }),
        38 => Message::ReadBack { action: ActionId(action), result: Ok("step index is still 1".to_owned()) },
        37 => Message::Notice { text: "something\u{202e} happened".to_owned(), is_error: random.bool() },
        _ => return right_answer(state),
    };
    vec![one]
}

/// Every view of the state, as `ui` would ask for them at this size.
fn look(state: &AppState) {
    let height = usize::from(state.rows);
    let window = view::rollouts(state, height);
    assert!(window.rows.len() <= height);
    let _ = (view::header(state), view::attention(state), view::breadcrumb(state), view::message(state), view::footer(state));
    let _ = (view::page(state), view::form(state), view::progress(state), view::in_doubt(state), view::menu(state));
    let _ = (view::audit(state, height), view::sources(state), view::welcome(state), view::summary(state));
    let (alerts, gates) = (view::alert_window(state, height), view::gate_window(state, height));
    assert!(alerts.rows.len() <= height && gates.rows.len() <= height);
    let _ = (
        view::tenants_pane(state, 3, 40),
        view::wants(state),
        view::next_moment(state),
        view::prompt(state),
        view::filter(state),
    );
    assert!(!state.screens.is_empty());
    assert_eq!(state.form.is_some(), state.screens.contains(&Screen::Form), "a form and its screen live together");
}

/// The place of a story, through its file's text into another console over the same sources: nothing of it is lost, nothing that
/// was open comes back, and the cursors find their things.
fn comes_back(state: &AppState, begin: &Opening) {
    let kept = Kept::of(state);
    let text = serde_json::to_string(&kept).expect("a place is JSON");
    let read: Kept = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(read, kept);
    let mut next = AppState::new(begin.clone());
    update(&mut next, Message::Returned { place: Box::new(read), ago: Duration::from_secs(240) });
    look(&next);
    assert_eq!(Kept::of(&next), kept, "nothing has been told yet");
    assert!(next.form.is_none() && next.prompt.is_none() && next.palette.is_none() && !next.list.filtering);
    let told = state.sources.iter().map(|source| rollouts(source.rollouts.iter().map(|one| (**one).clone()).collect()));
    for message in told {
        update(&mut next, message);
    }
    look(&next);
    let stood = kept.rollouts.at.filter(|target| state.rollout(target).is_some());
    assert!(stood.is_none() || next.list.selection.id == stood, "{stood:?} in {:?}", next.list.selection);
}

/// Takes one message and holds the rules against what came of it.
fn step(state: &mut AppState, message: Message) -> usize {
    let before_form = state.form.clone();
    let before_id = state.list.selection.id.clone();
    let is_input = matches!(message, Message::Input(_));
    let is_enter = matches!(message, Message::Input(Input::Key(Key::Enter)));
    let effects = update(state, message);
    let mut sent = 0;
    for effect in &effects {
        if let Effect::Execute(confirmed) = effect {
            sent += 1;
            assert!(is_enter, "only Enter confirms");
            let form = before_form.as_ref().expect("a form was open");
            assert_eq!(form.missing(), None, "it was answered in full");
            let cutover::app::form::FormPhase::Ready(Some(proposal)) = &form.phase else { panic!("{:?}", form.phase) };
            assert_eq!((confirmed.action(), confirmed.plan()), (&proposal.action, &proposal.plan));
            assert_eq!(form.typed.text(), proposal.phrase.text());
            assert!(state.form.is_none());
        }
    }
    assert!(sent <= 1);
    if !is_input && let Some(before) = before_id {
        assert_eq!(state.list.selection.id, Some(before), "only a person moves the cursor");
    }
    look(state);
    sent
}

#[test]
fn any_story_at_any_size_keeps_the_rules() {
    let stories = std::env::var("CUTOVER_STORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000_u64);
    let mut sent = 0;
    for seed in 0..stories {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut begin = match random.u8(0..8) {
            0 => welcome(),
            1 => opening(true),
            _ => opening(false),
        };
        (begin.columns, begin.rows) = (random.u16(1..=300), random.u16(1..=100));
        let mut state = AppState::new(begin.clone());
        for message in [health(well(BOOT, Duration::ZERO)), rollouts(vec![waiting("checkout"), moving("a")])] {
            step(&mut state, message);
        }
        for _ in 0..STEPS {
            for message in any_messages(&mut random, &state) {
                sent += step(&mut state, message);
            }
        }
        if begin.welcome.is_none() {
            comes_back(&state, &begin);
        }
    }
    assert!(sent as u64 > stories / 50, "the rule was put to the test: {sent} confirmations in {stories} stories");
}
