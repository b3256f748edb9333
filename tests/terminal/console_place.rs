//! The console comes back to where it was left: after a hang-up, a signal, a quit and a kill, and after nothing else.

use std::{path::Path, time::Duration};

use rustix::process::Signal;

use super::console_kit::{Console, SOON};

const GONE: Duration = Duration::from_millis(1300);

/// At the tenants, those that are not ok, on the third of them. Its name.
fn at_the_third(console: &mut Console) -> String {
    console.press("4");
    console.press("\r");
    console.wait("Tenants 10,000");
    console.press("/");
    console.type_text("!ok");
    console.press("\r");
    console.wait("/!ok");
    console.press("j");
    console.press("j");
    console.run.pump_for(Duration::from_millis(300));
    selected(&console.run.text()).unwrap_or_else(|| panic!("{}", console.run.text()))
}

/// The tenant under the cursor.
fn selected(screen: &str) -> Option<String> {
    let row = screen.lines().find(|line| line.starts_with("> "))?;
    row.split_whitespace().find(|word| word.starts_with("t-")).map(str::to_owned)
}

/// The next console over the same records stands at that tenant, and says so.
fn stands_there(left: Console, tenant: &str) {
    let mut again = Console::demo_starting(left.leave(), &[], &[]);
    again.run.wait_for("the tenant", SOON, |screen| selected(&screen.contents()).as_deref() == Some(tenant));
    let text = again.run.text();
    assert!(text.contains("back at tenants, filter !ok, left "), "{text}");
    assert!(text.contains("/!ok") && text.contains("Tenants "), "{text}");
    // One key to the overview, as it says.
    again.press("0");
    again.wait("Rollouts 9");
}

#[test]
fn a_lost_session_comes_back_to_filter_page_and_tenant() {
    let mut console = Console::demo(&[]);
    let tenant = at_the_third(&mut console);
    console.run.hang_up();
    assert_eq!(console.ends(GONE, false).code, 129);
    stands_there(console, &tenant);
}

#[test]
fn so_does_one_that_was_ended_or_that_quit() {
    let mut console = Console::demo(&[]);
    let tenant = at_the_third(&mut console);
    console.run.signal(Signal::TERM);
    assert_eq!(console.ends(GONE, true).code, 143);
    stands_there(console, &tenant);
    let mut console = Console::demo(&[]);
    at_the_third(&mut console);
    console.type_text("0qq");
    assert_eq!(console.ends(GONE, true).code, 0);
    let mut again = Console::demo_in(console.leave(), &[]);
    again.wait("back at overview, tenants, filter !ok, left");
}

#[test]
fn killed_six_seconds_later_it_comes_back_too() {
    let mut console = Console::demo(&[]);
    let tenant = at_the_third(&mut console);
    console.run.pump_for(Duration::from_secs(6));
    console.run.signal(Signal::KILL);
    console.ends(GONE, true);
    stands_there(console, &tenant);
}

#[test]
fn fresh_begins_at_the_overview_and_a_form_never_comes_back() {
    let mut console = Console::demo(&[]);
    console.select("checkout");
    console.press("\r");
    console.wait("Exit criteria");
    console.fill_in("B", "b");
    console.run.hang_up();
    console.ends(GONE, false);
    assert_eq!(console.count("intent"), 0);
    let mut again = Console::demo_starting(console.leave(), &[], &[]);
    again.wait("back at rollout checkout");
    again.wait("Exit criteria");
    assert!(!again.run.text().contains("Type to confirm"), "{}", again.run.text());
    again.run.signal(Signal::TERM);
    again.ends(GONE, true);
    let mut again = Console::demo_in(again.leave(), &["--fresh"]);
    assert!(!again.run.text().contains("back at"), "{}", again.run.text());
    assert_eq!(again.count("intent"), 0);
    again.type_text("qq");
    again.ends(GONE, true);
}

#[test]
fn a_file_that_is_no_place_is_a_line_in_the_log_and_nothing_else() {
    let mut console = Console::demo(&[]);
    at_the_third(&mut console);
    console.run.signal(Signal::TERM);
    console.ends(GONE, true);
    let places = console.state().join("demo").join("places");
    let file = std::fs::read_dir(places).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, "{\"version\":1,\"over\":").unwrap();
    let mut again = Console::demo_in(console.leave(), &[]);
    assert!(!again.run.text().contains("back at"), "{}", again.run.text());
    again.type_text("qq");
    assert_eq!(again.ends(GONE, true).code, 0);
    let log = std::fs::read_to_string(again.state().join("cutover.log")).unwrap();
    let told = log.lines().filter(|line| line.contains("where the console was left is not known")).count();
    assert_eq!(told, 1, "{log}");
    assert!(log.contains("damaged"), "{log}");
}

#[test]
fn no_command_and_no_demo_of_its_own_writes_a_place() {
    let state = tempfile::tempdir().unwrap();
    let place = state.path().display().to_string();
    let out = std::process::Command::new(super::console_kit::binary())
        .args(["demo", "--state-dir", &place])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    assert!(!has_places(state.path()));
    // Without `--state-dir` the demo leaves the place of a real console, and its own, alone.
    let home = tempfile::tempdir().unwrap();
    let at = home.path().display().to_string();
    let env = [("HOME", at.as_str()), ("XDG_STATE_HOME", at.as_str())];
    let mut run = super::harness::PtyRun::start(&super::console_kit::binary(), &["demo"], &env, (80, 24));
    run.wait_for_text("Rollouts 9", SOON);
    run.keys(b"3");
    run.pump_for(Duration::from_millis(1500));
    run.signal(Signal::TERM);
    assert_eq!(run.wait_exit(GONE, true).unwrap().code, 143);
    assert!(!has_places(home.path()));
}

fn has_places(dir: &Path) -> bool {
    std::fs::read_dir(dir).into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        path.file_name().is_some_and(|name| name == "places") || (path.is_dir() && has_places(&path))
    })
}
