//! The palette over the page below: a text, what matches with its keys, and why what is refused is refused.

use crate::app::view::{PaletteRow, PaletteView};

use crate::ui::{canvas::Canvas, form::field, glyph::Weight, theme::Role, words};

/// Rows that are not entries: the box, the text, the line under it and two lines of remark.
const FIXED: u16 = 6;
/// Widest and highest palette.
const WIDEST: u16 = 100;
const HIGHEST: u16 = 26;

/// How many entries fit into a body of `rows`.
#[must_use]
pub fn entries(rows: u16) -> usize {
    usize::from(rows.min(HIGHEST).saturating_sub(FIXED).max(1))
}

/// Draws it into what lies between row 2 and the message row.
pub fn palette(canvas: &mut Canvas<'_>, view: &PaletteView) {
    let all = canvas.columns();
    let wide = all.saturating_sub(2).min(WIDEST);
    let tall = canvas.rows().min(HIGHEST);
    canvas.part(0, 0, all, tall).clear();
    let mut part = canvas.part((all - wide) / 2, 0, wide, tall);
    let mut inside = part.boxed(Weight::Light, "Palette", &view.count, true);
    let (columns, rows) = (inside.columns(), inside.rows());
    inside.put(1, 0, ":", Some(Role::Key));
    field(&mut inside, 3, 0, columns.saturating_sub(4), &view.field);
    let last = rows.saturating_sub(2);
    for (y, row) in (2..last).zip(&view.rows) {
        entry(&mut inside, y, row);
    }
    if view.above > 0 {
        inside.right(columns.saturating_sub(1), 1, &format!("{} above", view.above), None);
    }
    let below = if view.below > 0 { format!("{} below", view.below) } else { String::new() };
    let end =
        if below.is_empty() { columns } else { inside.right(columns.saturating_sub(1), rows.saturating_sub(1), &below, None) };
    let refused = view.rows.iter().any(|row| row.selected && row.refused);
    let role = if refused { Some(Role::Warn) } else { None };
    for (y, line) in (last..rows).zip(words::lines(&view.remark, usize::from(end.saturating_sub(3)))) {
        inside.put(1, y, &line, role);
    }
}

fn entry(canvas: &mut Canvas<'_>, y: u16, row: &PaletteRow) {
    let columns = canvas.columns();
    let named = (columns / 2).max(20);
    let role = row.refused.then_some(Role::Idle);
    canvas.put(0, y, if row.selected { ">" } else { " " }, None);
    canvas.cell(2, y, named.saturating_sub(2), &row.label, role);
    canvas.cell(named + 1, y, 9, &row.key, role.or(Some(Role::Key)));
    let x = named + 11;
    let x = match &row.state {
        Some(state) => canvas.state(x, y, 10, state).max(x + 9) + 1,
        None => x,
    };
    canvas.cell(x, y, columns.saturating_sub(x + 1), &row.note, role);
    if row.selected {
        canvas.select(y);
    }
}
