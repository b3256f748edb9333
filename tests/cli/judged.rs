//! What sources of alerts and tenants tell, and what a plan says: made-up values for the commands that show them.

use std::{sync::Arc, time::Duration};

use cutover::{
    cli::answer::status::{SourceSeen, StatusInput},
    domain::{
        alert::{Alert, AlertFeed, AlertKey, AlertState, DeadMan, Severity},
        counted::CountedTable,
        evidence::{Assessment, Evaluation, Evidence, GateState, ItemState, StageStanding},
        id::{Name, SourceId},
        plan::{Gate, Item, Measure, Plan, PlanName, ReleaseKind, Stage, Subject},
        quantity::{Quantity, Unit},
        question::Reason,
        source::Tells,
        tenant::{CheckKind, CheckResult, TableCount, Tenant, TenantState, TenantTable},
        verdict::{Gates, Verdict},
    },
};

use super::world::{at, checkout, healthy, input, live, target, text};

pub const KEY: &str = "00ff00ff00ff00ff";

pub fn source(name: &str, kind: &'static str, tells: Tells) -> SourceSeen {
    SourceSeen {
        id: SourceId::new(name),
        kind,
        environment: "prod-eu".into(),
        health: live(),
        stale_after: Duration::from_secs(10),
        tells,
    }
}

pub fn alert(name: &str, key: &str, state: AlertState, began: &str) -> Alert {
    Alert {
        key: AlertKey::new(key),
        source: SourceId::new("prom"),
        name: text(name),
        state,
        severity: Severity::Critical,
        began: Some(at(began)),
        fired: (state != AlertState::Pending).then(|| at(began)),
        held: Some(Duration::from_secs(60)),
        value: Some(text("0.031")),
        expr: Some(text("rate(errors[5m]) > 0.01")),
        labels: Arc::from([(text("job"), text("checkout"))]),
        summary: text("errors at 3 %"),
        runbook: None,
        silenced_by: Vec::new(),
        inhibited_by: Vec::new(),
        peers: (1, 2),
        resolved: None,
        flaps: 0,
    }
}

pub fn feed(alerts: Vec<Alert>) -> AlertFeed {
    AlertFeed {
        source: SourceId::new("prom"),
        alerts: alerts.into_iter().map(Arc::new).collect(),
        rules: Some(Arc::from([])),
        dead_man: DeadMan::NotConfigured,
        blind: Vec::new(),
    }
}

pub fn tenant(id: &str, rows: Option<i64>, rows_check: CheckResult) -> Tenant {
    Tenant {
        id: Name::new(id),
        name: Some(text("A customer")),
        checks: vec![(CheckKind::Rows, rows_check), (CheckKind::Hash, CheckResult::Pass)],
        rows,
        tables: vec![TableCount { table: text("orders"), source: Some(10), clone: Some(9), same_content: Some(false) }],
        values: vec![text("eu-1")],
        told: None,
        cause: rows.filter(|rows| *rows < 0).map(|_| text("rows lost in orders")),
        note: text(""),
        checked: Some(at("2026-11-21T09:59:00Z")),
        took: Some(Duration::from_millis(24)),
    }
}

pub fn table(tenants: Vec<Tenant>) -> CountedTable {
    let table = TenantTable {
        source: SourceId::new("db"),
        tenants: tenants.into_iter().map(Arc::new).collect(),
        columns: vec![text("region")],
        require: vec![CheckKind::Rows, CheckKind::Hash],
        progress: None,
        footprint: text("2 conns · 41 tenants/s"),
    };
    table.into()
}

pub fn plan() -> Plan {
    let item = |id: &str| Item {
        id: PlanName::new(id),
        line: 90,
        title: format!("the {id}"),
        owner: Some("sre".into()),
        valid_for: None,
    };
    let stage = |id: &str| Stage {
        id: PlanName::new(id),
        line: 10,
        measure: Measure::Percent(vec![25.0]),
        weights: vec![25.0],
        min: None,
        max: None,
        soak: None,
        early: cutover::domain::plan::Early::Refuse,
        on_pause: cutover::domain::plan::OnPause::Runs,
        audience: None,
        criteria: vec![PlanName::new("error-rate")],
        roll_back_to: None,
    };
    Plan {
        id: PlanName::new("athena"),
        title: "Athena".into(),
        version: "1".into(),
        owner: None,
        file: "plans/athena.toml".into(),
        restates: None,
        zone: None,
        subjects: vec![Subject { rollout: "checkout".into(), kind: ReleaseKind::Deployment, line: 3 }],
        stages: vec![stage("alpha"), stage("beta")],
        criteria: Vec::new(),
        sets: Vec::new(),
        gates: vec![Gate {
            id: PlanName::new("go"),
            line: 80,
            title: "Go / no go".into(),
            set: None,
            required: true,
            stages: Vec::new(),
            criteria: vec![PlanName::new("error-rate")],
            items: vec![item("backup"), item("comms")],
        }],
        triggers: Vec::new(),
        alerts: Vec::new(),
    }
}

pub fn evaluation(verdict: Verdict) -> Evaluation {
    let known = matches!(verdict, Verdict::Pass | Verdict::Fail | Verdict::Warn | Verdict::OffTarget);
    Evaluation {
        id: PlanName::new("error-rate"),
        title: "Error rate".into(),
        owner: None,
        verdict,
        reason: (!known).then_some(Reason::NoTraffic),
        sentence: if known { "1.3 % is not < 1 %".into() } else { "no traffic: 0 events in 5m, 3000 needed".into() },
        evidence: Evidence {
            value: known.then(|| Quantity::new(1.3, Unit::Percent)),
            events: Some((13.0, 1000.0)),
            range: None,
            baseline: None,
            rule: "< 1 %".into(),
            window: Some(Duration::from_secs(300)),
            age: Some(Duration::from_secs(3)),
            source: SourceId::new("prom"),
            query: "sum(rate(errors[5m]))".into(),
            place: "athena.toml:88".into(),
            history: Vec::new(),
            took: None,
            warnings: Vec::new(),
        },
        at: at("2026-11-21T09:59:58Z"),
        valid_until: Some(at("2026-11-21T10:01:00Z")),
    }
}

/// `checkout` at alpha: one gate of one criterion and one item that is ticked.
pub fn assessment(verdict: Verdict) -> Assessment {
    let sentence = format!("Go / no go: {} (athena.toml:88)", evaluation(verdict).sentence);
    Assessment {
        target: target("checkout"),
        plan: PlanName::new("athena"),
        standing: Some(StageStanding {
            stage: 0,
            id: PlanName::new("alpha"),
            sub_step: 0,
            since: Some(at("2026-11-21T09:50:00Z")),
            sub_step_since: Some(at("2026-11-21T09:50:00Z")),
            soak_left: Some(Duration::from_secs(30)),
            soak_ends: Some(at("2026-11-21T10:00:30Z")),
            overdue: false,
        }),
        evaluations: vec![evaluation(verdict)],
        gates: vec![GateState {
            id: PlanName::new("go"),
            title: "Go / no go".into(),
            set: None,
            required: true,
            applies: true,
            verdict,
            sentence: evaluation(verdict).sentence,
            evaluations: vec![0],
            items: vec![ItemState {
                id: PlanName::new("backup"),
                title: "the backup".into(),
                owner: Some("sre".into()),
                verdict: Verdict::Pass,
                who: Some(text("alice")),
                at: Some(at("2026-11-21T09:30:00Z")),
                evidence: Some(text("OPS-7")),
                place: "athena.toml:90".into(),
            }],
            place: "athena.toml:80".into(),
        }],
        triggers: Vec::new(),
        advance: match verdict {
            Verdict::Pass => Gates::Pass { warnings: Vec::new() },
            Verdict::Fail | Verdict::OffTarget | Verdict::Warn => Gates::Fail { sentence },
            Verdict::NoData | Verdict::TooFewSamples | Verdict::Stale | Verdict::NotDue | Verdict::Waived | Verdict::Absent => {
                Gates::Undecided { sentence }
            }
        },
    }
}

/// A whole world: rollouts, alerts, tenants, and a plan that says `verdict`.
pub fn judged(verdict: Verdict) -> StatusInput {
    let mut seen = input(vec![checkout(), healthy("cart")]);
    let tells = |alerts, tenants, answers| Tells { rollouts: false, alerts, tenants, answers };
    seen.sources.push(source("prom", "prometheus", tells(true, false, true)));
    seen.sources.push(source("db", "postgres", tells(false, true, false)));
    seen.feeds.push(Arc::new(feed(vec![
        alert("Old", "aa", AlertState::Firing, "2026-11-21T08:00:00Z"),
        alert("HighErrorRate", KEY, AlertState::Firing, "2026-11-21T09:50:42Z"),
        alert("Slow", "bb", AlertState::Pending, "2026-11-21T09:59:30Z"),
    ])));
    let told = Tenant { told: Some(TenantState::OptedOut), ..tenant("quiet", None, CheckResult::Pass) };
    seen.tables.push(Arc::new(table(vec![
        tenant("acme", Some(-1), CheckResult::Fail(text("orders: 9 of 10"))),
        tenant("blue", None, CheckResult::Unknown(text("lock_timeout 55P03"))),
        tenant("cyan", Some(0), CheckResult::Pass),
        told,
    ])));
    seen.plans = Arc::from([Arc::new(plan())]);
    seen.assessments.push(Arc::new(assessment(verdict)));
    seen
}
