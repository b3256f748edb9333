//! The body of an answer, never more than its cap.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use tokio::sync::mpsc;

/// Parts that wait for their reader: what is read and what waits stays small, however long the answer is.
pub(super) const PARTS: usize = 4;

/// The reading end of a body that still comes in, for a thread that may block.
pub(super) struct Pipe {
    parts: mpsc::Receiver<Result<Bytes, io::Error>>,
    now: Bytes,
}

impl Pipe {
    pub fn new() -> (mpsc::Sender<Result<Bytes, io::Error>>, Self) {
        let (send, parts) = mpsc::channel(PARTS);
        (send, Self { parts, now: Bytes::new() })
    }
}

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.now.is_empty() {
            match self.parts.blocking_recv() {
                Some(part) => self.now = part?,
                None => return Ok(0),
            }
        }
        let count = self.now.len().min(into.len());
        self.now.copy_to_slice(into.split_at_mut(count).0);
        Ok(count)
    }
}
