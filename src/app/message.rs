//! Anything that happened.

use std::{sync::Arc, time::Duration};

use crate::{
    config::settings::Environment,
    domain::{
        Timestamp, action::ActionId, change::Precondition, confirm::Proposal, outcome::Outcome, permit::Refusal,
        progress::Progress, source::SourceUpdate,
    },
    ledger::book::{AuditPage, Book},
    terminal::input::Input,
};

use super::{alerts::Board, kept::Kept, state::SourceInfo};

/// Ties an answer to the form that asked. A form that was closed and opened again has another ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

#[derive(Clone, Debug)]
pub enum Message {
    /// The only source of time for app and ui. Once a second, and at start.
    Clock {
        now: Timestamp,
        since_boot: Duration,
    },
    /// Where the console over these sources was left, and how long ago. At most once, before everything else.
    Returned {
        place: Box<Kept>,
        ago: Duration,
    },
    Input(Input),
    Source(SourceUpdate),
    /// The fresh read, permission review and dry run for a form came back.
    Prepared {
        ticket: Ticket,
        result: Result<Box<Proposal>, Refusal>,
    },
    /// The open form's checks were made again (every 2 s).
    Rechecked {
        ticket: Ticket,
        result: Result<Vec<Precondition>, Refusal>,
    },
    Operated {
        action: ActionId,
        progress: Progress,
    },
    /// The target of an action in doubt was read: what the read shows, in words, or why there was none.
    ReadBack {
        action: ActionId,
        result: Result<String, Refusal>,
    },
    /// A read-back showed how an accepted action ended, and that was recorded (`verified` or `contradicted`).
    Settled {
        action: ActionId,
        outcome: Outcome,
        sentence: String,
        read_at: Option<Timestamp>,
    },
    /// A danger environment was armed until this `since_boot`, and that was recorded; or why not.
    Armed {
        environment: String,
        reason: String,
        result: Result<Duration, Refusal>,
    },
    /// The ledger was folded anew: what is open, in doubt, accepted; and whether it can be written.
    Book(Arc<Book>),
    /// The alerts of all sources, sorted.
    Alerts(Arc<Board>),
    AuditPage(Arc<AuditPage>),
    /// One line for the message row: what happened, to what, what to do next. Stays until read when `is_error`.
    Notice {
        text: String,
        is_error: bool,
    },
    /// What the welcome screen's `c` asked for is configured now (in memory only): its environment and source.
    Connected {
        environments: Vec<Environment>,
        sources: Vec<SourceInfo>,
    },
    /// The terminal was handed back after a suspend: everything on it is gone.
    Resumed,
}
