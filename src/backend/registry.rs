//! Which kinds of source there are: one line a system.

use std::sync::Arc;

use super::{alertmanager, argo, http, port::Connection, postgres, prometheus};
use crate::{
    config::{
        kind::SourceKind,
        settings::{Settings, SourceSettings},
    },
    domain::clock::Clock,
};

/// One kind: what it declares, and how one of it is made. Making contacts nothing.
pub struct Kind {
    pub declared: &'static SourceKind,
    pub connect: fn(&SourceSettings, &Arc<dyn Clock>) -> Connection,
}

/// All kinds, in the order of the example.
pub const KINDS: &[Kind] = &[
    // One line each.
    Kind { declared: &argo::settings::KIND, connect: argo::settings::connect },
    Kind { declared: &postgres::settings::KIND, connect: postgres::settings::connect },
    Kind { declared: &http::settings::KIND, connect: http::settings::connect },
    Kind { declared: &prometheus::settings::KIND, connect: prometheus::settings::connect },
    Kind { declared: &alertmanager::settings::KIND, connect: alertmanager::settings::connect },
];

/// What the reader of the configuration is given.
#[must_use]
pub fn declared() -> Vec<&'static SourceKind> {
    KINDS.iter().map(|kind| kind.declared).collect()
}

/// Every configured source, in the order of the configuration. Nothing is read yet.
#[must_use]
pub fn connections(settings: &Settings, clock: &Arc<dyn Clock>) -> Vec<Connection> {
    settings.sources.iter().filter_map(|source| connection(source, clock)).collect()
}

/// One source; `None` only for a kind that is not declared here, which settings that were read never name.
#[must_use]
pub fn connection(source: &SourceSettings, clock: &Arc<dyn Clock>) -> Option<Connection> {
    let kind = KINDS.iter().find(|kind| kind.declared.word == source.kind)?;
    Some((kind.connect)(source, clock))
}
