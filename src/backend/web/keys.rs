//! The keys that every kind of source over HTTP has, and from their values to settings.

use super::settings::{Address, Auth, Header, WebSettings};
use crate::config::{
    keys::{Fallback, Key, Shape},
    kind::{Fault, Values},
    secret::SecretRef,
};

const fn unset(name: &'static str, shape: Shape, then: &'static str, example: &'static str, why: &'static str) -> Key {
    Key { name, shape, fallback: Fallback::Unset { then, example }, why }
}

pub const USER: Key = Key {
    name: "user",
    shape: Shape::Text,
    fallback: Fallback::Value("\"cutover\""),
    why: "Basic authentication as this user, when there is a `password`.",
};
pub const PASSWORD: Key = unset(
    "password",
    Shape::Secret,
    "no basic authentication",
    "\"file:/run/secrets/password\"",
    "Where the user's password is.",
);
pub const TOKEN: Key = unset(
    "token",
    Shape::Secret,
    "no bearer token",
    "\"file:/run/secrets/token\"",
    "Where the bearer token is; read again when it is refused.",
);
pub const HEADERS: Key = unset(
    "headers",
    Shape::Map,
    "none",
    "{ X-Scope-OrgID = \"shop\" }",
    "Sent with every request, a tenant's name for one; nothing secret.",
);
pub const SECRET_HEADERS: Key = unset(
    "secret_headers",
    Shape::Map,
    "none",
    "{ X-Api-Key = \"env:API_KEY\" }",
    "Sent with every request; the values are references to secrets.",
);
pub const CA_FILE: Key =
    unset("ca_file", Shape::Path, "the machine's own roots", "\"/etc/ssl/private-ca.pem\"", "PEM; replaces the machine's roots.");
pub const IDENTITY_FILE: Key = unset(
    "identity_file",
    Shape::Path,
    "no client certificate",
    "\"/etc/cutover/client.pem\"",
    "A client certificate and its key, both in this file in PEM; only you can read it.",
);
pub const ALLOW_PLAINTEXT: Key = Key {
    name: "allow_plaintext",
    shape: Shape::Flag,
    fallback: Fallback::Value("false"),
    why: "http:// to another machine is refused unless you say so: anybody on the way can read it and answer instead.",
};
pub const TIMEOUT: Key =
    Key { name: "timeout", shape: Shape::Duration, fallback: Fallback::Value("\"8s\""), why: "For one whole request, 1s to 1m." };

/// How one address is reached, by the values of these keys. What `check` finds wrong is left out.
#[must_use]
pub fn settings(values: &Values, address: Address) -> WebSettings {
    let mut web = WebSettings::new(address);
    web.auth = match (values.secret("token"), values.text("user"), values.secret("password")) {
        (Some(token), _, _) => Auth::Bearer(token.clone()),
        (None, Some(user), Some(password)) => Auth::Basic { user: user.to_owned(), password: password.clone() },
        _ => Auth::None,
    };
    let plain = values.map("headers").into_iter().flatten();
    let plain = plain.map(|(name, value)| Header::Plain { name: name.clone(), value: value.clone() });
    let secret = values.map("secret_headers").into_iter().flatten();
    let secret =
        secret.filter_map(|(name, value)| Some(Header::Secret { name: name.clone(), value: SecretRef::parse(value).ok()? }));
    web.headers = plain.chain(secret).collect();
    web.ca_file = values.path("ca_file").map(Into::into);
    web.identity_file = values.path("identity_file").map(Into::into);
    web.allow_plaintext = values.flag("allow_plaintext");
    if let Some(timeout) = values.duration("timeout") {
        web.timeout = timeout;
        web.idle_timeout = web.idle_timeout.min(timeout);
    }
    web
}

/// What is wrong with the values of these keys.
#[must_use]
pub fn check(values: &Values) -> Vec<Fault> {
    let mut faults = Vec::new();
    if values.is_set("token") && values.is_set("password") {
        faults.push(Fault::new("token", "`token` and `password` are two ways to say who you are", "keep one of them"));
    }
    if values.duration("timeout").is_some_and(|timeout| !(1..=60).contains(&timeout.as_secs())) {
        faults.push(Fault::new("timeout", "`timeout` is out of range", "write 1s to 1m"));
    }
    for key in ["headers", "secret_headers"] {
        for (at, (name, value)) in values.map(key).into_iter().flatten().enumerate() {
            if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() {
                let next = "use letters, digits and `-`";
                faults.push(Fault::new(key, format!("`{name}` cannot be the name of a header"), next).at(at));
            } else if key == "secret_headers" && SecretRef::parse(value).is_err() {
                let what = format!("the value of `{name}` is no reference to a secret");
                faults.push(Fault::new(key, what, "write env:NAME, file:/path or cmd:[\"/program\"]").at(at));
            }
        }
    }
    faults
}

/// An address of the key `key`, or what is wrong with it.
///
/// # Errors
/// What is wrong, with what to write instead; nothing of the address is repeated, for it may hold a password.
pub fn address(values: &Values, key: &'static str, written: &str) -> Result<Address, Fault> {
    let next = "write https://host:port, a path may follow";
    let address = Address::parse(written).map_err(|why| Fault::new(key, format!("the address {why}"), next))?;
    if address.is_private() || values.flag("allow_plaintext") {
        return Ok(address);
    }
    let what = "plain http to another machine: anybody on the way can read it and answer instead";
    Err(Fault::new(key, what, "write https://, or allow_plaintext = true if you know the way"))
}
