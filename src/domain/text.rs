//! Foreign text made safe to show.
//!
//! Whatever a cluster, a configuration file or a ledger of someone else says is hostile until it is a [`DisplayText`]. Nothing is
//! stripped: what could steer a terminal, reorder a name or hide in it is *shown*, because a name with something in it is not
//! the name without it. The result is plain printable text, at most [`MAX_BYTES`] long, and cleaning it again changes nothing.
//!
//! What this does *not* do: decide whether a name may be acted on (`id`), or find look-alikes.

use std::{fmt, fmt::Write as _, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_segmentation::UnicodeSegmentation;

use super::wrap;

/// Longest cleaned text, in bytes. Foreign text is cut to this before any other work is done on it.
pub const MAX_BYTES: usize = 4096;
/// Longest grapheme that is let through, in bytes; longer ones become U+FFFD (a terminal's own buffers are finite).
pub const MAX_GRAPHEME_BYTES: usize = 32;
/// Combining marks that one base may carry.
const MAX_MARKS: usize = 4;
/// Stands at the end of a text that was cut.
const CUT: &str = "…";
/// What a mark without a base is put on.
const DOTTED_CIRCLE: char = '\u{25cc}';

/// Text from outside that has been cleaned and may be drawn, printed and logged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct DisplayText(Arc<str>);

impl DisplayText {
    /// Cleans foreign text: controls become `\x1b`, invisible and reordering characters `<U+202E>`, a line end `⏎`, a tab a
    /// space; a base keeps at most four combining marks (`<+7>` says how many more there were).
    #[must_use]
    pub fn new(foreign: &str) -> Self {
        if foreign.len() <= MAX_BYTES && foreign.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Self(foreign.into());
        }
        Self(clean(foreign).into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Width on screen in cells.
    #[must_use]
    pub fn width(&self) -> usize {
        wrap::width(&self.0)
    }

    /// At most `width` cells, shortened in the middle: names differ at both ends. `mark` stands for what is missing
    /// (`…`, or `~` where only ASCII can be drawn).
    #[must_use]
    pub fn truncate_middle(&self, width: usize, mark: &str) -> String {
        wrap::truncate_middle(&self.0, width, mark)
    }

    /// Exactly `width` cells: padded with spaces on the right, or shortened in the middle.
    #[must_use]
    pub fn fit(&self, width: usize, mark: &str) -> String {
        wrap::fit(&self.0, width, mark)
    }
}

impl fmt::Display for DisplayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for DisplayText {
    fn from(foreign: &str) -> Self {
        Self::new(foreign)
    }
}

/// By hand, because reading a file is a door too: a derived one would let text in uncleaned.
impl<'de> Deserialize<'de> for DisplayText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|foreign| Self::new(&foreign))
    }
}

/// Whether a character must never reach a terminal as itself: controls, and whatever is drawn as nothing or reorders its
/// neighbours. The writer asks this again of every cell (`terminal::encode`).
#[must_use]
pub fn is_unsafe(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    // Lines and blocks, and our own signs: most of what is not ASCII on a screen.
    if matches!(character, '\u{2500}'..='\u{259f}' | '✓' | '✗' | '…') {
        return false;
    }
    match get_general_category(character) {
        GeneralCategory::Control
        | GeneralCategory::Format
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator
        | GeneralCategory::PrivateUse
        | GeneralCategory::Surrogate
        | GeneralCategory::Unassigned => true,
        GeneralCategory::NonspacingMark
        | GeneralCategory::SpacingMark
        | GeneralCategory::EnclosingMark
        | GeneralCategory::OtherLetter
        | GeneralCategory::OtherSymbol => is_blank(character),
        GeneralCategory::ClosePunctuation
        | GeneralCategory::ConnectorPunctuation
        | GeneralCategory::CurrencySymbol
        | GeneralCategory::DashPunctuation
        | GeneralCategory::DecimalNumber
        | GeneralCategory::FinalPunctuation
        | GeneralCategory::InitialPunctuation
        | GeneralCategory::LetterNumber
        | GeneralCategory::LowercaseLetter
        | GeneralCategory::MathSymbol
        | GeneralCategory::ModifierLetter
        | GeneralCategory::ModifierSymbol
        | GeneralCategory::OpenPunctuation
        | GeneralCategory::OtherNumber
        | GeneralCategory::OtherPunctuation
        | GeneralCategory::SpaceSeparator
        | GeneralCategory::TitlecaseLetter
        | GeneralCategory::UppercaseLetter
        | _ => false,
    }
}

/// Letters, signs and marks that are drawn as nothing: fillers, variation selectors, the blank braille pattern, inherent vowels.
const fn is_blank(character: char) -> bool {
    matches!(
        character,
        '\u{034f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

fn is_mark(character: char) -> bool {
    !character.is_ascii()
        && matches!(
            get_general_category(character),
            GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
        )
}

/// What stands before a mark.
#[derive(Clone, Copy)]
enum Base {
    /// Nothing that may carry one: the start, or the end of an escape that we wrote.
    None,
    /// A character with so many marks already.
    Carries(usize),
}

fn clean(foreign: &str) -> String {
    let (head, mut is_cut) = head(foreign);
    let mut escaped = String::with_capacity(head.len() + 16);
    let mut base = Base::None;
    let mut surplus = 0_usize;
    let mut characters = head.chars().peekable();
    while let Some(character) = characters.next() {
        let more_marks = is_mark(character) && !is_unsafe(character);
        if surplus > 0 && !more_marks {
            let _ = write!(escaped, "<+{surplus}>");
            surplus = 0;
            base = Base::None;
        }
        if more_marks {
            match base {
                Base::None => {
                    escaped.push(DOTTED_CIRCLE);
                    escaped.push(character);
                    base = Base::Carries(1);
                }
                Base::Carries(marks) if marks < MAX_MARKS => {
                    escaped.push(character);
                    base = Base::Carries(marks + 1);
                }
                Base::Carries(_) => surplus += 1,
            }
            continue;
        }
        base = Base::None;
        match character {
            '\t' => escaped.push(' '),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => escaped.push('⏎'),
            _ if character.is_control() => {
                let _ = write!(escaped, "\\x{:02x}", u32::from(character));
            }
            _ if is_unsafe(character) => {
                let _ = write!(escaped, "<U+{:04X}>", u32::from(character));
            }
            _ => {
                escaped.push(character);
                base = Base::Carries(0);
            }
        }
        // An escape is longer than what it stands for; there is no use in writing what is cut off below.
        if escaped.len() > MAX_BYTES {
            is_cut = true;
            break;
        }
    }
    if surplus > 0 {
        let _ = write!(escaped, "<+{surplus}>");
    }
    within_bounds(&escaped, is_cut)
}

/// The part that is looked at, and whether anything was left out. Never cuts a character in two.
fn head(foreign: &str) -> (&str, bool) {
    if foreign.len() <= MAX_BYTES {
        return (foreign, false);
    }
    let end = (0..=MAX_BYTES).rev().find(|&at| foreign.is_char_boundary(at)).unwrap_or(0);
    (foreign.get(..end).unwrap_or_default(), true)
}

/// No grapheme too long, not too many bytes, and a sign where something was cut off.
fn within_bounds(escaped: &str, is_cut: bool) -> String {
    let is_cut = is_cut || escaped.len() > MAX_BYTES;
    if !is_cut && escaped.is_ascii() {
        return escaped.to_owned();
    }
    let room = if is_cut { MAX_BYTES - CUT.len() } else { MAX_BYTES };
    let mut bounded = String::with_capacity(escaped.len().min(MAX_BYTES));
    for grapheme in escaped.graphemes(true) {
        let shown = if grapheme.len() > MAX_GRAPHEME_BYTES { "\u{fffd}" } else { grapheme };
        if bounded.len() + shown.len() > room {
            break;
        }
        bounded.push_str(shown);
    }
    if is_cut {
        bounded.push_str(CUT);
    }
    bounded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_not_stripped() {
        for (foreign, shown) in [
            ("checkout", "checkout"),
            ("a\x1b[31mb", "a\\x1b[31mb"),
            ("a\u{9b}2Jb\u{7f}", "a\\x9b2Jb\\x7f"),
            ("safe\rEVIL", "safe\\x0dEVIL"),
            ("one\ttwo\r\nthree\nfour", "one two⏎three⏎four"),
            ("pay\u{202e}stnem", "pay<U+202E>stnem"),
            ("a\u{200b}b\u{feff}\u{ad}\u{2800}\u{3164}\u{fe0f}", "a<U+200B>b<U+FEFF><U+00AD><U+2800><U+3164><U+FE0F>"),
            ("\u{e0041}\u{2028}\u{e000}\u{fff9}\u{ffff}", "<U+E0041><U+2028><U+E000><U+FFF9><U+FFFF>"),
            ("\u{301}e", "\u{25cc}\u{301}e"),
            ("\x07\u{301}", "\\x07\u{25cc}\u{301}"),
            ("e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}x", "e\u{301}\u{302}\u{303}\u{304}<+2>x"),
            ("größe 日本", "größe 日本"),
        ] {
            assert_eq!(DisplayText::new(foreign).as_str(), shown, "{foreign:?}");
        }
    }

    #[test]
    fn long_text_is_cut_before_it_costs_anything() {
        let text = DisplayText::new(&"é".repeat(10_000_000));
        assert!(text.as_str().len() <= MAX_BYTES);
        assert!(text.as_str().ends_with(CUT));
        let exact = "x".repeat(MAX_BYTES);
        assert_eq!(DisplayText::new(&exact).as_str(), exact);
    }

    #[test]
    fn a_grapheme_without_end_is_replaced() {
        let jamo = "\u{1100}".repeat(50);
        assert_eq!(DisplayText::new(&jamo).as_str(), "\u{fffd}");
    }

    #[test]
    fn reading_it_from_a_file_cleans_it() {
        let text: DisplayText = serde_json::from_str(r#""a\u001b[2J""#).unwrap_or_default();
        assert_eq!(text.as_str(), "a\\x1b[2J");
    }
}
