//! What people said and did, as the ledger has it: ticks, acknowledgements, notes. Nothing else stores them.

use super::{Timestamp, alert::AlertKey, id::TargetId, plan::PlanName, text::DisplayText};

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
