//! Exit codes (ux.md 4.2): stable, listed in `--help`, and the only thing many scripts look at.

use std::process::ExitCode;

use crate::domain::{
    outcome::Outcome,
    permit::{Refusal, RefusalCode},
};

/// How the process ends. The number is the contract; it never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// 0: done, all pass.
    Done,
    /// 1: something nobody expected; also a read-back that shows something else than was asked for.
    Unexpected,
    /// 2: wrong usage, unknown or ambiguous name.
    Usage,
    /// 3: a required gate fails, or the state asked for is not reached.
    NotReached,
    /// 4: undecided: no data, stale, too few samples. Never 0.
    Undecided,
    /// 5: refused by us or by the system; nothing changed.
    Refused,
    /// 6: it may have happened or not, or the controller has not acted on it yet.
    InDoubt,
    /// 7: no connection, nothing was sent.
    Unreachable,
    /// 8: configuration or plan invalid.
    Config,
    /// 9: `--confirm` is missing or wrong; nothing was sent.
    NotConfirmed,
    /// 10: the chain of records is broken.
    ChainBroken,
    /// 11: not permitted: read-only, not armed, no rights.
    NotPermitted,
    /// 124: `--timeout` was reached while waiting; the action itself goes on.
    TimedOut,
    /// 129: as 130, by a hang-up (HUP).
    HungUp,
    /// 130: interrupted (INT) before the end was known: nothing was sent, or it is in doubt, or accepted and not read back.
    Interrupted,
    /// 143: as 130, by TERM.
    Terminated,
}

impl Exit {
    pub const ALL: [Self; 16] = [
        Self::Done,
        Self::Unexpected,
        Self::Usage,
        Self::NotReached,
        Self::Undecided,
        Self::Refused,
        Self::InDoubt,
        Self::Unreachable,
        Self::Config,
        Self::NotConfirmed,
        Self::ChainBroken,
        Self::NotPermitted,
        Self::TimedOut,
        Self::HungUp,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number that the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::NotReached => 3,
            Self::Undecided => 4,
            Self::Refused => 5,
            Self::InDoubt => 6,
            Self::Unreachable => 7,
            Self::Config => 8,
            Self::NotConfirmed => 9,
            Self::ChainBroken => 10,
            Self::NotPermitted => 11,
            Self::TimedOut => 124,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// One line for `--help`.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unexpected => "unexpected error, or the read-back shows something else",
            Self::Usage => "wrong usage, unknown or ambiguous name",
            Self::NotReached => "a required gate fails, or the state asked for is not reached",
            Self::Undecided => "undecided: no data, stale, too few samples",
            Self::Refused => "refused: nothing changed",
            Self::InDoubt => "in doubt (sent, outcome unknown), or accepted and not acted on yet",
            Self::Unreachable => "source unreachable, nothing was sent",
            Self::Config => "configuration invalid",
            Self::NotConfirmed => "not confirmed: --confirm missing or wrong, nothing was sent",
            Self::ChainBroken => "the chain of records is broken",
            Self::NotPermitted => "not permitted: read-only, not armed, or no rights",
            Self::TimedOut => "--timeout reached while waiting; the action itself goes on",
            Self::HungUp => "as 130, by a hang-up",
            Self::Interrupted => "interrupted: nothing sent, or in doubt, or accepted and not read back",
            Self::Terminated => "as 130, by TERM",
        }
    }

    /// What an action's end means for the shell. A refusal counts by its code.
    #[must_use]
    pub fn of(outcome: Outcome, refusal: Option<&Refusal>) -> Self {
        match outcome {
            Outcome::Verified => Self::Done,
            Outcome::Accepted | Outcome::InDoubt => Self::InDoubt,
            Outcome::Rejected => Self::Refused,
            Outcome::Refused => refusal.map_or(Self::Refused, |refusal| Self::of_refusal(refusal.code)),
            Outcome::NotSent => Self::Unreachable,
            Outcome::Contradicted => Self::Unexpected,
        }
    }

    /// The exit code of each refusal, as `domain::permit` documents it.
    #[must_use]
    pub fn of_refusal(code: RefusalCode) -> Self {
        match code {
            RefusalCode::GateFails => Self::NotReached,
            RefusalCode::NotFresh | RefusalCode::GateUndecided => Self::Undecided,
            RefusalCode::Unreachable => Self::Unreachable,
            RefusalCode::NotConfirmed => Self::NotConfirmed,
            RefusalCode::Interrupted => Self::Interrupted,
            RefusalCode::ReadOnly | RefusalCode::NotArmed | RefusalCode::NotPermitted => Self::NotPermitted,
            RefusalCode::NameNotActionable
            | RefusalCode::Gone
            | RefusalCode::InFlight
            | RefusalCode::InDoubt
            | RefusalCode::LedgerUnwritable
            | RefusalCode::NotHeld
            | RefusalCode::ManuallyPaused
            | RefusalCode::NotManuallyPaused
            | RefusalCode::AlreadyPaused
            | RefusalCode::NothingToRelease
            | RefusalCode::Aborted
            | RefusalCode::Settling
            | RefusalCode::InvalidSpec
            | RefusalCode::NoEffect
            | RefusalCode::StateMoved
            | RefusalCode::NotThatValue
            | RefusalCode::DryRunRejected
            | RefusalCode::NothingToNudge
            | RefusalCode::Unsupported => Self::Refused,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(value: Exit) -> Self {
        Self::from(value.code())
    }
}
