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
    // Number, time, who, what (what is left), result, by way of.
    let what = columns.saturating_sub(7 + 10 + 12 + 16 + 14);
    let widths = [7, 10, 12, what, 16, 12];
    let heads = ["     #", "TIME UTC", "WHO", "WHAT", "RESULT", "BY"];
    let mut x = 0;
    for (head, wide) in heads.iter().zip(widths) {
        canvas.cell(x, 2, wide, head, Some(Role::Heading));
        x += wide + u16::from(x == 0);
    }
    if let Some(empty) = &view.empty {
        canvas.text(2, 3, columns.saturating_sub(3), 3, empty, None);
        return;
    }
    for (y, row) in (3..3 + list).zip(&view.rows) {
        canvas.put(0, y, if row.selected { ">" } else { " " }, None);
        canvas.right(6, y, &row.seq.to_string(), None);
        let x = canvas.cell(8, y, 10, &row.time, None);
        let x = canvas.cell(x, y, 11, &row.who, None) + 1;
        let x = canvas.cell(x, y, what.saturating_sub(1), &row.what, None) + 1;
        canvas.state(x, y, 15, &row.result);
        canvas.cell(x + 16, y, 12, row.via, None);
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
    let wide = [14, 6, 14, 10, 22, 8, 0];
    let heads = ["SOURCE", "KIND", "ENVIRONMENT", "STATE", "LAST ANSWER", "TOOK", "ROLLOUTS"];
    let mut x = 2;
    for (head, wide) in heads.iter().zip(wide) {
        let room = columns.saturating_sub(x + 1);
        canvas.cell(x, 1, if wide == 0 { room } else { wide }, head, Some(Role::Heading));
        x += wide + 1;
    }
    let mut y = 2;
    for row in rows {
        canvas.put(0, y, if row.selected { ">" } else { " " }, None);
        canvas.name(2, y, 14, row.id.as_str(), None);
        canvas.cell(17, y, 6, row.kind, None);
        canvas.name(24, y, 14, &row.environment, None);
        canvas.state(39, y, 10, &row.state);
        canvas.cell(50, y, 22, &row.age, None);
        canvas.cell(73, y, 8, &row.latency, None);
        let rollouts = row.rollouts.to_string();
        canvas.right(columns.saturating_sub(1), y, &rollouts, None);
        if row.selected {
            canvas.select(y);
        }
        y += 1;
        let next = row.next.as_str();
        for note in row.notes.iter().map(String::as_str).chain((!next.is_empty()).then_some(next)) {
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
