//! Text in cells: how wide it is, and how it is made to fit.
//!
//! Ours, because `Paragraph::wrap` of ratatui 0.30 panics on a double-width glyph at the edge (reliability.md 2.3), and because
//! names are shortened in the middle. Never panics, never gives more cells than asked for, whatever the text is.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Width of a text on screen in cells, as the drawing library counts it.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(cells).sum()
}

/// Cells of one grapheme. Half-width sound marks extend a grapheme but take a cell of their own (as ratatui counts them).
fn cells(grapheme: &str) -> usize {
    if grapheme.is_ascii() {
        return grapheme.len();
    }
    grapheme.width() + grapheme.chars().filter(|&c| matches!(c, '\u{ff9e}' | '\u{ff9f}')).count()
}

/// The longest beginning that takes at most `width` cells.
#[must_use]
pub fn head(text: &str, width: usize) -> &str {
    if text.is_ascii() {
        return text.get(..width).unwrap_or(text);
    }
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += cells(grapheme);
        if used > width {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

/// The longest end that takes at most `width` cells.
#[must_use]
pub fn tail(text: &str, width: usize) -> &str {
    if text.is_ascii() {
        return text.get(text.len().saturating_sub(width)..).unwrap_or(text);
    }
    let mut used = 0;
    let mut from = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += cells(grapheme);
        if used > width {
            break;
        }
        from = at;
    }
    text.get(from..).unwrap_or_default()
}

/// At most `width` cells; what is missing is missing in the middle, where `mark` stands. Too narrow for beginning, mark and
/// end: the beginning alone.
#[must_use]
pub fn truncate_middle(text: &str, width: usize, mark: &str) -> String {
    if self::width(text) <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(self::width(mark)).filter(|&room| room >= 2) else {
        return head(text, width).to_owned();
    };
    let end = tail(text, room / 2);
    let begin = head(text, room - room / 2);
    format!("{begin}{mark}{end}")
}

/// Exactly `width` cells: spaces on the right, or shortened in the middle.
#[must_use]
pub fn fit(text: &str, width: usize, mark: &str) -> String {
    let mut fitted = truncate_middle(text, width, mark);
    let missing = width.saturating_sub(self::width(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// Lines of at most `width` cells, broken at spaces where there are any, inside a word where it is too long. A line end, or
/// the sign that [`super::text::DisplayText`] shows for one, ends a line. A double-width glyph never starts in the last
/// column. Narrower than two cells nothing can be wrapped: one line, truncated. At least one line always comes back.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    if width < 2 {
        return vec![head(text, width).to_owned()];
    }
    let mut lines = Vec::new();
    for paragraph in text.split('\n').flat_map(|line| line.split_inclusive('⏎').chain(line.is_empty().then_some(""))) {
        wrap_paragraph(paragraph, width, &mut lines);
    }
    lines
}

fn wrap_paragraph(paragraph: &str, width: usize, lines: &mut Vec<String>) {
    let mut line = String::new();
    let mut used = 0;
    for word in paragraph.split_word_bounds() {
        let needed = self::width(word);
        let is_blank = word.chars().all(|c| c == ' ');
        if used + needed <= width {
            line.push_str(word);
            used += needed;
        } else if is_blank {
            // Blanks at the edge are what the break stands for.
            lines.push(std::mem::take(&mut line));
            used = 0;
        } else {
            if used > 0 && needed <= width {
                lines.push(std::mem::take(&mut line).trim_end_matches(' ').to_owned());
                used = 0;
            }
            for grapheme in word.graphemes(true) {
                // A cluster can be wider than the whole line (a run of jamo in two cells): a sign that something is there.
                let (grapheme, needed) = if cells(grapheme) > width { ("?", 1) } else { (grapheme, cells(grapheme)) };
                if used + needed > width {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push_str(grapheme);
                used += needed;
            }
        }
    }
    lines.push(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_both_ends() {
        assert_eq!(truncate_middle("checkout-canary-7f9c", 11, "…"), "check…-7f9c");
        assert_eq!(truncate_middle("checkout-canary-7f9c", 11, ".."), "check..7f9c");
        assert_eq!(truncate_middle("checkout", 8, "…"), "checkout");
        assert_eq!(truncate_middle("checkout", 2, "…"), "ch");
        assert_eq!(truncate_middle("checkout", 0, "…"), "");
        assert_eq!(fit("abc", 5, "~"), "abc  ");
        assert_eq!(fit("日本語です", 6, "~"), "日~す ");
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrap("the soak time is not over", 9), ["the soak", "time is", "not over"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("日本語", 3), ["日", "本", "語"]);
        assert_eq!(wrap("one\n\ntwo", 9), ["one", "", "two"]);
        assert_eq!(wrap("one⏎two", 9), ["one⏎", "two"]);
        assert_eq!(wrap("", 9), [""]);
        assert_eq!(wrap("日本", 1), [""]);
        assert_eq!(wrap("ab", 0), [""]);
    }
}
