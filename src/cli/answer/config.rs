//! `config check --json`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;

/// What loading the configuration found. Whoever loads fills it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigSeen {
    /// The file that is used, or would be.
    pub path: PathBuf,
    pub exists: bool,
    /// Everything wrong with it, each with file, line, caret and nearest name.
    pub problems: Vec<String>,
    pub environments: Vec<String>,
    pub sources: Vec<String>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "cutover config check --json")]
pub struct ConfigCheck {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub path: String,
    pub exists: bool,
    pub ok: bool,
    pub problems: Vec<String>,
    pub environments: Vec<String>,
    pub sources: Vec<String>,
}

impl From<&ConfigSeen> for ConfigCheck {
    fn from(value: &ConfigSeen) -> Self {
        Self {
            schema: SCHEMA,
            path: value.path.display().to_string(),
            exists: value.exists,
            ok: value.problems.is_empty(),
            problems: value.problems.clone(),
            environments: value.environments.clone(),
            sources: value.sources.clone(),
        }
    }
}
