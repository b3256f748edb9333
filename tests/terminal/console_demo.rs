//! The demo at its screen: a roll back from the overview, what is in doubt, a full ledger, a lost source, plain terminals.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use super::{
    console_kit::{Console, SOON, binary},
    harness::PtyRun,
};

#[test]
fn a_roll_back_from_the_overview_takes_8_keys_and_the_typed_value() {
    let mut console = Console::demo(&[]);
    // The first problem of this world is a tenant: checkout is the row below the first.
    console.press("j");
    console
        .run
        .wait_for("checkout selected", SOON, |screen| screen.contents().lines().any(|line| line.starts_with("> checkout")));
    console.press("B");
    let phrase = console.phrase();
    assert!(phrase.starts_with("checkout-") && phrase.len() == "checkout-kv".len(), "{phrase}");
    console.press("b");
    console.press("\t");
    console.press("\t");
    let before = console.keys;
    console.type_text(&phrase);
    let value = console.keys - before;
    console.press("\t");
    console.press("\t");
    assert_eq!(console.count("intent"), 0, "nothing is sent before the last key");
    console.press("\r");
    assert_eq!((console.keys - value, value), (8, phrase.len()), "keys, and the typed value");
    console.wait("verified");
    let words: Vec<_> = console.ledger().iter().map(|record| record["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(words, ["session_open", "intent", "outcome", "observed"]);
    let ledger = console.ledger();
    assert_eq!((ledger[1]["operation"].as_str(), ledger[1]["via"].as_str()), (Some("rollback"), Some("screen")));
    assert_eq!(ledger[2]["outcome"], "accepted");
    console.press("0");
    console.run.wait_for("the roll back on the overview", SOON, |screen| {
        screen.contents().lines().any(|line| line.contains("checkout ") && line.contains("o BACK"))
    });
}

/// A roll back whose answer is lost, until it is in doubt.
fn in_doubt() -> Console {
    let mut console = Console::demo(&["--fault", "answer-lost"]);
    console.select("checkout");
    console.fill_in("B", "b");
    console.press("\r");
    console.run.wait_for_text("CHOOSE", Duration::from_secs(30));
    console
}

#[test]
fn in_doubt_is_said_everywhere_settled_by_screen_and_first_after_a_restart() {
    let mut console = in_doubt();
    let says = "1 ACTION IN DOUBT  roll back checkout";
    let second = |console: &Console| console.run.screen().rows(0, 80).nth(1).unwrap();
    // The page opened by itself; it is left open.
    console.run.wait_for("the page", SOON, |screen| screen.contents().contains("CHOOSE"));
    assert!(second(&console).contains(says), "{}", console.run.text());
    console.press("\x1b");
    // Overview, audit, sources, rollout: row 2 says it.
    for (key, text) in [("0", "Rollouts 9"), ("7", "3 records"), ("9", "demo"), ("0", "Rollouts 9")] {
        console.press(key);
        console.wait(text);
        assert!(second(&console).contains(says), "after {key}:\n{}", console.run.text());
    }
    // Esc clears the filter; what is in doubt stands first.
    console.press("\x1b");
    console.run.wait_for("the row", SOON, |screen| {
        screen.contents().lines().any(|line| line.contains("checkout") && line.contains("DOUBT") && !line.contains("ACTION"))
    });
    console.press("\r");
    console.wait("settle");
    assert!(second(&console).contains(says), "{}", console.run.text());
    // A second console over the same records begins with it.
    let mut console = Console::demo_starting(console.leave(), &[], &[]);
    console.wait("CHOOSE");
    assert!(second(&console).contains(says), "{}", console.run.text());
    // The new demo world knows nothing of the old one's roll back: a good read-back without it allows 2.
    console.run.wait_for("a read-back", SOON, |screen| screen.contents().contains("NOT VISIBLE"));
    console.press("2");
    console.type_text("read it");
    console.press("\r");
    console.wait_for_records("resolve", 1, SOON);
    let resolve = console.ledger().into_iter().find(|record| record["type"] == "resolve").unwrap();
    assert!(resolve["note"] == "read it" && resolve["resolution"] == "not_applied", "{resolve}");
    console.run.wait_for("no more doubt", SOON, |screen| !screen.contents().contains("ACTION IN DOUBT"));
    assert_eq!(console.count("intent"), 1, "nothing was sent again");
}

#[test]
fn a_full_ledger_refuses_in_words_and_viewing_goes_on() {
    let mut console = Console::demo(&["--fault", "ledger-full"]);
    console.wait("NOTHING CAN BE SENT");
    console.select("checkout");
    console.press("B");
    console.run.wait_for("a refusal", SOON, |screen| {
        let text = screen.contents();
        text.contains("not possible: nothing is sent unrecorded") && text.contains("By hand") && !text.contains("Type to confirm")
    });
    console.press("\x1b");
    console.run.pump_for(Duration::from_millis(100));
    console.press("\r");
    console.wait("Exit criteria");
    console.press("0");
    console.wait("Rollouts");
    let clock = |console: &Console| console.run.screen().rows(0, 80).next().unwrap();
    let before = clock(&console);
    console.run.wait_for("the clock goes on", SOON, |screen| screen.rows(0, 80).next().unwrap() != before);
    assert_eq!(console.count("intent"), 0);
}

#[test]
fn a_source_that_is_down_is_said_and_nothing_looks_alive() {
    let mut console = Console::demo_starting(tempfile::tempdir().unwrap(), &["--fault", "down"], &[]);
    console.wait("BLIND");
    let text = console.run.text();
    assert!(text.contains("(unreachable: connection") && !text.contains("data 0s") && !text.contains(" OK"), "{text}");
    assert!(text.contains("nothing is known: no source has answered"), "{text}");
    console.press("9");
    console.run.wait_for("the sources", SOON, |screen| screen.contents().contains("connection refused"));
    console.press("0");
    console.press("q");
    console.press("q");
    assert_eq!(console.ends(Duration::from_secs(2), true).code, 0);
}

/// Words of a status on standard output, no escape in them.
fn is_plain_status(text: &str) {
    assert!(text.contains("demo/shop/checkout") && text.contains("PHASE"), "{text}");
    assert!(!text.contains('\x1b'), "{text:?}");
}

#[test]
fn without_a_terminal_it_prints_the_status() {
    let state = tempfile::tempdir().unwrap();
    let out = Command::new(binary())
        .args(["demo", "--state-dir", &state.path().display().to_string()])
        .env("TERM", "xterm-256color")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    is_plain_status(&String::from_utf8(out.stdout).unwrap());
}

#[test]
fn a_dumb_terminal_gets_the_status() {
    let state = tempfile::tempdir().unwrap();
    let place = state.path().display().to_string();
    for term in ["dumb", ""] {
        let mut run = PtyRun::start(&binary(), &["demo", "--state-dir", &place], &[("TERM", term)], (120, 40));
        let exit = run.wait_exit(SOON, true).unwrap();
        assert_eq!(exit.code, 0, "{term:?}: {}", run.text());
        is_plain_status(&String::from_utf8_lossy(run.raw()));
    }
}

#[test]
fn no_color_means_no_colour_and_lang_c_means_ascii() {
    let mut console = Console::demo_starting(tempfile::tempdir().unwrap(), &[], &[("NO_COLOR", "1"), ("LANG", "C")]);
    console.wait("Rollouts 9");
    for key in ["?", "\x1b", "\r", "B"] {
        console.press(key);
        console.run.pump_for(Duration::from_millis(300));
    }
    let raw = String::from_utf8_lossy(console.run.raw()).into_owned();
    assert!(raw.is_ascii(), "{raw:?}");
    let colours: Vec<_> = sgr(&raw).filter(|code| matches!(code, 30..=48 | 90..=107)).collect();
    assert_eq!(colours, [0_u16; 0], "{raw:?}");
    // The same without both has colours and signs.
    let mut console = Console::demo(&[]);
    console.run.pump_for(Duration::from_millis(200));
    let raw = String::from_utf8_lossy(console.run.raw()).into_owned();
    assert!(!raw.is_ascii() && sgr(&raw).any(|code| matches!(code, 30..=37 | 90..=97)), "{raw:?}");
}

/// The codes of all colour sequences.
fn sgr(raw: &str) -> impl Iterator<Item = u16> {
    raw.split("\x1b[")
        .filter_map(|part| part.split_once('m').map(|(codes, _)| codes))
        .filter(|codes| codes.chars().all(|c| c.is_ascii_digit() || c == ';'))
        .flat_map(|codes| codes.split(';'))
        .filter_map(|code| code.parse().ok())
}

/// The time in row 1.
fn clock_of(screen: &str) -> Option<String> {
    let row = screen.lines().next()?;
    row.split_whitespace()
        .find(|word| word.len() == 9 && word.ends_with('Z') && word.matches(':').count() == 2)
        .map(str::to_owned)
}

#[test]
fn the_clock_counts_although_nothing_else_ever_wakes_the_console() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().display().to_string();
    let mut run = PtyRun::start(&binary(), &[], &[("HOME", &place)], (80, 24));
    run.wait_for_text("nothing configured", SOON);
    let mut seen = clock_of(&run.text()).unwrap();
    for _ in 0..4 {
        run.wait_for("the next second", SOON, |screen| clock_of(&screen.contents()).is_some_and(|now| now != seen));
        seen = clock_of(&run.text()).unwrap();
    }
}

#[test]
fn data_says_its_age_while_the_next_answer_does_not_come() {
    // Each answer takes two seconds and more, and nothing is asked for two seconds after one.
    let mut console = Console::demo_starting(tempfile::tempdir().unwrap(), &["--fault", "slow"], &[]);
    for age in ["data 3s", "data 4s", "data 5s"] {
        console.run.wait_for_text(age, Duration::from_secs(30));
    }
}
