//! What is kept of replica sets, pods and analysis runs: only what a rollout shows of them.

use serde_json::Value;

use super::field::{at, count, list, shown, text, time};
use crate::domain::{
    rollout::{Analysis, PodTrouble},
    text::DisplayText,
};

/// Key of a rollout: namespace and name as the system has them.
pub type Key = (String, String);

/// A replica set of a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetFact {
    pub hash: DisplayText,
    pub revision: Option<u64>,
    pub images: Vec<DisplayText>,
    pub desired: Option<u32>,
    pub ready: u32,
    pub available: u32,
}

/// A pod of a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodFact {
    pub hash: String,
    /// Why it is not ready; `None` when it is.
    pub trouble: Option<PodTrouble>,
}

/// An analysis run of a rollout, one row a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFact {
    pub hash: String,
    pub created: String,
    pub rows: Vec<Analysis>,
}

/// A few objects by name. Most rollouts have one of a kind: a tree would keep room for eleven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByName<F>(Vec<(Box<str>, F)>);

impl<F> Default for ByName<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F> ByName<F> {
    /// Takes the place of what had this name.
    pub fn insert(&mut self, name: String, fact: F) {
        match self.place(&name) {
            Ok(at) => {
                if let Some((_, known)) = self.0.get_mut(at) {
                    *known = fact;
                }
            }
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (name.into(), fact));
            }
        }
    }

    pub fn remove(&mut self, name: &str) {
        if let Ok(at) = self.place(name) {
            self.0.remove(at);
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order of their names.
    pub fn values(&self) -> impl Iterator<Item = &F> {
        self.0.iter().map(|(_, fact)| fact)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_ref().cmp(name))
    }
}

impl<F> FromIterator<(String, F)> for ByName<F> {
    fn from_iter<I: IntoIterator<Item = (String, F)>>(all: I) -> Self {
        let mut facts = Self::default();
        for (name, fact) in all {
            facts.insert(name, fact);
        }
        facts
    }
}

/// All that belongs to one rollout. A part that may not be read, or was not read yet, is `None`.
#[derive(Clone, Debug, Default)]
pub struct Around {
    pub sets: Option<ByName<SetFact>>,
    pub pods: Option<ByName<PodFact>>,
    pub runs: Option<ByName<RunFact>>,
}

fn identity(object: &Value) -> Option<(String, String)> {
    Some((text(object, "/metadata/namespace")?.to_owned(), text(object, "/metadata/name")?.to_owned()))
}

fn hash_of(object: &Value) -> Option<String> {
    text(object, "/metadata/labels/rollouts-pod-template-hash").map(str::to_owned)
}

fn owner<'a>(object: &'a Value, kind: &str) -> Option<&'a str> {
    list(object, "/metadata/ownerReferences")
        .iter()
        .find(|owner| text(owner, "/kind") == Some(kind))
        .and_then(|owner| text(owner, "/name"))
}

#[must_use]
pub fn images(pod_spec: Option<&Value>) -> Vec<DisplayText> {
    let Some(spec) = pod_spec else { return Vec::new() };
    list(spec, "/containers").iter().filter_map(|container| text(container, "/image")).map(DisplayText::new).collect()
}

/// A replica set, with the rollout that owns it.
#[must_use]
pub fn set(object: &Value) -> Option<(Key, String, SetFact)> {
    let (namespace, name) = identity(object)?;
    let rollout = owner(object, "Rollout")?.to_owned();
    let fact = SetFact {
        hash: DisplayText::new(&hash_of(object)?),
        revision: text(object, "/metadata/annotations/rollout.argoproj.io~1revision").and_then(|text| text.parse().ok()),
        images: images(at(object, "/spec/template/spec")),
        desired: count(object, "/spec/replicas"),
        ready: count(object, "/status/readyReplicas").unwrap_or(0),
        available: count(object, "/status/availableReplicas").unwrap_or(0),
    };
    Some(((namespace, rollout), name, fact))
}

/// A pod, with the rollout that its replica set is named after.
#[must_use]
pub fn pod(object: &Value) -> Option<(Key, String, PodFact)> {
    let (namespace, name) = identity(object)?;
    let hash = hash_of(object)?;
    let rollout = owner(object, "ReplicaSet")?.strip_suffix(&hash)?.strip_suffix('-')?.to_owned();
    let fact = PodFact { trouble: trouble(object, &name), hash };
    Some(((namespace, rollout), name, fact))
}

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    list(object, "/status/conditions").iter().find(|found| text(found, "/type") == Some(kind))
}

/// Why a pod is not ready: the waiting container's reason, the scheduler's, the kubelet's, in this order.
fn trouble(object: &Value, name: &str) -> Option<PodTrouble> {
    let ready = condition(object, "Ready");
    if ready.and_then(|found| text(found, "/status")) == Some("True") {
        return None;
    }
    let since =
        ready.and_then(|found| time(found, "/lastTransitionTime")).or_else(|| time(object, "/metadata/creationTimestamp"));
    let make = |reason: &str, message: &str| PodTrouble {
        name: DisplayText::new(name),
        reason: DisplayText::new(reason),
        message: DisplayText::new(message),
        since,
    };
    let statuses = list(object, "/status/initContainerStatuses").iter().chain(list(object, "/status/containerStatuses"));
    let waiting = statuses.filter_map(|status| at(status, "/state/waiting")).find(|waiting| {
        // `PodInitializing` only says that an init container is not done; that one says why.
        text(waiting, "/reason").is_some_and(|reason| reason != "PodInitializing")
    });
    if let Some(waiting) = waiting {
        return Some(make(text(waiting, "/reason").unwrap_or("waiting"), text(waiting, "/message").unwrap_or_default()));
    }
    if text(object, "/metadata/deletionTimestamp").is_some() {
        return Some(make("Terminating", ""));
    }
    if let Some(scheduled) = condition(object, "PodScheduled").filter(|found| text(found, "/status") == Some("False")) {
        return Some(make(
            text(scheduled, "/reason").unwrap_or("Unschedulable"),
            text(scheduled, "/message").unwrap_or_default(),
        ));
    }
    let terminated = list(object, "/status/containerStatuses").iter().find_map(|status| at(status, "/state/terminated"));
    if let Some(ended) = terminated {
        return Some(make(text(ended, "/reason").unwrap_or("Terminated"), text(ended, "/message").unwrap_or_default()));
    }
    let reason = ready.and_then(|found| text(found, "/reason")).or_else(|| text(object, "/status/reason"));
    let message = ready.and_then(|found| text(found, "/message")).unwrap_or_default();
    Some(make(reason.unwrap_or("NotReady"), message))
}

/// An analysis run, with the rollout that owns it.
#[must_use]
pub fn run(object: &Value) -> Option<(Key, String, RunFact)> {
    let (namespace, name) = identity(object)?;
    let rollout = owner(object, "Rollout")?.to_owned();
    let fact = RunFact {
        hash: hash_of(object)?,
        created: text(object, "/metadata/creationTimestamp").unwrap_or_default().to_owned(),
        rows: rows(object, &name),
    };
    Some(((namespace, rollout), name, fact))
}

fn rows(object: &Value, name: &str) -> Vec<Analysis> {
    let results = list(object, "/status/metricResults");
    let metrics = list(object, "/spec/metrics");
    metrics.iter().map(|metric| row(object, name, metric, results)).collect()
}

fn row(object: &Value, run: &str, metric: &Value, results: &[Value]) -> Analysis {
    let metric_name = text(metric, "/name").unwrap_or_default();
    let none = Value::Null;
    let result = results.iter().find(|result| text(result, "/name") == Some(metric_name)).unwrap_or(&none);
    // An error has no value; the last measured one stays what was measured.
    let measured = list(result, "/measurements").iter().rev().find(|measurement| text(measurement, "/value").is_some());
    let last = list(result, "/measurements").last();
    let phase = text(result, "/phase").or_else(|| text(object, "/status/phase")).unwrap_or("Pending");
    let message = text(result, "/message")
        .or_else(|| last.and_then(|measurement| text(measurement, "/message")))
        .or_else(|| text(object, "/status/message"))
        .unwrap_or_default();
    Analysis {
        run: DisplayText::new(run),
        metric: DisplayText::new(metric_name),
        phase: DisplayText::new(phase),
        value: measured.map(|measurement| shown(measurement, "/value")),
        rule: rule(metric),
        failed: count(result, "/failed").unwrap_or(0),
        failure_limit: count(metric, "/failureLimit").or(Some(0)),
        measured_at: measured.and_then(|measurement| time(measurement, "/finishedAt")),
        message: DisplayText::new(message),
    }
}

fn rule(metric: &Value) -> Option<DisplayText> {
    match (text(metric, "/successCondition"), text(metric, "/failureCondition")) {
        (Some(success), Some(failure)) => Some(DisplayText::new(&format!("{success}; fails on {failure}"))),
        (Some(success), None) => Some(DisplayText::new(success)),
        (None, Some(failure)) => Some(DisplayText::new(&format!("fails on {failure}"))),
        (None, None) => None,
    }
}
