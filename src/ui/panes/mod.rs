//! One file a pane: what it draws in the room that the overview, or a page of its own, gives it. `title` is common to all;
//! `beside` lays a list and the detail of its selected row.
//!
//! What this does *not* do: say where a pane stands (`overview`) or what is in it (`app::view`).

pub mod alerts;
pub mod beside;
pub mod filter;
pub mod gates;
pub mod palette;
pub mod prompt;
mod remarks;
pub mod rollouts;
pub mod tenants;
mod title;

pub use remarks::remarks;
pub use title::{listed, out_of_sight, title};
