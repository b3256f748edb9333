//! The keymap as text: what `cutover keys` prints, and the table of the README.

use std::fmt::Write as _;

use super::keymap::{BINDINGS, Binding, Group, Place, name, names};

/// Every binding with its places: what `cutover keys` prints.
#[must_use]
pub fn as_text() -> String {
    let mut text = String::new();
    for group in Group::ALL {
        text.push_str(group.title());
        text.push('\n');
        for binding in BINDINGS.iter().filter(|binding| binding.group == group) {
            let _ = writeln!(text, "  {:<14} {:<44} {}", names(binding), binding.label, places(binding));
        }
    }
    text
}

fn places(binding: &Binding) -> String {
    if binding.places.len() == Place::ALL.len() {
        return "everywhere".to_owned();
    }
    let mut words: Vec<&str> = binding.places.iter().map(|place| place.word()).collect();
    words.dedup();
    words.join(", ")
}

/// The block of the README between its markers.
#[must_use]
pub fn readme_block() -> String {
    let mut text = String::from("| Key | Does | Where |\n|---|---|---|\n");
    for group in Group::ALL {
        for binding in BINDINGS.iter().filter(|binding| binding.group == group) {
            let keys = binding.keys.iter().map(|key| format!("`{}`", name(*key))).collect::<Vec<_>>().join(" ");
            let _ = writeln!(text, "| {keys} | {} | {} |", binding.label, places(binding));
        }
    }
    text
}
