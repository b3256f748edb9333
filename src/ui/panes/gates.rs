//! The gates: one row each, in the columns that the width has room for.

use crate::app::{
    state::Pane,
    view::{GateRow, GateWindow},
};

use super::{listed, out_of_sight, remarks};
use crate::ui::{canvas::Canvas, theme::Role};

/// Title of the pane, and the note at the right end of its line.
#[must_use]
pub fn titles(window: &GateWindow, focused: bool) -> (String, String) {
    let head = listed(Pane::Gates, focused, &window.counts, &window.filter);
    let more = out_of_sight(window.above, window.below, |rows| rows.to_string());
    (head, format!("{more}{}", window.sort))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    State,
    Name,
    Value,
    Rule,
    Window,
    Subject,
    Trend,
    Samples,
    Owner,
    Note,
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::State => "STATE",
            Self::Name => "GATE",
            Self::Value => "VALUE",
            Self::Rule => "RULE",
            Self::Window => "WIN",
            Self::Subject => "SUBJECT",
            Self::Trend => "TREND",
            Self::Samples => "SAMPLES",
            Self::Owner => "OWNER",
            Self::Note => "AGE, WHY",
        }
    }

    fn text(self, row: &GateRow) -> &str {
        match self {
            Self::State => "",
            Self::Name => &row.name,
            Self::Value => &row.value,
            Self::Rule => &row.rule,
            Self::Window => &row.window,
            Self::Subject => &row.subject,
            Self::Trend => &row.trend,
            Self::Samples => &row.samples,
            Self::Owner => &row.owner,
            Self::Note => &row.note,
        }
    }
}

/// Columns and widths for `columns` cells, one cell apart; the last takes what is left.
fn plan(columns: u16) -> Vec<(Column, u16)> {
    let mut plan = if columns >= 110 {
        vec![
            (Column::State, 8),
            (Column::Name, 22),
            (Column::Value, 10),
            (Column::Rule, 10),
            (Column::Window, 6),
            (Column::Subject, 16),
            (Column::Trend, 12),
            (Column::Samples, 9),
            (Column::Owner, 10),
        ]
    } else if columns >= 76 {
        vec![
            (Column::State, 8),
            (Column::Name, 15),
            (Column::Value, 8),
            (Column::Rule, 8),
            (Column::Subject, 13),
            (Column::Window, 3),
            (Column::Samples, 7),
        ]
    } else if columns >= 64 {
        // Whose it is before how many: two rollouts have the same criterion, and the age has room.
        vec![(Column::State, 8), (Column::Name, 15), (Column::Value, 8), (Column::Rule, 8), (Column::Subject, 10)]
    } else if columns >= 56 {
        vec![(Column::State, 8), (Column::Name, 14), (Column::Value, 8), (Column::Rule, 7), (Column::Subject, 9)]
    } else {
        vec![(Column::State, 8), (Column::Name, 16), (Column::Value, 8), (Column::Rule, 8)]
    };
    let used: u16 = plan.iter().map(|(_, wide)| wide + 1).sum::<u16>() + 3;
    plan.push((Column::Note, columns.saturating_sub(used)));
    plan
}

/// The heads of the columns.
pub fn heads(canvas: &mut Canvas<'_>, y: u16) {
    let mut x = 2;
    for (column, wide) in plan(canvas.columns()) {
        x = canvas.cell(x, y, wide, column.head(), Some(Role::Heading)) + 1;
    }
}

/// Remarks, then the rows that fit.
pub fn table(canvas: &mut Canvas<'_>, window: &GateWindow, cursor: bool) {
    let used = remarks(canvas, &window.remarks, window.rows.is_empty());
    let plan = plan(canvas.columns());
    for (y, row) in (used..canvas.rows()).zip(&window.rows) {
        let under = row.selected && cursor;
        if under {
            canvas.put(0, y, ">", None);
        }
        let faded = row.gone.then_some(Role::Age);
        one(canvas, y, row, &plan, faded);
        if under {
            canvas.select(y);
        }
    }
}

/// The title of a manual item is a sentence: it takes the room of value and rule, which an item has not, and `man` stands where
/// a window would. What has no samples gives their room to the note.
fn one(canvas: &mut Canvas<'_>, y: u16, row: &GateRow, plan: &[(Column, u16)], faded: Option<Role>) {
    let mut x = 2;
    let mut note_from = None;
    let sentence: u16 = plan
        .iter()
        .filter(|(column, _)| matches!(column, Column::Name | Column::Value | Column::Rule))
        .map(|(_, wide)| wide + 1)
        .sum();
    for &(column, wide) in plan {
        match column {
            Column::State => _ = canvas.state(x, y, wide, &row.state),
            Column::Name if row.is_item() => _ = canvas.cell(x, y, sentence.saturating_sub(1), &row.name, faded),
            Column::Value | Column::Rule if row.is_item() => {}
            Column::Window if row.is_item() => _ = canvas.cell(x, y, wide, &row.value, faded),
            Column::Name | Column::Subject | Column::Owner => _ = canvas.name(x, y, wide, column.text(row), faded),
            Column::Samples if row.samples.is_empty() => note_from = Some(x),
            Column::Note => {
                let from = note_from.unwrap_or(x);
                canvas.cell(from, y, x + wide - from, &row.note, faded);
            }
            Column::Value | Column::Rule | Column::Window | Column::Trend | Column::Samples => {
                canvas.cell(x, y, wide, column.text(row), faded);
            }
        }
        x += wide + 1;
        if column == Column::Owner {
            note_from = None;
        }
    }
}
