//! The only way state changes: one message in, effects out. Pure.

use std::time::Duration;

use crate::{
    domain::id::TargetId,
    terminal::input::{Input, Key},
};

use super::{
    answering, copying, doubt,
    effect::Effect,
    field::TextField,
    form::{Focus, FormPhase},
    keymap::{self, Intent, Place},
    list,
    message::Message,
    state::{AppState, Pane, Said, Screen, SourceState},
    view,
};

/// A gap between two ticks longer than this is a suspend: the machine slept, and what a form rests on is old.
const SLEPT: Duration = Duration::from_secs(60);
/// At most one bell in this time.
const BELL_EVERY: Duration = Duration::from_secs(10);
/// Unread errors kept; older ones are in the log.
const ERRORS: usize = 50;

/// Takes one message. Every effect that is returned is carried out by the loop, in order.
pub fn update(state: &mut AppState, message: Message) -> Vec<Effect> {
    match message {
        Message::Clock { now, since_boot } => clock(state, now, since_boot),
        Message::Input(input) => self::input(state, input),
        Message::Source(update) => {
            list::apply(state, update);
            answering::relock(state);
            Vec::new()
        }
        Message::Prepared { ticket, result } => {
            answering::prepared(state, ticket, result);
            Vec::new()
        }
        Message::Rechecked { ticket, result } => {
            answering::rechecked(state, ticket, result);
            Vec::new()
        }
        Message::Operated { action, progress } => doubt::operated(state, &action, progress),
        Message::ReadBack { action, result } => {
            let sentence = result.unwrap_or_else(|refusal| refusal.sentence);
            doubt::note_read_back(state, &action, state.now, sentence);
            Vec::new()
        }
        Message::Book(book) => doubt::book(state, book),
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
            Vec::new()
        }
        Message::Resumed => {
            answering::close(state, Some("the form closed when the console was suspended"));
            vec![Effect::Repaint, Effect::ReadNow]
        }
    }
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
        answering::relock(state);
    }
    effects
}

/// Where the keyboard is.
#[must_use]
pub fn place(state: &AppState) -> Place {
    match state.screen() {
        Screen::Welcome => Place::Welcome,
        Screen::Overview if state.list.filtering => Place::Filter,
        Screen::Overview => Place::Overview,
        Screen::Detail(_) => Place::Detail,
        Screen::Form => match &state.form {
            Some(form) => match (&form.phase, form.focus) {
                (FormPhase::Reading | FormPhase::Refused(_), _) => Place::FormShut,
                (FormPhase::Ready(_), Focus::Choice) => Place::FormChoice,
                (FormPhase::Ready(_), Focus::Reason | Focus::Typed) => Place::FormText,
                (FormPhase::Ready(_), Focus::Cancel | Focus::Act) => Place::FormButton,
            },
            None => Place::FormShut,
        },
        Screen::Progress(_) => Place::Progress,
        Screen::InDoubt(_) if state.settling.choice.is_some() => Place::Note,
        Screen::InDoubt(_) => Place::InDoubt,
        Screen::Audit => Place::Audit,
        Screen::Sources => Place::Sources,
        Screen::Help | Screen::Why => Place::Page,
        Screen::Actions | Screen::Copy => Place::Menu,
    }
}

fn input(state: &mut AppState, input: Input) -> Vec<Effect> {
    match input {
        Input::Key(key) => self::key(state, key),
        Input::Paste(text) => {
            match place(state) {
                Place::FormShut | Place::FormChoice | Place::FormText | Place::FormButton => {
                    answering::quarantine(state, "pasted text");
                }
                Place::Filter => {
                    for c in text.chars().take(super::field::LONGEST) {
                        state.list.filter.insert(c);
                    }
                    list::refilter(state);
                }
                Place::Note => say(state, "pasted text is not taken here", false),
                Place::Welcome
                | Place::Overview
                | Place::Detail
                | Place::Page
                | Place::Audit
                | Place::Sources
                | Place::Menu
                | Place::Progress
                | Place::InDoubt => {}
            }
            Vec::new()
        }
        Input::Burst(keys) => {
            let mut effects = Vec::new();
            for key in keys {
                match place(state) {
                    // A form that this burst opened, or that was open: nothing of it lands there.
                    Place::FormShut | Place::FormChoice | Place::FormText | Place::FormButton => {
                        answering::quarantine(state, "text that arrives faster than fingers");
                        break;
                    }
                    Place::InDoubt | Place::Note => break,
                    Place::Welcome
                    | Place::Overview
                    | Place::Filter
                    | Place::Detail
                    | Place::Page
                    | Place::Audit
                    | Place::Sources
                    | Place::Menu
                    | Place::Progress => effects.extend(self::key(state, key)),
                }
            }
            effects
        }
        Input::Resize { columns, rows } => {
            state.columns = columns;
            state.rows = rows;
            answering::resized(state);
            Vec::new()
        }
    }
}

/// An editing key for `field`; whether the text changed.
pub fn edit(field: &mut TextField, key: Key) -> bool {
    match key {
        Key::Char(c) => field.insert(c),
        Key::Backspace => field.backspace(),
        Key::Delete => field.delete(),
        Key::Left => return moved(field, TextField::left),
        Key::Right => return moved(field, TextField::right),
        Key::Home => return moved(field, TextField::home),
        Key::End => return moved(field, TextField::end),
        Key::Ctrl(_) | Key::Enter | Key::Esc | Key::Tab | Key::BackTab | Key::Up | Key::Down | Key::PageUp | Key::PageDown => {
            return false;
        }
    }
    true
}

fn moved(field: &mut TextField, step: fn(&mut TextField)) -> bool {
    step(field);
    false
}

fn key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let place = place(state);
    let Some(intent) = keymap::lookup(place, key) else {
        state.quit_asked = false;
        match place {
            Place::Filter => {
                if edit(&mut state.list.filter, key) {
                    list::refilter(state);
                }
            }
            Place::Note => {
                edit(&mut state.settling.note, key);
            }
            Place::FormChoice | Place::FormText | Place::FormButton => answering::key(state, key),
            Place::Menu => return menu_key(state, key),
            Place::Welcome
            | Place::Overview
            | Place::Detail
            | Place::Page
            | Place::Audit
            | Place::Sources
            | Place::Progress
            | Place::InDoubt
            | Place::FormShut => {}
        }
        return Vec::new();
    };
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
        | Intent::Help
        | Intent::Why
        | Intent::Read
        | Intent::Copy
        | Intent::Actions
        | Intent::Form(_)
        | Intent::Connect
        | Intent::Verify
        | Intent::Choose(_)
        | Intent::Accept
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
        Place::Welcome
        | Place::Overview
        | Place::Filter
        | Place::Detail
        | Place::Page
        | Place::Audit
        | Place::Sources
        | Place::Menu
        | Place::Progress
        | Place::InDoubt
        | Place::Note => wish(state, intent),
    }
}

fn quit(state: &mut AppState) -> Vec<Effect> {
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

/// A wish outside forms.
fn wish(state: &mut AppState, intent: Intent) -> Vec<Effect> {
    let asked = std::mem::take(&mut state.quit_asked);
    let half = isize::from(i16::try_from(state.rows / 2).unwrap_or(1)).max(1);
    match intent {
        Intent::Down => travel(state, 1),
        Intent::Up => travel(state, -1),
        Intent::HalfPageDown => travel(state, half),
        Intent::HalfPageUp => travel(state, -half),
        Intent::Top => travel(state, isize::MIN + 1),
        Intent::Bottom => travel(state, isize::MAX),
        Intent::NextPane | Intent::PreviousPane => cycle_pane(state, intent == Intent::NextPane),
        Intent::Focus(pane) => {
            home(state);
            state.pane = pane;
        }
        Intent::Overview => home(state),
        Intent::Audit => {
            return_to(state, Screen::Audit);
            return vec![Effect::ReadAudit { verify: false }];
        }
        Intent::Sources => return_to(state, Screen::Sources),
        Intent::NextProblem | Intent::PreviousProblem => go_to_problem(state, intent == Intent::NextProblem),
        Intent::Open => return self::open(state),
        Intent::Back => back(state),
        Intent::Leave => {
            if matches!(state.screen(), Screen::Overview | Screen::Welcome) {
                state.quit_asked = asked;
                return quit(state);
            }
            leave_screen(state);
        }
        Intent::Filter => {
            state.pane = Pane::Rollouts;
            state.list.filter.end();
            state.list.filtering = true;
        }
        Intent::Sort => {
            state.list.sort = match state.list.sort {
                super::state::Sort::WorstFirst => super::state::Sort::Name,
                super::state::Sort::Name => super::state::Sort::WorstFirst,
            };
            list::reorder(state);
        }
        Intent::Zoom => state.zoom = !state.zoom,
        Intent::Help => show(state, Screen::Help),
        Intent::Why => show(state, Screen::Why),
        Intent::Read => return read(state),
        Intent::Copy => menu(state, Screen::Copy),
        Intent::Actions => match target(state) {
            Some(_) => menu(state, Screen::Actions),
            None => say(state, "no rollout is selected", false),
        },
        Intent::Form(operation) => {
            if let Some(target) = target(state) {
                return answering::open(state, &target, operation);
            }
            say(state, "no rollout is selected", false);
        }
        Intent::Connect => return connect(state),
        Intent::Verify => {
            state.verifying = true;
            return vec![Effect::ReadAudit { verify: true }];
        }
        Intent::Choose(number) => {
            if let Screen::InDoubt(action) = state.screen().clone() {
                doubt::choose(state, &action, number);
            }
        }
        Intent::Accept => {
            if let Screen::InDoubt(action) = state.screen().clone() {
                return doubt::accept(state, &action);
            }
            state.list.filtering = false;
        }
        Intent::NextField
        | Intent::PreviousField
        | Intent::Press
        | Intent::Cancel
        | Intent::DryRun
        | Intent::Calls
        | Intent::CopyCommand
        | Intent::Interrupt
        | Intent::Repaint
        | Intent::Suspend => {}
    }
    Vec::new()
}

fn read(state: &mut AppState) -> Vec<Effect> {
    match state.screen().clone() {
        Screen::InDoubt(action) => doubt::read_back(state, &action),
        Screen::Audit => vec![Effect::ReadNow, Effect::ReadAudit { verify: false }],
        Screen::Welcome
        | Screen::Overview
        | Screen::Detail(_)
        | Screen::Form
        | Screen::Progress(_)
        | Screen::Sources
        | Screen::Help
        | Screen::Why
        | Screen::Actions
        | Screen::Copy => vec![Effect::ReadNow],
    }
}

fn connect(state: &mut AppState) -> Vec<Effect> {
    let Some(welcome) = &state.welcome else { return Vec::new() };
    if welcome.context.is_none() {
        say(state, "no kube context was found: set KUBECONFIG, or write a configuration", false);
        return Vec::new();
    }
    if std::mem::replace(&mut state.connecting, true) {
        return Vec::new();
    }
    vec![Effect::Connect]
}

/// The target that a verb would act on: what the page is about, or the row under the cursor.
#[must_use]
pub fn target(state: &AppState) -> Option<TargetId> {
    state.screens.iter().rev().find_map(|screen| match screen {
        Screen::Detail(target) => Some(Some(target.clone())),
        Screen::Progress(action) => {
            Some(state.running.iter().find(|running| running.action == *action).map(|running| running.target.clone()))
        }
        Screen::InDoubt(action) => Some(doubt::record(state, action).map(|record| record.target.clone())),
        Screen::Overview => Some(state.list.selection.id.clone()),
        Screen::Welcome
        | Screen::Form
        | Screen::Audit
        | Screen::Sources
        | Screen::Help
        | Screen::Why
        | Screen::Actions
        | Screen::Copy => None,
    })?
}

fn menu(state: &mut AppState, screen: Screen) {
    state.menu_row = 0;
    // The page below keeps its scroll: a menu lies over it.
    state.screens.push(screen);
}

/// Puts a screen on top.
pub fn show(state: &mut AppState, screen: Screen) {
    state.scroll = 0;
    state.settling.choice = None;
    state.screens.push(screen);
}

/// Goes to a main page: the stack is overview and that page.
fn return_to(state: &mut AppState, screen: Screen) {
    home(state);
    show(state, screen);
}

fn home(state: &mut AppState) {
    state.screens.truncate(1);
    state.scroll = 0;
    state.list.filtering = false;
}

/// Takes the top screen away; the lowest stays.
pub fn leave_screen(state: &mut AppState) {
    let menu = matches!(state.screen(), Screen::Actions | Screen::Copy);
    if state.screens.len() > 1 {
        state.screens.pop();
    }
    state.settling.choice = None;
    if !menu {
        state.scroll = 0;
    }
}

fn back(state: &mut AppState) {
    if state.settling.choice.take().is_some() {
        return;
    }
    if state.list.filtering && *state.screen() == Screen::Overview {
        state.list.filtering = false;
        state.list.filter.clear();
        list::reorder(state);
        return;
    }
    if !state.errors.is_empty() {
        state.errors.remove(0);
        return;
    }
    if *state.screen() == Screen::Overview {
        if !state.list.filter.is_empty() {
            state.list.filter.clear();
            list::reorder(state);
        } else if state.zoom {
            state.zoom = false;
        }
        return;
    }
    leave_screen(state);
}

fn cycle_pane(state: &mut AppState, forward: bool) {
    let at = Pane::ALL.iter().position(|pane| *pane == state.pane).unwrap_or(0);
    let step = if forward { 1 } else { Pane::ALL.len() - 1 };
    if let Some(pane) = Pane::ALL.get((at + step) % Pane::ALL.len()) {
        state.pane = *pane;
    }
}

fn go_to_problem(state: &mut AppState, forward: bool) {
    let told = if state.list.selection.by_person { None } else { view::attention(state).target };
    let Some(target) = told.or_else(|| list::next_problem(state, forward)) else {
        say(state, "no problem in this list", false);
        return;
    };
    list::select(state, &target);
    state.pane = Pane::Rollouts;
    let Some(Screen::Detail(shown)) = state.screens.last_mut() else { return };
    *shown = target;
    state.scroll = 0;
}

fn open(state: &mut AppState) -> Vec<Effect> {
    match state.screen().clone() {
        Screen::Overview => {
            if state.pane != Pane::Rollouts {
                return Vec::new();
            }
            let Some(target) = state.list.selection.id.clone() else { return Vec::new() };
            let doubted = super::standing::in_doubt(state, &target).map(|record| record.id.clone());
            show(state, doubted.map_or(Screen::Detail(target), Screen::InDoubt));
        }
        Screen::Detail(target) => {
            if let Some(action) = super::standing::in_doubt(state, &target).map(|record| record.id.clone()) {
                show(state, Screen::InDoubt(action));
            }
        }
        Screen::Progress(action) => {
            if doubt::record(state, &action).is_some() {
                leave_screen(state);
                show(state, Screen::InDoubt(action));
            }
        }
        Screen::Actions | Screen::Copy => return choose_entry(state, state.menu_row),
        Screen::Welcome | Screen::Form | Screen::InDoubt(_) | Screen::Audit | Screen::Sources | Screen::Help | Screen::Why => {}
    }
    Vec::new()
}

fn menu_key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Key::Char(c) = key else { return Vec::new() };
    let entry = view::menu(state).and_then(|menu| menu.entries.iter().position(|entry| entry.key == c));
    match entry {
        Some(index) => choose_entry(state, index),
        None => Vec::new(),
    }
}

fn choose_entry(state: &mut AppState, index: usize) -> Vec<Effect> {
    let Some(entry) = view::menu(state).and_then(|menu| menu.entries.into_iter().nth(index)) else { return Vec::new() };
    if *state.screen() == Screen::Copy {
        let text = copying::text(state, entry.key);
        leave_screen(state);
        return match text {
            Some(text) => {
                say(state, format!("copied: {}", entry.label), false);
                vec![Effect::Copy(text)]
            }
            None => Vec::new(),
        };
    }
    if let Some(refusal) = entry.refusal {
        say(state, format!("{} is not possible: {refusal}", entry.label.trim_end_matches('.')), false);
        return Vec::new();
    }
    let Some(target) = target(state) else { return Vec::new() };
    leave_screen(state);
    match view::action_of(entry.key) {
        Some(view::Action::Change(operation)) => answering::open(state, &target, operation),
        Some(view::Action::Arm) => {
            let environment = super::standing::environment_of(state, &target).to_owned();
            answering::open_arm(state, &environment);
            Vec::new()
        }
        Some(view::Action::Settle) => {
            if let Some(action) = super::standing::in_doubt(state, &target).map(|record| record.id.clone()) {
                show(state, Screen::InDoubt(action));
            }
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Moves whatever the page moves by: a row, a record, an entry, a line.
fn travel(state: &mut AppState, delta: isize) {
    match state.screen() {
        Screen::Overview => {
            if state.pane == Pane::Rollouts {
                list::move_by(state, delta);
            }
        }
        Screen::Audit => {
            let Some(page) = state.audit.clone() else { return };
            let at = state.audit_seq.and_then(|seq| page.rows.iter().position(|row| row.seq == seq)).unwrap_or(0);
            let last = page.rows.len().saturating_sub(1);
            state.audit_seq = page.rows.get(at.saturating_add_signed(delta).min(last)).map(|row| row.seq);
        }
        Screen::Sources => {
            let at = state
                .source_selected
                .as_ref()
                .and_then(|id| state.sources.iter().position(|source| source.info.id == *id))
                .unwrap_or(0);
            let last = state.sources.len().saturating_sub(1);
            state.source_selected =
                state.sources.get(at.saturating_add_signed(delta).min(last)).map(|source| source.info.id.clone());
        }
        Screen::Actions | Screen::Copy => {
            let last = view::menu(state).map_or(0, |menu| menu.entries.len().saturating_sub(1));
            state.menu_row = state.menu_row.saturating_add_signed(delta).min(last);
        }
        Screen::Detail(_) | Screen::Help | Screen::Why | Screen::Progress(_) | Screen::InDoubt(_) => {
            let last = view::page_lines(state).saturating_sub(1);
            state.scroll = state.scroll.min(last).saturating_add_signed(delta).min(last);
        }
        Screen::Welcome | Screen::Form => {}
    }
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
