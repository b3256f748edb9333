//! The ledger's promise in time (performance.md P13): appending costs hardly more than the write and the sync that make it durable,
//! and a long chain is verified soon. Prints one line of JSON; `tests/proof/bench.py --only ledger` holds it to the budgets.
//!
//! `ledger APPENDS RECORDS DIR`: so many appends in turn with as many bare writes of as many bytes, on the file system of DIR;
//! then a chain of RECORDS records (made without syncs) is verified three times.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, dead_code)]

#[path = "../tests/ledger/world.rs"]
mod world;

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use cutover::{
    domain::outcome::Outcome,
    ledger::{
        Ledger, LedgerPaths, Limits,
        disk::{Disk, OsDisk},
        entry::Entry,
        verify::verify,
    },
};
use world::{TestClock, intent, observed, outcome};

/// Appends before the other kind has its turn: the ledger renames its HEAD after the sync, and the next sync on the file system
/// pays for that. A bare write right behind each append would pay for half of them, and make the ratio look better than it is.
const TURN: usize = 20;

/// The real disk but for its syncs: a chain of hundreds of thousands in seconds.
#[derive(Debug)]
struct Unsynced(OsDisk);

impl Disk for Unsynced {
    fn create(&self, path: &Path, mode: u32) -> io::Result<File> {
        self.0.create(path, mode)
    }
    fn open_append(&self, path: &Path) -> io::Result<File> {
        self.0.open_append(path)
    }
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(file, bytes)
    }
    fn fdatasync(&self, _: &File) -> io::Result<()> {
        Ok(())
    }
    fn fsync(&self, _: &File) -> io::Result<()> {
        Ok(())
    }
    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn free(&self, path: &Path) -> io::Result<u64> {
        self.0.free(path)
    }
}

/// What actions leave in a ledger, in turn: intent, outcome, observed.
fn entry(at: usize, clock: &TestClock) -> Entry {
    let id = format!("0199f3a1-0000-7000-8000-{:012}", at / 3);
    match at % 3 {
        0 => intent(&id),
        1 => outcome(&id, Outcome::Accepted),
        _ => observed(&id, Outcome::Verified, clock),
    }
}

fn open(dir: PathBuf, clock: &Arc<TestClock>, disk: Arc<dyn Disk>) -> Ledger {
    let paths = LedgerPaths { dir, shared: None, allow_volatile: true };
    Ledger::open_with(paths, Arc::clone(clock) as _, disk, Limits::default()).unwrap()
}

fn milliseconds(mut times: Vec<Duration>) -> [f64; 3] {
    times.sort_unstable();
    let at = |share: usize| {
        times.get((times.len() * share / 1_000).min(times.len() - 1)).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    [at(500), at(990), at(999)]
}

/// Times of appends, and of bare writes and syncs of the same bytes.
fn appends(count: usize, dir: &Path) -> (Vec<Duration>, Vec<Duration>) {
    let clock = Arc::new(TestClock::default());
    let ledger = open(dir.join("ledger"), &clock, Arc::new(OsDisk));
    let chain = ledger.chain_dirs().remove(0);
    let mut bare = OpenOptions::new().append(true).create_new(true).mode(0o600).open(dir.join("bare")).unwrap();
    let size = || {
        let files = std::fs::read_dir(&chain).unwrap().map(Result::unwrap);
        let records = files.filter(|file| file.file_name().to_string_lossy().ends_with(".jsonl"));
        records.map(|file| file.metadata().unwrap().len()).sum::<u64>()
    };
    let (mut ours, mut theirs) = (Vec::with_capacity(count), Vec::with_capacity(count));
    while ours.len() < count {
        let before = size();
        for _ in 0..TURN {
            let one = entry(ours.len(), &clock);
            let begun = Instant::now();
            ledger.append(one).unwrap();
            ours.push(begun.elapsed());
        }
        let line = vec![b'x'; usize::try_from(size().saturating_sub(before)).unwrap().div_ceil(TURN).max(1)];
        for _ in 0..TURN {
            let begun = Instant::now();
            bare.write_all(&line).unwrap();
            bare.sync_data().unwrap();
            theirs.push(begun.elapsed());
        }
    }
    (ours, theirs)
}

/// Records and the seconds of the best of three: what else runs on the machine only ever makes it slower.
fn verified(count: usize, dir: &Path) -> (u64, f64) {
    let clock = Arc::new(TestClock::default());
    let ledger = open(dir.join("long"), &clock, Arc::new(Unsynced(OsDisk)));
    for at in 0..count {
        ledger.append(entry(at, &clock)).unwrap();
    }
    let once = || {
        let begun = Instant::now();
        let reports = verify(&dir.join("long")).unwrap();
        let took = begun.elapsed().as_secs_f64();
        let report = reports.first().unwrap();
        assert!(report.ok && usize::try_from(report.records).unwrap() >= count, "{report:?}");
        (report.records, took)
    };
    [once(), once(), once()].into_iter().min_by(|one, other| one.1.total_cmp(&other.1)).unwrap()
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` passes words of its own: a few records show that it works.
    let number = |at: usize| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(60_usize);
    let base = words.get(2).map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = tempfile::tempdir_in(base).unwrap();
    let (ours, theirs) = appends(number(0), dir.path());
    let (records, seconds) = verified(number(1), dir.path());
    let figures = serde_json::json!({
        "append_ms": milliseconds(ours), "bare_ms": milliseconds(theirs), "records": records, "verify_s": seconds,
    });
    println!("{figures}");
}
