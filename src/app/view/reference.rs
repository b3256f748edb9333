//! Pages that are about the console itself: its sources and its keys.

use crate::{
    app::{
        keymap::{self, Group},
        role::Role,
        state::{AppState, SourceState},
        zone,
    },
    domain::freshness::Freshness,
};

use super::{
    age::span_of_time,
    lists::SourceRow,
    model::{Line, Page, Section, Span, StateWord},
    overview::line,
    pages::section,
};

/// The rows of the sources page.
#[must_use]
pub fn sources(state: &AppState) -> Vec<SourceRow> {
    let selected = state.source_selected.as_ref().or_else(|| state.sources.first().map(|source| &source.info.id));
    state
        .sources
        .iter()
        .map(|source| {
            let freshness = source.freshness(state.since_boot);
            let known = source.health.age(state.since_boot);
            let (role, age) = match &freshness {
                Freshness::Live => (Role::Ok, known.map_or_else(String::new, span_of_time)),
                Freshness::Stale { age } => (Role::Unknown, span_of_time(*age)),
                Freshness::Lost { since: at, .. } => {
                    let last = source
                        .health
                        .last_ok
                        .map_or_else(|| "never read".to_owned(), |(_, at)| format!("ok {}", zone::seconds(state, at)));
                    (Role::Fail, format!("since {}, {last}", zone::seconds(state, at)))
                }
                Freshness::Never => (Role::Unknown, "nothing read yet".to_owned()),
            };
            let mut notes = Vec::new();
            if let Some(failure) = &source.health.failure {
                notes.push(format!("{} (x{})", failure.why, failure.attempts));
            }
            notes.extend(source.health.partial.iter().map(|part| format!("unknown: {part}")));
            let danger = state.environment(&source.info.environment).is_some_and(|environment| environment.danger);
            SourceRow {
                id: source.info.id.clone(),
                selected: selected == Some(&source.info.id),
                kind: source.info.kind,
                environment: source.info.environment.clone(),
                danger,
                state: StateWord { word: freshness.word().to_owned(), role },
                age,
                latency: source.health.latency.map_or_else(String::new, |latency| format!("{} ms", latency.as_millis())),
                next: source
                    .health
                    .next_read
                    .map_or_else(String::new, |at| format!("next read in {}", span_of_time(at.saturating_sub(state.since_boot)))),
                told: told(source),
                notes,
                // Of a source that is silent it is no news any more.
                footprint: (source.tenants.as_ref().filter(|_| freshness.is_live()))
                    .map_or_else(String::new, |table| table.footprint.to_string()),
            }
        })
        .collect()
}

/// What a source does not tell is not counted as none.
fn told(source: &SourceState) -> String {
    let tells = source.info.tells;
    let alerts = source.alerts.as_ref().map_or(0, |feed| feed.alerts.len());
    let tenants = source.tenants.as_ref().map_or(0, |table| table.tenants.len());
    let counts = [
        (tells.rollouts, source.rollouts.len(), "rollout"),
        (tells.alerts, alerts, "alert"),
        (tells.tenants, tenants, "tenant"),
        (tells.answers, source.readings.len(), "answer"),
    ];
    let words = counts.into_iter().filter(|(tells, ..)| *tells).map(|(_, count, word)| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    });
    words.collect::<Vec<_>>().join(", ")
}

pub(super) fn sources_page(state: &AppState) -> Page {
    let sections = sources(state)
        .into_iter()
        .map(|row| {
            let mut lines = vec![Line {
                indent: 0,
                spans: vec![
                    Span { text: format!("{} ", row.state.word), role: row.state.role },
                    Span { text: row.age, role: Role::Text },
                ],
            }];
            let rest: Vec<String> = [row.latency, row.next, row.told].into_iter().filter(|part| !part.is_empty()).collect();
            lines.push(line(Role::Text, rest.join("   ")));
            lines.extend((!row.footprint.is_empty()).then(|| line(Role::Text, row.footprint)));
            lines.extend(row.notes.into_iter().map(|note| line(Role::Warn, note)));
            section(&format!("{} {} ({})", row.id, row.kind, row.environment), "", lines)
        })
        .collect();
    let ledger = match &state.book.unwritable {
        Some(why) => line(Role::Fail, format!("the ledger can not be written, so nothing is sent: {why}")),
        None => line(Role::Text, format!("ledger: {} records", state.book.records)),
    };
    Page { title: "sources".to_owned(), sections, verdict: Some(ledger), ..Page::default() }
}

pub(super) fn help() -> Page {
    let mut sections: Vec<Section> = Group::ALL
        .into_iter()
        .map(|group| {
            let mut lines: Vec<Line> = Vec::new();
            for binding in keymap::BINDINGS.iter().filter(|binding| binding.group == group) {
                let row = Line {
                    indent: 1,
                    spans: vec![
                        Span { text: format!("{:<14}", keymap::names(binding)), role: Role::Key },
                        Span { text: binding.label.to_owned(), role: Role::Text },
                    ],
                };
                // One key with one meaning in several places is one line.
                if !lines.contains(&row) {
                    lines.push(row);
                }
            }
            section(group.title(), "", lines)
        })
        .collect();
    let sign = |role: Role, text: &str| Span { text: format!("{text}  "), role };
    sections.push(section(
        "SIGNS",
        "",
        vec![Line {
            indent: 1,
            spans: vec![
                sign(Role::Ok, "ok"),
                sign(Role::Fail, "fail"),
                sign(Role::Warn, "wants you"),
                sign(Role::Running, "moving"),
                sign(Role::Unknown, "unknown, old"),
                sign(Role::Idle, "nothing to do"),
                sign(Role::Quiet, "gone, rolled back"),
            ],
        }],
    ));
    sections.push(section(
        "NOT USED ON PURPOSE",
        "",
        vec![
            line(Role::Text, "ctrl-b ctrl-a (tmux, screen), ctrl-s ctrl-q (flow control), ~ (ssh escape)"),
            line(Role::Text, "function keys (byobu), alt with anything (escape over slow lines)"),
        ],
    ));
    Page { title: "help".to_owned(), note: "esc closes".to_owned(), sections, ..Page::default() }
}
