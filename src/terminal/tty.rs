//! The terminal as a file: one pen, one state, given back exactly once.
//!
//! The file is opened anew, so it can be non-blocking: the description behind standard output belongs to the shell too, and a
//! shell whose terminal turned non-blocking misbehaves long after we are gone. Non-blocking is what lets a frame that a frozen
//! terminal does not take be given up at once.

#![expect(
    clippy::disallowed_methods,
    reason = "deadlines of threads that must work when the loop does not; nothing measured here reaches the state"
)]

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, PipeReader, PipeWriter, Read, Write},
    os::unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crossterm::{
    Command,
    cursor::{Hide, Show},
    style::ResetColor,
    terminal::{EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec},
    fs::OFlags,
    io::Errno,
    process::getpgrp,
    termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr, ttyname},
};

/// Ends a control sequence that was cut in the middle.
const CANCEL: &[u8] = b"\x18";
/// How long a terminal may take to swallow [`enter`] or [`leave`] before what it has not read is thrown away.
const PATIENCE: Duration = Duration::from_millis(250);

// crossterm has these only together with its event reader.
const PASTES_MARKED: &[u8] = b"\x1b[?2004h";
const PASTES_PLAIN: &[u8] = b"\x1b[?2004l";

/// Alternate screen, no cursor, pastes marked as such. No mouse: it would take selecting and copying away from the operator.
fn enter() -> Vec<u8> {
    [&ansi(&[&EnterAlternateScreen, &Hide]), PASTES_MARKED].concat()
}

/// The same undone, whatever a frame was in the middle of: synchronized update over, colours off.
fn leave() -> Vec<u8> {
    [&ansi(&[&EndSynchronizedUpdate, &ResetColor]), PASTES_PLAIN, &ansi(&[&LeaveAlternateScreen, &Show])].concat()
}

/// A crossterm command without its type, so that several stand in one list.
trait Ansi {
    fn put(&self, out: &mut String) -> fmt::Result;
}

impl<C: Command> Ansi for C {
    fn put(&self, out: &mut String) -> fmt::Result {
        self.write_ansi(out)
    }
}

fn ansi(commands: &[&dyn Ansi]) -> Vec<u8> {
    let mut out = String::new();
    for command in commands {
        // Writing to a String does not fail.
        let _ = command.put(&mut out);
    }
    out.into_bytes()
}

/// Who has the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// We do: raw, alternate screen.
    Ours,
    /// The shell does, for as long as we are suspended.
    Lent,
    /// The shell does, for good.
    Given,
    /// Nobody: it hung up.
    Gone,
}

/// What became of bytes that were to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Put {
    Written,
    /// The terminal is not ours (any more); the bytes, or the rest of them, were not written.
    Abandoned,
    /// It hung up.
    Gone,
}

/// The right to write, and what it must know.
#[derive(Debug)]
struct Pen {
    hold: Hold,
    /// The last write stopped in the middle: the terminal may be inside a control sequence.
    is_cut: bool,
}

/// The terminal. Shared by session, writer, reader and watcher; only the writer puts frames on it.
#[derive(Debug)]
pub struct Tty {
    file: File,
    found: Termios,
    pen: Mutex<Pen>,
    /// Same as `pen.hold == Ours`, for those who must not wait for the pen.
    is_ours: AtomicBool,
    /// A byte in here takes the pen away from a writer that waits for the terminal.
    call: PipeWriter,
    called: PipeReader,
}

impl Tty {
    /// Opens the terminal on standard output and remembers how it was found. Changes nothing yet.
    ///
    /// # Errors
    /// Standard output is no terminal, or it can be opened neither by name nor as `/dev/tty`.
    pub fn open() -> io::Result<Self> {
        let stdout = rustix::stdio::stdout();
        let found = tcgetattr(stdout)?;
        let file = ttyname(stdout, Vec::new())
            .map_err(io::Error::from)
            .and_then(|name| open(std::ffi::OsStr::from_bytes(name.to_bytes()).as_ref()))
            // The name is of another user after `su`, and of another mount namespace in a container.
            .or_else(|_| open("/dev/tty".as_ref()))?;
        let (called, call) = io::pipe()?;
        Ok(Self {
            file,
            found,
            pen: Mutex::new(Pen { hold: Hold::Lent, is_cut: false }),
            is_ours: AtomicBool::new(false),
            call,
            called,
        })
    }

    /// Columns and rows now.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = tcgetwinsize(&self.file)?;
        // A line that knows no size says 0: the smallest size everything works at.
        Ok(if size.ws_col == 0 || size.ws_row == 0 { (80, 24) } else { (size.ws_col, size.ws_row) })
    }

    /// Whether frames may be written and keys read now. Never waits.
    pub fn is_ours(&self) -> bool {
        self.is_ours.load(Ordering::Acquire)
    }

    pub(super) const fn file(&self) -> &File {
        &self.file
    }

    fn pen(&self) -> MutexGuard<'_, Pen> {
        self.pen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pen, also from a writer that waits for the terminal with it in hand: it lets go.
    fn pen_at_once(&self) -> MutexGuard<'_, Pen> {
        let _ = (&self.call).write_all(b".");
        let pen = self.pen();
        let _ = (&self.called).read_exact(&mut [0]);
        pen
    }

    /// Raw mode and alternate screen.
    ///
    /// # Errors
    /// The terminal is gone, or does not read.
    pub(super) fn take(&self) -> io::Result<()> {
        let mut pen = self.pen_at_once();
        match pen.hold {
            Hold::Ours | Hold::Lent => {}
            Hold::Given | Hold::Gone => return Err(io::Error::from(io::ErrorKind::NotConnected)),
        }
        let mut raw = self.found.clone();
        raw.make_raw();
        tcsetattr(&self.file, OptionalActions::Now, &raw)?;
        if !self.insist(&enter(), PATIENCE * 4) {
            let _ = tcsetattr(&self.file, OptionalActions::Now, &self.found);
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the terminal does not read"));
        }
        pen.hold = Hold::Ours;
        pen.is_cut = false;
        self.is_ours.store(true, Ordering::Release);
        Ok(())
    }

    /// Gives the terminal back as it was found, once: whoever comes second finds nothing to do. Takes at most about half a
    /// second, also from a writer that is stuck on a terminal that does not read. Says whether this was the call that did it.
    pub(super) fn give_back(&self, to: Hold) -> bool {
        self.is_ours.store(false, Ordering::Release);
        let mut pen = self.pen_at_once();
        match (pen.hold, to) {
            (Hold::Ours, _) => {}
            // Suspended, and now for good: the shell has it already.
            (Hold::Lent, Hold::Given | Hold::Gone) => {
                pen.hold = to;
                return false;
            }
            (Hold::Lent, Hold::Ours | Hold::Lent) | (Hold::Given | Hold::Gone, _) => return false,
        }
        pen.hold = to;
        // In the background (stopped by somebody, then told to end) the terminal is the shell's already: touching its modes would
        // only stop us again, by SIGTTOU.
        if to == Hold::Gone || self.is_background() {
            return true;
        }
        let cut: &[u8] = if pen.is_cut { CANCEL } else { b"" };
        if !self.insist(&[cut, &leave()].concat(), PATIENCE) {
            // It does not read. What it has not read is an old frame: throw that away to make room for what matters.
            let _ = tcflush(&self.file, QueueSelector::OFlush);
            let _ = self.insist(&[CANCEL, &leave()].concat(), PATIENCE / 2);
        }
        pen.is_cut = false;
        // Keys typed at the console must not run in the shell.
        let _ = tcflush(&self.file, QueueSelector::IFlush);
        let _ = tcsetattr(&self.file, OptionalActions::Now, &self.found);
        true
    }

    fn is_background(&self) -> bool {
        tcgetpgrp(&self.file).is_ok_and(|foreground| foreground != getpgrp())
    }

    /// One write for all of it where the terminal takes it; the rest as soon as it does. Waits as long as the terminal does
    /// not read, and until the terminal is taken away. Only the writer calls this.
    pub(super) fn put(&self, bytes: &[u8]) -> Put {
        let mut pen = self.pen();
        if pen.hold != Hold::Ours || !self.is_ours() {
            return Put::Abandoned;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(&self.file, rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let mut waits = [PollFd::new(&self.file, PollFlags::OUT), PollFd::new(&self.called, PollFlags::IN)];
                    let _ = rustix::event::poll(&mut waits, None);
                    let [terminal, called] = &waits;
                    if called.revents().contains(PollFlags::IN) {
                        pen.is_cut = rest.len() < bytes.len();
                        return Put::Abandoned;
                    }
                    if terminal.revents().intersects(PollFlags::HUP | PollFlags::ERR) {
                        return Put::Gone;
                    }
                }
                Err(_) => return Put::Gone,
            }
        }
        Put::Written
    }

    /// Writes all of it, or gives up after `patience`.
    fn insist(&self, bytes: &[u8], patience: Duration) -> bool {
        let end = Instant::now() + patience;
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(&self.file, rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    let left = Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 1_000_000 });
                    let mut waits = [PollFd::new(&self.file, PollFlags::OUT)];
                    let _ = rustix::event::poll(&mut waits, Some(&left));
                }
                Err(_) => return false,
            }
        }
        true
    }
}

fn open(path: &std::path::Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    OpenOptions::new().read(true).write(true).custom_flags(i32::try_from(flags.bits()).unwrap_or_default()).open(path)
}
