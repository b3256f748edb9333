//! The world of `world.rs` with a release plan, alerts and tenants, all told by messages as sources do.

use std::{path::PathBuf, sync::Arc, time::Duration};

use cutover::{
    app::{
        alerts::Board,
        effect::Effect,
        message::Message,
        state::{AppState, Opening, SourceInfo},
        update::update,
    },
    domain::{
        alert::{Alert, AlertFeed, AlertKey, AlertState, DeadMan, Severity},
        freshness::SourceHealth,
        human::{Acknowledgement, HumanFacts, Tick},
        id::{Name, SourceId},
        plan::{
            Baseline, Change, Criterion, Early, Gate, Gauge, GaugeKind, Item, Measure, OnPause, Plan, PlanName, ReleaseKind,
            Repeat, Stage, Subject, Trigger, TriggerAction,
        },
        quantity::{Bound, Comparison, Quantity, Rule, Unit},
        question::{Answer, NoReading, Question, Reading, Reason, Value},
        rollout::Rollout,
        source::{SourceUpdate, Tells},
        tenant::{CheckKind, CheckResult, Tenant, TenantTable},
    },
    ledger::book::Book,
};

use super::world::{BOOT, ago, environment, health, nine, now, opening, shown, source};

pub const MINUTE: Duration = Duration::from_secs(60);

fn id(name: &str) -> SourceId {
    SourceId::new(name)
}

fn rule(text: &str, comparison: Comparison, value: f64, unit: Unit) -> Rule {
    Rule { bound: Bound::One { comparison, limit: Quantity::new(value, unit) }, text: text.to_owned() }
}

fn gauge(kind: GaugeKind, reads: Unit) -> Gauge {
    Gauge {
        source: id("prom-eu"),
        kind,
        reads,
        window: Some(5 * MINUTE),
        sampled: None,
        subject_label: None,
        max_age: MINUTE,
        every: Duration::from_secs(30),
    }
}

fn errors() -> GaugeKind {
    GaugeKind::Ratio {
        bad: "sum(increase(http_errors{app=\"checkout\"}[5m]))".to_owned(),
        total: "sum(increase(http_requests{app=\"checkout\"}[5m]))".to_owned(),
        min_events: 3_000,
    }
}

fn criterion(name: &str, line: u32, gauge: Gauge, pass: Rule) -> Criterion {
    Criterion {
        id: PlanName::new(name),
        line,
        title: None,
        gauge,
        pass,
        warn: None,
        fail: None,
        repeat: Repeat { times: 3, of: 12 },
        due: None,
        owner: Some("erin".to_owned()),
        optional: false,
    }
}

fn criteria() -> Vec<Criterion> {
    let once = |criterion: Criterion| Criterion { repeat: Repeat::ONCE, ..criterion };
    let p95 = GaugeKind::Relative {
        query: "histogram_quantile(0.95, checkout)".to_owned(),
        baseline: Baseline::Fixed(Quantity::new(412.0, Unit::Milliseconds)),
        as_change: Change::GrowthPercent,
    };
    let value = |query: &str| GaugeKind::Value { query: query.to_owned() };
    let mut tenants = once(criterion(
        "tenants_green",
        121,
        gauge(GaugeKind::Tenants { require: vec![CheckKind::Rows] }, Unit::Count),
        Rule { bound: Bound::Is(true), text: "all green".to_owned() },
    ));
    tenants.gauge.source = id("pg-eu");
    vec![
        criterion("error_rate", 88, gauge(errors(), Unit::Fraction), rule("< 1 %", Comparison::Less, 1.0, Unit::Percent)),
        once(criterion(
            "p95_growth",
            94,
            gauge(p95, Unit::Milliseconds),
            rule("<= 5 %", Comparison::LessOrEqual, 5.0, Unit::Percent),
        )),
        once(criterion(
            "satisfaction",
            101,
            gauge(value("avg(survey_score)"), Unit::Points),
            rule("> 4", Comparison::Greater, 4.0, Unit::Points),
        )),
        tenants,
    ]
}

fn stage(name: &str, line: u32, percents: &[f64], audience: &str) -> Stage {
    Stage {
        id: PlanName::new(name),
        line,
        measure: Measure::Percent(percents.to_vec()),
        weights: percents.to_vec(),
        min: None,
        max: None,
        soak: Some(45 * MINUTE),
        early: Early::Refuse,
        on_pause: OnPause::Runs,
        audience: Some(audience.to_owned()),
        criteria: ["error_rate", "p95_growth", "satisfaction"].map(PlanName::new).into(),
        roll_back_to: Some("10 % (beta), flag only".to_owned()),
    }
}

fn trigger(name: &str, line: u32, action: TriggerAction, gauge: Gauge, when: Rule) -> Trigger {
    Trigger { id: PlanName::new(name), line, origin: None, gauge, when, repeat: Repeat::ONCE, action, stages: Vec::new() }
}

pub fn athena() -> Plan {
    let item = |name: &str, line, title: &str, owner: &str| Item {
        id: PlanName::new(name),
        line,
        title: title.to_owned(),
        owner: Some(owner.to_owned()),
        valid_for: None,
    };
    let crash = GaugeKind::Value { query: "crash_share".to_owned() };
    Plan {
        id: PlanName::new("athena"),
        title: "Athena".to_owned(),
        version: "1.2.0".to_owned(),
        owner: Some("frank".to_owned()),
        file: PathBuf::from("athena.toml"),
        restates: None,
        zone: Some(chrono_tz::America::Los_Angeles),
        subjects: ["checkout", "search"]
            .map(|rollout| Subject { rollout: rollout.to_owned(), kind: ReleaseKind::Exposure, line: 9 })
            .into(),
        stages: vec![
            stage("beta", 40, &[10.0], "opted-in users"),
            stage("gradual", 52, &[25.0, 50.0], "all plans"),
            stage("full", 66, &[100.0], ""),
        ],
        criteria: criteria(),
        sets: Vec::new(),
        gates: vec![Gate {
            id: PlanName::new("cutover"),
            line: 130,
            title: "Cutover".to_owned(),
            set: None,
            required: true,
            stages: Vec::new(),
            criteria: vec![PlanName::new("tenants_green")],
            items: vec![item("staging", 134, "staging validated", "bob"), item("access", 139, "accessibility audit", "erin")],
        }],
        triggers: vec![
            trigger(
                "errors",
                150,
                TriggerAction::Immediate,
                gauge(errors(), Unit::Fraction),
                rule("> 5 %", Comparison::Greater, 5.0, Unit::Percent),
            ),
            trigger(
                "crashes",
                156,
                TriggerAction::Emergency,
                gauge(crash, Unit::Percent),
                rule("> 1 %", Comparison::Greater, 1.0, Unit::Percent),
            ),
        ],
        alerts: Vec::new(),
    }
}

fn labels(pairs: &[(&str, &str)]) -> Arc<[(cutover::domain::text::DisplayText, cutover::domain::text::DisplayText)]> {
    pairs.iter().map(|(name, value)| (shown(name), shown(value))).collect()
}

pub fn alert(name: &str, state: AlertState, severity: Severity, since: i64) -> Alert {
    let fired = (state != AlertState::Pending).then(|| ago(since));
    Alert {
        key: AlertKey::new(&format!("key-{name}")),
        source: id("am-eu"),
        name: shown(name),
        state,
        severity,
        began: Some(ago(since + 120)),
        fired,
        held: Some(2 * MINUTE),
        value: Some(shown("0.87")),
        expr: Some(shown("quality_score < 0.90")),
        labels: labels(&[("alertname", name), ("app", "checkout"), ("namespace", "shop")]),
        summary: shown("below 0.90"),
        runbook: Some(shown("https://runbooks.example.com/r7")),
        silenced_by: Vec::new(),
        inhibited_by: Vec::new(),
        peers: (2, 2),
        resolved: None,
        flaps: 0,
    }
}

pub fn five() -> Vec<Alert> {
    let mut slow = alert("ResponseTime", AlertState::Firing, Severity::Warning, 712);
    slow.value = Some(shown("2310 ms"));
    slow.summary = shown("limit 2000 ms for 10m");
    slow.labels = labels(&[("alertname", "ResponseTime"), ("app", "api")]);
    slow.peers = (1, 2);
    let mut silenced = alert("EtlJobFailures", AlertState::Suppressed, Severity::Critical, 1_860);
    silenced.silenced_by = vec![shown("dan until 15:00Z: planned load")];
    silenced.labels = labels(&[("alertname", "EtlJobFailures"), ("tenant", "initech")]);
    let mut storage = alert("StorageCritical", AlertState::Pending, Severity::Critical, 0);
    storage.began = Some(ago(130));
    storage.held = Some(5 * MINUTE);
    storage.value = Some(shown("91 %"));
    storage.summary = shown("above 90 %");
    let mut unknown = alert("CacheMisses", AlertState::Firing, Severity::of("sev2"), 90);
    unknown.began = None;
    unknown.held = None;
    unknown.value = None;
    unknown.summary = shown("hit ratio falls");
    vec![alert("QualityDegraded", AlertState::Firing, Severity::Critical, 250), slow, storage, silenced, unknown]
}

/// Takes a message, and carries out what needs no system: the alerts are merged at once.
pub fn take(state: &mut AppState, message: Message) {
    for effect in update(state, message) {
        if let Effect::MergeAlerts { feeds, sort } = effect {
            take(state, Message::Alerts(Arc::new(Board::merged(&feeds, sort))));
        }
    }
}

pub fn feed(state: &mut AppState, alerts: Vec<Alert>) {
    let feed = AlertFeed {
        source: id("am-eu"),
        alerts: alerts.into_iter().map(Arc::new).collect(),
        rules: None,
        dead_man: DeadMan::Present,
        blind: Vec::new(),
    };
    take(state, Message::Source(SourceUpdate::Alerts(Arc::new(feed))));
}

pub fn well(state: &mut AppState, source: &str, health: SourceHealth) {
    take(state, Message::Source(SourceUpdate::Health { source: id(source), health }));
}

/// Answers everything that is asked now. `errors` of 41,220 requests are bad.
pub fn answer(state: &mut AppState, errors: f64) {
    answered(state, errors, 3);
}

/// The same, so many seconds ago.
pub fn answered(state: &mut AppState, errors: f64, back: i64) {
    let asked = Arc::clone(state.judging.asked());
    let answered: Vec<Arc<Reading>> = asked.iter().map(|question| Arc::new(reading(question, errors, back))).collect();
    for source in ["prom-eu", "pg-eu"] {
        let readings = answered.iter().filter(|reading| reading.question.source == id(source)).cloned().collect();
        take(state, Message::Source(SourceUpdate::Readings { source: id(source), readings }));
    }
}

fn reading(question: &Arc<Question>, errors: f64, read: i64) -> Reading {
    let value = match &*question.query {
        query if query.contains("http_errors") => Ok(errors),
        query if query.contains("http_requests") => Ok(41_220.0),
        query if query.contains("histogram") => Ok(420.0),
        query if query.contains("crash") => Ok(0.02),
        _ => Err(NoReading::new(Reason::Http, "503 from surveys-api")),
    };
    let points = i64::from(question.points);
    let step = i64::try_from(question.step.as_secs()).unwrap();
    let answer = value.map(|value| Answer {
        value: Value::Number(value),
        sample_age: Some(Duration::from_secs(2)),
        history: (0..points)
            .map(|at| {
                let back = points - 1 - at;
                // What is counted as an error has risen; requests stay.
                #[allow(clippy::cast_precision_loss)]
                let then = if (value - errors).abs() < f64::EPSILON { value - 26.0 * back as f64 } else { value };
                (ago(read + back * step), Some(then))
            })
            .collect(),
        warnings: Vec::new(),
    });
    Reading {
        question: Arc::clone(question),
        answer,
        at: ago(read),
        received: BOOT.checked_sub(Duration::from_secs(u64::try_from(read).unwrap())).unwrap(),
        took: Duration::from_millis(41),
    }
}

pub fn tenants(state: &mut AppState, failing: &[(usize, i64)]) {
    let tenant = |at: usize| {
        let rows = failing.iter().find(|(index, _)| *index == at).map_or(0, |(_, rows)| *rows);
        let result = if rows < 0 { CheckResult::Fail(shown("rows")) } else { CheckResult::Pass };
        Arc::new(Tenant {
            id: Name::new(&format!("t-{at:06}")),
            name: None,
            checks: vec![(CheckKind::Rows, result)],
            rows: Some(rows),
            tables: Vec::new(),
            values: Vec::new(),
            told: None,
            cause: (rows < 0).then(|| shown("rows lost in cases")),
            note: shown(""),
            checked: Some(ago(60)),
            took: Some(Duration::from_secs(41)),
        })
    };
    let table = TenantTable {
        source: id("pg-eu"),
        tenants: (0..1_000).map(tenant).collect(),
        columns: Vec::new(),
        require: vec![CheckKind::Rows],
        progress: None,
        footprint: shown(""),
    };
    take(state, Message::Source(SourceUpdate::Tenants(table.into())));
}

pub fn human(state: &mut AppState, acked: bool) {
    let tick = Tick {
        plan: PlanName::new("athena"),
        item: PlanName::new("staging"),
        evidence: shown("run 8812 of ci-main"),
        who: shown("bob"),
        at: ago(5_216),
    };
    let ack = Acknowledgement {
        alert: AlertKey::new("key-ResponseTime"),
        name: shown("ResponseTime"),
        who: shown("erin"),
        at: ago(480),
        until: ago(-1_320),
        note: Some(shown("looking at it")),
    };
    let human = HumanFacts { ticks: vec![tick], acknowledgements: if acked { vec![ack] } else { Vec::new() }, notes: Vec::new() };
    take(state, Message::Book(Arc::new(Book { human, ..Book::default() })));
}

fn info(name: &str, kind: &'static str, tells: Tells) -> SourceInfo {
    SourceInfo { id: id(name), kind, environment: "prod-eu".to_owned(), stale_after: Duration::from_secs(15), tells }
}

/// A console over four kinds of sources; nothing but the rollouts was told so far.
pub fn unread() -> AppState {
    let none = Tells::default();
    let mut opening: Opening = opening(environment(true, false));
    opening.plans = Arc::new([Arc::new(athena())]);
    opening.sources.extend([
        info("prom-eu", "prometheus", Tells { answers: true, ..none }),
        info("am-eu", "alertmanager", Tells { alerts: true, ..none }),
        info("pg-eu", "postgres", Tells { tenants: true, ..none }),
    ]);
    let mut state = AppState::new(opening);
    take(&mut state, Message::Clock { now: now(), since_boot: BOOT });
    well(&mut state, source().as_str(), health(3, None));
    let rollouts: Arc<[Arc<Rollout>]> = nine().into_iter().map(Arc::new).collect();
    take(&mut state, Message::Source(SourceUpdate::Rollouts { source: source(), rollouts }));
    take(&mut state, Message::Book(Arc::new(Book::default())));
    state
}

/// All is told: an error rate of 1.3 %, five alerts, one tenant of 1,000 a row short, one item ticked.
pub fn whole() -> AppState {
    let mut state = unread();
    for source in ["prom-eu", "am-eu", "pg-eu"] {
        well(&mut state, source, health(2, None));
    }
    human(&mut state, true);
    feed(&mut state, five());
    tenants(&mut state, &[(417, -1)]);
    answer(&mut state, 538.0);
    state
}
