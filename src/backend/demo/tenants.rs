//! 10,000 simulated tenants, each with a source and a clone, by the seed.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use fastrand::Rng;

use super::faults::{Fault, FaultSet};
use crate::domain::{
    Timestamp,
    counted::CountedTable,
    id::{Name, SourceId},
    tenant::{CheckKind, CheckResult, TableCount, Tenant, TenantState, TenantTable},
    text::DisplayText,
};

/// How many there are.
pub(super) const COUNT: u32 = 10_000;
/// What green asks for here.
const REQUIRE: [CheckKind; 5] =
    [CheckKind::Rows, CheckKind::Hash, CheckKind::Aggregates, CheckKind::ForeignKeys, CheckKind::Schema];
/// The tenant that is one row short.
const SHORT: u32 = 4417;
/// How many are being checked again at any moment.
const UNDER_WAY: u32 = 8;

/// The tenants of a demo world. Those that are green share what they have in common.
#[derive(Clone, Debug)]
pub(super) struct Tenants {
    all: Vec<Arc<Tenant>>,
    faults: FaultSet,
    began: Timestamp,
    /// The newest table, and where the round stood then.
    told: Option<(u32, Arc<CountedTable>)>,
}

fn id(number: u32) -> Name {
    Name::new(&format!("t-{number:06}"))
}

fn all_pass() -> Vec<(CheckKind, CheckResult)> {
    REQUIRE.map(|kind| (kind, CheckResult::Pass)).to_vec()
}

/// One that is all right.
fn green(number: u32, checked: Timestamp) -> Tenant {
    Tenant {
        id: id(number),
        name: None,
        checks: all_pass(),
        rows: Some(0),
        tables: Vec::new(),
        values: Vec::new(),
        told: None,
        cause: None,
        note: DisplayText::default(),
        checked: Some(checked),
        took: Some(Duration::from_millis(u64::from(number * 7 % 900) + 120)),
    }
}

fn with(mut tenant: Tenant, kind: CheckKind, result: CheckResult) -> Tenant {
    tenant.checks.retain(|(made, _)| *made != kind);
    tenant.checks.push((kind, result));
    tenant.checks.sort_by_key(|(made, _)| *made);
    tenant
}

/// One row of `cases` is in the source and not in the clone.
fn short(checked: Timestamp) -> Tenant {
    let count = |table: &str, source: i64, clone: i64| TableCount {
        table: DisplayText::new(table),
        source: Some(source),
        clone: Some(clone),
        same_content: Some(source == clone),
    };
    let rows = CheckResult::Fail("cases 18204 -> 18203 (-1)".into());
    let tenant = with(green(SHORT, checked), CheckKind::Rows, rows);
    Tenant {
        name: Some("Acme Logistics".into()),
        rows: Some(-1),
        tables: vec![count("app_users", 212, 212), count("case_events", 80_114, 80_114), count("cases", 18_204, 18_203)],
        cause: Some("rows missing: cases".into()),
        note: "cases: 1 missing".into(),
        ..with(tenant, CheckKind::Hash, CheckResult::Fail("cases differs".into()))
    }
}

impl Tenants {
    pub(super) fn new(seed: u64, faults: FaultSet, now: Timestamp) -> Self {
        let mut rng = Rng::with_seed(seed.rotate_left(29));
        let checked = now - TimeDelta::minutes(12);
        let mut all: Vec<Arc<Tenant>> = (0..COUNT).map(|number| Arc::new(green(number, checked))).collect();
        if !faults.has(Fault::TenantRowLost) {
            for _ in 0..14 {
                let number = rng.u32(0..COUNT);
                let slow =
                    with(green(number, checked), CheckKind::Schema, CheckResult::Warn("1 column more than the baseline".into()));
                put(&mut all, Tenant { note: "cases.hotfix is new".into(), ..slow });
            }
            let locked = CheckResult::Unknown("lock_timeout 55P03: waited 250 ms".into());
            let unknown = with(green(3300, checked), CheckKind::Rows, locked);
            put(
                &mut all,
                Tenant { rows: None, cause: Some("lock_timeout 55P03".into()), note: "table locked".into(), ..unknown },
            );
            let quiet = Tenant {
                told: Some(TenantState::OptedOut),
                checks: Vec::new(),
                rows: None,
                note: "tells nothing".into(),
                ..green(7100, checked)
            };
            put(&mut all, quiet);
            let orphan = CheckResult::Fail("case_events_case_id_fkey: 3 orphans".into());
            let broken = with(green(8802, checked), CheckKind::ForeignKeys, orphan);
            put(
                &mut all,
                Tenant { cause: Some("orphans: case_events".into()), note: "3 orphans in case_events".into(), ..broken },
            );
        }
        put(&mut all, short(checked));
        Self { all, faults, began: now, told: None }
    }

    /// All of them as of `now`: a few are always being checked again.
    pub(super) fn table(&mut self, source: &SourceId, seed: u64, faults: FaultSet, now: Timestamp) -> Arc<CountedTable> {
        let row_lost = |set: FaultSet| set.has(Fault::TenantRowLost);
        if row_lost(faults) != row_lost(self.faults) {
            *self = Self { began: self.began, ..Self::new(seed, faults, now) };
        }
        self.faults = faults;
        // One whole round in about 40 minutes of world time, told once a minute as of a real database.
        let gone = u32::try_from((now - self.began).num_minutes().max(0)).unwrap_or(0);
        let at = gone.saturating_mul(60 * 4) % COUNT;
        if let Some((_, told)) = self.told.as_ref().filter(|(told_at, _)| *told_at == at) {
            return Arc::clone(told);
        }
        let mut tenants = self.all.clone();
        if !row_lost(faults) {
            for number in (at..at + UNDER_WAY).map(|number| number % COUNT) {
                let slot = usize::try_from(number).ok().and_then(|index| tenants.get_mut(index));
                if let Some(tenant) = slot.filter(|tenant| tenant.cause.is_none() && tenant.told.is_none()) {
                    let running = Tenant { told: Some(TenantState::Running), ..(**tenant).clone() };
                    *tenant = Arc::new(running);
                }
            }
        }
        let table: Arc<CountedTable> = TenantTable {
            source: source.clone(),
            tenants: tenants.into(),
            columns: Vec::new(),
            require: REQUIRE.to_vec(),
            progress: None,
            footprint: "2 conns · 4 tenants/s · p95 6 ms".into(),
        }
        .into();
        self.told = Some((at, Arc::clone(&table)));
        table
    }
}

fn put(all: &mut [Arc<Tenant>], tenant: Tenant) {
    if let Some(slot) = all.iter_mut().find(|known| known.id == tenant.id) {
        *slot = Arc::new(tenant);
    }
}
