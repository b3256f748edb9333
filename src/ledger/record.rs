//! One record as bytes: `P` + `,"h":"` + 64 hex + `"}` + LF, ASCII only, at most 16 KiB.
//! `h = SHA-256("cutover-audit/1\0" || previous h (32 bytes) || u64be(len P) || P)` over the exact bytes on disk.

use std::io;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    LedgerError,
    entry::Entry,
    owner::{Actor, Tool},
};
use crate::domain::Timestamp;

/// Longest line on disk, LF included, in bytes.
pub const MAX_RECORD: usize = 16 * 1024;
/// Longest foreign string in a record, in characters; what is longer is cut and carries the SHA-256 of the whole.
pub const MAX_STRING: usize = 512;
/// Bytes of `,"h":"` + 64 hex + `"}`.
pub const SUFFIX: usize = 72;

/// A SHA-256.
pub type Hash = [u8; 32];

/// One record with everything in it, as it is read back.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Record {
    pub v: u8,
    /// UUID of the chain.
    pub log: String,
    pub seg: u32,
    /// Order of the records, from 1. Time never orders them.
    pub seq: u64,
    pub ts: Timestamp,
    #[serde(flatten)]
    pub entry: Entry,
    /// Boot identifier of the machine.
    pub boot: String,
    /// CLOCK_BOOTTIME in milliseconds.
    pub bt_ms: u64,
    pub actor: Actor,
    pub tool: Tool,
    pub h: String,
}

/// What a new record is made of, without its hash.
#[derive(Serialize)]
pub(super) struct Draft<'a, E: Serialize> {
    pub v: u8,
    pub log: &'a str,
    pub seg: u32,
    pub seq: u64,
    pub ts: String,
    #[serde(flatten)]
    pub entry: &'a E,
    pub boot: &'a str,
    pub bt_ms: u64,
    pub actor: &'a Actor,
    pub tool: &'a Tool,
}

/// Hash of a record whose bytes before `,"h":"` are `body`.
#[must_use]
pub fn hash(previous: &Hash, body: &[u8]) -> Hash {
    let mut digest = Sha256::new();
    digest.update(b"cutover-audit/1\0");
    digest.update(previous);
    digest.update(u64::try_from(body.len()).unwrap_or(u64::MAX).to_be_bytes());
    digest.update(body);
    digest.finalize().into()
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from(if n < 10 { b'0' + n } else { b'a' + n - 10 });
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// SHA-256 of `bytes` as hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The 32 bytes that 64 lower-case hex digits mean.
#[must_use]
pub fn unhex(text: &[u8]) -> Option<Hash> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let mut out = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (to, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        if let [a, b] = pair {
            *to = digit(*a)? << 4 | digit(*b)?;
        }
    }
    Some(out)
}

/// The line of `draft` after `previous`, LF included, and its hash.
///
/// # Errors
/// `TooLong` when it does not fit even with every foreign string cut.
pub(super) fn line(draft: &Draft<'_, Entry>, previous: &Hash) -> Result<(Vec<u8>, Hash), LedgerError> {
    let (mut body, longest) = ascii_json(draft)?;
    if longest > MAX_STRING {
        let mut entry = serde_json::to_value(draft.entry).map_err(|e| LedgerError::Unrecordable(e.to_string()))?;
        cut_strings(&mut entry);
        let Draft { v, log, seg, seq, ts, entry: _, boot, bt_ms, actor, tool } = draft;
        let ts = ts.clone();
        body = ascii_json(&Draft { v: *v, log, seg: *seg, seq: *seq, ts, entry: &entry, boot, bt_ms: *bt_ms, actor, tool })?.0;
    }
    body.pop(); // the closing brace comes after the hash
    if body.len() + SUFFIX + 1 > MAX_RECORD {
        return Err(LedgerError::TooLong { bytes: body.len() + SUFFIX + 1 });
    }
    let h = hash(previous, &body);
    body.extend_from_slice(b",\"h\":\"");
    body.extend_from_slice(hex(&h).as_bytes());
    body.extend_from_slice(b"\"}\n");
    Ok((body, h))
}

/// JSON in bytes 0x20 to 0x7E only, and the length in characters of its longest string.
fn ascii_json(value: &impl Serialize) -> Result<(Vec<u8>, usize), LedgerError> {
    let mut out = Vec::with_capacity(1024);
    let mut ascii = Ascii { current: 0, longest: 0 };
    let mut to = serde_json::Serializer::with_formatter(&mut out, &mut ascii);
    value.serialize(&mut to).map_err(|e| LedgerError::Unrecordable(e.to_string()))?;
    Ok((out, ascii.longest))
}

/// Cuts every string that is too long. It stays a string, so that the record still reads as its own type.
fn cut_strings(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => {
            if text.chars().count() > MAX_STRING {
                let note = format!("... [{} bytes, sha256 {}]", text.len(), sha256_hex(text.as_bytes()));
                let head: String = text.chars().take(MAX_STRING.saturating_sub(note.len())).collect();
                *text = head + &note;
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(cut_strings),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(cut_strings),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

/// Escapes whatever is outside 0x20 to 0x7E: DEL, C1, bidi overrides and the like are raw in plain serde_json, and
/// `cat` of the ledger must be safe.
struct Ascii {
    current: usize,
    longest: usize,
}

impl serde_json::ser::Formatter for &mut Ascii {
    fn begin_string<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.current = 0;
        writer.write_all(b"\"")
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.longest = self.longest.max(self.current);
        writer.write_all(b"\"")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for c in fragment.chars() {
            self.current += 1;
            if (' '..='~').contains(&c) {
                writer.write_all(&[u8::try_from(c).unwrap_or(b'?')])?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: serde_json::ser::CharEscape,
    ) -> io::Result<()> {
        self.current += 1;
        serde_json::ser::CompactFormatter.write_char_escape(writer, escape)
    }
}
