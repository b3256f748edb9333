//! What the simulated metrics source measures: a seed, a moment and the faults in, numbers out.
//!
//! It speaks a small language of its own: `name{rollout="checkout",window="5m"}`. The numbers wander a little from minute to
//! minute, the same way for the same seed, so that a history can be asked for at any moment.

use std::time::Duration;

use chrono::TimeDelta;

use super::faults::{Fault, FaultSet};
use crate::domain::{
    Timestamp,
    question::{Answer, NoReading, Question, Reason, Value},
};

/// Sample age of a source that is well: half of a scrape of 15 s.
const FRESH: Duration = Duration::from_secs(7);
/// And of one whose exporter died.
const OLD: Duration = Duration::from_secs(600);
/// Requests a second of one rollout.
const TRAFFIC: f64 = 140.0;
/// How long a fault takes to be seen in full.
const CLIMB: f64 = 120.0;
/// Share of requests that fail under `errors-at-bound`.
const AT_BOUND: f64 = 0.05;

/// One metric asked for.
struct Asked<'q> {
    name: &'q str,
    rollout: &'q str,
    /// The version that is being replaced, where no fault is seen.
    stable: bool,
    /// Seconds.
    window: f64,
}

/// Reads `name{label="value",...}`.
fn asked(query: &str) -> Option<Asked<'_>> {
    let (name, rest) = query.trim().split_once('{')?;
    let labels = rest.strip_suffix('}')?;
    let mut asked = Asked { name, rollout: "", stable: false, window: 300.0 };
    for label in labels.split(',').filter(|label| !label.trim().is_empty()) {
        let (key, value) = label.trim().split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        match key {
            "rollout" => asked.rollout = value,
            "track" if value == "stable" || value == "canary" => asked.stable = value == "stable",
            "window" => asked.window = seconds(value)?,
            _ => return None,
        }
    }
    Some(asked)
}

/// `5m`, `90s`, `1h`.
fn seconds(text: &str) -> Option<f64> {
    let unit = match text.chars().last()? {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86_400.0,
        _ => return None,
    };
    text.get(..text.len() - 1)?.parse::<f64>().ok().map(|number| number * unit)
}

/// The source's answer to `question` at `now`; of `unseen` rollouts the new version gets no traffic.
pub(super) fn answer(
    question: &Question,
    seed: u64,
    faults: FaultSet,
    unseen: &dyn Fn(&str) -> bool,
    faulty_since: Timestamp,
    now: Timestamp,
) -> Result<Answer, NoReading> {
    let asked = asked(&question.query)
        .ok_or_else(|| NoReading::new(Reason::Unreadable, "the demo's metrics are asked as name{rollout=\"checkout\"}"))?;
    let measured = if unseen(asked.rollout) { faults.unmeasured() } else { faults };
    let model = Model { seed, faults: measured, faulty_since };
    let at = question.at.unwrap_or(now);
    let value = model.value(&asked, at).map_or(Value::Empty, Value::Number);
    let step = TimeDelta::from_std(question.step).unwrap_or_else(|_| TimeDelta::seconds(30));
    let history = (0..i32::from(question.points.clamp(1, 64)))
        .rev()
        .map(|back| at - step * back)
        .map(|moment| (moment, model.value(&asked, moment)))
        .collect();
    let sample_age = Some(if faults.has(Fault::StaleMetrics) { OLD } else { FRESH });
    Ok(Answer { value, sample_age, history, warnings: Vec::new() })
}

struct Model {
    seed: u64,
    faults: FaultSet,
    faulty_since: Timestamp,
}

impl Model {
    /// `None`: there is no such series.
    fn value(&self, asked: &Asked<'_>, at: Timestamp) -> Option<f64> {
        let wander = self.wander(asked, at);
        let climbed = self.climbed(at);
        let shop = !asked.stable && matches!(asked.rollout, "checkout" | "catalog" | "recommendations" | "search");
        let error_rate = match (shop, self.faults.has(Fault::CrashAndErrors), self.faults.has(Fault::ErrorSpike)) {
            (true, true, _) => 0.0041 + 0.056 * climbed,
            (true, false, true) => 0.0041 + 0.009 * climbed,
            _ => 0.0041,
        };
        let requests = self.requests(asked, at);
        Some(match asked.name {
            "requests" => self.requests(asked, at),
            // As many requests as a question for them at the same moment hears of.
            "errors" if shop && self.faults.has(Fault::ErrorsAtBound) => (self.requests(asked, at) * AT_BOUND).round(),
            "errors" => (requests * error_rate * (1.0 + 0.08 * wander)).round(),
            "error_rate" => error_rate * (1.0 + 0.08 * wander),
            "crash_rate" => {
                let crashes = if shop && self.faults.has(Fault::CrashAndErrors) { 0.0118 * climbed } else { 0.0 };
                0.0002 + crashes
            }
            "latency_p95_ms" => 412.0 * (1.0 + 0.02 * wander),
            "satisfaction" => 4.3 + 0.05 * wander,
            "quality" if self.faults.has(Fault::QualityLow) => 0.93,
            "quality" => 0.962 + 0.004 * wander,
            "throughput" => 1240.0 * (1.0 + 0.03 * wander),
            // Nobody has sent a survey about it for a while: no series.
            _ => return None,
        })
    }

    /// A multiple of 20, so that 5 % of them are whole requests.
    fn requests(&self, asked: &Asked<'_>, at: Timestamp) -> f64 {
        let wander = self.wander(&Asked { name: "requests", ..*asked }, at);
        (TRAFFIC * asked.window * (1.0 + 0.05 * wander) / 20.0).round() * 20.0
    }

    /// -1 to 1, smooth from minute to minute, by the seed, the metric and the rollout.
    fn wander(&self, asked: &Asked<'_>, at: Timestamp) -> f64 {
        let name = asked.name.bytes().chain(asked.rollout.bytes()).chain([u8::from(asked.stable)]);
        let key = name.fold(self.seed, |hash, byte| hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
        #[expect(clippy::cast_precision_loss, reason = "a phase: any number does")]
        let (phase, seconds) = ((key % 1000) as f64, at.timestamp() as f64);
        f64::midpoint((seconds / 97.0 + phase).sin(), (seconds / 31.0 + phase * 1.7).sin())
    }

    /// 0 before the fault was switched on, 1 when it is seen in full.
    fn climbed(&self, at: Timestamp) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "seconds of one night")]
        let seconds = (at - self.faulty_since).num_seconds() as f64;
        (seconds / CLIMB).clamp(0.0, 1.0)
    }
}
