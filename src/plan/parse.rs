//! From a plan's text to `domain::plan::Plan`: all of it, or every mistake in it.

use std::path::Path;

use toml::de::DeTable;

use super::{
    bounds::interval,
    cross,
    gauge::{self, Needs, decides, fits, gauge, rule},
    gauge_keys::ACTIONS,
    keys::{ALERTS, CRITERIA, GATES, ITEMS, PLAN, RELEASE_KINDS, ROLLOUTS, SEVERITIES, STAGES, TABLES, TRIGGERS},
    ladder,
    load::Known,
    quantities,
    reading::{Block, Reading, Refers},
};
use crate::{
    config::{
        document::{Document, document},
        problem::{ConfigError, suggest},
    },
    domain::{
        alert::Severity,
        plan::{
            Criterion, ExpectedAlert, Gate, GaugeKind, Item, Plan, PlanName, ReleaseKind, Repeat, Subject, Trigger, TriggerAction,
        },
        quantity::{Bound, Rule},
    },
};

/// Reads the text of a plan file. `origin` is its path: it stands in messages and in the plan.
///
/// # Errors
/// Every mistake found. A file that is no TOML reports only what is wrong with its TOML.
pub fn parse(text: &str, origin: &Path, known: Known<'_>) -> Result<Plan, ConfigError> {
    let Document { table, problems, is_broken } = document(text);
    if is_broken {
        return Err(ConfigError::new(origin, text, problems));
    }
    let mut reading = Reading { text, problems, mentions: Vec::new() };
    let plan = whole(&mut reading, table.get_ref(), origin, known);
    match plan {
        Some(plan) if reading.problems.is_empty() => Ok(plan),
        Some(_) | None => Err(ConfigError::new(origin, text, reading.problems)),
    }
}

fn whole(reading: &mut Reading<'_>, document: &DeTable<'_>, origin: &Path, known: Known<'_>) -> Option<Plan> {
    let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    for key in document.keys().filter(|key| !names.contains(&key.get_ref().as_ref())) {
        let home = TABLES.iter().find(|table| table.key(key.get_ref()).is_some());
        let next = match home {
            Some(table) => format!("`{}` belongs under {}", key.get_ref(), table.head()),
            None => suggest(key.get_ref(), "a plan has the tables", &names),
        };
        reading.push(key.span(), format!("unknown key `{}`", key.get_ref()), next);
    }
    let head = reading.blocks(document, &PLAN).into_iter().next();
    if head.is_none() && !document.contains_key(PLAN.name) {
        reading.push(0..0, "there is no [plan]", "begin with [plan], id, title and version");
    }
    let head = head.and_then(|block| plan(reading, &block));
    let subjects = reading.blocks(document, &ROLLOUTS).iter().filter_map(|block| subject(reading, block)).collect();
    let stages: Vec<_> = reading.blocks(document, &STAGES).iter().filter_map(|block| ladder::stage(reading, block)).collect();
    let criteria = reading.blocks(document, &CRITERIA).iter().filter_map(|block| criterion(reading, block, known)).collect();
    let gates = reading.blocks(document, &GATES).iter().filter_map(|block| gate(reading, block)).collect();
    let triggers = reading.blocks(document, &TRIGGERS).iter().filter_map(|block| trigger(reading, block, known)).collect();
    let alerts = reading.blocks(document, &ALERTS).iter().filter_map(|block| alert(reading, block, known)).collect();
    cross::within(reading, document, &stages);
    let Plan { id, title, version, owner, restates, zone, sets, .. } = head?;
    Some(Plan {
        id,
        title,
        version,
        owner,
        file: origin.to_path_buf(),
        restates,
        zone,
        subjects,
        stages,
        criteria,
        sets,
        gates,
        triggers,
        alerts,
    })
}

/// The head of a plan, without what its other tables say.
fn plan(reading: &mut Reading<'_>, block: &Block<'_>) -> Option<Plan> {
    reading.unknown_keys(block);
    let id = reading.id(block);
    let title = reading.text(block, "title");
    let version = reading.text(block, "version");
    let owner = reading.text(block, "owner").map(|(owner, _)| owner);
    let restates = reading.text(block, "restates").map(|(document, _)| document);
    let zone = reading.parsed(block, "zone", |name| {
        let next = "write its IANA name: \"America/Los_Angeles\", \"Europe/Berlin\"; leave it out for UTC";
        name.parse::<chrono_tz::Tz>().map_err(|_| quantities::Wrong::new(format!("\"{name}\" is no time zone"), next))
    });
    let mut sets = Vec::new();
    for (set, span) in reading.texts(block, "sets").unwrap_or_default() {
        sets.extend(reading.name(&set, &span));
    }
    Some(Plan {
        id: id?.0,
        title: title?.0,
        version: version?.0,
        owner,
        file: std::path::PathBuf::new(),
        restates,
        zone,
        subjects: Vec::new(),
        stages: Vec::new(),
        criteria: Vec::new(),
        sets,
        gates: Vec::new(),
        triggers: Vec::new(),
        alerts: Vec::new(),
    })
}

fn subject(reading: &mut Reading<'_>, block: &Block<'_>) -> Option<Subject> {
    reading.unknown_keys(block);
    let rollout = reading.text(block, "rollout");
    let kind = reading.one_of(block, "kind", RELEASE_KINDS);
    let (rollout, span) = rollout?;
    let parts: Vec<&str> = rollout.split('/').collect();
    if parts.len() > 4 || parts.iter().any(|part| part.is_empty() || part.chars().any(char::is_whitespace)) {
        let next = "write source/namespace/name, or the end of it: \"k8s/shop/checkout\", \"checkout\"";
        reading.push(span, format!("\"{rollout}\" cannot name a rollout"), next);
        return None;
    }
    let kind = if kind? == 0 { ReleaseKind::Exposure } else { ReleaseKind::Deployment };
    Some(Subject { rollout, kind, line: reading.line(span.start) })
}

fn criterion(reading: &mut Reading<'_>, block: &Block<'_>, known: Known<'_>) -> Option<Criterion> {
    reading.unknown_keys(block);
    let id = reading.id(block);
    let title = reading.text(block, "title").map(|(title, _)| title);
    let gauge = gauge(reading, block, known);
    let pass = rule(reading, block, "pass");
    let warn = rule(reading, block, "warn");
    let fail = rule(reading, block, "fail");
    let repeat = repeat(reading, block);
    let due = if block.has("due") { reading.parsed(block, "due", gauge::due) } else { None };
    let owner = reading.text(block, "owner").map(|(owner, _)| owner);
    let optional = reading.flag(block, "optional");
    let gauge = gauge?;
    let pass = match pass {
        Some((rule, span)) => {
            let fitting = fits(reading, &gauge, "pass", &rule, &span);
            if fitting {
                decides(reading, &gauge, "pass", &rule, &span);
            }
            fitting.then_some(rule)
        }
        None => target(reading, block, &gauge.kind),
    };
    let warn = warn.filter(|(rule, span)| fits(reading, &gauge, "warn", rule, span));
    let fail = fail.filter(|(rule, span)| fits(reading, &gauge, "fail", rule, span));
    let pass = pass?;
    apart(reading, &pass, warn.as_ref(), fail.as_ref());
    let (id, span) = id?;
    Some(Criterion {
        id,
        line: reading.line(span.start),
        title,
        gauge,
        pass,
        warn: warn.map(|(rule, _)| rule),
        fail: fail.map(|(rule, _)| rule),
        repeat,
        due,
        owner,
        optional,
    })
}

/// The target of kinds that have only one: every tenant green, no alert firing. Others have to say it.
fn target(reading: &mut Reading<'_>, block: &Block<'_>, kind: &GaugeKind) -> Option<Rule> {
    if block.has("pass") {
        return None;
    }
    let text = match kind {
        GaugeKind::Tenants { .. } => "every tenant green",
        GaugeKind::Alerts { .. } => "no such alert fires",
        GaugeKind::Value { .. } | GaugeKind::Ratio { .. } | GaugeKind::Relative { .. } | GaugeKind::Fact { .. } => {
            let example = if matches!(kind, GaugeKind::Fact { .. }) { "true" } else { "\"< 1 %\"" };
            reading.push(block.span.clone(), format!("{} has no `pass`", block.title), format!("add a line: pass = {example}"));
            return None;
        }
    };
    Some(Rule { bound: Bound::Is(true), text: text.to_owned() })
}

/// `fail` lies outside of `pass`; `warn` overlaps it and is not all of it.
fn apart(
    reading: &mut Reading<'_>,
    pass: &Rule,
    warn: Option<&(Rule, std::ops::Range<usize>)>,
    fail: Option<&(Rule, std::ops::Range<usize>)>,
) {
    if let Bound::Is(truth) = pass.bound {
        for (name, rule) in [("warn", warn), ("fail", fail)] {
            if let Some((_, span)) = rule {
                let next = format!("remove `{name}`: what is not {truth} fails, and what is not known is no data");
                reading.push(span.clone(), format!("a truth has no `{name}`"), next);
            }
        }
        return;
    }
    let Some(target) = interval(pass) else { return };
    if let Some((rule, span)) = fail
        && interval(rule).is_some_and(|fail| fail.meet(target).is_some())
    {
        let what = format!("`fail` {} lies inside of `pass` {}", rule.text, pass.text);
        reading.push(span.clone(), what, "write a bound outside of the target: between the two it is off target");
    }
    if let Some((rule, span)) = warn {
        let warn = interval(rule);
        if warn.is_some_and(|warn| warn.meet(target).is_none()) {
            let what = format!("`warn` {} lies outside of `pass` {}", rule.text, pass.text);
            reading.push(
                span.clone(),
                what,
                "write a bound inside of the target; outside of it the criterion does not pass anyway",
            );
        } else if warn.is_some_and(|warn| warn.covers(target)) {
            let what = format!("`warn` {} is all of `pass` {}", rule.text, pass.text);
            reading.push(span.clone(), what, "write a bound that leaves something to pass");
        }
    }
}

fn repeat(reading: &mut Reading<'_>, block: &Block<'_>) -> Repeat {
    reading.parsed(block, "repeat", quantities::repeat).unwrap_or(Repeat::ONCE)
}

fn gate(reading: &mut Reading<'_>, block: &Block<'_>) -> Option<Gate> {
    reading.unknown_keys(block);
    let id = reading.id(block);
    let title = reading.text(block, "title");
    let set = reading.text(block, "set").map(|(set, span)| {
        let set = PlanName::new(&set);
        reading.mentions.push(super::reading::Mention { to: Refers::Set, name: set.clone(), span, title: block.title.clone() });
        set
    });
    let required = reading.flag(block, "required");
    let stages = reading.mentions(block, "stages", Refers::Stage);
    let criteria = reading.mentions(block, "criteria", Refers::Criterion);
    let items: Vec<Item> = reading.blocks(block.table, &ITEMS).iter().filter_map(|block| item(reading, block)).collect();
    let listed =
        |name: &str| block.table.get(name).and_then(|list| list.get_ref().as_array()).is_some_and(|list| !list.is_empty());
    if !listed("criteria") && !listed("items") {
        let what = format!("{} holds nothing", block.title);
        reading.push(block.span.clone(), what, "name a criterion or an item: an empty gate would always pass");
    }
    let (id, span) = id?;
    Some(Gate { id, line: reading.line(span.start), title: title?.0, set, required, stages, criteria, items })
}

fn item(reading: &mut Reading<'_>, block: &Block<'_>) -> Option<Item> {
    reading.unknown_keys(block);
    let id = reading.id(block);
    let title = reading.text(block, "title");
    let owner = reading.text(block, "owner").map(|(owner, _)| owner);
    let valid_for = reading.duration(block, "valid_for");
    let (id, span) = id?;
    Some(Item { id, line: reading.line(span.start), title: title?.0, owner, valid_for })
}

fn trigger(reading: &mut Reading<'_>, block: &Block<'_>, known: Known<'_>) -> Option<Trigger> {
    reading.unknown_keys(block);
    let id = reading.id(block);
    let origin = reading.text(block, "origin").map(|(origin, _)| origin);
    let gauge = gauge(reading, block, known);
    let when = rule(reading, block, "when");
    let repeat = repeat(reading, block);
    let action = reading.one_of(block, "action", ACTIONS);
    let stages = reading.mentions(block, "stages", Refers::Stage);
    let (gauge, (when, at)) = (gauge?, when?);
    if !fits(reading, &gauge, "when", &when, &at) {
        return None;
    }
    decides(reading, &gauge, "when", &when, &at);
    let action = match action? {
        0 => TriggerAction::Notify,
        1 => TriggerAction::Gradual,
        2 => TriggerAction::Immediate,
        _ => TriggerAction::Emergency,
    };
    let (id, span) = id?;
    Some(Trigger { id, line: reading.line(span.start), origin, gauge, when, repeat, action, stages })
}

fn alert(reading: &mut Reading<'_>, block: &Block<'_>, known: Known<'_>) -> Option<ExpectedAlert> {
    reading.unknown_keys(block);
    let name = reading.text(block, "name");
    let source = gauge::source(reading, block, known, Some(Needs::Alerts));
    let severity = reading.one_of(block, "severity", SEVERITIES).and_then(|at| SEVERITIES.get(at));
    let held = reading.duration(block, "for");
    let expr = reading.text(block, "expr").map(|(expr, _)| expr);
    let (name, span) = name?;
    Some(ExpectedAlert { name, line: reading.line(span.start), source: source?, severity: Severity::of(severity?), held, expr })
}
