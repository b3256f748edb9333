//! The life of a form: what opens it, what locks it, what closes it, and the one way through it.

use std::time::Duration;

use cutover::{
    app::{
        effect::Effect,
        form::{Focus, FormPhase, Sheet},
        message::{Message, Ticket},
        state::Screen,
        view::{self, FormStage},
    },
    domain::{
        operation::Operation,
        permit::{Refusal, RefusalCode},
        rollout::Rollout,
    },
    terminal::input::{Input, Key},
};

use crate::world::{
    World, failing, health, healthy, moving, opening, paused, plan, preconditions, proposal, rollouts, sick, start, waiting,
};

const ADVANCE: &str = "0199-advance";

/// A form of `operation` on `rollout`, prepared.
fn open(operation: Operation, key: &str, rollout: &Rollout) -> World {
    let mut world = World::with(vec![rollout.clone()]);
    world.keys(key);
    assert!(matches!(world.effects.as_slice(), [Effect::Prepare { operation: asked, .. }] if *asked == operation));
    world.prepared(proposal(operation, rollout, ADVANCE));
    world
}

/// Advance, filled in, the act button focused.
fn answered() -> World {
    let mut world = open(Operation::Advance, "A", &waiting("checkout"));
    world.press(Key::Tab).press(Key::Tab).keys("50-kv").press(Key::Tab).press(Key::Tab);
    assert_eq!(form(&world).missing, None);
    world
}

fn form(world: &World) -> view::FormView {
    view::form(&world.state).expect("a form is open")
}

/// Right after an action was read back as verified, the watch is a fraction of a second behind: it still says that the
/// controller has not caught up. Only a fresh read can tell, and a form is one. (Found on the real controller: `U` right
/// after a verified pause was refused once in a while.)
#[test]
fn a_controller_that_may_have_caught_up_meanwhile_is_asked_and_not_refused() {
    let behind = Rollout { observed: false, ..paused("checkout") };
    let world = open(Operation::Resume, "U", &behind);
    let form = world.state.form.as_ref().expect("a form is open");
    assert_eq!(form.lock, None, "the fresh read outweighs the older watch");
}

#[test]
fn a_roll_back_from_the_overview_takes_eight_keys_and_the_typed_value() {
    let rollout = failing("checkout");
    let mut world = World::with(vec![moving("a"), rollout.clone(), moving("z")]);
    let mut keys = 0;
    let mut press = |world: &mut World, key: Key| {
        keys += 1;
        world.press(key);
    };
    press(&mut world, Key::Char('.'));
    press(&mut world, Key::Char('B'));
    world.prepared(proposal(Operation::RollBack, &rollout, "0199-back"));
    assert_eq!(form(&world).focus, Focus::Choice, "focus starts on the reason");
    press(&mut world, Key::Char('n'));
    assert_eq!(form(&world).reason.text, "instability: pod checkout-5f8f5748d7-x2x4z ImagePullBackOff");
    press(&mut world, Key::Tab);
    press(&mut world, Key::Tab);
    world.keys("checkout-kv");
    press(&mut world, Key::Tab);
    press(&mut world, Key::Tab);
    assert!(world.effects.is_empty());
    press(&mut world, Key::Enter);
    assert_eq!(keys, 8);
    let [Effect::Execute(confirmed)] = world.effects.as_slice() else { panic!("{:?}", world.effects) };
    assert_eq!(confirmed.action().0, "0199-back");
    assert_eq!(confirmed.plan(), &plan(Operation::RollBack, &rollout));
    assert_eq!(confirmed.reason(), Some("instability: pod checkout-5f8f5748d7-x2x4z ImagePullBackOff"));
    assert_eq!(*world.state.screen(), Screen::Progress(confirmed.action().clone()));
}

#[test]
fn keys_typed_ahead_of_the_form_land_nowhere() {
    let rollout = waiting("checkout");
    let mut world = World::with(vec![rollout.clone()]);
    world.keys("A").press(Key::Tab).press(Key::Tab).keys("50-kv").press(Key::Tab).press(Key::Tab).press(Key::Enter);
    assert!(world.effects.is_empty());
    world.prepared(proposal(Operation::Advance, &rollout, ADVANCE));
    let view = form(&world);
    assert_eq!((view.typed.text.as_str(), view.reason.text.as_str(), view.focus), ("", "", Focus::Choice));
    world.press(Key::Enter);
    assert!(world.effects.is_empty());
}

#[test]
fn enter_acts_on_a_button_only_and_cancel_sends_nothing() {
    let mut world = open(Operation::Advance, "A", &waiting("checkout"));
    for _ in 0..3 {
        world.press(Key::Enter);
        assert!(world.effects.is_empty() && world.state.form.is_some());
        world.press(Key::Tab);
    }
    assert_eq!(form(&world).focus, Focus::Cancel);
    world.press(Key::Enter);
    assert!(world.effects.is_empty() && world.state.form.is_none());
    assert_eq!(*world.state.screen(), Screen::Overview);
}

#[test]
fn esc_and_ctrl_c_cancel_from_every_field() {
    for key in [Key::Esc, Key::Ctrl('c')] {
        for tabs in 0..5 {
            let mut world = open(Operation::Advance, "A", &waiting("checkout"));
            for _ in 0..tabs {
                world.press(Key::Tab);
            }
            world.press(key);
            assert!(world.state.form.is_none() && world.effects.is_empty(), "{tabs} {key:?}");
            assert!(world.state.said.as_ref().is_some_and(|said| said.text.contains("nothing was sent")));
        }
    }
}

#[test]
fn a_wrong_or_partial_value_never_confirms() {
    for typed in ["", "5", "50", "50-", "50-k", "50-vk", "50-kvx", "50-KV", "25-kv", " 50-kv", "checkout-kv"] {
        let mut world = open(Operation::Advance, "A", &waiting("checkout"));
        world.press(Key::Tab).press(Key::Tab).keys(typed).press(Key::Tab).press(Key::Tab).press(Key::Enter);
        assert!(world.effects.is_empty(), "{typed:?}");
        assert!(form(&world).remark.is_some_and(|remark| remark.contains("50-kv")), "{typed:?}");
    }
}

#[test]
fn a_roll_back_needs_a_reason() {
    let mut world = open(Operation::RollBack, "B", &moving("checkout"));
    world.press(Key::Tab).press(Key::Tab).keys("checkout-kv").press(Key::Tab).press(Key::Tab).press(Key::Enter);
    assert!(world.effects.is_empty());
    assert_eq!(form(&world).remark.as_deref(), Some("a reason is required"));
}

#[test]
fn a_pause_has_its_reason_filled_in_and_is_confirmed_by_the_verb() {
    let mut world = open(Operation::Pause, "P", &moving("checkout"));
    assert_eq!(form(&world).reason.text, "investigating alert");
    world.keys("c");
    assert_eq!(form(&world).reason.text, "window closing");
    world.press(Key::Tab).keys("!").press(Key::BackTab).keys("i");
    assert_eq!(form(&world).reason.text, "window closing!", "what a person wrote is not replaced");
    world.press(Key::Tab).press(Key::Tab).keys("pause").press(Key::Tab).press(Key::Tab).press(Key::Enter);
    assert!(matches!(world.effects.as_slice(), [Effect::Execute(it)] if it.reason() == Some("window closing!")));
}

#[test]
fn a_confirmation_is_carried_out_once() {
    let mut world = answered();
    world.press(Key::Enter);
    assert!(matches!(world.effects.as_slice(), [Effect::Execute(_)]));
    for _ in 0..5 {
        world.press(Key::Enter);
        assert!(world.effects.is_empty());
    }
    // A late answer to the closed form, and a second form of the same target while it runs.
    world.tell(Message::Prepared {
        ticket: Ticket(1),
        result: Ok(Box::new(proposal(Operation::Advance, &waiting("checkout"), "x"))),
    });
    assert!(world.effects.is_empty() && world.state.form.is_none());
    world.keys("0A");
    assert!(world.effects.is_empty() && world.state.form.is_none());
    assert!(world.state.said.as_ref().is_some_and(|said| said.text.contains("under way")));
}

#[test]
fn paste_and_bursts_change_no_field_and_quarantine_what_follows() {
    let burst = |text: &str| Input::Burst(text.chars().map(Key::Char).collect());
    for input in [Input::Paste("50-kv".to_owned()), Input::Paste("50-kv\t\t\r".to_owned()), burst("50-kv")] {
        let mut world = open(Operation::Advance, "A", &waiting("checkout"));
        world.press(Key::Tab).press(Key::Tab).tell(Message::Input(input.clone()));
        // `ESC[200~50 ESC[201~ -kv tab tab enter`: the rest arrives as true keys.
        world.keys("50-kv").press(Key::Tab).press(Key::Tab).press(Key::Enter);
        assert!(world.effects.is_empty(), "{input:?}");
        let view = form(&world);
        assert_eq!((view.typed.text.as_str(), view.focus), ("", Focus::Typed), "{input:?}");
        assert!(view.remark.is_some_and(|remark| remark.contains("not taken")));
        // Later it can be typed by hand.
        world.wait(3, true).keys("50-kv");
        assert_eq!(form(&world).typed.text, "50-kv");
    }
}

#[test]
fn a_burst_that_opens_a_form_ends_there() {
    let mut world = World::with(vec![waiting("checkout")]);
    let keys = "A".chars().map(Key::Char).chain([Key::Tab, Key::Enter]).collect();
    world.tell(Message::Input(Input::Burst(keys)));
    assert!(matches!(world.effects.as_slice(), [Effect::Prepare { .. }]));
    assert!(world.state.form.as_ref().is_some_and(|form| form.quarantine.is_some()));
}

#[test]
fn what_is_typed_while_the_form_is_read_is_not_taken_nor_what_follows_closely() {
    let rollout = waiting("checkout");
    let mut world = World::with(vec![rollout.clone()]);
    // The first keys fall on a form that is not painted, the rest of the same word on one that is. A pause has no letters.
    world.keys("Px").prepared(proposal(Operation::Pause, &rollout, ADVANCE));
    world.press(Key::Tab).press(Key::Tab).keys("pause").press(Key::Tab).press(Key::Tab).press(Key::Enter);
    assert!(world.effects.is_empty(), "{:?}", world.effects);
    assert_eq!(form(&world).typed.text, "");
    assert!(form(&world).remark.is_some_and(|remark| remark.contains("before the form could be read")));
    // Who waits and reads can answer it.
    world.wait(3, true).press(Key::Tab).press(Key::Tab).keys("pause").press(Key::Tab).press(Key::Tab).press(Key::Enter);
    assert!(matches!(world.effects.as_slice(), [Effect::Execute(_)]), "{:?}", world.effects);
}

#[test]
fn checks_are_made_again_every_two_seconds_one_at_a_time() {
    let mut world = open(Operation::Advance, "A", &waiting("checkout"));
    world.wait(1, true);
    assert!(world.effects.is_empty());
    world.wait(1, true);
    let ticket = world.ticket();
    assert!(matches!(world.effects.as_slice(), [Effect::Recheck { ticket: asked, .. }] if *asked == ticket));
    world.wait(5, true);
    assert!(world.effects.is_empty(), "the first is not answered yet");
    world.tell(Message::Rechecked { ticket, result: Ok(preconditions(1)) }).wait(2, true);
    assert!(matches!(world.effects.as_slice(), [Effect::Recheck { .. }]));
}

#[test]
fn a_flipped_precondition_locks_marks_and_clears() {
    let mut world = answered();
    let ticket = world.ticket();
    world.tell(Message::Rechecked { ticket, result: Ok(preconditions(2)) });
    let view = form(&world);
    assert_eq!(view.typed.text, "");
    assert!(!view.act.enabled);
    assert_eq!(view.lock.as_deref(), Some("step index moved: was 1, now 2"));
    assert_eq!(view.checks.iter().map(|check| check.moved).collect::<Vec<_>>(), [false, true]);
    world.press(Key::Enter);
    assert!(world.effects.is_empty());
    // While locked, nothing can be typed; when it comes back, the line stays marked and the value is typed anew.
    world.press(Key::BackTab).press(Key::BackTab).keys("50-kv");
    assert_eq!(form(&world).typed.text, "");
    world.tell(Message::Rechecked { ticket, result: Ok(preconditions(1)) });
    let view = form(&world);
    assert!(view.lock.is_none() && view.checks[1].moved && view.typed.text.is_empty());
    assert!(!view.act.enabled);
}

#[test]
fn a_precondition_that_is_no_longer_told_does_not_hold() {
    let mut world = answered();
    let ticket = world.ticket();
    world.tell(Message::Rechecked { ticket, result: Ok(Vec::new()) });
    assert!(form(&world).lock.is_some());
}

#[test]
fn a_refused_recheck_locks_and_a_strangers_answer_does_nothing() {
    let mut world = answered();
    let ticket = world.ticket();
    world.tell(Message::Rechecked { ticket: Ticket(ticket.0 + 7), result: Ok(preconditions(2)) });
    assert!(form(&world).act.enabled);
    let refusal = Refusal::new(RefusalCode::Unreachable, "k8s did not answer");
    world.tell(Message::Rechecked { ticket, result: Err(refusal) });
    assert_eq!(form(&world).lock.as_deref(), Some("k8s did not answer"));
}

#[test]
fn data_that_goes_stale_locks_the_form() {
    let mut world = answered();
    world.wait(11, false);
    let view = form(&world);
    assert!(view.lock.is_some() && view.typed.text.is_empty());
    world.press(Key::Enter);
    assert!(world.effects.is_empty());
}

#[test]
fn checks_that_are_never_answered_lock_an_advance_and_a_roll_back_but_not_a_pause() {
    for (operation, key, locked_after) in
        [(Operation::Advance, "A", Some(11)), (Operation::RollBack, "B", Some(31)), (Operation::Pause, "P", None)]
    {
        let mut world = open(operation, key, &waiting("checkout"));
        if let Some(seconds) = locked_after {
            world.wait(seconds - 1, true);
            assert_eq!(form(&world).lock, None, "{operation}");
            world.wait(1, true);
            assert!(form(&world).lock.is_some_and(|lock| lock.contains("old")), "{operation}");
        } else {
            world.wait(60, true);
            assert_eq!(form(&world).lock, None, "{operation}");
        }
    }
}

#[test]
fn the_state_moving_under_the_form_locks_it() {
    let mut world = answered();
    world.tell(rollouts(vec![healthy("checkout")]));
    assert!(form(&world).lock.is_some());
    let mut world = answered();
    world.tell(rollouts(Vec::new()));
    assert!(form(&world).lock.is_some_and(|lock| lock.contains("gone")));
}

#[test]
fn a_resize_clears_the_typed_value_and_keeps_the_form() {
    let mut world = answered();
    world.tell(Message::Input(Input::Resize { columns: 120, rows: 36 }));
    let view = form(&world);
    assert!(view.typed.text.is_empty() && !view.act.enabled);
    assert_eq!(view.stage, FormStage::Ready);
}

#[test]
fn only_suspend_sleep_or_five_minutes_close_a_form_by_themselves() {
    let mut world = answered();
    world.tell(health(sick(world.state.since_boot, Duration::from_secs(60), start())));
    let closed = world.wait(299, true).state.form.is_none();
    assert!(!closed);
    world.wait(1, true);
    assert!(world.state.form.is_none());

    let mut world = answered();
    world.press(Key::Ctrl('z'));
    assert_eq!(world.effects, [Effect::Suspend]);
    assert!(world.state.form.is_none());

    let mut world = answered();
    let later = Duration::from_secs(3_600);
    world.tell(Message::Clock { now: start() + later, since_boot: world.state.since_boot + later });
    assert!(world.state.form.is_none());
}

#[test]
fn a_refusal_is_said_in_the_form_and_in_the_message_row() {
    let mut world = World::with(vec![waiting("checkout")]);
    world.keys("A");
    let ticket = world.ticket();
    let refusal = Refusal::new(RefusalCode::NotPermitted, "user watcher may not patch rollouts");
    world.tell(Message::Prepared { ticket, result: Err(refusal) });
    assert_eq!(form(&world).stage, FormStage::Refused { sentence: "user watcher may not patch rollouts".to_owned() });
    world.keys("50-kv").press(Key::Tab).press(Key::Enter);
    assert!(world.effects.is_empty());
    world.press(Key::Esc);
    assert!(world.state.form.is_none());
    // Known to be impossible: no form at all.
    world.tell(rollouts(vec![moving("checkout")])).keys("A");
    assert!(world.state.form.is_none() && world.effects.is_empty());
    assert!(world.state.said.as_ref().is_some_and(|said| said.text.contains("moves by itself")));
}

#[test]
fn what_was_prepared_for_something_else_is_not_shown_as_a_form() {
    let mut world = World::with(vec![waiting("checkout"), waiting("search")]);
    world.keys("A").prepared(proposal(Operation::Advance, &waiting("another"), ADVANCE));
    assert!(matches!(form(&world).stage, FormStage::Refused { .. }));
}

#[test]
fn sheets_show_requests_and_bodies_outside_of_text_fields_only() {
    let mut world = open(Operation::Advance, "A", &waiting("checkout"));
    world.keys("s");
    assert_eq!(form(&world).sheet, Sheet::Calls);
    let text: String =
        form(&world).body.iter().flat_map(|it| &it.lines).flat_map(|it| &it.spans).map(|it| it.text.as_str()).collect();
    assert!(text.contains("PATCH /apis/argoproj.io") && text.contains("currentStepIndex"));
    world.keys("s").keys("d");
    assert_eq!(form(&world).sheet, Sheet::DryRun);
    world.keys("d").press(Key::Tab).keys("sd");
    assert_eq!((form(&world).sheet, form(&world).reason.text.as_str()), (Sheet::None, "sd"));
    world.press(Key::BackTab).keys("y");
    assert_eq!(world.effects, [Effect::Copy("cutover advance k8s/shop/checkout".to_owned())]);
}

#[test]
fn a_danger_environment_is_armed_with_a_reason_for_fifteen_minutes() {
    let mut world = World::new(opening(true));
    world.live().tell(rollouts(vec![waiting("checkout")])).keys("A");
    assert!(world.state.form.is_none());
    assert!(world.state.said.as_ref().is_some_and(|said| said.text.contains("not armed")));
    // Pause and roll back need no arming.
    world.keys("P");
    assert!(matches!(world.effects.as_slice(), [Effect::Prepare { .. }]));
    world.press(Key::Esc).keys("Xa");
    assert!(matches!(world.state.form.as_ref().map(|form| &form.phase), Some(FormPhase::Ready(None))));
    world.press(Key::Tab).press(Key::Tab).keys("arm").press(Key::Tab).press(Key::Tab).press(Key::Enter);
    assert_eq!(form(&world).remark.as_deref(), Some("a reason is required"));
    world.press(Key::Tab).keys("r").press(Key::BackTab).press(Key::Enter);
    assert_eq!(world.effects, [Effect::Arm { environment: "prod-eu".to_owned(), reason: "planned release".to_owned() }]);
    assert!(world.state.form.is_none());
    assert_eq!(view::header(&world.state).armed, None, "it is armed when it is recorded, not before");
    let until = world.state.since_boot + Duration::from_secs(15 * 60);
    let armed = |result| Message::Armed { environment: "prod-eu".to_owned(), reason: "planned release".to_owned(), result };
    world.tell(armed(Err(Refusal::new(RefusalCode::LedgerUnwritable, "no space left"))));
    assert_eq!(view::header(&world.state).armed, None);
    world.press(Key::Esc).tell(armed(Ok(until)));
    assert_eq!(view::header(&world.state).armed.as_deref(), Some("armed 15m00s"));
    world.keys("A");
    assert!(matches!(world.effects.as_slice(), [Effect::Prepare { .. }]));
    world.press(Key::Esc).wait(900, true).keys("A");
    assert!(world.effects.is_empty(), "15 minutes later it is disarmed");
    assert_eq!(view::header(&world.state).armed, None);
}
