//! Whether an operation is possible now, and if not, why not: one pure rule, asked three times (menu, form, send).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    action::ActionId,
    freshness::Freshness,
    operation::Operation,
    quantity::age_in_words,
    rollout::{HoldCause, Phase, Rollout},
    text::DisplayText,
    verdict::Gates,
};

/// The closed list of reasons why an operation is not possible (contract.md, `refusal.code`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The console reads only; exit 11.
    ReadOnly,
    /// A danger environment is not armed; exit 11.
    NotArmed,
    /// The system does not let this user; exit 11.
    NotPermitted,
    /// The name is not one that may be acted on; exit 5.
    NameNotActionable,
    /// No fresh read; exit 4.
    NotFresh,
    /// The target could not be reached for the fresh read; exit 7.
    Unreachable,
    /// The target is gone; exit 5.
    Gone,
    /// Another action on this target runs; exit 5.
    InFlight,
    /// An earlier action on this target is in doubt; exit 5.
    InDoubt,
    /// A required gate fails; exit 3.
    GateFails,
    /// A required gate is undecided; exit 4.
    GateUndecided,
    /// The ledger can not be written, so nothing is sent; exit 5.
    LedgerUnwritable,
    /// No step hold to release; exit 5.
    NotHeld,
    /// A person's pause stands; resume first; exit 5.
    ManuallyPaused,
    /// No manual pause to lift; exit 5.
    NotManuallyPaused,
    /// A manual pause stands already; exit 5.
    AlreadyPaused,
    /// Nothing is being released; exit 5.
    NothingToRelease,
    /// Rolled back already; exit 5.
    Aborted,
    /// The controller has not seen the newest spec or still unpauses; exit 5.
    Settling,
    /// The control plane calls the spec invalid; exit 5.
    InvalidSpec,
    /// The real controller was measured to ignore this here; exit 5.
    NoEffect,
    /// The state moved since the form was built; exit 5.
    StateMoved,
    /// The value asked for is not what would happen; exit 5.
    NotThatValue,
    /// The server's own dry run said no; exit 5.
    DryRunRejected,
    /// Nothing waits for a nudge; exit 5.
    NothingToNudge,
    /// The confirmation is missing or wrong; exit 9.
    NotConfirmed,
    /// Somebody interrupted it before anything was sent; exit 130.
    Interrupted,
    /// This driver can not do it; exit 5.
    Unsupported,
}

/// Why an operation is not possible now, in words that an operator can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Refusal {
    pub code: RefusalCode,
    pub sentence: String,
}

impl Refusal {
    #[must_use]
    pub fn new(code: RefusalCode, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into() }
    }
}

/// An action that somebody else, or an earlier run, has under way on a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAction {
    pub id: ActionId,
    pub operation: Operation,
    pub who: DisplayText,
    pub since: Timestamp,
}

/// Whether this console may change anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    ReadWrite,
    /// Read-only, and why (`read-only` in the configuration, started without configuration, ...).
    ReadOnly {
        why: String,
    },
}

/// Whether a danger environment is open for widening changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arming {
    /// The environment is not marked `danger`.
    NotNeeded,
    /// Armed for this long.
    Armed {
        left: Duration,
    },
    Disarmed,
}

/// What the system says about our rights on this target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Not asked yet: menus offer, the form asks.
    NotAsked,
    Allowed,
    Denied {
        sentence: String,
    },
}

/// Everything besides the rollout itself that decides whether an operation is possible.
#[derive(Clone, Debug)]
pub struct Context {
    pub now: Timestamp,
    pub freshness: Freshness,
    pub mode: Mode,
    pub arming: Arming,
    pub rights: Rights,
    pub gates: Gates,
    pub in_flight: Option<OpenAction>,
    pub in_doubt: Option<OpenAction>,
    /// A change that was accepted and not acted on; a nudge is offered for it.
    pub accepted: Option<OpenAction>,
    /// Why the ledger can not be written; `None` when it can.
    pub ledger_unwritable: Option<String>,
}

/// An operation that is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub operation: Operation,
    /// The action in doubt that this one supersedes (pause and roll back only).
    pub supersedes: Option<ActionId>,
    /// What an operator should know, one sentence each.
    pub warnings: Vec<String>,
}

/// Decides. Never looks at anything but its arguments.
///
/// # Errors
/// The refusal, with the first reason that an operator can act on.
pub fn permit(operation: Operation, rollout: &Rollout, context: &Context) -> Result<Offer, Refusal> {
    surroundings(operation, rollout, context)?;
    let warnings = match operation {
        Operation::Advance => advance(rollout, context)?,
        Operation::Pause => pause(rollout)?,
        Operation::Resume => resume(rollout, context)?,
        Operation::RollBack => roll_back(rollout)?,
        Operation::Nudge => nudge(rollout, context)?,
    };
    let supersedes = context.in_doubt.as_ref().filter(|_| operation.is_safe_direction()).map(|open| open.id.clone());
    Ok(Offer { operation, supersedes, warnings })
}

fn refuse<T>(code: RefusalCode, sentence: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(code, sentence))
}

/// What does not depend on the state of the rollout. The order is the order of what an operator can do about it.
fn surroundings(operation: Operation, rollout: &Rollout, context: &Context) -> Result<(), Refusal> {
    let name = &rollout.id.name;
    if !rollout.id.is_actionable() {
        return refuse(
            RefusalCode::NameNotActionable,
            format!("the name {name} is not a name Kubernetes gives; it is shown escaped and can not be acted on"),
        );
    }
    if let Mode::ReadOnly { why } = &context.mode {
        return refuse(RefusalCode::ReadOnly, format!("this console is read-only: {why}"));
    }
    if let Rights::Denied { sentence } = &context.rights {
        return refuse(RefusalCode::NotPermitted, sentence.clone());
    }
    if let Some(why) = &context.ledger_unwritable {
        return refuse(
            RefusalCode::LedgerUnwritable,
            format!("nothing is sent unrecorded, and the ledger can not be written: {why}"),
        );
    }
    if let Some(open) = &context.in_flight {
        return refuse(
            RefusalCode::InFlight,
            format!("{} of {name} by {} is under way since {}", open.operation, open.who, open.since.format("%H:%M:%SZ")),
        );
    }
    if operation.is_safe_direction() {
        return Ok(());
    }
    if let Some(open) = &context.in_doubt {
        return refuse(
            RefusalCode::InDoubt,
            format!(
                "{} of {name} is in doubt since {}: resolve it first (cutover doubt list)",
                open.operation,
                open.since.format("%H:%M:%SZ")
            ),
        );
    }
    match &context.freshness {
        Freshness::Live => {}
        Freshness::Stale { age } => {
            return refuse(RefusalCode::NotFresh, format!("what is known of {name} is {} old", age_in_words(*age)));
        }
        Freshness::Lost { why, .. } => return refuse(RefusalCode::NotFresh, format!("{} is lost: {why}", rollout.id.source)),
        Freshness::Never => return refuse(RefusalCode::NotFresh, format!("{} was never read", rollout.id.source)),
    }
    if operation != Operation::Nudge && context.arming == Arming::Disarmed {
        return refuse(
            RefusalCode::NotArmed,
            "this environment is marked danger and not armed: arm it with a reason first (screen: X, then a; command line: --reason)",
        );
    }
    Ok(())
}

fn advance(rollout: &Rollout, context: &Context) -> Result<Vec<String>, Refusal> {
    let name = &rollout.id.name;
    if rollout.invalid {
        return refuse(RefusalCode::InvalidSpec, format!("the control plane calls {name} invalid: {}", rollout.message));
    }
    if rollout.aborted {
        return refuse(RefusalCode::Aborted, format!("{name} was rolled back; there is nothing to advance"));
    }
    if !rollout.observed || rollout.unpausing {
        return refuse(RefusalCode::Settling, format!("the controller has not caught up with {name}: {}", rollout.message));
    }
    if rollout.is_paused_by_hand() {
        return refuse(RefusalCode::ManuallyPaused, format!("{name} is paused by hand: resume it first, then advance"));
    }
    let Some(hold) = rollout.step_hold() else {
        if rollout.phase == Phase::Healthy || rollout.is_fully_promoted() {
            return refuse(RefusalCode::NothingToRelease, format!("{name} is fully promoted; nothing waits"));
        }
        return refuse(RefusalCode::NotHeld, format!("{name} moves by itself ({}); advance never skips a step", rollout.message));
    };
    if hold.release_has_no_effect {
        return refuse(
            RefusalCode::NoEffect,
            format!(
                "{name} waits for {}; the controller was measured to ignore a release here: roll back or fix the analysis",
                hold.native
            ),
        );
    }
    let mut warnings = match &context.gates {
        Gates::Pass { warnings } => warnings.clone(),
        Gates::NoPlan => vec!["no plan judges this".to_owned()],
        Gates::Fail { sentence } => return refuse(RefusalCode::GateFails, sentence.clone()),
        Gates::Undecided { sentence } => return refuse(RefusalCode::GateUndecided, sentence.clone()),
    };
    match hold.cause {
        HoldCause::TimedPause => {
            if let Some(left) = rollout.soak_left(context.now) {
                warnings.push(format!("ends the soak {} early", age_in_words(left)));
            }
        }
        HoldCause::Inconclusive => warnings.push(format!("accepts an analysis that could not decide ({})", hold.native)),
        HoldCause::StepPause
        | HoldCause::Manual
        | HoldCause::BlueGreen
        | HoldCause::Gate
        | HoldCause::Abort
        | HoldCause::Unknown => {}
    }
    Ok(warnings)
}

fn pause(rollout: &Rollout) -> Result<Vec<String>, Refusal> {
    let name = &rollout.id.name;
    if rollout.is_paused_by_hand() {
        return refuse(RefusalCode::AlreadyPaused, format!("{name} is paused by hand already"));
    }
    if rollout.aborted {
        return refuse(RefusalCode::Aborted, format!("{name} was rolled back; there is nothing to hold"));
    }
    if rollout.invalid {
        return refuse(RefusalCode::InvalidSpec, format!("the control plane calls {name} invalid and does not move it"));
    }
    if rollout.observed && rollout.phase == Phase::Healthy {
        return refuse(RefusalCode::NothingToRelease, format!("{name} is healthy; nothing is being released that could be held"));
    }
    let mut warnings = Vec::new();
    if rollout.holds.iter().any(|hold| hold.cause == HoldCause::TimedPause) {
        warnings.push("the step's own soak clock keeps running; on resume it may go on at once".to_owned());
    }
    if !rollout.analysis.is_empty() {
        warnings.push("running analyses go on and may still roll back".to_owned());
    }
    Ok(warnings)
}

fn resume(rollout: &Rollout, context: &Context) -> Result<Vec<String>, Refusal> {
    let name = &rollout.id.name;
    if !rollout.is_paused_by_hand() {
        let hint = if rollout.step_hold().is_some() { "; its step waits: that is advance" } else { "" };
        return refuse(RefusalCode::NotManuallyPaused, format!("{name} is not paused by hand{hint}"));
    }
    if !rollout.observed || rollout.unpausing {
        return refuse(RefusalCode::Settling, format!("the controller has not caught up with {name}: {}", rollout.message));
    }
    let elapsed = rollout.step_hold().and_then(|hold| hold.until).is_some_and(|until| until <= context.now);
    Ok(if elapsed { vec!["the step's soak has elapsed meanwhile: it goes on at once".to_owned()] } else { Vec::new() })
}

fn roll_back(rollout: &Rollout) -> Result<Vec<String>, Refusal> {
    let name = &rollout.id.name;
    if rollout.aborted {
        return refuse(RefusalCode::Aborted, format!("{name} is rolled back already"));
    }
    if rollout.is_fully_promoted() && rollout.observed {
        return refuse(
            RefusalCode::NothingToRelease,
            format!("{name} is fully promoted: there is no running release to take back; release the earlier version instead"),
        );
    }
    let mut warnings = Vec::new();
    if rollout.is_paused_by_hand() {
        warnings.push("it is paused by hand: pods may not move until the pause is lifted".to_owned());
    }
    if rollout.invalid {
        warnings.push("the control plane calls the spec invalid: pods may not move".to_owned());
    }
    Ok(warnings)
}

fn nudge(rollout: &Rollout, context: &Context) -> Result<Vec<String>, Refusal> {
    if context.accepted.is_none() {
        return refuse(
            RefusalCode::NothingToNudge,
            format!("no accepted change of {} waits for its controller", rollout.id.name),
        );
    }
    Ok(Vec::new())
}
