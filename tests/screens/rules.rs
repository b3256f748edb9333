//! What holds for every picture at every size.

use cutover::ui::{
    glyph::Glyphs,
    picture::{self, Body},
    theme::{Colours, Theme},
};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{paint, scenes, text};

#[test]
fn no_size_panics() {
    let theme = Theme::load("calm", Colours::True).unwrap();
    let widths = (1..=20).chain([39, 40, 41, 59, 79, 80, 81, 99, 100, 101, 119, 120, 159, 160, 161, 200, 300]);
    let heights: Vec<u16> = (1..=12).chain([17, 18, 23, 24, 25, 36, 50, 100]).collect();
    for columns in widths {
        for &rows in &heights {
            for (_, _, scene) in scenes::all() {
                let area = Rect::new(0, 0, columns, rows);
                let mut buffer = Buffer::empty(area);
                picture::paint(&scene, &theme, Glyphs::Unicode, area, &mut buffer);
            }
        }
    }
}

#[test]
fn an_area_larger_than_the_buffer_or_beside_it_is_cut() {
    let theme = Theme::load("calm", Colours::True).unwrap();
    for (_, _, scene) in scenes::all() {
        let mut buffer = Buffer::empty(Rect::new(3, 2, 50, 12));
        picture::paint(&scene, &theme, Glyphs::Unicode, Rect::new(0, 0, 120, 40), &mut buffer);
        picture::paint(&scene, &theme, Glyphs::Unicode, Rect::new(200, 200, 120, 40), &mut buffer);
    }
}

#[test]
fn ascii_mode_writes_ascii_only() {
    for (screen, scene, picture) in scenes::all() {
        for (columns, rows) in [(80, 24), (120, 36), (200, 50), (30, 8)] {
            for line in text(&paint(&picture, Glyphs::Ascii, columns, rows)) {
                assert!(line.is_ascii(), "{screen}/{scene} at {columns}x{rows}: {line}");
            }
        }
    }
}

/// Nothing is said by colour alone: with every style taken away the state's word is on its row.
#[test]
fn without_styles_every_state_word_is_on_its_row() {
    for (screen, scene, picture) in scenes::all() {
        let Body::Overview { list: Some((window, _)), .. } = &picture.body else { continue };
        if picture.menu.is_some() {
            continue;
        }
        for (columns, rows) in [(80, 24), (120, 36), (200, 50), (60, 15)] {
            let lines = text(&paint(&picture, Glyphs::Ascii, columns, rows));
            let mut seen = 0;
            for row in &window.rows {
                let name: String = row.name.chars().take(6).collect();
                let begins = |line: &&String| line.trim_start_matches('|').get(2..).is_some_and(|rest| rest.starts_with(&name));
                for line in lines.iter().skip(2).filter(begins) {
                    let known =
                        window.rows.iter().filter(|other| other.name == row.name).any(|other| line.contains(&other.state.word));
                    assert!(known, "{screen}/{scene} at {columns}x{rows}: {line}");
                    seen += 1;
                }
            }
            assert!(seen > 0 || window.rows.is_empty(), "{screen}/{scene} at {columns}x{rows}");
        }
    }
}

/// The words that a person decides on are never cut at 80x24.
#[test]
fn the_form_shows_phrase_and_button_at_every_whole_size() {
    for (screen, scene, picture) in scenes::all() {
        let Body::Form(view) = &picture.body else { continue };
        if view.stage != cutover::app::view::FormStage::Ready {
            continue;
        }
        for (columns, rows) in [(80, 24), (120, 36), (200, 50), (80, 18)] {
            let all = text(&paint(&picture, Glyphs::Unicode, columns, rows)).join("\n");
            assert!(all.contains(&view.phrase), "{screen}/{scene}: phrase at {columns}x{rows}");
            assert!(all.contains(&view.act.label), "{screen}/{scene}: button at {columns}x{rows}");
            assert!(all.contains("nothing has been sent"), "{screen}/{scene} at {columns}x{rows}");
        }
    }
}
