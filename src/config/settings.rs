//! Every setting, with its default. `config.example.toml` is held equal to this by a test.

use std::{path::PathBuf, time::Duration};

use super::kind::{Value, Values};
use crate::domain::id::SourceId;

/// All settings, checked: what the rest of the program sees. The default is a machine where nothing is configured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub environments: Vec<Environment>,
    pub sources: Vec<SourceSettings>,
    /// Plan files, and directories of them.
    pub plans: Vec<PathBuf>,
    pub screen: ScreenSettings,
    pub ledger: LedgerSettings,
    pub log: LogSettings,
}

impl Settings {
    /// Nothing is configured: the welcome screen is what there is to see.
    #[must_use]
    pub fn is_nothing_configured(&self) -> bool {
        self.sources.is_empty()
    }

    /// What `c` on the welcome screen connects to: the kubeconfig's current context, read-only.
    #[must_use]
    pub fn welcome() -> Self {
        Self::one_cluster(None, None, Vec::new(), true)
    }

    /// One source as kubectl would have it, acting included: `--kubeconfig`, `--context`, `-n`. The environment is named
    /// after the context and is not a danger: nobody has said that it is one.
    #[must_use]
    pub fn for_kubectl(kubeconfig: Option<PathBuf>, context: Option<String>, namespaces: Vec<String>) -> Self {
        Self::one_cluster(kubeconfig, context, namespaces, false)
    }

    fn one_cluster(kubeconfig: Option<PathBuf>, context: Option<String>, namespaces: Vec<String>, read_only: bool) -> Self {
        let environment = context.clone().unwrap_or_else(|| CURRENT_CONTEXT.to_owned());
        let mut values = Values::default().with("namespaces", Value::Texts(namespaces));
        if let Some(path) = kubeconfig {
            values.set("kubeconfig", Value::Path(path));
        }
        if let Some(context) = context {
            values.set("context", Value::Text(context));
        }
        Self {
            environments: vec![Environment { name: environment.clone(), danger: false, read_only }],
            sources: vec![SourceSettings {
                name: SourceId::new("k8s"),
                environment,
                stale_after: Duration::from_secs(10),
                interval: Duration::from_secs(2),
                kind: KUBECTL,
                values,
            }],
            ..Self::default()
        }
    }

    /// The environment of a source; `None` only for settings that did not come from `parse`.
    #[must_use]
    pub fn environment_of(&self, source: &SourceSettings) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == source.environment)
    }
}

/// The kind that kubectl's flags are meant for; a test holds that it is declared with these keys.
const KUBECTL: &str = "argo";

/// Name of the environment when no context was named.
pub const CURRENT_CONTEXT: &str = "current context";

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
    /// Word of one of the kinds.
    pub kind: &'static str,
    /// Of the kind's own keys.
    pub values: Values,
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// `None` = `$XDG_STATE_HOME/cutover/cutover.log`.
    pub file: Option<PathBuf>,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { file: None, level: "info".to_owned() }
    }
}
