//! Ctrl-C, TERM and a hang-up while a change is under way: before anything has left nothing leaves, after that the outcome is
//! waited for, and a second one quits at once and says that it is in doubt.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use cutover::{
    cli::Exit,
    domain::{outcome::Outcome, permit::RefusalCode},
};
use rustix::process::{Pid, Signal, kill_process};

use super::world::{Fake, Hangs, cutover};
use crate::terminal::console_kit::{binary, records, say};

fn interrupted(signals: &[Exit], hangs: Hangs, may_stop: bool) -> Fake {
    let fake = Fake { may_stop, hangs, ..Fake::waiting() };
    *fake.signals.lock().unwrap() = signals.to_vec();
    fake
}

#[test]
fn before_anything_has_left_nothing_leaves() {
    let world = interrupted(&[Exit::Terminated], Hangs::Sent, true);
    let ended = cutover(&world, "advance checkout --confirm 50 --json");
    let json = ended.json();
    assert_eq!((ended.exit.code(), &json["outcome"], &json["refusal"]["code"]), (143, &"refused".into(), &"interrupted".into()));
    assert_eq!(json["requests"][0]["sent"], false);
    assert_eq!(world.asked.lock().unwrap().denied, [RefusalCode::Interrupted]);
}

#[test]
fn the_first_waits_for_the_outcome_and_the_second_leaves_it_in_doubt() {
    let world = interrupted(&[Exit::Interrupted, Exit::Interrupted], Hangs::Sent, false);
    let ended = cutover(&world, "advance checkout --confirm 50");
    assert_eq!(ended.exit.code(), 130);
    assert!(ended.err.contains("outcome is waited for") && ended.err.contains("next: cutover doubt list"), "{}", ended.err);
    assert!(ended.out.contains("IN DOUBT") && ended.out.contains("(sent, no answer)"), "{}", ended.out);
}

#[test]
fn an_outcome_that_comes_after_the_first_is_the_end() {
    for (outcome, code) in [(Outcome::Rejected, 5), (Outcome::Verified, 0), (Outcome::InDoubt, 6)] {
        let world = Fake { outcome, ..interrupted(&[Exit::Interrupted], Hangs::Nowhere, false) };
        assert_eq!(cutover(&world, "advance checkout --confirm 50").exit.code(), code);
    }
    let world = interrupted(&[Exit::HungUp], Hangs::Answered(200), false);
    let ended = cutover(&world, "advance checkout --confirm 50 --json");
    let json = ended.json();
    assert_eq!((ended.exit.code(), &json["outcome"], &json["requests"][0]["status"]), (129, &"accepted".into(), &200.into()));
}

#[test]
fn waiting_for_the_controller_ends_with_the_first() {
    let world = Fake { outcome: Outcome::Accepted, ..interrupted(&[], Hangs::Nowhere, false) };
    world.signals.lock().unwrap().push(Exit::Interrupted);
    let ended = cutover(&world, "advance checkout --confirm 50 --wait --timeout 30 --json");
    assert_eq!((ended.exit.code(), ended.json()["outcome"].as_str()), (130, Some("accepted")));
    assert!(ended.err.contains("the action itself goes on"), "{}", ended.err);
}

/// The fake API server of the proofs, which counts what it is sent.
struct Api(Child);

impl Drop for Api {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn api(fault: &str, dir: &Path) -> Option<Api> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proof/fake_api.py");
    let mut child =
        Command::new("python3").arg(script).args(["--fault", fault]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port: u16 = line.trim().parse().unwrap();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: fake\nclusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n\
         contexts: [{{name: fake, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{token: t}}}}]\n"
    );
    std::fs::write(dir.join("kubeconfig"), text).unwrap();
    Some(Api(child))
}

struct Run {
    code: Option<i32>,
    err: String,
    took: Duration,
    /// Types of the records of the ledger, with what became of it.
    records: Vec<(String, String)>,
    doubt: Option<i32>,
}

fn words(dir: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.arg("--kubeconfig").arg(dir.join("kubeconfig")).arg("--state-dir").arg(dir.join("state")).args(more);
    command
}

/// An advance that gets a signal each time the next of `when` is said on stderr.
fn advance(fault: &str, when: &[(&str, Signal)]) -> Option<Run> {
    let dir = tempfile::tempdir().unwrap();
    let _api = api(fault, dir.path())?;
    let mut child = words(dir.path(), &["advance", "k8s/shop/app", "--confirm", "50"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut err = String::new();
    let mut last = Instant::now();
    for (words, signal) in when {
        loop {
            let from = err.len();
            assert!(lines.read_line(&mut err).unwrap() > 0, "{words:?} was never said: {err}");
            if err[from..].contains(words) {
                break;
            }
        }
        last = Instant::now();
        kill_process(pid, *signal).unwrap();
    }
    lines.read_to_string(&mut err).unwrap();
    let code = child.wait().unwrap().code();
    let took = last.elapsed();
    let records = records(&dir.path().join("state"))
        .iter()
        .map(|record| {
            let what = record["outcome"].as_str().or(record["code"].as_str()).or(record["refusal"]["code"].as_str());
            (record["type"].as_str().unwrap().to_owned(), what.unwrap_or_default().to_owned())
        })
        .filter(|(kind, _)| ["intent", "outcome", "deny", "observed"].contains(&kind.as_str()))
        .collect();
    let doubt = words_code(dir.path(), &["doubt", "list"]);
    Some(Run { code, err, took, records, doubt })
}

fn words_code(dir: &Path, more: &[&str]) -> Option<i32> {
    words(dir, more).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().code()
}

fn kinds(run: &Run) -> Vec<(&str, &str)> {
    run.records.iter().map(|(kind, what)| (kind.as_str(), what.as_str())).collect()
}

#[test]
fn the_real_program_under_real_signals() {
    let waits = "waiting until it is still";
    let Some(early) = advance("ok", &[(waits, Signal::INT)]) else {
        say("skipped: no python3 here");
        return;
    };
    assert_eq!((early.code, kinds(&early), early.doubt), (Some(130), vec![("deny", "interrupted")], Some(0)), "{}", early.err);
    assert!(early.took < Duration::from_secs(1), "{:?}", early.took);

    // Answered after 1.5 s: the signal comes while it is out.
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let run = advance("slow", &[("recorded; sending", signal)]).unwrap();
        assert_eq!((run.code, kinds(&run)), (Some(code), vec![("intent", ""), ("outcome", "accepted")]), "{}", run.err);
        assert_eq!(run.doubt, Some(0), "{}", run.err);
        assert!(run.err.contains("its outcome is waited for"), "{}", run.err);
    }

    let twice = advance("hang", &[("recorded; sending", Signal::INT), ("its outcome is waited for", Signal::INT)]).unwrap();
    assert_eq!((twice.code, kinds(&twice), twice.doubt), (Some(130), vec![("intent", "")], Some(6)), "{}", twice.err);
    assert!(twice.took < Duration::from_secs(1), "{:?}", twice.took);

    let late = advance("503", &[("recorded; sending", Signal::INT)]).unwrap();
    assert_eq!(kinds(&late), [("intent", ""), ("outcome", "in_doubt")], "{}", late.err);
}
