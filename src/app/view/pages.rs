//! Pages of titled lines about one rollout: detail and why; and which page a screen is.

use crate::{
    app::{
        list,
        navigate::target,
        role::Role,
        standing,
        state::{AppState, Screen},
        zone,
    },
    domain::{
        freshness::Freshness,
        id::TargetId,
        operation::Operation,
        permit::{Arming, Mode},
        rollout::{Revision, Rollout},
        text::DisplayText,
        verdict::Gates,
    },
};

use super::{
    age::span_of_time,
    model::{Line, Page, Section, Span, StateWord},
    overview::{hold_words, line, since, state_word, step_words},
    reference::{help, sources_page},
    stages::{blocked, plan_sections},
};

/// The page of the screen on top, when it is one of titled lines.
#[must_use]
pub fn page(state: &AppState) -> Option<Page> {
    page_of(state, state.screen())
}

/// The page of any screen of the stack: of the one below a menu or form, too.
#[must_use]
pub fn page_of(state: &AppState, screen: &Screen) -> Option<Page> {
    let mut page = match screen {
        Screen::Detail(target) => detail(state, target),
        Screen::Alert(key) => super::alerts::alert_page(state, key),
        Screen::Gate(key) => super::gate_why::gate_page(state, key),
        Screen::Tenant(key) => super::tenant_page::tenant_page(state, key),
        Screen::Why => why(state),
        Screen::Sources => sources_page(state),
        Screen::Help => help(),
        Screen::Welcome
        | Screen::Overview
        | Screen::Alerts
        | Screen::Gates
        | Screen::Tenants
        | Screen::Form
        | Screen::Progress(_)
        | Screen::InDoubt(_)
        | Screen::Audit
        | Screen::Actions
        | Screen::Copy => return None,
    };
    page.scroll = state.scroll;
    Some(page)
}

/// Lines of the page on top at this width, an upper limit for its scroll.
#[must_use]
pub fn page_lines(state: &AppState) -> usize {
    let width = usize::from(state.columns).clamp(10, 400).saturating_sub(4).max(1);
    match state.screen() {
        Screen::Progress(_) => super::forms::progress(state).map_or(0, |view| view.stages.len() + view.after.len() + 2),
        Screen::InDoubt(_) => super::settle::in_doubt(state).map_or(0, |view| view.read_backs.len() + view.facts.len() + 10),
        Screen::Welcome
        | Screen::Overview
        | Screen::Detail(_)
        | Screen::Alerts
        | Screen::Alert(_)
        | Screen::Gates
        | Screen::Tenants
        | Screen::Gate(_)
        | Screen::Tenant(_)
        | Screen::Form
        | Screen::Audit
        | Screen::Sources
        | Screen::Help
        | Screen::Why
        | Screen::Actions
        | Screen::Copy => page(state).map_or(0, |page| count_lines(&page.sections, width)),
    }
}

/// Lines of `sections` when wrapped at `width`, rounded up.
pub(super) fn count_lines(sections: &[Section], width: usize) -> usize {
    sections
        .iter()
        .map(|section| {
            let lines: usize = section
                .lines
                .iter()
                .map(|line| {
                    let length: usize = line.spans.iter().map(|span| span.text.chars().count()).sum();
                    (length + usize::from(line.indent)).div_ceil(width).max(1)
                })
                .sum();
            lines + 1
        })
        .sum()
}

pub(super) fn pair(label: &str, role: Role, text: impl Into<String>) -> Line {
    Line { indent: 0, spans: vec![Span { text: format!("{label:<12} "), role: Role::Text }, Span { text: text.into(), role }] }
}

pub(super) fn section(title: &str, note: impl Into<String>, lines: Vec<Line>) -> Section {
    Section { title: title.to_owned(), note: note.into(), lines }
}

fn known<'a>(state: &'a AppState, target: &TargetId) -> Option<(&'a Rollout, bool)> {
    if let Some(rollout) = state.rollout(target) {
        return Some((rollout, false));
    }
    list::selected(state).filter(|rollout| rollout.id == *target).map(|rollout| (&**rollout, true))
}

fn detail(state: &AppState, target: &TargetId) -> Page {
    let title = format!("{target} > rollout");
    let Some((rollout, gone)) = known(state, target) else {
        if state.source(&target.source).is_some_and(|source| !source.listed) {
            let unread = line(Role::Unknown, format!("{} has not told of any rollout yet", target.source));
            return Page { title, sections: vec![section("Not read yet", "", vec![unread])], ..Page::default() };
        }
        return Page {
            title,
            state: Some(StateWord { word: "GONE".to_owned(), role: Role::Quiet }),
            sections: vec![section("Gone", "", vec![line(Role::Quiet, format!("{target} is no longer at {}", target.source))])],
            ..Page::default()
        };
    };
    let mut sections = plan_sections(state, rollout);
    // Its source answers, and tells of it no more: what was read now is not this.
    let now = if gone { ("Last known", "it is gone".to_owned()) } else { ("Now", age_note(state, rollout)) };
    sections.push(section(now.0, now.1, now_lines(state, rollout)));
    if !rollout.steps.is_empty() {
        sections.push(section("Steps", step_words(rollout).unwrap_or_default(), step_lines(state, rollout)));
    }
    sections.push(section("Pods of the new version", "", pod_lines(state, rollout)));
    if !rollout.analysis.is_empty() {
        sections.push(section("Analysis", "", analysis_lines(rollout)));
    }
    sections.push(section("Versions", "", version_lines(rollout)));
    let open = open_lines(state, target);
    if !open.is_empty() {
        sections.push(section("Open actions", "", open));
    }
    let state_word = if gone { StateWord { word: "GONE".to_owned(), role: Role::Quiet } } else { state_word(state, rollout) };
    let offered = || match standing::offer(state, target, Operation::Advance) {
        Ok(_) if state.assessments.contains_key(target) => line(Role::Text, "advance is possible; the plan's gates let it go on"),
        Ok(_) => line(Role::Text, "advance is possible; no plan judges it"),
        Err(refusal) => line(Role::Warn, format!("advance is not possible: {}", refusal.sentence)),
    };
    let verdict = blocked(state, rollout).filter(|_| !gone).unwrap_or_else(offered);
    Page { title, note: rollout.kind.to_owned(), state: Some(state_word), sections, verdict: Some(verdict), scroll: 0 }
}

fn age_note(state: &AppState, rollout: &Rollout) -> String {
    let Some(source) = state.source(&rollout.id.source) else { return String::new() };
    match (source.freshness(state.since_boot), source.health.age(state.since_boot), source.health.last_ok) {
        (Freshness::Live, Some(age), _) => format!("read {} ago", span_of_time(age)),
        (_, _, Some((_, at))) => format!("was {}", zone::seconds(state, at)),
        _ => "never read".to_owned(),
    }
}

fn now_lines(state: &AppState, rollout: &Rollout) -> Vec<Line> {
    let mut lines = Vec::new();
    let word = state_word(state, rollout);
    lines.push(pair("phase", word.role, format!("{}  {}", rollout.phase.word(), rollout.message).trim_end().to_owned()));
    let percent = |weight: Option<u32>| weight.map_or_else(|| "?".to_owned(), |weight| format!("{weight} %"));
    let weight = rollout.weight;
    if weight.set.is_some() || weight.actual.is_some() {
        let verified = match weight.verified {
            Some(true) => ", confirmed by the router",
            Some(false) => ", NOT confirmed by the router",
            None => "",
        };
        // Going on may well leave it as it is: the next stop is another pause, or an analysis.
        let is_news = |next: &u32| Some(*next) != weight.set && !rollout.aborted && !rollout.is_fully_promoted();
        let next = rollout.next_weight().filter(is_news);
        let next = next.map_or_else(String::new, |next| format!("   next {next} %"));
        let text = format!("set {}, actual {}{verified}{next}", percent(weight.set), percent(weight.actual));
        let off = weight.verified == Some(false) || (weight.actual.is_some() && weight.actual != weight.set);
        lines.push(pair("weight", if off { Role::Warn } else { Role::Text }, text));
    }
    for hold in &rollout.holds {
        let role = if hold.needs_person { Role::Warn } else { Role::Running };
        lines.push(pair("held", role, format!("{}  ({})", hold_words(state, hold), hold.native)));
    }
    if !rollout.observed {
        lines.push(pair("controller", Role::Warn, "has not seen the newest spec: this status describes an older one"));
    }
    if rollout.unpausing {
        lines.push(pair("controller", Role::Running, "the hold was released; it has not gone on yet"));
    }
    if rollout.invalid {
        lines.push(pair("spec", Role::Fail, "the control plane calls it invalid"));
    }
    if let Some(at) = rollout.changed_at {
        lines.push(pair(
            "changed",
            Role::Text,
            format!("{}  ({} ago)", zone::seconds(state, at), span_of_time(since(state, at))),
        ));
    }
    lines
}

fn step_lines(state: &AppState, rollout: &Rollout) -> Vec<Line> {
    let at = rollout.position.as_ref().map(|at| at.index as usize);
    rollout
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let (mark, role) = match at {
                Some(at) if index < at => ("done", Role::Ok),
                Some(at) if index == at => ("now", Role::Heading),
                Some(_) => ("", Role::Idle),
                None => ("?", Role::Unknown),
            };
            let mut spans = vec![
                Span { text: format!("{:>3}  {mark:<5}", index + 1), role },
                Span { text: step.label.to_string(), role: if at == Some(index) { Role::Heading } else { Role::Text } },
            ];
            let entered = rollout.position.as_ref().and_then(|at| at.entered_at).filter(|_| at == Some(index));
            if let Some(entered) = entered {
                spans.push(Span { text: format!("   since {}", span_of_time(since(state, entered))), role: Role::Text });
            }
            Line { indent: 0, spans }
        })
        .collect()
}

fn pod_lines(state: &AppState, rollout: &Rollout) -> Vec<Line> {
    let number = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let mut lines =
        vec![pair("ready", Role::Text, format!("{} of {}", number(rollout.pods.ready), number(rollout.pods.desired)))];
    match &rollout.pods.not_ready {
        None => lines.push(line(Role::Unknown, "pods could not be read: which are not ready is unknown")),
        Some(pods) => lines.extend(pods.iter().map(|pod| {
            let at = pod.since.map_or_else(String::new, |at| format!(" {}", span_of_time(since(state, at))));
            let message = if pod.message.is_empty() { String::new() } else { format!(": {}", pod.message) };
            line(Role::Fail, format!("{}  {}{at}{message}", pod.name, pod.reason))
        })),
    }
    lines
}

fn analysis_lines(rollout: &Rollout) -> Vec<Line> {
    rollout
        .analysis
        .iter()
        .map(|analysis| {
            let role = match analysis.phase.as_str() {
                "Successful" => Role::Ok,
                "Failed" | "Error" => Role::Fail,
                "Running" | "Pending" => Role::Running,
                _ => Role::Unknown,
            };
            let value = analysis.value.as_ref().map_or("no value yet", |value| value.as_str());
            let limits = analysis.rule.as_ref().map_or_else(String::new, |rule| format!("   rule {rule}"));
            let limit = analysis.failure_limit.map_or_else(String::new, |limit| format!(" of {limit} allowed"));
            let message = if analysis.message.is_empty() { String::new() } else { format!("   {}", analysis.message) };
            Line {
                indent: 0,
                spans: vec![
                    Span { text: format!("{}  {}  ", analysis.metric, analysis.phase), role },
                    Span { text: format!("{value}{limits}   failed {}{limit}{message}", analysis.failed), role: Role::Text },
                ],
            }
        })
        .collect()
}

fn version_lines(rollout: &Rollout) -> Vec<Line> {
    let words = |revision: &Option<Revision>| match revision {
        Some(revision) => {
            let number = revision.number.map_or_else(|| "?".to_owned(), |number| number.to_string());
            let images = revision.images.iter().map(DisplayText::as_str).collect::<Vec<_>>().join(", ");
            format!("revision {number}  {}  {images}", revision.hash)
        }
        None => "unknown".to_owned(),
    };
    let mut lines = vec![pair("new", Role::Text, words(&rollout.revision)), pair("stable", Role::Text, words(&rollout.stable))];
    if let Some(owner) = &rollout.owner {
        lines.push(pair("owner", Role::Warn, format!("{} {}: it may put changes of the spec back", owner.kind, owner.name)));
    }
    lines
}

fn open_lines(state: &AppState, target: &TargetId) -> Vec<Line> {
    let groups = [
        ("in doubt", Role::Fail, &state.book.in_doubt),
        ("in flight", Role::Running, &state.book.in_flight),
        ("accepted", Role::Warn, &state.book.accepted),
    ];
    groups
        .into_iter()
        .flat_map(|(word, role, records)| {
            records.iter().filter(|record| record.target == *target).map(move |record| {
                let at = span_of_time(since(state, record.since));
                pair(word, role, format!("{} by {} since {at}  ({})", record.operation, record.who, record.id.short()))
            })
        })
        .collect()
}

/// Why the selection is as it is, and why each verb is possible or not.
fn why(state: &AppState) -> Page {
    let Some(target) = target(state) else {
        return Page {
            title: "why".to_owned(),
            sections: vec![section("Nothing is selected", "", Vec::new())],
            ..Page::default()
        };
    };
    let Some((rollout, _)) = known(state, &target) else {
        let gone = line(Role::Quiet, format!("{target} is gone"));
        return Page { title: format!("{target} > why"), sections: vec![section("Gone", "", vec![gone])], ..Page::default() };
    };
    let mut evidence = now_lines(state, rollout);
    evidence.extend(pod_lines(state, rollout));
    evidence.extend(analysis_lines(rollout));
    let verbs = Operation::VERBS
        .iter()
        .map(|operation| match standing::offer(state, &target, *operation) {
            Ok(offer) if offer.warnings.is_empty() => pair(operation.title(), Role::Text, "possible"),
            Ok(offer) => pair(operation.title(), Role::Text, format!("possible: {}", offer.warnings.join("; "))),
            Err(refusal) => pair(operation.title(), Role::Warn, refusal.sentence),
        })
        .collect();
    let environment = standing::environment_of(state, &target);
    let rules = vec![
        pair("source", Role::Text, format!("{}  {}", target.source, age_note(state, rollout))),
        pair("environment", Role::Text, environment.to_owned()),
        match standing::mode(state, environment) {
            Mode::ReadWrite => pair("mode", Role::Text, "read-write"),
            Mode::ReadOnly { why } => pair("mode", Role::Warn, format!("read-only: {why}")),
        },
        match standing::arming(state, environment) {
            Arming::NotNeeded => pair("arming", Role::Text, "not needed"),
            Arming::Armed { left } => pair("arming", Role::Warn, format!("armed, {} left", span_of_time(left))),
            Arming::Disarmed => pair("arming", Role::Text, "danger environment, not armed"),
        },
        plan_line(state, &target),
    ];
    Page {
        title: format!("{target} > why"),
        state: Some(state_word(state, rollout)),
        sections: vec![
            section("What is known", age_note(state, rollout), evidence),
            section("What may be done", "X actions", verbs),
            section("By which rules", "", rules),
        ],
        ..Page::default()
    }
}

fn plan_line(state: &AppState, target: &TargetId) -> Line {
    let Some(assessment) = state.assessments.get(target) else { return pair("plan", Role::Idle, "no plan judges this rollout") };
    match &assessment.advance {
        Gates::NoPlan => pair("plan", Role::Idle, "no plan judges this rollout"),
        Gates::Pass { .. } => pair("plan", Role::Text, format!("{}: its gates let it go on", assessment.plan)),
        Gates::Fail { sentence } => pair("plan", Role::Fail, format!("{}: {sentence}", assessment.plan)),
        Gates::Undecided { sentence } => pair("plan", Role::Unknown, format!("{}, undecided: {sentence}", assessment.plan)),
    }
}
