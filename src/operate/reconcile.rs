//! Actions in doubt: read the target, say what the read shows, and let a person close them. Never closed by the console
//! alone, never sent again (ux.md 3.6).

use crate::{
    backend::port::{Observed, ReadError},
    domain::{
        action::ActionId,
        change::ChangePlan,
        judge::{ReadBack, judge},
        outcome::Outcome,
        permit::{Refusal, RefusalCode},
        progress::Receipt,
    },
    ledger::{
        book::OpenRecord,
        entry::{Entry, ObservedEntry, Resolution, ResolveEntry},
    },
};

use super::{
    engine::{Engine, unread},
    read_back::standing,
};

/// What a read of the target of an open action shows.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub plan: ChangePlan,
    pub read_back: ReadBack,
    /// In words, for the record and for people.
    pub sentence: String,
    /// `None` when the target is gone.
    pub observed: Option<Observed>,
}

impl Engine {
    /// Reads the target of an action that is in doubt or accepted. An accepted one of ours that the read settles is recorded
    /// as what it came to: nobody else does once the 30 s of its own read-back are over, and it would stay open for ever.
    ///
    /// # Errors
    /// When no such action is open, or the target can not be read.
    pub async fn read_back(&self, action: &ActionId) -> Result<Evidence, Refusal> {
        let open = self.open(action).await?;
        let evidence = self.evidence(&open).await?;
        let outcome = match evidence.read_back {
            ReadBack::Reached => Outcome::Verified,
            ReadBack::Contradicted(_) => Outcome::Contradicted,
            ReadBack::AcceptedOnly | ReadBack::NotVisible => Outcome::Accepted,
        };
        if open.own && open.outcome == Some(Outcome::Accepted) && outcome != Outcome::Accepted {
            let read_at = evidence.observed.as_ref().map_or_else(|| self.now(), |observed| observed.read_at);
            let sentence = format!("read back later: {}", evidence.sentence);
            let entry = ObservedEntry { intent: open.intent, id: action.clone(), outcome, sentence, read_at };
            if let Err(error) = self.record_outcome(Entry::Observed(entry)).await {
                tracing::warn!(%error, "an accepted action that came to its end stays open in the ledger");
            }
        }
        Ok(evidence)
    }

    async fn evidence(&self, open: &OpenRecord) -> Result<Evidence, Refusal> {
        let driver = self.driver(&open.target)?;
        let plan = open.plan.clone();
        match driver.fetch(&open.target).await {
            Ok(observed) => {
                let read_back = judge(&plan, &observed.rollout);
                let now = standing(&observed.rollout);
                let sentence = match &read_back {
                    ReadBack::Reached => format!("applied: {now}"),
                    ReadBack::AcceptedOnly => format!("applied, the controller has not acted: {now}"),
                    ReadBack::NotVisible => format!("not visible: {now}"),
                    ReadBack::Contradicted(why) => format!("cannot tell, {why}: {now}"),
                };
                Ok(Evidence { plan, read_back, sentence, observed: Some(observed) })
            }
            Err(ReadError::Gone(_)) => {
                let why = "the target is gone".to_owned();
                let sentence = format!("cannot tell, {why}");
                Ok(Evidence { plan, sentence, read_back: ReadBack::Contradicted(why), observed: None })
            }
            Err(error) => Err(unread(&open.target, &error)),
        }
    }

    /// Closes an action in doubt as a person judges it, if a read just now does not speak against it.
    ///
    /// # Errors
    /// When the read says otherwise, the target can not be read, or the record can not be made durable.
    pub async fn resolve(&self, action: &ActionId, resolution: Resolution, note: Option<String>) -> Result<Receipt, Refusal> {
        let open = self.open(action).await?;
        let evidence = self.evidence(&open).await?;
        let fits = match (&evidence.read_back, resolution) {
            (ReadBack::Reached | ReadBack::AcceptedOnly, Resolution::Applied)
            | (ReadBack::NotVisible, Resolution::NotApplied) => true,
            // Nobody can tell any more: a person decides, and says why.
            (ReadBack::Contradicted(_), Resolution::Applied | Resolution::NotApplied) => {
                note.as_deref().is_some_and(|note| !note.trim().is_empty())
            }
            _ => false,
        };
        if !fits {
            let hint =
                if matches!(evidence.read_back, ReadBack::Contradicted(_)) { "; a note is required to close it" } else { "" };
            return Err(Refusal::new(
                RefusalCode::StateMoved,
                format!("the read-back says {}{hint}; it stays in doubt", evidence.sentence),
            ));
        }
        let entry = ResolveEntry { intent: open.intent, id: action.clone(), resolution, evidence: evidence.sentence, note };
        self.record(Entry::Resolve(entry)).await.map_err(|error| {
            Refusal::new(RefusalCode::LedgerUnwritable, format!("it stays in doubt: the ledger can not be written ({error})"))
        })
    }

    async fn open(&self, action: &ActionId) -> Result<OpenRecord, Refusal> {
        let book = self.book().await.map_err(|error| Refusal::new(RefusalCode::LedgerUnwritable, error.to_string()))?;
        book.in_doubt.into_iter().chain(book.accepted).find(|open| open.id == *action).ok_or_else(|| {
            Refusal::new(RefusalCode::Gone, format!("no action {action} is in doubt or accepted: see `cutover doubt list`"))
        })
    }
}
