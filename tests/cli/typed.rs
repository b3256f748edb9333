//! What can be typed, and what is said about what can not.

use cutover::cli::{Args, Exit, args::Spoken, command::Command};

fn read(line: &str) -> Result<Args, Spoken> {
    Args::read(std::iter::once("cutover").chain(line.split_whitespace()))
}

#[test]
fn the_definition_is_sound() {
    Args::clap().debug_assert();
}

#[test]
fn help_has_examples_first_and_every_exit_code() {
    for line in ["--help", "advance --help", "status --help", "rollback --help"] {
        let Spoken { text, exit } = read(line).unwrap_err();
        assert_eq!(exit, Exit::Done, "{line}");
        let examples = text.find("Examples:").unwrap_or_else(|| panic!("{line}: {text}"));
        assert!(examples < text.find("Usage:").unwrap(), "{line}: {text}");
        for exit in Exit::ALL {
            assert!(text.contains(&format!("{:>3}  {}", exit.code(), exit.meaning())), "{line}: {exit:?} in {text}");
        }
    }
}

#[test]
fn wrong_usage_ends_2() {
    for line in [
        "advence checkout",
        "advance",
        "advance checkout --yes",
        "resume checkout --yes",
        "rollback checkout --yes --reason x",
        "advance checkout --to 101",
        "advance checkout --timeout 5",
        "pause checkout --yes --confirm pause",
        "rollback checkout --confirm checkout",
        "status --json --plain",
        "doubt resolve x",
        "doubt resolve x --as maybe",
        "demo --speed 601",
        "status --seed 3",
        "schema nothing",
        "advance checkout --force",
    ] {
        match read(line) {
            Ok(args) => panic!("{line}: {args:?}"),
            Err(spoken) => assert_eq!(spoken.exit, Exit::Usage, "{line}: {}", spoken.text),
        }
    }
}

#[test]
fn global_options_go_before_and_after_the_command() {
    for line in ["--context prod -n shop status --json", "status --json --context prod --namespace shop"] {
        let args = read(line).unwrap();
        assert_eq!((args.global.context.as_deref(), args.global.namespace.as_deref()), (Some("prod"), Some("shop")), "{line}");
    }
}

#[test]
fn every_command_can_run_on_the_demo() {
    let args = read("demo --seed 7 --speed 10 --fault answer-lost --fault slow").unwrap();
    assert!(args.is_demo());
    assert_eq!((args.global.seed, args.global.speed, args.global.fault.len()), (Some(7), Some(10), 2));
    let args = read("--demo --seed 7 advance checkout --confirm 50").unwrap();
    assert!(args.is_demo() && matches!(args.command, Some(Command::Advance(_))));
    assert!(!read("status").unwrap().is_demo());
}

#[test]
fn only_a_terminal_opens_the_console() {
    assert!(read("").unwrap().opens_console(true));
    assert!(read("demo").unwrap().opens_console(true));
    assert!(!read("").unwrap().opens_console(false));
    assert!(!read("--no-input").unwrap().opens_console(true));
    // Where it was left is no matter of what opens.
    let fresh = read("--fresh").unwrap();
    assert!(fresh.global.fresh && fresh.opens_console(true) && !read("demo").unwrap().global.fresh);
    assert!(read("--help").unwrap_err().text.contains("--fresh"));
    assert!(!read("status").unwrap().opens_console(true));
}

#[test]
fn what_needs_no_world_runs_alone_and_nothing_else_does() {
    let around = cutover::config::Surroundings::made_up(None, None, &[("XDG_STATE_HOME", "/nonexistent")]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for (line, is_alone) in [
        ("version --json", true),
        ("schema status", true),
        ("keys", true),
        ("config path", true),
        ("audit show", true),
        ("", false),
        ("demo", false),
        ("status", false),
        ("why checkout", false),
        ("pause checkout --yes", false),
        ("doubt list", false),
    ] {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = runtime.block_on(cutover::cli::run_alone(&read(line).unwrap(), &around, &[], &mut out, &mut err));
        assert_eq!(exit, is_alone.then_some(Exit::Done), "{line}: {}", String::from_utf8_lossy(&err));
        assert_eq!(out.is_empty(), !is_alone, "{line}");
    }
}
