//! What the command line needs from the rest: the engine, and one look at the sources.
//! Main implements `World` over the real rooms; tests implement it over made-up ones.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::{
    answer::{doctor::Finding, status::StatusInput},
    exit::Exit,
};
use crate::{
    backend::port::Observed,
    domain::{
        action::ActionId,
        confirm::{Confirmed, Proposal},
        human::Saying,
        id::{SourceId, TargetId},
        judge::ReadBack,
        operation::Operation,
        permit::Refusal,
        plan::Plan,
        progress::{Progress, Receipt, Report},
    },
    ledger::{book::Book, entry::Resolution},
    operate::say::NotSaid,
};

/// The one door that changes the world, as far as a command uses it.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Reads the target afresh, asks permission, plans, lets the system dry-run it. The phrase has no letters.
    ///
    /// # Errors
    /// Why it is not possible now. Nothing is recorded by this: whoever asked for more than a look says `deny`.
    async fn prepare(&self, target: &TargetId, operation: Operation) -> Result<Proposal, Refusal>;

    /// A reason was given, and it will stand in the intent: this one action on `target` may go in a danger environment.
    fn arm(&self, target: &TargetId);

    /// Carries out a confirmed change, to its end.
    async fn execute(&self, confirmed: Confirmed, progress: mpsc::Sender<Progress>) -> Report;

    /// Nothing that has not left yet may leave from now on. False when something has: its outcome will come.
    fn stop(&self) -> bool;

    /// Reads the target of an open action and says what it shows.
    ///
    /// # Errors
    /// When it could not be read, or no such action is open.
    async fn read_back(&self, action: &ActionId) -> Result<SeenAgain, Refusal>;

    /// Closes an action in doubt in a person's name.
    ///
    /// # Errors
    /// When it is not in doubt, or can not be recorded.
    async fn resolve(&self, action: &ActionId, resolution: Resolution, note: Option<String>) -> Result<Receipt, Refusal>;

    /// Records what a person said.
    ///
    /// # Errors
    /// Why it was not recorded.
    async fn say(&self, saying: &Saying) -> Result<Receipt, NotSaid>;

    /// What the ledger says is open.
    ///
    /// # Errors
    /// Why it can not be read: then nobody knows what is in doubt.
    async fn book(&self) -> Result<Book, String>;

    /// Records that a change was asked for and refused: by `prepare` (`action` is `None`), or by this command afterwards (not
    /// confirmed, another value). Best effort: nothing was sent either way, so `None` when it could not be written.
    async fn deny(
        &self,
        action: Option<&ActionId>,
        operation: Operation,
        target: &TargetId,
        refusal: &Refusal,
    ) -> Option<Receipt>;
}

/// One read after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenAgain {
    pub verdict: ReadBack,
    /// Where it stands now, in words: `step 3/6, 50 %`.
    pub now: String,
    pub read_at: crate::domain::Timestamp,
    /// This read ended an accepted action: its observed record.
    pub record: Option<Receipt>,
    /// Why that record could not be written.
    pub not_durable: Option<String>,
}

impl SeenAgain {
    /// From a verdict and the read that it was made from.
    #[must_use]
    pub fn new(verdict: ReadBack, observed: &Observed) -> Self {
        let rollout = &observed.rollout;
        let mut parts = Vec::new();
        if let Some(position) = &rollout.position {
            parts.push(format!("step {}/{}", position.index.saturating_add(1).min(position.count), position.count));
        }
        parts.extend(rollout.weight.set.map(|weight| format!("{weight} %")));
        parts.push(rollout.phase.word().to_owned());
        Self { verdict, now: parts.join(", "), read_at: observed.read_at, record: None, not_durable: None }
    }
}

/// What a look is for. Rollouts are always read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four kinds of data, each wanted or not")]
pub struct Wanted {
    pub alerts: bool,
    pub tenants: bool,
    /// What the plans ask of the sources is asked.
    pub gates: bool,
    /// Every source is read, whatever it tells.
    pub all_sources: bool,
    /// Longest wait for one source.
    pub patience: Duration,
}

impl Wanted {
    /// Rollouts, and what the plans say of them.
    pub const JUDGED: Self =
        Self { alerts: false, tenants: false, gates: true, all_sources: false, patience: Duration::from_secs(30) };
    /// Rollouts alone: to know which one is meant.
    pub const NAMES: Self =
        Self { alerts: false, tenants: false, gates: false, all_sources: false, patience: Duration::from_secs(30) };
    pub const ALERTS: Self = Self { alerts: true, ..Self::JUDGED };
    /// Rehearsals of many tenants take their time where nothing was read before.
    pub const TENANTS: Self = Self { tenants: true, patience: Duration::from_secs(600), ..Self::NAMES };
    /// The whole overview.
    pub const ALL: Self = Self { alerts: true, tenants: true, gates: true, all_sources: true, patience: Duration::from_secs(30) };
}

/// A watch over all sources.
#[async_trait]
pub trait Follow: Send {
    /// Waits until a source says something, `most` at longest, and tells what is known then.
    async fn next(&mut self, most: Duration) -> StatusInput;
}

/// Everything outside of the command line that a command may ask.
#[async_trait]
pub trait World: Send + Sync {
    fn engine(&self) -> &dyn Engine;

    /// Names of the sources that are connected. Contacts nothing.
    fn sources(&self) -> Vec<SourceId>;

    /// The release plans. Contacts nothing.
    fn plans(&self) -> Arc<[Arc<Plan>]>;

    /// Reads what is wanted once, all sources at the same time, and waits for the answers or the time-outs.
    async fn look(&self, wanted: Wanted) -> StatusInput;

    /// Watches every source from now on, until it is dropped.
    fn follow(&self) -> Box<dyn Follow + '_>;

    /// What `doctor` finds besides the sources: rights, ledger, terminal, what plans expect of the systems. Changes nothing.
    async fn examine(&self, input: &StatusInput) -> Vec<Finding>;

    /// The next wish of a person to end this command (Ctrl-C, TERM, a hang-up), as the exit code that it means. From the first
    /// call on such a wish no longer ends the process by itself.
    async fn interrupted(&self) -> Exit;
}
