//! The form: what will change, what it rests on, and the answer that only somebody who read it can give (ux.md 3.4.6-3.4.8).

use crate::app::{
    form::Sheet,
    role::Role as Tone,
    view::{ButtonView, FieldView, FormStage, FormView, Line, Section, Span},
};

use super::{
    canvas::{Canvas, Piece, sign_of, tone},
    flow::{self, Laid},
    glyph::Weight,
    theme::Role,
    words,
};

/// Widest form in cells (ux.md 3.2).
pub const WIDEST: u16 = 120;
/// Tallest form in rows, frame of the screen not counted.
const TALLEST: u16 = 24;

/// Draws the form between row 2 and the message row.
pub fn form(canvas: &mut Canvas<'_>, view: &FormView) {
    let wide = canvas.columns().min(WIDEST);
    let x = (canvas.columns() - wide) / 2;
    // One row above for air and one below for the sentence, where there is room.
    let top = u16::from(canvas.rows() >= 20);
    let rows = canvas.rows().saturating_sub(top + 1);
    let (flow, foot) = content(view, wide.saturating_sub(4), canvas);
    let needed = u16::try_from(flow.len()).unwrap_or(u16::MAX).saturating_add(foot.rows()).saturating_add(2);
    let tall = needed.clamp(8, TALLEST).min(rows);
    let weight = if view.level >= 3 { Weight::Double } else { Weight::Light };
    let place = if view.environment.is_empty() { String::new() } else { format!("   {}", environment(view)) };
    let note = view.risk.map(|risk| format!("risk: {}", risk.word())).unwrap_or_default();
    // Environment and risk are never cut for a long name.
    let fixed = words::width(&place) + words::width(&note) + 10;
    let title = words::cut_middle(&view.title, usize::from(wide).saturating_sub(fixed), canvas.glyphs);
    let title = format!("{title}{place}");
    let mut part = canvas.part(x, top, wide, tall);
    let mut inside = part.boxed(weight, &title, &note, true);
    let body_rows = inside.rows().saturating_sub(foot.rows());
    let (columns, inner_rows) = (inside.columns(), inside.rows());
    flow::scroll(&mut inside.part(0, 0, columns, body_rows), 1, &flow, view.scroll);
    foot.draw(&mut inside.part(0, body_rows, columns, inner_rows.saturating_sub(body_rows)), view);
    let below = match view.stage {
        FormStage::Refused { .. } => "nothing was sent.  esc goes back",
        FormStage::Reading | FormStage::Ready => "nothing has been sent.  esc cancels at any time and sends nothing",
    };
    canvas.cell(x + 2, top + tall, wide.saturating_sub(4), below, None);
}

/// The environment as the title names it: production in capitals.
fn environment(view: &FormView) -> String {
    if view.danger { view.environment.to_uppercase() } else { view.environment.clone() }
}

/// What stands fixed at the bottom of the form, so that it never scrolls away.
struct Foot {
    ready: bool,
    /// Choices by row: as many a row as fit.
    choices: Vec<Vec<usize>>,
    lock: Vec<String>,
    remark: bool,
}

/// The scrolling part of a form as lines, and what stands under it.
fn content(view: &FormView, columns: u16, canvas: &Canvas<'_>) -> (Vec<Laid>, Foot) {
    let mut lines = Vec::new();
    match &view.stage {
        FormStage::Reading => {
            lines.push(plain("reading afresh: the target, our rights, and the system's own dry run ..", Tone::Running));
            lines.push(plain("nothing typed before the form is painted is taken", Tone::Text));
        }
        FormStage::Refused { sentence } => {
            let state = Line { indent: 0, spans: vec![Span { text: format!("not possible: {sentence}"), role: Tone::Fail }] };
            lines.extend(flow::lay(&state, columns));
        }
        FormStage::Ready => {
            let (first, others) = view.body.split_at(view.body.len().min(1));
            section_lines(&mut lines, first, columns);
            if view.sheet == Sheet::None {
                checks(&mut lines, view, columns, canvas);
            }
            section_lines(&mut lines, others, columns);
        }
    }
    let lock = view.lock.as_ref().map(|lock| words::lines(&format!("LOCKED: {lock}"), usize::from(columns))).unwrap_or_default();
    let foot = Foot {
        ready: view.stage == FormStage::Ready,
        choices: choice_rows(view, columns),
        lock: lock.into_iter().take(2).collect(),
        remark: view.remark.is_some(),
    };
    (lines, foot)
}

fn plain(text: &str, role: Tone) -> Laid {
    Laid { indent: 0, spans: vec![(text.to_owned(), role)] }
}

fn section_lines(lines: &mut Vec<Laid>, sections: &[Section], columns: u16) {
    for section in sections {
        // A section of one short line stands beside its title.
        if let [line] = section.lines.as_slice()
            && section.note.is_empty()
        {
            let wide: usize = line.spans.iter().map(|span| words::width(&span.text)).sum();
            if words::width(&section.title) + 2 + wide <= usize::from(columns) {
                let mut spans = vec![(format!("{}  ", section.title), Tone::Heading)];
                spans.extend(line.spans.iter().map(|span| (span.text.clone(), span.role)));
                lines.push(Laid { indent: 0, spans });
                continue;
            }
        }
        lines.push(Laid::heading(&section.title, &section.note, columns));
        for line in &section.lines {
            lines.extend(flow::lay(line, columns.saturating_sub(2)).into_iter().map(|mut laid| {
                laid.indent += 2;
                laid
            }));
        }
    }
}

/// Preconditions, two a row where both fit; one that moved has a row of its own and its mark.
fn checks(lines: &mut Vec<Laid>, view: &FormView, columns: u16, canvas: &Canvas<'_>) {
    if view.checks.is_empty() {
        return;
    }
    lines.push(Laid::heading("PRECONDITIONS", &view.checked, columns));
    let half = usize::from(columns.saturating_sub(2) / 2);
    let mut left: Option<Laid> = None;
    for check in &view.checks {
        let sign = sign_of(check.role).map_or(" ", |sign| canvas.glyphs.sign(sign));
        let word = if check.moved { "MOVED  " } else { "" };
        let role = if check.moved { Tone::Fail } else { check.role };
        let text = format!("{word}{}", check.text);
        let text_role = if check.moved { Tone::Fail } else { Tone::Text };
        let wide = words::width(&text) + 2;
        if check.moved || wide >= half {
            lines.extend(left.take());
            let line = Line { indent: 2, spans: vec![Span { text: format!("{sign} "), role }, Span { text, role: text_role }] };
            lines.extend(flow::lay(&line, columns));
            continue;
        }
        match left.take() {
            None => {
                let pad = " ".repeat(half - wide);
                left = Some(Laid { indent: 2, spans: vec![(format!("{sign} "), role), (format!("{text}{pad}"), text_role)] });
            }
            Some(mut row) => {
                row.spans.push((format!("{sign} "), role));
                row.spans.push((text, text_role));
                lines.push(row);
            }
        }
    }
    lines.extend(left);
}

impl Foot {
    fn rows(&self) -> u16 {
        let lock = u16::try_from(self.lock.len()).unwrap_or(0);
        if !self.ready {
            return 2;
        }
        // Reason, typed value, an empty row, the buttons.
        4 + u16::try_from(self.choices.len()).unwrap_or(0) + lock + u16::from(self.remark)
    }

    fn draw(&self, canvas: &mut Canvas<'_>, view: &FormView) {
        let columns = canvas.columns();
        let mut y = 0;
        if !self.ready {
            button(canvas, 3, canvas.rows().saturating_sub(1), &view.cancel, false);
            return;
        }
        for line in &self.lock {
            canvas.cell(1, y, columns.saturating_sub(2), line, Some(Role::Fail));
            y += 1;
        }
        for row in &self.choices {
            choices(canvas, y, view, row);
            y += 1;
        }
        if self.choices.is_empty() {
            canvas.put(1, y, "Reason", Some(Role::Heading));
        } else {
            let heading = if view.choices_focused { Role::Focus } else { Role::Heading };
            let first = y - u16::try_from(self.choices.len()).unwrap_or(0);
            canvas.put(1, first, if view.choices_focused { "Reason >" } else { "Reason" }, Some(heading));
            if view.reason_required && view.reason.text.is_empty() {
                canvas.put(1, y, "required", Some(Role::Warn));
            }
        }
        field(canvas, 10, y, columns.saturating_sub(11), &view.reason);
        y += 1;
        let x = canvas.pieces(1, y, columns.saturating_sub(2), &[("Type to confirm:  ", None), (&view.phrase, Some(Role::Key))]);
        let wide = u16::try_from(words::width(&view.phrase)).unwrap_or(40).saturating_add(4).clamp(10, 44);
        let end = field(canvas, x + 2, y, wide.min(columns.saturating_sub(x + 3)), &view.typed);
        if !view.phrase_note.is_empty() && usize::from(end) + view.phrase_note.len() + 5 <= usize::from(columns) {
            canvas.put(end + 2, y, &format!("({})", view.phrase_note), None);
        }
        y += 1;
        if let Some(remark) = &view.remark {
            canvas.cell(1, y, columns.saturating_sub(2), remark, Some(Role::Warn));
            y += 1;
        }
        let y = (y + 1).min(canvas.rows().saturating_sub(1));
        let x = button(canvas, 3, y, &view.cancel, false);
        let x = button(canvas, x + 4, y, &view.act, true);
        if let Some(missing) = view.missing.as_ref().filter(|_| view.lock.is_none()) {
            let text = format!("disabled: {missing}");
            let room = columns.saturating_sub(x + 2);
            // Beside the button, or on the empty row above it where that is too narrow.
            if words::width(&text) <= usize::from(room) {
                canvas.put(x + 1, y, &text, None);
            } else {
                canvas.put(x + 1, y, "disabled", None);
                canvas.cell(1, y.saturating_sub(1), columns.saturating_sub(2), &text, None);
            }
        } else if view.lock.is_some() {
            canvas.cell(x + 1, y, columns.saturating_sub(x + 2), "locked", Some(Role::Fail));
        }
    }
}

/// Cells of one choice with the gap after it: mark, key, text.
fn choice_wide(text: &str) -> usize {
    words::width(text) + 8
}

/// Which choices stand in which row of `columns` cells.
fn choice_rows(view: &FormView, columns: u16) -> Vec<Vec<usize>> {
    let room = usize::from(columns.saturating_sub(9)) + 2;
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut used = usize::MAX;
    for (at, choice) in view.choices.iter().enumerate() {
        let wide = choice_wide(choice.text);
        match rows.last_mut() {
            Some(row) if used.saturating_add(wide) <= room => row.push(at),
            _ => {
                rows.push(vec![at]);
                used = 0;
            }
        }
        used += wide;
    }
    rows
}

fn choices(canvas: &mut Canvas<'_>, y: u16, view: &FormView, row: &[usize]) {
    let mut x = 10;
    for choice in row.iter().filter_map(|at| view.choices.get(*at)) {
        let mark = if choice.chosen { "(o)" } else { "( )" };
        let key = choice.key.to_string();
        let pieces: [Piece<'_>; 4] = [(mark, None), (" ", None), (&key, Some(Role::Key)), (" ", None)];
        x = canvas.pieces(x, y, 6, &pieces);
        x = canvas.put(x, y, choice.text, None) + 2;
    }
}

/// `[text____]` with the cursor where it is; shows the part around the cursor. Returns the column after it.
pub fn field(canvas: &mut Canvas<'_>, x: u16, y: u16, columns: u16, field: &FieldView) -> u16 {
    if columns < 4 {
        return x;
    }
    let room = usize::from(columns - 2);
    let before: String = field.text.chars().take(field.cursor).collect();
    // The cursor stands in sight: what is left of the shown part is cut away.
    let mut shown = field.text.as_str();
    let mut at = words::width(&before);
    while at >= room {
        let Some(first) = shown.chars().next() else { break };
        shown = shown.get(first.len_utf8()..).unwrap_or_default();
        at = at.saturating_sub(words::width(&first.to_string()).max(1));
    }
    let shown = words::head(shown, room);
    let fill = "_".repeat(room.saturating_sub(words::width(shown)));
    let bracket = field.focused.then_some(Role::Focus);
    canvas.put(x, y, "[", bracket);
    let end = canvas.put(x + 1, y, shown, None);
    canvas.put(end, y, &fill, None);
    if field.focused {
        canvas.mark(x + 1 + u16::try_from(at).unwrap_or(0).min(columns - 3), y);
    }
    canvas.put(x + columns - 1, y, "]", bracket);
    x + columns
}

/// `( Cancel )` or `[ Advance to 25% ]`; the focused one is reversed and has a `>` before it.
fn button(canvas: &mut Canvas<'_>, x: u16, y: u16, button: &ButtonView, acts: bool) -> u16 {
    let text = if acts { format!("[ {} ]", button.label) } else { format!("( {} )", button.label) };
    let room = canvas.columns().saturating_sub(x + 1);
    let text = words::cut(&text, usize::from(room), canvas.glyphs);
    let role = match (button.focused, button.enabled) {
        (true, _) => Some(Role::Selected),
        (false, true) => Some(Role::Heading),
        (false, false) => tone(Tone::Idle),
    };
    if button.focused {
        canvas.put(x.saturating_sub(2), y, ">", None);
    }
    canvas.put(x, y, &text, role) + 1
}
