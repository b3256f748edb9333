//! Which zone the screen says times in (`t`). What is recorded, copied or answered to a script stays UTC, and so do ages.

use std::borrow::Borrow;

use chrono_tz::Tz;

use crate::domain::Timestamp;

use super::{state::AppState, update::say};

/// A zone to say times in. Every time says which: `Z`, an offset, or the zone's own letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Zone {
    #[default]
    Utc,
    /// This machine's, as it was when the console started.
    Local,
    /// The one that a plan names.
    Plan(Tz),
}

/// Which zones there are: UTC, this machine's, then each that a plan names.
#[must_use]
pub fn choices(state: &AppState) -> Vec<Zone> {
    let mut zones = vec![Zone::Utc, Zone::Local];
    for zone in state.plans.iter().filter_map(|plan| plan.zone).map(Zone::Plan) {
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    zones
}

/// `t`: the next of the zones.
pub fn turn(state: &mut AppState) {
    let zones = choices(state);
    let at = zones.iter().position(|zone| *zone == state.zone).map_or(0, |at| at + 1);
    set(state, zones.get(at).copied().unwrap_or_default());
}

/// From now on times are said in `zone`; the message row says so.
pub fn set(state: &mut AppState, zone: Zone) {
    state.zone = zone;
    let but = if zone == Zone::Utc { "" } else { "; records stay UTC" };
    let text = format!("{}{but}", words(state, zone));
    say(state, text, false);
}

/// `times in UTC`.
#[must_use]
pub fn words(state: &AppState, zone: Zone) -> String {
    match zone {
        Zone::Utc => "times in UTC".to_owned(),
        Zone::Local => format!("times in this machine's zone, UTC{}", state.local),
        Zone::Plan(zone) => format!("times in the plan's zone, {zone}"),
    }
}

/// `14:32:07Z`, `16:32:07+02:00`, `07:32:07 PDT`.
#[must_use]
pub fn seconds(state: &AppState, at: impl Borrow<Timestamp>) -> String {
    shown(state, *at.borrow(), "%H:%M:%S")
}

/// `14:32Z`.
#[must_use]
pub fn minutes(state: &AppState, at: impl Borrow<Timestamp>) -> String {
    shown(state, *at.borrow(), "%H:%M")
}

/// `at` in the zone that was chosen, marked as such. `pattern` is chrono's.
#[must_use]
pub fn shown(state: &AppState, at: Timestamp, pattern: &str) -> String {
    match state.zone {
        Zone::Utc => at.format(&format!("{pattern}Z")).to_string(),
        Zone::Local => at.with_timezone(&state.local).format(&format!("{pattern}%:z")).to_string(),
        Zone::Plan(zone) => at.with_timezone(&zone).format(&format!("{pattern} %Z")).to_string(),
    }
}
