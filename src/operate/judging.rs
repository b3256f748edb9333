//! The plan's word at the moment of an advance: the sources that the plan asks are read afresh, all at once, and what they
//! say goes to `permit` and into the intent record. Pause and roll back never come here.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use sha2::{Digest, Sha256};

use crate::{
    backend::port::ReadError,
    domain::{
        alert::AlertFeed,
        assess::{self, Facts, Readings, SourceFacts},
        counted::CountedTable,
        evidence::{Assessment, Judged},
        freshness::Freshness,
        human::HumanFacts,
        id::SourceId,
        operation::Operation,
        permit::{Refusal, RefusalCode},
        question::Question,
        rollout::Rollout,
        source::SourceUpdate,
        text::DisplayText,
        verdict::Gates,
    },
    ledger::{
        book::Book,
        entry::{Intent, JudgedEntry},
        record::hex,
    },
};

use super::engine::Engine;

/// Longest time that one source may take for its fresh answer; what has not answered by then is unknown.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of an intent record that the evidence may take: the record as a whole has 16 KiB.
const MAX_EVIDENCE: usize = 6 * 1024;
/// Most characters of one text in the evidence.
const MAX_TEXT: usize = 160;

/// What one source said just now.
#[derive(Debug)]
struct Told {
    freshness: Freshness,
    /// Of what it told: a source may answer from its last round.
    age: Option<Duration>,
    readings: Readings,
    alerts: Option<Arc<AlertFeed>>,
    tenants: Option<Arc<CountedTable>>,
}

/// Everything that the plan's sources said just now.
#[derive(Debug, Default)]
pub(super) struct Heard {
    sources: HashMap<SourceId, Told>,
    human: HumanFacts,
    passages: Vec<assess::Passage>,
}

impl Engine {
    /// Reads what the plan of `rollout` rests on, when `operation` is one that a plan judges.
    pub(super) async fn hear(&self, operation: Operation, rollout: &Rollout) -> Heard {
        let plans = &self.0.parts.plans;
        let Some((plan, _)) = assess::plan_of(plans, &rollout.id).filter(|_| operation == Operation::Advance) else {
            return Heard::default();
        };
        // A book that cannot be read refuses the advance by itself; here it only means that nothing was ticked.
        let Book { human, passages, .. } = self.book().await.unwrap_or_default();
        let standing = assess::standing(plan, rollout, &passages, self.now());
        let questions: Vec<Arc<Question>> =
            assess::questions(plan, rollout, standing.as_ref(), self.now()).into_iter().map(Arc::new).collect();
        let wanted: BTreeSet<SourceId> = assess::sources(plan, rollout, standing.as_ref());
        let told = join_all(wanted.into_iter().map(|source| self.ask(source, &questions))).await;
        Heard { sources: told.into_iter().collect(), human, passages }
    }

    async fn ask(&self, source: SourceId, questions: &[Arc<Question>]) -> (SourceId, Told) {
        let own: Vec<Arc<Question>> = questions.iter().filter(|question| question.source == source).cloned().collect();
        let updates = match self.0.parts.connections.get(&source) {
            None => Err(DisplayText::new("it is not configured")),
            Some(connection) => match tokio::time::timeout(PATIENCE, connection.source.read(&own)).await {
                Ok(Ok(updates)) => Ok(updates),
                Ok(Err(error)) => Err(why(&error)),
                Err(_) => Err(DisplayText::new(&format!("no answer within {} s", PATIENCE.as_secs()))),
            },
        };
        let age = Some(Duration::ZERO);
        let mut told = Told { freshness: Freshness::Live, age, readings: Readings::new(), alerts: None, tenants: None };
        match updates {
            Err(why) => (told.freshness, told.age) = (Freshness::Lost { since: self.now(), why }, None),
            Ok(updates) => updates.into_iter().for_each(|update| take(&mut told, &source, update, self.since_boot())),
        }
        (source, told)
    }

    /// What the plans say of `rollout` from what was heard.
    pub(super) fn assess(&self, rollout: &Rollout, heard: &Heard) -> Option<Assessment> {
        let sources = heard.sources.iter().map(|(id, told)| {
            let facts = SourceFacts {
                freshness: told.freshness.clone(),
                age: told.age,
                readings: &told.readings,
                alerts: told.alerts.as_deref(),
                tenants: told.tenants.as_deref(),
            };
            (id.clone(), facts)
        });
        let facts = Facts {
            now: self.now(),
            since_boot: self.since_boot(),
            sources: sources.collect(),
            human: &heard.human,
            passages: &heard.passages,
        };
        assess::judge(&self.0.parts.plans, rollout, &facts)
    }

    /// What `permit` is asked with for `operation`, and what was found.
    pub(super) fn gates(&self, operation: Operation, rollout: &Rollout, heard: &Heard) -> (Gates, Vec<Judged>) {
        if operation != Operation::Advance {
            return (Gates::NoPlan, Vec::new());
        }
        match self.assess(rollout, heard) {
            Some(assessment) => (assessment.advance_at(self.now()), assessment.judged()),
            None => (Gates::NoPlan, Vec::new()),
        }
    }
}

fn take(told: &mut Told, source: &SourceId, update: SourceUpdate, since_boot: Duration) {
    match update {
        SourceUpdate::Readings { source: of, readings } if of == *source => {
            told.readings.extend(readings.iter().map(|reading| (Arc::clone(&reading.question), Arc::clone(reading))));
        }
        SourceUpdate::Alerts(feed) if feed.source == *source => told.alerts = Some(feed),
        SourceUpdate::Tenants(table) if table.source == *source => told.tenants = Some(table),
        SourceUpdate::Health { source: of, health } if of == *source => {
            told.age = health.age(since_boot);
            if let Some(failure) = health.failure {
                told.freshness = Freshness::Lost { since: failure.since, why: failure.why };
            }
        }
        SourceUpdate::Readings { .. }
        | SourceUpdate::Alerts(_)
        | SourceUpdate::Tenants(_)
        | SourceUpdate::Health { .. }
        | SourceUpdate::Rollouts { .. } => {}
    }
}

fn why(error: &ReadError) -> DisplayText {
    match error {
        ReadError::Gone(_) => DisplayText::new("gone"),
        ReadError::Forbidden(why) | ReadError::Unreachable(why) | ReadError::Malformed(why) => why.clone(),
    }
}

/// What is judged in another way than when the form was read: whoever confirmed that did not confirm this.
pub(super) fn judged_otherwise(then: &[Judged], now: &[Judged]) -> Option<Refusal> {
    let find = |list: &[Judged], wanted: &Judged| -> Option<Judged> {
        list.iter().find(|judged| judged.kind == wanted.kind && judged.id == wanted.id).cloned()
    };
    let word = |judged: Option<&Judged>| judged.map_or("not there", |judged| judged.verdict.word());
    let mut changed: Vec<String> = Vec::new();
    for judged in then.iter().chain(now.iter().filter(|judged| find(then, judged).is_none())) {
        let (before, after) = (find(then, judged), find(now, judged));
        if before.as_ref().map(|it| it.verdict) != after.as_ref().map(|it| it.verdict) {
            changed.push(format!("{} was {}, now {} ({})", judged.id, word(before.as_ref()), word(after.as_ref()), judged.place));
        }
    }
    let sentence = format!("what the plan says changed since the form was read: {}", changed.join("; "));
    (!changed.is_empty()).then(|| Refusal::new(RefusalCode::StateMoved, sentence))
}

/// Puts the evidence into the record, as much of it as the record can bear.
pub(super) fn write(judged: &[Judged], intent: &mut Intent) {
    let mut room = MAX_EVIDENCE;
    for (index, one) in judged.iter().enumerate() {
        let entry = entry(one);
        // Counted as the ledger writes it: everything that is not ASCII is six bytes or twelve.
        let size = serde_json::to_string(&entry).map_or(usize::MAX, |text| text.chars().map(ascii_length).sum());
        let Some(left) = room.checked_sub(size) else {
            intent.judged_left_out = u32::try_from(judged.len() - index).unwrap_or(u32::MAX);
            return;
        };
        room = left;
        intent.judged.push(entry);
    }
}

fn ascii_length(character: char) -> usize {
    if character.is_ascii() { 1 } else { character.len_utf16() * 6 }
}

fn entry(judged: &Judged) -> JudgedEntry {
    let short = |text: &str| text.chars().take(MAX_TEXT).collect::<String>();
    JudgedEntry {
        kind: judged.kind,
        id: judged.id.clone(),
        verdict: judged.verdict,
        value: judged.value.as_deref().map(short),
        rule: short(&judged.rule),
        age_ms: judged.age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
        place: short(&judged.place),
        query_sha256: (!judged.query.is_empty()).then(|| hex(&Sha256::digest(judged.query.as_bytes()))),
    }
}
