//! A list and what is selected in it: one above the other at S, side by side from 100 columns on (ux.md 3.2).

use crate::app::view::Section;

use crate::ui::{canvas::Canvas, glyph::Weight, pages};

/// From this width on the detail stands beside the list.
const BESIDE: u16 = 100;

/// Rows of the list on `rows` rows between row 2 and the message row: what its window is asked for.
#[must_use]
pub fn list_rows(columns: u16, rows: u16) -> usize {
    usize::from(if columns >= BESIDE { rows.saturating_sub(3) } else { list_part(rows).saturating_sub(2) })
}

/// At S: rows of the list with its title and its heads.
fn list_part(rows: u16) -> u16 {
    (rows / 2).max(rows.min(5))
}

/// Draws the list by `list` (heads on its row 0) under `title`, and `sections` beside it.
pub fn beside(canvas: &mut Canvas<'_>, (title, note): (&str, &str), list: impl FnOnce(&mut Canvas<'_>), sections: &[Section]) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    if columns < BESIDE {
        let part = list_part(rows);
        canvas.rule(0, title, note, true);
        list(&mut canvas.part(0, 1, columns, part.saturating_sub(1)));
        pages::stacked(&mut canvas.part(0, part, columns, rows.saturating_sub(part)), sections, 0);
        return;
    }
    let left = columns * 54 / 100;
    list(&mut canvas.part(0, 0, left, rows).boxed(Weight::Light, title, note, true));
    let mut right = canvas.part(left, 0, columns - left, rows);
    let mut inside = right.boxed(Weight::Light, "Detail", "enter: all of it", false);
    pages::stacked(&mut inside, sections, 0);
}
