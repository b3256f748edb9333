//! One peer: its standing, and its alerts into the union. One request at a time: the server counts them, its own pages
//! included.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;

use super::{
    union::{Mask, Union, time},
    wire::{self, Silence, Status},
};
use crate::{
    backend::web::{Ask, LIST_CAP, Trouble, Web},
    domain::text::DisplayText,
};

/// Largest list of alerts, in bytes: 50,000 are 31 MB.
const ALERTS_CAP: usize = 64 << 20;
/// Characters of a silence's comment that are shown.
const COMMENT: usize = 80;

/// A peer that answered.
#[derive(Debug)]
pub(super) struct Standing {
    pub latency: Duration,
    pub skew: Option<TimeDelta>,
    /// Silences may be missing: it has not heard from its peers yet.
    pub is_settling: bool,
    /// Itself among them; `None` when it is not told.
    pub sees: Option<usize>,
    /// Why its standing could not be read, although its alerts could.
    pub unknown: Option<DisplayText>,
}

/// Reads one peer, its list within `patience`; its alerts go into `union` under `bit`. After an error nothing of it counts.
pub(super) async fn read(
    web: &Web,
    bit: Mask,
    filters: &[String],
    patience: Duration,
    union: &Arc<Mutex<Union>>,
) -> Result<Standing, Trouble> {
    let standing = standing(web).await?;
    let query: Vec<(&str, &str)> = filters.iter().map(|filter| ("filter", filter.as_str())).collect();
    let ask = Ask { query: &query, cap: ALERTS_CAP, timeout: Some(patience), ..Ask::get("/api/v2/alerts/groups") };
    let into = Arc::clone(union);
    let read = web
        .streamed(ask, move |from| {
            wire::each_alert(from, |alert| into.lock().unwrap_or_else(PoisonError::into_inner).take(alert, bit))
        })
        .await;
    read.map(|_| standing).inspect_err(|_| union.lock().unwrap_or_else(PoisonError::into_inner).forget(bit))
}

async fn standing(web: &Web) -> Result<Standing, Trouble> {
    match web.json::<Status>(Ask::get("/api/v2/status")).await {
        Ok(fetched) => {
            let cluster = fetched.value.cluster;
            Ok(Standing {
                latency: fetched.took,
                skew: fetched.skew,
                is_settling: cluster.status == "settling",
                sees: cluster.peers.filter(|_| cluster.status != "disabled").map(|peers| peers.len()),
                unknown: None,
            })
        }
        // It is there and will not say how it stands.
        Err(trouble) if trouble.status.is_some_and(|status| status != 401 && status != 503) => {
            Ok(Standing { latency: Duration::ZERO, skew: None, is_settling: false, sees: None, unknown: Some(trouble.words) })
        }
        Err(trouble) => Err(trouble),
    }
}

/// Silences in words, by identifier: `alice until 14:30Z: CHG-1042`.
pub(super) async fn silences(web: &Web) -> Result<HashMap<String, DisplayText>, Trouble> {
    let only_active = [("active", "true"), ("pending", "false"), ("expired", "false")];
    let ask = Ask { query: &only_active, cap: LIST_CAP, ..Ask::get("/api/v2/silences") };
    let all: Vec<Silence> = web.json(ask).await?.value;
    Ok(all.into_iter().map(|silence| (silence.id.clone(), words(&silence))).collect())
}

fn words(silence: &Silence) -> DisplayText {
    let until = time(&silence.ends_at).map(|ends| ends.format(" until %Y-%m-%dT%H:%MZ").to_string()).unwrap_or_default();
    let who = if silence.created_by.is_empty() { "somebody" } else { &silence.created_by };
    let comment: String = silence.comment.chars().take(COMMENT).collect();
    let why = if comment.is_empty() { comment } else { format!(": {comment}") };
    DisplayText::new(&format!("{who}{until}{why}"))
}
