//! The in-doubt page, the audit page, the menus and the welcome screen.

use crate::{
    app::{
        doubt::{self, Evidence},
        navigate::target,
        role::Role,
        standing,
        state::{AppState, Screen},
        zone,
    },
    domain::{operation::Operation, permit::Arming},
    ledger::book::AuditRow,
};

use super::{
    age::span_of_time,
    forms::headline,
    lists::{AuditLine, AuditView},
    model::{FieldView, InDoubtView, MenuEntry, MenuView, SettleChoice, Span, StateWord, WelcomeView},
    overview::{line, since},
};

/// The action in doubt of the page on top.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one field a line")]
pub fn in_doubt(state: &AppState) -> Option<InDoubtView> {
    let action = state.screens.iter().rev().find_map(|screen| match screen {
        Screen::InDoubt(action) => Some(action),
        Screen::Welcome
        | Screen::Overview
        | Screen::Detail(_)
        | Screen::Alerts
        | Screen::Alert(_)
        | Screen::Gates
        | Screen::Tenants
        | Screen::Gate(_)
        | Screen::Tenant(_)
        | Screen::Form
        | Screen::Progress(_)
        | Screen::Audit
        | Screen::Sources
        | Screen::Help
        | Screen::Why
        | Screen::Actions
        | Screen::Copy => None,
    })?;
    let Some(record) = doubt::record(state, action) else {
        return Some(InDoubtView {
            title: "settled".to_owned(),
            action: action.short().to_owned(),
            since: String::new(),
            facts: Vec::new(),
            read_backs: Vec::new(),
            verdict: StateWord { word: "SETTLED".to_owned(), role: Role::Ok },
            why: "this action is no longer in doubt; esc goes back, 7 shows the record".to_owned(),
            choices: Vec::new(),
            note: None,
            locks: String::new(),
            others: state.book.in_doubt.len(),
            settled: true,
        });
    };
    let evidence = doubt::evidence(state, record);
    let fact = |label: &str, text: String| (label.to_owned(), text);
    let answer = if record.outcome.is_some() {
        record.sentence.clone()
    } else {
        "none is recorded: the console that sent it is gone".to_owned()
    };
    let facts = vec![
        fact(
            "You asked",
            format!(
                "{} {} {}   {}   {}",
                record.operation,
                record.target,
                headline(&record.plan),
                record.who,
                zone::seconds(state, record.since)
            ),
        ),
        fact("Sent to", record.target.source.to_string()),
        fact("Answer", answer),
        fact("So", "it may have happened, or not. Nothing is sent twice by itself.".to_owned()),
    ];
    let (verdict, why) = match &evidence {
        Evidence::CannotTell { why } => (StateWord { word: "CANNOT TELL".to_owned(), role: Role::Unknown }, why.clone()),
        Evidence::Applied { sentence } => (StateWord { word: "LIKELY APPLIED".to_owned(), role: Role::Warn }, sentence.clone()),
        Evidence::NotApplied => (
            StateWord { word: "NOT VISIBLE".to_owned(), role: Role::Warn },
            "a good read after the action shows neither the change nor its effect".to_owned(),
        ),
        Evidence::Other { sentence } => (StateWord { word: "SOMETHING ELSE".to_owned(), role: Role::Fail }, sentence.clone()),
    };
    let labels = [(1, "accept: applied"), (2, "not applied, close"), (3, "send again.."), (4, "leave open, hand over")];
    let choices = labels
        .into_iter()
        .map(|(number, label)| {
            let (available, needs) = doubt::choice(&evidence, number);
            SettleChoice {
                key: char::from(b'0' + number),
                label: label.to_owned(),
                needs: needs.to_owned(),
                available,
                chosen: state.settling.choice == Some(number),
            }
        })
        .collect();
    let read_backs = state.settling.read_backs.get(action).map_or_else(Vec::new, |lines| {
        lines.iter().map(|read| line(Role::Text, format!("{}  {}", zone::seconds(state, read.at), read.sentence))).collect()
    });
    Some(InDoubtView {
        title: format!("{} {} {}", record.operation, record.target, headline(&record.plan)),
        action: record.id.short().to_owned(),
        since: span_of_time(since(state, record.since)),
        facts,
        read_backs,
        verdict,
        why,
        choices,
        note: state.settling.choice.map(|_| FieldView {
            text: state.settling.note.text().to_owned(),
            cursor: state.settling.note.cursor(),
            focused: true,
        }),
        locks: format!(
            "until it is settled, advance and resume of {} are locked; pause and roll back stay available",
            record.target.name
        ),
        others: state.book.in_doubt.len() - 1,
        settled: false,
    })
}

/// The record under the cursor of the audit page.
#[must_use]
pub fn audit_selected(state: &AppState) -> Option<&AuditRow> {
    let rows = &state.audit.as_ref()?.rows;
    state.audit_seq.and_then(|seq| rows.iter().find(|row| row.seq == seq)).or_else(|| rows.first())
}

/// The audit page; `height` lines of rows.
#[must_use]
pub fn audit(state: &AppState, height: usize) -> AuditView {
    let Some(page) = &state.audit else {
        return AuditView { empty: Some("reading the ledger".to_owned()), ..AuditView::default() };
    };
    let span = |role: Role, text: String| Span { text, role };
    let mut title = vec![span(Role::Text, format!("{} record{}   ", page.records, if page.records == 1 { "" } else { "s" }))];
    title.push(match (&page.verified, state.verifying) {
        (_, true) => span(Role::Running, "verifying the chain".to_owned()),
        (Some((at, problems)), false) if problems.is_empty() => {
            span(Role::Ok, format!("chain verified {}", zone::minutes(state, at)))
        }
        (Some((_, problems)), false) => {
            span(Role::Fail, format!("chain BROKEN: {}", problems.first().map_or("", String::as_str)))
        }
        (None, false) => span(Role::Unknown, "chain not verified in this session: V verifies".to_owned()),
    });
    if let Some(head) = &page.head {
        title.push(span(Role::Text, format!("   head {}", head.get(..8).unwrap_or(head))));
    }
    if let Some(error) = &page.error {
        title.push(span(Role::Fail, format!("   {error}")));
    }
    let selected = audit_selected(state);
    let at = selected.and_then(|row| page.rows.iter().position(|other| other.seq == row.seq)).unwrap_or(0);
    let first = at.saturating_sub(height / 2).min(page.rows.len().saturating_sub(height));
    let rows: Vec<AuditLine> = page
        .rows
        .iter()
        .enumerate()
        .skip(first)
        .take(height)
        .map(|(index, row)| AuditLine {
            selected: index == at,
            seq: row.seq,
            time: row.at.format("%H:%M:%S").to_string(),
            who: row.who.to_string(),
            what: row.what.to_string(),
            result: StateWord { word: row.result.to_string(), role: result_role(row.result.as_str()) },
            via: row.via,
        })
        .collect();
    AuditView {
        title,
        above: first,
        below: page.rows.len().saturating_sub(first + rows.len()),
        rows,
        record: selected.map_or_else(Vec::new, |row| row.lines.iter().map(ToString::to_string).collect()),
        empty: page.rows.is_empty().then(|| "the ledger is empty: nothing was changed from here yet".to_owned()),
    }
}

fn result_role(result: &str) -> Role {
    match result {
        "verified" => Role::Ok,
        "in_doubt" | "in doubt" | "contradicted" | "rejected" => Role::Fail,
        "accepted" | "refused" | "not_sent" | "not sent" => Role::Warn,
        _ => Role::Text,
    }
}

/// What an entry of the actions menu does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Change(Operation),
    Arm,
    Settle,
}

/// The action behind a key of the actions menu.
#[must_use]
pub fn action_of(key: char) -> Option<Action> {
    match key {
        'A' => Some(Action::Change(Operation::Advance)),
        'P' => Some(Action::Change(Operation::Pause)),
        'U' => Some(Action::Change(Operation::Resume)),
        'B' => Some(Action::Change(Operation::RollBack)),
        'N' => Some(Action::Change(Operation::Nudge)),
        'a' => Some(Action::Arm),
        'i' => Some(Action::Settle),
        _ => None,
    }
}

fn key_of(operation: Operation) -> char {
    match operation {
        Operation::Advance => 'A',
        Operation::Pause => 'P',
        Operation::Resume => 'U',
        Operation::RollBack => 'B',
        Operation::Nudge => 'N',
    }
}

/// The menu on top (`X`, `y`).
#[must_use]
pub fn menu(state: &AppState) -> Option<MenuView> {
    let mut menu = match state.screen() {
        Screen::Actions => actions(state),
        Screen::Copy => copies(state),
        Screen::Welcome
        | Screen::Overview
        | Screen::Detail(_)
        | Screen::Alerts
        | Screen::Alert(_)
        | Screen::Gates
        | Screen::Tenants
        | Screen::Gate(_)
        | Screen::Tenant(_)
        | Screen::Form
        | Screen::Progress(_)
        | Screen::InDoubt(_)
        | Screen::Audit
        | Screen::Sources
        | Screen::Help
        | Screen::Why => return None,
    };
    for (index, entry) in menu.entries.iter_mut().enumerate() {
        entry.selected = index == state.menu_row;
    }
    Some(menu)
}

fn actions(state: &AppState) -> MenuView {
    let Some(target) = target(state) else { return MenuView { title: "actions".to_owned(), entries: Vec::new() } };
    let entry = |key: char, label: String, refusal: Option<String>, note: String| MenuEntry {
        key,
        label,
        refusal,
        note,
        selected: false,
    };
    let mut entries: Vec<MenuEntry> = Operation::VERBS
        .into_iter()
        .chain(standing::context(state, &target).accepted.map(|_| Operation::Nudge))
        .map(|operation| {
            let label = format!("{}..", operation.title());
            match standing::offer(state, &target, operation) {
                Ok(offer) => entry(key_of(operation), label, None, offer.warnings.join("; ")),
                Err(refusal) => entry(key_of(operation), label, Some(refusal.sentence), String::new()),
            }
        })
        .collect();
    let environment = standing::environment_of(state, &target);
    match standing::arming(state, environment) {
        Arming::NotNeeded => {}
        Arming::Disarmed => {
            entries.push(entry('a', format!("arm {environment}.."), None, "15 minutes, with a reason; sends nothing".to_owned()));
        }
        Arming::Armed { left } => {
            entries.push(entry('a', format!("arm {environment} again.."), None, format!("armed, {} left", span_of_time(left))));
        }
    }
    if standing::in_doubt(state, &target).is_some() {
        entries.push(entry('i', "settle the action in doubt".to_owned(), None, String::new()));
    }
    MenuView { title: format!("actions for {target}"), entries }
}

fn copies(state: &AppState) -> MenuView {
    let entry = |key: char, label: &str, note: &str| MenuEntry {
        key,
        label: label.to_owned(),
        refusal: None,
        note: note.to_owned(),
        selected: false,
    };
    let entries = if *state.screen_below() == Screen::Audit {
        vec![
            entry('r', "row", "one line"),
            entry('j', "JSON", "the record as it is on disk"),
            entry('c', "command", "cutover audit show"),
        ]
    } else {
        vec![
            entry('r', "row", "one line"),
            entry('s', "summary", "at most 15 lines, markdown, UTC"),
            entry('j', "JSON", "as cutover status --json has it"),
            entry('c', "command", "shows the same on the command line"),
        ]
    };
    MenuView { title: "copy".to_owned(), entries }
}

/// The welcome screen.
#[must_use]
pub fn welcome(state: &AppState) -> Option<WelcomeView> {
    let welcome = state.welcome.as_ref()?;
    let mut choices = vec![("cutover demo".to_owned(), "try it: a simulated world, no network needed".to_owned())];
    choices.push(match &welcome.context {
        Some(context) => ("c".to_owned(), format!("connect the current kube context {context}, read-only; nothing is written")),
        None => ("-".to_owned(), "no kube context was found".to_owned()),
    });
    choices.push(("q".to_owned(), "quit".to_owned()));
    let path = if welcome.config_path.is_empty() {
        String::new()
    } else {
        format!("configuration it would use: {}", welcome.config_path)
    };
    let first = if state.connecting {
        "connecting; nothing has been written"
    } else {
        "nothing has been contacted and nothing has been written"
    };
    Some(WelcomeView {
        title: "nothing configured".to_owned(),
        choices,
        found: welcome.found.clone(),
        footer: [first.to_owned(), path].into_iter().filter(|line| !line.is_empty()).collect(),
        connecting: state.connecting,
    })
}
