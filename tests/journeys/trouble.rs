//! Changes and sources that go wrong, on request.

use std::time::Duration;

use cutover::{
    backend::demo::{Fault, FaultSet},
    domain::outcome::Outcome,
    ledger::entry::{Entry, Resolution},
    terminal::input::Key,
};

use super::console::{Console, Shot, Start};

fn with(fault: Fault) -> Start {
    Start { faults: FaultSet::default().with(fault), ..Start::default() }
}

/// Advances checkout while `fault` is on.
async fn advance(fault: Fault) -> Console {
    let mut console = Console::start(with(fault)).await;
    console.select("checkout").await;
    console.answer('A', 'm').await;
    console
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_leaves_it_in_doubt_until_a_person_settles_it() {
    let mut console = advance(Fault::AnswerLost).await;
    let shot = console.see("IN DOUBT").await;
    assert!(shot.words().contains("it may have happened, or not"), "{shot}");
    console.fault(Fault::AnswerLost, false).await;
    // Advance is locked meanwhile, on every page.
    console.keys("q").await;
    console.see("DOUBT").await;
    console.keys("A").await;
    console.see_words("is in doubt since").await;
    console.press(Key::Enter).await;
    let shot = console.until("a verdict", |shot| shot.has("LIKELY APPLIED") || shot.has("NOT VISIBLE")).await;
    let (choice, resolution) =
        if shot.has("LIKELY APPLIED") { ('1', Resolution::Applied) } else { ('2', Resolution::NotApplied) };
    console.press(Key::Char(choice)).await;
    console.keys("seen by eye").await;
    console.press(Key::Enter).await;
    console.see("is closed: record").await;
    let records = console.records();
    assert_eq!(console.words(), ["intent", "outcome", "resolve"]);
    assert!(matches!(&records[2].entry, Entry::Resolve(it)
        if it.resolution == resolution && it.note.as_deref() == Some("seen by eye")));
    console.press(Key::Esc).await;
    console.until("no doubt", |shot| !shot.has("DOUBT")).await;
}

#[tokio::test(start_paused = true)]
async fn an_ignored_change_is_accepted_not_acted_on_and_a_nudge_verifies_it() {
    let mut console = advance(Fault::Ignored).await;
    let shot = console.see("accepted, not acted on, 6 s").await;
    assert!(!shot.has("verified"));
    console.keys("N").await;
    assert_eq!(console.phrase().await, "nudge");
    console.type_in("nudge").await;
    console.press(Key::Enter).await;
    console.until("the nudge's end", |shot| shot.has("NUDGE") && shot.has("✓ verified")).await;
    console.pass(Duration::from_secs(5)).await;
    let ends: Vec<_> = console
        .records()
        .into_iter()
        .filter(|record| matches!(&record.entry, Entry::Observed(it) if it.outcome == Outcome::Verified))
        .collect();
    assert_eq!(ends.len(), 2, "the nudge and what it woke: {:?}", console.words());
    assert!(console.world.engine.book().await.unwrap().accepted.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_accepted_change_that_is_acted_on_much_later_is_noticed_and_closed() {
    let mut console = advance(Fault::Ignored).await;
    console.until("the end as accepted", |shot| shot.has("! accepted")).await;
    assert_eq!(console.observed(), Some(Outcome::Accepted));
    assert_eq!(console.world.engine.book().await.unwrap().accepted.len(), 1);
    // The real controller looks at everything anew after 15 minutes, and so does the demo's.
    console.until_within(Duration::from_secs(20 * 60), "verified", |shot| shot.has("✓ verified")).await;
    assert_eq!(console.observed(), Some(Outcome::Verified));
    console.pass(Duration::from_secs(10)).await;
    assert!(console.world.engine.book().await.unwrap().accepted.is_empty());
    assert_eq!(console.words(), ["intent", "outcome", "observed", "observed"], "it was closed once");
}

#[tokio::test(start_paused = true)]
async fn with_a_full_ledger_nothing_is_sent_and_the_way_by_hand_is_said() {
    let mut console = Console::start(Start { ledger_full: true, ..Start::default() }).await;
    console.select("checkout").await;
    console.keys("A").await;
    let shot = console.see_words("By hand: kubectl -n shop patch rollout checkout").await;
    assert!(shot.words().contains("the ledger can not be written"), "{shot}");
    console.press(Key::Esc).await;
    let shot = console.shot();
    assert!(shot.row("checkout").contains("WAIT"), "viewing goes on:\n{shot}");
    assert!(console.words().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_source_that_goes_away_is_stale_then_lost_and_refuses_what_widens() {
    let mut console = Console::calm().await;
    console.select("checkout").await;
    console.fault(Fault::Down, true).await;
    // Until `stale_after` the last answer is still worth something; from then on it is old, and old is not good.
    console.pass(Duration::from_secs(10)).await;
    assert!(console.shot().row("checkout").contains("WAIT"), "{}", console.shot());
    console.until("an age", |shot| shot.lines[0].contains("OLD")).await;
    console.until("a lost source", |shot| shot.row("checkout").contains("LOST")).await;
    console.keys("A").await;
    console.see_words("advance is not possible: demo is lost").await;
    for key in ["P", "B"] {
        console.keys(key).await;
        console.see_words("without a fresh read nothing is sent").await;
        console.press(Key::Esc).await;
    }
    assert!(console.words().is_empty());
    console.fault(Fault::Down, false).await;
    console.until("checkout again", |shot| shot.row("checkout").contains("WAIT")).await;
    console.answer('A', 'm').await;
    console.see("verified").await;
}

#[tokio::test(start_paused = true)]
async fn a_rollout_that_is_gone_keeps_its_row_until_the_person_moves() {
    let mut console = Console::start(with(Fault::Hostile)).await;
    console.keys("/31mcheckout").await;
    console.press(Key::Enter).await;
    let name = r"\x1b[31m";
    console.until("its row", |shot| shot.cursor().is_some_and(|(_, row)| row.contains(name))).await;
    console.press(Key::Esc).await;
    console.keys("A").await;
    console.see_words("is not possible: the name").await;
    let at = |shot: &Shot| shot.cursor().filter(|(_, row)| row.contains(name)).map(|(y, _)| y);
    let before = at(&console.shot()).expect("still selected");
    console.fault(Fault::Hostile, false).await;
    let shot = console.see("GONE").await;
    assert_eq!(at(&shot), Some(before), "the cursor does not slip to a neighbour:\n{shot}");
    console.pass(Duration::from_secs(20)).await;
    assert!(at(&console.shot()).is_some());
    console.keys("j").await;
    console.until("no row", |shot| at(shot).is_none() && !shot.has("GONE")).await;
}
