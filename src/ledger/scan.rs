//! Reading a chain: which bytes are records, which are damage that a crash explains, and what nothing explains.
//!
//! Byte ranges, not lines: garbage may hold line feeds. Damage is forgiven only when a `torn` record right behind it names
//! its exact range and hash, or when it is the tail: at most 64 KiB and without a whole record in it (reliability.md 1.4).

use std::{
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

pub use super::light::{Light, Owner};
use super::{
    disk,
    line::{Line, Opening, Recovery, holds_whole_record},
    record::{self, Hash},
};

/// Longest damage that one crash explains, in bytes.
pub(super) const MAX_DAMAGE: usize = 64 * 1024;
/// Longer segments are not ours: we rotate at 16 MiB.
const MAX_SEGMENT: u64 = 64 * 1024 * 1024;

/// A record's place in the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    pub seq: u64,
    pub h: Hash,
}

/// What stands behind the last record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tail {
    #[default]
    Clean,
    /// Damage that a crash while writing explains.
    Torn { len: u64 },
    /// A whole record whose line feed is missing.
    Unterminated,
    /// What no crash explains. Nothing behind it is read.
    Broken(String),
}

/// Where reading a chain stands. Goes on from there with each `read_on`.
#[derive(Clone, Debug)]
pub struct Scan {
    dir: PathBuf,
    /// The segment being read, from 1, and the next byte in it.
    pub seg: u32,
    pub off: u64,
    pub last: Link,
    /// The record before the last.
    pub before: Link,
    pub log: Option<String>,
    /// Records in this segment, and the first one's `seq`.
    pub count: u64,
    pub first: u64,
    pub sealed: bool,
    /// Records in the chain.
    pub records: u64,
    pub tail: Tail,
    pub(super) opening: Opening,
    digest: Sha256,
}

/// Receives each record: its fields, its line without line feed, and where the line begins in its segment.
pub type Each<'e> = &'e mut dyn FnMut(&Light<'_>, &[u8], u64);

/// The highest segment number in `dir`; 0 when there is none.
#[must_use]
pub fn last_segment(dir: &Path) -> u32 {
    let names = std::fs::read_dir(dir).into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| name.strip_prefix("seg-")?.strip_suffix(".jsonl")?.parse().ok()).max().unwrap_or(0)
}

/// `<dir>/seg-000001.jsonl`.
#[must_use]
pub fn segment_path(dir: &Path, seg: u32) -> PathBuf {
    dir.join(format!("seg-{seg:06}.jsonl"))
}

impl Scan {
    /// The beginning of the chain in `dir`.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            seg: 1,
            off: 0,
            last: Link::default(),
            before: Link::default(),
            log: None,
            count: 0,
            first: 0,
            sealed: false,
            records: 0,
            tail: Tail::Clean,
            opening: Opening::None,
            digest: Sha256::new(),
        }
    }

    /// Hash over all bytes of this segment that were read.
    #[must_use]
    pub fn segment_sha256(&self) -> String {
        record::hex(&self.digest.clone().finalize())
    }

    /// Whether this segment's first record is still to come, and must be a `gap` (true) or an `open_segment` (false).
    #[must_use]
    pub fn wants_gap(&self) -> Option<bool> {
        match self.opening {
            Opening::None => None,
            Opening::AfterSeal { .. } => Some(false),
            Opening::AfterFault => Some(true),
        }
    }

    /// SHA-256 of the sealed segment before, when an `open_segment` is to come; else empty.
    #[must_use]
    pub fn opened_after(&self) -> &str {
        match &self.opening {
            Opening::AfterSeal { sha256 } => sha256,
            Opening::None | Opening::AfterFault => "",
        }
    }

    /// Reads whatever is new. A chain that does not exist yet is an empty one.
    ///
    /// # Errors
    /// When a segment cannot be read. Damage is no error: see `tail`.
    pub fn read_on(&mut self, each: Each<'_>) -> io::Result<()> {
        loop {
            if matches!(self.tail, Tail::Broken(_)) {
                return Ok(());
            }
            // Asked before reading: a writer seals this segment first and makes the next one then.
            let has_next = segment_path(&self.dir, self.seg + 1).symlink_metadata().is_ok();
            let path = segment_path(&self.dir, self.seg);
            match disk::open_read(&path) {
                Ok(mut file) => {
                    let len = file.metadata()?.len();
                    if len < self.off {
                        self.broken(format!("segment {} is shorter than what was read of it", self.seg));
                        return Ok(());
                    }
                    if len > MAX_SEGMENT {
                        self.broken(format!("segment {} is longer than any segment", self.seg));
                        return Ok(());
                    }
                    if len > self.off {
                        file.seek(SeekFrom::Start(self.off))?;
                        let mut bytes = Vec::with_capacity(usize::try_from(len - self.off).unwrap_or(0));
                        file.take(MAX_SEGMENT).read_to_end(&mut bytes)?;
                        self.consume(&bytes, each);
                    } else {
                        self.tail = Tail::Clean;
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound && self.off == 0 && !has_next => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::NotFound => self.broken(format!("segment {} is missing", self.seg)),
                Err(e) => return Err(e),
            }
            if !has_next || matches!(self.tail, Tail::Broken(_)) {
                return Ok(());
            }
            // A segment without any record is one whose first write failed and was lost.
            self.opening = if self.sealed { Opening::AfterSeal { sha256: self.segment_sha256() } } else { Opening::AfterFault };
            if self.sealed && self.tail != Tail::Clean {
                self.broken(format!("segment {} goes on after its seal", self.seg));
                return Ok(());
            }
            self.seg += 1;
            self.off = 0;
            self.count = 0;
            self.sealed = false;
            self.tail = Tail::Clean;
            self.digest = Sha256::new();
        }
    }

    /// Takes the whole record whose line feed is missing. The writer calls this under the lock, then writes LF and `torn`.
    ///
    /// # Errors
    /// When the segment cannot be read.
    pub fn accept_unterminated(&mut self, each: Each<'_>) -> io::Result<()> {
        let mut file = disk::open_read(&segment_path(&self.dir, self.seg))?;
        file.seek(SeekFrom::Start(self.off))?;
        let mut bytes = Vec::new();
        file.take(MAX_SEGMENT).read_to_end(&mut bytes)?;
        bytes.push(b'\n');
        self.consume(&bytes, each);
        Ok(())
    }

    /// SHA-256 of the torn tail, and its length.
    ///
    /// # Errors
    /// When the segment cannot be read.
    pub fn torn_range(&self) -> io::Result<(u64, String)> {
        let mut file = disk::open_read(&segment_path(&self.dir, self.seg))?;
        file.seek(SeekFrom::Start(self.off))?;
        let mut bytes = Vec::new();
        file.take(MAX_SEGMENT).read_to_end(&mut bytes)?;
        Ok((u64::try_from(bytes.len()).unwrap_or(u64::MAX), record::sha256_hex(&bytes)))
    }

    fn broken(&mut self, why: String) {
        self.tail = Tail::Broken(why);
    }

    /// Reads `bytes`, which begin at `off`. Stops at damage that nothing behind it explains.
    pub(super) fn consume(&mut self, bytes: &[u8], each: Each<'_>) {
        let mut rest = bytes;
        self.tail = Tail::Clean;
        while !rest.is_empty() {
            let end = rest.iter().position(|b| *b == b'\n');
            let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            match self.check(line, self.off, None) {
                Line::Record(light, place) => {
                    let Some(end) = end else {
                        self.tail = Tail::Unterminated;
                        return;
                    };
                    self.take(&light, place, line, rest.get(..=end).unwrap_or_default(), each);
                    rest = rest.get(end + 1..).unwrap_or_default();
                }
                Line::Wrong(why) => return self.broken(why),
                Line::Other => match self.recovery(rest) {
                    Recovery::Found { start, end } => {
                        let damage = rest.get(..start).unwrap_or_default();
                        let line = rest.get(start..end).unwrap_or_default();
                        let start_at = self.off + u64::try_from(start).unwrap_or(0);
                        if let Line::Record(light, place) = self.check(line, start_at, Some(damage)) {
                            self.digest.update(damage);
                            self.off = start_at;
                            self.take(&light, place, line, rest.get(start..=end).unwrap_or_default(), each);
                        }
                        rest = rest.get(end + 1..).unwrap_or_default();
                    }
                    Recovery::Unterminated => {
                        self.tail = Tail::Unterminated;
                        return;
                    }
                    Recovery::None => {
                        let len = u64::try_from(rest.len()).unwrap_or(u64::MAX);
                        let after = format!("segment {}, byte {}, after record {}", self.seg, self.off, self.last.seq);
                        if self.sealed {
                            self.broken(format!("{after}: bytes behind the seal"));
                        } else if rest.len() > MAX_DAMAGE {
                            self.broken(format!("{after}: {len} unreadable bytes, more than one crash explains"));
                        } else if holds_whole_record(rest) {
                            self.broken(format!("{after}: what follows does not belong to the chain"));
                        } else {
                            self.tail = Tail::Torn { len };
                        }
                        return;
                    }
                },
            }
        }
    }

    fn take(&mut self, light: &Light<'_>, place: Link, line: &[u8], with_lf: &[u8], each: Each<'_>) {
        each(light, line, self.off);
        self.log.get_or_insert_with(|| light.log.clone().into_owned());
        self.before = self.last;
        self.last = place;
        self.records += 1;
        self.count += 1;
        if self.count == 1 {
            self.first = place.seq;
        }
        self.sealed = light.kind == "seal";
        if light.kind != "torn" {
            self.opening = Opening::None;
        }
        self.digest.update(with_lf);
        self.off += u64::try_from(with_lf.len()).unwrap_or(0);
    }
}
