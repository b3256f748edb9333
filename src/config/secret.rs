//! A secret is never in the configuration, only where to find it: `env:NAME`, `file:/path` or `cmd:["/program", "argument"]`.

use std::{
    fs::File,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use rustix::fs::{Mode, OFlags};
use secrecy::SecretString;

use super::{
    places::Surroundings,
    program::{self, LARGEST, read_at_most},
};

/// How long a program may take to print one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Variables that a program gets from ours; all others (they may hold other secrets) are taken away.
const KEPT: &[&str] = &["HOME", "PATH", "USER", "LOGNAME", "LANG", "XDG_RUNTIME_DIR"];

/// Where a secret is. Holds no secret itself, so `Debug` is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file that only its owner can read.
    File(PathBuf),
    /// A program by absolute path with its arguments; its standard output is the secret. No shell.
    Cmd(Vec<String>),
}

/// Why there is no secret. Never contains any of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing of what was written is repeated: it may be the secret itself.
    #[error("a secret must be a reference: write env:NAME, file:/path or cmd:[\"/program\", \"argument\"]")]
    NotAReference,
    #[error("environment variable {0} is not set; set it before starting cutover")]
    Unset(String),
    #[error("secret file {path}: {why}")]
    File { path: PathBuf, why: String },
    #[error("secret program {program}: {why}")]
    Program { program: String, why: String },
    #[error("the secret is empty, longer than 64 KiB or not one line of UTF-8; check what {0} gives")]
    Unusable(&'static str),
}

impl SecretRef {
    /// Reads a reference.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(written: &str) -> Result<Self, SecretError> {
        let (kind, rest) = written.split_once(':').ok_or(SecretError::NotAReference)?;
        match kind {
            "env" if is_variable(rest) => Ok(Self::Env(rest.to_owned())),
            "file" if Path::new(rest).is_absolute() => Ok(Self::File(rest.into())),
            "cmd" => {
                let argv: Vec<String> = serde_json::from_str(rest).map_err(|_| SecretError::NotAReference)?;
                let absolute = argv.first().is_some_and(|program| Path::new(program).is_absolute());
                if absolute { Ok(Self::Cmd(argv)) } else { Err(SecretError::NotAReference) }
            }
            _ => Err(SecretError::NotAReference),
        }
    }

    /// Fetches the secret; one line break at its end is dropped. Blocking for up to 10 s: never call it on the drawing path.
    ///
    /// # Errors
    /// Why there is none; says where it looked, never what it found.
    pub fn resolve(&self, around: &Surroundings) -> Result<SecretString, SecretError> {
        match self {
            Self::Env(name) => {
                let value = around.variable(name).ok_or_else(|| SecretError::Unset(name.clone()))?;
                usable(value.as_encoded_bytes(), "the environment variable")
            }
            Self::File(path) => {
                let failed = |why: String| SecretError::File { path: path.clone(), why };
                usable(&read_private(path).map_err(failed)?, "the file")
            }
            Self::Cmd(argv) => {
                let program = argv.first().cloned().unwrap_or_default();
                let failed = |why: String| SecretError::Program { program: program.clone(), why };
                usable(&run(argv, around, PATIENCE).map_err(failed)?, "the program")
            }
        }
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn usable(bytes: &[u8], from: &'static str) -> Result<SecretString, SecretError> {
    let text = std::str::from_utf8(bytes).map_err(|_| SecretError::Unusable(from))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() || text.len() > LARGEST || text.chars().any(char::is_control) {
        return Err(SecretError::Unusable(from));
    }
    Ok(SecretString::from(text))
}

/// The file is a plain one, ours or root's, and nobody else can read it or put another in its place.
fn read_private(path: &Path) -> Result<Vec<u8>, String> {
    let euid = rustix::process::geteuid().as_raw();
    // Not blocking: a FIFO in its place must not hang us before we have seen what it is.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let handle = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| match errno {
        rustix::io::Errno::LOOP => "is a symbolic link; name the file itself".to_owned(),
        other => format!("cannot be opened: {other}"),
    })?;
    let file = File::from(handle);
    let found = file.metadata().map_err(|error| format!("cannot be examined: {error}"))?;
    if !found.is_file() {
        return Err("is not a plain file".to_owned());
    }
    if found.uid() != euid && found.uid() != 0 {
        return Err(format!("belongs to user {}; it must be yours or root's", found.uid()));
    }
    if found.mode() & 0o077 != 0 {
        return Err(format!("others can read it (mode {:04o}); run: chmod 600 on it", found.mode() & 0o7777));
    }
    if let Some(parent) = path.parent() {
        let found = parent.metadata().map_err(|error| format!("its directory cannot be examined: {error}"))?;
        if found.mode() & 0o022 != 0 && found.mode() & 0o1000 == 0 {
            return Err("others can write to its directory; take that right away or move the file".to_owned());
        }
    }
    read_at_most(file).map_err(|error| format!("cannot be read: {error}"))
}

/// Runs the program with few of our variables: the others may hold other secrets.
fn run(argv: &[String], around: &Surroundings, patience: Duration) -> Result<Vec<u8>, String> {
    let (program, arguments) = argv.split_first().ok_or("is not named")?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear();
    for name in KEPT {
        if let Some(value) = around.variable(name) {
            command.env(name, value);
        }
    }
    program::output(&mut command, patience).map_err(|error| error.to_string())
}
