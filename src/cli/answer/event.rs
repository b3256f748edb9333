//! `watch --json-lines`: one object an event; and what counts as an event.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    SCHEMA, alerts,
    alerts::AlertItem,
    doubt::OpenItem,
    gates,
    gates::{GateItem, GateKind},
    moment::Moment,
    status::{RolloutItem, SourceItem, StatusInput, source_item},
};
use crate::domain::id::TargetId;

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "cutover watch --json-lines")]
pub struct Event {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub at: Moment,
    pub kind: EventKind,
    /// Identifier of what it is about.
    pub id: String,
    /// As it is now, in the shape of `status`; null: it is gone.
    pub item: Option<EventItem>,
    /// As it was; null: it is new, or was there when the watch began.
    pub was: Option<EventItem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    Source,
    RolloutChanged,
    Gate,
    Alert,
    Action,
}

impl EventKind {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::RolloutChanged => "rollout",
            Self::Gate => "gate",
            Self::Alert => "alert",
            Self::Action => "action",
        }
    }
}

/// What an event is about, in the shape that `status --json` has.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum EventItem {
    Source(SourceItem),
    Rollout(Box<RolloutItem>),
    Gate(Box<GateItem>),
    Alert(Box<AlertItem>),
    Action(OpenItem),
}

/// Everything that can change, by kind and identifier.
pub type Scene = BTreeMap<(EventKind, String), EventItem>;

/// Everything that one look holds; `only` leaves out what is about another rollout.
#[must_use]
pub fn scene(input: &StatusInput, only: Option<&TargetId>) -> Scene {
    let whole = only.map(ToString::to_string);
    let is_meant = |id: &str| whole.as_deref().is_none_or(|only| only == id);
    let mut scene = Scene::new();
    for seen in &input.sources {
        let item = source_item(seen, input.since_boot);
        scene.insert((EventKind::Source, item.name.clone()), EventItem::Source(item));
    }
    for seen in &input.rollouts {
        let item = RolloutItem::seen(seen, input);
        if is_meant(&item.id) {
            scene.insert((EventKind::RolloutChanged, item.id.clone()), EventItem::Rollout(Box::new(item)));
        }
    }
    for item in gates::items(input).into_iter().flatten().filter(|item| is_meant(&item.rollout)) {
        let kind = match item.kind {
            GateKind::Gate => "gate",
            GateKind::Criterion => "criterion",
            GateKind::Item => "item",
        };
        let id = format!("{kind} {} {}", item.rollout, item.id);
        scene.insert((EventKind::Gate, id), EventItem::Gate(Box::new(item)));
    }
    for item in alerts::items(input).into_iter().flatten() {
        scene.insert((EventKind::Alert, format!("{} {}", item.source, item.id)), EventItem::Alert(Box::new(item)));
    }
    if let Ok(book) = &input.book {
        let open = book.in_doubt.iter().chain(&book.in_flight).chain(&book.accepted);
        for item in open.map(OpenItem::from).filter(|item| is_meant(&item.target)) {
            scene.insert((EventKind::Action, item.action.clone()), EventItem::Action(item));
        }
    }
    scene
}

/// What changed from `before` to `now`, sources first.
#[must_use]
pub fn events(before: &Scene, now: &Scene, at: &Moment) -> Vec<Event> {
    let mut found = Vec::new();
    for (key, item) in now {
        let was = before.get(key);
        if was.is_none_or(|was| essence(was) != essence(item)) {
            found.push(event(key, Some(item), was, at));
        }
    }
    for (key, was) in before.iter().filter(|(key, _)| !now.contains_key(*key)) {
        found.push(event(key, None, Some(was), at));
    }
    found.sort_by_key(|event| event.kind);
    found
}

fn event((kind, key): &(EventKind, String), item: Option<&EventItem>, was: Option<&EventItem>, at: &Moment) -> Event {
    let id = item.or(was).map_or_else(|| key.clone(), id_of);
    Event { schema: SCHEMA, at: at.clone(), kind: *kind, id, item: item.cloned(), was: was.cloned() }
}

fn id_of(item: &EventItem) -> String {
    match item {
        EventItem::Source(item) => item.name.clone(),
        EventItem::Rollout(item) => item.id.clone(),
        EventItem::Gate(item) => item.id.clone(),
        EventItem::Alert(item) => item.id.clone(),
        EventItem::Action(item) => item.action.clone(),
    }
}

/// The item without what moves by itself: ages, what is left of a soak, a value that the same verdict goes with.
fn essence(item: &EventItem) -> EventItem {
    let mut item = item.clone();
    match &mut item {
        EventItem::Source(source) => {
            source.age_s = None;
            source.latency_s = None;
            source.next_read_s = None;
        }
        EventItem::Rollout(rollout) => {
            rollout.age_s = None;
            for refusal in rollout.operations.iter_mut().filter_map(|it| it.refusal.as_mut()) {
                refusal.sentence.clear();
            }
            if let Some(stage) = &mut rollout.stage {
                stage.soak_left_s = None;
                stage.soak_ends_at = None;
                stage.sentence.clear();
            }
        }
        EventItem::Gate(gate) => {
            gate.value = None;
            gate.samples = None;
            gate.age_s = None;
            gate.valid_until = None;
            gate.why.clear();
        }
        EventItem::Alert(alert) => {
            alert.age_s = None;
            alert.value = None;
            alert.since_stage_s = None;
        }
        EventItem::Action(_) => {}
    }
    item
}

/// The closed word for people.
#[must_use]
pub fn freshness_word(freshness: crate::domain::freshness::FreshnessWord) -> &'static str {
    use crate::domain::freshness::FreshnessWord;
    match freshness {
        FreshnessWord::Live => "live",
        FreshnessWord::Stale => "stale",
        FreshnessWord::Lost => "lost",
        FreshnessWord::Never => "not read",
    }
}
