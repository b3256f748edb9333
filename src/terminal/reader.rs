//! The thread that reads keys. Disposable: nobody ever waits for it to end.
//!
//! Into a bounded queue, and never blocking: when [`QUEUE`] inputs wait, whoever types cannot be seeing what they do. Further
//! keys are then dropped, and what comes after is a burst for a second, so that the rest of a dropped word confirms nothing.
//!
//! The receiver ends when there is nothing left to read from: treat it as a hang-up. The watcher says so first, where it can.

#![expect(
    clippy::disallowed_methods,
    reason = "deadlines of threads that must work when the loop does not; nothing measured here reaches the state"
)]

use std::{
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec},
    io::Errno,
};
use tokio::sync::mpsc::{self, error::TrySendError};

use super::{
    classify::Classifier,
    decode::{Decoder, Waiting},
    input::Input,
    tty::Tty,
};

/// Inputs that may wait for the loop.
pub const QUEUE: usize = 256;
/// How long an Esc may be the beginning of a sequence. A line delivers the bytes of one key together but for rare splits.
const SEQUENCE_PATIENCE: Duration = Duration::from_millis(50);
/// How long a paste may pause before it is taken to be over.
const PASTE_PATIENCE: Duration = Duration::from_secs(1);
/// How often it is asked whether a terminal that was lent is back.
const LENT: Duration = Duration::from_millis(50);

/// How long an end of input is kept quiet, so that the watcher, who knows why, speaks first.
const WATCHER_FIRST: Duration = Duration::from_secs(1);

/// Starts the reader.
///
/// # Errors
/// No thread could be started.
pub fn start(tty: Arc<Tty>) -> io::Result<mpsc::Receiver<Input>> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    thread::Builder::new().name("cutover-input".into()).spawn(move || {
        run(&tty, &sender);
        thread::sleep(WATCHER_FIRST);
        drop(sender);
    })?;
    Ok(receiver)
}

fn run(tty: &Tty, sender: &mpsc::Sender<Input>) {
    let start = Instant::now();
    let mut decoder = Decoder::default();
    let mut classifier = Classifier::default();
    let mut bytes = [0_u8; 4096];
    while !sender.is_closed() {
        if !tty.is_ours() {
            // What is typed now is the shell's.
            thread::sleep(LENT);
            continue;
        }
        let patience = match decoder.waiting() {
            Waiting::Nothing => None,
            Waiting::Sequence => Some(SEQUENCE_PATIENCE),
            Waiting::Paste => Some(PASTE_PATIENCE),
        };
        let timeout = patience.and_then(|patience| Timespec::try_from(patience).ok());
        let mut waits = [PollFd::new(tty.file(), PollFlags::IN)];
        let typed = match rustix::event::poll(&mut waits, timeout.as_ref()) {
            Ok(0) => decoder.give_up_waiting().into_iter().collect(),
            Ok(_) if !tty.is_ours() => continue,
            Ok(_) => match rustix::io::read(tty.file(), &mut bytes) {
                // End of input.
                Ok(0) => return,
                Ok(count) => decoder.push(bytes.get(..count).unwrap_or_default()),
                Err(Errno::AGAIN | Errno::INTR) => continue,
                Err(_) => return,
            },
            Err(Errno::INTR) => continue,
            Err(_) => return,
        };
        let at = start.elapsed();
        for input in classifier.push(typed, at) {
            match sender.try_send(input) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => classifier.distrust(at),
                Err(TrySendError::Closed(_)) => return,
            }
        }
    }
}
