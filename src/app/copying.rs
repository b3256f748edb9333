//! What `y` copies: a row, a summary, JSON as contract.md has it, and the command that would do or show the same.

use serde_json::json;

use crate::domain::{freshness::Freshness, id::TargetId, operation::Operation, rollout::Rollout, text::DisplayText};

use super::{
    list,
    navigate::target,
    standing,
    state::{AppState, Screen},
    view,
};

/// The command line form of an operation; `--confirm` is left to the person.
#[must_use]
pub fn command(target: &TargetId, operation: Operation) -> String {
    format!("cutover {} {target}", operation.word())
}

/// The text behind a key of the copy menu.
#[must_use]
pub fn text(state: &AppState, key: char) -> Option<String> {
    if *state.screen_below() == Screen::Audit {
        let row = view::audit_selected(state)?;
        return match key {
            'r' => Some(format!("#{} {} {} {} {}", row.seq, row.at.format("%Y-%m-%dT%H:%M:%SZ"), row.who, row.what, row.result)),
            'j' => Some(row.lines.iter().map(DisplayText::as_str).collect::<Vec<_>>().join("\n")),
            's' => Some(view::summary(state)),
            'c' => Some("cutover audit show".to_owned()),
            _ => None,
        };
    }
    if key == 's' {
        return Some(view::summary(state));
    }
    let target = target(state)?;
    let rollout = state.rollout(&target).or_else(|| list::selected(state).filter(|rollout| rollout.id == target))?;
    match key {
        'r' => Some(view::row_text(state, rollout)),
        'j' => Some(as_json(state, rollout)),
        'c' => Some(format!("cutover why {target}")),
        _ => None,
    }
}

/// One item of `rollouts` of `cutover status --json`.
fn as_json(state: &AppState, rollout: &Rollout) -> String {
    let stamp = |at: crate::domain::Timestamp| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let freshness = state.freshness(&rollout.id.source);
    let age = state.source(&rollout.id.source).and_then(|source| source.health.age(state.since_boot));
    let operations: Vec<_> = Operation::VERBS
        .iter()
        .map(|operation| {
            let refusal = standing::offer(state, &rollout.id, *operation).err();
            json!({ "verb": operation.word(), "possible": refusal.is_none(), "refusal": refusal })
        })
        .collect();
    let revision = |revision: &Option<crate::domain::rollout::Revision>| {
        revision.as_ref().map(|it| json!({ "number": it.number, "hash": it.hash, "images": it.images }))
    };
    let name = |index: u32| {
        usize::try_from(index).ok().and_then(|index| rollout.steps.get(index)).map(|step| step.label.as_str().to_owned())
    };
    let value = json!({
        "id": rollout.id.to_string(),
        "source": rollout.id.source,
        "kind": rollout.kind,
        "phase": rollout.phase.word(),
        "message": rollout.message,
        "freshness": Freshness::word(&freshness),
        "age_s": age.map(|age| age.as_secs_f64()),
        "step": rollout.position.as_ref().map(|at| json!({
            "index": at.index, "count": at.count, "name": name(at.index), "entered_at": at.entered_at.map(stamp) })),
        "stage": null,
        "weight": rollout.weight,
        "holds": rollout.holds.iter().map(|hold| json!({
            "cause": hold.cause, "since": hold.since.map(stamp), "until": hold.until.map(stamp),
            "needs_person": hold.needs_person })).collect::<Vec<_>>(),
        "pods": { "desired": rollout.pods.desired, "ready": rollout.pods.ready,
            "not_ready": rollout.pods.not_ready.as_ref().map(|pods| pods.iter().map(|pod| json!({
                "name": pod.name, "reason": pod.reason, "message": pod.message, "since": pod.since.map(stamp) }))
                .collect::<Vec<_>>()) },
        "revision": revision(&rollout.revision),
        "stable": revision(&rollout.stable),
        "aborted": rollout.aborted,
        "owner": rollout.owner.as_ref().map(|owner| json!({ "kind": owner.kind, "name": owner.name })),
        "operations": operations,
    });
    serde_json::to_string_pretty(&value).unwrap_or_default()
}
