//! Each screen in each state at 80x24; overview, detail and form also at 120x36 and 200x50.

use cutover::ui::glyph::Glyphs;

use super::{check, scenes};

#[test]
fn every_scene_at_80x24() {
    for (screen, scene, picture) in scenes::all() {
        check(screen, scene, &picture, Glyphs::Unicode, 80, 24);
    }
}

#[test]
fn overview_detail_and_form_at_the_other_sizes() {
    for (screen, scene, picture) in scenes::all() {
        if matches!(
            (screen, scene),
            ("overview", "nine" | "stale" | "thousand")
                | ("detail", "waits")
                | ("form", "advance" | "advance-locked" | "roll-back")
        ) {
            check(screen, scene, &picture, Glyphs::Unicode, 120, 36);
            check(screen, scene, &picture, Glyphs::Unicode, 200, 50);
        }
    }
}

#[test]
fn the_same_in_ascii() {
    for (screen, scene, picture) in scenes::all() {
        if matches!(
            (screen, scene),
            ("overview", "nine" | "stale") | ("form", "advance") | ("in-doubt", "open") | ("detail", "waits")
        ) {
            check(screen, &format!("{scene}-ascii"), &picture, Glyphs::Ascii, 80, 24);
        }
    }
}

#[test]
fn smaller_than_a_screen() {
    let (_, _, overview) = scenes::all().remove(0);
    check("too-small", "collapsed", &overview, Glyphs::Unicode, 60, 15);
    check("too-small", "plain", &overview, Glyphs::Unicode, 30, 8);
}
