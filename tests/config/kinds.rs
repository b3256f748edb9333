//! Kinds of source that declare themselves: every shape, and keys of another kind.

use std::{path::Path, time::Duration};

use cutover::config::{
    ConfigError, SecretRef,
    keys::{Fallback, Key, Shape},
    kind::{Fault, SourceKind, Values},
    parse,
    settings::SourceSettings,
};

const fn key(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, fallback: Fallback::Unset { then: "nothing", example: "0" }, why: "made up" }
}

const LAKE: SourceKind = SourceKind {
    word: "lake",
    why: "A made-up system.",
    example: "water",
    interval: "\"1m\"",
    stale_after: "\"5m\"",
    keys: &[
        key("address", Shape::Url),
        key("token", Shape::Secret),
        Key { fallback: Fallback::Value("2"), ..key("depth", Shape::Number { least: 1, most: 9 }) },
        key("fish", Shape::Map),
        key("list", Shape::Texts),
        key("cold", Shape::Flag),
        key("wait", Shape::Duration),
    ],
    check: |values| {
        let odd = |name: &String| name.starts_with('x');
        let fish = values.map("fish").into_iter().flat_map(|map| map.keys());
        let mut faults: Vec<Fault> = fish
            .enumerate()
            .filter(|(_, name)| odd(name))
            .map(|(at, _)| Fault::new("fish", "an odd fish", "throw it back").at(at))
            .collect();
        let list = values.texts("list").iter().enumerate().filter(|(_, name)| odd(name));
        faults.extend(list.map(|(at, _)| Fault::new("list", "an odd item", "take it out").at(at)));
        faults
    },
};

const HILL: SourceKind = SourceKind { word: "hill", keys: &[key("height", Shape::Text)], check: |_| Vec::new(), ..LAKE };

fn read(lines: &str) -> Result<SourceSettings, ConfigError> {
    let text = format!("[environments.e]\n[sources.s]\nenvironment = \"e\"\n{lines}\n");
    parse(&text, Path::new("c.toml"), None, &[], &[&LAKE, &HILL]).map(|settings| settings.sources[0].clone())
}

fn values(lines: &str) -> Values {
    read(&format!("kind = \"lake\"\n{lines}")).unwrap_or_else(|error| panic!("{error}")).values
}

#[test]
fn every_shape_is_read() {
    let all = values(
        "address = \"https://h:1/p/\"\ntoken = \"env:T\"\ndepth = 0x7\nfish = { eel = \"long\", cod = \"big\" }\nlist = [\"a\"]\ncold = true\nwait = \"3s\"",
    );
    assert_eq!(all.text("address"), Some("https://h:1/p"));
    assert_eq!(all.secret("token"), Some(&SecretRef::Env("T".into())));
    assert_eq!(all.number("depth"), Some(7));
    assert_eq!(all.map("fish").unwrap().keys().map(String::as_str).collect::<Vec<_>>(), ["cod", "eel"]);
    assert_eq!(
        (all.texts("list"), all.flag("cold"), all.duration("wait")),
        (&["a".to_owned()][..], true, Some(Duration::from_secs(3)))
    );
    let none = values("");
    assert_eq!((none.number("depth"), none.map("fish"), none.text("address")), (Some(2), None, None), "only defaults");
}

#[test]
fn a_kind_has_its_own_pauses() {
    let settings = read("kind = \"lake\"").unwrap();
    assert_eq!((settings.interval, settings.stale_after), (Duration::from_secs(60), Duration::from_secs(300)));
}

/// What is written, and what is told of it.
#[test]
fn each_shape_tells_its_mistake() {
    for (line, told) in [
        ("address = \"ftp://h\"", "is no http or https address"),
        ("address = \"h:80\"", "`address` is no address"),
        ("address = \"https://\"", "`address` is no address"),
        ("address = \"https://me:CANARY@h/\"", "holds a user or a password"),
        ("address = \"https://h/?token=CANARY\"", "holds a query"),
        ("token = \"CANARY\"", "`token` is no reference"),
        ("depth = 0", "`depth` is 0, out of range"),
        ("depth = -1", "write 1 to 9"),
        ("depth = \"2\"", "expected a whole number"),
        ("depth = 99999999999999999999", "`depth` is a number, expected a whole number"),
        ("fish = \"cod\"", "expected a table of strings"),
        ("fish = { cod = 1 }", "`fish` holds a number"),
        ("fish = { cod = \"\" }", "holds an empty name or value"),
        ("fish = { cod = \"a\", xcod = \"b\" }", "an odd fish"),
        ("list = [\"a\", \"xb\"]", "an odd item"),
        ("height = \"9\"", "it is a key of kind hill, and this source is of kind lake"),
        ("depht = 3", "depth"),
        ("password = \"CANARY\"", "say where it is, token = \"env:NAME\""),
    ] {
        let error = read(&format!("kind = \"lake\"\n{line}")).expect_err(line);
        assert_eq!(error.problems.len(), 1, "{line}: {error}");
        let text = error.to_string();
        assert!(text.contains(told), "{line} tells:\n{text}");
        assert!(!text.contains("CANARY"), "{line} shows a secret:\n{text}");
    }
}

#[test]
fn the_place_of_an_item_is_shown() {
    let text = read("kind = \"lake\"\nlist = [\"a\", \"xb\"]").unwrap_err().to_string();
    assert!(text.contains("c.toml:5:14"), "{text}");
    let text = read("kind = \"lake\"\nfish = { xcod = \"b\", ale = \"c\" }").unwrap_err().to_string();
    assert!(text.contains("c.toml:5:17"), "the second by name is the first in the file: {text}");
}

#[test]
fn without_a_kind_the_keys_of_all_are_known() {
    let error = read("height = \"1\"\ndepth = 3\nheigth = \"1\"").unwrap_err();
    let told: Vec<&str> = error.problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(told, ["[sources.s] has no `kind`", "unknown key `heigth` in [sources.s]"]);
}
