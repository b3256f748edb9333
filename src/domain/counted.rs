//! A table of tenants with what was counted of it. Whoever tells a table counts it, so that nobody walks ten thousand
//! tenants on the drawing path, and nobody walks them twice.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use super::{
    census::Census,
    tenant::{CheckKind, TenantTable},
};

/// A table, read-only from here on, and its counts.
#[derive(Clone, Debug)]
pub struct CountedTable {
    table: TenantTable,
    census: Census,
    kinds: Vec<CheckKind>,
    named: bool,
    /// Counts under what plans ask for instead of the source; made when first asked for.
    others: OnceLock<Box<Other>>,
}

#[derive(Clone, Debug)]
struct Other {
    require: Vec<CheckKind>,
    census: Census,
    next: OnceLock<Box<Other>>,
}

impl CountedTable {
    /// The counts as if the table were fresh, green being what the source itself asks for.
    #[must_use]
    pub fn census(&self) -> &Census {
        &self.census
    }

    /// The counts where green asks for `require`; an empty list asks for what the source itself requires.
    #[must_use]
    pub fn census_for(&self, require: &[CheckKind]) -> &Census {
        if require.is_empty() || require == self.require {
            return &self.census;
        }
        let mut slot = &self.others;
        loop {
            let other = slot.get_or_init(|| {
                let census = Census::of(&self.table, require, false);
                Box::new(Other { require: require.to_vec(), census, next: OnceLock::new() })
            });
            if other.require == require {
                return &other.census;
            }
            slot = &other.next;
        }
    }

    /// The kinds of check that any tenant has or the source asks for; rows stand by themselves and are left out.
    #[must_use]
    pub fn kinds(&self) -> &[CheckKind] {
        &self.kinds
    }

    /// Any tenant has a name besides its id.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.named
    }
}

/// Counts follow from the table.
impl PartialEq for CountedTable {
    fn eq(&self, other: &Self) -> bool {
        self.table == other.table
    }
}

impl From<TenantTable> for CountedTable {
    fn from(table: TenantTable) -> Self {
        let mut kinds = table.require.clone();
        for (kind, _) in table.tenants.iter().flat_map(|tenant| &tenant.checks) {
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        kinds.retain(|kind| *kind != CheckKind::Rows);
        kinds.sort_unstable();
        kinds.dedup();
        Self {
            census: Census::of(&table, &table.require, false),
            kinds,
            named: table.tenants.iter().any(|tenant| tenant.name.is_some()),
            others: OnceLock::new(),
            table,
        }
    }
}

impl From<TenantTable> for Arc<CountedTable> {
    fn from(table: TenantTable) -> Self {
        Self::new(table.into())
    }
}

impl Deref for CountedTable {
    type Target = TenantTable;

    fn deref(&self) -> &TenantTable {
        &self.table
    }
}
