//! What is true and what happens next: state, focus, intent, message, effect, update.
//!
//! Pure: no ratatui, no tokio, no clock, no I/O. `update(&mut AppState, Message) -> Vec<Effect>` is the only way state
//! changes. What this room does *not* do: look like anything, or send anything.

pub mod alerts;
pub mod answering;
pub mod copying;
pub mod density;
pub mod doubt;
pub mod effect;
pub mod field;
pub mod finding;
pub mod form;
pub mod gates;
pub mod judging;
pub mod kept;
pub mod keycard;
pub mod keymap;
pub mod list;
pub mod locking;
pub mod looking;
pub mod message;
pub mod navigate;
pub mod opening;
pub mod palette;
pub mod place;
pub mod problems;
pub mod prompt;
pub mod role;
pub mod roster;
pub mod seeking;
pub mod shelf;
pub mod sort;
pub mod standing;
pub mod state;
pub mod tenants;
pub mod travel;
pub mod typing;
pub mod update;
pub mod view;
pub mod zone;
