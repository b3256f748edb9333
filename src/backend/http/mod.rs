//! Any system that gives JSON by HTTP: tenants with what they tell of themselves, answers to plans, alerts. What this folder does
//! *not* do: change anything, or guess: a value that is not where the settings say is unknown.

pub mod alerts;
pub mod pointer;
pub mod settings;
pub mod source;
pub mod tenants;

pub use settings::HttpSettings;
pub use source::HttpSource;
