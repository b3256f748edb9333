//! Settling an action in doubt: read back, choose, record. Never settled by itself, never sent again by itself (ux.md 3.6).

use std::{sync::Arc, time::Duration};

use crate::{
    domain::{
        Timestamp,
        action::ActionId,
        freshness::Freshness,
        judge::{ReadBack, judge},
        outcome::Outcome,
        progress::{Progress, Report},
        quantity::age_in_words,
    },
    ledger::{
        book::{Book, OpenRecord},
        entry::Resolution,
    },
};

use super::{
    answering,
    effect::Effect,
    list, locking,
    navigate::{leave_screen, show},
    state::{AppState, ReadBackLine, Screen},
    update::{bell, say},
};

/// Time between two read-backs while the page is shown.
const READ_BACK_EVERY: Duration = Duration::from_secs(5);

/// What the newest good read says about an action in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// No good read since the action: nothing can be said.
    CannotTell { why: String },
    /// The change, or its effect, is there.
    Applied { sentence: String },
    /// A good read after the action shows neither.
    NotApplied,
    /// Something else is there: another revision, another object.
    Other { sentence: String },
}

/// The record of an action in doubt, while it is.
#[must_use]
pub fn record<'a>(state: &'a AppState, action: &ActionId) -> Option<&'a OpenRecord> {
    state.book.in_doubt.iter().find(|record| record.id == *action)
}

/// Judges the newest known state of the record's target. A read from before the action proves nothing.
#[must_use]
pub fn evidence(state: &AppState, record: &OpenRecord) -> Evidence {
    let source = &record.target.source;
    match state.freshness(source) {
        Freshness::Live => {}
        Freshness::Stale { age } => {
            return Evidence::CannotTell { why: format!("what is known of {source} is {} old", age_in_words(age)) };
        }
        Freshness::Lost { why, .. } => return Evidence::CannotTell { why: format!("{source} is lost: {why}") },
        Freshness::Never => return Evidence::CannotTell { why: format!("{source} was never read") },
    }
    let read_at = state.source(source).and_then(|known| known.health.last_ok).map(|(_, at)| at);
    if read_at.is_none_or(|at| at <= record.since) {
        return Evidence::CannotTell { why: "no read since the action".to_owned() };
    }
    let Some(rollout) = state.rollout(&record.target) else {
        return Evidence::Other { sentence: format!("{} is gone", record.target.name) };
    };
    match judge(&record.plan, rollout) {
        ReadBack::Reached => Evidence::Applied { sentence: "the system shows what was asked for".to_owned() },
        ReadBack::AcceptedOnly => {
            Evidence::Applied { sentence: "the object carries the change; its controller has not acted on it".to_owned() }
        }
        ReadBack::NotVisible => Evidence::NotApplied,
        ReadBack::Contradicted(sentence) => Evidence::Other { sentence },
    }
}

/// Whether choice `number` (1-4) may be made now, and what it needs.
#[must_use]
pub fn choice(evidence: &Evidence, number: u8) -> (bool, &'static str) {
    let told = !matches!(evidence, Evidence::CannotTell { .. });
    match number {
        1 => (told && *evidence != Evidence::NotApplied, "needs a good read-back that shows it"),
        2 => (matches!(evidence, Evidence::NotApplied | Evidence::Other { .. }), "needs a good read-back without it"),
        3 => (*evidence == Evidence::NotApplied, "only when a good read-back shows that it did not happen"),
        4 => (true, "stays on every console of this host"),
        _ => (false, ""),
    }
}

/// A person chose on the page.
pub fn choose(state: &mut AppState, action: &ActionId, number: u8) {
    let Some(record) = record(state, action) else {
        say(state, "it is settled already", false);
        return;
    };
    let (available, needs) = choice(&evidence(state, record), number);
    if number == 4 {
        leave_screen(state);
        say(state, "left open: it stays in doubt until somebody settles it", false);
    } else if available {
        state.settling.choice = Some(number);
        state.settling.note.clear();
    } else {
        say(state, format!("{number} is not possible now: {needs}"), false);
    }
}

/// Enter after a choice: records it.
pub fn accept(state: &mut AppState, action: &ActionId) -> Vec<Effect> {
    let Some(number) = state.settling.choice.take() else { return Vec::new() };
    let Some(record) = record(state, action) else { return Vec::new() };
    let (available, needs) = choice(&evidence(state, record), number);
    if !available {
        say(state, format!("it moved meanwhile; {number} {needs}"), true);
        return Vec::new();
    }
    let (target, operation) = (record.target.clone(), record.operation);
    let resolution = if number == 1 { Resolution::Applied } else { Resolution::NotApplied };
    if number == 3 {
        state.settling.again = Some((action.clone(), target, operation));
    }
    let note = state.settling.note.text().trim().to_owned();
    state.settling.note.clear();
    vec![Effect::Resolve { action: action.clone(), resolution, note: (!note.is_empty()).then_some(note) }]
}

/// Reads back now, at most once a second.
pub fn read_back(state: &mut AppState, action: &ActionId) -> Vec<Effect> {
    if state.since_boot.saturating_sub(state.settling.asked) < Duration::from_secs(1) {
        return Vec::new();
    }
    state.settling.asked = state.since_boot;
    vec![Effect::ReadBack { action: action.clone() }]
}

/// A second has passed: the open page reads back every 5 s.
pub fn tick(state: &mut AppState) -> Vec<Effect> {
    let mut effects = reached(state);
    effects.extend(read_back_page(state));
    effects
}

fn read_back_page(state: &mut AppState) -> Vec<Effect> {
    match state.screen().clone() {
        Screen::InDoubt(action)
            if record(state, &action).is_some() && state.since_boot.saturating_sub(state.settling.asked) >= READ_BACK_EVERY =>
        {
            read_back(state, &action)
        }
        Screen::InDoubt(_)
        | Screen::Welcome
        | Screen::Overview
        | Screen::Detail(_)
        | Screen::Alerts
        | Screen::Alert(_)
        | Screen::Gates
        | Screen::Tenants
        | Screen::Gate(_)
        | Screen::Tenant(_)
        | Screen::Form
        | Screen::Progress(_)
        | Screen::Audit
        | Screen::Sources
        | Screen::Help
        | Screen::Why
        | Screen::Actions
        | Screen::Copy => Vec::new(),
    }
}

/// Accepted actions of this user whose effect the newest read shows: each is read back once, and again while that fails.
/// What this console still follows is left to the action itself, what another console sent to that one.
fn reached(state: &mut AppState) -> Vec<Effect> {
    let due: Vec<ActionId> = state
        .book
        .accepted
        .iter()
        .filter(|record| record.own && ours_to_end(state, record))
        .filter(|record| state.freshness(&record.target.source).is_live())
        .filter(|record| state.rollout(&record.target).is_some_and(|now| judge(&record.plan, now) == ReadBack::Reached))
        .filter(|record| {
            let asked = state.settling.ending.get(&record.id);
            asked.is_none_or(|asked| state.since_boot.saturating_sub(*asked) >= READ_BACK_EVERY)
        })
        .map(|record| record.id.clone())
        .collect();
    let open: Vec<ActionId> = state.book.accepted.iter().map(|record| record.id.clone()).collect();
    state.settling.ending.retain(|action, _| open.contains(action));
    for action in &due {
        state.settling.ending.insert(action.clone(), state.since_boot);
    }
    due.into_iter().map(|action| Effect::ReadBack { action }).collect()
}

/// Nobody else will end it: this console sent it and follows it no more, or the console that sent it is gone.
fn ours_to_end(state: &AppState, record: &OpenRecord) -> bool {
    match state.running.iter().find(|running| running.action == record.id) {
        Some(running) => running.report.is_some(),
        None => !record.owner_alive,
    }
}

/// A read-back ended an accepted action, and that is recorded.
pub fn settled(state: &mut AppState, action: &ActionId, outcome: Outcome, sentence: String, read_at: Option<Timestamp>) {
    if let Some(report) = state.running.iter_mut().find(|running| running.action == *action).and_then(|it| it.report.as_mut()) {
        report.outcome = outcome;
        report.sentence.clone_from(&sentence);
        report.read_back_at = read_at;
    }
    say(state, sentence, outcome == Outcome::Contradicted);
    locking::relock(state);
}

/// The ledger was folded anew.
pub fn book(state: &mut AppState, book: Arc<Book>) -> Vec<Effect> {
    let known: Vec<ActionId> = state.book.in_doubt.iter().map(|record| record.id.clone()).collect();
    let fresh: Vec<ActionId> = book.in_doubt.iter().map(|record| record.id.clone()).filter(|id| !known.contains(id)).collect();
    let first = !state.book_known;
    state.book_known = true;
    state.book = book;
    // Once a second, and over all rollouts: only when the order can differ.
    if first || !fresh.is_empty() || known.len() != state.book.in_doubt.len() {
        list::reorder(state);
    }
    locking::relock(state);
    let mut effects = Vec::new();
    if !fresh.is_empty() {
        effects.extend(bell(state));
    }
    // What was left by an earlier run is shown before anything else, but never pulled over a form that is being answered.
    if first
        && state.form.is_none()
        && let Some(action) = fresh.first()
    {
        show(state, Screen::InDoubt(action.clone()));
        effects.extend(read_back(state, action));
    }
    settle_progress(state);
    if let Some((action, target, operation)) = state.settling.again.clone()
        && record(state, &action).is_none()
    {
        state.settling.again = None;
        // Somebody who has left the page is not surprised by a form.
        if *state.screen() == Screen::InDoubt(action) {
            leave_screen(state);
            effects.extend(answering::open(state, &target, operation));
        }
    }
    effects
}

/// The progress page of an action that ended in doubt becomes its in-doubt page.
pub fn settle_progress(state: &mut AppState) {
    if let Screen::Progress(action) = state.screen().clone() {
        let in_doubt = state.running.iter().any(|running| {
            running.action == action && running.report.as_ref().is_some_and(|report| report.outcome == Outcome::InDoubt)
        });
        if in_doubt && record(state, &action).is_some() {
            leave_screen(state);
            show(state, Screen::InDoubt(action));
        }
    }
}

/// Something was reported about an action: this console's own, or a read-back.
pub fn operated(state: &mut AppState, action: &ActionId, progress: Progress) -> Vec<Effect> {
    let now = state.now;
    if let Progress::Done(report) = &progress
        && record(state, action).is_some()
    {
        remember(state, action, report);
    }
    let Some(running) = state.running.iter_mut().find(|running| running.action == *action) else { return Vec::new() };
    if let Progress::Done(report) = progress {
        let first = running.report.is_none();
        let text = format!("{} {}: {}, {}", report.operation, report.target.name, report.outcome.title(), report.sentence);
        let not_durable = report.outcome_not_durable.clone();
        let outcome = report.outcome;
        running.report = Some(report);
        let bad = match outcome {
            Outcome::Verified | Outcome::Accepted => false,
            Outcome::Rejected | Outcome::Refused | Outcome::NotSent | Outcome::InDoubt | Outcome::Contradicted => true,
        };
        if first {
            let watched = *state.screen() == Screen::Progress(action.clone());
            say(state, text, bad && !watched);
            if let Some(why) = not_durable {
                say(state, format!("the outcome could not be recorded: {why}"), true);
            }
        }
        locking::relock(state);
        settle_progress(state);
        return if outcome == Outcome::InDoubt && first { bell(state) } else { Vec::new() };
    }
    // A counter is one line, not one line a second.
    let counts = |stage: &Progress| matches!(stage, Progress::NotActedOn { .. });
    if counts(&progress) && running.stages.last().is_some_and(|(_, last)| counts(last)) {
        running.stages.pop();
    }
    if running.stages.len() < 100 {
        running.stages.push((now, progress));
    }
    Vec::new()
}

fn remember(state: &mut AppState, action: &ActionId, report: &Report) {
    note_read_back(state, action, report.read_back_at.unwrap_or(state.now), report.sentence.clone());
}

/// Notes what a read of an action's target said. The same words at a later time replace the older line.
pub fn note_read_back(state: &mut AppState, action: &ActionId, at: Timestamp, sentence: String) {
    let lines = state.settling.read_backs.entry(action.clone()).or_default();
    if lines.last().is_some_and(|last| last.sentence == sentence) {
        lines.pop();
    }
    lines.push(ReadBackLine { at, sentence });
    if lines.len() > 20 {
        lines.remove(0);
    }
}
