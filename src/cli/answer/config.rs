//! `config check --json`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use crate::backend::registry;
use crate::config::{
    load::{Loaded, load},
    places::{Flags, Paths, Surroundings},
    problem::ConfigError,
};

/// What loading the configuration found.
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

impl ConfigSeen {
    /// Loads, and says what was found. `themes` as for `load`.
    #[must_use]
    pub fn look(flags: &Flags, around: &Surroundings, themes: &[&str]) -> Self {
        Self::of(load(flags, around, themes, &registry::declared()).as_ref(), flags, around)
    }

    fn of(loaded: Result<&Loaded, &ConfigError>, flags: &Flags, around: &Surroundings) -> Self {
        match loaded {
            Ok(loaded) => Self {
                path: loaded.paths.config_file.clone(),
                exists: loaded.origin.is_some(),
                problems: Vec::new(),
                environments: loaded.settings.environments.iter().map(|environment| environment.name.clone()).collect(),
                sources: loaded.settings.sources.iter().map(|source| source.name.to_string()).collect(),
            },
            Err(error) => {
                let path = Paths::find(flags, around).map_or_else(|_| error.origin.clone(), |paths| paths.config_file);
                Self { exists: path.exists(), path, problems: vec![error.to_string().trim_end().to_owned()], ..Self::default() }
            }
        }
    }
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
