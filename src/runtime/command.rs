//! The world as a command on the command line sees it.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::{doctor, follow::Following, look::look, world::World};
use crate::{
    cli::{
        Exit,
        answer::{doctor::Finding, status::StatusInput},
        port::{self, Follow, SeenAgain, Wanted},
    },
    domain::{
        action::ActionId,
        confirm::{Confirmed, Proposal, Via},
        human::Saying,
        id::{SourceId, TargetId},
        operation::Operation,
        permit::Refusal,
        plan::Plan,
        progress::{Progress, Receipt, Report},
    },
    ledger::{book::Book, entry::Resolution},
    operate::{engine::Engine, say::NotSaid},
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

    async fn say(&self, saying: &Saying) -> Result<Receipt, NotSaid> {
        Self::say(self, saying, Via::CommandLine).await
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

    fn plans(&self) -> Arc<[Arc<Plan>]> {
        Arc::clone(&self.plans)
    }

    async fn look(&self, wanted: Wanted) -> StatusInput {
        look(self, wanted).await
    }

    fn follow(&self) -> Box<dyn Follow + '_> {
        Box::new(Following::begin(self))
    }

    async fn examine(&self, input: &StatusInput) -> Vec<Finding> {
        doctor::examine(self, input).await
    }
}
