//! Which room may name which room and which crate (ARCHITECTURE.md, floors).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    scanner::{code_only, named_after, names_crate, without_tests},
    tree,
};

/// A room, the rooms it may name, and the crates it may not.
struct Room {
    name: &'static str,
    below: &'static [&'static str],
    banned: &'static [&'static str],
}

const SCREEN: &[&str] = &["ratatui", "crossterm"];
const PURE: &[&str] = &[
    "tokio",
    "ratatui",
    "crossterm",
    "kube",
    "k8s_openapi",
    "reqwest",
    "rustix",
    "clap",
    "tracing",
    "toml",
    "directories",
    "futures_util",
    "tower",
    "http",
    "signal_hook",
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
];

/// The floors, lowest first. Named beside one another on one floor: `app` reads the ledger's types (`Book`, `Resolution`)
/// and the terminal's `Input`; `cli` prints `ui`'s keymap; nothing else goes sideways. `cli` runs
/// over a port of its own that `runtime` fills, so `runtime` stands above it.
const ROOMS: &[Room] = &[
    Room { name: "domain", below: &[], banned: PURE },
    Room {
        name: "config",
        below: &["domain"],
        banned: &["tokio", "ratatui", "crossterm", "kube", "k8s_openapi", "clap", "tracing", "futures_util", "tower"],
    },
    // As the ledger does, it uses what of the configuration is not about settings: documents, problems, nearest names.
    Room {
        name: "plan",
        below: &["domain", "config"],
        banned: &["tokio", "ratatui", "crossterm", "kube", "k8s_openapi", "clap", "tracing", "futures_util", "tower"],
    },
    Room { name: "terminal", below: &["domain"], banned: &["kube", "k8s_openapi", "clap", "toml", "serde_json", "tower"] },
    Room {
        name: "ledger",
        below: &["domain", "config"],
        banned: &["ratatui", "crossterm", "kube", "k8s_openapi", "clap", "tower"],
    },
    Room { name: "backend", below: &["domain", "config"], banned: &["ratatui", "crossterm", "clap"] },
    Room { name: "app", below: &["domain", "config", "terminal", "ledger"], banned: PURE },
    Room {
        name: "operate",
        below: &["domain", "config", "ledger", "backend"],
        banned: &["ratatui", "crossterm", "kube", "k8s_openapi", "clap", "tower"],
    },
    Room {
        name: "ui",
        below: &["domain", "config", "terminal", "ledger", "app"],
        banned: &[
            "tokio",
            "kube",
            "k8s_openapi",
            "rustix",
            "clap",
            "tower",
            "futures_util",
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
        ],
    },
    Room {
        name: "cli",
        below: &["domain", "config", "plan", "terminal", "ledger", "backend", "app", "operate", "ui"],
        banned: SCREEN,
    },
    Room {
        name: "runtime",
        below: &["domain", "config", "plan", "terminal", "ledger", "backend", "app", "operate", "ui", "cli"],
        banned: &["kube", "k8s_openapi", "clap", "tower"],
    },
    Room { name: "lib", below: &[], banned: &[] },
    Room {
        name: "main",
        below: &["domain", "config", "plan", "terminal", "ledger", "backend", "app", "operate", "ui", "runtime", "cli"],
        banned: &["kube", "k8s_openapi", "ratatui", "crossterm", "tower"],
    },
];

fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// What is wrong with one file of a room.
fn violations(name: &str, path: &str, source: &str) -> Vec<String> {
    let Some(room) = room(name) else {
        return vec![format!("{path}: room `{name}` has no row in tests/architecture/floors.rs: say what it may name")];
    };
    let code = code_only(without_tests(source));
    let origin = if name == "main" { "cutover" } else { "crate" };
    let mut wrong = Vec::new();
    for named in named_after(&code, origin) {
        let is_room = self::room(&named).is_some();
        if is_room && named != name && !room.below.contains(&named.as_str()) {
            wrong.push(format!("{path}: `{name}` may not name room `{named}`"));
        }
    }
    for banned in room.banned {
        let seen = match banned.split_once("::") {
            Some((library, part)) => named_after(&code, library).contains(part),
            None => names_crate(&code, banned),
        };
        if seen {
            wrong.push(format!("{path}: `{name}` may not name crate `{banned}`"));
        }
    }
    wrong
}

#[test]
fn every_room_keeps_to_its_floor() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for source in tree::rust() {
        let Some(name) = source.room() else { continue };
        seen.insert(name.to_owned());
        wrong.extend(violations(name, &source.path, &source.text));
    }
    assert!(seen.len() > 8, "only these rooms were read: {seen:?}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The table itself has no circle: each room names only rooms that stand above it in the list.
#[test]
fn the_floors_have_no_circle() {
    for (at, room) in ROOMS.iter().enumerate() {
        for below in room.below {
            let place = ROOMS.iter().position(|other| other.name == *below);
            assert!(place.is_some_and(|place| place < at), "{} names {below}, which is not below it", room.name);
        }
    }
}

/// Folders of `backend` that are no system: all may stand on them, they know none.
const GROUND: &[&str] = &["web"];

/// Modules inside one room have no circle among its folders either: `backend/argo` and `backend/demo` know each other not.
#[test]
fn systems_do_not_know_each_other() {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in tree::rust() {
        let Some(inside) = source.path.strip_prefix("src/backend/") else { continue };
        let Some((system, _)) = inside.split_once('/') else { continue };
        let code = code_only(&source.text);
        for other in named_after(&code, "crate::backend").into_iter().chain(named_after(&code, "super::super")) {
            graph.entry(system.to_owned()).or_default().insert(other);
        }
    }
    for (system, named) in &graph {
        for other in graph.keys().filter(|other| *other != system && !GROUND.contains(&other.as_str())) {
            assert!(!named.contains(other), "backend/{system} names backend/{other}");
        }
    }
}

/// The check can fail.
#[test]
fn made_up_offenders_are_caught() {
    let cases = [
        ("domain", "use crate::{ui::theme, app};", 2),
        ("domain", "use tokio::time;", 1),
        ("domain", "fn f() { std::fs::read(p); }", 1),
        ("domain", "use std::{fmt, process::Command};", 1),
        ("app", "use ratatui::Frame;", 1),
        ("app", "use crate::backend::port::Source;", 1),
        ("app", "use crate::{ledger::book::Book, terminal::input::Input};", 0),
        ("ui", "use crate::{app::state::AppState, operate::engine};", 1),
        ("ui", "let x = kube::Client::try_default();", 1),
        ("backend", "use crate::app::message::Message;", 1),
        ("backend", "crossterm::terminal::size()", 1),
        ("operate", "use crate::{ledger::entry::Entry, backend::port::Driver};", 0),
        ("cli", "use ratatui::style::Color;", 1),
        ("main", "use cutover::{cli, runtime};", 0),
        ("config", "// use crate::ui;\nlet x = \"crate::ui::y\";", 0),
        ("helpers", "", 1),
    ];
    for (room, source, count) in cases {
        assert_eq!(violations(room, "made/up.rs", source).len(), count, "{room}: {source}");
    }
}
