//! What people said and did, as the ledger has it: ticks, acknowledgements, notes. Nothing else stores them.

use std::time::Duration;

use super::{Timestamp, alert::AlertKey, id::TargetId, plan::PlanName, text::DisplayText};

/// Most notes that `HumanFacts` holds.
pub const MAX_NOTES: usize = 200;
/// Longest text of a person, in characters: what the ledger keeps whole (a longer string is cut there).
pub const MAX_TEXT: usize = 512;
/// Longest time that an acknowledgement stands: over a night, never for good.
pub const LONGEST_ACKNOWLEDGEMENT: Duration = Duration::from_secs(24 * 3600);
/// How long it stands when nobody says how long.
pub const ACKNOWLEDGED_FOR: Duration = Duration::from_secs(30 * 60);

/// What a person wants recorded. Level 1 of the confirmation ladder: no confirmation, because nothing in the world changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saying {
    Tick {
        plan: PlanName,
        item: PlanName,
        /// What shows it. Not empty.
        evidence: String,
    },
    Untick {
        plan: PlanName,
        item: PlanName,
        reason: Option<String>,
    },
    Acknowledge {
        alert: AlertKey,
        /// The alert's name, for whoever reads the record later.
        name: DisplayText,
        /// 1 s to `LONGEST_ACKNOWLEDGEMENT`.
        lasts: Duration,
        note: Option<String>,
    },
    Note {
        about: Option<TargetId>,
        /// Not empty.
        text: String,
    },
}

impl Saying {
    /// Whether it can be recorded as it is.
    ///
    /// # Errors
    /// What is wrong with it, for whoever typed it.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Tick { item, evidence, .. } => {
                said("evidence", evidence)?;
                if evidence.trim().is_empty() {
                    return Err(format!("{item} needs evidence: a link, the number of a ticket, a sentence"));
                }
            }
            Self::Untick { reason, .. } => said("reason", reason.as_deref().unwrap_or_default())?,
            Self::Acknowledge { name, lasts, note, .. } => {
                said("note", note.as_deref().unwrap_or_default())?;
                if *lasts < Duration::from_secs(1) || *lasts > LONGEST_ACKNOWLEDGEMENT {
                    return Err(format!("{name} can be acknowledged for 1 s to 24 h, not longer: it ends by itself"));
                }
            }
            Self::Note { text, .. } => {
                said("note", text)?;
                if text.trim().is_empty() {
                    return Err("an empty note says nothing".to_owned());
                }
            }
        }
        Ok(())
    }

    /// What it was, once it is recorded: `ticked backup-taken of athena`.
    #[must_use]
    pub fn done(&self) -> String {
        match self {
            Self::Tick { plan, item, .. } => format!("ticked {item} of {plan}"),
            Self::Untick { plan, item, .. } => format!("took back the tick of {item} of {plan}"),
            Self::Acknowledge { name, lasts, .. } => format!("acknowledged {name} for {} min", lasts.as_secs().div_ceil(60)),
            Self::Note { about: Some(about), .. } => format!("noted on {about}"),
            Self::Note { about: None, .. } => "noted".to_owned(),
        }
    }
}

fn said(what: &str, text: &str) -> Result<(), String> {
    let length = text.chars().count();
    if length > MAX_TEXT {
        return Err(format!("this {what} has {length} characters, and a record keeps {MAX_TEXT}: say it shorter, or link it"));
    }
    Ok(())
}

/// A manual item was seen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    pub plan: PlanName,
    pub item: PlanName,
    /// What shows it: a link, a number of a ticket, a sentence. Never empty.
    pub evidence: DisplayText,
    pub who: DisplayText,
    pub at: Timestamp,
}

/// "I have seen this." No effect on the world; ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    pub alert: AlertKey,
    /// The alert's name at that time.
    pub name: DisplayText,
    pub who: DisplayText,
    pub at: Timestamp,
    pub until: Timestamp,
    pub note: Option<DisplayText>,
}

/// A sentence for the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub about: Option<TargetId>,
    pub text: DisplayText,
    pub who: DisplayText,
    pub at: Timestamp,
}

/// All human facts that the readable chains hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HumanFacts {
    /// The newest tick of each item that was not taken back.
    pub ticks: Vec<Tick>,
    /// The newest of each alert; those that ended may be among them.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Newest last, at most 200.
    pub notes: Vec<Note>,
}

impl HumanFacts {
    #[must_use]
    pub fn tick(&self, plan: &PlanName, item: &PlanName) -> Option<&Tick> {
        self.ticks.iter().rev().find(|tick| tick.plan == *plan && tick.item == *item)
    }

    /// The acknowledgement of `alert` that stands at `now`.
    #[must_use]
    pub fn acknowledged(&self, alert: &AlertKey, now: Timestamp) -> Option<&Acknowledgement> {
        self.acknowledgements.iter().rev().find(|ack| ack.alert == *alert && ack.until > now)
    }
}
