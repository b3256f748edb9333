//! Hostile text in many cells of many frames, through the encoder, into a real parser: what reaches the terminal is our own.
//!
//! `CUTOVER_HOSTILE` sets how many strings; the default is what a few seconds of a debug build allow.

use cutover::{
    domain::text::{DisplayText, is_unsafe},
    terminal::{
        capability::Glyphs,
        encode::{Encoder, Frame},
    },
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Style},
    text::Line,
    widgets::{Paragraph, Widget},
};

const DEFAULT: usize = 100_000;
const COLUMNS: u16 = 80;
const ROWS: u16 = 48;

/// Counts what must not be there.
#[derive(Default)]
struct Oracle {
    printed: u64,
    foreign: Vec<String>,
    hidden: u64,
}

impl vte::Perform for Oracle {
    fn print(&mut self, character: char) {
        self.printed += 1;
        self.hidden += u64::from(is_unsafe(character));
    }

    fn execute(&mut self, byte: u8) {
        self.foreign.push(format!("control {byte:#x}"));
    }

    fn csi_dispatch(&mut self, parameters: &vte::Params, intermediates: &[u8], ignore: bool, action: char) {
        let first = parameters.iter().next().and_then(|p| p.first().copied()).unwrap_or_default();
        let is_ours = match action {
            'H' | 'm' => intermediates.is_empty(),
            'J' => intermediates.is_empty() && first == 2,
            'h' | 'l' => intermediates == b"?" && first == 2026,
            _ => false,
        };
        if ignore || !is_ours {
            self.foreign.push(format!("CSI {intermediates:?} {parameters:?} {action}"));
        }
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, byte: u8) {
        self.foreign.push(format!("ESC {byte:#x}"));
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.foreign.push("OSC".into());
    }

    fn hook(&mut self, _: &vte::Params, _: &[u8], _: bool, _: char) {
        self.foreign.push("DCS".into());
    }
}

/// Text that wants to leave its cell.
fn hostile(random: &mut fastrand::Rng) -> String {
    const PIECES: [&str; 24] = [
        "\x1b[31m",
        "\x1b[2J",
        "\x1b]52;c;aGk=\x07",
        "\x1b]0;title\x1b\\",
        "\x1bP$q\x1b\\",
        "\u{9b}2J",
        "\u{9d}8;;x\u{9c}",
        "\r",
        "\n",
        "\x08",
        "\x07",
        "\x7f",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{200d}",
        "\u{feff}",
        "\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
        "\u{e0041}",
        "\u{fe0f}",
        "日本",
        "payments",
        "\u{2028}",
        "\u{e000}",
    ];
    let mut text = String::new();
    for _ in 0..random.usize(1..6) {
        match random.u8(0..4) {
            0 => text.push(random.char(..)),
            1 => text.push(random.char('a'..='z')),
            _ => text.push_str(random.choice(PIECES).unwrap_or_default()),
        }
    }
    text
}

#[test]
fn no_foreign_sequence_and_nothing_hidden_reaches_the_terminal() {
    let wanted = std::env::var("CUTOVER_HOSTILE").ok().and_then(|n| n.parse().ok()).unwrap_or(DEFAULT);
    let mut random = fastrand::Rng::with_seed(20_261_121);
    let mut encoder = Encoder::new(Glyphs::Unicode);
    let mut parser = vte::Parser::new();
    let mut oracle = Oracle::default();
    let (mut strings, mut bytes, mut guarded_in_clean) = (0, 0, 0);
    let mut out = Vec::new();
    while strings < wanted {
        let is_clean = random.bool();
        let before = encoder.replaced();
        let mut buffer = Buffer::empty(Rect::new(0, 0, COLUMNS, ROWS));
        for y in 0..ROWS {
            for x in [0, COLUMNS / 2] {
                let text = hostile(&mut random);
                strings += 1;
                let area = Rect::new(x, y, COLUMNS / 2, 1);
                if is_clean {
                    // The way in that the house allows.
                    Line::from(DisplayText::new(&text).to_string()).render(area, &mut buffer);
                } else {
                    // Every way in that it forbids.
                    match random.u8(0..3) {
                        0 => Line::from(text).render(area, &mut buffer),
                        1 => Paragraph::new(text).style(Style::new().fg(Color::Red)).render(area, &mut buffer),
                        _ => {
                            if let Some(cell) = buffer.cell_mut((x, y)) {
                                cell.set_symbol(&text);
                            }
                        }
                    }
                }
            }
        }
        out.clear();
        encoder.encode(Frame { buffer, repaint: random.u8(..) < 16 }, &mut out).expect("a Vec takes everything");
        if is_clean {
            guarded_in_clean += encoder.replaced() - before;
        }
        bytes += out.len();
        parser.advance(&mut oracle, &out);
    }
    assert_eq!(oracle.foreign, [""; 0], "of {strings} strings in {bytes} bytes");
    assert_eq!(oracle.hidden, 0, "of {strings} strings in {bytes} bytes");
    assert_eq!(guarded_in_clean, 0, "DisplayText let through what the guard had to stop");
    // The oracle looked at something, and the guard had something to do.
    assert!(oracle.printed > strings as u64 && encoder.replaced() > strings as u64 / 20);
}

#[test]
fn the_oracle_sees_what_it_must_see() {
    let mut oracle = Oracle::default();
    vte::Parser::new()
        .advance(&mut oracle, "a\x1b[5;5Hb\x1b[3q\x1b]52;c;x\x07\x1bP1$r\x1b\\\x1bc\u{202e}\x1b[?1049h\r".as_bytes());
    assert_eq!(oracle.hidden, 1);
    assert!(oracle.foreign.len() >= 6, "{:?}", oracle.foreign);
}
