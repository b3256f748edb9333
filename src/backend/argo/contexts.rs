//! Which clusters a kubeconfig names. Reads a file and contacts nothing.

use std::path::Path;

use kube::config::Kubeconfig;

use crate::domain::text::DisplayText;

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
        Err(error) => Contexts { why_none: Some(clean(&error.to_string())), ..Contexts::default() },
    }
}
