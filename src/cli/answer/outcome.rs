//! What a change answers, with `--dry-run` as well.

use schemars::JsonSchema;
use serde::Serialize;

use super::{SCHEMA, moment::Moment};
use crate::domain::{
    change::{ChangePlan, Point, Precondition, Request},
    confirm::Proposal,
    id::TargetId,
    operation::Operation,
    outcome::Outcome,
    permit::Refusal,
    progress::{Receipt, Report},
    text::DisplayText,
};

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "cutover advance, pause, resume, rollback, nudge --json")]
pub struct OutcomeAnswer {
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// Null when it was refused before it had an identifier.
    pub action: Option<String>,
    pub operation: Operation,
    pub target: String,
    pub dry_run: bool,
    /// Null when nothing could be planned.
    pub before: Option<Point>,
    pub after: Option<Point>,
    pub requests: Vec<RequestItem>,
    pub preconditions: Vec<Precondition>,
    /// Null for a dry run that was not refused: nothing was sent, so nothing came of it.
    pub outcome: Option<Outcome>,
    pub sentence: String,
    pub refusal: Option<Refusal>,
    pub read_back_at: Option<Moment>,
    /// The last record of this action.
    pub record: Option<Receipt>,
    /// What has to be passed as `--confirm`; null when nothing could be planned.
    pub confirm: Option<String>,
    pub consequences: Vec<String>,
    pub warnings: Vec<String>,
    /// Why the outcome could not be recorded; null when it was, or when there was none.
    pub outcome_not_recorded: Option<String>,
}

/// One request, without headers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RequestItem {
    pub method: String,
    pub path: String,
    pub query: String,
    pub body: serde_json::Value,
    pub sent: bool,
    pub status: Option<u16>,
}

impl RequestItem {
    fn new(request: &Request, sent: bool, status: Option<u16>) -> Self {
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            body: request.body.clone(),
            sent,
            status,
        }
    }
}

impl OutcomeAnswer {
    /// A refusal before anything could be planned.
    #[must_use]
    pub fn refused(operation: Operation, target: &TargetId, dry_run: bool, refusal: &Refusal) -> Self {
        Self {
            schema: SCHEMA,
            action: None,
            operation,
            target: target.to_string(),
            dry_run,
            before: None,
            after: None,
            requests: Vec::new(),
            preconditions: Vec::new(),
            outcome: Some(Outcome::Refused),
            sentence: refusal.sentence.clone(),
            refusal: Some(refusal.clone()),
            read_back_at: None,
            record: None,
            confirm: None,
            consequences: Vec::new(),
            warnings: Vec::new(),
            outcome_not_recorded: None,
        }
    }

    /// What would be sent.
    #[must_use]
    pub fn dry_run(proposal: &Proposal) -> Self {
        let plan = &proposal.plan;
        let mut answer = Self::planned(proposal, true);
        answer.sentence = format!("nothing was sent; {} of {} would be possible now", plan.operation, plan.target.name);
        answer
    }

    /// Planned, and refused by us afterwards: not confirmed, not that value.
    #[must_use]
    pub fn refused_after(proposal: &Proposal, dry_run: bool, refusal: &Refusal, record: Option<Receipt>) -> Self {
        let mut answer = Self::planned(proposal, dry_run);
        answer.outcome = Some(Outcome::Refused);
        answer.sentence.clone_from(&refusal.sentence);
        answer.refusal = Some(refusal.clone());
        answer.record = record;
        answer
    }

    fn planned(proposal: &Proposal, dry_run: bool) -> Self {
        let refusal = Refusal::new(crate::domain::permit::RefusalCode::NotConfirmed, String::new());
        let mut answer = Self::refused(proposal.plan.operation, &proposal.plan.target, dry_run, &refusal);
        answer.outcome = None;
        answer.refusal = None;
        answer.action = Some(proposal.action.to_string());
        answer.fill(&proposal.plan);
        answer.requests = proposal.plan.requests.iter().map(|request| RequestItem::new(request, false, None)).collect();
        answer.confirm = Some(DisplayText::new(proposal.phrase.stem()).to_string());
        answer.warnings.extend(proposal.offer.warnings.iter().cloned());
        answer.warnings.dedup();
        answer
    }

    fn fill(&mut self, plan: &ChangePlan) {
        self.before = Some(plan.before.clone());
        self.after = Some(plan.after.clone());
        self.preconditions.clone_from(&plan.preconditions);
        self.consequences.clone_from(&plan.consequences);
        self.warnings.clone_from(&plan.warnings);
    }

    /// The end of an action.
    #[must_use]
    pub fn of(report: &Report, proposal: &Proposal) -> Self {
        let mut answer = Self::planned(proposal, false);
        answer.action = Some(report.action.to_string());
        if let Some(plan) = &report.plan {
            answer.preconditions.clone_from(&plan.preconditions);
        }
        if !report.requests.is_empty() {
            answer.requests =
                report.requests.iter().map(|sent| RequestItem::new(&sent.request, sent.sent, sent.status)).collect();
        }
        answer.outcome = Some(report.outcome);
        answer.sentence.clone_from(&report.sentence);
        answer.refusal.clone_from(&report.refusal);
        answer.read_back_at = report.read_back_at.map(Moment::from);
        answer.record.clone_from(&report.record);
        answer.outcome_not_recorded.clone_from(&report.outcome_not_durable);
        answer
    }
}
