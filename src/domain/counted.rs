//! A table of tenants with what was counted of it. Whoever tells a table counts it, so that nobody walks ten thousand
//! tenants on the drawing path, and nobody walks them twice.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use super::{
    census::Census,
    tenant::{CheckKind, TenantState, TenantTable},
};

/// A table, read-only from here on, and its counts.
#[derive(Clone, Debug)]
pub struct CountedTable {
    table: TenantTable,
    census: Census,
    kinds: Vec<CheckKind>,
    named: bool,
    /// Counts under what plans ask for instead of the source.
    others: Memo<Vec<CheckKind>, Census>,
    /// The strip of all tenants, by the tenants in one cell.
    strips: Memo<usize, Vec<Share>>,
}

/// What one cell of the strip of all tenants stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub worst: TenantState,
    pub failing: usize,
}

/// Values that follow from one that never changes: each made when it is first asked for, and kept. A few keys only.
#[derive(Clone, Debug)]
struct Memo<K, V>(OnceLock<Box<Made<K, V>>>);

#[derive(Clone, Debug)]
struct Made<K, V> {
    key: K,
    value: V,
    next: Memo<K, V>,
}

impl<K, V> Memo<K, V> {
    const fn new() -> Self {
        Self(OnceLock::new())
    }

    fn get(&self, is_it: impl Fn(&K) -> bool, make: impl Fn() -> (K, V)) -> &V {
        let mut slot = self;
        loop {
            let known = slot.0.get_or_init(|| {
                let (key, value) = make();
                Box::new(Made { key, value, next: Self::new() })
            });
            if is_it(&known.key) {
                return &known.value;
            }
            slot = &known.next;
        }
    }
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
        self.others.get(|known| known == require, || (require.to_vec(), Census::of(&self.table, require, false)))
    }

    /// All tenants in the order of their ids, `share` of them (1 or more) a cell.
    #[must_use]
    pub fn strip(&self, share: usize) -> &[Share] {
        let share = share.max(1);
        let cell = |part: &[TenantState]| Share {
            worst: part.iter().min().copied().unwrap_or(TenantState::Unknown),
            failing: part.iter().filter(|state| **state == TenantState::Fail).count(),
        };
        self.strips.get(|known| *known == share, || (share, self.census.states.chunks(share).map(cell).collect()))
    }

    /// No round is under way in it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.table.progress.is_none_or(|(done, of)| done >= of)
    }

    /// Whether it tells anything worse than `before`, or of other tenants: then `before` is worth nothing any more.
    #[must_use]
    pub fn is_worse_than(&self, before: &Self) -> bool {
        let same = self.table.tenants.iter().map(|tenant| &tenant.id).eq(before.table.tenants.iter().map(|tenant| &tenant.id));
        let bad = TenantState::ALL.into_iter().filter(|state| match state {
            TenantState::Fail | TenantState::Unknown | TenantState::Stale | TenantState::Warn | TenantState::OptedOut => true,
            TenantState::Running | TenantState::Queued | TenantState::Green => false,
        });
        let mut bad = bad.map(|state| (self.census.count(state), before.census.count(state)));
        bad.any(|(now, then)| now > then) || !same
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
            others: Memo::new(),
            strips: Memo::new(),
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
