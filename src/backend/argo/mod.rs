//! Argo Rollouts, through the Kubernetes API: read by list and watch, changed by guarded JSON patches. What this folder does
//! *not* do: decide what is allowed, wait for the controller, or send anything twice.

pub mod access;
pub mod client;
pub mod contexts;
pub mod driver;
pub mod everything;
pub mod facts;
pub mod field;
pub mod holds;
pub mod kinds;
pub mod links;
pub mod outlook;
pub mod patch;
pub mod phase;
pub mod plugin;
pub mod settings;
pub mod source;
pub mod standing;
pub mod steps;
pub mod watch;
pub mod wire;

pub use settings::ArgoSettings;
pub use source::ArgoSource;
