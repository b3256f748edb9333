//! Small made-up worlds for stories, pictures and properties: rollouts, sources, proposals, records.
#![allow(dead_code, clippy::expect_used, reason = "fixtures: each test kind uses a part")]

use std::{sync::Arc, time::Duration};

use chrono::{TimeZone, Utc};
use cutover::{
    app::{
        effect::Effect,
        message::{Message, Ticket},
        state::{AppState, Opening, SourceInfo, Welcome},
        update::update,
    },
    config::settings::Environment,
    domain::{
        Timestamp,
        action::ActionId,
        change::{ChangePlan, Expectation, Point, Precondition, Request, Risk},
        confirm::{Phrase, Proposal},
        freshness::{Failure, SourceHealth},
        id::{SourceId, TargetId},
        operation::Operation,
        outcome::Outcome,
        permit::Offer,
        progress::{Progress, Report},
        rollout::{Hold, HoldCause, Phase, PodTrouble, Pods, Position, Revision, Rollout, Step, StepKind, Strategy, Weight},
        source::{SourceUpdate, Tells},
        text::DisplayText,
    },
    ledger::book::{Book, OpenRecord},
    terminal::input::{Input, Key},
};
use serde_json::json;

/// 2026-11-21 10:00:00 UTC: the moment every story begins.
pub fn start() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 21, 10, 0, 0).single().expect("a real moment")
}

pub const BOOT: Duration = Duration::from_secs(100_000);

pub fn source() -> SourceId {
    SourceId::new("k8s")
}

pub fn id(name: &str) -> TargetId {
    TargetId::new(&source(), "shop", name)
}

/// A canary at step 2 of 6 with 25 %, healthy pods, moving.
pub fn moving(name: &str) -> Rollout {
    let step = |kind: StepKind, label: &str| Step { kind, label: DisplayText::new(label) };
    Rollout {
        id: id(name),
        kind: "argo",
        strategy: Strategy::Canary,
        uid: format!("uid-{name}"),
        generation: 7,
        version: "1".to_owned(),
        phase: Phase::Progressing,
        message: DisplayText::new("more replicas need to be updated"),
        steps: vec![
            step(StepKind::Weight(25), "weight 25 %"),
            step(StepKind::Pause(None), "pause until advanced"),
            step(StepKind::Weight(50), "weight 50 %"),
            step(StepKind::Pause(Some(Duration::from_secs(60))), "pause 1m"),
            step(StepKind::Weight(75), "weight 75 %"),
            step(StepKind::Pause(None), "pause until advanced"),
        ],
        position: Some(Position { index: 1, count: 6, entered_at: Some(start() - Duration::from_secs(252)) }),
        weight: Weight { set: Some(25), actual: Some(25), verified: None },
        holds: Vec::new(),
        pods: Pods { desired: Some(4), ready: Some(4), not_ready: Some(Vec::new()) },
        revision: Some(Revision {
            number: Some(2),
            hash: DisplayText::new("5f8f5748d7"),
            images: vec![DisplayText::new("app:v2")],
        }),
        stable: Some(Revision {
            number: Some(1),
            hash: DisplayText::new("7848f77cc4"),
            images: vec![DisplayText::new("app:v1")],
        }),
        aborted: false,
        aborted_at: None,
        observed: true,
        unpausing: false,
        invalid: false,
        analysis: Vec::new(),
        owner: None,
        nudged: None,
        changed_at: Some(start() - Duration::from_secs(252)),
    }
}

/// Waits for a person at its pause step since 4m12s.
pub fn waiting(name: &str) -> Rollout {
    let hold = Hold {
        cause: HoldCause::StepPause,
        since: Some(start() - Duration::from_secs(252)),
        until: None,
        needs_person: true,
        native: DisplayText::new("CanaryPauseStep"),
        release_has_no_effect: false,
    };
    Rollout { phase: Phase::Paused, message: DisplayText::new("CanaryPauseStep"), holds: vec![hold], ..moving(name) }
}

/// Paused by hand, on top of its step's pause.
pub fn paused(name: &str) -> Rollout {
    let mut rollout = waiting(name);
    rollout.holds.push(Hold {
        cause: HoldCause::Manual,
        since: Some(start() - Duration::from_secs(60)),
        until: None,
        needs_person: true,
        native: DisplayText::new("spec.paused"),
        release_has_no_effect: false,
    });
    rollout
}

/// Fully promoted.
pub fn healthy(name: &str) -> Rollout {
    let mut rollout = moving(name);
    rollout.phase = Phase::Healthy;
    rollout.message = DisplayText::new("");
    rollout.stable = rollout.revision.clone();
    rollout.position = Some(Position { index: 6, count: 6, entered_at: None });
    rollout.weight = Weight { set: Some(100), actual: Some(100), verified: None };
    rollout
}

/// Moving, with a pod that can not pull its image.
pub fn failing(name: &str) -> Rollout {
    let mut rollout = moving(name);
    rollout.pods.ready = Some(3);
    rollout.pods.not_ready = Some(vec![PodTrouble {
        name: DisplayText::new(&format!("{name}-5f8f5748d7-x2x4z")),
        reason: DisplayText::new("ImagePullBackOff"),
        message: DisplayText::new("Back-off pulling image never-there:v2"),
        since: Some(start() - Duration::from_secs(90)),
    }]);
    rollout
}

pub fn environment(name: &str, danger: bool, read_only: bool) -> Environment {
    Environment { name: name.to_owned(), danger, read_only }
}

pub fn opening(danger: bool) -> Opening {
    Opening {
        user: "alice".to_owned(),
        host: "bastion-2".to_owned(),
        environments: vec![environment("prod-eu", danger, false)],
        sources: vec![SourceInfo {
            id: source(),
            kind: "argo",
            environment: "prod-eu".to_owned(),
            stale_after: Duration::from_secs(10),
            tells: Tells::ROLLOUTS,
        }],
        plans: Arc::new([]),
        demo: false,
        welcome: None,
        columns: 80,
        rows: 24,
        now: start(),
        since_boot: BOOT,
        bell: true,
        local: chrono::FixedOffset::east_opt(2 * 3_600).expect("an offset"),
    }
}

pub fn welcome() -> Opening {
    Opening {
        environments: Vec::new(),
        sources: Vec::new(),
        welcome: Some(Welcome {
            context: Some("kind-dev".to_owned()),
            found: vec!["KUBECONFIG has 1 context: kind-dev".to_owned()],
            config_path: "~/.config/cutover/config.toml".to_owned(),
        }),
        ..opening(false)
    }
}

/// A source that answered `age` before `since_boot`.
pub fn well(since_boot: Duration, age: Duration) -> SourceHealth {
    let at = since_boot.saturating_sub(age);
    SourceHealth {
        last_ok: Some((at, start() + at.saturating_sub(BOOT) - BOOT.saturating_sub(at))),
        latency: Some(Duration::from_millis(12)),
        failure: None,
        next_read: Some(since_boot + Duration::from_secs(2)),
        partial: Vec::new(),
    }
}

/// A source that fails since `since`.
pub fn sick(since_boot: Duration, age: Duration, since: Timestamp) -> SourceHealth {
    SourceHealth {
        failure: Some(Failure { since, why: DisplayText::new("connect timeout"), attempts: 3 }),
        ..well(since_boot, age)
    }
}

pub fn rollouts(rollouts: Vec<Rollout>) -> Message {
    let mut rollouts: Vec<Arc<Rollout>> = rollouts.into_iter().map(Arc::new).collect();
    rollouts.sort_by(|a, b| (&a.id.namespace, &a.id.name).cmp(&(&b.id.namespace, &b.id.name)));
    Message::Source(SourceUpdate::Rollouts { source: source(), rollouts: rollouts.into() })
}

pub fn health(health: SourceHealth) -> Message {
    Message::Source(SourceUpdate::Health { source: source(), health })
}

/// A plan of `operation` on `rollout`, as a driver would make it; the request is made up.
pub fn plan(operation: Operation, rollout: &Rollout) -> ChangePlan {
    let before = Point { step: rollout.position.as_ref().map(|at| at.index), weight: rollout.weight.set, phase: rollout.phase };
    let (after, expectation) = match operation {
        Operation::Advance => (
            Point { step: before.step.map(|step| step + 1), weight: rollout.next_weight(), phase: Phase::Progressing },
            Expectation::HoldReleased {
                cause: HoldCause::StepPause,
                since: rollout.step_hold().and_then(|hold| hold.since),
                step: before.step,
            },
        ),
        Operation::Pause => (Point { phase: Phase::Paused, ..before.clone() }, Expectation::ManualPause { set: true }),
        Operation::Resume => (Point { phase: Phase::Progressing, ..before.clone() }, Expectation::ManualPause { set: false }),
        Operation::RollBack => (Point { step: None, weight: Some(0), phase: Phase::Aborted }, Expectation::Aborted),
        Operation::Nudge => (before.clone(), Expectation::Touched { value: "1".to_owned() }),
    };
    ChangePlan {
        operation,
        target: rollout.id.clone(),
        uid: rollout.uid.clone(),
        revision: rollout.revision.as_ref().map(|revision| revision.hash.as_str().to_owned()),
        before,
        after,
        native: "Argo: clear pause conditions".to_owned(),
        requests: vec![Request {
            method: "PATCH".to_owned(),
            path: format!("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/{}/status", rollout.id.name),
            query: "fieldManager=cutover".to_owned(),
            content_type: "application/json-patch+json".to_owned(),
            body: json!([{ "op": "test", "path": "/status/currentStepIndex", "value": 1 }]),
        }],
        preconditions: preconditions(1),
        expectation,
        consequences: vec!["step 3 sets 50 %".to_owned()],
        warnings: Vec::new(),
        untouched: vec!["spec".to_owned()],
        risk: Risk::Medium,
        settle: operation != Operation::RollBack,
    }
}

/// Two preconditions; the step index was 1 and is `seen`.
pub fn preconditions(seen: u32) -> Vec<Precondition> {
    vec![
        Precondition { what: "uid".to_owned(), expected: json!("uid-a"), seen: json!("uid-a") },
        Precondition { what: "step index".to_owned(), expected: json!(1), seen: json!(seen) },
    ]
}

/// What `operate` would answer to `Effect::Prepare`.
pub fn proposal(operation: Operation, rollout: &Rollout, action: &str) -> Proposal {
    let plan = plan(operation, rollout);
    let phrase = Phrase::of(&plan, Some(['k', 'v']));
    Proposal {
        judged: Vec::new(),
        action: ActionId(action.to_owned()),
        offer: Offer { operation, supersedes: None, warnings: vec!["no plan judges this".to_owned()] },
        phrase,
        needs_reason: operation == Operation::RollBack,
        plan,
    }
}

/// A record in doubt of `operation` on `rollout`, `ago` before the start.
pub fn record(operation: Operation, rollout: &Rollout, action: &str, ago: Duration) -> OpenRecord {
    OpenRecord {
        id: ActionId(action.to_owned()),
        intent: 41,
        operation,
        target: rollout.id.clone(),
        plan: plan(operation, rollout),
        who: DisplayText::new("alice"),
        since: start() - ago,
        outcome: Some(Outcome::InDoubt),
        sentence: "sent, no answer within 10 s".to_owned(),
        owner_alive: false,
        own: true,
    }
}

pub fn book(in_doubt: Vec<OpenRecord>) -> Message {
    Message::Book(Arc::new(Book { in_doubt, records: 42, ..Book::default() }))
}

pub fn report(operation: Operation, rollout: &Rollout, action: &str, outcome: Outcome) -> Progress {
    Progress::Done(Box::new(Report {
        action: ActionId(action.to_owned()),
        operation,
        target: rollout.id.clone(),
        plan: Some(plan(operation, rollout)),
        outcome,
        sentence: format!("it ended {}", outcome.title()),
        refusal: None,
        requests: Vec::new(),
        read_back_at: None,
        record: None,
        outcome_not_durable: None,
    }))
}

/// A console in the middle of a story.
pub struct World {
    pub state: AppState,
    /// Effects of the last message.
    pub effects: Vec<Effect>,
}

impl World {
    pub fn new(opening: Opening) -> Self {
        Self { state: AppState::new(opening), effects: Vec::new() }
    }

    /// One live source with these rollouts.
    pub fn with(list: Vec<Rollout>) -> Self {
        let mut world = Self::new(opening(false));
        world.live();
        world.tell(rollouts(list));
        world
    }

    pub fn tell(&mut self, message: Message) -> &mut Self {
        self.effects = update(&mut self.state, message);
        self
    }

    /// The source answers now.
    pub fn live(&mut self) -> &mut Self {
        self.tell(health(well(self.state.since_boot, Duration::ZERO)))
    }

    pub fn press(&mut self, key: Key) -> &mut Self {
        self.tell(Message::Input(Input::Key(key)))
    }

    /// Types each character as a key.
    pub fn keys(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.press(Key::Char(c));
        }
        self
    }

    /// Time passes, a second at a time; the source stays live when `live`. Gathers all effects.
    pub fn wait(&mut self, seconds: u64, live: bool) -> &mut Self {
        let mut effects = Vec::new();
        for _ in 0..seconds {
            let (now, since_boot) = (self.state.now + Duration::from_secs(1), self.state.since_boot + Duration::from_secs(1));
            self.tell(Message::Clock { now, since_boot });
            effects.append(&mut self.effects);
            if live {
                self.live();
            }
        }
        self.effects = effects;
        self
    }

    /// The ticket of the form that asks to be prepared.
    pub fn ticket(&self) -> Ticket {
        self.state.form.as_ref().map(|form| form.ticket).expect("a form is open")
    }

    pub fn prepared(&mut self, proposal: Proposal) -> &mut Self {
        let ticket = self.ticket();
        self.tell(Message::Prepared { ticket, result: Ok(Box::new(proposal)) })
    }
}
