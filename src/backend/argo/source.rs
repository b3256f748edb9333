//! One cluster as a source: settings, the connection made on first use, and single reads.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::{Value, value::RawValue};

use super::{
    client::{self, Answer, BODY_CAP, LIST_CAP, Link},
    facts::{self, Around, Key},
    kinds::{Kind, rollout_path},
    links::Links,
    settings::ArgoSettings,
    standing, watch, wire,
};
use crate::{
    backend::port::{Observed, ReadError, Source, Watching},
    domain::{
        clock::Clock,
        id::{SourceId, TargetId},
        rollout::Rollout,
        source::Tells,
        text::DisplayText,
    },
};

/// Objects around a rollout are asked for no longer than this: without them a change can still be judged.
const AROUND_TIMEOUT: Duration = Duration::from_secs(3);

/// Objects of one page of a list. Four lists are read at once, each page as a whole.
const PAGE: u32 = 50;
/// Objects of one list. A server that always names one more page would be listed for ever.
const OBJECTS: usize = 50_000;
/// Bytes of one list, all pages together.
const WHOLE_LIST_CAP: usize = 512 << 20;

/// A cluster with Argo Rollouts: `Source` and `Driver` in one. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct ArgoSource {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub id: SourceId,
    pub settings: ArgoSettings,
    /// Between two small reads.
    pub interval: Duration,
    pub clock: Arc<dyn Clock>,
    pub links: Links,
}

impl ArgoSource {
    /// Prepares a source; nothing is read and nothing can fail yet. `interval` is the pause between two small reads.
    #[must_use]
    pub fn new(id: SourceId, settings: ArgoSettings, interval: Duration, clock: Arc<dyn Clock>) -> Self {
        Self::with(None, id, settings, interval, clock)
    }

    /// A source over a link that is there already; tests use it for short time-outs.
    #[must_use]
    pub fn over(link: Link, id: SourceId, settings: ArgoSettings, interval: Duration, clock: Arc<dyn Clock>) -> Self {
        Self::with(Some(link), id, settings, interval, clock)
    }

    fn with(link: Option<Link>, id: SourceId, settings: ArgoSettings, interval: Duration, clock: Arc<dyn Clock>) -> Self {
        let links = Links::new(settings.clone(), Arc::clone(&clock), link);
        Self { shared: Arc::new(Shared { id, settings, interval, clock, links }) }
    }
}

impl Shared {
    /// One read whose answer must be a JSON object with status 200.
    pub async fn object(&self, path: &str, cap: usize) -> Result<Value, Failed> {
        parse(&self.answer(path, cap).await?)
    }

    async fn answer(&self, path: &str, cap: usize) -> Result<Answer, Failed> {
        let link = self.links.get().await.map_err(Failed::from)?;
        let answer = link.get(path, cap).await.map_err(Failed::from)?;
        if answer.status == 401 {
            self.links.forget();
        }
        Ok(answer)
    }

    /// The small read: one rollout of the list of each scope, which proves address, credentials and the right to read
    /// rollouts in all of them.
    pub async fn probe(&self) -> Result<(), Failed> {
        let reads = self.scopes().into_iter().map(|scope| async move {
            let path = format!("{}?limit=1", Kind::Rollouts.collection(scope.as_deref()));
            self.object(&path, BODY_CAP).await
        });
        futures_util::future::try_join_all(reads).await.map(|_| ())
    }

    pub fn scopes(&self) -> Vec<Option<String>> {
        if self.settings.namespaces.is_empty() {
            return vec![None];
        }
        self.settings.namespaces.iter().cloned().map(Some).collect()
    }

    /// Every page of one list; each object goes through `keep`. The list's resourceVersion comes back.
    ///
    /// A parsed object takes five times its bytes, so of a page one at a time is parsed.
    pub async fn pages(&self, kind: Kind, namespace: Option<&str>, mut keep: impl FnMut(&Value)) -> Result<String, Failed> {
        let mut next = String::new();
        let (mut bytes, mut objects) = (0, 0);
        loop {
            let path = format!("{}?limit={PAGE}{}{next}", kind.collection(namespace), kind.selector());
            let answer = self.answer(&path, LIST_CAP).await?;
            let page: Page<'_> = parse(&answer)?;
            let items = page.items.ok_or_else(|| Failed::malformed("a list without items"))?;
            bytes += answer.body.len();
            // An empty page counts, too.
            objects += items.len().max(1);
            if objects > OBJECTS || bytes > WHOLE_LIST_CAP {
                return Err(Failed::malformed(&format!("a list of more than {OBJECTS} objects or {} MiB", WHOLE_LIST_CAP >> 20)));
            }
            for item in items {
                keep(&serde_json::from_str(item.get()).map_err(|_| Failed::malformed("the answer is not JSON"))?);
            }
            let told = |name: &str| page.metadata.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let Some(token) = told("continue") else { return Ok(told("resourceVersion").unwrap_or_default().to_owned()) };
            let following = format!("&continue={}", escape(token));
            if std::mem::replace(&mut next, following.clone()) == following {
                return Err(Failed::malformed("a list that goes on where it was"));
            }
        }
    }

    /// A part around one rollout; `None` when it can not be read.
    async fn part(&self, path: String) -> Option<Value> {
        tokio::time::timeout(AROUND_TIMEOUT, self.object(&path, LIST_CAP)).await.ok()?.ok()
    }

    async fn around(&self, namespace: &str, base: &wire::Base, name: &str) -> Around {
        let Some(hash) = base.hash().filter(|hash| is_hash(hash)) else { return Around::default() };
        let stable = base.stable().filter(|stable| *stable != hash && is_hash(stable));
        let selected =
            |kind: Kind| format!("{}?labelSelector=rollouts-pod-template-hash%3D{hash}", kind.collection(Some(namespace)));
        let set_path = |hash: &str| format!("{}/{name}-{hash}", Kind::ReplicaSets.collection(Some(namespace)));
        let stable_set = async {
            match stable {
                Some(stable) => self.part(set_path(stable)).await,
                None => None,
            }
        };
        let (new, old, runs, pods) = tokio::join!(
            self.part(set_path(hash)),
            stable_set,
            self.part(selected(Kind::AnalysisRuns)),
            self.part(selected(Kind::Pods))
        );
        let mine = (namespace.to_owned(), name.to_owned());
        let sets: facts::ByName<_> = [new, old].iter().flatten().filter_map(|object| of(facts::set(object), &mine)).collect();
        let items = |list: &Value| list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        Around {
            sets: (!sets.is_empty()).then_some(sets),
            runs: runs.map(|list| items(&list).iter().filter_map(|object| of(facts::run(object), &mine)).collect()),
            pods: pods.map(|list| items(&list).iter().filter_map(|object| of(facts::pod(object), &mine)).collect()),
        }
    }

    pub async fn observe(&self, target: &TargetId) -> Result<Observed, ReadError> {
        if !target.is_actionable() {
            return Err(ReadError::Malformed(DisplayText::new("the name is not one that Kubernetes gives")));
        }
        let path = rollout_path(target.namespace.raw(), target.name.raw());
        let native = self.object(&path, BODY_CAP).await.map_err(|failed| match failed.status {
            Some(404) => ReadError::Gone(target.clone()),
            _ => failed.error,
        })?;
        let (read_at, received) = (self.clock.now(), self.clock.since_boot());
        let base =
            wire::base(&self.id, &native).ok_or_else(|| ReadError::Malformed(DisplayText::new("the answer is not a rollout")))?;
        let around = self.around(target.namespace.raw(), &base, target.name.raw()).await;
        Ok(Observed { rollout: Arc::new(base.dress(&around)), native: Arc::new(native), read_at, received })
    }
}

/// One page of a list, its objects not parsed yet.
#[derive(serde::Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    metadata: Value,
}

/// A failed read with what decides about the next attempt.
#[derive(Debug)]
pub struct Failed {
    pub error: ReadError,
    pub status: Option<u16>,
    pub retry_after: Option<Duration>,
}

impl Failed {
    #[must_use]
    pub fn malformed(why: &str) -> Self {
        Self { error: ReadError::Malformed(DisplayText::new(why)), status: None, retry_after: None }
    }
}

impl From<ReadError> for Failed {
    fn from(error: ReadError) -> Self {
        Self { error, status: None, retry_after: None }
    }
}

/// The JSON of a 200; anything else in words.
fn parse<'a, T: serde::Deserialize<'a>>(answer: &'a Answer) -> Result<T, Failed> {
    if answer.status == 200 {
        return serde_json::from_slice(&answer.body).map_err(|_| Failed::malformed("the answer is not JSON"));
    }
    Err(refused(answer.status, &answer.body, answer.retry_after))
}

/// An answer other than 200, in words.
#[must_use]
pub fn refused(status: u16, body: &[u8], retry_after: Option<Duration>) -> Failed {
    let said = client::said(body);
    let error = match status {
        401 => ReadError::Forbidden(DisplayText::new(&format!("the server does not accept the credentials ({said})"))),
        403 => ReadError::Forbidden(DisplayText::new(&said)),
        300..=399 => ReadError::Unreachable(DisplayText::new("the server points elsewhere, which is not followed")),
        404 => ReadError::Malformed(DisplayText::new(&format!("not found ({}): is Argo Rollouts installed there?", said.trim()))),
        _ => ReadError::Unreachable(DisplayText::new(&format!("the server answered {status}: {said}"))),
    };
    Failed { error, status: Some(status), retry_after }
}

fn of<F>(fact: Option<(Key, String, F)>, mine: &Key) -> Option<(String, F)> {
    fact.filter(|(key, _, _)| key == mine).map(|(_, name, fact)| (name, fact))
}

fn is_hash(text: &str) -> bool {
    !text.is_empty() && text.len() <= 63 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Percent-escapes everything but letters, digits, `-`, `_`, `.` and `~`.
fn escape(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[async_trait]
impl Source for ArgoSource {
    fn id(&self) -> &SourceId {
        &self.shared.id
    }

    fn kind(&self) -> &'static str {
        "argo"
    }

    fn tells(&self) -> Tells {
        Tells::ROLLOUTS
    }

    async fn watch(&self, watching: Watching) {
        watch::run(Arc::clone(&self.shared), watching.updates, watching.read_now).await;
    }

    async fn list(&self) -> Result<Vec<Arc<Rollout>>, ReadError> {
        self.list_and_missing().await.map(|(rollouts, _)| rollouts)
    }

    async fn list_and_missing(&self) -> Result<(Vec<Arc<Rollout>>, Vec<DisplayText>), ReadError> {
        let mut found = watch::Everything::default();
        let mut missing = Vec::new();
        for scope in self.shared.scopes() {
            for kind in Kind::ALL {
                let shared = &self.shared;
                let mut facts = Vec::new();
                let read = shared.pages(kind, scope.as_deref(), |object| {
                    facts.extend(watch::Fact::read(kind, &shared.id, object));
                });
                match read.await {
                    Ok(_) => found.replace(kind, scope.as_deref(), facts),
                    Err(failed) if kind == Kind::Rollouts => return Err(failed.error),
                    // The other kinds only add; what may not be read stays unknown, and that is said.
                    Err(failed) => missing.push(standing::missing(kind, scope.as_deref(), &failed.error)),
                }
            }
        }
        found.refresh();
        Ok((found.all(), missing))
    }
}
