//! What the servers say when they are asked: Prometheus, Alertmanager, and any JSON.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use cutover::domain::Timestamp;
use serde_json::{Value, json};

use super::faults::Say;
use crate::backends::web_mock::Seen;

const SUBJECT: &str = "5f8f5748d7";
const STABLE: &str = "7848f77cc4";

/// What one query gives: when all is well, when it is not, and when it is not enough; a stable version's.
#[derive(Clone, Copy, Debug)]
pub struct Gives {
    pub query: &'static str,
    pub right: &'static str,
    pub bad: &'static str,
    /// `None`: fewer readings instead.
    pub few: Option<&'static str>,
}

/// Prometheus' answer to a query.
pub fn prometheus(all: &[Gives], seen: &Seen, say: Say, now: Timestamp) -> String {
    let query = seen.field("query").unwrap();
    let seconds = now.timestamp();
    if query == "time()" {
        let result = json!([seconds, seconds.to_string()]);
        return json!({"status": "success", "data": {"resultType": "scalar", "result": result}}).to_string();
    }
    if query.starts_with("time() - max(timestamp(") {
        let age = if say == Say::Old { "120" } else { "3" };
        let result = json!([{"metric": {}, "value": [seconds, age]}]);
        return json!({"status": "success", "data": {"resultType": "vector", "result": result}}).to_string();
    }
    let gives = all.iter().find(|gives| gives.query == query).unwrap();
    let number = match say {
        Say::Bad => gives.bad,
        Say::NaN => "NaN",
        Say::PlusInfinity => "+Inf",
        Say::MinusInfinity => "-Inf",
        Say::TooFew => gives.few.unwrap_or(gives.right),
        _ => gives.right,
    };
    let is_range = seen.path.ends_with("/query_range");
    let readings =
        if is_range { readings(seen, number, say == Say::TooFew && gives.few.is_none()) } else { json!([seconds, number]) };
    let version = if (query == "stable") == (say == Say::OtherSubject) { SUBJECT } else { STABLE };
    let one = |pod: &str| {
        let mut one = json!({"metric": {"version": version}});
        one[if is_range { "values" } else { "value" }] = readings.clone();
        if !pod.is_empty() {
            one["metric"]["pod"] = json!(pod);
        }
        one
    };
    let result = match say {
        Say::Nothing => json!([]),
        Say::Two => json!([one("a"), one("b")]),
        _ => json!([one("")]),
    };
    let kind = if is_range { "matrix" } else { "vector" };
    let mut whole = json!({"status": "success", "data": {"resultType": kind, "result": result}});
    match say {
        Say::Warning => whole["warnings"] = json!(["PromQL warning: metric might not be a counter"]),
        // Thanos, where a part of its stores did not answer.
        Say::Partial => whole["warnings"] = json!(["fetch series for {replica=\"a\"}: rpc error: deadline exceeded"]),
        _ => {}
    }
    whole.to_string()
}

/// Every reading of a range; where there are too few, the newest two.
fn readings(seen: &Seen, number: &str, too_few: bool) -> Value {
    let time = |name: &str| seen.field(name).unwrap().parse::<f64>().unwrap();
    let (first, last, step) = (time("start"), time("end"), time("step"));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "twelve readings")]
    let count = ((last - first) / step).round() as u32;
    let from = if too_few { count - 1 } else { 0 };
    (from..=count).map(|at| json!([first + f64::from(at) * step, number])).collect()
}

/// What JSON has no word for, written where a number belongs.
fn no_number(say: Say) -> Option<&'static str> {
    match say {
        Say::NaN => Some("NaN"),
        Say::PlusInfinity => Some("1e999"),
        Say::MinusInfinity => Some("-1e999"),
        _ => None,
    }
}

fn written(body: &Value, say: Say) -> String {
    body.to_string().replace("\"here\"", no_number(say).unwrap_or("0"))
}

/// Two customers, each with what it tells of itself.
pub fn customers(say: Say, now: Timestamp) -> String {
    let made = if say == Say::Old { now - chrono::TimeDelta::hours(2) } else { now };
    let one = |id: &str| json!({"customer_id": id, "lag_ms": 7, "made": made.to_rfc3339(), "note": "here"});
    let mut all = vec![one("acme"), one("globex")];
    match say {
        Say::Bad => all[1]["lag_ms"] = json!(900),
        Say::Nothing => all.clear(),
        Say::Two => all.push(one("acme")),
        Say::Partial => _ = all[1].as_object_mut().unwrap().remove("lag_ms"),
        _ => {}
    }
    written(&json!({"customers": all}), say)
}

/// A number and a truth by their names.
pub fn facts(say: Say, now: Timestamp) -> String {
    let made = if say == Say::Old { now - chrono::TimeDelta::hours(2) } else { now };
    let (rate, fine) = if say == Say::Bad { (json!(0.02), json!(false)) } else { (json!(0.004), json!(true)) };
    let all = match say {
        Say::Nothing => json!({}),
        Say::Two => json!({"rate": [rate, rate], "fine": [fine, fine]}),
        Say::Partial => json!({"rate": null, "fine": null}),
        _ => json!({"rate": rate, "fine": fine}),
    };
    written(&json!({"made": made.to_rfc3339(), "of": all, "note": "here"}), say)
}

/// One alert of Alertmanager.
fn routed(name: &str, severity: &str, service: &str, now: Timestamp) -> Value {
    let (starts, ends) = (now - chrono::TimeDelta::minutes(1), now + chrono::TimeDelta::minutes(4));
    json!({
        "labels": {"alertname": name, "severity": severity, "service": service}, "annotations": {"summary": "s"},
        "fingerprint": "00", "receivers": [{"name": "x"}], "startsAt": starts.to_rfc3339(), "endsAt": ends.to_rfc3339(),
        "note": "here", "status": {"state": "active", "silencedBy": [], "inhibitedBy": []}
    })
}

/// What Alertmanager says: how it stands, or its groups. Never without the alert that always fires.
pub fn alertmanager(seen: &Seen, say: Say, now: Timestamp) -> String {
    if seen.path.ends_with("/status") {
        let status = if say == Say::Partial { "settling" } else { "ready" };
        return written(&json!({"cluster": {"status": status, "peers": [{}, {}]}, "note": "here"}), say);
    }
    let mut all = vec![routed("Watchdog", "none", "all", now), routed("Slow", "warning", "checkout", now)];
    all.push(routed("Errors", "critical", "search", now));
    match say {
        Say::Bad => all.push(routed("Errors", "critical", "checkout", now)),
        Say::Nothing => all.clear(),
        _ => {}
    }
    let groups = written(&json!([{"labels": {}, "receiver": {"name": "x"}, "alerts": all}]), say);
    if say == Say::Two { format!("{groups}{groups}") } else { groups }
}

/// What Prometheus says of its rules or its alerts.
pub fn rules(seen: &Seen, say: Say, now: Timestamp) -> String {
    if seen.field("query").is_some() {
        return prometheus(&[], seen, say, now);
    }
    let mut whole = if seen.path.contains("/rules") { loaded(say, now) } else { firing(say, now) };
    if say == Say::Warning {
        whole["warnings"] = json!(["rpc error: one rule source is away"]);
    }
    let text = written(&whole, say);
    if say == Say::Two { format!("{text}{text}") } else { text }
}

fn loaded(say: Say, now: Timestamp) -> Value {
    let last = if say == Say::Old { now - chrono::TimeDelta::minutes(10) } else { now };
    let health = if say == Say::Partial { "err" } else { "ok" };
    let rule = json!({
        "name": "Errors", "type": "alerting", "query": "errors > 1", "duration": 60, "labels": {}, "health": health,
        "lastError": "boom", "lastEvaluation": last.to_rfc3339(), "note": "here"
    });
    let groups = if say == Say::Nothing { json!([]) } else { json!([{"interval": 15, "rules": [rule]}]) };
    json!({"status": "success", "data": {"groups": groups}})
}

fn firing(say: Say, now: Timestamp) -> Value {
    let one = |name: &str, severity: &str, service: &str| {
        let labels = json!({"alertname": name, "severity": severity, "service": service});
        json!({"labels": labels, "annotations": {}, "state": "firing", "activeAt": now.to_rfc3339(), "value": "1", "note": "here"})
    };
    let mut all = vec![one("Watchdog", "none", "all"), one("Errors", "critical", "search")];
    match say {
        Say::Bad => all.push(one("Errors", "critical", "checkout")),
        Say::Nothing => all.clear(),
        _ => {}
    }
    json!({"status": "success", "data": {"alerts": all}})
}
