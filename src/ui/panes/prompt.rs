//! The one-line prompt over the message row.

use crate::app::view::PromptView;

use crate::ui::{canvas::Canvas, form::field, theme::Role, words};

/// Draws the prompt at row `y`; why the last Enter recorded nothing stands on the row above.
pub fn prompt(canvas: &mut Canvas<'_>, y: u16, view: &PromptView) {
    let columns = canvas.columns();
    if let Some(refusal) = view.refusal.as_ref().filter(|_| y > 2) {
        canvas.part(0, y - 1, columns, 1).clear();
        canvas.cell(1, y - 1, columns.saturating_sub(2), refusal, Some(Role::Warn));
    }
    let room = columns / 2;
    let label = words::cut(&view.label, usize::from(room), canvas.glyphs);
    let x = canvas.put(1, y, &label, Some(Role::Heading)) + 1;
    field(canvas, x, y, columns.saturating_sub(x + 1), &view.field);
}
