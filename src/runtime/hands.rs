//! Carries out effects: each in a task of its own that answers with a message. Nothing here waits on the drawing path.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc, watch},
};

use crate::{
    app::{
        alerts::Board,
        effect::{CopyJson, Effect},
        message::{Message, Ticket},
        sort::Sort,
    },
    cli::answer::status::RolloutItem,
    domain::{
        action::ActionId,
        alert::AlertFeed,
        change::ChangePlan,
        confirm::{Confirmed, LETTERS, Via},
        human::Saying,
        id::TargetId,
        operation::Operation,
        progress::Progress,
        question::Questions,
    },
    ledger::entry::Resolution,
    operate::{engine::Engine, reconcile::Evidence},
};

use super::world::World;

/// What an effect asks of the loop itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    Copy(String),
    Bell,
    Connect,
    Suspend,
    Repaint,
    Quit,
}

/// The senders and handles that effects need.
pub struct Hands {
    world: Arc<World>,
    results: mpsc::Sender<Message>,
    read_now: Vec<Arc<Notify>>,
    questions: watch::Sender<Questions>,
    letters: Arc<Letters>,
    workers: Handle,
    boards: Arc<Mutex<VecDeque<Merged>>>,
}

/// A board, and what it was made of. Held here until the loop has let go of both for long, so that it is never the loop that
/// frees tens of thousands of alerts.
#[derive(Debug)]
struct Merged {
    _feeds: Vec<Arc<AlertFeed>>,
    _board: Arc<Board>,
}

impl Hands {
    #[must_use]
    pub fn new(
        world: Arc<World>,
        results: mpsc::Sender<Message>,
        read_now: Vec<Arc<Notify>>,
        questions: watch::Sender<Questions>,
    ) -> Self {
        Self { workers: world.workers(), world, results, read_now, questions, letters: Arc::default(), boards: Arc::default() }
    }

    /// Starts what `effect` asks for. What concerns terminal and loop comes back.
    pub fn carry_out(&self, effect: Effect) -> Option<Ask> {
        match effect {
            Effect::Prepare { ticket, target, operation } => self.prepare(ticket, target, operation),
            Effect::Recheck { ticket, plan } => self.recheck(ticket, *plan),
            Effect::Execute(confirmed) => self.execute(*confirmed),
            Effect::ReadBack { action } => self.read_back(action),
            Effect::Resolve { action, resolution, note } => self.resolve(action, resolution, note),
            Effect::Arm { environment, reason } => self.arm(environment, reason),
            Effect::Say(saying) => self.say(saying),
            Effect::MergeAlerts { feeds, sort } => self.merge_alerts(feeds, sort),
            Effect::Ask(questions) => _ = self.questions.send_replace(questions),
            Effect::ReadNow => self.read_now.iter().for_each(|source| source.notify_one()),
            Effect::ReadAudit { verify } => self.read_audit(verify),
            Effect::Copy(text) => return Some(Ask::Copy(text)),
            Effect::CopyJson(seen) => return Some(Ask::Copy(as_json(&seen))),
            Effect::Bell => return Some(Ask::Bell),
            Effect::Connect => return Some(Ask::Connect),
            Effect::Suspend => return Some(Ask::Suspend),
            Effect::Repaint => return Some(Ask::Repaint),
            Effect::Quit => return Some(Ask::Quit),
        }
        None
    }

    fn parts(&self) -> (Engine, mpsc::Sender<Message>) {
        (self.world.engine.clone(), self.results.clone())
    }

    fn prepare(&self, ticket: Ticket, target: TargetId, operation: Operation) {
        let (engine, results) = self.parts();
        let letters = self.letters.next();
        self.workers.spawn(async move {
            let result = engine.prepare(&target, operation, Some(letters)).await.map(Box::new);
            say(&results, Message::Prepared { ticket, result }).await;
        });
    }

    fn recheck(&self, ticket: Ticket, plan: ChangePlan) {
        let (engine, results) = self.parts();
        self.workers.spawn(async move {
            let result = engine.recheck(&plan).await;
            say(&results, Message::Rechecked { ticket, result }).await;
        });
    }

    fn execute(&self, confirmed: Confirmed) {
        let (engine, results) = self.parts();
        let action = confirmed.action().clone();
        let (sender, mut receiver) = mpsc::channel(32);
        // Nobody holds the handle of this task: it ends when the action has ended.
        let acting = engine.clone();
        self.workers.spawn(async move { acting.execute(confirmed, sender).await });
        self.workers.spawn(async move {
            while let Some(progress) = receiver.recv().await {
                // Whoever reads that it is over may act at once: what is open must be known by then.
                if matches!(progress, Progress::Done(_))
                    && let Ok(book) = engine.book().await
                {
                    say(&results, Message::Book(Arc::new(book))).await;
                }
                say(&results, Message::Operated { action: action.clone(), progress }).await;
            }
        });
    }

    fn read_back(&self, action: ActionId) {
        let (engine, results) = self.parts();
        self.workers.spawn(async move {
            let result = match engine.read_back(&action).await {
                Ok(Evidence { ended: Some((outcome, _)), sentence, observed, .. }) => {
                    let read_at = observed.map(|observed| observed.read_at);
                    say(&results, Message::Settled { action, outcome, sentence, read_at }).await;
                    if let Ok(book) = engine.book().await {
                        say(&results, Message::Book(Arc::new(book))).await;
                    }
                    return;
                }
                Ok(evidence) => Ok(evidence.sentence),
                Err(refusal) => Err(refusal),
            };
            say(&results, Message::ReadBack { action, result }).await;
        });
    }

    fn arm(&self, environment: String, reason: String) {
        let (engine, results) = self.parts();
        self.workers.spawn(async move {
            let result = engine.arm(&environment, &reason).await;
            say(&results, Message::Armed { environment, reason, result }).await;
        });
    }

    fn say(&self, saying: Saying) {
        let (engine, results) = self.parts();
        self.workers.spawn(async move {
            let message = match engine.say(&saying, Via::Screen).await {
                Ok(receipt) => Message::Notice { text: format!("{}: record #{}", saying.done(), receipt.seq), is_error: false },
                Err(error) => Message::Notice { text: error.to_string(), is_error: true },
            };
            say(&results, message).await;
            if let Ok(book) = engine.book().await {
                say(&results, Message::Book(Arc::new(book))).await;
            }
        });
    }

    fn resolve(&self, action: ActionId, resolution: Resolution, note: Option<String>) {
        let (engine, results) = self.parts();
        self.workers.spawn(async move {
            let message = match engine.resolve(&action, resolution, note).await {
                Ok(receipt) => {
                    Message::Notice { text: format!("{} is closed: record #{}", action.short(), receipt.seq), is_error: false }
                }
                Err(refusal) => Message::Notice { text: refusal.sentence, is_error: true },
            };
            say(&results, message).await;
            if let Ok(book) = engine.book().await {
                say(&results, Message::Book(Arc::new(book))).await;
            }
        });
    }

    /// Sorting tens of thousands of alerts takes longer than a frame, so the loop does not do it.
    fn merge_alerts(&self, feeds: Vec<Arc<AlertFeed>>, sort: Sort) {
        let (results, boards) = (self.results.clone(), Arc::clone(&self.boards));
        self.workers.spawn_blocking(move || {
            // The loop asks for one at a time: it shows the newest of these, and those before are nobody's any more.
            let mut kept = boards.lock().unwrap_or_else(PoisonError::into_inner);
            let old = kept.len().saturating_sub(1);
            drop(kept.drain(..old));
            let board = Arc::new(Board::merged(&feeds, sort));
            kept.push_back(Merged { _feeds: feeds, _board: Arc::clone(&board) });
            drop(kept);
            // The loop is gone only when the program ends.
            let _ = results.blocking_send(Message::Alerts(board));
        });
    }

    fn read_audit(&self, verify: bool) {
        let (world, results) = (Arc::clone(&self.world), self.results.clone());
        self.workers.spawn_blocking(move || {
            let page = world.audit_page(verify);
            // The loop is gone only when the program ends.
            let _ = results.blocking_send(Message::AuditPage(Arc::new(page)));
        });
    }
}

async fn say(results: &mpsc::Sender<Message>, message: Message) {
    // The loop is gone only when the program ends; what matters is in the ledger by then.
    let _ = results.send(message).await;
}

/// One rollout as the contract has it: the command line's own item.
fn as_json(seen: &CopyJson) -> String {
    let item = RolloutItem::new(&seen.rollout, &seen.freshness, seen.age, &seen.operations);
    serde_json::to_string_pretty(&item).unwrap_or_default()
}

/// How many forms ago a pair of letters must have been used before it can come again.
const REMEMBERED: usize = 32;

/// Letters for forms: made up anew for each.
///
/// Never twice the same letter, so that no held key types them, and none of the last [`REMEMBERED`] pairs, so that what
/// somebody remembers of an earlier form confirms nothing.
#[derive(Debug, Default)]
struct Letters(Mutex<VecDeque<[char; 2]>>);

impl Letters {
    fn next(&self) -> [char; 2] {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let letter = || fastrand::choice(LETTERS).map_or('k', |byte| char::from(*byte));
        // There are 506 pairs, so this ends soon.
        let pair = loop {
            let pair = [letter(), letter()];
            if pair[0] != pair[1] && !used.contains(&pair) {
                break pair;
            }
        };
        used.push_back(pair);
        if used.len() > REMEMBERED {
            used.pop_front();
        }
        pair
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_differ_from_each_other_and_from_the_last_forms() {
        let letters = Letters::default();
        let pairs: Vec<_> = (0..5_000).map(|_| letters.next()).collect();
        assert!(pairs.iter().all(|[a, b]| a != b));
        assert!(pairs.windows(REMEMBERED + 1).all(|seen| !seen.split_last().is_some_and(|(last, before)| before.contains(last))));
    }
}
