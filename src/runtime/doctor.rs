//! What `doctor` finds besides the sources: our rights, the ledger, the terminal, and the metric ports that plans name.
//! Nothing is changed anywhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::IsTerminal as _,
    sync::Arc,
    time::Duration,
};

use super::world::World;
use crate::{
    backend::port::Driver,
    cli::answer::{
        doctor::{Finding, FindingKind, FindingState},
        status::StatusInput,
    },
    domain::{
        id::{SourceId, TargetId},
        operation::Operation,
        permit::Rights,
        plan::{Baseline, GaugeKind, Plan},
        question::{Labels, Question, Value},
        source::SourceUpdate,
    },
    ledger::disk::{Disk as _, OsDisk},
    operate::engine::Engine,
    terminal::capability::{self, Capability, ColourDepth, Glyphs, Wishes},
};

/// Below this a record may soon not fit any more: the ledger itself refuses below 8 MiB.
const LITTLE: u64 = 64 << 20;
/// Two jobs may both listen where a plan means one (requirements.md C-24): where one of these is named, both are asked.
const CONTESTED: [u16; 2] = [9090, 9091];

/// Everything.
pub(super) async fn examine(world: &World, input: &StatusInput) -> Vec<Finding> {
    let mut findings = rights(world, input).await;
    findings.push(ledger(world));
    findings.extend(terminal());
    findings.extend(metrics(world).await);
    findings
}

/// Whether we may change things: asked about the first rollout of each source, as a form would ask.
async fn rights(world: &World, input: &StatusInput) -> Vec<Finding> {
    let mut findings = Vec::new();
    for info in &world.sources {
        let Some(driver) = world.engine.connections().get(&info.id).and_then(|it| it.driver.clone()) else { continue };
        let read_only = world.environments.iter().any(|it| it.name == info.environment && it.read_only);
        let first = input.rollouts.iter().map(|seen| &seen.rollout.id).find(|id| id.source == info.id);
        let (state, found) = match first {
            Some(target) => asked(driver.as_ref(), target).await,
            None => (FindingState::Unknown, "no rollout was seen that could be asked about".to_owned()),
        };
        let mode = if read_only { "; the configuration says read-only, so nothing is sent anyway" } else { "" };
        // What is never sent needs no right.
        let state = if read_only && state == FindingState::Fail { FindingState::Warn } else { state };
        findings.push(Finding::new(FindingKind::Rights, info.id.as_str(), state, format!("{found}{mode}")));
    }
    findings
}

async fn asked(driver: &dyn Driver, target: &TargetId) -> (FindingState, String) {
    let observed = match driver.fetch(target).await {
        Ok(observed) => observed,
        Err(error) => return (FindingState::Unknown, format!("{target} could not be read: {error}")),
    };
    let action = Engine::new_action();
    let plan = [Operation::Pause, Operation::RollBack, Operation::Resume, Operation::Advance]
        .into_iter()
        .find_map(|operation| driver.plan(operation, &observed, &action).ok());
    let Some(plan) = plan else {
        return (FindingState::Unknown, format!("{target} offers nothing now that could be asked about"));
    };
    let who = driver.whoami().await.map(|who| format!(" as {who}")).unwrap_or_default();
    let review = driver.review(&plan, &action).await;
    match review.rights {
        Rights::Allowed => (FindingState::Ok, format!("may {} {target}{who}", plan.operation)),
        Rights::Denied { sentence } => (FindingState::Fail, format!("may not {} {target}{who}: {sentence}", plan.operation)),
        Rights::NotAsked => (FindingState::Unknown, format!("not known{who}: {}", review.not_checked.join("; "))),
    }
}

fn ledger(world: &World) -> Finding {
    let finding = |name: &str, state, sentence: String| Finding::new(FindingKind::Ledger, name, state, sentence);
    let ledger = match &world.ledger {
        Ok(ledger) => ledger,
        Err(why) => return finding("-", FindingState::Warn, why.clone()),
    };
    let dir = ledger.chain_dirs().into_iter().next().unwrap_or_default();
    let name = crate::domain::text::DisplayText::new(&dir.display().to_string()).to_string();
    if let Some(why) = ledger.unwritable() {
        return finding(&name, FindingState::Fail, format!("can not be written, so nothing can be changed: {why}"));
    }
    match OsDisk.free(&dir) {
        Ok(free) if free < LITTLE => {
            finding(&name, FindingState::Warn, format!("writable, but only {} MiB are free", free >> 20))
        }
        Ok(free) => finding(&name, FindingState::Ok, format!("writable, {} MiB free", free >> 20)),
        Err(error) => finding(&name, FindingState::Unknown, format!("writable; how much is free is not known: {error}")),
    }
}

fn terminal() -> Vec<Finding> {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let set = |name: &str| std::env::var(name).ok();
    let name = crate::domain::text::DisplayText::new(&set("TERM").unwrap_or_else(|| "-".to_owned())).to_string();
    let finding = |state, sentence: String| vec![Finding::new(FindingKind::Terminal, &name, state, sentence)];
    match capability::detect(set, is_terminal, Wishes::default()) {
        Capability::NoScreen { why } => finding(FindingState::Warn, format!("no console here, only commands: {why}")),
        Capability::Screen { colour, glyphs, in_tmux } => {
            let colours = match colour {
                ColourDepth::None => "no colours",
                ColourDepth::Sixteen => "16 colours",
                ColourDepth::Full256 => "256 colours",
                ColourDepth::True => "true colour",
            };
            let signs = match glyphs {
                Glyphs::Unicode => "Unicode signs: these have to be one cell wide each: \u{25cf} \u{25b2} \u{2713} \u{2717}",
                Glyphs::Ascii => "ASCII signs (the locale names no UTF-8, or the terminal has no font for more)",
            };
            let tmux = if in_tmux { "; in tmux: `set -g set-clipboard on` for copies" } else { "" };
            finding(FindingState::Ok, format!("{colours}, {signs}{tmux}"))
        }
    }
}

/// Ports that the plan's queries name (`instance=~".+:9091"`), by the source that is asked.
fn ports(plan: &Plan) -> BTreeMap<SourceId, BTreeSet<u16>> {
    let mut named: BTreeMap<SourceId, BTreeSet<u16>> = BTreeMap::new();
    let gauges = plan.criteria.iter().map(|it| &it.gauge).chain(plan.triggers.iter().map(|it| &it.gauge));
    for gauge in gauges {
        let queries: Vec<&str> = match &gauge.kind {
            GaugeKind::Ratio { bad, total, .. } => vec![bad, total],
            GaugeKind::Relative { query, baseline: Baseline::Query(baseline), .. } => vec![query, baseline],
            GaugeKind::Value { query } | GaugeKind::Fact { query } | GaugeKind::Relative { query, .. } => vec![query],
            GaugeKind::Tenants { .. } | GaugeKind::Alerts { .. } => Vec::new(),
        };
        for port in queries.into_iter().flat_map(ports_in) {
            named.entry(gauge.source.clone()).or_default().insert(port);
        }
    }
    for alert in &plan.alerts {
        for port in alert.expr.iter().flat_map(|expr| ports_in(expr)) {
            named.entry(alert.source.clone()).or_default().insert(port);
        }
    }
    for ports in named.values_mut().filter(|ports| CONTESTED.iter().any(|port| ports.contains(port))) {
        ports.extend(CONTESTED);
    }
    named
}

/// Ports in label values of a query: a colon and four or five digits, up to the end of the value.
fn ports_in(query: &str) -> Vec<u16> {
    let values = query.split('"').skip(1).step_by(2);
    values
        .filter_map(|value| {
            let (_, tail) = value.rsplit_once(':')?;
            let digits = tail.trim_end_matches('$');
            (4..=5).contains(&digits.len()).then(|| digits.parse().ok()).flatten()
        })
        .collect()
}

/// Which job answers on each metric port that a plan names.
async fn metrics(world: &World) -> Vec<Finding> {
    let mut wanted: BTreeMap<SourceId, BTreeSet<u16>> = BTreeMap::new();
    for plan in world.plans.iter() {
        for (source, ports) in ports(plan) {
            wanted.entry(source).or_default().extend(ports);
        }
    }
    let mut findings = Vec::new();
    for (source, ports) in wanted {
        let Some(connection) = world.engine.connections().get(&source) else { continue };
        for port in ports {
            let question = Arc::new(Question {
                source: source.clone(),
                query: format!("up{{instance=~\".+:{port}\"}}").into(),
                sampled: None,
                at: None,
                points: 1,
                step: Duration::from_secs(60),
            });
            let answer = connection.source.read(std::slice::from_ref(&question)).await;
            let (state, sentence) = match answer {
                Err(error) => (FindingState::Unknown, format!("{source} does not answer: {error}")),
                Ok(updates) => jobs(&updates, &question),
            };
            findings.push(Finding::new(FindingKind::Metrics, &format!(":{port}"), state, sentence));
        }
    }
    findings
}

fn jobs(updates: &[SourceUpdate], question: &Arc<Question>) -> (FindingState, String) {
    let reading = updates.iter().find_map(|update| match update {
        SourceUpdate::Readings { readings, .. } => readings.iter().find(|reading| reading.question == *question),
        SourceUpdate::Rollouts { .. } | SourceUpdate::Health { .. } | SourceUpdate::Alerts(_) | SourceUpdate::Tenants(_) => None,
    });
    let Some(reading) = reading else { return (FindingState::Unknown, "was not answered".to_owned()) };
    let series: Vec<(&Labels, f64)> = match &reading.answer {
        Err(none) => return (FindingState::Unknown, none.words.to_string()),
        Ok(answer) => match &answer.value {
            Value::Series { labels, value } => vec![(labels, *value)],
            Value::Many(series) => series.iter().map(|(labels, value)| (labels, *value)).collect(),
            Value::Empty => Vec::new(),
            Value::Number(_) | Value::Truth(_) | Value::Text(_) | Value::OptedOut => {
                return (FindingState::Unknown, "was answered with something else than series".to_owned());
            }
        },
    };
    let named = |labels: &Labels| {
        let of = |wanted: &str| labels.iter().find(|(name, _)| name.as_str() == wanted).map(|(_, value)| value.to_string());
        format!("job {} at {}", of("job").unwrap_or_else(|| "-".to_owned()), of("instance").unwrap_or_else(|| "-".to_owned()))
    };
    let up: Vec<String> = series.iter().filter(|(_, value)| *value >= 1.0).map(|(labels, _)| named(labels)).collect();
    let down: Vec<String> =
        series.iter().filter(|(_, value)| *value < 1.0 || value.is_nan()).map(|(labels, _)| named(labels)).collect();
    match (up.as_slice(), down.as_slice()) {
        ([], []) => (FindingState::Warn, "no job scrapes it".to_owned()),
        ([], down) => (FindingState::Warn, format!("does not answer: {}", down.join(", "))),
        (up, []) => (FindingState::Ok, format!("answers: {}", up.join(", "))),
        (up, down) => (FindingState::Warn, format!("answers: {}; does not: {}", up.join(", "), down.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_what_ends_a_label_value() {
        assert_eq!(ports_in(r#"etl_lag{instance=~".+:9091"}"#), [9091]);
        assert_eq!(ports_in(r#"rate(x{instance="etl:9090$"}[5m:30s]) > 1000"#), [9090]);
        assert_eq!(ports_in(r#"x{job="etl:read:1"} - y offset 5m"#), Vec::<u16>::new());
        assert_eq!(ports_in("up"), Vec::<u16>::new());
    }
}
