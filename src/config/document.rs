//! A TOML file on its way in: its bytes, its text, and its tables with the place of every value. Plans take the same way.

use std::{
    fs,
    io::{ErrorKind, Read as _},
    path::Path,
};

use toml::{Spanned, de::DeTable};

use super::problem::{ConfigError, Problem};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The bytes of a file. `absent` is what to do when it is not there.
///
/// # Errors
/// Why it cannot be read.
pub fn bytes(origin: &Path, absent: &str) -> Result<Vec<u8>, ConfigError> {
    let unreadable = |error: &std::io::Error| {
        let next = if error.kind() == ErrorKind::NotFound {
            absent
        } else if error.kind() == ErrorKind::PermissionDenied {
            "give your user the right to read it"
        } else {
            "check that it is a file that can be read"
        };
        ConfigError::whole(origin, format!("cannot be read: {error}"), next)
    };
    let mut bytes = Vec::new();
    let file = fs::File::open(origin).map_err(|error| unreadable(&error))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(ConfigError::whole(origin, "is larger than 1 MiB", "is it the right file?"));
    }
    Ok(bytes)
}

/// The text of a file.
///
/// # Errors
/// When it is no UTF-8.
pub fn text(bytes: Vec<u8>, origin: &Path) -> Result<String, ConfigError> {
    String::from_utf8(bytes)
        .map_err(|_| ConfigError::whole(origin, "is not UTF-8 text", "save it as UTF-8; configuration files are TOML"))
}

/// What the parser made of a text.
pub struct Document<'t> {
    pub table: Spanned<DeTable<'t>>,
    /// What is wrong with it as TOML.
    pub problems: Vec<Problem>,
    /// It is no TOML: its tables say nothing. Otherwise a key is written twice at most.
    pub is_broken: bool,
}

/// Parses a text as far as it goes, and says everything that is wrong with it as TOML.
#[must_use]
pub fn document(text: &str) -> Document<'_> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut broken = Vec::new();
    let mut problems = Vec::new();
    for error in errors {
        let span = error.span().unwrap_or_default();
        let written = text.get(span.clone()).unwrap_or_default();
        if error.message().starts_with("duplicate key") {
            let what = format!("`{written}` is written twice");
            problems.push(Problem::new(span, what, "keep one of them: no one can tell which you mean"));
        } else {
            // One mistake makes the parser stumble again in the same line: the first is the one to mend.
            let line = text.get(..span.start).unwrap_or_default().matches('\n').count();
            if broken.contains(&line) {
                continue;
            }
            broken.push(line);
            problems.push(Problem::new(
                span,
                format!("not TOML: {}", error.message()),
                "write `key = value` lines under [table] lines; strings in double quotes",
            ));
        }
    }
    Document { table, problems, is_broken: !broken.is_empty() }
}
