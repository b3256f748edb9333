//! A driver and a recorder that do what a test tells them, and remember in which order things happened.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use cutover::{
    backend::port::{Connection, Driver, Observed, ReadError, Review, Sent, Source, Watching},
    domain::{
        Timestamp,
        action::ActionId,
        change::{ChangePlan, Expectation, Point, Precondition, Request, Risk},
        clock::Clock,
        id::{SourceId, TargetId},
        operation::Operation,
        permit::{Mode, Refusal, Rights},
        plan::Plan,
        progress::Receipt,
        rollout::{Hold, HoldCause, Phase, Pods, Position, Revision, Rollout, Step, StepKind, Strategy, Weight},
        source::Tells,
        text::DisplayText,
    },
    ledger::{
        book::Book,
        entry::Entry,
        port::{NotRecorded, Recorder},
    },
    operate::engine::{Engine, Parts, Rules},
};

/// What happened, in order. The judge of "nothing is sent unrecorded".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Fetched,
    Recorded(&'static str),
    RecordFailed(&'static str),
    Sent,
}

#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<Event>>>);

impl Log {
    pub fn push(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }

    pub fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    pub fn sends(&self) -> usize {
        self.events().iter().filter(|event| **event == Event::Sent).count()
    }
}

#[derive(Debug)]
pub struct TestClock(pub tokio::time::Instant);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        start() + chrono::Duration::from_std(self.since_boot()).unwrap()
    }

    fn since_boot(&self) -> Duration {
        tokio::time::Instant::now() - self.0
    }
}

pub fn start() -> Timestamp {
    "2026-07-14T14:32:07Z".parse().unwrap()
}

pub fn target() -> TargetId {
    TargetId::new(&SourceId::new("k8s"), "shop", "checkout")
}

/// checkout waits at step 2 of 6, 25 %.
pub fn waiting() -> Rollout {
    let label = DisplayText::new("step");
    let step = |kind| Step { kind, label: label.clone() };
    let revision = |number, hash: &str| Revision { number: Some(number), hash: DisplayText::new(hash), images: vec![] };
    Rollout {
        id: target(),
        kind: "argo",
        strategy: Strategy::Canary,
        uid: "uid-1".into(),
        generation: 5,
        version: "100".into(),
        phase: Phase::Paused,
        message: DisplayText::new("CanaryPauseStep"),
        steps: vec![
            step(StepKind::Weight(25)),
            step(StepKind::Pause(None)),
            step(StepKind::Weight(50)),
            step(StepKind::Pause(Some(Duration::from_secs(15)))),
            step(StepKind::Weight(75)),
            step(StepKind::Pause(None)),
        ],
        position: Some(Position { index: 1, count: 6, entered_at: Some(start()) }),
        weight: Weight { set: Some(25), actual: Some(25), verified: None },
        holds: vec![hold(HoldCause::StepPause)],
        pods: Pods::default(),
        revision: Some(revision(2, "new")),
        stable: Some(revision(1, "old")),
        aborted: false,
        aborted_at: None,
        observed: true,
        unpausing: false,
        invalid: false,
        analysis: vec![],
        owner: None,
        nudged: None,
        changed_at: Some(start()),
    }
}

pub fn hold(cause: HoldCause) -> Hold {
    Hold {
        cause,
        since: Some(start()),
        until: None,
        needs_person: true,
        native: DisplayText::new("CanaryPauseStep"),
        release_has_no_effect: false,
    }
}

/// checkout after the advance: the controller went on to step 3, 50 %.
pub fn moved_on() -> Rollout {
    let mut rollout = waiting();
    rollout.version = "103".into();
    rollout.phase = Phase::Progressing;
    rollout.holds.clear();
    rollout.position = Some(Position { index: 2, count: 6, entered_at: None });
    rollout.weight.set = Some(50);
    rollout
}

/// What reads answer, one after another; the last one stands for all that follow.
pub struct FakeDriver {
    log: Log,
    reads: Mutex<VecDeque<Result<Rollout, ReadError>>>,
    /// Reads from the send on.
    after: Mutex<VecDeque<Result<Rollout, ReadError>>>,
    answer: Sent,
    pub review: Review,
    /// How long each read takes once something was sent.
    pub slow_after_send: Duration,
    /// Where it panics, once: a fault of ours.
    pub panics: Mutex<Option<Panics>>,
}

/// A place of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panics {
    /// In the engine's own read, which comes after the form's.
    Checking,
    Sending,
    ReadingBack,
}

impl FakeDriver {
    pub fn new(log: &Log, before: Vec<Result<Rollout, ReadError>>, answer: Sent, after: Vec<Result<Rollout, ReadError>>) -> Self {
        Self {
            log: log.clone(),
            reads: Mutex::new(before.into()),
            after: Mutex::new(after.into()),
            answer,
            slow_after_send: Duration::ZERO,
            panics: Mutex::default(),
            review: Review { rights: Rights::Allowed, dry_run: Ok(()), not_checked: vec![] },
        }
    }

    fn perhaps_panic(&self, here: Option<Panics>) {
        let is_here = self.panics.lock().unwrap().take_if(|panics| Some(*panics) == here).is_some();
        assert!(!is_here, "made to panic");
    }

    fn next(&self) -> Result<Rollout, ReadError> {
        let queue = if self.log.sends() > 0 && !self.after.lock().unwrap().is_empty() { &self.after } else { &self.reads };
        let mut queue = queue.lock().unwrap();
        if queue.len() > 1 { queue.pop_front().unwrap() } else { queue.front().unwrap().clone() }
    }
}

#[async_trait]
impl Driver for FakeDriver {
    async fn fetch(&self, _: &TargetId) -> Result<Observed, ReadError> {
        let before = self.log.events();
        let at = match before.iter().filter(|event| **event == Event::Fetched).count() {
            _ if self.log.sends() > 0 => Some(Panics::ReadingBack),
            0 => None,
            _ => Some(Panics::Checking),
        };
        self.perhaps_panic(at);
        self.log.push(Event::Fetched);
        if self.log.sends() > 0 {
            tokio::time::sleep(self.slow_after_send).await;
        }
        self.next().map(|rollout| Observed {
            rollout: Arc::new(rollout),
            native: Arc::new(serde_json::Value::Null),
            read_at: start(),
            received: Duration::ZERO,
        })
    }

    fn plan(&self, operation: Operation, observed: &Observed, _: &ActionId) -> Result<ChangePlan, Refusal> {
        Ok(plan_for(operation, &observed.rollout))
    }

    fn preconditions(&self, plan: &ChangePlan, now: &Observed) -> Vec<Precondition> {
        let seen = preconditions_of(&now.rollout);
        plan.preconditions
            .iter()
            .zip(seen)
            .map(|(then, now)| Precondition { what: then.what.clone(), expected: then.expected.clone(), seen: now.seen })
            .collect()
    }

    async fn review(&self, _: &ChangePlan, _: &ActionId) -> Review {
        self.review.clone()
    }

    async fn send(&self, _: &ChangePlan, _: usize, _: &ActionId) -> Sent {
        self.log.push(Event::Sent);
        self.perhaps_panic(Some(Panics::Sending));
        self.answer.clone()
    }

    async fn whoami(&self) -> Option<DisplayText> {
        Some(DisplayText::new("captain"))
    }

    fn by_hand(&self, _: &ChangePlan) -> String {
        "kubectl patch rollout checkout".into()
    }
}

fn preconditions_of(rollout: &Rollout) -> Vec<Precondition> {
    let both = |what: &str, value: serde_json::Value| Precondition { what: what.into(), expected: value.clone(), seen: value };
    vec![
        both("uid", rollout.uid.clone().into()),
        both("step index", rollout.position.as_ref().map(|position| position.index).into()),
        both("paused by hand", rollout.is_paused_by_hand().into()),
    ]
}

/// What `operation` of the waiting checkout would be.
pub fn plan(operation: Operation) -> ChangePlan {
    plan_for(operation, &waiting())
}

fn plan_for(operation: Operation, rollout: &Rollout) -> ChangePlan {
    let point = |weight| Point { step: Some(1), weight, phase: rollout.phase };
    ChangePlan {
        operation,
        target: rollout.id.clone(),
        uid: rollout.uid.clone(),
        revision: rollout.revision.as_ref().map(|revision| revision.hash.to_string()),
        before: point(Some(25)),
        after: point(if operation == Operation::Advance { Some(50) } else { Some(25) }),
        native: "Argo: clear pause conditions".into(),
        requests: vec![Request {
            method: "PATCH".into(),
            path: "/apis/x".into(),
            query: String::new(),
            content_type: "application/json-patch+json".into(),
            body: serde_json::json!([]),
        }],
        preconditions: preconditions_of(rollout),
        expectation: match operation {
            Operation::Advance | Operation::Nudge => {
                Expectation::HoldReleased { cause: HoldCause::StepPause, since: Some(start()), step: Some(1) }
            }
            Operation::Pause => Expectation::ManualPause { set: true },
            Operation::Resume => Expectation::ManualPause { set: false },
            Operation::RollBack => Expectation::Aborted,
        },
        consequences: vec![],
        warnings: vec![],
        untouched: vec![],
        risk: Risk::Medium,
        settle: operation == Operation::Advance,
    }
}

struct NoSource(SourceId);

#[async_trait]
impl Source for NoSource {
    fn id(&self) -> &SourceId {
        &self.0
    }

    fn kind(&self) -> &'static str {
        "fake"
    }

    fn tells(&self) -> Tells {
        Tells::ROLLOUTS
    }

    async fn watch(&self, _: Watching) {}

    async fn list(&self) -> Result<Vec<Arc<Rollout>>, ReadError> {
        Ok(vec![])
    }
}

/// Remembers; fails from the n-th record of a kind on when told to.
#[derive(Default)]
pub struct FakeRecorder {
    pub log: Log,
    pub entries: Mutex<Vec<Entry>>,
    pub fail: Option<&'static str>,
    pub book: Mutex<Book>,
}

fn kind(entry: &Entry) -> &'static str {
    match entry {
        Entry::Intent(_) => "intent",
        Entry::Outcome(_) => "outcome",
        Entry::Observed(_) => "observed",
        Entry::Arm { .. } => "arm",
        Entry::Deny(_) => "deny",
        Entry::Resolve(_) => "resolve",
        _ => "other",
    }
}

impl Recorder for FakeRecorder {
    fn record(&self, entry: Entry) -> Result<Receipt, NotRecorded> {
        let kind = kind(&entry);
        if self.fail == Some(kind) {
            self.log.push(Event::RecordFailed(kind));
            return Err(NotRecorded("no space left on device".into()));
        }
        self.log.push(Event::Recorded(kind));
        let mut entries = self.entries.lock().unwrap();
        entries.push(entry);
        Ok(Receipt { ledger: "alice".into(), seq: entries.len() as u64, hash: "00".into() })
    }

    fn record_outcome(&self, entry: Entry) -> Result<Receipt, NotRecorded> {
        self.record(entry)
    }

    fn book(&self) -> Result<Book, NotRecorded> {
        Ok(self.book.lock().unwrap().clone())
    }
}

/// An engine over one fake driver and one fake recorder.
pub struct Bench {
    pub engine: Engine,
    pub log: Log,
    pub recorder: Arc<FakeRecorder>,
    _locks: tempfile::TempDir,
}

pub fn bench(driver: FakeDriver, recorder: FakeRecorder, danger: bool) -> Bench {
    bench_with(driver, recorder, danger, vec![], vec![])
}

/// The same with plans, and with further sources that they ask.
pub fn bench_with(driver: FakeDriver, recorder: FakeRecorder, danger: bool, plans: Vec<Plan>, more: Vec<Connection>) -> Bench {
    let log = driver.log.clone();
    let recorder = Arc::new(FakeRecorder { log: log.clone(), ..recorder });
    let locks = tempfile::tempdir().unwrap();
    let source = SourceId::new("k8s");
    let connection = Connection { source: Arc::new(NoSource(source.clone())), driver: Some(Arc::new(driver)) };
    let mut connections = HashMap::from([(source.clone(), connection)]);
    connections.extend(more.into_iter().map(|connection| (connection.source.id().clone(), connection)));
    let engine = Engine::new(
        Parts {
            plans: plans.into_iter().map(Arc::new).collect(),
            connections,
            rules: HashMap::from([(source, Rules { environment: "prod".into(), danger, mode: Mode::ReadWrite })]),
            recorder: recorder.clone(),
            clock: Arc::new(TestClock(tokio::time::Instant::now())),
            locks: locks.path().into(),
        },
        Arc::default(),
    );
    Bench { engine, log, recorder, _locks: locks }
}
