//! What comes from the terminal: keys, pastes, bursts, a new size. Where text may land, and where nothing of it may.

use crate::terminal::input::{Input, Key};

use super::{
    effect::Effect,
    field, finding,
    keymap::Place,
    locking, palette,
    place::place,
    state::AppState,
    update::{self, say},
};

#[expect(clippy::too_many_lines, reason = "every place is named: a paste must not slip into a new one")]
pub(super) fn input(state: &mut AppState, input: Input) -> Vec<Effect> {
    match input {
        Input::Key(key) => update::key(state, key),
        Input::Paste(text) => {
            match place(state) {
                Place::FormShut | Place::FormChoice | Place::FormText | Place::FormButton => {
                    locking::quarantine(state, "pasted text");
                }
                Place::Filter | Place::Prompt => {
                    for c in text.chars().take(field::LONGEST) {
                        finding::edit_open(state, Key::Char(c));
                    }
                }
                Place::Palette => {
                    for c in text.chars().take(field::LONGEST) {
                        palette::edit_text(state, Key::Char(c));
                    }
                }
                Place::Note => say(state, "pasted text is not taken here", false),
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
                        locking::quarantine(state, "text faster than fingers");
                        break;
                    }
                    Place::InDoubt | Place::Note => break,
                    // What a multiplexer pastes is text; only a key by itself records it.
                    Place::Prompt | Place::Palette if key == Key::Enter => break,
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
                    | Place::Menu
                    | Place::Progress => effects.extend(update::key(state, key)),
                }
            }
            effects
        }
        Input::Resize { columns, rows } => {
            state.columns = columns;
            state.rows = rows;
            locking::resized(state);
            Vec::new()
        }
    }
}
