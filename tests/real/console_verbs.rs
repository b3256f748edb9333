//! Each verb from the console's screen over the real controller, by reading the phrase off the form; and a controller that
//! has been stopped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::time::Duration;

use super::{
    cluster::{cluster, own_cluster},
    console_changes::{console, row, wait_for_row},
};
use crate::terminal::console_kit::{Console, SOON, say};

/// Long enough for a controller on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// Fills in the form of a verb by what stands on it and presses the button.
pub fn confirm(console: &mut Console, verb: &str, reason: &str, stem: &str) {
    console.press(verb);
    let phrase = console.phrase();
    assert!(phrase == stem || phrase.strip_prefix(stem).is_some_and(|rest| rest.starts_with('-') && rest.len() == 3), "{phrase}");
    for key in [reason, "\t", "\t"] {
        console.press(key);
    }
    console.type_text(&phrase);
    for key in ["\t", "\t", "\r"] {
        console.press(key);
    }
}

#[test]
fn each_verb_by_screen_and_the_audit_log_holds_what_the_ledger_holds() {
    let Some(cluster) = cluster() else { return };
    cluster.canary("screen", "web", "app:v1");
    let access = cluster.access("captain").display().to_string();
    let mut console = console(&["--kubeconfig", &access, "-n", "screen"]);
    wait_for_row(&mut console, "web", "OK", LONG);
    cluster.set_image("screen", "web", "app:v2");
    wait_for_row(&mut console, "web", "WAIT", LONG);
    // What the row says afterwards: the next form rests on what the watch has brought, not on the read-back.
    let verbs = [("A", "m", "50", ""), ("P", "i", "pause", "PAUSED"), ("U", "o", "web", "not PAUSED"), ("B", "b", "web", "BACK")];
    for (number, (verb, reason, stem, then)) in verbs.into_iter().enumerate() {
        confirm(&mut console, verb, reason, stem);
        console.wait_for_records("observed", number + 1, LONG);
        console.run.wait_for_text("verified", SOON);
        console.press("0");
        console.wait("1 Rollouts");
        console.run.wait_for(then, LONG, |screen| {
            let row = row(&screen.contents(), "web").unwrap_or_default();
            then.strip_prefix("not ").map_or_else(|| row.contains(then), |gone| !row.contains(gone))
        });
    }
    let ledger = console.ledger();
    let of = |kind: &str, key: &str| -> Vec<String> {
        ledger.iter().filter(|record| record["type"] == kind).map(|record| record[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of("intent", "operation"), ["advance", "pause", "resume", "rollback"]);
    assert_eq!(of("outcome", "outcome"), ["accepted"; 4]);
    let recorded: Vec<(String, i64)> = of("intent", "id").into_iter().map(|id| (id, 200)).collect();
    assert_eq!(cluster.changes("screen", "captain"), recorded, "the audit log holds the requests of the ledger and no more");
    say("verbs by screen: advance, pause, resume, roll back verified; 4 requests in the audit log, the 4 of the ledger");
}

#[test]
fn a_stopped_controller_is_told_apart_from_a_done_change_and_can_be_nudged() {
    let Some(cluster) = own_cluster() else { return };
    cluster.canary("stopped", "web", "app:v1");
    let access = cluster.access("captain").display().to_string();
    let mut console = console(&["--kubeconfig", &access, "-n", "stopped"]);
    wait_for_row(&mut console, "web", "OK", LONG);
    cluster.set_image("stopped", "web", "app:v2");
    wait_for_row(&mut console, "web", "WAIT", LONG);
    // Whatever the controller still had to write is written.
    console.run.pump_for(Duration::from_secs(2));
    cluster.stop("rollouts-controller");
    confirm(&mut console, "A", "m", "50");
    console.run.wait_for("accepted, not acted on", LONG, |screen| screen.contents().contains("accepted, not acted on, 6 s"));
    assert!(!console.run.text().contains("verified"), "{}", console.run.text());
    console.run.wait_for("the nudge is offered", LONG, |screen| {
        let text = screen.contents();
        text.contains("nudge") && text.contains('N')
    });
    console.press("N");
    assert_eq!(console.phrase(), "nudge", "{}", console.run.text());
    console.press("\x1b");
    console.run.pump_for(Duration::from_millis(300));
    assert_eq!(console.count("intent"), 1);
    let ledger = console.ledger();
    let said: Vec<_> = ledger.iter().filter(|record| record["type"] == "outcome" || record["type"] == "observed").collect();
    assert!(!said.is_empty() && said.iter().all(|record| record["outcome"] == "accepted"), "never verified: {said:?}");
    assert_eq!(cluster.changes("stopped", "captain").len(), 1);
    say("controller stopped: accepted, not acted on, 6 s; the nudge is offered; never verified");
}
