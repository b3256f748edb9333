//! What the operator wrote about this machine: settings, loading, secret references.
//!
//! What this room does *not* do: connect to anything, write anything, or know what a release plan is.

pub mod document;
pub mod duration;
pub mod keys;
pub mod kind;
pub mod load;
pub mod places;
pub mod problem;
pub mod program;
pub mod reading;
pub mod schema;
pub mod secret;
pub mod settings;
pub mod source;

pub use kind::SourceKind;
pub use load::{Loaded, load, parse};
pub use places::{Flags, Paths, Surroundings};
pub use problem::{ConfigError, Problem};
pub use schema::{example, schema};
pub use secret::{SecretError, SecretRef};
pub use settings::Settings;
