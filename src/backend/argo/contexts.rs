//! Which clusters a kubeconfig names. Reads a file and contacts nothing.

use std::path::Path;

use kube::config::Kubeconfig;

use super::{
    access,
    settings::{ArgoSettings, KIND},
};
use crate::{config::settings::SourceSettings, domain::text::DisplayText};

/// What the welcome screen can say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contexts {
    /// The context that kubectl would use.
    pub current: Option<String>,
    /// All names, in the order of the file.
    pub names: Vec<String>,
    /// Why there is none: no file, or one that can not be read.
    pub why_none: Option<String>,
}

/// Whether two settings lead to the same cluster, and by the same context. Reads the kubeconfigs and nothing else; what can
/// not be read is never the same.
#[must_use]
pub fn same(one: &ArgoSettings, other: &ArgoSettings) -> Option<Same> {
    let (one, other) = (access::identity(one).ok()?, access::identity(other).ok()?);
    if one.server != other.server {
        return None;
    }
    Some(if one.context == other.context { Same::Context } else { Same::Server })
}

/// Which cluster a source of this kind leads to, and as what: address and context in one line. `None`: it is of another kind, or
/// the kubeconfig does not say it.
#[must_use]
pub fn cluster(source: &SourceSettings) -> Option<String> {
    let settings = (source.kind == KIND.word).then(|| ArgoSettings::of(&source.values))?;
    let found = access::identity(&settings).ok()?;
    Some(format!("{} {}", found.server, found.context))
}

/// How far two settings lead to the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Same {
    /// The same cluster, by the same name.
    Context,
    /// The same cluster by another name.
    Server,
}

/// Reads `file`, or without one `KUBECONFIG` or `~/.kube/config`, as kubectl does.
#[must_use]
pub fn contexts(file: Option<&Path>) -> Contexts {
    let clean = |text: &String| DisplayText::new(text).to_string();
    match file.map_or_else(Kubeconfig::read, Kubeconfig::read_from) {
        Ok(file) => Contexts {
            current: file.current_context.as_ref().filter(|name| !name.is_empty()).map(clean),
            names: file.contexts.iter().map(|context| clean(&context.name)).collect(),
            why_none: None,
        },
        Err(error) => Contexts { why_none: Some(clean(&access::words(&error))), ..Contexts::default() },
    }
}
