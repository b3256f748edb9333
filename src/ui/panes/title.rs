//! The title of a pane.

use crate::app::state::Pane;

/// A `*` marks the pane with the keyboard: without colours, bold alone would say it.
#[must_use]
pub fn title(pane: Pane, count: Option<usize>, focused: bool) -> String {
    let count = count.map(|count| format!(" {count}")).unwrap_or_default();
    format!("{} {}{count}{}", pane.digit(), pane.title(), if focused { " *" } else { "" })
}

/// The same with what is counted and the filter.
#[must_use]
pub fn listed(pane: Pane, focused: bool, counts: &str, filter: &str) -> String {
    let mut head = title(pane, None, focused);
    if !counts.is_empty() {
        head = format!("{head}  {counts}");
    }
    if !filter.is_empty() {
        head = format!("{head}  /{filter}");
    }
    head
}

/// How many rows lie out of sight, before the note at the right end of a title; `in_words` writes the numbers.
#[must_use]
pub fn out_of_sight(above: usize, below: usize, in_words: impl Fn(usize) -> String) -> String {
    match (above, below) {
        (0, 0) => String::new(),
        (0, below) => format!("{} below  ", in_words(below)),
        (above, 0) => format!("{} above  ", in_words(above)),
        (above, below) => format!("{} above  {} below  ", in_words(above), in_words(below)),
    }
}
