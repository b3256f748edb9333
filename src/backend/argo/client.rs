//! The HTTP client: kube's credentials and TLS, our own stack. kube's own client re-sends a PATCH answered 429/503/504 and
//! keeps idle connections; here nothing is ever sent twice, no redirect is followed and every body has a cap.

use std::{
    error::Error as StdError,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_timeout::TimeoutConnector;
use hyper_util::{
    client::legacy::{
        Client as HyperClient, Error as HyperError,
        connect::{
            HttpConnector,
            proxy::{SocksV5, Tunnel},
        },
    },
    rt::TokioExecutor,
};
use kube::{
    client::{AuthError, ConfigExt},
    config::Config,
};
use tower::{BoxError, ServiceBuilder, ServiceExt, util::BoxCloneSyncService};

use super::{
    access::{Identity, config, unreachable},
    plugin,
    settings::ArgoSettings,
};
use crate::{
    backend::port::{ReadError, Sent},
    domain::{Timestamp, text::DisplayText},
};

/// TCP, TLS and proxy handshake together.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Reading the kubeconfig and running its credential plugin.
pub const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(20);
/// A read, from first byte sent to last byte received.
pub const READ_TIMEOUT: Duration = Duration::from_secs(8);
/// A change, likewise.
pub const ACTION_TIMEOUT: Duration = Duration::from_secs(20);
/// Largest body of one object.
pub const BODY_CAP: usize = 4 << 20;
/// Largest body of one page of a list.
pub const LIST_CAP: usize = 16 << 20;

/// Most that a connection reads at once, and keeps room for: each of five has one. Also the longest head of an answer.
/// A server that says `100 Continue` for ever is read for 128 of them before hyper lets go of its thread: with 1 MiB that took a
/// minute of a debug build, time-out or not.
const READ_AT_ONCE: usize = 32 << 10;

const BAD_CREDENTIALS: &str = "the kubeconfig's credentials can not be used: check them with kubectl";

type RequestBody = Full<Bytes>;
type Service = BoxCloneSyncService<http::Request<RequestBody>, http::Response<Incoming>, BoxError>;

/// Set on a request when it has left our own layers: before that, nothing can have been sent.
#[derive(Clone)]
struct Left(Arc<AtomicBool>);

/// An answer with its whole body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
    /// What the server asks us to wait, from `Retry-After` in seconds; at most ten minutes.
    pub retry_after: Option<Duration>,
}

/// One cluster, reached as one user. Made by `connect`; holds credentials and is therefore not `Debug`.
#[derive(Clone)]
pub struct Link {
    reads: Service,
    actions: Service,
    action_timeout: Duration,
    read_timeout: Duration,
    /// The context's own namespace.
    pub namespace: String,
    pub identity: Identity,
    /// When its credentials end; `None` when they say nothing of it.
    pub good_until: Option<Timestamp>,
    /// How long its credentials were waited for, and the next ones will be.
    pub credentials_timeout: Duration,
}

/// Reads the kubeconfig, runs the credential plugin when there is one (off the calling thread, without a terminal) and
/// prepares the client. Nothing is sent to the cluster yet.
///
/// # Errors
/// A sentence without secrets: what is wrong with the kubeconfig or its credentials.
pub async fn connect(settings: &ArgoSettings) -> Result<Link, ReadError> {
    connect_within(settings, CREDENTIALS_TIMEOUT).await
}

/// As `connect`, with another time-out; tests use it. A plugin that takes longer is ended, with all that it started: it must
/// not hold whoever waits for the link, an action with its target's lock among them, nor stay behind.
///
/// # Errors
/// As `connect`.
pub async fn connect_within(settings: &ArgoSettings, limit: Duration) -> Result<Link, ReadError> {
    let settings = settings.clone();
    let made = tokio::task::spawn_blocking(move || {
        let (mut config, identity) = config(&settings)?;
        let good_until = plugin::replace(&mut config.auth_info, limit)?;
        Ok(Link { good_until, credentials_timeout: limit, ..link(&config, identity)? })
    });
    // A file system that does not answer hangs for itself; the plugin's own end comes first.
    tokio::time::timeout(limit + Duration::from_millis(500), made)
        .await
        .map_err(|_| unreachable(format!("the kubeconfig and its credentials did not come within {} s", limit.as_secs())))?
        .map_err(|_| unreachable("the kubeconfig could not be read: its reader ended early"))?
}

fn link(config: &Config, identity: Identity) -> Result<Link, ReadError> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    let scheme = config.proxy_url.as_ref().and_then(|url| url.scheme_str().map(str::to_owned));
    match (config.proxy_url.clone(), scheme.as_deref()) {
        (None, _) => with_connector(config, identity, http),
        (Some(proxy), Some("socks5")) => with_connector(config, identity, SocksV5::new(proxy, http)),
        (Some(proxy), Some("http")) => with_connector(config, identity, Tunnel::new(proxy, http)),
        (Some(_), _) => Err(unreachable("the kubeconfig's proxy-url is neither http:// nor socks5://")),
    }
}

fn with_connector<C>(config: &Config, identity: Identity, connector: C) -> Result<Link, ReadError>
where
    C: tower::Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: hyper_util::client::legacy::connect::Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError> + Send + Sync + StdError + 'static,
{
    let tls = config
        .rustls_https_connector_with_connector(connector)
        .map_err(|_| unreachable("the kubeconfig's certificates or credentials can not be used: check them with kubectl"))?;
    let mut timed = TimeoutConnector::new(tls);
    timed.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let mut builder = HyperClient::builder(TokioExecutor::new());
    builder.http1_max_buf_size(READ_AT_ONCE);
    // A read that found its idle connection closed, and of which no byte left, may take another connection.
    let pooled: HyperClient<_, RequestBody> = builder.build(timed.clone());
    // No idle connection is ever taken for a change: one that died meanwhile would leave it in doubt.
    let single: HyperClient<_, RequestBody> = builder.retry_canceled_requests(false).pool_max_idle_per_host(0).build(timed);

    let auth = config.auth_layer().map_err(|_| unreachable(BAD_CREDENTIALS))?;
    let headers =
        config.extra_headers_layer().map_err(|_| unreachable("the kubeconfig's impersonation can not be sent as headers"))?;
    let base = config.base_uri_layer();
    let stack = |client: HyperClient<_, RequestBody>| -> Service {
        let leaf = tower::service_fn(move |request: http::Request<RequestBody>| {
            if let Some(Left(left)) = request.extensions().get::<Left>() {
                left.store(true, Ordering::SeqCst);
            }
            let answer = client.request(request);
            async move { answer.await.map_err(BoxError::from) }
        });
        let inner = ServiceBuilder::new().layer(&base).layer(&headers).service(leaf);
        match &auth {
            Some(layer) => BoxCloneSyncService::new(ServiceBuilder::new().layer(layer).service(inner)),
            None => BoxCloneSyncService::new(inner),
        }
    };
    Ok(Link {
        reads: stack(pooled),
        actions: stack(single),
        action_timeout: ACTION_TIMEOUT,
        read_timeout: READ_TIMEOUT,
        namespace: config.default_namespace.clone(),
        identity,
        good_until: None,
        credentials_timeout: CREDENTIALS_TIMEOUT,
    })
}

/// Why no answer came, in words without addresses.
fn fault_words(error: &BoxError) -> String {
    // A token file that is not there any more; what the error names may be the token.
    if error.is::<AuthError>() {
        return BAD_CREDENTIALS.to_owned();
    }
    let mut innermost: &(dyn StdError + 'static) = error.as_ref();
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match error.downcast_ref::<HyperError>() {
        Some(hyper) if hyper.is_connect() => format!("no connection: {innermost}"),
        _ => format!("the connection broke: {innermost}"),
    }
}

impl Link {
    /// The same link with another time-out for changes and reads; tests use it.
    #[must_use]
    pub fn with_timeouts(mut self, read: Duration, action: Duration) -> Self {
        self.read_timeout = read;
        self.action_timeout = action;
        self
    }

    /// One read.
    ///
    /// # Errors
    /// When there was no whole answer in time. Any status is an answer.
    pub async fn get(&self, path: &str, cap: usize) -> Result<Answer, ReadError> {
        let request = request(Method::GET, path, None, Bytes::new()).map_err(unreachable)?;
        self.ask(request, cap).await
    }

    /// One question that has a body and changes nothing: a review, or a dry run.
    ///
    /// # Errors
    /// When there was no whole answer in time.
    pub async fn question(&self, method: Method, path: &str, content_type: &str, body: Bytes) -> Result<Answer, ReadError> {
        let request = request(method, path, Some(content_type), body).map_err(unreachable)?;
        self.ask(request, BODY_CAP).await
    }

    async fn ask(&self, request: http::Request<RequestBody>, cap: usize) -> Result<Answer, ReadError> {
        let service = self.reads.clone();
        let whole = async move {
            let response = service.oneshot(request).await.map_err(|error| unreachable(fault_words(&error)))?;
            let (parts, body) = response.into_parts();
            let mut frames = Limited::new(body, cap);
            let mut body = Vec::new();
            // Not `collect`, which has every frame and the whole of them in memory together.
            while let Some(frame) = frames.frame().await {
                if let Ok(data) = frame.map_err(|error| body_fault(&error, cap))?.into_data() {
                    body.extend_from_slice(&data);
                }
            }
            Ok(Answer { status: parts.status.as_u16(), body: body.into(), retry_after: retry_after(&parts.headers) })
        };
        tokio::time::timeout(self.read_timeout, whole)
            .await
            .unwrap_or_else(|_| Err(unreachable(format!("no whole answer within {} s", self.read_timeout.as_secs()))))
    }

    /// A stream of lines (a watch). The answer's head must come within the read time-out; the body may take for ever.
    ///
    /// # Errors
    /// When no answer began in time.
    pub async fn stream(&self, path: &str) -> Result<http::Response<Incoming>, ReadError> {
        let request = request(Method::GET, path, None, Bytes::new()).map_err(unreachable)?;
        match tokio::time::timeout(self.read_timeout, self.reads.clone().oneshot(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(unreachable(fault_words(&error))),
            Err(_) => Err(unreachable(format!("no answer within {} s", self.read_timeout.as_secs()))),
        }
    }

    /// Sends one change, once, on a connection of its own, and says what is known of it (reliability.md 4.1).
    pub async fn act(&self, method: &str, path: &str, content_type: &str, body: Bytes, audit_id: &str) -> Sent {
        let Ok(method) = Method::from_bytes(method.as_bytes()) else {
            return Sent::NotSent { why: DisplayText::new("the request's method is not one of HTTP") };
        };
        let mut request = match request(method, path, Some(content_type), body) {
            Ok(request) => request,
            Err(why) => return Sent::NotSent { why: DisplayText::new(why) },
        };
        if let Ok(id) = audit_id.parse() {
            request.headers_mut().insert("audit-id", id);
        }
        let left = Arc::new(AtomicBool::new(false));
        request.extensions_mut().insert(Left(Arc::clone(&left)));
        let service = self.actions.clone();
        let whole = async move {
            let response = service.oneshot(request).await.map_err(|error| (None, error))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), BODY_CAP).collect().await;
            body.map(|body| (status.as_u16(), body.to_bytes())).map_err(|error| (Some(status.as_u16()), error))
        };
        match tokio::time::timeout(self.action_timeout, whole).await {
            Ok(Ok((status, body))) => classify(status, &body),
            Ok(Err((status, error))) => failed(status, &error, left.load(Ordering::SeqCst)),
            Err(_) if !left.load(Ordering::SeqCst) => {
                Sent::NotSent { why: DisplayText::new("the credentials did not arrive in time") }
            }
            Err(_) => Sent::InDoubt {
                status: None,
                why: DisplayText::new(&format!("sent, and no whole answer within {} s", self.action_timeout.as_secs())),
            },
        }
    }
}

fn request(
    method: Method,
    path: &str,
    content_type: Option<&str>,
    body: Bytes,
) -> Result<http::Request<RequestBody>, &'static str> {
    let mut builder = http::Request::builder().method(method).uri(path).header(header::ACCEPT, "application/json");
    builder = builder.header(header::USER_AGENT, concat!("cutover/", env!("CARGO_PKG_VERSION")));
    if let Some(content_type) = content_type {
        builder = builder.header(header::CONTENT_TYPE, content_type);
    }
    builder.body(Full::new(body)).map_err(|_| "the request can not be written as HTTP")
}

fn body_fault(error: &BoxError, cap: usize) -> ReadError {
    if error.is::<http_body_util::LengthLimitError>() {
        return ReadError::Malformed(DisplayText::new(&format!("an answer is larger than {} MiB", cap >> 20)));
    }
    unreachable("the answer was cut off")
}

/// `Retry-After` in seconds; the date form is not used by Kubernetes.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse::<u64>().ok()?;
    Some(Duration::from_secs(seconds.min(600)))
}

/// What a refusing answer says, without its wrapping.
#[must_use]
pub fn said(body: &[u8]) -> String {
    let message = serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .and_then(|status| status.get("message").and_then(|message| message.as_str()).map(str::to_owned));
    message.unwrap_or_else(|| String::from_utf8_lossy(body.get(..200).unwrap_or(body)).into_owned())
}

fn classify(status: u16, body: &[u8]) -> Sent {
    let why = || DisplayText::new(&said(body));
    match status {
        200..=299 if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() => Sent::Accepted { status },
        200..=299 => Sent::InDoubt { status: Some(status), why: DisplayText::new("the answer is not whole") },
        300..=399 => Sent::Rejected {
            status,
            why: DisplayText::new("the server points elsewhere, which is not followed: correct the kubeconfig's server"),
        },
        // The API server's own words for a failed test name nothing; the engine reads again and says what moved.
        422 => Sent::Rejected { status, why: DisplayText::new("the state moved: one of the preconditions no longer holds") },
        408 => Sent::InDoubt { status: Some(status), why: why() },
        400..=499 => Sent::Rejected { status, why: why() },
        _ => Sent::InDoubt { status: Some(status), why: why() },
    }
}

fn failed(status: Option<u16>, error: &BoxError, left: bool) -> Sent {
    let why = DisplayText::new(&fault_words(error));
    let connect = error.downcast_ref::<HyperError>().is_some_and(HyperError::is_connect);
    if !left || (status.is_none() && connect) {
        return Sent::NotSent { why };
    }
    match status {
        // A redirect or a refusal is final even when its text was cut off.
        Some(status @ (300..=407 | 409..=499)) => Sent::Rejected { status, why },
        _ => Sent::InDoubt { status, why },
    }
}
