//! The palette: its text, and the part of what matches that fits.

use crate::app::{
    keymap::Intent,
    navigate::target,
    palette::{self, Entry},
    place::{Pane, Place},
    role::Role,
    standing,
    state::AppState,
};

use super::{
    model::{FieldView, StateWord},
    overview::state_word,
};

/// The open palette.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaletteView {
    pub field: FieldView,
    /// `5 of 61`.
    pub count: String,
    pub rows: Vec<PaletteRow>,
    pub above: usize,
    pub below: usize,
    /// What the selected entry says in full: why not, or what it does.
    pub remark: String,
}

/// One row of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteRow {
    pub selected: bool,
    pub label: String,
    pub key: String,
    /// Why it does nothing now; else what there is to say.
    pub note: String,
    pub refused: bool,
    /// Of a rollout: its state.
    pub state: Option<StateWord>,
}

/// The palette with at most `rows` entries, while it is open.
#[must_use]
pub fn palette(state: &AppState, rows: usize) -> Option<PaletteView> {
    let open = state.palette.as_ref()?;
    let at = open.cursor.as_ref().and_then(|entry| open.rows.iter().position(|row| row == entry));
    let first = at.map_or(0, |at| at.saturating_sub(rows / 2)).min(open.rows.len().saturating_sub(rows));
    let shown: Vec<PaletteRow> =
        open.rows.iter().skip(first).take(rows).map(|entry| row(state, entry, open.cursor.as_ref() == Some(entry))).collect();
    let remark = match (&open.cursor, shown.iter().find(|row| row.selected)) {
        (_, Some(row)) if row.refused => format!("not now: {}", row.note),
        (Some(Entry::Wish(Intent::Form(_))), Some(_)) => "opens a form; nothing is sent from here".to_owned(),
        (_, Some(row)) => format!("{}: enter does what its key does", row.label),
        (_, None) => "nothing matches".to_owned(),
    };
    Some(PaletteView {
        field: FieldView { text: open.field.text().to_owned(), cursor: open.field.cursor(), focused: true },
        count: format!("{} of {}", open.rows.len(), open.total),
        above: first,
        below: open.rows.len().saturating_sub(first + shown.len()),
        rows: shown,
        remark,
    })
}

fn row(state: &AppState, entry: &Entry, selected: bool) -> PaletteRow {
    let why = refusal(state, entry);
    let word = match entry {
        Entry::Rollout(target) => state.rollout(target).map(|rollout| state_word(state, rollout)),
        Entry::Wish(_) | Entry::Page(_) => None,
    };
    let word =
        word.or_else(|| matches!(entry, Entry::Rollout(_)).then(|| StateWord { word: "GONE".to_owned(), role: Role::Quiet }));
    PaletteRow {
        selected,
        label: palette::label(state, entry),
        key: palette::key_of(state, entry),
        refused: why.is_some(),
        note: why.unwrap_or_else(|| match entry {
            Entry::Rollout(target) => target.source.to_string(),
            Entry::Wish(_) | Entry::Page(_) => String::new(),
        }),
        state: word,
    }
}

/// Why an entry does nothing now, in the words of the menu and of the message row; `None` when it does something.
#[must_use]
pub fn refusal(state: &AppState, entry: &Entry) -> Option<String> {
    let intent = match entry {
        Entry::Wish(intent) => *intent,
        Entry::Page(_) => return None,
        Entry::Rollout(target) => return state.rollout(target).is_none().then(|| "it is gone from its source".to_owned()),
    };
    let here = palette::place_below(state);
    if !palette::is_bound(here, intent) {
        return Some(elsewhere(intent));
    }
    let selected = || target(state).ok_or_else(|| "no rollout is selected".to_owned());
    let on = |pane: Pane| here != Place::Overview || state.pane == pane;
    if let Intent::Form(operation) = intent {
        return selected()
            .and_then(|target| standing::offer(state, &target, operation).map_err(|refusal| refusal.sentence))
            .err();
    }
    if intent == Intent::Actions {
        return selected().err();
    }
    let unselected = [
        (Intent::Acknowledge, Pane::Alerts, "no alert is selected: 2 goes to the alerts"),
        (Intent::Tick, Pane::Gates, "nothing to tick here: 3 goes to the gates"),
    ];
    unselected.into_iter().find(|(asked, pane, _)| *asked == intent && !on(*pane)).map(|(_, _, why)| why.to_owned())
}

/// Where a key that does nothing here does something.
fn elsewhere(intent: Intent) -> String {
    let mut places: Vec<&str> = Vec::new();
    for binding in crate::app::keymap::BINDINGS.iter().filter(|binding| binding.intent == intent) {
        for word in binding.places.iter().map(|place| place.word()) {
            if !places.contains(&word) {
                places.push(word);
            }
        }
    }
    format!("not on this page; on: {}", places.join(", "))
}
