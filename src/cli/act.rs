//! A change from the command line: prepare, compare with what was asked for, confirm, execute, print. The same engine,
//! permission and ledger as the screen; here stands only what a command adds.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{
    answer::{self, outcome::OutcomeAnswer},
    exit::Exit,
    port::{Engine, World},
    under_way::{execute, wait},
};
use crate::domain::{
    change::ChangePlan,
    confirm::{NotConfirmed, Proposal, Via},
    id::TargetId,
    operation::Operation,
    outcome::Outcome,
    permit::{Refusal, RefusalCode},
    text::DisplayText,
};

/// What a person asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub operation: Operation,
    pub target: TargetId,
    /// `--confirm`, or the verb for `--yes`; `None` when neither was given.
    pub confirm: Option<String>,
    /// Only if it goes to this weight, 0-100.
    pub to: Option<u32>,
    /// Only if it is at this weight now, 0-100.
    pub expect_at: Option<u32>,
    pub reason: Option<String>,
    pub dry_run: bool,
    /// Wait this long for the controller after it was accepted.
    pub wait: Option<Duration>,
    pub json: bool,
}

/// Does it. Data goes to `out`, messages to `err`.
///
/// # Errors
/// When the answer can not be written; what was done is in the ledger all the same.
pub async fn act(world: &dyn World, ask: &Ask, out: &mut (dyn Write + Send), err: &mut (dyn Write + Send)) -> io::Result<Exit> {
    let engine = world.engine();
    if ask.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty()) {
        engine.arm(&ask.target);
    }
    let proposal = match engine.prepare(&ask.target, ask.operation).await {
        Ok(proposal) => proposal,
        Err(refusal) => {
            let record = if ask.dry_run { None } else { engine.deny(None, ask.operation, &ask.target, &refusal).await };
            let answer = OutcomeAnswer { record, ..OutcomeAnswer::refused(ask.operation, &ask.target, ask.dry_run, &refusal) };
            return finish(&answer, ask, out, err);
        }
    };
    if let Err(refusal) = is_what_was_asked(ask, &proposal.plan) {
        return refuse(engine, ask, &proposal, &refusal, out, err).await;
    }
    if ask.dry_run {
        return finish(&OutcomeAnswer::dry_run(&proposal), ask, out, err);
    }
    let typed = ask.confirm.as_deref().unwrap_or_default();
    let confirmed = match proposal.confirm(typed, ask.reason.as_deref().unwrap_or_default(), Via::CommandLine) {
        Ok(confirmed) => confirmed,
        Err(why) => return refuse(engine, ask, &proposal, &not_confirmed(ask, &proposal, &why), out, err).await,
    };
    let (mut report, mut cut) = execute(world, confirmed, err).await;
    if let (Some(limit), Outcome::Accepted, None) = (ask.wait, report.outcome, cut) {
        cut = wait(world, &mut report, limit, err).await;
    }
    let exit = finish(&OutcomeAnswer::of(&report, &proposal), ask, out, err)?;
    if let Some(why) = &report.outcome_not_durable {
        writeln!(
            err,
            "cutover: ATTENTION: the outcome above could not be recorded ({why}); the ledger holds the intent only. Keep this output"
        )?;
    }
    Ok(match (cut, exit, &report.outcome_not_durable) {
        (Some(cut), _, _) => cut,
        (None, Exit::Done, Some(_)) => Exit::Unexpected,
        (None, exit, _) => exit,
    })
}

/// The weights that were asked for are those that the plan has.
fn is_what_was_asked(ask: &Ask, plan: &ChangePlan) -> Result<(), Refusal> {
    let name = &plan.target.name;
    let percent = |weight: Option<u32>| weight.map_or_else(|| "no known weight".to_owned(), |weight| format!("{weight} %"));
    if let Some(expected) = ask.expect_at.filter(|expected| plan.before.weight != Some(*expected)) {
        return Err(Refusal::new(
            RefusalCode::StateMoved,
            format!(
                "{name} is at {}, not at {expected} %; look again with: cutover why {}",
                percent(plan.before.weight),
                plan.target
            ),
        ));
    }
    if let Some(to) = ask.to.filter(|to| plan.after.weight != Some(*to)) {
        return Err(Refusal::new(
            RefusalCode::NotThatValue,
            format!(
                "{} of {name} would go to {}, not to {to} %; it never skips a step",
                plan.operation,
                percent(plan.after.weight)
            ),
        ));
    }
    Ok(())
}

fn not_confirmed(ask: &Ask, proposal: &Proposal, why: &NotConfirmed) -> Refusal {
    let name = &proposal.plan.target.name;
    let sentence = match (why, &ask.confirm) {
        (NotConfirmed::ReasonMissing, _) => format!("{} of {name} needs a reason: add --reason TEXT", ask.operation),
        (NotConfirmed::WrongPhrase { expected }, None) => format!("not confirmed: {}", how_to_confirm(ask.operation, expected)),
        (NotConfirmed::WrongPhrase { expected }, Some(_)) => {
            format!("--confirm is not what {} of {name} asks for: {}", ask.operation, how_to_confirm(ask.operation, expected))
        }
    };
    Refusal::new(RefusalCode::NotConfirmed, sentence)
}

fn how_to_confirm(operation: Operation, expected: &str) -> String {
    // The phrase may be a name, and a name may be anything.
    let expected = DisplayText::new(expected);
    if operation.level() >= 3 { format!("pass --confirm {expected}") } else { format!("pass --yes or --confirm {expected}") }
}

async fn refuse(
    engine: &dyn Engine,
    ask: &Ask,
    proposal: &Proposal,
    refusal: &Refusal,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> io::Result<Exit> {
    let record = if ask.dry_run {
        None
    } else {
        engine.deny(Some(&proposal.action), proposal.plan.operation, &proposal.plan.target, refusal).await
    };
    finish(&OutcomeAnswer::refused_after(proposal, ask.dry_run, refusal, record), ask, out, err)
}

fn finish(answer: &OutcomeAnswer, ask: &Ask, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let exit = answer.outcome.map_or(Exit::Done, |outcome| Exit::of(outcome, answer.refusal.as_ref()));
    if ask.json {
        answer::print(answer, out)?;
    } else if answer.outcome == Some(Outcome::Refused) {
        writeln!(err, "cutover: {} of {} refused, nothing was sent: {}", ask.operation, ask.target, answer.sentence)?;
    } else {
        people(answer, out)?;
    }
    if let Some(next) = next(answer) {
        writeln!(err, "next: {next}")?;
    }
    Ok(exit)
}

fn people(answer: &OutcomeAnswer, out: &mut dyn Write) -> io::Result<()> {
    let word = answer.outcome.map_or("dry run", Outcome::title);
    writeln!(out, "{} of {}: {word}: {}", answer.operation, answer.target, answer.sentence)?;
    if let (Some(before), Some(after)) = (&answer.before, &answer.after) {
        writeln!(out, "  change   {} -> {}", point(before), point(after))?;
    }
    for request in &answer.requests {
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        let state = match (request.sent, request.status) {
            (true, Some(status)) => format!("sent, answered {status}"),
            (true, None) => "sent, no answer".to_owned(),
            (false, _) => "not sent".to_owned(),
        };
        writeln!(out, "  request  {} {}{query} ({state})", request.method, request.path)?;
        if answer.dry_run {
            writeln!(out, "           {}", request.body)?;
        }
    }
    if answer.dry_run {
        for condition in &answer.preconditions {
            let holds = if condition.holds() { "holds" } else { "DOES NOT HOLD" };
            writeln!(out, "  only if  {} is {} ({holds})", condition.what, condition.expected)?;
        }
        for sentence in &answer.consequences {
            writeln!(out, "  then     {sentence}")?;
        }
    }
    for sentence in &answer.warnings {
        writeln!(out, "  warning  {sentence}")?;
    }
    if let Some(at) = &answer.read_back_at {
        writeln!(out, "  read     back at {}", at.as_str())?;
    }
    if let Some(record) = &answer.record {
        writeln!(out, "  record   {} #{} {}", record.ledger, record.seq, record.hash.get(..12).unwrap_or(&record.hash))?;
    }
    Ok(())
}

fn point(point: &crate::domain::change::Point) -> String {
    let mut parts = Vec::new();
    parts.extend(point.step.map(|step| format!("step {}", step.saturating_add(1))));
    parts.extend(point.weight.map(|weight| format!("{weight} %")));
    parts.push(point.phase.word().to_owned());
    parts.join(", ")
}

/// The command that a person would type next.
fn next(answer: &OutcomeAnswer) -> Option<String> {
    let word = answer.operation.word();
    let target = &answer.target;
    match answer.outcome {
        None => {
            let reason = if answer.operation == Operation::RollBack { " --reason TEXT" } else { "" };
            answer.confirm.as_ref().map(|confirm| format!("cutover {word} {target} --confirm {confirm}{reason}"))
        }
        Some(Outcome::InDoubt) => Some("cutover doubt list".to_owned()),
        Some(Outcome::Accepted) => Some(format!("cutover why {target}; if it stays so: cutover nudge {target} --yes")),
        Some(Outcome::Contradicted | Outcome::Rejected | Outcome::NotSent) => Some(format!("cutover why {target}")),
        Some(Outcome::Verified) => None,
        Some(Outcome::Refused) => match answer.refusal.as_ref().map(|refusal| refusal.code) {
            Some(RefusalCode::InDoubt) => Some("cutover doubt list".to_owned()),
            // Its sentence says exactly what to pass.
            Some(RefusalCode::NotConfirmed) => None,
            Some(_) | None => Some(format!("cutover why {target}")),
        },
    }
}
