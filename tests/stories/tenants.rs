//! Ten thousand tenants: the worst first, found by words, and the cursor an identity.

use std::{sync::Arc, time::Duration};

use cutover::{
    app::{
        message::Message,
        role::Role,
        state::{Pane, Screen, SourceInfo},
        view,
    },
    domain::{
        id::{Name, SourceId},
        source::{SourceUpdate, Tells},
        tenant::{CheckKind, CheckResult, Tenant, TenantState, TenantTable},
        text::DisplayText,
    },
    terminal::input::{Input, Key},
    ui::{
        glyph::Glyphs,
        screen,
        theme::{Colours, Theme},
    },
};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::world::{World, moving, opening, rollouts, sick, start, well};

pub fn pg() -> SourceId {
    SourceId::new("pg")
}

/// `rows` of the clone less those of the source; below zero rows are lost.
pub fn tenant(at: usize, rows: Option<i64>) -> Tenant {
    let result = match rows {
        Some(0) => CheckResult::Pass,
        Some(_) => CheckResult::Fail(DisplayText::new("rows differ")),
        None => CheckResult::Unknown(DisplayText::new("lock_timeout")),
    };
    Tenant {
        id: Name::new(&format!("t-{at:05}")),
        name: None,
        checks: vec![(CheckKind::Rows, result)],
        rows,
        tables: Vec::new(),
        values: Vec::new(),
        told: None,
        cause: match rows {
            Some(0) => None,
            Some(_) => Some(DisplayText::new("rows lost")),
            None => Some(DisplayText::new("could not lock")),
        },
        note: DisplayText::new(""),
        checked: None,
        took: None,
    }
}

pub fn told(tenants: Vec<Tenant>) -> Message {
    Message::Source(SourceUpdate::Tenants(
        TenantTable {
            source: pg(),
            tenants: tenants.into_iter().map(Arc::new).collect(),
            columns: Vec::new(),
            require: vec![CheckKind::Rows],
            progress: None,
            footprint: DisplayText::new(""),
        }
        .into(),
    ))
}

/// A source of tenants that has not said anything.
pub fn nobody() -> World {
    let mut opening = opening(false);
    opening.sources.push(SourceInfo {
        id: pg(),
        kind: "postgres",
        environment: "prod-eu".to_owned(),
        stale_after: Duration::from_secs(3_600),
        tells: Tells { tenants: true, ..Tells::default() },
    });
    let mut world = World::new(opening);
    world.live().tell(rollouts(vec![moving("a")]));
    world
}

pub fn world(tenants: Vec<Tenant>) -> World {
    let mut world = nobody();
    answers(&mut world, tenants);
    world
}

/// The source of tenants answers.
pub fn answers(world: &mut World, tenants: Vec<Tenant>) {
    let health = well(world.state.since_boot, Duration::from_secs(1));
    world.tell(Message::Source(SourceUpdate::Health { source: pg(), health })).tell(told(tenants));
}

/// Five tenants: two lose rows, one is not known.
pub fn five() -> Vec<Tenant> {
    [Some(0), Some(-1), None, Some(-7), Some(0)].into_iter().enumerate().map(|(at, rows)| tenant(at, rows)).collect()
}

fn listed(world: &World) -> Vec<String> {
    view::tenant_window(&world.state, 40, 76).rows.into_iter().map(|row| row.id).collect()
}

fn selected(world: &World) -> Option<String> {
    view::tenant_window(&world.state, 40, 76).rows.into_iter().find(|row| row.selected).map(|row| row.id)
}

#[test]
fn the_page_lists_the_worst_first() {
    let mut world = world(five());
    world.keys("4").press(Key::Enter);
    assert_eq!(*world.state.screen(), Screen::Tenants);
    assert_eq!(listed(&world), ["t-00003", "t-00001", "t-00002", "t-00000", "t-00004"]);
    assert_eq!(selected(&world).as_deref(), Some("t-00003"));
}

#[test]
fn words_find_tenants_and_a_word_that_is_none_is_said() {
    let mut world = world(five());
    world.keys("4").press(Key::Enter);
    for (filter, found) in [
        ("rows<0", vec!["t-00003", "t-00001"]),
        ("state:fail", vec!["t-00003", "t-00001"]),
        ("!ok", vec!["t-00003", "t-00001", "t-00002"]),
        ("rows=?", vec!["t-00002"]),
        ("0004", vec!["t-00004"]),
        ("no-such-tenant", vec![]),
    ] {
        world.keys("/").keys(filter);
        assert_eq!(listed(&world), found, "{filter}");
        assert_eq!(selected(&world).as_deref(), found.first().copied(), "{filter}");
        world.press(Key::Enter).press(Key::Esc);
        assert_eq!(listed(&world).len(), 5, "{filter}");
    }
    world.keys("/rows<0").keys(" state:re");
    assert!(view::tenant_window(&world.state, 9, 76).remarks.iter().any(|line| line.spans[0].text.contains("no such state")));
    assert_eq!(listed(&world).len(), 2, "the word that can be read holds");
}

#[test]
fn the_cursor_stays_on_its_tenant_and_one_that_vanished_is_gone() {
    let mut world = world(five());
    world.keys("4").press(Key::Enter).keys("j");
    assert_eq!(selected(&world).as_deref(), Some("t-00001"));
    let worse = [Some(-9), Some(-1), None, Some(-7), Some(-3)].into_iter().enumerate();
    world.tell(told(worse.map(|(at, rows)| tenant(at, rows)).collect()));
    assert_eq!(listed(&world), ["t-00000", "t-00003", "t-00004", "t-00001", "t-00002"]);
    assert_eq!(selected(&world).as_deref(), Some("t-00001"));
    world.tell(told(vec![tenant(0, Some(0)), tenant(2, None)]));
    let rows = view::tenant_window(&world.state, 40, 76).rows;
    assert!(rows.iter().any(|row| row.id == "t-00001" && row.gone && row.selected), "{rows:?}");
    world.keys("k");
    assert!(!listed(&world).contains(&"t-00001".to_owned()));
}

#[test]
fn causes_count_their_tenants_and_enter_lists_them() {
    let mut world = world(five());
    world.keys("4").press(Key::Enter).keys("f");
    let causes = view::tenant_window(&world.state, 40, 76).causes.expect("causes");
    let said: Vec<_> = causes.iter().map(|row| (row.text.as_str(), row.count, row.state.word.as_str())).collect();
    assert_eq!(said, [("rows lost", 2, "FAIL"), ("could not lock", 1, "UNKNOWN")]);
    world.keys("j").press(Key::Enter);
    assert_eq!(listed(&world), ["t-00002"]);
    world.press(Key::Esc);
    assert_eq!((listed(&world).len(), world.state.screen()), (5, &Screen::Tenants));
    world.press(Key::Esc);
    assert_eq!(*world.state.screen(), Screen::Overview);
}

#[test]
fn dot_reaches_the_failing_tenant_from_anywhere_even_when_it_is_filtered_out() {
    let all = (0..10_000).map(|at| tenant(at, Some(if at == 4_417 { -1 } else { 0 }))).collect();
    let mut world = world(all);
    world.keys(".");
    let cursor = |world: &World| world.state.tenants.roster.cursor.as_ref().map(|key| key.tenant.raw().to_owned());
    assert_eq!((world.state.pane, cursor(&world).as_deref()), (Pane::Tenants, Some("t-04417")));
    world.press(Key::Enter).keys("/state:green").press(Key::Enter).keys("G");
    assert_eq!(cursor(&world).as_deref(), Some("t-09999"));
    world.keys(".");
    assert_eq!((selected(&world).as_deref(), world.state.screen()), (Some("t-04417"), &Screen::Tenants));
    assert_eq!(world.state.tenants.roster.filter.text(), "state:green", "the filter stays");
}

#[test]
fn old_tenants_are_never_good() {
    let mut world = world((0..100).map(|at| tenant(at, Some(0))).collect());
    world.keys("4").press(Key::Enter);
    world.wait(7_200, false);
    let window = view::tenant_window(&world.state, 40, 76);
    assert!(window.rows.iter().all(|row| row.old && row.state.word == "STALE"), "{:?}", window.rows[0]);
    assert!(window.heat.iter().all(|cell| cell.text == "?"));
    assert!(window.remarks.iter().any(|line| line.spans[0].text.contains("counts for nothing")));
}

#[test]
fn old_green_is_not_green_to_a_filter_either() {
    let mut world = world(five());
    world.keys("4").press(Key::Enter).keys("/state:green");
    assert_eq!(listed(&world), ["t-00000", "t-00004"]);
    world.wait(7_200, false);
    let nothing = listed(&world);
    assert!(nothing.iter().all(|id| selected(&world).as_ref() == Some(id)), "only what the cursor holds: {nothing:?}");
    world.press(Key::Enter).press(Key::Esc).keys("/state:stale");
    assert_eq!(listed(&world), ["t-00000", "t-00004"]);
    world.press(Key::Enter).press(Key::Esc).keys("/state:fail");
    assert_eq!(listed(&world), ["t-00003", "t-00001"], "what failed has not got better by silence");
    let health = well(world.state.since_boot, Duration::from_secs(1));
    world.press(Key::Enter).press(Key::Esc).keys("/state:green");
    assert_eq!(listed(&world).len(), 0);
    world.tell(Message::Source(SourceUpdate::Health { source: pg(), health }));
    assert_eq!(listed(&world), ["t-00000", "t-00004"], "as soon as it speaks again");
}

#[test]
fn w_says_why_the_tenant_under_the_cursor_is_as_it_is() {
    let mut world = world(five());
    world.keys("4");
    let said = |world: &World| world.state.said.as_ref().map(|said| said.text.clone()).unwrap_or_default();
    world.keys("w");
    assert_eq!(
        (said(&world).as_str(), world.state.screen()),
        ("t-00003 FAIL: rows -7; rows lost; rows rows differ", &Screen::Overview)
    );
    world.press(Key::Enter);
    assert!(view::footer(&world.state).iter().any(|hint| hint.key == "w"));
    world.keys("jjw");
    assert_eq!(said(&world), "t-00002 UNKNOWN: could not lock; rows lock_timeout");
    world.keys("jw");
    assert_eq!(said(&world), "t-00000 GREEN: every check that is asked for passes");
    world.wait(7_200, false).keys("w");
    assert_eq!(said(&world), "t-00000 STALE: pg is silent: what it told counts for nothing");
    world.tell(told(Vec::new())).keys("gw");
    assert!(said(&world).contains("no tenant is selected"), "{}", said(&world));
    assert!(view::footer(&world.state).iter().all(|hint| hint.key != "w"), "a key without a use is not offered");
}

#[test]
fn a_source_that_never_told_a_tenant_says_what_is_the_matter() {
    let mut world = nobody();
    let said = |world: &World| view::tenants_pane(&world.state, 2, 77).remarks[0].spans[0].text.clone();
    assert_eq!(said(&world), "pg has not answered yet; no tenant was read");
    let mut health = sick(world.state.since_boot, Duration::from_secs(9), start());
    health.last_ok = None;
    let why = health.failure.as_ref().map(|failure| failure.why.to_string()).unwrap_or_default();
    world.tell(Message::Source(SourceUpdate::Health { source: pg(), health }));
    assert_eq!(said(&world), format!("pg is lost since {}: {why}; no tenant was read", start().format("%H:%M:%SZ")));
    let page = view::tenant_window(&world.state, 9, 76).remarks[0].spans[0].text.clone();
    assert_eq!(page, said(&world), "pane and page say the same");
    let health = well(world.state.since_boot, Duration::from_secs(1));
    world.tell(Message::Source(SourceUpdate::Health { source: pg(), health }));
    assert_eq!(said(&world), "pg answers and has told of no tenant yet");
}

/// Two sources of tenants: the one that is gone takes its own along, and is not counted among what is known.
#[test]
fn a_silent_source_makes_no_other_sources_tenants_old() {
    let web = SourceId::new("web");
    let mut opening = opening(false);
    for id in [pg(), web.clone()] {
        let tells = Tells { tenants: true, ..Tells::default() };
        let stale_after = Duration::from_secs(60);
        opening.sources.push(SourceInfo { id, kind: "postgres", environment: "prod-eu".to_owned(), stale_after, tells });
    }
    let mut world = World::new(opening);
    world.live().tell(rollouts(vec![moving("a")]));
    let health = |world: &mut World, source: SourceId, ago: u64| {
        let health = well(world.state.since_boot, Duration::from_secs(ago));
        world.tell(Message::Source(SourceUpdate::Health { source, health }));
    };
    let Message::Source(SourceUpdate::Tenants(table)) = told(vec![tenant(7, Some(0)), tenant(8, None), tenant(9, Some(0))])
    else {
        panic!()
    };
    let table = TenantTable { source: web.clone(), ..(**table).clone() };
    health(&mut world, pg(), 1);
    health(&mut world, web.clone(), 1);
    world.tell(told(five())).tell(Message::Source(SourceUpdate::Tenants(table.into())));
    let pane = |world: &World| {
        let pane = view::tenants_pane(&world.state, 12, 77);
        let last: Vec<_> = pane.lines.last().unwrap().spans.iter().map(|span| (span.text.trim().to_owned(), span.role)).collect();
        let remarks: String = pane.remarks.iter().flat_map(|line| &line.spans).map(|span| span.text.clone()).collect();
        let old = pane.lines.iter().rev().skip(1).filter(|line| line.spans[0].role == Role::Age).count();
        (remarks, last, old)
    };
    let (remarks, last, old) = pane(&world);
    assert_eq!((remarks.as_str(), last.last().unwrap().0.as_str(), old), ("", "of 8", 0), "both tell");
    health(&mut world, web, 120);
    let (remarks, last, old) = pane(&world);
    assert!(remarks.starts_with("web is silent: what it told ") && remarks.ends_with(" counts for nothing"), "{remarks}");
    let words: Vec<&str> = last.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(words, ["8 rows lost", "✗ 2 fail", "? 1 unknown", "✓ 2 green", "of 5", "web: 3 old"]);
    assert_eq!((last[3].1, last[5].1, old), (Role::Text, Role::Age, 1), "only its own row is old");
    health(&mut world, pg(), 120);
    let (remarks, last, old) = pane(&world);
    assert!(remarks.starts_with("silent: pg ") && remarks.contains(", web "), "{remarks}");
    assert!(last.iter().all(|(_, role)| *role == Role::Age) && old == 4, "{last:?} {old}");
}

#[test]
fn the_counts_of_the_pane_are_one_line_and_lose_the_least_first() {
    let mut tenants = five();
    tenants.extend((5..9_000).map(|at| tenant(at, Some(0))));
    for (at, told) in [(9_000, TenantState::Running), (9_001, TenantState::OptedOut), (9_002, TenantState::Queued)] {
        tenants.push(Tenant { told: Some(told), ..tenant(at, Some(0)) });
    }
    let world = world(tenants);
    let counts = |room: usize| -> String {
        let pane = view::tenants_pane(&world.state, 2, room);
        pane.lines.last().expect("counts").spans.iter().map(|span| span.text.as_str()).collect()
    };
    let whole = "8 rows lost  ✗ 2 fail  ? 1 unknown  ~ 1 running  - 1 queued  o 1 opted out  ✓ 8997 green  of 9003";
    for (room, said) in [
        (200, whole),
        (whole.chars().count(), whole),
        (77, "8 rows lost  ✗ 2 fail  ? 1 unknown  ~ 1  - 1  o 1  ✓ 8997 green  of 9003"),
        (60, "8 rows lost  ✗ 2 fail  ? 1  ~ 1  - 1  o 1  ✓ 8997  of 9003"),
        (46, "8 rows lost  ✗ 2 fail  ? 1  ✓ 8997  of 9003"),
        (31, "8 rows lost  ✗ 2 fail  of 9003"),
        (3, "8 rows lost  ✗ 2 fail  of 9003"),
    ] {
        assert_eq!(counts(room), said, "{room}");
    }
}

#[test]
fn the_tenant_under_the_cursor_stands_first_in_the_pane() {
    let mut world = world(five());
    let first = |world: &World| {
        let pane = view::tenants_pane(&world.state, 2, 77);
        (pane.selected, pane.lines[0].spans[0].text.trim_end().to_owned())
    };
    assert_eq!(first(&world), (None, "✗ t-00003 rows -7 rows lost".to_owned()), "the keyboard is elsewhere");
    world.keys("4");
    assert_eq!(first(&world), (Some(0), "✗ t-00003 rows -7 rows lost".to_owned()));
    world.keys("j");
    assert_eq!(first(&world), (Some(0), "✗ t-00001 rows -1 rows lost".to_owned()));
    world.keys("G");
    assert_eq!(first(&world), (Some(0), "✓ t-00004".to_owned()), "one that nothing is the matter with, too");
    let high = view::tenants_pane(&world.state, 9, 40);
    assert!(high.selected.is_some_and(|at| high.lines[at].spans[0].text.contains("t-00004")), "{high:?}");
}

#[test]
fn ten_thousand_tenants_at_odd_sizes_under_any_keys_do_not_panic() {
    let some = |round: usize| -> Vec<Tenant> {
        let rows = |at: usize| match (at * 7 + round) % 11 {
            0 => None,
            1 => Some(-1),
            2 => Some(3),
            _ => Some(0),
        };
        (0..10_000).filter(|at| !(at + round).is_multiple_of(97)).map(|at| tenant(at, rows(at))).collect()
    };
    let mut world = world(some(0));
    world.keys("4").press(Key::Enter);
    let theme = Theme::load("calm", Colours::Sixteen).expect("a theme");
    let pool = ["j", "J", "G", "k", "f", ".", ",", "/", "<", "0", "g", "K", "z", "4", "s", "?", "w", " ", "!", "o"];
    let sizes = [(80, 24), (79, 23), (1, 1), (40, 10), (120, 36), (200, 50), (99, 7), (300, 11), (41, 90)];
    let mut dice: usize = 17;
    for round in 0..180 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        match (dice >> 33) % 26 {
            0 => world.press(Key::Enter),
            1 | 2 => world.press(Key::Esc),
            3 => world.press(Key::Backspace),
            4 if round % 4 == 0 => world.tell(told(some(round))),
            5 if round % 8 == 0 => world.tell(told(Vec::new())),
            other => world.keys(pool[other % pool.len()]),
        };
        if *world.state.screen() == Screen::Overview {
            world.keys("4").press(Key::Enter);
        }
        let (columns, rows) = sizes[round % sizes.len()];
        world.tell(Message::Input(Input::Resize { columns, rows }));
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        screen::draw(&world.state, &theme, Glyphs::Ascii, area, &mut buffer);
    }
}

fn page(world: &World) -> (String, String) {
    let page = view::page(&world.state).unwrap();
    let text = page.sections.iter().flat_map(|section| &section.lines).flat_map(|line| &line.spans);
    (page.title, text.map(|span| format!("{}\n", span.text)).collect())
}

#[test]
fn enter_opens_all_that_is_known_of_one_tenant_and_esc_comes_back_to_its_row() {
    let mut world = world(five());
    world.keys("4").press(Key::Enter).keys("j").press(Key::Enter);
    let (title, text) = page(&world);
    assert_eq!(title, "tenant > t-00001");
    for part in ["FAIL: rows differ", "rows lost", "-1 in the clone", "never", "its source tells of no table by itself"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(view::page(&world.state).unwrap().state.unwrap().word, "FAIL");
    world.press(Key::Esc);
    assert_eq!((world.state.screen().clone(), selected(&world).as_deref()), (Screen::Tenants, Some("t-00001")));
}

#[test]
fn problems_are_walked_from_page_to_page() {
    let mut world = world(five());
    world.keys("4").press(Key::Enter).press(Key::Enter);
    assert_eq!(page(&world).0, "tenant > t-00003");
    world.keys(".");
    assert_eq!(page(&world).0, "tenant > t-00001");
    world.keys(",");
    assert_eq!(page(&world).0, "tenant > t-00003");
    world.press(Key::Esc);
    assert_eq!(selected(&world).as_deref(), Some("t-00003"));
}

#[test]
fn the_page_of_a_tenant_that_went_says_so_and_is_never_green() {
    let mut world = world(five());
    world.keys("4").press(Key::Enter).keys("G").press(Key::Enter);
    assert_eq!(view::page(&world.state).unwrap().state.unwrap().word, "OK");
    world.tell(told(five().into_iter().take(4).collect()));
    let (_, text) = page(&world);
    assert!(text.contains("tells of it no more"), "{text}");
    assert_ne!(view::page(&world.state).unwrap().state.unwrap().role, cutover::app::role::Role::Ok);
    // A check that the source requires and nobody made is said, not left out.
    let mut bare = tenant(4, Some(0));
    bare.checks.clear();
    world.tell(told(five().into_iter().take(4).chain([bare]).collect()));
    assert!(page(&world).1.contains("required, and not made"));
    assert_ne!(view::page(&world.state).unwrap().state.unwrap().word, "OK");
}
