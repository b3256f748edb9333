//! A made-up world: rollouts, a fake engine that counts what it was asked, and the two sinks.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use cutover::{
    cli::{
        self, Args, Exit,
        answer::{
            doctor::Finding,
            status::{RolloutSeen, SourceSeen, StatusInput},
        },
        port::{Engine, Follow, SeenAgain, Wanted, World},
    },
    config::{places::Surroundings, settings::Environment},
    domain::{
        Timestamp,
        action::ActionId,
        change::{ChangePlan, Expectation, Point, Precondition, Request, Risk},
        clock::Clock,
        confirm::{Confirmed, Phrase, Proposal, Via},
        freshness::{Failure, SourceHealth},
        human::Saying,
        id::{SourceId, TargetId},
        judge::ReadBack,
        operation::Operation,
        outcome::Outcome,
        permit::{Arming, Context, Mode, Offer, Refusal, RefusalCode, Rights, permit},
        plan::Plan,
        progress::{Progress, Receipt, Report, SentRequest},
        rollout::{
            Analysis, Hold, HoldCause, Owner, Phase, PodTrouble, Pods, Position, Revision, Rollout, Step, StepKind, Strategy,
            Weight,
        },
        source::Tells,
        text::DisplayText,
        verdict::Gates,
    },
    ledger::{
        Ledger, LedgerPaths,
        book::{Book, OpenRecord},
        entry::{DenyEntry, Entry, Resolution},
        port::NotRecorded,
    },
    operate::say::NotSaid,
};
use tokio::sync::mpsc;

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn now() -> Timestamp {
    at("2026-11-21T10:00:00Z")
}

pub fn text(text: &str) -> DisplayText {
    DisplayText::new(text)
}

pub fn target(name: &str) -> TargetId {
    TargetId::new(&SourceId::new("k8s"), "shop", name)
}

/// `checkout` of ux.md: a canary at step 2/6, 25 %, waiting for a person since 4m12s.
pub fn checkout() -> Rollout {
    let step = |kind, label: &str| Step { kind, label: text(label) };
    Rollout {
        id: target("checkout"),
        kind: "argo",
        strategy: Strategy::Canary,
        uid: "uid-1".into(),
        generation: 7,
        version: "881".into(),
        phase: Phase::Paused,
        message: text("CanaryPauseStep"),
        steps: vec![
            step(StepKind::Weight(25), "weight 25 %"),
            step(StepKind::Pause(None), "pause until advanced"),
            step(StepKind::Weight(50), "weight 50 %"),
            step(StepKind::Pause(Some(Duration::from_secs(60))), "pause 60s"),
            step(StepKind::Pause(None), "pause until advanced"),
            step(StepKind::Weight(100), "weight 100 %"),
        ],
        position: Some(Position { index: 1, count: 6, entered_at: Some(at("2026-11-21T09:55:48Z")) }),
        weight: Weight { set: Some(25), actual: Some(25), verified: None },
        holds: vec![Hold {
            cause: HoldCause::StepPause,
            since: Some(at("2026-11-21T09:55:48Z")),
            until: None,
            needs_person: true,
            native: text("CanaryPauseStep"),
            release_has_no_effect: false,
        }],
        pods: Pods {
            desired: Some(4),
            ready: Some(3),
            not_ready: Some(vec![PodTrouble {
                name: text("checkout-5f8f-x"),
                reason: text("ImagePullBackOff"),
                message: text("no such tag: v2"),
                since: Some(at("2026-11-21T09:58:00Z")),
            }]),
        },
        revision: Some(Revision { number: Some(2), hash: text("5f8f5748d7"), images: vec![text("app:v2")] }),
        stable: Some(Revision { number: Some(1), hash: text("7848f77cc4"), images: vec![text("app:v1")] }),
        aborted: false,
        aborted_at: None,
        observed: true,
        unpausing: false,
        invalid: false,
        analysis: vec![Analysis {
            run: text("checkout-2-1"),
            metric: text("success-rate"),
            phase: text("Running"),
            value: Some(text("0.97")),
            rule: Some(text("result >= 0.95")),
            failed: 0,
            failure_limit: Some(1),
            measured_at: Some(at("2026-11-21T09:59:50Z")),
            message: text(""),
        }],
        owner: Some(Owner { kind: "argocd", name: text("shop-app") }),
        nudged: None,
        changed_at: Some(at("2026-11-21T09:55:48Z")),
    }
}

pub fn healthy(name: &str) -> Rollout {
    let mut rollout = checkout();
    rollout.id = target(name);
    rollout.phase = Phase::Healthy;
    rollout.message = text("");
    rollout.position = Some(Position { index: 6, count: 6, entered_at: None });
    rollout.weight = Weight { set: Some(100), actual: Some(100), verified: None };
    rollout.holds.clear();
    rollout.pods = Pods { desired: Some(4), ready: Some(4), not_ready: Some(Vec::new()) };
    rollout.revision.clone_from(&rollout.stable);
    rollout.analysis.clear();
    rollout.owner = None;
    rollout
}

/// Soaks in step 4/6 with 41 s left; the step after it waits for a person.
pub fn soaking(name: &str) -> Rollout {
    let mut rollout = checkout();
    rollout.id = target(name);
    rollout.position = Some(Position { index: 3, count: 6, entered_at: None });
    rollout.weight = Weight { set: Some(50), actual: Some(50), verified: None };
    rollout.holds[0].cause = HoldCause::TimedPause;
    rollout.holds[0].since = Some(at("2026-11-21T09:59:41Z"));
    rollout.holds[0].until = Some(at("2026-11-21T10:00:41Z"));
    rollout.holds[0].needs_person = false;
    rollout.pods = Pods { desired: Some(4), ready: Some(4), not_ready: Some(Vec::new()) };
    rollout.analysis.clear();
    rollout.owner = None;
    rollout
}

pub fn live() -> SourceHealth {
    SourceHealth {
        last_ok: Some((Duration::from_millis(999_600), at("2026-11-21T09:59:59.600Z"))),
        latency: Some(Duration::from_millis(12)),
        failure: None,
        next_read: Some(Duration::from_millis(1_001_600)),
        partial: Vec::new(),
    }
}

pub fn lost() -> SourceHealth {
    SourceHealth {
        last_ok: Some((Duration::from_secs(880), at("2026-11-21T09:58:00Z"))),
        latency: None,
        failure: Some(Failure { since: at("2026-11-21T09:58:02Z"), why: text("connection refused"), attempts: 9 }),
        next_read: Some(Duration::from_secs(1004)),
        partial: Vec::new(),
    }
}

pub fn context() -> Context {
    Context {
        now: now(),
        freshness: cutover::domain::freshness::Freshness::Live,
        mode: Mode::ReadWrite,
        arming: Arming::NotNeeded,
        rights: Rights::Allowed,
        gates: Gates::NoPlan,
        in_flight: None,
        in_doubt: None,
        accepted: None,
        ledger_unwritable: None,
    }
}

/// One look that saw `rollouts` in one live source.
pub fn input(rollouts: Vec<Rollout>) -> StatusInput {
    StatusInput {
        now: now(),
        since_boot: Duration::from_secs(1000),
        environments: vec![Environment { name: "prod-eu".into(), danger: true, read_only: false }],
        sources: vec![SourceSeen {
            id: SourceId::new("k8s"),
            kind: "argo",
            environment: "prod-eu".into(),
            health: live(),
            stale_after: Duration::from_secs(10),
            tells: Tells::ROLLOUTS,
        }],
        feeds: Vec::new(),
        tables: Vec::new(),
        plans: Arc::new([]),
        assessments: Vec::new(),
        rollouts: rollouts
            .into_iter()
            .map(|rollout| RolloutSeen {
                operations: Operation::VERBS.map(|verb| (verb, permit(verb, &rollout, &context()))).to_vec(),
                rollout: Arc::new(rollout),
            })
            .collect(),
        book: Ok(Book::default()),
    }
}

pub fn plan(operation: Operation, target: &TargetId) -> ChangePlan {
    let moves = operation == Operation::Advance;
    ChangePlan {
        operation,
        target: target.clone(),
        uid: "uid-1".into(),
        revision: Some("5f8f5748d7".into()),
        before: Point { step: Some(1), weight: Some(25), phase: Phase::Paused },
        after: Point {
            step: Some(if moves { 2 } else { 1 }),
            weight: Some(if moves { 50 } else { 25 }),
            phase: if moves { Phase::Progressing } else { Phase::Paused },
        },
        native: "Argo: clear pause conditions".into(),
        requests: vec![Request {
            method: "PATCH".into(),
            path: "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout/status".into(),
            query: "fieldManager=cutover".into(),
            content_type: "application/json-patch+json".into(),
            body: serde_json::json!([{"op": "test", "path": "/metadata/uid", "value": "uid-1"}]),
        }],
        preconditions: vec![Precondition { what: "step index".into(), expected: 1.into(), seen: 1.into() }],
        expectation: Expectation::Aborted,
        consequences: vec!["half of the traffic goes to app:v2".into()],
        warnings: vec!["argocd shop-app may put it back".into()],
        untouched: Vec::new(),
        risk: Risk::Medium,
        settle: true,
    }
}

pub fn open(id: &str, operation: Operation) -> OpenRecord {
    OpenRecord {
        id: ActionId(id.into()),
        intent: 40,
        operation,
        target: target("checkout"),
        plan: plan(operation, &target("checkout")),
        who: text("alice"),
        since: at("2026-11-21T09:40:00Z"),
        outcome: Some(Outcome::InDoubt),
        sentence: "sent, and no answer within 10 s".into(),
        owner_alive: false,
        own: true,
    }
}

pub fn receipt() -> Receipt {
    Receipt { ledger: "alice".into(), seq: 42, hash: "0f".repeat(32) }
}

/// What the engine was asked to do.
#[derive(Debug, Default)]
pub struct Asked {
    pub prepared: Vec<(TargetId, Operation)>,
    /// How often all sources were read.
    pub looks: u32,
    /// How often a watch was asked for what it knows.
    pub scenes: u32,
    /// Vias and reasons of what was executed: each would have been a request.
    pub executed: Vec<(Operation, Via, Option<String>)>,
    pub denied: Vec<RefusalCode>,
    pub armed: Vec<TargetId>,
    pub resolved: Vec<(String, Resolution, Option<String>)>,
    pub said: Vec<Saying>,
    pub read_back: u32,
}

pub struct Fake {
    pub input: StatusInput,
    /// What `prepare` refuses with.
    pub refuses: Option<RefusalCode>,
    /// How `execute` ends.
    pub outcome: Outcome,
    pub not_durable: Option<String>,
    /// What each read back shows, the last one for ever.
    pub read_backs: Mutex<Vec<ReadBack>>,
    pub asked: Mutex<Asked>,
    /// What `stop` says: nothing has left.
    pub may_stop: bool,
    /// Signals that come while a change is under way, the last one first.
    pub signals: Mutex<Vec<Exit>>,
    pub hangs: Hangs,
    /// What a watch sees after `input`, one after the other; the last one for ever.
    pub later: Vec<StatusInput>,
    /// Why nothing can be recorded.
    pub unwritable: Option<String>,
    pub findings: Vec<Finding>,
}

/// Where `execute` stays until it is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangs {
    Nowhere,
    Sent,
    Answered(u16),
}

impl Fake {
    pub fn new(input: StatusInput) -> Self {
        Self {
            input,
            refuses: None,
            outcome: Outcome::Verified,
            not_durable: None,
            read_backs: Mutex::new(vec![ReadBack::AcceptedOnly]),
            asked: Mutex::default(),
            may_stop: false,
            signals: Mutex::default(),
            hangs: Hangs::Nowhere,
            later: Vec::new(),
            unwritable: None,
            findings: Vec::new(),
        }
    }

    pub fn waiting() -> Self {
        Self::new(input(vec![checkout(), healthy("cart")]))
    }

    pub fn executed(&self) -> usize {
        self.asked.lock().unwrap().executed.len()
    }
}

#[async_trait]
impl Engine for Fake {
    async fn prepare(&self, target: &TargetId, operation: Operation) -> Result<Proposal, Refusal> {
        self.asked.lock().unwrap().prepared.push((target.clone(), operation));
        if let Some(code) = self.refuses {
            return Err(Refusal::new(code, "because of the test"));
        }
        let plan = plan(operation, target);
        Ok(Proposal {
            judged: Vec::new(),
            action: ActionId("0199e0c2-0000-7000-8000-0000003f9a21".into()),
            phrase: Phrase::of(&plan, None),
            plan,
            offer: Offer { operation, supersedes: None, warnings: vec!["no plan judges this".into()] },
            needs_reason: operation == Operation::RollBack,
        })
    }

    fn stop(&self) -> bool {
        self.may_stop
    }

    fn arm(&self, target: &TargetId) {
        self.asked.lock().unwrap().armed.push(target.clone());
    }

    async fn execute(&self, confirmed: Confirmed, progress: mpsc::Sender<Progress>) -> Report {
        let plan = confirmed.plan().clone();
        let reason = confirmed.reason().map(ToOwned::to_owned);
        self.asked.lock().unwrap().executed.push((plan.operation, confirmed.via(), reason));
        progress.send(Progress::Checking).await.unwrap();
        progress.send(Progress::Sending).await.unwrap();
        if let Hangs::Answered(status) = self.hangs {
            progress.send(Progress::Answered { status }).await.unwrap();
        }
        if self.hangs != Hangs::Nowhere {
            std::future::pending::<()>().await;
        }
        let status = match self.outcome {
            Outcome::Verified | Outcome::Accepted | Outcome::Contradicted => Some(200),
            Outcome::Rejected => Some(409),
            Outcome::Refused | Outcome::NotSent | Outcome::InDoubt => None,
        };
        let sent = !matches!(self.outcome, Outcome::Refused | Outcome::NotSent);
        let refusal = (self.outcome == Outcome::Refused).then(|| Refusal::new(RefusalCode::StateMoved, "it moved"));
        Report {
            action: confirmed.action().clone(),
            operation: plan.operation,
            target: plan.target.clone(),
            outcome: self.outcome,
            sentence: format!("the fake says {}", self.outcome.title()),
            refusal,
            requests: plan.requests.iter().map(|request| SentRequest { request: request.clone(), sent, status }).collect(),
            read_back_at: (self.outcome == Outcome::Verified).then(now),
            record: Some(receipt()),
            outcome_not_durable: self.not_durable.clone(),
            plan: Some(plan),
        }
    }

    async fn say(&self, saying: &Saying) -> Result<Receipt, NotSaid> {
        saying.check().map_err(NotSaid::Wrong)?;
        if let Some(why) = &self.unwritable {
            return Err(NotRecorded(why.clone()).into());
        }
        self.asked.lock().unwrap().said.push(saying.clone());
        Ok(receipt())
    }

    async fn read_back(&self, _: &ActionId) -> Result<SeenAgain, Refusal> {
        self.asked.lock().unwrap().read_back += 1;
        let mut left = self.read_backs.lock().unwrap();
        let verdict = if left.len() > 1 { left.remove(0) } else { left[0].clone() };
        Ok(SeenAgain { verdict, now: "step 3/6, 50 %".into(), read_at: now(), record: None, not_durable: None })
    }

    async fn resolve(&self, action: &ActionId, resolution: Resolution, note: Option<String>) -> Result<Receipt, Refusal> {
        self.asked.lock().unwrap().resolved.push((action.to_string(), resolution, note));
        match self.refuses {
            Some(code) => Err(Refusal::new(code, "because of the test")),
            None => Ok(receipt()),
        }
    }

    async fn book(&self) -> Result<Book, String> {
        self.input.book.clone()
    }

    async fn deny(&self, _: Option<&ActionId>, _: Operation, _: &TargetId, refusal: &Refusal) -> Option<Receipt> {
        self.asked.lock().unwrap().denied.push(refusal.code);
        Some(receipt())
    }
}

#[async_trait]
impl World for Fake {
    fn engine(&self) -> &dyn Engine {
        self
    }

    fn sources(&self) -> Vec<SourceId> {
        self.input.sources.iter().map(|seen| seen.id.clone()).collect()
    }

    async fn interrupted(&self) -> Exit {
        let next = self.signals.lock().unwrap().pop();
        match next {
            Some(exit) => exit,
            None => std::future::pending().await,
        }
    }

    fn plans(&self) -> Arc<[Arc<Plan>]> {
        Arc::clone(&self.input.plans)
    }

    async fn look(&self, _: Wanted) -> StatusInput {
        self.asked.lock().unwrap().looks += 1;
        self.input.clone()
    }

    fn follow(&self) -> Box<dyn Follow + '_> {
        Box::new(Scenes(std::iter::once(&self.input).chain(&self.later).cloned().collect(), &self.asked))
    }

    async fn examine(&self, _: &StatusInput) -> Vec<Finding> {
        self.findings.clone()
    }
}

struct Scenes<'a>(Vec<StatusInput>, &'a Mutex<Asked>);

#[async_trait]
impl Follow for Scenes<'_> {
    async fn next(&mut self, most: Duration) -> StatusInput {
        self.1.lock().unwrap().scenes += 1;
        tokio::time::sleep(most.min(Duration::from_secs(1))).await;
        if self.0.len() > 1 { self.0.remove(0) } else { self.0[0].clone() }
    }
}

/// How a command ended and what it said.
#[derive(Debug)]
pub struct Ended {
    pub exit: Exit,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.out.lines().count(), 1, "one object on stdout: {:?}", self.out);
        assert!(self.out.starts_with("{\"schema\":1,"), "schema stands first: {}", self.out);
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Runs `cutover <line>` (words split at blanks) in `world`, with time that passes by itself.
pub fn cutover(world: &Fake, line: &str) -> Ended {
    cutover_words(world, &line.split_whitespace().collect::<Vec<_>>())
}

/// The same with words that may hold blanks.
pub fn cutover_words(world: &Fake, words: &[&str]) -> Ended {
    let args =
        Args::read(std::iter::once("cutover").chain(words.iter().copied())).unwrap_or_else(|spoken| panic!("{}", spoken.text));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = waiting().block_on(cli::run(&args, world, &mut out, &mut err));
    Ended { exit, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// Runs a command that needs no world; `home` holds configuration and state.
pub fn alone(home: &Path, line: &str) -> Ended {
    let args = typed(line);
    let around = Surroundings::made_up(Some(home), None, &[]);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = waiting().block_on(cli::run_alone(&args, &around, &[], &mut out, &mut err));
    Ended { exit: exit.unwrap(), out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

fn typed(line: &str) -> Args {
    Args::read(std::iter::once("cutover").chain(line.split_whitespace())).unwrap_or_else(|spoken| panic!("{}", spoken.text))
}

fn waiting() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// A clock that stands still.
#[derive(Debug)]
pub struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        now()
    }

    fn since_boot(&self) -> Duration {
        Duration::from_secs(1000)
    }
}

/// Opens the ledger that `alone(home, ..)` reads.
pub fn ledger(home: &Path) -> Ledger {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::set_permissions(home, std::fs::Permissions::from_mode(0o700)).unwrap();
    let dir = home.join(".local/state/cutover/ledger");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir).unwrap();
    let paths = LedgerPaths { dir, shared: None, allow_volatile: true };
    Ledger::open(paths, Arc::new(Still)).unwrap()
}

/// Records that `target` was asked for and refused.
pub fn record(ledger: &Ledger, operation: Operation) {
    let entry = DenyEntry {
        id: ActionId("0199e0c2-0000-7000-8000-0000003f9a21".into()),
        operation,
        target: target("checkout"),
        refusal: Refusal::new(RefusalCode::NotHeld, "it moves by itself"),
        via: Via::CommandLine,
    };
    ledger.append(Entry::Deny(entry)).unwrap();
}
