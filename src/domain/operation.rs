//! The verbs that change the world. Each means one thing everywhere (ux.md 3.3).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A change that a person can ask for. No wildcard arms: the compiler lists the places a new one touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Release the hold of the current step. Never skips a step.
    Advance,
    /// Hold here, change nothing else.
    Pause,
    /// Lift a pause that a person set.
    Resume,
    /// Go back to the stable version.
    #[serde(rename = "rollback")]
    RollBack,
    /// Touch the object so that its controller looks at an accepted change again. Changes nothing else.
    Nudge,
}

impl Operation {
    pub const ALL: [Self; 5] = [Self::Advance, Self::Pause, Self::Resume, Self::RollBack, Self::Nudge];
    /// The verbs offered on every rollout. `Nudge` is offered only after a change that was accepted and not acted on.
    pub const VERBS: [Self; 4] = [Self::Advance, Self::Pause, Self::Resume, Self::RollBack];

    /// The word in the ledger, in JSON and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Advance => "advance",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::RollBack => "rollback",
            Self::Nudge => "nudge",
        }
    }

    /// The words people read.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Advance => "advance",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::RollBack => "roll back",
            Self::Nudge => "nudge",
        }
    }

    /// Confirmation level (ux.md 3.5): 2 = the verb is typed; 3 = the new state and two letters made up for this form.
    #[must_use]
    pub fn level(self) -> u8 {
        match self {
            Self::Pause | Self::Nudge => 2,
            Self::Advance | Self::Resume | Self::RollBack => 3,
        }
    }

    /// The safe direction: never gated, never needs arming (architecture.md section 10).
    #[must_use]
    pub fn is_safe_direction(self) -> bool {
        match self {
            Self::Pause | Self::RollBack => true,
            Self::Advance | Self::Resume | Self::Nudge => false,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}
