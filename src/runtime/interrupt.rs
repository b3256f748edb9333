//! What ends a command that is under way: the signals, from the moment that it matters when they come. Before that, and for
//! commands that change nothing, they end the process as the system has it.

use std::{io, sync::OnceLock, thread};

use signal_hook::{
    consts::signal::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};
use tokio::sync::{Mutex, mpsc};

use crate::cli::Exit;

/// Wishes that wait: the second one quits, so more say nothing new.
const QUEUE: usize = 4;

/// The signals of a command; nothing is caught until somebody waits for the first.
#[derive(Default)]
pub struct Interrupts(OnceLock<Option<Mutex<mpsc::Receiver<Exit>>>>);

impl Interrupts {
    /// The next signal, as the exit code that it means. Signals that can not be caught keep their own way, so then this is
    /// never.
    pub async fn next(&self) -> Exit {
        let caught = self.0.get_or_init(|| match catch() {
            Ok(receiver) => Some(Mutex::new(receiver)),
            Err(error) => {
                tracing::warn!(%error, "signals can not be caught: one that comes ends this command at once");
                None
            }
        });
        if let Some(receiver) = caught
            && let Some(exit) = receiver.lock().await.recv().await
        {
            return exit;
        }
        std::future::pending().await
    }
}

fn catch() -> io::Result<mpsc::Receiver<Exit>> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::Builder::new().name("cutover-signals".into()).spawn(move || {
        for signal in signals.forever() {
            let exit = match signal {
                SIGINT => Exit::Interrupted,
                SIGHUP => Exit::HungUp,
                _ => Exit::Terminated,
            };
            // A full queue has said it already.
            if let Err(mpsc::error::TrySendError::Closed(_)) = sender.try_send(exit) {
                return;
            }
        }
    })?;
    Ok(receiver)
}
