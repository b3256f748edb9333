//! The part of a record that its chain, and the state of an action, hang on. Read without copying: a chain is long.

use std::borrow::Cow;

use serde::Deserialize;

/// The process that wrote a record.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Owner {
    pub pid: u32,
    pub start: u64,
}

/// The fields of a record that its chain, and the state of an action, hang on.
#[derive(Debug, Deserialize)]
pub struct Light<'a> {
    pub(super) v: u8,
    #[serde(borrow)]
    pub(super) log: Cow<'a, str>,
    pub(super) seg: u32,
    pub seq: u64,
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) ts: Cow<'a, str>,
    pub boot: Cow<'a, str>,
    pub bt_ms: u64,
    #[serde(borrow)]
    pub id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub outcome: Option<Cow<'a, str>>,
    pub actor: Owner,
    pub(super) off: Option<u64>,
    pub(super) len: Option<u64>,
    pub(super) sha256: Option<Cow<'a, str>>,
    pub(super) last_seq: Option<u64>,
    pub(super) last_h: Option<Cow<'a, str>>,
    pub(super) count: Option<u64>,
    pub(super) first: Option<u64>,
    pub(super) last: Option<u64>,
    pub(super) prev_seg: Option<u32>,
    pub(super) prev_h: Option<Cow<'a, str>>,
    pub(super) prev_sha256: Option<Cow<'a, str>>,
}

impl Light<'_> {
    /// Wall clock in milliseconds since 1970.
    pub fn wall_ms(&self) -> Option<i64> {
        chrono::DateTime::parse_from_rfc3339(&self.ts).ok().map(|at| at.timestamp_millis())
    }
}
