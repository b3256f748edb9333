//! References to secrets: what is accepted, what is refused, and that nothing ever shows one.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use cutover::config::{SecretError, SecretRef, Surroundings};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

const CANARY: &str = "CANARY-6f0c2d";

fn around() -> Surroundings {
    Surroundings::made_up(
        Some(Path::new("/home/me")),
        None,
        &[("TOKEN", CANARY), ("EMPTY", ""), ("HOME", "/home/me"), ("PATH", "/usr/bin:/bin")],
    )
}

fn private(dir: &TempDir, content: &[u8]) -> std::path::PathBuf {
    let path = dir.path().join("token");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn resolve(written: &str) -> Result<String, SecretError> {
    SecretRef::parse(written)?.resolve(&around()).map(|secret| {
        assert!(!format!("{secret:?}").contains("CANARY"), "Debug shows the secret");
        secret.expose_secret().to_owned()
    })
}

#[test]
fn from_the_environment() {
    assert_eq!(resolve("env:TOKEN").unwrap(), CANARY);
    assert_eq!(resolve("env:EMPTY"), Err(SecretError::Unset("EMPTY".into())));
    assert_eq!(resolve("env:ABSENT"), Err(SecretError::Unset("ABSENT".into())));
}

#[test]
fn from_a_private_file_only() {
    let dir = TempDir::new().unwrap();
    let path = private(&dir, format!("{CANARY}\n").as_bytes());
    let reference = format!("file:{}", path.display());
    assert_eq!(resolve(&reference).unwrap(), CANARY, "one line break at the end is dropped");

    for mode in [0o640, 0o604, 0o620, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = resolve(&reference).unwrap_err().to_string();
        assert!(error.contains("chmod 600") && !error.contains("CANARY"), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();

    let link = dir.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(resolve(&format!("file:{}", link.display())).unwrap_err().to_string().contains("symbolic link"));
    assert!(resolve(&format!("file:{}", dir.path().display())).unwrap_err().to_string().contains("not a plain file"));
    assert!(resolve("file:/absent/token").unwrap_err().to_string().contains("cannot be opened"));

    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(resolve(&reference).unwrap_err().to_string().contains("directory"));
}

#[test]
fn a_fifo_in_its_place_does_not_hang() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0).unwrap();
    assert!(resolve(&format!("file:{}", path.display())).unwrap_err().to_string().contains("not a plain file"));
}

#[test]
fn what_is_no_secret_is_refused() {
    let dir = TempDir::new().unwrap();
    for content in [&b""[..], b"\n", b"two\nlines\n", b"\xff\xfe", b"bell\x07", &vec![b'x'; 65 * 1024]] {
        let path = private(&dir, content);
        let result = resolve(&format!("file:{}", path.display()));
        assert!(matches!(result, Err(SecretError::Unusable(_))), "{:?}", content.get(..8));
    }
    let path = private(&dir, &vec![b'x'; 64 * 1024]);
    assert_eq!(resolve(&format!("file:{}", path.display())).unwrap().len(), 64 * 1024);
}

#[test]
fn from_a_program_without_shell_terminal_or_our_environment() {
    assert_eq!(resolve(&format!(r#"cmd:["/bin/echo", "{CANARY}"]"#)).unwrap(), CANARY);
    assert_eq!(resolve(r#"cmd:["/bin/echo", "$HOME; id"]"#).unwrap(), "$HOME; id", "no shell");
    assert_eq!(resolve(r#"cmd:["/bin/sh", "-c", "cat; echo end"]"#).unwrap(), "end", "standard input is empty");
    assert_eq!(resolve(r#"cmd:["/bin/sh", "-c", "echo ${TOKEN-gone} $HOME"]"#).unwrap(), "gone /home/me");
    let failed =
        resolve(&format!(r#"cmd:["/bin/sh", "-c", "echo {CANARY}; echo {CANARY} >&2; exit 3"]"#)).unwrap_err().to_string();
    assert!(failed.contains("/bin/sh") && failed.contains('3') && !failed.contains("CANARY"), "{failed}");
    assert!(resolve(r#"cmd:["/absent/program"]"#).unwrap_err().to_string().contains("cannot be started"));
    let flood = resolve(r#"cmd:["/bin/sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x"]"#);
    assert!(flood.is_err(), "more than 64 KiB");
}

#[test]
fn what_is_no_reference_is_not_repeated() {
    for written in [
        CANARY,
        "env:",
        "env:1X",
        "env:A B",
        "file:token",
        "file:",
        "cmd:",
        "cmd:[]",
        "cmd:[\"pass\"]",
        "cmd:pass show",
        "vault:x",
    ] {
        let error = SecretRef::parse(written).unwrap_err();
        assert_eq!(error, SecretError::NotAReference, "{written}");
        assert!(!error.to_string().contains(CANARY));
    }
}

/// Nothing that this room hands out shows a secret in `Debug`: references hold none, and the surroundings are not `Debug`.
#[test]
fn debug_shows_no_secret() {
    let reference = SecretRef::parse("env:TOKEN").unwrap();
    let secret = reference.resolve(&around()).unwrap();
    let flags = cutover::config::Flags { config: None, state_dir: Some("/s".into()) };
    let loaded = cutover::config::load(&flags, &around(), &[], &[]).unwrap();
    let shown = format!("{reference:?} {secret:?} {loaded:?} {:?}", resolve("env:ABSENT"));
    assert!(shown.contains("REDACTED") && !shown.contains("CANARY"), "{shown}");
}
