//! Pages of titled sections: rollout detail, why, sources, help. Stacked at S, in columns where everything fits, else one scroll.

use crate::app::{
    role::Role,
    view::{Page, Section},
};

use super::{
    canvas::Canvas,
    flow::{self, Laid},
    glyph::Weight,
};

/// Draws a page into what lies between row 2 and the message row.
pub fn page(canvas: &mut Canvas<'_>, page: &Page) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let verdict: Vec<Laid> = page.verdict.as_ref().map(|line| flow::lay(line, columns.saturating_sub(2))).unwrap_or_default();
    let foot = u16::try_from(verdict.len().min(3)).unwrap_or(3).min(rows / 2);
    let body_rows = rows.saturating_sub(foot);
    let mut body = canvas.part(0, 0, columns, body_rows);
    let old = page.state.as_ref().is_some_and(|state| state.role == Role::Unknown);
    let faded = old.then(|| faded(&page.sections));
    let sections = faded.as_deref().unwrap_or(&page.sections);
    let drawn = columns >= 100 && boxes(&mut body, sections);
    // A page without a state of its own is reference (help): short lines, many of them.
    if !drawn && page.state.is_none() && sections.len() >= 4 && columns >= 80 {
        side_by_side(&mut body, sections, page.scroll);
    } else if !drawn {
        stacked(&mut body, sections, page.scroll);
    }
    for (y, line) in (body_rows..rows).zip(&verdict) {
        line.draw(canvas, 1, y);
    }
}

/// Old values: nothing that was good, bad or moving when it was read is said to be so now.
fn faded(sections: &[Section]) -> Vec<Section> {
    let mut sections = sections.to_vec();
    for span in sections.iter_mut().flat_map(|section| &mut section.lines).flat_map(|line| &mut line.spans) {
        span.role = match span.role {
            Role::Text | Role::Ok | Role::Fail | Role::Warn | Role::Running | Role::Idle | Role::Quiet | Role::Age => Role::Age,
            Role::Unknown | Role::Key | Role::Heading => span.role,
        };
    }
    sections
}

/// One section under the other, each under its own line across.
pub(super) fn stacked(canvas: &mut Canvas<'_>, sections: &[Section], scroll: usize) {
    let lines = stack(canvas, sections, canvas.columns());
    flow::scroll(canvas, 0, &lines, scroll);
}

fn stack(canvas: &Canvas<'_>, sections: &[Section], columns: u16) -> Vec<Laid> {
    let mut lines = Vec::new();
    for section in sections {
        lines.push(ruled(canvas, columns, &section.title, &section.note));
        for line in &section.lines {
            lines.extend(flow::lay(line, columns.saturating_sub(2)).into_iter().map(|mut laid| {
                laid.indent += 1;
                laid
            }));
        }
    }
    lines
}

/// Sections in two columns that scroll together, as even as their order allows.
fn side_by_side(canvas: &mut Canvas<'_>, sections: &[Section], scroll: usize) {
    let (across, high) = (canvas.columns(), canvas.rows());
    let half = across / 2;
    let rows: Vec<usize> = sections.iter().map(|section| stack(canvas, std::slice::from_ref(section), half).len()).collect();
    let all: usize = rows.iter().sum();
    // The break after which the longer column is shortest.
    let longer = |at: usize| {
        let left: usize = rows.iter().take(at).sum();
        left.max(all - left)
    };
    let at = (1..sections.len()).min_by_key(|at| longer(*at)).unwrap_or(sections.len());
    let (first, second) = sections.split_at(at);
    for (x, wide, part) in [(0, half, first), (half, across - half, second)] {
        let mut lines = stack(canvas, part, wide);
        // The shorter column is filled up, so that both scroll by the same lines.
        lines.resize(longer(at).max(lines.len()), Laid::default());
        flow::scroll(&mut canvas.part(x, 0, wide, high), 0, &lines, scroll);
    }
}

/// A line across with a title and a note, as a line of a scroll.
fn ruled(canvas: &Canvas<'_>, columns: u16, title: &str, note: &str) -> Laid {
    let columns = usize::from(columns);
    let across = canvas.glyphs.rule();
    let title = super::words::cut(title, columns.saturating_sub(4), canvas.glyphs);
    let used = super::words::width(&title) + 3;
    let note_wide = super::words::width(note) + 3;
    let note = if !note.is_empty() && used + note_wide + 2 <= columns { format!(" {note} {across}") } else { String::new() };
    let rest = columns.saturating_sub(used + super::words::width(&note));
    Laid {
        indent: 0,
        spans: vec![
            (format!("{across} "), Role::Text),
            (title.into_owned(), Role::Heading),
            (format!(" {}{note}", across.repeat(rest)), Role::Text),
        ],
    }
}

/// Sections in boxes: the first over the whole width, the others in columns. `false`, and nothing drawn, when one would be cut.
fn boxes(canvas: &mut Canvas<'_>, sections: &[Section]) -> bool {
    let Some((first, others)) = sections.split_first() else { return true };
    let across = canvas.columns();
    let count: u16 = if across >= 160 && others.len() >= 3 { 3 } else { 2 };
    let wide = across / count;
    let top = laid(first, across.saturating_sub(4));
    let top_rows = rows_of(&top);
    let mut columns: Vec<(u16, Vec<Placed<'_>>)> = (0..count).map(|_| (top_rows, Vec::new())).collect();
    for section in others {
        let lines = laid(section, wide.saturating_sub(4));
        let rows = rows_of(&lines);
        let Some(column) = columns.iter_mut().min_by_key(|(used, _)| *used) else { return false };
        column.1.push(Placed { y: column.0, rows, section, lines });
        column.0 = column.0.saturating_add(rows);
    }
    if columns.iter().any(|(used, _)| *used > canvas.rows()) {
        return false;
    }
    one(&mut canvas.part(0, 0, across, top_rows), first, &top);
    for (at, (_, placed)) in (0_u16..).zip(&columns) {
        let x = at * wide;
        let wide = if at + 1 == count { across - x } else { wide };
        for item in placed {
            one(&mut canvas.part(x, item.y, wide, item.rows), item.section, &item.lines);
        }
    }
    true
}

struct Placed<'s> {
    y: u16,
    rows: u16,
    section: &'s Section,
    lines: Vec<Laid>,
}

fn one(canvas: &mut Canvas<'_>, section: &Section, lines: &[Laid]) {
    let mut inside = canvas.boxed(Weight::Light, &section.title, &section.note, false);
    for (y, line) in (0..).zip(lines) {
        line.draw(&mut inside, 1, y);
    }
}

fn laid(section: &Section, columns: u16) -> Vec<Laid> {
    section.lines.iter().flat_map(|line| flow::lay(line, columns)).collect()
}

fn rows_of(lines: &[Laid]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2)
}
