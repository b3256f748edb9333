//! The log goes to a file, never to a screen that is ours. A log that can not be written is no reason not to run.

use std::{
    fs::{DirBuilder, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

/// Starts the log in `file` (mode 0600, appended). Keep the guard until the end: it writes what is still in memory.
/// `level`: `error`, `warn`, `info`, `debug` or `trace`. Other crates are logged from `warn` on at most: their requests may
/// hold what must not be written.
#[must_use]
pub fn start(file: &Path, level: &str) -> Option<WorkerGuard> {
    if let Some(dir) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).ok()?;
    }
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(file).ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let level = if level.is_empty() { "info" } else { level };
    let others = if level == "error" { "error" } else { "warn" };
    let filter = EnvFilter::try_new(format!("{others},cutover={level}")).ok()?;
    tracing_subscriber::fmt().with_writer(writer).with_ansi(false).with_env_filter(filter).try_init().ok()?;
    Some(guard)
}
