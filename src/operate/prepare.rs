//! From a wish to a proposal: fresh read, permission, plan, the system's own review. Changes nothing.

use std::sync::Arc;

use crate::backend::port::Driver;
use crate::domain::{
    change::{ChangePlan, Precondition, in_words},
    confirm::{Phrase, Proposal},
    freshness::Freshness,
    id::TargetId,
    operation::Operation,
    permit::{Context, Refusal, RefusalCode, Rights, permit},
};

use super::engine::{Engine, unread};

impl Engine {
    /// Reads `target` afresh and works out what `operation` would do. `letters` make the phrase one that only a person who
    /// saw the painted form can type; scripts pass `None`.
    ///
    /// # Errors
    /// Why it is not possible now. Nothing was sent but reads, a permission question and a dry run.
    pub async fn prepare(
        &self,
        target: &TargetId,
        operation: Operation,
        letters: Option<[char; 2]>,
    ) -> Result<Proposal, Refusal> {
        let driver = self.driver(target)?;
        let observed = driver.fetch(target).await.map_err(|error| unread(target, &error))?;
        let book = self.book().await;
        let mut context = self.context(target, Freshness::Live, &book, None);
        let heard = self.hear(operation, &observed.rollout).await;
        let (gates, judged) = self.gates(operation, &observed.rollout, &heard);
        context.gates = gates;
        let action = Self::new_action();
        let mut offer = match permit(operation, &observed.rollout, &context) {
            Ok(offer) => offer,
            Err(refusal) => {
                let plan = driver.plan(operation, &observed, &action).ok();
                return Err(plan.map_or(refusal.clone(), |plan| with_manual_command(refusal, driver, &plan)));
            }
        };
        let plan = driver.plan(operation, &observed, &action)?;
        let review = driver.review(&plan, &action).await;
        if let Rights::Denied { .. } = review.rights {
            context.rights = review.rights;
            permit(operation, &observed.rollout, &context)?;
        }
        offer.warnings.extend(review.not_checked.iter().map(|what| format!("not checked: {what}")));
        match review.dry_run {
            Ok(()) => {}
            // A rehearsal that fails must not stand in the way of the safe direction: the request itself is guarded.
            Err(refusal)
                if operation.is_safe_direction()
                    && matches!(refusal.code, RefusalCode::Unreachable | RefusalCode::DryRunRejected) =>
            {
                offer.warnings.push(format!("not rehearsed: {}", refusal.sentence));
            }
            Err(refusal) => return Err(refusal),
        }
        let danger = self.rules(&target.source).is_some_and(|rules| rules.danger);
        Ok(Proposal {
            phrase: Phrase::of(&plan, letters),
            needs_reason: operation == Operation::RollBack || (danger && operation.level() >= 3),
            action,
            plan,
            offer,
            judged,
        })
    }

    /// The plan's preconditions as a fresh read shows them now, and the permission asked again.
    ///
    /// # Errors
    /// Why the operation is not possible any more.
    pub async fn recheck(&self, plan: &ChangePlan) -> Result<Vec<Precondition>, Refusal> {
        let driver = self.driver(&plan.target)?;
        let observed = driver.fetch(&plan.target).await.map_err(|error| unread(&plan.target, &error))?;
        let preconditions = driver.preconditions(plan, &observed);
        // What moved is said by the preconditions themselves; asking permission of a state that is not the plan's would
        // only say the same in other words.
        if preconditions.iter().all(Precondition::holds) {
            let book = self.book().await;
            let heard = self.hear(plan.operation, &observed.rollout).await;
            let (gates, _) = self.gates(plan.operation, &observed.rollout, &heard);
            let context = Context { gates, ..self.context(&plan.target, Freshness::Live, &book, None) };
            permit(plan.operation, &observed.rollout, &context).map_err(|refusal| with_manual_command(refusal, driver, plan))?;
        }
        Ok(preconditions)
    }
}

/// A refusal that only a failing ledger is the reason of, with the command that does the same without this console: it must
/// never be the only way back (reliability.md 1.5). Any other refusal as it is.
pub(super) fn with_manual_command(mut refusal: Refusal, driver: &Arc<dyn Driver>, plan: &ChangePlan) -> Refusal {
    if refusal.code == RefusalCode::LedgerUnwritable {
        refusal.sentence = format!("{}. By hand: {}", refusal.sentence, driver.by_hand(plan));
    }
    refusal
}

/// What moved, in one sentence, or `None` when all preconditions hold.
pub(super) fn moved(preconditions: &[Precondition]) -> Option<Refusal> {
    let moved: Vec<String> = preconditions
        .iter()
        .filter(|condition| !condition.holds())
        .map(|condition| format!("{} was {}, now {}", condition.what, in_words(&condition.expected), in_words(&condition.seen)))
        .collect();
    (!moved.is_empty()).then(|| Refusal::new(RefusalCode::StateMoved, format!("the state moved: {}", moved.join("; "))))
}
