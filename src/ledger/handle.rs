//! The ledger as the rest of the program has it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
};

use super::{
    LedgerError, Limits,
    book::{AuditPage, Book},
    chain::{Chain, Hands, Purpose},
    disk::{self, Disk, OsDisk},
    entry::{Entry, OtherHead},
    fold::{self, Fold, Part},
    owner::Actor,
    page::{self, MAX_ROWS},
    record::hex,
    scan::{Scan, Tail},
    verify,
};
use crate::domain::{Timestamp, clock::Clock, progress::Receipt};

/// Where chains stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPaths {
    /// `<dir>/<user>/seg-000001.jsonl`. With `shared` it is the place of last resort for outcomes.
    pub dir: PathBuf,
    /// When set, this user's chain stands here, and the chains of others here are read.
    pub shared: Option<PathBuf>,
    /// Take a file system that does not keep what was synced.
    pub allow_volatile: bool,
}

impl LedgerPaths {
    fn base(&self) -> &Path {
        self.shared.as_deref().unwrap_or(&self.dir)
    }
}

/// The ledger of this user. Clones share one state. Every call blocks.
#[derive(Clone, Debug)]
pub struct Ledger(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    paths: LedgerPaths,
    hands: Hands,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    chain: Chain,
    /// For outcomes once `chain` is poisoned.
    resort: Option<Chain>,
    others: BTreeMap<PathBuf, Reader>,
    verified: Option<(Timestamp, Vec<String>)>,
}

/// A chain that is only read.
#[derive(Debug)]
struct Reader {
    scan: Scan,
    fold: Fold,
    own: bool,
}

impl Ledger {
    /// Opens this user's chain and reads it.
    ///
    /// # Errors
    /// When the place is not safe, not writable, or does not keep what is written. Then nothing can be changed; the
    /// error's text is what `Book::unwritable` should say.
    pub fn open(paths: LedgerPaths, clock: Arc<dyn Clock>) -> Result<Self, LedgerError> {
        Self::open_with(paths, clock, Arc::new(OsDisk), Limits::default())
    }

    /// As `open`, with another disk and other limits: for tests.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_with(
        paths: LedgerPaths,
        clock: Arc<dyn Clock>,
        disk: Arc<dyn Disk>,
        limits: Limits,
    ) -> Result<Self, LedgerError> {
        static SIGNAL: Once = Once::new();
        // A write beyond RLIMIT_FSIZE must fail, not kill; whoever else handles the signal goes on doing so.
        SIGNAL.call_once(|| drop(signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default())));
        let hands = Hands::new(disk, clock, limits);
        let chain = Chain::open(hands.clone(), paths.base(), paths.shared.is_some(), paths.allow_volatile)?;
        let state = State { chain, resort: None, others: BTreeMap::new(), verified: None };
        Ok(Self(Arc::new(Shared { paths, hands, state: Mutex::new(state) })))
    }

    /// A thread that panicked while it held the state has at worst not noted a record that is on disk: it is read again.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends one record; when this returns `Ok` it is durable. Waits at most 5 s for the lock.
    ///
    /// An `Outcome` or `Observed` record whose normal way fails is tried once more: in a new segment that begins with
    /// `gap`, and with a shared directory also in the chain under `dir`. All other records then fail for good.
    ///
    /// # Errors
    /// The record is not durable. For an intent: nothing may be sent. For an outcome: say so in red.
    #[expect(clippy::needless_pass_by_value, reason = "a record is given away: nobody writes the same one twice")]
    pub fn append(&self, entry: Entry) -> Result<Receipt, LedgerError> {
        let mut state = self.state();
        match &entry {
            Entry::Outcome(_) | Entry::Observed(_) => self.append_outcome(&mut state, &entry),
            Entry::SessionOpen { .. }
            | Entry::Intent(_)
            | Entry::Deny(_)
            | Entry::Resolve(_)
            | Entry::SessionClose { .. }
            | Entry::Arm { .. }
            | Entry::Tick(_)
            | Entry::Untick(_)
            | Entry::Acknowledge(_)
            | Entry::Note(_)
            | Entry::Torn { .. }
            | Entry::Gap { .. }
            | Entry::Seal { .. }
            | Entry::OpenSegment { .. }
            | Entry::Clock { .. } => state.chain.append(&entry, Purpose::Ordinary),
        }
    }

    fn append_outcome(&self, state: &mut State, entry: &Entry) -> Result<Receipt, LedgerError> {
        if let Some(resort) = &mut state.resort
            && let Ok(receipt) = resort.append(entry, Purpose::Outcome)
        {
            return Ok(receipt);
        }
        let error = match state.chain.append(entry, Purpose::Outcome) {
            Ok(receipt) => return Ok(receipt),
            Err(e @ (LedgerError::TooLong { .. } | LedgerError::Unrecordable(_))) => return Err(e),
            Err(e) => e,
        };
        if state.chain.poison.is_some() && state.resort.is_none() {
            let mut resort = state.chain.after_fault();
            if let Ok(receipt) = resort.append(entry, Purpose::Outcome) {
                state.resort = Some(resort);
                return Ok(receipt);
            }
        }
        if self.0.paths.shared.is_some() {
            let mut resort = Chain::open(self.0.hands.clone(), &self.0.paths.dir, false, self.0.paths.allow_volatile)?;
            let receipt = resort.append(entry, Purpose::Outcome)?;
            if state.chain.poison.is_some() {
                state.resort = Some(resort);
            }
            return Ok(receipt);
        }
        Err(error)
    }

    /// Records that a console began, and the heads of all other readable chains: whoever cuts his own is witnessed.
    ///
    /// # Errors
    /// As `append`.
    pub fn session_open(&self, config_sha256: Option<String>) -> Result<Receipt, LedgerError> {
        let others = {
            let mut state = self.state();
            self.read_others(&mut state);
            let heads = state.others.iter().filter(|(_, reader)| !reader.own && reader.scan.records > 0);
            heads
                .map(|(dir, reader)| OtherHead { user: user_of(dir), seq: reader.scan.last.seq, h: hex(&reader.scan.last.h) })
                .take(64)
                .collect()
        };
        self.append(Entry::SessionOpen { version: env!("CARGO_PKG_VERSION").to_owned(), config_sha256, others })
    }

    /// Records that a console ended, and why: `quit`, `hangup`, ...
    ///
    /// # Errors
    /// As `append`.
    pub fn session_close(&self, reason: &str) -> Result<Receipt, LedgerError> {
        self.append(Entry::SessionClose { reason: reason.to_owned() })
    }

    /// Why nothing can be recorded now, in words for people; `None` when it can.
    pub fn unwritable(&self) -> Option<String> {
        self.state().chain.unwritable().map(|e| e.to_string())
    }

    /// What all readable chains say is open. Reads only what is new since the last call: cheap enough for each second.
    ///
    /// # Errors
    /// When the own chain cannot be read. Chains of others that cannot be read are left out.
    pub fn book(&self) -> Result<Book, LedgerError> {
        let mut state = self.state();
        state.chain.read_on()?;
        self.read_others(&mut state);
        let own = Part { fold: &state.chain.fold, own: true, user: user_of(state.chain.dir()) };
        let others = state.others.iter().map(|(dir, reader)| Part { fold: &reader.fold, own: reader.own, user: user_of(dir) });
        let parts: Vec<Part<'_>> = std::iter::once(own).chain(others).collect();
        let mut book = fold::book(&parts);
        let scan = &state.chain.scan;
        book.records = scan.records;
        book.head = (scan.records > 0).then(|| hex(&scan.last.h));
        book.unwritable = state.chain.unwritable().map(|e| e.to_string());
        book.incomplete = matches!(scan.tail, Tail::Broken(_));
        Ok(book)
    }

    /// What the chains of this user under `paths` say is open, where no ledger can be opened for writing (a read-only
    /// disk): what is in doubt stays in doubt. Chains of others are left out. The caller says why it is unwritable.
    ///
    /// # Errors
    /// When a chain cannot be read. One that does not exist is empty.
    pub fn read_only_book(paths: &LedgerPaths) -> Result<Book, LedgerError> {
        let user = Actor::this().user;
        let mut chains = Vec::new();
        for base in [Some(&paths.dir), paths.shared.as_ref()].into_iter().flatten() {
            let dir = base.join(&user);
            let (mut scan, mut fold) = (Scan::new(&dir), Fold::default());
            scan.read_on(&mut |light, line, _| fold.take(light, line)).map_err(|e| LedgerError::io("read", &dir, &e))?;
            chains.push((scan, fold));
        }
        let parts: Vec<Part<'_>> = chains.iter().map(|(_, fold)| Part { fold, own: true, user: user.clone() }).collect();
        let mut book = fold::book(&parts);
        if let Some((scan, _)) = chains.last() {
            book.records = scan.records;
            book.head = (scan.records > 0).then(|| hex(&scan.last.h));
        }
        book.incomplete = chains.iter().any(|(scan, _)| matches!(scan.tail, Tail::Broken(_)));
        Ok(book)
    }

    /// What the audit page shows. `verify` walks all readable chains; its result is kept for later pages.
    pub fn audit_page(&self, verify: bool) -> AuditPage {
        let mut state = self.state();
        let mut page = AuditPage::default();
        if let Err(e) = state.chain.read_on() {
            page.error = Some(e.to_string());
        }
        self.read_others(&mut state);
        let mut dirs = vec![state.chain.dir().to_owned()];
        dirs.extend(state.others.keys().cloned());
        page.records = state.chain.scan.records;
        page.head = (page.records > 0).then(|| hex(&state.chain.scan.last.h));
        if verify {
            let now = self.0.hands.clock.now();
            // Verifying a long chain takes seconds; appending goes on meanwhile.
            drop(state);
            let problems = dirs.iter().flat_map(|dir| problems(dir)).collect();
            state = self.state();
            state.verified = Some((now, problems));
        }
        page.verified.clone_from(&state.verified);
        drop(state);
        let mut records = Vec::new();
        for dir in &dirs {
            match page::newest(dir, MAX_ROWS) {
                Ok(newest) => records.extend(newest),
                Err(e) => page.error = Some(LedgerError::io("read", dir, &e).to_string()),
            }
        }
        page.rows = page::rows(records);
        page
    }

    /// Directories of all chains that this ledger reads, the own one first: for `audit show`, `tail` and `verify`.
    pub fn chain_dirs(&self) -> Vec<PathBuf> {
        let mut state = self.state();
        self.read_others(&mut state);
        let mut dirs = vec![state.chain.dir().to_owned()];
        dirs.extend(state.others.keys().cloned());
        dirs
    }

    /// Reads on in all chains but the own. One that is not safe to trust is not read.
    fn read_others(&self, state: &mut State) {
        let Some(shared) = &self.0.paths.shared else { return };
        let mut dirs = vec![(self.0.paths.dir.join(&self.0.hands.actor.user), true)];
        if let Ok(found) = verify::chains(shared) {
            dirs.extend(found.into_iter().map(|(_, dir)| (dir, false)));
        }
        for (dir, own) in dirs {
            if dir != state.chain.dir() && disk::is_safe_to_read(&dir) {
                let reader = state.others.entry(dir.clone());
                let reader = reader.or_insert_with(|| Reader { scan: Scan::new(&dir), fold: Fold::default(), own });
                let Reader { scan, fold, .. } = reader;
                let _ = scan.read_on(&mut |light, line, _| fold.take(light, line));
            }
        }
    }
}

/// Whose chain `dir` is: its folder's name, which only its owner could make. What a record says of its writer proves less.
fn user_of(dir: &Path) -> String {
    dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn problems(dir: &Path) -> Vec<String> {
    match verify::verify(dir) {
        Ok(reports) => reports
            .into_iter()
            .flat_map(|report| report.problems.into_iter().map(move |problem| format!("{}: {problem}", report.user)))
            .collect(),
        Err(e) => vec![e.to_string()],
    }
}
