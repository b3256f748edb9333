//! The overview: the rollouts, and one line each for the panes that have no source.

use crate::app::{
    state::Pane,
    view::{FieldView, OtherPane, RolloutRow, RolloutWindow},
};

use super::{canvas::Canvas, flow, form::field, glyph::Weight, theme::Role};

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

/// A `*` marks the pane with the keyboard: without colours, bold alone would say it.
fn pane_title(pane: Pane, count: Option<usize>, focused: bool) -> String {
    let count = count.map(|count| format!(" {count}")).unwrap_or_default();
    format!("{} {}{count}{}", pane.digit(), pane.title(), if focused { " *" } else { "" })
}

fn titles(window: &RolloutWindow, focused: bool) -> (String, String) {
    let mut title = pane_title(Pane::Rollouts, Some(window.total), focused);
    if !window.filter.is_empty() {
        title = format!("{title}, {} shown  /{}", window.shown, window.filter);
    }
    let mut notes = Vec::new();
    if window.above > 0 {
        notes.push(format!("{} above", window.above));
    }
    if window.below > 0 {
        notes.push(format!("{} below", window.below));
    }
    notes.push(window.sort.to_owned());
    (title, notes.join("  "))
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

/// One column of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Name,
    Namespace,
    Source,
    Kind,
    Step,
    Now,
    Bar,
    Next,
    StepLabel,
    Why,
    Pods,
    Age,
    State,
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::Name => "ROLLOUT",
            Self::Namespace => "NAMESPACE",
            Self::Source => "SOURCE",
            Self::Kind => "KIND",
            Self::Step => "STEP",
            Self::Now => " NOW",
            Self::Bar => "",
            Self::Next => "NEXT",
            Self::StepLabel => "STEP IS",
            Self::Why => "WAITS FOR",
            Self::Pods => "PODS",
            Self::Age => "AGE",
            Self::State => "STATE",
        }
    }
}

/// Columns and their widths, left to right, one cell apart, for a list of `columns` cells; `Why` takes what is left.
#[expect(clippy::too_many_lines, reason = "a table: one column a line")]
fn plan(columns: u16) -> Vec<(Column, u16)> {
    let mut plan: Vec<(Column, u16)> = if columns >= 158 {
        vec![
            (Column::Name, 26),
            (Column::Namespace, 14),
            (Column::Source, 12),
            (Column::Kind, 9),
            (Column::Step, 5),
            (Column::StepLabel, 22),
            (Column::Now, 5),
            (Column::Bar, 12),
            (Column::Next, 4),
            (Column::Why, 0),
            (Column::Pods, 7),
            (Column::Age, 7),
            (Column::State, 10),
        ]
    } else if columns >= 112 {
        vec![
            (Column::Name, 22),
            (Column::Namespace, 11),
            (Column::Step, 5),
            (Column::Now, 5),
            (Column::Bar, 8),
            (Column::Next, 4),
            (Column::Why, 0),
            (Column::Pods, 6),
            (Column::Age, 6),
            (Column::State, 10),
        ]
    } else if columns >= 96 {
        // What it waits for comes before pods and age: those are one key away.
        vec![
            (Column::Name, 18),
            (Column::Namespace, 10),
            (Column::Step, 5),
            (Column::Now, 5),
            (Column::Bar, 8),
            (Column::Next, 4),
            (Column::Why, 0),
            (Column::State, 10),
        ]
    } else if columns >= 70 {
        vec![
            (Column::Name, 16),
            (Column::Step, 5),
            (Column::Now, 5),
            (Column::Bar, 8),
            (Column::Next, 4),
            (Column::Why, 0),
            (Column::State, 10),
        ]
    } else {
        vec![(Column::Name, 0), (Column::Step, 5), (Column::Now, 5), (Column::State, 10)]
    };
    let fixed: u16 = plan.iter().map(|(_, wide)| wide + 1).sum::<u16>() + 2;
    let rest = columns.saturating_sub(fixed);
    for (_, wide) in &mut plan {
        if *wide == 0 {
            *wide = rest;
        }
    }
    plan
}

fn heads(canvas: &mut Canvas<'_>) {
    let mut x = 2;
    for (column, wide) in plan(canvas.columns()) {
        canvas.cell(x, 0, wide, column.head(), Some(Role::Heading));
        x += wide + 1;
    }
}

fn table(canvas: &mut Canvas<'_>, window: &RolloutWindow) {
    let columns = canvas.columns();
    if let Some(empty) = window.empty.as_ref().filter(|_| window.rows.is_empty()) {
        let rows = canvas.rows();
        canvas.text(2, 0, columns.saturating_sub(3), rows, empty, None);
        return;
    }
    let plan = plan(columns);
    for (y, row) in (0..canvas.rows()).zip(&window.rows) {
        one_row(canvas, y, row, &plan);
    }
}

fn one_row(canvas: &mut Canvas<'_>, y: u16, row: &RolloutRow, plan: &[(Column, u16)]) {
    let old = row.stale.is_some() || row.gone;
    let faded = old.then_some(Role::Age);
    if row.selected {
        canvas.put(0, y, ">", None);
    } else if row.stale.is_some() {
        canvas.put(0, y, "?", Some(Role::Unknown));
    }
    let mut x = 2;
    // Where no share of traffic is drawn, its room belongs to the words.
    let bare = old || row.weight.actual.or(row.weight.set).is_none();
    let mut words_from = None;
    for &(column, wide) in plan {
        match column {
            Column::Name => _ = canvas.name(x, y, wide, &row.name, None),
            Column::Namespace => _ = canvas.name(x, y, wide, &row.namespace, None),
            Column::Source => _ = canvas.name(x, y, wide, &row.source, None),
            Column::Kind => _ = canvas.cell(x, y, wide, row.strategy, None),
            Column::Step => _ = canvas.cell(x, y, wide, &row.step, faded),
            Column::StepLabel => _ = canvas.cell(x, y, wide, &row.step_label, faded),
            Column::Now => now(canvas, x + wide, y, row, faded),
            Column::Bar if bare => words_from = Some(x),
            Column::Bar => bar(canvas, x, y, wide, row),
            Column::Next => next(canvas, x + wide, y, row),
            Column::Why => {
                let from = words_from.unwrap_or(x);
                why(canvas, from, y, x + wide - from, row, faded);
            }
            Column::Pods => _ = canvas.cell(x, y, wide, &row.pods, faded),
            Column::Age => _ = canvas.cell(x, y, wide, if old { "" } else { &row.age }, faded),
            Column::State => _ = canvas.state(x, y, wide, &row.state),
        }
        x += wide + 1;
    }
    if row.selected {
        canvas.select(y);
    }
}

fn now(canvas: &mut Canvas<'_>, end: u16, y: u16, row: &RolloutRow, faded: Option<Role>) {
    let Some(percent) = row.weight.actual.or(row.weight.set) else { return };
    let text = if row.stale.is_some() || row.gone { format!("({percent}%)") } else { format!("{percent}%") };
    // A bracketed 100 % has one cell more than the column; it takes the one before it.
    canvas.right(end, y, &text, faded);
}

fn bar(canvas: &mut Canvas<'_>, x: u16, y: u16, wide: u16, row: &RolloutRow) {
    if row.stale.is_some() || row.gone {
        return;
    }
    let Some(actual) = row.weight.actual.or(row.weight.set) else { return };
    let bar = canvas.glyphs.bar(actual, row.weight.set.unwrap_or(actual), wide);
    canvas.put(x, y, &bar, None);
}

fn next(canvas: &mut Canvas<'_>, end: u16, y: u16, row: &RolloutRow) {
    if let (Some(next), None, false) = (row.next_weight, &row.stale, row.gone) {
        canvas.right(end, y, &format!("{next}%"), None);
    }
}

/// What it waits for, and pods in trouble before it; of an old row, when it was true.
fn why(canvas: &mut Canvas<'_>, x: u16, y: u16, wide: u16, row: &RolloutRow, faded: Option<Role>) {
    let trouble = if row.stale.is_none() && !row.gone { Some(Role::Warn) } else { faded };
    let was = row.stale.as_deref().unwrap_or_default();
    let mut pieces: Vec<(&str, Option<Role>)> = Vec::new();
    // How long an old hold has stood or will stand is not known: its words would count on.
    let holds = match (row.gone, &row.stale) {
        (true, _) => "no longer there; last known state",
        (false, Some(_)) => "",
        (false, None) => row.holds.as_str(),
    };
    for (text, role) in [(was, Some(Role::Age)), (row.trouble.as_str(), trouble), (holds, faded)] {
        if text.is_empty() {
            continue;
        }
        if !pieces.is_empty() {
            pieces.push((", ", None));
        }
        pieces.push((text, role));
    }
    canvas.pieces(x, y, wide, &pieces);
}

/// The filter's own line, over the message row while it is typed: `/` and the text, with the cursor where it is.
pub fn filter(canvas: &mut Canvas<'_>, y: u16, window: &RolloutWindow) {
    let Some(cursor) = window.filter_cursor else { return };
    let columns = canvas.columns();
    let count = format!("{} of {}", window.shown, window.total);
    let end = canvas.right(columns.saturating_sub(1), y, &count, None);
    canvas.put(1, y, "/", Some(Role::Key));
    let view = FieldView { text: window.filter.clone(), cursor, focused: true };
    field(canvas, 3, y, end.saturating_sub(5), &view);
}
