//! `audit show | tail | verify`: the ledger for people, for programs, and its proof.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{
    answer::{self, SCHEMA, audit::AuditVerify},
    exit::Exit,
    port::World,
    table::Table,
};
use crate::ledger::book::AuditRow;

/// How many records `tail` begins with.
const TAIL: usize = 10;
/// How many records one look for new ones reads at most: what the page holds.
const PAGE: usize = 1000;

/// `cutover audit show`.
///
/// # Errors
/// When the answer can not be written.
pub async fn show(
    world: &dyn World,
    json_lines: bool,
    limit: usize,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> io::Result<Exit> {
    if json_lines {
        return match world.audit_lines(limit).await {
            Ok(lines) => {
                for line in lines {
                    writeln!(out, "{line}")?;
                }
                Ok(Exit::Done)
            }
            Err(why) => unreadable(&why, err),
        };
    }
    let page = world.audit_page(limit).await;
    if let Some(why) = &page.error {
        return unreadable(why, err);
    }
    if page.rows.is_empty() {
        writeln!(out, "nothing is recorded yet")?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["SEQ", "TIME", "WHO", "KIND", "WHAT", "RESULT", "VIA", "ACTION"]);
    for row in page.rows.iter().take(limit).rev() {
        table.row(cells(row));
    }
    table.print(out)?;
    let head = page.head.as_deref().and_then(|head| head.get(..12)).unwrap_or("-");
    writeln!(out, "\n{} records, head {head}. Prove the chain with: cutover audit verify", page.records)?;
    Ok(Exit::Done)
}

fn unreadable(why: &str, err: &mut (dyn Write + Send)) -> io::Result<Exit> {
    writeln!(err, "cutover: the ledger can not be read: {why}")?;
    Ok(Exit::Unexpected)
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

/// `cutover audit tail`: the newest records, then each new one, until it is interrupted.
///
/// # Errors
/// When it can not be written.
pub async fn tail(world: &dyn World, out: &mut (dyn Write + Send), err: &mut (dyn Write + Send)) -> io::Result<Exit> {
    let mut last: Option<u64> = None;
    loop {
        let page = world.audit_page(if last.is_none() { TAIL } else { PAGE }).await;
        if let Some(why) = &page.error {
            return unreadable(why, err);
        }
        let take = if last.is_none() { TAIL } else { PAGE };
        let fresh: Vec<&AuditRow> = page.rows.iter().take(take).filter(|row| last.is_none_or(|last| row.seq > last)).collect();
        if let (Some(last), Some(oldest)) = (last, fresh.last())
            && oldest.seq > last.saturating_add(1)
        {
            writeln!(err, "cutover: records {} to {} came too fast to be shown", last + 1, oldest.seq - 1)?;
        }
        for row in fresh.iter().rev() {
            writeln!(out, "{}", cells(row).join("  "))?;
            last = Some(row.seq);
        }
        // An empty ledger: whatever comes first is new.
        last = last.or(Some(0));
        out.flush()?;
        if !world.audit_grew().await {
            return Ok(Exit::Done);
        }
    }
}

/// `cutover audit verify [DIR]`: exit 10 when a chain is broken.
///
/// # Errors
/// When the answer can not be written.
pub async fn verify(
    world: &dyn World,
    dir: Option<&Path>,
    json: bool,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> io::Result<Exit> {
    let verified = match world.audit_verify(dir).await {
        Ok(verified) => verified,
        Err(why) => return unreadable(&why, err),
    };
    let broken = verified.chains.iter().any(|chain| !chain.ok);
    if json {
        answer::print(&AuditVerify { schema: SCHEMA, chains: verified.chains }, out)?;
    } else {
        if verified.chains.is_empty() {
            writeln!(out, "no chain is there: nothing was ever recorded")?;
        }
        for chain in &verified.chains {
            let state = if chain.ok { "ok" } else { "BROKEN" };
            let head = chain.head.as_deref().unwrap_or("-");
            writeln!(out, "{}: {state}, {} records, head {head}", chain.user, chain.records)?;
            for problem in &chain.problems {
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
