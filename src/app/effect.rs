//! Anything we may do. `update` returns these; only the loop carries them out.

use std::{sync::Arc, time::Duration};

use crate::{
    domain::{
        action::ActionId,
        alert::AlertFeed,
        change::ChangePlan,
        confirm::Confirmed,
        freshness::Freshness,
        human::Saying,
        id::TargetId,
        operation::Operation,
        permit::{Offer, Refusal},
        question::Questions,
        rollout::Rollout,
    },
    ledger::entry::Resolution,
};

use super::{message::Ticket, sort::Sort};

/// What a rollout's JSON is made of, as the screen knew it when a person asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyJson {
    pub rollout: Arc<Rollout>,
    pub freshness: Freshness,
    pub age: Option<Duration>,
    pub operations: Vec<(Operation, Result<Offer, Refusal>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read the target afresh, ask permission, plan, dry-run; answered by `Message::Prepared`.
    Prepare {
        ticket: Ticket,
        target: TargetId,
        operation: Operation,
    },
    /// Check the open form's preconditions again; answered by `Message::Rechecked`.
    Recheck {
        ticket: Ticket,
        plan: Box<ChangePlan>,
    },
    /// Carry out a confirmed change.
    Execute(Box<Confirmed>),
    /// Read the target of an action that is in doubt or accepted; answered by `Message::ReadBack`, and by
    /// `Message::Settled` when the read ended an accepted one.
    ReadBack {
        action: ActionId,
    },
    /// Close an action in doubt.
    Resolve {
        action: ActionId,
        resolution: Resolution,
        note: Option<String>,
    },
    /// Record that a danger environment is armed, and arm it; answered by `Message::Armed`.
    Arm {
        environment: String,
        reason: String,
    },
    /// Record what a person said (tick, acknowledgement, note); answered by `Message::Notice`, then `Message::Book`.
    Say(Saying),
    /// Make one board of what all sources tell of alerts, in this order; answered by `Message::Alerts`.
    MergeAlerts {
        feeds: Vec<Arc<AlertFeed>>,
        sort: Sort,
    },
    /// From now on the sources are asked exactly these questions.
    Ask(Questions),
    /// Read all sources now (rate limited by the loop).
    ReadNow,
    /// Read the newest records for the audit page; `verify` walks the whole chain.
    ReadAudit {
        verify: bool,
    },
    /// Put text into the terminal's clipboard (OSC 52).
    Copy(String),
    /// Put one rollout into the clipboard as `cutover status --json` has it.
    CopyJson(Box<CopyJson>),
    Bell,
    /// Connect the current kube context read-only (welcome screen, `c`).
    Connect,
    /// Give the terminal back, stop, take it again on SIGCONT.
    Suspend,
    /// Forget what is on the screen and write it whole.
    Repaint,
    Quit,
}
