//! The world as a command on the command line sees it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::world::World;
use crate::{
    backend::port::ReadError,
    cli::{
        Exit,
        answer::status::{RolloutSeen, SourceSeen, StatusInput},
        port::{self, SeenAgain},
    },
    domain::{
        action::ActionId,
        confirm::{Confirmed, Proposal, Via},
        freshness::{Failure, SourceHealth},
        id::{SourceId, TargetId},
        operation::Operation,
        permit::{Refusal, permit},
        progress::{Progress, Receipt, Report},
        text::DisplayText,
    },
    ledger::{book::Book, entry::Resolution},
    operate::engine::Engine,
};

#[async_trait]
impl port::Engine for Engine {
    async fn prepare(&self, target: &TargetId, operation: Operation) -> Result<Proposal, Refusal> {
        Self::prepare(self, target, operation, None).await
    }

    fn arm(&self, target: &TargetId) {
        self.arm_one(target);
    }

    async fn execute(&self, confirmed: Confirmed, progress: mpsc::Sender<Progress>) -> Report {
        // A task of its own: nothing that is dropped here ends it.
        let engine = self.clone();
        let (action, operation, target) =
            (confirmed.action().clone(), confirmed.plan().operation, confirmed.plan().target.clone());
        match tokio::spawn(async move { Self::execute(&engine, confirmed, progress).await }).await {
            Ok(report) => report,
            Err(error) => Report {
                sentence: format!(
                    "{operation} of {target} is IN DOUBT: the console failed while it was under way ({error}); see cutover doubt list"
                ),
                action,
                operation,
                target,
                plan: None,
                outcome: crate::domain::outcome::Outcome::InDoubt,
                refusal: None,
                requests: Vec::new(),
                read_back_at: None,
                record: None,
                outcome_not_durable: None,
            },
        }
    }

    fn stop(&self) -> bool {
        Self::stop(self)
    }

    async fn read_back(&self, action: &ActionId) -> Result<SeenAgain, Refusal> {
        let evidence = Self::read_back(self, action).await?;
        let read_at = evidence.observed.as_ref().map_or_else(|| self.now(), |observed| observed.read_at);
        let record = evidence.ended.map(|(_, receipt)| receipt);
        Ok(SeenAgain { verdict: evidence.read_back, now: evidence.sentence, read_at, record, not_durable: evidence.not_durable })
    }

    async fn resolve(&self, action: &ActionId, resolution: Resolution, note: Option<String>) -> Result<Receipt, Refusal> {
        Self::resolve(self, action, resolution, note).await
    }

    async fn book(&self) -> Result<Book, String> {
        Self::book(self).await.map_err(|error| error.to_string())
    }

    async fn deny(
        &self,
        action: Option<&ActionId>,
        operation: Operation,
        target: &TargetId,
        refusal: &Refusal,
    ) -> Option<Receipt> {
        let action = action.cloned().unwrap_or_else(Self::new_action);
        Self::deny(self, &action, operation, target, refusal, Via::CommandLine).await
    }
}

#[async_trait]
impl port::World for World {
    fn engine(&self) -> &dyn port::Engine {
        &self.engine
    }

    fn sources(&self) -> Vec<SourceId> {
        self.sources.iter().map(|info| info.id.clone()).collect()
    }

    async fn interrupted(&self) -> Exit {
        self.interrupts.next().await
    }

    async fn look(&self) -> StatusInput {
        let world = self;
        let book = world.engine.book().await;
        let reads = world.sources.iter().filter_map(|info| {
            let connection = world.engine.connections().get(&info.id)?;
            let source = Arc::clone(&connection.source);
            Some(async move {
                let began = world.clock.since_boot();
                let answer = source.list_and_missing().await;
                (info, began, answer)
            })
        });
        let mut seen = Vec::new();
        let mut rollouts = Vec::new();
        for (info, began, answer) in futures_util::future::join_all(reads).await {
            let since_boot = world.clock.since_boot();
            let health = health(&answer, world, since_boot.saturating_sub(began));
            if let Ok((list, _)) = answer {
                let freshness = health.freshness(since_boot, info.stale_after);
                rollouts.extend(list.into_iter().map(|rollout| {
                    let context = world.engine.context(&rollout.id, freshness.clone(), &book, None);
                    let operations = Operation::VERBS.map(|operation| (operation, permit(operation, &rollout, &context)));
                    RolloutSeen { operations: operations.into(), rollout }
                }));
            }
            seen.push(SourceSeen {
                id: info.id.clone(),
                kind: info.kind,
                environment: info.environment.clone(),
                health,
                stale_after: info.stale_after,
            });
        }
        let book = book.map_err(|error| error.to_string());
        let (now, since_boot) = (world.clock.now(), world.clock.since_boot());
        StatusInput { now, since_boot, environments: world.environments.clone(), sources: seen, rollouts, book }
    }
}

/// How a source is after one read.
fn health<T>(answer: &Result<(T, Vec<DisplayText>), ReadError>, world: &World, took: Duration) -> SourceHealth {
    let (now, since_boot) = (world.clock.now(), world.clock.since_boot());
    match answer {
        Ok((_, missing)) => SourceHealth {
            last_ok: Some((since_boot, now)),
            latency: Some(took),
            partial: missing.clone(),
            ..SourceHealth::never()
        },
        Err(error) => {
            let failure = Failure { since: now, why: DisplayText::new(&error.to_string()), attempts: 1 };
            SourceHealth { failure: Some(failure), ..SourceHealth::never() }
        }
    }
}
