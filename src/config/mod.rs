//! What the operator wrote about this machine: settings, loading, secret references.
//!
//! What this room does *not* do: connect to anything, or know what a release plan is.

pub mod settings;
