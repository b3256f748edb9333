//! Which kinds of source there are: one line a system.

use std::sync::Arc;

use super::{argo::ArgoSource, port::Connection};
use crate::{
    config::settings::{Settings, SourceKind, SourceSettings},
    domain::clock::Clock,
};

/// Every configured source, in the order of the configuration. Nothing is read yet.
#[must_use]
pub fn connections(settings: &Settings, clock: &Arc<dyn Clock>) -> Vec<Connection> {
    settings.sources.iter().map(|source| connection(source, clock)).collect()
}

/// One source.
#[must_use]
pub fn connection(source: &SourceSettings, clock: &Arc<dyn Clock>) -> Connection {
    match &source.kind {
        SourceKind::Argo(argo) => {
            let argo = Arc::new(ArgoSource::new(source.name.clone(), argo.clone(), source.interval, Arc::clone(clock)));
            Connection { source: argo.clone(), driver: Some(argo) }
        }
    }
}
