//! What a pane says besides its rows: what to configure, why nothing can be told.

use crate::app::view::Line;

use crate::ui::{canvas::Canvas, flow};

/// Draws `lines` from row 0; returns how many rows they took. Beside rows each takes one, alone as many as it needs.
pub fn remarks(canvas: &mut Canvas<'_>, lines: &[Line], alone: bool) -> u16 {
    let room = canvas.columns().saturating_sub(3);
    let mut y = 0;
    for line in lines {
        if !alone {
            let pieces: Vec<_> = line.spans.iter().map(|span| (span.text.as_str(), crate::ui::canvas::tone(span.role))).collect();
            canvas.pieces(2, y, room, &pieces);
            y += 1;
            continue;
        }
        for laid in flow::lay(line, room) {
            laid.draw(canvas, 2, y);
            y += 1;
        }
    }
    y.min(canvas.rows())
}
