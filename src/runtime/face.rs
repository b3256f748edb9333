//! The real terminal as the loop's face.

use std::io;

use ratatui::buffer::Buffer;

use super::console::Face;
use crate::terminal::{
    capability::Glyphs,
    encode::Frame,
    session::{Panics, Session},
    writer::Writer,
};

/// Session and writer together.
pub struct TerminalFace {
    session: Session,
    writer: Writer,
    panics: Panics,
    in_tmux: bool,
}

impl TerminalFace {
    /// Puts a writer on a session.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn new(session: Session, glyphs: Glyphs, in_tmux: bool) -> io::Result<Self> {
        let writer = Writer::start(session.tty(), glyphs)?;
        Ok(Self { panics: session.panics(), session, writer, in_tmux })
    }

    /// The terminal's size now, or `known` when it does not tell.
    #[must_use]
    pub fn size_or(&self, known: (u16, u16)) -> (u16, u16) {
        self.session.size().unwrap_or(known)
    }

    fn size(&self) -> Result<(u16, u16), String> {
        self.writer.forget();
        self.session.size().map_err(|error| format!("the terminal does not tell its size: {error}"))
    }
}

impl Face for TerminalFace {
    fn show(&mut self, frame: Buffer, repaint: bool) {
        self.writer.submit(Frame { buffer: frame, repaint });
    }

    fn bell(&mut self) {
        self.writer.bell();
    }

    fn copy(&mut self, text: &str) {
        if !self.writer.copy(text, self.in_tmux) {
            tracing::warn!("the text is too long for the clipboard sequence");
        }
    }

    fn suspend(&mut self) -> Result<(u16, u16), String> {
        self.session.suspend().map_err(|error| error.to_string())?;
        self.size()
    }

    fn retake(&mut self) -> Result<(u16, u16), String> {
        self.session.retake().map_err(|error| format!("the terminal could not be taken again: {error}"))?;
        self.size()
    }

    fn panics(&mut self) -> Vec<String> {
        self.panics
            .take()
            .into_iter()
            .map(|panicked| {
                format!("internal error in {} at {}: the log has it, the console goes on", panicked.thread, panicked.place)
            })
            .collect()
    }
}
