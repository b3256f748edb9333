//! The brush: writes text into a `Buffer` and never outside its area. Everything that a screen draws goes through here.

use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::Style,
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::app::{role, view::StateWord};

use super::{
    glyph::{Glyphs, Sign, Weight, is_one_cell},
    theme::{Role, Theme},
    words,
};

/// A rectangle of the screen to draw on. Coordinates count from its own upper left corner.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    pub theme: &'a Theme,
    pub glyphs: Glyphs,
}

/// One piece of text in one role; `None` is the terminal's own style.
pub type Piece<'t> = (&'t str, Option<Role>);

impl<'a> Canvas<'a> {
    /// A canvas over the part of `area` that `buffer` has.
    pub fn new(buffer: &'a mut Buffer, area: Rect, theme: &'a Theme, glyphs: Glyphs) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area, theme, glyphs }
    }

    /// A part of this canvas: `columns` x `rows` from (`x`, `y`), cut to what there is.
    pub fn part(&mut self, x: u16, y: u16, columns: u16, rows: u16) -> Canvas<'_> {
        let x = x.min(self.area.width);
        let y = y.min(self.area.height);
        let area = Rect {
            x: self.area.x + x,
            y: self.area.y + y,
            width: columns.min(self.area.width - x),
            height: rows.min(self.area.height - y),
        };
        Canvas { buffer: self.buffer, area, theme: self.theme, glyphs: self.glyphs }
    }

    #[must_use]
    pub fn columns(&self) -> u16 {
        self.area.width
    }

    #[must_use]
    pub fn rows(&self) -> u16 {
        self.area.height
    }

    /// Empties every cell.
    pub fn clear(&mut self) {
        for y in self.area.top()..self.area.bottom() {
            for x in self.area.left()..self.area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    fn styled(&self, role: Option<Role>) -> Style {
        role.map_or_else(Style::new, |role| self.theme.style(role))
    }

    /// The cells of a line of the buffer, from `left` to its right edge; both counted as the buffer counts.
    fn row_from(&mut self, left: u16, top: u16) -> Option<&mut [Cell]> {
        let area = self.buffer.area;
        let wide = usize::from(area.width);
        let line = usize::from(top.checked_sub(area.y)?) * wide;
        let from = line + usize::from(left.checked_sub(area.x)?);
        self.buffer.content.get_mut(from..line + wide)
    }

    /// Writes `text` from (`x`, `y`), cut hard at the right edge; returns the column after it.
    #[expect(clippy::disallowed_methods, reason = "one cell each: nothing that the width check could miss")]
    pub fn put(&mut self, x: u16, y: u16, text: &str, role: Option<Role>) -> u16 {
        if y >= self.area.height || x >= self.area.width {
            return x;
        }
        let style = self.styled(role);
        let room = usize::from(self.area.width - x);
        let (left, top) = (self.area.x + x, self.area.y + y);
        if text.is_ascii() || (self.glyphs == Glyphs::Unicode && text.chars().all(is_one_cell)) {
            // Each character is one cell: nobody has to look for graphemes.
            let Some(row) = self.row_from(left, top) else { return x };
            let mut end = x;
            for (cell, sign) in row.iter_mut().zip(text.chars().filter(|sign| !sign.is_control()).take(room)) {
                cell.set_char(sign).set_style(style);
                end += 1;
            }
            return end;
        }
        let (end, _) = if self.glyphs == Glyphs::Ascii {
            self.buffer.set_stringn(left, top, ascii(text), room, style)
        } else {
            self.buffer.set_stringn(left, top, text, room, style)
        };
        end - self.area.x
    }

    /// Writes `text` into `columns` cells, with an ellipsis where it is longer; returns the column after the cells.
    pub fn cell(&mut self, x: u16, y: u16, columns: u16, text: &str, role: Option<Role>) -> u16 {
        let room = columns.min(self.area.width.saturating_sub(x));
        let fitted = words::cut(text, usize::from(room), self.glyphs);
        self.put(x, y, &fitted, role);
        x.saturating_add(columns)
    }

    /// As `cell`, cut in the middle: for names.
    pub fn name(&mut self, x: u16, y: u16, columns: u16, text: &str, role: Option<Role>) -> u16 {
        let room = columns.min(self.area.width.saturating_sub(x));
        let fitted = words::cut_middle(text, usize::from(room), self.glyphs);
        self.put(x, y, &fitted, role);
        x.saturating_add(columns)
    }

    /// Writes pieces one after the other into at most `columns` cells, with an ellipsis where they are longer.
    pub fn pieces(&mut self, x: u16, y: u16, columns: u16, pieces: &[Piece<'_>]) -> u16 {
        let end = x.saturating_add(columns).min(self.area.width);
        let mut at = x;
        for (text, role) in pieces {
            if at >= end {
                break;
            }
            let room = end - at;
            let fitted = words::cut(text, usize::from(room), self.glyphs);
            at = self.put(at, y, &fitted, *role);
        }
        at
    }

    /// Writes `text` so that it ends before column `end`; returns the column where it begins. Nothing when it does not fit.
    pub fn right(&mut self, end: u16, y: u16, text: &str, role: Option<Role>) -> u16 {
        let end = end.min(self.area.width);
        let wide = u16::try_from(text.width()).unwrap_or(u16::MAX);
        let Some(x) = end.checked_sub(wide) else { return end };
        self.put(x, y, text, role);
        x
    }

    /// Writes `text` over as many lines as it needs, at most `rows`; returns how many it took.
    pub fn text(&mut self, x: u16, y: u16, columns: u16, rows: u16, text: &str, role: Option<Role>) -> u16 {
        let room = columns.min(self.area.width.saturating_sub(x));
        let lines = words::lines(text, usize::from(room));
        let mut taken = 0;
        for (row, line) in (0..rows).zip(&lines) {
            taken = row + 1;
            if taken == rows && lines.len() > usize::from(rows) {
                let rest = lines.iter().skip(usize::from(row)).map(String::as_str).collect::<Vec<_>>().join(" ");
                self.cell(x, y + row, room, &rest, role);
            } else {
                self.put(x, y + row, line, role);
            }
        }
        taken
    }

    /// The same sign, one cell wide, in each of `columns` cells.
    #[expect(clippy::disallowed_methods, reason = "our own lines, one cell each")]
    fn across(&mut self, x: u16, y: u16, columns: u16, sign: &'static str, role: Option<Role>) {
        let style = self.styled(role);
        for at in (x..self.area.width).take(usize::from(columns)) {
            if let Some(cell) = self.buffer.cell_mut((self.area.x + at, self.area.y + y)).filter(|_| y < self.area.height) {
                cell.set_symbol(sign).set_style(style);
            }
        }
    }

    /// A horizontal line over the whole width, with `title` after one cell and `note` before the last.
    pub fn rule(&mut self, y: u16, title: &str, note: &str, focus: bool) {
        self.across(0, y, self.area.width, self.glyphs.rule(), None);
        self.titles(y, title, note, focus.then_some(Role::Focus));
    }

    fn titles(&mut self, y: u16, title: &str, note: &str, role: Option<Role>) {
        let edge = self.area.width.saturating_sub(1);
        let mut room = edge.saturating_sub(1);
        if !note.is_empty() && words::width(title) + words::width(note) + 8 <= usize::from(self.area.width) {
            let start = self.right(edge, y, &format!(" {note} "), None);
            room = start.saturating_sub(1);
        }
        if !title.is_empty() {
            let fitted = words::cut(title, usize::from(room.saturating_sub(2)), self.glyphs);
            self.put(1, y, &format!(" {fitted} "), role);
        }
    }

    /// A box around the whole canvas with `title` and `note` in its upper line; returns what is inside.
    pub fn boxed(&mut self, weight: Weight, title: &str, note: &str, focus: bool) -> Canvas<'_> {
        let (columns, rows) = (self.area.width, self.area.height);
        let role = match weight {
            Weight::Light => None,
            Weight::Double => Some(Role::Danger),
        };
        let border = self.glyphs.border(weight);
        if columns >= 2 && rows >= 2 {
            for (y, left, right) in [(0, border.top_left, border.top_right), (rows - 1, border.bottom_left, border.bottom_right)]
            {
                self.put(0, y, left, role);
                self.across(1, y, columns - 2, border.across, role);
                self.put(columns - 1, y, right, role);
            }
            for y in 1..rows - 1 {
                self.put(0, y, border.down, role);
                self.put(columns - 1, y, border.down, role);
            }
            self.part(1, 0, columns - 2, 1).titles(0, title, note, role.or_else(|| focus.then_some(Role::Focus)));
        }
        self.part(1, 1, columns.saturating_sub(2), rows.saturating_sub(2))
    }

    /// Marks a whole row as the one under the cursor.
    pub fn select(&mut self, y: u16) {
        if y < self.area.height {
            let style = self.theme.style(Role::Selected);
            self.buffer.set_style(Rect { y: self.area.y + y, height: 1, ..self.area }, style);
        }
    }

    /// Marks one cell as the one under the cursor.
    pub fn mark(&mut self, x: u16, y: u16) {
        if x < self.area.width && y < self.area.height {
            let style = self.theme.style(Role::Selected);
            self.buffer.set_style(Rect { x: self.area.x + x, y: self.area.y + y, width: 1, height: 1 }, style);
        }
    }

    /// A sign in its role.
    pub fn sign(&mut self, x: u16, y: u16, sign: Sign) -> u16 {
        self.put(x, y, self.glyphs.sign(sign), role_of(sign))
    }

    /// A state as sign and word in its role; returns the column after it.
    pub fn state(&mut self, x: u16, y: u16, columns: u16, state: &StateWord) -> u16 {
        let sign = sign_of(state.role).map_or("", |sign| self.glyphs.sign(sign));
        let gap = if sign.is_empty() { "" } else { " " };
        self.pieces(x, y, columns, &[(sign, tone(state.role)), (gap, None), (&state.word, tone(state.role))])
    }
}

/// The style role of a word's role; plain text has none.
#[must_use]
pub fn tone(role: role::Role) -> Option<Role> {
    match role {
        role::Role::Text => None,
        role::Role::Ok => Some(Role::Ok),
        role::Role::Fail => Some(Role::Fail),
        role::Role::Warn => Some(Role::Warn),
        role::Role::Unknown => Some(Role::Unknown),
        role::Role::Running => Some(Role::Running),
        role::Role::Idle => Some(Role::Idle),
        role::Role::Quiet => Some(Role::Quiet),
        role::Role::Age => Some(Role::Age),
        role::Role::Key => Some(Role::Key),
        role::Role::Heading => Some(Role::Heading),
    }
}

/// The sign of a word's role; plain text, keys, headings and ages have none.
#[must_use]
pub fn sign_of(role: role::Role) -> Option<Sign> {
    match role {
        role::Role::Ok => Some(Sign::Ok),
        role::Role::Fail => Some(Sign::Fail),
        role::Role::Warn => Some(Sign::Warn),
        role::Role::Unknown => Some(Sign::Unknown),
        role::Role::Running => Some(Sign::Running),
        role::Role::Idle => Some(Sign::Idle),
        role::Role::Quiet => Some(Sign::Quiet),
        role::Role::Text | role::Role::Age | role::Role::Key | role::Role::Heading => None,
    }
}

/// The role that goes with a sign; healthy and idle things have roles too, which `calm` leaves uncoloured.
#[must_use]
pub fn role_of(sign: Sign) -> Option<Role> {
    Some(match sign {
        Sign::Ok => Role::Ok,
        Sign::Fail => Role::Fail,
        Sign::Warn => Role::Warn,
        Sign::Unknown => Role::Unknown,
        Sign::Running => Role::Running,
        Sign::Idle => Role::Idle,
        Sign::Quiet => Role::Quiet,
    })
}

/// Text for a terminal that shows ASCII only: blocks of a trend and the sign of good have twins, whatever else is not ASCII
/// becomes as many `?` as it has cells.
fn ascii(text: &str) -> String {
    text.graphemes(true)
        .map(|grapheme| match grapheme {
            plain if plain.is_ascii() => plain.to_owned(),
            "▁" => "_".to_owned(),
            "…" | "▂" => ".".to_owned(),
            "▃" => ",".to_owned(),
            "▄" | "·" => "-".to_owned(),
            "▅" => "=".to_owned(),
            "▆" | "✓" => "+".to_owned(),
            "▇" => "*".to_owned(),
            "█" => "#".to_owned(),
            "✗" => "X".to_owned(),
            other => "?".repeat(other.width()),
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ui::theme::Colours;

    #[test]
    fn nothing_is_drawn_outside_a_part() {
        let theme = Theme::load("calm", Colours::Sixteen).unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 3));
        let mut canvas = Canvas::new(&mut buffer, Rect::new(0, 0, 400, 400), &theme, Glyphs::Unicode);
        let mut part = canvas.part(2, 1, 4, 1);
        part.put(0, 0, "漢字漢字漢字", None);
        part.put(0, 1, "below", None);
        part.put(9, 0, "right", None);
        part.boxed(Weight::Double, "a title", "note", true);
        canvas.part(20, 20, 5, 5).rule(0, "title", "note", true);
        let text: Vec<String> =
            (0..3).map(|y| (0..10).map(|x| buffer.cell((x, y)).unwrap().symbol().to_owned()).collect()).collect();
        assert_eq!(text.first().unwrap().trim(), "");
        assert_eq!(text.get(2).unwrap().trim(), "");
        assert!(text.get(1).unwrap().starts_with("  漢"));
    }

    #[test]
    fn ascii_keeps_the_cells() {
        assert_eq!(ascii("aé漢…"), "a???.");
    }
}
