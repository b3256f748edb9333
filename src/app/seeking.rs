//! What the palette finds: of which kind (its prefix), and what fits the words best.
//!
//! Tenants and alerts come in thousands: nothing is made of one that does not fit, and of those that fit only the best are
//! kept. What this does *not* do: open anything.

use std::cmp::Reverse;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

use crate::domain::{id::SourceId, tenant::Tenant, text::DisplayText};

use super::{
    gates::{self, GateKey},
    palette::Entry,
    shelf::Shelf,
    state::AppState,
    tenants::TenantKey,
};

/// Most rows of things that come in thousands; whoever wants another one types on.
pub const MOST: usize = 200;

/// The first sign of the text: of which kind the rows are (ux.md 3.4.14). There is none for runbooks: nothing knows any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    Action,
    Tenant,
    Alert,
    Gate,
    Setting,
}

impl Prefix {
    pub const ALL: [Self; 5] = [Self::Action, Self::Tenant, Self::Alert, Self::Gate, Self::Setting];

    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Action => '>',
            Self::Tenant => '@',
            Self::Alert => '#',
            Self::Gate => '%',
            Self::Setting => '=',
        }
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Tenant => "tenant",
            Self::Alert => "alert",
            Self::Gate => "gate",
            Self::Setting => "setting",
        }
    }

    /// The prefix of a text, and what is searched.
    #[must_use]
    pub fn split(text: &str) -> (Option<Self>, &str) {
        let text = text.trim_start();
        let prefix = Self::ALL.into_iter().find(|prefix| text.starts_with(prefix.sign()));
        // Each sign is one byte.
        (prefix, if prefix.is_some() { text.get(1..).unwrap_or_default() } else { text })
    }
}

/// What fits.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The best first, at most `MOST` of what comes in thousands.
    pub rows: Vec<Entry>,
    /// How many fit.
    pub fitting: usize,
    /// How many there are of this kind.
    pub total: usize,
}

/// What fits of a few entries, each with its text: the letters may have others between them, as in the name of an action.
pub fn few(entries: Vec<(Entry, String)>, text: &str) -> Found {
    let total = entries.len();
    let pattern = Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut fitting: Vec<(u32, Entry)> = entries
        .into_iter()
        .filter_map(|(entry, text)| Some((pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher)?, entry)))
        .collect();
    // What fits alike keeps its order.
    fitting.sort_by_key(|(score, _)| Reverse(*score));
    Found { fitting: fitting.len(), rows: fitting.into_iter().map(|(_, entry)| entry).collect(), total }
}

/// Tenants of all sources, the worst of each first, by id or name.
pub fn tenants(state: &AppState, text: &str) -> Found {
    let mut all: Vec<(&SourceId, &Tenant)> = Vec::new();
    for table in state.sources.iter().filter_map(|source| source.tenants.as_deref()) {
        let worst_first = table.census().order.iter().filter_map(|at| table.tenants.get(usize::try_from(*at).ok()?));
        all.extend(worst_first.map(|tenant| (&table.source, tenant.as_ref())));
    }
    let shelf = Shelf::of(
        all.iter().map(|(_, tenant)| std::iter::once(tenant.id.raw()).chain(tenant.name.as_ref().map(DisplayText::as_str))),
    );
    found(&shelf, text, |at| {
        let (source, tenant) = all.get(at)?;
        Some(Entry::Tenant(TenantKey { source: (*source).clone(), tenant: tenant.id.clone() }))
    })
}

/// Alerts in the order of their list, by name or by whose they are.
pub fn alerts(state: &AppState, text: &str) -> Found {
    let board = &state.alerts.board;
    found(&board.shelf, text, |at| Some(Entry::Alert(board.alerts.get(at)?.key.clone())))
}

/// What plans judge, worst first, by its name or by what it is about.
pub fn gates(state: &AppState, text: &str) -> Found {
    let mut all: Vec<(&GateKey, &gates::Judged)> = state.gates.rows.iter().collect();
    all.sort_by_key(|(_, row)| (gates::rank(row.verdict), !row.required));
    let shelf = Shelf::of(all.iter().map(|(key, row)| {
        let (id, subject) = match key {
            GateKey::Criterion { target, id } => (id, target.name.raw()),
            GateKey::Item { plan, id } => (id, plan.as_str()),
        };
        [id.as_str(), row.title(), subject]
    }));
    found(&shelf, text, |at| Some(Entry::Gate((*all.get(at)?.0).clone())))
}

fn found(shelf: &Shelf, text: &str, entry: impl Fn(usize) -> Option<Entry>) -> Found {
    let (lines, fitting) = shelf.find(text, MOST);
    Found { rows: lines.into_iter().filter_map(entry).collect(), fitting, total: shelf.len() }
}
