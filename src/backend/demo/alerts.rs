//! What the simulated alert source has: a few alerts of the nine rollouts, and what the faults add.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;

use super::faults::{Fault, FaultSet};
use crate::domain::{
    Timestamp,
    alert::{Alert, AlertFeed, AlertKey, AlertState, DeadMan, RuleState, Severity},
    id::SourceId,
    question::Labels,
    text::DisplayText,
};

/// Alerts of a storm.
const STORM: u32 = 5000;

/// One rule and where it fires.
struct Rule {
    name: &'static str,
    severity: Severity,
    held: Duration,
    expr: &'static str,
    summary: &'static str,
    rollout: &'static str,
    value: &'static str,
    silence: Option<&'static str>,
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// Rules whose condition holds from the start, with the age of the condition then, in seconds.
fn standing() -> [(Rule, i64); 4] {
    [
        (
            Rule {
                name: "PodsNotReady",
                severity: Severity::Critical,
                held: minutes(5),
                expr: "kube_pod_ready == 0",
                summary: "3 pods of notifications are not ready",
                rollout: "notifications",
                value: "3 pods",
                silence: None,
            },
            1500,
        ),
        (
            Rule {
                name: "ResponseTime",
                severity: Severity::Warning,
                held: minutes(10),
                expr: "response_time_ms > 2000",
                summary: "2310 ms, limit 2000 ms",
                rollout: "payouts",
                value: "2310 ms",
                silence: None,
            },
            1310,
        ),
        (
            Rule {
                name: "StorageFilling",
                severity: Severity::Warning,
                held: minutes(30),
                expr: "storage_used > 0.90",
                summary: "91 % of storage is used",
                rollout: "catalog",
                value: "91 %",
                silence: None,
            },
            130,
        ),
        (
            Rule {
                name: "CertificateExpires",
                severity: Severity::Critical,
                held: minutes(1),
                expr: "certificate_days_left < 14",
                summary: "13 days left",
                rollout: "edge-gateway",
                value: "13 days",
                silence: Some("0f3c9a1e"),
            },
            5400,
        ),
    ]
}

fn errors(of: &'static str) -> Rule {
    Rule {
        name: "HighErrorRate",
        severity: Severity::Critical,
        held: minutes(2),
        expr: "error_rate > 0.01",
        summary: "more than 1 % of requests fail",
        rollout: of,
        value: "1.3 %",
        silence: None,
    }
}

fn labels(rule: &Rule, instance: Option<u32>) -> Labels {
    let mut labels = vec![
        (DisplayText::new("alertname"), DisplayText::new(rule.name)),
        (DisplayText::new("rollout"), DisplayText::new(rule.rollout)),
        (DisplayText::new("severity"), DisplayText::new(rule.severity.word())),
    ];
    if let Some(number) = instance {
        labels.push((DisplayText::new("instance"), DisplayText::new(&format!("pod-{number:05}"))));
    }
    labels.sort();
    labels.into()
}

/// The alert of a rule whose condition began at `began`.
fn alert(source: &SourceId, rule: &Rule, instance: Option<u32>, began: Timestamp, now: Timestamp) -> Alert {
    let held = TimeDelta::from_std(rule.held).unwrap_or_default();
    let fired = (now >= began + held).then(|| began + held);
    let state = match (fired, rule.silence) {
        (None, _) => AlertState::Pending,
        (Some(_), Some(_)) => AlertState::Suppressed,
        (Some(_), None) => AlertState::Firing,
    };
    let key = format!("{}/{}/{}", rule.name, rule.rollout, instance.unwrap_or_default());
    Alert {
        key: AlertKey::new(&key),
        source: source.clone(),
        name: DisplayText::new(rule.name),
        state,
        severity: rule.severity.clone(),
        began: Some(began),
        fired,
        held: Some(rule.held),
        value: Some(DisplayText::new(rule.value)),
        expr: Some(DisplayText::new(rule.expr)),
        labels: labels(rule, instance),
        summary: DisplayText::new(rule.summary),
        runbook: None,
        silenced_by: rule.silence.iter().map(|id| DisplayText::new(id)).collect(),
        inhibited_by: Vec::new(),
        peers: (1, 1),
        flaps: 0,
        resolved: None,
    }
}

/// All alerts at `now` of a world that began at `began` and whose faults were switched on at `faulty_since`.
pub(super) fn feed(source: &SourceId, faults: FaultSet, began: Timestamp, faulty_since: Timestamp, now: Timestamp) -> AlertFeed {
    let mut alerts: Vec<Alert> =
        standing().iter().map(|(rule, age)| alert(source, rule, None, began - TimeDelta::seconds(*age), now)).collect();
    if faults.has(Fault::ErrorSpike) || faults.has(Fault::CrashAndErrors) {
        alerts.push(alert(source, &errors("checkout"), None, faulty_since + TimeDelta::seconds(40), now));
    }
    if faults.has(Fault::AlertStorm) {
        let storm = Rule { name: "PodRestarts", severity: Severity::Warning, ..errors("recommendations") };
        alerts.extend(
            (0..STORM).map(|number| {
                alert(source, &storm, Some(number), faulty_since - TimeDelta::seconds(i64::from(number % 600)), now)
            }),
        );
    }
    let mut rules: Vec<RuleState> = standing()
        .iter()
        .map(|(rule, _)| rule)
        .chain([&errors("checkout")])
        .map(|rule| RuleState { name: DisplayText::new(rule.name), held: rule.held, health: Ok(()) })
        .collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    alerts.sort_by(|a, b| a.key.cmp(&b.key));
    AlertFeed {
        source: source.clone(),
        alerts: alerts.into_iter().map(Arc::new).collect(),
        rules: Some(rules.into()),
        dead_man: DeadMan::Present,
        blind: Vec::new(),
    }
}
