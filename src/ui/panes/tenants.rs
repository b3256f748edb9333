//! The page of tenants: counts, the strip of all, rows or causes, and below them what is known of the selected one.

use crate::app::view::{CauseRow, DensityView, Section, TenantRow, TenantWindow};

use super::{out_of_sight, remarks};
use crate::ui::{
    canvas::{Canvas, tone},
    glyph::Weight,
    pages,
    theme::Role,
};

/// From this width on the detail has two columns.
const WIDE: u16 = 100;
/// Lines of the list that are no rows: title, strip, heads.
const ABOVE: u16 = 3;
const CELL: u16 = 5;
const STATE: u16 = 9;
const ROWS: u16 = 7;
const TIME: u16 = 6;

/// Rows for tenants on `rows` rows between row 2 and the message row.
#[must_use]
pub fn list_rows(rows: u16) -> usize {
    usize::from(list_part(rows).saturating_sub(ABOVE))
}

/// Cells of the strip of all tenants.
#[must_use]
pub fn cells(columns: u16) -> usize {
    usize::from(columns.saturating_sub(if columns >= WIDE { 44 } else { 16 }))
}

fn list_part(rows: u16) -> u16 {
    (rows * 3 / 5).max(rows.min(6))
}

/// The whole page.
pub fn tenants(canvas: &mut Canvas<'_>, window: &TenantWindow, sections: &[Section]) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let part = list_part(rows);
    let (title, note) = titles(window);
    canvas.rule(0, &title, &note, true);
    let mut above = canvas.part(0, 1, columns, part.saturating_sub(1));
    match &window.map {
        Some(map) => density(&mut above, window, map),
        None => list(&mut above, window),
    }
    let mut below = canvas.part(0, part, columns, rows.saturating_sub(part));
    detail(&mut below, sections);
}

/// Legend, signs, and what the cell under the cursor is.
fn density(canvas: &mut Canvas<'_>, window: &TenantWindow, map: &DensityView) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let share = match map.share {
        1 => "one sign = one tenant".to_owned(),
        share => format!("one sign = {share} tenants, the worst wins"),
    };
    canvas.cell(2, 0, columns.saturating_sub(3), &share, Some(Role::Quiet));
    let legend: Vec<_> = map.legend.iter().map(|span| (span.text.as_str(), tone(span.role))).collect();
    canvas.pieces(2, 1, columns.saturating_sub(3), &legend);
    let mut body = canvas.part(0, 2, columns, rows.saturating_sub(3));
    let used = remarks(&mut body, &window.remarks, map.lines.is_empty());
    for (y, line) in (used..body.rows()).zip(&map.lines) {
        let pieces: Vec<_> = line.iter().map(|span| (span.text.as_str(), tone(span.role))).collect();
        body.pieces(2, y, columns.saturating_sub(2), &pieces);
    }
    if let Some((line, column)) = map.cursor
        && let (Ok(line), Ok(column)) = (u16::try_from(line), u16::try_from(column))
    {
        body.put(0, used + line, ">", None);
        body.mark(2 + column, used + line);
    }
    canvas.cell(2, rows.saturating_sub(1), columns.saturating_sub(3), &map.here, None);
}

fn titles(window: &TenantWindow) -> (String, String) {
    if let Some(map) = &window.map {
        let more = out_of_sight(map.above, map.below, grouped);
        return (format!("Map of tenants {}", grouped(window.total)), format!("{more}arrows walk, enter zooms"));
    }
    let mut title = if window.causes.is_some() {
        format!("Causes {}", grouped(window.shown))
    } else if window.shown == window.total {
        format!("Tenants {}", grouped(window.total))
    } else {
        format!("Tenants {} of {}", grouped(window.shown), grouped(window.total))
    };
    if !window.filter.is_empty() {
        title = format!("{title}  {}", window.filter);
    }
    let more = out_of_sight(window.above, window.below, grouped);
    (title, format!("{more}{}", window.sort))
}

/// A number with a comma after each three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn detail(canvas: &mut Canvas<'_>, sections: &[Section]) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let Some((last, first)) = sections.split_last().filter(|(_, first)| columns >= WIDE && !first.is_empty()) else {
        pages::stacked(canvas, sections, 0);
        return;
    };
    let left = columns / 2;
    pages::stacked(&mut canvas.part(0, 0, left, rows).boxed(Weight::Light, "Selected", "", false), first, 0);
    let mut right = canvas.part(left, 0, columns - left, rows);
    pages::stacked(&mut right.boxed(Weight::Light, "", "", false), std::slice::from_ref(last), 0);
}

fn list(canvas: &mut Canvas<'_>, window: &TenantWindow) {
    strip(canvas, 0, window);
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let mut table = canvas.part(0, 1, columns, rows.saturating_sub(1));
    let plan = Plan::of(columns, window);
    if window.causes.is_none() {
        heads(&mut table, &plan, window);
    } else {
        let x = table.cell(2, 0, STATE, "STATE", Some(Role::Heading)) + 1;
        let x = table.cell(x, 0, ROWS, "TENANTS", Some(Role::Heading)) + 1;
        table.cell(x, 0, columns.saturating_sub(x + 1), "CAUSE", Some(Role::Heading));
    }
    let mut body = table.part(0, 1, columns, rows.saturating_sub(2));
    let alone = window.rows.is_empty() && window.causes.as_ref().is_none_or(Vec::is_empty);
    let used = remarks(&mut body, &window.remarks, alone);
    match &window.causes {
        Some(causes) => {
            for (y, cause) in (used..body.rows()).zip(causes) {
                cause_row(&mut body, y, cause);
            }
        }
        None => {
            for (y, row) in (used..body.rows()).zip(&window.rows) {
                tenant_row(&mut body, y, row, &plan);
            }
        }
    }
}

/// All tenants, and where there is room what a cell stands for.
fn strip(canvas: &mut Canvas<'_>, y: u16, window: &TenantWindow) {
    let pieces: Vec<_> = window.heat.iter().map(|cell| (cell.text.as_str(), tone(cell.role))).collect();
    let end = canvas.pieces(2, y, canvas.columns().saturating_sub(3), &pieces);
    let legend = match window.share {
        1 => String::new(),
        share if canvas.columns() >= WIDE => format!("{} a sign; digits and + count failing", grouped(share)),
        share => format!("{} a sign", grouped(share)),
    };
    let room = canvas.columns().saturating_sub(end + 3);
    if usize::from(room) > legend.len() {
        canvas.cell(end + 2, y, room, &legend, Some(Role::Quiet));
    }
}

/// How wide the columns are that the width has room for.
struct Plan {
    id: u16,
    name: u16,
    checks: usize,
}

impl Plan {
    fn of(columns: u16, window: &TenantWindow) -> Self {
        let id = if columns >= WIDE { 20 } else { 10 };
        let name = if window.named && columns >= WIDE { 20 } else { 0 };
        let note = if columns >= WIDE { 24 } else { 12 };
        let used = 2 + STATE + 1 + id + 1 + name + u16::from(name > 0) + ROWS + 1 + TIME + 1 + note;
        let room = usize::from(columns.saturating_sub(used) / (CELL + 1));
        Self { id, name, checks: window.heads.len().min(room) }
    }
}

fn heads(canvas: &mut Canvas<'_>, plan: &Plan, window: &TenantWindow) {
    let head = Some(Role::Heading);
    let mut x = canvas.cell(2, 0, STATE, "STATE", head) + 1;
    x = canvas.cell(x, 0, plan.id, "TENANT", head) + 1;
    if plan.name > 0 {
        x = canvas.cell(x, 0, plan.name, "NAME", head) + 1;
    }
    canvas.right(x + ROWS, 0, "ROWS", head);
    x += ROWS + 1;
    for text in window.heads.iter().take(plan.checks) {
        x = canvas.cell(x, 0, CELL, text, head) + 1;
    }
    x = canvas.cell(x, 0, TIME, "TIME", head) + 1;
    let hidden = window.heads.len().saturating_sub(plan.checks);
    let more = if hidden > 0 { format!("NOTE (+{hidden} l)") } else { "NOTE".to_owned() };
    canvas.cell(x, 0, canvas.columns().saturating_sub(x + 1), &more, head);
}

fn tenant_row(canvas: &mut Canvas<'_>, y: u16, row: &TenantRow, plan: &Plan) {
    let faded = (row.old || row.gone).then_some(Role::Age);
    if row.selected {
        canvas.put(0, y, ">", None);
    }
    canvas.state(2, y, STATE, &row.state);
    let mut x = 2 + STATE + 1;
    x = canvas.name(x, y, plan.id, &row.id, faded) + 1;
    if plan.name > 0 {
        x = canvas.cell(x, y, plan.name, &row.name, faded) + 1;
    }
    canvas.right(x + ROWS, y, &row.rows.text, faded.or(tone(row.rows.role)));
    x += ROWS + 1;
    for cell in row.checks.iter().take(plan.checks) {
        x = canvas.cell(x, y, CELL, &cell.text, faded.or(tone(cell.role))) + 1;
    }
    x = canvas.cell(x, y, TIME, &row.time, faded) + 1;
    let note = if row.gone { "gone" } else { &row.note };
    canvas.cell(x, y, canvas.columns().saturating_sub(x + 1), note, faded);
    if row.selected {
        canvas.select(y);
    }
}

fn cause_row(canvas: &mut Canvas<'_>, y: u16, row: &CauseRow) {
    if row.selected {
        canvas.put(0, y, ">", None);
    }
    canvas.state(2, y, STATE, &row.state);
    let x = 2 + STATE + 1;
    canvas.right(x + ROWS - 1, y, &row.count.to_string(), None);
    let x = x + ROWS + 1;
    canvas.cell(x, y, canvas.columns().saturating_sub(x + 1), &row.text, None);
    if row.selected {
        canvas.select(y);
    }
}
