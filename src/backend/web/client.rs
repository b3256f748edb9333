//! One request, one answer.

use std::{
    io::{self, BufReader, Read},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use reqwest::{
    Method, RequestBuilder, Response,
    header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap},
};
use serde::de::DeserializeOwned;
use tokio::{sync::Mutex, time::timeout};

use super::{
    body::Pipe,
    settings::WebSettings,
    tls::{self, Ready},
    trouble::{self, Trouble},
};
use crate::{
    config::places::Surroundings,
    domain::{clock::Clock, question::Reason},
};

/// Largest answer, in bytes.
pub const SMALL_CAP: usize = 4 << 20;
/// Largest answer that is a list of everything, in bytes.
pub const LIST_CAP: usize = 16 << 20;
/// Of an answer that says no, only this much is looked at.
const REFUSAL_CAP: usize = 16 << 10;
/// From this size on an answer is parsed beside the loop's threads.
const PARSED_BESIDE: usize = 256 << 10;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Begins with `/`; below the settings' prefix.
    pub path: &'a str,
    /// Escaped by us.
    pub query: &'a [(&'a str, &'a str)],
    /// Sent as a POST with a form; for reads whose question is too long for an address.
    pub form: Option<&'a [(&'a str, &'a str)]>,
    /// In bytes.
    pub cap: usize,
    /// For all of it; `None` = as the settings say.
    pub timeout: Option<Duration>,
}

impl<'a> Ask<'a> {
    /// A GET of at most 4 MiB.
    #[must_use]
    pub fn get(path: &'a str) -> Self {
        Self { path, query: &[], form: None, cap: SMALL_CAP, timeout: None }
    }
}

/// A usable answer.
#[derive(Clone, Debug)]
pub struct Fetched<T> {
    pub value: T,
    /// From the request to the last byte.
    pub took: Duration,
    /// How far the server's clock is ahead of ours by its `Date`, which knows whole seconds only.
    pub skew: Option<TimeDelta>,
}

/// An HTTP system. Connects on first use; credentials go to its address and nowhere else.
pub struct Web {
    settings: WebSettings,
    around: Surroundings,
    clock: Arc<dyn Clock>,
    ready: Mutex<Option<Arc<Ready>>>,
}

impl Web {
    /// Nothing is read and nothing can fail yet.
    #[must_use]
    pub fn new(settings: WebSettings, around: Surroundings, clock: Arc<dyn Clock>) -> Self {
        Self { settings, around, clock, ready: Mutex::new(None) }
    }

    /// `https://host:port`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.settings.address.origin()
    }

    /// One request; its answer must be JSON with status 200.
    ///
    /// # Errors
    /// Everything else, in words. Nothing is asked a second time.
    pub async fn json<T: DeserializeOwned + Send + 'static>(&self, ask: Ask<'_>) -> Result<Fetched<T>, Trouble> {
        let begun = self.clock.since_boot();
        let limit = ask.timeout.unwrap_or(self.settings.timeout);
        let (cap, (mut response, skew)) = (ask.cap, self.open(ask, limit).await?);
        let body = whole(&mut response, cap, limit).await?;
        let took = self.clock.since_boot().saturating_sub(begun);
        let value = if body.len() < PARSED_BESIDE {
            serde_json::from_slice(&body)
        } else {
            tokio::task::spawn_blocking(move || serde_json::from_slice(&body)).await.map_err(|_| stopped())?
        };
        let value = value.map_err(|error| not_json(&error))?;
        Ok(Fetched { value, took, skew })
    }

    /// The same for answers too large to be held whole: `parse` reads on a thread of its own while they come in.
    ///
    /// # Errors
    /// As `json`; what `parse` says is wrong is an unreadable answer.
    pub async fn streamed<T: Send + 'static>(
        &self,
        ask: Ask<'_>,
        parse: impl FnOnce(&mut dyn Read) -> Result<T, serde_json::Error> + Send + 'static,
    ) -> Result<Fetched<T>, Trouble> {
        let begun = self.clock.since_boot();
        let limit = ask.timeout.unwrap_or(self.settings.timeout);
        let (cap, (mut response, skew)) = (ask.cap, self.open(ask, limit).await?);
        let (parts, pipe) = Pipe::new();
        let parser = tokio::task::spawn_blocking(move || parse(&mut BufReader::with_capacity(64 << 10, pipe)));
        let mut size = 0_usize;
        let trouble = loop {
            match response.chunk().await {
                Ok(None) => break None,
                Ok(Some(part)) => {
                    size = size.saturating_add(part.len());
                    if size > cap {
                        break Some(Trouble::too_large(cap));
                    }
                    if parts.send(Ok(part)).await.is_err() {
                        // The parser has given up; it says why.
                        break None;
                    }
                }
                Err(error) => break Some(Trouble::of(&error, limit)),
            }
        };
        if trouble.is_some() {
            // Ended without this, a cut list could be taken for a whole one.
            let _ = parts.send(Err(io::ErrorKind::UnexpectedEof.into())).await;
        }
        drop(parts);
        let parsed = parser.await.map_err(|_| stopped())?;
        if let Some(trouble) = trouble {
            return Err(trouble);
        }
        let took = self.clock.since_boot().saturating_sub(begun);
        Ok(Fetched { value: parsed.map_err(|error| not_json(&error))?, took, skew })
    }

    /// The answer's head: status 200, JSON, not compressed.
    async fn open(&self, ask: Ask<'_>, limit: Duration) -> Result<(Response, Option<TimeDelta>), Trouble> {
        let ready = self.ready().await?;
        let request =
            self.request(&ready, &ask, limit).ok_or_else(|| Trouble::new(Reason::NotAsked, "no address is configured"))?;
        let mut response = request.send().await.map_err(|error| Trouble::of(&error, limit))?;
        let status = response.status();
        let now = self.clock.now();
        if status != reqwest::StatusCode::OK {
            if status == reqwest::StatusCode::UNAUTHORIZED {
                // A token that was renewed on disk is read again next time.
                *self.ready.lock().await = None;
            }
            let body = whole(&mut response, REFUSAL_CAP, limit).await.unwrap_or_default();
            return Err(Trouble::status(status, response.headers(), &body, now));
        }
        check_head(response.headers())?;
        let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
        let theirs = date.and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok());
        Ok((response, theirs.map(|theirs| theirs.to_utc() - now)))
    }

    fn request(&self, ready: &Ready, ask: &Ask<'_>, limit: Duration) -> Option<RequestBuilder> {
        let url = self.settings.address.with(ask.path, ask.query)?;
        let method = if ask.form.is_some() { Method::POST } else { Method::GET };
        let request = ready.client.request(method, url).headers(ready.credentials.clone());
        let request = request.header(ACCEPT, "application/json").timeout(limit);
        let Some(form) = ask.form else { return Some(request) };
        let escaped = self.settings.address.with("/", form)?;
        let form = escaped.query().unwrap_or_default().to_owned();
        Some(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form))
    }

    /// The client, made when there is none.
    async fn ready(&self) -> Result<Arc<Ready>, Trouble> {
        let mut held = self.ready.lock().await;
        if let Some(ready) = held.as_ref() {
            return Ok(Arc::clone(ready));
        }
        let (settings, around) = (self.settings.clone(), self.around.clone());
        let made = tokio::task::spawn_blocking(move || tls::ready(&settings, &around)).await.map_err(|_| stopped())?;
        let made = Arc::new(made?);
        *held = Some(Arc::clone(&made));
        Ok(made)
    }
}

/// A captive portal answers 200 with a page; a bomb comes packed.
fn check_head(headers: &HeaderMap) -> Result<(), Trouble> {
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Trouble::unreadable("the answer is compressed, which was not asked for"));
    }
    if trouble::is_page(headers) {
        return Err(Trouble::unreadable("a web page instead of data: a proxy or a sign-in page answers for it"));
    }
    match trouble::content_type(headers) {
        Some(kind) if !kind.contains("json") => Err(Trouble::unreadable("the answer is not JSON")),
        _ => Ok(()),
    }
}

/// All of a body, at most `cap`.
async fn whole(response: &mut Response, cap: usize, limit: Duration) -> Result<Vec<u8>, Trouble> {
    let read = async {
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| Trouble::of(&error, limit))? {
            if body.len() + part.len() > cap {
                return Err(Trouble::too_large(cap));
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    };
    timeout(limit, read).await.unwrap_or_else(|_| Err(Trouble::too_slow(limit)))
}

/// serde's words bear positions and field names, no content.
fn not_json(error: &serde_json::Error) -> Trouble {
    let what = match error.classify() {
        serde_json::error::Category::Syntax => "the answer is not JSON",
        serde_json::error::Category::Eof | serde_json::error::Category::Io => "the answer breaks off",
        serde_json::error::Category::Data => "the answer is not what this API promises",
    };
    Trouble::unreadable(&format!("{what} (line {})", error.line()))
}

fn stopped() -> Trouble {
    Trouble::new(Reason::Unreadable, "reading the answer stopped")
}
