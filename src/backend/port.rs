//! The two ports of an outside system: `Source` reads, `Driver` changes.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::{Notify, mpsc, watch};

use crate::domain::{
    Timestamp,
    action::ActionId,
    change::{ChangePlan, Precondition},
    id::{SourceId, TargetId},
    operation::Operation,
    permit::{Refusal, Rights},
    question::{Question, Questions},
    rollout::Rollout,
    source::{SourceUpdate, Tells},
    text::DisplayText,
};

/// One fresh read of one target: our words, and the object as the system has it (preconditions are pinned to the latter).
#[derive(Clone, Debug)]
pub struct Observed {
    pub rollout: Arc<Rollout>,
    pub native: Arc<serde_json::Value>,
    pub read_at: Timestamp,
    /// `Clock::since_boot` at receipt.
    pub received: Duration,
}

/// Why a read gave no value. Never contains URLs with query, headers, tokens or bodies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("{0} is gone")]
    Gone(TargetId),
    /// The system answered and will not let us read.
    #[error("not permitted: {0}")]
    Forbidden(DisplayText),
    /// No usable answer within the time-out.
    #[error("unreachable: {0}")]
    Unreachable(DisplayText),
    /// An answer that is not what the API promises.
    #[error("unreadable answer: {0}")]
    Malformed(DisplayText),
}

/// What became of one request. A driver sends it exactly once, follows no redirect and retries nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// 2xx with a complete body.
    Accepted { status: u16 },
    /// The system said no: 3xx, or 4xx but 408. Nothing changed.
    Rejected { status: u16, why: DisplayText },
    /// No connection was ever made: refused, DNS, TLS, connect time-out. Definitely not sent.
    NotSent { why: DisplayText },
    /// Sent, answer unknown: reset, time-out, cut body, 408, 5xx (reliability.md 4.1).
    InDoubt { status: Option<u16>, why: DisplayText },
}

/// What the system says before anything is offered: our rights, and its own dry run of the exact requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    pub rights: Rights,
    /// `Err` when the server's dry run was answered with a refusal.
    pub dry_run: Result<(), Refusal>,
    /// Checks this system can not make, in words ("no dry run here").
    pub not_checked: Vec<String>,
}

/// What a source is given to watch with.
pub struct Watching {
    pub updates: mpsc::Sender<SourceUpdate>,
    /// Wakes it from its pause: read now.
    pub read_now: Arc<Notify>,
    /// What all sources are asked now, each picks its own; changes when rollouts move from stage to stage.
    pub questions: watch::Receiver<Questions>,
}

impl Watching {
    /// For a source that is asked nothing.
    #[must_use]
    pub fn unasked(updates: mpsc::Sender<SourceUpdate>, read_now: Arc<Notify>) -> Self {
        Self { updates, read_now, questions: watch::channel(Arc::from([])).1 }
    }
}

/// Read port.
#[async_trait]
pub trait Source: Send + Sync {
    fn id(&self) -> &SourceId;

    /// `argo`, `demo`, ...
    fn kind(&self) -> &'static str;

    /// What it can tell.
    fn tells(&self) -> Tells;

    /// Reads for ever and says what it finds; ends only when `watching.updates` is closed. Never waits on a full channel
    /// longer than the loop needs: whole states may be merged, newest wins.
    async fn watch(&self, watching: Watching);

    /// One whole read of everything but rollouts: alerts, tenants and the answers to `questions`, as updates. For the command
    /// line and for the fresh look before a change.
    ///
    /// # Errors
    /// When there was no usable answer at all; a question without an answer is a `Reading` that says so.
    async fn read(&self, questions: &[Arc<Question>]) -> Result<Vec<SourceUpdate>, ReadError> {
        let _ = questions;
        Ok(Vec::new())
    }

    /// One whole read of the rollouts, for the command line.
    ///
    /// # Errors
    /// When there was no usable answer.
    async fn list(&self) -> Result<Vec<Arc<Rollout>>, ReadError> {
        Ok(Vec::new())
    }

    /// The same with the parts that could not be read, in words (see `SourceHealth::partial`).
    ///
    /// # Errors
    /// As `list`.
    async fn list_and_missing(&self) -> Result<(Vec<Arc<Rollout>>, Vec<DisplayText>), ReadError> {
        self.list().await.map(|rollouts| (rollouts, Vec::new()))
    }
}

/// Write port.
#[async_trait]
pub trait Driver: Send + Sync {
    /// A fresh read of one target.
    ///
    /// # Errors
    /// When there was no usable answer; `Gone` only when the system said so.
    async fn fetch(&self, target: &TargetId) -> Result<Observed, ReadError>;

    /// The exact change that `operation` would be, pinned to what `observed` shows. Pure. `permit` is asked elsewhere.
    ///
    /// # Errors
    /// `Unsupported` and the like: what this system can not do.
    fn plan(&self, operation: Operation, observed: &Observed, action: &ActionId) -> Result<ChangePlan, Refusal>;

    /// The plan's preconditions with `seen` as `now` shows it. Pure.
    fn preconditions(&self, plan: &ChangePlan, now: &Observed) -> Vec<Precondition>;

    /// Asks the system for our rights on these requests and for its own dry run. Changes nothing.
    async fn review(&self, plan: &ChangePlan, action: &ActionId) -> Review;

    /// Sends request `index` of `plan`, once. `action` goes along as the idempotency key where the system knows one.
    async fn send(&self, plan: &ChangePlan, index: usize, action: &ActionId) -> Sent;

    /// Who the system says we are, for the ledger; `None` when it does not tell.
    async fn whoami(&self) -> Option<DisplayText>;

    /// Scheme, host and port of the system, for the ledger; never user information, path or query.
    fn origin(&self) -> Option<String> {
        None
    }

    /// The command a person could type without this console to do the same; shown when nothing can be sent. No secrets.
    fn by_hand(&self, plan: &ChangePlan) -> String;
}

/// One connected system.
#[derive(Clone)]
pub struct Connection {
    pub source: Arc<dyn Source>,
    /// `None`: this system is only read.
    pub driver: Option<Arc<dyn Driver>>,
}
