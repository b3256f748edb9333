//! One confirmed change, in the order that nothing is allowed to leave (reliability.md 1.3).

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use tokio::sync::mpsc;

use crate::{
    backend::port::{Driver, Observed, Sent},
    domain::{
        change::{ChangePlan, Precondition},
        confirm::Confirmed,
        evidence::Judged,
        freshness::Freshness,
        outcome::Outcome,
        permit::{Context, Refusal, RefusalCode, permit},
        progress::{Progress, Receipt, Report, SentRequest},
        verdict::Gates,
    },
    ledger::entry::{Entry, Intent, OutcomeEntry, Resolution, ResolveEntry},
};

use super::{
    engine::{Engine, InFlight, unread},
    failed::{Trace, refused},
    judging::{self, Heard, judged_otherwise},
    lock::{NotLocked, TargetLock},
    prepare::{moved, with_manual_command},
    settle::settled,
};

/// Longest time that the system's word for who we are is waited for; without it the record says less.
const WHO: Duration = Duration::from_secs(2);

impl Engine {
    /// Carries out a confirmed change: lock, read, check, record the intent, send once, record the outcome, read back.
    /// Says how it goes on `progress` and ends with `Progress::Done` there, too. Must run in a task of its own that nobody
    /// cancels: a dropped future would leave the action in doubt.
    pub async fn execute(&self, confirmed: Confirmed, progress: mpsc::Sender<Progress>) -> Report {
        let trace = Trace::default();
        let report = match AssertUnwindSafe(self.run(&confirmed, &progress, &trace)).catch_unwind().await {
            Ok(report) => report,
            Err(_) => self.failed(&confirmed, trace).await,
        };
        self.disarm_one(&confirmed.plan().target);
        // The report must arrive; a receiver that is gone has its answer in the ledger.
        let _ = progress.send(Progress::Done(Box::new(report.clone()))).await;
        report
    }

    async fn run(&self, confirmed: &Confirmed, progress: &mpsc::Sender<Progress>, trace: &Trace) -> Report {
        let in_flight = InFlight::begin(&self.0);
        let plan = confirmed.plan();
        let _ = progress.try_send(Progress::Checking);
        let ready = match self.ready(confirmed, progress).await {
            Ok(ready) => ready,
            Err(refusal) => {
                let record = self.deny(confirmed.action(), plan.operation, &plan.target, &refusal, confirmed.via()).await;
                return Report { record, ..refused(confirmed, refusal) };
            }
        };
        if !self.may_leave() {
            // Whoever stopped it records that.
            return refused(confirmed, Refusal::new(RefusalCode::Interrupted, "interrupted; nothing was sent"));
        }
        let intent = match self.record(Entry::Intent(Box::new(self.intent(confirmed, &ready)))).await {
            Ok(receipt) => receipt,
            Err(error) => {
                // The record may have reached the file and not be durable: without an end it would look like an action in
                // doubt on the next start.
                self.never_sent(confirmed).await;
                let by_hand = ready.driver.by_hand(plan);
                let sentence = format!("nothing was sent: the ledger can not be written ({error}). By hand: {by_hand}");
                return refused(confirmed, Refusal::new(RefusalCode::LedgerUnwritable, sentence));
            }
        };
        let _ = trace.intent.set(intent.clone());
        let _ = progress.try_send(Progress::Sending);
        let (sent, requests) = send(&ready.driver, confirmed).await;
        let mut report = Report {
            action: confirmed.action().clone(),
            operation: plan.operation,
            target: plan.target.clone(),
            plan: Some(plan.clone()),
            outcome: class(&sent),
            sentence: self.answer_sentence(plan, &sent, &ready.driver).await,
            refusal: None,
            requests,
            read_back_at: None,
            record: Some(intent.clone()),
            outcome_not_durable: None,
        };
        self.write_outcome(&mut report, &intent, &sent, ready.began).await;
        let _ = trace.ended.set(report.clone());
        if let Sent::Accepted { status } = sent {
            self.supersede(confirmed).await;
            let _ = progress.try_send(Progress::Answered { status });
            // From here on the outcome is recorded: a signal may end the process and nothing is lost, and a pause, a roll
            // back or a nudge of the same target must not wait until the controller has acted.
            drop(in_flight);
            drop(ready.lock);
            self.follow(&mut report, &intent, &ready.driver, progress).await;
        }
        report
    }

    /// Lock, fresh read, permission, preconditions, stillness. The last read is the one the intent records.
    async fn ready(&self, confirmed: &Confirmed, progress: &mpsc::Sender<Progress>) -> Result<Ready, Refusal> {
        let plan = confirmed.plan();
        let target = &plan.target;
        let driver = Arc::clone(self.driver(target)?);
        let lock = TargetLock::acquire(&self.0.parts.locks, target).await.map_err(|error| match error {
            NotLocked::Busy => {
                Refusal::new(RefusalCode::InFlight, format!("another console acts on {target} now; nothing was sent"))
            }
            NotLocked::Unusable(error) => {
                let why = format!("nothing was sent: the lock of {target} can not be taken: {error}");
                with_manual_command(Refusal::new(RefusalCode::LedgerUnwritable, why), &driver, plan)
            }
        })?;
        // Asked before the last read, so that nothing but the intent's write stands between that read and the request.
        // A roll back does not wait for a name.
        let user = tokio::time::timeout(WHO, driver.whoami()).await.ok().flatten().map(|text| text.to_string());
        let first = driver.fetch(target).await.map_err(|error| unread(target, &error))?;
        // Before the last read, too: sources may take seconds, and the target must not be older than they are.
        let heard = self.hear(plan.operation, &first.rollout).await;
        let mut judgement = self.still_permitted(confirmed, &driver, &first, &heard).await?;
        let version = first.rollout.version.clone();
        let observed = settled(&driver, plan, first, progress).await.map_err(|error| unread(target, &error))?;
        if observed.rollout.version != version {
            judgement = self.still_permitted(confirmed, &driver, &observed, &heard).await?;
        }
        Ok(Ready {
            pre: driver.preconditions(plan, &observed),
            began: self.since_boot(),
            driver,
            observed,
            user,
            judgement,
            lock,
        })
    }

    /// The third asking of permission, with what is true now. What the plan said is what goes into the record.
    async fn still_permitted(
        &self,
        confirmed: &Confirmed,
        driver: &Arc<dyn Driver>,
        observed: &Observed,
        heard: &Heard,
    ) -> Result<Judgement, Refusal> {
        let plan = confirmed.plan();
        if let Some(refusal) = moved(&driver.preconditions(plan, observed)) {
            return Err(refusal);
        }
        let book = self.book().await;
        let (gates, judged) = self.gates(plan.operation, &observed.rollout, heard);
        // What a plan lets pass with a warning is a soak that is not over: nothing else warns.
        let warning = match &gates {
            Gates::Pass { warnings } if !warnings.is_empty() => Some(warnings.join("; ")),
            Gates::Pass { .. } | Gates::NoPlan | Gates::Fail { .. } | Gates::Undecided { .. } => None,
        };
        let context = Context { gates, ..self.context(&plan.target, Freshness::Live, &book, Some(confirmed.action())) };
        permit(plan.operation, &observed.rollout, &context).map_err(|refusal| with_manual_command(refusal, driver, plan))?;
        match judged_otherwise(confirmed.judged(), &judged) {
            Some(refusal) => Err(refusal),
            None => Ok(Judgement { judged, warning }),
        }
    }

    fn intent(&self, confirmed: &Confirmed, ready: &Ready) -> Intent {
        let plan = confirmed.plan();
        let age = self.since_boot().saturating_sub(ready.observed.received);
        let mut intent = Intent {
            id: confirmed.action().clone(),
            operation: plan.operation,
            target: plan.target.clone(),
            origin: ready.driver.origin(),
            plan: plan.clone(),
            pre: ready.pre.clone(),
            age_ms: u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
            via: confirmed.via(),
            reason: confirmed.reason().map(str::to_owned),
            supersedes: confirmed.supersedes().cloned(),
            backend_user: ready.user.clone(),
            judged: Vec::new(),
            judged_left_out: 0,
            soak_cut_short: ready.judgement.warning.clone(),
        };
        judging::write(&ready.judgement.judged, &mut intent);
        intent
    }

    async fn write_outcome(&self, report: &mut Report, intent: &Receipt, sent: &Sent, began: Duration) {
        let status = match sent {
            Sent::Accepted { status } | Sent::Rejected { status, .. } => Some(*status),
            Sent::InDoubt { status, .. } => *status,
            Sent::NotSent { .. } => None,
        };
        let took = self.since_boot().saturating_sub(began);
        let entry = OutcomeEntry {
            intent: intent.seq,
            id: report.action.clone(),
            outcome: report.outcome,
            status,
            sentence: report.sentence.clone(),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        match self.record_outcome(Entry::Outcome(entry)).await {
            Ok(receipt) => report.record = Some(receipt),
            Err(error) => {
                report.outcome_not_durable = Some(format!("OUTCOME NOT DURABLE: {error}. Write it down: {}", report.sentence));
            }
        }
    }

    /// The end of an action whose intent could not be made durable. Best effort: nothing was sent in any case.
    async fn never_sent(&self, confirmed: &Confirmed) {
        let entry = OutcomeEntry {
            intent: 0,
            id: confirmed.action().clone(),
            outcome: Outcome::NotSent,
            status: None,
            sentence: "not sent: its intent could not be recorded".to_owned(),
            took_ms: 0,
        };
        if let Err(error) = self.record_outcome(Entry::Outcome(entry)).await {
            tracing::warn!(%error, "the end of an action that was never sent could not be recorded");
        }
    }

    /// An accepted pause or roll back closes the action in doubt that it was confirmed to take the place of.
    async fn supersede(&self, confirmed: &Confirmed) {
        let Some(id) = confirmed.supersedes() else { return };
        let Ok(book) = self.book().await else { return };
        let Some(open) = book.in_doubt.iter().find(|open| open.id == *id) else { return };
        let entry = ResolveEntry {
            intent: open.intent,
            id: id.clone(),
            resolution: Resolution::Superseded,
            evidence: format!("{} {} was accepted", confirmed.plan().operation, confirmed.action()),
            note: confirmed.reason().map(str::to_owned),
        };
        if let Err(error) = self.record(Entry::Resolve(entry)).await {
            tracing::warn!(%error, "a superseded action stays in doubt");
        }
    }

    /// What the answer means, to people. A refused precondition is read again, because the server never says which one it
    /// was (measured: 422 names no failed test).
    async fn answer_sentence(&self, plan: &ChangePlan, sent: &Sent, driver: &Arc<dyn Driver>) -> String {
        let what = format!("{} of {}", plan.operation, plan.target);
        match sent {
            Sent::Accepted { .. } => format!("{what} was accepted; the controller has not acted yet"),
            Sent::Rejected { status, why } => {
                let now = driver.fetch(&plan.target).await;
                let moved = now.ok().and_then(|now| moved(&driver.preconditions(plan, &now)));
                match moved {
                    Some(refusal) => format!("{what} was rejected ({status}), nothing changed: {}", refusal.sentence),
                    None => format!("{what} was rejected ({status}), nothing changed: {why}"),
                }
            }
            Sent::NotSent { why } => format!("{what} was not sent: {why}. By hand: {}", driver.by_hand(plan)),
            Sent::InDoubt { status, why } => {
                let answer = status.map_or_else(String::new, |status| format!("answer {status}, "));
                format!(
                    "{what} is IN DOUBT: it was sent, and the answer is unknown ({answer}{why}). It is not sent again by itself"
                )
            }
        }
    }
}

/// What stands when everything before the intent has passed.
struct Ready {
    driver: Arc<dyn Driver>,
    observed: Observed,
    pre: Vec<Precondition>,
    began: Duration,
    user: Option<String>,
    judgement: Judgement,
    lock: TargetLock,
}

/// What the release plan said at the last asking.
struct Judgement {
    judged: Vec<Judged>,
    /// What it said against it and let pass.
    warning: Option<String>,
}

/// Each request once. After the first that is not accepted nothing more is sent.
async fn send(driver: &Arc<dyn Driver>, confirmed: &Confirmed) -> (Sent, Vec<SentRequest>) {
    let plan = confirmed.plan();
    let mut last = Sent::NotSent { why: crate::domain::text::DisplayText::new("the plan has no request") };
    let mut requests = Vec::with_capacity(plan.requests.len());
    let mut go_on = true;
    for (index, request) in plan.requests.iter().enumerate() {
        if !go_on {
            requests.push(SentRequest { request: request.clone(), sent: false, status: None });
            continue;
        }
        last = driver.send(plan, index, confirmed.action()).await;
        let (sent, status) = match &last {
            Sent::Accepted { status } | Sent::Rejected { status, .. } => (true, Some(*status)),
            Sent::InDoubt { status, .. } => (true, *status),
            Sent::NotSent { .. } => (false, None),
        };
        requests.push(SentRequest { request: request.clone(), sent, status });
        go_on = matches!(last, Sent::Accepted { .. });
    }
    (last, requests)
}

fn class(sent: &Sent) -> Outcome {
    match sent {
        Sent::Accepted { .. } => Outcome::Accepted,
        Sent::Rejected { .. } => Outcome::Rejected,
        Sent::NotSent { .. } => Outcome::NotSent,
        Sent::InDoubt { .. } => Outcome::InDoubt,
    }
}
