//! Bytes from the terminal -> keys and pastes.
//!
//! Our own, because of three things that matter here and that crossterm's reader does not do: an escape sequence that a slow
//! line delivers in two parts is one key (otherwise an arrow becomes Esc, `[` and a capital `A`, which opens a form); a terminal
//! that has gone away ends the reader instead of spinning it (crossterm#793); and all keys of one read are seen together,
//! which is how a burst is told from fingers without delaying a single key.
//!
//! Modifiers other than Control are not told apart: nothing is bound to them (ux.md 3.7). Mouse, focus and answers to queries
//! are swallowed. With the kitty protocol (which we never switch on) releases and repeats are swallowed too.

use super::input::Key;
use crate::domain::text::is_unsafe;

/// Longest paste that is kept, in bytes. The rest is dropped; nothing on any screen takes that much.
const MAX_PASTE: usize = 64 * 1024;
/// Longest control sequence that can still become a key.
const MAX_SEQUENCE: usize = 256;
const PASTE_END: &[u8] = b"\x1b[201~";

/// One thing that was typed or pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    Key(Key),
    Paste(String),
}

/// What a decoder waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    Nothing,
    /// The rest of a sequence, or nothing more: then it was the Esc key.
    Sequence,
    /// The end of a paste.
    Paste,
}

/// What became of the first bytes of the buffer.
enum Step {
    /// So many bytes made this, or nothing.
    Took(usize, Option<Key>),
    PasteBegins(usize),
    NeedsMore,
}

/// Remembers what has come of a sequence so far.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Some: inside a bracketed paste, which holds this so far.
    paste: Option<Vec<u8>>,
}

impl Decoder {
    /// Decodes what one read gave, together with what was left from the one before.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Decoded> {
        self.buffer.extend_from_slice(bytes);
        let mut decoded = Vec::new();
        while !self.buffer.is_empty() {
            if self.paste.is_some() {
                match self.paste_more() {
                    Some(paste) => decoded.push(Decoded::Paste(paste)),
                    None => break,
                }
                continue;
            }
            match step(&self.buffer) {
                Step::Took(count, key) => {
                    self.buffer.drain(..count.clamp(1, self.buffer.len()));
                    decoded.extend(key.map(Decoded::Key));
                }
                Step::PasteBegins(count) => {
                    self.buffer.drain(..count);
                    self.paste = Some(Vec::new());
                }
                Step::NeedsMore if self.buffer.len() > MAX_SEQUENCE => self.buffer.clear(),
                Step::NeedsMore => break,
            }
        }
        decoded
    }

    /// What more bytes could still change.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        match (&self.paste, self.buffer.is_empty()) {
            (Some(_), _) => Waiting::Paste,
            (None, true) => Waiting::Nothing,
            (None, false) => Waiting::Sequence,
        }
    }

    /// Nothing more came in time: an Esc by itself is the Esc key, an unfinished paste is over, half a sequence is dropped.
    pub fn give_up_waiting(&mut self) -> Option<Decoded> {
        let rest = std::mem::take(&mut self.buffer);
        if let Some(mut paste) = self.paste.take() {
            paste.extend(rest);
            return Some(Decoded::Paste(String::from_utf8_lossy(&paste).into_owned()));
        }
        // Esc before a bracket that came late is an Esc still: it only ever cancels.
        matches!(rest.as_slice(), b"\x1b" | b"\x1b[" | b"\x1bO").then_some(Decoded::Key(Key::Esc))
    }

    fn paste_more(&mut self) -> Option<String> {
        let paste = self.paste.as_mut()?;
        let end = self.buffer.windows(PASTE_END.len()).position(|window| window == PASTE_END);
        // The end mark may be split: what could be the beginning of it stays.
        let upto = end.unwrap_or_else(|| self.buffer.len().saturating_sub(PASTE_END.len() - 1));
        for byte in self.buffer.drain(..upto) {
            if paste.len() < MAX_PASTE {
                paste.push(byte);
            }
        }
        end?;
        self.buffer.drain(..PASTE_END.len());
        self.paste.take().map(|paste| String::from_utf8_lossy(&paste).into_owned())
    }
}

fn step(buffer: &[u8]) -> Step {
    let Some(&first) = buffer.first() else { return Step::NeedsMore };
    match first {
        0x1b => escape(buffer),
        b'\r' => Step::Took(1, Some(Key::Enter)),
        b'\t' => Step::Took(1, Some(Key::Tab)),
        0x08 | 0x7f => Step::Took(1, Some(Key::Backspace)),
        0x00 => Step::Took(1, Some(Key::Ctrl(' '))),
        // A line feed is ctrl-j, not Enter: in raw mode the key sends a carriage return, and only that confirms.
        0x01..=0x1a => Step::Took(1, Some(Key::Ctrl(char::from(first - 1 + b'a')))),
        0x1c..=0x1f => Step::Took(1, Some(Key::Ctrl(char::from(first - 0x1c + b'\\')))),
        0x20..=0x7e => Step::Took(1, Some(Key::Char(char::from(first)))),
        0x80..=0xff => character(buffer, first),
    }
}

fn character(buffer: &[u8], first: u8) -> Step {
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        0x00..=0xc1 | 0xf5..=0xff => return Step::Took(1, None),
    };
    match buffer.get(..length) {
        None if buffer.iter().skip(1).all(|byte| byte & 0xc0 == 0x80) => Step::NeedsMore,
        None => Step::Took(1, None),
        Some(bytes) => match std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next()) {
            Some(character) => Step::Took(length, (!is_unsafe(character)).then_some(Key::Char(character))),
            None => Step::Took(1, None),
        },
    }
}

fn escape(buffer: &[u8]) -> Step {
    match buffer.get(1) {
        None => Step::NeedsMore,
        Some(b'[') => control_sequence(buffer),
        Some(b'O') => match buffer.get(2) {
            None => Step::NeedsMore,
            // Enter of a keypad in application mode.
            Some(b'M') => Step::Took(3, Some(Key::Enter)),
            Some(&last) => Step::Took(3, cursor_key(last)),
        },
        // OSC, DCS, APC, PM, SOS: the terminal's answer to somebody else's question. Not typed, so swallowed whole.
        Some(b']' | b'P' | b'_' | b'^' | b'X') => {
            let ends = buffer.windows(2).skip(2).position(|pair| pair == b"\x1b\\").map(|at| at + 4);
            let bell = buffer.iter().position(|&byte| byte == 0x07).map(|at| at + 1);
            match [ends, bell].into_iter().flatten().min() {
                Some(count) => Step::Took(count, None),
                None => Step::NeedsMore,
            }
        }
        // Esc and the next key in one read (a slow line), or Alt and a key: the same bytes. Esc only ever cancels.
        Some(_) => Step::Took(1, Some(Key::Esc)),
    }
}

fn control_sequence(buffer: &[u8]) -> Step {
    // The Linux console sends function keys as ESC [ [ A.
    if buffer.get(2) == Some(&b'[') {
        return if buffer.len() > 3 { Step::Took(4, None) } else { Step::NeedsMore };
    }
    let Some((at, &last)) = buffer.iter().enumerate().skip(2).find(|(_, byte)| !matches!(byte, 0x20..=0x3f)) else {
        return Step::NeedsMore;
    };
    if !matches!(last, 0x40..=0x7e) {
        // Not a sequence after all: dropped up to the byte that broke it.
        return Step::Took(at, None);
    }
    let count = at + 1;
    let parameters = buffer.get(2..at).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let is_private = parameters.starts_with(['<', '=', '>', '?']);
    if is_private || parameters.contains(":2") || parameters.contains(":3") {
        return Step::Took(count, None);
    }
    let key = match last {
        b'~' => match parameters.split(';').next().unwrap_or_default() {
            "200" => return Step::PasteBegins(count),
            "1" | "7" => Some(Key::Home),
            "3" => Some(Key::Delete),
            "4" | "8" => Some(Key::End),
            "5" => Some(Key::PageUp),
            "6" => Some(Key::PageDown),
            _ => None,
        },
        // X10 mouse: three bytes follow.
        b'M' if parameters.is_empty() => return if buffer.len() >= 6 { Step::Took(6, None) } else { Step::NeedsMore },
        _ => cursor_key(last),
    };
    Step::Took(count, key)
}

const fn cursor_key(last: u8) -> Option<Key> {
    match last {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'C' => Some(Key::Right),
        b'D' => Some(Key::Left),
        b'H' => Some(Key::Home),
        b'F' => Some(Key::End),
        b'Z' => Some(Key::BackTab),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Decoded> {
        Decoder::default().push(bytes)
    }

    #[test]
    fn keys_as_terminals_send_them() {
        for (bytes, key) in [
            (&b"a"[..], Key::Char('a')),
            (b"\r", Key::Enter),
            (b"\n", Key::Ctrl('j')),
            (b"\x1b[A", Key::Up),
            (b"\x1bOB", Key::Down),
            (b"\x1b[1;5C", Key::Right),
            (b"\x1b[Z", Key::BackTab),
            (b"\x1b[3~", Key::Delete),
            (b"\x1b[5~", Key::PageUp),
            (b"\x1b[H", Key::Home),
            (b"\x1b[4~", Key::End),
            (b"\x7f", Key::Backspace),
            (b"\x08", Key::Backspace),
            (b"\x03", Key::Ctrl('c')),
            (b"\x1a", Key::Ctrl('z')),
            (b"\x1c", Key::Ctrl('\\')),
            ("é".as_bytes(), Key::Char('é')),
            ("日".as_bytes(), Key::Char('日')),
        ] {
            assert_eq!(keys(bytes), [Decoded::Key(key)], "{bytes:?}");
        }
    }

    #[test]
    fn a_sequence_in_two_reads_is_one_key() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(b"\x1b"), []);
        assert_eq!(decoder.waiting(), Waiting::Sequence);
        assert_eq!(decoder.push(b"["), []);
        assert_eq!(decoder.push(b"A"), [Decoded::Key(Key::Up)]);
        assert_eq!(decoder.waiting(), Waiting::Nothing);
        assert_eq!(decoder.push(b"\x1b"), []);
        assert_eq!(decoder.give_up_waiting(), Some(Decoded::Key(Key::Esc)));
        assert_eq!(decoder.push(&[0xe6, 0x97]), []);
        assert_eq!(decoder.push(&[0xa5]), [Decoded::Key(Key::Char('日'))]);
    }

    #[test]
    fn what_nobody_typed_is_no_key() {
        for bytes in
            [&b"\x1b[<0;1;1M"[..], b"\x1b[I", b"\x1b[12;3R", b"\x1b]11;rgb:0/0/0\x1b\\", b"\x1b]0;x\x07", b"\x1bP1$r0m\x1b\\"]
        {
            assert_eq!(keys(bytes), [], "{bytes:?}");
        }
        assert_eq!(keys(b"\x1b[97;1:3u"), []);
        assert_eq!(keys(b"\x1b[1;1:2A"), []);
        assert_eq!(keys("\u{202e}\u{9b}".as_bytes()), []);
        assert_eq!(keys(&[0xff, 0xc0, b'a']), [Decoded::Key(Key::Char('a'))]);
    }

    #[test]
    fn a_paste_is_one_thing_however_it_is_cut() {
        let whole = b"\x1b[200~50-kv\ry\x1b[201~z";
        for cut in 0..whole.len() {
            let mut decoder = Decoder::default();
            let (first, second) = whole.split_at(cut);
            let mut all = decoder.push(first);
            all.extend(decoder.push(second));
            assert_eq!(all, [Decoded::Paste("50-kv\ry".into()), Decoded::Key(Key::Char('z'))], "cut at {cut}");
        }
    }

    #[test]
    fn a_paste_without_end_ends_and_is_bounded() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(b"\x1b[200~"), []);
        assert_eq!(decoder.push(&vec![b'x'; 10 * MAX_PASTE]), []);
        assert_eq!(decoder.waiting(), Waiting::Paste);
        let Some(Decoded::Paste(text)) = decoder.give_up_waiting() else { unreachable!("no paste") };
        assert!(text.len() <= MAX_PASTE + PASTE_END.len());
        assert_eq!(decoder.waiting(), Waiting::Nothing);
    }

    #[test]
    fn noise_never_panics() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut decoder = Decoder::default();
        for _ in 0..20_000 {
            let bytes: Vec<u8> =
                (0..random.usize(0..12)).map(|_| *random.choice(b"\x1b[O]P;200~1AM\x07\\:3\xe6\x97\xff").unwrap_or(&0)).collect();
            let _ = decoder.push(&bytes);
            if random.u8(..) < 30 {
                let _ = decoder.give_up_waiting();
            }
        }
    }
}
