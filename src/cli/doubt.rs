//! `doubt list | resolve`: changes whose outcome nobody knows, without a screen.

use std::io::{self, Write};

use super::{
    answer::{self, doubt::Doubt},
    command::ResolveAs,
    exit::Exit,
    port::Engine,
};
use crate::ledger::{
    book::{Book, OpenRecord},
    entry::Resolution,
};

/// `cutover doubt list`: exit 6 when anything is in doubt.
///
/// # Errors
/// When the answer can not be written.
pub fn list(book: &Result<Book, String>, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let book = match book {
        Ok(book) => book,
        Err(why) => return unreadable(why, err),
    };
    if book.in_doubt.is_empty() && book.incomplete {
        return unreadable(book.unwritable.as_deref().unwrap_or("it is damaged"), err);
    }
    if json {
        answer::print(&Doubt::from(book), out)?;
    } else if book.in_doubt.is_empty() {
        writeln!(out, "nothing is in doubt")?;
    } else {
        for open in &book.in_doubt {
            writeln!(out, "{}", line(open))?;
            let what =
                if open.sentence.is_empty() { "sent or about to be sent, and no outcome is recorded" } else { &open.sentence };
            writeln!(out, "    {what}")?;
        }
    }
    let Some(first) = book.in_doubt.first() else { return Ok(Exit::Done) };
    writeln!(
        err,
        "next: look at the system with: cutover why {}; then say what you saw: cutover doubt resolve {} --as applied|not-applied",
        first.target,
        first.id.short()
    )?;
    Ok(Exit::InDoubt)
}

/// What is in doubt is unknown, which is not "nothing".
fn unreadable(why: &str, err: &mut dyn Write) -> io::Result<Exit> {
    writeln!(err, "cutover: the ledger can not be read, so nobody knows what is in doubt: {why}")?;
    Ok(Exit::Undecided)
}

fn line(open: &OpenRecord) -> String {
    let own = if open.own { "" } else { " (another user's chain)" };
    format!(
        "{}  {} of {} by {}{own} at {}",
        open.id,
        open.operation,
        open.target,
        open.who,
        open.since.format("%Y-%m-%d %H:%M:%SZ")
    )
}

/// `cutover doubt resolve ACTION --as applied|not-applied`.
///
/// # Errors
/// When the answer can not be written.
pub async fn resolve(
    engine: &dyn Engine,
    text: &str,
    verdict: ResolveAs,
    note: Option<String>,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> io::Result<Exit> {
    let book = match engine.book().await {
        Ok(book) => book,
        Err(why) => return unreadable(&why, err),
    };
    let fitting: Vec<&OpenRecord> =
        book.in_doubt.iter().filter(|open| !text.is_empty() && open.id.to_string().ends_with(text)).collect();
    let open = match fitting.as_slice() {
        [only] => *only,
        [] => {
            let shown = crate::domain::text::DisplayText::new(text);
            writeln!(err, "cutover: no action in doubt ends in {shown}; see them with: cutover doubt list")?;
            return Ok(Exit::Usage);
        }
        several => {
            writeln!(err, "cutover: that could be any of these; type more of the identifier:")?;
            for open in several {
                writeln!(err, "  {}", line(open))?;
            }
            return Ok(Exit::Usage);
        }
    };
    let (resolution, word) = match verdict {
        ResolveAs::Applied => (Resolution::Applied, "applied"),
        ResolveAs::NotApplied => (Resolution::NotApplied, "not applied"),
    };
    match engine.resolve(&open.id, resolution, note).await {
        Ok(receipt) => {
            writeln!(
                out,
                "{} of {} closed as {word}: recorded as {} #{}",
                open.operation, open.target, receipt.ledger, receipt.seq
            )?;
            Ok(Exit::Done)
        }
        Err(refusal) => {
            writeln!(err, "cutover: {} of {} stays in doubt: {}", open.operation, open.target, refusal.sentence)?;
            Ok(Exit::of_refusal(refusal.code))
        }
    }
}
