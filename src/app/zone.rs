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

/// `t`: UTC, this machine's, then each zone that a plan names.
pub fn turn(state: &mut AppState) {
    let mut zones = vec![Zone::Utc, Zone::Local];
    for zone in state.plans.iter().filter_map(|plan| plan.zone).map(Zone::Plan) {
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    let at = zones.iter().position(|zone| *zone == state.zone).map_or(0, |at| at + 1);
    state.zone = zones.get(at).copied().unwrap_or_default();
    let text = match state.zone {
        Zone::Utc => "times in UTC".to_owned(),
        Zone::Local => format!("times in this machine's zone, UTC{}; records stay UTC", state.local),
        Zone::Plan(zone) => format!("times in the plan's zone, {zone}; records stay UTC"),
    };
    say(state, text, false);
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
