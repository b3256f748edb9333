//! Every way out of the real console: what is left on the terminal, how it exits, and what the ledger says afterwards.

use std::{path::Path, time::Duration};

use rustix::process::Signal;

use super::{
    console_kit::{Console, SOON, binary, records},
    harness::PtyRun,
};

/// architecture.md section 10: gone within a second. Some air for a machine that runs other tests.
const GONE: Duration = Duration::from_millis(1300);
/// The same with an action in flight.
const GONE_IN_FLIGHT: Duration = Duration::from_millis(12_300);

#[test]
fn starts_at_the_overview_and_quits_by_q_q() {
    let mut console = Console::demo(&[]);
    assert_eq!(console.run.left_behind(), ["alternate screen", "cursor hidden", "bracketed paste", "termios"]);
    console.press("q");
    console.press("q");
    let exit = console.ends(GONE, true);
    assert_eq!((exit.code, exit.signal), (0, None));
    assert_eq!(console.run.left_behind(), [""; 0]);
    let words: Vec<_> = console.ledger().iter().map(|record| record["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(words, ["session_open", "session_close"]);
}

#[test]
fn signals_end_it() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let mut console = Console::demo(&[]);
        console.run.signal(signal);
        let exit = console.ends(GONE, true);
        assert_eq!((exit.code, &exit.signal), (code, &None), "{signal:?}");
        assert_eq!(console.run.left_behind(), [""; 0], "{signal:?}");
        assert_eq!(console.count("session_close"), 1, "{signal:?}");
    }
}

#[test]
fn ctrl_c_twice_ends_it_and_once_does_not() {
    let mut console = Console::demo(&[]);
    console.press("\x03");
    assert_eq!(console.run.wait_exit(Duration::from_millis(400), true), None);
    console.press("\x03");
    let exit = console.ends(GONE, true);
    assert_eq!((exit.code, exit.signal), (0, None));
    assert_eq!(console.run.left_behind(), [""; 0]);
}

#[test]
fn a_hang_up_ends_it() {
    let mut console = Console::demo(&[]);
    console.run.hang_up();
    let exit = console.ends(GONE, false);
    assert_eq!((exit.code, exit.signal), (129, None));
    assert_eq!(console.count("session_close"), 1);
}

#[test]
fn a_stalled_terminal_does_not_hold_it() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut console = Console::demo(&["--speed", "600"]);
        // Nobody reads: page after page until the terminal's buffer is full and the writer stuck.
        for key in ["?", "\x1b", "9", "0", "7", "0", "?", "\x1b", "z", "z", "?", "\x1b"] {
            console.run.keys(key.as_bytes());
            std::thread::sleep(Duration::from_millis(80));
        }
        console.run.signal(signal);
        let exit = console.ends(GONE, false);
        assert_eq!((exit.code, &exit.signal), (code, &None), "{signal:?}");
        assert_eq!(console.run.left_behind(), [""; 0], "{signal:?}");
    }
}

#[test]
fn suspended_and_continued_under_bash() {
    let state = tempfile::tempdir().unwrap();
    let mut run = PtyRun::start(Path::new("bash"), &["--norc", "--noprofile", "-i"], &[("PS1", "shell$ ")], (80, 24));
    run.wait_for_text("shell$", SOON);
    run.keys(format!("{} demo --state-dir {}\r", binary().display(), state.path().display()).as_bytes());
    run.wait_for("the overview", SOON, |screen| screen.alternate_screen() && screen.contents().contains("Rollouts 9"));
    for _ in 0..3 {
        // An open form is closed by the suspend: what it rests on is old afterwards.
        run.keys(b"B");
        run.wait_for_text("roll back", SOON);
        run.pump_for(Duration::from_millis(60));
        run.keys(b"\x1a");
        run.wait_for("the shell", SOON, |screen| !screen.alternate_screen() && screen.contents().contains("Stopped"));
        // Bracketed paste is bash's own again.
        assert!(!run.screen().hide_cursor());
        run.keys(b"clear; stty -a | grep -o ' icanon' ; echo echo'ed'\r");
        run.wait_for("cooked mode", SOON, |screen| screen.contents().contains("echoed") && screen.contents().contains(" icanon"));
        run.keys(b"fg\r");
        run.wait_for("the overview", SOON, |screen| screen.alternate_screen() && screen.contents().contains("Rollouts 9"));
        run.wait_for_text("the form closed when the console was suspended", SOON);
        run.pump_for(Duration::from_millis(60));
    }
    run.keys(b"q");
    run.pump_for(Duration::from_millis(60));
    run.keys(b"q");
    run.wait_for("the shell", SOON, |screen| !screen.alternate_screen() && screen.contents().contains("shell$"));
    run.keys(b"exit\r");
    assert_eq!(run.wait_exit(SOON, true).unwrap().code, 0);
    assert_eq!(records(state.path()).iter().filter(|record| record["type"] == "session_close").count(), 1);
}

/// How an action that was in flight stands in the ledger: the last word about the only intent.
fn outcome(console: &Console) -> String {
    let ledger = console.ledger();
    assert_eq!(console.count("intent"), 1, "{ledger:?}");
    let outcome = ledger.iter().find(|record| record["type"] == "outcome");
    outcome.map_or_else(|| "in doubt: no outcome record".to_owned(), |record| record["outcome"].as_str().unwrap().to_owned())
}

/// Starts a roll back that does not end soon, and waits until its intent is on disk.
fn in_flight(fault: &str) -> Console {
    let mut console = Console::demo_starting(tempfile::tempdir().unwrap(), &["--fault", fault], &[]);
    console.run.wait_for_text("Rollouts 9", Duration::from_secs(30));
    console.select("checkout");
    console.press("B");
    console.run.wait_for_text("Type to confirm:", Duration::from_secs(30));
    let phrase = console.phrase();
    for key in ["b", "\t", "\t"] {
        console.press(key);
    }
    console.type_text(&phrase);
    for key in ["\t", "\t", "\r"] {
        console.press(key);
    }
    console.wait_for_records("intent", 1, Duration::from_secs(30));
    assert_eq!(console.count("outcome"), 0, "it must still be under way");
    console
}

#[test]
fn ended_with_an_action_in_flight_its_outcome_reaches_the_ledger() {
    // An answer in 2 to 8 s, and an answer that never comes (10 s).
    let cases = [
        ("slow", Some(Signal::TERM), 143, "accepted"),
        ("answer-lost", Some(Signal::TERM), 143, "in_doubt"),
        ("answer-lost", Some(Signal::HUP), 129, "in_doubt"),
        ("answer-lost", None, 129, "in_doubt"),
    ];
    let all = cases.map(|(fault, signal, code, wanted)| {
        std::thread::spawn(move || {
            let mut console = in_flight(fault);
            match signal {
                Some(signal) => console.run.signal(signal),
                None => console.run.hang_up(),
            }
            if signal.is_some() {
                assert_eq!(console.run.wait_exit(Duration::from_secs(1), true), None, "{fault}: cut off");
                assert_eq!(console.run.left_behind(), [""; 0], "{fault}: terminal not back within a second");
            }
            let exit = console.ends(GONE_IN_FLIGHT, signal.is_some());
            assert_eq!((exit.code, &exit.signal), (code, &None), "{fault} {signal:?}");
            assert_eq!(outcome(&console), wanted, "{fault} {signal:?}");
        })
    });
    for one in all {
        one.join().unwrap();
    }
}

#[test]
fn killed_with_an_action_in_flight_it_is_in_doubt_afterwards() {
    let mut console = in_flight("answer-lost");
    console.run.signal(Signal::KILL);
    console.ends(GONE, true);
    assert!(outcome(&console).starts_with("in doubt"));
    // The next console says so before anything else.
    let mut again = Console::demo_starting(console.leave(), &[], &[]);
    again.wait("CHOOSE");
    assert!(again.run.text().contains("1 ACTION IN DOUBT  roll back checkout"), "{}", again.run.text());
}
