//! The palette (`:`): every wish that has a key, every page and every rollout, found by typing a part of its name.
//!
//! It does what the key would do, and nothing else: a verb opens its form. What this does *not* do: confirm anything; the
//! text that is typed here ends here.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

use crate::{domain::id::TargetId, terminal::input::Key};

use super::{
    effect::Effect,
    field::{TextField, edit},
    keymap::{self, BINDINGS, Binding, Intent},
    list, navigate,
    place::{Pane, Place, Screen, place},
    state::AppState,
    update::{act, say},
    view,
};

/// The open palette.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    pub field: TextField,
    /// What Enter does. An identity: more rows above it do not move it.
    pub cursor: Option<Entry>,
    /// A person moved the cursor; until then it is on the best match.
    pub by_person: bool,
    /// What matches, the best first. Made when the text changes, so that no row slips under a finger.
    pub rows: Vec<Entry>,
    /// How many there are without a text.
    pub total: usize,
}

/// One thing that the palette can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// What a key does.
    Wish(Intent),
    /// The page of all alerts, gates or tenants.
    Page(Pane),
    /// One rollout's own page.
    Rollout(TargetId),
}

/// Opens it over whatever is shown.
pub fn open(state: &mut AppState) {
    let palette = Palette::default();
    state.palette = Some(palette);
    find(state);
}

/// An editing key for the text.
pub fn edit_text(state: &mut AppState, key: Key) {
    let Some(palette) = &mut state.palette else { return };
    if edit(&mut palette.field, key) {
        palette.by_person = false;
        find(state);
    }
}

/// A wish while it is open.
pub fn wish(state: &mut AppState, intent: Intent) -> Vec<Effect> {
    if intent == Intent::Accept {
        return accept(state);
    }
    if intent == Intent::Back {
        state.palette = None;
    }
    let steps = [(Intent::Down, 1), (Intent::Up, -1), (Intent::HalfPageDown, HALF_PAGE), (Intent::HalfPageUp, -HALF_PAGE)];
    if let Some((_, delta)) = steps.into_iter().find(|(step, _)| *step == intent) {
        travel(state, delta);
    }
    Vec::new()
}

const HALF_PAGE: isize = 6;

fn travel(state: &mut AppState, delta: isize) {
    let Some(palette) = &mut state.palette else { return };
    let last = palette.rows.len().saturating_sub(1);
    let at = palette.cursor.as_ref().and_then(|entry| palette.rows.iter().position(|row| row == entry)).unwrap_or(0);
    palette.cursor = palette.rows.get(at.saturating_add_signed(delta).min(last)).cloned();
    palette.by_person = true;
}

/// Where the keyboard is without the palette.
#[must_use]
pub fn place_below(state: &AppState) -> Place {
    super::place::below_palette(state)
}

/// The row of the keymap that `intent` stands for here: the one that holds at this place, else the first.
#[must_use]
pub fn binding(here: Place, intent: Intent) -> Option<&'static Binding> {
    let mut rows = BINDINGS.iter().filter(|binding| binding.intent == intent);
    rows.clone().find(|binding| binding.places.contains(&here)).or_else(|| rows.next())
}

/// Whether the key of `intent` does anything at `here`.
#[must_use]
pub fn is_bound(here: Place, intent: Intent) -> bool {
    BINDINGS.iter().any(|binding| binding.intent == intent && binding.places.contains(&here))
}

/// Every entry in its order: what a key does here, pages, rollouts, and what keys do elsewhere.
fn all(state: &AppState) -> Vec<Entry> {
    let here = place_below(state);
    let (mut bound, mut elsewhere): (Vec<Intent>, Vec<Intent>) = (Vec::new(), Vec::new());
    for binding in BINDINGS {
        // In the order of the footer of this page: the row that holds here counts, not the first of its kind.
        let is_here = binding.places.contains(&here);
        let list = if is_here { &mut bound } else { &mut elsewhere };
        if !list.contains(&binding.intent) && (is_here || !is_bound(here, binding.intent)) {
            list.push(binding.intent);
        }
    }
    let pages = [Pane::Alerts, Pane::Gates, Pane::Tenants].map(Entry::Page);
    let rollouts =
        state.sources.iter().flat_map(|source| source.rollouts.iter()).map(|rollout| Entry::Rollout(rollout.id.clone()));
    let bound = bound.into_iter().map(Entry::Wish);
    // On the welcome screen there is nothing to go to yet.
    let pages = pages.into_iter().filter(|_| here != Place::Welcome);
    bound.chain(pages).chain(rollouts).chain(elsewhere.into_iter().map(Entry::Wish)).collect()
}

/// What an entry is called.
#[must_use]
pub fn label(state: &AppState, entry: &Entry) -> String {
    match entry {
        Entry::Wish(intent) => {
            let label = binding(place_below(state), *intent).map_or("", |binding| binding.label);
            match (intent, navigate::target(state)) {
                (Intent::Form(_), Some(target)) => format!("{} {}..", label.trim_end_matches('.'), target.name),
                _ => label.to_owned(),
            }
        }
        Entry::Page(pane) => format!("page: all {}", pane.title().to_lowercase()),
        Entry::Rollout(target) => format!("go to {}/{}", target.namespace, target.name),
    }
}

/// What is searched of an entry: its name and where it is.
fn haystack(state: &AppState, entry: &Entry) -> String {
    match entry {
        Entry::Rollout(target) => format!("{} {} {}", target.name, target.namespace, target.source),
        Entry::Wish(_) | Entry::Page(_) => label(state, entry),
    }
}

/// What matches the text, the best first; what matches alike keeps its order.
fn find(state: &mut AppState) {
    let Some(palette) = &state.palette else { return };
    let entries = all(state);
    let total = entries.len();
    let pattern = Pattern::new(palette.field.text(), CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, Entry)> = entries
        .into_iter()
        .filter_map(|entry| {
            let text = haystack(state, &entry);
            pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher).map(|score| (score, entry))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let Some(palette) = &mut state.palette else { return };
    palette.rows = scored.into_iter().map(|(_, entry)| entry).collect();
    palette.total = total;
    let stays = palette.by_person && palette.cursor.as_ref().is_some_and(|entry| palette.rows.contains(entry));
    if !stays {
        palette.cursor = palette.rows.first().cloned();
    }
}

/// Enter: what the key would do. What no key does here stays a row with its reason.
fn accept(state: &mut AppState) -> Vec<Effect> {
    let Some(entry) = state.palette.as_ref().and_then(|palette| palette.cursor.clone()) else { return Vec::new() };
    if let Entry::Wish(intent) = entry
        && !is_bound(place_below(state), intent)
    {
        let why = view::palette_refusal(state, &entry).unwrap_or_default();
        say(state, format!("{}: {why}", label(state, &entry)), false);
        return Vec::new();
    }
    state.palette = None;
    match entry {
        Entry::Wish(intent) => act(state, place(state), intent),
        Entry::Page(pane) => go(state, pane),
        Entry::Rollout(target) => {
            if state.rollout(&target).is_none() {
                say(state, format!("{target} is gone"), false);
                return Vec::new();
            }
            list::select(state, &target);
            go(state, Pane::Rollouts)
        }
    }
}

/// The digit of a pane, then Enter.
fn go(state: &mut AppState, pane: Pane) -> Vec<Effect> {
    navigate::home(state);
    debug_assert!(*state.screen() != Screen::Welcome, "pages and rollouts are not offered there");
    state.pane = pane;
    navigate::open(state)
}

/// The key of an entry as people read it.
#[must_use]
pub fn key_of(state: &AppState, entry: &Entry) -> String {
    match entry {
        Entry::Wish(intent) => binding(place_below(state), *intent)
            .and_then(|binding| binding.keys.first())
            .map_or_else(String::new, |key| keymap::name(*key)),
        Entry::Page(pane) => format!("{} {}", pane.digit(), keymap::name(Key::Enter)),
        Entry::Rollout(_) => keymap::name(Key::Enter),
    }
}
