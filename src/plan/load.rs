//! Plan files: which there are, and all mistakes of all of them at once.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{cross, parse::parse};
use crate::{
    config::{document, problem::ConfigError},
    domain::{id::SourceId, plan::Plan, source::Tells},
};

/// Which sources a plan may name.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// No configuration is at hand: a source's name cannot be wrong.
    Any,
    These(&'a [(SourceId, Tells)]),
}

/// Why there are no plans: every mistake in every file. `Display` is the whole answer for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanErrors(pub Vec<ConfigError>);

impl fmt::Display for PlanErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for error in &self.0 {
            error.write_problems(f)?;
        }
        let count: usize = self.0.iter().map(|error| error.problems.len()).sum();
        let problems = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
        let files = if self.0.len() == 1 { "a plan".to_owned() } else { format!("{} plans", self.0.len()) };
        write!(f, "{problems} in {files}; nothing was contacted. Mend it, then: cutover plan lint FILE")
    }
}

impl std::error::Error for PlanErrors {}

/// Reads every plan in `paths`; of a directory all `*.toml` in it, in the order of their names. Blocking; called before the
/// screen is taken.
///
/// # Errors
/// Every mistake in every file, what cannot be read, and plans that contradict each other.
pub fn load(paths: &[PathBuf], known: Known<'_>) -> Result<Vec<Arc<Plan>>, PlanErrors> {
    let mut errors = Vec::new();
    let mut plans: Vec<(Plan, String)> = Vec::new();
    for file in paths
        .iter()
        .flat_map(|path| {
            files(path).unwrap_or_else(|error| {
                errors.push(error);
                Vec::new()
            })
        })
        .collect::<Vec<_>>()
    {
        if plans.iter().any(|(plan, _)| plan.file == file) {
            continue;
        }
        match read(&file, known) {
            Ok(plan) => plans.push(plan),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(cross::between(&plans));
    if errors.is_empty() { Ok(plans.into_iter().map(|(plan, _)| Arc::new(plan)).collect()) } else { Err(PlanErrors(errors)) }
}

fn read(file: &Path, known: Known<'_>) -> Result<(Plan, String), ConfigError> {
    let bytes = document::bytes(file, "check the path under [plans] in the configuration, or the one you gave")?;
    let text = document::text(bytes, file)?;
    Ok((parse(&text, file, known)?, text))
}

/// The files that a path means.
fn files(path: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let unreadable = |error: std::io::Error| {
        ConfigError::whole(path, format!("cannot be read: {error}"), "check that it is a directory that can be read")
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension == "toml") && file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(ConfigError::whole(
            path,
            "holds no plan",
            "put *.toml files there, or remove it from [plans] in the configuration",
        ));
    }
    files.sort();
    Ok(files)
}
