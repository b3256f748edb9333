//! What it looks like. Reads state, changes nothing.
//!
//! `theme` and `glyph` say how roles and signs look; `canvas` is the brush; `picture` lays a whole screen out from views;
//! `panes` has one file a pane; the other files draw one kind of view each. What this room does *not* do: know a backend, keep state, or decide what a key does.

pub mod actions;
pub mod canvas;
pub mod flow;
pub mod form;
pub mod frame;
pub mod glyph;
pub mod lists;
pub mod overview;
pub mod pages;
pub mod panes;
pub mod picture;
pub mod screen;
pub mod theme;
pub mod words;
