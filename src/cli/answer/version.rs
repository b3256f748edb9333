//! `version --json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "cutover version --json")]
pub struct Version {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub name: String,
    pub version: String,
    /// `linux-x86_64`.
    pub target: String,
}

impl Version {
    #[must_use]
    pub fn current() -> Self {
        Self {
            schema: SCHEMA,
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}
