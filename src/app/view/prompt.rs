//! The one-line prompt.

use crate::app::{prompt::About, state::AppState};

use super::model::FieldView;

/// The open prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptView {
    /// What is asked: `ack ErrorRate for, note:`.
    pub label: String,
    pub field: FieldView,
    /// Why the last Enter recorded nothing.
    pub refusal: Option<String>,
}

/// The prompt, while one is open.
#[must_use]
pub fn prompt(state: &AppState) -> Option<PromptView> {
    let prompt = state.prompt.as_ref()?;
    let label = match &prompt.about {
        About::Acknowledge { name, .. } => format!("ack {name} for (then a note):"),
        About::Tick { title, .. } => format!("tick {title}, evidence:"),
    };
    let field = FieldView { text: prompt.field.text().to_owned(), cursor: prompt.field.cursor(), focused: true };
    Some(PromptView { label, field, refusal: prompt.refusal.clone() })
}
