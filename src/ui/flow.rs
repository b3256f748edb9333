//! Lines of a view laid out: wrapped to a width with their roles, and shown from a scroll position.

use crate::app::{role, view};

use super::{
    canvas::{Canvas, Piece, tone},
    words,
};

/// A line that fits: its indent and its pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Laid {
    pub indent: u16,
    pub spans: Vec<(String, role::Role)>,
}

impl Laid {
    #[must_use]
    pub fn heading(text: &str, note: &str, columns: u16) -> Self {
        let mut spans = vec![(text.to_owned(), role::Role::Heading)];
        let gap = usize::from(columns).saturating_sub(words::width(text) + words::width(note) + 1);
        if !note.is_empty() && gap >= 2 {
            spans.push((" ".repeat(gap), role::Role::Text));
            spans.push((note.to_owned(), role::Role::Text));
        }
        Self { indent: 0, spans }
    }

    /// Draws it at row `y` after one cell of margin.
    pub fn draw(&self, canvas: &mut Canvas<'_>, x: u16, y: u16) {
        let pieces: Vec<Piece<'_>> = self.spans.iter().map(|(text, role)| (text.as_str(), tone(*role))).collect();
        let room = canvas.columns().saturating_sub(x + self.indent);
        canvas.pieces(x + self.indent, y, room, &pieces);
    }
}

/// `line` in as many lines of `columns` cells as it needs. A line that fits keeps its spaces; one that does not is broken
/// between words, and its continuation keeps the indent and two cells more.
#[must_use]
pub fn lay(line: &view::Line, columns: u16) -> Vec<Laid> {
    let room = usize::from(columns.saturating_sub(line.indent));
    let whole: usize = line.spans.iter().map(|span| words::width(&span.text)).sum();
    if whole <= room || room < 8 {
        let spans = line.spans.iter().map(|span| (span.text.clone(), span.role)).collect();
        return vec![Laid { indent: line.indent, spans }];
    }
    let mut out = Vec::new();
    let mut current = Laid { indent: line.indent, spans: Vec::new() };
    let mut used = 0;
    let flush = |current: &mut Laid, out: &mut Vec<Laid>| {
        let next = Laid { indent: line.indent + 2, spans: Vec::new() };
        out.push(std::mem::replace(current, next));
    };
    for (word, role, spaces) in tokens(line) {
        let room = |current: &Laid| usize::from(columns.saturating_sub(current.indent));
        let gap = if used > 0 { spaces } else { 0 };
        if used > 0 && used + gap + words::width(word) > room(&current) {
            flush(&mut current, &mut out);
            used = 0;
        } else if gap > 0 {
            push(&mut current, &" ".repeat(gap), role);
            used += gap;
        }
        let mut rest = word;
        while words::width(rest) > room(&current).saturating_sub(used) {
            let piece = words::head(rest, room(&current).saturating_sub(used));
            if piece.is_empty() {
                break;
            }
            push(&mut current, piece, role);
            rest = rest.get(piece.len()..).unwrap_or_default();
            flush(&mut current, &mut out);
            used = 0;
        }
        push(&mut current, rest, role);
        used += words::width(rest);
    }
    if !current.spans.is_empty() {
        out.push(current);
    }
    out
}

/// The words of a line with their roles, and how many spaces stand before each: columns stay columns on a line's first row.
fn tokens(line: &view::Line) -> Vec<(&str, role::Role, usize)> {
    let mut tokens = Vec::new();
    let mut spaces = 0;
    for span in &line.spans {
        for (at, word) in span.text.split(' ').enumerate() {
            spaces += usize::from(at > 0);
            if !word.is_empty() {
                tokens.push((word, span.role, spaces));
                spaces = 0;
            }
        }
    }
    tokens
}

fn push(laid: &mut Laid, text: &str, role: role::Role) {
    if text.is_empty() {
        return;
    }
    match laid.spans.last_mut() {
        Some((last, same)) if *same == role => last.push_str(text),
        _ => laid.spans.push((text.to_owned(), role)),
    }
}

/// Draws `lines` from line `scroll` on, never past the end, and says on the last row when there are more below.
pub fn scroll(canvas: &mut Canvas<'_>, x: u16, lines: &[Laid], scroll: usize) {
    let rows = usize::from(canvas.rows());
    let over = lines.len() > rows;
    let page = if over { rows.saturating_sub(1) } else { rows };
    let first = scroll.min(lines.len().saturating_sub(page));
    for (y, line) in (0..).zip(lines.iter().skip(first).take(page)) {
        line.draw(canvas, x, y);
    }
    if over && rows > 0 {
        let below = lines.len() - (first + page).min(lines.len());
        let note = match (first, below) {
            (0, below) => format!("{below} more below"),
            (above, 0) => format!("{above} more above"),
            (above, below) => format!("{above} above, {below} below"),
        };
        let (end, y) = (canvas.columns().saturating_sub(1), canvas.rows() - 1);
        canvas.right(end, y, &note, None);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_laid_line_is_wider_than_its_room() {
        let span = |text: &str, role| view::Span { text: text.to_owned(), role };
        let line = view::Line {
            indent: 3,
            spans: vec![
                span("waits for ", role::Role::Text),
                span("a-very-long-name-without-any-space-in-it", role::Role::Fail),
                span(" and more", role::Role::Text),
            ],
        };
        for columns in 0..120 {
            for laid in lay(&line, columns) {
                let wide: usize = laid.spans.iter().map(|(text, _)| words::width(text)).sum();
                assert!(columns < 11 || usize::from(laid.indent) + wide <= usize::from(columns), "{columns}: {laid:?}");
            }
        }
        let all: String =
            lay(&line, 20).iter().flat_map(|laid| laid.spans.iter()).map(|(text, _)| text.replace(' ', "")).collect();
        assert_eq!(all, "waitsfora-very-long-name-without-any-space-in-itandmore");
    }
}
