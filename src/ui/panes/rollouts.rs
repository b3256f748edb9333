//! The rollouts: one row each, in the columns that the width has room for.

use crate::app::{
    state::Pane,
    view::{RolloutRow, RolloutWindow},
};

use super::title;
use crate::ui::{canvas::Canvas, theme::Role, words};

/// Title of the pane, and the note at the right end of its line.
pub fn titles(window: &RolloutWindow, focused: bool) -> (String, String) {
    let mut head = title(Pane::Rollouts, Some(window.total), focused);
    if !window.filter.is_empty() {
        head = format!("{head}, {} shown  /{}", window.shown, window.filter);
    }
    let mut notes = Vec::new();
    if window.above > 0 {
        notes.push(format!("{} above", window.above));
    }
    if window.below > 0 {
        notes.push(format!("{} below", window.below));
    }
    notes.push(window.sort.to_owned());
    (head, notes.join("  "))
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
    Stage,
    Gates,
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
            Self::Stage => "STAGE",
            Self::Gates => "GATES",
            Self::State => "STATE",
        }
    }
}

/// Columns and their widths, left to right, one cell apart, for a list of `columns` cells; `Why` takes what is left.
#[expect(clippy::too_many_lines, reason = "a table: one column a line")]
fn plan(columns: u16, staged: bool) -> Vec<(Column, u16)> {
    let mut plan: Vec<(Column, u16)> = if staged && columns >= 70 {
        staged_plan(columns)
    } else if columns >= 158 {
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

/// As `plan`, where a release plan names one of the rollouts.
fn staged_plan(columns: u16) -> Vec<(Column, u16)> {
    let mut plan = vec![(Column::Name, if columns >= 100 { 20 } else { 15 })];
    if columns >= 100 {
        plan.push((Column::Namespace, 10));
    }
    plan.push((Column::Stage, 9));
    if columns >= 100 {
        plan.push((Column::Step, 5));
    }
    plan.extend([(Column::Now, 5), (Column::Bar, 7), (Column::Next, 4), (Column::Why, 0)]);
    if columns >= 158 {
        plan.extend([(Column::Pods, 7), (Column::Age, 7)]);
    }
    plan.extend([(Column::Gates, 5), (Column::State, 10)]);
    plan
}

/// A release plan names one of the rows.
fn is_staged(window: &RolloutWindow) -> bool {
    window.rows.iter().any(|row| !row.stage.is_empty() || !row.gates.is_empty())
}

/// The heads of the columns.
pub fn heads(canvas: &mut Canvas<'_>, window: &RolloutWindow) {
    let mut x = 2;
    for (column, wide) in plan(canvas.columns(), is_staged(window)) {
        canvas.cell(x, 0, wide, column.head(), Some(Role::Heading));
        x += wide + 1;
    }
}

/// The rows that fit, or what there is to say instead.
pub fn table(canvas: &mut Canvas<'_>, window: &RolloutWindow) {
    let columns = canvas.columns();
    if let Some(empty) = window.empty.as_ref().filter(|_| window.rows.is_empty()) {
        let rows = canvas.rows();
        canvas.text(2, 0, columns.saturating_sub(3), rows, empty, None);
        return;
    }
    let plan = plan(columns, is_staged(window));
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
            Column::Stage => _ = canvas.name(x, y, wide, &row.stage, faded),
            Column::Gates => _ = canvas.cell(x, y, wide, &row.gates, faded),
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
    let before: usize =
        [was, row.trouble.as_str()].iter().filter(|text| !text.is_empty()).map(|text| words::width(text) + 2).sum();
    let room = usize::from(wide).saturating_sub(before);
    let waits = row.waits.iter().find(|form| words::width(form) <= room).or(row.waits.last());
    // How long an old hold has stood or will stand is not known: its words would count on.
    let holds = match (row.gone, &row.stale) {
        (true, _) => "no longer there; last known state",
        (false, Some(_)) => "",
        (false, None) => waits.map_or("", String::as_str),
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
