//! Files and secrets into a client: blocking, so it runs beside the loop.

use std::{fs, path::Path};

use reqwest::{
    Client,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    redirect, retry, tls,
};
use secrecy::ExposeSecret as _;

use super::{
    settings::{Address, Auth, Header, WebSettings},
    trouble::Trouble,
};
use crate::{
    config::{
        places::Surroundings,
        secret::{SecretError, SecretRef},
    },
    domain::question::Reason,
};

/// Connections kept for one host; reads at one time are as many.
const IDLE_CONNECTIONS: usize = 4;
/// Largest certificate file, in bytes.
const LARGEST: u64 = 1 << 20;

/// A client, and the headers that say who we are.
pub(super) struct Ready {
    pub client: Client,
    pub credentials: HeaderMap,
}

/// Reads certificates and secrets. Blocks for as long as a secret program takes.
pub(super) fn ready(settings: &WebSettings, around: &Surroundings) -> Result<Ready, Trouble> {
    if settings.address == Address::default() {
        return Err(Trouble::new(Reason::NotAsked, "no address is configured"));
    }
    if !settings.address.is_private() && !settings.allow_plaintext {
        let words = "plain http to another machine: write https, or set allow_plaintext";
        return Err(Trouble::new(Reason::NotPermitted, words));
    }
    Ok(Ready { client: client(settings, around)?, credentials: credentials(settings, around)? })
}

fn client(settings: &WebSettings, around: &Surroundings) -> Result<Client, Trouble> {
    // Fails where one is installed already; the only one that is linked is ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("cutover/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .http1_only()
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .tls_version_min(tls::Version::TLS_1_2)
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.idle_timeout);
    if let Some(path) = &settings.ca_file {
        let roots = tls::Certificate::from_pem_bundle(&file(path)?).map_err(|_| bad(path, "holds no certificate in PEM"))?;
        builder = builder.tls_certs_only(roots);
    }
    if let Some(path) = &settings.identity_file {
        let pem = private_file(path, around)?;
        let identity = tls::Identity::from_pem(&pem).map_err(|_| bad(path, "holds no certificate with its key in PEM"))?;
        builder = builder.identity(identity);
    }
    builder.build().map_err(|_| Trouble::new(Reason::Tls, "TLS can not be set up with these certificates"))
}

fn credentials(settings: &WebSettings, around: &Surroundings) -> Result<HeaderMap, Trouble> {
    let mut headers = HeaderMap::new();
    let whole = match &settings.auth {
        Auth::None => None,
        Auth::Bearer(secret) => Some(format!("Bearer {}", fetch(secret, around)?.expose_secret())),
        Auth::Basic { user, password } => {
            use base64::Engine as _;
            let pair = format!("{user}:{}", fetch(password, around)?.expose_secret());
            Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
        }
    };
    if let Some(whole) = whole {
        headers.insert(AUTHORIZATION, sensitive(&whole)?);
    }
    for header in &settings.headers {
        let (name, value) = match header {
            Header::Plain { name, value } => (name, sensitive(value)?),
            Header::Secret { name, value } => (name, sensitive(fetch(value, around)?.expose_secret())?),
        };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| not_sendable("the name of a header"))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Never printed by `Debug` of a request.
fn sensitive(value: &str) -> Result<HeaderValue, Trouble> {
    let mut value = HeaderValue::from_str(value).map_err(|_| not_sendable("a credential or a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn not_sendable(what: &str) -> Trouble {
    Trouble::new(Reason::NotPermitted, &format!("{what} holds characters that HTTP does not send"))
}

fn fetch(secret: &SecretRef, around: &Surroundings) -> Result<secrecy::SecretString, Trouble> {
    secret.resolve(around).map_err(|error| Trouble::new(Reason::NotPermitted, &error.to_string()))
}

/// A key is many lines, a secret is one: only the rules of the file are the same.
fn private_file(path: &Path, around: &Surroundings) -> Result<Vec<u8>, Trouble> {
    match SecretRef::File(path.to_owned()).resolve(around) {
        Ok(_) | Err(SecretError::Unusable(_)) => file(path),
        Err(error) => Err(Trouble::new(Reason::Tls, &error.to_string())),
    }
}

fn file(path: &Path) -> Result<Vec<u8>, Trouble> {
    let found = fs::metadata(path).map_err(|error| bad(path, &format!("can not be read: {}", error.kind())))?;
    if !found.is_file() || found.len() > LARGEST {
        return Err(bad(path, "is not a file of at most 1 MiB"));
    }
    fs::read(path).map_err(|error| bad(path, &format!("can not be read: {}", error.kind())))
}

fn bad(path: &Path, why: &str) -> Trouble {
    Trouble::new(Reason::Tls, &format!("{} {why}", path.display()))
}
