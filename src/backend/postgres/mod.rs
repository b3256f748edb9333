//! PostgreSQL: what the rehearsal of each tenant's migration came to, by reading source and clone. What this folder does *not*
//! do: write anything, make a clone, run a migration, or judge by estimates.

pub mod baseline;
pub mod catalogue;
pub mod cause;
pub mod link;
pub mod order;
pub mod pace;
pub mod quote;
pub mod round;
pub mod settings;
pub mod source;
pub mod sql;
pub mod tls;
pub mod verify;
pub mod whole;
pub mod work;

pub use settings::PostgresSettings;
pub use source::PostgresSource;
