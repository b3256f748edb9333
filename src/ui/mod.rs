//! What it looks like. Reads state, changes nothing.
//!
//! What this room does *not* do: know a backend, keep state, or decide what a key does.

pub mod canvas;
pub mod glyph;
pub mod theme;
pub mod words;
