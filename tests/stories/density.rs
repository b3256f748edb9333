//! The map of tenants: the worst of a cell wins, the cursor is a tenant, and nothing old is good.

use std::time::Duration;

use cutover::{
    app::{
        message::Message,
        place::{Place, place},
        state::Screen,
        view,
    },
    domain::source::SourceUpdate,
    terminal::input::{Input, Key},
};

use super::tenants::{pg, tenant, told, world};
use crate::world::{World, sick, start};

/// So many tenants; those of `bad` lose rows.
fn many(count: usize, bad: &[usize]) -> World {
    let mut world = world((0..count).map(|at| tenant(at, Some(if bad.contains(&at) { -1 } else { 0 }))).collect());
    world.keys("4").press(Key::Enter);
    world
}

fn map(world: &World) -> view::DensityView {
    view::tenant_window(&world.state, 10, 76).map.unwrap()
}

/// All signs that are in sight, gaps left out.
fn signs(world: &World) -> String {
    let text = map(world).lines.into_iter().flatten().map(|span| span.text).collect::<String>();
    text.chars().filter(|sign| *sign != ' ').collect()
}

fn cursor(world: &World) -> String {
    world.state.tenants.roster.cursor.as_ref().unwrap().tenant.to_string()
}

#[test]
fn one_sign_stands_for_many_and_the_worst_wins() {
    let mut world = many(10_000, &[137, 9_999]);
    assert_eq!(place(&world.state), Place::Tenants);
    world.keys("z");
    assert_eq!((place(&world.state), map(&world).share), (Place::Map, 50));
    let signs = signs(&world);
    assert_eq!(signs.chars().count(), 200, "10,000 in cells of 50");
    assert_eq!(signs.match_indices('✗').map(|(at, _)| signs[..at].chars().count()).collect::<Vec<_>>(), [2, 199]);
    assert_eq!(signs.chars().filter(|sign| *sign == '.').count(), 198);
    assert_eq!(map(&world).here, "t-00100 .. t-00149: 1 fail, 49 green", "it opens where the list's cursor was");
    world.keys("z");
    assert_eq!(place(&world.state), Place::Tenants);
}

#[test]
fn arrows_walk_cells_and_lines_and_the_cursor_stands_on_the_worst_of_the_cell() {
    let mut world = many(10_000, &[137, 205]);
    world.keys("zg");
    assert_eq!((map(&world).cursor, cursor(&world).as_str()), (Some((0, 0)), "t-00000"));
    world.keys("ll");
    assert_eq!((map(&world).cursor, cursor(&world).as_str()), (Some((0, 2)), "t-00137"));
    world.press(Key::Right).press(Key::Right);
    assert_eq!(cursor(&world), "t-00205");
    world.keys("j");
    assert_eq!(map(&world).cursor, Some((1, 4)), "a line down");
    world.keys("kh");
    assert_eq!((map(&world).cursor, cursor(&world).as_str()), (Some((0, 3)), "t-00150"));
    world.keys("hhhhhh");
    assert_eq!(map(&world).cursor, Some((0, 0)), "it ends at the first");
    world.press(Key::End);
    assert_eq!(cursor(&world), "t-09950");
    assert_eq!(map(&world).cursor.map(|(_, column)| column), Some(59 + 5), "the gaps after each ten are counted");
}

#[test]
fn enter_zooms_to_one_and_opens_it_and_esc_goes_the_same_way_back() {
    let mut world = many(10_000, &[137]);
    world.keys("z");
    for (share, count) in [(50, "t-00100 .. t-00149: 1 fail, 49 green"), (7, "t-00133 .. t-00139: 1 fail, 6 green")] {
        assert_eq!((map(&world).share, map(&world).here.as_str()), (share, count));
        world.press(Key::Enter);
    }
    assert_eq!((map(&world).share, map(&world).here.as_str()), (1, "t-00137: 1 fail"));
    let one = map(&world);
    assert!(one.below > 0 && one.lines.len() <= 10, "only lines in sight are made");
    world.press(Key::Enter);
    assert!(matches!(world.state.screen(), Screen::Tenant(key) if key.tenant.raw() == "t-00137"));
    for share in [1, 7, 50] {
        world.press(Key::Esc);
        assert_eq!(map(&world).share, share);
    }
    world.press(Key::Esc);
    assert_eq!((place(&world.state), cursor(&world).as_str()), (Place::Tenants, "t-00137"));
    world.press(Key::Esc);
    assert_eq!(*world.state.screen(), Screen::Overview);
}

#[test]
fn it_opens_as_fine_as_shows_all_at_once() {
    for (count, columns, rows, share) in
        [(300, 80, 24, 1), (2_000, 80, 24, 7), (10_000, 120, 36, 50), (10_000, 120, 40, 7), (10_000, 200, 50, 7)]
    {
        let mut world = many(count, &[]);
        world.tell(Message::Input(Input::Resize { columns, rows })).keys("z");
        assert_eq!(map(&world).share, share, "{count} on {columns}x{rows}");
    }
}

#[test]
fn problems_are_walked_on_the_map_too() {
    let mut world = many(10_000, &[137, 205, 8_000]);
    world.keys("z.");
    assert_eq!(cursor(&world), "t-00205");
    world.keys(".");
    assert_eq!((cursor(&world).as_str(), place(&world.state)), ("t-08000", Place::Map));
    let view = map(&world);
    let (line, column) = view.cursor.unwrap();
    let text: String = view.lines[line].iter().map(|span| span.text.as_str()).collect();
    assert_eq!(text.chars().nth(column), Some('✗'), "the cursor stands on its sign");
    world.keys(",,");
    assert_eq!(cursor(&world), "t-00137");
}

#[test]
fn what_nobody_has_seen_of_late_is_never_green() {
    let mut world = many(10_000, &[137]);
    world.keys("z");
    let health = sick(world.state.since_boot, Duration::from_secs(9_000), start());
    world.tell(Message::Source(SourceUpdate::Health { source: pg(), health }));
    let signs = signs(&world);
    assert!(!signs.contains('.') && signs.contains('?') && signs.contains('✗'), "{signs}");
    assert!(map(&world).here.ends_with("1 fail, 49 stale"), "{}", map(&world).here);
}

#[test]
fn few_or_no_tenants_and_one_that_vanishes_under_the_cursor() {
    let mut world = many(3, &[1]);
    world.keys("z");
    assert_eq!((signs(&world).as_str(), map(&world).share), (".✗.", 1));
    world.tell(told(vec![tenant(0, Some(0))]));
    assert_eq!((signs(&world).as_str(), map(&world).cursor), (".", None));
    world.keys("l");
    assert_eq!(cursor(&world), "t-00000");
    let mut world = many(0, &[]);
    world.keys("zljG").press(Key::Enter);
    assert_eq!(signs(&world), "");
    world.keys("f");
    assert_eq!(place(&world.state), Place::Map, "causes are a key of the list");
    world.keys("zf");
    assert!(world.state.tenants.grouped && place(&world.state) == Place::Tenants);
}
