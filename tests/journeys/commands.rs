//! Commands over the demo world: the real look and the real watch of every source, the real engine and ledger.

use std::path::Path;

use cutover::{
    backend::registry,
    cli::{self, Args},
    config::{load::load, places::Surroundings},
    runtime::start,
};
use serde_json::Value;

struct Ended {
    code: u8,
    out: String,
    err: String,
}

/// Runs `cutover --demo <words>` with its records below `home`.
fn demo(home: &Path, words: &[&str]) -> Ended {
    let args = Args::read(["cutover", "--demo"].iter().chain(words).copied()).unwrap();
    let around = Surroundings::made_up(Some(home), None, &[]);
    let loaded = load(&args.flags(), &around, &[], &registry::declared()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = runtime.block_on(async {
        let world = start::demo_world(&args, &loaded).unwrap();
        cli::run(&args, &world, &mut out, &mut err).await
    });
    runtime.shutdown_background();
    Ended { code: exit.code(), out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

fn home() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    home
}

#[test]
fn one_look_reads_rollouts_alerts_and_ten_thousand_tenants() {
    let home = home();
    let ended = demo(home.path(), &["status", "--json"]);
    let status: Value = serde_json::from_str(&ended.out).unwrap();
    assert!(status["rollouts"].as_array().unwrap().len() > 3, "{}", ended.err);
    assert!(status["alerts"].as_array().is_some(), "{:#}", status["sources"]);
    assert_eq!(status["tenants"]["total"], 10_000, "{:#}", status["sources"]);
    assert!(status["sources"].as_array().unwrap().iter().all(|source| source["freshness"] == "live"), "{:#}", status["sources"]);
    let tenants: Value = serde_json::from_str(&demo(home.path(), &["tenants", "--json", "--filter", "!ok"]).out).unwrap();
    let shown = tenants["tenants"].as_array().unwrap();
    assert!(!shown.is_empty() && shown.len() < 10_000, "{}", shown.len());
    assert!(shown.iter().all(|tenant| tenant["state"] != "green" && tenant["state"] != "opted_out"));
    let doctor = demo(home.path(), &["doctor"]);
    assert_eq!(doctor.code, 0, "{}{}", doctor.out, doctor.err);
    assert!(doctor.out.contains("writable") && doctor.out.contains("tells tenants"), "{}", doctor.out);
}

#[test]
fn a_note_is_in_the_ledger_and_a_watch_tells_every_source() {
    let home = home();
    let noted = demo(home.path(), &["note", "support is staffed", "--about", "checkout"]);
    assert_eq!(noted.code, 0, "{}{}", noted.out, noted.err);
    let shown = demo(home.path(), &["watch", "--json-lines", "--timeout", "3s"]);
    assert_eq!(shown.code, 124, "{}", shown.err);
    let kinds: Vec<String> =
        shown.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].as_str().unwrap().to_owned()).collect();
    for kind in ["source", "rollout_changed", "alert"] {
        assert!(kinds.iter().any(|known| known == kind), "{kind}: {kinds:?}");
    }
    let dir = home.path().join(".local/state/cutover/demo/ledger");
    let chain = cutover::ledger::verify::chains(&dir).unwrap().remove(0).1;
    let mut lines = Vec::new();
    cutover::ledger::page::lines(&chain, &mut cutover::ledger::page::Position::START.clone(), &mut |line| {
        lines.push(line.to_owned())
    })
    .unwrap();
    assert!(lines.iter().any(|line| line.contains("\"type\":\"note\"") && line.contains("support is staffed")), "{lines:?}");
}
