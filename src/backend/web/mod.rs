//! The one way to an HTTP source: limits on time and size, TLS, credentials, and failures in words.
//!
//! What this does *not* do: know an API, try again, follow a redirect, ask through an ambient proxy, unpack compressed
//! answers, or send a change (drivers have a stack of their own).

mod body;
mod client;
pub mod keys;
mod settings;
mod tls;
mod trouble;

pub use client::{Ask, Fetched, LIST_CAP, SMALL_CAP, Web};
pub use settings::{Address, Auth, Header, WebSettings};
pub use trouble::Trouble;
