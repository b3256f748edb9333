//! What a plan says of one rollout, for its detail page: the ladder, exit criteria, triggers, where a roll back leads.

use crate::{
    app::{
        gates::{self, verdict_at},
        role::Role,
        state::AppState,
    },
    domain::{
        evidence::{Assessment, Evaluation, TriggerState},
        plan::{Measure, Plan, Stage},
        quantity::{duration_in_words, number_in_words},
        rollout::Rollout,
        verdict::{Gates, Verdict},
    },
};

use super::{
    age::span_of_time,
    attention::trigger_word,
    gates::{score, soak_words, verdict_word},
    model::{Line, Section, Span},
    overview::{line, since},
    pages::section,
    spark::spark,
};

/// The sections of the plan; empty when none names the rollout.
#[must_use]
pub fn plan_sections(state: &AppState, rollout: &Rollout) -> Vec<Section> {
    let Some(assessment) = state.assessments.get(&rollout.id) else { return Vec::new() };
    let plan = gates::plan_of(state, assessment);
    let mut sections = Vec::new();
    if let Some(plan) = plan {
        let note = format!("{} {}", plan.title, plan.version).trim().to_owned();
        sections.push(section("Stages", note, ladder(state, plan, assessment, rollout)));
    }
    sections.push(criteria(state, assessment));
    sections.extend(other_gates(assessment));
    if !assessment.triggers.is_empty() {
        sections.push(triggers(state, assessment));
    }
    let target = plan
        .zip(assessment.standing.as_ref())
        .and_then(|(plan, at)| plan.stages.get(at.stage))
        .and_then(|stage| stage.roll_back_to.clone());
    if assessment.standing.is_some() {
        let text = target.map_or_else(
            || line(Role::Warn, "the plan names no roll back target for this stage"),
            |target| line(Role::Text, format!("roll back to: {target}")),
        );
        sections.push(section("Roll back", "never gated", vec![text]));
    }
    sections
}

/// Sentence under the page where the gates say no; `None` where they do not.
#[must_use]
pub fn blocked(state: &AppState, rollout: &Rollout) -> Option<Line> {
    match &state.assessments.get(&rollout.id)?.advance {
        Gates::Fail { sentence } => Some(line(Role::Fail, format!("advance is blocked: {sentence}"))),
        Gates::Undecided { sentence } => Some(line(Role::Unknown, format!("advance is blocked, undecided: {sentence}"))),
        Gates::NoPlan | Gates::Pass { .. } => None,
    }
}

fn measure(stage: &Stage) -> String {
    let percents = |list: &[f64]| list.iter().map(|share| number_in_words(*share)).collect::<Vec<_>>().join(" -> ");
    match &stage.measure {
        Measure::Percent(list) => format!("{} %", percents(list)),
        Measure::People { low, high } if low == high => format!("{low} people"),
        Measure::People { low, high } => format!("{low}-{high} people"),
        Measure::Share { of, percents: list } => format!("{} % of {of}", percents(list)),
        Measure::Count { of, low, high } if low == high => format!("{low} {of}"),
        Measure::Count { of, low, high } => format!("{low}-{high} {of}"),
    }
}

fn ladder(state: &AppState, plan: &Plan, assessment: &Assessment, rollout: &Rollout) -> Vec<Line> {
    let at = assessment.standing.as_ref();
    let mut lines: Vec<Line> = plan
        .stages
        .iter()
        .enumerate()
        .map(|(index, stage)| {
            let (sign, role) = match at {
                Some(at) if index < at.stage => ("✓", Role::Text),
                Some(at) if index == at.stage => (">", Role::Heading),
                Some(_) => (" ", Role::Idle),
                None => ("?", Role::Unknown),
            };
            let audience = stage.audience.as_deref().unwrap_or_default();
            let soak = stage.soak.map_or_else(String::new, |soak| format!("soak {}", duration_in_words(soak)));
            let text = format!("{sign} {:<12} {:<20} {soak:<10} {audience}", stage.id.as_str(), measure(stage));
            line(role, text.trim_end().to_owned())
        })
        .collect();
    let Some(at) = at else {
        lines.push(line(Role::Unknown, "the rollout stands at none of these stages"));
        return lines;
    };
    let here = plan.stages.get(at.stage);
    let subs = here.map_or(0, |stage| stage.weights.len());
    let mut parts = Vec::new();
    if subs > 1 {
        parts.push(format!("part {} of {subs}", at.sub_step + 1));
    }
    parts.push(match (at.since, rollout.step_hold().and_then(|hold| hold.since)) {
        (Some(began), _) => format!("in stage {}", span_of_time(since(state, began))),
        // The stage is as old as the hold that stands in it, or older.
        (None, Some(held)) => format!("in stage {} at least: its hold began then", span_of_time(since(state, held))),
        (None, None) => "since when is not known".to_owned(),
    });
    if here.is_some_and(|stage| stage.soak.is_some()) {
        parts.push(soak_words(state, at));
    }
    lines.push(line(Role::Text, format!("  {}", parts.join("   "))));
    if at.overdue {
        let most =
            here.and_then(|stage| stage.max).map_or_else(String::new, |max| format!(": at most {}", duration_in_words(max)));
        lines.push(line(Role::Warn, format!("  overdue{most}")));
    }
    lines
}

fn criteria(state: &AppState, assessment: &Assessment) -> Section {
    let lines: Vec<Line> = assessment.evaluations.iter().map(|evaluation| one(state, evaluation)).collect();
    let count = score(state, assessment).map_or_else(String::new, |(good, all)| format!(" {good}/{all}"));
    let oldest = assessment
        .evaluations
        .iter()
        .filter_map(|evaluation| evaluation.evidence.age.map(|age| age + since(state, evaluation.at)))
        .max();
    let note = oldest.map_or_else(String::new, |age| format!("measured {} ago or less", span_of_time(age)));
    let lines = if lines.is_empty() { vec![line(Role::Unknown, "the plan measures nothing here")] } else { lines };
    section(&format!("Exit criteria{count}"), note, lines)
}

fn one(state: &AppState, evaluation: &Evaluation) -> Line {
    let verdict = verdict_at(evaluation, state.now);
    let word = verdict_word(verdict);
    let evidence = &evaluation.evidence;
    let value = evidence.value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let mut rest = vec![evidence.window.map_or_else(String::new, duration_in_words)];
    rest.push(evidence.events.map_or_else(String::new, |(_, total)| format!("n={}", number_in_words(total))));
    match verdict {
        Verdict::Pass | Verdict::Warn | Verdict::Fail | Verdict::OffTarget | Verdict::Waived => {
            rest.push(evidence.baseline.map_or_else(String::new, |baseline| format!("baseline {baseline}")));
            rest.push(spark(&evidence.history.iter().map(|(_, value, _)| *value).collect::<Vec<_>>()));
        }
        Verdict::NoData | Verdict::TooFewSamples | Verdict::Stale | Verdict::NotDue | Verdict::Absent => {
            rest.push(evaluation.sentence.clone());
        }
    }
    rest.retain(|part| !part.is_empty());
    Line {
        indent: 0,
        spans: vec![
            Span { text: format!("{:<7}", word.word), role: word.role },
            Span { text: format!("{:<20} {value:<10} {:<9} ", evaluation.id.as_str(), evidence.rule), role: Role::Text },
            Span { text: rest.join("  "), role: Role::Text },
        ],
    }
}

/// Gates that are more than the criteria above: with manual items, or held by the order of sets.
fn other_gates(assessment: &Assessment) -> Option<Section> {
    let lines: Vec<Line> = assessment
        .gates
        .iter()
        .map(|gate| {
            let word = verdict_word(gate.verdict);
            let kind = match (gate.required, gate.applies) {
                (true, true) => "required",
                (true, false) => "later",
                (false, _) => "advisory",
            };
            Line {
                indent: 0,
                spans: vec![
                    Span { text: format!("{:<7}", word.word), role: word.role },
                    Span { text: format!("{:<20} {kind:<9} {}", gate.title, gate.sentence), role: Role::Text },
                ],
            }
        })
        .collect();
    (!lines.is_empty()).then(|| section("Gates", "3 lists them, w says why", lines))
}

fn triggers(state: &AppState, assessment: &Assessment) -> Section {
    let matched = assessment.triggers.iter().filter(|trigger| trigger.matched == Ok(true)).count();
    let note = assessment.proposed().map_or_else(
        || "none matches; none acts by itself".to_owned(),
        |trigger| format!("{matched} match, proposed: {}", trigger_word(trigger.action)),
    );
    section("Rollback triggers", note, assessment.triggers.iter().map(|trigger| trigger_line(state, trigger)).collect())
}

fn trigger_line(state: &AppState, trigger: &TriggerState) -> Line {
    let (word, role) = match trigger.matched {
        Ok(true) => ("MATCH", Role::Fail),
        Ok(false) => ("far", Role::Idle),
        Err(_) => ("NODATA", Role::Unknown),
    };
    let evidence = &trigger.evidence;
    let value = evidence.value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let window = evidence.window.map_or_else(String::new, |window| format!(" / {}", duration_in_words(window)));
    let how_near = match (trigger.matched, trigger.of_limit, trigger.since) {
        (Ok(true), _, Some(at)) => format!("MATCHED {}", span_of_time(since(state, at))),
        (Ok(true), _, None) => "MATCHED".to_owned(),
        (Ok(false), Some(share), _) =>
        // No space: a narrow column would break the line there.
        {
            format!("{share:.0}% of limit")
        }
        (Ok(false), None, _) => "does not match".to_owned(),
        (Err(_), _, _) => trigger.sentence.clone(),
    };
    let origin = trigger.origin.as_ref().map_or_else(String::new, |origin| format!("   {origin}"));
    // Under four fifths of the limit is far; above it is not.
    let near = trigger.matched == Ok(false) && trigger.of_limit.is_some_and(|share| share >= 80.0);
    let (word, role) = if near { ("NEAR", Role::Warn) } else { (word, role) };
    let what = format!("{} {}{window}", trigger.id, evidence.rule);
    Line {
        indent: 0,
        spans: vec![
            Span { text: format!("{word:<7}"), role },
            Span {
                text: format!("{what:<30} {:<10} {value:<10} {how_near}{origin}", trigger_word(trigger.action).to_lowercase()),
                role: Role::Text,
            },
        ],
    }
}
