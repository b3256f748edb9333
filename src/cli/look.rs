//! `status` and `why`: one look, printed for people, for screen readers or for programs. Changes nothing.

use std::io::{self, Write};

use super::{
    answer::{
        self,
        moment::{in_words, since},
        status::{ModeWord, RolloutSeen, Status, StatusInput},
        verdict::{VerdictState, soak_words, verdict_of},
        why::{Why, why},
    },
    command::{FailOn, StatusArgs},
    exit::Exit,
    table::Table,
};
use crate::{domain::rollout::Rollout, ledger::book::OpenRecord};

/// `cutover status`.
///
/// # Errors
/// When the answer can not be written.
pub fn status(input: &StatusInput, args: &StatusArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let verdict = verdict_of(input);
    if args.json {
        answer::print(&Status::from(input), out)?;
    } else if args.plain {
        plain(input, out)?;
    } else {
        people(input, out)?;
    }
    let none_answered = !input.sources.is_empty() && input.sources.iter().all(|seen| !input.freshness(&seen.id).is_live());
    if none_answered {
        writeln!(err, "cutover: no source answered; what stands above is old or nothing. Try again, or check the kubeconfig")?;
    }
    Ok(status_exit(verdict.state, none_answered, args.fail_on))
}

/// How `status` ends: 7 when no source answered; without `--fail-on` what was seen does not matter; with it an unknown state
/// is never 0.
#[must_use]
pub fn status_exit(state: VerdictState, none_answered: bool, fail_on: Option<FailOn>) -> Exit {
    if none_answered {
        return Exit::Unreachable;
    }
    match fail_on {
        Some(_) if state == VerdictState::Unknown => Exit::Undecided,
        Some(FailOn::Fail) if state == VerdictState::Stop => Exit::NotReached,
        Some(FailOn::Warn) if state != VerdictState::Go => Exit::NotReached,
        None | Some(FailOn::Fail | FailOn::Warn | FailOn::Unknown) => Exit::Done,
    }
}

fn clock(input: &StatusInput) -> String {
    input.now.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn environments(input: &StatusInput) -> String {
    if input.environments.is_empty() {
        return "no environment".to_owned();
    }
    let each = input.environments.iter().map(|environment| {
        let mode = if environment.read_only { ModeWord::ReadOnly } else { ModeWord::ReadWrite };
        format!("{}{}, {}", environment.name, if environment.danger { " (danger)" } else { "" }, mode.word())
    });
    each.collect::<Vec<_>>().join("; ")
}

fn people(input: &StatusInput, out: &mut dyn Write) -> io::Result<()> {
    let verdict = verdict_of(input);
    writeln!(out, "{}   {}", environments(input), clock(input))?;
    writeln!(out, "{}: {}", verdict.state.word().to_uppercase(), verdict.sentence)?;
    open_actions(input, out)?;
    if !input.sources.is_empty() {
        writeln!(out)?;
        let mut table = Table::new(&["SOURCE", "KIND", "STATE", "AGE", "ANSWERS IN", "NOTE"]);
        for seen in &input.sources {
            let health = &seen.health;
            let mut notes: Vec<String> = health.failure.iter().map(|failure| failure.why.to_string()).collect();
            notes.extend(health.partial.iter().map(|part| format!("not readable: {part}")));
            table.row([
                seen.id.to_string(),
                seen.kind.to_owned(),
                input.freshness(&seen.id).word().to_owned(),
                health.age(input.since_boot).map_or_else(|| "-".to_owned(), in_words),
                health.latency.map_or_else(|| "-".to_owned(), |latency| format!("{} ms", latency.as_millis())),
                notes.join("; "),
            ]);
        }
        table.print(out)?;
    }
    if input.rollouts.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut table = Table::new(&["ROLLOUT", "PHASE", "STEP", "WEIGHT", "PODS", "WAITS FOR"]);
    for seen in &input.rollouts {
        let rollout = &*seen.rollout;
        let old = if input.freshness(&rollout.id.source).is_live() { "" } else { " (old)" };
        table.row([
            rollout.id.to_string(),
            format!("{}{old}", rollout.phase.word()),
            step(rollout),
            weight(rollout),
            pods(rollout),
            waits(seen, input),
        ]);
    }
    table.print(out)?;
    if let Some(seen) = input.rollouts.iter().find(|seen| seen.rollout.needs_person()) {
        writeln!(out, "\nnext: cutover why {}", seen.rollout.id)?;
    }
    Ok(())
}

fn open_actions(input: &StatusInput, out: &mut dyn Write) -> io::Result<()> {
    let line = |open: &OpenRecord, state: &str| {
        format!(
            "{state}: {} of {} by {} since {} ({})",
            open.operation,
            open.target,
            open.who,
            since(open.since, input.now),
            open.id.short()
        )
    };
    let book = match &input.book {
        Ok(book) => book,
        Err(why) => return writeln!(out, "the ledger can not be read: what is in doubt or in flight is unknown: {why}"),
    };
    for open in &book.in_doubt {
        writeln!(out, "{}", line(open, "IN DOUBT"))?;
    }
    for open in &book.in_flight {
        writeln!(out, "{}", line(open, "in flight"))?;
    }
    for open in &book.accepted {
        writeln!(out, "{}", line(open, "accepted, not acted on"))?;
    }
    if let Some(why) = &book.unwritable {
        writeln!(out, "the ledger can not be written, so nothing can be changed from here: {why}")?;
    }
    Ok(())
}

fn step(rollout: &Rollout) -> String {
    match &rollout.position {
        None => "-".to_owned(),
        Some(position) => format!("{}/{}", position.index.saturating_add(1).min(position.count), position.count),
    }
}

fn weight(rollout: &Rollout) -> String {
    match (rollout.weight.set, rollout.weight.actual) {
        (Some(set), Some(actual)) if set == actual => format!("{set} %"),
        (Some(set), Some(actual)) => format!("{set} % (is {actual} %)"),
        (Some(set), None) => format!("{set} % (is ?)"),
        (None, Some(actual)) => format!("{actual} %"),
        (None, None) => "-".to_owned(),
    }
}

fn pods(rollout: &Rollout) -> String {
    let number = |value: Option<u32>| value.map_or_else(|| "?".to_owned(), |value| value.to_string());
    format!("{}/{}", number(rollout.pods.ready), number(rollout.pods.desired))
}

/// All reasons why it stands, people first.
fn waits(seen: &RolloutSeen, input: &StatusInput) -> String {
    let rollout = &*seen.rollout;
    let mut reasons: Vec<String> = Vec::new();
    for hold in &rollout.holds {
        let who = if hold.needs_person { "you: " } else { "" };
        let since = hold.since.map(|then| format!(" since {}", since(then, input.now))).unwrap_or_default();
        reasons.push(format!("{who}{}{since}", hold.cause.word().replace('_', " ")));
    }
    reasons.extend(soak_words(rollout, input.now));
    for pod in rollout.pods.not_ready.iter().flatten().take(1) {
        reasons.push(format!("pod {}: {}", pod.name, pod.reason));
    }
    if reasons.is_empty() { "-".to_owned() } else { reasons.join(", ") }
}

/// The same moment line by line (ux.md 3.4.15): each line stands by itself, in the order of how much it matters.
fn plain(input: &StatusInput, out: &mut dyn Write) -> io::Result<()> {
    let verdict = verdict_of(input);
    let live = input.sources.iter().filter(|seen| input.freshness(&seen.id).is_live()).count();
    let oldest = input.sources.iter().filter_map(|seen| seen.health.age(input.since_boot)).max();
    let age = oldest.map_or_else(|| "No data yet.".to_owned(), |age| format!("Data {} seconds old.", age.as_secs()));
    writeln!(
        out,
        "{} {}. {age} {live} of {} sources live.",
        input.now.format("%H:%M:%SZ"),
        environments(input),
        input.sources.len()
    )?;
    writeln!(out, "VERDICT {}: {}.", verdict.state.word(), verdict.sentence)?;
    for seen in &input.sources {
        let freshness = input.freshness(&seen.id);
        if !freshness.is_live() {
            let why = seen.health.failure.as_ref().map(|failure| format!(": {}", failure.why)).unwrap_or_default();
            writeln!(out, "SOURCE {} is {}{why}.", seen.id, freshness.word())?;
        }
    }
    for open in input.in_doubt() {
        let since = open.since.format("%H:%M:%SZ");
        writeln!(out, "IN DOUBT: {} of {} by {} since {since}. Identifier {}.", open.operation, open.target, open.who, open.id)?;
    }
    let waiting: Vec<&RolloutSeen> = input.rollouts.iter().filter(|seen| seen.rollout.needs_person()).collect();
    for (number, seen) in waiting.iter().enumerate() {
        writeln!(out, "NEEDS YOU {}: {}.", number + 1, rollout_line(seen, input))?;
    }
    for seen in input.rollouts.iter().filter(|seen| !seen.rollout.needs_person()) {
        writeln!(out, "ROLLOUT {}.", rollout_line(seen, input))?;
    }
    let (doubt, flight) = match &input.book {
        Ok(book) => (book.in_doubt.len().to_string(), book.in_flight.len().to_string()),
        Err(_) => ("unknown".to_owned(), "unknown".to_owned()),
    };
    writeln!(
        out,
        "COUNTS: rollouts {}, need a person {}, in doubt {doubt}, in flight {flight}.",
        input.rollouts.len(),
        waiting.len()
    )
}

fn rollout_line(seen: &RolloutSeen, input: &StatusInput) -> String {
    let rollout = &*seen.rollout;
    let mut parts = vec![format!("{} {}", rollout.id, rollout.phase.word())];
    if let Some(position) = rollout.position.as_ref().filter(|position| position.index < position.count) {
        parts.push(format!("step {} of {}", position.index.saturating_add(1), position.count));
    }
    parts.extend(rollout.weight.set.map(|set| format!("{set} percent")));
    if rollout.weight.set.is_some() && rollout.weight.actual != rollout.weight.set {
        parts
            .push(rollout.weight.actual.map_or_else(|| "actual unknown".to_owned(), |actual| format!("actual {actual} percent")));
    }
    let mut sentences = vec![parts.join(", ")];
    let waits = waits(seen, input);
    if waits != "-" {
        sentences.push(format!("Waits for {waits}"));
    }
    if !input.freshness(&rollout.id.source).is_live() {
        sentences.push("OLD".to_owned());
    }
    sentences.join(". ")
}

/// `cutover why ID` for a rollout that was found. Exit 4 when it is not known.
///
/// # Errors
/// When the answer can not be written.
pub fn because(seen: &RolloutSeen, input: &StatusInput, json: bool, out: &mut dyn Write) -> io::Result<Exit> {
    let why: Why = why(seen, input);
    if json {
        answer::print(&why, out)?;
    } else {
        writeln!(out, "{}: {}\n", why.verdict.word().to_uppercase(), why.sentence)?;
        for fact in &why.evidence {
            let since = fact.since.as_ref().and_then(|since| since.as_str().get(..19)).map(|since| format!(" [{since}Z]"));
            writeln!(out, "{:<9} {}{}", fact.what.word(), fact.sentence, since.unwrap_or_default())?;
        }
    }
    Ok(if why.verdict == VerdictState::Unknown { Exit::Undecided } else { Exit::Done })
}
