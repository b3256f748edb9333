//! Several consoles of one user share one chain.

use std::{path::PathBuf, process::Command, sync::Arc, thread};

use cutover::ledger::{Ledger, LedgerPaths, Limits, disk::OsDisk};

use super::world::{Place, TestClock, intent};

#[test]
fn eight_threads_with_handles_of_their_own() {
    let place = Place::new();
    place.open();
    let threads: Vec<_> = (0..8)
        .map(|t| {
            let ledger = place.open_small(60_000);
            thread::spawn(move || {
                let mut seen = Vec::new();
                for n in 0..100 {
                    seen.push(ledger.append(intent(&format!("{t}-{n}"))).unwrap().seq);
                    rest();
                }
                seen
            })
        })
        .collect();
    let mut seen: Vec<u64> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 800, "no receipt twice");
    let report = place.report();
    assert!(report.ok && report.records > 800, "{report:?}");
    assert_eq!(place.open().book().unwrap().in_flight.len(), 800);
}

#[test]
fn eight_processes() {
    let place = Place::on_disk();
    let children: Vec<_> = (0..8)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "ledger::writers::child", "--ignored"])
                .env("CUTOVER_TEST_LEDGER", place.paths().dir)
                .env("CUTOVER_TEST_COUNT", "100")
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let report = place.report();
    assert!(report.ok && report.problems.is_empty(), "{report:?}");
    assert!(report.records >= 800);
    assert_eq!(place.open().book().unwrap().in_doubt.len(), 800, "every owner is gone");
}

/// Not a test by itself: what `eight_processes` starts.
#[test]
#[ignore = "started by other tests"]
fn child() {
    let Ok(dir) = std::env::var("CUTOVER_TEST_LEDGER") else { return };
    let count: usize = std::env::var("CUTOVER_TEST_COUNT").unwrap().parse().unwrap();
    let paths = LedgerPaths { dir: PathBuf::from(dir), shared: None, allow_volatile: true };
    let limits = Limits { segment: 90_000, ..Limits::default() };
    let ledger = Ledger::open_with(paths, Arc::new(TestClock::default()), Arc::new(OsDisk), limits).unwrap();
    for n in 0..count {
        ledger.append(intent(&format!("{}-{n}", std::process::id()))).unwrap();
        rest();
    }
}

/// flock(2) is not fair: without a pause between two records the one that has it takes it again.
fn rest() {
    thread::sleep(std::time::Duration::from_millis(5));
}

#[test]
fn a_lock_that_is_held_refuses_and_names_the_holder() {
    let place = Place::new();
    let limits = Limits { lock_tries: 3, ..Limits::default() };
    let ledger = Ledger::open_with(place.paths(), place.clock.clone(), Arc::new(OsDisk), limits).unwrap();
    ledger.append(intent("a")).unwrap();
    let held = std::fs::File::open(place.chain().join("lock")).unwrap();
    held.lock().unwrap();
    let error = ledger.append(intent("b")).unwrap_err().to_string();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
    drop(held);
    assert_eq!(ledger.append(intent("b")).unwrap().seq, 2);
}
