//! Tenants as a rehearsal finds them, and the moments of their page.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use cutover::{
    app::{message::Message, state::AppState},
    domain::{
        id::{Name, SourceId},
        source::SourceUpdate,
        tenant::{CheckKind, CheckResult, TableCount, Tenant, TenantState, TenantTable},
    },
    terminal::input::Key,
};

use super::{
    judged::{take, unread, well, whole},
    scenes::Scene,
    world::{ago, health, keys, press, production, shown},
};

const KINDS: [CheckKind; 6] =
    [CheckKind::Rows, CheckKind::Hash, CheckKind::Aggregates, CheckKind::ForeignKeys, CheckKind::Smoke, CheckKind::Backup];

/// A tenant with nothing the matter.
fn green(at: usize) -> Tenant {
    Tenant {
        id: Name::new(&format!("t-{at:06}")),
        name: Some(shown(["Acme Logistics", "Borealis Clinic", "Corvid Partners", "Dunmore Freight"][at % 4])),
        checks: KINDS.iter().map(|kind| (*kind, CheckResult::Pass)).collect(),
        rows: Some(0),
        tables: Vec::new(),
        values: vec![shown("dual")],
        told: None,
        cause: None,
        note: shown(""),
        checked: Some(ago(720)),
        took: Some(Duration::from_secs(30 + u64::try_from(at % 29).unwrap())),
    }
}

fn set(tenant: &mut Tenant, kind: CheckKind, result: CheckResult) {
    tenant.checks.iter_mut().find(|(made, _)| *made == kind).unwrap().1 = result;
}

fn count(table: &str, source: i64, clone: Option<i64>) -> TableCount {
    TableCount { table: shown(table), source: Some(source), clone, same_content: None }
}

/// What is the matter with tenant `at`.
pub fn tenant(at: usize) -> Tenant {
    let mut tenant = green(at);
    match at {
        4_417 => {
            set(&mut tenant, CheckKind::Rows, CheckResult::Fail(shown("1 row of cases is not in the clone")));
            set(&mut tenant, CheckKind::Aggregates, CheckResult::Fail(shown("cases open 1202, now 1201")));
            tenant.rows = Some(-1);
            tenant.tables = vec![
                count("cases", 18_204, Some(18_203)),
                count("users", 212, Some(212)),
                TableCount { same_content: Some(true), ..count("files", 9_001, Some(9_001)) },
                count("surveys", 77, None),
            ];
            tenant.cause = Some(shown("rows lost in cases"));
        }
        8_802 | 8_803 | 9_120 => {
            set(&mut tenant, CheckKind::Smoke, CheckResult::Fail(shown("3 of 4: workflows timed out")));
            tenant.cause = Some(shown("smoke: workflows timed out"));
        }
        113 => {
            set(&mut tenant, CheckKind::Smoke, CheckResult::Warn(shown("3 overrides")));
            tenant.note = shown("3 overrides");
        }
        871 => {
            set(&mut tenant, CheckKind::Backup, CheckResult::Warn(shown("31 h old")));
            tenant.note = shown("backup older than 24 h");
        }
        1_450 => {
            set(&mut tenant, CheckKind::ForeignKeys, CheckResult::Unknown(shown("lock_timeout 55P03")));
            tenant.cause = Some(shown("lock_timeout 55P03"));
        }
        9_912 | 9_977 => {
            tenant.told = Some(TenantState::Running);
            tenant.checks = vec![(CheckKind::Backup, CheckResult::Pass), (CheckKind::Smoke, CheckResult::Running)];
            tenant.rows = None;
            tenant.note = shown("step 3 of 6");
        }
        9_981..=9_999 => {
            tenant.told = Some(TenantState::Queued);
            tenant.checks.clear();
            tenant.rows = None;
            tenant.took = None;
            tenant.checked = None;
        }
        3_300 => {
            tenant.told = Some(TenantState::OptedOut);
            tenant.checks.clear();
            tenant.rows = None;
            tenant.took = None;
            tenant.note = shown("telemetry is off by its own will");
        }
        _ => {}
    }
    tenant
}

pub fn tell(state: &mut AppState, tenants: impl Iterator<Item = Tenant>) {
    let table = TenantTable {
        source: SourceId::new("pg-eu"),
        tenants: tenants.map(Arc::new).collect(),
        columns: vec![shown("flags")],
        require: KINDS[..4].to_vec(),
        progress: Some((9_979, 10_000)),
        footprint: shown("2 conns · 41 tenants/s · p95 6 ms"),
    };
    take(state, Message::Source(SourceUpdate::Tenants(table.into())));
}

/// Ten thousand tenants, a few of which have something the matter; the keyboard is on their page.
pub fn rehearsal() -> AppState {
    // Told once: every rule about pictures asks for every scene.
    static TOLD: LazyLock<AppState> = LazyLock::new(|| {
        let mut state = whole();
        tell(&mut state, (0..10_000).map(tenant));
        keys(&mut state, "4");
        press(&mut state, Key::Enter);
        state
    });
    TOLD.clone()
}

fn then(mut state: AppState, text: &str) -> AppState {
    keys(&mut state, text);
    state
}

fn kept(state: AppState, text: &str) -> AppState {
    let mut state = then(state, text);
    press(&mut state, Key::Enter);
    state
}

fn all_green() -> AppState {
    let mut state = rehearsal();
    tell(&mut state, (0..10_000).map(green));
    press(&mut state, Key::Home);
    state
}

fn lost() -> AppState {
    let mut state = rehearsal();
    well(&mut state, "pg-eu", health(531, Some("connection refused")));
    state
}

fn gone() -> AppState {
    let mut state = then(rehearsal(), "j");
    tell(&mut state, (0..10_000).filter(|at| *at != 8_802).map(tenant));
    state
}

fn reached() -> AppState {
    let mut state = whole();
    tell(&mut state, (0..10_000).map(|at| if at == 4_417 { tenant(at) } else { green(at) }));
    then(kept(then(state, "4"), ""), "G.")
}

/// Every moment of the page.
pub fn all() -> Vec<Scene> {
    static MADE: LazyLock<Vec<Scene>> = LazyLock::new(made);
    MADE.clone()
}

fn made() -> Vec<Scene> {
    let scene = |name, state| Scene { screen: "tenants", name, state };
    let one = |name, state| Scene { screen: "tenant", name, state };
    vec![
        scene("failing", rehearsal()),
        scene("green", all_green()),
        scene("lost", lost()),
        scene("opted-out", kept(rehearsal(), "/state:opted_out")),
        scene("map", then(rehearsal(), "z")),
        scene("map-of-seven", kept(then(rehearsal(), "zl"), "")),
        scene("map-of-one", kept(kept(then(rehearsal(), "z."), ""), "")),
        scene("map-lost", then(lost(), "z")),
        scene("filtered", kept(rehearsal(), "/!ok !state:queued")),
        scene("typing", then(rehearsal(), "/rows<0")),
        scene("no-such-word", then(rehearsal(), "/state:red")),
        scene("causes", then(rehearsal(), "fj")),
        scene("one-cause", kept(rehearsal(), "fj")),
        scene("gone", gone()),
        scene("reached", reached()),
        one("fails", kept(rehearsal(), "")),
        one("scrolled", then(kept(lost(), ""), "G")),
        one("green", kept(all_green(), "")),
        one("lost", kept(lost(), "")),
        one("gone", kept(gone(), "")),
        one("opted-out", kept(kept(rehearsal(), "/state:opted_out"), "")),
        Scene { screen: "sources", name: "footprint", state: then(rehearsal(), "9") },
        scene("unread", kept(then(unread(), "4"), "")),
        scene("no-source", kept(then(production(), "4"), "")),
    ]
}
