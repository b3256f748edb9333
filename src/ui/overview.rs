//! The overview: where each pane stands at which size.

use crate::app::view::{OtherPane, RolloutWindow};

use super::{
    canvas::Canvas,
    flow,
    glyph::Weight,
    panes::{
        rollouts::{heads, table, titles},
        title as pane_title,
    },
};

/// How many rows of rollouts a list of this size shows: what `view::rollouts` has to be asked for.
#[must_use]
pub fn rows_for(columns: u16, rows: u16, panes: usize) -> usize {
    let layout = Layout::of(columns, rows, panes);
    usize::from(layout.list.saturating_sub(layout.list_frame))
}

/// Where things stand between row 2 and the message row.
struct Layout {
    /// Rows of the list with its frame.
    list: u16,
    /// Rows of the list's frame: title, column heads, remarks.
    list_frame: u16,
    /// Rows of the other panes, all of them.
    others: u16,
    boxed: bool,
}

impl Layout {
    fn of(columns: u16, rows: u16, panes: usize) -> Self {
        let boxed = columns >= 100 && rows >= 20;
        let panes = u16::try_from(panes).unwrap_or(0);
        let others = match (boxed, panes) {
            (_, 0) => 0,
            (true, _) => 4,
            (false, panes) => 2 * panes,
        };
        let others = if rows > others + 4 { others } else { 0 };
        // Box: upper and lower line, column heads, two remarks. Without: the title line.
        Self { list: rows - others, list_frame: if boxed { 5 } else { 1 }, others, boxed }
    }
}

/// Draws the overview. `others` are the panes beside the rollouts; empty when the list is zoomed.
pub fn overview(canvas: &mut Canvas<'_>, list: Option<(&RolloutWindow, bool)>, others: &[OtherPane]) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let Some((window, focused)) = list else {
        if let Some(pane) = others.first() {
            alone(canvas, pane);
        }
        return;
    };
    let layout = Layout::of(columns, rows, others.len());
    let (title, note) = titles(window, focused && !others.is_empty());
    if layout.boxed {
        let mut part = canvas.part(0, 0, columns, layout.list);
        let mut inside = part.boxed(Weight::Light, &title, &note, focused);
        heads(&mut inside);
        let body_rows = inside.rows().saturating_sub(3);
        let wide = inside.columns();
        table(&mut inside.part(0, 1, wide, body_rows), window);
        let old = window.rows.iter().any(|row| row.selected && row.stale.is_some());
        for (y, line) in (1 + body_rows..).zip(window.remarks.iter().take(if old { 0 } else { 2 })) {
            if let Some(laid) = flow::lay(line, wide.saturating_sub(2)).first() {
                laid.draw(&mut inside, 1, y);
            }
        }
        strip(&mut canvas.part(0, layout.list, columns, layout.others), others);
    } else {
        canvas.rule(0, &title, &note, focused);
        table(&mut canvas.part(0, 1, columns, layout.list.saturating_sub(1)), window);
        if layout.others > 0 {
            for (y, pane) in (layout.list..).step_by(2).zip(others) {
                canvas.rule(y, &pane_title(pane.pane, None, pane.focused), "", pane.focused);
                if let Some(line) = pane.lines.first() {
                    let laid = flow::lay(line, columns.saturating_sub(4));
                    if let Some(first) = laid.first() {
                        first.draw(canvas, 2, y + 1);
                    }
                }
            }
        }
    }
}

/// Panes without a source, side by side.
fn strip(canvas: &mut Canvas<'_>, panes: &[OtherPane]) {
    let count = u16::try_from(panes.len()).unwrap_or(1).max(1);
    let wide = canvas.columns() / count;
    let (across, rows) = (canvas.columns(), canvas.rows());
    for (at, pane) in (0_u16..).zip(panes) {
        let x = at * wide;
        let wide = if at + 1 == count { across - x } else { wide };
        let mut part = canvas.part(x, 0, wide, rows);
        let mut inside = part.boxed(Weight::Light, &pane_title(pane.pane, None, pane.focused), "", pane.focused);
        let room = inside.columns().saturating_sub(2);
        let lines: Vec<_> = pane.lines.iter().flat_map(|line| flow::lay(line, room)).collect();
        for (y, line) in (0..inside.rows()).zip(&lines) {
            line.draw(&mut inside, 1, y);
        }
    }
}

/// A pane without a source that fills the overview.
fn alone(canvas: &mut Canvas<'_>, pane: &OtherPane) {
    canvas.rule(0, &pane_title(pane.pane, None, pane.focused), "", pane.focused);
    let room = canvas.columns().saturating_sub(4);
    let lines: Vec<_> = pane.lines.iter().flat_map(|line| flow::lay(line, room)).collect();
    for (y, line) in (1..canvas.rows()).zip(&lines) {
        line.draw(canvas, 2, y);
    }
}
