//! Rollouts that a plan judges: what the plan holds back, what it proposes, and what is said when nobody knows.

use std::time::Duration;

use cutover::{
    backend::demo::{Fault, FaultSet},
    domain::outcome::Outcome,
    ledger::entry::Entry,
    terminal::input::Key,
};

use super::console::{Console, Shot, Start};

fn with(faults: &[Fault]) -> Start {
    let faults = faults.iter().fold(FaultSet::default(), |set, fault| set.with(*fault));
    Start { faults, judged: Some(&[]), ..Start::default() }
}

/// A console whose plans were judged once.
async fn judged(start: Start) -> Console {
    let mut console = Console::start(start).await;
    let all = |shot: &Shot| shot.line("3 Gates").contains("pass") && !shot.line("4 Tenants").is_empty();
    console.until("gates", all).await;
    console
}

/// The row of checkout, lost or not.
fn of_checkout(shot: &Shot) -> &str {
    shot.line("checkout        beta")
}

/// Waits until checkout stands in `state`, and opens its page.
async fn page_of_checkout(console: &mut Console, state: &str) -> Shot {
    console.until(state, |shot| shot.row("checkout").contains(state)).await;
    console.select("checkout").await;
    console.resize(140, 50).await;
    console.press(Key::Enter).await;
    console.see("Rollback triggers").await
}

#[tokio::test(start_paused = true)]
async fn exactly_at_the_limit_the_gate_fails_and_no_trigger_matches() {
    let shop_says: &[(&str, &str)] = &[("pass = \"< 1 %\"", "pass = \"< 5 %\""), ("warn = \"> 0.7 %\"\n", "")];
    let mut console = judged(Start { judged: Some(shop_says), ..with(&[Fault::ErrorsAtBound]) }).await;
    let shot = page_of_checkout(&mut console, "HOLD").await;
    let row = shot.line("error-rate ");
    assert!(row.contains("FAIL") && row.contains("< 5 %"), "{shot}");
    assert!(shot.has("none matches") && !shot.has("MATCH "), "{shot}");
    assert!(shot.line("errors > 5 %").contains("NEAR"), "{shot}");
    assert!(!shot.has("since when is not known"), "the time of its hold is: {shot}");
    console.keys("A").await;
    console.see_words("error rate 5 % is not < 5 %, exactly the limit").await;
    assert!(console.words().is_empty());
}

#[tokio::test(start_paused = true)]
async fn of_two_triggers_the_emergency_is_proposed_and_both_are_listed() {
    let mut console = judged(with(&[Fault::CrashAndErrors])).await;
    console.until("the emergency", |shot| shot.lines[1].contains("EMERGENCY  checkout: trigger crashes")).await;
    // One key from anywhere.
    console.keys("3.").await;
    assert!(console.shot().lines.iter().any(|line| line.contains("> checkout")), "{}", console.shot());
    page_of_checkout(&mut console, "TRIGGER").await;
    let shot = console.see("2 match, proposed: EMERGENCY").await;
    let (crashes, errors) = (shot.line("crashes > 1 %"), shot.line("errors > 5 %"));
    assert!(crashes.contains("MATCH") && crashes.contains("emergency"), "{shot}");
    assert!(errors.contains("MATCH") && errors.contains("roll back"), "{shot}");
    // It proposes, a person acts: nothing was sent, and nothing judged keeps a roll back from being sent.
    assert!(console.words().is_empty());
    console.answer('B', 'b').await;
    console.until("the end", |shot| shot.has("ROLL BACK") && shot.has("✓ verified")).await;
    assert_eq!(console.observed(), Some(Outcome::Verified));
}

#[tokio::test(start_paused = true)]
async fn before_the_soak_is_over_an_advance_is_refused() {
    let mut console = judged(Start { judged: Some(&[("soak = \"5m\"", "soak = \"40m\"")]), ..with(&[]) }).await;
    console.until("the soak", |shot| shot.row("checkout").contains("SOAK")).await;
    console.select("checkout").await;
    console.keys("A").await;
    console.resize(140, 50).await;
    console.see_words("advance is not possible: the soak of stage beta is not over").await;
    assert!(console.words().is_empty(), "nothing was sent");
    console.resize(80, 24).await;
    // 40 minutes of the world are 10 of ours, and a few are over.
    console.until_within(Duration::from_secs(600), "READY", |shot| shot.row("checkout").contains("READY")).await;
    console.answer('A', 'm').await;
    console.see("verified").await;
}

#[tokio::test(start_paused = true)]
async fn where_the_plan_only_warns_of_an_early_advance_it_is_on_record() {
    let shop_says: &[(&str, &str)] = &[("soak = \"5m\"", "soak = \"40m\""), ("early = \"refuse\"", "early = \"warn\"")];
    let mut console = judged(Start { judged: Some(shop_says), ..with(&[]) }).await;
    console.until("five gates", |shot| shot.row("checkout").contains("5/5")).await;
    console.select("checkout").await;
    console.resize(140, 50).await;
    console.keys("A").await;
    console.see_words("soak of stage beta is not over").await;
    console.press(Key::Esc).await;
    console.answer('A', 'm').await;
    console.see("verified").await;
    let records = console.records();
    let Entry::Intent(intent) = &records[0].entry else { panic!("{:?}", console.words()) };
    assert!(!intent.judged.is_empty() && intent.judged_left_out == 0, "{intent:?}");
    let cut_short = intent.soak_cut_short.as_deref().unwrap_or_default();
    assert!(
        cut_short.contains("the soak of stage beta is not over: ") && cut_short.contains(" left (demo-shop.toml:"),
        "{cut_short}"
    );
    // The rows of `audit show` and of the audit page.
    let rows = cutover::ledger::page::rows(records);
    assert!(rows.iter().any(|row| row.kind == "intent" && row.result.as_str().starts_with("soak cut short: ")), "{rows:?}");
    console.press(Key::Esc).await;
    console.keys("7").await;
    console.see("soak cut short").await;
}

#[tokio::test(start_paused = true)]
async fn one_of_ten_thousand_tenants_a_row_short_locks_the_cutover_and_is_one_key_away() {
    let mut console = judged(with(&[Fault::TenantRowLost])).await;
    let shot = console.until("the gate", |shot| shot.lines[1].contains("tenants-green FAIL on fraud-scoring")).await;
    assert!(shot.lines[1].ends_with("on fraud-scoring: t-004417 rows -1"), "at 80 columns, too: {shot}");
    assert!(shot.words().contains("1 row lost ✗ 1 fail ✓ 9999 green of 10000"), "{shot}");
    console.keys(".").await;
    let shot = console.shot();
    assert!(shot.has("4 Tenants *"), "{shot}");
    assert!(shot.lines.iter().any(|line| line.starts_with("> ✗ t-004417 rows -1")), "{shot}");
    console.keys("1").await;
    console.select("fraud-scoring").await;
    console.keys("A").await;
    console.see_words("advance is not possible").await;
    console.resize(140, 50).await;
    console.press(Key::Enter).await;
    console.see_words("t-004417 (Acme Logistics) fails: rows -1").await;
    assert!(console.words().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_quality_between_target_and_alarm_is_off_target_and_wakes_nobody() {
    let mut console = judged(with(&[Fault::QualityLow])).await;
    let shot = console.until("quality", |shot| shot.line("3 Gates").contains("off target")).await;
    let row = shot.line(" quality ");
    assert!(row.contains("OFF") && row.contains("93 %") && row.contains(">= 95 %"), "{shot}");
    assert!(!shot.lines[1].contains("ROLL BACK") && !shot.row("fraud-scoring").contains("TRIGGER"), "{shot}");
    console.select("fraud-scoring").await;
    console.resize(140, 50).await;
    console.press(Key::Enter).await;
    let shot = console.see("Rollback triggers").await;
    assert!(shot.has("none matches"), "{shot}");
    console.pass(Duration::from_secs(120)).await;
    assert!(console.shot().has("none matches"), "a target that is missed for longer is still no alarm: {}", console.shot());
}

#[tokio::test(start_paused = true)]
async fn alone_the_rows_of_a_silent_source_are_lost_and_blind_is_not_good_news() {
    // The source that goes, and what its own panes say of it once nobody knows.
    for (fault, name, state) in [
        (Fault::MetricsDown, "metrics", "NODATA"),
        (Fault::AlertsDown, "alerts", "NODATA"),
        (Fault::TenantsDown, "tenants", "READY"),
        (Fault::Down, "demo", "LOST"),
    ] {
        let mut console = judged(with(&[])).await;
        console.until("good", |shot| of_checkout(shot).contains("READY")).await;
        console.fault(fault, true).await;
        let shot = console.until("blind", |shot| shot.lines[1].contains("BLIND  1 of 4 sources silent")).await;
        assert!(shot.lines[1].contains(&format!("silent: {name} ")), "it says which: {shot}");
        let shot = console.until(state, |shot| of_checkout(shot).contains(state)).await;
        let of_alerts = shot.line("2 Alerts");
        assert_eq!(of_alerts.contains("2 Alerts  1 crit"), name != "alerts", "others go on: {shot}");
        assert_eq!(shot.words().contains("absence of alerts is NOT good news"), name == "alerts", "{shot}");
        if name == "metrics" {
            let row = shot.line(" quality ");
            let told = row.split_once(" lost ").map_or("", |(_, told)| told);
            let age = told.split(':').next().unwrap_or_default();
            assert!(age.ends_with('s') && age.starts_with(|c: char| c.is_ascii_digit()), "lost, how old, which source: {shot}");
        }
        assert!(!of_alerts.contains("0 crit") && !shot.has("no alert"), "{shot}");
        console.fault(fault, false).await;
        console.until("sight", |shot| !shot.lines[1].contains("BLIND")).await;
        console.until("good again", |shot| of_checkout(shot).contains("READY")).await;
    }
}
