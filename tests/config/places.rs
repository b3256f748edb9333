//! Which file counts, and where the state is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cutover::config::{Flags, Surroundings, load};
use tempfile::TempDir;

fn put(dir: &Path, name: &str, content: &str) -> PathBuf {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn flag_then_variable_then_user_then_system_then_none() {
    let dir = TempDir::new().unwrap();
    let level = |name: &str| format!("[log]\nlevel = \"{name}\"\n");
    let flag = put(dir.path(), "flag.toml", &level("trace"));
    let variable = put(dir.path(), "variable.toml", &level("debug"));
    let user = put(dir.path(), "xdg/cutover/config.toml", &level("warn"));
    let system = put(dir.path(), "etc/config.toml", &level("error"));
    let xdg = dir.path().join("xdg");
    let xdg = xdg.to_str().unwrap();
    let around = |variables: &[(&str, &str)]| Surroundings::made_up(Some(dir.path()), Some(&system), variables);
    let both = [("CUTOVER_CONFIG", variable.to_str().unwrap()), ("XDG_CONFIG_HOME", xdg)];
    let with = Flags { config: Some(flag.clone()), state_dir: None };
    let none = Flags::default();

    let cases = [
        (load(&with, &around(&both), &[], &[]), &flag, "trace"),
        (load(&none, &around(&both), &[], &[]), &variable, "debug"),
        (load(&none, &around(&both[1..]), &[], &[]), &user, "warn"),
        (load(&none, &around(&[]), &[], &[]), &system, "error"),
        (load(&none, &around(&[("CUTOVER_CONFIG", "")]), &[], &[]), &system, "error"),
        (load(&none, &around(&[("XDG_CONFIG_HOME", "relative")]), &[], &[]), &system, "error"),
    ];
    for (loaded, origin, level) in cases {
        let loaded = loaded.unwrap();
        assert_eq!(loaded.origin.as_ref(), Some(origin));
        assert_eq!(loaded.paths.config_file, *origin);
        assert_eq!(loaded.settings.log.level, level);
        assert_eq!(loaded.sha256.unwrap().len(), 64);
    }
    fs::remove_file(&system).unwrap();
    let loaded = load(&none, &around(&[]), &[], &[]).unwrap();
    assert_eq!(loaded.origin, None);
    assert_eq!(loaded.paths.config_file, dir.path().join(".config/cutover/config.toml"), "the file it would be");
}

#[test]
fn a_file_that_was_asked_for_must_exist() {
    let dir = TempDir::new().unwrap();
    let flags = Flags { config: Some(dir.path().join("absent.toml")), state_dir: None };
    let error = load(&flags, &Surroundings::made_up(Some(dir.path()), None, &[]), &[], &[]).unwrap_err().to_string();
    assert!(error.contains("absent.toml") && error.contains("cannot be read") && error.contains("--config"), "{error}");
    // A dangling link is not "no file".
    fs::create_dir_all(dir.path().join(".config/cutover")).unwrap();
    std::os::unix::fs::symlink("nowhere", dir.path().join(".config/cutover/config.toml")).unwrap();
    assert!(load(&Flags::default(), &Surroundings::made_up(Some(dir.path()), None, &[]), &[], &[]).is_err());
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_refused() {
    let dir = TempDir::new().unwrap();
    let around = Surroundings::made_up(Some(dir.path()), None, &[]);
    let path = dir.path().join("config.toml");
    let flags = Flags { config: Some(path.clone()), state_dir: None };
    fs::write(&path, b"[log]\xff\n").unwrap();
    assert!(load(&flags, &around, &[], &[]).unwrap_err().to_string().contains("UTF-8"));
    fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
    assert!(load(&flags, &around, &[], &[]).unwrap_err().to_string().contains("1 MiB"));
}

#[test]
fn the_state_is_where_it_was_asked_for() {
    let home = Path::new("/home/me");
    let flags = Flags { config: None, state_dir: Some("/flag".into()) };
    let around = |variables: &[(&str, &str)]| Surroundings::made_up(Some(home), None, variables);
    let state = |flags: &Flags, around: &Surroundings| load(flags, around, &[], &[]).unwrap().paths.state;
    let both = [("CUTOVER_STATE_DIR", "/variable"), ("XDG_STATE_HOME", "/xdg")];
    assert_eq!(state(&flags, &around(&both)), Path::new("/flag"));
    assert_eq!(state(&Flags::default(), &around(&both)), Path::new("/variable"));
    assert_eq!(state(&Flags::default(), &around(&both[1..])), Path::new("/xdg/cutover"));
    assert_eq!(state(&Flags::default(), &around(&[])), Path::new("/home/me/.local/state/cutover"));
    let homeless = load(&Flags::default(), &Surroundings::default(), &[], &[]).unwrap_err().to_string();
    assert!(homeless.contains("CUTOVER_STATE_DIR"), "{homeless}");
}

#[test]
fn the_file_moves_ledger_log_and_locks() {
    let dir = TempDir::new().unwrap();
    let file =
        put(dir.path(), "c.toml", "[ledger]\ndir = \"mine\"\nshared = \"/srv/cutover\"\n[log]\nfile = \"/var/log/c.log\"\n");
    let around = Surroundings::made_up(Some(dir.path()), None, &[]);
    let bare = load(&Flags { config: None, state_dir: Some("/s".into()) }, &around, &[], &[]).unwrap().paths;
    assert_eq!((bare.ledger.to_str(), bare.locks.to_str()), (Some("/s/ledger"), Some("/s/locks")));
    assert_eq!(bare.log_file, Path::new("/s/cutover.log"));
    let paths = load(&Flags { config: Some(file), state_dir: Some("/s".into()) }, &around, &[], &[]).unwrap().paths;
    assert_eq!(paths.ledger, dir.path().join("mine"), "beside the file");
    assert_eq!(paths.locks, Path::new("/srv/cutover/locks"));
    assert_eq!(paths.log_file, Path::new("/var/log/c.log"));
    assert!(!Path::new("/s").exists(), "nothing is created by looking");
}
