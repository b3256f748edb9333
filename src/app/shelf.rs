//! The texts of many things as one string: a word is looked for in all of them in one go. Of 50,000 alerts a look at each by
//! itself takes 40 million instructions, and a key has 30 (performance.md P7).
//!
//! What this does *not* do: know what the things are; a line is the thing's place in the order in which they came.

use std::cmp::Reverse;

/// Between two texts; no word has it.
const BETWEEN: char = '\n';

/// Lines of text in lower case.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    text: String,
    /// Where each line ends in `text`, its separator included.
    ends: Vec<usize>,
}

impl Shelf {
    /// The most telling of a thing's texts comes first.
    #[must_use]
    pub fn of<'t, T: IntoIterator<Item = &'t str>>(lines: impl Iterator<Item = T>) -> Self {
        let mut shelf = Self::default();
        for line in lines {
            for text in line {
                shelf.put(text);
                shelf.text.push(BETWEEN);
            }
            shelf.ends.push(shelf.text.len());
        }
        shelf
    }

    fn put(&mut self, text: &str) {
        let from = self.text.len();
        if text.is_ascii() {
            self.text.push_str(text);
            if let Some(put) = self.text.get_mut(from..) {
                put.make_ascii_lowercase();
            }
        } else {
            self.text.extend(text.chars().flat_map(char::to_lowercase));
        }
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The lines that have every word of `words`, at most `most` of them, and how many there are. Best first: where a text
    /// begins with the word, then where a part of it does; what fits alike keeps its order. Without words the first lines.
    #[must_use]
    pub fn find(&self, words: &str, most: usize) -> (Vec<usize>, usize) {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let Some((first, others)) = words.split_first() else {
            return ((0..self.len().min(most)).collect(), self.len());
        };
        let mut found = self.lines_with(first);
        for word in others {
            // Both are in the order of the lines.
            let mut both = self.lines_with(word).into_iter().peekable();
            found.retain_mut(|(score, line)| {
                while both.next_if(|(_, other)| other < line).is_some() {}
                let more = both.next_if(|(_, other)| other == line);
                score.0 += more.map_or(0, |(more, _)| more.0);
                more.is_some()
            });
        }
        let count = found.len();
        if count > most {
            found.select_nth_unstable(most);
            found.truncate(most);
        }
        found.sort_unstable();
        (found.into_iter().map(|(_, line)| line).collect(), count)
    }

    fn lines_with(&self, word: &str) -> Vec<(Reverse<u32>, usize)> {
        let mut found = Vec::new();
        let mut line = 0;
        let mut known = None;
        for (at, _) in self.text.match_indices(word) {
            while self.ends.get(line).is_some_and(|end| *end <= at) {
                line += 1;
            }
            if known != Some(line) {
                known = Some(line);
                found.push((Reverse(how_telling(&self.text, at)), line));
            }
        }
        found
    }
}

/// How telling a place in `text` is: the beginning of one of its texts 2, that of a part 1, any other 0.
fn how_telling(text: &str, at: usize) -> u32 {
    let before = text.get(..at).and_then(|before| before.bytes().next_back()).unwrap_or_default();
    match before {
        0 | b'\n' => 2,
        before => u32::from(before.is_ascii() && !before.is_ascii_alphanumeric()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(lines: &[&[&'static str]]) -> Shelf {
        Shelf::of(lines.iter().map(|line| line.iter().copied()))
    }

    #[test]
    fn every_word_has_to_be_there_in_any_of_the_texts() {
        let shelf = shelf(&[&["t-01", "Acme Logistics"], &["t-02"], &["t-03", "ACME Dental"], &[]]);
        assert_eq!(shelf.len(), 4);
        assert_eq!(shelf.find("acme", 9), (vec![0, 2], 2));
        assert_eq!(shelf.find("dental t-0", 9), (vec![2], 1));
        assert_eq!(shelf.find("acme 02", 9), (vec![], 0));
        assert_eq!(shelf.find("", 3), (vec![0, 1, 2], 4));
        // Two texts side by side are not one.
        assert_eq!(shelf.find("1acme", 9), (vec![], 0));
        assert_eq!(shelf.find("2t", 9), (vec![], 0));
    }

    #[test]
    fn the_beginning_of_a_text_is_best_then_that_of_a_part_and_the_rest_keeps_its_order() {
        let shelf = shelf(&[&["fulldisk"], &["a", "my-disk"], &["x", "Disk"], &["diskfull"], &["undisk disk"]]);
        assert_eq!(shelf.find("disk", 9), (vec![2, 3, 1, 0, 4], 5));
        assert_eq!(shelf.find("disk", 2), (vec![2, 3], 5));
    }

    #[test]
    fn letters_beyond_ascii_have_a_lower_case_too() {
        let shelf = shelf(&[&["Ökostrom"], &["漢字 Söhne"], &["o\u{301}"]]);
        assert_eq!(shelf.find("ÖKO", 9), (vec![0], 1));
        assert_eq!(shelf.find("söh", 9), (vec![1], 1));
        assert_eq!(shelf.find("\u{301}", 9), (vec![2], 1));
    }
}
