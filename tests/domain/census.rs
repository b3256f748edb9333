//! Tenants counted, ordered and grouped.

use std::{sync::Arc, time::Duration};

use cutover::domain::{
    census::Census,
    counted::CountedTable,
    id::{Name, SourceId},
    tenant::{CheckKind, CheckResult, Tenant, TenantState, TenantTable},
    text::DisplayText,
};

fn tenant(id: &str, rows: Option<i64>, result: CheckResult) -> Tenant {
    Tenant {
        id: Name::new(id),
        name: None,
        checks: vec![(CheckKind::Rows, result)],
        rows,
        tables: Vec::new(),
        values: Vec::new(),
        told: None,
        cause: None,
        note: DisplayText::default(),
        checked: None,
        took: None,
    }
}

/// One that tells nothing keeps the rows that it once lost, and stands above one that fails without losing any.
#[test]
fn the_worst_state_counts_and_not_who_stands_first() {
    let quiet = Tenant { told: Some(TenantState::OptedOut), ..tenant("a", Some(-3), CheckResult::Pass) };
    let broken = tenant("b", Some(0), CheckResult::Fail("case 2 differs".into()));
    let table = table(vec![quiet, broken, tenant("c", Some(0), CheckResult::Pass)]);
    let census = Census::of(&table, &table.require, false);
    assert_eq!(&*census.order, [0, 1, 2]);
    assert_eq!(census.worst(), Some((1, TenantState::Fail)));
    assert_eq!(census.places(TenantState::Fail).collect::<Vec<_>>(), [1]);
    assert_eq!(census.places(TenantState::Warn).next(), None);
}

#[test]
fn each_list_of_required_checks_has_counts_of_its_own() {
    let two = Tenant {
        checks: vec![(CheckKind::Rows, CheckResult::Pass), (CheckKind::Hash, CheckResult::Pass)],
        ..tenant("a", Some(0), CheckResult::Pass)
    };
    let counted = CountedTable::from(table(vec![two, tenant("b", Some(0), CheckResult::Pass)]));
    let green = |require: &[CheckKind]| counted.census_for(require).count(TenantState::Green);
    let hash = [CheckKind::Rows, CheckKind::Hash];
    let lists: [&[CheckKind]; 4] = [&[], &[CheckKind::Rows], &hash, &[CheckKind::Smoke]];
    assert_eq!(lists.map(green), [2, 2, 1, 0]);
    assert_eq!(lists.map(green), [2, 2, 1, 0], "asked again");
    assert_eq!((counted.kinds(), counted.is_named()), ([CheckKind::Hash].as_slice(), false));
}

fn table(tenants: Vec<Tenant>) -> TenantTable {
    TenantTable {
        source: SourceId::new("pg"),
        tenants: tenants.into_iter().map(Arc::new).collect(),
        columns: Vec::new(),
        require: vec![CheckKind::Rows],
        progress: None,
        footprint: DisplayText::default(),
    }
}

#[test]
fn worst_first_and_every_tenant_is_counted_once() {
    let lost = CheckResult::Fail("cases -1".into());
    let locked = Tenant { cause: Some("lock_timeout".into()), ..tenant("d", None, CheckResult::Unknown("55P03".into())) };
    let quiet = Tenant { told: Some(TenantState::OptedOut), checks: Vec::new(), ..tenant("c", None, CheckResult::Pass) };
    let table = table(vec![
        tenant("a", Some(0), CheckResult::Pass),
        tenant("b", Some(-1), lost.clone()),
        quiet,
        locked,
        Tenant { cause: Some("rows missing: cases".into()), ..tenant("e", Some(-12), lost) },
    ]);
    let census = Census::of(&table, &table.require, false);
    assert_eq!(&*census.order, [4, 1, 3, 2, 0]);
    assert_eq!((census.rows_lost, census.total()), (13, 5));
    assert_eq!(census.worst(), Some((4, TenantState::Fail)));
    let counts = TenantState::ALL.map(|state| census.count(state));
    assert_eq!(counts, [2, 1, 0, 0, 0, 0, 1, 1]);
    let causes: Vec<_> = census.causes.iter().map(|cause| (cause.text.as_str(), cause.tenants.clone())).collect();
    assert_eq!(causes, [("rows missing: cases", vec![4]), ("lock_timeout", vec![3])]);
}

/// What was not checked is unknown, and old is not green.
#[test]
fn green_is_only_what_was_asked_for_and_made() {
    let all_pass = table(vec![tenant("a", Some(0), CheckResult::Pass)]);
    assert_eq!(Census::of(&all_pass, &[CheckKind::Rows], false).worst(), None);
    assert_eq!(Census::of(&all_pass, &[CheckKind::Rows, CheckKind::Smoke], false).worst(), Some((0, TenantState::Unknown)));
    assert_eq!(Census::of(&all_pass, &[CheckKind::Rows], true).worst(), Some((0, TenantState::Stale)));
    assert_eq!(Census::of(&all_pass, &[], false).worst(), Some((0, TenantState::Unknown)), "asking for nothing proves nothing");
}

/// Of those under way the slowest stands first; how long others took says nothing about them.
#[test]
fn the_slowest_under_way_stands_first() {
    let took = |id: &str, told: Option<TenantState>, seconds: u64| Tenant {
        told,
        took: Some(Duration::from_secs(seconds)),
        ..tenant(id, Some(0), CheckResult::Pass)
    };
    let running = Some(TenantState::Running);
    let table = table(vec![took("a", None, 1), took("b", running, 2), took("c", None, 9), took("d", running, 5)]);
    assert_eq!(&*Census::of(&table, &table.require, false).order, [3, 1, 0, 2]);
}
