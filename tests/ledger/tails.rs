//! What a crash leaves behind, and what only looks like it.

use std::{fs, path::Path};

use cutover::ledger::{
    Ledger, LedgerError,
    page::{self, Position},
    scan::segment_path,
};
use proptest::prelude::*;

use super::{
    mutations::chain,
    world::{Place, intent},
};

/// Writes `bytes` as the chain, appends a record with a new handle, and says how it went.
fn append_to(place: &Place, dir: &Path, bytes: &[u8]) -> Result<u64, LedgerError> {
    let _ = fs::remove_file(dir.join("HEAD"));
    fs::write(segment_path(dir, 1), bytes).unwrap();
    let ledger: Ledger = place.open();
    let receipt = ledger.append(intent("after"))?;
    let report = place.report();
    assert!(report.ok && report.problems.is_empty(), "{report:?}");
    let after = fs::read(segment_path(dir, 1)).unwrap();
    assert_eq!(&after[..bytes.len()], bytes, "nothing is ever rewritten");
    assert_eq!(place.open().append(intent("again")).unwrap().seq, receipt.seq + 1);
    assert!(place.report().ok);
    Ok(receipt.seq)
}

#[test]
fn six_hundred_tails() {
    let place = Place::new();
    let (dir, bytes, starts) = chain(&place, 5);
    let mut random = fastrand::Rng::with_seed(3);
    let last = &bytes[starts[4]..];
    let (mut recovered, mut refused) = (0, 0);
    for n in 0..600 {
        let length = random.usize(1..last.len());
        let (tail, forged) = match n % 5 {
            0 => (last[..length].to_vec(), false),
            1 => (vec![0; length], false),
            2 => ((0..length).map(|_| random.u8(..)).collect(), false),
            // Garbage full of line feeds and braces.
            3 => ((0..length).map(|_| *random.choice(b"\n{}\",:vh0").unwrap()).collect(), false),
            // A whole record that does not belong here.
            _ => (bytes[starts[n % 3]..starts[n % 3 + 1]].to_vec(), true),
        };
        let with = [&bytes[..starts[4]], &tail].concat();
        match append_to(&place, &dir, &with) {
            Ok(seq) => {
                assert!(!forged, "tail {n}");
                // A cut that took only the line feed leaves the fifth record whole; else `torn` is the fifth.
                assert_eq!(seq, if tail.len() == last.len() - 1 && n % 5 == 0 { 7 } else { 6 });
                recovered += 1;
            }
            Err(LedgerError::Broken(_)) => {
                assert!(forged, "tail {n}: {:?}", String::from_utf8_lossy(&tail));
                refused += 1;
            }
            Err(e) => panic!("{e}"),
        }
    }
    assert_eq!((recovered, refused), (480, 120));
}

#[test]
fn every_prefix_of_the_last_record_and_of_its_recovery() {
    let place = Place::new();
    let (dir, bytes, starts) = chain(&place, 2);
    // Each of the last 90, where hash and closing stand, and each ninth before.
    let near = |end: &usize, last: usize| end.is_multiple_of(9) || end + 90 > last;
    for end in (starts[1]..=bytes.len()).filter(|end| near(end, bytes.len())) {
        append_to(&place, &dir, &bytes[..end]).unwrap();
    }
    // A second crash, while the first one is being recorded.
    append_to(&place, &dir, &bytes[..starts[1] + 40]).unwrap();
    let whole = fs::read(segment_path(&dir, 1)).unwrap();
    for end in (starts[1] + 40..whole.len()).filter(|end| near(end, whole.len()) || *end < starts[1] + 60) {
        append_to(&place, &dir, &whole[..end]).unwrap();
    }
}

#[test]
fn too_much_damage_is_no_crash() {
    let place = Place::new();
    let (dir, bytes, _) = chain(&place, 2);
    let with = |n: usize| [bytes.clone(), vec![0; n]].concat();
    append_to(&place, &dir, &with(65_536)).unwrap();
    let error = append_to(&place, &dir, &with(65_537)).unwrap_err();
    assert!(matches!(error, LedgerError::Broken(_)), "{error}");
    assert!(place.open().unwritable().unwrap().contains("move it aside"));
}

#[test]
fn damage_that_was_recorded_may_not_change_later() {
    let place = Place::new();
    let (dir, bytes, _) = chain(&place, 2);
    append_to(&place, &dir, &[bytes.as_slice(), b"half a rec"].concat()).unwrap();
    let mut after = fs::read(segment_path(&dir, 1)).unwrap();
    after[bytes.len() + 3] ^= 1;
    assert!(super::mutations::is_broken(&dir, &after));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in the file: no panic, and what was appended is in the chain that verifies.
    #[test]
    fn any_bytes_at_all(garbage in proptest::collection::vec(any::<u8>(), 0..400), keep in 0_usize..3) {
        let place = Place::new();
        let (dir, bytes, starts) = chain(&place, 2);
        let head = [0, starts[1], bytes.len()][keep];
        let with = [&bytes[..head], &garbage].concat();
        let outcome = append_to(&place, &dir, &with);
        prop_assert!(outcome.is_ok(), "{:?}", outcome);
    }
}

/// A write that was cut where an object happens to end is no record, whoever lists the lines.
#[test]
fn a_torn_line_that_ends_like_an_object_is_not_listed() {
    let place = Place::new();
    let ledger = place.open();
    ledger.append(intent("a")).unwrap();
    let path = segment_path(&place.chain(), 1);
    let whole = fs::read(&path).unwrap();
    let ends: Vec<usize> = whole.windows(2).enumerate().filter(|(_, two)| two == b"\"}").map(|(at, _)| at + 2).collect();
    assert!(ends.len() > 2, "no place to cut at");
    for end in &ends[..ends.len() - 1] {
        fs::write(&path, [&whole[..], &whole[..*end], b"\n"].concat()).unwrap();
        let mut listed = 0;
        page::lines(&place.chain(), &mut Position::START.clone(), &mut |line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
            listed += 1;
        })
        .unwrap();
        assert_eq!(listed, 1, "cut at byte {end}");
    }
}
