//! A small land: a rollout, a plan made in a line, and sources that answer what a test says.
#![allow(clippy::unnecessary_wraps, reason = "what a source says is an answer or none, and a test says which")]

use std::{collections::HashMap, sync::Arc, time::Duration};

use cutover::domain::{
    Timestamp,
    alert::{Alert, AlertFeed, AlertKey, AlertState, DeadMan, RuleState, Severity},
    assess::{self, Facts, Passage, Readings, SourceFacts},
    counted::CountedTable,
    evidence::{Assessment, Evaluation},
    freshness::Freshness,
    human::HumanFacts,
    id::{Name, SourceId, TargetId},
    operation::Operation,
    plan::{
        Baseline, Change, Criterion, Early, Gauge, GaugeKind, Measure, OnPause, Plan, PlanName, ReleaseKind, Repeat, Stage,
        Subject, Trigger, TriggerAction,
    },
    quantity::{Bound, Comparison, Quantity, Rule, Unit},
    question::{Answer, NoReading, Question, Reading, Reason, Value},
    rollout::{Hold, HoldCause, Phase, Pods, Position, Revision, Rollout, Step, StepKind, Strategy, Weight},
    tenant::{CheckKind, CheckResult, Tenant, TenantTable},
    text::DisplayText,
};

pub const BOOT: Duration = Duration::from_secs(100_000);
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3600);

pub fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

pub fn source(name: &str) -> SourceId {
    SourceId::new(name)
}

pub fn name(name: &str) -> PlanName {
    PlanName::new(name)
}

pub fn text(text: &str) -> DisplayText {
    DisplayText::new(text)
}

/// checkout at 25 % of gradual, waiting at its pause step for two hours.
pub fn checkout() -> Rollout {
    at_weight(25)
}

/// The same at another weight: the step before the pause set it.
pub fn at_weight(weight: u32) -> Rollout {
    let weights = [1, 5, 10, 25, 50, 100];
    let step = |kind| Step { kind, label: text("step") };
    let steps = weights.iter().flat_map(|weight| [step(StepKind::Weight(*weight)), step(StepKind::Pause(None))]).collect();
    let index = weights.iter().position(|known| *known == weight).map_or(0, |index| 2 * index + 1);
    let revision = |number, hash: &str| Revision { number: Some(number), hash: text(hash), images: vec![] };
    Rollout {
        id: TargetId::new(&source("k8s"), "shop", "checkout"),
        kind: "argo",
        strategy: Strategy::Canary,
        uid: "uid-1".into(),
        generation: 5,
        version: "100".into(),
        phase: Phase::Paused,
        message: text("CanaryPauseStep"),
        steps,
        position: Some(Position { index: u32::try_from(index).unwrap(), count: 12, entered_at: None }),
        weight: Weight { set: Some(weight), actual: Some(weight), verified: None },
        holds: vec![hold(HoldCause::StepPause, 2 * HOUR)],
        pods: Pods::default(),
        revision: Some(revision(2, "5f8f5748d7")),
        stable: Some(revision(1, "7848f77cc4")),
        aborted: false,
        aborted_at: None,
        observed: true,
        unpausing: false,
        invalid: false,
        analysis: vec![],
        owner: None,
        nudged: None,
        changed_at: None,
    }
}

pub fn hold(cause: HoldCause, ago: Duration) -> Hold {
    Hold {
        cause,
        since: Some(now() - ago),
        until: None,
        needs_person: true,
        native: text("CanaryPauseStep"),
        release_has_no_effect: false,
    }
}

/// `< 1 %`, `10 x..50 x`, `true`.
pub fn rule(words: &str) -> Rule {
    let quantity = |words: &str| {
        let (number, unit) = words.trim().split_once(' ').unwrap_or_else(|| panic!("{words}: a number and a unit"));
        let unit = Unit::ALL.into_iter().find(|known| known.word() == unit.trim()).unwrap();
        Quantity::new(number.parse().unwrap(), unit)
    };
    let bound = match (words, words.split_once("..")) {
        ("true", _) => Bound::Is(true),
        ("false", _) => Bound::Is(false),
        (_, Some((low, high))) => Bound::Between { low: quantity(low), high: quantity(high) },
        _ => {
            let (sign, rest) = words.split_once(' ').unwrap();
            let all =
                [Comparison::Less, Comparison::LessOrEqual, Comparison::Greater, Comparison::GreaterOrEqual, Comparison::Equal];
            Bound::One { comparison: all.into_iter().find(|known| known.sign() == sign).unwrap(), limit: quantity(rest) }
        }
    };
    Rule { bound, text: words.into() }
}

pub fn gauge(kind: GaugeKind, reads: Unit) -> Gauge {
    Gauge {
        source: source("prom"),
        kind,
        reads,
        window: Some(5 * MINUTE),
        sampled: None,
        subject_label: None,
        max_age: MINUTE,
        every: Duration::from_secs(30),
    }
}

pub fn value(query: &str, reads: Unit) -> Gauge {
    gauge(GaugeKind::Value { query: query.into() }, reads)
}

pub fn ratio(min_events: u64) -> Gauge {
    gauge(GaugeKind::Ratio { bad: "bad".into(), total: "total".into(), min_events }, Unit::Fraction)
}

pub fn relative(baseline: Baseline, as_change: Change) -> Gauge {
    gauge(GaugeKind::Relative { query: "p95".into(), baseline, as_change }, Unit::Milliseconds)
}

pub fn fact() -> Gauge {
    gauge(GaugeKind::Fact { query: "fact".into() }, Unit::Count)
}

pub fn tenants(require: &[CheckKind]) -> Gauge {
    Gauge { source: source("shards"), ..gauge(GaugeKind::Tenants { require: require.to_vec() }, Unit::Count) }
}

pub fn alerts(severity: Severity) -> Gauge {
    let labels = vec![("service".into(), "$rollout".into())];
    Gauge { source: source("am"), ..gauge(GaugeKind::Alerts { severity, labels }, Unit::Count) }
}

pub fn criterion(id: &str, gauge: Gauge, pass: &str) -> Criterion {
    Criterion {
        id: name(id),
        line: 88,
        title: None,
        gauge,
        pass: rule(pass),
        warn: None,
        fail: None,
        repeat: Repeat::ONCE,
        due: None,
        owner: None,
        optional: false,
    }
}

pub fn trigger(id: &str, gauge: Gauge, when: &str, action: TriggerAction) -> Trigger {
    Trigger { id: name(id), line: 120, origin: None, gauge, when: rule(when), repeat: Repeat::ONCE, action, stages: vec![] }
}

pub fn stage(id: &str, line: u32, weights: &[f64], criteria: &[&str]) -> Stage {
    Stage {
        id: name(id),
        line,
        measure: Measure::Percent(weights.to_vec()),
        weights: weights.to_vec(),
        min: None,
        max: None,
        soak: None,
        early: Early::Refuse,
        on_pause: OnPause::Runs,
        audience: None,
        criteria: criteria.iter().map(|id| name(id)).collect(),
        roll_back_to: None,
    }
}

/// The ladder of seed 001; all of `criteria` stand before every advance.
pub fn athena(criteria: Vec<Criterion>) -> Plan {
    let ids: Vec<String> = criteria.iter().map(|criterion| criterion.id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    Plan {
        id: name("athena"),
        title: "Athena".into(),
        version: "1".into(),
        owner: None,
        file: "plans/athena.toml".into(),
        restates: None,
        zone: None,
        subjects: vec![Subject { rollout: "checkout".into(), kind: ReleaseKind::Exposure, line: 3 }],
        stages: vec![
            stage("internal", 10, &[1.0], &ids),
            stage("alpha", 20, &[5.0], &ids),
            stage("beta", 30, &[10.0], &ids),
            stage("gradual", 40, &[25.0, 50.0, 100.0], &ids),
        ],
        criteria,
        sets: vec![],
        gates: vec![],
        triggers: vec![],
        alerts: vec![],
    }
}

/// What a source says to one question.
pub type Said = Result<Answer, NoReading>;

pub fn number(value: f64) -> Said {
    says(Value::Number(value))
}

pub fn says(value: Value) -> Said {
    Ok(Answer { value, sample_age: Some(Duration::from_secs(3)), history: vec![], warnings: vec![] })
}

pub fn nothing(reason: Reason) -> Said {
    Err(NoReading::new(reason, "it failed"))
}

/// The newest value last, one every 30 s; `None` where there was none.
pub fn readings(values: &[Option<f64>]) -> Said {
    let newest = values.last().copied().flatten().unwrap();
    let steps = values.len();
    let history = values.iter().enumerate().map(|(at, value)| {
        let ago = Duration::from_secs(30) * u32::try_from(steps - 1 - at).unwrap();
        (now() - ago, *value)
    });
    Ok(Answer { history: history.collect(), ..says(Value::Number(newest)).unwrap() })
}

/// Everything that is known, and what the plan makes of it.
pub struct Land {
    pub plan: Plan,
    pub rollout: Rollout,
    pub now: Timestamp,
    pub since_boot: Duration,
    pub readings: HashMap<SourceId, Readings>,
    pub freshness: HashMap<SourceId, Freshness>,
    /// Of what a source last told.
    pub ages: HashMap<SourceId, Duration>,
    pub feed: Option<AlertFeed>,
    pub table: Option<CountedTable>,
    pub human: HumanFacts,
    pub passages: Vec<Passage>,
}

impl Land {
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            rollout: checkout(),
            now: now(),
            since_boot: BOOT,
            readings: HashMap::new(),
            freshness: HashMap::new(),
            ages: HashMap::new(),
            feed: Some(feed(vec![])),
            table: Some(table(vec![green("acme"), green("globex")])),
            human: HumanFacts::default(),
            passages: vec![],
        }
    }

    /// Every question is answered, received a second ago.
    pub fn answer(mut self, answer: impl Fn(&Question) -> Said) -> Self {
        let standing = assess::standing(&self.plan, &self.rollout, &self.passages, self.now);
        for question in assess::questions(&self.plan, &self.rollout, standing.as_ref(), self.now) {
            let answer = answer(&question);
            self.put(question, answer, Duration::from_secs(1));
        }
        self
    }

    pub fn put(&mut self, question: Question, answer: Said, ago: Duration) {
        let question = Arc::new(question);
        let reading = Reading {
            question: Arc::clone(&question),
            answer,
            at: self.now,
            received: self.since_boot.checked_sub(ago).unwrap(),
            took: Duration::from_millis(41),
        };
        let of_source = self.readings.entry(question.source.clone()).or_default();
        of_source.insert(question, Arc::new(reading));
    }

    pub fn assess(&self) -> Assessment {
        let none = Readings::new();
        let all = ["prom", "am", "shards", "rules"].map(source);
        let sources = all
            .iter()
            .map(|id| {
                let facts = SourceFacts {
                    freshness: self.freshness.get(id).cloned().unwrap_or(Freshness::Live),
                    age: self.ages.get(id).copied(),
                    readings: self.readings.get(id).unwrap_or(&none),
                    alerts: self.feed.as_ref().filter(|feed| feed.source == *id),
                    tenants: self.table.as_ref().filter(|table| table.source == *id),
                };
                (id.clone(), facts)
            })
            .collect();
        let facts = Facts { now: self.now, since_boot: self.since_boot, sources, human: &self.human, passages: &self.passages };
        assess::assess(&self.plan, &self.rollout, &facts)
    }

    /// The source of tenants tells something else.
    pub fn retell(&mut self, change: impl FnOnce(&mut TenantTable)) {
        let mut table = TenantTable::clone(self.table.as_ref().unwrap());
        change(&mut table);
        self.table = Some(table.into());
    }

    /// The first criterion's evaluation.
    pub fn first(&self) -> Evaluation {
        self.assess().evaluations.into_iter().next().unwrap()
    }
}

pub fn feed(alerts: Vec<Alert>) -> AlertFeed {
    let rule = RuleState { name: text("HighErrorRate"), held: 5 * MINUTE, health: Ok(()) };
    AlertFeed {
        source: source("am"),
        alerts: alerts.into_iter().map(Arc::new).collect(),
        rules: Some(Arc::new([rule])),
        dead_man: DeadMan::Present,
        blind: vec![],
    }
}

pub fn alert(severity: Severity, state: AlertState) -> Alert {
    Alert {
        key: AlertKey::new("ab12"),
        source: source("am"),
        name: text("HighErrorRate"),
        state,
        severity,
        began: Some(now() - HOUR),
        fired: Some(now() - 55 * MINUTE),
        held: Some(5 * MINUTE),
        value: None,
        expr: None,
        labels: Arc::new([(text("service"), text("checkout"))]),
        summary: text("errors"),
        runbook: None,
        silenced_by: vec![],
        inhibited_by: vec![],
        peers: (1, 1),
        resolved: None,
        flaps: 0,
    }
}

pub fn table(tenants: Vec<Tenant>) -> CountedTable {
    let table = TenantTable {
        source: source("shards"),
        tenants: tenants.into_iter().map(Arc::new).collect(),
        columns: vec![],
        require: vec![CheckKind::Rows],
        progress: None,
        footprint: text("1 connection"),
    };
    table.into()
}

pub fn green(id: &str) -> Tenant {
    Tenant {
        id: Name::new(id),
        name: None,
        checks: vec![(CheckKind::Rows, CheckResult::Pass), (CheckKind::Hash, CheckResult::Pass)],
        rows: Some(0),
        tables: vec![],
        values: vec![],
        told: None,
        cause: None,
        note: text(""),
        checked: None,
        took: None,
    }
}

pub fn passage(operation: Operation, weight: Option<u32>, ago: Duration) -> Passage {
    Passage {
        target: checkout().id,
        operation,
        uid: "uid-1".into(),
        revision: Some("5f8f5748d7".into()),
        weight,
        at: now() - ago,
    }
}
