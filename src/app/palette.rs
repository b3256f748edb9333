//! The palette (`:`): every wish that has a key, every page and every rollout, found by typing a part of its name; with a sign
//! before it, actions, tenants, alerts, gates or settings.
//!
//! It does what the key would do, and nothing else: a verb opens its form. What this does *not* do: confirm anything; the
//! text that is typed here ends here.

use crate::{
    domain::{alert::AlertKey, id::TargetId},
    terminal::input::Key,
};

use super::{
    alerts,
    effect::Effect,
    field::{TextField, edit},
    gates::{self, GateKey},
    keymap::{self, BINDINGS, Binding, Intent},
    list, navigate,
    place::{Pane, Place, Screen, place},
    seeking::{self, Found, Prefix},
    state::AppState,
    tenants::{self, TenantKey},
    update::{act, say},
    view,
    zone::{self, Zone},
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
    /// How many match; of what comes in thousands only the best are in `rows`.
    pub fitting: usize,
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
    Tenant(TenantKey),
    Alert(AlertKey),
    Gate(GateKey),
    /// In which zone times are said.
    Zone(Zone),
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
    if intent == Intent::Complete {
        complete(state);
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
        Entry::Tenant(key) => {
            let name = tenants::find(state, key).and_then(|tenant| tenant.name.clone());
            name.map_or_else(|| key.tenant.to_string(), |name| format!("{}  {name}", key.tenant))
        }
        Entry::Alert(key) => alerts::find(state, key).map_or_else(
            || "an alert".to_owned(),
            |alert| format!("{}  {}", alert.name, alerts::whose(alert)).trim_end().to_owned(),
        ),
        Entry::Gate(GateKey::Criterion { target, id }) => format!("{id}  {}", target.name),
        Entry::Gate(key @ GateKey::Item { plan, id }) => {
            gates::find(state, key).map_or_else(|| format!("{id}  {plan}"), |row| format!("{}  {plan}", row.title()))
        }
        Entry::Zone(zone) => zone::words(state, *zone),
    }
}

/// What is searched of an entry: its name and where it is. Tab puts it into the field.
fn haystack(state: &AppState, entry: &Entry) -> String {
    match entry {
        Entry::Rollout(target) => format!("{} {} {}", target.name, target.namespace, target.source),
        Entry::Tenant(key) => key.tenant.to_string(),
        Entry::Wish(_) | Entry::Page(_) | Entry::Alert(_) | Entry::Gate(_) | Entry::Zone(_) => label(state, entry),
    }
}

/// What fits the text, the best first; what fits alike keeps its order.
fn find(state: &mut AppState) {
    let Some(palette) = &state.palette else { return };
    let (prefix, text) = Prefix::split(palette.field.text());
    let with_text = |entries: Vec<Entry>| {
        let texts: Vec<String> = entries.iter().map(|entry| haystack(state, entry)).collect();
        entries.into_iter().zip(texts).collect()
    };
    let found = match prefix {
        None => seeking::few(with_text(all(state)), text),
        Some(Prefix::Action) => {
            let is_action = |entry: &Entry| matches!(entry, Entry::Wish(_));
            seeking::few(with_text(all(state).into_iter().filter(is_action).collect()), text)
        }
        Some(Prefix::Setting) => seeking::few(with_text(zone::choices(state).into_iter().map(Entry::Zone).collect()), text),
        Some(Prefix::Tenant) => seeking::tenants(state, text),
        Some(Prefix::Alert) => seeking::alerts(state, text),
        Some(Prefix::Gate) => seeking::gates(state, text),
    };
    let Found { rows, fitting, total } = found;
    let Some(palette) = &mut state.palette else { return };
    (palette.rows, palette.fitting, palette.total) = (rows, fitting, total);
    let stays = palette.by_person && palette.cursor.as_ref().is_some_and(|entry| palette.rows.contains(entry));
    if !stays {
        palette.cursor = palette.rows.first().cloned();
    }
}

/// Tab: the words of the selected row, which stays selected. A name that can not be typed changes nothing.
fn complete(state: &mut AppState) {
    let Some(palette) = state.palette.clone() else { return };
    let Some(entry) = &palette.cursor else { return };
    let prefix = Prefix::split(palette.field.text()).0.map(|prefix| prefix.sign().to_string()).unwrap_or_default();
    let words = format!("{prefix}{}", haystack(state, entry));
    if let Some(open) = &mut state.palette {
        open.field = TextField::new(&words);
        open.by_person = true;
    }
    find(state);
    if state.palette.as_ref().is_some_and(|open| !open.rows.contains(entry)) {
        state.palette = Some(palette);
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
    if let Some(why) = view::palette_refusal(state, &entry).filter(|_| !matches!(entry, Entry::Wish(_))) {
        let text = format!("{}: {why}", label(state, &entry));
        state.palette = None;
        say(state, text, false);
        return Vec::new();
    }
    state.palette = None;
    match entry {
        Entry::Wish(intent) => return act(state, place(state), intent),
        Entry::Page(pane) => return go(state, pane),
        Entry::Rollout(target) => {
            list::select(state, &target);
            return go(state, Pane::Rollouts);
        }
        Entry::Tenant(key) => {
            navigate::home(state);
            tenants::select(state, key);
            go(state, Pane::Tenants);
            tenants::open(state);
        }
        Entry::Alert(key) => {
            state.alerts.roster.select(key);
            alerts::arrange(state);
            go(state, Pane::Alerts);
            return navigate::open(state);
        }
        Entry::Gate(key) => {
            state.gates.roster.select(key);
            gates::arrange(state);
            go(state, Pane::Gates);
            return navigate::open(state);
        }
        Entry::Zone(zone) => zone::set(state, zone),
    }
    Vec::new()
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
        Entry::Rollout(_) | Entry::Tenant(_) | Entry::Alert(_) | Entry::Gate(_) | Entry::Zone(_) => keymap::name(Key::Enter),
    }
}
