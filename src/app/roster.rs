//! A list of things that have identities (alerts, gates, tenants): order, filter, and a cursor that stays on its thing
//! (architecture.md section 3, law 4).
//!
//! What this does *not* do: know what the things are. Whoever owns a list sorts and filters, and hands the keys in.

use std::{collections::HashSet, hash::Hash, ops::Range};

use super::field::TextField;

/// The state of one list. `K` identifies a thing.
#[expect(clippy::struct_excessive_bools, reason = "each is one fact about the list by itself")]
#[derive(Clone, Debug)]
pub struct Roster<K> {
    pub filter: TextField,
    /// `/` is open: letters are text.
    pub filtering: bool,
    pub cursor: Option<K>,
    /// A person put the cursor there: it holds the order where the list is one that holds.
    pub by_person: bool,
    /// Where the cursor was found last; looked at first, since it is there nearly always.
    place: usize,
    /// A person has moved it since it was set by itself; letting the order go changes nothing about that.
    placed: bool,
    /// Where the cursor stood when the console was left: it goes there when that thing is told of, unless a person has moved it by
    /// then.
    pub awaited: Option<K>,
    /// What the cursor is on has vanished; its row stays in `order` until the person moves.
    pub gone: bool,
    /// In drawing order, after filter and sort.
    pub order: Vec<K>,
    /// How many match and are not drawn, because they came while the order was held.
    pub held_back: usize,
    /// A person typed into the filter since the rows were arranged.
    typed: bool,
}

impl<K> Default for Roster<K> {
    fn default() -> Self {
        Self {
            filter: TextField::default(),
            filtering: false,
            cursor: None,
            by_person: false,
            place: 0,
            placed: false,
            awaited: None,
            gone: false,
            order: Vec::new(),
            held_back: 0,
            typed: false,
        }
    }
}

/// What becomes of the rows' order while a person holds the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Sorted anew each time; the cursor goes with its thing.
    Follows,
    /// Frozen while a person holds the cursor: what is new is counted, not inserted.
    Holds,
}

impl<K: Clone + Eq + Hash> Roster<K> {
    /// Takes new rows, sorted and filtered, each once. The thing under the cursor stays in the list when it no longer matches
    /// (`exists`) and when it vanished; only a cursor that no person set goes to the first row then.
    pub fn arrange(&mut self, sorted: Vec<K>, order: Order, exists: impl Fn(&K) -> bool) {
        let held = self.is_held(order);
        if let Some(awaited) = self.awaited.take_if(|key| exists(key)) {
            (self.cursor, self.by_person, self.placed) = (Some(awaited), true, true);
        }
        if held {
            let there: HashSet<&K> = sorted.iter().collect();
            self.keep(sorted.len(), |key| there.contains(key), exists);
        } else {
            let place = self.index().unwrap_or(0);
            self.held_back = 0;
            self.order = sorted;
            self.settle(place, exists);
        }
    }

    /// Whether a person holds the order of the rows.
    #[must_use]
    pub fn is_held(&self, order: Order) -> bool {
        order == Order::Holds && self.by_person && !self.order.is_empty()
    }

    /// As `arrange` while the order is held: what there is of `count` rows that are not drawn is counted, and no row is made
    /// anew. Of tens of thousands nothing else is quick enough for the drawing path.
    pub fn keep(&mut self, count: usize, is_row: impl Fn(&K) -> bool, exists: impl Fn(&K) -> bool) {
        let place = self.index().unwrap_or(0);
        let (mut kept, mut at_cursor) = (0, None);
        let cursor = self.cursor.as_ref();
        self.order.retain(|key| {
            let stays = is_row(key);
            if stays && at_cursor.is_none() && cursor == Some(key) {
                at_cursor = Some(kept);
            }
            kept += usize::from(stays);
            stays
        });
        self.place = at_cursor.unwrap_or(place);
        self.held_back = count.saturating_sub(kept);
        self.settle(place, exists);
    }

    /// Where the cursor is now; `place` is where it was.
    fn settle(&mut self, place: usize, exists: impl Fn(&K) -> bool) {
        self.gone = false;
        if std::mem::take(&mut self.typed) && self.index().is_none() {
            self.cursor = self.order.first().cloned();
        }
        let at = self.index();
        if let (Some(cursor), None) = (self.cursor.clone(), at) {
            let is_there = exists(&cursor);
            if is_there || self.by_person {
                self.gone = !is_there;
                self.order.insert(place.min(self.order.len()), cursor);
            } else {
                self.cursor = None;
                self.placed = false;
            }
        }
        // Until a person moves, the cursor is on what is worst now: what begins to fail must not hide above it.
        if self.cursor.is_none() || !self.placed {
            self.cursor = self.order.first().cloned();
        }
        self.place = at.filter(|at| self.order.get(*at) == self.cursor.as_ref()).or_else(|| self.index()).unwrap_or(0);
    }

    /// Row of the cursor.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        let cursor = self.cursor.as_ref()?;
        let is_here = |at: &usize| self.order.get(*at) == Some(cursor);
        Some(self.place).filter(is_here).or_else(|| self.order.iter().position(|key| key == cursor))
    }

    /// A person moves the cursor by `delta` rows. A row that is gone is left behind for good.
    pub fn move_by(&mut self, delta: isize) {
        let at = self.index();
        let mut delta = delta;
        if let (true, Some(at)) = (self.gone, at) {
            self.order.remove(at);
            delta -= isize::from(delta > 0);
        }
        self.gone = false;
        let last = self.order.len().saturating_sub(1);
        let index = at.map_or(0, |at| at.saturating_add_signed(delta).min(last));
        self.cursor = self.order.get(index).cloned();
        self.place = index;
        self.by_person = true;
        self.placed = true;
        self.awaited = None;
    }

    /// A person goes to `key`; the caller arranges anew when it is not among the rows.
    pub fn select(&mut self, key: K) {
        if let (true, Some(at)) = (self.gone, self.index()) {
            self.order.remove(at);
        }
        self.gone = false;
        self.cursor = Some(key);
        self.place = self.index().unwrap_or(0);
        self.by_person = true;
        self.placed = true;
        self.awaited = None;
    }

    /// What a person has put the cursor on; what it waits for still, when nobody has moved it since.
    #[must_use]
    pub fn chosen(&self) -> Option<&K> {
        self.awaited.as_ref().or_else(|| self.cursor.as_ref().filter(|_| self.by_person || self.placed))
    }

    /// A person typed into the filter: a cursor whose thing does not match goes to the first that does.
    pub fn narrow(&mut self) {
        self.typed = true;
    }

    /// Lets the order go: the next rows come as they are sorted.
    pub fn release(&mut self) {
        self.by_person = false;
    }

    /// The rows that fit into `height`, with the cursor in the middle where there are more.
    #[must_use]
    pub fn window(&self, height: usize) -> Range<usize> {
        let count = self.order.len();
        let first = self.index().unwrap_or(0).saturating_sub(height / 2).min(count.saturating_sub(height));
        first..count.min(first + height)
    }
}

/// One word of a filter: whether it has to be there, and the word in lower case.
pub type Term = (bool, String);

/// The words of a filter: `a b` asks for both, `!x` for not x.
#[must_use]
pub fn terms(filter: &str) -> Vec<Term> {
    filter
        .split_whitespace()
        .filter_map(|term| match term.strip_prefix('!') {
            Some("") => None,
            Some(rest) => Some((false, rest.to_lowercase())),
            None => Some((true, term.to_lowercase())),
        })
        .collect()
}

/// Whether a thing fits the filter, where `has` says whether a word (in lower case) is true of it.
pub fn fits(terms: &[Term], has: impl Fn(&str) -> bool) -> bool {
    terms.iter().all(|(wanted, term)| has(term) == *wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(keys: &str, order: Order, roster: &mut Roster<char>) -> String {
        let there: Vec<char> = keys.chars().collect();
        roster.arrange(there.clone(), order, |key| there.contains(key));
        roster.order.iter().collect()
    }

    #[test]
    fn the_cursor_goes_with_its_thing() {
        let mut roster = Roster::default();
        assert_eq!(arranged("abc", Order::Follows, &mut roster), "abc");
        roster.move_by(1);
        assert_eq!(arranged("cab", Order::Follows, &mut roster), "cab");
        assert_eq!((roster.cursor, roster.index()), (Some('b'), Some(2)));
    }

    #[test]
    fn a_vanished_row_stays_until_the_person_moves_to_its_true_neighbour() {
        for (delta, expected) in [(1, 'c'), (-1, 'a'), (9, 'd'), (-9, 'a')] {
            let mut roster = Roster::default();
            arranged("abcd", Order::Follows, &mut roster);
            roster.move_by(1);
            assert_eq!(arranged("acd", Order::Follows, &mut roster), "abcd");
            assert!(roster.gone);
            assert_eq!(arranged("0acd", Order::Follows, &mut roster), "0bacd");
            assert_eq!(arranged("acd", Order::Follows, &mut roster), "abcd");
            roster.move_by(delta);
            assert_eq!((roster.cursor, roster.gone), (Some(expected), false));
            assert_eq!(roster.order.iter().collect::<String>(), "acd");
        }
    }

    #[test]
    fn a_held_order_counts_what_is_new_and_lets_go() {
        let mut roster = Roster::default();
        arranged("bc", Order::Holds, &mut roster);
        assert_eq!(arranged("abc", Order::Holds, &mut roster), "abc", "nobody holds it yet");
        roster.move_by(1);
        assert_eq!(arranged("xyabc", Order::Holds, &mut roster), "abc");
        assert_eq!(roster.held_back, 2);
        roster.release();
        assert_eq!(arranged("xyabc", Order::Holds, &mut roster), "xyabc");
        assert_eq!((roster.cursor, roster.held_back), (Some('b'), 0));
    }

    /// Rows that are only kept are the rows that are sorted anew while somebody holds them.
    #[test]
    fn keeping_is_arranging() {
        for (cursor, now) in [(0, "bcdxy"), (1, "dcab"), (2, "abd"), (3, "xabc"), (1, ""), (2, "abcd")] {
            let mut sorted: Roster<char> = Roster::default();
            arranged("abcd", Order::Holds, &mut sorted);
            sorted.move_by(cursor);
            let mut kept = sorted.clone();
            arranged(now, Order::Holds, &mut sorted);
            kept.keep(now.chars().count(), |key| now.contains(*key), |key| now.contains(*key));
            let of = |roster: &Roster<char>| (roster.order.clone(), roster.cursor, roster.index(), roster.gone, roster.held_back);
            assert_eq!(of(&kept), of(&sorted), "{now} with the cursor at {cursor}");
        }
    }

    #[test]
    fn a_filtered_thing_stays_and_an_unset_cursor_finds_the_first_row() {
        let mut roster = Roster::default();
        arranged("abc", Order::Follows, &mut roster);
        roster.move_by(2);
        roster.arrange(vec!['a'], Order::Follows, |_| true);
        assert_eq!((roster.order.iter().collect::<String>().as_str(), roster.gone), ("ac", false));
        let mut roster = Roster::default();
        arranged("abc", Order::Follows, &mut roster);
        arranged("xy", Order::Follows, &mut roster);
        assert_eq!(roster.cursor, Some('x'));
        arranged("", Order::Follows, &mut roster);
        assert_eq!(roster.cursor, None);
        roster.move_by(3);
        assert_eq!(roster.cursor, None);
    }

    #[test]
    fn a_typed_filter_takes_the_cursor_to_the_first_match() {
        let mut roster = Roster::default();
        arranged("abc", Order::Holds, &mut roster);
        roster.move_by(2);
        roster.release();
        roster.narrow();
        roster.arrange(vec!['a', 'b'], Order::Holds, |_| true);
        assert_eq!((roster.order.iter().collect::<String>().as_str(), roster.cursor), ("ab", Some('a')));
        roster.arrange(vec!['b'], Order::Holds, |_| true);
        assert_eq!(roster.cursor, Some('a'), "data that move by themselves move no cursor");
        roster.narrow();
        roster.arrange(vec!['a', 'b'], Order::Holds, |_| true);
        assert_eq!(roster.cursor, Some('a'), "what matches stays");
        roster.narrow();
        roster.arrange(Vec::new(), Order::Holds, |_| true);
        assert_eq!((roster.order.len(), roster.cursor), (0, None));
    }

    #[test]
    fn the_window_shows_the_cursor() {
        let mut roster: Roster<u16> = Roster::default();
        roster.arrange((0..50).collect(), Order::Follows, |_| true);
        for step in 0_u16..50 {
            for height in [1, 2, 7, 49, 50, 80] {
                let window = roster.window(height);
                assert!(window.contains(&usize::from(step)) && window.len() == height.min(50));
            }
            roster.move_by(1);
        }
    }

    #[test]
    fn words_of_a_filter() {
        assert_eq!(terms("A !b ! c"), [(true, "a".to_owned()), (false, "b".to_owned()), (true, "c".to_owned())]);
        assert!(fits(&terms("che !eu"), |word| "checkout".contains(word)));
        assert!(!fits(&terms("che !out"), |word| "checkout".contains(word)));
    }
}
