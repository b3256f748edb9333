//! The open form, and a change on its way.

use crate::{
    app::{
        form::{Focus, FormPhase, Sheet, Subject},
        role::Role,
        standing,
        state::{AppState, Screen},
        zone,
    },
    domain::{
        action::ActionId,
        change::{ChangePlan, Point, Request, in_words},
        operation::Operation,
        outcome::Outcome,
        progress::{Progress, Report},
        text::DisplayText,
    },
};

use super::{
    age::span_of_time,
    model::{ButtonView, CheckView, ChoiceView, FieldView, FormStage, FormView, Line, ProgressView, Section, Span, StateWord},
    overview::line,
};

/// `25 % -> 50 %`, `step 2 -> 3`, `progressing -> aborted`: what changes, shortest.
#[must_use]
pub fn headline(plan: &ChangePlan) -> String {
    let (before, after) = (&plan.before, &plan.after);
    match (before.weight, after.weight) {
        (Some(from), Some(to)) if from != to => format!("{from} % -> {to} %"),
        _ => match (before.step, after.step) {
            (Some(from), Some(to)) if from != to => format!("step {} -> {}", from + 1, to + 1),
            _ if before.phase == after.phase => before.phase.word().to_owned(),
            _ => format!("{} -> {}", before.phase.word(), after.phase.word()),
        },
    }
}

pub(super) fn subject_line(subject: &Subject) -> String {
    match subject {
        Subject::Change { target, operation } => format!("{target} > {operation}"),
        Subject::Arm { environment } => format!("{environment} > arm"),
    }
}

fn field(field: &crate::app::field::TextField, focused: bool) -> FieldView {
    FieldView { text: field.text().to_owned(), cursor: field.cursor(), focused }
}

/// The open form.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one field a line")]
pub fn form(state: &AppState) -> Option<FormView> {
    let form = state.form.as_ref()?;
    let (environment, operation) = match &form.subject {
        Subject::Change { target, operation } => (standing::environment_of(state, target).to_owned(), Some(*operation)),
        Subject::Arm { environment } => (environment.clone(), None),
    };
    let proposal = match &form.phase {
        FormPhase::Ready(proposal) => proposal.as_deref(),
        FormPhase::Reading | FormPhase::Refused(_) => None,
    };
    let plan = proposal.map(|proposal| &proposal.plan);
    let level = operation.map_or(2, Operation::level);
    let title = match (&form.subject, plan) {
        (Subject::Change { operation, target }, Some(plan)) => {
            format!("{}  {}/{}  {}", operation.title().to_uppercase(), target.namespace, target.name, headline(plan))
        }
        (Subject::Change { operation, target }, None) => {
            format!("{}  {}/{}", operation.title().to_uppercase(), target.namespace, target.name)
        }
        (Subject::Arm { environment }, _) => format!("ARM  {environment}"),
    };
    let missing = form.missing();
    Some(FormView {
        title,
        danger: state.environment(&environment).is_some_and(|it| it.danger),
        environment,
        level,
        risk: plan.map(|plan| plan.risk),
        stage: match &form.phase {
            FormPhase::Reading => FormStage::Reading,
            FormPhase::Refused(refusal) => FormStage::Refused { sentence: refusal.sentence.clone() },
            FormPhase::Ready(_) => FormStage::Ready,
        },
        body: body(state),
        sheet: form.sheet,
        scroll: form.scroll,
        checks: form
            .checks
            .iter()
            .map(|check| {
                let holds = check.condition.holds();
                CheckView {
                    role: if !holds {
                        Role::Fail
                    } else if check.moved {
                        Role::Warn
                    } else {
                        Role::Ok
                    },
                    text: match (holds, check.moved) {
                        (true, false) => format!("{}: {}", check.condition.what, in_words(&check.condition.expected)),
                        (true, true) => {
                            format!("{}: {} (moved and came back)", check.condition.what, in_words(&check.condition.expected))
                        }
                        (false, _) => format!(
                            "{}: was {}, now {}",
                            check.condition.what,
                            in_words(&check.condition.expected),
                            in_words(&check.condition.seen)
                        ),
                    },
                    moved: check.moved,
                }
            })
            .collect(),
        checked: format!("checked {} ago", span_of_time(state.since_boot.saturating_sub(form.checked))),
        choices: form
            .choices()
            .iter()
            .enumerate()
            .map(|(index, choice)| ChoiceView { key: choice.key, text: choice.text, chosen: form.choice == Some(index) })
            .collect(),
        choices_focused: form.focus == Focus::Choice,
        reason: field(&form.reason, form.focus == Focus::Reason),
        reason_required: form.needs_reason(),
        typed: field(&form.typed, form.focus == Focus::Typed),
        phrase: form.phrase().unwrap_or_default(),
        phrase_note: if level >= 3 { "the letters change with every form" } else { "" },
        cancel: ButtonView { label: "Cancel".to_owned(), focused: form.focus == Focus::Cancel, enabled: true },
        act: ButtonView { label: act_label(&form.subject, plan), focused: form.focus == Focus::Act, enabled: missing.is_none() },
        missing,
        lock: form.lock.clone(),
        remark: form.remark.clone(),
        focus: form.focus,
    })
}

fn act_label(subject: &Subject, plan: Option<&ChangePlan>) -> String {
    match subject {
        Subject::Arm { environment } => format!("Arm {environment} for 15 minutes"),
        Subject::Change { target, operation } => match operation {
            Operation::Advance => match plan.and_then(|plan| plan.after.weight) {
                Some(weight) => format!("Advance to {weight} %"),
                None => format!("Advance {}", target.name),
            },
            Operation::Pause => format!("Pause {}", target.name),
            Operation::Resume => format!("Resume {}", target.name),
            Operation::RollBack => format!("ROLL BACK {}", target.name),
            Operation::Nudge => format!("Nudge {}", target.name),
        },
    }
}

fn point(point: &Point) -> String {
    let mut parts = vec![point.phase.word().to_owned()];
    if let Some(step) = point.step {
        parts.push(format!("step {}", step + 1));
    }
    if let Some(weight) = point.weight {
        parts.push(format!("{weight} %"));
    }
    parts.join(", ")
}

fn body(state: &AppState) -> Vec<Section> {
    let Some(form) = &state.form else { return Vec::new() };
    let FormPhase::Ready(proposal) = &form.phase else { return Vec::new() };
    let Some(proposal) = proposal else {
        return vec![Section {
            title: "WHAT WILL CHANGE".to_owned(),
            note: String::new(),
            lines: vec![
                line(Role::Text, "advance and resume open for 15 minutes in this console; nothing is sent now"),
                line(Role::Text, "each change still has its own form"),
            ],
        }];
    };
    let plan = &proposal.plan;
    let requests = |bodies: bool| plan.requests.iter().flat_map(|request| call(request, bodies)).collect::<Vec<_>>();
    let section = |title: &str, lines: Vec<Line>| Section { title: title.to_owned(), note: String::new(), lines };
    match form.sheet {
        Sheet::DryRun => {
            let mut sections = vec![section("WOULD SEND", requests(false)), section("CHANGES", vec![change(plan)])];
            sections.push(section(
                "DRY RUN",
                vec![line(
                    Role::Text,
                    "the fresh read and the system's own dry run, where it has one, let this pass; nothing changed",
                )],
            ));
            return sections;
        }
        Sheet::Calls => return vec![section("EXACT CALLS", requests(true))],
        Sheet::None => {}
    }
    let texts = |role: Role, texts: &[String]| texts.iter().map(|text| line(role, text.clone())).collect::<Vec<_>>();
    let mut warnings = texts(Role::Warn, &plan.warnings);
    warnings.extend(
        proposal.offer.warnings.iter().filter(|text| !plan.warnings.contains(text)).map(|text| line(Role::Warn, text.clone())),
    );
    if let Some(superseded) = &proposal.offer.supersedes {
        warnings.push(line(Role::Warn, format!("supersedes the action {} that is in doubt", superseded.short())));
    }
    let mut what = vec![change(plan), line(Role::Text, plan.native.clone())];
    what.extend(texts(Role::Text, &plan.consequences));
    [("WHAT WILL CHANGE", what), ("MIND", warnings), ("NOT TOUCHED", texts(Role::Text, &plan.untouched))]
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(title, lines)| section(title, lines))
        .collect()
}

fn change(plan: &ChangePlan) -> Line {
    Line {
        indent: 0,
        spans: vec![
            Span { text: format!("{}  ", plan.target), role: Role::Text },
            Span { text: point(&plan.before), role: Role::Text },
            Span { text: "  ->  ".to_owned(), role: Role::Text },
            Span { text: point(&plan.after), role: Role::Heading },
        ],
    }
}

fn call(request: &Request, bodies: bool) -> Vec<Line> {
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let shown = |text: String| DisplayText::new(&text).to_string();
    let mut lines = vec![line(Role::Text, shown(format!("{} {}{query}", request.method, request.path)))];
    if bodies {
        lines.push(Line { indent: 2, ..line(Role::Text, shown(format!("Content-Type: {}", request.content_type))) });
        let body = serde_json::to_string_pretty(&request.body).unwrap_or_default();
        lines.extend(body.lines().map(|text| Line { indent: 2, ..line(Role::Text, shown(text.to_owned())) }));
    }
    lines
}

/// Lines of the form's body, an upper limit for its scroll.
#[must_use]
pub fn form_lines(state: &AppState) -> usize {
    let width = usize::from(state.columns).clamp(10, 120).saturating_sub(6).max(1);
    super::pages::count_lines(&body(state), width)
}

/// Whether a nudge form can be opened for `action`.
#[must_use]
pub fn can_nudge(state: &AppState, action: &ActionId) -> bool {
    state
        .running
        .iter()
        .find(|running| running.action == *action)
        .filter(|running| standing::waits_for_controller(running))
        .is_some_and(|running| standing::offer(state, &running.target, Operation::Nudge).is_ok())
}

/// The change of the progress page.
#[must_use]
pub fn progress(state: &AppState) -> Option<ProgressView> {
    let Screen::Progress(action) = state.screen() else { return None };
    let running = state.running.iter().find(|running| running.action == *action)?;
    let mut stages: Vec<Line> = running
        .stages
        .iter()
        .map(|(at, stage)| {
            let (role, text) = stage_words(stage);
            Line {
                indent: 0,
                spans: vec![Span { text: format!("{}  ", zone::seconds(state, at)), role: Role::Age }, Span { text, role }],
            }
        })
        .collect();
    if stages.is_empty() && running.report.is_none() {
        stages.push(line(Role::Running, "about to check again"));
    }
    let nudge = can_nudge(state, action);
    let after = running.report.as_deref().map_or_else(
        || {
            vec![line(
                Role::Text,
                format!("{} so far; esc leaves it running", span_of_time(state.since_boot.saturating_sub(running.started))),
            )]
        },
        |report| after(state, report, nudge),
    );
    Some(ProgressView {
        title: format!("{}  {}  {}", running.operation.title().to_uppercase(), running.target, running.headline),
        operation: running.operation,
        action: running.action.short().to_owned(),
        stages,
        outcome: running.report.as_ref().map(|report| outcome_word(report.outcome)),
        sentence: running.report.as_ref().map_or_else(String::new, |report| report.sentence.clone()),
        after,
        nudge,
    })
}

fn stage_words(stage: &Progress) -> (Role, String) {
    match stage {
        Progress::Checking => (Role::Running, "reading again, checking everything again".to_owned()),
        Progress::Settling => {
            (Role::Running, "the controller has just written: waiting until it has been still for half a second".to_owned())
        }
        Progress::Sending => (Role::Running, "recorded; the request leaves now".to_owned()),
        Progress::Answered { status } => (Role::Running, format!("answered {status}; reading back")),
        Progress::NotActedOn { seconds } => (Role::Warn, format!("accepted, not acted on, {seconds} s")),
        Progress::Done(report) => (outcome_word(report.outcome).role, report.outcome.title().to_owned()),
    }
}

/// An outcome with its role. Accepted is not yet good.
#[must_use]
pub fn outcome_word(outcome: Outcome) -> StateWord {
    let role = match outcome {
        Outcome::Verified => Role::Ok,
        Outcome::Accepted | Outcome::Refused | Outcome::NotSent => Role::Warn,
        Outcome::Rejected | Outcome::InDoubt | Outcome::Contradicted => Role::Fail,
    };
    StateWord { word: outcome.title().to_owned(), role }
}

fn after(state: &AppState, report: &Report, nudge: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for sent in &report.requests {
        let what = match (sent.sent, sent.status) {
            (true, Some(status)) => format!("sent once, answered {status}"),
            (true, None) => "sent once, no answer".to_owned(),
            (false, _) => "not sent".to_owned(),
        };
        lines.push(line(
            Role::Text,
            DisplayText::new(&format!("{} {}: {what}", sent.request.method, sent.request.path)).to_string(),
        ));
    }
    if let Some(at) = report.read_back_at {
        lines.push(line(Role::Text, format!("read back {}", zone::seconds(state, at))));
    }
    if let Some(receipt) = &report.record {
        let hash = receipt.hash.get(..8).unwrap_or(&receipt.hash);
        lines.push(line(Role::Text, format!("recorded: ledger {} #{} {hash}", receipt.ledger, receipt.seq)));
    }
    if let Some(why) = &report.outcome_not_durable {
        lines.push(line(Role::Fail, format!("the outcome could not be recorded: {why}")));
    }
    let next = match report.outcome {
        Outcome::Verified => "esc goes back",
        Outcome::Accepted if nudge => "the system took it and its controller has not acted: wait, or N nudges it",
        Outcome::Accepted => {
            "the system took it and its controller has not acted: wait; enter on the rollout shows where it stands"
        }
        Outcome::Rejected => "nothing changed: read why, then open the form again",
        Outcome::Refused => "nothing was sent: what moved is said above; open the form again to see it afresh",
        Outcome::NotSent => "no connection was made: see 9 sources",
        Outcome::InDoubt => "it may have happened, or not: enter settles it",
        Outcome::Contradicted => "somebody or something else acted: open the rollout and look",
    };
    lines.push(line(Role::Text, next));
    lines
}
