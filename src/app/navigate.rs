//! Wishes outside of forms: moving, opening pages and menus, going back.

use crate::{domain::id::TargetId, terminal::input::Key};

use super::{
    answering, copying, density, doubt,
    effect::Effect,
    finding, gates,
    keymap::Intent,
    looking, palette, sort, standing,
    state::{AppState, Pane, Screen},
    tenants,
    travel::travel,
    update::{quit, say},
    view, zone,
};

/// A wish outside forms.
#[expect(clippy::too_many_lines, reason = "one arm a wish; a new intent belongs here")]
pub(super) fn wish(state: &mut AppState, intent: Intent) -> Vec<Effect> {
    let asked = std::mem::take(&mut state.quit_asked);
    let half = isize::from(i16::try_from(state.rows / 2).unwrap_or(1)).max(1);
    match intent {
        Intent::Down => travel(state, 1),
        Intent::Up => travel(state, -1),
        Intent::HalfPageDown => travel(state, half),
        Intent::HalfPageUp => travel(state, -half),
        Intent::Top => {
            travel(state, isize::MIN + 1);
            looking::let_go(state);
        }
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
        Intent::NextProblem | Intent::PreviousProblem => looking::go_to_problem(state, intent == Intent::NextProblem),
        Intent::Open => return open(state),
        Intent::Back => back(state),
        Intent::Leave => {
            if matches!(state.screen(), Screen::Overview | Screen::Welcome) {
                state.quit_asked = asked;
                return quit(state);
            }
            leave_screen(state);
        }
        Intent::Filter => {
            if let Some(pane) = finding::listing(state) {
                let (field, typing) = finding::filter(state, pane);
                field.end();
                *typing = true;
            }
        }
        Intent::Sort => return sort::turn(state),
        Intent::Zoom => {
            state.zoom = !state.zoom;
            let text = if state.zoom { "this pane alone: z shows all that fit" } else { "all panes that fit" };
            say(state, text, false);
        }
        Intent::Zone => zone::turn(state),
        Intent::Causes => tenants::group(state),
        Intent::Map => density::toggle(state),
        Intent::Left => density::walk(state, -1),
        Intent::Right => density::walk(state, 1),
        Intent::NextColumn | Intent::PreviousColumn => tenants::turn_columns(state, intent == Intent::NextColumn),
        Intent::Palette => palette::open(state),
        Intent::Help => show(state, Screen::Help),
        Intent::Why => looking::why(state),
        Intent::Acknowledge => looking::acknowledge(state),
        Intent::Tick => looking::tick(state),
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
            say(state, "verifying the whole chain", false);
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
            finding::close(state);
        }
        Intent::NextField
        | Intent::PreviousField
        | Intent::Press
        | Intent::Cancel
        | Intent::DryRun
        | Intent::Calls
        | Intent::CopyCommand
        | Intent::Complete
        | Intent::Interrupt
        | Intent::Repaint
        | Intent::Suspend => {}
    }
    Vec::new()
}

fn read(state: &mut AppState) -> Vec<Effect> {
    match state.screen().clone() {
        Screen::InDoubt(action) => doubt::read_back(state, &action),
        Screen::Audit => {
            say(state, "reading the ledger and all sources now", false);
            vec![Effect::ReadNow, Effect::ReadAudit { verify: false }]
        }
        Screen::Welcome
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
        | Screen::Sources
        | Screen::Help
        | Screen::Why
        | Screen::Actions
        | Screen::Copy => {
            say(state, "reading all sources now", false);
            vec![Effect::ReadNow]
        }
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
        Screen::Gate(key) => gates::find(state, key).map(|row| Some(row.assessment.target.clone())),
        Screen::Welcome
        | Screen::Alerts
        | Screen::Alert(_)
        | Screen::Gates
        | Screen::Tenants
        | Screen::Tenant(_)
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

pub(super) fn home(state: &mut AppState) {
    state.screens.truncate(1);
    state.scroll = 0;
    finding::close(state);
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
    if let Some(pane) = finding::typing(state) {
        finding::clear(state, pane);
        return;
    }
    if !state.errors.is_empty() {
        state.errors.remove(0);
        return;
    }
    if density::zoom_out(state) {
        return;
    }
    if let Some(pane) = finding::listing(state) {
        if !finding::text(state, pane).is_empty() {
            finding::clear(state, pane);
            return;
        }
        if looking::widen(state, pane) {
            return;
        }
    }
    if *state.screen() == Screen::Overview {
        state.zoom = false;
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

/// Enter: what is selected, opened.
pub(super) fn open(state: &mut AppState) -> Vec<Effect> {
    match state.screen().clone() {
        Screen::Overview => {
            match state.pane {
                Pane::Rollouts => {}
                Pane::Alerts => {
                    show(state, Screen::Alerts);
                    return Vec::new();
                }
                Pane::Gates => {
                    show(state, Screen::Gates);
                    return Vec::new();
                }
                Pane::Tenants => {
                    tenants::hold(state);
                    show(state, Screen::Tenants);
                    return Vec::new();
                }
            }
            let Some(target) = state.list.selection.id.clone() else {
                say(state, "no rollout is selected", false);
                return Vec::new();
            };
            let doubted = standing::in_doubt(state, &target).map(|record| record.id.clone());
            show(state, doubted.map_or(Screen::Detail(target), Screen::InDoubt));
        }
        Screen::Detail(target) => {
            if let Some(action) = standing::in_doubt(state, &target).map(|record| record.id.clone()) {
                show(state, Screen::InDoubt(action));
            } else {
                say(state, "nothing is in doubt here", false);
            }
        }
        Screen::Progress(action) => {
            if doubt::record(state, &action).is_some() {
                leave_screen(state);
                show(state, Screen::InDoubt(action));
            } else {
                say(state, "this action is not in doubt", false);
            }
        }
        Screen::Actions | Screen::Copy => return choose_entry(state, state.menu_row),
        Screen::Alerts | Screen::Gates => looking::why(state),
        Screen::Tenants => tenants::open(state),
        Screen::Alert(_)
        | Screen::Gate(_)
        | Screen::Tenant(_)
        | Screen::Welcome
        | Screen::Form
        | Screen::InDoubt(_)
        | Screen::Audit
        | Screen::Sources
        | Screen::Help
        | Screen::Why => {}
    }
    Vec::new()
}

/// A key of an open menu: an entry's own.
pub(super) fn menu_key(state: &mut AppState, key: Key) -> Vec<Effect> {
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
        let effect = copying::effect(state, entry.key);
        leave_screen(state);
        let said = if effect.is_some() { "copied" } else { "nothing to copy" };
        say(state, format!("{said}: {}", entry.label), false);
        return effect.into_iter().collect();
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
            let environment = standing::environment_of(state, &target).to_owned();
            answering::open_arm(state, &environment);
            Vec::new()
        }
        Some(view::Action::Settle) => {
            if let Some(action) = standing::in_doubt(state, &target).map(|record| record.id.clone()) {
                show(state, Screen::InDoubt(action));
            }
            Vec::new()
        }
        None => Vec::new(),
    }
}
