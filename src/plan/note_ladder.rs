//! Notes about stages and triggers: AT-02, C-06, C-08, C-10, C-11, C-12.

use super::{
    ladder::steps,
    lint::{Note, list},
};
use crate::domain::{
    plan::{GaugeKind, Measure, Plan, ReleaseKind, Stage, Trigger},
    quantity::duration_in_words,
};

/// Longest minimum of a stage that is a deployment's, and shortest that is an exposure's.
const ONE_DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
const ONE_HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);

pub(super) fn collect(plan: &Plan, notes: &mut Vec<Note>) {
    for stage in &plan.stages {
        notes.extend(no_way_back(stage));
        notes.extend(audience(stage));
        notes.extend(shared_soak(stage));
    }
    notes.extend(two_ladders(plan));
    same_reading(plan, notes);
    notes.extend(order(plan));
}

/// AT-02: every stage says where a roll back leads.
fn no_way_back(stage: &Stage) -> Option<Note> {
    stage.roll_back_to.is_none().then(|| {
        Note::new(
            "AT-02",
            stage.line,
            format!("stage \"{}\" does not say where a roll back leads", stage.id),
            "the form shows the stable version alone; add roll_back_to",
        )
    })
}

/// C-10: what an audience says is not what a flag service evaluates.
fn audience(stage: &Stage) -> Option<Note> {
    let audience = stage.audience.as_ref()?;
    let words: Vec<String> = audience.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    let condition = ["workspace", "workspaces", "role", "tier", "region", "random"]
        .into_iter()
        .find(|word| words.iter().any(|w| w == word))?;
    Some(Note::new(
        "C-10",
        stage.line,
        format!("the audience of stage \"{}\" names a condition ({condition})", stage.id),
        "it is shown as words; the share that the source tells is the only thing that is judged",
    ))
}

/// C-11: one minimum for several sub-steps.
fn shared_soak(stage: &Stage) -> Option<Note> {
    let steps = steps(&stage.measure).max(stage.weights.len());
    let (min, soak) = (stage.min?, stage.soak?);
    let each = min.checked_div(u32::try_from(steps).ok()?)?;
    (steps > 1 && soak == each).then(|| {
        Note::new(
            "C-11",
            stage.line,
            format!("stage \"{}\" has one minimum, {}, for {steps} sub-steps", stage.id, duration_in_words(min)),
            format!(
                "each sub-step soaks {}: the minimum divided by their number; set soak to say otherwise",
                duration_in_words(soak)
            ),
        )
    })
}

/// C-12: traffic and people are both counted in percent.
fn two_ladders(plan: &Plan) -> Option<Note> {
    let subject = plan.subjects.first()?;
    let stages: Vec<&Stage> = plan.stages.iter().filter(|stage| matches!(stage.measure, Measure::Percent(_))).collect();
    stages.first()?;
    let odd = stages.iter().find(|stage| match (subject.kind, stage.min) {
        (ReleaseKind::Deployment, Some(min)) => min >= ONE_DAY,
        (ReleaseKind::Exposure, Some(min)) => min < ONE_HOUR,
        (_, None) => false,
    });
    let kind = match subject.kind {
        ReleaseKind::Deployment => "a deployment (traffic, minutes)",
        ReleaseKind::Exposure => "an exposure (people, days)",
    };
    Some(match odd {
        Some(stage) => Note::new(
            "C-12",
            stage.line,
            format!(
                "the plan judges {kind}, and stage \"{}\" lasts at least {}",
                stage.id,
                stage.min.map(duration_in_words).unwrap_or_default()
            ),
            "it is used as written; is it the other ladder's stage?",
        ),
        None => Note::new(
            "C-12",
            subject.line,
            format!("stages in percent, and the plan judges {kind}"),
            "percent of traffic and percent of people are two ladders: one plan judges one of them, and the row shows which",
        ),
    })
}

/// The measurement without its window and its minimum: what several triggers may watch with different limits.
fn reading(trigger: &Trigger) -> String {
    let kind = match &trigger.gauge.kind {
        GaugeKind::Ratio { bad, total, .. } => format!("ratio {bad} {total}"),
        GaugeKind::Value { query } => format!("value {query}"),
        GaugeKind::Relative { query, as_change, .. } => format!("relative {query} {as_change:?}"),
        GaugeKind::Fact { .. } | GaugeKind::Tenants { .. } | GaugeKind::Alerts { .. } => return String::new(),
    };
    format!("{} {kind}", trigger.gauge.source)
}

/// C-06: several triggers over one reading.
fn same_reading(plan: &Plan, notes: &mut Vec<Note>) {
    for (at, trigger) in plan.triggers.iter().enumerate() {
        let key = reading(trigger);
        if key.is_empty() || plan.triggers.iter().take(at).any(|before| reading(before) == key) {
            continue;
        }
        let same: Vec<&Trigger> = plan.triggers.iter().filter(|other| reading(other) == key).collect();
        let differ = same.iter().any(|other| other.when.text != trigger.when.text || other.gauge.window != trigger.gauge.window);
        if same.len() < 2 || !differ {
            continue;
        }
        let limits: Vec<String> = same
            .iter()
            .map(|trigger| {
                let window =
                    trigger.gauge.window.map(|window| format!(" over {}", duration_in_words(window))).unwrap_or_default();
                let origin = trigger.origin.as_deref().unwrap_or("no origin");
                format!("{}{window} ({origin}, line {})", trigger.when.text, trigger.line)
            })
            .collect();
        notes.push(Note::new(
            "C-06",
            trigger.line,
            format!("{} triggers watch the same reading: {}", same.len(), list(&limits)),
            "all are evaluated and all that match are shown, each with its origin; the hardest is proposed",
        ));
    }
}

/// C-08: a gentler trigger stands before a harder one.
fn order(plan: &Plan) -> Option<Note> {
    plan.triggers.iter().enumerate().find_map(|(at, harder)| {
        let gentler = plan.triggers.iter().take(at).rfind(|before| before.action < harder.action)?;
        Some(Note::new(
            "C-08",
            harder.line,
            format!("trigger \"{}\" is harder than \"{}\" in line {}, and stands after it", harder.id, gentler.id, gentler.line),
            "order says nothing: all are evaluated, and the hardest that matches is proposed",
        ))
    })
}
