//! The life of a form: opened, read afresh, answered, confirmed once or cancelled. What locks it is in `locking`.

use std::time::Duration;

use crate::{
    domain::{
        confirm::{Proposal, Via},
        id::TargetId,
        operation::Operation,
        permit::{Refusal, RefusalCode},
        rollout::Rollout,
    },
    terminal::input::Key,
};

use super::{
    effect::Effect,
    field::TextField,
    form::{Check, FORM_LIFE, Focus, Form, FormPhase, RECHECK_EVERY, Sheet, Subject},
    keymap::Intent,
    locking::{QUARANTINE, relock},
    message::Ticket,
    navigate::{leave_screen, show},
    standing,
    state::{AppState, Armed, Running, Screen},
    update::say,
};

/// A check that was not answered for this long is asked again.
const UNANSWERED: Duration = Duration::from_secs(10);

/// Whether a refusal opens its form all the same. A ledger that can not be written is refused by the form, which says how to
/// do it by hand; and whether the controller has caught up, only the form's fresh read can tell.
#[must_use]
pub fn has_a_form(code: RefusalCode) -> bool {
    matches!(code, RefusalCode::LedgerUnwritable | RefusalCode::Settling)
}

/// Asks for a form of `operation` on `target`. What is known to be impossible opens no form and says why.
pub fn open(state: &mut AppState, target: &TargetId, operation: Operation) -> Vec<Effect> {
    if state.form.is_some() {
        return Vec::new();
    }
    if let Err(refusal) = standing::offer(state, target, operation)
        && !has_a_form(refusal.code)
    {
        let text = if refusal.code == RefusalCode::NotArmed {
            format!("{operation}: {} is not armed; X, then a, arms it", standing::environment_of(state, target))
        } else {
            format!("{operation} is not possible: {}", refusal.sentence)
        };
        say(state, text, false);
        return Vec::new();
    }
    let subject = Subject::Change { target: target.clone(), operation };
    let ticket = begin(state, subject, FormPhase::Reading);
    vec![Effect::Prepare { ticket, target: target.clone(), operation }]
}

/// Opens the form that arms `environment`.
pub fn open_arm(state: &mut AppState, environment: &str) {
    if state.form.is_none() {
        begin(state, Subject::Arm { environment: environment.to_owned() }, FormPhase::Ready(None));
    }
}

fn begin(state: &mut AppState, subject: Subject, phase: FormPhase) -> Ticket {
    let ticket = state.next_ticket;
    state.next_ticket = Ticket(ticket.0 + 1);
    state.form = Some(Form {
        ticket,
        subject,
        phase,
        focus: Focus::Choice,
        choice: None,
        reason: TextField::default(),
        reason_edited: false,
        typed: TextField::default(),
        checks: Vec::new(),
        refused: None,
        lock: None,
        sheet: Sheet::None,
        scroll: 0,
        opened: state.since_boot,
        checked: state.since_boot,
        asked: None,
        quarantine: None,
        remark: None,
    });
    show(state, Screen::Form);
    ticket
}

/// Closes the form; nothing is sent.
pub fn close(state: &mut AppState, why: Option<&str>) {
    if state.form.take().is_some() {
        state.screens.retain(|screen| *screen != Screen::Form);
        if state.screens.is_empty() {
            state.screens.push(Screen::Overview);
        }
        state.scroll = 0;
        if let Some(why) = why {
            say(state, format!("{why}; nothing was sent"), false);
        }
    }
}

/// The fresh read came back. An answer to a form that is no longer open changes nothing.
pub fn prepared(state: &mut AppState, ticket: Ticket, result: Result<Box<Proposal>, Refusal>) {
    let trouble = state.form.as_ref().and_then(|form| match &form.subject {
        Subject::Change { target, .. } => state.rollout(target).map(|rollout| circumstance(rollout)),
        Subject::Arm { .. } => None,
    });
    let since_boot = state.since_boot;
    let Some(form) = state.form.as_mut().filter(|form| form.ticket == ticket && form.phase == FormPhase::Reading) else { return };
    let Subject::Change { target, operation } = &form.subject else { return };
    match result {
        Err(refusal) => form.phase = FormPhase::Refused(refusal),
        Ok(proposal) if proposal.plan.target != *target || proposal.plan.operation != *operation => {
            form.phase = FormPhase::Refused(Refusal::new(
                RefusalCode::StateMoved,
                format!(
                    "what was prepared is {} of {}: cancel and open the form again",
                    proposal.plan.operation, proposal.plan.target
                ),
            ));
        }
        Ok(proposal) => {
            let first = *operation == Operation::Pause || *operation == Operation::Nudge;
            form.checks = proposal
                .plan
                .preconditions
                .iter()
                .map(|condition| Check { condition: condition.clone(), moved: false })
                .collect();
            form.phase = FormPhase::Ready(Some(proposal));
            form.checked = since_boot;
            // Counted from when there is something to be read.
            form.quarantine = form.quarantine.map(|_| since_boot + QUARANTINE);
            // The safe direction has its reason filled in; a roll back asks for one key.
            if first {
                choose(form, 0, trouble.as_deref());
            }
        }
    }
    relock(state);
}

/// What a reason can be completed with: what is wrong with the rollout, in a few words; empty when nothing is.
fn circumstance(rollout: &Rollout) -> String {
    let failing = rollout.analysis.iter().find(|analysis| matches!(analysis.phase.as_str(), "Failed" | "Error"));
    if let Some(analysis) = failing {
        let value = analysis.value.as_ref().map_or_else(String::new, |value| format!(" {value}"));
        return format!("analysis {}{value} {}", analysis.metric, analysis.phase);
    }
    let pod = rollout.pods.not_ready.as_ref().and_then(|pods| pods.first()).filter(|_| standing::pod_trouble(rollout) > 0);
    pod.map_or_else(String::new, |pod| format!("pod {} {}", pod.name, pod.reason))
}

fn choose(form: &mut Form, index: usize, circumstance: Option<&str>) {
    let Some(choice) = form.choices().get(index) else { return };
    form.choice = Some(index);
    if !form.reason_edited {
        let text = match circumstance {
            Some(more) if !more.is_empty() => format!("{}: {more}", choice.text),
            _ => choice.text.to_owned(),
        };
        form.reason = TextField::new(&text);
    }
}

/// A second has passed.
pub fn tick(state: &mut AppState) -> Vec<Effect> {
    let now = state.since_boot;
    let Some(form) = &mut state.form else { return Vec::new() };
    if now.saturating_sub(form.opened) >= FORM_LIFE {
        close(state, Some("the form was open for five minutes and closed"));
        return Vec::new();
    }
    if form.quarantine.is_some_and(|until| now >= until) {
        form.quarantine = None;
        form.remark = None;
    }
    let mut effects = Vec::new();
    if let FormPhase::Ready(Some(proposal)) = &form.phase {
        let due = match form.asked {
            None => now.saturating_sub(form.checked) >= RECHECK_EVERY,
            Some(asked) => now.saturating_sub(asked) >= UNANSWERED,
        };
        if due {
            form.asked = Some(now);
            effects.push(Effect::Recheck { ticket: form.ticket, plan: Box::new(proposal.plan.clone()) });
        }
    }
    relock(state);
    effects
}

/// A key that has no meaning in the table: text, a reason's key, cursor movement.
#[expect(clippy::too_many_lines, reason = "every key is named: the table has no wildcard")]
pub fn key(state: &mut AppState, key: Key) {
    let circumstance = match state.form.as_ref().map(|form| &form.subject) {
        Some(Subject::Change { target, .. }) => state.rollout(target).map(|rollout| circumstance(rollout)),
        Some(Subject::Arm { .. }) | None => None,
    };
    let Some(form) = &mut state.form else { return };
    if form.quarantine.is_some() || !matches!(form.phase, FormPhase::Ready(_)) {
        return;
    }
    form.remark = None;
    match form.focus {
        Focus::Choice => {
            let count = form.choices().len();
            let index = match key {
                Key::Char(c) => form.choices().iter().position(|choice| choice.key == c),
                Key::Right | Key::Down => Some(form.choice.map_or(0, |at| (at + 1) % count)),
                Key::Left | Key::Up => Some(form.choice.map_or(0, |at| (at + count - 1) % count)),
                Key::Ctrl(_)
                | Key::Enter
                | Key::Esc
                | Key::Tab
                | Key::BackTab
                | Key::Backspace
                | Key::Delete
                | Key::Home
                | Key::End
                | Key::PageUp
                | Key::PageDown => None,
            };
            if let Some(index) = index {
                choose(form, index, circumstance.as_deref());
            }
        }
        Focus::Reason => {
            if super::update::edit(&mut form.reason, key) {
                form.reason_edited = true;
            }
        }
        Focus::Typed => {
            if form.lock.is_some() {
                form.remark = Some("the form is locked".to_owned());
            } else {
                super::update::edit(&mut form.typed, key);
            }
        }
        Focus::Cancel | Focus::Act => match key {
            Key::Left | Key::Right => form.focus = if form.focus == Focus::Act { Focus::Cancel } else { Focus::Act },
            Key::Char(_)
            | Key::Ctrl(_)
            | Key::Enter
            | Key::Esc
            | Key::Tab
            | Key::BackTab
            | Key::Backspace
            | Key::Delete
            | Key::Up
            | Key::Down
            | Key::Home
            | Key::End
            | Key::PageUp
            | Key::PageDown => {}
        },
    }
}

/// A key that the table knows.
pub fn intent(state: &mut AppState, intent: Intent) -> Vec<Effect> {
    if intent == Intent::Cancel || intent == Intent::Interrupt {
        close(state, Some("cancelled"));
        return Vec::new();
    }
    let half = usize::from(state.rows / 2).max(1);
    let last = if intent == Intent::HalfPageDown { super::view::form_lines(state) } else { 0 };
    let Some(form) = &mut state.form else { return Vec::new() };
    if form.quarantine.is_some() {
        return Vec::new();
    }
    form.remark = None;
    let toggle = |sheet: Sheet, wanted: Sheet| if sheet == wanted { Sheet::None } else { wanted };
    #[expect(clippy::wildcard_enum_match_arm, reason = "the keymap gives a form only these; others are wishes of other places")]
    match intent {
        Intent::NextField => form.focus = step(form.focus, true),
        Intent::PreviousField => form.focus = step(form.focus, false),
        Intent::DryRun => (form.sheet, form.scroll) = (toggle(form.sheet, Sheet::DryRun), 0),
        Intent::Calls => (form.sheet, form.scroll) = (toggle(form.sheet, Sheet::Calls), 0),
        Intent::HalfPageDown => form.scroll = (form.scroll + half).min(last),
        Intent::HalfPageUp => form.scroll = form.scroll.saturating_sub(half),
        Intent::CopyCommand => {
            if let Subject::Change { target, operation } = &form.subject {
                let command = super::copying::command(target, *operation);
                form.remark = Some("copied; it asks for --confirm there".to_owned());
                return vec![Effect::Copy(command)];
            }
        }
        Intent::Press => return press(state),
        _ => {}
    }
    Vec::new()
}

fn step(focus: Focus, forward: bool) -> Focus {
    match (focus, forward) {
        (Focus::Choice, true) | (Focus::Typed, false) => Focus::Reason,
        (Focus::Reason, true) | (Focus::Cancel, false) => Focus::Typed,
        (Focus::Typed, true) | (Focus::Act, false) => Focus::Cancel,
        (Focus::Cancel, true) | (Focus::Choice, false) => Focus::Act,
        (Focus::Act, true) | (Focus::Reason, false) => Focus::Choice,
    }
}

/// The engine recorded that an environment is armed, or refused to arm it.
pub fn armed(state: &mut AppState, environment: String, reason: String, result: Result<Duration, Refusal>) {
    match result {
        Ok(until) => {
            say(state, format!("{environment} is armed for 15 minutes: {reason}"), false);
            state.armed.retain(|old| old.environment != environment);
            state.armed.push(Armed { environment, reason, until });
            relock(state);
        }
        Err(refusal) => say(state, refusal.sentence, true),
    }
}

fn press(state: &mut AppState) -> Vec<Effect> {
    relock(state);
    let Some(form) = &mut state.form else { return Vec::new() };
    match form.focus {
        Focus::Choice | Focus::Reason | Focus::Typed => {
            form.remark = Some("enter acts on a button only: tab goes there".to_owned());
            return Vec::new();
        }
        Focus::Cancel => {
            close(state, Some("cancelled"));
            return Vec::new();
        }
        Focus::Act => {}
    }
    if let Some(missing) = form.missing() {
        form.remark = Some(missing);
        return Vec::new();
    }
    let reason = form.reason.text().to_owned();
    match (&form.phase, &form.subject) {
        (FormPhase::Ready(Some(proposal)), _) => match proposal.confirm(form.typed.text(), &reason, Via::Screen) {
            Err(not_confirmed) => {
                form.remark = Some(not_confirmed.to_string());
                Vec::new()
            }
            Ok(confirmed) => {
                let plan = confirmed.plan();
                let running = Running {
                    action: confirmed.action().clone(),
                    operation: plan.operation,
                    target: plan.target.clone(),
                    headline: super::view::headline(plan),
                    stages: Vec::new(),
                    started: state.since_boot,
                    report: None,
                };
                state.form = None;
                leave_screen(state);
                state.screens.retain(|screen| !matches!(screen, Screen::Progress(_)));
                show(state, Screen::Progress(running.action.clone()));
                // One page a target, but what was accepted and has not ended yet stays: it is watched until it ends.
                let book = std::sync::Arc::clone(&state.book);
                let waits = |old: &Running| book.accepted.iter().any(|record| record.id == old.action);
                state.running.retain(|old| old.target != running.target || old.report.is_none() || waits(old));
                state.running.push(running);
                vec![Effect::Execute(Box::new(confirmed))]
            }
        },
        (FormPhase::Ready(None), Subject::Arm { environment }) => {
            let effect = Effect::Arm { environment: environment.clone(), reason: reason.trim().to_owned() };
            let text = format!("arming {environment}: it is recorded first");
            close(state, None);
            say(state, text, false);
            vec![effect]
        }
        (FormPhase::Ready(None), Subject::Change { .. }) | (FormPhase::Reading | FormPhase::Refused(_), _) => Vec::new(),
    }
}
