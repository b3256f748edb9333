//! What `y` copies: a row, a summary, JSON as contract.md has it, and the command that would do or show the same.

use std::sync::Arc;

use crate::domain::{id::TargetId, operation::Operation, rollout::Rollout, text::DisplayText};

use super::{
    effect::{CopyJson, Effect},
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

/// What a key of the copy menu does.
#[must_use]
pub fn effect(state: &AppState, key: char) -> Option<Effect> {
    if key == 'j' && *state.screen_below() != Screen::Audit {
        return json(state).map(|seen| Effect::CopyJson(Box::new(seen)));
    }
    text(state, key).map(Effect::Copy)
}

fn text(state: &AppState, key: char) -> Option<String> {
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
    let (target, rollout) = shown(state)?;
    match key {
        'r' => Some(view::row_text(state, rollout)),
        'c' => Some(format!("cutover why {target}")),
        _ => None,
    }
}

/// The target that a page is about, and its newest known state, gone or not.
fn shown(state: &AppState) -> Option<(TargetId, &Arc<Rollout>)> {
    let target = target(state)?;
    let rollout = state.rollout(&target).or_else(|| list::selected(state).filter(|rollout| rollout.id == target))?;
    Some((target, rollout))
}

/// What the JSON is made of; the contract's form is `runtime`'s to know.
fn json(state: &AppState) -> Option<CopyJson> {
    let (target, rollout) = shown(state)?;
    Some(CopyJson {
        rollout: Arc::clone(rollout),
        freshness: state.freshness(&target.source),
        age: state.source(&target.source).and_then(|source| source.health.age(state.since_boot)),
        operations: Operation::VERBS.map(|operation| (operation, standing::offer(state, &target, operation))).into(),
    })
}
