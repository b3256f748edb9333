//! The thread that alone writes to the terminal.
//!
//! Between the loop and it stands a slot with one place: a new frame takes the place of one that was not written yet. So a slow
//! or frozen terminal slows nobody, nothing piles up, and what it shows first when it reads again is the present.

#![expect(
    clippy::disallowed_methods,
    reason = "deadlines of threads that must work when the loop does not; nothing measured here reaches the state"
)]

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

pub use super::encode::Frame;
use super::{
    capability::Glyphs,
    clipboard,
    encode::Encoder,
    tty::{Put, Tty},
};

/// Bells and clipboard texts that may wait; the oldest give way.
const MAX_ASIDES: usize = 4;

/// What waits to be written.
#[derive(Debug, Default)]
struct Slot {
    frame: Option<Frame>,
    /// What is not part of the picture: bell, clipboard.
    asides: VecDeque<Vec<u8>>,
    forget: bool,
    stop: bool,
}

#[derive(Debug, Default)]
struct Shared {
    slot: Mutex<Slot>,
    filled: Condvar,
    /// Since when one write has been waiting for the terminal.
    waiting_since: Mutex<Option<Instant>>,
    is_over: AtomicBool,
    replaced: AtomicU64,
}

impl Shared {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands frames to the thread. Dropping it stops the thread, without waiting for it.
#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
}

impl Writer {
    /// Starts the thread. It writes nothing until the first frame comes.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(tty: Arc<Tty>, glyphs: Glyphs) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("cutover-writer".into()).spawn(move || {
            let _over = Over(&theirs);
            run(&tty, &theirs, Encoder::new(glyphs));
        })?;
        Ok(Self { shared })
    }

    /// Shows this frame as soon as the terminal can take it, unless a newer one comes first. Never waits. `false`: the
    /// terminal is gone (or the writer died), end.
    pub fn submit(&self, mut frame: Frame) -> bool {
        let mut slot = self.shared.slot();
        // A repaint that was asked for stays asked for, whichever picture it is done with.
        frame.repaint |= slot.frame.as_ref().is_some_and(|waiting| waiting.repaint);
        slot.frame = Some(frame);
        drop(slot);
        self.shared.filled.notify_one();
        !self.shared.is_over.load(Ordering::Acquire)
    }

    /// What the terminal shows is not known any more (it was lent, or somebody wrote on it): the next frame is written whole.
    pub fn forget(&self) {
        self.shared.slot().forget = true;
    }

    /// Rings the bell: the one notification that passes tmux and screen.
    pub fn bell(&self) {
        self.aside(b"\x07".to_vec());
    }

    /// Sends text to the clipboard of the operator's own terminal (OSC 52). `false`: too long ([`clipboard::MAX_BYTES`]).
    /// `true` means sent, not arrived.
    #[must_use]
    pub fn copy(&self, text: &str, in_tmux: bool) -> bool {
        clipboard::sequence(text, in_tmux).map(|bytes| self.aside(bytes)).is_some()
    }

    /// How long the terminal has not been taking what we write. `None`: it keeps up.
    #[must_use]
    pub fn waiting_for(&self) -> Option<Duration> {
        self.shared.waiting_since.lock().unwrap_or_else(PoisonError::into_inner).map(|since| since.elapsed())
    }

    /// Cells that the guard had to replace, since the start. Anything but 0 is a bug.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.shared.replaced.load(Ordering::Relaxed)
    }

    fn aside(&self, bytes: Vec<u8>) {
        let mut slot = self.shared.slot();
        if slot.asides.len() >= MAX_ASIDES {
            slot.asides.pop_front();
        }
        slot.asides.push_back(bytes);
        drop(slot);
        self.shared.filled.notify_one();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.slot().stop = true;
        self.shared.filled.notify_one();
    }
}

/// Says that the thread ended, however it ended.
struct Over<'a>(&'a Shared);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Release);
    }
}

fn run(tty: &Tty, shared: &Shared, mut encoder: Encoder) {
    let mut bytes = Vec::with_capacity(16 * 1024);
    loop {
        let mut slot = shared.slot();
        while slot.frame.is_none() && slot.asides.is_empty() && !slot.stop {
            slot = shared.filled.wait(slot).unwrap_or_else(PoisonError::into_inner);
        }
        if slot.stop {
            return;
        }
        let frame = slot.frame.take();
        let asides = std::mem::take(&mut slot.asides);
        if std::mem::take(&mut slot.forget) {
            encoder.forget();
        }
        drop(slot);

        bytes.clear();
        if let Some(frame) = frame {
            // A Vec takes everything.
            let _ = encoder.encode(frame, &mut bytes);
            shared.replaced.store(encoder.replaced(), Ordering::Relaxed);
        }
        bytes.extend(asides.into_iter().flatten());
        if bytes.is_empty() {
            continue;
        }
        set_waiting(shared, Some(Instant::now()));
        let put = tty.put(&bytes);
        set_waiting(shared, None);
        match put {
            Put::Written => {}
            Put::Abandoned => encoder.forget(),
            Put::Gone => return,
        }
    }
}

fn set_waiting(shared: &Shared, since: Option<Instant>) {
    *shared.waiting_since.lock().unwrap_or_else(PoisonError::into_inner) = since;
}
