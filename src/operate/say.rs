//! Recording what people say. It sends nothing and needs no confirmation: it is in the ledger, or an error says why not.

use super::engine::Engine;
use crate::{
    domain::{confirm::Via, human::Saying, progress::Receipt},
    ledger::{
        entry::{AcknowledgeEntry, Entry, NoteEntry, TickEntry, UntickEntry},
        port::NotRecorded,
    },
};

/// Why nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSaid {
    /// As it was typed it can not be recorded.
    #[error("{0}")]
    Wrong(String),
    #[error("not recorded: {0}")]
    NotRecorded(#[from] NotRecorded),
}

impl Engine {
    /// Records what a person said. In a read-only environment, too: nothing in the world changes by it.
    ///
    /// # Errors
    /// When it is empty, too long or lasts too long, or can not be written: then it was not said.
    pub async fn say(&self, saying: &Saying, via: Via) -> Result<Receipt, NotSaid> {
        saying.check().map_err(NotSaid::Wrong)?;
        let trimmed = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let entry = match saying {
            Saying::Tick { plan, item, evidence } => Entry::Tick(TickEntry {
                plan: plan.to_string(),
                item: item.to_string(),
                evidence: evidence.trim().to_owned(),
                via,
            }),
            Saying::Untick { plan, item, reason } => {
                Entry::Untick(UntickEntry { plan: plan.to_string(), item: item.to_string(), reason: trimmed(reason), via })
            }
            Saying::Acknowledge { alert, name, lasts, note } => Entry::Acknowledge(AcknowledgeEntry {
                alert: alert.as_str().to_owned(),
                name: name.to_string(),
                until: self.now() + *lasts,
                note: trimmed(note),
                via,
            }),
            Saying::Note { about, text } => Entry::Note(NoteEntry { about: about.clone(), text: text.trim().to_owned(), via }),
        };
        Ok(self.record(entry).await?)
    }
}
