//! From the system's object to the domain's `Rollout`. Nothing here fails: a field of a wrong type is an absent field.

use std::sync::Arc;

use serde_json::Value;

use super::{
    facts::{Around, Key, SetFact, images},
    field::{at, count, integer, list, text, time},
    holds::holds,
    patch::NUDGED_PATH,
    phase::stand,
    steps::{position, set_weight, steps, strategy},
};
use crate::domain::{
    Timestamp,
    id::{SourceId, TargetId},
    rollout::{Owner, Phase, Pods, Revision, Rollout, Strategy, Weight},
    text::DisplayText,
};

/// A rollout, and what is needed to add what other objects know of it. Much smaller than the object.
#[derive(Clone, Debug)]
pub struct Base {
    /// As it was read, or as it was dressed last: what other objects say of it is put in anew each time.
    rollout: Arc<Rollout>,
    hash: Option<Box<str>>,
    stable: Option<Box<str>>,
    /// Images of the object's own template; empty where the template is another object's.
    images: Box<[DisplayText]>,
    /// A router is asked for weights, so replica counts say nothing about traffic.
    routed: bool,
    available: u32,
    /// The actual weight as far as the object itself tells it.
    actual: Option<u32>,
}

/// Namespace and name, when the object has both.
#[must_use]
pub fn key(object: &Value) -> Option<Key> {
    Some((text(object, "/metadata/namespace")?.to_owned(), text(object, "/metadata/name")?.to_owned()))
}

/// Reads one rollout object; `None` when it has no name.
#[must_use]
pub fn base(source: &SourceId, object: &Value) -> Option<Base> {
    let (namespace, name) = key(object)?;
    let stand = stand(object);
    let strategy = strategy(object);
    let steps = steps(object);
    let position = position(object, &steps);
    let holds = holds(object, strategy, &steps, position.as_ref());
    let routed = at(object, "/spec/strategy/canary/trafficRouting").is_some();
    let hash = text(object, "/status/currentPodHash").filter(|hash| !hash.is_empty()).map(Into::into);
    let stable = text(object, "/status/stableRS").filter(|hash| !hash.is_empty()).map(Into::into);

    // Steps without a position: no controller has looked yet, and nobody knows the weight.
    let past_last = position.as_ref().map_or(steps.is_empty(), |position| position.index >= position.count);
    let set = match strategy {
        Strategy::Canary if stand.aborted => Some(0),
        Strategy::Canary if past_last => Some(100),
        Strategy::Canary => position.as_ref().map(|position| set_weight(&steps, position.index)),
        Strategy::BlueGreen | Strategy::Unknown => None,
    };
    let actual = match strategy {
        // Before the router's own words: it is asked for 0 % canary again once the canary is the stable version.
        Strategy::Canary if past_last && !stand.aborted && stand.phase == Phase::Healthy => Some(100),
        Strategy::Canary if routed && at(object, "/status/canary/weights").is_some() => {
            count(object, "/status/canary/weights/canary/weight").filter(|weight| *weight <= 100)
        }
        Strategy::Canary | Strategy::BlueGreen | Strategy::Unknown => None,
    };
    let verified = at(object, "/status/canary/weights/verified").and_then(Value::as_bool);

    let rollout = Rollout {
        id: TargetId::new(source, &namespace, &name),
        kind: "argo",
        strategy,
        uid: text(object, "/metadata/uid").unwrap_or_default().to_owned(),
        generation: integer(object, "/metadata/generation").unwrap_or(0),
        version: text(object, "/metadata/resourceVersion").unwrap_or_default().to_owned(),
        phase: stand.phase,
        message: DisplayText::new(&stand.message),
        weight: Weight { set, actual, verified },
        holds,
        pods: Pods::default(),
        revision: None,
        stable: None,
        aborted: stand.aborted,
        aborted_at: time(object, "/status/abortedAt"),
        observed: stand.observed,
        unpausing: stand.unpausing,
        invalid: stand.invalid,
        analysis: Vec::new(),
        owner: owner(object),
        nudged: text(object, NUDGED_PATH).map(str::to_owned),
        changed_at: changed_at(object),
        steps,
        position,
    };
    Some(Base {
        rollout: Arc::new(rollout),
        hash,
        stable,
        images: images(at(object, "/spec/template/spec")).into(),
        actual,
        routed,
        available: count(object, "/status/availableReplicas").unwrap_or(0),
    })
}

impl Base {
    #[must_use]
    pub fn hash(&self) -> Option<&str> {
        self.hash.as_deref()
    }

    #[must_use]
    pub fn stable(&self) -> Option<&str> {
        self.stable.as_deref()
    }

    /// The whole rollout, with what the objects around it say.
    #[must_use]
    pub fn dress(&self, around: &Around) -> Rollout {
        let mut rollout = self.rollout.as_ref().clone();
        let set_of = |hash: &str| around.sets.as_ref().and_then(|sets| sets.values().find(|set| set.hash.as_str() == hash));
        let new = self.hash.as_deref().and_then(set_of);
        rollout.revision = self.hash.as_deref().map(|hash| {
            // Until the controller has seen the newest template, the object's own images are not those of this hash.
            let own: &[DisplayText] = if rollout.observed { &self.images } else { &[] };
            revision(hash, new, own)
        });
        rollout.stable = if self.stable == self.hash {
            // The same texts, not the same again.
            rollout.revision.clone()
        } else {
            self.stable.as_deref().map(|hash| revision(hash, set_of(hash), &[]))
        };
        rollout.pods.desired = new.and_then(|set| set.desired);
        rollout.pods.ready = new.map(|set| set.ready);
        rollout.pods.not_ready = self
            .hash
            .as_deref()
            .zip(around.pods.as_ref())
            .map(|(hash, pods)| pods.values().filter(|pod| pod.hash == hash).filter_map(|pod| pod.trouble.clone()).collect());
        rollout.weight.actual = self.actual;
        if rollout.strategy == Strategy::Canary && !self.routed && rollout.weight.actual.is_none() {
            // Without a router traffic follows the pods that are available.
            rollout.weight.actual = new.map(|set| {
                let share = u64::from(set.available) * 100 / u64::from(self.available.max(1));
                u32::try_from(share).unwrap_or(100).min(100)
            });
        }
        rollout.analysis = self.hash.as_deref().zip(around.runs.as_ref()).map_or_else(Vec::new, |(hash, runs)| {
            let mut mine: Vec<_> = runs.values().filter(|run| run.hash == hash).collect();
            mine.sort_by(|a, b| a.created.cmp(&b.created));
            mine.into_iter().flat_map(|run| run.rows.iter().cloned()).collect()
        });
        rollout
    }

    /// Keeps what `dress` made of it: one rollout in memory instead of two.
    pub fn keep(&mut self, dressed: Arc<Rollout>) {
        self.rollout = dressed;
    }
}

fn revision(hash: &str, set: Option<&SetFact>, own_images: &[DisplayText]) -> Revision {
    Revision {
        number: set.and_then(|set| set.revision),
        hash: set.map_or_else(|| DisplayText::new(hash), |set| set.hash.clone()),
        images: set.map_or_else(|| own_images.to_vec(), |set| set.images.clone()),
    }
}

/// The tool that may put spec changes back (1.7.13).
fn owner(object: &Value) -> Option<Owner> {
    let label = |name: &str| text(object, &format!("/metadata/labels/{name}"));
    let annotation = |name: &str| text(object, &format!("/metadata/annotations/{name}"));
    if let Some(tracking) = annotation("argocd.argoproj.io~1tracking-id") {
        let application = tracking.split(':').next().unwrap_or(tracking);
        return Some(Owner { kind: "argocd", name: DisplayText::new(application) });
    }
    for name in ["kustomize.toolkit.fluxcd.io~1name", "helm.toolkit.fluxcd.io~1name"] {
        if let Some(found) = label(name) {
            return Some(Owner { kind: "flux", name: DisplayText::new(found) });
        }
    }
    let helm = label("app.kubernetes.io~1managed-by").is_some_and(|by| by.eq_ignore_ascii_case("helm"));
    if let Some(release) = annotation("meta.helm.sh~1release-name") {
        return Some(Owner { kind: "helm", name: DisplayText::new(release) });
    }
    let instance = label("app.kubernetes.io~1instance");
    if helm {
        return Some(Owner { kind: "helm", name: DisplayText::new(instance.unwrap_or_default()) });
    }
    let argocd = label("app.kubernetes.io~1managed-by").is_some_and(|by| by.eq_ignore_ascii_case("argocd"))
        || label("argocd.argoproj.io~1instance").is_some();
    argocd.then(|| Owner { kind: "argocd", name: DisplayText::new(instance.unwrap_or_default()) })
}

/// The newest event that the system itself dates.
fn changed_at(object: &Value) -> Option<Timestamp> {
    let conditions = list(object, "/status/conditions").iter().filter_map(|found| time(found, "/lastTransitionTime"));
    let pauses = list(object, "/status/pauseConditions").iter().filter_map(|found| time(found, "/startTime"));
    conditions.chain(pauses).chain(time(object, "/status/abortedAt")).max()
}
