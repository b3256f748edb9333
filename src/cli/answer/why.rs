//! `why ID --json`: the sentence, and what it rests on.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    SCHEMA, gates,
    gates::verdict_word,
    moment::{Moment, in_words, seconds, since},
    status::{RolloutSeen, StatusInput},
    verdict::{VerdictState, verdict_of_one},
};
use crate::domain::{Timestamp, freshness::Freshness, rollout::Rollout};

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "cutover why ID --json")]
pub struct Why {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub id: String,
    pub sentence: String,
    pub verdict: VerdictState,
    pub evidence: Vec<Evidence>,
}

/// One fact that the sentence rests on.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    /// What kind of fact.
    pub what: EvidenceKind,
    pub sentence: String,
    /// Since when it is so; null when the system does not tell.
    pub since: Option<Moment>,
    pub source: String,
    /// Age of the source's last answer.
    pub age_s: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    Source,
    Phase,
    Step,
    Hold,
    Pod,
    Analysis,
    /// What the plan's gates and criteria say.
    Gate,
    /// A rollback condition of the plan that matches.
    Trigger,
    Owner,
    Operation,
    Action,
}

impl EvidenceKind {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Phase => "phase",
            Self::Step => "step",
            Self::Hold => "hold",
            Self::Pod => "pod",
            Self::Analysis => "analysis",
            Self::Gate => "gate",
            Self::Trigger => "trigger",
            Self::Owner => "owner",
            Self::Operation => "can do",
            Self::Action => "action",
        }
    }
}

/// One fact: its kind, its sentence, and since when it is so.
type Fact = (EvidenceKind, String, Option<Timestamp>);

/// Why this rollout stands where it stands.
#[must_use]
pub fn why(seen: &RolloutSeen, input: &StatusInput) -> Why {
    let rollout = &*seen.rollout;
    let (verdict, sentence) = verdict_of_one(seen, input);
    let mut facts: Vec<Fact> = Vec::new();
    facts.push((EvidenceKind::Source, source_fact(rollout, input), None));
    if let Some(seen) = input.source(&rollout.id.source) {
        facts.extend(seen.health.partial.iter().map(|part| (EvidenceKind::Source, format!("not readable: {part}"), None)));
    }
    facts.push((EvidenceKind::Phase, phase_fact(rollout), rollout.changed_at));
    if let Some(fact) = step_fact(rollout) {
        facts.push((EvidenceKind::Step, fact, rollout.position.as_ref().and_then(|position| position.entered_at)));
    }
    hold_facts(rollout, input.now, &mut facts);
    pod_facts(rollout, &mut facts);
    analysis_facts(rollout, &mut facts);
    gate_facts(seen, input, &mut facts);
    if let Some(owner) = &rollout.owner {
        facts.push((EvidenceKind::Owner, format!("{} {} owns it and may put changes back", owner.kind, owner.name), None));
    }
    for open in input.book.iter().flat_map(|book| book.in_doubt.iter().chain(&book.in_flight).chain(&book.accepted)) {
        if open.target == rollout.id {
            let state = open.outcome.map_or(if open.owner_alive { "in flight" } else { "in doubt" }, |outcome| outcome.title());
            facts.push((
                EvidenceKind::Action,
                format!("{} by {}: {state} ({})", open.operation, open.who, open.id),
                Some(open.since),
            ));
        }
    }
    for (operation, result) in &seen.operations {
        let sentence = match result {
            Ok(offer) if offer.warnings.is_empty() => format!("{operation}: possible"),
            Ok(offer) => format!("{operation}: possible; {}", offer.warnings.join("; ")),
            Err(refusal) => format!("{operation}: no: {}", refusal.sentence),
        };
        facts.push((EvidenceKind::Operation, sentence, None));
    }
    let age_s = input.age(&rollout.id.source).map(seconds);
    Why {
        schema: SCHEMA,
        id: rollout.id.to_string(),
        sentence,
        verdict,
        evidence: facts
            .into_iter()
            .map(|(what, sentence, since)| Evidence {
                what,
                sentence,
                since: since.map(Moment::from),
                source: rollout.id.source.to_string(),
                age_s,
            })
            .collect(),
    }
}

fn gate_facts(seen: &RolloutSeen, input: &StatusInput, facts: &mut Vec<Fact>) {
    let Some(assessment) = input.assessment(&seen.rollout.id) else {
        if !input.plans.is_empty() {
            facts.push((EvidenceKind::Gate, "no plan judges this".to_owned(), None));
        }
        return;
    };
    let (word, sentence) = gates::advance(assessment);
    let stage = assessment.standing.as_ref().map_or_else(|| "no stage".to_owned(), |standing| format!("stage {}", standing.id));
    let since = assessment.standing.as_ref().and_then(|standing| standing.since);
    facts.push((EvidenceKind::Gate, format!("{stage} of {}: {}: {sentence}", assessment.plan, word.word()), since));
    for item in gates::items_of(assessment, input) {
        let counts = if item.required { "" } else { ", does not hold the next advance" };
        let sentence = format!("{}: {}: {} ({}{counts})", item.id, verdict_word(item.verdict), item.why, item.place);
        facts.push((EvidenceKind::Gate, sentence, None));
    }
    for trigger in assessment.triggers.iter().filter(|trigger| trigger.matched == Ok(true)) {
        let sentence = format!("{} matches: {} ({})", trigger.id, trigger.sentence, trigger.evidence.place);
        facts.push((EvidenceKind::Trigger, sentence, trigger.since));
    }
}

fn source_fact(rollout: &Rollout, input: &StatusInput) -> String {
    let source = &rollout.id.source;
    let age = input.age(source).map(|age| format!(", read {} ago", in_words(age))).unwrap_or_default();
    match input.freshness(source) {
        Freshness::Lost { why, .. } => format!("{source} is lost{age}: {why}"),
        known @ (Freshness::Live | Freshness::Stale { .. } | Freshness::Never) => format!("{source} is {}{age}", known.word()),
    }
}

fn phase_fact(rollout: &Rollout) -> String {
    let mut fact = format!("{} ({})", rollout.phase.word(), rollout.message);
    if rollout.message.is_empty() {
        rollout.phase.word().clone_into(&mut fact);
    }
    if !rollout.observed {
        fact.push_str("; the controller has not seen the newest spec");
    }
    if rollout.invalid {
        fact.push_str("; the control plane calls the spec invalid");
    }
    fact
}

fn step_fact(rollout: &Rollout) -> Option<String> {
    let position = rollout.position.as_ref()?;
    let set = rollout.weight.set.map_or_else(|| "unknown".to_owned(), |weight| format!("{weight} %"));
    let actual = rollout.weight.actual.map_or_else(|| "unknown".to_owned(), |weight| format!("{weight} %"));
    if position.index >= position.count {
        return Some(format!("past the last of {} steps, weight set {set}, actual {actual}", position.count));
    }
    let label =
        usize::try_from(position.index).ok().and_then(|index| rollout.steps.get(index)).map(|step| format!(" ({})", step.label));
    Some(format!(
        "step {}/{}{}, weight set {set}, actual {actual}",
        position.index.saturating_add(1),
        position.count,
        label.unwrap_or_default()
    ))
}

fn pod_facts(rollout: &Rollout, facts: &mut Vec<Fact>) {
    let Some(pods) = &rollout.pods.not_ready else {
        facts.push((EvidenceKind::Pod, "pods could not be read".to_owned(), None));
        return;
    };
    for pod in pods {
        let message = if pod.message.is_empty() { String::new() } else { format!(": {}", pod.message) };
        facts.push((EvidenceKind::Pod, format!("{} is not ready: {}{message}", pod.name, pod.reason), pod.since));
    }
}

fn hold_facts(rollout: &Rollout, now: Timestamp, facts: &mut Vec<Fact>) {
    for hold in &rollout.holds {
        let end = match hold.until {
            Some(until) if until > now => format!(", ends by itself in {}", since(now, until)),
            Some(_) => ", its time has elapsed".to_owned(),
            None => String::new(),
        };
        let person = if hold.needs_person { ", needs a person" } else { "" };
        facts.push((EvidenceKind::Hold, format!("{} ({}){end}{person}", hold.cause.word(), hold.native), hold.since));
    }
}

fn analysis_facts(rollout: &Rollout, facts: &mut Vec<Fact>) {
    for analysis in &rollout.analysis {
        let value = analysis.value.as_ref().map_or_else(|| "no measurement yet".to_owned(), |value| format!("value {value}"));
        let rule = analysis.rule.as_ref().map(|rule| format!(", must be {rule}")).unwrap_or_default();
        let limit = analysis.failure_limit.map(|limit| format!(" of {limit} allowed")).unwrap_or_default();
        let message = if analysis.message.is_empty() { String::new() } else { format!("; {}", analysis.message) };
        facts.push((
            EvidenceKind::Analysis,
            format!("{}: {}, {value}{rule}, {} failed{limit}{message}", analysis.metric, analysis.phase, analysis.failed),
            analysis.measured_at,
        ));
    }
}
