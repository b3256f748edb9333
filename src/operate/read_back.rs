//! After a 2xx: read until the controller has acted. "Done" means read back, not "HTTP 200".

use std::{fmt::Write, sync::Arc, time::Duration};

use tokio::{sync::mpsc, time::Instant};

use crate::{
    backend::port::Driver,
    domain::{
        judge::{ReadBack, judge},
        outcome::Outcome,
        progress::{Progress, Receipt, Report},
    },
    ledger::entry::{Entry, ObservedEntry},
};

use super::engine::Engine;

const PAUSE: Duration = Duration::from_millis(250);
/// From here on the screen says that nothing happens, and offers a nudge.
const QUIET: Duration = Duration::from_secs(6);
/// Then the action ends as accepted; the book keeps it open.
const PATIENCE: Duration = Duration::from_secs(30);

impl Engine {
    /// Reads back until the change is reached, contradicted, or `PATIENCE` is over, and records which.
    pub(super) async fn follow(
        &self,
        report: &mut Report,
        intent: &Receipt,
        driver: &Arc<dyn Driver>,
        progress: &mpsc::Sender<Progress>,
    ) {
        let Some(plan) = report.plan.clone() else { return };
        let what = format!("{} of {}", plan.operation, plan.target);
        // By the clock, reads included: against a server that is away each read alone takes seconds.
        let began = Instant::now();
        let mut said = 0;
        loop {
            let read = driver.fetch(&plan.target).await;
            let waited = began.elapsed();
            let (outcome, sentence) = match &read {
                Ok(observed) => match judge(&plan, &observed.rollout) {
                    ReadBack::Reached => (Outcome::Verified, format!("{what} is verified: {}", standing(&observed.rollout))),
                    ReadBack::Contradicted(why) => (Outcome::Contradicted, format!("{what} was accepted, and then: {why}")),
                    ReadBack::AcceptedOnly | ReadBack::NotVisible => (Outcome::Accepted, String::new()),
                },
                Err(crate::backend::port::ReadError::Gone(_)) => {
                    (Outcome::Contradicted, format!("{what} was accepted, and then it was deleted"))
                }
                Err(_) => (Outcome::Accepted, String::new()),
            };
            if outcome != Outcome::Accepted {
                report.read_back_at = read.ok().map(|observed| observed.read_at);
                return self.observed(report, intent, outcome, sentence).await;
            }
            if waited >= PATIENCE {
                let sentence = format!("{what} was accepted, not acted on for {} s", waited.as_secs());
                return self.observed(report, intent, Outcome::Accepted, sentence).await;
            }
            if waited >= QUIET && waited.as_secs() > said {
                said = waited.as_secs();
                let _ = progress.try_send(Progress::NotActedOn { seconds: said });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn observed(&self, report: &mut Report, intent: &Receipt, outcome: Outcome, sentence: String) {
        report.outcome = outcome;
        report.sentence = sentence;
        let entry = ObservedEntry {
            intent: intent.seq,
            id: report.action.clone(),
            outcome,
            sentence: report.sentence.clone(),
            read_at: report.read_back_at.unwrap_or_else(|| self.now()),
        };
        match self.record_outcome(Entry::Observed(entry)).await {
            Ok(receipt) => report.record = Some(receipt),
            Err(error) => {
                report.outcome_not_durable = Some(format!("OUTCOME NOT DURABLE: {error}. Write it down: {}", report.sentence));
            }
        }
    }
}

/// Where a rollout stands, in a few words.
pub(super) fn standing(rollout: &crate::domain::rollout::Rollout) -> String {
    let mut words = rollout.phase.word().to_owned();
    if let Some(position) = &rollout.position {
        let shown = position.index.saturating_add(1).min(position.count);
        let _ = write!(words, ", step {shown}/{}", position.count);
    }
    if let Some(weight) = rollout.weight.set {
        let _ = write!(words, ", weight {weight} %");
    }
    words
}
