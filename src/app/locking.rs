//! What locks an open form: a precondition that moved, a refusal, data that is too old. A lock clears what was typed, and
//! so does what nobody typed while reading it.

use std::time::Duration;

use crate::domain::{
    change::{Precondition, in_words},
    id::TargetId,
    operation::Operation,
    permit::{Refusal, RefusalCode, permit},
    quantity::age_in_words,
};

use super::{
    form::{FormPhase, Subject},
    message::Ticket,
    standing,
    state::AppState,
};

/// Oldest good check that still lets a widening change go (reliability.md 4.3).
const WIDENING_AGE: Duration = Duration::from_secs(10);
/// The same for a roll back. A pause is never stopped by age: sending reads afresh anyway.
const ROLL_BACK_AGE: Duration = Duration::from_secs(30);

/// After a paste or a burst, keys are ignored at least this long. The clock comes once a second, so it is up to a second
/// more.
pub(super) const QUARANTINE: Duration = Duration::from_secs(2);

/// Text that nobody typed arrived, or keys faster than fingers. Nothing of it is taken, nor what follows closely.
pub fn quarantine(state: &mut AppState, what: &str) {
    let until = state.since_boot + QUARANTINE;
    if let Some(form) = &mut state.form {
        form.quarantine = Some(until);
        form.remark = Some(format!("{what} is not taken: type it by hand, in a moment"));
    }
}

/// A key came while the form was still being read: whoever types now cannot be seeing what they answer, and the rest of it
/// must not land in what is painted next.
pub fn typed_ahead(state: &mut AppState) {
    if state.form.as_ref().is_some_and(|form| form.phase == FormPhase::Reading) {
        quarantine(state, "what was typed before the form could be read");
    }
}

/// The form was painted anew at another size: what was typed belongs to the old painting.
pub fn resized(state: &mut AppState) {
    if let Some(form) = &mut state.form
        && !form.typed.is_empty()
    {
        form.typed.clear();
        form.remark = Some("the screen changed its size: what you typed was cleared".to_owned());
    }
}

/// The preconditions were read again.
pub fn rechecked(state: &mut AppState, ticket: Ticket, result: Result<Vec<Precondition>, Refusal>) {
    let since_boot = state.since_boot;
    let Some(form) = state.form.as_mut().filter(|form| form.ticket == ticket && matches!(form.phase, FormPhase::Ready(Some(_))))
    else {
        return;
    };
    form.asked = None;
    match result {
        Ok(conditions) => {
            form.checked = since_boot;
            form.refused = None;
            for check in &mut form.checks {
                match conditions.iter().find(|condition| condition.what == check.condition.what) {
                    Some(now) => check.condition.seen = now.seen.clone(),
                    // A condition that is no longer checked is not known to hold.
                    None => check.condition.seen = serde_json::Value::Null,
                }
                check.moved |= !check.condition.holds();
            }
        }
        Err(refusal) => form.refused = Some(refusal.sentence),
    }
    relock(state);
}

/// Decides anew whether the button is locked. A lock clears what was typed.
pub fn relock(state: &mut AppState) {
    let Some(form) = &state.form else { return };
    let (Subject::Change { target, operation }, FormPhase::Ready(Some(_))) = (&form.subject, &form.phase) else { return };
    let moved = form.checks.iter().find(|check| !check.condition.holds());
    let age = state.since_boot.saturating_sub(form.checked);
    let limit = match operation {
        Operation::Advance | Operation::Resume | Operation::Nudge => Some(WIDENING_AGE),
        Operation::RollBack => Some(ROLL_BACK_AGE),
        Operation::Pause => None,
    };
    let lock = if let Some(check) = moved {
        Some(format!(
            "{} moved: was {}, now {}",
            check.condition.what,
            in_words(&check.condition.expected),
            in_words(&check.condition.seen)
        ))
    } else if let Some(refused) = &form.refused {
        Some(refused.clone())
    } else if let Err(refusal) = still_permitted(state, target, *operation) {
        Some(refusal.sentence)
    } else if limit.is_some_and(|limit| age > limit) {
        Some(format!("the checks are {} old: nothing is sent without a fresh read", age_in_words(age)))
    } else {
        None
    };
    let Some(form) = &mut state.form else { return };
    if lock.is_some() {
        if form.lock.is_none() && !form.typed.is_empty() {
            form.remark = Some("what you typed was cleared".to_owned());
        }
        form.typed.clear();
    }
    form.lock = lock;
}

/// `Settling` is no lock: the watch may be behind the form's own fresh reads, which come every two seconds and do lock.
fn still_permitted(state: &AppState, target: &TargetId, operation: Operation) -> Result<(), Refusal> {
    let Some(rollout) = state.rollout(target) else {
        return Err(Refusal::new(RefusalCode::Gone, format!("{} is gone", target.name)));
    };
    match permit(operation, rollout, &standing::context(state, target)) {
        Err(refusal) if refusal.code != RefusalCode::Settling => Err(refusal),
        Ok(_) | Err(_) => Ok(()),
    }
}
