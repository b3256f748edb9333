//! Verifying chains offline: nothing but the files, read only, no configuration.
//!
//! Found: any change, insertion, removal or exchange inside a chain. Not found by a chain alone: newest records cut off
//! whole together with `HEAD` (reliability.md 1.11).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;

use super::{
    LedgerError,
    folder::{cut_off, head_seq},
    owner,
    record::hex,
    scan::{Light, Scan, Tail, last_segment, segment_path},
};

/// What verifying one chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ChainReport {
    pub user: String,
    pub records: u64,
    /// The chain is whole. A torn tail, which a crash leaves and the next start records, does not break it.
    pub ok: bool,
    /// SHA-256 of the last record; `None` for an empty chain.
    pub head: Option<String>,
    /// In words; also what does not break the chain.
    pub problems: Vec<String>,
    /// Actions in doubt that nobody has resolved.
    pub open_in_doubt: u64,
}

/// Verifies every chain below `dir`, or the one chain whose segments `dir` holds. Sorted by user.
///
/// # Errors
/// When `dir` cannot be read. What is wrong inside a chain is in its report.
pub fn verify(dir: &Path) -> Result<Vec<ChainReport>, LedgerError> {
    let mut reports = Vec::new();
    let mut open = Actions::default();
    for (user, chain) in chains(dir)? {
        reports.push(verify_chain(&user, &chain, &mut open));
    }
    for (user, state) in open.open.values() {
        let in_doubt = match state {
            State::Sent { boot, owner } => !owner::is_alive(boot, owner.pid, owner.start),
            State::InDoubt => true,
        };
        if let Some(report) = reports.iter_mut().find(|report| report.user == *user).filter(|_| in_doubt) {
            report.open_in_doubt += 1;
        }
    }
    Ok(reports)
}

/// The chains below `dir`: user and directory. `dir` itself, when it holds segments.
///
/// # Errors
/// When `dir` cannot be read.
pub fn chains(dir: &Path) -> Result<Vec<(String, PathBuf)>, LedgerError> {
    let io = |e: &std::io::Error| LedgerError::io("read", dir, e);
    if segment_path(dir, 1).symlink_metadata().is_ok() {
        let user = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return Ok(vec![(user, dir.to_owned())]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(|e| io(&e))? {
        let entry = entry.map_err(|e| io(&e))?;
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if let Ok(user) = entry.file_name().into_string()
            && is_dir
            && owner::is_chain_name(&user)
        {
            found.push((user, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn verify_chain(user: &str, dir: &Path, open: &mut Actions) -> ChainReport {
    let mut problems = Vec::new();
    // Read before the records: a writer that goes on meanwhile must not look like a cut.
    let head = head_seq(dir);
    let mut scan = Scan::new(dir);
    let mut clock = ClockCheck::default();
    let mut ok = true;
    for attempt in 0..2 {
        let read = scan.read_on(&mut |light, _, _| {
            open.take(user, light);
            clock.take(light, &mut problems);
        });
        if let Err(e) = read {
            ok = false;
            problems.push(format!("cannot be read: {e}"));
        }
        // A live writer may be half-way through a record: look again once.
        if attempt == 0 && !matches!(scan.tail, Tail::Clean | Tail::Broken(_)) {
            std::thread::sleep(Duration::from_millis(50));
        } else {
            break;
        }
    }
    match &scan.tail {
        Tail::Clean => {}
        Tail::Torn { len } => {
            problems.push(format!("the last {len} bytes are a record that was never finished (a crash while writing)"));
        }
        Tail::Unterminated => problems.push("the line feed of the last record is missing (a crash while writing)".to_owned()),
        Tail::Broken(why) => {
            ok = false;
            problems.push(why.clone());
        }
    }
    if ok && last_segment(dir) > scan.seg {
        ok = false;
        problems.push(format!("segment {} is missing", scan.seg + 1));
    }
    if let Some(why) = cut_off(head, scan.last.seq) {
        ok = false;
        problems.push(why);
    }
    ChainReport {
        user: user.to_owned(),
        records: scan.records,
        ok,
        head: (scan.records > 0).then(|| hex(&scan.last.h)),
        problems,
        open_in_doubt: 0,
    }
}

/// A wall clock that goes backwards is said, and breaks nothing: `seq` orders the records.
#[derive(Default)]
struct ClockCheck {
    last: Option<i64>,
    said: bool,
}

impl ClockCheck {
    fn take(&mut self, light: &Light<'_>, problems: &mut Vec<String>) {
        if let (Some(last), Some(now)) = (self.last, light.wall_ms())
            && now < last
            && !self.said
        {
            self.said = true;
            problems.push(format!(
                "the wall clock went back {} ms before record {} (the chain is in order)",
                last - now,
                light.seq
            ));
        }
        self.last = light.wall_ms();
    }
}

enum State {
    Sent { boot: String, owner: super::scan::Owner },
    InDoubt,
}

/// Which actions are open, over all chains.
#[derive(Default)]
struct Actions {
    open: BTreeMap<String, (String, State)>,
    ended: BTreeSet<String>,
}

impl Actions {
    fn take(&mut self, user: &str, light: &Light<'_>) {
        let Some(id) = light.id.as_deref() else { return };
        let doubtful = self.open.get(id).is_some_and(|(_, state)| matches!(state, State::InDoubt));
        match (light.kind.as_ref(), light.outcome.as_deref()) {
            ("intent", _) if !self.ended.contains(id) => {
                let state = State::Sent { boot: light.boot.clone().into_owned(), owner: light.actor };
                self.open.insert(id.to_owned(), (user.to_owned(), state));
            }
            ("outcome", Some("in_doubt")) => {
                if let Some((_, state)) = self.open.get_mut(id) {
                    *state = State::InDoubt;
                }
            }
            ("outcome", Some(_)) | ("resolve", _) => self.end(id),
            ("observed", Some(_)) if !doubtful => self.end(id),
            _ => {}
        }
    }

    /// A chain that is read later may hold the intent (another user's resolution); the ledger's fold is the exact rule.
    fn end(&mut self, id: &str) {
        if self.open.remove(id).is_none() {
            self.ended.insert(id.to_owned());
        }
    }
}
