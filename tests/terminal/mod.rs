//! The terminal room in a real pty.
