//! Changed cells as few bytes.
//!
//! Ours instead of `CrosstermBackend::draw`, because a clock that ticks over a bad line costs what its frame costs: one combined
//! colour sequence instead of three, the 16 colours by their own short codes (which a 16-colour terminal also understands; it need
//! not know `38;5;n`), unchanged cells between two changes written again where that is shorter than moving, one reset at the end
//! only where something was set. Cursor positions stay absolute: a terminal that draws a glyph wider than we believe is right again
//! at the next one. A test holds the picture equal to the one that `CrosstermBackend` paints.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

/// Unchanged cells that are written again rather than jumped over. A jump takes at least six bytes.
const MAX_GAP: u16 = 5;

const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// How a cell looks.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Look {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    const fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }
}

/// Writes the changed cells of `buffer`, row by row from left to right, on a terminal in plain style; leaves it in plain style.
pub(super) fn paint<'a, W: Write>(
    changes: impl Iterator<Item = (u16, u16, &'a Cell)>,
    buffer: &Buffer,
    out: &mut W,
) -> io::Result<()> {
    let mut look = Look::PLAIN;
    // Where the next symbol lands, and whether that is certain: only ASCII does every terminal count as we do.
    let mut at: Option<(u16, u16)> = None;
    let mut is_certain = false;
    for (x, y, cell) in changes {
        if at != Some((x, y)) && !fill(at.filter(|_| is_certain), (x, y), look, buffer, out)? {
            match (x, y) {
                (0, 0) => out.write_all(b"\x1b[H")?,
                (0, _) => write!(out, "\x1b[{}H", y + 1)?,
                _ => write!(out, "\x1b[{};{}H", y + 1, x + 1)?,
            }
        }
        let wanted = Look::of(cell);
        if wanted != look {
            restyle(look, wanted, out)?;
            look = wanted;
        }
        out.write_all(cell.symbol().as_bytes())?;
        at = Some((x + 1, y));
        is_certain = cell.symbol().len() == 1;
    }
    if look != Look::PLAIN {
        out.write_all(b"\x1b[0m")?;
    }
    Ok(())
}

/// Writes the unchanged cells up to `to` again, if they are few, plain to write, and of the present style.
fn fill<W: Write>(at: Option<(u16, u16)>, to: (u16, u16), look: Look, buffer: &Buffer, out: &mut W) -> io::Result<bool> {
    let Some((from, row)) = at else { return Ok(false) };
    if row != to.1 || to.0 < from || to.0 - from > MAX_GAP {
        return Ok(false);
    }
    let between = || (from..to.0).map(|x| buffer.cell((x, row)));
    if !between().all(|cell| cell.is_some_and(|cell| cell.symbol().len() == 1 && Look::of(cell) == look)) {
        return Ok(false);
    }
    for cell in between().flatten() {
        out.write_all(cell.symbol().as_bytes())?;
    }
    Ok(true)
}

/// One sequence from one look to the other.
fn restyle<W: Write>(from: Look, to: Look, out: &mut W) -> io::Result<()> {
    let mut codes = String::with_capacity(24);
    // What is on can only be switched off all together (22 would end bold and dim both).
    let is_anew = !(from.modifier - to.modifier).is_empty() || to == Look::PLAIN;
    let from = if is_anew {
        codes.push_str("0;");
        Look::PLAIN
    } else {
        from
    };
    for (modifier, code) in MODIFIERS {
        if (to.modifier - from.modifier).contains(modifier) {
            // A String takes everything.
            let _ = write!(codes, "{code};");
        }
    }
    if to.fg != from.fg {
        codes.push_str(&colour(to.fg, 30));
    }
    if to.bg != from.bg {
        codes.push_str(&colour(to.bg, 40));
    }
    write!(out, "\x1b[{}m", codes.trim_end_matches(';'))
}

/// `base`: 30 for the foreground, 40 for the background.
fn colour(colour: Color, base: u8) -> String {
    let code = match colour {
        Color::Reset => 9,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        Color::Indexed(index) => return format!("{};5;{index};", base + 8),
        Color::Rgb(red, green, blue) => return format!("{};2;{red};{green};{blue};", base + 8),
    };
    format!("{};", base + code)
}
