//! The write port: plans as data, reviews that change nothing, and one request sent once.

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{outlook, patch, source::ArgoSource};
use crate::{
    backend::port::{Driver, Observed, ReadError, Review, Sent},
    domain::{
        action::ActionId,
        change::{ChangePlan, Expectation, Point, Precondition, Request, Risk},
        id::TargetId,
        operation::Operation,
        permit::{Refusal, RefusalCode, Rights},
        rollout::Rollout,
        text::DisplayText,
    },
};

#[async_trait]
impl Driver for ArgoSource {
    async fn fetch(&self, target: &TargetId) -> Result<Observed, ReadError> {
        self.shared.observe(target).await
    }

    fn plan(&self, operation: Operation, observed: &Observed, action: &ActionId) -> Result<ChangePlan, Refusal> {
        let rollout = observed.rollout.as_ref();
        if !rollout.id.is_actionable() {
            return Err(Refusal::new(
                RefusalCode::NameNotActionable,
                format!("the name {} is not a name Kubernetes gives; it can not be acted on", rollout.id.name),
            ));
        }
        let expectation = expectation(operation, rollout, action)?;
        let (patch, on_status) = patch::patch(operation, &observed.native, action);
        let request = patch::request(&rollout.id, patch, on_status);
        let preconditions = patch::preconditions(&request, &observed.native);
        let before = Point::now(rollout);
        let after = outlook::after(operation, rollout, observed.read_at);
        Ok(ChangePlan {
            operation,
            target: rollout.id.clone(),
            uid: rollout.uid.clone(),
            revision: rollout.revision.as_ref().map(|revision| revision.hash.as_str().to_owned()),
            before,
            after,
            native: native(operation).to_owned(),
            requests: vec![request],
            preconditions,
            expectation,
            consequences: outlook::consequences(operation, rollout, observed.read_at),
            warnings: outlook::warnings(operation, rollout),
            untouched: outlook::untouched(operation, rollout),
            risk: match operation {
                Operation::Advance | Operation::RollBack => Risk::High,
                Operation::Resume => Risk::Medium,
                Operation::Pause | Operation::Nudge => Risk::Low,
            },
            settle: matches!(operation, Operation::Advance | Operation::Resume),
        })
    }

    fn preconditions(&self, plan: &ChangePlan, now: &Observed) -> Vec<Precondition> {
        plan.requests.iter().flat_map(|request| patch::preconditions(request, &now.native)).collect()
    }

    async fn review(&self, plan: &ChangePlan, _action: &ActionId) -> Review {
        let mut review = Review { rights: Rights::NotAsked, dry_run: Ok(()), not_checked: Vec::new() };
        let Some(request) = plan.requests.first() else { return review };
        match self.rights(plan, request).await {
            Ok(rights) => review.rights = rights,
            Err(error) => review.not_checked.push(format!("rights: {error}")),
        }
        if matches!(review.rights, Rights::Denied { .. }) {
            review.not_checked.push("dry run: not asked without the right".to_owned());
            return review;
        }
        review.dry_run = self.dry_run(request, &mut review.rights).await;
        review
    }

    async fn send(&self, plan: &ChangePlan, index: usize, action: &ActionId) -> Sent {
        let Some(request) = plan.requests.get(index) else {
            return Sent::NotSent { why: DisplayText::new("the plan has no such request") };
        };
        let link = match self.shared.links.get().await {
            Ok(link) => link,
            Err(error) => return Sent::NotSent { why: DisplayText::new(&error.to_string()) },
        };
        let path = format!("{}?{}", request.path, request.query);
        let body = Bytes::from(request.body.to_string());
        let sent = link.act(&request.method, &path, &request.content_type, body, &action.0).await;
        if matches!(sent, Sent::Rejected { status: 401, .. }) {
            self.shared.links.forget();
        }
        sent
    }

    async fn whoami(&self) -> Option<DisplayText> {
        let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let answer = self.ask("/apis/authentication.k8s.io/v1/selfsubjectreviews", &body).await.ok()?;
        let name = answer.pointer("/status/userInfo/username")?.as_str()?;
        Some(DisplayText::new(name))
    }

    fn origin(&self) -> Option<String> {
        self.shared.links.origin()
    }

    fn by_hand(&self, plan: &ChangePlan) -> String {
        let settings = &self.shared.settings;
        let mut words = vec!["kubectl".to_owned()];
        if let Some(path) = &settings.kubeconfig {
            words.extend(["--kubeconfig".to_owned(), quoted(&path.to_string_lossy())]);
        }
        if let Some(context) = self.shared.links.context() {
            words.extend(["--context".to_owned(), quoted(&context)]);
        }
        words.extend(["-n".to_owned(), quoted(plan.target.namespace.raw())]);
        words.extend(["patch".to_owned(), "rollouts.argoproj.io".to_owned(), quoted(plan.target.name.raw())]);
        let commands = plan.requests.iter().map(|request| {
            let mut words = words.clone();
            if request.path.ends_with("/status") {
                words.push("--subresource=status".to_owned());
            }
            words.extend(["--type=json".to_owned(), "-p".to_owned(), quoted(&request.body.to_string())]);
            words.join(" ")
        });
        commands.collect::<Vec<_>>().join("\n")
    }
}

impl ArgoSource {
    /// One question with a JSON body and a JSON answer.
    async fn ask(&self, path: &str, body: &Value) -> Result<Value, ReadError> {
        let link = self.shared.links.get().await?;
        let answer = link.question(Method::POST, path, "application/json", Bytes::from(body.to_string())).await?;
        if !(200..=299).contains(&answer.status) {
            return Err(super::source::refused(answer.status, &answer.body, None).error);
        }
        serde_json::from_slice(&answer.body).map_err(|_| ReadError::Malformed(DisplayText::new("the answer is not JSON")))
    }

    async fn rights(&self, plan: &ChangePlan, request: &Request) -> Result<Rights, ReadError> {
        let subresource = if request.path.ends_with("/status") { "status" } else { "" };
        let namespace = plan.target.namespace.raw();
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "group": "argoproj.io", "resource": "rollouts", "subresource": subresource, "verb": "patch",
                "namespace": namespace, "name": plan.target.name.raw(),
            }},
        });
        let answer = self.ask("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &body).await?;
        match answer.pointer("/status/allowed").and_then(Value::as_bool) {
            Some(true) => Ok(Rights::Allowed),
            Some(false) => {
                let what = if subresource.is_empty() { "rollouts" } else { "rollouts/status" };
                let who = self.whoami().await.map(|who| format!("{who} ")).unwrap_or_default();
                Ok(Rights::Denied {
                    sentence: format!(
                        "{} says that this user {who}may not patch {what} in namespace {}: ask for that right",
                        plan.target.source, plan.target.namespace
                    ),
                })
            }
            None => Err(ReadError::Malformed(DisplayText::new("the review says neither yes nor no"))),
        }
    }

    async fn dry_run(&self, request: &Request, rights: &mut Rights) -> Result<(), Refusal> {
        let unreachable =
            |why: &dyn std::fmt::Display| Refusal::new(RefusalCode::Unreachable, format!("the dry run got no answer: {why}"));
        let link = self.shared.links.get().await.map_err(|error| unreachable(&error))?;
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|error| unreachable(&error))?;
        let path = format!("{}?{}&dryRun=All", request.path, request.query);
        let body = Bytes::from(request.body.to_string());
        let answer = link.question(method, &path, &request.content_type, body).await.map_err(|error| unreachable(&error))?;
        let said = DisplayText::new(&super::client::said(&answer.body));
        match answer.status {
            200..=299 => Ok(()),
            403 => {
                let sentence = format!("the server does not let this user: {said}");
                *rights = Rights::Denied { sentence: sentence.clone() };
                Err(Refusal::new(RefusalCode::NotPermitted, sentence))
            }
            404 => Err(Refusal::new(RefusalCode::Gone, format!("the server's dry run does not find it: {said}"))),
            409 | 422 => Err(Refusal::new(
                RefusalCode::DryRunRejected,
                "the server's own dry run refused: the state moved since it was read; read again",
            )),
            status @ (429 | 500..) => Err(unreachable(&format!("{status}: {said}"))),
            status => {
                Err(Refusal::new(RefusalCode::DryRunRejected, format!("the server's own dry run refused ({status}): {said}")))
            }
        }
    }
}

fn expectation(operation: Operation, rollout: &Rollout, action: &ActionId) -> Result<Expectation, Refusal> {
    Ok(match operation {
        Operation::Advance => {
            let hold = rollout.step_hold().ok_or_else(|| {
                Refusal::new(RefusalCode::NotHeld, format!("{} waits at no step: there is nothing to advance", rollout.id.name))
            })?;
            let step = rollout.position.as_ref().map(|position| position.index);
            Expectation::HoldReleased { cause: hold.cause, since: hold.since, step }
        }
        Operation::Pause => Expectation::ManualPause { set: true },
        Operation::Resume => Expectation::ManualPause { set: false },
        Operation::RollBack => Expectation::Aborted,
        Operation::Nudge => Expectation::Touched { value: action.0.clone() },
    })
}

fn native(operation: Operation) -> &'static str {
    match operation {
        Operation::Advance => "Argo: clear pause conditions (status patch)",
        Operation::Pause => "Argo: set spec.paused (spec patch)",
        Operation::Resume => "Argo: unset spec.paused (spec patch)",
        Operation::RollBack => "Argo: abort (status patch)",
        Operation::Nudge => "Argo: touch an annotation (metadata patch)",
    }
}

/// One word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
