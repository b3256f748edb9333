//! Signs, bars and boxes, each in Unicode and in ASCII (ux.md 3.8). No emoji, no braille, no private-use signs.

/// Which set the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    Unicode,
    Ascii,
}

/// What a sign says; the word stands beside it always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Ok,
    Fail,
    Warn,
    Unknown,
    Running,
    Idle,
    Quiet,
}

/// The pieces of a box: corners clockwise from the top left, then the horizontal and the vertical line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Border {
    pub top_left: &'static str,
    pub top_right: &'static str,
    pub bottom_right: &'static str,
    pub bottom_left: &'static str,
    pub across: &'static str,
    pub down: &'static str,
}

/// Light for panes and level 2, double for level 3 and up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Light,
    Double,
}

impl Glyphs {
    #[must_use]
    pub fn sign(self, sign: Sign) -> &'static str {
        match (self, sign) {
            (Self::Unicode, Sign::Ok) => "✓",
            (Self::Ascii, Sign::Ok) => "+",
            (Self::Unicode, Sign::Fail) => "✗",
            (Self::Ascii, Sign::Fail) => "X",
            (_, Sign::Warn) => "!",
            (_, Sign::Unknown) => "?",
            (_, Sign::Running) => "~",
            (_, Sign::Idle) => "-",
            (_, Sign::Quiet) => "o",
        }
    }

    #[must_use]
    pub fn border(self, weight: Weight) -> Border {
        match (self, weight) {
            (Self::Unicode, Weight::Light) => {
                Border { top_left: "┌", top_right: "┐", bottom_right: "┘", bottom_left: "└", across: "─", down: "│" }
            }
            (Self::Unicode, Weight::Double) => {
                Border { top_left: "╔", top_right: "╗", bottom_right: "╝", bottom_left: "╚", across: "═", down: "║" }
            }
            (Self::Ascii, Weight::Light) => {
                Border { top_left: "+", top_right: "+", bottom_right: "+", bottom_left: "+", across: "-", down: "|" }
            }
            (Self::Ascii, Weight::Double) => {
                Border { top_left: "#", top_right: "#", bottom_right: "#", bottom_left: "#", across: "#", down: "#" }
            }
        }
    }

    /// The horizontal line between panes.
    #[must_use]
    pub fn rule(self) -> &'static str {
        self.border(Weight::Light).across
    }

    /// What stands for text that was cut out; one cell in Unicode, two in ASCII.
    #[must_use]
    pub fn ellipsis(self) -> &'static str {
        match self {
            Self::Unicode => "…",
            Self::Ascii => "..",
        }
    }

    /// A bar of `cells` for percentages 0-100: what there is, what is set and not there yet, and the rest.
    #[must_use]
    pub fn bar(self, actual: u32, set: u32, cells: u16) -> String {
        let (full, partial, empty) = match self {
            Self::Unicode => ('█', '▓', '░'),
            Self::Ascii => ('#', '>', '.'),
        };
        let filled = filled_cells(actual, cells);
        let reach = filled_cells(set, cells).max(filled);
        (0..cells)
            .map(|cell| match cell {
                cell if cell < filled => full,
                cell if cell < reach => partial,
                _ => empty,
            })
            .collect()
    }
}

/// Whether `sign` takes one cell by itself whatever stands beside it: ASCII, lines and blocks, our own signs.
#[must_use]
pub const fn is_one_cell(sign: char) -> bool {
    matches!(sign, '\0'..='\u{7f}' | '\u{2500}'..='\u{259f}' | '✓' | '✗' | '…')
}

/// Rounded; but something is never shown as nothing, nor almost all as all.
fn filled_cells(percent: u32, cells: u16) -> u16 {
    let percent = percent.min(100);
    let rounded = u16::try_from((percent * u32::from(cells) + 50) / 100).unwrap_or(cells);
    match percent {
        0 => 0,
        100 => cells,
        _ => rounded.clamp(1.min(cells), cells.saturating_sub(1).max(1.min(cells))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_one_cell_is_one_cell() {
        use unicode_segmentation::UnicodeSegmentation;
        use unicode_width::UnicodeWidthChar;
        for sign in (' '..='\u{2fff}').filter(|sign| is_one_cell(*sign) && !sign.is_control()) {
            assert_eq!(sign.width(), Some(1), "{sign:?}");
            // It never joins what stands before it.
            assert_eq!(format!("a{sign}{sign}").graphemes(true).count(), 3, "{sign:?}");
        }
    }

    #[test]
    fn bars_show_what_is_set_apart_from_what_is_there() {
        assert_eq!(Glyphs::Unicode.bar(25, 25, 12), "███░░░░░░░░░");
        assert_eq!(Glyphs::Unicode.bar(25, 50, 12), "███▓▓▓░░░░░░");
        assert_eq!(Glyphs::Ascii.bar(0, 5, 10), ">.........");
        assert_eq!(Glyphs::Ascii.bar(99, 99, 10), "#########.");
        assert_eq!(Glyphs::Ascii.bar(100, 100, 10), "##########");
        assert_eq!(Glyphs::Ascii.bar(150, 3, 4), "####");
        assert_eq!(Glyphs::Ascii.bar(50, 50, 0), "");
        assert_eq!(Glyphs::Ascii.bar(50, 50, 1), "#");
    }
}
