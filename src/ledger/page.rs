//! Records as people and scripts read them: rows of the audit page, raw lines, and what was appended since.

use std::{
    collections::HashMap,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use super::{
    book::AuditRow,
    disk::open_read,
    entry::{Entry, Resolution},
    line::holds_whole_record,
    record::{Record, SUFFIX},
    scan::segment_path,
};
use crate::domain::{action::ActionId, change::Point, confirm::Via, text::DisplayText};

/// Most rows of a page.
pub const MAX_ROWS: usize = 1_000;

/// Where reading of a chain's lines stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub seg: u32,
    pub off: u64,
}

impl Position {
    pub const START: Self = Self { seg: 1, off: 0 };

    /// Behind the last record that `dir` holds now: where `tail` begins.
    #[must_use]
    pub fn end(dir: &Path) -> Self {
        let mut seg = 1;
        while segment_path(dir, seg + 1).symlink_metadata().is_ok() {
            seg += 1;
        }
        let off = segment_path(dir, seg).symlink_metadata().map_or(0, |meta| meta.len());
        Self { seg, off }
    }
}

/// The records of the chain in `dir` from `at` on, exactly as they are on disk and without line feed; `at` moves behind
/// them. Bytes that are no record (a torn write) are left out, a line that is still being written waits.
///
/// # Errors
/// When a segment cannot be read. A chain that does not exist is an empty one.
pub fn lines(dir: &Path, at: &mut Position, each: &mut dyn FnMut(&str)) -> io::Result<()> {
    loop {
        let has_next = segment_path(dir, at.seg + 1).symlink_metadata().is_ok();
        let mut bytes = Vec::new();
        match open_read(&segment_path(dir, at.seg)) {
            Ok(mut file) => {
                file.seek(SeekFrom::Start(at.off))?;
                file.read_to_end(&mut bytes)?;
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && !has_next => return Ok(()),
            Err(e) => return Err(e),
        }
        for line in bytes.split_inclusive(|b| *b == b'\n').filter(|line| line.ends_with(b"\n")) {
            at.off += u64::try_from(line.len()).unwrap_or(0);
            if line.starts_with(b"{\"v\":1,")
                // A write cut short can end in `"}` too; never in a whole hash.
                && line.len().checked_sub(SUFFIX + 1).and_then(|at| line.get(at..)).is_some_and(holds_whole_record)
                && let Ok(text) = str::from_utf8(line)
                && text.trim_end().bytes().all(|b| (0x20..=0x7e).contains(&b))
            {
                each(text.trim_end());
            }
        }
        if !has_next {
            return Ok(());
        }
        *at = Position { seg: at.seg + 1, off: 0 };
    }
}

/// The newest records of the chain in `dir`, newest first, at most `most`.
///
/// # Errors
/// When a segment cannot be read.
pub fn newest(dir: &Path, most: usize) -> io::Result<Vec<Record>> {
    let mut records: Vec<Record> = Vec::new();
    let mut seg = Position::end(dir).seg;
    while seg > 0 && records.len() < most {
        let mut of_segment = Vec::new();
        let mut bytes = Vec::new();
        match open_read(&segment_path(dir, seg)) {
            Ok(mut file) => drop(file.read_to_end(&mut bytes)?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => break,
            Err(e) => return Err(e),
        }
        for line in bytes.rsplit(|b| *b == b'\n') {
            of_segment.extend(serde_json::from_slice::<Record>(line));
            if records.len() + of_segment.len() >= most {
                break;
            }
        }
        records.append(&mut of_segment);
        seg -= 1;
    }
    Ok(records)
}

/// Rows for people, newest first, from records of any chains. Whatever the order of `records`.
#[must_use]
pub fn rows(mut records: Vec<Record>) -> Vec<AuditRow> {
    records.sort_by_key(|record| std::cmp::Reverse((record.ts, record.seq)));
    records.truncate(MAX_ROWS);
    let plans: HashMap<ActionId, String> = records
        .iter()
        .filter(|record| matches!(record.entry, Entry::Intent(_)))
        .filter_map(|record| Some((action(&record.entry)?.clone(), what(&record.entry, &HashMap::new()))))
        .collect();
    records.iter().map(|record| row(record, &plans)).collect()
}

/// One record as a row. `plans` names actions whose intent is known.
fn row(record: &Record, plans: &HashMap<ActionId, String>) -> AuditRow {
    let via = match &record.entry {
        Entry::Intent(intent) => via_word(intent.via),
        Entry::Deny(deny) => via_word(deny.via),
        Entry::Arm { .. } => via_word(Via::Screen),
        Entry::Tick(tick) => via_word(tick.via),
        Entry::Untick(untick) => via_word(untick.via),
        Entry::Acknowledge(ack) => via_word(ack.via),
        Entry::Note(note) => via_word(note.via),
        Entry::SessionOpen { .. }
        | Entry::Outcome(_)
        | Entry::Observed(_)
        | Entry::Resolve(_)
        | Entry::SessionClose { .. }
        | Entry::Torn { .. }
        | Entry::Gap { .. }
        | Entry::Seal { .. }
        | Entry::OpenSegment { .. }
        | Entry::Clock { .. } => "",
    };
    AuditRow {
        seq: record.seq,
        at: record.ts,
        who: DisplayText::new(&record.actor.user),
        kind: record.entry.word(),
        what: DisplayText::new(&what(&record.entry, plans)),
        result: DisplayText::new(&result(&record.entry)),
        via,
        action: action(&record.entry).cloned(),
        hash: record.h.clone(),
        lines: pretty(record),
    }
}

fn via_word(via: Via) -> &'static str {
    match via {
        Via::Screen => "screen",
        Via::CommandLine => "command line",
    }
}

/// The action that an entry is about.
#[must_use]
pub fn action(entry: &Entry) -> Option<&ActionId> {
    match entry {
        Entry::Intent(e) => Some(&e.id),
        Entry::Outcome(e) => Some(&e.id),
        Entry::Observed(e) => Some(&e.id),
        Entry::Deny(e) => Some(&e.id),
        Entry::Resolve(e) => Some(&e.id),
        Entry::SessionOpen { .. }
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
        | Entry::Clock { .. } => None,
    }
}

fn what(entry: &Entry, plans: &HashMap<ActionId, String>) -> String {
    let of = |id: &ActionId| plans.get(id).cloned().unwrap_or_else(|| format!("action {}", id.short()));
    match entry {
        Entry::SessionOpen { version, .. } => format!("cutover {version}"),
        Entry::Intent(e) => {
            let t = &e.target;
            let change = match (point(&e.plan.before), point(&e.plan.after)) {
                (before, after) if before == after => String::new(),
                (before, after) => format!(" {before} -> {after}"),
            };
            format!("{} {}/{}{change}", e.operation, t.namespace, t.name)
        }
        Entry::Outcome(e) => of(&e.id),
        Entry::Observed(e) => of(&e.id),
        Entry::Deny(e) => format!("{} {}/{}", e.operation, e.target.namespace, e.target.name),
        Entry::Resolve(e) => of(&e.id),
        Entry::SessionClose { reason } => reason.clone(),
        Entry::Arm { environment, until, .. } => format!("arm {environment} until {}", until.format("%H:%M:%SZ")),
        Entry::Tick(e) => format!("tick {} of {}", e.item, e.plan),
        Entry::Untick(e) => format!("take back {} of {}", e.item, e.plan),
        Entry::Acknowledge(e) => format!("acknowledge {} until {}", e.name, e.until.format("%H:%M:%SZ")),
        Entry::Note(e) => e.about.as_ref().map_or_else(|| "note".to_owned(), |t| format!("note on {}/{}", t.namespace, t.name)),
        Entry::Torn { off, len, .. } => format!("{len} bytes damaged at byte {off}"),
        Entry::Gap { last_seq, .. } => format!("new segment after a fault behind #{last_seq}"),
        Entry::Seal { first, last, .. } => format!("segment sealed, #{first} to #{last}"),
        Entry::OpenSegment { prev_seg, .. } => format!("follows segment {prev_seg}"),
        Entry::Clock { wall_ms, boot_ms } => format!("wall clock moved {wall_ms} ms while {boot_ms} ms passed"),
    }
}

fn point(point: &Point) -> String {
    point.weight.map_or_else(|| point.phase.word().to_owned(), |weight| weight.to_string())
}

fn result(entry: &Entry) -> String {
    match entry {
        Entry::Outcome(e) => format!("{}: {}", e.outcome.title(), e.sentence),
        Entry::Observed(e) => format!("{}: {}", e.outcome.title(), e.sentence),
        Entry::Deny(e) => format!("refused: {}", e.refusal.sentence),
        Entry::Resolve(e) => {
            let word = match e.resolution {
                Resolution::Applied => "applied",
                Resolution::NotApplied => "not applied",
                Resolution::Superseded => "superseded",
            };
            format!("{word}: {}", e.evidence)
        }
        Entry::Intent(e) => {
            let cut_short = e.soak_cut_short.as_ref().map(|what| format!("soak cut short: {what}"));
            cut_short.into_iter().chain(e.reason.clone()).collect::<Vec<_>>().join("; ")
        }
        Entry::Arm { reason, .. } => reason.clone(),
        Entry::Tick(e) => e.evidence.clone(),
        Entry::Untick(e) => e.reason.clone().unwrap_or_default(),
        Entry::Acknowledge(e) => e.note.clone().unwrap_or_default(),
        Entry::Note(e) => e.text.clone(),
        Entry::Gap { errno, .. } => errno.map(|n| io::Error::from_raw_os_error(n).to_string()).unwrap_or_default(),
        Entry::SessionOpen { .. }
        | Entry::SessionClose { .. }
        | Entry::Torn { .. }
        | Entry::Seal { .. }
        | Entry::OpenSegment { .. }
        | Entry::Clock { .. } => String::new(),
    }
}

/// The record, pretty-printed, one string a line.
fn pretty(record: &Record) -> Vec<DisplayText> {
    let chain = serde_json::json!({
        "v": record.v, "log": record.log, "seg": record.seg, "seq": record.seq, "ts": record.ts,
        "boot": record.boot, "bt_ms": record.bt_ms, "actor": record.actor, "tool": record.tool, "h": record.h,
    });
    let mut lines = Vec::new();
    for part in [serde_json::to_value(&record.entry).unwrap_or_default(), chain] {
        let text = serde_json::to_string_pretty(&part).unwrap_or_default();
        lines.extend(text.lines().map(DisplayText::new));
    }
    lines
}
