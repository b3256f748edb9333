//! The list of tenants.

use crate::domain::id::{Name, SourceId};

use super::{roster::Roster, state::AppState};

/// What identifies a tenant: the same customer may be rehearsed at two sources.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantKey {
    pub source: SourceId,
    pub tenant: Name,
}

/// The list of tenants.
#[derive(Clone, Debug, Default)]
pub struct TenantList {
    pub roster: Roster<TenantKey>,
}

/// A person goes to a tenant.
pub fn select(state: &mut AppState, key: TenantKey) {
    state.tenants.roster.select(key);
}
