//! Reading a chain: which bytes are records, which are damage that a crash explains, and what nothing explains.
//!
//! Byte ranges, not lines: garbage may hold line feeds. Damage is forgiven only when a `torn` record right behind it names
//! its exact range and hash, or when it is the tail: at most 64 KiB and without a whole record in it (reliability.md 1.4).

use std::{
    borrow::Cow,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

pub use super::light::{Light, Owner};
use super::{
    disk,
    record::{self, Hash, MAX_RECORD, SUFFIX},
};

/// Longest damage that one crash explains, in bytes.
const MAX_DAMAGE: usize = 64 * 1024;
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

/// What the first record of a segment has to be.
#[derive(Clone, Debug)]
enum Opening {
    /// Anything: segment 1, or the first record is there already.
    None,
    AfterSeal {
        sha256: String,
    },
    /// The segment before ended in a fault: `gap`. It may leave out the last record there, which was never durable.
    AfterFault,
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
    opening: Opening,
    digest: Sha256,
}

/// What a line is.
#[expect(clippy::large_enum_variant, reason = "it lives for one line; a box for each record would cost more")]
enum Line<'a> {
    Record(Light<'a>, Link),
    /// Not a record that follows the last one.
    Other,
    /// It follows, and says something that cannot be.
    Wrong(String),
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

    /// Looks for the `torn` record that commits to the damage at the start of `rest`.
    fn recovery(&self, rest: &[u8]) -> Recovery {
        for (at, _) in rest.iter().enumerate().take(MAX_DAMAGE + 1).filter(|(_, b)| **b == b'\n') {
            let behind = rest.get(at + 1..).unwrap_or_default();
            if !behind.starts_with(b"{\"v\":1,") {
                continue;
            }
            let end = behind.iter().take(MAX_RECORD).position(|b| *b == b'\n');
            let line = behind.get(..end.unwrap_or(behind.len())).unwrap_or_default();
            let start = self.off + u64::try_from(at + 1).unwrap_or(0);
            if let Line::Record(..) = self.check(line, start, rest.get(..=at)) {
                return match end {
                    Some(end) => Recovery::Found { start: at + 1, end: at + 1 + end },
                    None => Recovery::Unterminated,
                };
            }
        }
        Recovery::None
    }

    /// Judges one line that begins at byte `start`. `damage` = unexplained bytes before it, their closing LF included.
    fn check<'l>(&self, line: &'l [u8], start: u64, damage: Option<&[u8]>) -> Line<'l> {
        if line.len() >= MAX_RECORD || line.len() <= SUFFIX || !line.starts_with(b"{\"v\":1,") {
            return Line::Other;
        }
        let (body, suffix) = line.split_at(line.len() - SUFFIX);
        let Some(h) = suffix.strip_prefix(b",\"h\":\"").and_then(|s| s.strip_suffix(b"\"}")).and_then(record::unhex) else {
            return Line::Other;
        };
        let previous = if record::hash(&self.last.h, body) == h {
            self.last
        } else if self.wants_gap().is_some() && record::hash(&self.before.h, body) == h {
            self.before
        } else {
            return Line::Other;
        };
        let Ok(light) = serde_json::from_slice::<Light<'_>>(line) else {
            return Line::Wrong(format!("record after {}: not a record of version 1", previous.seq));
        };
        if let Some(why) = self.contradiction(&light, line, start, damage, previous) {
            return Line::Wrong(format!("segment {}, record {}: {why}", self.seg, light.seq));
        }
        let place = Link { seq: light.seq, h };
        Line::Record(light, place)
    }

    /// What a record with the right hash says that cannot be.
    fn contradiction(
        &self,
        r: &Light<'_>,
        line: &[u8],
        start: u64,
        damage: Option<&[u8]>,
        previous: Link,
    ) -> Option<&'static str> {
        let is = |field: &Option<Cow<'_, str>>, value: &str| field.as_deref() == Some(value);
        if !line.iter().all(|b| (0x20..=0x7e).contains(b)) {
            return Some("bytes that are not ASCII");
        }
        if r.v != 1 || r.seg != self.seg || r.seq != previous.seq + 1 {
            return Some("wrong version, segment or sequence number");
        }
        if self.log.as_deref().is_some_and(|log| log != r.log) {
            return Some("another ledger's identifier");
        }
        if self.sealed {
            return Some("it stands behind the seal");
        }
        let kind = r.kind.as_ref();
        if let Some(damage) = damage {
            let damaged = damage.split_last().map(|(_, bytes)| bytes).unwrap_or_default();
            let exact = kind == "torn"
                && r.off == Some(self.off)
                && r.len == u64::try_from(damaged.len()).ok()
                && is(&r.sha256, &record::sha256_hex(damaged));
            return (!exact).then_some("damage before it is not what it says");
        }
        if kind == "torn" {
            let empty = r.len == Some(0) && r.off.is_some_and(|off| off + 1 == start) && is(&r.sha256, &record::sha256_hex(b""));
            return (!empty).then_some("it names damage that is not there");
        }
        match &self.opening {
            Opening::None if matches!(kind, "gap" | "open_segment") && self.records > 0 => Some("it does not begin a segment"),
            Opening::None => {
                let fits = kind != "seal"
                    || (r.count == Some(self.count)
                        && r.first == Some(self.first)
                        && r.last == Some(self.last.seq)
                        && is(&r.sha256, &self.segment_sha256()));
                (!fits).then_some("the seal is not of this segment")
            }
            Opening::AfterSeal { sha256 } if previous == self.last => {
                let fits = kind == "open_segment"
                    && r.prev_seg == Some(self.seg - 1)
                    && is(&r.prev_h, &record::hex(&previous.h))
                    && is(&r.prev_sha256, sha256);
                (!fits).then_some("the segment does not open as the seal before it demands")
            }
            // Behind a seal that was never durable, as behind any other record that was not.
            Opening::AfterSeal { .. } | Opening::AfterFault => {
                let fits = kind == "gap" && r.last_seq == Some(previous.seq) && is(&r.last_h, &record::hex(&previous.h));
                (!fits).then_some("the segment before has no seal and no gap is recorded")
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

enum Recovery {
    /// A `torn` record stands at `start..end` of the rest.
    Found {
        start: usize,
        end: usize,
    },
    Unterminated,
    None,
}

/// Whether the end of a record, `,"h":"` + 64 hex + `"}`, stands anywhere in `bytes`. A write cut short never holds one.
fn holds_whole_record(bytes: &[u8]) -> bool {
    bytes.windows(SUFFIX).any(|w| {
        w.starts_with(b",\"h\":\"") && w.strip_suffix(b"\"}").and_then(|w| w.get(6..)).is_some_and(|w| record::unhex(w).is_some())
    })
}
