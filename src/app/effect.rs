//! Anything we may do. `update` returns these; only the loop carries them out.

use crate::{
    domain::{action::ActionId, change::ChangePlan, confirm::Confirmed, id::TargetId, operation::Operation},
    ledger::entry::Resolution,
};

use super::message::Ticket;

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
    /// Read the target of an action in doubt; answered by `Message::ReadBack`.
    ReadBack {
        action: ActionId,
    },
    /// Close an action in doubt.
    Resolve {
        action: ActionId,
        resolution: Resolution,
        note: Option<String>,
    },
    /// Arm a danger environment for the engine, too: it asks permission again at send.
    Arm {
        environment: String,
    },
    /// Read all sources now (rate limited by the loop).
    ReadNow,
    /// Read the newest records for the audit page; `verify` walks the whole chain.
    ReadAudit {
        verify: bool,
    },
    /// Put text into the terminal's clipboard (OSC 52).
    Copy(String),
    Bell,
    /// Connect the current kube context read-only (welcome screen, `c`).
    Connect,
    /// Give the terminal back, stop, take it again on SIGCONT.
    Suspend,
    /// Forget what is on the screen and write it whole.
    Repaint,
    Quit,
}
