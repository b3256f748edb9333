//! Argo Rollouts, through the Kubernetes API.
