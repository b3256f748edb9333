//! The fold of one chain: which actions are open. Folds of several chains make a `Book`.

use std::collections::BTreeMap;

use super::{
    book::{Book, OpenRecord},
    entry::{Entry, ObservedEntry, OutcomeEntry},
    human::{self, Said},
    owner,
    past::{self, Past},
    record::Record,
    scan::Light,
};
use crate::domain::{Timestamp, action::ActionId, outcome::Outcome, text::DisplayText};

/// One open action and the process that owns it.
#[derive(Clone, Debug)]
struct Open {
    record: OpenRecord,
    boot: String,
    pid: u32,
    start: u64,
}

/// What a later record says about an action.
#[derive(Clone, Debug)]
enum Word {
    Outcome(Outcome, String),
    /// What a read showed, and when.
    Observed(Outcome, String, Timestamp),
    Resolved,
}

/// What the records of one chain say so far.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    open: BTreeMap<ActionId, Open>,
    /// Words about actions of other chains (an outcome in the fallback chain, another user's resolution).
    loose: Vec<(ActionId, Word)>,
    pub(super) said: Said,
    pub(super) past: Past,
}

impl Fold {
    /// Takes one record of the chain. `line` is its text without line feed.
    pub fn take(&mut self, light: &Light<'_>, line: &[u8]) {
        if !matches!(light.kind.as_ref(), "intent" | "outcome" | "observed" | "resolve") && !human::is_human(&light.kind) {
            return;
        }
        // A record of ours always reads. One that does not is another version's; its chain is intact all the same.
        if let Ok(record) = serde_json::from_slice::<Record>(line) {
            self.apply(record);
        }
    }

    /// Takes one whole record.
    pub fn apply(&mut self, record: Record) {
        let Record { seq, ts, entry, boot, actor, .. } = record;
        match entry {
            Entry::Intent(intent) => {
                let who = format!("{}{}", actor.user, actor.tty.map(|t| format!(" on {t}")).unwrap_or_default());
                let record = OpenRecord {
                    id: intent.id.clone(),
                    intent: seq,
                    operation: intent.operation,
                    target: intent.target,
                    plan: intent.plan,
                    who: DisplayText::new(&who),
                    since: ts,
                    outcome: None,
                    sentence: String::new(),
                    owner_alive: false,
                    own: false,
                };
                self.open.insert(intent.id, Open { record, boot, pid: actor.pid, start: actor.start });
            }
            Entry::Outcome(OutcomeEntry { id, outcome, sentence, .. }) => self.hear(id, Word::Outcome(outcome, sentence)),
            Entry::Observed(ObservedEntry { id, outcome, sentence, read_at, .. }) => {
                self.hear(id, Word::Observed(outcome, sentence, read_at));
            }
            Entry::Resolve(resolve) => self.hear(resolve.id, Word::Resolved),
            Entry::Tick(entry) => self.said.tick(&entry, ts),
            Entry::Untick(entry) => self.said.untick(&entry, ts),
            Entry::Acknowledge(entry) => self.said.acknowledge(entry, ts),
            Entry::Note(entry) => self.said.note(entry, ts),
            Entry::SessionOpen { .. }
            | Entry::Deny(_)
            | Entry::SessionClose { .. }
            | Entry::Arm { .. }
            | Entry::Torn { .. }
            | Entry::Gap { .. }
            | Entry::Seal { .. }
            | Entry::OpenSegment { .. }
            | Entry::Clock { .. } => {}
        }
    }

    fn hear(&mut self, id: ActionId, word: Word) {
        match self.open.get_mut(&id) {
            Some(open) => {
                if let Word::Observed(Outcome::Verified, _, at) = &word
                    && open.record.outcome != Some(Outcome::InDoubt)
                {
                    self.past.verified(&open.record, *at);
                }
                if ends(&mut open.record, &word) {
                    self.open.remove(&id);
                }
            }
            None => self.loose.push((id, word)),
        }
    }
}

/// Applies `word`; true when the action is over. An action in doubt ends only by a resolution: whatever the read-back
/// shows, a person or a proof has to say so in a record of its own.
fn ends(open: &mut OpenRecord, word: &Word) -> bool {
    let (outcome, sentence) = match word {
        Word::Resolved => return true,
        Word::Observed(outcome, sentence, _) => {
            if open.outcome == Some(Outcome::InDoubt) {
                sentence.clone_into(&mut open.sentence);
                return false;
            }
            (*outcome, sentence)
        }
        Word::Outcome(outcome, sentence) => (*outcome, sentence),
    };
    match outcome {
        Outcome::Accepted | Outcome::InDoubt => {
            open.outcome = Some(outcome);
            sentence.clone_into(&mut open.sentence);
            false
        }
        Outcome::Verified | Outcome::Rejected | Outcome::Refused | Outcome::NotSent | Outcome::Contradicted => true,
    }
}

/// One chain's fold and whose chain it is.
pub(super) struct Part<'a> {
    pub fold: &'a Fold,
    pub own: bool,
    /// Whose chain it is.
    pub user: String,
}

/// Everything that is open in all chains. Other users may resolve an action of ours, and nothing more.
pub(super) fn book(parts: &[Part<'_>]) -> Book {
    let mut book = Book { human: human::facts(parts), passages: past::passages(parts), ..Book::default() };
    for part in parts {
        for (id, open) in &part.fold.open {
            let mut record = open.record.clone();
            let over = parts.iter().any(|other| {
                other.fold.loose.iter().any(|(about, word)| {
                    about == id && ((part.own && other.own) || matches!(word, Word::Resolved)) && ends(&mut record, word)
                })
            });
            if over {
                continue;
            }
            record.own = part.own;
            record.owner_alive = owner::is_alive(&open.boot, open.pid, open.start);
            match (record.outcome, record.owner_alive) {
                (Some(Outcome::Accepted), _) => book.accepted.push(record),
                (None, true) => book.in_flight.push(record),
                _ => book.in_doubt.push(record),
            }
        }
    }
    for list in [&mut book.in_flight, &mut book.in_doubt, &mut book.accepted] {
        list.sort_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id)));
    }
    book
}
