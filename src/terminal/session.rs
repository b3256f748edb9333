//! The terminal taken for a while, and given back exactly once whatever happens.
//!
//! However the console ends - quit, panic, signal, hang-up, a stuck loop - it ends in `Tty::give_back`, and only the first
//! caller does anything. A panic on another thread does not touch the screen: it is recorded, and the loop goes on or ends.

use std::{
    io,
    panic::PanicHookInfo,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};
use signal_hook::consts::signal::SIGCONT;
use thiserror::Error;

use super::{
    hangup::{self, Caught},
    tty::{Hold, Tty},
};

/// How often, and how many times at most, a suspended session looks whether it was continued.
const LOOK: Duration = Duration::from_millis(1);
const LOOKS: u32 = 1_000;

/// Why there is no screen to draw on.
#[derive(Debug, Error)]
pub enum TakeError {
    #[error("standard output is not a terminal that can be opened: {0}; use `cutover status`, or run it in a terminal")]
    Open(#[source] io::Error),
    #[error("the terminal does not let itself be taken: {0}; use `cutover status`")]
    Enter(#[source] io::Error),
}

/// Why there is no suspending.
#[derive(Debug, Error)]
pub enum SuspendError {
    /// We are the first program of this session, so no shell would ever wake us.
    #[error("there is no shell to come back from: this terminal runs only cutover")]
    NoShell,
    #[error("the terminal could not be taken again: {0}")]
    Retake(#[source] io::Error),
}

/// One panic of one thread, for the log and the loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    pub thread: String,
    /// `file:line`. The message is left out: it may hold what the code was working on, secrets included.
    pub place: String,
}

/// Panics seen while the terminal was ours.
#[derive(Clone, Debug, Default)]
pub struct Panics(Arc<Mutex<Vec<Panicked>>>);

impl Panics {
    /// What happened since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Panicked> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn record(&self, info: &PanicHookInfo<'_>) {
        let panicked = Panicked {
            thread: std::thread::current().name().unwrap_or("unnamed").to_owned(),
            place: info.location().map_or_else(|| "unknown".to_owned(), |at| format!("{}:{}", at.file(), at.line())),
        };
        tracing::error!(thread = panicked.thread, place = panicked.place, "panicked");
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A worker that panics in a circle must not fill the memory.
        if all.len() < 64 {
            all.push(panicked);
        }
    }
}

/// The terminal is ours for as long as this lives.
#[derive(Debug)]
pub struct Session {
    tty: Arc<Tty>,
    panics: Panics,
    /// Set by SIGCONT.
    is_continued: Arc<AtomicBool>,
    /// Until the watcher takes them.
    caught: Mutex<Option<Caught>>,
}

impl Session {
    /// Takes the terminal: raw, alternate screen, no cursor, pastes marked, no mouse. From here on signals are caught: start
    /// the watcher next.
    ///
    /// # Errors
    /// There is none, or it does not read.
    pub fn take() -> Result<Self, TakeError> {
        let tty = Arc::new(Tty::open().map_err(TakeError::Open)?);
        let is_continued = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGCONT, Arc::clone(&is_continued)).map_err(TakeError::Enter)?;
        let caught = hangup::catch().map_err(TakeError::Enter)?;
        tty.take().map_err(TakeError::Enter)?;
        let panics = Panics::default();
        keep_panics_off_the_screen(Arc::downgrade(&tty), panics.clone());
        Ok(Self { tty, panics, is_continued, caught: Mutex::new(Some(caught)) })
    }

    /// For writer and reader.
    #[must_use]
    pub fn tty(&self) -> Arc<Tty> {
        Arc::clone(&self.tty)
    }

    pub(super) fn caught(&self) -> Option<Caught> {
        self.caught.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Columns and rows now.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.tty.size()
    }

    /// Panics of any thread since the terminal was taken. The loop asks at each wake-up and says so on the screen.
    #[must_use]
    pub fn panics(&self) -> Panics {
        self.panics.clone()
    }

    /// Gives the terminal back, stops the whole job, and takes the terminal again when the shell continues it. Blocks in
    /// between. Afterwards the screen holds nothing: `Writer::forget`, and mark all data stale.
    ///
    /// # Errors
    /// No shell is there to continue us (nothing was changed then), or the terminal could not be taken again.
    pub fn suspend(&self) -> Result<(), SuspendError> {
        // A job of an interactive shell has a process group of its own. In the session's first group nobody would continue us.
        if getsid(None).is_ok_and(|session| session == getpgrp()) {
            return Err(SuspendError::NoShell);
        }
        self.tty.give_back(Hold::Lent);
        // The group, as the terminal driver does it: a wrapper (`sh -c`, `sudo`) that only sees its child stop would wait forever.
        self.is_continued.store(false, Ordering::Release);
        let _ = kill_current_process_group(Signal::STOP);
        // The signal is the process's: this thread may go on for a moment before the kernel stops it too. Taking the terminal in
        // that moment would leave the shell with it. While we are stopped no look is counted.
        for _ in 0..LOOKS {
            if self.is_continued.load(Ordering::Acquire) {
                break;
            }
            thread::sleep(LOOK);
        }
        self.tty.take().map_err(SuspendError::Retake)
    }

    /// Takes the terminal again after somebody else stopped and continued us: the shell may have changed everything on it.
    ///
    /// # Errors
    /// The terminal is gone, or was given back for good: the watcher says so too, there is nothing to do here.
    pub fn retake(&self) -> io::Result<()> {
        self.tty.take()
    }

    /// Gives the terminal back for good. Safe to call again, and from any thread; dropping does the same.
    pub fn give_back(&self) {
        self.tty.give_back(Hold::Given);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.tty.give_back(Hold::Given);
        if std::thread::panicking() {
            // The loop itself died. The screen is the shell's again, so now it can be said.
            use io::Write as _;
            for panicked in self.panics.take() {
                let _ = writeln!(io::stderr(), "cutover: internal error in thread {} at {}", panicked.thread, panicked.place);
            }
        }
    }
}

/// While the terminal is ours a panic message would land in the middle of a frame; before and after, the usual hook speaks.
fn keep_panics_off_the_screen(tty: Weak<Tty>, panics: Panics) {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| match tty.upgrade() {
        Some(tty) if tty.is_ours() => panics.record(info),
        Some(_) | None => usual(info),
    }));
}
