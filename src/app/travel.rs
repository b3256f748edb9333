//! Moving: by a row, a record, an entry or a line, whatever the page has.

use super::{
    finding,
    state::{AppState, Screen},
    view,
};

/// Moves whatever the page moves by: a row, a record, an entry, a line.
pub(super) fn travel(state: &mut AppState, delta: isize) {
    match state.screen() {
        Screen::Overview | Screen::Alerts | Screen::Gates | Screen::Tenants => {
            if let Some(pane) = finding::listing(state) {
                finding::travel(state, pane, delta);
            }
        }
        Screen::Audit => {
            let Some(page) = state.audit.clone() else { return };
            let at = state.audit_seq.and_then(|seq| page.rows.iter().position(|row| row.seq == seq)).unwrap_or(0);
            let last = page.rows.len().saturating_sub(1);
            state.audit_seq = page.rows.get(at.saturating_add_signed(delta).min(last)).map(|row| row.seq);
        }
        Screen::Sources => {
            let at = state
                .source_selected
                .as_ref()
                .and_then(|id| state.sources.iter().position(|source| source.info.id == *id))
                .unwrap_or(0);
            let last = state.sources.len().saturating_sub(1);
            state.source_selected =
                state.sources.get(at.saturating_add_signed(delta).min(last)).map(|source| source.info.id.clone());
        }
        Screen::Actions | Screen::Copy => {
            let last = view::menu(state).map_or(0, |menu| menu.entries.len().saturating_sub(1));
            state.menu_row = state.menu_row.saturating_add_signed(delta).min(last);
        }
        Screen::Detail(_)
        | Screen::Alert(_)
        | Screen::Gate(_)
        | Screen::Tenant(_)
        | Screen::Help
        | Screen::Why
        | Screen::Progress(_)
        | Screen::InDoubt(_) => {
            let last = view::page_lines(state).saturating_sub(1);
            state.scroll = state.scroll.min(last).saturating_add_signed(delta).min(last);
        }
        Screen::Welcome | Screen::Form => {}
    }
}
