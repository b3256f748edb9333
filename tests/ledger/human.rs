//! What people said, and what stands of it over all chains.

use std::{fs, path::Path};

use cutover::{
    domain::{
        Timestamp,
        alert::AlertKey,
        confirm::Via,
        human::{HumanFacts, MAX_NOTES},
        plan::PlanName,
    },
    ledger::{
        Ledger, LedgerPaths,
        entry::{AcknowledgeEntry, Entry, NoteEntry, TickEntry, UntickEntry},
    },
};

use super::world::{Place, intent, segment, target};

fn tick(item: &str, evidence: &str) -> Entry {
    let via = Via::CommandLine;
    Entry::Tick(TickEntry { plan: "athena".into(), item: item.into(), evidence: evidence.into(), via })
}

fn untick(item: &str) -> Entry {
    Entry::Untick(UntickEntry {
        plan: "athena".into(),
        item: item.into(),
        reason: Some("it was the wrong one".into()),
        via: Via::Screen,
    })
}

fn acknowledge(alert: &str, until: Timestamp) -> Entry {
    let name = "HighErrorRate".into();
    Entry::Acknowledge(AcknowledgeEntry { alert: alert.into(), name, until, note: Some("looking".into()), via: Via::Screen })
}

fn note(text: &str) -> Entry {
    Entry::Note(NoteEntry { about: Some(target()), text: text.into(), via: Via::CommandLine })
}

/// One of each kind, for whoever wants a chain that holds all of them.
pub fn each_kind() -> [Entry; 4] {
    [tick("backup", "OPS-1"), untick("backup"), acknowledge("00ff", chrono::DateTime::UNIX_EPOCH), note("caf\u{e9}")]
}

fn facts(ledger: &Ledger) -> HumanFacts {
    ledger.book().unwrap().human
}

/// Item, evidence and who, of every tick that stands.
fn ticks(facts: &HumanFacts) -> Vec<(String, String, String)> {
    facts.ticks.iter().map(|tick| (tick.item.to_string(), tick.evidence.to_string(), tick.who.to_string())).collect()
}

fn me(place: &Place) -> String {
    place.chain().file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn the_newest_word_about_an_item_stands() {
    let place = Place::new();
    let ledger = place.open();
    let me = me(&place);
    let standing = |evidence: &str| vec![("backup".to_owned(), evidence.to_owned(), me.clone())];
    let table: Vec<(Entry, Vec<_>)> = vec![
        (tick("backup", "OPS-1"), standing("OPS-1")),
        (tick("backup", "OPS-2"), standing("OPS-2")),
        (untick("backup"), vec![]),
        (untick("never-ticked"), vec![]),
        (tick("backup", "OPS-3"), standing("OPS-3")),
        // What this program would never write is no tick: no evidence, or no name.
        (tick("backup", "  "), standing("OPS-3")),
        (tick("Back Up\u{202e}", "x"), standing("OPS-3")),
    ];
    for (n, (entry, expected)) in table.into_iter().enumerate() {
        place.clock.pass(1_000);
        ledger.append(entry).unwrap();
        assert_eq!(ticks(&facts(&ledger)), expected, "row {n}, read as it grew");
        assert_eq!(facts(&place.open()), facts(&ledger), "row {n}, read at once");
        assert_eq!(Ledger::read_only_book(&place.paths()).unwrap().human, facts(&ledger), "row {n}, read only");
    }
    let (athena, backup) = (PlanName::new("athena"), PlanName::new("backup"));
    assert!(facts(&ledger).tick(&athena, &backup).is_some());
    assert!(facts(&ledger).tick(&PlanName::new("heliosdb"), &backup).is_none(), "another plan's item of the same name");
}

#[test]
fn within_a_chain_the_order_counts_and_not_the_clock() {
    let place = Place::new();
    let ledger = place.open();
    place.clock.pass(3_600_000);
    ledger.append(tick("backup", "OPS-1")).unwrap();
    place.clock.pass(-3_000_000);
    ledger.append(untick("backup")).unwrap();
    assert_eq!(facts(&ledger).ticks, []);
}

#[test]
fn an_acknowledgement_ends_by_itself_and_the_newest_counts() {
    use cutover::domain::clock::Clock as _;
    let place = Place::new();
    let ledger = place.open();
    let (alert, now) = (AlertKey::new("00ff"), place.clock.now());
    let minutes = chrono::Duration::minutes;
    ledger.append(acknowledge("00ff", now + minutes(30))).unwrap();
    ledger.append(acknowledge("not a digest", now + minutes(30))).unwrap();
    let said = facts(&ledger);
    let ack = said.acknowledged(&alert, now).unwrap();
    assert_eq!((ack.name.as_str(), ack.note.as_ref().unwrap().as_str(), ack.at), ("HighErrorRate", "looking", now));
    assert!(said.acknowledged(&alert, now + minutes(30)).is_none(), "over");
    assert_eq!(said.acknowledgements.len(), 1);
    place.clock.pass(1_000);
    ledger.append(acknowledge("00ff", now + minutes(1))).unwrap();
    assert!(facts(&ledger).acknowledged(&alert, now + minutes(2)).is_none(), "the newer one is shorter");
}

#[test]
fn the_newest_notes_are_kept_in_order() {
    let place = Place::new();
    let ledger = place.open();
    for n in 0..MAX_NOTES + 5 {
        place.clock.pass(1);
        ledger.append(note(&format!("note {n}"))).unwrap();
    }
    let notes = facts(&ledger).notes;
    assert_eq!(notes.len(), MAX_NOTES);
    assert_eq!((notes[0].text.as_str(), notes[MAX_NOTES - 1].text.as_str()), ("note 5", "note 204"));
    assert_eq!(notes[0].about, Some(target()));
}

/// Puts the chain that `entries` make into `shared` as another user's.
fn theirs(shared: &Path, user: &str, at: i64, entries: Vec<Entry>) {
    let place = Place::new();
    place.clock.pass(at);
    let ledger = place.open();
    for entry in entries {
        ledger.append(entry).unwrap();
    }
    let from = place.chain();
    let to = shared.join(user);
    fs::create_dir(&to).unwrap();
    for name in fs::read_dir(&from).unwrap().map(|entry| entry.unwrap().file_name()) {
        fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

#[test]
fn over_all_chains_the_newest_stands_and_who_is_the_chains_user() {
    let place = Place::new();
    let shared = place.tmp.path().join("shared");
    let paths = LedgerPaths { shared: Some(shared.clone()), ..place.paths() };
    place.clock.pass(5_000);
    let ours = Ledger::open(paths, place.clock.clone()).unwrap();
    ours.append(tick("backup", "ours")).unwrap();
    ours.append(tick("comms", "ours")).unwrap();
    ours.append(tick("tie", "ours")).unwrap();
    // The records in there name the user who runs this test; the chain is alice's, and so is what it says.
    theirs(&shared, "alice", 1_000, vec![tick("backup", "older"), tick("rota", "alice's"), note("from alice")]);
    theirs(&shared, "bob", 9_000, vec![untick("comms")]);
    theirs(&shared, "carol", 5_000, vec![untick("tie")]);
    let said = facts(&ours);
    let me = me(&place);
    let expected = vec![("backup".to_owned(), "ours".to_owned(), me), ("rota".into(), "alice's".into(), "alice".into())];
    assert_eq!(ticks(&said), expected, "bob took comms back; of a tie the one that holds back stands");
    assert_eq!(said.notes[0].who.as_str(), "alice");
}

#[test]
fn hostile_text_is_ascii_on_disk_and_clean_on_the_way_out() {
    let place = Place::new();
    let ledger = place.open();
    let evil = "\u{1b}]52;c;x\u{7}caf\u{e9}\u{202e}\u{9b}2J\nsecond line";
    ledger.append(tick("backup", evil)).unwrap();
    ledger.append(note(evil)).unwrap();
    ledger.append(acknowledge("00ff", chrono::DateTime::UNIX_EPOCH)).unwrap();
    let bytes = segment(&place.chain());
    assert!(bytes.iter().all(|b| *b == b'\n' || (0x20..=0x7e).contains(b)));
    let clean = |text: &str| !text.chars().any(cutover::domain::text::is_unsafe);
    let said = facts(&ledger);
    assert!(clean(said.ticks[0].evidence.as_str()) && clean(said.notes[0].text.as_str()), "{said:?}");
    let page = ledger.audit_page(true);
    let shown: Vec<(&str, &str, &str)> = page.rows.iter().map(|row| (row.kind, row.what.as_str(), row.via)).collect();
    assert_eq!(
        shown,
        [
            ("acknowledge", "acknowledge HighErrorRate until 00:00:00Z", "screen"),
            ("note", "note on shop/checkout", "command line"),
            ("tick", "tick backup of athena", "command line"),
        ]
    );
    assert!(page.rows.iter().all(|row| clean(row.result.as_str()) && row.lines.iter().all(|line| clean(line.as_str()))));
    assert!(page.rows[2].result.as_str().contains("second line"));
    assert!(place.report().ok);
}

/// A chain as the program wrote it before it knew these records: it reads, and goes on.
#[test]
fn a_chain_without_human_facts_reads_and_takes_them() {
    let place = Place::new();
    place.open().append(intent("a")).unwrap();
    let ledger = place.open();
    assert_eq!(facts(&ledger), HumanFacts::default());
    ledger.append(tick("backup", "OPS-1")).unwrap();
    assert_eq!((facts(&ledger).ticks.len(), ledger.book().unwrap().in_flight.len()), (1, 1));
}

#[test]
fn a_chain_filled_with_ticks_is_remembered_within_bounds() {
    let place = Place::new();
    let ledger = place.open();
    for n in 0..4_200 {
        place.clock.pass(1);
        ledger.append(tick(&format!("item-{n}"), "x")).unwrap();
    }
    let said = facts(&ledger);
    assert_eq!(said.ticks.len(), 4_096);
    let (plan, oldest, newest) = (PlanName::new("athena"), PlanName::new("item-0"), PlanName::new("item-4199"));
    assert!(said.tick(&plan, &oldest).is_none() && said.tick(&plan, &newest).is_some());
}
