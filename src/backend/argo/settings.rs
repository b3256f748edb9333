//! What the operator writes to reach a cluster with Argo Rollouts.

use std::{path::PathBuf, sync::Arc};

use super::ArgoSource;
use crate::{
    backend::port::Connection,
    config::{
        keys::{Fallback, Key, Shape},
        kind::{Fault, SourceKind, Values},
        settings::SourceSettings,
    },
    domain::{clock::Clock, id::Name},
};

/// What this kind declares.
pub const KIND: SourceKind = SourceKind {
    word: "argo",
    why: "A Kubernetes API with Argo Rollouts.",
    example: "k8s",
    interval: "\"2s\"",
    stale_after: "\"10s\"",
    keys: &[
        Key {
            name: "kubeconfig",
            shape: Shape::Path,
            fallback: Fallback::Unset { then: "KUBECONFIG, then ~/.kube/config, as kubectl does", example: "\"~/.kube/config\"" },
            why: "Where the cluster's address and credentials are; this file never holds a secret.",
        },
        Key {
            name: "context",
            shape: Shape::Text,
            fallback: Fallback::Unset { then: "the kubeconfig's current context", example: "\"prod-eu\"" },
            why: "Name it: a current context that another shell switches would switch the next command too.",
        },
        Key {
            name: "namespaces",
            shape: Shape::Texts,
            fallback: Fallback::Value("[]"),
            why: "Only these; empty is all, which needs the right to list in the whole cluster.",
        },
    ],
    check,
};

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

impl ArgoSettings {
    #[must_use]
    pub fn of(values: &Values) -> Self {
        Self {
            kubeconfig: values.path("kubeconfig").map(Into::into),
            context: values.text("context").map(Into::into),
            namespaces: values.texts("namespaces").to_vec(),
        }
    }
}

/// A source of this kind.
#[must_use]
pub fn connect(source: &SourceSettings, clock: &Arc<dyn Clock>) -> Connection {
    let settings = ArgoSettings::of(&source.values);
    let argo = Arc::new(ArgoSource::new(source.name.clone(), settings, source.interval, Arc::clone(clock)));
    Connection { source: argo.clone(), driver: Some(argo) }
}

fn check(values: &Values) -> Vec<Fault> {
    let namespaces = values.texts("namespaces");
    let mut faults = Vec::new();
    for (at, namespace) in namespaces.iter().enumerate() {
        if !Name::new(namespace).is_rfc1123() || namespace.contains('.') || namespace.len() > 63 {
            let what = format!("\"{namespace}\" cannot be a namespace");
            let next = "use lower-case letters, digits and `-`, at most 63; an empty list means all";
            faults.push(Fault::new("namespaces", what, next).at(at));
        } else if namespaces.iter().take(at).any(|before| before == namespace) {
            let what = format!("namespace \"{namespace}\" is listed twice");
            faults.push(Fault::new("namespaces", what, "keep one of them").at(at));
        }
    }
    faults
}
