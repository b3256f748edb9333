//! The log goes to a file, never to a screen that is ours. A log that can not be written is no reason not to run.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Lines that may wait for the disk; more are dropped, and their places are made at the start: 128,000, as the crate has it,
/// were 4 MiB of every console.
const LINES: usize = 4_096;

/// A file that is made when there is something to be written: who only looks leaves nothing behind.
struct OnFirstWrite {
    path: PathBuf,
    file: Option<File>,
}

impl OnFirstWrite {
    fn file(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            if let Some(dir) = self.path.parent() {
                DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            }
            self.file = Some(OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?);
        }
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Write for OnFirstWrite {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Starts the log in `file` (mode 0600, appended, made at the first line). Keep the guard until the end: it writes what is still in memory.
/// `level`: `error`, `warn`, `info`, `debug` or `trace`. Other crates are logged from `warn` on at most: their requests may
/// hold what must not be written.
#[must_use]
pub fn start(file: &Path, level: &str) -> Option<WorkerGuard> {
    let file = OnFirstWrite { path: file.to_path_buf(), file: None };
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(LINES).finish(file);
    let level = if level.is_empty() { "info" } else { level };
    let others = if level == "error" { "error" } else { "warn" };
    let filter = EnvFilter::try_new(format!("{others},cutover={level}")).ok()?;
    tracing_subscriber::fmt().with_writer(writer).with_ansi(false).with_env_filter(filter).try_init().ok()?;
    Some(guard)
}
