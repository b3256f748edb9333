//! What of a person's place outlives the console: page, panes, filters, orders, cursors, zoom and zone. After a lost SSH session
//! the next console opens where the last one stood.
//!
//! What this does *not* do: keep a form, a prompt, a palette, a menu, a page about a change, or anything that is being typed:
//! whoever comes back begins those anew. Nor does it know files (`runtime::place`). Whatever comes from a file is hostile: of it
//! counts what this console could have kept itself.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{
    alert::AlertKey,
    id::{SourceId, TargetId},
    plan::PlanName,
    text::DisplayText,
};

use super::{
    effect::Effect,
    field::TextField,
    finding,
    gates::GateKey,
    navigate::show,
    sort::{self, Sort},
    state::{AppState, Pane, Screen},
    tenants::{self, TenantKey},
    update::say,
    view::coarse_span,
    zone::Zone,
};

/// Most pages over the overview; deeper ones are left out.
const DEEPEST: usize = 8;
/// Cells that a place takes in the sentence that says where one is: `rollout ` and most names.
const NAME_SHOWN: usize = 40;
/// Cells that a filter takes in the sentence that says where one is.
const FILTER_SHOWN: usize = 12;

/// A place. Identities, never row numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Pages over the overview, the lowest first.
    pub pages: Vec<Page>,
    pub pane: Pane,
    pub zoom: bool,
    pub rollouts: KeptList<TargetId>,
    pub alerts: KeptList<AlertKey>,
    pub gates: KeptList<GateKey>,
    pub tenants: KeptList<TenantKey>,
    /// Causes instead of tenants.
    pub grouped: bool,
    /// Only tenants with this cause.
    pub cause: Option<DisplayText>,
    /// `utc`, `local`, or the name of a plan's zone.
    pub zone: String,
}

/// One list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptList<K> {
    pub filter: String,
    pub sort: Sort,
    /// Where a person had put the cursor.
    pub at: Option<K>,
}

/// A page that can be come back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    Rollout(TargetId),
    Alerts,
    Alert(AlertKey),
    Gates,
    Gate(GateKey),
    Tenants,
    Tenant(TenantKey),
    Audit,
    Sources,
}

impl Page {
    /// `None`: what lies over a page, or is about a change.
    fn of(screen: &Screen) -> Option<Self> {
        match screen {
            Screen::Detail(target) => Some(Self::Rollout(target.clone())),
            Screen::Alerts => Some(Self::Alerts),
            Screen::Alert(key) => Some(Self::Alert(key.clone())),
            Screen::Gates => Some(Self::Gates),
            Screen::Gate(key) => Some(Self::Gate(key.clone())),
            Screen::Tenants => Some(Self::Tenants),
            Screen::Tenant(key) => Some(Self::Tenant(key.clone())),
            Screen::Audit => Some(Self::Audit),
            Screen::Sources => Some(Self::Sources),
            Screen::Welcome
            | Screen::Overview
            | Screen::Form
            | Screen::Progress(_)
            | Screen::InDoubt(_)
            | Screen::Help
            | Screen::Why
            | Screen::Actions
            | Screen::Copy => None,
        }
    }

    fn screen(&self) -> Screen {
        match self.clone() {
            Self::Rollout(target) => Screen::Detail(target),
            Self::Alerts => Screen::Alerts,
            Self::Alert(key) => Screen::Alert(key),
            Self::Gates => Screen::Gates,
            Self::Gate(key) => Screen::Gate(key),
            Self::Tenants => Screen::Tenants,
            Self::Tenant(key) => Screen::Tenant(key),
            Self::Audit => Screen::Audit,
            Self::Sources => Screen::Sources,
        }
    }

    fn can_be(&self, state: &AppState) -> bool {
        match self {
            Self::Rollout(target) => is_source(state, &target.source),
            Self::Alert(key) => is_digest(key),
            Self::Gate(key) => is_judged(state, key),
            Self::Tenant(key) => is_source(state, &key.source),
            Self::Alerts | Self::Gates | Self::Tenants | Self::Audit | Self::Sources => true,
        }
    }
}

fn is_source(state: &AppState, source: &SourceId) -> bool {
    state.source(source).is_some()
}

fn is_digest(key: &AlertKey) -> bool {
    key.as_str().len() <= 64 && key.as_str().bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_judged(state: &AppState, key: &GateKey) -> bool {
    match key {
        GateKey::Criterion { target, id } => is_source(state, &target.source) && PlanName::is_name(id.as_str()),
        GateKey::Item { plan, id } => state.plans.iter().any(|known| known.id == *plan) && PlanName::is_name(id.as_str()),
    }
}

impl Kept {
    /// Where `state` stands now.
    #[must_use]
    pub fn of(state: &AppState) -> Self {
        let list = &state.list;
        let stood = list.selection.awaited.as_ref().or(list.selection.id.as_ref().filter(|_| list.selection.by_person));
        let filter = |pane| finding::text(state, pane).text().to_owned();
        let mut kept = Self {
            pages: state.screens.iter().skip(1).take(DEEPEST).map_while(Page::of).collect(),
            pane: state.pane,
            zoom: state.zoom,
            rollouts: KeptList { filter: filter(Pane::Rollouts), sort: list.sort, at: stood.cloned() },
            alerts: KeptList { filter: filter(Pane::Alerts), sort: state.alerts.sort, at: state.alerts.roster.chosen().cloned() },
            gates: KeptList { filter: filter(Pane::Gates), sort: state.gates.sort, at: state.gates.roster.chosen().cloned() },
            tenants: KeptList {
                filter: filter(Pane::Tenants),
                sort: state.tenants.sort,
                at: state.tenants.roster.chosen().cloned(),
            },
            grouped: state.tenants.grouped,
            cause: state.tenants.only.clone(),
            zone: match state.zone {
                Zone::Utc => "utc".to_owned(),
                Zone::Local => "local".to_owned(),
                Zone::Plan(zone) => zone.name().to_owned(),
            },
        };
        kept.stand_at_pages();
        kept
    }

    /// Whoever opened the page of a thing had chosen it, whoever had put the cursor there.
    fn stand_at_pages(&mut self) {
        for page in &self.pages {
            match page.clone() {
                Page::Rollout(target) => self.rollouts.at = Some(target),
                Page::Alert(key) => self.alerts.at = Some(key),
                Page::Gate(key) => self.gates.at = Some(key),
                Page::Tenant(key) => self.tenants.at = Some(key),
                Page::Alerts | Page::Gates | Page::Tenants | Page::Audit | Page::Sources => {}
            }
        }
    }
}

/// Opens the console where another one was left `ago`. The cursors go to their things as soon as those are told of; where one is
/// gone, its list begins as it always does.
pub(super) fn go_back(state: &mut AppState, kept: &Kept, ago: Duration) -> Vec<Effect> {
    if state.screens != [Screen::Overview] || *kept == Kept::of(state) {
        return Vec::new();
    }
    state.pane = kept.pane;
    state.zoom = kept.zoom;
    state.zone = zone(state, &kept.zone);
    state.tenants.grouped = kept.grouped;
    state.tenants.only.clone_from(&kept.cause);
    lists(state, kept);
    let pages: Vec<&Page> = kept.pages.iter().take(DEEPEST).take_while(|page| page.can_be(state)).collect();
    for page in &pages {
        show(state, page.screen());
    }
    let sentence = sentence(state, ago);
    say(state, sentence, false);
    if pages.contains(&&Page::Audit) { vec![Effect::ReadAudit { verify: false }] } else { Vec::new() }
}

fn zone(state: &AppState, name: &str) -> Zone {
    let named = || state.plans.iter().filter_map(|plan| plan.zone).find(|zone| zone.name() == name);
    if name == "local" { Zone::Local } else { named().map_or(Zone::Utc, Zone::Plan) }
}

/// Filters, orders and cursors. Nothing has been told yet, so nothing is sorted here.
fn lists(state: &mut AppState, kept: &Kept) {
    let sorts = [kept.rollouts.sort, kept.alerts.sort, kept.gates.sort, kept.tenants.sort];
    let texts = [&kept.rollouts.filter, &kept.alerts.filter, &kept.gates.filter, &kept.tenants.filter];
    for ((pane, sort), text) in Pane::ALL.into_iter().zip(sorts).zip(texts) {
        let sort = if sort::orders(pane).contains(&sort) { sort } else { Sort::default() };
        match pane {
            Pane::Rollouts => state.list.sort = sort,
            Pane::Alerts => state.alerts.sort = sort,
            Pane::Gates => state.gates.sort = sort,
            Pane::Tenants => state.tenants.sort = sort,
        }
        *finding::filter(state, pane).0 = TextField::new(DisplayText::new(text).as_str());
        finding::refilter(state, pane);
    }
    state.list.selection.awaited = kept.rollouts.at.clone().filter(|target| is_source(state, &target.source));
    state.alerts.roster.awaited = kept.alerts.at.clone().filter(is_digest);
    state.gates.roster.awaited = kept.gates.at.clone().filter(|key| is_judged(state, key));
    state.tenants.roster.awaited = kept.tenants.at.clone().filter(|key| is_source(state, &key.source));
}

/// `back at tenants, filter !ok, left 4m ago: esc clears it, 0 overview`: at 80 cells, time in front, whole.
fn sentence(state: &AppState, ago: Duration) -> String {
    let place = match state.screen() {
        Screen::Detail(target) => format!("rollout {}", target.name),
        Screen::Tenant(key) => format!("tenant {}", key.tenant),
        Screen::Alert(_) => "an alert".to_owned(),
        Screen::Gate(_) => "a gate".to_owned(),
        Screen::Alerts => "alerts".to_owned(),
        Screen::Gates => "gates".to_owned(),
        Screen::Tenants if tenants::is_grouped(state) => "the causes of tenants".to_owned(),
        Screen::Tenants => "tenants".to_owned(),
        Screen::Audit => "the audit".to_owned(),
        Screen::Sources => "the sources".to_owned(),
        Screen::Overview
        | Screen::Welcome
        | Screen::Form
        | Screen::Progress(_)
        | Screen::InDoubt(_)
        | Screen::Help
        | Screen::Why
        | Screen::Actions
        | Screen::Copy => format!("overview, {}", state.pane.title().to_lowercase()),
    };
    let filter = finding::listing(state).map_or("", |pane| finding::text(state, pane).text());
    let mut text = format!("back at {}", DisplayText::new(&place).truncate_middle(NAME_SHOWN, "~"));
    let mut ways = Vec::new();
    if !filter.is_empty() {
        text = format!("{text}, filter {}", DisplayText::new(filter).truncate_middle(FILTER_SHOWN, "~"));
        ways.push("esc clears it");
    }
    if *state.screen() != Screen::Overview {
        ways.push("0 overview");
    }
    text = format!("{text}, left {} ago", coarse_span(ago));
    if ways.is_empty() { text } else { format!("{text}: {}", ways.join(", ")) }
}
