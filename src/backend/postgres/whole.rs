//! What the watch's last whole round told, kept for the moment of an advance: a round of minutes would always come too late
//! there. It is as old as its round, never newer; what looks worse since, or is not whole, ends it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    cause::Cause,
    link::Door,
    order::Listed,
    round::{Memory, Round, ask_list},
    settings::PostgresSettings,
};
use crate::domain::{
    counted::CountedTable,
    freshness::SourceHealth,
    tenant::{CheckKind, CheckResult, Tenant, TenantTable},
};

/// What all results together say of each aggregate.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// In how many tenants it differs; in words why that is not known.
    differing: BTreeMap<String, Result<usize, String>>,
    /// When the oldest result was made, in `Clock::since_boot` time.
    pub oldest: Option<Duration>,
}

impl Counts {
    #[must_use]
    pub fn of(memory: &Memory) -> Self {
        let names = memory.settings.aggregates.keys();
        Self {
            differing: names.map(|name| (name.clone(), memory.differing(name))).collect(),
            oldest: memory.results.values().map(|kept| kept.checked).min(),
        }
    }

    /// `None`: there is no such aggregate.
    #[must_use]
    pub fn differing(&self, name: &str) -> Option<&Result<usize, String>> {
        self.differing.get(name)
    }
}

/// What stands in the memory when a round has ended.
pub struct Found {
    pub counts: Counts,
    list: Vec<Listed>,
    door: Option<Arc<Door>>,
}

impl Found {
    #[must_use]
    pub fn of(memory: &Memory) -> Self {
        Self { counts: Counts::of(memory), list: memory.list.clone(), door: memory.door() }
    }
}

/// One whole round.
pub struct Whole {
    pub table: Arc<CountedTable>,
    /// As it was told then: its `last_ok` is the end of that round.
    pub health: SourceHealth,
    pub counts: Counts,
    list: Vec<Listed>,
    door: Arc<Door>,
}

impl Whole {
    /// A small read of its own: that the server answers now, and still lists the same tenants. `None`: it lists others.
    ///
    /// # Errors
    /// Why the server does not answer.
    pub async fn proof(&self, settings: &PostgresSettings) -> Result<Option<Duration>, Cause> {
        let link = self.door.connect(None).await?;
        let (list, took) = ask_list(&link, settings).await?;
        Ok((list == self.list).then_some(took))
    }
}

/// The last whole round, where there is one.
#[derive(Default)]
pub struct LastWhole(Mutex<Last>);

#[derive(Default)]
struct Last {
    whole: Option<Arc<Whole>>,
    /// Tenants of the round before, whole or not.
    list: Vec<Listed>,
}

impl LastWhole {
    /// The last whole round, when it is not older than `limit` at `now`.
    pub fn young(&self, now: Duration, limit: Duration) -> Option<Arc<Whole>> {
        let whole = self.lock().whole.clone()?;
        whole.health.age(now).is_some_and(|age| age <= limit).then_some(whole)
    }

    /// A round ended well. Kept only when it is whole: nothing cut it short, and no tenant is gone that the one before had
    /// (a list that lost rows looks like good news; once the next round lists the same, it is believed).
    pub fn ended(&self, found: Found, round: &Round, table: &Arc<CountedTable>, health: &SourceHealth) {
        let mut last = self.lock();
        // Both lists are sorted by id.
        let is_there = |id: &str| found.list.binary_search_by(|listed| listed.id.as_str().cmp(id)).is_ok();
        let has_all = last.list.iter().all(|before| is_there(&before.id));
        last.list.clone_from(&found.list);
        last.whole = found.door.filter(|_| round.cut.is_none() && has_all).map(|door| {
            let (table, health) = (Arc::clone(table), health.clone());
            Arc::new(Whole { table, health, counts: found.counts, list: found.list, door })
        });
    }

    /// What a round under way has found by now: a loss is a fact, and what was told before it must not hide it.
    pub fn under_way(&self, part: &TenantTable) {
        let mut last = self.lock();
        if last.whole.as_ref().is_some_and(|whole| looks_worse(&whole.table, part)) {
            last.whole = None;
        }
    }

    /// A round failed, or nobody watches any more.
    pub fn forget(&self) {
        self.lock().whole = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Last> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn looks_worse(before: &TenantTable, now: &TenantTable) -> bool {
    let known: BTreeMap<&str, &Arc<Tenant>> = before.tenants.iter().map(|tenant| (tenant.id.raw(), tenant)).collect();
    now.tenants.iter().any(|tenant| match known.get(tenant.id.raw()) {
        Some(before) => {
            !Arc::ptr_eq(before, tenant) && tenant.checks.iter().any(|(kind, now)| is_bad(now) && was_good(before, *kind))
        }
        // One that the whole round did not know.
        None => true,
    })
}

fn is_bad(result: &CheckResult) -> bool {
    matches!(result, CheckResult::Fail(_) | CheckResult::Unknown(_))
}

fn was_good(tenant: &Tenant, kind: CheckKind) -> bool {
    !tenant.checks.iter().any(|(of, result)| *of == kind && is_bad(result))
}
