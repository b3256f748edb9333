//! From a proposal to a confirmed change. `Confirmed` can be made only here, so an unconfirmed change does not compile.

use super::{action::ActionId, change::ChangePlan, evidence::Judged, operation::Operation, permit::Offer};

/// What has to be typed. Only somebody who saw the painted form knows `letters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The new state: the next weight, the rollout's name, or the verb.
    stem: String,
    /// Two letters made up when the form was painted; `None` for level 2 and for scripts.
    letters: Option<[char; 2]>,
}

/// Letters for phrases: none that look like another or like a digit.
pub const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz";

impl Phrase {
    /// The phrase of `plan`. `letters` are ignored below level 3.
    #[must_use]
    pub fn of(plan: &ChangePlan, letters: Option<[char; 2]>) -> Self {
        let stem = match plan.operation {
            Operation::Pause | Operation::Nudge => plan.operation.word().to_owned(),
            Operation::RollBack => plan.target.name.raw().to_owned(),
            Operation::Advance | Operation::Resume => match (plan.before.weight, plan.after.weight) {
                (before, Some(after)) if before != Some(after) => after.to_string(),
                _ => plan.target.name.raw().to_owned(),
            },
        };
        Self { stem, letters: letters.filter(|_| plan.operation.level() >= 3) }
    }

    /// Exactly what has to be typed, e.g. `50-kv`.
    #[must_use]
    pub fn text(&self) -> String {
        match self.letters {
            Some([a, b]) => format!("{}-{a}{b}", self.stem),
            None => self.stem.clone(),
        }
    }

    /// The part that scripts pass as `--confirm`.
    #[must_use]
    pub fn stem(&self) -> &str {
        &self.stem
    }
}

/// How a change was confirmed; written into the intent record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Typed into a form, with letters where the level asks for them.
    Screen,
    /// `--confirm` or `--yes` on the command line.
    CommandLine,
}

/// A change that may be confirmed: what would be sent, and what has to be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub action: ActionId,
    pub plan: ChangePlan,
    pub offer: Offer,
    pub phrase: Phrase,
    /// A reason is required (roll back, ux.md 3.5).
    pub needs_reason: bool,
    /// What the release plan said when this was proposed; empty where none judges.
    pub judged: Vec<Judged>,
}

/// Why a confirmation was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotConfirmed {
    #[error("type {expected} to confirm")]
    WrongPhrase { expected: String },
    #[error("a reason is required")]
    ReasonMissing,
}

impl Proposal {
    /// The only way to a `Confirmed`.
    ///
    /// # Errors
    /// When the typed text is not exactly the phrase, or a required reason is blank.
    pub fn confirm(&self, typed: &str, reason: &str, via: Via) -> Result<Confirmed, NotConfirmed> {
        if typed != self.phrase.text() {
            return Err(NotConfirmed::WrongPhrase { expected: self.phrase.text() });
        }
        let reason = reason.trim();
        if self.needs_reason && reason.is_empty() {
            return Err(NotConfirmed::ReasonMissing);
        }
        Ok(Confirmed {
            action: self.action.clone(),
            plan: self.plan.clone(),
            supersedes: self.offer.supersedes.clone(),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            via,
            judged: self.judged.clone(),
        })
    }
}

/// A change that a person confirmed. `operate` takes nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    action: ActionId,
    plan: ChangePlan,
    supersedes: Option<ActionId>,
    reason: Option<String>,
    via: Via,
    judged: Vec<Judged>,
}

impl Confirmed {
    #[must_use]
    pub fn action(&self) -> &ActionId {
        &self.action
    }

    #[must_use]
    pub fn plan(&self) -> &ChangePlan {
        &self.plan
    }

    #[must_use]
    pub fn supersedes(&self) -> Option<&ActionId> {
        self.supersedes.as_ref()
    }

    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    #[must_use]
    pub fn via(&self) -> Via {
        self.via
    }

    /// What the release plan said when this was proposed.
    #[must_use]
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }
}
