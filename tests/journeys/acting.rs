//! Changes that go as they should.

use std::time::Duration;

use cutover::{
    domain::{operation::Operation, outcome::Outcome},
    ledger::entry::Entry,
    terminal::input::Key,
};

use super::console::{Console, Start};

#[tokio::test(start_paused = true)]
async fn see_it_ask_why_advance_with_the_letters_of_the_form_and_see_it_verified() {
    let mut console = Console::calm().await;
    console.select("checkout").await;
    console.keys("w").await;
    console.see("waits for you").await;
    console.press(Key::Esc).await;
    let phrase = console.answer('A', 'm').await;
    // The step after it changes no weight, so it is the name.
    assert!(phrase.len() == "checkout-kv".len() && phrase.starts_with("checkout-"), "and two letters: {phrase}");
    console.see("verified").await;
    assert_eq!(console.words(), ["intent", "outcome", "observed"]);
    assert_eq!(console.observed(), Some(Outcome::Verified));
    assert!(matches!(&console.records()[0].entry, Entry::Intent(intent) if intent.reason.as_deref() == Some("criteria met")));
    console.press(Key::Esc).await;
    console.until("checkout beyond its hold", |shot| !shot.row("checkout").contains("WAIT")).await;
}

#[tokio::test(start_paused = true)]
async fn the_letters_of_one_form_do_not_open_another() {
    let mut console = Console::calm().await;
    console.select("checkout").await;
    console.keys("A").await;
    let first = console.phrase().await;
    console.press(Key::Esc).await;
    let second = loop {
        console.keys("A").await;
        let phrase = console.phrase().await;
        if phrase != first {
            break phrase;
        }
        console.press(Key::Esc).await;
    };
    console.type_in(&first).await;
    console.press(Key::Enter).await;
    console.see(&format!("type {second} to confirm")).await;
    assert!(console.words().is_empty(), "nothing was recorded, so nothing was sent");
}

#[tokio::test(start_paused = true)]
async fn pause_and_resume() {
    let mut console = Console::calm().await;
    console.select("catalog").await;
    let phrase = console.answer('P', 'i').await;
    assert_eq!(phrase, "pause");
    console.see("verified").await;
    console.press(Key::Esc).await;
    console.until("the pause", |shot| shot.row("catalog").contains("PAUSED")).await;
    // The row may still be from before the controller saw it.
    console.pass(Duration::from_secs(1)).await;
    let phrase = console.answer('U', 'o').await;
    assert!(phrase.starts_with("catalog-"), "{phrase}");
    console.until("the second end", |shot| shot.has("RESUME") && shot.has("✓ verified")).await;
    console.press(Key::Esc).await;
    console.until("no pause", |shot| !shot.row("catalog").contains("PAUSED")).await;
    assert_eq!(console.words(), ["intent", "outcome", "observed"].repeat(2));
}

#[tokio::test(start_paused = true)]
async fn a_roll_back_from_the_overview_takes_eight_keys_and_the_typed_value() {
    let mut console = Console::calm().await;
    let mut keys = 0;
    for key in [Key::Char('.'), Key::Char('B')] {
        console.press(key).await;
        keys += 1;
    }
    let phrase = console.phrase().await;
    for key in [Key::Char('b'), Key::Tab, Key::Tab] {
        console.press(key).await;
        keys += 1;
    }
    console.keys(&phrase).await;
    for key in [Key::Tab, Key::Tab, Key::Enter] {
        console.press(key).await;
        keys += 1;
    }
    assert_eq!(keys, 8);
    console.until("the end", |shot| shot.has("ROLL BACK") && shot.has("✓ verified")).await;
    assert_eq!(console.observed(), Some(Outcome::Verified));
    console.press(Key::Esc).await;
    console.see("BACK").await;
}

#[tokio::test(start_paused = true)]
async fn a_danger_environment_is_armed_on_the_record_before_it_can_be_advanced() {
    let mut console = Console::start(Start { danger: true, ..Start::default() }).await;
    console.select("checkout").await;
    console.keys("A").await;
    console.see_words("not armed").await;
    console.keys("Xa").await;
    console.see("ARM  demo").await;
    console.keys("r").await;
    console.type_in("arm").await;
    console.press(Key::Enter).await;
    console.see("armed 1").await;
    assert!(matches!(&console.records()[..], [record] if matches!(&record.entry, Entry::Arm { environment, reason, .. }
            if environment == "demo" && reason == "planned release")));
    console.keys("A").await;
    let phrase = console.phrase().await;
    console.type_in(&phrase).await;
    console.press(Key::Enter).await;
    console.see_words("a reason is required").await;
    console.press(Key::Esc).await;
    console.answer('A', 'm').await;
    console.see("verified").await;
    console.keys("7").await;
    console.see("arm demo until").await;
    console.pass(Duration::from_secs(15 * 60)).await;
    console.keys("0A").await;
    assert_eq!(console.words(), ["arm", "intent", "outcome", "observed"], "15 minutes later nothing opens");
}

#[tokio::test(start_paused = true)]
async fn arming_that_can_not_be_recorded_does_not_arm() {
    let mut console = Console::start(Start { danger: true, ledger_full: true, ..Start::default() }).await;
    console.select("checkout").await;
    console.keys("Xa").await;
    console.see("ARM  demo").await;
    console.keys("r").await;
    console.type_in("arm").await;
    console.press(Key::Enter).await;
    let shot = console.see_words("demo is not armed: the ledger can not be written").await;
    assert!(!shot.lines[0].contains("armed"), "{shot}");
}

#[tokio::test(start_paused = true)]
async fn a_second_operator_moves_the_state_while_the_form_is_open() {
    let mut console = Console::calm().await;
    console.select("checkout").await;
    console.keys("A").await;
    let phrase = console.phrase().await;
    console.keys("m").await;
    console.type_in(&phrase).await;
    console.somebody_else(Operation::Advance, "checkout").await;
    console.see_words("what you typed was cleared").await;
    let shot = console.see_words("moved: was").await;
    assert!(shot.line("Type to confirm:").contains("[____"), "{shot}");
    console.resize(120, 36).await;
    let shot = console.see_words("PRECONDITIONS").await;
    assert!(shot.lines.iter().any(|line| line.contains("✗") && line.contains(": was ")), "the line is marked:\n{shot}");
    console.press(Key::Enter).await;
    assert!(console.shot().has("ADVANCE"), "the form stays and its button is locked:\n{}", console.shot());
    console.press(Key::Esc).await;
    assert!(console.words().is_empty(), "nothing was sent");
}
