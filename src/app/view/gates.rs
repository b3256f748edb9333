//! The gates: rows for pane and page, worst first.

use crate::{
    app::{
        gates::{self, GateKey, Judged, rank},
        role::Role,
        sort,
        state::{AppState, Pane},
        zone,
    },
    domain::{
        evidence::Evaluation,
        freshness::Freshness,
        quantity::{duration_in_words, number_in_words},
        verdict::{Gates, Verdict},
    },
};

use super::{
    age::{coarse_span, span_of_time},
    model::{Line, StateWord},
    overview::{line, since},
    spark::spark,
};

/// One row: a criterion of one rollout, or a manual item of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateRow {
    pub selected: bool,
    /// No plan judges it any more; shown until the person moves.
    pub gone: bool,
    pub state: StateWord,
    pub name: String,
    /// The rule as the plan has it; empty for manual items.
    pub rule: String,
    /// `man` for manual items, `-` where there is none; in brackets when it is old.
    pub value: String,
    /// The rollout; of a manual item the plan.
    pub subject: String,
    /// `5m`; empty without one.
    pub window: String,
    /// `n=41220`; empty where nothing is counted.
    pub samples: String,
    /// The last readings as blocks.
    pub trend: String,
    pub owner: String,
    /// Age, who ticked it, or why it is not known.
    pub note: String,
    pub required: bool,
}

/// The value of what nobody measures.
const MANUAL: &str = "man";

impl GateRow {
    /// A manual item: its name is a sentence, which ends early where it has no room; an identifier loses its middle.
    #[must_use]
    pub fn is_item(&self) -> bool {
        self.value == MANUAL
    }
}

/// The part of the list that fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateWindow {
    pub focused: bool,
    /// `18 pass  1 fail  2 no data`.
    pub counts: String,
    /// How it is sorted.
    pub sort: &'static str,
    pub remarks: Vec<Line>,
    pub rows: Vec<GateRow>,
    pub above: usize,
    pub below: usize,
    pub filter: String,
    pub filter_cursor: Option<usize>,
}

/// A verdict as a word with its role.
#[must_use]
pub fn verdict_word(verdict: Verdict) -> StateWord {
    let role = match verdict {
        Verdict::Pass => Role::Ok,
        Verdict::Warn | Verdict::OffTarget => Role::Warn,
        Verdict::Fail => Role::Fail,
        Verdict::NoData | Verdict::TooFewSamples | Verdict::Stale => Role::Unknown,
        Verdict::NotDue | Verdict::Absent => Role::Idle,
        Verdict::Waived => Role::Quiet,
    };
    StateWord { word: gates::word_of(verdict).to_owned(), role }
}

/// What a verdict is called where several are counted.
fn plural(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
        Verdict::OffTarget => "off target",
        Verdict::NoData => "no data",
        Verdict::TooFewSamples => "too few",
        Verdict::Stale => "stale",
        Verdict::NotDue => "not due",
        Verdict::Waived => "waived",
        Verdict::Absent => "absent",
    }
}

/// The rows that fit into `height` lines, remarks included.
#[must_use]
pub fn gate_window(state: &AppState, height: usize) -> GateWindow {
    let roster = &state.gates.roster;
    let remarks = remarks(state);
    let window = roster.window(height.saturating_sub(remarks.len()));
    let rows = roster
        .order
        .get(window.clone())
        .unwrap_or_default()
        .iter()
        .filter_map(|key| Some(row(state, key, gates::find(state, key)?)))
        .collect();
    GateWindow {
        focused: state.pane == Pane::Gates,
        counts: counts(state),
        sort: sort::words(Pane::Gates, state.gates.sort),
        remarks,
        rows,
        above: window.start,
        below: roster.order.len().saturating_sub(window.end),
        filter: roster.filter.text().to_owned(),
        filter_cursor: roster.filtering.then(|| roster.filter.cursor()),
    }
}

fn counts(state: &AppState) -> String {
    let mut counted: Vec<(Verdict, usize)> = Vec::new();
    for row in state.gates.rows.values() {
        let verdict = now(state, row);
        match counted.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, count)) => *count += 1,
            None => counted.push((verdict, 1)),
        }
    }
    // What passes first, as people read a score; then the worst.
    counted.sort_by_key(|(verdict, _)| if *verdict == Verdict::Pass { 0 } else { rank(*verdict) + 1 });
    counted.iter().map(|(verdict, count)| format!("{count} {}", plural(*verdict))).collect::<Vec<_>>().join("  ")
}

fn remarks(state: &AppState) -> Vec<Line> {
    if state.plans.is_empty() {
        return vec![line(Role::Idle, "no release plan judges these rollouts: that is not a pass")];
    }
    if state.gates.rows.is_empty() {
        let count = state.plans.len();
        let names = state.plans.iter().map(|plan| plan.file_name()).collect::<Vec<_>>().join(", ");
        let word = if count == 1 { "plan names" } else { "plans name" };
        return vec![line(Role::Idle, format!("the {word} no rollout that a source knows ({names})"))];
    }
    if state.gates.roster.order.is_empty() {
        return vec![line(Role::Text, "nothing matches the filter: esc clears it")];
    }
    Vec::new()
}

/// The verdict of a row at this moment.
#[must_use]
pub fn now(state: &AppState, row: &Judged) -> Verdict {
    row.evaluation().map_or(row.verdict, |evaluation| gates::verdict_at(evaluation, state.now))
}

fn row(state: &AppState, key: &GateKey, judged: &Judged) -> GateRow {
    let selected = state.gates.roster.cursor.as_ref() == Some(key);
    let verdict = now(state, judged);
    let common = GateRow {
        selected,
        gone: !state.gates.rows.contains_key(key),
        state: verdict_word(verdict),
        name: judged.title().to_owned(),
        required: judged.required,
        ..GateRow::default()
    };
    if let Some(item) = judged.item() {
        let note = match (&item.who, item.at) {
            (Some(who), Some(at)) => format!("{who} {}", zone::shown(state, at, "%m-%d %H:%M")),
            _ => item.owner.as_ref().map_or_else(|| "not ticked".to_owned(), |owner| format!("not ticked, {owner}")),
        };
        return GateRow {
            value: MANUAL.to_owned(),
            subject: judged.assessment.plan.to_string(),
            owner: item.owner.clone().unwrap_or_default(),
            note,
            ..common
        };
    }
    let Some(evaluation) = judged.evaluation() else { return common };
    let evidence = &evaluation.evidence;
    if let Some(note) = lost_note(state, evaluation, verdict) {
        // What a source said before it fell silent was counted then: its row says how old it is instead.
        let (name, rule) = (evaluation.id.to_string(), evidence.rule.clone());
        let (value, subject) = (value_words(evaluation, verdict), judged.assessment.target.name.to_string());
        return GateRow { name, rule, value, subject, owner: evaluation.owner.clone().unwrap_or_default(), note, ..common };
    }
    GateRow {
        name: evaluation.id.to_string(),
        rule: evidence.rule.clone(),
        value: value_words(evaluation, verdict),
        subject: judged.assessment.target.name.to_string(),
        window: evidence.window.map_or_else(String::new, duration_in_words),
        samples: evidence.events.map_or_else(String::new, |(_, total)| format!("n={}", number_in_words(total))),
        trend: spark(&evidence.history.iter().map(|(_, value, _)| *value).collect::<Vec<_>>()),
        owner: evaluation.owner.clone().unwrap_or_default(),
        note: note(state, evaluation, verdict),
        ..common
    }
}

fn value_words(evaluation: &Evaluation, verdict: Verdict) -> String {
    match evaluation.evidence.value {
        None => "-".to_owned(),
        Some(value) if verdict == Verdict::Stale => format!("({value})"),
        Some(value) => value.to_string(),
    }
}

/// How old it is; of what is not known, why.
fn note(state: &AppState, evaluation: &Evaluation, verdict: Verdict) -> String {
    let read = || coarse_span(since(state, evaluation.at) + evaluation.evidence.age.unwrap_or_default());
    match verdict {
        Verdict::Pass | Verdict::Warn | Verdict::Fail | Verdict::OffTarget | Verdict::Waived => format!("{} ago", read()),
        Verdict::Stale if evaluation.evidence.age.is_some() => format!("read {} ago", read()),
        Verdict::Stale | Verdict::NoData | Verdict::TooFewSamples | Verdict::NotDue | Verdict::Absent => {
            evaluation.sentence.clone()
        }
    }
}

/// Of what a silent source was asked: that it is silent, how old the value is, which source. The verdict stays what its age
/// makes of it.
fn lost_note(state: &AppState, evaluation: &Evaluation, verdict: Verdict) -> Option<String> {
    if matches!(verdict, Verdict::NotDue | Verdict::Absent | Verdict::Waived) {
        return None;
    }
    let source = state.source(&evaluation.evidence.source)?;
    let word = match source.freshness(state.since_boot) {
        Freshness::Live | Freshness::Never => return None,
        Freshness::Stale { .. } => "silent",
        Freshness::Lost { .. } => "lost",
    };
    let age = evaluation.evidence.age.map(|age| coarse_span(since(state, evaluation.at) + age));
    let age = age.or_else(|| source.health.age(state.since_boot).map(coarse_span));
    Some(match age {
        Some(age) => format!("{word} {age}: {}", source.info.id),
        None => format!("{word}, never read: {}", source.info.id),
    })
}

/// How many of what stands before the next advance let it go on, of how many. `None` when nothing does.
#[must_use]
pub fn score(state: &AppState, row: &crate::domain::evidence::Assessment) -> Option<(usize, usize)> {
    let mut seen: Vec<usize> = Vec::new();
    let (mut good, mut all) = (0, 0);
    for gate in row.gates.iter().filter(|gate| gate.required && gate.applies) {
        for index in &gate.evaluations {
            if seen.contains(index) {
                continue;
            }
            seen.push(*index);
            let Some(evaluation) = row.evaluations.get(*index) else { continue };
            all += 1;
            good += usize::from(gates::verdict_at(evaluation, state.now).lets_go_on());
        }
        all += gate.items.len();
        good += gate.items.iter().filter(|item| item.verdict.lets_go_on()).count();
    }
    (all > 0).then_some((good, all))
}

/// What the plan says of a rollout, as its state in the list: `HOLD`, `READY`, `SOAK`, `NODATA`, `TRIGGER`. `None` where no
/// plan has a say now.
#[must_use]
pub fn standing_word(state: &AppState, rollout: &crate::domain::rollout::Rollout) -> Option<StateWord> {
    let word = |word: &str, role: Role| Some(StateWord { word: word.to_owned(), role });
    let assessment = state.assessments.get(&rollout.id)?;
    if assessment.proposed().is_some() {
        return word("TRIGGER", Role::Fail);
    }
    let standing = assessment.standing.as_ref()?;
    if rollout.is_fully_promoted() || rollout.aborted {
        return None;
    }
    let soaks = standing.soak_left.is_some_and(|left| !left.is_zero());
    let settled = score(state, assessment).is_some_and(|(good, all)| good == all);
    match &assessment.advance {
        Gates::Fail { .. } => word("HOLD", Role::Fail),
        Gates::Undecided { .. } if soaks && settled => word("SOAK", Role::Running),
        Gates::Undecided { .. } => word("NODATA", Role::Unknown),
        Gates::Pass { .. } if rollout.needs_person() => word("READY", Role::Ok),
        Gates::NoPlan | Gates::Pass { .. } => None,
    }
}

/// `soak 01:12:40`, `soak over`, `soak unknown`; empty without a stage or a soak.
#[must_use]
pub fn soak_words(state: &AppState, standing: &crate::domain::evidence::StageStanding) -> String {
    let left = standing.soak_ends.map(|ends| (ends - state.now).to_std().unwrap_or_default()).or(standing.soak_left);
    match left {
        None => "soak unknown".to_owned(),
        Some(left) if left.is_zero() => "soak over".to_owned(),
        Some(left) => format!("soak {}", span_of_time(left)),
    }
}
