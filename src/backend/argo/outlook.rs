//! What a change will bring, in words and numbers: pure, from the rollout as it was read.

use crate::domain::{
    Timestamp,
    change::Point,
    operation::Operation,
    rollout::{Phase, Rollout, Step, StepKind, Strategy},
};

fn step_at(rollout: &Rollout, index: u32) -> Option<&Step> {
    rollout.steps.get(usize::try_from(index).ok()?)
}

/// A timed hold that has run out while a manual pause stood: on resume it goes on at once.
fn elapsed(rollout: &Rollout, now: Timestamp) -> bool {
    rollout.step_hold().and_then(|hold| hold.until).is_some_and(|until| until <= now)
}

/// Where it will stand when the change has been acted on.
#[must_use]
pub fn after(operation: Operation, rollout: &Rollout, now: Timestamp) -> Point {
    let here = Point::now(rollout);
    match operation {
        Operation::Advance => Point::gone_on(rollout),
        Operation::Pause => Point { phase: Phase::Paused, ..here },
        Operation::Resume if elapsed(rollout, now) => Point::gone_on(rollout),
        Operation::Resume if rollout.step_hold().is_some() => Point { phase: Phase::Paused, ..here },
        Operation::Resume if rollout.is_fully_promoted() => Point { phase: Phase::Healthy, ..here },
        Operation::Resume => Point { phase: Phase::Progressing, ..here },
        Operation::RollBack => Point {
            step: here.step.map(|_| 0),
            weight: (rollout.strategy == Strategy::Canary).then_some(0),
            phase: Phase::Aborted,
        },
        Operation::Nudge => here,
    }
}

/// What follows, one sentence each.
#[must_use]
pub fn consequences(operation: Operation, rollout: &Rollout, now: Timestamp) -> Vec<String> {
    match operation {
        Operation::Advance => moving_on(rollout),
        Operation::Resume if elapsed(rollout, now) => {
            let mut lines = vec!["the step's soak ran out meanwhile: it goes on at once".to_owned()];
            lines.extend(moving_on(rollout));
            lines
        }
        Operation::Resume => match rollout.step_hold() {
            Some(hold) => vec![format!("the step's own hold stays ({}); advance releases that", hold.native)],
            None if rollout.is_fully_promoted() => vec!["nothing is being released; later releases move again".to_owned()],
            None => vec!["the current step goes on from where it stood".to_owned()],
        },
        Operation::Pause => {
            let mut lines = vec!["it stays where it is until somebody resumes it".to_owned()];
            if rollout.step_hold().is_some_and(|hold| hold.until.is_some()) {
                lines.push("the step's soak clock keeps running".to_owned());
            }
            lines
        }
        Operation::RollBack => {
            let stable = rollout.stable.as_ref().map_or_else(String::new, |stable| {
                let images: Vec<&str> = stable.images.iter().map(crate::domain::text::DisplayText::as_str).collect();
                let number = stable.number.map(|number| format!(" revision {number}")).unwrap_or_default();
                if images.is_empty() { number } else { format!("{number} ({})", images.join(", ")) }
            });
            vec![
                format!("all traffic goes back to the stable version{stable}"),
                "the new version's pods are scaled down".to_owned(),
                "the template still names the new version: it stays rolled back until the template changes or somebody retries"
                    .to_owned(),
            ]
        }
        Operation::Nudge => vec!["the controller looks at it again".to_owned()],
    }
}

fn moving_on(rollout: &Rollout) -> Vec<String> {
    let target = Point::gone_on(rollout);
    let mut lines = Vec::new();
    if rollout.strategy == Strategy::BlueGreen {
        return vec!["the active service switches to the new version: all traffic at once".to_owned()];
    }
    if let (Some(weight), true) = (target.weight, target.weight != rollout.weight.set) {
        lines.push(format!("sets the new version's weight to {weight} %"));
    }
    let Some(at) = target.step else { return lines };
    let follows = match step_at(rollout, at).map(|step| step.kind) {
        Some(StepKind::Weight(_)) => step_at(rollout, at.saturating_add(1)),
        Some(StepKind::Pause(_) | StepKind::Analysis | StepKind::Experiment | StepKind::Plugin | StepKind::Other) => {
            step_at(rollout, at)
        }
        None => {
            lines.push("that was the last step: the new version becomes the stable one".to_owned());
            return lines;
        }
    };
    lines.push(match follows.map(|step| (step.kind, &step.label)) {
        Some((StepKind::Pause(Some(_)), label)) => format!("then soaks {}", label.as_str().trim_start_matches("pause ")),
        Some((StepKind::Pause(None), _)) => "then waits until it is advanced again".to_owned(),
        Some((StepKind::Analysis | StepKind::Experiment | StepKind::Plugin, label)) => format!("then runs {label}"),
        Some((StepKind::Weight(weight), _)) => format!("then sets weight {weight} %"),
        Some((StepKind::Other, label)) => format!("then does {label}"),
        None => "then, with no step left, the new version becomes the stable one".to_owned(),
    });
    lines
}

/// What a careful colleague would say about this system; `permit` adds what holds for every system.
#[must_use]
pub fn warnings(operation: Operation, rollout: &Rollout) -> Vec<String> {
    let changes_spec = matches!(operation, Operation::Pause | Operation::Resume);
    let mut lines = Vec::new();
    if let Some(owner) = rollout.owner.as_ref().filter(|_| changes_spec) {
        lines.push(format!("{} owns it and may put spec changes back", owner.kind));
    }
    if operation == Operation::RollBack && rollout.owner.is_some() {
        lines.push("the repository still names the new version: take it back there too".to_owned());
    }
    if operation == Operation::Advance {
        match rollout.pods.not_ready.as_deref() {
            Some([]) => {}
            Some(troubles) => {
                let reasons: std::collections::BTreeSet<&str> = troubles.iter().map(|pod| pod.reason.as_str()).collect();
                let reasons: Vec<&str> = reasons.into_iter().collect();
                lines.push(format!("{} pods of the new version are not ready ({})", troubles.len(), reasons.join(", ")));
            }
            None => lines.push("the pods of the new version could not be read".to_owned()),
        }
    }
    lines
}

/// What stays as it is.
#[must_use]
pub fn untouched(operation: Operation, rollout: &Rollout) -> Vec<String> {
    match operation {
        Operation::Advance => {
            let mut lines = vec!["skips no step".to_owned(), "spec and images".to_owned()];
            if rollout.is_paused_by_hand() {
                lines.push("the manual pause".to_owned());
            }
            lines
        }
        Operation::Pause => vec!["traffic and pods".to_owned(), "running analyses".to_owned()],
        Operation::Resume => vec!["the step's own hold".to_owned(), "the step index".to_owned()],
        Operation::RollBack => vec!["the template and its images".to_owned()],
        Operation::Nudge => vec!["spec and status".to_owned()],
    }
}
