//! `doubt`, `audit`, `config`, `keys`: what is open, what was recorded, what is configured.

use cutover::{
    cli::Exit,
    domain::{operation::Operation, permit::RefusalCode},
    ledger::{Ledger, entry::Resolution},
};

use super::world::{Fake, alone, cutover, ledger, open, record};

const FIRST: &str = "0199e0c2-0000-7000-8000-0000003f9a21";
const SECOND: &str = "0199e0c2-0000-7000-8000-0000113f9a21";

#[test]
fn doubt_lists_what_is_in_doubt_and_says_what_to_do() {
    let mut world = Fake::waiting();
    let ended = cutover(&world, "doubt list");
    assert_eq!((ended.exit, ended.out.as_str()), (Exit::Done, "nothing is in doubt\n"));
    world.input.book.as_mut().unwrap().in_doubt.push(open(FIRST, Operation::Advance));
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
    world.input.book.as_mut().unwrap().in_doubt = vec![open(FIRST, Operation::Advance), open(SECOND, Operation::Pause)];
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
    let home = tempfile::tempdir().unwrap();
    assert_eq!(alone(home.path(), "audit show").out, "nothing is recorded yet\n");
    let ledger = ledger(home.path());
    for operation in [Operation::Advance, Operation::Pause, Operation::RollBack] {
        record(&ledger, operation);
    }
    let ended = alone(home.path(), "audit show --limit 2");
    assert_eq!(ended.exit, Exit::Done);
    let lines: Vec<&str> = ended.out.lines().collect();
    assert!(lines[0].starts_with("SEQ  TIME"), "{}", ended.out);
    assert!(lines[1].contains("deny") && lines[1].contains("pause"), "{}", ended.out);
    assert!(lines[2].contains("rollback") || lines[2].contains("roll back"), "{}", ended.out);
    assert!(ended.out.ends_with("3 records. Prove that none was changed with: cutover audit verify\n"), "{}", ended.out);

    let chain = ledger.chain_dirs()[0].join("seg-000001.jsonl");
    let on_disk = std::fs::read_to_string(&chain).unwrap();
    assert_eq!(alone(home.path(), "audit show --json-lines").out, on_disk);
    assert_eq!(alone(home.path(), "audit show --json-lines --limit 1").out, format!("{}\n", on_disk.lines().last().unwrap()));
    assert_eq!(alone(home.path(), "--demo audit show").out, "nothing is recorded yet\n", "the demo has its own");
}

/// A reader that goes away after some lines, and a record more with each wake-up.
struct Reader<'a> {
    text: String,
    lines: usize,
    ledger: &'a Ledger,
}

impl std::io::Write for Reader<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.text.lines().count() >= self.lines {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        self.text.push_str(std::str::from_utf8(bytes).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        record(self.ledger, Operation::Pause);
        Ok(())
    }
}

#[test]
fn audit_tail_shows_each_record_once_and_ends_when_nobody_reads() {
    let home = tempfile::tempdir().unwrap();
    let ledger = ledger(home.path());
    for _ in 0..12 {
        record(&ledger, Operation::Advance);
    }
    let mut out = Reader { text: String::new(), lines: 14, ledger: &ledger };
    let args = cutover::cli::Args::read(["cutover", "audit", "tail"]).unwrap();
    let around = cutover::config::Surroundings::made_up(Some(home.path()), None, &[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let exit = runtime.block_on(cutover::cli::run_alone(&args, &around, &[], &mut out, &mut Vec::new()));
    assert_eq!(exit, Some(Exit::Done));
    let shown: Vec<u64> = out.text.lines().map(|line| line.split_whitespace().next().unwrap().parse().unwrap()).collect();
    assert_eq!(shown, (3..=16).collect::<Vec<u64>>());
}

#[test]
fn a_broken_chain_ends_10() {
    let home = tempfile::tempdir().unwrap();
    let ended = alone(home.path(), "audit verify");
    assert_eq!((ended.exit, ended.out.as_str()), (Exit::Done, "no chain is there: nothing was ever recorded\n"));
    assert_eq!(alone(home.path(), "audit verify not/there").exit, Exit::Unexpected);
    let ledger = ledger(home.path());
    record(&ledger, Operation::Advance);
    record(&ledger, Operation::Pause);
    let ended = alone(home.path(), "audit verify");
    assert_eq!(ended.exit, Exit::Done, "{ended:?}");
    assert!(ended.out.contains(": ok, 2 records, 0 in doubt, head "), "{}", ended.out);

    let chain = ledger.chain_dirs()[0].join("seg-000001.jsonl");
    let forged = std::fs::read_to_string(&chain).unwrap().replacen("it moves by itself", "it moved by itself", 1);
    std::fs::write(&chain, forged).unwrap();
    let ended = alone(home.path(), "audit verify");
    assert_eq!(ended.exit, Exit::ChainBroken, "{ended:?}");
    assert!(ended.out.contains(": BROKEN"), "{}", ended.out);
    let dir = home.path().join(".local/state/cutover/ledger");
    std::fs::create_dir_all(home.path().join(".config/cutover")).unwrap();
    std::fs::write(home.path().join(".config/cutover/config.toml"), "nonsense = 1\n").unwrap();
    assert_eq!(alone(home.path(), &format!("audit verify {}", dir.display())).exit, Exit::ChainBroken, "needs no configuration");
    assert_eq!(alone(home.path(), "audit show").exit, Exit::Config);
}

#[test]
fn config_check_ends_8_on_a_bad_file() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".config/cutover/config.toml");
    let ended = alone(home.path(), "config check");
    assert_eq!(ended.exit, Exit::Done);
    assert_eq!(ended.out, format!("{} does not exist: nothing is configured. Try: cutover demo\n", file.display()));
    assert_eq!(alone(home.path(), "config path").out, format!("{}\n", file.display()));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "").unwrap();
    assert_eq!(alone(home.path(), "config check").out, format!("{} is good: 0 environments, 0 sources\n", file.display()));
    std::fs::write(&file, "\n[screeen]\n").unwrap();
    let ended = alone(home.path(), "config check");
    assert_eq!((ended.exit, ended.out.as_str()), (Exit::Config, ""));
    assert!(ended.err.contains("config.toml:2:") && ended.err.contains("screen"), "{}", ended.err);
}

#[test]
fn keys_are_those_of_the_screen() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(alone(home.path(), "keys").out, cutover::app::keycard::as_text());
}
