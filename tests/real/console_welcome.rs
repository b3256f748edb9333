//! The console without a configuration, over the real cluster: nothing is written, `c` shows what is there, and it only looks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::cluster::cluster;
use crate::terminal::{
    console_kit::{FINGER, SOON, binary, say},
    harness::PtyRun,
};

fn tree(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        found.push(entry.path());
        if entry.path().is_dir() {
            found.extend(tree(&entry.path()));
        }
    }
    found.sort();
    found
}

#[test]
fn without_a_configuration_c_shows_the_real_rollouts_read_only_and_nothing_is_written() {
    let Some(cluster) = cluster() else { return };
    cluster.canary("welcome", "web", "app:v1");
    let home = tempfile::tempdir().unwrap();
    let (place, access) = (home.path().display().to_string(), cluster.access("captain").display().to_string());
    let env = [("HOME", place.as_str()), ("KUBECONFIG", access.as_str())];
    let mut run = PtyRun::start(&binary(), &[], &env, (80, 24));
    run.wait_for_text("nothing configured", SOON);
    run.pump_for(Duration::from_millis(300));
    assert!(run.text().contains("nothing has been contacted and nothing has been written"), "{}", run.text());
    assert!(tree(home.path()).is_empty(), "{:?}", tree(home.path()));

    let asked = Instant::now();
    run.keys(b"c");
    run.wait_for("the real rollouts", SOON, |screen| {
        screen.contents().lines().any(|line| line.contains("  web ") || line.contains("> web "))
    });
    let took = asked.elapsed();
    say(&format!("welcome: c shows the real rollouts after {:.2} s", took.as_secs_f64()));
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(run.screen().rows(0, 80).next().unwrap().contains("RO"), "{}", run.text());

    for key in ["/", "w", "e", "b", "\r", "A"] {
        run.keys(key.as_bytes());
        run.pump_for(FINGER);
    }
    run.wait_for_text("read-only", SOON);
    assert!(!run.text().contains("Type to confirm"), "{}", run.text());
    for key in ["\x1b", "7", "0", "9", "\x1b", "q", "q", "q"] {
        run.keys(key.as_bytes());
        run.pump_for(FINGER * 3);
    }
    let exit = run.wait_exit(Duration::from_secs(2), true).unwrap_or_else(|| panic!("still there:\n{}", run.text()));
    assert_eq!(exit.code, 0);
    assert_eq!(run.left_behind(), [""; 0]);
    assert!(tree(home.path()).is_empty(), "{:?}", tree(home.path()));
}
