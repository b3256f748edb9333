//! Writing one chain. One record in flight, always: written and synced before the lock is given back.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::SecondsFormat;

use super::{
    LedgerError,
    disk::{self, Disk},
    entry::Entry,
    fold::Fold,
    folder,
    owner::{self, Actor, Tool},
    record::{self, Draft, Hash},
    scan::{Light, Scan, Tail, segment_path},
};
use crate::domain::{clock::Clock, progress::Receipt};

/// Sizes and times that tests make smaller.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A segment is sealed before it grows beyond this many bytes.
    pub segment: u64,
    /// Free bytes below which nothing but outcomes is written.
    pub free: u64,
    /// Size in bytes of the file that is given up so that outcomes fit.
    pub ballast: usize,
    /// How often the lock is tried, 2 ms apart.
    pub lock_tries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { segment: 16 << 20, free: 8 << 20, ballast: 1 << 20, lock_tries: 2_500 }
    }
}

/// What a record is for. Outcomes are worth the last free bytes; a change that was made must be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Ordinary,
    Outcome,
}

/// What every chain of this process needs.
#[derive(Clone, Debug)]
pub(super) struct Hands {
    pub disk: Arc<dyn Disk>,
    pub clock: Arc<dyn Clock>,
    pub actor: Arc<Actor>,
    pub tool: Tool,
    pub boot: String,
    pub limits: Limits,
}

/// One chain, open for writing.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) hands: Hands,
    pub(super) dir: PathBuf,
    /// Others of the group may read.
    shared: bool,
    pub scan: Scan,
    pub fold: Fold,
    file: Option<(u32, File)>,
    pub poison: Option<LedgerError>,
    /// Hash of the record whose write or sync failed: it may be visible, and it is not durable.
    failed: Option<Hash>,
    /// Wall and boot clock in milliseconds of the last record of this boot.
    last_time: Option<(i64, u64)>,
    /// `HEAD` was compared with the records once.
    head_checked: bool,
    /// Say `gap` in a new segment before the next record.
    wants_new_segment: bool,
    errno: Option<i32>,
}

impl Chain {
    /// Opens the chain of this user below `base`, and makes its directory.
    ///
    /// # Errors
    /// When the place is not safe, not writable, or does not keep what is written.
    pub fn open(hands: Hands, base: &Path, shared: bool, allow_volatile: bool) -> Result<Self, LedgerError> {
        let dir = base.join(&hands.actor.user);
        folder::make_dirs(hands.disk.as_ref(), base, &dir, shared)?;
        let volatile = disk::volatile_kind(&dir).map_err(|e| LedgerError::io("look at the file system of", &dir, &e))?;
        if let Some(kind) = volatile.filter(|_| !allow_volatile) {
            return Err(LedgerError::Refused(format!(
                "{} is on {kind}, which does not keep what was synced: name another directory, or set ledger.allow_volatile",
                dir.display()
            )));
        }
        rustix::fs::access(&dir, rustix::fs::Access::WRITE_OK)
            .map_err(|e| LedgerError::io("write to", &dir, &io::Error::from(e)))?;
        let mut chain = Self {
            scan: Scan::new(&dir),
            hands,
            dir,
            shared,
            fold: Fold::default(),
            file: None,
            poison: None,
            failed: None,
            last_time: None,
            head_checked: false,
            wants_new_segment: false,
            errno: None,
        };
        chain.read_on()?;
        Ok(chain)
    }

    /// The same chain for outcomes after a failed write: it begins a new segment, and the failed file is never touched again.
    pub fn after_fault(&self) -> Self {
        Self {
            hands: self.hands.clone(),
            dir: self.dir.clone(),
            shared: self.shared,
            scan: self.scan.clone(),
            fold: Fold::default(),
            file: None,
            poison: None,
            failed: self.failed,
            last_time: self.last_time,
            head_checked: true,
            wants_new_segment: true,
            errno: self.poison.as_ref().and_then(LedgerError::errno),
        }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Reads what this and other processes of the user have appended. Needs no lock.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub fn read_on(&mut self) -> Result<(), LedgerError> {
        let Self { scan, fold, last_time, hands, dir, .. } = self;
        scan.read_on(&mut |light, line, _| note(&hands.boot, fold, last_time, light, line))
            .map_err(|e| LedgerError::io("read", dir, &e))
    }

    /// Why this chain takes no record now; `None` when it does.
    pub fn unwritable(&self) -> Option<LedgerError> {
        if let Some(poison) = &self.poison {
            return Some(LedgerError::Poisoned(poison.to_string()));
        }
        if let Tail::Broken(why) = &self.scan.tail {
            return Some(LedgerError::Broken(why.clone()));
        }
        self.room(Purpose::Ordinary).err()
    }

    /// Appends one record. When this returns `Ok` it is durable.
    ///
    /// # Errors
    /// Any: then the record is not durable, and after a failed write or sync this chain takes no more.
    pub fn append(&mut self, entry: &Entry, purpose: Purpose) -> Result<Receipt, LedgerError> {
        if let Some(poison) = &self.poison {
            return Err(LedgerError::Poisoned(poison.to_string()));
        }
        let _lock = folder::lock(&self.dir, self.hands.limits.lock_tries)?;
        self.read_on()?;
        self.check_head()?;
        if let Tail::Broken(why) = &self.scan.tail {
            return Err(LedgerError::Broken(why.clone()));
        }
        self.room(purpose)?;
        match purpose {
            Purpose::Ordinary => self.keep_ballast(),
            Purpose::Outcome => self.release_ballast(),
        }
        let before = (self.scan.clone(), self.errno);
        match self.append_locked(entry) {
            Ok(receipt) => Ok(receipt),
            // Nothing was written for these.
            Err(e @ (LedgerError::TooLong { .. } | LedgerError::Unrecordable(_) | LedgerError::Refused(_))) => Err(e),
            Err(e) => {
                self.scan = before.0;
                self.file = None;
                self.poison = Some(e.clone());
                Err(e)
            }
        }
    }

    fn append_locked(&mut self, entry: &Entry) -> Result<Receipt, LedgerError> {
        if self.wants_new_segment && self.scan.wants_gap().is_none() {
            if !self.scan.sealed && segment_path(&self.dir, self.scan.seg).symlink_metadata().is_ok() {
                self.new_segment(self.scan.seg + 1)?;
            }
            self.wants_new_segment = false;
        }
        self.mend_tail()?;
        self.begin_segment()?;
        self.note_clock()?;
        // Made once to know its length; the seal may move it to the next segment.
        let (line, _) = self.line(entry, self.scan.last.h)?;
        if self.scan.off > 0 && self.scan.off + u64::try_from(line.len()).unwrap_or(0) > self.hands.limits.segment {
            let seal = Entry::Seal {
                count: self.scan.count,
                first: self.scan.first,
                last: self.scan.last.seq,
                sha256: self.scan.segment_sha256(),
            };
            self.write(&seal, b"")?;
            self.begin_segment()?;
        }
        self.write(entry, b"")?;
        let receipt =
            Receipt { ledger: self.hands.actor.user.clone(), seq: self.scan.last.seq, hash: record::hex(&self.scan.last.h) };
        self.write_head();
        Ok(receipt)
    }

    /// Records damage at the tail. The damaged bytes stay where they are.
    fn mend_tail(&mut self) -> Result<(), LedgerError> {
        let io = |dir: &Path, e: &io::Error| LedgerError::io("read", dir, e);
        let (off, len, sha256) = match &self.scan.tail {
            Tail::Clean | Tail::Broken(_) => return Ok(()),
            Tail::Unterminated => {
                let Self { scan, fold, last_time, hands, dir, .. } = self;
                scan.accept_unterminated(&mut |light, line, _| note(&hands.boot, fold, last_time, light, line))
                    .map_err(|e| io(dir, &e))?;
                (self.scan.off.saturating_sub(1), 0, record::sha256_hex(b""))
            }
            Tail::Torn { .. } => {
                let (len, sha256) = self.scan.torn_range().map_err(|e| io(&self.dir, &e))?;
                (self.scan.off, len, sha256)
            }
        };
        self.write(&Entry::Torn { off, len, sha256 }, b"\n")
    }

    /// Makes the next segment after a seal, and writes what a new segment begins with.
    fn begin_segment(&mut self) -> Result<(), LedgerError> {
        if self.scan.sealed {
            self.new_segment(self.scan.seg + 1)?;
        }
        let Some(unsealed) = self.scan.wants_gap() else { return Ok(()) };
        let last = self.base();
        let gap = unsealed || last != self.scan.last;
        let last_h = record::hex(&last.h);
        let entry = if gap {
            Entry::Gap { errno: self.errno, last_seq: last.seq, last_h }
        } else {
            Entry::OpenSegment { prev_seg: self.scan.seg - 1, prev_h: last_h, prev_sha256: self.scan.opened_after().to_owned() }
        };
        self.write(&entry, b"")
    }

    /// The record that the next one follows. A record whose sync failed is left out, however visible it is.
    fn base(&self) -> super::scan::Link {
        if self.scan.wants_gap().is_some() && self.failed == Some(self.scan.last.h) { self.scan.before } else { self.scan.last }
    }

    /// A wall clock that jumped more than 2 s against the boot clock, or went backwards, is itself a fact.
    fn note_clock(&mut self) -> Result<(), LedgerError> {
        let Some((wall, boot)) = self.last_time else { return Ok(()) };
        let wall_ms = self.hands.clock.now().timestamp_millis() - wall;
        let now = u64::try_from(self.hands.clock.since_boot().as_millis()).unwrap_or(u64::MAX);
        let boot_ms = i64::try_from(now).unwrap_or(i64::MAX) - i64::try_from(boot).unwrap_or(i64::MAX);
        if wall_ms < 0 || (wall_ms - boot_ms).abs() > 2_000 {
            self.write(&Entry::Clock { wall_ms, boot_ms }, b"")?;
        }
        Ok(())
    }

    fn line(&self, entry: &Entry, previous: Hash) -> Result<(Vec<u8>, Hash), LedgerError> {
        let now = self.hands.clock.now();
        let log = self.scan.log.clone().unwrap_or_else(|| {
            let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
            let at = uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.timestamp_subsec_nanos());
            uuid::Uuid::new_v7(at).to_string()
        });
        let draft = Draft {
            v: 1,
            log: &log,
            seg: self.scan.seg,
            seq: self.base().seq + 1,
            ts: now.to_rfc3339_opts(SecondsFormat::Nanos, true),
            entry,
            boot: &self.hands.boot,
            bt_ms: u64::try_from(self.hands.clock.since_boot().as_millis()).unwrap_or(u64::MAX),
            actor: &self.hands.actor,
            tool: &self.hands.tool,
        };
        record::line(&draft, &previous)
    }

    /// One write(2) and one fdatasync(2). `lead` goes before the record, in the same write.
    fn write(&mut self, entry: &Entry, lead: &[u8]) -> Result<(), LedgerError> {
        let (line, h) = self.line(entry, self.base().h)?;
        let path = segment_path(&self.dir, self.scan.seg);
        let mut file = match self.file.take() {
            Some((seg, file)) if seg == self.scan.seg => file,
            _ if self.scan.seg == 1 && path.symlink_metadata().is_err() => self.create(&path)?,
            _ => {
                disk::check_safe(&path, false, false)?;
                self.hands.disk.open_append(&path).map_err(|e| LedgerError::io("open", &path, &e))?
            }
        };
        let bytes = [lead, &line].concat();
        self.failed = Some(h);
        let written = self.hands.disk.write(&mut file, &bytes).map_err(|e| LedgerError::io("write to", &path, &e))?;
        if written != bytes.len() {
            let why = format!("only {written} of {} bytes were written (disk full, quota, or a file size limit)", bytes.len());
            return Err(LedgerError::io("write to", &path, &io::Error::other(why)));
        }
        self.hands.disk.fdatasync(&file).map_err(|e| LedgerError::io("sync", &path, &e))?;
        self.failed = None;
        self.file = Some((self.scan.seg, file));
        let expected = h;
        if lead.is_empty() {
            let Self { scan, fold, last_time, hands, .. } = self;
            scan.consume(&line, &mut |light, line, _| note(&hands.boot, fold, last_time, light, line));
        } else {
            self.read_on()?;
        }
        if self.scan.last.h != expected {
            let why = format!("what was written to {} does not read back", path.display());
            return Err(LedgerError::Broken(why));
        }
        Ok(())
    }

    fn new_segment(&mut self, seg: u32) -> Result<(), LedgerError> {
        let path = segment_path(&self.dir, seg);
        let file = self.create(&path)?;
        self.read_on()?;
        if self.scan.seg != seg {
            return Err(LedgerError::Broken(format!("segment {seg} does not follow")));
        }
        self.file = Some((seg, file));
        Ok(())
    }

    /// A new segment: created, synced, and its name synced too.
    fn create(&self, path: &Path) -> Result<File, LedgerError> {
        let disk = &self.hands.disk;
        let mode = if self.shared { 0o640 } else { 0o600 };
        let file = disk.create(path, mode).map_err(|e| LedgerError::io("create", path, &e))?;
        disk.fsync(&file).map_err(|e| LedgerError::io("sync", path, &e))?;
        folder::sync_dir(disk.as_ref(), &self.dir)?;
        Ok(file)
    }

    /// `HEAD` names the newest durable record. Records that it names and that are not there were cut off.
    fn check_head(&mut self) -> Result<(), LedgerError> {
        if !self.head_checked {
            if let Some(why) = folder::cut_off(folder::head_seq(&self.dir), self.scan.last.seq) {
                return Err(LedgerError::Broken(why));
            }
            self.head_checked = true;
        }
        Ok(())
    }

    /// Replaces `HEAD` by rename. It is advice for the next start, so failing is allowed.
    fn write_head(&self) {
        let (to, tmp) = (self.dir.join("HEAD"), self.dir.join("HEAD.tmp"));
        let Scan { seg, off, last, .. } = &self.scan;
        let text = format!("{{\"seg\":{seg},\"seq\":{},\"h\":\"{}\",\"size\":{off}}}\n", last.seq, record::hex(&last.h));
        let _ = std::fs::remove_file(&tmp);
        let mode = if self.shared { 0o640 } else { 0o600 };
        if let Ok(mut file) = self.hands.disk.create(&tmp, mode)
            && io::Write::write_all(&mut file, text.as_bytes()).is_ok()
        {
            let _ = self.hands.disk.rename(&tmp, &to);
        }
    }
}

/// What every record that is read or written leaves behind.
fn note(boot: &str, fold: &mut Fold, last_time: &mut Option<(i64, u64)>, light: &Light<'_>, line: &[u8]) {
    fold.take(light, line);
    *last_time = light.wall_ms().filter(|_| light.boot == boot).map(|wall| (wall, light.bt_ms));
}

/// What a chain of this process is written with.
impl Hands {
    pub fn new(disk: Arc<dyn Disk>, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        Self { disk, clock, actor: Arc::new(Actor::this()), tool: Tool::this(), boot: owner::boot_id(), limits }
    }
}
