//! Every setting, with its default. `config.example.toml` is held equal to this by a test.

use std::{path::PathBuf, time::Duration};

use crate::domain::id::SourceId;

/// All settings, checked: what the rest of the program sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub environments: Vec<Environment>,
    pub sources: Vec<SourceSettings>,
    pub screen: ScreenSettings,
    pub ledger: LedgerSettings,
    pub log: LogSettings,
}

/// One environment: the badge on line 1, and how dear a mistake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    pub name: String,
    /// Read-only for whatever widens exposure until armed; red badge.
    pub danger: bool,
    pub read_only: bool,
}

/// One configured source.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSettings {
    pub name: SourceId,
    /// Name of one of `environments`.
    pub environment: String,
    /// A value older than this is stale. At least three intervals.
    pub stale_after: Duration,
    /// Between two small reads, 1 s or more.
    pub interval: Duration,
    pub kind: SourceKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    Argo(ArgoSettings),
}

/// How to reach a Kubernetes API with Argo Rollouts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArgoSettings {
    /// `None` = `KUBECONFIG`, then `~/.kube/config`, as kubectl does.
    pub kubeconfig: Option<PathBuf>,
    /// `None` = the file's current context.
    pub context: Option<String>,
    /// Empty = all namespaces.
    pub namespaces: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreenSettings {
    /// Name of a theme; `None` = decided by ux.md 3.8.
    pub theme: Option<String>,
    /// `Some(true)` = ASCII signs only; `None` = decided by the terminal.
    pub ascii: Option<bool>,
    pub bell: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerSettings {
    /// Where the chain is; `None` = `$XDG_STATE_HOME/cutover/ledger`.
    pub dir: Option<PathBuf>,
    /// A directory several users share, so that their consoles see each other.
    pub shared: Option<PathBuf>,
    /// File systems that do not keep what was synced (tmpfs, overlay, NFS, 9p) are refused unless this is true.
    pub allow_volatile: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSettings {
    /// `None` = `$XDG_STATE_HOME/cutover/cutover.log`.
    pub file: Option<PathBuf>,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
}
