//! What holds for every picture at every size.

use std::time::Instant;

use cutover::{
    app::view,
    domain::{
        text::{DisplayText, is_unsafe},
        wrap::width,
    },
    ui::{
        glyph::Glyphs,
        screen,
        theme::{Colours, Theme},
    },
};
use ratatui::{buffer::Buffer, layout::Rect, style::Color};

use super::{
    draw, roles, scenes, text,
    world::{be, health, keys, list, nine, production, target},
};

#[test]
fn no_size_panics() {
    let theme = Theme::load("calm", Colours::True).unwrap();
    let widths = (1..=12).chain([20, 39, 40, 41, 59, 79, 80, 81, 99, 100, 101, 119, 120, 159, 160, 161, 200, 300]);
    let heights: Vec<u16> = (1..=12).chain([17, 18, 23, 24, 25, 36, 50, 100]).collect();
    let all = scenes::all();
    for columns in widths {
        for &rows in &heights {
            let area = Rect::new(0, 0, columns, rows);
            let mut buffer = Buffer::empty(area);
            for scene in &all {
                screen::draw(&scene.state, &theme, Glyphs::Unicode, area, &mut buffer);
            }
        }
    }
}

#[test]
fn an_area_larger_than_the_buffer_or_beside_it_is_cut() {
    let theme = Theme::load("calm", Colours::True).unwrap();
    for scene in scenes::all() {
        let mut buffer = Buffer::empty(Rect::new(3, 2, 50, 12));
        screen::draw(&scene.state, &theme, Glyphs::Unicode, Rect::new(0, 0, 120, 40), &mut buffer);
        screen::draw(&scene.state, &theme, Glyphs::Unicode, Rect::new(200, 200, 120, 40), &mut buffer);
    }
}

#[test]
fn ascii_mode_writes_ascii_only() {
    for scene in scenes::all() {
        for (columns, rows) in [(80, 24), (120, 36), (200, 50), (30, 8)] {
            for line in text(&draw(&scene.state, Glyphs::Ascii, columns, rows)) {
                assert!(line.is_ascii(), "{}/{} at {columns}x{rows}: {line}", scene.screen, scene.name);
            }
        }
    }
}

/// Nothing is said by colour alone: with every style taken away the state's word is on the row of its rollout.
#[test]
fn without_styles_every_state_word_is_on_its_row() {
    for scene in scenes::all()
        .into_iter()
        .filter(|scene| scene.screen == "overview" && scene.state.pane == cutover::app::state::Pane::Rollouts)
    {
        for (columns, rows) in [(80, 24), (120, 36), (200, 50), (60, 15)] {
            let lines = text(&draw(&scene.state, Glyphs::Ascii, columns, rows));
            let mut seen = 0;
            for row in &view::rollouts(&scene.state, 2_000).rows {
                let name: String = row.name.chars().take(12).collect();
                let begins = |line: &&String| line.trim_start_matches('|').get(2..).is_some_and(|rest| rest.starts_with(&name));
                for line in lines.iter().skip(2).filter(begins) {
                    assert!(line.contains(&row.state.word), "{} at {columns}x{rows}: {line}", scene.name);
                    seen += 1;
                }
            }
            let none = ["nothing-matches", "first-read"].contains(&scene.name);
            assert_eq!(seen == 0, none, "{} at {columns}x{rows}", scene.name);
        }
    }
}

/// The words that a person decides on are never cut away at any whole size.
#[test]
fn the_form_shows_phrase_and_button_at_every_whole_size() {
    let mut forms = 0;
    for scene in scenes::all() {
        let Some(view) = view::form(&scene.state).filter(|view| view.stage == view::FormStage::Ready) else { continue };
        forms += 1;
        for (columns, rows) in [(80, 24), (120, 36), (200, 50), (80, 18)] {
            let all = text(&draw(&scene.state, Glyphs::Unicode, columns, rows)).join("\n");
            assert!(all.contains(&view.phrase), "{}: phrase at {columns}x{rows}", scene.name);
            assert!(all.contains(&view.act.label), "{}: button at {columns}x{rows}", scene.name);
            assert!(all.contains("nothing has been sent"), "{} at {columns}x{rows}", scene.name);
        }
    }
    assert!(forms >= 8, "{forms}");
}

/// Without colours there are none, in any scene: signs, words and modifiers say everything.
#[test]
fn mono_has_no_colour_anywhere() {
    let theme = Theme::load("okabe", Colours::None).unwrap();
    let area = Rect::new(0, 0, 80, 24);
    for scene in scenes::all() {
        let mut buffer = Buffer::empty(area);
        screen::draw(&scene.state, &theme, Glyphs::Unicode, area, &mut buffer);
        let plain = |cell: &ratatui::buffer::Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
        assert!(buffer.content.iter().all(plain), "{}/{}", scene.screen, scene.name);
    }
}

/// Without colours a verdict is told by its word: no two share one.
#[test]
fn no_two_verdicts_look_alike_without_colours() {
    use cutover::domain::verdict::Verdict;
    let words: std::collections::BTreeSet<String> =
        Verdict::ALL.into_iter().map(|verdict| view::gates::verdict_word(verdict).word).collect();
    assert_eq!(words.len(), Verdict::ALL.len(), "{words:?}");
}

/// What is not live is never drawn in the colour of good, and its state word is one of the unknown.
#[test]
fn old_values_are_never_green() {
    for scene in scenes::all().into_iter().filter(|scene| ["stale", "lost"].contains(&scene.name)) {
        if !["overview", "detail", "why"].contains(&scene.screen) {
            continue;
        }
        for (columns, rows) in [(80, 24), (120, 36), (200, 50)] {
            let buffer = draw(&scene.state, Glyphs::Unicode, columns, rows);
            for (y, line) in roles(&buffer).iter().enumerate() {
                assert!(!line.contains(['g', 'G']), "{}/{} row {y}: {line}", scene.screen, scene.name);
            }
        }
    }
}

/// Foreign text reaches the cells only as `DisplayText` shows it, and takes no more cells than it has.
#[test]
fn hostile_names_and_messages_are_shown_as_what_they_are() {
    let hostile =
        "a\u{1b}[31m\u{1b}]52;c;AAAA\u{7}\r\u{202e}x\u{200b}\u{301}\u{301}\u{301}\u{301}\u{301}\u{9b}5n\u{2028}\u{e0041}漢字";
    let mut state = production();
    let mut all = nine();
    for (at, rollout) in all.iter_mut().enumerate() {
        rollout.id = target("shop", &format!("{at}{hostile}"));
        rollout.message = DisplayText::new(hostile);
        for hold in &mut rollout.holds {
            hold.native = DisplayText::new(hostile);
        }
    }
    list(&mut state, all);
    be(&mut state, health(500, Some(hostile)));
    for keys_pressed in ["", "w", "X", "9", "y"] {
        let mut state = state.clone();
        keys(&mut state, keys_pressed);
        for (columns, rows) in [(80, 24), (120, 36), (30, 8)] {
            let buffer = draw(&state, Glyphs::Unicode, columns, rows);
            for cell in &buffer.content {
                let symbol = cell.symbol();
                assert!(symbol.len() <= 32 && !symbol.chars().any(is_unsafe), "{keys_pressed}: {symbol:?}");
            }
            let seen = text(&buffer).concat().contains("\\x1b");
            assert!(seen || columns < 80 || keys_pressed == "y", "{keys_pressed} at {columns}x{rows}");
            assert!(text(&buffer).iter().all(|line| width(line) == usize::from(columns)), "{keys_pressed} at {columns}x{rows}");
        }
    }
}

/// The same state gives the same cells, whatever was in the buffer before.
#[test]
fn drawing_is_pure() {
    let all = scenes::all();
    let theme = Theme::load("okabe", Colours::Sixteen).unwrap();
    let area = Rect::new(0, 0, 100, 30);
    let mut used = Buffer::empty(area);
    for scene in &all {
        let mut fresh = Buffer::empty(area);
        screen::draw(&scene.state, &theme, Glyphs::Unicode, area, &mut fresh);
        screen::draw(&scene.state, &theme, Glyphs::Unicode, area, &mut used);
        assert_eq!(fresh, used, "{}/{}", scene.screen, scene.name);
    }
}

/// Only what is seen is drawn: a thousand rollouts cost about what nine cost. (Generous: the machine is shared.)
#[allow(clippy::disallowed_methods, reason = "a test that measures asks the system's clock")]
#[test]
fn a_thousand_rollouts_cost_what_nine_cost() {
    let all = scenes::all();
    let theme = Theme::load("calm", Colours::Sixteen).unwrap();
    let area = Rect::new(0, 0, 200, 50);
    let cost = |name: &str| {
        let scene = all.iter().find(|scene| scene.screen == "overview" && scene.name == name).unwrap();
        let mut buffer = Buffer::empty(area);
        let measure = |buffer: &mut Buffer| {
            let start = Instant::now();
            for _ in 0..10 {
                screen::draw(&scene.state, &theme, Glyphs::Unicode, area, buffer);
            }
            start.elapsed()
        };
        (0..7).map(|_| measure(&mut buffer)).min().unwrap()
    };
    let (nine, thousand) = (cost("nine"), cost("thousand"));
    assert!(thousand < nine * 10, "nine {nine:?}, thousand {thousand:?}");
}

/// However long the answer, the reason and the read-backs are: what the page says last stands on it.
#[test]
fn the_in_doubt_page_keeps_its_last_line() {
    for scene in scenes::all().iter().filter(|scene| scene.screen == "in-doubt") {
        for words in [1, 12, 30] {
            for read_backs in [0, 1, 3] {
                for errors in [false, true] {
                    let state = scenes::with_long_answer(&scene.state, words, read_backs, errors);
                    for (columns, rows) in [(80, 24), (100, 24), (120, 36)] {
                        let lines = text(&draw(&state, Glyphs::Unicode, columns, rows));
                        let all = lines.join("\n");
                        let words_of = all.replace('║', " ").split_whitespace().collect::<Vec<_>>().join(" ");
                        let wanted = ["pause and roll back stay available", "leave open, hand over", "═══╝"];
                        assert!(wanted.iter().all(|part| words_of.contains(part)), "{words} {read_backs} {errors}\n{all}");
                    }
                }
            }
        }
    }
}
