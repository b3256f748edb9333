//! `alerts`: what every source of alerts says now. Exit 4 where an empty list would prove nothing.

use std::{
    io::{self, Write},
    time::Duration,
};

use clap::Args as ClapArgs;

use super::{
    answer::{
        self,
        alerts::{AlertItem, Alerts, DeadManWord, FeedItem, mark_words},
        event::freshness_word,
        moment::{in_words, since},
        status::StatusInput,
    },
    exit::Exit,
    table::Table,
};
use crate::domain::{alert::AlertState, freshness::FreshnessWord};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ClapArgs)]
pub struct AlertsArgs {
    /// One JSON object (contract: schema 1)
    #[arg(long)]
    pub json: bool,
}

/// `cutover alerts`.
///
/// # Errors
/// When the answer can not be written.
pub fn alerts(input: &StatusInput, args: AlertsArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let answer = Alerts::from(input);
    if args.json {
        answer::print(&answer, out)?;
    } else {
        people(&answer, input, out)?;
    }
    let away = |feed: &&FeedItem| feed.freshness != FreshnessWord::Live;
    if answer.sources.is_empty() {
        writeln!(err, "cutover: no source tells alerts; name one in the configuration: see config.example.toml")?;
        return Ok(Exit::Undecided);
    }
    for feed in answer.sources.iter().filter(away) {
        writeln!(
            err,
            "cutover: {} is {}: what it told last stands above, and what began since is not known",
            feed.name,
            freshness_word(feed.freshness)
        )?;
    }
    if answer.sources.iter().all(|feed| away(&feed)) {
        return Ok(Exit::Unreachable);
    }
    Ok(if answer.complete { Exit::Done } else { Exit::Undecided })
}

/// `2 firing, 1 pending (2/3 sources, 8s ago)`: no number stands alone.
fn headline(answer: &Alerts) -> String {
    let count = |state: AlertState| answer.alerts.iter().filter(|alert| alert.state == state).count();
    let live = answer.sources.iter().filter(|feed| feed.freshness == FreshnessWord::Live).count();
    let oldest = answer
        .sources
        .iter()
        .filter_map(|feed| feed.age_s)
        .fold(None, |oldest: Option<f64>, age| Some(oldest.map_or(age, |oldest| oldest.max(age))));
    let age = oldest.map(|age| format!(", {} ago", in_words(Duration::from_secs_f64(age.max(0.0))))).unwrap_or_default();
    let mut parts = vec![format!("{} firing", count(AlertState::Firing))];
    for (state, word) in [(AlertState::Pending, "pending"), (AlertState::Suppressed, "silenced or inhibited")] {
        if count(state) > 0 {
            parts.push(format!("{} {word}", count(state)));
        }
    }
    let blind = if answer.complete { "" } else { "; this is not all: see below" };
    format!("{} ({live}/{} sources{age}){blind}", parts.join(", "), answer.sources.len())
}

fn people(answer: &Alerts, input: &StatusInput, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", headline(answer))?;
    for feed in &answer.sources {
        for words in feed.blind.iter().flatten() {
            writeln!(out, "{}: {words}", feed.name)?;
        }
        if feed.dead_man == DeadManWord::Missing {
            writeln!(out, "{}: the alert that always fires is not there: the way from the rules to here is broken", feed.name)?;
        }
    }
    if answer.alerts.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut table = Table::new(&["SEVERITY", "STATE", "ALERT", "SINCE", "STAGE", "SOURCE", "NOTE", "ID"]);
    for alert in &answer.alerts {
        table.row(cells(alert, input));
    }
    table.print(out)?;
    if let Some(stage) = answer.alerts.first().and_then(|alert| alert.stage_of.as_ref()) {
        writeln!(out, "\nthe stage is that of {stage}; \"after\" does not say \"because of\"")?;
    }
    Ok(())
}

fn cells(alert: &AlertItem, input: &StatusInput) -> [String; 8] {
    let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let began = alert.since.as_ref().and_then(|moment| moment.as_str().parse().ok());
    let state = match alert.state {
        AlertState::Pending => "pending",
        AlertState::Firing => "firing",
        AlertState::Suppressed if alert.silenced_by.is_empty() => "inhibited",
        AlertState::Suppressed => "silenced",
        AlertState::Resolved => "resolved",
    };
    let note = match &alert.acknowledged {
        Some(ack) => format!("acknowledged by {}", ack.who),
        None => alert.summary.clone(),
    };
    [
        alert.severity.clone(),
        state.to_owned(),
        alert.name.clone(),
        began.map_or_else(|| "-".to_owned(), |began| since(began, input.now)),
        dash(mark_words(alert.mark)),
        alert.source.clone(),
        dash(note),
        alert.id.chars().take(8).collect(),
    ]
}
