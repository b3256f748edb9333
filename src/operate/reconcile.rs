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
    /// The action was accepted, and this read ended it: what was recorded.
    pub ended: Option<(Outcome, Receipt)>,
    /// It should have ended it, and that could not be recorded: why.
    pub not_durable: Option<String>,
}

impl Engine {
    /// Reads the target of an action that is in doubt or accepted. An own *accepted* action that the read shows to be
    /// reached or contradicted ends with it: an observed record says so, and the book closes it. An action in doubt never
    /// ends by a read alone.
    ///
    /// # Errors
    /// When no such action is open, or the target can not be read.
    pub async fn read_back(&self, action: &ActionId) -> Result<Evidence, Refusal> {
        let open = self.open(action).await?;
        let mut evidence = self.look(&open).await?;
        if !open.own || open.outcome != Some(Outcome::Accepted) {
            return Ok(evidence);
        }
        let what = format!("{} of {}", open.operation, open.target);
        let (outcome, sentence) = match &evidence.read_back {
            ReadBack::Reached => {
                let now = evidence.observed.as_ref().map(|observed| standing(&observed.rollout)).unwrap_or_default();
                (Outcome::Verified, format!("{what} is verified: {now}"))
            }
            ReadBack::Contradicted(why) => (Outcome::Contradicted, format!("{what} was accepted, and then: {why}")),
            ReadBack::AcceptedOnly | ReadBack::NotVisible => return Ok(evidence),
        };
        let read_at = evidence.observed.as_ref().map_or_else(|| self.now(), |observed| observed.read_at);
        let entry = ObservedEntry { intent: open.intent, id: open.id, outcome, sentence: sentence.clone(), read_at };
        match self.record_outcome(Entry::Observed(entry)).await {
            Ok(receipt) => evidence.ended = Some((outcome, receipt)),
            Err(error) => evidence.not_durable = Some(error.to_string()),
        }
        evidence.sentence = sentence;
        Ok(evidence)
    }

    async fn look(&self, open: &OpenRecord) -> Result<Evidence, Refusal> {
        let driver = self.driver(&open.target)?;
        match driver.fetch(&open.target).await {
            Ok(observed) => {
                let read_back = judge(&open.plan, &observed.rollout);
                let now = standing(&observed.rollout);
                let sentence = match &read_back {
                    ReadBack::Reached => format!("applied: {now}"),
                    ReadBack::AcceptedOnly => format!("applied, the controller has not acted: {now}"),
                    ReadBack::NotVisible => format!("not visible: {now}"),
                    ReadBack::Contradicted(why) => format!("cannot tell, {why}: {now}"),
                };
                Ok(Evidence {
                    plan: open.plan.clone(),
                    read_back,
                    sentence,
                    observed: Some(observed),
                    ended: None,
                    not_durable: None,
                })
            }
            Err(ReadError::Gone(_)) => {
                let why = "the target is gone".to_owned();
                Ok(Evidence {
                    plan: open.plan.clone(),
                    sentence: format!("cannot tell, {why}"),
                    read_back: ReadBack::Contradicted(why),
                    observed: None,
                    ended: None,
                    not_durable: None,
                })
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
        let evidence = self.look(&open).await?;
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
