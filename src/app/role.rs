//! What a word on the screen is, without saying what it looks like (ux.md 3.8). Colours and signs belong to `ui`.

/// The role of a piece of text. Word, sign and colour each say it alone; the colour never alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Plain text.
    #[default]
    Text,
    /// Pass, verified, healthy.
    Ok,
    /// Fails, degraded, in doubt.
    Fail,
    /// Wants a look, or a person.
    Warn,
    /// No data, stale, lost: never counted as good.
    Unknown,
    /// Moving by itself, in flight.
    Running,
    /// Nothing to do here, not possible now.
    Idle,
    /// Acknowledged, dismissed, gone.
    Quiet,
    /// An old value with its age.
    Age,
    /// A key that can be pressed.
    Key,
    /// A heading inside a page.
    Heading,
}

impl Role {
    /// The name in theme files and in the role layer of pictures.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Running => "running",
            Self::Idle => "idle",
            Self::Quiet => "quiet",
            Self::Age => "age",
            Self::Key => "key",
            Self::Heading => "heading",
        }
    }
}
