//! What each part of the screen says, ready to be laid out: words, roles and order, but no colours, cells or wrapping.
//!
//! Pure functions of `&AppState`. `ui` draws these and decides nothing:
//!
//! | part | function |
//! |---|---|
//! | row 1, row 2, message row, footer | `header`, `attention`, `breadcrumb`, `message`, `footer` |
//! | overview | `rollouts(state, rows)`, `other_pane(state, pane)` |
//! | detail, why, sources, help | `page(state) -> Option<Page>` (sources also as rows: `sources(state)`) |
//! | form, progress, in doubt | `form(state)`, `progress(state)`, `in_doubt(state)`: `Option<..View>` |
//! | audit | `audit(state, rows)` |
//! | menus over the screen below (`X`, `y`) | `menu(state) -> Option<MenuView>` |
//! | welcome | `welcome(state) -> Option<WelcomeView>` |
//!
//! Which of them is the page is `state.screen()`; `Form`, `Actions`, `Copy` lie over `state.screen_below()`.

pub mod model;

pub use model::*;
