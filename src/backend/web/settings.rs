//! How one HTTP system is reached.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use reqwest::Url;

use crate::config::secret::SecretRef;

/// Scheme, host, port and path prefix of an API. Never user information, query or fragment: an address stands on screens
/// and in logs. The default is none, and nothing can be read there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address(Option<Url>);

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, without repeating what may be a secret.
    pub fn parse(written: &str) -> Result<Self, &'static str> {
        let url = Url::parse(written).map_err(|_| "is not an address; write https://host:port/prefix")?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err("is not an address of HTTP; write https://host:port/prefix");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds a user or a password; write them as secret references of their own");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("holds `?` or `#`; write scheme, host, port and path only");
        }
        Ok(Self(Some(url)))
    }

    /// `https://host:port`, for people and the ledger.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.as_ref().map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    }

    /// Whether nothing on the way can read along or answer instead: TLS, or this machine itself by number.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.0.as_ref().is_some_and(|url| {
            let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
            url.scheme() == "https" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        })
    }

    /// The address of `path` (it begins with `/`) below the prefix, with `query` escaped; `None` below no address.
    pub(super) fn with(&self, path: &str, query: &[(&str, &str)]) -> Option<Url> {
        let mut url = self.0.clone()?;
        let whole = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&whole);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Some(url)
    }
}

/// Who we say we are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    #[default]
    None,
    Basic {
        user: String,
        password: SecretRef,
    },
    Bearer(SecretRef),
}

/// A header that goes along with each request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// Not secret: a tenant's name (`X-Scope-OrgID`).
    Plain {
        name: String,
        value: String,
    },
    Secret {
        name: String,
        value: SecretRef,
    },
}

/// How one HTTP system is reached. Holds references to secrets, no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSettings {
    pub address: Address,
    pub auth: Auth,
    pub headers: Vec<Header>,
    /// PEM; replaces the roots of the machine.
    pub ca_file: Option<PathBuf>,
    /// A client certificate with its key, both in PEM in one file; read under the rules of a secret file.
    pub identity_file: Option<PathBuf>,
    /// `http://` to another machine is refused unless this is true.
    pub allow_plaintext: bool,
    /// For the connection with TLS.
    pub connect_timeout: Duration,
    /// For the whole of one request, body included, unless the request asks for another.
    pub timeout: Duration,
    /// For the pause between two parts of an answer.
    pub idle_timeout: Duration,
}

impl WebSettings {
    /// Nothing but an address: no credentials, 3 s to connect, 8 s in all, 5 s between two parts (reliability.md 3.3).
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self {
            address,
            auth: Auth::None,
            headers: Vec::new(),
            ca_file: None,
            identity_file: None,
            allow_plaintext: false,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(8),
            idle_timeout: Duration::from_secs(5),
        }
    }
}
