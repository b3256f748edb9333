//! Programs of the operator whose output is a secret: without a terminal, with a time-out, a cap, and an end for all that
//! they started.

use std::{
    collections::BTreeSet,
    io::{self, Read as _},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal};

/// Largest output, in bytes.
pub const LARGEST: usize = 64 * 1024;

/// Groups of programs that have not ended.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Why a program gave nothing. Never contains any of its output: it may be the secret.
#[derive(Debug, thiserror::Error)]
pub enum NoOutput {
    #[error("cannot be started: {0}")]
    NotStarted(io::Error),
    #[error("gave no answer within {} s and was ended", .0.as_secs())]
    Silent(Duration),
    #[error("ended with {0}; run it by hand to see why")]
    Ended(ExitStatus),
    #[error("its output cannot be read: {0}")]
    Unreadable(io::Error),
}

/// One byte more than allowed and a line break, so that too much is noticed.
///
/// # Errors
/// As reading says.
pub fn read_at_most(from: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LARGEST as u64 + 3).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Runs the program in a group of its own, without our terminal, and ends the whole group when it takes longer than
/// `patience`. Blocks so long: never call it where others wait.
///
/// # Errors
/// Why there is no output.
pub fn output(command: &mut Command, patience: Duration) -> Result<Vec<u8>, NoOutput> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let child = command.spawn().map_err(NoOutput::NotStarted)?;
    let group = i32::try_from(child.id()).unwrap_or_default();
    running().insert(group);
    let (answer, answered) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let result = finish(child);
        running().remove(&group);
        // The receiver may have given up; the child is reaped here all the same.
        let _ = answer.send(result);
    });
    answered.recv_timeout(patience).unwrap_or_else(|_| {
        kill(group);
        Err(NoOutput::Silent(patience))
    })
}

/// Ends all that still run: this process is about to end, and nobody would end them later.
pub fn end_all() {
    for group in running().iter() {
        kill(*group);
    }
}

fn running() -> std::sync::MutexGuard<'static, BTreeSet<i32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kill(group: i32) {
    if let Some(group) = Pid::from_raw(group) {
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
    }
}

fn finish(mut child: Child) -> Result<Vec<u8>, NoOutput> {
    let read = child.stdout.take().map(read_at_most);
    let status = child.wait().map_err(NoOutput::Unreadable)?;
    if !status.success() {
        return Err(NoOutput::Ended(status));
    }
    read.unwrap_or(Ok(Vec::new())).map_err(NoOutput::Unreadable)
}
