//! The alerts: one row each, or two where the pane is narrow and high.

use crate::app::{
    state::Pane,
    view::{AlertRow, AlertWindow},
};

use super::{listed, out_of_sight, remarks};
use crate::ui::{
    canvas::{Canvas, tone},
    theme::Role,
};

/// Title of the pane, and the note at the right end of its line.
#[must_use]
pub fn titles(window: &AlertWindow, focused: bool) -> (String, String) {
    let head = listed(Pane::Alerts, focused, &window.counts, &window.filter);
    let more = out_of_sight(window.above, window.below, |rows| rows.to_string());
    (head, format!("{more}{}", window.note))
}

/// Widths of the columns: state, mark, name, value (what is left), whose, age.
struct Widths {
    state: u16,
    mark: u16,
    name: u16,
    whose: u16,
}

impl Widths {
    fn of(columns: u16) -> Self {
        match columns {
            110.. => Self { state: 11, mark: 7, name: 32, whose: 18 },
            70.. => Self { state: 11, mark: 6, name: 17, whose: 13 },
            _ => Self { state: 11, mark: 6, name: 18, whose: 8 },
        }
    }
}

const AGE: u16 = 6;

/// The heads of the columns.
pub fn heads(canvas: &mut Canvas<'_>, y: u16) {
    let columns = canvas.columns();
    let wide = Widths::of(columns);
    let mut x = 2;
    for (head, wide) in [("STATE", wide.state), ("STAGE", wide.mark), ("ALERT", wide.name)] {
        x = canvas.cell(x, y, wide, head, Some(Role::Heading)) + 1;
    }
    if columns >= 60 {
        let end = columns.saturating_sub(wide.whose + AGE + 2);
        canvas.cell(x, y, end.saturating_sub(x + 1), "VALUE, WHAT", Some(Role::Heading));
        canvas.cell(end, y, wide.whose, "WHERE", Some(Role::Heading));
    }
    canvas.right(columns.saturating_sub(1), y, "AGE", Some(Role::Heading));
}

/// Remarks, then the rows that fit.
pub fn table(canvas: &mut Canvas<'_>, window: &AlertWindow, cursor: bool) {
    let used = remarks(canvas, &window.remarks, window.rows.is_empty());
    let rows = canvas.rows().saturating_sub(used);
    let narrow = canvas.columns() < 60;
    let two = narrow && usize::from(rows) >= 2 * window.rows.len();
    let step = if two { 2 } else { 1 };
    for (y, row) in (used..used + rows).step_by(step).zip(&window.rows) {
        one(canvas, y, row, cursor, two);
    }
}

fn one(canvas: &mut Canvas<'_>, y: u16, row: &AlertRow, cursor: bool, two: bool) {
    let columns = canvas.columns();
    let wide = Widths::of(columns);
    let faded = (row.old || row.gone).then_some(Role::Age);
    if row.selected && cursor {
        canvas.put(0, y, ">", None);
    } else if row.old {
        canvas.put(0, y, "?", Some(Role::Unknown));
    }
    let mut x = 2;
    canvas.state(x, y, wide.state, &row.state);
    x += wide.state + 1;
    canvas.cell(x, y, wide.mark, &row.mark, faded);
    x += wide.mark + 1;
    let age = if row.gone { "gone" } else { &row.age };
    if columns < 60 {
        let end = canvas.right(columns.saturating_sub(1), y, age, faded);
        canvas.name(x, y, end.saturating_sub(x + 1), &row.name, faded);
        if two {
            let what = if row.whose.is_empty() { row.value.clone() } else { format!("{}  {}", row.whose, row.value) };
            canvas.cell(4, y + 1, columns.saturating_sub(5), &what, faded.or(tone(crate::app::role::Role::Text)));
        }
    } else {
        canvas.name(x, y, wide.name, &row.name, faded);
        x += wide.name + 1;
        let end = columns.saturating_sub(wide.whose + AGE + 2);
        canvas.cell(x, y, end.saturating_sub(x + 1), &row.value, faded);
        canvas.name(end, y, wide.whose, &row.whose, faded);
        canvas.right(columns.saturating_sub(1), y, age, faded);
    }
    if row.selected && cursor {
        canvas.select(y);
    }
}
