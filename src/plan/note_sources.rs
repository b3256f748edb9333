//! Notes about what a plan expects of its sources and of people: C-24, C-25, C-27, C-28, C-31.

use super::lint::{Note, measured, queries};
use crate::domain::plan::{Plan, Stage};

pub(super) fn collect(plan: &Plan, notes: &mut Vec<Note>) {
    ports(plan, notes);
    notes.extend(beside_expr(plan));
    open_names(plan, notes);
    notes.extend(plan.stages.iter().filter_map(paperwork));
    uptime(plan, notes);
}

/// The port that a query picks its target by.
fn port(query: &str) -> Option<&str> {
    query.match_indices(':').find_map(|(at, _)| {
        let rest = query.get(at + 1..)?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let ends = rest.get(digits..).is_some_and(|rest| rest.starts_with(['"', '\'', '`', '$']));
        (ends && (2..=5).contains(&digits)).then(|| rest.get(..digits)).flatten()
    })
}

/// C-24: a target by its port.
fn ports(plan: &Plan, notes: &mut Vec<Note>) {
    for measured in measured(plan) {
        let Some(port) = queries(measured.gauge).into_iter().find_map(port) else { continue };
        notes.push(Note::new(
            "C-24",
            measured.line,
            format!("\"{}\" picks its target by port {port}", measured.name),
            "the source alone knows what answers there; no series is no data, never pass",
        ));
    }
}

/// C-25: `severity` beside `expr`.
fn beside_expr(plan: &Plan) -> Option<Note> {
    let alert = plan.alerts.iter().find(|alert| alert.expr.is_some())?;
    Some(Note::new(
        "C-25",
        alert.line,
        format!("alert \"{}\" has severity beside expr", alert.name),
        "in a Prometheus rule file it has to stand under labels, or the file does not load; here it is what the rule's label has to say",
    ))
}

fn is_open(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "TBD" || word == "TBA")
}

/// C-27: names that nobody has filled in.
fn open_names(plan: &Plan, notes: &mut Vec<Note>) {
    let mut open = |line: u32, what: String, text: Option<&str>| {
        if text.is_some_and(is_open) {
            notes.push(Note::new(
                "C-27",
                line,
                format!("{what} is not said yet (TBD)"),
                "it is shown as written; nobody is told by name",
            ));
        }
    };
    // The head has no line of its own: its table stands at the top.
    open(1, format!("the owner of plan \"{}\"", plan.id), plan.owner.as_deref());
    for stage in &plan.stages {
        open(stage.line, format!("the audience of stage \"{}\"", stage.id), stage.audience.as_deref());
        open(stage.line, format!("the roll back of stage \"{}\"", stage.id), stage.roll_back_to.as_deref());
    }
    for criterion in &plan.criteria {
        open(criterion.line, format!("the owner of criterion \"{}\"", criterion.id), criterion.owner.as_deref());
    }
    for item in plan.gates.iter().flat_map(|gate| &gate.items) {
        open(item.line, format!("the owner of item \"{}\"", item.id), item.owner.as_deref());
        open(item.line, format!("item \"{}\"", item.id), Some(&item.title));
    }
}

/// C-28: a roll back that ends in paperwork.
fn paperwork(stage: &Stage) -> Option<Note> {
    let words = stage.roll_back_to.as_ref()?.to_lowercase();
    let word = ["document", "post-mortem", "report", "announce"].into_iter().find(|word| words.contains(word))?;
    Some(Note::new(
        "C-28",
        stage.line,
        format!("the roll back of stage \"{}\" holds paperwork ({word})", stage.id),
        "a roll back is done when it was read back; what people write comes after, and no clock waits for it",
    ))
}

/// C-31: uptime.
fn uptime(plan: &Plan, notes: &mut Vec<Note>) {
    for criterion in &plan.criteria {
        let title = criterion.title.as_deref().unwrap_or_default().to_lowercase();
        let is_uptime = criterion.id.as_str().contains("uptime") || title.contains("uptime") || title.contains("availability");
        if is_uptime {
            notes.push(Note::new(
                "C-31",
                criterion.line,
                format!("\"{}\" is uptime, {}", criterion.id, criterion.pass.text),
                format!(
                    "only the series of source {} says it; when this console did not look is unknown, never downtime",
                    criterion.gauge.source
                ),
            ));
        }
    }
}
