//! The filter that is being typed.

use crate::app::{
    finding, list,
    state::{AppState, Pane},
};

use super::model::FieldView;

/// The open filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterView {
    pub field: FieldView,
    /// `3 of 9`.
    pub count: String,
}

/// The filter, while one is typed.
#[must_use]
pub fn filter(state: &AppState) -> Option<FilterView> {
    let pane = finding::typing(state)?;
    let text = finding::text(state, pane);
    let (shown, all) = match pane {
        Pane::Rollouts => (list::length(state), state.sources.iter().map(|source| source.rollouts.len()).sum()),
        Pane::Alerts => (state.alerts.roster.order.len(), state.alerts.board.alerts.len()),
        Pane::Gates => (state.gates.roster.order.len(), state.gates.rows.len()),
        Pane::Tenants => (
            state.tenants.roster.order.len(),
            state.sources.iter().filter_map(|source| source.tenants.as_ref()).map(|table| table.tenants.len()).sum(),
        ),
    };
    let field = FieldView { text: text.text().to_owned(), cursor: text.cursor(), focused: true };
    Some(FilterView { field, count: format!("{shown} of {all}") })
}
