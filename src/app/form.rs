//! The one way to a change: a form that was read, answered and confirmed (ux.md 3.4.6-3.4.8, 3.5).

use std::time::Duration;

use crate::domain::{change::Precondition, confirm::Proposal, id::TargetId, operation::Operation, permit::Refusal};

use super::{field::TextField, message::Ticket};

/// What a form is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A change of one rollout.
    Change { target: TargetId, operation: Operation },
    /// Open a danger environment for widening changes, 15 minutes long. Sends nothing.
    Arm { environment: String },
}

/// How far a form is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormPhase {
    /// The target is read afresh; nothing can be typed yet, so nothing typed ahead can land.
    Reading,
    /// Not possible; the sentence says why and what to do.
    Refused(Refusal),
    /// Can be answered. `None` for the arm form.
    Ready(Option<Box<Proposal>>),
}

/// Where the keyboard is inside a form, in Tab order. Fields that a form does not have are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Focus {
    /// The reasons that one key chooses.
    Choice,
    /// The reason's own text.
    Reason,
    /// The value that confirms.
    Typed,
    Cancel,
    Act,
}

/// Which paper lies over the form's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    None,
    /// `d`: the exact requests and what the server's dry run said.
    DryRun,
    /// `s`: the exact calls, bodies included.
    Calls,
}

/// One reason that one key chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonChoice {
    pub key: char,
    pub text: &'static str,
}

/// An open form. At most one is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    pub ticket: Ticket,
    pub subject: Subject,
    pub phase: FormPhase,
    pub focus: Focus,
    /// Index into `choices()`.
    pub choice: Option<usize>,
    pub reason: TextField,
    /// The person edited the reason: choosing another one no longer replaces the text.
    pub reason_edited: bool,
    pub typed: TextField,
    /// The preconditions as last read. Lines that ever moved stay marked (`moved`).
    pub checks: Vec<Check>,
    /// What the last check was refused with; the next good one clears it.
    pub refused: Option<String>,
    /// Why the button is locked; `None` while it is not.
    pub lock: Option<String>,
    pub sheet: Sheet,
    /// First line shown of the body, 0-based.
    pub scroll: usize,
    /// `since_boot` when the form was opened; it closes after five minutes.
    pub opened: Duration,
    /// `since_boot` when the newest good check arrived.
    pub checked: Duration,
    /// `since_boot` when a check that has not been answered was asked for.
    pub asked: Option<Duration>,
    /// Keys are ignored until then (`since_boot`) after a paste or a burst.
    pub quarantine: Option<Duration>,
    /// What the form has to say about the last key ("pasted text is not taken").
    pub remark: Option<String>,
}

/// One precondition on the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub condition: Precondition,
    /// It did not hold at some time while the form was open.
    pub moved: bool,
}

/// A form closes by itself after this long.
pub const FORM_LIFE: Duration = Duration::from_secs(5 * 60);
/// Time between two checks of an open form's preconditions.
pub const RECHECK_EVERY: Duration = Duration::from_secs(2);
/// The word that arms.
pub const ARM_WORD: &str = "arm";

impl Form {
    /// The reasons on offer, by one key each.
    #[must_use]
    pub fn choices(&self) -> &'static [ReasonChoice] {
        match &self.subject {
            Subject::Change { operation, .. } => match operation {
                Operation::Advance => ADVANCE,
                Operation::Pause => PAUSE,
                Operation::Resume => RESUME,
                Operation::RollBack => ROLL_BACK,
                Operation::Nudge => NUDGE,
            },
            Subject::Arm { .. } => ARM,
        }
    }

    /// Exactly what has to be typed; `None` before the form is ready.
    #[must_use]
    pub fn phrase(&self) -> Option<String> {
        match (&self.phase, &self.subject) {
            (FormPhase::Ready(Some(proposal)), _) => Some(proposal.phrase.text()),
            (FormPhase::Ready(None), Subject::Arm { .. }) => Some(ARM_WORD.to_owned()),
            (FormPhase::Ready(None), Subject::Change { .. }) | (FormPhase::Reading | FormPhase::Refused(_), _) => None,
        }
    }

    #[must_use]
    pub fn needs_reason(&self) -> bool {
        match &self.phase {
            FormPhase::Ready(Some(proposal)) => proposal.needs_reason,
            FormPhase::Ready(None) => true,
            FormPhase::Reading | FormPhase::Refused(_) => false,
        }
    }

    /// What is still missing before the button acts; `None` when Enter on it would confirm.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        let Some(phrase) = self.phrase() else { return Some("not ready".to_owned()) };
        if let Some(lock) = &self.lock {
            return Some(lock.clone());
        }
        if self.needs_reason() && self.reason.text().trim().is_empty() {
            return Some("a reason is required".to_owned());
        }
        if self.typed.text() != phrase {
            return Some(format!("type {phrase} to confirm"));
        }
        None
    }

    /// Whether keys that are letters are text now.
    #[must_use]
    pub fn in_text(&self) -> bool {
        matches!(self.phase, FormPhase::Ready(_)) && matches!(self.focus, Focus::Reason | Focus::Typed)
    }
}

const ADVANCE: &[ReasonChoice] = &[
    ReasonChoice { key: 'm', text: "criteria met" },
    ReasonChoice { key: 'o', text: "soak complete" },
    ReasonChoice { key: 'u', text: "urgent fix" },
];
const PAUSE: &[ReasonChoice] = &[
    ReasonChoice { key: 'i', text: "investigating alert" },
    ReasonChoice { key: 'p', text: "waiting for person" },
    ReasonChoice { key: 'c', text: "window closing" },
];
const RESUME: &[ReasonChoice] = &[
    ReasonChoice { key: 'o', text: "investigation over" },
    ReasonChoice { key: 'p', text: "person is back" },
    ReasonChoice { key: 'f', text: "cause is fixed" },
];
const ROLL_BACK: &[ReasonChoice] = &[
    ReasonChoice { key: 'b', text: "critical bug" },
    ReasonChoice { key: 'p', text: "performance" },
    ReasonChoice { key: 'i', text: "data integrity" },
    ReasonChoice { key: 'n', text: "instability" },
];
const NUDGE: &[ReasonChoice] = &[ReasonChoice { key: 'n', text: "controller has not acted" }];
const ARM: &[ReasonChoice] = &[
    ReasonChoice { key: 'r', text: "planned release" },
    ReasonChoice { key: 'f', text: "urgent fix" },
    ReasonChoice { key: 'i', text: "incident" },
];
