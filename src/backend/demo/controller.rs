//! What the simulated controller does, one event at a time (behaviours: rollout-control-planes.md 1.7, 1.8).

use chrono::TimeDelta;

use super::app::{App, Doing, Fate, Reason, Run, Version, hash};
use crate::domain::{
    Timestamp,
    rollout::{StepKind, Strategy},
};

/// Measurements of one analysis.
const MEASUREMENTS: u32 = 6;
/// Failed measurements that an analysis allows; one more rolls back.
pub(super) const FAILURE_LIMIT: u32 = 1;
/// The least success rate that passes.
pub(super) const LIMIT: f64 = 0.95;
/// The controller looks at everything again after this, whether or not something changed.
pub(super) const RESYNC: TimeDelta = TimeDelta::minutes(15);
/// A release that makes no progress for this long is degraded.
const DEADLINE: TimeDelta = TimeDelta::minutes(10);

/// Does what is due at `now`. The caller has made sure that something is.
pub(super) fn act(app: &mut App, now: Timestamp) {
    if app.heal_at.is_some_and(|at| at <= now) {
        return heal(app, now);
    }
    if app.deaf_until.is_some() {
        app.deaf_until = None;
        app.react_at = Some(now);
    }
    if app.react_at.is_some_and(|at| at <= now) {
        react(app, now);
    } else if app.wake_at.is_some_and(|at| at <= now) {
        work(app, now);
    }
}

/// GitOps puts the spec back as the repository has it.
fn heal(app: &mut App, now: Timestamp) {
    app.heal_at = None;
    if app.paused {
        app.paused = false;
        app.paused_at = None;
        app.generation += 1;
        app.edited(now);
    }
}

/// Looks at an object that somebody changed.
fn react(app: &mut App, now: Timestamp) {
    app.react_at = None;
    app.observed_generation = app.generation;
    app.written();
    if app.abort && app.aborted_at.is_none() {
        if app.promoted() {
            app.abort = false;
        } else {
            fall(app, now);
        }
        return;
    }
    if app.paused {
        return;
    }
    if app.controller_pause && app.pause.is_none() {
        app.controller_pause = false;
        app.changed_at = now;
        if app.strategy == Strategy::BlueGreen {
            app.doing = Doing::Leave;
            app.wake_at = Some(now + app.seconds(1, 3));
        } else {
            enter(app, app.index.saturating_add(1), now);
        }
    } else if app.wake_at.is_none() {
        app.wake_at = Some(now);
    }
}

/// Goes on with what it is busy with.
fn work(app: &mut App, now: Timestamp) {
    app.wake_at = None;
    match app.doing {
        Doing::Idle | Doing::Wait | Doing::Fallen => {
            let fate = fate(app);
            release(app, fate, now);
        }
        // A manual pause stops scaling and the end of a step. Whoever lifts it wakes the controller.
        Doing::Starting | Doing::Ramp | Doing::Soak | Doing::Leave if app.paused => {}
        Doing::Starting => start(app, now),
        Doing::Stuck => {
            if app.deadline_exceeded {
                release(app, Fate::Good, now);
            } else {
                app.deadline_exceeded = true;
                app.changed_at = now;
                app.written();
                app.wake_at = Some(now + app.seconds(20 * 60, 40 * 60));
            }
        }
        Doing::Ramp => ramp(app, now),
        Doing::Leave if app.strategy == Strategy::BlueGreen => promote(app, now),
        Doing::Soak | Doing::Leave => enter(app, app.index.saturating_add(1), now),
        Doing::Measuring => measure(app, now),
        Doing::Retreat => {
            app.weight = app.weight.saturating_sub(app.rng.u32(10..=25));
            app.ready = app.ready.saturating_sub(1);
            app.written();
            if app.weight == 0 && app.ready == 0 {
                app.doing = Doing::Fallen;
                app.wake_at = Some(now + app.seconds(4 * 60, 12 * 60));
            } else {
                app.wake_at = Some(now + TimeDelta::milliseconds(app.rng.i64(200..=600)));
            }
        }
    }
}

fn fate(app: &mut App) -> Fate {
    match app.rng.u32(0..100) {
        0..10 => Fate::BadImage,
        10..24 => Fate::FailsAnalysis,
        24..30 => Fate::Undecided,
        _ => Fate::Good,
    }
}

/// A team pushes a new version. It supersedes whatever runs, and begins at the first step.
pub(super) fn release(app: &mut App, fate: Fate, now: Timestamp) {
    let number = app.current.number + 1;
    app.current = Version { number, hash: hash(&mut app.rng), image: image(app, number, fate) };
    app.fate = fate;
    app.generation += 1;
    app.index = 0;
    app.entered_at = now;
    app.pause = None;
    app.controller_pause = false;
    app.abort = false;
    app.aborted_at = None;
    app.weight = 0;
    app.ready = 0;
    app.run = None;
    app.deadline_exceeded = false;
    app.began_at = now;
    app.changed_at = now;
    app.doing = Doing::Starting;
    app.wake_at = None;
    app.edited(now);
}

pub(super) fn image(app: &App, number: u64, fate: Fate) -> String {
    let tag = if fate == Fate::BadImage { format!("1.{number}.0-rc1") } else { format!("1.{number}.0") };
    format!("registry.example/{}/{}:{tag}", app.namespace, app.name)
}

fn start(app: &mut App, now: Timestamp) {
    app.written();
    if app.fate == Fate::BadImage {
        app.doing = Doing::Stuck;
        app.wake_at = Some(app.began_at + DEADLINE);
        return;
    }
    if app.ready < app.desired() {
        app.ready += 1;
        app.wake_at = Some(now + app.seconds(2, 5));
    } else if app.strategy == Strategy::BlueGreen {
        app.hold(Reason::BlueGreenPause, now);
        app.doing = Doing::Wait;
        app.wake_at = Some(now + app.seconds(40 * 60, 80 * 60));
    } else {
        enter(app, 0, now);
    }
}

/// Begins step `index`; past the last one the rest of the traffic follows.
pub(super) fn enter(app: &mut App, index: u32, now: Timestamp) {
    app.written();
    app.index = index.min(app.count());
    app.entered_at = now;
    app.pause = None;
    app.controller_pause = false;
    match app.step(app.index) {
        Some(StepKind::Weight(_)) | None => {
            app.doing = Doing::Ramp;
            app.wake_at = Some(now + TimeDelta::milliseconds(app.rng.i64(300..=900)));
        }
        Some(StepKind::Pause(Some(duration))) => {
            let start = app.hold(Reason::CanaryPauseStep, now);
            app.doing = Doing::Soak;
            app.wake_at =
                Some(start + TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)).filter(|at| *at > now).or(Some(now));
        }
        Some(StepKind::Pause(None)) => {
            app.hold(Reason::CanaryPauseStep, now);
            app.doing = Doing::Wait;
            app.wake_at = Some(now + app.seconds(40 * 60, 80 * 60));
        }
        Some(StepKind::Analysis | StepKind::Experiment | StepKind::Plugin | StepKind::Other) => {
            app.run = Some(Run {
                name: format!("{}-{}-{}-{}", app.name, app.current.hash, app.current.number, app.index),
                phase: "Running",
                value: None,
                taken: 0,
                failed: 0,
                measured_at: None,
            });
            app.doing = Doing::Measuring;
            app.wake_at = Some(now + app.seconds(3, 6));
        }
    }
}

fn ramp(app: &mut App, now: Timestamp) {
    app.written();
    let goal = app.set_weight();
    let desired = app.desired();
    app.ready = if app.ready < desired { app.ready + 1 } else { desired };
    let pace = app.rng.u32(4..=9);
    app.weight = if app.weight > goal { app.weight.saturating_sub(pace).max(goal) } else { (app.weight + pace).min(goal) };
    if app.weight != goal || app.ready != desired {
        app.wake_at = Some(now + TimeDelta::milliseconds(app.rng.i64(400..=900)));
    } else if app.index >= app.count() {
        promote(app, now);
    } else {
        enter(app, app.index + 1, now);
    }
}

/// The new version is the stable one from now on.
fn promote(app: &mut App, now: Timestamp) {
    app.written();
    app.stable = app.current.clone();
    app.index = app.count();
    app.weight = 100;
    app.ready = app.replicas;
    app.run = None;
    app.changed_at = now;
    app.doing = Doing::Idle;
    app.wake_at = Some(now + app.seconds(3 * 60, 25 * 60));
}

/// One more measurement. A manual pause does not stop it, and it may still roll back.
fn measure(app: &mut App, now: Timestamp) {
    app.written();
    let noise = f64::from(app.rng.u32(0..300)) / 10_000.0;
    let bad = app.fate == Fate::FailsAnalysis;
    let value = if bad { 0.90 + noise } else { 0.965 + noise };
    let next = app.seconds(8, 15);
    let Some(run) = &mut app.run else {
        app.doing = Doing::Leave;
        app.wake_at = Some(now);
        return;
    };
    run.taken += 1;
    run.value = Some(value);
    run.measured_at = Some(now);
    if value < LIMIT {
        run.failed += 1;
    }
    if run.failed > FAILURE_LIMIT {
        run.phase = "Failed";
        app.abort = true;
        fall(app, now);
    } else if run.taken < MEASUREMENTS {
        app.wake_at = Some(now + next);
    } else if app.fate == Fate::Undecided {
        run.phase = "Inconclusive";
        app.hold(Reason::InconclusiveAnalysisRun, now);
        app.doing = Doing::Wait;
        app.wake_at = Some(now + app.seconds(40 * 60, 80 * 60));
    } else {
        run.phase = "Successful";
        app.doing = Doing::Leave;
        app.wake_at = Some(now + TimeDelta::milliseconds(500));
    }
}

/// Begins the way back to the stable version.
fn fall(app: &mut App, now: Timestamp) {
    app.aborted_at = Some(now);
    app.changed_at = now;
    app.pause = None;
    app.controller_pause = false;
    app.index = 0;
    app.entered_at = now;
    app.deadline_exceeded = false;
    if let Some(run) = &mut app.run
        && run.phase == "Running"
    {
        run.phase = "Successful";
    }
    app.doing = Doing::Retreat;
    app.wake_at = Some(now + TimeDelta::milliseconds(400));
}
