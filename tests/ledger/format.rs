//! The bytes on disk.

use std::{os::unix::fs::PermissionsExt, sync::atomic::Ordering};

use cutover::{
    domain::outcome::Outcome,
    ledger::{
        LedgerError,
        entry::Entry,
        page::{self, Position},
        record::{self, MAX_RECORD, Record},
        scan::segment_path,
    },
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::world::{Place, intent, outcome, segment};

#[test]
fn a_record_is_exactly_these_bytes() {
    let place = Place::new();
    let ledger = place.open();
    ledger.append(outcome("0199-a", Outcome::Accepted)).unwrap();
    let receipt = ledger.append(Entry::SessionClose { reason: "caf\u{e9}\u{7f}\u{9b}\u{2028}\u{1f600}\"\n".into() }).unwrap();
    let bytes = segment(&place.chain());
    let lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    assert_eq!(lines.len(), 3, "two lines, each with a line feed");
    let text = str::from_utf8(lines[1]).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    // What differs from machine to machine is taken from the record itself; everything else is golden.
    let (log, boot, actor, tool) = (&value["log"], &value["boot"], &value["actor"], &value["tool"]);
    // `actor` in the order in which it is written.
    let start = format!(
        "{{\"v\":1,\"log\":{log},\"seg\":1,\"seq\":2,\"ts\":\"2026-09-21T14:13:20.123456789Z\",\"type\":\"session_close\",\
         \"reason\":\"caf\\u00e9\\u007f\\u009b\\u2028\\ud83d\\ude00\\\"\\n\",\"boot\":{boot},\"bt_ms\":1000000,\"actor\":{{\"uid\":"
    );
    assert_eq!(text.get(..start.len()), Some(start.as_str()));
    for field in ["uid", "user", "loginuid", "loginuid_src", "sess", "tty", "claimed", "pid", "start", "anc"] {
        assert!(actor.get(field).is_some(), "actor.{field}");
    }
    assert_eq!(tool["ver"], env!("CARGO_PKG_VERSION"));
    // The hash, computed here from scratch.
    let previous = &lines[0][lines[0].len() - 66..lines[0].len() - 2];
    let body = &lines[1][..lines[1].len() - 72];
    let mut digest = Sha256::new();
    digest.update(b"cutover-audit/1\0");
    digest.update(record::unhex(previous).unwrap());
    digest.update((body.len() as u64).to_be_bytes());
    digest.update(body);
    let h = record::hex(&digest.finalize());
    assert!(text.ends_with(&format!(",\"h\":\"{h}\"}}")));
    assert_eq!((receipt.seq, receipt.hash), (2, h));
    assert!(bytes.iter().all(|b| *b == b'\n' || (0x20..=0x7e).contains(b)), "ASCII only");
}

#[test]
fn every_entry_reads_back_as_itself() {
    let place = Place::new();
    let ledger = place.open();
    let entries = vec![
        Entry::SessionOpen { version: "1".into(), config_sha256: None, others: vec![] },
        intent("a"),
        outcome("a", Outcome::InDoubt),
        super::world::observed("a", Outcome::Verified, &place.clock),
        super::world::resolve("a"),
        Entry::SessionClose { reason: "quit".into() },
    ];
    for entry in &entries {
        ledger.append(entry.clone()).unwrap();
    }
    let mut read = Vec::new();
    page::lines(&place.chain(), &mut Position::START.clone(), &mut |line| {
        read.push(serde_json::from_str::<Record>(line).unwrap().entry);
    })
    .unwrap();
    assert_eq!(read, entries);
    let page = ledger.audit_page(true);
    assert_eq!(
        page.rows.iter().map(|row| row.kind).collect::<Vec<_>>(),
        ["session_close", "resolve", "observed", "outcome", "intent", "session_open"]
    );
    assert_eq!(page.rows[4].what.as_str(), "advance shop/checkout 25 -> 50");
    assert_eq!(page.rows[3].what, page.rows[4].what, "an outcome names what its intent was");
    assert_eq!(page.verified.unwrap().1, Vec::<String>::new());
}

#[test]
fn the_chain_goes_on_after_a_restart_and_over_segments() {
    let place = Place::new();
    for round in 0..5 {
        let ledger = place.open_small(6_000);
        for n in 0..4 {
            ledger.append(intent(&format!("{round}-{n}"))).unwrap();
        }
    }
    let chain = place.chain();
    assert!(segment_path(&chain, 3).exists(), "it rotated");
    let mode = segment_path(&chain, 1).metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(chain.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let report = place.report();
    assert!(report.ok && report.problems.is_empty(), "{report:?}");
    let mut sequence = Vec::new();
    page::lines(&chain, &mut Position::START.clone(), &mut |line| {
        sequence.push(serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap());
    })
    .unwrap();
    assert_eq!(sequence, (1..=report.records).collect::<Vec<_>>());
    let book = place.open().book().unwrap();
    assert_eq!((book.in_flight.len(), book.records, book.head), (20, report.records, report.head));
}

#[test]
fn an_over_long_string_is_cut_and_an_over_long_record_refused() {
    let place = Place::new();
    let ledger = place.open();
    let long = "\u{e9}".repeat(20_000);
    let Entry::Intent(mut with) = intent("a") else { unreachable!() };
    with.plan.requests[0].body = json!({ "x": long });
    ledger.append(Entry::Intent(with.clone())).unwrap();
    let bytes = segment(&place.chain());
    assert!(bytes.len() <= MAX_RECORD);
    let record: Record = serde_json::from_slice(&bytes).unwrap();
    let Entry::Intent(read) = record.entry else { unreachable!() };
    let kept = read.plan.requests[0].body["x"].as_str().unwrap();
    assert!(kept.chars().count() <= 512);
    assert!(kept.contains(&record::sha256_hex(long.as_bytes())));
    with.plan.requests[0].body = Value::Array(vec![json!("y".repeat(500)); 60]);
    assert!(matches!(ledger.append(Entry::Intent(with)), Err(LedgerError::TooLong { .. })));
    // Refusing is no fault: the next record is taken.
    assert_eq!(ledger.append(outcome("a", Outcome::Accepted)).unwrap().seq, 2);
    assert!(place.report().ok);
}

#[test]
fn a_wall_clock_that_jumps_is_recorded() {
    let place = Place::new();
    let ledger = place.open();
    ledger.append(intent("a")).unwrap();
    place.clock.pass(60_000);
    ledger.append(outcome("a", Outcome::Accepted)).unwrap();
    place.clock.skew_ms.store(-3_600_000, Ordering::SeqCst);
    assert_eq!(ledger.append(intent("b")).unwrap().seq, 4);
    let report = place.report();
    assert!(report.ok, "a clock never breaks a chain");
    assert!(report.problems[0].contains("went back"), "{report:?}");
}

#[test]
fn tail_follows_from_the_end() {
    let place = Place::new();
    let ledger = place.open();
    ledger.append(intent("a")).unwrap();
    let mut at = Position::end(&place.chain());
    let read = |at: &mut Position| {
        let mut count = 0;
        page::lines(&place.chain(), at, &mut |_| count += 1).unwrap();
        count
    };
    assert_eq!(read(&mut at), 0);
    ledger.append(outcome("a", Outcome::Accepted)).unwrap();
    assert_eq!((read(&mut at), read(&mut at)), (1, 0));
}
