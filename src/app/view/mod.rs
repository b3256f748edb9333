//! What each part of the screen says, ready to be laid out: words, roles and order, but no colours, cells or wrapping.
//!
//! Pure functions of `&AppState`. `ui` draws these and decides nothing:
//!
//! | part | function |
//! |---|---|
//! | row 1, row 2, message row, footer | `header`, `attention`, `breadcrumb`, `message`, `footer` |
//! | overview | `rollouts(state, rows)`, `alert_window(state, rows)`, `gate_window(state, rows)` |
//! | alerts, gates | the windows, and `alert_sections`, `gate_sections` of the selected row |
//! | detail, why, sources, help | `page(state) -> Option<Page>` (sources also as rows: `sources(state)`) |
//! | form, progress, in doubt | `form(state)`, `progress(state)`, `in_doubt(state)`: `Option<..View>` |
//! | audit | `audit(state, rows)` |
//! | menus over the screen below (`X`, `y`) | `menu(state) -> Option<MenuView>` |
//! | welcome | `welcome(state) -> Option<WelcomeView>` |
//!
//! Which of them is the page is `state.screen()`; `Form`, `Actions`, `Copy` lie over `state.screen_below()`.

pub mod age;
pub mod alerts;
pub mod attention;
pub mod density;
pub mod filter;
pub mod forms;
pub mod frame;
pub mod gate_why;
pub mod gates;
pub mod lists;
pub mod model;
pub mod overview;
pub mod pages;
pub mod palette;
pub mod prompt;
pub mod reference;
pub mod settle;
pub mod spark;
pub mod stages;
pub mod tenant_detail;
pub mod tenant_grid;
pub mod tenant_page;
pub mod tenants;

pub use age::{coarse_span, span_of_time};
pub use alerts::{AlertRow, AlertWindow, alert_sections, alert_window};
pub use attention::{attention, next_moment};
pub use density::DensityView;
pub use filter::{FilterView, filter};
pub use forms::{can_nudge, form, form_lines, headline, outcome_word, progress};
pub use frame::{breadcrumb, footer, header, message};
pub use gate_why::gate_sections;
pub use gates::{GateRow, GateWindow, gate_window};
pub use lists::{AuditLine, AuditView, SourceRow};
pub use model::*;
pub use overview::{rollouts, row_text, state_word, summary, wants};
pub use pages::{page, page_lines, page_of};
pub use palette::{PaletteRow, PaletteView, palette, refusal as palette_refusal};
pub use prompt::{PromptView, prompt};
pub use reference::sources;
pub use settle::{Action, action_of, audit, audit_selected, in_doubt, menu, welcome};
pub use tenant_detail::tenant_sections;
pub use tenant_grid::{CauseRow, Cell, TenantRow, TenantWindow, tenant_window};
pub use tenants::tenants_pane;
