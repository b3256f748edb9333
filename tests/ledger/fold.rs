//! Each sequence of records, and the book it makes.

use std::process::Command;

use cutover::{
    domain::outcome::Outcome,
    ledger::{Ledger, LedgerPaths, entry::Entry},
};

use super::world::{Place, intent, observed, outcome, resolve};

/// in flight, in doubt, accepted
fn counts(ledger: &Ledger) -> (usize, usize, usize) {
    let book = ledger.book().unwrap();
    (book.in_flight.len(), book.in_doubt.len(), book.accepted.len())
}

#[test]
fn the_table() {
    use Outcome::{Accepted, Contradicted, InDoubt, NotSent, Refused, Rejected, Verified};
    let place = Place::new();
    let seen = |o| observed("a", o, &place.clock);
    let said = |o| outcome("a", o);
    let table: Vec<(Vec<Entry>, (usize, usize, usize))> = vec![
        (vec![], (1, 0, 0)),
        (vec![said(Accepted)], (0, 0, 1)),
        (vec![said(Rejected)], (0, 0, 0)),
        (vec![said(NotSent)], (0, 0, 0)),
        (vec![said(Refused)], (0, 0, 0)),
        (vec![said(Verified)], (0, 0, 0)),
        (vec![said(Contradicted)], (0, 0, 0)),
        (vec![said(InDoubt)], (0, 1, 0)),
        (vec![said(Accepted), seen(Accepted)], (0, 0, 1)),
        (vec![said(Accepted), seen(Verified)], (0, 0, 0)),
        (vec![said(Accepted), seen(Contradicted)], (0, 0, 0)),
        (vec![said(InDoubt), seen(Verified)], (0, 1, 0)),
        (vec![said(InDoubt), seen(Accepted)], (0, 1, 0)),
        (vec![said(InDoubt), resolve("a")], (0, 0, 0)),
        (vec![said(InDoubt), seen(Verified), resolve("a")], (0, 0, 0)),
        (vec![said(Accepted), resolve("a")], (0, 0, 0)),
        (vec![outcome("another", InDoubt)], (1, 0, 0)),
    ];
    for (n, (entries, expected)) in table.into_iter().enumerate() {
        let place = Place::new();
        let ledger = place.open();
        ledger.append(intent("a")).unwrap();
        assert_eq!(counts(&ledger), (1, 0, 0));
        for entry in entries {
            ledger.append(entry).unwrap();
        }
        assert_eq!(counts(&ledger), expected, "row {n}, read as it grew");
        assert_eq!(counts(&place.open()), expected, "row {n}, read at once");
        let in_doubt = u64::try_from(expected.1).unwrap();
        assert_eq!(place.report().open_in_doubt, in_doubt, "row {n}, verify");
    }
}

#[test]
fn an_intent_whose_process_is_gone_is_in_doubt() {
    let place = Place::new();
    let out = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ledger::writers::child", "--ignored"])
        .env("CUTOVER_TEST_LEDGER", place.paths().dir)
        .env("CUTOVER_TEST_COUNT", "1")
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    let ledger = place.open();
    assert_eq!(counts(&ledger), (0, 1, 0));
    assert_eq!(place.report().open_in_doubt, 1);
    let open = ledger.book().unwrap().in_doubt.remove(0);
    assert!(open.own && !open.owner_alive && open.outcome.is_none() && open.intent == 1);
    ledger.append(resolve(&open.id.0)).unwrap();
    assert_eq!(counts(&ledger), (0, 0, 0));
}

#[test]
fn another_users_chain_is_seen_and_only_resolved_by_us() {
    let place = Place::new();
    let shared = place.tmp.path().join("shared");
    let paths = LedgerPaths { shared: Some(shared.clone()), ..place.paths() };
    let ours = Ledger::open(paths, place.clock.clone()).unwrap();
    // Another user's chain: the same bytes in another folder.
    let theirs = place.open();
    theirs.append(intent("x")).unwrap();
    theirs.append(outcome("x", Outcome::InDoubt)).unwrap();
    let other = shared.join("other");
    std::fs::rename(place.chain(), &other).unwrap();
    let book = ours.book().unwrap();
    assert_eq!(book.in_doubt.len(), 1);
    assert!(!book.in_doubt[0].own);
    assert_eq!(book.records, 0, "the own chain's records");
    // An outcome in our chain says nothing about their action; a resolution does.
    ours.append(outcome("x", Outcome::Rejected)).unwrap();
    assert_eq!(ours.book().unwrap().in_doubt.len(), 1);
    ours.session_open(None).unwrap();
    let witnessed = ours
        .audit_page(false)
        .rows
        .iter()
        .any(|row| row.kind == "session_open" && row.lines.iter().any(|line| line.as_str().contains("\"user\": \"other\"")));
    assert!(witnessed, "session_open names the heads of other chains");
    ours.append(resolve("x")).unwrap();
    assert_eq!(ours.book().unwrap().in_doubt.len(), 0);
    // A chain that others could have written is not believed.
    std::fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let paths = LedgerPaths { shared: Some(shared), ..place.paths() };
    let again = Ledger::open(paths, place.clock.clone()).unwrap();
    assert_eq!(again.chain_dirs().len(), 1, "the own chain only");
}

/// A control plane forgets when a stage began; the book does not, over all that was verified and nothing else.
#[test]
fn what_was_verified_stays_in_the_book() {
    let place = Place::new();
    let ledger = place.open();
    for (id, said, seen) in [
        ("a", Outcome::Accepted, Some(Outcome::Verified)),
        ("b", Outcome::Accepted, Some(Outcome::Contradicted)),
        ("c", Outcome::Accepted, None),
        ("d", Outcome::Rejected, None),
        ("e", Outcome::InDoubt, Some(Outcome::Verified)),
    ] {
        ledger.append(intent(id)).unwrap();
        ledger.append(outcome(id, said)).unwrap();
        if let Some(seen) = seen {
            ledger.append(observed(id, seen, &place.clock)).unwrap();
        }
    }
    for book in [ledger.book().unwrap(), place.open().book().unwrap()] {
        assert_eq!(book.passages.len(), 1, "{:?}", book.passages);
        let Entry::Intent(done) = intent("a") else { unreachable!() };
        let passage = &book.passages[0];
        assert_eq!((&passage.target, passage.operation, &passage.uid), (&done.target, done.operation, &done.plan.uid));
        assert_eq!((passage.weight, &passage.revision), (done.plan.after.weight, &done.plan.revision));
    }
}

/// An intent of before there were plans reads as one that no plan judged.
#[test]
fn an_intent_without_evidence_still_reads() {
    let text = serde_json::to_string(&intent("a")).unwrap();
    assert!(!text.contains("judged"), "nothing to say is not said");
    assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), intent("a"));
}
