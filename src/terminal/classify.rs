//! Fingers, or something faster: which keys a form may believe.
//!
//! What it guarantees, without holding any key back:
//! - more than three keys in one read, or within [`WINDOW`], are not typing: all that are still to be handed out, and all that
//!   follow without a pause, come as `Input::Burst`. So of a text sent by a macro, a paste without brackets, or a line that
//!   stuttered, at most the first three keys can pass as typed, and none of them is the Enter of a typed value of three or more;
//! - a paste is `Input::Paste`, and for a second after it every key is a burst: a paste that holds `ESC[201~` leaks its tail as
//!   keys (reliability.md 4.4);
//! - after an overflow keys are a burst until the queue was empty: nobody saw what they were typing into.
//!
//! What it cannot: tell a slow replay (a key every 30 ms) from fingers, or keys typed before the form was drawn from keys
//! typed after. Only the letters that a form makes up when it is painted prove that it was read.

use std::{collections::VecDeque, time::Duration};

use super::{
    decode::Decoded,
    input::{Input, Key},
};

/// Keys closer together than this are counted together. A held key repeats every 25 to 40 ms; the fastest typist needs 50.
pub const WINDOW: Duration = Duration::from_millis(20);
/// So many keys in one window may still be fingers (a chord, a key and its bounce).
pub const FINGERS: usize = 3;
/// How long after a paste keys are not believed.
pub const QUARANTINE: Duration = Duration::from_secs(1);

/// Sees all keys with the time at which they arrived.
#[derive(Debug, Default)]
pub struct Classifier {
    /// When the last few keys came.
    recent: VecDeque<Duration>,
    /// In a burst, until a pause as long as the window.
    in_burst: bool,
    distrusts_until: Duration,
}

impl Classifier {
    /// Classifies what one read gave. `at`: when, on any clock that never goes back.
    pub fn push(&mut self, decoded: Vec<Decoded>, at: Duration) -> Vec<Input> {
        let mut inputs = Vec::new();
        let mut keys = Vec::new();
        let count = decoded.iter().filter(|one| matches!(one, Decoded::Key(_))).count();
        for one in decoded {
            match one {
                Decoded::Key(key) => keys.push(key),
                Decoded::Paste(text) => {
                    self.hand_out(&mut keys, count, at, &mut inputs);
                    inputs.push(Input::Paste(text));
                    self.distrust(at);
                }
            }
        }
        self.hand_out(&mut keys, count, at, &mut inputs);
        inputs
    }

    /// From now on, and for [`QUARANTINE`], no key is believed.
    pub fn distrust(&mut self, at: Duration) {
        self.distrusts_until = at + QUARANTINE;
    }

    /// `count`: keys in the whole read, those behind a paste included.
    fn hand_out(&mut self, keys: &mut Vec<Key>, count: usize, at: Duration, inputs: &mut Vec<Input>) {
        if keys.is_empty() {
            return;
        }
        if self.recent.back().is_none_or(|&last| at.saturating_sub(last) >= WINDOW) {
            self.in_burst = false;
        }
        self.recent.retain(|&then| at.saturating_sub(then) < WINDOW);
        self.in_burst = self.in_burst || self.recent.len() + count > FINGERS;
        // Beyond that many the times say nothing more.
        self.recent.extend(std::iter::repeat_n(at, keys.len().min(FINGERS + 1)));
        if self.in_burst || at < self.distrusts_until {
            inputs.push(Input::Burst(std::mem::take(keys)));
        } else {
            inputs.extend(keys.drain(..).map(Input::Key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn typed(text: &str) -> Vec<Decoded> {
        text.chars().map(|c| Decoded::Key(if c == '\r' { Key::Enter } else { Key::Char(c) })).collect()
    }

    #[test]
    fn fingers_are_handed_out_at_once() {
        let mut classifier = Classifier::default();
        for (i, c) in "checkout-kv\r".chars().enumerate() {
            let got = classifier.push(typed(&c.to_string()), at(30 * i as u64));
            assert!(matches!(got.as_slice(), [Input::Key(_)]), "{c:?}: {got:?}");
        }
    }

    #[test]
    fn one_read_with_many_keys_is_a_burst_whole() {
        let got = Classifier::default().push(typed("50-kv\r"), at(0));
        assert!(matches!(got.as_slice(), [Input::Burst(keys)] if keys.len() == 6), "{got:?}");
        assert_eq!(Classifier::default().push(typed("abc"), at(0)).len(), 3);
    }

    #[test]
    fn a_stutter_never_hands_out_its_enter() {
        // The same bytes a key at a time, faster than fingers.
        let mut classifier = Classifier::default();
        let mut believed = Vec::new();
        for (i, c) in "50-kv\r".chars().enumerate() {
            believed.extend(
                classifier.push(typed(&c.to_string()), at(5 * i as u64)).into_iter().filter(|i| matches!(i, Input::Key(_))),
            );
        }
        assert_eq!(believed, [Input::Key(Key::Char('5')), Input::Key(Key::Char('0')), Input::Key(Key::Char('-'))]);
        // After a pause fingers are believed again.
        assert_eq!(classifier.push(typed("\r"), at(200)), [Input::Key(Key::Enter)]);
    }

    #[test]
    fn what_leaks_out_of_a_paste_is_not_believed() {
        let mut classifier = Classifier::default();
        let mut read = vec![Decoded::Paste("pay".into())];
        read.extend(typed("y\r"));
        let got = classifier.push(read, at(0));
        assert!(matches!(got.as_slice(), [Input::Paste(_), Input::Burst(_)]), "{got:?}");
        assert!(matches!(classifier.push(typed("\r"), at(900)).as_slice(), [Input::Burst(_)]));
        assert!(matches!(classifier.push(typed("\r"), at(1100)).as_slice(), [Input::Key(_)]));
    }
}
