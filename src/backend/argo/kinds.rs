//! The four kinds of object that are read, and where they are found.

/// A kind of object. Rollouts are needed; the others only add to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Rollouts,
    ReplicaSets,
    AnalysisRuns,
    Pods,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Rollouts, Self::ReplicaSets, Self::AnalysisRuns, Self::Pods];

    /// The word for it on a screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rollouts => "rollouts",
            Self::ReplicaSets => "replica sets",
            Self::AnalysisRuns => "analysis runs",
            Self::Pods => "pods",
        }
    }

    fn resource(self) -> (&'static str, &'static str) {
        match self {
            Self::Rollouts => ("/apis/argoproj.io/v1alpha1", "rollouts"),
            Self::ReplicaSets => ("/apis/apps/v1", "replicasets"),
            Self::AnalysisRuns => ("/apis/argoproj.io/v1alpha1", "analysisruns"),
            Self::Pods => ("/api/v1", "pods"),
        }
    }

    /// Path of the collection; `None` = all namespaces. Namespaces come from the configuration or from the system and are
    /// RFC 1123 names by then.
    #[must_use]
    pub fn collection(self, namespace: Option<&str>) -> String {
        let (root, resource) = self.resource();
        match namespace {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{resource}"),
            None => format!("{root}/{resource}"),
        }
    }

    /// Only objects of rollouts: the others would be thousands.
    #[must_use]
    pub fn selector(self) -> &'static str {
        match self {
            Self::Rollouts | Self::AnalysisRuns => "",
            Self::ReplicaSets | Self::Pods => "&labelSelector=rollouts-pod-template-hash",
        }
    }
}

/// Path of one rollout.
#[must_use]
pub fn rollout_path(namespace: &str, name: &str) -> String {
    format!("{}/{name}", Kind::Rollouts.collection(Some(namespace)))
}
