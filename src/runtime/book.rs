//! Keeps the loop's book: folds the ledger anew when it may say something else, and tells the loop when it does.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::{runtime::Handle, sync::mpsc};

use super::world::World;
use crate::{app::message::Message, ledger::book::Book};

/// Every so many beats of the loop it is folded although no chain was written to: a disk that is full, or not any more, writes
/// nothing.
const ANYHOW: u32 = 10;

/// Folds away from the loop's thread, and one at a time: a disk that hangs must not collect threads.
pub struct BookKeeper {
    world: Arc<World>,
    results: mpsc::Sender<Message>,
    workers: Handle,
    desk: Arc<Desk>,
    beats: u32,
}

/// What one fold leaves for the next.
#[derive(Debug, Default)]
struct Desk {
    is_busy: AtomicBool,
    known: Mutex<Option<Arc<Book>>>,
}

/// The desk is free again, however the fold ended.
struct Busy(Arc<Desk>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.is_busy.store(false, Ordering::Release);
    }
}

impl Desk {
    /// Somebody else's action is in flight: when its owner dies it is in doubt, and nobody writes that down.
    fn is_watching_somebody(&self) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|book| !book.in_flight.is_empty())
    }

    /// Keeps `book`; gives it back when it is another than the one before.
    fn news(&self, book: Book) -> Option<Arc<Book>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_deref() == Some(&book) {
            return None;
        }
        known.replace(Arc::new(book));
        known.clone()
    }
}

impl BookKeeper {
    /// Folds for the first time at once.
    #[must_use]
    pub fn new(world: Arc<World>, results: mpsc::Sender<Message>) -> Self {
        let keeper = Self { workers: world.workers(), world, results, desk: Arc::default(), beats: 0 };
        keeper.fold();
        keeper
    }

    /// Once a beat of the loop. Costs one question to the kernel when nothing was written. Never waits.
    pub fn beat(&mut self) {
        let Some(changes) = &self.world.changes else { return };
        // What is asked while it is busy would be lost.
        if self.desk.is_busy.load(Ordering::Acquire) {
            return;
        }
        self.beats += 1;
        if changes.seen() || self.beats >= ANYHOW || self.desk.is_watching_somebody() {
            self.beats = 0;
            self.fold();
        }
    }

    fn fold(&self) {
        self.desk.is_busy.store(true, Ordering::Release);
        let busy = Busy(Arc::clone(&self.desk));
        let (world, results) = (Arc::clone(&self.world), self.results.clone());
        self.workers.spawn_blocking(move || {
            // First: what is written from here on is told.
            if let Some(changes) = &world.changes {
                changes.follow();
            }
            let book =
                world.recorder.book().unwrap_or_else(|error| Book { unwritable: Some(error.to_string()), ..Book::default() });
            if let Some(book) = busy.0.news(book) {
                // The loop is gone only when the program ends.
                let _ = results.blocking_send(Message::Book(book));
            }
        });
    }
}
