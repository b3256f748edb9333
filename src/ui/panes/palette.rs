//! The palette over the page below: a text, what matches with its keys, and why what is refused is refused.

use crate::app::view::{PaletteRow, PaletteView};

use crate::ui::{canvas::Canvas, form::field, glyph::Weight, theme::Role, words};

/// Rows that are not entries: the box, the text, the line under it, two lines of remark and the prefixes.
const FIXED: u16 = 7;
/// Widest and highest palette.
const WIDEST: u16 = 100;
const HIGHEST: u16 = 27;
/// Cells of a key, of a state, and what a reason has at least where there is one.
const KEY: u16 = 9;
const STATE: u16 = 10;
const REASON: u16 = 20;

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
    if view.above > 0 {
        inside.right(columns.saturating_sub(1), 1, &format!("{} above", view.above), None);
    }
    let last = rows.saturating_sub(3);
    let named = named(columns, &view.rows);
    for (y, row) in (2..last.max(3)).zip(&view.rows) {
        entry(&mut inside, y, named, row);
    }
    let refused = view.rows.iter().any(|row| row.selected && row.refused);
    let role = if refused { Some(Role::Warn) } else { None };
    inside.text(1, last, columns.saturating_sub(2), 2, &view.remark, role);
    prefixes(&mut inside, rows.saturating_sub(1), view);
}

/// The signs that the text may begin with; where they have no room, without their words.
fn prefixes(canvas: &mut Canvas<'_>, y: u16, view: &PaletteView) {
    let end = canvas.right(canvas.columns().saturating_sub(1), y, &view.below, None);
    let words: usize = view.prefixes.iter().map(|(_, word, _)| word.len() + 4).sum();
    let said = words + 8 <= usize::from(end);
    let mut x = canvas.put(1, y, if said { "prefix  " } else { "" }, None);
    for (sign, word, is_on) in &view.prefixes {
        x = canvas.put(x, y, &sign.to_string(), Some(Role::Key)) + 1;
        if said {
            x = canvas.put(x, y, word, is_on.then_some(Role::Key)) + 2;
        }
    }
}

/// Cells of the labels: half of the line, and more where a longer one needs it and the reason beside it does not.
fn named(columns: u16, rows: &[PaletteRow]) -> u16 {
    let least = (columns / 2).max(20).saturating_sub(2);
    let most = columns.saturating_sub(3 + KEY + 1);
    let wanted = rows.iter().map(|row| {
        let state = if row.state.is_some() { STATE } else { 0 };
        let note = cells(&row.note).min(REASON);
        cells(&row.label).min(most.saturating_sub(state + note + 1))
    });
    wanted.max().unwrap_or(0).clamp(least.min(most), most.max(least))
}

fn cells(text: &str) -> u16 {
    u16::try_from(words::width(text)).unwrap_or(u16::MAX)
}

fn entry(canvas: &mut Canvas<'_>, y: u16, named: u16, row: &PaletteRow) {
    let columns = canvas.columns();
    let role = row.refused.then_some(Role::Idle);
    canvas.put(0, y, if row.selected { ">" } else { " " }, None);
    canvas.cell(2, y, named, &row.label, role);
    let x = 2 + named + 1;
    canvas.cell(x, y, KEY, &row.key, role.or(Some(Role::Key)));
    let x = x + KEY + 1;
    let x = match &row.state {
        Some(state) => canvas.state(x, y, STATE, state).max(x + STATE - 1) + 1,
        None => x,
    };
    canvas.cell(x, y, columns.saturating_sub(x + 1), &row.note, role);
    if row.selected {
        canvas.select(y);
    }
}
