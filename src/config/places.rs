//! Where things are on this machine: the configuration file that counts, and the directories of the state.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{problem::ConfigError, settings::Settings};

/// What the command line says about places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--state-dir`
    pub state_dir: Option<PathBuf>,
}

/// The process's surroundings as far as this room asks for them. Not `Debug`: environment variables hold secrets.
#[derive(Clone, Default)]
pub struct Surroundings {
    home: Option<PathBuf>,
    variables: BTreeMap<OsString, OsString>,
    /// The administrator's file, read when the user has none.
    system_file: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            home: directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_path_buf()),
            variables: std::env::vars_os().collect(),
            system_file: Some(PathBuf::from("/etc/cutover/config.toml")),
        }
    }

    /// Made-up ones, for tests.
    #[must_use]
    pub fn made_up(home: Option<&Path>, system_file: Option<&Path>, variables: &[(&str, &str)]) -> Self {
        Self {
            home: home.map(Path::to_path_buf),
            variables: variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            system_file: system_file.map(Path::to_path_buf),
        }
    }

    #[must_use]
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// A variable that is set and not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&OsString> {
        self.variables.get(&OsString::from(name)).filter(|value| !value.is_empty())
    }

    /// `$variable/cutover`, or `~/fallback/cutover`. The XDG specification ignores relative values.
    fn xdg(&self, variable: &str, fallback: &str) -> Option<PathBuf> {
        let set = self.variable(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        set.or_else(|| self.home.as_ref().map(|home| home.join(fallback))).map(|base| base.join("cutover"))
    }
}

/// The configuration file that counts: flag, then `CUTOVER_CONFIG` (both must exist: reading them fails otherwise), then
/// the user's, then the administrator's; the last two only when they exist.
#[must_use]
pub fn search(flags: &Flags, around: &Surroundings) -> Option<PathBuf> {
    flags.config.clone().or_else(|| around.variable("CUTOVER_CONFIG").map(PathBuf::from)).or_else(|| {
        let user = around.xdg("XDG_CONFIG_HOME", ".config").map(|dir| dir.join("config.toml"));
        // A dangling link or an unreadable directory is not "no file": reading it says what is wrong.
        [user, around.system_file.clone()].into_iter().flatten().find(|path| path.symlink_metadata().is_ok())
    })
}

/// Where everything is. Nothing here has been created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The file that was read, or the one that would be.
    pub config_file: PathBuf,
    /// Its directory.
    pub config: PathBuf,
    /// State directory: flag, `CUTOVER_STATE_DIR`, `$XDG_STATE_HOME/cutover`, `~/.local/state/cutover`.
    pub state: PathBuf,
    /// This user's chain.
    pub ledger: PathBuf,
    pub log_file: PathBuf,
    /// One file a target, locked while an action is in flight; shared when the ledger is.
    pub locks: PathBuf,
}

impl Paths {
    /// From flags and surroundings alone; `with` adds what the configuration says.
    ///
    /// # Errors
    /// When there is neither a home directory nor anything that says where to be instead.
    pub fn find(flags: &Flags, around: &Surroundings) -> Result<Self, ConfigError> {
        let state = flags
            .state_dir
            .clone()
            .or_else(|| around.variable("CUTOVER_STATE_DIR").map(PathBuf::from))
            .or_else(|| around.xdg("XDG_STATE_HOME", ".local/state"))
            .ok_or_else(|| {
                ConfigError::whole(
                    Path::new("state directory"),
                    "there is no home directory to keep the ledger in",
                    "set --state-dir, CUTOVER_STATE_DIR or HOME",
                )
            })?;
        let config_file = search(flags, around)
            .or_else(|| around.xdg("XDG_CONFIG_HOME", ".config").map(|dir| dir.join("config.toml")))
            .unwrap_or_else(|| state.join("config.toml"));
        Ok(Self {
            config: config_file.parent().unwrap_or(Path::new(".")).to_path_buf(),
            config_file,
            ledger: state.join("ledger"),
            log_file: state.join("cutover.log"),
            locks: state.join("locks"),
            state,
        })
    }

    /// The same with what the configuration file at `origin` says.
    #[must_use]
    pub fn with(self, settings: &Settings, origin: &Path) -> Self {
        let ledger = settings.ledger.dir.clone().unwrap_or(self.ledger);
        let log_file = settings.log.file.clone().unwrap_or(self.log_file);
        let locks = settings.ledger.shared.as_ref().map_or(self.locks, |shared| shared.join("locks"));
        let config = origin.parent().unwrap_or(Path::new(".")).to_path_buf();
        Self { config_file: origin.to_path_buf(), config, ledger, log_file, locks, state: self.state }
    }
}
