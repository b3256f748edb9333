//! The title of a pane.

use crate::app::state::Pane;

/// A `*` marks the pane with the keyboard: without colours, bold alone would say it.
#[must_use]
pub fn title(pane: Pane, count: Option<usize>, focused: bool) -> String {
    let count = count.map(|count| format!(" {count}")).unwrap_or_default();
    format!("{} {}{count}{}", pane.digit(), pane.title(), if focused { " *" } else { "" })
}
