//! The tty itself: take it, give it back once, read keys, write frames, notice when it goes away.
//!
//! Four threads of control, so that nothing waits for a terminal: the loop (not ours), the [`writer`] that alone writes, the
//! disposable [`reader`], and the [`hangup`] watcher that outlives a stuck loop. They share one [`tty::Tty`]: a file of our own
//! (non-blocking without touching the shell's), with one pen, and a state that is left exactly once.
//!
//! ```no_run
//! use std::sync::{Arc, atomic::AtomicBool};
//! use cutover::terminal::{capability::Glyphs, hangup, reader, session::Session, writer::{Frame, Writer}};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let in_flight = Arc::new(AtomicBool::new(false));      // true while an action must not be interrupted
//! let session = Session::take()?;                        // raw, alternate screen; given back when dropped, panic included
//! let mut signals = hangup::start(&session, in_flight)?;
//! let mut inputs = reader::start(session.tty())?;
//! let writer = Writer::start(session.tty(), Glyphs::Unicode)?;
//! loop {
//!     tokio::select! { biased;
//!         event = signals.recv() => match event {
//!             // Terminate and HangUp: end within a second (12 s while `in_flight`), or the watcher ends the process.
//!             Some(hangup::Event::Suspend) => { session.suspend()?; writer.forget(); }
//!             Some(hangup::Event::Continue) => { let _ = session.retake(); writer.forget(); }
//!             Some(hangup::Event::Resize { .. }) => {}
//!             Some(hangup::Event::Terminate(_) | hangup::Event::HangUp) | None => break,
//!         },
//!         input = inputs.recv() => match input {
//!             Some(_input) => {}
//!             None => break,                             // end of input: treat as a hang-up
//!         },
//!     }
//!     writer.submit(Frame { buffer: ratatui::buffer::Buffer::default(), repaint: false });
//! }
//! session.give_back();                                   // or drop it
//! # Ok(()) }
//! ```
//!
//! What this room does *not* do: know what is on the screen, or what a key means. It measures its own deadlines with the
//! monotonic clock; nothing that it measures reaches the state.

pub mod capability;
pub mod classify;
pub mod clipboard;
pub mod decode;
pub mod encode;
pub mod hangup;
pub mod input;
mod paint;
pub mod reader;
pub mod session;
pub mod tty;
pub mod writer;
