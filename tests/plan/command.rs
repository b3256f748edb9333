//! `cutover plan lint` and `cutover plan show`, from the configuration and from files.

use std::{fs, path::Path};

use crate::cli::world::alone;

use super::{broken::RIGHT, shipped::path};

fn home_with(plan: &str, config: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join(".config/cutover");
    fs::create_dir_all(dir.join("plans")).unwrap();
    fs::write(dir.join("plans/small.toml"), plan).unwrap();
    fs::write(dir.join("config.toml"), config).unwrap();
    home
}

const CONFIG: &str =
    "[environments.prod]\n[sources.k8s]\nkind = \"argo\"\nenvironment = \"prod\"\n[plans]\nfiles = [\"plans\"]\n";

#[test]
fn a_file_is_looked_at_without_a_configuration() {
    let home = tempfile::tempdir().unwrap();
    let athena = path("athena.toml").display().to_string();
    let ended = alone(home.path(), &format!("plan lint {athena}"));
    assert_eq!(ended.exit.code(), 0, "{}", ended.err);
    assert!(
        ended.out.contains(": C-06 ") && ended.out.contains("is good: ") && ended.out.contains("were not checked"),
        "{}",
        ended.out
    );
    let shown = alone(home.path(), &format!("plan show {athena}"));
    assert!(shown.out.starts_with("athena  Athena v1.2.0"), "{}", shown.out);
    let json = alone(home.path(), &format!("plan show {athena} --json")).json();
    assert_eq!(json["plans"][0]["stages"][3]["weights_pct"], serde_json::json!([25.0, 50.0, 100.0]));
    assert_eq!(json["plans"][0]["stages"][3]["soak_s"], 201_600.0);
}

#[test]
fn a_wrong_plan_ends_with_8_and_names_the_line() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("wrong.toml");
    fs::write(&file, RIGHT.replace("pass = \"< 1 %\"", "pass = 0.01")).unwrap();
    let ended = alone(home.path(), &format!("plan lint {}", file.display()));
    assert_eq!((ended.exit.code(), ended.out.as_str()), (8, ""));
    assert!(ended.err.contains("wrong.toml:28:8: `pass` is a bare number"), "{}", ended.err);
    let json = alone(home.path(), &format!("plan lint {} --json", file.display()));
    assert_eq!(json.exit.code(), 8);
    let json = json.json();
    assert_eq!((&json["ok"], &json["problems"][0]["line"]), (&false.into(), &28.into()));
    assert_eq!(alone(home.path(), &format!("plan show {}", file.display())).exit.code(), 8);
}

#[test]
fn the_configurations_plans_are_held_against_its_sources() {
    let home = home_with(RIGHT, CONFIG);
    let ended = alone(home.path(), "plan lint");
    assert_eq!(ended.exit.code(), 8);
    assert!(ended.err.contains("unknown source \"prom\"") && ended.err.contains("`k8s`"), "{}", ended.err);
    let gates = "[plan]\nid = \"small\"\ntitle = \"t\"\nversion = \"1\"\n[[rollouts]]\nrollout = \"checkout\"\nkind = \"exposure\"\n\
                 [[gates]]\nid = \"g\"\ntitle = \"G\"\nitems = [{ id = \"i\", title = \"I\" }]\n";
    let home = home_with(gates, CONFIG);
    assert_eq!(alone(home.path(), "plan lint").exit.code(), 0);
    assert!(alone(home.path(), "plan show small").out.contains("[ ] i"));
    let other = alone(home.path(), "plan show smal");
    assert_eq!(other.exit.code(), 2);
    assert!(other.err.contains("did you mean `small`"), "{}", other.err);
    let none = home_with(gates, "[environments.prod]\n");
    assert_eq!(alone(none.path(), "plan lint").exit.code(), 2);
}

/// The program itself, as a person starts it: a wrong plan ends it before anything is drawn or contacted.
#[test]
fn the_console_does_not_start_with_a_wrong_plan() {
    let home = home_with(&RIGHT.replace("min = \"7d\"", "minn = \"7d\""), CONFIG);
    let output = std::process::Command::new(Path::new(env!("CARGO_BIN_EXE_cutover")))
        .arg("status")
        .env_clear()
        .env("HOME", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(8), "{said}");
    assert!(said.contains("small.toml:14:1: unknown key `minn`") && said.contains("did you mean `min`"), "{said}");
    assert!(output.stdout.is_empty());
}
