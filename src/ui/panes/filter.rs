//! The filter's own line, over the message row while it is typed: `/` and the text, with the cursor where it is.

use crate::app::view::FilterView;

use crate::ui::{canvas::Canvas, form::field, theme::Role};

/// Draws the filter at row `y`, with how many of how many rows match.
pub fn filter(canvas: &mut Canvas<'_>, y: u16, view: &FilterView) {
    let columns = canvas.columns();
    let end = canvas.right(columns.saturating_sub(1), y, &view.count, None);
    canvas.put(1, y, "/", Some(Role::Key));
    field(canvas, 3, y, end.saturating_sub(5), &view.field);
}
