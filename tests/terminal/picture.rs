//! What our bytes paint is what the drawing library's own backend paints, frame after frame, and takes fewer bytes.

use cutover::terminal::{
    capability::Glyphs,
    encode::{Encoder, Frame},
};
use ratatui::{
    backend::CrosstermBackend,
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};

const COLUMNS: u16 = 40;
const ROWS: u16 = 8;

fn style(random: &mut fastrand::Rng, weight: Modifier) -> Style {
    const COLOURS: [Color; 19] = [
        Color::Reset,
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
        Color::Indexed(200),
        Color::Rgb(1, 2, 3),
    ];
    let mut style = Style::new();
    if random.bool() {
        style = style.fg(COLOURS[random.usize(..COLOURS.len())]);
    }
    if random.bool() {
        style = style.bg(COLOURS[random.usize(..COLOURS.len())]);
    }
    // Those that the emulator knows; of bold and dim it knows one at a time, so a run has one of them.
    for modifier in [weight, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED] {
        if random.u8(0..4) == 0 {
            style = style.add_modifier(modifier);
        }
    }
    style
}

/// A few words somewhere, in some style; wide glyphs and marks among them.
fn change(buffer: &mut Buffer, random: &mut fastrand::Rng, weight: Modifier) {
    const WORDS: [&str; 9] = ["checkout", "25%", " ", "x", "日本語", "e\u{301}", "─│", "soak 01:12:40", "        "];
    for _ in 0..random.usize(0..6) {
        let (x, y) = (random.u16(..COLUMNS), random.u16(..ROWS));
        let word = WORDS[random.usize(..WORDS.len())];
        buffer.set_stringn(x, y, word, (COLUMNS - x).into(), style(random, weight));
    }
}

fn cells(screen: &vt100::Screen) -> Vec<String> {
    let cell = |row, column| {
        screen.cell(row, column).map(|cell| {
            let contents = if cell.contents().is_empty() && !cell.is_wide_continuation() { " " } else { cell.contents() };
            let modes = (cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse());
            format!("{row},{column} {contents:?} {:?} {:?} {modes:?}", cell.fgcolor(), cell.bgcolor())
        })
    };
    (0..ROWS).flat_map(|row| (0..COLUMNS).filter_map(move |column| cell(row, column))).collect()
}

#[test]
fn paints_what_crossterm_paints_in_fewer_bytes() {
    crossterm::style::force_color_output(true);
    let area = Rect::new(0, 0, COLUMNS, ROWS);
    let (mut ours_total, mut theirs_total) = (0, 0);
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let weight = if seed % 2 == 0 { Modifier::BOLD } else { Modifier::DIM };
        let mut encoder = Encoder::new(Glyphs::Unicode);
        let mut ours = vt100::Parser::new(ROWS, COLUMNS, 0);
        let mut theirs = vt100::Parser::new(ROWS, COLUMNS, 0);
        let mut picture = Buffer::empty(area);
        let mut before = picture.clone();
        for frame in 0..40 {
            change(&mut picture, &mut random, weight);
            let mut bytes = Vec::new();
            encoder.encode(Frame { buffer: picture.clone(), repaint: false }, &mut bytes).expect("a Vec takes everything");
            ours.process(&bytes);

            let mut expected = Vec::new();
            ratatui::backend::Backend::draw(&mut CrosstermBackend::new(&mut expected), before.diff_iter(&picture))
                .expect("a Vec");
            theirs.process(&expected);
            before = picture.clone();
            let differs: Vec<_> = cells(ours.screen()).into_iter().zip(cells(theirs.screen())).filter(|(a, b)| a != b).collect();
            let (bytes_shown, expected_shown) = (String::from_utf8_lossy(&bytes), String::from_utf8_lossy(&expected));
            assert!(differs.is_empty(), "seed {seed} frame {frame}: {differs:?}\n{bytes_shown:?}\n{expected_shown:?}");
            if frame > 0 && !bytes.is_empty() {
                ours_total += bytes.len();
                theirs_total += expected.len();
            }
        }
    }
    assert!(ours_total * 10 < theirs_total * 8, "{ours_total} bytes against {theirs_total}");
}

#[test]
fn a_cursor_move_in_a_table_takes_no_more_than_the_library_would() {
    // Rows of 80, the selection reversed, moving down: what a key press costs (performance.md P5).
    let draw = |buffer: &mut Buffer, selected: u16| {
        for y in 0..ROWS {
            let style = if y == selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new().fg(Color::Red) };
            buffer.set_stringn(
                0,
                y,
                format!("{} checkout-{y}  25%  soak 01:12:40", if y == selected { '>' } else { ' ' }),
                40,
                style,
            );
        }
    };
    let area = Rect::new(0, 0, COLUMNS, ROWS);
    let mut encoder = Encoder::new(Glyphs::Unicode);
    let (mut ours, mut theirs) = (0, 0);
    let mut before = Buffer::empty(area);
    for selected in 0..ROWS {
        let mut buffer = Buffer::empty(area);
        draw(&mut buffer, selected);
        let mut bytes = Vec::new();
        encoder.encode(Frame { buffer: buffer.clone(), repaint: false }, &mut bytes).expect("a Vec");
        let mut expected = Vec::new();
        ratatui::backend::Backend::draw(&mut CrosstermBackend::new(&mut expected), before.diff_iter(&buffer)).expect("a Vec");
        before = buffer;
        if selected > 0 {
            ours += bytes.len();
            theirs += expected.len();
        }
    }
    assert!(ours <= theirs, "{ours} bytes against {theirs}");
}
