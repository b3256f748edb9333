//! Why there was no usable answer, without URL, headers or body.

use std::{error::Error, io::ErrorKind, time::Duration};

use reqwest::{StatusCode, header::HeaderMap};

use crate::{
    backend::port::ReadError,
    domain::{
        Timestamp,
        question::{NoReading, Reason},
        text::DisplayText,
    },
};

/// Characters of a server's own words that are shown.
const SAID: usize = 120;
/// Longest pause that a server can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub reason: Reason,
    /// For people: `503: Limit of concurrent GET requests reached`, `no answer within 8 s`.
    pub words: DisplayText,
    /// The status of an answer other than 200.
    pub status: Option<u16>,
    /// Before this has gone by the server does not want to be asked again; at most 5 min.
    pub retry_after: Option<Duration>,
}

impl Trouble {
    #[must_use]
    pub fn new(reason: Reason, words: &str) -> Self {
        Self { reason, words: DisplayText::new(words), status: None, retry_after: None }
    }

    /// An answer that is not what the API promises.
    #[must_use]
    pub fn unreadable(words: &str) -> Self {
        Self::new(Reason::Unreadable, words)
    }

    /// The same failure as the answer to one question.
    #[must_use]
    pub fn no_reading(&self) -> NoReading {
        NoReading { reason: self.reason, words: self.words.clone() }
    }

    pub(super) fn too_large(cap: usize) -> Self {
        Self::new(Reason::TooLarge, &format!("the answer is larger than {} MiB", cap >> 20))
    }

    pub(super) fn too_slow(limit: Duration) -> Self {
        Self::new(Reason::Timeout, &format!("no whole answer within {} s", limit.as_secs_f32().ceil()))
    }

    /// What `error` means; its own text is not shown: it bears the address with its query.
    pub(super) fn of(error: &reqwest::Error, limit: Duration) -> Self {
        if error.is_timeout() {
            let what = if error.is_connect() { "no connection in time".to_owned() } else { return Self::too_slow(limit) };
            return Self::new(Reason::Timeout, &what);
        }
        if let Some(tls) = tls_fault(error) {
            return Self::new(Reason::Tls, &format!("TLS: {tls}"));
        }
        if error.is_connect() {
            let words = match io_kind(error) {
                _ if error.is_dns() => "the name of the host is not known",
                Some(ErrorKind::ConnectionRefused) => "the connection is refused",
                Some(ErrorKind::ConnectionReset) => "the connection is cut while it is made",
                _ => "there is no way to the host",
            };
            return Self::new(Reason::Unreachable, words);
        }
        if error.is_body() || error.is_decode() {
            return Self::unreadable("the answer breaks off");
        }
        if error.is_builder() {
            return Self::unreadable("the request can not be made from the settings");
        }
        Self::new(Reason::Unreachable, "the connection broke before an answer")
    }

    /// An answer other than 200. `body` is looked at for a JSON error only.
    pub(super) fn status(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Self {
        let number = status.as_u16();
        let own = said(body);
        let with = |words: &str| own.as_ref().map_or_else(|| format!("{number}: {words}"), |said| format!("{number}: {said}"));
        let (reason, words) = match number {
            401 => (Reason::NotPermitted, with("it does not take the credentials")),
            403 => (Reason::NotPermitted, with("these credentials may not read it")),
            300..=399 => (Reason::Http, format!("{number}: it points elsewhere, which is not followed")),
            404 => (Reason::Http, with("there is no such API at this address")),
            408 | 504 => (Reason::Timeout, with("it gave up waiting")),
            410 => (Reason::Http, with("this API is gone there")),
            429 => (Reason::Http, with("too many requests")),
            503 if own.as_deref().is_some_and(|said| said.contains("timed out")) => (Reason::Timeout, with("")),
            503 => (Reason::Http, with(unavailable(headers))),
            _ if is_page(headers) => (Reason::Http, format!("{number} with a web page: a proxy answers for it")),
            _ => (Reason::Http, with(status.canonical_reason().unwrap_or("no reason given"))),
        };
        Self { reason, words: DisplayText::new(&words), status: Some(number), retry_after: retry_after(headers, now) }
    }
}

impl From<Trouble> for ReadError {
    fn from(trouble: Trouble) -> Self {
        if trouble.reason == Reason::NotPermitted {
            Self::Forbidden(trouble.words)
        } else if matches!(trouble.reason, Reason::Unreadable | Reason::TooLarge | Reason::WrongType) {
            Self::Malformed(trouble.words)
        } else {
            Self::Unreachable(trouble.words)
        }
    }
}

/// Prometheus tells which of the two it is.
fn unavailable(headers: &HeaderMap) -> &'static str {
    match headers.get("x-prometheus-stopping").map(reqwest::header::HeaderValue::as_bytes) {
        Some(b"true") => "it is shutting down",
        Some(b"false") => "it is still starting",
        _ => "it is too busy or not ready",
    }
}

/// Whether an answer is a page for people.
pub(super) fn is_page(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|kind| kind.contains("html"))
}

pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(reqwest::header::CONTENT_TYPE)?.to_str().ok()?;
    Some(kind.to_ascii_lowercase())
}

/// The server's own words, when they come as JSON: a bare string, or `error`, `message` or `detail` of an object.
fn said(body: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    let text = value.as_str().or_else(|| ["error", "message", "detail"].iter().find_map(|key| value.get(*key)?.as_str()))?;
    let short: String = text.trim().chars().take(SAID).collect();
    (!short.is_empty()).then_some(short)
}

fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let written = headers.get(reqwest::header::RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match written.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (chrono::DateTime::parse_from_rfc2822(written).ok()?.to_utc() - now).to_std().ok()?,
    };
    Some(asked.min(LONGEST_PAUSE))
}

/// Every cause of `error`, an I/O error's own one included: `source` leaves that out.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |last| {
        let last: &'e (dyn Error + 'static) = *last;
        match last.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inside) => Some(inside as &(dyn Error + 'static)),
            None => last.source(),
        }
    })
}

fn tls_fault(error: &reqwest::Error) -> Option<String> {
    let fault = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>())?;
    Some(fault.to_string().chars().take(SAID).collect())
}

fn io_kind(error: &reqwest::Error) -> Option<ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>()).map(std::io::Error::kind).last()
}
