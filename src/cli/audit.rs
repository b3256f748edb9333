//! `audit show | tail | verify`: the ledger for people, for programs, and its proof. Reads files only: works while the
//! ledger can not be written, and `verify DIR` without any configuration.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    answer::{
        self, SCHEMA,
        audit::{AuditVerify, ChainItem},
    },
    exit::Exit,
    table::Table,
};
use crate::ledger::{
    LedgerError,
    book::AuditRow,
    page::{self, Position},
    record::Record,
    verify,
};

/// How many records `tail` begins with.
const TAIL: usize = 10;
/// How often `tail` looks for new records.
const AGAIN: Duration = Duration::from_millis(500);

/// The chains below `dir`: none while nothing was ever recorded.
fn chains(dir: &Path) -> Result<Vec<(String, PathBuf)>, LedgerError> {
    if dir.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(Vec::new());
    }
    verify::chains(dir)
}

fn unreadable(why: &dyn std::fmt::Display, err: &mut dyn Write) -> io::Result<Exit> {
    writeln!(err, "cutover: the ledger can not be read: {why}")?;
    Ok(Exit::Unexpected)
}

/// `cutover audit show`: the newest `limit` records of all chains below `dir`, oldest first.
///
/// # Errors
/// When the answer can not be written.
pub fn show(dir: &Path, json_lines: bool, limit: usize, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let mut newest = match newest_lines(dir) {
        Ok(lines) => lines,
        Err(why) => return unreadable(&why, err),
    };
    let records = newest.len();
    newest.drain(..records.saturating_sub(limit));
    if json_lines {
        for line in newest {
            writeln!(out, "{}", line.text)?;
        }
        return Ok(Exit::Done);
    }
    if newest.is_empty() {
        writeln!(out, "nothing is recorded yet")?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["SEQ", "TIME", "WHO", "KIND", "WHAT", "RESULT", "VIA", "ACTION"]);
    for row in rows(&newest) {
        table.row(cells(&row));
    }
    table.print(out)?;
    let plural = if records == 1 { "" } else { "s" };
    writeln!(out, "\n{records} record{plural}. Prove that none was changed with: cutover audit verify")?;
    Ok(Exit::Done)
}

/// A record as it is on disk, and where it belongs among those of other chains.
struct Line {
    /// RFC 3339 in UTC: sorts as text.
    at: String,
    seq: u64,
    text: String,
}

impl Line {
    fn new(text: &str) -> Self {
        #[derive(serde::Deserialize)]
        struct Head {
            ts: String,
            seq: u64,
        }
        let head: Option<Head> = serde_json::from_str(text).ok();
        let (at, seq) = head.map_or_else(|| (String::new(), 0), |head| (head.ts, head.seq));
        Self { at, seq, text: text.to_owned() }
    }
}

/// All records below `dir`, oldest first.
fn newest_lines(dir: &Path) -> Result<Vec<Line>, String> {
    let mut ends = BTreeMap::new();
    read_on(dir, &mut ends)
}

/// What was appended to any chain below `dir` since `ends`, oldest first; `ends` moves on.
fn read_on(dir: &Path, ends: &mut BTreeMap<PathBuf, Position>) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    for (_, chain) in chains(dir).map_err(|error| error.to_string())? {
        let end = ends.entry(chain.clone()).or_insert(Position::START);
        page::lines(&chain, end, &mut |line| lines.push(Line::new(line)))
            .map_err(|error| format!("{}: {error}", chain.display()))?;
    }
    lines.sort_by(|a, b| (&a.at, a.seq).cmp(&(&b.at, b.seq)));
    Ok(lines)
}

/// The rows of `lines`, oldest first. A line that is no record of this version has none; `verify` says so.
fn rows(lines: &[Line]) -> Vec<AuditRow> {
    let records: Vec<Record> = lines.iter().filter_map(|line| serde_json::from_str(&line.text).ok()).collect();
    let mut rows = page::rows(records);
    rows.reverse();
    rows
}

fn cells(row: &AuditRow) -> [String; 8] {
    let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    [
        row.seq.to_string(),
        row.at.format("%Y-%m-%d %H:%M:%SZ").to_string(),
        dash(row.who.to_string()),
        row.kind.to_owned(),
        dash(row.what.to_string()),
        dash(row.result.to_string()),
        dash(row.via.to_owned()),
        row.action.as_ref().map_or_else(|| "-".to_owned(), |action| action.short().to_owned()),
    ]
}

/// `cutover audit tail`: the newest records, then each new one. Ends by a signal, or when nobody reads any more.
///
/// # Errors
/// When it can not be written.
pub async fn tail(dir: &Path, out: &mut (dyn Write + Send), err: &mut (dyn Write + Send)) -> io::Result<Exit> {
    let mut ends = BTreeMap::new();
    let mut first = true;
    loop {
        let mut lines = match read_on(dir, &mut ends) {
            Ok(lines) => lines,
            Err(why) => return unreadable(&why, err),
        };
        if first {
            lines.drain(..lines.len().saturating_sub(TAIL));
        }
        first = false;
        // A page holds so many rows; more than that at once are shown in parts.
        for part in lines.chunks(page::MAX_ROWS) {
            for row in rows(part) {
                writeln!(out, "{}", cells(&row).join("  "))?;
            }
        }
        out.flush()?;
        tokio::time::sleep(AGAIN).await;
    }
}

/// `cutover audit verify [DIR]`: exit 10 when a chain is broken. A directory that was named must be there.
///
/// # Errors
/// When the answer can not be written.
pub fn verify(dir: &Path, is_named: bool, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let nothing_yet = !is_named && chains(dir).is_ok_and(|chains| chains.is_empty());
    let found = if nothing_yet { Ok(Vec::new()) } else { verify::verify(dir) };
    let reports = match found {
        Ok(reports) => reports,
        Err(why) => return unreadable(&why, err),
    };
    let broken = reports.iter().any(|report| !report.ok);
    if json {
        let chains = reports.into_iter().map(ChainItem::from).collect();
        answer::print(&AuditVerify { schema: SCHEMA, chains }, out)?;
    } else {
        if reports.is_empty() {
            writeln!(out, "no chain is there: nothing was ever recorded")?;
        }
        for report in &reports {
            let state = if report.ok { "ok" } else { "BROKEN" };
            let head = report.head.as_deref().unwrap_or("-");
            writeln!(
                out,
                "{}: {state}, {} record{}, {} in doubt, head {head}",
                report.user,
                report.records,
                if report.records == 1 { "" } else { "s" },
                report.open_in_doubt
            )?;
            for problem in &report.problems {
                writeln!(out, "  {problem}")?;
            }
        }
    }
    if broken {
        writeln!(err, "cutover: a chain is broken: keep a copy of the directory as it is before anything else is done")?;
        return Ok(Exit::ChainBroken);
    }
    Ok(Exit::Done)
}
