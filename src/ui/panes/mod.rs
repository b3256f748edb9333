//! One file a pane: what it draws in the room that the overview, or a page of its own, gives it. `title` is common to all.
//!
//! What this does *not* do: say where a pane stands (`overview`) or what is in it (`app::view`).

pub mod rollouts;
mod title;

pub use title::title;
