//! OSC 52: text into the clipboard of the terminal that the operator sits at, over SSH and through tmux.
//!
//! Whether it arrived cannot be known: say "sent to the terminal", never "copied".

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Longest text that is sent, in bytes: xterm and its kin take 100,000 bytes of base64, and drop what is longer in silence.
pub const MAX_BYTES: usize = 74_000;

/// The bytes that set the clipboard, wrapped for tmux where we are inside it (it drops what it does not know, and passes
/// what it is told to pass: `set -g allow-passthrough on`, or its own `set-clipboard`). `None`: too long, write it to a file.
#[must_use]
pub fn sequence(text: &str, in_tmux: bool) -> Option<Vec<u8>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let plain = format!("\x1b]52;c;{}\x1b\\", STANDARD.encode(text));
    // Base64 holds no escape, so nothing in the text can end the sequence.
    let sent = if in_tmux { format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")) } else { plain };
    Some(sent.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_through_tmux() {
        assert_eq!(sequence("hi\x1b", false).as_deref(), Some(&b"\x1b]52;c;aGkb\x1b\\"[..]));
        assert_eq!(sequence("hi", true).as_deref(), Some(&b"\x1bPtmux;\x1b\x1b]52;c;aGk=\x1b\x1b\\\x1b\\"[..]));
        assert_eq!(sequence(&"x".repeat(MAX_BYTES + 1), false), None);
    }
}
