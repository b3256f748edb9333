//! Pictures of the screen: text, and under it which role each cell has. `snapshots/<screen>/<scene>@<cols>x<rows>.snap`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

pub mod judged;
mod moments;
mod palette;
mod pictures;
mod rehearsed;
mod returned;
mod rules;
mod scenes;
mod world;

use std::fmt::Write as _;

use cutover::{
    app::state::AppState,
    ui::{
        glyph::Glyphs,
        screen,
        theme::{Role, Theme},
    },
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};

/// One letter a role, for the second block of a picture.
fn letter(role: Role) -> char {
    match role {
        Role::Ok => 'g',
        Role::Fail => 'f',
        Role::Warn => 'w',
        Role::Unknown => 'u',
        Role::Running => 'r',
        Role::Idle => 'i',
        Role::Quiet => 'q',
        Role::Selected => '#',
        Role::Focus => 't',
        Role::Danger => 'd',
        Role::BadgeDanger => 'b',
        Role::BadgeOther => 'e',
        Role::Key => 'k',
        Role::Age => 'a',
        Role::Heading => 'h',
    }
}

/// A theme whose colours are the roles themselves.
fn traced() -> Theme {
    Theme::of(|role| match role {
        Role::Selected => Style::new().add_modifier(Modifier::REVERSED),
        other @ (Role::Ok
        | Role::Fail
        | Role::Warn
        | Role::Unknown
        | Role::Running
        | Role::Idle
        | Role::Quiet
        | Role::Focus
        | Role::Danger
        | Role::BadgeDanger
        | Role::BadgeOther
        | Role::Key
        | Role::Age
        | Role::Heading) => Style::new().fg(Color::Indexed(u8::try_from(letter(other) as u32).unwrap())),
    })
}

fn draw(state: &AppState, glyphs: Glyphs, columns: u16, rows: u16) -> Buffer {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    // As after a resize: what is shown may rest on the size that the state knows.
    let state = AppState { columns, rows, ..state.clone() };
    screen::draw(&state, &traced(), glyphs, area, &mut buffer);
    buffer
}

/// The rows as text. The cell after a wide character is skipped, as a terminal does.
fn text(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    (0..area.height)
        .map(|y| {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..area.width {
                let symbol = buffer[(x, y)].symbol();
                if skip == 0 {
                    line.push_str(symbol);
                    skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
                } else {
                    skip -= 1;
                }
            }
            line
        })
        .collect()
}

/// The letters of the roles, row by row; `.` is the terminal's own style, a capital is a role under the cursor.
fn roles(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    (0..area.height)
        .map(|y| {
            (0..area.width)
                .map(|x| {
                    let cell = &buffer[(x, y)];
                    let selected = cell.modifier.contains(Modifier::REVERSED);
                    match (cell.fg, selected) {
                        (Color::Indexed(letter), false) => char::from(letter),
                        (Color::Indexed(letter), true) => char::from(letter).to_ascii_uppercase(),
                        (_, true) => '#',
                        (_, false) => '.',
                    }
                })
                .collect()
        })
        .collect()
}

/// The picture as it is kept: rows without trailing blanks, then the rows that have a role.
fn kept(buffer: &Buffer) -> String {
    let mut out = String::new();
    for line in text(buffer) {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push_str("--- roles\n");
    for (y, line) in roles(buffer).iter().enumerate() {
        let line = line.trim_end_matches('.');
        if !line.is_empty() {
            writeln!(out, "{:02} {line}", y + 1).unwrap();
        }
    }
    out
}

/// Compares with the picture on file.
fn check(screen: &str, scene: &str, state: &AppState, glyphs: Glyphs, columns: u16, rows: u16) {
    let buffer = draw(state, glyphs, columns, rows);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("{}/snapshots/{screen}", env!("CARGO_MANIFEST_DIR")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("{scene}@{columns}x{rows}"), kept(&buffer)));
}
