//! The nine rollouts that a world begins with.

use std::time::Duration;

use chrono::TimeDelta;
use fastrand::Rng;

use super::{
    app::{App, Doing, Fate, Reason, Run, Version, hash},
    controller::{enter, image},
};
use crate::domain::{
    Timestamp,
    rollout::{Step, StepKind, Strategy},
    text::DisplayText,
};

const fn secs(seconds: u64) -> StepKind {
    StepKind::Pause(Some(Duration::from_secs(seconds)))
}
const ASK: StepKind = StepKind::Pause(None);

use StepKind::{Analysis, Weight};

/// A person decides once, and an analysis after that.
const CAREFUL: &[StepKind] = &[Weight(10), secs(60), Weight(25), ASK, Analysis, Weight(50), secs(300)];
/// Goes all the way by itself.
const TIMED: &[StepKind] = &[Weight(20), secs(120), Weight(50), secs(600), Weight(80), secs(180)];
const MEASURED: &[StepKind] = &[Weight(25), Analysis, Weight(50), Analysis, Weight(75), secs(120)];
/// A person decides before most of the traffic.
const ASKING: &[StepKind] = &[Weight(5), secs(90), Weight(30), ASK, Weight(60), secs(240)];

/// Name, strategy and steps, pods, GitOps.
type Row = (&'static str, &'static str, Strategy, &'static [StepKind], u32, bool);

const ROWS: [Row; 9] = [
    ("payments", "fraud-scoring", Strategy::Canary, TIMED, 6, false),
    ("payments", "ledger-api", Strategy::Canary, MEASURED, 4, true),
    ("payments", "payouts", Strategy::Canary, ASKING, 3, false),
    ("platform", "edge-gateway", Strategy::Canary, TIMED, 8, false),
    ("platform", "notifications", Strategy::Canary, MEASURED, 5, false),
    ("shop", "catalog", Strategy::Canary, TIMED, 6, false),
    ("shop", "checkout", Strategy::Canary, CAREFUL, 8, false),
    ("shop", "recommendations", Strategy::Canary, MEASURED, 4, false),
    ("shop", "search", Strategy::BlueGreen, &[], 4, false),
];

/// Sorted by namespace and name, as a source shows them.
pub(super) fn cast(seed: u64, now: Timestamp) -> Vec<App> {
    let mut seeds = Rng::with_seed(seed);
    ROWS.iter()
        .map(|row| {
            let mut app = app(row, Rng::with_seed(seeds.u64(..)), now);
            place(&mut app, now);
            app
        })
        .collect()
}

/// The rollout whose name is an attack on the terminal.
pub(super) fn hostile(seed: u64, now: Timestamp) -> App {
    let mut app = app(&("shop", "\u{1b}[31mcheckout\u{202e}", Strategy::Canary, ASKING, 2, false), Rng::with_seed(!seed), now);
    enter(&mut app, 3, now);
    app.weight = 30;
    app
}

fn label(kind: StepKind) -> String {
    match kind {
        Weight(weight) => format!("weight {weight} %"),
        StepKind::Pause(Some(length)) if length.as_secs().is_multiple_of(60) => format!("pause {}m", length.as_secs() / 60),
        StepKind::Pause(Some(length)) => format!("pause {}s", length.as_secs()),
        StepKind::Pause(None) => "pause until advanced".into(),
        Analysis => "analysis success-rate".into(),
        StepKind::Experiment | StepKind::Plugin | StepKind::Other => "other".into(),
    }
}

fn uid(rng: &mut Rng) -> String {
    let mut hex = |digits: u32| -> String { (0..digits).map(|_| rng.digit(16)).collect() };
    format!("{}-{}-4{}-8{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
}

/// A release that has just begun its first step.
fn app(&(namespace, name, strategy, kinds, replicas, gitops): &Row, mut rng: Rng, now: Timestamp) -> App {
    let number = rng.u64(8..60);
    let version = |rng: &mut Rng, number| Version { number, hash: hash(rng), image: String::new() };
    let mut app = App {
        namespace: namespace.into(),
        name: name.into(),
        uid: uid(&mut rng),
        strategy,
        steps: kinds.iter().map(|&kind| Step { kind, label: DisplayText::new(&label(kind)) }).collect(),
        replicas,
        gitops,
        generation: 2 * i64::try_from(number).unwrap_or(1),
        observed_generation: 2 * i64::try_from(number).unwrap_or(1),
        version: rng.u64(10_000..900_000),
        current: version(&mut rng, number),
        stable: version(&mut rng, number - 1),
        rng,
        paused: false,
        paused_at: None,
        index: 0,
        entered_at: now,
        pause: None,
        controller_pause: false,
        abort: false,
        aborted_at: None,
        weight: 0,
        ready: 0,
        deadline_exceeded: false,
        run: None,
        fate: Fate::Good,
        doing: Doing::Starting,
        began_at: now - TimeDelta::minutes(12),
        changed_at: now - TimeDelta::minutes(4),
        touched: None,
        react_at: None,
        wake_at: Some(now),
        deaf_until: None,
        heal_at: None,
    };
    app.current.image = image(&app, number, Fate::Good);
    app.stable.image = image(&app, number - 1, Fate::Good);
    app
}

/// Puts one of the nine where it stands at the start.
#[expect(clippy::too_many_lines, reason = "a table in the form of code: one entry after the other")]
fn place(app: &mut App, now: Timestamp) {
    match app.name.as_str() {
        // A manual pause on top of a timed one that has run out.
        "fraud-scoring" => {
            hold_since(app, 3, now, 11);
            app.wake_at = None;
            app.weight = 50;
            app.paused = true;
            app.paused_at = Some(now - TimeDelta::minutes(6));
        }
        "ledger-api" => {
            enter(app, 2, now);
            app.weight = 31;
        }
        "payouts" => {
            app.abort = true;
            app.aborted_at = Some(now - TimeDelta::minutes(3));
            app.changed_at = now - TimeDelta::minutes(3);
            app.doing = Doing::Fallen;
            app.wake_at = Some(now + app.seconds(12 * 60, 20 * 60));
        }
        "edge-gateway" => {
            app.stable = app.current.clone();
            app.index = app.count();
            app.weight = 100;
            app.doing = Doing::Idle;
            app.wake_at = Some(now + app.seconds(4 * 60, 8 * 60));
        }
        "notifications" => {
            app.fate = Fate::BadImage;
            app.current.image = image(app, app.current.number, Fate::BadImage);
            app.doing = Doing::Stuck;
            app.deadline_exceeded = true;
            app.wake_at = Some(now + app.seconds(20 * 60, 40 * 60));
        }
        "catalog" => {
            hold_since(app, 3, now, 4);
            app.weight = 50;
        }
        "checkout" => {
            hold_since(app, 3, now, 7);
            app.weight = 25;
        }
        "recommendations" => {
            enter(app, 3, now - TimeDelta::seconds(40));
            app.weight = 50;
            app.wake_at = Some(now + app.seconds(4, 8));
            app.run = app.run.take().map(|run| Run {
                value: Some(0.9812),
                taken: 2,
                measured_at: Some(now - TimeDelta::seconds(9)),
                ..run
            });
        }
        // Preview pods come up; then it waits for a person.
        _ => {
            app.began_at = now - TimeDelta::seconds(20);
            app.ready = 1;
            app.wake_at = Some(now + app.seconds(8, 14));
        }
    }
    if !matches!(app.doing, Doing::Starting | Doing::Stuck | Doing::Ramp) {
        app.ready = app.desired();
    }
    if app.doing == Doing::Ramp {
        app.ready = app.desired().saturating_sub(1);
    }
}

/// In the pause of step `index` since `minutes`.
fn hold_since(app: &mut App, index: u32, now: Timestamp, minutes: i64) {
    enter(app, index, now - TimeDelta::minutes(minutes));
    if let Some(condition) = &app.pause
        && condition.reason == Reason::CanaryPauseStep
        && app.doing == Doing::Wait
    {
        app.wake_at = Some(now + app.seconds(40 * 60, 80 * 60));
    }
}
