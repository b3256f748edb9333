//! What is being released, where its control plane stands, and what it waits for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Timestamp, change::Point, id::TargetId, text::DisplayText};

/// Where the control plane stands. The system's own word is in `Rollout::message` (contract.md, closed list).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Healthy,
    Progressing,
    Paused,
    Degraded,
    /// Rolled back: apart from degraded, because the operator's next moves differ.
    Aborted,
    Unknown,
}

impl Phase {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Progressing => "progressing",
            Self::Paused => "paused",
            Self::Degraded => "degraded",
            Self::Aborted => "aborted",
            Self::Unknown => "unknown",
        }
    }
}

/// How the control plane moves traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    Canary,
    BlueGreen,
    Unknown,
}

/// One step of the control plane's own list. Never a plan's stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
    /// As people read it: `weight 25 %`, `pause 15s`, `pause until advanced`, `analysis success-rate`.
    pub label: DisplayText,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Sets the canary's weight, 0-100.
    Weight(u32),
    /// Waits; `None` waits for a person.
    Pause(Option<Duration>),
    Analysis,
    Experiment,
    Plugin,
    Other,
}

/// The step in progress. `index` is 0-based as the system counts; people see index + 1. `index == count` is past the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub index: u32,
    pub count: u32,
    /// When this step began, where the system tells.
    pub entered_at: Option<Timestamp>,
}

/// Share of traffic on the new version, 0-100 percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Weight {
    /// What the current step asks for.
    pub set: Option<u32>,
    /// What the system says there is.
    pub actual: Option<u32>,
    /// Whether the router confirmed it; `None` where no router is asked.
    pub verified: Option<bool>,
}

/// Why a rollout waits (contract.md, closed list).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldCause {
    /// A pause step without duration: waits for a person.
    StepPause,
    /// A pause step with duration, or blue/green that promotes by itself.
    TimedPause,
    /// A person paused it.
    Manual,
    /// An analysis or experiment could not decide.
    Inconclusive,
    /// Blue/green waits before the switch.
    BlueGreen,
    Gate,
    Abort,
    Unknown,
}

impl HoldCause {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::StepPause => "step_pause",
            Self::TimedPause => "timed_pause",
            Self::Manual => "manual",
            Self::Inconclusive => "inconclusive",
            Self::BlueGreen => "blue_green",
            Self::Gate => "gate",
            Self::Abort => "abort",
            Self::Unknown => "unknown",
        }
    }

    /// Whether `advance` releases this hold: it belongs to the current step, not to a person.
    #[must_use]
    pub fn is_of_step(self) -> bool {
        matches!(self, Self::StepPause | Self::TimedPause | Self::Inconclusive | Self::BlueGreen)
    }
}

/// One thing a rollout waits for. Several can stand at once: a manual pause on top of a step's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub cause: HoldCause,
    pub since: Option<Timestamp>,
    /// When it ends by itself; `None` when it does not.
    pub until: Option<Timestamp>,
    /// Nothing moves until a person acts (rollout-control-planes.md 1.7.22).
    pub needs_person: bool,
    /// The system's own word: `CanaryPauseStep`, `InconclusiveAnalysisRun`.
    pub native: DisplayText,
    /// Releasing it was measured to have no effect on the real controller (`matrix.json`: an inconclusive experiment, and
    /// an inconclusive blue/green analysis).
    pub release_has_no_effect: bool,
}

/// Pods of the new version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    pub desired: Option<u32>,
    pub ready: Option<u32>,
    /// `None` when pods could not be read: unknown is not "all ready".
    pub not_ready: Option<Vec<PodTrouble>>,
}

/// A pod that is not ready, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodTrouble {
    pub name: DisplayText,
    /// `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`, `ContainerCreating`, ...
    pub reason: DisplayText,
    pub message: DisplayText,
    pub since: Option<Timestamp>,
}

/// One version of the workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The control plane's revision number; `None` while its replica set is not known.
    pub number: Option<u64>,
    pub hash: DisplayText,
    pub images: Vec<DisplayText>,
}

/// One metric of an analysis that belongs to the current revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    pub run: DisplayText,
    pub metric: DisplayText,
    /// The system's word: `Running`, `Successful`, `Failed`, `Error`, `Inconclusive`, `Pending`.
    pub phase: DisplayText,
    /// Last measured value as the system wrote it; `None` before the first measurement.
    pub value: Option<DisplayText>,
    /// The rule in the system's own words, e.g. `result >= 0.95`.
    pub rule: Option<DisplayText>,
    pub failed: u32,
    /// Failures allowed; one more aborts. `None` = not stated.
    pub failure_limit: Option<u32>,
    pub measured_at: Option<Timestamp>,
    pub message: DisplayText,
}

/// A tool that owns the object and may put changes of its spec back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// `argocd`, `flux` or `helm` (contract.md).
    pub kind: &'static str,
    pub name: DisplayText,
}

/// One rollout as its control plane last described it.
#[expect(clippy::struct_excessive_bools, reason = "each is one fact that the control plane states by itself")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    pub id: TargetId,
    /// The kind of control plane, as the configuration names it: `argo`.
    pub kind: &'static str,
    pub strategy: Strategy,
    /// The object's identity: a new uid is another object, even under the same name.
    pub uid: String,
    pub generation: i64,
    /// Changes with every write of the object; compared for equality only.
    pub version: String,
    pub phase: Phase,
    pub message: DisplayText,
    pub steps: Vec<Step>,
    pub position: Option<Position>,
    pub weight: Weight,
    pub holds: Vec<Hold>,
    pub pods: Pods,
    pub revision: Option<Revision>,
    pub stable: Option<Revision>,
    pub aborted: bool,
    /// The controller has answered the abort: the way back has begun.
    pub aborted_at: Option<Timestamp>,
    /// The controller has seen the newest spec. While false, status describes an older one.
    pub observed: bool,
    /// The hold was released and the controller has not gone on yet.
    pub unpausing: bool,
    /// The control plane calls the spec invalid.
    pub invalid: bool,
    pub analysis: Vec<Analysis>,
    pub owner: Option<Owner>,
    /// The identifier of the last nudge that the object carries.
    pub nudged: Option<String>,
    /// When the last event that the system itself dates happened (hold begun, aborted, condition changed).
    pub changed_at: Option<Timestamp>,
}

impl Rollout {
    /// The new version is the stable one: nothing is being released.
    #[must_use]
    pub fn is_fully_promoted(&self) -> bool {
        match (&self.revision, &self.stable) {
            (Some(new), Some(old)) => new.hash == old.hash,
            _ => false,
        }
    }

    #[must_use]
    pub fn hold(&self, cause: HoldCause) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.cause == cause)
    }

    #[must_use]
    pub fn is_paused_by_hand(&self) -> bool {
        self.hold(HoldCause::Manual).is_some()
    }

    /// The hold that `advance` would release.
    #[must_use]
    pub fn step_hold(&self) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.cause.is_of_step())
    }

    #[must_use]
    pub fn needs_person(&self) -> bool {
        self.holds.iter().any(|hold| hold.needs_person)
    }

    /// The weight once the current step is released or done, by the rule that a plan of an advance has; `None` without steps.
    #[must_use]
    pub fn next_weight(&self) -> Option<u32> {
        self.position.as_ref()?;
        Point::gone_on(self).weight
    }

    /// What the step after the current one is, when there is one.
    #[must_use]
    pub fn next_step(&self) -> Option<&Step> {
        let position = self.position.as_ref()?;
        self.steps.get(usize::try_from(position.index).ok()?.saturating_add(1))
    }

    /// Time left of the current timed hold; zero when it has elapsed.
    #[must_use]
    pub fn soak_left(&self, now: Timestamp) -> Option<Duration> {
        let until = self.holds.iter().find_map(|hold| hold.until)?;
        Some((until - now).to_std().unwrap_or(Duration::ZERO))
    }
}
