//! A plan as text, for people: what it judges, where it is strict, and where in the file each line of it stands.

use std::fmt::Write as _;

use crate::domain::{
    plan::{Criterion, GaugeKind, Measure, Plan, ReleaseKind, Repeat, Stage, TriggerAction},
    quantity::{duration_in_words, number_in_words},
    text::DisplayText,
};

/// The whole plan. Every text of the file is cleaned.
#[must_use]
pub fn show(plan: &Plan) -> String {
    let mut text = String::new();
    let place = plan.file_name();
    let _ = writeln!(text, "{}  {}  version {}  {}", plan.id, plan.title, plan.version, plan.file.display());
    if let Some(owner) = &plan.owner {
        let _ = writeln!(text, "owner {owner}");
    }
    if let Some(zone) = plan.zone {
        let _ = writeln!(text, "times of its own in {}; t on the screen shows them", zone.name());
    }
    for subject in &plan.subjects {
        let kind = match subject.kind {
            ReleaseKind::Deployment => "deployment",
            ReleaseKind::Exposure => "exposure",
        };
        let _ = writeln!(text, "judges {} ({kind})", subject.rollout);
    }
    if !plan.stages.is_empty() {
        let _ = writeln!(text, "\nSTAGES");
    }
    for stage in &plan.stages {
        stage_lines(&mut text, plan, stage, &place);
    }
    let _ = writeln!(text, "\nGATES");
    for gate in &plan.gates {
        let set = gate.set.as_ref().and_then(|set| Some((plan.sets.iter().position(|known| known == set)? + 1, set)));
        let set = set.map(|(at, set)| format!(", set {at}/{} {set}", plan.sets.len())).unwrap_or_default();
        let only = if gate.stages.is_empty() { String::new() } else { format!(", only in {}", names(&gate.stages)) };
        let required = if gate.required { "required" } else { "advisory" };
        let _ = writeln!(text, "{}  {}  ({required}{set}{only})  {place}:{}", gate.id, gate.title, gate.line);
        for name in &gate.criteria {
            criterion_line(&mut text, plan.criterion(name), &place);
        }
        for item in &gate.items {
            let owner = item.owner.as_ref().map(|owner| format!("  {owner}")).unwrap_or_default();
            let _ = writeln!(text, "  [ ] {}  {}{owner}  {place}:{}", item.id, item.title, item.line);
        }
    }
    triggers(&mut text, plan, &place);
    text.lines().fold(String::new(), |mut clean, line| {
        let _ = writeln!(clean, "{}", DisplayText::new(line));
        clean
    })
}

fn names(names: &[crate::domain::plan::PlanName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// How large a stage is, in words.
#[must_use]
pub fn measure(measure: &Measure) -> String {
    let percents = |percents: &[f64]| {
        percents.iter().map(|percent| format!("{} %", number_in_words(*percent))).collect::<Vec<_>>().join(" > ")
    };
    let heads = |low: &u64, high: &u64, of: &str| if low == high { format!("{high} {of}") } else { format!("{low}-{high} {of}") };
    match measure {
        Measure::Percent(list) => percents(list),
        Measure::People { low, high } => heads(low, high, "people"),
        Measure::Share { of, percents: list } => format!("{} of {of}", percents(list)),
        Measure::Count { of, low, high } => heads(low, high, of),
    }
}

fn stage_lines(text: &mut String, plan: &Plan, stage: &Stage, place: &str) {
    let times: Vec<String> = [("min", stage.min), ("max", stage.max), ("soak", stage.soak)]
        .into_iter()
        .filter_map(|(word, time)| Some(format!("{word} {}", duration_in_words(time?))))
        .collect();
    let _ = writeln!(text, "{}  {}  {}  {place}:{}", stage.id, measure(&stage.measure), times.join(", "), stage.line);
    if let Some(audience) = &stage.audience {
        let _ = writeln!(text, "  for {audience}");
    }
    let _ = writeln!(
        text,
        "  roll back to {}",
        stage.roll_back_to.as_deref().unwrap_or("the stable version (the plan does not say)")
    );
    for name in &stage.criteria {
        criterion_line(text, plan.criterion(name), place);
    }
}

fn criterion_line(text: &mut String, criterion: Option<&Criterion>, place: &str) {
    let Some(criterion) = criterion else { return };
    let mut rules = vec![criterion.pass.text.clone()];
    rules.extend(criterion.warn.iter().map(|warn| format!("warn {}", warn.text)));
    rules.extend(criterion.fail.iter().map(|fail| format!("fail {}", fail.text)));
    rules.extend(criterion.gauge.window.map(|window| format!("window {}", duration_in_words(window))));
    if let GaugeKind::Ratio { min_events, .. } = criterion.gauge.kind {
        rules.push(format!("from {min_events} events on"));
    }
    if criterion.repeat != Repeat::ONCE {
        rules.push(format!("{} of {}", criterion.repeat.times, criterion.repeat.of));
    }
    let title = criterion.title.as_deref().unwrap_or(criterion.id.as_str());
    let _ = writeln!(
        text,
        "  {}  {title}  {}  from {}  {place}:{}",
        criterion.id,
        rules.join(", "),
        criterion.gauge.source,
        criterion.line
    );
}

/// The word of an action, as plans write it.
#[must_use]
pub fn action_word(action: TriggerAction) -> &'static str {
    match action {
        TriggerAction::Notify => "notify",
        TriggerAction::Gradual => "gradual",
        TriggerAction::Immediate => "immediate",
        TriggerAction::Emergency => "emergency",
    }
}

fn triggers(text: &mut String, plan: &Plan, place: &str) {
    if !plan.triggers.is_empty() {
        let _ = writeln!(text, "\nTRIGGERS (each proposes, nothing acts by itself; the hardest that matches is proposed)");
    }
    for trigger in &plan.triggers {
        let window = trigger.gauge.window.map(|window| format!(" over {}", duration_in_words(window))).unwrap_or_default();
        let only = if trigger.stages.is_empty() { String::new() } else { format!("  only in {}", names(&trigger.stages)) };
        let origin = trigger.origin.as_ref().map(|origin| format!("  ({origin})")).unwrap_or_default();
        let action = action_word(trigger.action);
        let _ = writeln!(text, "{}  {}{window}  {action}{origin}{only}  {place}:{}", trigger.id, trigger.when.text, trigger.line);
    }
    if !plan.alerts.is_empty() {
        let _ = writeln!(text, "\nALERT RULES THAT HAVE TO EXIST");
    }
    for alert in &plan.alerts {
        let held = alert.held.map(|held| format!("  for {}", duration_in_words(held))).unwrap_or_default();
        let _ = writeln!(text, "{}  {}{held}  at {}  {place}:{}", alert.name, alert.severity.word(), alert.source, alert.line);
    }
}
