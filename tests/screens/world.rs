//! A small world of rollouts, told to the state by messages as the loop does: every moment is reached, none is set.

use std::{sync::Arc, time::Duration};

use chrono::TimeZone;
use cutover::{
    app::{
        message::Message,
        state::{AppState, Armed, Opening, SourceInfo, Welcome},
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
        rollout::{
            Analysis, Hold, HoldCause, Owner, Phase, PodTrouble, Pods, Position, Revision, Rollout, Step, StepKind, Strategy,
            Weight,
        },
        source::{SourceUpdate, Tells},
        text::DisplayText,
    },
    ledger::book::{AuditPage, AuditRow, Book, OpenRecord},
    terminal::input::{Input, Key},
};

pub const BOOT: Duration = Duration::from_secs(100_000);

pub fn now() -> Timestamp {
    chrono::Utc.with_ymd_and_hms(2026, 7, 14, 14, 32, 7).unwrap()
}

pub fn ago(seconds: i64) -> Timestamp {
    now() - chrono::Duration::seconds(seconds)
}

pub fn shown(text: &str) -> DisplayText {
    DisplayText::new(text)
}

pub fn source() -> SourceId {
    SourceId::new("k8s-eu")
}

pub fn target(namespace: &str, name: &str) -> TargetId {
    TargetId::new(&source(), namespace, name)
}

fn steps() -> Vec<Step> {
    let step = |kind, label: &str| Step { kind, label: shown(label) };
    vec![
        step(StepKind::Weight(25), "weight 25 %"),
        step(StepKind::Pause(None), "pause until advanced"),
        step(StepKind::Weight(50), "weight 50 %"),
        step(StepKind::Pause(Some(Duration::from_secs(600))), "pause 10m"),
        step(StepKind::Analysis, "analysis success-rate"),
        step(StepKind::Weight(100), "weight 100 %"),
    ]
}

fn revision(number: u64, hash: &str, image: &str) -> Revision {
    Revision { number: Some(number), hash: shown(hash), images: vec![shown(image)] }
}

pub fn rollout(namespace: &str, name: &str) -> Rollout {
    Rollout {
        id: target(namespace, name),
        kind: "argo",
        strategy: Strategy::Canary,
        uid: format!("0b7c1c9e-{name}"),
        generation: 4,
        version: "1182".to_owned(),
        phase: Phase::Healthy,
        message: shown(""),
        steps: steps(),
        position: Some(Position { index: 6, count: 6, entered_at: None }),
        weight: Weight { set: Some(100), actual: Some(100), verified: None },
        holds: Vec::new(),
        pods: Pods { desired: Some(4), ready: Some(4), not_ready: Some(Vec::new()) },
        revision: Some(revision(1, "7848f77cc4", "registry.example.com/shop/app:v1")),
        stable: Some(revision(1, "7848f77cc4", "registry.example.com/shop/app:v1")),
        aborted: false,
        aborted_at: None,
        observed: true,
        unpausing: false,
        invalid: false,
        analysis: Vec::new(),
        owner: None,
        nudged: None,
        changed_at: Some(ago(90_000)),
    }
}

fn releasing(namespace: &str, name: &str, index: u32, weight: u32) -> Rollout {
    Rollout {
        phase: Phase::Progressing,
        message: shown("more replicas need to be updated"),
        position: Some(Position { index, count: 6, entered_at: Some(ago(252)) }),
        weight: Weight { set: Some(weight), actual: Some(weight), verified: None },
        revision: Some(revision(2, "5f8f5748d7", "registry.example.com/shop/app:v2")),
        nudged: None,
        changed_at: Some(ago(252)),
        ..rollout(namespace, name)
    }
}

fn hold(cause: HoldCause, since: i64, until: Option<i64>, needs_person: bool, native: &str) -> Hold {
    Hold {
        cause,
        since: Some(ago(since)),
        until: until.map(|left| ago(-left)),
        needs_person,
        native: shown(native),
        release_has_no_effect: false,
    }
}

#[allow(clippy::too_many_lines, reason = "a list")]
/// Nine rollouts, one for each thing that can be the matter.
pub fn nine() -> Vec<Rollout> {
    let mut checkout = releasing("shop", "checkout", 1, 25);
    checkout.phase = Phase::Paused;
    checkout.message = shown("CanaryPauseStep");
    checkout.holds = vec![hold(HoldCause::StepPause, 252, None, true, "CanaryPauseStep")];
    checkout.analysis = vec![
        Analysis {
            run: shown("checkout-2-success"),
            metric: shown("success-rate"),
            phase: shown("Successful"),
            value: Some(shown("0.998")),
            rule: Some(shown("result >= 0.95")),
            failed: 0,
            failure_limit: Some(3),
            measured_at: Some(ago(20)),
            message: shown(""),
        },
        Analysis {
            run: shown("checkout-2-success"),
            metric: shown("latency-p95"),
            phase: shown("Running"),
            value: None,
            rule: Some(shown("result < 0.4")),
            failed: 0,
            failure_limit: Some(3),
            measured_at: None,
            message: shown(""),
        },
    ];
    checkout.owner = Some(Owner { kind: "argocd", name: shown("shop-apps") });
    let mut recommendations = releasing("shop", "recommendations", 0, 25);
    recommendations.weight.actual = Some(0);
    recommendations.pods = Pods {
        desired: Some(4),
        ready: Some(3),
        not_ready: Some(vec![PodTrouble {
            name: shown("recommendations-5f8f5748d7-x2k4p"),
            reason: shown("ImagePullBackOff"),
            message: shown("Back-off pulling image \"registry.example.com/shop/app:never-v2\": not found"),
            since: Some(ago(160)),
        }]),
    };
    let mut payments = releasing("pay", "payments-gateway-canary-eu-west", 1, 25);
    payments.phase = Phase::Paused;
    payments.holds = vec![
        hold(HoldCause::Manual, 10_900, None, true, "paused by spec.paused"),
        hold(HoldCause::StepPause, 11_000, None, true, "CanaryPauseStep"),
    ];
    let mut search = releasing("shop", "search", 3, 50);
    search.phase = Phase::Paused;
    search.holds = vec![hold(HoldCause::TimedPause, 530, Some(70), false, "CanaryPauseStep")];
    let mut inventory = releasing("stock", "inventory", 2, 50);
    inventory.weight.actual = Some(38);
    let mut mailer = releasing("shop", "mailer", 0, 0);
    mailer.strategy = Strategy::BlueGreen;
    mailer.steps = Vec::new();
    mailer.position = None;
    mailer.weight = Weight::default();
    mailer.phase = Phase::Paused;
    mailer.holds = vec![hold(HoldCause::BlueGreen, 65, None, true, "BlueGreenPause")];
    let mut cart = releasing("shop", "cart", 0, 0);
    cart.phase = Phase::Aborted;
    cart.aborted = true;
    cart.aborted_at = Some(ago(900));
    cart.message = shown("RolloutAborted: rollout aborted update to revision 2");
    vec![
        payments,
        rollout("pay", "billing"),
        cart,
        rollout("shop", "catalog"),
        checkout,
        mailer,
        recommendations,
        search,
        inventory,
    ]
}

pub fn environment(danger: bool, read_only: bool) -> Environment {
    Environment { name: if danger { "prod-eu" } else { "staging" }.to_owned(), danger, read_only }
}

pub fn opening(environment: Environment) -> Opening {
    Opening {
        user: "alice".to_owned(),
        host: "bastion-2".to_owned(),
        sources: vec![SourceInfo {
            id: source(),
            kind: "argo",
            environment: environment.name.clone(),
            stale_after: Duration::from_secs(15),
            tells: Tells::ROLLOUTS,
        }],
        environments: vec![environment],
        plans: Arc::new([]),
        demo: false,
        welcome: None,
        columns: 80,
        rows: 24,
        now: now(),
        since_boot: BOOT,
        bell: false,
        local: chrono::FixedOffset::east_opt(2 * 3_600).unwrap(),
    }
}

pub fn tell(state: &mut AppState, message: Message) {
    let _ = update(state, message);
}

pub fn health(age: u64, failure: Option<&str>) -> SourceHealth {
    SourceHealth {
        last_ok: Some((
            BOOT.saturating_sub(Duration::from_secs(age)),
            now() - chrono::Duration::seconds(i64::try_from(age).unwrap()),
        )),
        latency: Some(Duration::from_millis(12)),
        failure: failure.map(|why| Failure { since: ago(500), why: shown(why), attempts: 18 }),
        next_read: Some(BOOT + Duration::from_secs(2)),
        partial: Vec::new(),
    }
}

pub fn list(state: &mut AppState, rollouts: Vec<Rollout>) {
    let rollouts: Arc<[Arc<Rollout>]> = rollouts.into_iter().map(Arc::new).collect();
    tell(state, Message::Source(SourceUpdate::Rollouts { source: source(), rollouts }));
}

pub fn be(state: &mut AppState, health: SourceHealth) {
    tell(state, Message::Source(SourceUpdate::Health { source: source(), health }));
}

/// The console of a danger environment over nine rollouts, all read three seconds ago.
pub fn console(environment: Environment) -> AppState {
    let mut state = AppState::new(opening(environment));
    tell(&mut state, Message::Clock { now: now(), since_boot: BOOT });
    be(&mut state, health(3, None));
    list(&mut state, nine());
    tell(&mut state, Message::Book(Arc::new(Book::default())));
    state
}

pub fn production() -> AppState {
    console(environment(true, false))
}

pub fn armed() -> AppState {
    let mut state = production();
    state.armed.push(Armed {
        environment: "prod-eu".to_owned(),
        reason: "planned release".to_owned(),
        until: BOOT + Duration::from_secs(14 * 60 + 20),
    });
    state
}

pub fn welcome(connecting: bool) -> AppState {
    let mut opening = opening(environment(false, true));
    opening.sources.clear();
    opening.environments.clear();
    opening.welcome = Some(Welcome {
        context: Some("prod-eu".to_owned()),
        found: vec!["KUBECONFIG has 2 contexts: prod-eu, stg-eu".to_owned()],
        config_path: "~/.config/cutover/config.toml".to_owned(),
    });
    let mut state = AppState::new(opening);
    if connecting {
        keys(&mut state, "c");
    }
    state
}

pub fn press(state: &mut AppState, key: Key) {
    tell(state, Message::Input(Input::Key(key)));
}

pub fn keys(state: &mut AppState, text: &str) {
    for c in text.chars() {
        press(state, Key::Char(c));
    }
}

/// Puts the cursor on a rollout, as a person does.
pub fn select(state: &mut AppState, name: &str) {
    press(state, Key::Home);
    for _ in 0..state.list.order.len() {
        if state.list.selection.id.as_ref().is_some_and(|id| id.name.raw() == name) {
            return;
        }
        press(state, Key::Down);
    }
    assert!(state.list.selection.id.as_ref().is_some_and(|id| id.name.raw() == name), "{name} is not in the list");
}

#[expect(clippy::too_many_lines, reason = "one value, field by field")]
pub fn plan(operation: Operation) -> ChangePlan {
    let point = |step, weight, phase| Point { step: Some(step), weight: Some(weight), phase };
    let before = point(1, 25, Phase::Paused);
    let (after, native, body) = match operation {
        Operation::Advance => (
            point(2, 50, Phase::Progressing),
            "Argo: clear pause conditions",
            serde_json::json!([{"op": "remove", "path": "/status/pauseConditions"}]),
        ),
        Operation::Pause => (before.clone(), "Argo: set spec.paused", serde_json::json!({"spec": {"paused": true}})),
        Operation::Resume => (before.clone(), "Argo: clear spec.paused", serde_json::json!({"spec": {"paused": false}})),
        Operation::RollBack => (
            point(0, 0, Phase::Aborted),
            "Argo: abort, back to revision 1 (7848f77cc4)",
            serde_json::json!({"status": {"abort": true}}),
        ),
        Operation::Nudge => (before.clone(), "one annotation on the object", serde_json::json!({"metadata": {}})),
    };
    let condition =
        |what: &str, value: serde_json::Value| Precondition { what: what.to_owned(), expected: value.clone(), seen: value };
    ChangePlan {
        operation,
        target: target("shop", "checkout"),
        uid: "0b7c1c9e-checkout".to_owned(),
        revision: Some("5f8f5748d7".to_owned()),
        before,
        after,
        native: native.to_owned(),
        requests: vec![Request {
            method: "PATCH".to_owned(),
            path: "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout/status".to_owned(),
            query: "fieldManager=cutover".to_owned(),
            content_type: "application/json-patch+json".to_owned(),
            body,
        }],
        preconditions: vec![
            condition("uid", "0b7c1c9e".into()),
            condition("step index", 1.into()),
            condition("pause conditions", "CanaryPauseStep 14:27:55Z".into()),
            condition("revision", "5f8f5748d7".into()),
        ],
        expectation: match operation {
            Operation::Advance => Expectation::HoldReleased { cause: HoldCause::StepPause, since: Some(ago(252)), step: Some(1) },
            Operation::Pause => Expectation::ManualPause { set: true },
            Operation::Resume => Expectation::ManualPause { set: false },
            Operation::RollBack => Expectation::Aborted,
            Operation::Nudge => Expectation::Touched { value: "3f2a7c".to_owned() },
        },
        consequences: match operation {
            Operation::Advance => vec!["after it: pause 10m, then analysis success-rate".to_owned()],
            Operation::RollBack => {
                vec!["traffic goes back to the stable version; the steps begin anew with the next release".to_owned()]
            }
            Operation::Pause | Operation::Resume | Operation::Nudge => Vec::new(),
        },
        warnings: vec!["no plan judges this".to_owned()],
        untouched: vec!["the stable version, the spec, every other rollout".to_owned()],
        risk: match operation {
            Operation::Pause | Operation::Nudge => Risk::Low,
            Operation::Advance | Operation::Resume => Risk::Medium,
            Operation::RollBack => Risk::High,
        },
        settle: false,
    }
}

pub fn proposal(operation: Operation) -> Proposal {
    let plan = plan(operation);
    Proposal {
        judged: Vec::new(),
        action: ActionId("01983f2a-7c00-7000-8000-0000003f2a7c".to_owned()),
        phrase: Phrase::of(&plan, Some(['k', 'v'])),
        offer: Offer { operation, supersedes: None, warnings: Vec::new() },
        needs_reason: operation == Operation::RollBack,
        plan,
    }
}

/// The form of `operation` on checkout, read and painted.
pub fn form(operation: Operation) -> AppState {
    let mut state = armed();
    let name = if operation == Operation::Resume { "payments-gateway-canary-eu-west" } else { "checkout" };
    if operation == Operation::Nudge {
        let mut record = open_record(Operation::Advance);
        record.outcome = Some(Outcome::Accepted);
        tell(&mut state, Message::Book(Arc::new(Book { accepted: vec![record], ..Book::default() })));
    }
    select(&mut state, name);
    match operation {
        Operation::Advance => keys(&mut state, "A"),
        Operation::Pause => keys(&mut state, "P"),
        Operation::Resume => keys(&mut state, "U"),
        Operation::RollBack => keys(&mut state, "B"),
        Operation::Nudge => keys(&mut state, "XN"),
    }
    let ticket = state.form.as_ref().expect("a form is open").ticket;
    let mut proposal = proposal(operation);
    if operation == Operation::Resume {
        proposal.plan.target = target("pay", name);
        proposal.phrase = Phrase::of(&proposal.plan, Some(['k', 'v']));
    }
    tell(&mut state, Message::Prepared { ticket, result: Ok(Box::new(proposal)) });
    state
}

pub fn open_record(operation: Operation) -> OpenRecord {
    OpenRecord {
        id: ActionId("01983f2a-7c00-7000-8000-0000003f2a7c".to_owned()),
        intent: 41,
        operation,
        target: target("shop", "checkout"),
        plan: plan(operation),
        who: shown("alice"),
        since: ago(18),
        outcome: Some(Outcome::InDoubt),
        sentence: "no answer within 10 s".to_owned(),
        owner_alive: true,
        own: true,
    }
}

pub fn audit_page(rows: u64) -> AuditPage {
    let results = ["in doubt", "intent", "verified", "refused", "contradicted", "accepted"];
    AuditPage {
        rows: (0..rows)
            .map(|at| AuditRow {
                seq: 2_298 - at,
                at: ago(i64::try_from(at).unwrap() * 311),
                who: shown(if at % 3 == 2 { "release-captain-bob" } else { "alice" }),
                kind: "outcome",
                what: shown("advance shop/checkout 25 -> 50"),
                result: shown(results[usize::try_from(at).unwrap() % results.len()]),
                via: if at % 2 == 0 { "screen" } else { "command line" },
                action: None,
                hash: "9f2c7d10e177d03b".to_owned(),
                lines: "{\n  \"v\": 1,\n  \"log\": \"alice\",\n  \"seg\": 1,\n  \"seq\": 2298,\n  \"ts\": \"2026-07-14T14:33:10.412Z\",\n  \"type\": \"intent\",\n  \"operation\": \"advance\",\n  \"h\": \"9f2c7d10e177d03b\"\n}"
                    .lines()
                    .map(shown)
                    .collect(),
            })
            .collect(),
        records: rows,
        head: (rows > 0).then(|| "9f2c7d10e177d03b".to_owned()),
        verified: (rows > 0).then(|| (ago(120), Vec::new())),
        error: None,
    }
}
