//! The real console in a pty: started, looked at, typed at as fingers do, and its ledger read as anybody could read it.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use super::harness::{Exit, PtyRun};

/// For what has to happen on a machine that is busy with other tests.
pub const SOON: Duration = Duration::from_secs(15);
/// Between two keys: slower than the fastest typist, faster than most.
pub const FINGER: Duration = Duration::from_millis(45);

/// The program that people start.
pub fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_cutover"))
}

/// One console with a state directory of its own.
pub struct Console {
    pub run: PtyRun,
    state: TempDir,
    chain: PathBuf,
    /// Keys that [`Console::press`] and [`Console::type_text`] sent.
    pub keys: usize,
}

impl Console {
    /// The demo world with these words after `cutover demo`, at its overview.
    pub fn demo(words: &[&str]) -> Self {
        Self::demo_in(tempfile::tempdir().unwrap(), words)
    }

    /// The same over records that exist already.
    pub fn demo_in(state: TempDir, words: &[&str]) -> Self {
        let mut console = Self::demo_starting(state, words, &[]);
        console.run.wait_for_text("Rollouts 9", SOON);
        console
    }

    /// The same, not waiting for anything.
    pub fn demo_starting(state: TempDir, words: &[&str], env: &[(&str, &str)]) -> Self {
        let mut all = vec!["demo"];
        if !words.contains(&"--speed") {
            // As slow as life: what a test reads still holds when it acts on it.
            all.extend(["--speed", "1"]);
        }
        all.extend(words);
        let chain = state.path().join("demo").join("ledger");
        Self::starting(state, chain, &all, env)
    }

    /// Any console. Records are in `chain`, below the state directory.
    pub fn starting(state: TempDir, chain: PathBuf, words: &[&str], env: &[(&str, &str)]) -> Self {
        let place = state.path().display().to_string();
        let mut all = vec!["--state-dir", &place];
        all.extend(words);
        Self { run: PtyRun::start(&binary(), &all, env, (80, 24)), state, chain, keys: 0 }
    }

    /// Ends it without ceremony and hands its state directory on.
    pub fn leave(self) -> TempDir {
        let Self { run, state, .. } = self;
        drop(run);
        state
    }

    pub fn state(&self) -> &Path {
        self.state.path()
    }

    /// All records, oldest first.
    pub fn ledger(&self) -> Vec<Value> {
        records(&self.chain)
    }

    pub fn count(&self, kind: &str) -> usize {
        self.ledger().iter().filter(|record| record["type"] == kind).count()
    }

    /// One key, and the time that a finger needs for it.
    pub fn press(&mut self, key: &str) {
        self.run.keys(key.as_bytes());
        self.keys += 1;
        self.run.pump_for(FINGER);
    }

    /// Several keys of one byte each, as fingers type them.
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.press(c.encode_utf8(&mut [0; 4]));
        }
    }

    pub fn wait(&mut self, text: &str) {
        self.run.wait_for_text(text, SOON);
    }

    /// What the painted form asks to be typed.
    pub fn phrase(&mut self) -> String {
        self.wait("Type to confirm:");
        phrase_on(&self.run.text()).expect("a phrase")
    }

    /// From the overview: the row of `name` is selected.
    pub fn select(&mut self, name: &str) {
        self.press("/");
        self.type_text(name);
        self.press("\r");
        self.run
            .wait_for(name, SOON, |screen| screen.contents().lines().any(|line| line.starts_with("> ") && line.contains(name)));
    }

    /// Opens the form of a verb's key, fills in a reason, and types what the form asks for. Everything but the last Enter.
    pub fn fill_in(&mut self, verb: &str, reason: &str) {
        self.press(verb);
        let phrase = self.phrase();
        self.press(reason);
        self.press("\t");
        self.press("\t");
        self.type_text(&phrase);
        self.press("\t");
        self.press("\t");
    }

    pub fn ends(&mut self, patience: Duration, reads: bool) -> Exit {
        let text = self.run.text();
        self.run.wait_exit(patience, reads).unwrap_or_else(|| panic!("still running after {patience:?}; on the screen:\n{text}"))
    }

    /// Waits until the ledger holds so many records of a kind.
    pub fn wait_for_records(&mut self, kind: &str, count: usize, patience: Duration) {
        let end = Instant::now() + patience;
        while self.count(kind) < count {
            assert!(Instant::now() < end, "no {count} {kind} in {:?}; on the screen:\n{}", self.ledger(), self.run.text());
            self.run.pump(Duration::from_millis(20));
        }
    }
}

/// The phrase on a painted form.
pub fn phrase_on(screen: &str) -> Option<String> {
    let (_, rest) = screen.split_once("Type to confirm:")?;
    rest.split_whitespace().next().map(str::to_owned)
}

/// All records below a directory of chains, oldest first. A line that is being written is not one yet.
pub fn records(chain: &Path) -> Vec<Value> {
    let mut files = Vec::new();
    let mut rooms = vec![chain.to_path_buf()];
    while let Some(room) = rooms.pop() {
        for entry in std::fs::read_dir(&room).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                rooms.push(path);
            } else if path.extension().is_some_and(|ext| ext == "jsonl") {
                files.push(path);
            }
        }
    }
    files.sort();
    let text: String = files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
