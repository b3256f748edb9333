//! A change on its way, a change in doubt, and the menus.

use crate::app::view::{InDoubtView, MenuView, ProgressView, SettleChoice};

use super::{
    canvas::{Canvas, tone},
    flow::{self, Laid},
    form::{WIDEST, field},
    glyph::Weight,
    theme::Role,
    words,
};

/// A change on its way or at its end.
pub fn progress(canvas: &mut Canvas<'_>, view: &ProgressView) {
    let wide = canvas.columns().min(WIDEST);
    let x = (canvas.columns() - wide) / 2;
    let room = wide.saturating_sub(4);
    let mut lines: Vec<Laid> = view.stages.iter().flat_map(|line| flow::lay(line, room)).collect();
    let stages = lines.len();
    lines.extend(
        words::lines(&view.sentence, usize::from(room))
            .into_iter()
            .map(|text| Laid { indent: 0, spans: vec![(text, crate::app::role::Role::Text)] }),
    );
    lines.extend(view.after.iter().flat_map(|line| flow::lay(line, room)));
    let extra = if view.outcome.is_some() { 2 } else { 0 };
    let needed = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2 + extra);
    let rows = canvas.rows();
    let top = u16::from(rows >= 20);
    let mut part = canvas.part(x, top, wide, needed.max(6).min(rows.saturating_sub(top)));
    let mut inside = part.boxed(Weight::Light, &view.title, &format!("action {}", view.action), true);
    let (before, after) = lines.split_at(stages.min(lines.len()));
    let mut y = 0;
    for line in before {
        line.draw(&mut inside, 1, y);
        y += 1;
    }
    if let Some(outcome) = &view.outcome {
        inside.state(1, y + 1, room, outcome);
        y += 2;
    }
    for line in after {
        line.draw(&mut inside, 1, y);
        y += 1;
    }
}

/// An action in doubt: what was asked, what was read back, and the four ways out. Where rows are short the ways out stay,
/// and what was asked goes first: it stands in the title too.
pub fn in_doubt(canvas: &mut Canvas<'_>, view: &InDoubtView) {
    let wide = canvas.columns().min(WIDEST);
    let x = (canvas.columns() - wide) / 2;
    let rows = canvas.rows();
    let room = wide.saturating_sub(4);
    let locks = words::lines(&view.locks, usize::from(room));
    let reason_rows = words::lines(&view.why, usize::from(room.saturating_sub(11))).len().min(2);
    let choice_rows: usize = view.choices.iter().map(|choice| needs_rows(choice, room)).sum();
    let fact_rows: Vec<usize> = view.facts.iter().map(|(_, text)| fact_rows(text, room)).collect();
    // The frame, heads of read-back and choices, the verdict and its reason.
    let below = 5 + reason_rows + choice_rows + usize::from(view.note.is_some()) + locks.len();
    let mut facts = view.facts.len();
    while facts > 0 && below + fact_rows.iter().take(facts).sum::<usize>() > usize::from(rows) {
        facts -= 1;
    }
    let fixed = below + fact_rows.iter().take(facts).sum::<usize>();
    let read_backs: Vec<Laid> = view.read_backs.iter().flat_map(|line| flow::lay(line, room.saturating_sub(2))).collect();
    let shown = read_backs.len().min(usize::from(rows).saturating_sub(fixed));
    let tall = u16::try_from(fixed + shown + 3).unwrap_or(u16::MAX).min(rows);
    let title = format!("IN DOUBT  {}", view.title);
    let mut part = canvas.part(x, 0, wide, tall);
    let mut c = part.boxed(Weight::Double, &title, &format!("since {}", view.since), true);
    // Rows to spare go between the parts.
    let mut spare = (usize::from(c.rows()) + 2).saturating_sub(fixed + shown);
    let mut gap = || {
        let one = u16::from(spare > 0);
        spare = spare.saturating_sub(1);
        one
    };
    let mut y = 0;
    for (label, text) in view.facts.iter().take(facts) {
        c.cell(1, y, 11, label, Some(Role::Heading));
        y += c.text(13, y, room.saturating_sub(12), 2, text, None).max(1);
    }
    y += gap();
    y = read_back(&mut c, y, room, view, &read_backs, shown);
    y += gap();
    y = choices(&mut c, y, room, view);
    y += gap();
    for line in locks {
        c.put(1, y, &line, None);
        y += 1;
    }
}

fn fact_rows(text: &str, room: u16) -> usize {
    words::lines(text, usize::from(room.saturating_sub(12))).len().clamp(1, 2)
}

/// What was read back, newest last, and what follows from it; returns the row after it.
fn read_back(c: &mut Canvas<'_>, mut y: u16, room: u16, view: &InDoubtView, lines: &[Laid], shown: usize) -> u16 {
    c.put(1, y, "READ BACK", Some(Role::Heading));
    if view.others > 0 {
        c.right(room + 1, y, &format!("{} more in doubt", view.others), Some(Role::Warn));
    }
    y += 1;
    for line in lines.iter().skip(lines.len() - shown.min(lines.len())) {
        line.draw(c, 3, y);
        y += 1;
    }
    let end = c.pieces(3, y, 13, &[("verdict  ", None)]);
    c.state(end, y, room.saturating_sub(end), &view.verdict);
    y + 1 + c.text(12, y + 1, room.saturating_sub(11), 2, &view.why, None)
}

/// The ways out; returns the row after them.
fn choices(c: &mut Canvas<'_>, mut y: u16, room: u16, view: &InDoubtView) -> u16 {
    if !view.choices.is_empty() {
        c.put(1, y, "CHOOSE", Some(Role::Heading));
        c.put(29, y, "now", Some(Role::Heading));
    }
    y += 1;
    for choice in &view.choices {
        settle(c, y, room, choice);
        y += u16::try_from(needs_rows(choice, room)).unwrap_or(1);
    }
    if let Some(note) = &view.note {
        c.put(3, y, "note", Some(Role::Heading));
        field(c, 8, y, room.saturating_sub(8), note);
        y += 1;
    }
    y
}

/// Rows of one choice: one, or two where what it needs is long.
fn needs_rows(choice: &SettleChoice, room: u16) -> usize {
    words::lines(&choice.needs, usize::from(room.saturating_sub(33))).len().clamp(1, 2)
}

fn settle(c: &mut Canvas<'_>, y: u16, room: u16, choice: &SettleChoice) {
    let role = if choice.available { None } else { Some(Role::Idle) };
    let mark = if choice.chosen { ">" } else { " " };
    c.put(1, y, mark, Some(Role::Focus));
    c.put(3, y, &choice.key.to_string(), if choice.available { Some(Role::Key) } else { role });
    c.cell(6, y, 22, &choice.label, role);
    c.cell(29, y, 4, if choice.available { "yes" } else { "no" }, role);
    c.text(34, y, room.saturating_sub(33), 2, &choice.needs, role);
    if choice.chosen {
        c.select(y);
    }
}

/// A menu over the page below: every entry with its key; one that is not possible says why.
pub fn menu(canvas: &mut Canvas<'_>, view: &MenuView) {
    let wide = canvas.columns().saturating_sub(2).min(100);
    let x = (canvas.columns() - wide) / 2;
    let room = wide.saturating_sub(10);
    let entries: Vec<Vec<(String, Option<Role>)>> = view.entries.iter().map(|entry| detail(entry, room)).collect();
    let needed = entries.iter().map(|lines| lines.len() + 1).sum::<usize>() + 2;
    let rows = canvas.rows();
    let tall = u16::try_from(needed).unwrap_or(u16::MAX).min(rows);
    let top = (rows - tall).min(1);
    let all = canvas.columns();
    canvas.part(0, top, all, tall).clear();
    let mut part = canvas.part(x, top, wide, tall);
    let mut c = part.boxed(Weight::Light, &view.title, "esc closes", true);
    let mut y = 0;
    for (entry, lines) in view.entries.iter().zip(&entries) {
        let possible = entry.refusal.is_none();
        c.put(1, y, if entry.selected { ">" } else { " " }, None);
        c.put(3, y, &entry.key.to_string(), if possible { Some(Role::Key) } else { Some(Role::Idle) });
        let end = c.put(6, y, &entry.label, if possible { None } else { Some(Role::Idle) });
        if !possible {
            c.put(end + 2, y, "not possible now", tone(crate::app::role::Role::Idle));
        }
        if entry.selected {
            c.select(y);
        }
        y += 1;
        for (text, role) in lines {
            c.put(8, y, text, *role);
            y += 1;
        }
    }
}

fn detail(entry: &crate::app::view::MenuEntry, room: u16) -> Vec<(String, Option<Role>)> {
    let mut lines = Vec::new();
    for (text, role) in [(entry.refusal.as_deref().unwrap_or_default(), Some(Role::Idle)), (entry.note.as_str(), None)] {
        lines.extend(words::lines(text, usize::from(room)).into_iter().map(|line| (line, role)));
    }
    lines
}
