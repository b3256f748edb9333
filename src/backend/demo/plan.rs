//! The exact change that an operation would be here, in the same shape as on a real cluster.

use serde_json::{Value, json};

use super::patch::{ABORT, NUDGE, PAUSE_CONDITIONS, PAUSED};
use crate::{
    backend::port::Observed,
    domain::{
        action::ActionId,
        change::{ChangePlan, Expectation, Point, Precondition, Request, Risk},
        operation::Operation,
        permit::{Refusal, RefusalCode},
        rollout::{HoldCause, Phase, Rollout},
    },
};

/// What can be pinned: the words of a precondition, and where it stands in the object.
const UID: (&str, &str) = ("uid", "/metadata/uid");
const GENERATION: (&str, &str) = ("generation", "/metadata/generation");
const REVISION: (&str, &str) = ("revision", "/status/currentPodHash");
const STABLE: (&str, &str) = ("stable revision", "/status/stableRS");
const STEP: (&str, &str) = ("step index", "/status/currentStepIndex");
const CONDITIONS: (&str, &str) = ("pause conditions", PAUSE_CONDITIONS);
const MANUAL: (&str, &str) = ("manual pause", PAUSED);
const PINNED: [(&str, &str); 7] = [UID, GENERATION, REVISION, STABLE, STEP, CONDITIONS, MANUAL];

fn at(native: &Value, path: &str) -> Value {
    native.pointer(path).cloned().unwrap_or(Value::Null)
}

/// The plan's preconditions with what `now` shows.
pub(super) fn preconditions(plan: &ChangePlan, now: &Observed) -> Vec<Precondition> {
    plan.preconditions
        .iter()
        .map(|pinned| {
            let seen =
                PINNED.iter().find(|(what, _)| *what == pinned.what).map_or(Value::Null, |(_, path)| at(&now.native, path));
            Precondition { seen, ..pinned.clone() }
        })
        .collect()
}

#[expect(clippy::too_many_lines, reason = "a table in the form of code: one entry after the other")]
pub(super) fn plan(operation: Operation, observed: &Observed, action: &ActionId) -> Result<ChangePlan, Refusal> {
    let rollout = &observed.rollout;
    if !rollout.id.is_actionable() {
        return Err(Refusal::new(
            RefusalCode::NameNotActionable,
            format!("the name {} is not a name Kubernetes gives; it can not be acted on", rollout.id.name),
        ));
    }
    let before = Point::now(rollout);
    let mut words = Words::default();
    let (pins, change, native, expectation, after, risk): (&[_], _, _, _, _, _) = match operation {
        Operation::Advance => {
            let Some(hold) = rollout.step_hold() else {
                return Err(Refusal::new(
                    RefusalCode::NotHeld,
                    format!("{} waits for nothing that advance releases", rollout.id.name),
                ));
            };
            let step = rollout.position.as_ref().map(|position| position.index);
            let after = Point::gone_on(rollout);
            words.advance(rollout, hold.cause);
            (
                &[UID, GENERATION, REVISION, STEP, CONDITIONS, MANUAL],
                json!({ "op": "remove", "path": PAUSE_CONDITIONS }),
                "demo: clear pause conditions",
                Expectation::HoldReleased { cause: hold.cause, since: hold.since, step },
                after,
                Risk::Medium,
            )
        }
        Operation::Pause => {
            words.pause(rollout);
            (
                &[UID, MANUAL],
                json!({ "op": "add", "path": PAUSED, "value": true }),
                "demo: set spec.paused",
                Expectation::ManualPause { set: true },
                Point { phase: Phase::Paused, ..before.clone() },
                Risk::Low,
            )
        }
        Operation::Resume => {
            let after = words.resume(rollout, observed);
            (
                &[UID, GENERATION, REVISION, MANUAL],
                json!({ "op": "replace", "path": PAUSED, "value": false }),
                "demo: clear spec.paused",
                Expectation::ManualPause { set: false },
                after,
                Risk::Medium,
            )
        }
        Operation::RollBack => {
            words.roll_back(rollout);
            let weight = rollout.position.as_ref().map(|_| 0);
            (
                &[UID, REVISION, STABLE],
                json!({ "op": "add", "path": ABORT, "value": true }),
                "demo: abort",
                Expectation::Aborted,
                Point { step: weight, weight, phase: Phase::Aborted },
                Risk::High,
            )
        }
        Operation::Nudge => {
            words.consequences.push("the controller looks at this rollout again".into());
            words.untouched.push("spec and status: only an annotation of ours is written".into());
            (
                &[UID],
                json!({ "op": "add", "path": NUDGE, "value": action.0 }),
                "demo: touch an annotation",
                Expectation::Touched { value: action.0.clone() },
                before.clone(),
                Risk::Low,
            )
        }
    };
    let preconditions: Vec<_> = pins.iter().map(|(what, path)| pin(what, &at(&observed.native, path))).collect();
    let mut body: Vec<_> =
        pins.iter().map(|(_, path)| json!({ "op": "test", "path": path, "value": at(&observed.native, path) })).collect();
    body.push(change);
    Ok(ChangePlan {
        operation,
        target: rollout.id.clone(),
        uid: rollout.uid.clone(),
        revision: rollout.revision.as_ref().map(|revision| revision.hash.to_string()),
        before,
        after,
        native: native.into(),
        requests: vec![request(rollout, body)],
        preconditions,
        expectation,
        consequences: words.consequences,
        warnings: words.warnings,
        untouched: words.untouched,
        risk,
        settle: matches!(operation, Operation::Advance | Operation::Resume),
    })
}

fn request(rollout: &Rollout, body: Vec<Value>) -> Request {
    Request {
        method: "PATCH".into(),
        path: format!("/demo/namespaces/{}/rollouts/{}", rollout.id.namespace.raw(), rollout.id.name.raw()),
        query: "fieldManager=cutover".into(),
        content_type: "application/json-patch+json".into(),
        body: Value::Array(body),
    }
}

fn pin(what: &str, value: &Value) -> Precondition {
    Precondition { what: what.into(), expected: value.clone(), seen: value.clone() }
}

#[derive(Default)]
struct Words {
    consequences: Vec<String>,
    warnings: Vec<String>,
    untouched: Vec<String>,
}

impl Words {
    fn advance(&mut self, rollout: &Rollout, cause: HoldCause) {
        self.consequences.push(match (rollout.next_step(), cause) {
            (_, HoldCause::BlueGreen) => "the active service switches to the new version".into(),
            (Some(step), _) => format!("the next step begins: {}", step.label),
            (None, _) => "the last step ends: all traffic goes to the new version".into(),
        });
        self.untouched.push("no step is skipped; later pauses and analyses stay".into());
    }

    fn pause(&mut self, rollout: &Rollout) {
        self.consequences.push("no further step begins until somebody resumes it".into());
        self.untouched.push("traffic stays where it is; the soak clock and running analyses go on".into());
        self.git_ops(rollout);
    }

    fn resume(&mut self, rollout: &Rollout, observed: &Observed) -> Point {
        self.git_ops(rollout);
        if rollout.aborted {
            self.consequences.push("the manual pause ends; the roll back may move pods again".into());
            return Point::now(rollout);
        }
        let elapsed = rollout.holds.iter().find_map(|hold| hold.until).is_some_and(|until| until <= observed.read_at);
        if rollout.step_hold().is_some() && !elapsed {
            self.consequences.push("the manual pause ends; the step's own hold stays".into());
            return Point { phase: Phase::Paused, ..Point::now(rollout) };
        }
        if elapsed {
            self.consequences.push("the manual pause ends; the soak has elapsed, so the next step begins at once".into());
            return Point::gone_on(rollout);
        }
        self.consequences.push("the manual pause ends; the current step goes on".into());
        Point { phase: Phase::Progressing, ..Point::now(rollout) }
    }

    fn roll_back(&mut self, rollout: &Rollout) {
        let stable = rollout.stable.as_ref().and_then(|revision| revision.images.first());
        self.consequences.push(match stable {
            Some(image) => format!("all traffic goes back to {image}"),
            None => "all traffic goes back to the stable version".into(),
        });
        self.consequences.push("the release ends; the next one begins at the first step".into());
        self.untouched.push("the wanted version in the spec stays the new one".into());
    }

    fn git_ops(&mut self, rollout: &Rollout) {
        if let Some(owner) = &rollout.owner {
            self.warnings.push(format!("{} {} owns this rollout and may put the manual pause back", owner.kind, owner.name));
        }
    }
}
