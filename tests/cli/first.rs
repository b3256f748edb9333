//! The first minutes: `config init`, `doctor`, completions, the manual, and the program as kubectl's plugin.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use cutover::{
    cli::{
        Args,
        answer::doctor::{Finding, FindingKind, FindingState},
        command::AnswerName,
        run_alone,
    },
    config::places::Surroundings,
    domain::verdict::Verdict,
};

use super::{
    answers::check,
    judged::judged,
    world::{Ended, Fake, alone, cutover, input, lost},
};

const KUBECONFIG: &str = "apiVersion: v1
kind: Config
current-context: prod-eu
contexts:
- {name: prod-eu, context: {cluster: a, user: a}}
- {name: stg-eu, context: {cluster: a, user: a}}
clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: a, user: {token: hunter2}}]
";

/// Runs without a world; `home` holds everything, `variables` are the environment.
fn with(home: &Path, words: &str, variables: &[(&str, &str)]) -> Ended {
    let args = Args::read(std::iter::once("cutover").chain(words.split_whitespace())).unwrap();
    let around = Surroundings::made_up(Some(home), None, variables);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let exit = runtime.block_on(run_alone(&args, &around, &[], &mut out, &mut err)).unwrap();
    Ended { exit, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

fn home() -> (tempfile::TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    let kubeconfig = home.path().join("kubeconfig");
    fs::write(&kubeconfig, KUBECONFIG).unwrap();
    let init = format!("config init --kubeconfig {}", kubeconfig.display());
    (home, init)
}

#[test]
fn a_first_configuration_is_right_read_only_and_shown() {
    let (home, init) = home();
    let path = home.path().join(".config/cutover/config.toml");
    let dry = with(home.path(), &format!("{init} --dry-run"), &[]);
    assert_eq!((dry.exit.code(), path.exists()), (0, false), "{}", dry.err);
    let ended = with(home.path(), &init, &[]);
    assert_eq!(ended.exit.code(), 0, "{}", ended.err);
    let written = fs::read_to_string(&path).unwrap();
    assert!(ended.out.starts_with(&written) && ended.out.contains("next: cutover doctor"), "{}", ended.out);
    for part in
        ["[environments.prod-eu]\n", "danger = true\n", "mode = \"read-only\"\n", "context = \"prod-eu\"\n", "#   stg-eu\n"]
    {
        assert!(written.contains(part), "{part}: {written}");
    }
    assert!(!written.contains("hunter2"), "{written}");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let checked = alone(home.path(), "config check");
    assert!(checked.out.contains("1 environment, 1 source"), "{}{}", checked.out, checked.err);
    let again = with(home.path(), &init, &[]);
    assert_eq!((again.exit.code(), again.out.contains("nothing was written")), (0, true));
}

#[test]
fn a_file_that_is_there_is_not_written_over_without_force() {
    let (home, init) = home();
    let path = home.path().join(".config/cutover/config.toml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "# mine\n[environments.prod-eu]\nmode = \"read-write\"\n").unwrap();
    let kept = fs::read_to_string(&path).unwrap();
    let ended = with(home.path(), &init, &[]);
    assert_eq!(ended.exit.code(), 5);
    assert!(ended.out.contains("- # mine\n") && ended.out.contains("+ mode = \"read-only\"\n"), "{}", ended.out);
    assert!(ended.out.contains("  [environments.prod-eu]\n") && ended.err.contains("--force"), "{}{}", ended.out, ended.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), kept);
    assert_eq!(with(home.path(), &format!("{init} --force --dry-run"), &[]).exit.code(), 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), kept, "--dry-run writes nothing");
    assert_eq!(with(home.path(), &format!("{init} --force"), &[]).exit.code(), 0);
    assert!(fs::read_to_string(&path).unwrap().contains("read-only"));
    assert_eq!(fs::read_to_string(path.with_extension("toml.bak")).unwrap(), kept);
}

#[test]
fn what_is_not_there_is_not_made_up() {
    let (home, init) = home();
    let none = with(home.path(), "config init --kubeconfig /nowhere/kubeconfig", &[]);
    assert_eq!(none.exit.code(), 5);
    assert!(none.err.contains("no kubeconfig was found") && none.err.contains("PROMETHEUS_URL"), "{}", none.err);
    let wrong = with(home.path(), &format!("{init} --context nowhere"), &[]);
    assert_eq!(wrong.exit.code(), 5);
    assert!(wrong.err.contains("prod-eu, stg-eu"), "{}", wrong.err);
    assert!(!home.path().join(".config").exists());
    let other = with(home.path(), &format!("{init} --context stg-eu"), &[]);
    assert!(other.out.contains("[environments.stg-eu]\n") && !other.out.contains("danger"), "{}", other.out);
}

#[test]
fn no_password_of_an_address_is_written() {
    let (home, init) = home();
    let ended = with(
        home.path(),
        &format!("{init} --dry-run"),
        &[("PROMETHEUS_URL", "https://admin:hunter2@prom.example/x?token=hunter3")],
    );
    assert_eq!(ended.exit.code(), 0, "{}", ended.err);
    let all = format!("{}{}", ended.out, ended.err);
    assert!(!all.contains("hunter") && !all.contains("admin"), "{all}");
    assert!(ended.err.contains("carries a user or a query"), "{}", ended.err);
}

#[test]
fn doctor_says_what_fails() {
    let mut world = Fake::new(judged(Verdict::Pass));
    world.findings = vec![Finding::new(FindingKind::Ledger, "/var/lib", FindingState::Warn, "only 9 MiB are free")];
    let answer = cutover(&world, "doctor --json").json();
    check(AnswerName::Doctor, &answer);
    let findings = answer["findings"].as_array().unwrap();
    assert_eq!((&answer["ok"], findings.len()), (&true.into(), 5), "three sources, one plan, the ledger: {findings:#?}");
    assert_eq!((&findings[1]["latency_s"], &findings[1]["age_s"]), (&0.012.into(), &0.4.into()));
    let ended = cutover(&world, "doctor");
    assert_eq!(ended.exit.code(), 0, "what is only worth a look does not fail");
    assert!(ended.out.contains("judges 1 rollout") && ended.out.contains("only 9 MiB are free"), "{}", ended.out);
    world.input.sources[1].health = lost();
    let ended = cutover(&world, "doctor");
    assert_eq!(ended.exit.code(), 1);
    assert!(ended.out.contains("FAIL") && ended.out.contains("does not answer: connection refused"), "{}", ended.out);
    let mut idle = judged(Verdict::Pass);
    idle.assessments.clear();
    assert!(cutover(&Fake::new(idle), "doctor").out.contains("names no rollout that was seen"));
    let mut nothing = input(Vec::new());
    nothing.sources.clear();
    assert!(cutover(&Fake::new(nothing), "doctor").err.contains("cutover config init"));
}

#[test]
fn completions_and_manual_know_every_command() {
    let home = tempfile::tempdir().unwrap();
    let man = alone(home.path(), "man").out;
    assert!(man.contains(".TH cutover 1"), "{}", man.get(..200).unwrap_or(&man));
    let names: Vec<String> = Args::clap().get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    assert!(names.len() > 20);
    for name in &names {
        let section = format!(".SH \"CUTOVER {}\"", name.to_uppercase());
        assert!(name == "help" || man.contains(&section), "{section}");
    }
    assert!(man.contains("CUTOVER GATES CHECK") && man.contains("the chain of records is broken"));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = alone(home.path(), &format!("completions {shell}"));
        assert_eq!(script.exit.code(), 0);
        assert!(names.iter().all(|name| script.out.contains(name.as_str())), "{shell}");
    }
}

#[test]
fn as_kubectls_plugin_the_usage_says_what_is_typed() {
    let spoken = |words: &[&str]| Args::read(words.iter().copied()).unwrap_err().text;
    let help = spoken(&["/usr/local/bin/kubectl-cutover", "--help"]);
    assert!(help.contains("Usage: kubectl cutover [OPTIONS]") && help.contains("  kubectl cutover status "), "{help}");
    assert!(!help.contains("\n  cutover "), "{help}");
    let below = spoken(&["kubectl-cutover", "why", "--help"]);
    assert!(below.contains("Usage: kubectl cutover why") && below.contains("  kubectl cutover why checkout"), "{below}");
    let plain = spoken(&["cutover", "why", "--help"]);
    assert!(plain.contains("Usage: cutover why") && !plain.contains("kubectl"), "{plain}");
    let parsed = Args::read(["kubectl-cutover", "-n", "shop", "status", "--json"]).unwrap();
    assert_eq!(parsed, Args::read(["cutover", "-n", "shop", "status", "--json"]).unwrap());
}
