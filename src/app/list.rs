//! The list of rollouts: order, filter, and a cursor that is an identity (architecture.md section 3, law 4).

use std::{cmp::Ordering, collections::HashSet, sync::Arc};

use crate::domain::{Timestamp, id::TargetId, rollout::Rollout, source::SourceUpdate};

use super::{
    roster::{fits, terms},
    standing::{Concern, concern},
    state::{AppState, RowRef, Selection, Sort, Work},
};

/// Takes what a source told. An update of a source that is not configured is dropped.
pub fn apply(state: &mut AppState, update: SourceUpdate) {
    match update {
        SourceUpdate::Health { source, health } => {
            if let Some(known) = state.sources.iter_mut().find(|known| known.info.id == source) {
                known.health = health;
            }
        }
        SourceUpdate::Rollouts { source, rollouts } => {
            let before = selected_index(state).zip(selected(state).cloned());
            let Some(known) = state.sources.iter_mut().find(|known| known.info.id == source) else { return };
            known.rollouts = rollouts;
            known.listed = true;
            reindex(state);
            let vanished = state.list.selection.id.as_ref().is_some_and(|id| !state.list.places.contains_key(id));
            if !vanished {
                state.list.selection.gone = None;
            } else if state.list.selection.gone.is_none() {
                state.list.selection.gone = before.map(|(index, rollout)| (rollout, index));
            }
            reorder(state);
        }
        SourceUpdate::Alerts(feed) => {
            if let Some(known) = state.sources.iter_mut().find(|known| known.info.id == feed.source) {
                known.alerts = Some(feed);
            }
        }
        SourceUpdate::Tenants(table) => {
            let now = state.since_boot;
            if let Some(known) = state.sources.iter_mut().find(|known| known.info.id == table.source) {
                if table.is_whole() {
                    known.whole = Some((Arc::clone(&table), now));
                } else if known.whole.as_ref().is_some_and(|(before, _)| table.is_worse_than(before)) {
                    known.whole = None;
                }
                known.tenants = Some(table);
            }
        }
        SourceUpdate::Readings { source, readings } => {
            if let Some(known) = state.sources.iter_mut().find(|known| known.info.id == source) {
                known.readings = readings.iter().map(|reading| (Arc::clone(&reading.question), Arc::clone(reading))).collect();
            }
        }
    }
}

fn reindex(state: &mut AppState) {
    state.list.work = work(state);
    let list = &mut state.list;
    list.places.clear();
    for (source, known) in state.sources.iter().enumerate() {
        for (index, rollout) in known.rollouts.iter().enumerate() {
            list.places.insert(rollout.id.clone(), RowRef { source, index });
        }
    }
    let places = &list.places;
    if let Some(awaited) = list.selection.awaited.take_if(|id| places.contains_key(id)) {
        list.selection = Selection { id: Some(awaited), by_person: true, awaited: None, gone: None };
    }
}

fn work(state: &AppState) -> Work {
    let mut work = Work::default();
    let mut since = None;
    for (source, known) in state.sources.iter().enumerate() {
        for (index, rollout) in known.rollouts.iter().enumerate() {
            let row = RowRef { source, index };
            if rollout.needs_person() {
                work.waiting += 1;
                let at = waits_since(rollout);
                let is_longer = at.is_some_and(|at| since.is_none_or(|since| at < since));
                if work.longest.is_none() || is_longer {
                    (work.longest, since) = (Some(row), at);
                }
            }
            if concern(rollout) == Concern::Failing {
                work.failing += 1;
                work.first_failing.get_or_insert(row);
            }
        }
    }
    work
}

/// Since when it waits for a person, as far as it says so.
#[must_use]
pub fn waits_since(rollout: &Rollout) -> Option<Timestamp> {
    rollout.holds.iter().filter(|hold| hold.needs_person).filter_map(|hold| hold.since).min()
}

/// Every source anew, after sources were added.
pub fn rebuild(state: &mut AppState) {
    reindex(state);
    reorder(state);
}

/// Filters and sorts anew. The selected row stays in the list even when it no longer matches.
pub fn reorder(state: &mut AppState) {
    let in_doubt: HashSet<&TargetId> = state.book.in_doubt.iter().map(|record| &record.target).collect();
    let terms = terms(state.list.filter.text());
    let mut rows: Vec<(Concern, &Rollout, RowRef)> = Vec::with_capacity(state.list.places.len());
    for (source, known) in state.sources.iter().enumerate() {
        for (index, rollout) in known.rollouts.iter().enumerate() {
            let concern = if in_doubt.contains(&rollout.id) { Concern::InDoubt } else { concern(rollout) };
            let kept = terms.is_empty() || state.list.selection.id.as_ref() == Some(&rollout.id) || {
                let text = haystack(rollout, concern);
                fits(&terms, |word| text.contains(word))
            };
            if kept {
                rows.push((concern, rollout, RowRef { source, index }));
            }
        }
    }
    let by_name = |a: &Rollout, b: &Rollout| -> Ordering {
        a.id.name.cmp(&b.id.name).then_with(|| a.id.namespace.cmp(&b.id.namespace)).then_with(|| a.id.source.cmp(&b.id.source))
    };
    match state.list.sort {
        Sort::Newest => {
            rows.sort_by(|a, b| b.1.changed_at.cmp(&a.1.changed_at).then_with(|| by_name(a.1, b.1)));
        }
        Sort::Name => rows.sort_by(|a, b| by_name(a.1, b.1)),
        Sort::Usual | Sort::Severity | Sort::Rollout | Sort::Rows | Sort::Slowest => {
            rows.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| by_name(a.1, b.1)));
        }
    }
    let order: Vec<RowRef> = rows.into_iter().map(|(_, _, row)| row).collect();
    state.list.order = order;
    if state.list.selection.id.is_none() {
        state.list.selection.id = state.list.order.first().and_then(|row| state.at(*row)).map(|rollout| rollout.id.clone());
    }
}

fn haystack(rollout: &Rollout, concern: Concern) -> String {
    let word = match concern {
        Concern::InDoubt => "doubt",
        Concern::Failing => "fail",
        Concern::Waiting => "wait",
        Concern::Unknown => "unknown",
        Concern::RolledBack => "back",
        Concern::Moving => "run",
        Concern::Quiet => "ok",
    };
    format!("{} {} {} {word}", rollout.id, rollout.kind, rollout.phase.word()).to_lowercase()
}

/// The filter was typed: the cursor goes to the first match unless its own row matches.
pub fn refilter(state: &mut AppState) {
    let terms = terms(state.list.filter.text());
    let still = selected(state).is_some_and(|rollout| {
        let doubted = state.book.in_doubt.iter().any(|record| record.target == rollout.id);
        let concern = if doubted { Concern::InDoubt } else { concern(rollout) };
        let text = haystack(rollout, concern);
        fits(&terms, |word| text.contains(word))
    });
    if !still {
        state.list.selection.id = None;
        state.list.selection.gone = None;
    }
    reorder(state);
}

/// The selected rollout; its last state when it is gone.
#[must_use]
pub fn selected(state: &AppState) -> Option<&Arc<Rollout>> {
    match &state.list.selection.gone {
        Some((rollout, _)) => Some(rollout),
        None => state.list.selection.id.as_ref().and_then(|id| state.rollout(id)),
    }
}

/// Number of rows drawn: the order, and a gone row while the cursor stands on it.
#[must_use]
pub fn length(state: &AppState) -> usize {
    state.list.order.len() + usize::from(state.list.selection.gone.is_some())
}

/// The row at `index` as drawn, and whether it is gone.
#[must_use]
pub fn row(state: &AppState, index: usize) -> Option<(&Arc<Rollout>, bool)> {
    let order = &state.list.order;
    let at = |index: usize| order.get(index).and_then(|row| state.at(*row)).map(|rollout| (rollout, false));
    match &state.list.selection.gone {
        Some((rollout, place)) => match index.cmp((place).min(&order.len())) {
            Ordering::Less => at(index),
            Ordering::Equal => Some((rollout, true)),
            Ordering::Greater => at(index - 1),
        },
        None => at(index),
    }
}

/// Where the cursor is drawn.
#[must_use]
pub fn selected_index(state: &AppState) -> Option<usize> {
    if let Some((_, place)) = &state.list.selection.gone {
        return Some((*place).min(state.list.order.len()));
    }
    let wanted = state.list.places.get(state.list.selection.id.as_ref()?)?;
    state.list.order.iter().position(|row| row == wanted)
}

/// A person moves the cursor by `delta` rows. A gone row is left behind for good.
pub fn move_by(state: &mut AppState, delta: isize) {
    let last = state.list.order.len().checked_sub(1);
    let target = match (selected_index(state), last) {
        (_, None) => None,
        (None, Some(_)) => Some(0),
        (Some(index), Some(last)) => {
            let delta = if state.list.selection.gone.is_some() && delta > 0 { delta - 1 } else { delta };
            Some(index.saturating_add_signed(delta).min(last))
        }
    };
    select_index(state, target);
}

/// To the first or the last row.
pub fn move_to_end(state: &mut AppState, bottom: bool) {
    let last = state.list.order.len().checked_sub(1);
    select_index(state, if bottom { last } else { last.map(|_| 0) });
}

fn select_index(state: &mut AppState, index: Option<usize>) {
    let id = index.and_then(|index| state.list.order.get(index)).and_then(|row| state.at(*row)).map(|rollout| rollout.id.clone());
    state.list.selection = Selection { id, by_person: true, awaited: None, gone: None };
}

/// A person goes to `target`, which may be filtered out: then the filter is cleared.
pub fn select(state: &mut AppState, target: &TargetId) {
    if !state.list.places.contains_key(target) {
        return;
    }
    state.list.selection = Selection { id: Some(target.clone()), by_person: true, awaited: None, gone: None };
    reorder(state);
}

/// The rows that are problems, in their order, with their numbers: what fails or waits, and what a plan proposes to roll back.
#[must_use]
pub fn problems(state: &AppState) -> Vec<(TargetId, usize)> {
    let in_doubt: HashSet<&TargetId> = state.book.in_doubt.iter().map(|record| &record.target).collect();
    let proposed = |id: &TargetId| state.assessments.get(id).is_some_and(|assessment| assessment.proposed().is_some());
    state
        .list
        .order
        .iter()
        .zip(0..)
        .filter_map(|(row, at)| state.at(*row).map(|rollout| (rollout, at)))
        .filter(|(rollout, _)| in_doubt.contains(&rollout.id) || concern(rollout).is_problem() || proposed(&rollout.id))
        .map(|(rollout, at)| (rollout.id.clone(), at))
        .collect()
}
