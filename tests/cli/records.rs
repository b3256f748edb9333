//! `doubt`, `audit`, `config`, `keys`: what is open, what was recorded, what is configured.

use cutover::{
    cli::{
        Exit,
        answer::{audit::ChainItem, config::ConfigSeen},
    },
    domain::{action::ActionId, operation::Operation, permit::RefusalCode},
    ledger::{book::AuditRow, entry::Resolution},
};

use super::world::{Fake, at, cutover, open, text};

const FIRST: &str = "0199e0c2-0000-7000-8000-0000003f9a21";
const SECOND: &str = "0199e0c2-0000-7000-8000-0000113f9a21";

fn row(seq: u64) -> AuditRow {
    AuditRow {
        seq,
        at: at("2026-11-21T09:40:00Z"),
        who: text("alice"),
        kind: "intent",
        what: text("advance shop/checkout 25 -> 50"),
        result: text(""),
        via: "command_line",
        action: Some(ActionId(FIRST.into())),
        hash: "ab".repeat(32),
        lines: Vec::new(),
    }
}

#[test]
fn doubt_lists_what_is_in_doubt_and_says_what_to_do() {
    let mut world = Fake::waiting();
    let ended = cutover(&world, "doubt list");
    assert_eq!((ended.exit, ended.out.as_str()), (Exit::Done, "nothing is in doubt\n"));
    world.input.book.in_doubt.push(open(FIRST, Operation::Advance));
    let ended = cutover(&world, "doubt list");
    assert_eq!(ended.exit, Exit::InDoubt);
    assert_eq!(
        ended.out,
        format!("{FIRST}  advance of k8s/shop/checkout by alice at 2026-11-21 09:40:00Z\n    sent, and no answer within 10 s\n")
    );
    assert!(ended.err.contains("cutover doubt resolve 3f9a21 --as applied|not-applied"), "{}", ended.err);
}

#[test]
fn doubt_is_resolved_by_the_end_of_its_identifier_when_only_one_has_it() {
    let mut world = Fake::waiting();
    world.input.book.in_doubt = vec![open(FIRST, Operation::Advance), open(SECOND, Operation::Pause)];
    let ended = cutover(&world, "doubt resolve 3f9a21 --as applied");
    assert_eq!(ended.exit, Exit::Usage);
    assert!(ended.err.contains(FIRST) && ended.err.contains(SECOND), "{}", ended.err);
    assert_eq!(cutover(&world, "doubt resolve zzz --as applied").exit, Exit::Usage);
    assert!(world.asked.lock().unwrap().resolved.is_empty());

    let ended = cutover(&world, "doubt resolve 113f9a21 --as not-applied --note seen");
    assert_eq!(ended.exit, Exit::Done);
    assert_eq!(ended.out, "pause of k8s/shop/checkout closed as not applied: recorded as alice #42\n");
    assert_eq!(world.asked.lock().unwrap().resolved, [(SECOND.to_owned(), Resolution::NotApplied, Some("seen".to_owned()))]);

    world.refuses = Some(RefusalCode::LedgerUnwritable);
    let ended = cutover(&world, "doubt resolve 113f9a21 --as applied");
    assert_eq!(ended.exit, Exit::Refused);
    assert!(ended.err.contains("stays in doubt"), "{}", ended.err);
}

#[test]
fn audit_shows_oldest_first_and_lines_as_they_are() {
    let mut world = Fake::waiting();
    assert_eq!(cutover(&world, "audit show").out, "nothing is recorded yet\n");
    world.page.rows = vec![row(3), row(2), row(1)];
    world.page.records = 3;
    world.page.head = Some("ab".repeat(32));
    let ended = cutover(&world, "audit show --limit 2");
    insta::assert_snapshot!(ended.out, @r"
    SEQ  TIME                  WHO    KIND    WHAT                            RESULT  VIA           ACTION
    2    2026-11-21 09:40:00Z  alice  intent  advance shop/checkout 25 -> 50  -       command_line  3f9a21
    3    2026-11-21 09:40:00Z  alice  intent  advance shop/checkout 25 -> 50  -       command_line  3f9a21

    3 records, head abababababab. Prove the chain with: cutover audit verify
    ");
    assert_eq!(cutover(&world, "audit show --json-lines").out, "{\"v\":1,\"seq\":0}\n{\"v\":1,\"seq\":1}\n");
    world.page.error = Some("Permission denied".into());
    let ended = cutover(&world, "audit show");
    assert_eq!(ended.exit, Exit::Unexpected);
    assert!(ended.err.contains("Permission denied"));
}

#[test]
fn audit_tail_shows_each_record_once() {
    let mut world = Fake::waiting();
    world.page.rows = vec![row(2), row(1)];
    *world.to_come.lock().unwrap() = vec![row(4), row(3)];
    let ended = cutover(&world, "audit tail");
    assert_eq!(ended.exit, Exit::Done);
    let shown: Vec<&str> = ended.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(shown, ["1", "2", "3", "4"]);
}

#[test]
fn a_broken_chain_ends_10() {
    let mut world = Fake::waiting();
    world.chains = vec![ChainItem { user: "alice".into(), records: 3, ok: true, head: Some("ab".into()), problems: Vec::new() }];
    let ended = cutover(&world, "audit verify");
    assert_eq!((ended.exit, ended.out.as_str()), (Exit::Done, "alice: ok, 3 records, head ab\n"));
    world.chains[0].ok = false;
    world.chains[0].problems = vec!["segment 1, record 2, byte 812: its hash is not what it holds".into()];
    let ended = cutover(&world, "audit verify some/dir");
    assert_eq!(ended.exit, Exit::ChainBroken);
    assert!(ended.out.contains("alice: BROKEN") && ended.out.contains("byte 812"), "{}", ended.out);
}

#[test]
fn config_check_ends_8_on_a_bad_file() {
    let mut world = Fake::waiting();
    world.config = ConfigSeen { path: "cutover.toml".into(), ..ConfigSeen::default() };
    let ended = cutover(&world, "config check");
    assert_eq!(
        (ended.exit, ended.out.as_str()),
        (Exit::Done, "cutover.toml does not exist: nothing is configured. Try: cutover demo\n")
    );
    assert_eq!(cutover(&world, "config path").out, "cutover.toml\n");
    world.config.exists = true;
    world.config.sources = vec!["k8s".into()];
    assert_eq!(cutover(&world, "config check").out, "cutover.toml is good: 0 environments, 1 source\n");
    world.config.problems = vec!["cutover.toml:3:1: unknown key kontext; did you mean context?".into()];
    let ended = cutover(&world, "config check");
    assert_eq!((ended.exit, ended.out.as_str()), (Exit::Config, ""));
    assert!(ended.err.contains("did you mean context?"));
}

#[test]
fn keys_are_a_table() {
    assert_eq!(cutover(&Fake::waiting(), "keys").out, "WHERE       KEY  DOES\neverywhere  ?    help\n");
}
