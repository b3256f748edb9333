//! The fixed frame: row 1, row 2, the message row and the footer (ux.md 3.2).

use crate::{
    app::{
        doubt, finding,
        gates::GateKey,
        keymap::{self, Place},
        navigate::target,
        role::Role,
        standing,
        state::{AppState, Pane, Screen},
        update::place,
        zone,
    },
    domain::permit::Mode,
};

use super::{
    age::span_of_time,
    attention::next_moment,
    forms::subject_line,
    model::{Header, Hint, MessageView, StateWord},
};

/// Row 1.
#[must_use]
pub fn header(state: &AppState) -> Header {
    let here = match state.screen() {
        Screen::Overview
        | Screen::Welcome
        | Screen::Alerts
        | Screen::Alert(_)
        | Screen::Gates
        | Screen::Tenants
        | Screen::Tenant(_)
        | Screen::Audit
        | Screen::Sources => None,
        Screen::Detail(_)
        | Screen::Gate(_)
        | Screen::Form
        | Screen::Progress(_)
        | Screen::InDoubt(_)
        | Screen::Help
        | Screen::Why
        | Screen::Actions
        | Screen::Copy => target(state),
    };
    let environment = here
        .as_ref()
        .and_then(|target| state.environment(standing::environment_of(state, target)))
        .or_else(|| state.environments.iter().find(|environment| environment.danger))
        .or_else(|| state.environments.first());
    let read_only = match environment {
        Some(environment) if here.is_some() => matches!(standing::mode(state, &environment.name), Mode::ReadOnly { .. }),
        _ => state.environments.iter().all(|environment| environment.read_only),
    };
    let armed = state.armed.iter().map(|armed| armed.until.saturating_sub(state.since_boot)).max();
    Header {
        badge: if state.demo { "DEMO".to_owned() } else { environment.map_or_else(String::new, |it| it.name.clone()) },
        danger: !state.demo && environment.is_some_and(|environment| environment.danger),
        more: state.environments.len().saturating_sub(1),
        mode: if read_only { "RO" } else { "RW" },
        armed: armed.map(|left| format!("armed {}", span_of_time(left))),
        who: format!("{}@{}", state.user, state.host),
        clock: zone::seconds(state, state.now),
        next: next_moment(state),
        sources: unsound(state),
        age: age(state, here.as_ref().map(|target| &target.source)),
    }
}

/// `sources 4/5`, when not all are live.
fn unsound(state: &AppState) -> Option<String> {
    let live = state.sources.iter().filter(|source| source.freshness(state.since_boot).is_live()).count();
    (live < state.sources.len()).then(|| format!("sources {live}/{}", state.sources.len()))
}

fn clock_time(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Age of the oldest value that this screen rests on.
fn age(state: &AppState, only: Option<&crate::domain::id::SourceId>) -> StateWord {
    let mut oldest = std::time::Duration::ZERO;
    let (mut old, mut any) = (false, false);
    for source in &state.sources {
        if only.is_some_and(|only| *only != source.info.id) {
            continue;
        }
        match source.health.age(state.since_boot) {
            Some(age) => {
                any = true;
                oldest = oldest.max(age);
                old |= !source.freshness(state.since_boot).is_live();
            }
            None => return StateWord { word: format!("no data of {}", source.info.id), role: Role::Unknown },
        }
    }
    if !any {
        StateWord { word: "no data".to_owned(), role: Role::Idle }
    } else if old {
        StateWord { word: format!("DATA {} OLD", clock_time(oldest)), role: Role::Unknown }
    } else {
        StateWord { word: format!("data {}", span_of_time(oldest)), role: Role::Text }
    }
}

/// Row 2 away from the overview, unless `attention` stands everywhere.
#[must_use]
pub fn breadcrumb(state: &AppState) -> String {
    match state.screen() {
        Screen::Welcome => "welcome".to_owned(),
        Screen::Overview => "overview".to_owned(),
        Screen::Detail(target) => format!("{target} > rollout"),
        Screen::Alerts => "alerts".to_owned(),
        Screen::Alert(_) | Screen::Gate(_) | Screen::Tenant(_) => {
            super::pages::page(state).map_or_else(String::new, |page| page.title)
        }
        Screen::Gates => "gates".to_owned(),
        Screen::Tenants => super::tenant_grid::place_words(state),
        Screen::Form => state.form.as_ref().map_or_else(|| "form".to_owned(), |form| subject_line(&form.subject)),
        Screen::Progress(action) => state
            .running
            .iter()
            .find(|running| running.action == *action)
            .map_or_else(|| "change".to_owned(), |running| format!("{} > {}", running.target, running.operation)),
        Screen::InDoubt(action) => doubt::record(state, action)
            .map_or_else(|| "in doubt".to_owned(), |record| format!("{} > {} > in doubt", record.target, record.operation)),
        Screen::Audit => "audit".to_owned(),
        Screen::Sources => "sources".to_owned(),
        Screen::Help => "help".to_owned(),
        Screen::Why => target(state).map_or_else(|| "why".to_owned(), |target| format!("{target} > why")),
        Screen::Actions => target(state).map_or_else(|| "actions".to_owned(), |target| format!("{target} > actions")),
        Screen::Copy => "copy".to_owned(),
    }
}

/// The message row: the oldest unread error, else the newest other line.
#[must_use]
pub fn message(state: &AppState) -> MessageView {
    let line = |at: crate::domain::Timestamp, text: &str| format!("{} {text}", zone::seconds(state, at));
    match (state.errors.first(), &state.said) {
        (Some(error), _) => MessageView { text: line(error.at, &error.text), role: Role::Fail, unread: state.errors.len() },
        (None, Some(said)) => MessageView { text: line(said.at, &said.text), role: Role::Text, unread: 0 },
        (None, None) => MessageView::default(),
    }
}

fn is_filtered(state: &AppState) -> bool {
    finding::listing(state).is_some_and(|pane| !finding::text(state, pane).is_empty())
}

/// Keys of one pane are not offered in another, and what is measured is not ticked.
fn has_a_use(state: &AppState, intent: keymap::Intent) -> bool {
    let on_overview = *state.screen() == Screen::Overview;
    if intent == keymap::Intent::Acknowledge {
        return !on_overview || state.pane == Pane::Alerts;
    }
    if intent == keymap::Intent::Why {
        return finding::listing(state) != Some(Pane::Tenants) || state.tenants.roster.cursor.is_some();
    }
    if intent == keymap::Intent::Tick {
        let listed = state.gates.roster.cursor.as_ref().filter(|_| !on_overview || state.pane == Pane::Gates);
        let key = if let Screen::Gate(key) = state.screen() { Some(key) } else { listed };
        return matches!(key, Some(GateKey::Item { .. }));
    }
    true
}

/// The keys that do something now, most useful first.
#[must_use]
pub fn footer(state: &AppState) -> Vec<Hint> {
    let place = place(state);
    let hint = |key: &str, label: &str| Hint { key: key.to_owned(), label: label.to_owned(), refused: false };
    let mut hints = Vec::new();
    if !state.errors.is_empty()
        && !matches!(place, Place::Palette | Place::FormShut | Place::FormChoice | Place::FormText | Place::FormButton)
    {
        hints.push(hint("esc", "read"));
    }
    match place {
        Place::FormChoice => {
            if let Some(form) = &state.form {
                hints.extend(form.choices().iter().map(|choice| hint(&choice.key.to_string(), choice.text)));
            }
        }
        Place::InDoubt => hints.push(hint("1-4", "choose")),
        Place::Menu => hints.push(hint("up down", "entry")),
        Place::Progress => {
            if let Screen::Progress(action) = state.screen()
                && super::forms::can_nudge(state, action)
            {
                hints.push(hint("N", "nudge.."));
            }
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
        | Place::Prompt
        | Place::Palette
        | Place::Page
        | Place::Audit
        | Place::Sources
        | Place::Note
        | Place::FormShut
        | Place::FormText
        | Place::FormButton => {}
    }
    if place == Place::Overview {
        hints.push(hint("1-4", "pane"));
    }
    hints.extend(
        keymap::BINDINGS
            .iter()
            .filter(|binding| !binding.footer.is_empty() && binding.places.contains(&place))
            .filter(|binding| place != Place::Overview || binding.intent != keymap::Intent::Back || is_filtered(state))
            .filter(|binding| has_a_use(state, binding.intent))
            .filter_map(|binding| {
                let key = hint(&keymap::name(*binding.keys.first()?), binding.footer);
                Some(if opens_no_form(state, binding.intent) { refused(&key) } else { key })
            }),
    );
    hints
}

/// The key of a verb that the selection does not allow now. What a form would still say (how to do it by hand) opens one.
fn opens_no_form(state: &AppState, intent: keymap::Intent) -> bool {
    let keymap::Intent::Form(operation) = intent else { return false };
    target(state).is_none_or(|target| {
        standing::offer(state, &target, operation).is_err_and(|refusal| !crate::app::answering::has_a_form(refusal.code))
    })
}

fn refused(key: &Hint) -> Hint {
    Hint { key: key.key.clone(), label: format!("{}: no", key.label.trim_end_matches('.')), refused: true }
}
