//! The only way state changes: one message in, effects out. Pure.

use std::time::Duration;

use crate::{config::settings::Environment, domain::source::SourceUpdate, terminal::input::Key};

pub use super::{field::edit, place::place};

use super::{
    alerts, answering, doubt,
    effect::Effect,
    finding, gates, judging, kept,
    keymap::{self, Intent, Place},
    list, locking,
    message::Message,
    navigate, palette, prompt,
    state::{AppState, Said, Screen, SourceInfo, SourceState},
    tenants, typing,
};

/// A gap between two ticks longer than this is a suspend: the machine slept, and what a form rests on is old.
const SLEPT: Duration = Duration::from_secs(60);
/// At most one bell in this time.
const BELL_EVERY: Duration = Duration::from_secs(10);
/// Unread errors kept; older ones are in the log.
const ERRORS: usize = 50;

/// Takes one message. Every effect that is returned is carried out by the loop, in order.
pub fn update(state: &mut AppState, message: Message) -> Vec<Effect> {
    let touches_judgement = matches!(message, Message::Clock { .. } | Message::Source(_) | Message::Book(_));
    let effects = taken(state, message);
    if touches_judgement {
        gates::refresh(state);
        tenants::age(state);
    }
    effects
}

fn taken(state: &mut AppState, message: Message) -> Vec<Effect> {
    match message {
        Message::Clock { now, since_boot } => {
            let mut effects = clock(state, now, since_boot);
            effects.extend(judging::tick(state));
            effects
        }
        Message::Returned { place, ago } => kept::go_back(state, &place, ago),
        Message::Input(input) => typing::input(state, input),
        Message::Source(update) => source(state, update),
        Message::Alerts(board) => alerts::take(state, board),
        Message::Prepared { ticket, result } => {
            answering::prepared(state, ticket, result);
            Vec::new()
        }
        Message::Rechecked { ticket, result } => {
            locking::rechecked(state, ticket, result);
            Vec::new()
        }
        Message::Operated { action, progress } => doubt::operated(state, &action, progress),
        Message::ReadBack { action, result } => {
            let sentence = result.unwrap_or_else(|refusal| refusal.sentence);
            if doubt::record(state, &action).is_some() {
                doubt::note_read_back(state, &action, state.now, sentence);
            }
            Vec::new()
        }
        Message::Settled { action, outcome, sentence, read_at } => {
            doubt::settled(state, &action, outcome, sentence, read_at);
            Vec::new()
        }
        Message::Armed { environment, reason, result } => {
            answering::armed(state, environment, reason, result);
            Vec::new()
        }
        Message::Book(book) => {
            let mut effects = doubt::book(state, book);
            alerts::arrange(state);
            effects.extend(judging::judge(state));
            effects
        }
        Message::AuditPage(page) => {
            state.verifying = false;
            state.audit = Some(page);
            Vec::new()
        }
        Message::Notice { text, is_error } => {
            state.connecting = false;
            say(state, text, is_error);
            Vec::new()
        }
        Message::Connected { environments, sources } => {
            connected(state, environments, sources);
            judging::name(state);
            judging::judge(state)
        }
        Message::Resumed => {
            answering::close(state, Some("the form closed when the console was suspended"));
            vec![Effect::Repaint, Effect::ReadNow]
        }
    }
}

fn source(state: &mut AppState, update: SourceUpdate) -> Vec<Effect> {
    let mut is_news = judging::is_news(state, &update);
    if !is_news && matches!(update, SourceUpdate::Alerts(_) | SourceUpdate::Tenants(_)) {
        return Vec::new();
    }
    let of_rollouts = matches!(update, SourceUpdate::Rollouts { .. });
    let of_alerts = matches!(update, SourceUpdate::Alerts(_));
    let of_tenants = matches!(update, SourceUpdate::Tenants(_));
    let before = if of_rollouts { judging::judged(state) } else { Vec::new() };
    list::apply(state, update);
    if of_rollouts {
        judging::name(state);
        is_news = before != judging::judged(state);
    }
    if of_tenants {
        tenants::told(state);
    }
    let mut effects = if is_news { judging::judge(state) } else { Vec::new() };
    if of_alerts {
        effects.extend(alerts::fed(state));
    }
    // After the judgement: the form's lock rests on it.
    locking::relock(state);
    effects
}

fn connected(state: &mut AppState, environments: Vec<Environment>, sources: Vec<SourceInfo>) {
    state.connecting = false;
    for environment in environments {
        if state.environment(&environment.name).is_none() {
            state.environments.push(environment);
        }
    }
    for info in sources {
        if state.source(&info.id).is_none() {
            state.sources.push(SourceState::new(info));
        }
    }
    for screen in &mut state.screens {
        if *screen == Screen::Welcome {
            *screen = Screen::Overview;
        }
    }
    list::rebuild(state);
}

fn clock(state: &mut AppState, now: crate::domain::Timestamp, since_boot: Duration) -> Vec<Effect> {
    let slept = since_boot.saturating_sub(state.since_boot) > SLEPT;
    state.now = now;
    // Time since boot never goes back; a message that says so is old.
    state.since_boot = state.since_boot.max(since_boot);
    if slept {
        answering::close(state, Some("the form closed: the machine slept meanwhile"));
        return vec![Effect::ReadNow];
    }
    let mut effects = answering::tick(state);
    effects.extend(doubt::tick(state));
    let since_boot = state.since_boot;
    let ended = state.armed.iter().find(|armed| armed.until <= since_boot).map(|armed| armed.environment.clone());
    if let Some(environment) = ended {
        state.armed.retain(|armed| armed.until > since_boot);
        say(state, format!("{environment} is no longer armed: 15 minutes are over"), false);
        locking::relock(state);
    }
    effects
}

/// One key, wherever the keyboard is.
pub(super) fn key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let place = place(state);
    let Some(intent) = keymap::lookup(place, key) else {
        state.quit_asked = false;
        match place {
            Place::Filter | Place::Prompt => finding::edit_open(state, key),
            Place::Palette => palette::edit_text(state, key),
            Place::Note => {
                edit(&mut state.settling.note, key);
            }
            Place::FormChoice | Place::FormText | Place::FormButton => answering::key(state, key),
            Place::Menu => return navigate::menu_key(state, key),
            Place::Welcome
            | Place::Overview
            | Place::Detail
            | Place::Alerts
            | Place::Alert
            | Place::Gates
            | Place::Tenants
            | Place::Map
            | Place::Gate
            | Place::Tenant
            | Place::Page
            | Place::Audit
            | Place::Sources
            | Place::Progress
            | Place::InDoubt => {}
            Place::FormShut => locking::typed_ahead(state),
        }
        return Vec::new();
    };
    act(state, place, intent)
}

/// Does what a key stands for at `place`.
#[expect(clippy::too_many_lines, reason = "every intent is named: the table has no wildcard")]
pub(super) fn act(state: &mut AppState, place: Place, intent: Intent) -> Vec<Effect> {
    match intent {
        Intent::Repaint => return vec![Effect::Repaint],
        Intent::Suspend => {
            answering::close(state, Some("the form closed when the console was suspended"));
            return vec![Effect::Suspend];
        }
        Intent::Interrupt if state.form.is_none() => return quit(state),
        Intent::Interrupt
        | Intent::Down
        | Intent::Up
        | Intent::HalfPageDown
        | Intent::HalfPageUp
        | Intent::Top
        | Intent::Bottom
        | Intent::NextPane
        | Intent::PreviousPane
        | Intent::Focus(_)
        | Intent::Overview
        | Intent::Audit
        | Intent::Sources
        | Intent::NextProblem
        | Intent::PreviousProblem
        | Intent::Open
        | Intent::Back
        | Intent::Leave
        | Intent::Filter
        | Intent::Sort
        | Intent::Zoom
        | Intent::Causes
        | Intent::Map
        | Intent::Left
        | Intent::Right
        | Intent::NextColumn
        | Intent::PreviousColumn
        | Intent::Zone
        | Intent::Palette
        | Intent::Help
        | Intent::Why
        | Intent::Read
        | Intent::Copy
        | Intent::Actions
        | Intent::Form(_)
        | Intent::Acknowledge
        | Intent::Tick
        | Intent::Connect
        | Intent::Verify
        | Intent::Choose(_)
        | Intent::Accept
        | Intent::Complete
        | Intent::NextField
        | Intent::PreviousField
        | Intent::Press
        | Intent::Cancel
        | Intent::DryRun
        | Intent::Calls
        | Intent::CopyCommand => {}
    }
    match place {
        Place::FormShut | Place::FormChoice | Place::FormText | Place::FormButton => {
            state.quit_asked = false;
            answering::intent(state, intent)
        }
        Place::Prompt => {
            state.quit_asked = false;
            prompt::wish(state, intent)
        }
        Place::Palette => {
            state.quit_asked = false;
            palette::wish(state, intent)
        }
        Place::Welcome
        | Place::Overview
        | Place::Filter
        | Place::Detail
        | Place::Alerts
        | Place::Alert
        | Place::Gates
        | Place::Tenants
        | Place::Map
        | Place::Gate
        | Place::Tenant
        | Place::Page
        | Place::Audit
        | Place::Sources
        | Place::Menu
        | Place::Progress
        | Place::InDoubt
        | Place::Note => navigate::wish(state, intent),
    }
}

/// Asks, and on the second time quits.
pub(super) fn quit(state: &mut AppState) -> Vec<Effect> {
    if state.quit_asked {
        return vec![Effect::Quit];
    }
    state.quit_asked = true;
    let flying = state.running.iter().filter(|running| running.report.is_none()).count();
    let text = if flying > 0 {
        format!("{flying} action in flight: quitting waits for its answer, at most 12 s, and records it; press again to quit")
    } else {
        "quit? press again".to_owned()
    };
    say(state, text, false);
    Vec::new()
}

/// Puts a line into the message row. Errors stay until they were dismissed; the newest other line replaces the last one.
pub fn say(state: &mut AppState, text: impl Into<String>, is_error: bool) {
    let said = Said { at: state.now, text: text.into(), is_error };
    if is_error {
        if state.errors.len() >= ERRORS {
            state.errors.remove(0);
        }
        state.errors.push(said);
    } else {
        state.said = Some(said);
    }
}

/// Rings, when the bell is on and has been quiet for 10 s.
pub fn bell(state: &mut AppState) -> Vec<Effect> {
    let quiet = state.rang.is_none_or(|rang| state.since_boot.saturating_sub(rang) >= BELL_EVERY);
    if !state.bell || !quiet {
        return Vec::new();
    }
    state.rang = Some(state.since_boot);
    vec![Effect::Bell]
}
