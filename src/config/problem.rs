//! What is wrong with a configuration file, said so that it can be mended: where, what, the nearest right name, what next.

use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

use unicode_width::UnicodeWidthStr;

use crate::domain::text::DisplayText;

/// Longest part of a source line that is shown, in characters.
const LONGEST_LINE: usize = 120;

/// Words in a key that make its value a secret, whether we know the key or not.
const SECRET_WORDS: &[&str] = &["token", "password", "passwd", "secret", "credential", "apikey", "api_key", "api-key"];

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the file; `None` when the file as a whole is meant.
    pub span: Option<Range<usize>>,
    /// What is wrong, to what.
    pub what: String,
    /// What to do next.
    pub next: String,
}

impl Problem {
    #[must_use]
    pub fn new(span: Range<usize>, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { span: Some(span), what: what.into(), next: next.into() }
    }
}

/// Why there are no settings: every mistake found, not only the first. `Display` is the whole answer for people.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, or what stands for it.
    pub origin: PathBuf,
    /// In the order of the file, one at least.
    pub problems: Vec<Problem>,
    /// The file's content; empty when it could not be read.
    text: String,
}

impl ConfigError {
    #[must_use]
    pub fn new(origin: &Path, text: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
        Self { origin: origin.to_path_buf(), problems, text: text.to_owned() }
    }

    /// The file as a whole is the problem.
    #[must_use]
    pub fn whole(origin: &Path, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(origin, "", vec![Problem { span: None, what: what.into(), next: next.into() }])
    }
}

/// Not the derived form: the file's content may hold what somebody should not have written there.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigError").field("origin", &self.origin).field("problems", &self.problems).finish_non_exhaustive()
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// Each problem with its place and what to do next, without the last sentence.
    ///
    /// # Errors
    /// When `f` can not be written to.
    pub fn write_problems(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let origin = DisplayText::new(&self.origin.to_string_lossy());
        for problem in &self.problems {
            match &problem.span {
                Some(span) => {
                    let place = Place::find(&self.text, span);
                    writeln!(f, "{origin}:{}:{}: {}", place.line, place.column, DisplayText::new(&problem.what))?;
                    place.write(f)?;
                }
                None => writeln!(f, "{origin}: {}", DisplayText::new(&problem.what))?,
            }
            writeln!(f, "  {}", DisplayText::new(&problem.next))?;
            writeln!(f)?;
        }
        Ok(())
    }

    /// Line of each problem, from 1; `None` when the file as a whole is meant.
    pub fn lines(&self) -> impl Iterator<Item = (Option<usize>, &Problem)> {
        self.problems.iter().map(|problem| (problem.span.as_ref().map(|span| Place::find(&self.text, span).line), problem))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_problems(f)?;
        let count = match self.problems.len() {
            1 => "1 problem".to_owned(),
            count => format!("{count} problems"),
        };
        write!(f, "{count} in the configuration; nothing was contacted. Mend the file, then: cutover config check")
    }
}

/// Where a span begins, and what the line there looks like.
struct Place {
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    /// The line, cleaned and without secrets.
    shown: String,
    /// Cells before the caret and under it; `None` when the line shown does not hold the place.
    caret: Option<(usize, usize)>,
}

impl Place {
    fn find(text: &str, span: &Range<usize>) -> Self {
        let start = (0..=span.start.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let before = text.get(..start).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let prefix = before.get(begin..).unwrap_or_default();
        let whole = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let in_line = span.end.saturating_sub(begin).clamp(start - begin, whole.len().max(start - begin));
        let marked = whole.get(start - begin..in_line).unwrap_or_default();
        let (shown, masked_from) = mask(whole);
        let short: String = shown.chars().take(LONGEST_LINE).collect();
        let cut = short.len() < shown.len();
        let visible = start - begin <= masked_from && prefix.chars().count() < LONGEST_LINE;
        let caret = visible.then(|| {
            let room = LONGEST_LINE.saturating_sub(prefix.chars().count());
            let marked: String = if masked_from < in_line { String::new() } else { marked.chars().take(room).collect() };
            (clean(prefix).width(), clean(&marked).width().max(1))
        });
        let shown = if cut { format!("{}...", clean(&short)) } else { clean(&short) };
        Self { line, column: prefix.chars().count() + 1, shown, caret }
    }

    fn write(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let number = self.line.to_string();
        writeln!(f, "  {number} | {}", self.shown.trim_end())?;
        if let Some((before, under)) = self.caret {
            writeln!(f, "  {:width$} | {:before$}{}", "", "", "^".repeat(under), width = number.len())?;
        }
        Ok(())
    }
}

/// One line of the file, fit for a screen: tabs become one space, so that the caret stands where it should.
fn clean(line: &str) -> String {
    DisplayText::new(&line.replace('\t', " ")).as_str().to_owned()
}

/// A key, or a line with one, whose value is a secret by its name.
#[must_use]
pub fn looks_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    SECRET_WORDS.iter().any(|word| lower.contains(word))
}

/// Hides what looks like a secret that was written into the file. Also says from which byte on it is hidden.
fn mask(line: &str) -> (String, usize) {
    if looks_secret(line)
        && let Some((key, _)) = line.split_once('=')
    {
        return (format!("{key}= (hidden)"), key.len() + 1);
    }
    // User information in an address: scheme://user:password@host.
    if let Some(scheme) = line.find("://") {
        let from = scheme + 3;
        let rest = line.get(from..).unwrap_or_default();
        let end = rest.find(['/', '"', '\'', ' ']).unwrap_or(rest.len());
        if let Some(at) = rest.get(..end).and_then(|authority| authority.rfind('@')) {
            let head = line.get(..from).unwrap_or_default();
            let tail = rest.get(at..).unwrap_or_default();
            return (format!("{head}(hidden){tail}"), from);
        }
    }
    (line.to_owned(), usize::MAX)
}

/// The name of `names` that is nearest to `written`, when one is near enough to be meant.
#[must_use]
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let written = written.to_lowercase();
    let far = (written.chars().count() / 3).clamp(1, 3);
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// "did you mean ...?" where something is near, and all that would be right.
#[must_use]
pub fn suggest(written: &str, what: &str, names: &[&str]) -> String {
    let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match (nearest(written, names.iter().copied()), names.is_empty()) {
        (Some(name), _) => format!("did you mean `{name}`? {what}: {list}"),
        (None, false) => format!("{what}: {list}"),
        (None, true) => format!("{what}: none"),
    }
}
