//! Each screen in each state at 80x24; overview, detail and form also at 120x36 and 200x50.

use cutover::ui::glyph::Glyphs;

use super::{check, scenes};

#[test]
fn every_scene_at_80x24() {
    for scene in scenes::all() {
        check(scene.screen, scene.name, &scene.state, Glyphs::Unicode, 80, 24);
    }
}

#[test]
fn overview_detail_and_form_at_the_other_sizes() {
    for scene in scenes::all() {
        if matches!(
            (scene.screen, scene.name),
            ("overview", "nine" | "stale" | "thousand" | "whole" | "whole-blind-all")
                | ("detail", "waits" | "pods" | "planned")
                | ("alerts" | "gates", "list")
                | ("gate" | "tenant", "fails")
                | ("tenants", "failing" | "map" | "returned")
                | ("palette", "roll-back")
                | ("form", "advance" | "advance-locked" | "roll-back")
        ) {
            check(scene.screen, scene.name, &scene.state, Glyphs::Unicode, 120, 36);
            check(scene.screen, scene.name, &scene.state, Glyphs::Unicode, 200, 50);
        }
    }
}

#[test]
fn the_same_in_ascii() {
    for scene in scenes::all() {
        if matches!(
            (scene.screen, scene.name),
            ("overview", "nine" | "stale" | "whole")
                | ("gate", "fails")
                | ("alerts" | "gates", "list")
                | ("tenants", "failing" | "map" | "returned")
                | ("sources", "footprint")
                | ("palette", "roll-back" | "tenant")
                | ("form", "advance")
                | ("in-doubt", "open")
                | ("detail", "waits")
        ) {
            check(scene.screen, &format!("{}-ascii", scene.name), &scene.state, Glyphs::Ascii, 80, 24);
        }
    }
}

#[test]
fn smaller_than_a_screen() {
    let overview = scenes::all().remove(0).state;
    check("too-small", "collapsed", &overview, Glyphs::Unicode, 60, 15);
    for scene in scenes::all() {
        if matches!(
            (scene.screen, scene.name),
            ("form", "advance") | ("in-doubt", "chosen") | ("detail", "waits") | ("palette", "roll-back")
        ) {
            check("too-small", scene.screen, &scene.state, Glyphs::Unicode, 60, 15);
        }
    }
    check("too-small", "plain", &overview, Glyphs::Unicode, 30, 8);
}
