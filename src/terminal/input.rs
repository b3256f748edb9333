//! What came in from the keyboard, in our own words, so that app and tests need no terminal library.

/// A key as the keymap knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Char(char),
    Ctrl(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

/// One thing that came in. Key releases and repeats of held keys do not (repeats are told apart where the terminal can).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Key(Key),
    /// Bracketed paste: text that nobody typed. Never confirms anything.
    Paste(String),
    /// Keys that arrived in a burst no fingers make (reliability.md 4.4 d): ignored by forms.
    Burst(Vec<Key>),
    Resize {
        columns: u16,
        rows: u16,
    },
}
