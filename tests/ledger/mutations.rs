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

/// One change of what stands before the last record, made so that it is one.
fn mutate(bytes: &[u8], starts: &[usize], random: &mut fastrand::Rng) -> (Vec<u8>, String) {
    let last = starts[starts.len() - 1];
    let at = random.usize(..last);
    let end = (at + 1 + random.usize(..60)).min(last);
    let mut changed = bytes.to_vec();
    let what = match random.u8(..8) {
        0..3 => {
            let bit = random.u8(..8);
            changed[at] ^= 1 << bit;
            format!("bit {bit} of byte {at}")
        }
        3 => {
            changed[at] = changed[at].wrapping_add(random.u8(1..));
            format!("byte {at} replaced")
        }
        4 => {
            changed.drain(at..end);
            format!("bytes {at} to {end} taken out")
        }
        5 => {
            let byte = random.u8(..);
            changed.insert(at, byte);
            format!("byte {byte} put in at {at}")
        }
        6 => {
            let again = changed[at..end].to_vec();
            changed.splice(at..at, again);
            format!("bytes {at} to {end} twice")
        }
        _ => {
            let other = random.usize(..last);
            changed.swap(at, other);
            format!("bytes {at} and {other} exchanged")
        }
    };
    (changed, what)
}

/// `CUTOVER_MUTATIONS=1000000` is the whole number; the default is what a second of a debug build allows.
#[test]
fn any_change_of_an_earlier_record() {
    let wanted: u32 = std::env::var("CUTOVER_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000);
    let begun = std::time::Instant::now();
    let places = [Place::new(), Place::new()];
    let tried: u32 = std::thread::scope(|scope| {
        let halves = places.iter().zip([17, 19]).map(|(place, seed)| {
            scope.spawn(move || {
                let (dir, bytes, starts) = chain(place, 6);
                let mut random = fastrand::Rng::with_seed(seed);
                let mut tried = 0;
                while tried < wanted / 2 {
                    let (changed, what) = mutate(&bytes, &starts, &mut random);
                    // Two equal bytes exchanged, or a byte put beside its like, change nothing.
                    if changed != bytes {
                        assert!(is_broken(&dir, &changed), "{what}");
                        tried += 1;
                    }
                }
                tried
            })
        });
        halves.collect::<Vec<_>>().into_iter().map(|half| half.join().unwrap()).sum()
    });
    eprintln!("mutations: {tried} of {wanted}, all found, {:.0} s", begun.elapsed().as_secs_f64());
    assert_eq!(tried, wanted / 2 * 2);
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

/// `CUTOVER_APPENDS=2000 cargo test --test all ledger::mutations::append_speed -- --nocapture`: p99 at most 1.3 times that of
/// a bare write and fdatasync of as many bytes in the same directory. Turns are taken, so that both meet the same disk.
#[test]
fn append_speed() {
    let asked = std::env::var("CUTOVER_APPENDS").ok().and_then(|n| n.parse::<usize>().ok());
    let place = Place::new();
    let ledger = place.open();
    ledger.append(intent("first")).unwrap();
    let mut bare = std::fs::File::create(place.chain().join("bare")).unwrap();
    let bytes = vec![b'x'; usize::try_from(std::fs::metadata(segment_path(&place.chain(), 1)).unwrap().len()).unwrap()];
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for n in 0..asked.unwrap_or(20) {
        let begun = std::time::Instant::now();
        ledger.append(intent(&format!("a{n}"))).unwrap();
        ours.push(begun.elapsed());
        let begun = std::time::Instant::now();
        std::io::Write::write_all(&mut bare, &bytes).unwrap();
        bare.sync_data().unwrap();
        theirs.push(begun.elapsed());
    }
    let [ours, theirs] = [ours, theirs].map(|mut all| {
        all.sort();
        (all[all.len() / 2], all[all.len() * 99 / 100])
    });
    eprintln!("append: p50 {:?} p99 {:?}; bare: p50 {:?} p99 {:?}", ours.0, ours.1, theirs.0, theirs.1);
    assert!(asked.is_none() || cfg!(debug_assertions) || ours.1.as_secs_f64() <= 1.3 * theirs.1.as_secs_f64());
}
