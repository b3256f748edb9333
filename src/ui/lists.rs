//! The pages of rows: audit, sources, and the welcome screen.

use crate::app::view::{AuditView, SourceRow, WelcomeView};

use super::{
    canvas::{Canvas, Piece, tone},
    theme::Role,
    words,
};

/// Rows of records that the audit page shows on `rows` rows between row 2 and the message row.
#[must_use]
pub fn audit_rows(rows: u16) -> usize {
    usize::from(audit_split(rows).0)
}

/// Rows of the list, and rows of the record under it.
fn audit_split(rows: u16) -> (u16, u16) {
    // Two heads above the list, one line across under it.
    let rest = rows.saturating_sub(4);
    let list = (rest / 2).max(rest.min(3));
    (list, rest - list)
}

/// The audit page: records, newest first, and the selected one as it is on disk.
pub fn audit(canvas: &mut Canvas<'_>, view: &AuditView) {
    let columns = canvas.columns();
    let pieces: Vec<Piece<'_>> = view.title.iter().map(|span| (span.text.as_str(), tone(span.role))).collect();
    canvas.pieces(1, 0, columns.saturating_sub(2), &pieces);
    let more = match (view.above, view.below) {
        (0, 0) => String::new(),
        (0, below) => format!("{below} below"),
        (above, 0) => format!("{above} above"),
        (above, below) => format!("{above} above  {below} below"),
    };
    canvas.rule(1, "", &more, false);
    let (list, record) = audit_split(canvas.rows());
    // Number, time, who, what (what is left), result, by way of; each with the gap after it.
    let (who, result, via) = if columns >= 100 { (16, 18, 13) } else { (9, 15, 7) };
    let what = columns.saturating_sub(8 + 10 + who + result + via);
    let heads = [("     #", 8), ("TIME UTC", 10), ("WHO", who), ("WHAT", what), ("RESULT", result), ("BY", via)];
    let mut x = 0;
    for (head, wide) in heads {
        x = canvas.cell(x, 2, wide, head, Some(Role::Heading));
    }
    if let Some(empty) = &view.empty {
        canvas.text(2, 3, columns.saturating_sub(3), 3, empty, None);
        return;
    }
    for (y, row) in (3..3 + list).zip(&view.rows) {
        canvas.put(0, y, if row.selected { ">" } else { " " }, None);
        canvas.right(6, y, &row.seq.to_string(), None);
        let x = canvas.cell(8, y, 10, &row.time, None);
        let x = canvas.name(x, y, who - 1, &row.who, None) + 1;
        let x = canvas.cell(x, y, what.saturating_sub(1), &row.what, None) + 1;
        canvas.state(x, y, result - 1, &row.result);
        let by = if columns < 100 && row.via.starts_with("command") { "cli" } else { row.via };
        canvas.cell(x + result, y, via, by, None);
        if row.selected {
            canvas.select(y);
        }
    }
    let y = 3 + list;
    let title = view.rows.iter().find(|row| row.selected).map(|row| format!("record {}", row.seq)).unwrap_or_default();
    let hidden = view.record.len().saturating_sub(usize::from(record));
    let note = if hidden > 0 { format!("{hidden} more lines") } else { String::new() };
    canvas.rule(y, &title, &note, false);
    for (y, line) in (y + 1..y + 1 + record).zip(&view.record) {
        canvas.cell(1, y, columns.saturating_sub(2), line, None);
    }
}

/// The sources page: each source with its freshness, and under it why it fails and what it may not read.
pub fn sources(canvas: &mut Canvas<'_>, rows: &[SourceRow]) {
    let columns = canvas.columns();
    canvas.rule(0, &format!("9 Sources {}", rows.len()), "", true);
    let heads = [("SOURCE", 14), ("KIND", 12), ("ENVIRONMENT", 11), ("STATE", 8), ("LAST ANSWER", 30)];
    let mut x = 2;
    for (head, wide) in heads {
        x = canvas.cell(x, 1, wide, head, Some(Role::Heading)) + 1;
    }
    let mut y = 2;
    // The selected one stays in sight: those above it go first. Every source takes two rows or more.
    let fits = usize::from(canvas.rows().saturating_sub(2) / 3).max(1);
    let selected = rows.iter().position(|row| row.selected).unwrap_or(0);
    let first = if selected >= fits { selected + 1 - fits } else { 0 };
    for row in rows.iter().skip(first) {
        if y >= canvas.rows() {
            break;
        }
        canvas.put(0, y, if row.selected { ">" } else { " " }, None);
        let x = canvas.name(2, y, 14, row.id.as_str(), None) + 1;
        let x = canvas.cell(x, y, 12, row.kind, None) + 1;
        let x = canvas.name(x, y, 11, &row.environment, None) + 1;
        canvas.state(x, y, 8, &row.state);
        canvas.cell(x + 9, y, columns.saturating_sub(x + 10), &row.age, None);
        if row.selected {
            canvas.select(y);
        }
        y += 1;
        let took = if row.latency.is_empty() { String::new() } else { format!("answered in {}", row.latency) };
        let next: Vec<&str> = [row.told.as_str(), &took, &row.next].into_iter().filter(|part| !part.is_empty()).collect();
        let next = next.join(", ");
        let footprint = Some(row.footprint.as_str()).filter(|words| !words.is_empty());
        for note in row.notes.iter().map(String::as_str).chain(std::iter::once(next.as_str())).chain(footprint) {
            let rest = canvas.rows().saturating_sub(y).min(3);
            y += canvas.text(4, y, columns.saturating_sub(5), rest, note, None);
        }
    }
}

/// The first screen without a configuration: nothing has been contacted.
pub fn welcome(canvas: &mut Canvas<'_>, view: &WelcomeView) {
    let columns = canvas.columns();
    canvas.cell(1, 0, columns.saturating_sub(2), &view.title, Some(Role::Heading));
    let mut y = 2;
    let key_wide = view.choices.iter().map(|(key, _)| words::width(key)).max().unwrap_or(0).min(30);
    let key_wide = u16::try_from(key_wide).unwrap_or(30);
    for (key, what) in &view.choices {
        canvas.cell(3, y, key_wide, key, Some(Role::Key));
        let x = 3 + key_wide + 3;
        y += canvas.text(x, y, columns.saturating_sub(x + 1), 3, what, None).max(1);
    }
    y += 1;
    for line in &view.found {
        y += canvas.text(3, y, columns.saturating_sub(4), 2, line, None);
    }
    y += 1;
    if view.connecting {
        canvas.put(1, y, &format!("{} connecting ..", canvas.glyphs.sign(super::glyph::Sign::Running)), Some(Role::Running));
        y += 2;
    }
    for line in &view.footer {
        y += canvas.text(1, y, columns.saturating_sub(2), 3, line, None);
    }
}
