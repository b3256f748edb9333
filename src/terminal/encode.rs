//! A frame as bytes: only what differs from the frame that the terminal shows, and nothing that a cell must not hold.
//!
//! The guard is the last of several walls (reliability.md 2.4): ratatui passes whatever `Cell::set_symbol` was given, and bidi
//! overrides even through its widgets. A cell that holds a control, an invisible or reordering character, or more bytes than a
//! grapheme may have becomes `?` and is counted.

#![expect(clippy::disallowed_methods, reason = "this is the guard that makes symbols safe")]

use std::io::{self, Write};

use ratatui::buffer::Buffer;

use super::{capability::Glyphs, paint::paint};
use crate::domain::text::{MAX_GRAPHEME_BYTES, is_unsafe};

/// The terminal shows nothing of a frame until it has all of it (where it knows how; others ignore this).
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
/// Plain style, and nothing on the screen.
const CLEAR: &[u8] = b"\x1b[0m\x1b[2J";

/// One whole picture of the screen.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// At the origin, as large as the terminal.
    pub buffer: Buffer,
    /// Clear, and write every cell: what the terminal shows is not known.
    pub repaint: bool,
}

/// Turns frames into bytes. Keeps the frame that was encoded last: the next one is told apart from it.
#[derive(Debug)]
pub struct Encoder {
    glyphs: Glyphs,
    shown: Option<Buffer>,
    replaced: u64,
}

impl Encoder {
    /// `glyphs`: with `Ascii` the guard lets nothing else through either.
    #[must_use]
    pub const fn new(glyphs: Glyphs) -> Self {
        Self { glyphs, shown: None, replaced: 0 }
    }

    /// What the terminal shows is not known any more: the next frame is written whole.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// Cells that held what a cell must not hold, since the start. Anything but 0 is a bug worth a line in the log.
    #[must_use]
    pub const fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Writes the frame inside a synchronized update; nothing at all where nothing changed.
    ///
    /// # Errors
    /// Those of `out`; what the terminal shows is then unknown, call [`Self::forget`].
    pub fn encode<W: Write>(&mut self, frame: Frame, out: &mut W) -> io::Result<()> {
        let Frame { mut buffer, repaint } = frame;
        self.replaced += guard(&mut buffer, self.glyphs);
        let (before, is_whole) = match self.shown.take() {
            Some(shown) if !repaint && shown.area == buffer.area => (shown, false),
            // Resized, or unknown: everything that is not blank, onto a cleared screen.
            Some(_) | None => (Buffer::empty(buffer.area), true),
        };
        let mut changes = before.diff_iter(&buffer).peekable();
        if is_whole || changes.peek().is_some() {
            out.write_all(BEGIN)?;
            if is_whole {
                out.write_all(CLEAR)?;
            }
            paint(changes, &buffer, out)?;
            out.write_all(END)?;
        }
        self.shown = Some(buffer);
        Ok(())
    }
}

/// Replaces what must not be drawn, and says how many cells that were. What ASCII cannot draw is replaced too, but not counted:
/// a name with an umlaut is no fault of ours.
fn guard(buffer: &mut Buffer, glyphs: Glyphs) -> u64 {
    let mut replaced = 0;
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if let [b' '..=b'~'] = symbol.as_bytes() {
            continue;
        }
        if !may_be_drawn(symbol) {
            cell.set_symbol("?");
            replaced += 1;
        } else if glyphs == Glyphs::Ascii {
            // The cut of a long name is the one sign that stands everywhere.
            let sign = if symbol == "…" { "~" } else { "?" };
            cell.set_symbol(sign);
        }
    }
    replaced
}

fn may_be_drawn(symbol: &str) -> bool {
    !symbol.is_empty() && symbol.len() <= MAX_GRAPHEME_BYTES && !symbol.chars().any(is_unsafe)
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    fn frame(lines: [&str; 2]) -> Frame {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        for (y, line) in (0..).zip(lines) {
            buffer.set_string(0, y, line, Style::new());
        }
        Frame { buffer, repaint: false }
    }

    fn bytes(encoder: &mut Encoder, frame: Frame) -> String {
        let mut out = Vec::new();
        encoder.encode(frame, &mut out).unwrap_or_default();
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn only_what_changed_is_written() {
        let mut encoder = Encoder::new(Glyphs::Unicode);
        let first = bytes(&mut encoder, frame(["checkout", "25%"]));
        assert!(first.starts_with("\x1b[?2026h\x1b[0m\x1b[2J\x1b[Hcheckout"), "{first:?}");
        assert!(first.ends_with("\x1b[?2026l"), "{first:?}");
        assert_eq!(bytes(&mut encoder, frame(["checkout", "25%"])), "");
        let change = bytes(&mut encoder, frame(["checkout", "50%"]));
        assert_eq!(change, "\x1b[?2026h\x1b[2H50\x1b[?2026l");
    }

    #[test]
    fn repaint_forget_and_another_size_write_it_whole() {
        let mut encoder = Encoder::new(Glyphs::Unicode);
        let whole = bytes(&mut encoder, frame(["a", "b"]));
        assert_eq!(bytes(&mut encoder, Frame { repaint: true, ..frame(["a", "b"]) }), whole);
        encoder.forget();
        assert_eq!(bytes(&mut encoder, frame(["a", "b"])), whole);
        let smaller = Frame { buffer: Buffer::with_lines(["a"]), repaint: false };
        assert!(bytes(&mut encoder, smaller).contains("\x1b[2J"));
    }

    #[test]
    fn a_cell_that_must_not_be_drawn_is_a_question_mark() {
        let mut encoder = Encoder::new(Glyphs::Unicode);
        let mut hostile = frame(["", ""]);
        let long = format!("a{}", "\u{301}".repeat(40));
        for (x, symbol) in (0..).zip(["\x1b[2J", "\u{9b}", "a\u{202e}", "\u{200b}", long.as_str(), "é", "─"]) {
            if let Some(cell) = hostile.buffer.cell_mut((x, 0)) {
                cell.set_symbol(symbol);
            }
        }
        let written = bytes(&mut encoder, hostile.clone());
        assert!(written.contains("?????é─"), "{written:?}");
        assert_eq!(encoder.replaced(), 5);
        let mut ascii = Encoder::new(Glyphs::Ascii);
        assert!(bytes(&mut ascii, hostile).contains("???????"));
        assert_eq!(ascii.replaced(), 5);
        assert!(bytes(&mut ascii, frame(["check…7f9c", "größe"])).contains("check~7f9c"));
    }
}
