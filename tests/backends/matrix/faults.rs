//! What can be wrong with an answer: with what it says, and with the way it comes.

use std::sync::LazyLock;

use cutover::domain::question::Reason;

use crate::backends::web_mock::Reply;

/// What one answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    Right,
    /// A right answer that does not meet the rule: the check can fail.
    Bad,
    Nothing,
    NaN,
    PlusInfinity,
    MinusInfinity,
    Two,
    Warning,
    Partial,
    Old,
    TooFew,
    OtherSubject,
}

impl Say {
    pub const WRONG: [Self; 10] = [
        Self::Nothing,
        Self::NaN,
        Self::PlusInfinity,
        Self::MinusInfinity,
        Self::Two,
        Self::Warning,
        Self::Partial,
        Self::Old,
        Self::TooFew,
        Self::OtherSubject,
    ];
}

/// How one answer comes. Wherever it can it carries the right answer: who takes it all the same would pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    EmptyBody,
    Status(u16),
    Page,
    PageAsJson,
    CutLength,
    CutChunk,
    /// 30 MB, or more than what the side may send.
    Huge,
    /// A megabyte that would be 160.
    Packed {
        says_so: bool,
    },
    Endless,
    Hang,
    Redirect,
    Reset,
}

impl Wire {
    pub const ALL: [Self; 16] = [
        Self::EmptyBody,
        Self::Status(206),
        Self::Status(500),
        Self::Status(503),
        Self::Status(401),
        Self::Page,
        Self::PageAsJson,
        Self::CutLength,
        Self::CutChunk,
        Self::Huge,
        Self::Packed { says_so: true },
        Self::Packed { says_so: false },
        Self::Endless,
        Self::Hang,
        Self::Redirect,
        Self::Reset,
    ];

    /// Why there is no value, and words that say which fault it was.
    pub fn expected(self) -> (Reason, &'static str) {
        match self {
            Self::EmptyBody | Self::CutLength | Self::CutChunk => (Reason::Unreadable, "breaks off"),
            Self::Status(206) => (Reason::Http, "206"),
            Self::Status(500) => (Reason::Http, "500"),
            Self::Status(503) => (Reason::Http, "503"),
            Self::Status(_) => (Reason::NotPermitted, "401: it does not take the credentials"),
            Self::Page => (Reason::Unreadable, "a web page instead of data"),
            Self::PageAsJson | Self::Packed { says_so: false } => (Reason::Unreadable, "not JSON"),
            Self::Huge | Self::Endless => (Reason::TooLarge, "larger than"),
            Self::Packed { says_so: true } => (Reason::Unreadable, "compressed"),
            Self::Hang => (Reason::Timeout, "no whole answer within"),
            Self::Redirect => (Reason::Http, "302: it points elsewhere"),
            Self::Reset => (Reason::Unreachable, "broke before an answer"),
        }
    }

    /// `right` would be the right answer to `path`; `huge` in bytes.
    pub fn reply(self, path: &str, right: String, huge: usize) -> Reply {
        let whole = |status: u16, lines: &str, body: &[u8]| {
            let head = format!("HTTP/1.1 {status} Told\r\nconnection: close\r\n{lines}content-length: {}\r\n\r\n", body.len());
            Reply::Raw([head.as_bytes(), body].concat())
        };
        let json = "content-type: application/json\r\n";
        match self {
            Self::EmptyBody => whole(200, json, b""),
            Self::Status(status) => whole(status, json, right.as_bytes()),
            Self::Page => whole(200, "content-type: text/html\r\n", b"<html>Sign in</html>"),
            Self::PageAsJson => whole(200, json, b"<html>Sign in</html>"),
            Self::CutLength => {
                let length = right.len() + 1;
                Reply::Raw(format!("HTTP/1.1 200 OK\r\n{json}content-length: {length}\r\n\r\n{right}").into_bytes())
            }
            Self::CutChunk => {
                let head = format!("HTTP/1.1 200 OK\r\n{json}transfer-encoding: chunked\r\n\r\n");
                Reply::Raw(format!("{head}{:x}\r\n{right}\r\n", right.len()).into_bytes())
            }
            Self::Huge => whole(200, json, format!("{right}{}", " ".repeat(huge)).as_bytes()),
            Self::Packed { says_so } => {
                let packed = if says_so { "content-encoding: gzip\r\n" } else { "" };
                whole(200, &format!("{json}{packed}"), &BOMB)
            }
            Self::Endless => Reply::Endless(right),
            Self::Hang => Reply::Hang,
            Self::Redirect => whole(302, &format!("{json}location: /healthy{path}\r\n"), right.as_bytes()),
            Self::Reset => Reply::Reset,
        }
    }
}

/// A gzip stream of 1 MB: one blank, and the 258 before it again 630,000 times (RFC 1951 3.2.6, fixed codes), 160 MB in all.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bits: Vec<bool> = vec![true, true, false];
    // The blank, 0x20: code 0x50 in eight bits; each repeat: length 258 is 0xc5 in eight bits, distance 1 is five zeros.
    let code = |value: u8| (0..8).rev().map(move |bit| value >> bit & 1 == 1);
    bits.extend(code(0x50));
    for _ in 0..630_000 {
        bits.extend(code(0xc5));
        bits.extend([false; 5]);
    }
    bits.extend([false; 7]);
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    bytes.extend(bits.chunks(8).map(|part| part.iter().rev().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit))));
    bytes
});
