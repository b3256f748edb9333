//! Judging one line of a segment: whether it is the record that follows, and whether what it says can be.

use std::borrow::Cow;

use super::{
    record::{self, MAX_RECORD, SUFFIX},
    scan::{Light, Link, MAX_DAMAGE, Scan},
};

/// What the first record of a segment has to be.
#[derive(Clone, Debug)]
pub(super) enum Opening {
    /// Anything: segment 1, or the first record is there already.
    None,
    AfterSeal {
        sha256: String,
    },
    /// The segment before ended in a fault: `gap`. It may leave out the last record there, which was never durable.
    AfterFault,
}

/// What a line is.
#[expect(clippy::large_enum_variant, reason = "it lives for one line; a box for each record would cost more")]
pub(super) enum Line<'a> {
    Record(Light<'a>, Link),
    /// Not a record that follows the last one.
    Other,
    /// It follows, and says something that cannot be.
    Wrong(String),
}

pub(super) enum Recovery {
    /// A `torn` record stands at `start..end` of the rest.
    Found {
        start: usize,
        end: usize,
    },
    Unterminated,
    None,
}

impl Scan {
    /// Looks for the `torn` record that commits to the damage at the start of `rest`.
    pub(super) fn recovery(&self, rest: &[u8]) -> Recovery {
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
    pub(super) fn check<'l>(&self, line: &'l [u8], start: u64, damage: Option<&[u8]>) -> Line<'l> {
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
}

/// Whether the end of a record, `,"h":"` + 64 hex + `"}`, stands anywhere in `bytes`. A write cut short never holds one.
pub(super) fn holds_whole_record(bytes: &[u8]) -> bool {
    bytes.windows(SUFFIX).any(|w| {
        w.starts_with(b",\"h\":\"") && w.strip_suffix(b"\"}").and_then(|w| w.get(6..)).is_some_and(|w| record::unhex(w).is_some())
    })
}
