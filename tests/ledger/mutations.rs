//! Whoever changes a byte of an earlier record is found.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cutover::{
    domain::outcome::Outcome,
    ledger::{scan::segment_path, verify::verify},
};

use super::world::{Place, intent, outcome, segment};

/// A chain of `records` records; its bytes, and where each record begins.
pub fn chain(place: &Place, records: usize) -> (PathBuf, Vec<u8>, Vec<usize>) {
    let ledger = place.open();
    for n in 0..records {
        ledger
            .append(if n % 2 == 0 { intent(&format!("a{n}")) } else { outcome(&format!("a{}", n - 1), Outcome::Rejected) })
            .unwrap();
    }
    let dir = place.chain();
    let bytes = segment(&dir);
    let mut starts = vec![0];
    starts.extend(bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1));
    starts.pop();
    (dir, bytes, starts)
}

/// Whether verifying finds `bytes` broken. `HEAD` is taken away, so that the chain has to show it alone.
pub fn is_broken(dir: &Path, bytes: &[u8]) -> bool {
    let _ = fs::remove_file(dir.join("HEAD"));
    fs::write(segment_path(dir, 1), bytes).unwrap();
    !verify(dir).unwrap()[0].ok
}

#[test]
fn single_bit_flips_in_earlier_records() {
    let place = Place::new();
    let (dir, bytes, starts) = chain(&place, 12);
    assert!(!is_broken(&dir, &bytes));
    let last = starts[11];
    let mut random = fastrand::Rng::with_seed(7);
    let mut tried = 0;
    // Every line feed and every bit of one record's suffix, and 1,500 more anywhere before the last record.
    let suffix = (starts[5] - 80..starts[5]).flat_map(|at| (0..8).map(move |bit| (at, bit)));
    let feeds = starts[1..].iter().flat_map(|start| (0..8).map(move |bit| (start - 1, bit)));
    let anywhere: Vec<_> = (0..1_500).map(|_| (random.usize(..last), random.u8(..8))).collect();
    for (at, bit) in suffix.chain(feeds).chain(anywhere) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << bit;
        assert!(is_broken(&dir, &changed), "bit {bit} of byte {at}");
        tried += 1;
    }
    assert!(tried >= 2_000);
}

#[test]
fn cuts_swaps_and_copies_of_records() {
    let place = Place::new();
    let (dir, bytes, starts) = chain(&place, 12);
    let ends: Vec<usize> = starts[1..].iter().copied().chain([bytes.len()]).collect();
    let record = |n: usize| &bytes[starts[n]..ends[n]];
    let join = |order: &[usize]| order.iter().flat_map(|n| record(*n).to_vec()).collect::<Vec<u8>>();
    for n in 0..11 {
        let without: Vec<usize> = (0..12).filter(|m| *m != n).collect();
        assert!(is_broken(&dir, &join(&without)), "record {n} taken out");
        for m in n + 1..12 {
            let mut order: Vec<usize> = (0..12).collect();
            order.swap(n, m);
            assert!(is_broken(&dir, &join(&order)), "{n} and {m} exchanged");
            let mut twice: Vec<usize> = (0..12).collect();
            twice.insert(m, n);
            assert!(is_broken(&dir, &join(&twice)), "{n} again before {m}");
        }
    }
    // What a chain alone cannot find, and the documents say so: newest records cut off whole. `HEAD` finds it.
    assert!(!is_broken(&dir, &join(&[0, 1, 2, 3])));
}

#[test]
fn head_finds_newest_records_cut_off() {
    let place = Place::new();
    let (dir, bytes, starts) = chain(&place, 6);
    fs::write(segment_path(&dir, 1), &bytes[..starts[4]]).unwrap();
    let report = place.report();
    assert!(!report.ok && report.problems[0].contains("cut off"), "{report:?}");
    let error = place.open().append(intent("z")).unwrap_err().to_string();
    assert!(error.contains("cut off"), "{error}");
}

#[test]
fn a_cut_inside_an_earlier_record_or_a_missing_segment() {
    let place = Place::new();
    let (dir, bytes, starts) = chain(&place, 8);
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..300 {
        let from = random.usize(..starts[6]);
        let to = (from + 1 + random.usize(..40)).min(starts[7] - 1);
        let cut = [&bytes[..from], &bytes[to..]].concat();
        assert!(is_broken(&dir, &cut), "bytes {from} to {to} taken out");
    }
    let place = Place::new();
    let ledger = place.open_small(4_000);
    for n in 0..12 {
        ledger.append(intent(&format!("{n}"))).unwrap();
    }
    let chain = place.chain();
    for seg in 1..=3 {
        let path = segment_path(&chain, seg);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(!place.report().ok, "segment {seg} missing");
        fs::write(&path, &bytes).unwrap();
    }
    assert!(place.report().ok);
}

/// `CUTOVER_VERIFY_RECORDS=40000 cargo test --release --test all ledger::mutations::verify_speed -- --nocapture`: 150,000
/// records a second in a release build. Without the variable it only proves that a chain of 400 records verifies.
#[test]
fn verify_speed() {
    let asked = std::env::var("CUTOVER_VERIFY_RECORDS").ok().and_then(|n| n.parse::<u32>().ok());
    let place = Place::new();
    let ledger = place.open();
    for n in 0..asked.unwrap_or(400) {
        ledger
            .append(if n % 2 == 0 { intent(&format!("a{n}")) } else { outcome(&format!("a{}", n - 1), Outcome::Rejected) })
            .unwrap();
    }
    let begun = std::time::Instant::now();
    let report = place.report();
    let rate = f64::from(u32::try_from(report.records).unwrap()) / begun.elapsed().as_secs_f64();
    eprintln!("verify: {} records, {rate:.0} records/s", report.records);
    assert!(report.ok);
    assert!(asked.is_none() || cfg!(debug_assertions) || rate >= 150_000.0, "{rate:.0} records/s");
}
