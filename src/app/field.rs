//! One line of text that a person edits: filter, reason, typed value, note.

use crate::terminal::input::Key;

/// Longest text a field takes, in characters: what fits the ledger's reason and every name.
pub const LONGEST: usize = 300;

/// Text with a cursor. The cursor counts characters from the left, 0 to the number of characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextField {
    text: String,
    cursor: usize,
}

impl TextField {
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        let cursor = text.chars().count();
        Self { text, cursor }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub fn clear(&mut self) {
        self.text.clear();
        self.cursor = 0;
    }

    fn byte(&self, at: usize) -> usize {
        self.text.char_indices().nth(at).map_or(self.text.len(), |(byte, _)| byte)
    }

    fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// Types one character. Control characters and text past `LONGEST` are not taken.
    pub fn insert(&mut self, c: char) {
        if c.is_control() || self.length() >= LONGEST {
            return;
        }
        let at = self.byte(self.cursor);
        self.text.insert(at, c);
        self.cursor += 1;
    }

    pub fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            let at = self.byte(self.cursor);
            self.text.remove(at);
        }
    }

    pub fn delete(&mut self) {
        if self.cursor < self.length() {
            let at = self.byte(self.cursor);
            self.text.remove(at);
        }
    }

    pub fn left(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    pub fn right(&mut self) {
        self.cursor = (self.cursor + 1).min(self.length());
    }

    pub fn home(&mut self) {
        self.cursor = 0;
    }

    pub fn end(&mut self) {
        self.cursor = self.length();
    }
}

/// An editing key for `field`; whether the text changed.
pub fn edit(field: &mut TextField, key: Key) -> bool {
    match key {
        Key::Char(c) => field.insert(c),
        Key::Backspace => field.backspace(),
        Key::Delete => field.delete(),
        Key::Left => return moved(field, TextField::left),
        Key::Right => return moved(field, TextField::right),
        Key::Home => return moved(field, TextField::home),
        Key::End => return moved(field, TextField::end),
        Key::Ctrl(_) | Key::Enter | Key::Esc | Key::Tab | Key::BackTab | Key::Up | Key::Down | Key::PageUp | Key::PageDown => {
            return false;
        }
    }
    true
}

fn moved(field: &mut TextField, step: fn(&mut TextField)) -> bool {
    step(field);
    false
}
