//! The overview: the rows of the rollout list, and panes that have no source yet.

use std::time::Duration;

use crate::{
    app::{
        list,
        role::Role,
        sort,
        standing::{self, pod_trouble},
        state::{AppState, Pane},
        zone,
    },
    domain::{
        Timestamp,
        freshness::Freshness,
        rollout::{Hold, HoldCause, Phase, Rollout, Strategy},
    },
};

use super::{
    age::{column_span, span_of_time},
    gates::{score, soak_words, standing_word},
    model::{Line, RolloutRow, RolloutWindow, Span, StateWord},
};

/// A line of one span.
#[must_use]
pub fn line(role: Role, text: impl Into<String>) -> Line {
    Line { indent: 0, spans: vec![Span { text: text.into(), role }] }
}

/// Time from `since` to now; zero when it lies ahead.
pub(super) fn since(state: &AppState, since: Timestamp) -> Duration {
    (state.now - since).to_std().unwrap_or_default()
}

/// `2/6`, as people count; `None` without steps.
#[must_use]
pub fn step_words(rollout: &Rollout) -> Option<String> {
    let at = rollout.position.as_ref().filter(|at| at.count > 0)?;
    Some(if at.index >= at.count { format!("{0}/{0}", at.count) } else { format!("{}/{}", at.index + 1, at.count) })
}

/// One hold in words, with its time.
#[must_use]
pub fn hold_words(state: &AppState, hold: &Hold) -> String {
    let word = match hold.cause {
        HoldCause::StepPause => "waits for you",
        HoldCause::TimedPause => "soaks",
        HoldCause::Manual => "paused by hand",
        HoldCause::Inconclusive => "analysis undecided",
        HoldCause::BlueGreen => "waits before the switch",
        HoldCause::Gate => "waits for a gate",
        HoldCause::Abort => "rolled back",
        HoldCause::Unknown => "held, cause unknown",
    };
    match (hold.until, hold.since) {
        (Some(until), _) => {
            let left = (until - state.now).to_std().unwrap_or_default();
            if left.is_zero() { format!("{word}, done") } else { format!("{word}, {} left", span_of_time(left)) }
        }
        (None, Some(at)) => format!("{word} {}", span_of_time(since(state, at))),
        (None, None) => word.to_owned(),
    }
}

/// One hold in as few words as tell it from the others.
fn hold_in_brief(state: &AppState, hold: &Hold) -> String {
    let word = match hold.cause {
        HoldCause::StepPause => "waits for you",
        HoldCause::TimedPause => "soaks",
        HoldCause::Manual => "paused by hand",
        HoldCause::Inconclusive => "undecided",
        HoldCause::BlueGreen => "waits before switch",
        HoldCause::Gate => "gate",
        HoldCause::Abort => "rolled back",
        HoldCause::Unknown => "held",
    };
    match hold.until.map(|until| (until - state.now).to_std().unwrap_or_default()) {
        None => word.to_owned(),
        Some(left) if left.is_zero() => format!("{word}, done"),
        Some(left) => format!("{word} {}", span_of_time(left)),
    }
}

/// What it waits for, from many words to few: times go first, then the soak, then all holds but the first.
fn waits(state: &AppState, rollout: &Rollout, soak: &str) -> Vec<String> {
    if rollout.holds.is_empty() {
        return if soak.is_empty() { Vec::new() } else { vec![soak.to_owned()] };
    }
    let mut holds: Vec<&Hold> = rollout.holds.iter().collect();
    // A pause by hand stands over everything else; what runs out by itself comes last.
    holds.sort_by_key(|hold| (hold.cause != HoldCause::Manual, !hold.needs_person, hold.until.is_some()));
    let long: Vec<String> = holds.iter().map(|hold| hold_words(state, hold)).collect();
    let brief: Vec<String> = holds.iter().map(|hold| hold_in_brief(state, hold)).collect();
    let with_soak = |words: &[String]| {
        let all = words.iter().map(String::as_str).chain(std::iter::once(soak));
        all.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let first = |words: &[String]| words.first().cloned().unwrap_or_default();
    // The state beside it says that it is paused.
    let by_hand = first(&brief).strip_prefix("paused ").map(str::to_owned).unwrap_or_default();
    let forms = [with_soak(&long), with_soak(&brief), long.join(", "), brief.join(", "), first(&long), first(&brief), by_hand];
    let mut told: Vec<String> = Vec::new();
    for form in forms {
        if !form.is_empty() && !told.contains(&form) {
            told.push(form);
        }
    }
    told
}

/// Pods in trouble in a few words; empty when none is known.
#[must_use]
pub fn trouble(rollout: &Rollout) -> String {
    let count = pod_trouble(rollout);
    let first = rollout.pods.not_ready.as_ref().and_then(|pods| pods.first());
    match (count, first) {
        (0, _) | (_, None) => String::new(),
        (1, Some(pod)) => format!("1 pod {}", pod.reason),
        (count, Some(pod)) => format!("{count} pods {}", pod.reason),
    }
}

/// The state word of a rollout. What is not live is never shown as good.
#[must_use]
pub fn state_word(state: &AppState, rollout: &Rollout) -> StateWord {
    let word = |word: &str, role: Role| StateWord { word: word.to_owned(), role };
    if standing::in_doubt(state, &rollout.id).is_some() {
        return word("DOUBT", Role::Fail);
    }
    match state.freshness(&rollout.id.source) {
        Freshness::Live => {}
        Freshness::Stale { .. } => return word("STALE", Role::Unknown),
        Freshness::Lost { .. } => return word("LOST", Role::Unknown),
        Freshness::Never => return word("NODATA", Role::Unknown),
    }
    let here = state.running.iter().any(|running| running.target == rollout.id && running.report.is_none());
    if here || state.book.in_flight.iter().any(|record| record.target == rollout.id) {
        return word("SENT", Role::Running);
    }
    if rollout.invalid {
        return word("INVALID", Role::Fail);
    }
    if pod_trouble(rollout) > 0 {
        return word("PODS", Role::Fail);
    }
    if rollout.phase == Phase::Degraded {
        return word("FAIL", Role::Fail);
    }
    if rollout.is_paused_by_hand() {
        return word("PAUSED", Role::Warn);
    }
    if let Some(word) = standing_word(state, rollout) {
        return word;
    }
    if rollout.needs_person() {
        return word("WAIT", Role::Warn);
    }
    match rollout.phase {
        Phase::Healthy => word("OK", Role::Ok),
        Phase::Progressing => word("RUN", Role::Running),
        Phase::Paused if rollout.hold(HoldCause::TimedPause).is_some() => word("SOAK", Role::Running),
        Phase::Paused => word("HOLD", Role::Warn),
        Phase::Aborted => word("BACK", Role::Quiet),
        Phase::Degraded => word("FAIL", Role::Fail),
        Phase::Unknown => word("NODATA", Role::Unknown),
    }
}

/// One row.
#[must_use]
pub fn row(state: &AppState, rollout: &Rollout, selected: bool, gone: bool) -> RolloutRow {
    let source = state.source(&rollout.id.source);
    let live = source.is_some_and(|source| source.freshness(state.since_boot).is_live());
    let was = || source.and_then(|source| source.health.last_ok).map(|(_, at)| format!("was {}", zone::minutes(state, at)));
    let assessment = state.assessments.get(&rollout.id);
    let at_stage = assessment.and_then(|assessment| assessment.standing.as_ref());
    let at = rollout.position.as_ref();
    let soak = at_stage.filter(|_| live).map_or_else(String::new, |at| soak_words(state, at));
    let label = at
        .and_then(|at| usize::try_from(at.index).ok())
        .and_then(|index| rollout.steps.get(index))
        .map_or_else(String::new, |step| step.label.to_string());
    let pods = match (rollout.pods.ready, rollout.pods.desired) {
        (Some(ready), Some(desired)) => format!("{ready}/{desired}"),
        (Some(ready), None) => format!("{ready}/?"),
        (None, Some(desired)) => format!("?/{desired}"),
        (None, None) => "?".to_owned(),
    };
    RolloutRow {
        id: rollout.id.clone(),
        selected,
        gone,
        name: rollout.id.name.to_string(),
        namespace: rollout.id.namespace.to_string(),
        source: rollout.id.source.to_string(),
        strategy: match rollout.strategy {
            Strategy::Canary => "canary",
            Strategy::BlueGreen => "bluegreen",
            Strategy::Unknown => "?",
        },
        step: step_words(rollout).unwrap_or_default(),
        step_label: label,
        stage: at_stage.map_or_else(String::new, |at| at.id.to_string()),
        waits: waits(state, rollout, &soak),
        soak,
        gates: assessment
            .filter(|_| live)
            .and_then(|assessment| score(state, assessment))
            .map_or_else(String::new, |(good, all)| format!("{good}/{all}")),
        weight: rollout.weight,
        next_weight: rollout.next_weight().filter(|_| !rollout.is_fully_promoted() && !rollout.aborted),
        holds: rollout.holds.iter().map(|hold| hold_words(state, hold)).collect::<Vec<_>>().join(", "),
        age: rollout.changed_at.map_or_else(String::new, |at| column_span(since(state, at))),
        state: if gone { StateWord { word: "GONE".to_owned(), role: Role::Quiet } } else { state_word(state, rollout) },
        stale: (!live).then(|| was().unwrap_or_else(|| "never read".to_owned())),
        trouble: trouble(rollout),
        pods,
    }
}

/// The rows that fit into `height` lines, with the cursor in the middle where there is more than fits.
#[must_use]
pub fn rollouts(state: &AppState, height: usize) -> RolloutWindow {
    let total = state.sources.iter().map(|source| source.rollouts.len()).sum();
    let shown = list::length(state);
    let cursor = list::selected_index(state);
    let first = cursor.unwrap_or(0).saturating_sub(height / 2).min(shown.saturating_sub(height));
    let rows: Vec<RolloutRow> = (first..shown.min(first + height))
        .filter_map(|index| {
            let (rollout, gone) = list::row(state, index)?;
            Some(row(state, rollout, cursor == Some(index), gone))
        })
        .collect();
    let empty = (shown == 0).then(|| {
        let mut telling = state.sources.iter().filter(|source| source.info.tells.rollouts);
        if telling.clone().next().is_none() {
            "no source of rollouts is configured: cutover config path".to_owned()
        } else if total > 0 {
            "nothing matches the filter: esc clears it".to_owned()
        } else if telling.clone().all(|source| source.listed) {
            "no rollouts here".to_owned()
        } else if telling.all(|source| source.listed || source.health.failure.is_some()) {
            "nothing is known: no source has answered".to_owned()
        } else {
            "reading: nothing is known yet".to_owned()
        }
    });
    RolloutWindow {
        above: first,
        below: shown.saturating_sub(first + rows.len()),
        rows,
        shown,
        total,
        filter: state.list.filter.text().to_owned(),
        filter_cursor: state.list.filtering.then(|| state.list.filter.cursor()),
        sort: sort::words(Pane::Rollouts, state.list.sort),
        empty,
        remarks: remarks(state),
    }
}

fn remarks(state: &AppState) -> Vec<Line> {
    let Some(rollout) = list::selected(state) else { return Vec::new() };
    let name = rollout.id.name.to_string();
    if state.list.selection.gone.is_some() {
        return vec![line(Role::Quiet, format!("{name} is gone from {}; this is its last known state", rollout.id.source))];
    }
    let holds = rollout.holds.iter().map(|hold| hold_words(state, hold)).collect::<Vec<_>>().join(", ");
    let first = if holds.is_empty() {
        format!("{name}: {} {}", rollout.phase.word(), rollout.message)
    } else {
        format!("{name}: {holds}")
    };
    let mut lines = vec![line(Role::Text, first.trim_end().to_owned())];
    let pods = trouble(rollout);
    if !pods.is_empty() {
        lines.push(line(Role::Fail, format!("{name}: {pods}")));
    }
    lines
}

/// How many lines each pane has to show, in the order of `Pane::ALL`: what its room is measured by.
#[must_use]
pub fn wants(state: &AppState) -> [usize; 4] {
    let alerts = if state.sources.iter().any(|source| source.info.tells.alerts) {
        // A remark may stand above the rows.
        state.alerts.roster.order.len().max(1) + usize::from(!super::alerts::blind(state).is_empty())
    } else {
        1
    };
    let tenants = super::tenants::tenants_pane(state, 2, usize::MAX);
    [list::length(state), alerts, state.gates.roster.order.len().max(1), tenants.remarks.len() + tenants.lines.len()]
}

/// A row as one line of text.
#[must_use]
pub fn row_text(state: &AppState, rollout: &Rollout) -> String {
    let row = row(state, rollout, false, false);
    let weight = rollout.weight.set.map_or_else(String::new, |weight| format!("{weight} %"));
    [
        rollout.id.to_string(),
        row.step,
        row.step_label,
        weight,
        row.state.word,
        row.holds,
        row.trouble,
        row.stale.unwrap_or_default(),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join("  ")
}

/// At most 15 lines of markdown in UTC: what needs a person, and the worst rows.
#[must_use]
pub fn summary(state: &AppState) -> String {
    let mut lines =
        vec![format!("**{}** {}", state.now.format("%Y-%m-%d %H:%M:%SZ"), super::attention::attention(state).sentence)];
    let shown = state.list.order.iter().take(12);
    lines.extend(shown.filter_map(|place| state.at(*place)).map(|rollout| format!("- {}", row_text(state, rollout))));
    let rest = state.list.order.len().saturating_sub(12);
    if rest > 0 {
        lines.push(format!("- and {rest} more"));
    }
    lines.join("\n")
}
