//! Row 2: what needs a person now, in one sentence (ux.md 3.1 rule 1), and the next moment that will.

use std::fmt::Write as _;

use crate::{
    app::{
        gates::{self, GateKey, Judged},
        list,
        problems::{self, Problem},
        role::Role,
        state::AppState,
        tenants, zone,
    },
    domain::{
        Timestamp,
        evidence::Assessment,
        freshness::Freshness,
        plan::{GaugeKind, TriggerAction},
        verdict::{Gates, Verdict},
    },
};

use super::{
    age::span_of_time,
    model::Attention,
    overview::{step_words, trouble},
    tenants::named_with_matter,
};

/// What needs a person now: in doubt, emergency trigger, blind, another trigger, a failing gate, waiting, failing pods.
#[must_use]
pub fn attention(state: &AppState) -> Attention {
    if let Some(record) = state.book.in_doubt.first() {
        let since = span_of_time((state.now - record.since).to_std().unwrap_or_default());
        let count = state.book.in_doubt.len();
        let plural = if count == 1 { "1 ACTION IN DOUBT".to_owned() } else { format!("{count} ACTIONS IN DOUBT") };
        return Attention {
            role: Role::Fail,
            sentence: format!("{plural}  {} {} by {}, since {since}", record.operation, record.target.name, record.who),
            short: String::new(),
            everywhere: true,
            target: Some(Problem::Rollout(record.target.clone())),
        };
    }
    if let Some(why) = &state.book.unwritable {
        return Attention {
            role: Role::Fail,
            sentence: format!("NOTHING CAN BE SENT  the ledger can not be written: {why}"),
            short: String::new(),
            everywhere: true,
            target: None,
        };
    }
    let proposed = triggered(state);
    proposed
        .filter(|(action, _)| *action == TriggerAction::Emergency)
        .map(|(_, assessment)| trigger(assessment))
        .or_else(|| blind(state))
        .or_else(|| proposed.map(|(_, assessment)| trigger(assessment)))
        .or_else(|| failing_gate(state))
        .unwrap_or_else(|| at_work(state))
}

/// The most severe trigger that matches, over all rollouts.
fn triggered(state: &AppState) -> Option<(TriggerAction, &Assessment)> {
    let matching = state.assessments.values().filter_map(|assessment| Some((assessment.proposed()?.action, &**assessment)));
    matching.max_by(|(a, left), (b, right)| a.cmp(b).then_with(|| right.target.cmp(&left.target)))
}

/// How hard a trigger asks, in capitals.
#[must_use]
pub fn trigger_word(action: TriggerAction) -> &'static str {
    match action {
        TriggerAction::Notify => "LOOK",
        TriggerAction::Gradual => "STEP DOWN",
        TriggerAction::Immediate => "ROLL BACK",
        TriggerAction::Emergency => "EMERGENCY",
    }
}

fn trigger(assessment: &Assessment) -> Attention {
    let name = &assessment.target.name;
    let sentence = assessment.proposed().map_or_else(String::new, |trigger| {
        format!(
            "{}  {name}: trigger {} matches: {}; B opens the form",
            trigger_word(trigger.action),
            trigger.id,
            trigger.sentence
        )
    });
    Attention {
        role: Role::Fail,
        sentence,
        short: String::new(),
        everywhere: false,
        target: Some(Problem::Rollout(assessment.target.clone())),
    }
}

/// The worst gate that holds an advance back. Where tenants are what it measures, the tenant that fails is where `.` goes.
fn failing_gate(state: &AppState) -> Option<Attention> {
    let key = state.gates.roster.order.iter().find(|key| state.gates.rows.get(key).is_some_and(holds));
    // A filter may hide it from the list, never from here.
    let key = key.or_else(|| state.gates.rows.iter().filter(|(_, row)| holds(row)).map(|(key, _)| key).min())?;
    let row = state.gates.rows.get(key)?;
    let evaluation = row.evaluation()?;
    let failing = state.gates.rows.values().filter(|row| holds(row)).count();
    let mut sentence = format!(
        "NEEDS YOU  gate {} {} on {}: {}",
        evaluation.id,
        gates::word_of(row.verdict),
        row.assessment.target.name,
        evaluation.sentence
    );
    more(&mut sentence, failing - 1, 0);
    let tenant = measures_tenants(state, row, key).then(|| problems::failing_tenants(state).next()).flatten();
    let matter = match (&tenant, evaluation.evidence.value) {
        (Some(Problem::Tenant(key)), _) => tenants::find(state, key).map(|tenant| match tenant.rows {
            Some(rows) if rows < 0 => format!("{} rows {rows}", tenant.id.display()),
            _ => named_with_matter(tenant),
        }),
        (_, Some(value)) => Some(format!("{value}, rule {}", evaluation.evidence.rule)),
        (_, None) => None,
    };
    let mut short = matter.map_or_else(String::new, |matter| {
        let (word, name) = (gates::word_of(row.verdict), &row.assessment.target.name);
        format!("NEEDS YOU  gate {} {word} on {name}: {matter}", evaluation.id)
    });
    if !short.is_empty() {
        more(&mut short, failing - 1, 0);
    }
    Some(Attention {
        role: Role::Fail,
        sentence,
        short,
        everywhere: false,
        target: Some(tenant.unwrap_or_else(|| Problem::Gate(key.clone()))),
    })
}

fn holds(row: &Judged) -> bool {
    row.required && matches!(row.verdict, Verdict::Fail | Verdict::OffTarget)
}

fn measures_tenants(state: &AppState, row: &Judged, key: &GateKey) -> bool {
    let GateKey::Criterion { id, .. } = key else { return false };
    gates::plan_of(state, &row.assessment)
        .and_then(|plan| plan.criterion(id))
        .is_some_and(|criterion| matches!(criterion.gauge.kind, GaugeKind::Tenants { .. }))
}

fn blind(state: &AppState) -> Option<Attention> {
    let silent: Vec<String> = state
        .sources
        .iter()
        .filter_map(|source| match source.freshness(state.since_boot) {
            Freshness::Live | Freshness::Never => None,
            Freshness::Stale { age } => Some(format!("{} {}", source.info.id, span_of_time(age))),
            Freshness::Lost { why, .. } => {
                let age = source.health.age(state.since_boot).map_or_else(|| "never read".to_owned(), span_of_time);
                Some(format!("{} {age} ({why})", source.info.id))
            }
        })
        .collect();
    (!silent.is_empty()).then(|| Attention {
        role: Role::Unknown,
        sentence: format!("BLIND  {} of {} sources silent: {}", silent.len(), state.sources.len(), silent.join(", ")),
        short: String::new(),
        everywhere: true,
        target: None,
    })
}

fn at_work(state: &AppState) -> Attention {
    let work = state.list.work;
    if let Some(rollout) = work.longest.and_then(|row| state.at(row)) {
        let mut sentence = format!("NEEDS YOU  {} waits for you", rollout.id.name);
        if let Some(step) = step_words(rollout) {
            let _ = write!(sentence, " at step {step}");
        }
        if let Some(weight) = rollout.weight.set {
            let _ = write!(sentence, " ({weight} %)");
        }
        if let Some(since) = list::waits_since(rollout) {
            let _ = write!(sentence, " since {}", span_of_time((state.now - since).to_std().unwrap_or_default()));
        }
        match state.assessments.get(&rollout.id).map(|assessment| &assessment.advance) {
            Some(Gates::Pass { .. }) => sentence.push_str(", its gates pass"),
            Some(Gates::Undecided { .. }) => sentence.push_str(", its gates are undecided"),
            Some(Gates::Fail { .. }) => sentence.push_str(", a gate fails"),
            Some(Gates::NoPlan) | None => {}
        }
        more(&mut sentence, work.waiting.saturating_sub(1), work.failing);
        let target = Some(Problem::Rollout(rollout.id.clone()));
        return Attention { role: Role::Warn, sentence, short: String::new(), everywhere: false, target };
    }
    if let Some(rollout) = work.first_failing.and_then(|row| state.at(row)) {
        let why = trouble(rollout);
        let why = if why.is_empty() { rollout.message.to_string() } else { why };
        let mut sentence = format!("FAILING  {}: {why}", rollout.id.name);
        more(&mut sentence, 0, work.failing.saturating_sub(1));
        let target = Some(Problem::Rollout(rollout.id.clone()));
        return Attention { role: Role::Fail, sentence, short: String::new(), everywhere: false, target };
    }
    let sentence = if state.sources.is_empty() {
        "no source is configured: cutover config path says where the file goes".to_owned()
    } else if let Some(source) = state.sources.iter().find(|source| source.info.tells.rollouts && !source.listed) {
        format!("reading {}: nothing is known yet", source.info.id)
    } else {
        return Attention { role: Role::Text, sentence: "nothing waits for you".to_owned(), ..Attention::default() };
    };
    Attention { role: Role::Unknown, sentence, ..Attention::default() }
}

fn more(sentence: &mut String, waiting: usize, failing: usize) {
    if waiting > 0 {
        let _ = write!(sentence, "; {waiting} more");
    }
    if failing > 0 {
        let _ = write!(sentence, "; {failing} failing");
    }
}

/// The next moment that will need a person: the first soak that ends. `checkout 50 % at 03:42Z, in 41m`.
#[must_use]
pub fn next_moment(state: &AppState) -> Option<String> {
    let ends = |assessment: &Assessment| assessment.standing.as_ref()?.soak_ends.filter(|ends| *ends > state.now);
    let (at, assessment): (Timestamp, _) = state
        .assessments
        .values()
        .filter_map(|assessment| Some((ends(assessment)?, assessment)))
        .min_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.target.cmp(&right.target)))?;
    let next = state.rollout(&assessment.target).and_then(|rollout| rollout.next_weight());
    let next = next.map_or_else(|| "soak ends".to_owned(), |next| format!("{next} %"));
    let left = (at - state.now).to_std().unwrap_or_default();
    // By the minute: a line that counts seconds costs a slow terminal more than all the rest.
    let minutes = std::time::Duration::from_secs(left.as_secs().div_ceil(60) * 60);
    let left = span_of_time(minutes);
    let left = left.strip_suffix("00s").unwrap_or(&left);
    Some(format!("{} {next} at {}, in {left}", assessment.target.name, zone::minutes(state, at)))
}
