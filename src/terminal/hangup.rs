//! The thread that notices that it is over: signals, and the terminal going away.
//!
//! It asks the kernel itself, because a reader of keys may never notice (crossterm#793), and it keeps the promise that the loop
//! cannot keep when it is the loop that hangs: terminal back within a second, process gone within a second, or within twelve
//! while an action is in flight (its outcome must reach the ledger).

#![expect(
    clippy::disallowed_methods,
    reason = "deadlines of threads that must work when the loop does not; nothing measured here reaches the state; and the process is ended when the loop does not end"
)]

use std::{
    io,
    os::unix::net::UnixStream,
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec};
use signal_hook::{
    consts::signal::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH},
    iterator::{backend::SignalDelivery, exfiltrator::SignalOnly},
};
use tokio::sync::mpsc::{self, error::TrySendError};

use super::{
    session::Session,
    tty::{Hold, Tty},
};

/// Events that may wait for the loop.
const QUEUE: usize = 16;
/// When the watcher takes the terminal from a loop that did not give it back. Giving back takes 0.4 s at most.
const LOOP_GIVES_BACK: Duration = Duration::from_millis(350);
/// When the process ends, counted from the signal, whatever the loop does.
const PROCESS_ENDS: Duration = Duration::from_millis(900);
/// The same with an action in flight.
const IN_FLIGHT_ENDS: Duration = Duration::from_millis(11_800);
/// How long the loop has to end by itself after the last action came back.
const AFTER_FLIGHT: Duration = Duration::from_millis(500);
/// How often it looks, once it is over.
const LAST_LOOKS: Duration = Duration::from_millis(20);

/// What the loop must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// TERM, INT, HUP or QUIT: end now, the exit code is [`exit_code`].
    Terminate(i32),
    /// The terminal is gone: end, and draw nothing.
    HangUp,
    /// Somebody asked us to stop (`kill -TSTP`): `Session::suspend`.
    Suspend,
    /// We were stopped and go on: `Session::retake`, repaint, mark everything stale.
    Continue,
    /// The terminal has another size.
    Resize { columns: u16, rows: u16 },
}

/// What a process that ended by a signal exits with, as shells have it; a hang-up counts as HUP.
#[must_use]
pub const fn exit_code(event: Event) -> i32 {
    match event {
        Event::Terminate(signal) => 128 + signal,
        Event::HangUp => 128 + SIGHUP,
        Event::Suspend | Event::Continue | Event::Resize { .. } => 0,
    }
}

/// Signals that wait for the watcher.
#[derive(Debug)]
pub(super) struct Caught(SignalDelivery<UnixStream, SignalOnly>);

/// Catches the signals from now on. Before the terminal is taken: in between, their default would end us and leave it raw.
pub(super) fn catch() -> io::Result<Caught> {
    let (read, write) = UnixStream::pair()?;
    let signals = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH];
    SignalDelivery::with_pipe(read, write, SignalOnly, signals).map(Caught)
}

/// Starts the watcher of a session, once. `in_flight`: true as long as an action must not be cut off.
///
/// # Errors
/// The session is watched already, or no thread could be started.
pub fn start(session: &Session, in_flight: Arc<AtomicBool>) -> io::Result<mpsc::Receiver<Event>> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let Caught(delivery) = session.caught().ok_or(io::ErrorKind::AlreadyExists)?;
    let watcher = Watcher { tty: session.tty(), in_flight, sender, undelivered: Vec::new(), ending: None };
    thread::Builder::new().name("cutover-hangup".into()).spawn(move || watcher.run(delivery))?;
    Ok(receiver)
}

const fn is_end(signal: i32) -> bool {
    matches!(signal, SIGTERM | SIGINT | SIGHUP | SIGQUIT)
}

/// The end, once it has begun.
#[derive(Clone, Copy, Debug)]
struct Ending {
    since: Instant,
    exit_code: i32,
    hold: Hold,
    /// When the last action was seen in flight.
    flew: Option<Instant>,
}

#[derive(Debug)]
struct Watcher {
    tty: Arc<Tty>,
    in_flight: Arc<AtomicBool>,
    sender: mpsc::Sender<Event>,
    /// The queue was full. The newest of each kind.
    undelivered: Vec<Event>,
    ending: Option<Ending>,
}

impl Watcher {
    fn run(mut self, mut delivery: SignalDelivery<UnixStream, SignalOnly>) {
        let mut is_gone = false;
        loop {
            let is_hung_up = self.wait(&delivery, is_gone);
            if is_hung_up && !is_gone {
                is_gone = true;
                self.tty.give_back(Hold::Gone);
                self.end(Event::HangUp, Hold::Gone);
            }
            // They come in no order. The kernel sends HUP and CONT together when a terminal goes away: the end counts.
            let (ends, others): (Vec<_>, Vec<_>) = delivery.pending().partition(|&signal| is_end(signal));
            for signal in ends.into_iter().chain(others) {
                self.on_signal(signal);
            }
            for event in std::mem::take(&mut self.undelivered) {
                self.tell(event);
            }
            self.keep_the_promise();
        }
    }

    /// Until a signal comes, the terminal goes away, or it is time to look again. Says whether the terminal is gone.
    fn wait(&self, delivery: &SignalDelivery<UnixStream, SignalOnly>, is_gone: bool) -> bool {
        let mut waits = vec![PollFd::new(delivery.get_read(), PollFlags::IN)];
        if !is_gone {
            // No flags: HUP and ERR are always reported.
            waits.push(PollFd::new(self.tty.file(), PollFlags::empty()));
        }
        let is_idle = self.ending.is_none() && self.undelivered.is_empty();
        let look = Timespec::try_from(LAST_LOOKS).ok();
        let _ = rustix::event::poll(&mut waits, if is_idle { None } else { look.as_ref() });
        waits.get(1).is_some_and(|tty| tty.revents().intersects(PollFlags::HUP | PollFlags::ERR))
    }

    fn on_signal(&mut self, signal: i32) {
        match signal {
            _ if is_end(signal) => self.end(Event::Terminate(signal), Hold::Given),
            _ if self.ending.is_some() => {}
            SIGTSTP => self.tell(Event::Suspend),
            SIGCONT => self.tell(Event::Continue),
            SIGWINCH => {
                if let Ok((columns, rows)) = self.tty.size() {
                    self.tell(Event::Resize { columns, rows });
                }
            }
            _ => {}
        }
    }

    /// The first reason counts: a terminal that hangs up usually sends HUP as well.
    fn end(&mut self, event: Event, hold: Hold) {
        if self.ending.is_none() {
            self.ending = Some(Ending { since: Instant::now(), exit_code: exit_code(event), hold, flew: None });
            self.tell(event);
        }
    }

    fn tell(&mut self, event: Event) {
        match self.sender.try_send(event) {
            // The loop has ended; what is left to do is done without it.
            Ok(()) | Err(TrySendError::Closed(_)) => {}
            Err(TrySendError::Full(event)) => {
                self.undelivered.retain(|other| std::mem::discriminant(other) != std::mem::discriminant(&event));
                self.undelivered.push(event);
            }
        }
    }

    fn keep_the_promise(&mut self) {
        let Some(ending) = &mut self.ending else { return };
        let now = Instant::now();
        let elapsed = now - ending.since;
        let is_in_flight = self.in_flight.load(Ordering::Acquire);
        if is_in_flight {
            ending.flew = Some(now);
        }
        let ending = *ending;
        if elapsed >= LOOP_GIVES_BACK {
            // Only the first call does anything.
            self.tty.give_back(ending.hold);
        }
        let landed = ending.flew.is_none_or(|flew| now - flew >= AFTER_FLIGHT);
        if (elapsed >= PROCESS_ENDS && !is_in_flight && landed) || elapsed >= IN_FLIGHT_ENDS {
            self.tty.give_back(ending.hold);
            process::exit(ending.exit_code);
        }
    }
}
