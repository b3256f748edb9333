//! One simulated rollout: what its object says, and what its controller is busy with.

use chrono::{SubsecRound, TimeDelta};
use fastrand::Rng;

use crate::domain::{
    Timestamp,
    rollout::{Step, StepKind, Strategy},
};

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub number: u64,
    pub hash: String,
    pub image: String,
}

/// Why a pause condition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    CanaryPauseStep,
    BlueGreenPause,
    InconclusiveAnalysisRun,
}

impl Reason {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::CanaryPauseStep => "CanaryPauseStep",
            Self::BlueGreenPause => "BlueGreenPause",
            Self::InconclusiveAnalysisRun => "InconclusiveAnalysisRun",
        }
    }
}

/// A pause condition. Its time has whole seconds, as the real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub reason: Reason,
    pub start: Timestamp,
}

/// An analysis of the current revision.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub name: String,
    pub phase: &'static str,
    pub value: Option<f64>,
    pub taken: u32,
    pub failed: u32,
    pub measured_at: Option<Timestamp>,
}

/// What will become of a release, decided by the seed when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Good,
    BadImage,
    FailsAnalysis,
    Undecided,
}

/// What the controller is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// Fully promoted; the wake is the next release.
    Idle,
    /// Pods of the new version come up.
    Starting,
    /// Pods of the new version do not come up; the wake is the deadline, then the repaired release.
    Stuck,
    /// The weight moves to what the step asks for.
    Ramp,
    /// A timed pause.
    Soak,
    /// Waits for a person; the wake is the next release, which supersedes this one.
    Wait,
    Measuring,
    /// The step is over and only a manual pause holds it.
    Leave,
    /// The weight goes back to the stable version.
    Retreat,
    /// Rolled back; the wake is the repaired release.
    Fallen,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a field of the object that a control plane has by itself")]
#[derive(Clone, Debug)]
pub(super) struct App {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub strategy: Strategy,
    pub steps: Vec<Step>,
    pub replicas: u32,
    pub gitops: bool,
    pub rng: Rng,
    pub generation: i64,
    pub observed_generation: i64,
    pub version: u64,
    pub current: Version,
    pub stable: Version,
    pub paused: bool,
    pub paused_at: Option<Timestamp>,
    pub index: u32,
    pub entered_at: Timestamp,
    pub pause: Option<Condition>,
    pub controller_pause: bool,
    pub abort: bool,
    pub aborted_at: Option<Timestamp>,
    pub weight: u32,
    pub ready: u32,
    pub deadline_exceeded: bool,
    pub run: Option<Run>,
    pub fate: Fate,
    pub doing: Doing,
    pub began_at: Timestamp,
    pub changed_at: Timestamp,
    pub touched: Option<String>,
    /// When the controller looks at an outside change.
    pub react_at: Option<Timestamp>,
    /// When what it is busy with goes on.
    pub wake_at: Option<Timestamp>,
    /// The controller ignores the object until then (its resync).
    pub deaf_until: Option<Timestamp>,
    /// When GitOps puts `spec.paused` back.
    pub heal_at: Option<Timestamp>,
}

impl App {
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn promoted(&self) -> bool {
        self.current.hash == self.stable.hash
    }

    pub(super) fn step(&self, index: u32) -> Option<StepKind> {
        self.steps.get(usize::try_from(index).ok()?).map(|step| step.kind)
    }

    /// The weight that the control plane wants now.
    pub(super) fn set_weight(&self) -> u32 {
        if self.aborted_at.is_some() {
            return 0;
        }
        if self.index >= self.count() {
            return 100;
        }
        (0..=self.index)
            .rev()
            .find_map(|index| match self.step(index) {
                Some(StepKind::Weight(weight)) => Some(weight),
                Some(StepKind::Pause(_) | StepKind::Analysis | StepKind::Experiment | StepKind::Plugin | StepKind::Other)
                | None => None,
            })
            .unwrap_or(0)
    }

    /// Pods of the new version that there should be.
    pub(super) fn desired(&self) -> u32 {
        if self.aborted_at.is_some() {
            0
        } else if self.promoted() || self.strategy == Strategy::BlueGreen {
            self.replicas
        } else {
            (self.replicas * self.set_weight()).div_ceil(100).max(1)
        }
    }

    /// The next moment at which anything happens by itself.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let controller =
            if self.deaf_until.is_some() { self.deaf_until } else { [self.react_at, self.wake_at].into_iter().flatten().min() };
        [controller, self.heal_at].into_iter().flatten().min()
    }

    /// `low` to `high` seconds, by the seed.
    pub(super) fn seconds(&mut self, low: i64, high: i64) -> TimeDelta {
        TimeDelta::milliseconds(self.rng.i64(low * 1000..=high * 1000))
    }

    /// The object was written.
    pub(super) fn written(&mut self) {
        self.version += 1;
    }

    /// Somebody outside the controller wrote it: the controller looks 0.3 to 1.5 s later.
    pub(super) fn edited(&mut self, now: Timestamp) {
        self.written();
        let delay = TimeDelta::milliseconds(self.rng.i64(300..=1500));
        self.react_at = Some(now + delay);
    }

    pub(super) fn hold(&mut self, reason: Reason, now: Timestamp) -> Timestamp {
        let start = now.trunc_subsecs(0);
        self.pause = Some(Condition { reason, start });
        self.controller_pause = true;
        self.changed_at = now;
        start
    }
}

/// A pod template hash as Kubernetes makes them.
pub(super) fn hash(rng: &mut Rng) -> String {
    const LETTERS: [char; 26] = [
        'b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'z', '2', '4', '5', '6',
        '7', '8',
    ];
    (0..10).filter_map(|_| LETTERS.get(rng.usize(0..LETTERS.len()))).collect()
}
