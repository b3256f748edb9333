//! The palette: its text, and the part of what matches that fits.

use crate::app::{
    gates,
    keymap::Intent,
    navigate::target,
    palette::{self, Entry},
    place::{Pane, Place},
    role::Role,
    seeking::Prefix,
    standing,
    state::AppState,
    tenants,
};

use super::{
    alerts::alert_word,
    gates::{now, verdict_word},
    model::{FieldView, StateWord},
    overview::state_word,
    tenant_grid,
};

/// The open palette.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaletteView {
    pub field: FieldView,
    /// `5 of 61`.
    pub count: String,
    pub rows: Vec<PaletteRow>,
    pub above: usize,
    /// `53 below`, and what to do where not all of them are listed; empty when there are none.
    pub below: String,
    /// What the selected entry says in full: why not, or what it does.
    pub remark: String,
    /// The signs that the text may begin with, what each asks for, and whether it does.
    pub prefixes: Vec<(char, &'static str, bool)>,
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
    /// Of a rollout, a tenant, an alert or a gate: its state.
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
    let prefix = Prefix::split(open.field.text()).0;
    let below = open.fitting.saturating_sub(first + shown.len());
    let more = if open.fitting > open.rows.len() { ": type on" } else { "" };
    Some(PaletteView {
        field: FieldView { text: open.field.text().to_owned(), cursor: open.field.cursor(), focused: true },
        count: format!("{} of {}", open.fitting, open.total),
        above: first,
        below: if below > 0 { format!("{below} below{more}") } else { String::new() },
        remark: remark(open, prefix, shown.iter().find(|row| row.selected)),
        rows: shown,
        prefixes: Prefix::ALL.into_iter().map(|known| (known.sign(), known.word(), Some(known) == prefix)).collect(),
    })
}

fn remark(open: &palette::Palette, prefix: Option<Prefix>, selected: Option<&PaletteRow>) -> String {
    let Some(row) = selected else {
        return match prefix {
            Some(prefix) if open.total == 0 => format!("there is no {} now", prefix.word()),
            Some(prefix) => format!("no {} matches", prefix.word()),
            None => "nothing matches".to_owned(),
        };
    };
    if row.refused {
        return format!("not now: {}", row.note);
    }
    match &open.cursor {
        Some(Entry::Wish(Intent::Form(_))) => "opens a form; nothing is sent from here".to_owned(),
        Some(Entry::Tenant(_) | Entry::Alert(_) | Entry::Gate(_)) => {
            let note = if row.note.is_empty() { String::new() } else { format!("; {}", row.note) };
            format!("{}: enter opens it{note}", row.label)
        }
        Some(Entry::Zone(_)) => format!("{}: enter sets it", row.label),
        Some(Entry::Wish(_) | Entry::Page(_) | Entry::Rollout(_)) | None => {
            format!("{}: enter does what its key does", row.label)
        }
    }
}

fn row(state: &AppState, entry: &Entry, selected: bool) -> PaletteRow {
    let why = refusal(state, entry);
    let mut word = word(state, entry);
    if why.is_some() && word.is_some() {
        word = Some(StateWord { word: "GONE".to_owned(), role: Role::Quiet });
    }
    PaletteRow {
        selected,
        label: palette::label(state, entry),
        key: palette::key_of(state, entry),
        refused: why.is_some(),
        note: why.unwrap_or_else(|| note(state, entry)),
        state: word,
    }
}

/// The state that the entry's own list shows; `None` of what has none. Of what is gone it is nobody's state any more.
fn word(state: &AppState, entry: &Entry) -> Option<StateWord> {
    let gone = || StateWord { word: "GONE".to_owned(), role: Role::Quiet };
    match entry {
        Entry::Wish(_) | Entry::Page(_) | Entry::Zone(_) => None,
        Entry::Rollout(target) => Some(state.rollout(target).map_or_else(gone, |rollout| state_word(state, rollout))),
        Entry::Tenant(key) => Some(tenant_grid::word_of(state, key).unwrap_or_else(gone)),
        Entry::Alert(key) => Some(state.alerts.board.get(key).map_or_else(gone, |alert| {
            let word = alert_word(state, alert);
            if state.freshness(&alert.source).is_live() { word } else { StateWord { role: Role::Unknown, ..word } }
        })),
        Entry::Gate(key) => Some(state.gates.rows.get(key).map_or_else(gone, |row| verdict_word(now(state, row)))),
    }
}

/// What there is to say of an entry that is not refused.
fn note(state: &AppState, entry: &Entry) -> String {
    match entry {
        Entry::Wish(_) | Entry::Page(_) => String::new(),
        Entry::Rollout(target) => target.source.to_string(),
        Entry::Tenant(key) => tenants::find(state, key).map_or_else(String::new, |tenant| tenant_grid::note(tenant)),
        Entry::Alert(key) => state.alerts.board.get(key).map_or_else(String::new, |alert| alert.summary.to_string()),
        Entry::Gate(key) => {
            let rule =
                gates::find(state, key).and_then(|row| row.evaluation()).map(|evaluation| evaluation.evidence.rule.clone());
            rule.unwrap_or_else(|| "manual".to_owned())
        }
        Entry::Zone(zone) => if *zone == state.zone { "now" } else { "" }.to_owned(),
    }
}

/// Why an entry does nothing now, in the words of the menu and of the message row; `None` when it does something.
#[must_use]
pub fn refusal(state: &AppState, entry: &Entry) -> Option<String> {
    let is_gone = match entry {
        Entry::Wish(intent) => return not_now(state, *intent),
        Entry::Page(_) | Entry::Zone(_) => false,
        Entry::Rollout(target) => state.rollout(target).is_none(),
        Entry::Tenant(key) => tenants::is_gone(state, key),
        Entry::Alert(key) => state.alerts.board.get(key).is_none(),
        Entry::Gate(key) => !state.gates.rows.contains_key(key),
    };
    is_gone.then(|| {
        if matches!(entry, Entry::Gate(_)) { "no plan judges it any more" } else { "it is gone from its source" }.to_owned()
    })
}

fn not_now(state: &AppState, intent: Intent) -> Option<String> {
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
