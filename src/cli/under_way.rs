//! A change under way, as a command sees it: what it says meanwhile, how long it waits, and what a person's wish to end
//! (Ctrl-C, TERM, a hang-up) means. Before anything has left, nothing leaves; after that the outcome is waited for, and a
//! second wish quits at once and leaves it in doubt.

use std::{io::Write, time::Duration};

use tokio::sync::mpsc;

use super::{
    exit::Exit,
    port::{Engine, World},
};
use crate::domain::{
    confirm::Confirmed,
    judge::ReadBack,
    outcome::Outcome,
    permit::{Refusal, RefusalCode},
    progress::{Progress, Report, SentRequest},
};

/// How often an accepted change is read back while `--wait` waits.
const AGAIN: Duration = Duration::from_secs(1);

/// Runs the change and says on `err` how it goes. Ends with the engine, whoever still holds the sender; or before it, when it
/// was interrupted: then with the exit code that this means.
pub(super) async fn execute(world: &dyn World, confirmed: Confirmed, err: &mut (dyn Write + Send)) -> (Report, Option<Exit>) {
    let (sender, mut receiver) = mpsc::channel(16);
    let engine = world.engine();
    let unknown = not_known(&confirmed);
    let mut running = engine.execute(confirmed, sender);
    let (mut answered, mut wish) = (None, None);
    let report = loop {
        tokio::select! {
            biased;
            Some(progress) = receiver.recv() => {
                say(&progress, err);
                if let Progress::Answered { status } = progress {
                    answered = Some(status);
                }
            }
            report = &mut running => break report,
            exit = world.interrupted() => {
                if engine.stop() {
                    return (not_sent(engine, unknown).await, Some(exit));
                }
                if answered.is_none() && wish.is_some() {
                    return (in_doubt(unknown), Some(exit));
                }
                if answered.is_none() {
                    tell(err, "interrupted: it was sent, so its outcome is waited for; once more quits at once and leaves it in doubt");
                }
                wish = Some(exit);
            }
        }
        // The outcome is recorded: what is left is to read back, and whoever wants to go need not wait for that.
        if let (Some(exit), Some(status)) = (wish, answered) {
            return (accepted(unknown, status), Some(exit));
        }
    };
    while let Ok(progress) = receiver.try_recv() {
        say(&progress, err);
    }
    (report, None)
}

/// The report of a change of which nothing is known yet.
fn not_known(confirmed: &Confirmed) -> Report {
    let plan = confirmed.plan();
    let requests = plan.requests.iter().map(|request| SentRequest { request: request.clone(), sent: false, status: None });
    Report {
        action: confirmed.action().clone(),
        operation: plan.operation,
        target: plan.target.clone(),
        requests: requests.collect(),
        plan: Some(plan.clone()),
        outcome: Outcome::Refused,
        sentence: String::new(),
        refusal: None,
        read_back_at: None,
        record: None,
        outcome_not_durable: None,
    }
}

async fn not_sent(engine: &dyn Engine, report: Report) -> Report {
    let refusal = Refusal::new(RefusalCode::Interrupted, "interrupted before anything was sent");
    let record = engine.deny(Some(&report.action), report.operation, &report.target, &refusal).await;
    Report { record, sentence: refusal.sentence.clone(), refusal: Some(refusal), ..report }
}

fn in_doubt(report: Report) -> Report {
    let sentence = format!(
        "{} of {} is IN DOUBT: it was sent, and its answer was not waited for. It is not sent again by itself",
        report.operation, report.target
    );
    with_requests(Report { outcome: Outcome::InDoubt, sentence, ..report }, None)
}

fn accepted(report: Report, status: u16) -> Report {
    let sentence = format!("{} of {} was accepted and recorded, and not read back", report.operation, report.target);
    with_requests(Report { outcome: Outcome::Accepted, sentence, ..report }, Some(status))
}

fn with_requests(mut report: Report, status: Option<u16>) -> Report {
    for request in &mut report.requests {
        (request.sent, request.status) = (true, status);
    }
    report
}

/// A message that can not be written must not stop a change that is under way.
fn tell(err: &mut (dyn Write + Send), line: &str) {
    let _ = writeln!(err, "cutover: {line}");
}

fn say(progress: &Progress, err: &mut (dyn Write + Send)) {
    let line = match progress {
        Progress::Checking => "reading again and checking".to_owned(),
        Progress::Settling => "its controller has just written: waiting until it is still".to_owned(),
        Progress::Sending => "recorded; sending".to_owned(),
        Progress::Answered { status } => format!("answered {status}; reading back"),
        Progress::NotActedOn { seconds } => format!("accepted, not acted on, {seconds} s"),
        Progress::Done(_) => return,
    };
    tell(err, &line);
}

/// Reads back until the controller has acted, `limit` is over or somebody interrupts. `None`: it came to an end.
pub(super) async fn wait(world: &dyn World, report: &mut Report, limit: Duration, err: &mut (dyn Write + Send)) -> Option<Exit> {
    tokio::select! {
        biased;
        ended = tokio::time::timeout(limit, settle(world.engine(), report)) => {
            if ended.is_ok() {
                return None;
            }
            tell(err, &format!("not acted on within {} s; the action itself goes on", limit.as_secs()));
            Some(Exit::TimedOut)
        }
        exit = world.interrupted() => {
            tell(err, "interrupted; the action itself goes on");
            Some(exit)
        }
    }
}

async fn settle(engine: &dyn Engine, report: &mut Report) {
    loop {
        tokio::time::sleep(AGAIN).await;
        // A read that fails says nothing about the change: the next one may.
        let Ok(seen) = engine.read_back(&report.action).await else { continue };
        report.read_back_at = Some(seen.read_at);
        report.record = seen.record.or(report.record.take());
        report.outcome_not_durable = seen.not_durable.or(report.outcome_not_durable.take());
        match seen.verdict {
            ReadBack::Reached => {
                report.outcome = Outcome::Verified;
                report.sentence = format!("read back: {}", seen.now);
                return;
            }
            ReadBack::Contradicted(what) => {
                report.outcome = Outcome::Contradicted;
                report.sentence = what;
                return;
            }
            ReadBack::AcceptedOnly | ReadBack::NotVisible => {}
        }
    }
}
