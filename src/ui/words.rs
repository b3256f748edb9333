//! Times, ages and lengths as people read them.

use std::{borrow::Cow, time::Duration};

use super::glyph::Glyphs;
use crate::domain::{Timestamp, wrap};

pub use crate::domain::wrap::{head, width};

/// An age in at most four cells up to 99 days: `3s`, `4m`, `11h`, `9d`.
#[must_use]
pub fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// An age with its second part: `4m12s`, `2h07m`, `3d04h`.
#[must_use]
pub fn age_long(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// A countdown: `01:12:40`, and `9d02h` from 100 hours on.
#[must_use]
pub fn countdown(left: Duration) -> String {
    let seconds = left.as_secs();
    if seconds >= 360_000 {
        return age_long(left);
    }
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds % 3_600 / 60, seconds % 60)
}

/// How long ago `then` was at `now`; zero when the clocks disagree.
#[must_use]
pub fn since(then: Timestamp, now: Timestamp) -> Duration {
    (now - then).to_std().unwrap_or(Duration::ZERO)
}

/// `text` in at most `cells`, cut at the end.
#[must_use]
pub fn cut(text: &str, cells: usize, glyphs: Glyphs) -> Cow<'_, str> {
    if width(text) <= cells {
        return text.into();
    }
    let sign = glyphs.ellipsis();
    if cells <= width(sign) {
        return head(text, cells).into();
    }
    format!("{}{sign}", head(text, cells - width(sign))).into()
}

/// `text` in at most `cells`, cut in the middle: names differ at their ends.
#[must_use]
pub fn cut_middle(text: &str, cells: usize, glyphs: Glyphs) -> Cow<'_, str> {
    if width(text) <= cells {
        return text.into();
    }
    wrap::truncate_middle(text, cells, glyphs.ellipsis()).into()
}

/// `text` in lines of at most `cells`, broken at spaces only, and inside a word that is longer than a line; no line for no
/// text. (`wrap::wrap` breaks at hyphens and before punctuation too: a name in a sentence must stay one name.)
#[must_use]
pub fn lines(text: &str, cells: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut rest = word;
        if !line.is_empty() && width(&line) + 1 + width(word) > cells {
            lines.push(std::mem::take(&mut line));
        }
        while width(rest) > cells {
            let piece = head(rest, cells);
            if piece.is_empty() {
                return lines;
            }
            lines.push(piece.to_owned());
            rest = rest.get(piece.len()..).unwrap_or_default();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(rest);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_their_width() {
        assert_eq!(age(Duration::from_secs(59)), "59s");
        assert_eq!(age(Duration::from_secs(3_600 * 25)), "1d");
        assert_eq!(age_long(Duration::from_secs(252)), "4m12s");
        assert_eq!(countdown(Duration::from_secs(4_360)), "01:12:40");
        assert_eq!(countdown(Duration::from_secs(9 * 86_400)), "9d00h");
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(cut_middle("checkout-canary-eu-west-1", 14, Glyphs::Unicode), "checkou…west-1");
        assert_eq!(cut_middle("checkout-canary-eu-west-1", 14, Glyphs::Ascii), "checko..west-1");
        assert_eq!(cut("the controller has not", 10, Glyphs::Ascii), "the cont..");
        assert_eq!(cut("漢字漢字", 5, Glyphs::Unicode), "漢字…");
        assert_eq!(cut("abcdef", 1, Glyphs::Ascii), "a");
        assert_eq!(cut("abcdef", 0, Glyphs::Unicode), "");
    }

    #[test]
    fn lines_never_pass_the_width() {
        for cells in 0..20 {
            for line in lines("waits for you at step 2/6 漢字漢字漢字 since-a-very-long-word-without-spaces", cells) {
                assert!(width(&line) <= cells, "{cells}: {line}");
            }
        }
        assert_eq!(lines("one two three", 7), ["one two", "three"]);
    }
}
