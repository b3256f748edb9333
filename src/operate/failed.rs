//! How an action ends that did not come to its own end: refused, or cut off by a fault of ours. What is known of it is
//! recorded all the same; nothing stays in flight that nobody carries any further.

use std::sync::OnceLock;

use super::engine::Engine;
use crate::{
    domain::{
        confirm::Confirmed,
        outcome::Outcome,
        permit::Refusal,
        progress::{Receipt, Report, SentRequest},
    },
    ledger::entry::{Entry, OutcomeEntry},
};

/// How far an action has come, for the case that it does not come any further.
#[derive(Default)]
pub(super) struct Trace {
    /// Its intent is durable: from here on something may have left.
    pub intent: OnceLock<Receipt>,
    /// Its outcome is recorded.
    pub ended: OnceLock<Report>,
}

impl Engine {
    /// The end of an action whose task panicked. The panic itself is in the log.
    pub(super) async fn failed(&self, confirmed: &Confirmed, trace: Trace) -> Report {
        let what = format!("{} of {}", confirmed.plan().operation, confirmed.plan().target);
        if let Some(report) = trace.ended.into_inner() {
            // Only the reading back was cut off; the book keeps what was accepted open.
            return report;
        }
        let Some(intent) = trace.intent.into_inner() else {
            let sentence = format!("{what} was not sent: the console failed while it checked (a fault of ours; see the log)");
            return Report { outcome: Outcome::NotSent, sentence, ..untouched(confirmed) };
        };
        let sentence = format!(
            "{what} is IN DOUBT: the console failed while it was under way (a fault of ours; see the log). It is not sent again by itself"
        );
        let entry = OutcomeEntry {
            intent: intent.seq,
            id: confirmed.action().clone(),
            outcome: Outcome::InDoubt,
            status: None,
            sentence: sentence.clone(),
            took_ms: 0,
        };
        let mut report = Report { outcome: Outcome::InDoubt, sentence, record: Some(intent), ..untouched(confirmed) };
        // Which of them left is what nobody knows.
        report.requests.iter_mut().for_each(|request| request.sent = true);
        match self.record_outcome(Entry::Outcome(entry)).await {
            Ok(receipt) => report.record = Some(receipt),
            Err(error) => {
                report.outcome_not_durable = Some(format!("OUTCOME NOT DURABLE: {error}. Write it down: {}", report.sentence));
            }
        }
        report
    }
}

/// A report of an action of which nothing was sent.
fn untouched(confirmed: &Confirmed) -> Report {
    let plan = confirmed.plan();
    let requests = plan.requests.iter().map(|request| SentRequest { request: request.clone(), sent: false, status: None });
    Report {
        action: confirmed.action().clone(),
        operation: plan.operation,
        target: plan.target.clone(),
        plan: Some(plan.clone()),
        outcome: Outcome::Refused,
        sentence: String::new(),
        refusal: None,
        requests: requests.collect(),
        read_back_at: None,
        record: None,
        outcome_not_durable: None,
    }
}

pub(super) fn refused(confirmed: &Confirmed, refusal: Refusal) -> Report {
    Report { sentence: refusal.sentence.clone(), refusal: Some(refusal), ..untouched(confirmed) }
}
