//! Looking, finding, leaving.

use cutover::{
    runtime::console::Left,
    terminal::{hangup::Event, input::Key},
};

use super::console::{Console, Start};

#[tokio::test(start_paused = true)]
async fn the_filter_shows_what_matches_and_esc_clears_it() {
    let mut console = Console::calm().await;
    console.keys("/payments !ledger").await;
    let shot = console.until("two rows", |shot| shot.has("2 shown")).await;
    assert!(shot.has("fraud-scoring") && !shot.has("ledger-api ") && !shot.has("catalog"), "{shot}");
    console.press(Key::Enter).await;
    console.press(Key::Esc).await;
    console.see("catalog").await;
}

#[tokio::test(start_paused = true)]
async fn audit_shows_the_records_and_verifies_them_and_sources_say_how_they_are() {
    let mut console = Console::calm().await;
    console.select("checkout").await;
    console.answer('A', 'm').await;
    console.see("verified").await;
    console.keys("7").await;
    let shot = console.until("the records", |shot| shot.has("3 records")).await;
    assert!(shot.has("advance shop/checkout"), "{shot}");
    console.keys("V").await;
    console.see("chain verified").await;
    console.keys("9").await;
    let shot = console.see("live").await;
    assert!(shot.has("demo"), "{shot}");
}

#[tokio::test(start_paused = true)]
async fn json_is_copied_as_the_command_line_has_it() {
    let mut console = Console::calm().await;
    console.select("checkout").await;
    console.keys("yj").await;
    console.see("copied: JSON").await;
    let copied = console.copied.lock().unwrap().clone();
    let json: serde_json::Value = serde_json::from_str(&copied[0]).unwrap();
    assert_eq!(json["id"], "demo/shop/checkout");
    assert_eq!(json["freshness"], "live");
    let verbs: Vec<_> = json["operations"].as_array().unwrap().iter().map(|it| it["verb"].clone()).collect();
    assert_eq!(verbs, ["advance", "pause", "resume", "rollback"]);
}

#[tokio::test(start_paused = true)]
async fn c_on_the_welcome_screen_asks_for_a_connection() {
    let mut console = Console::start(Start { nothing: true, ..Start::default() }).await;
    console.see("kind-dev").await;
    console.keys("jkABX").await;
    assert!(console.is_running());
    console.keys("c").await;
    assert_eq!(console.left().await, Left::Connect);
}

#[tokio::test(start_paused = true)]
async fn q_twice_quits_and_a_signal_ends_at_once() {
    let console = Console::calm().await;
    console.keys("q").await;
    assert!(console.shot().has("press again"), "{}", console.shot());
    console.keys("jq").await;
    assert!(console.is_running(), "another key between them takes it back");
    console.keys("q").await;
    assert_eq!(console.left().await, Left::Quit);

    let console = Console::calm().await;
    console.signal(Event::Terminate(15)).await;
    assert_eq!(console.left().await, Left::Signal(15));
    let console = Console::calm().await;
    console.signal(Event::HangUp).await;
    assert_eq!(console.left().await, Left::HangUp);
}

#[tokio::test(start_paused = true)]
async fn storms_of_resizes_change_no_selection_and_a_form_survives_them() {
    let mut console = Console::calm().await;
    console.select("checkout").await;
    let mut dice = fastrand::Rng::with_seed(11);
    let mut storm = |count: usize| -> Vec<(u16, u16)> {
        let odd = [(1, 1), (300, 100), (1, 100), (300, 1), (80, 24), (0, 0)];
        odd.into_iter().chain((0..count).map(|_| (dice.u16(1..=300), dice.u16(1..=100)))).collect()
    };
    for (columns, rows) in storm(60) {
        console.resize(columns, rows).await;
        assert_eq!(console.shot().lines.len(), usize::from(rows));
    }
    console.resize(80, 24).await;
    assert!(console.shot().lines.iter().any(|line| line.starts_with('>') && line.contains("checkout")), "{}", console.shot());

    console.keys("A").await;
    let phrase = console.phrase().await;
    console.keys("m").await;
    console.type_in(&phrase).await;
    for (columns, rows) in storm(60) {
        console.resize(columns, rows).await;
    }
    console.resize(80, 24).await;
    console.press(Key::Enter).await;
    console.see_words(&format!("type {phrase} to confirm")).await;
    assert!(console.words().is_empty(), "a form that was painted anew is not confirmed by what was typed before");
    console.press(Key::BackTab).await;
    console.press(Key::BackTab).await;
    console.keys(&phrase).await;
    console.press(Key::Tab).await;
    console.press(Key::Tab).await;
    console.press(Key::Enter).await;
    console.see("verified").await;
}
