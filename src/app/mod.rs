//! What is true and what happens next: state, focus, intent, message, effect, update.
//!
//! Pure: no ratatui, no tokio, no clock, no I/O. `update(&mut AppState, Message) -> Vec<Effect>` is the only way state
//! changes. What this room does *not* do: look like anything, or send anything.

pub mod effect;
pub mod message;
