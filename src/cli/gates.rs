//! `gates check`, for CI: may it go on? Exit 0 only when every gate that counts passes; 3 when one fails, 4 when one can not
//! be decided, 7 when no source answered. Each gate says why.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use clap::{Args as ClapArgs, Subcommand};
use tokio::time::Instant;

use super::{
    answer::{
        self, SCHEMA,
        gates::{CheckWord, GateItem, GatesCheck, JudgedItem, advance, items_of, verdict_word},
        status::StatusInput,
    },
    exit::Exit,
    port::{Wanted, World},
    table::Table,
    target::NotMeant,
};
use crate::{
    config::problem::nearest,
    domain::{evidence::Assessment, id::SourceId, plan::Plan, text::DisplayText},
};

#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum GatesCommand {
    /// May it go on? Prints each gate with why (exit 0 only when all that count pass)
    #[command(
        before_help = "Examples:\n  cutover gates check checkout\n  cutover gates check --stage beta --wait 10m && ./next-stage\n  cutover gates check --require error-rate,backup --json\n"
    )]
    Check(GatesCheckArgs),
}

#[derive(Clone, Debug, Default, PartialEq, ClapArgs)]
pub struct GatesCheckArgs {
    /// Only this rollout: source/namespace/name or a tail of it [default: all that a plan names]
    #[arg(value_name = "ROLLOUT")]
    pub rollout: Option<String>,
    /// It has to be at this stage of the plan
    #[arg(long, value_name = "STAGE")]
    pub stage: Option<String>,
    /// These gates, criteria or items alone count, required by the plan or not
    #[arg(long, value_name = "ID,..", value_delimiter = ',')]
    pub require: Vec<String>,
    /// Wait this long for them to pass
    #[arg(long, value_name = "TIME", value_parser = super::watch::span)]
    pub wait: Option<Duration>,
    #[arg(long)]
    pub json: bool,
}

/// What a check says so far.
struct Checked {
    answer: GatesCheck,
    exit: Exit,
}

/// `cutover gates check`.
///
/// # Errors
/// When the answer can not be written.
pub async fn check(
    world: &dyn World,
    args: &GatesCheckArgs,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> io::Result<Exit> {
    let found = match args.wait {
        None => judge(&world.look(Wanted::JUDGED).await, args),
        Some(wait) => waited(world, args, wait).await,
    };
    let checked = match found {
        Ok(checked) => checked,
        Err(wrong) => {
            writeln!(err, "cutover: {wrong}")?;
            return Ok(Exit::Usage);
        }
    };
    if args.json {
        answer::print(&checked.answer, out)?;
    } else {
        people(&checked.answer, out)?;
    }
    Ok(checked.exit)
}

/// Follows the sources until it passes or the time is over; the newest judgement counts. A name that can not be meant is told
/// at once: no waiting makes it right.
async fn waited(world: &dyn World, args: &GatesCheckArgs, wait: Duration) -> Result<Checked, String> {
    let end = Instant::now() + wait;
    let mut following = world.follow();
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let input = following.next(left.min(Duration::from_secs(1))).await;
        let is_over = Instant::now() >= end;
        let checked = judge(&input, args)?;
        if checked.exit == Exit::Done || is_over {
            return Ok(checked);
        }
    }
}

/// What is known says; wrong is only a name that nothing that may still come would make right.
fn judge(input: &StatusInput, args: &GatesCheckArgs) -> Result<Checked, String> {
    let none_answered = !input.sources.is_empty() && input.sources.iter().all(|seen| !input.freshness(&seen.id).is_live());
    check_names(&input.plans, args)?;
    let chosen = chosen(input, args)?;
    let mut gates: Vec<GateItem> = chosen.iter().flat_map(|assessment| items_of(assessment, input)).collect();
    if !args.require.is_empty() {
        gates = required(gates, &args.require);
    }
    let rollouts: Vec<JudgedItem> = chosen.iter().map(|assessment| of_rollout(assessment, args, &input.plans, &gates)).collect();
    let worst = rollouts.iter().max_by_key(|judged| judged.verdict);
    let (verdict, sentence) = match worst {
        Some(judged) if judged.verdict == CheckWord::Pass => (CheckWord::Pass, all_pass(&rollouts, args)),
        Some(judged) => (judged.verdict, judged.sentence.clone()),
        None => (CheckWord::NoPlan, no_plan(input, args)),
    };
    let exit = match verdict {
        CheckWord::Pass => Exit::Done,
        CheckWord::Fail => Exit::NotReached,
        CheckWord::NoPlan | CheckWord::Undecided if none_answered => Exit::Unreachable,
        CheckWord::NoPlan | CheckWord::Undecided => Exit::Undecided,
    };
    let answer = GatesCheck { schema: SCHEMA, at: input.now.into(), verdict, sentence, rollouts, gates };
    Ok(Checked { answer, exit })
}

fn all_pass(rollouts: &[JudgedItem], args: &GatesCheckArgs) -> String {
    let what = if args.require.is_empty() { "every required gate" } else { "everything asked for" };
    match rollouts {
        [one] => format!("{what} of {} passes", one.id),
        many => format!("{what} of {} rollouts passes", many.len()),
    }
}

fn no_plan(input: &StatusInput, args: &GatesCheckArgs) -> String {
    match &args.rollout {
        Some(rollout) => {
            let rollout = DisplayText::new(rollout);
            let silent = silent(input).next();
            let known = input.rollouts.iter().any(|seen| seen.rollout.id.is_meant_by(rollout.as_str()));
            match silent.filter(|_| !known) {
                Some(source) => format!("whether there is a rollout {rollout} is not known: {source} has not told its rollouts"),
                None => format!("no plan judges {rollout}"),
            }
        }
        None if input.plans.is_empty() => "no plan is configured, so nothing is judged".to_owned(),
        None => "no plan judges any rollout that was seen".to_owned(),
    }
}

/// Sources that may have rollouts which nobody has heard of.
fn silent(input: &StatusInput) -> impl Iterator<Item = &SourceId> {
    input.sources.iter().filter(|seen| seen.tells.rollouts && !input.freshness(&seen.id).is_live()).map(|seen| &seen.id)
}

/// The stage and the gates that were asked about are in a plan. Plans are read before any source: no name of theirs comes later.
fn check_names(plans: &[Arc<Plan>], args: &GatesCheckArgs) -> Result<(), String> {
    if plans.is_empty() {
        return Ok(());
    }
    let stages: Vec<&str> = plans.iter().flat_map(|plan| plan.stages.iter().map(|stage| stage.id.as_str())).collect();
    if let Some(stage) = args.stage.as_ref().filter(|stage| !stages.contains(&stage.as_str())) {
        return Err(unknown(&format!("no plan has a stage {}", DisplayText::new(stage)), stage, &stages, &stages));
    }
    let rollouts = |plan: &Plan| plan.subjects.iter().map(|subject| tail(&subject.rollout).to_owned()).collect::<Vec<_>>();
    let is_known = |wanted: &str| plans.iter().any(|plan| has(plan, &rollouts(plan), wanted));
    if let Some(wanted) = args.require.iter().find(|wanted| !is_known(wanted)) {
        let all: Vec<String> = plans.iter().flat_map(|plan| names(plan)).collect();
        let near: Vec<&str> = all.iter().map(|name| tail(name)).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        return Err(unknown(&format!("nothing in a plan is called {}", DisplayText::new(wanted)), tail(wanted), &near, &all));
    }
    Ok(())
}

/// Whether `wanted` is a name of the plan, or that of one of these rollouts by it.
fn has(plan: &Plan, rollouts: &[String], wanted: &str) -> bool {
    let of_rollout = |name: &String| rollouts.iter().any(|rollout| format!("{rollout}/{name}") == wanted);
    names(plan).iter().any(|name| is_called(name, wanted) || of_rollout(name))
}

fn tail(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn unknown(what: &str, written: &str, near: &[&str], all: &[&str]) -> String {
    let near = nearest(written, near.iter().copied()).map(|name| format!("did you mean {name}? ")).unwrap_or_default();
    format!("{what}; {near}there are: {}", all.join(", "))
}

/// What can be asked for of a plan, each once.
fn names(plan: &Plan) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for gate in &plan.gates {
        found.push(gate.id.to_string());
        found.extend(gate.items.iter().map(|item| format!("{}/{}", gate.id, item.id)));
    }
    let of_gates = plan.gates.iter().flat_map(|gate| &gate.criteria);
    found.extend(plan.stages.iter().flat_map(|stage| &stage.criteria).chain(of_gates).map(ToString::to_string));
    // What a stage asks by itself is a gate that bears the stage's name.
    found.extend(plan.stages.iter().map(|stage| stage.id.to_string()));
    let mut once = BTreeSet::new();
    found.retain(|name| once.insert(name.clone()));
    found
}

/// The assessments that were asked about; none while the rollout may only not have been heard of yet.
fn chosen<'a>(input: &'a StatusInput, args: &GatesCheckArgs) -> Result<Vec<&'a Assessment>, String> {
    let all = input.assessments.iter().map(|assessment| &**assessment);
    let Some(rollout) = &args.rollout else { return Ok(all.collect()) };
    let known = input.rollouts.iter().map(|seen| &seen.rollout.id);
    match super::target::meant(rollout, known) {
        Ok(id) => Ok(all.filter(|assessment| assessment.target == *id).collect()),
        Err(NotMeant::Unknown { .. }) if silent(input).next().is_some() => Ok(Vec::new()),
        Err(why) => Err(why.to_string()),
    }
}

/// Whether `id` is meant by `wanted`: it or a tail of it.
fn is_called(id: &str, wanted: &str) -> bool {
    id == wanted || id.strip_suffix(wanted).is_some_and(|before| before.ends_with('/'))
}

/// Those that `require` names, each by its identifier or a tail of it.
fn required(gates: Vec<GateItem>, require: &[String]) -> Vec<GateItem> {
    gates
        .into_iter()
        .filter(|item| require.iter().any(|wanted| is_called(&item.id, wanted)))
        .map(|item| GateItem { required: true, ..item })
        .collect()
}

/// What was asked for, is in the rollout's plan, and does not count where it stands: it was not checked, so nobody knows.
fn unchecked<'a>(assessment: &Assessment, require: &'a [String], plans: &[Arc<Plan>], mine: &[&GateItem]) -> Option<&'a String> {
    let plan = plans.iter().find(|plan| plan.id == assessment.plan)?;
    let rollout = [assessment.target.name.raw().to_owned()];
    require.iter().find(|wanted| has(plan, &rollout, wanted) && !mine.iter().any(|item| is_called(&item.id, wanted)))
}

fn of_rollout(assessment: &Assessment, args: &GatesCheckArgs, plans: &[Arc<Plan>], gates: &[GateItem]) -> JudgedItem {
    let stage = assessment.standing.as_ref().map(|standing| standing.id.to_string());
    let id = assessment.target.to_string();
    let (verdict, sentence) = match (&args.stage, &stage) {
        (Some(wanted), Some(stage)) if wanted != stage => (CheckWord::Fail, format!("{id} is at stage {stage}, not {wanted}")),
        (Some(wanted), None) => (CheckWord::Undecided, format!("{id} is at no stage of the plan, so not at {wanted}")),
        (Some(_) | None, _) if args.require.is_empty() => advance(assessment),
        (Some(_) | None, _) => {
            let mine: Vec<&GateItem> = gates.iter().filter(|item| item.rollout == id).collect();
            let missing = unchecked(assessment, &args.require, plans, &mine);
            let missing = missing.map(|wanted| format!("{} is not checked where {id} stands", DisplayText::new(wanted)));
            let worst = mine.iter().max_by_key(|item| CheckWord::of(item.verdict));
            match (worst.map(|item| (CheckWord::of(item.verdict), format!("{}: {}", item.id, item.why))), missing) {
                (Some((CheckWord::Fail, sentence)), _) => (CheckWord::Fail, sentence),
                (_, Some(missing)) => (CheckWord::Undecided, missing),
                (Some(worst), None) => worst,
                (None, None) => (CheckWord::Undecided, format!("{id} has none of what was asked for")),
            }
        }
    };
    JudgedItem { id, plan: assessment.plan.to_string(), stage, verdict, sentence }
}

fn people(answer: &GatesCheck, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", answer.verdict.word().to_uppercase(), answer.sentence)?;
    for judged in &answer.rollouts {
        let stage = judged.stage.as_ref().map_or_else(|| "at no stage".to_owned(), |stage| format!("at {stage}"));
        writeln!(out, "{} by {} {stage}: {}: {}", judged.id, judged.plan, judged.verdict.word(), judged.sentence)?;
    }
    if answer.gates.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut table = Table::new(&["VERDICT", "ID", "COUNTS", "WHY", "PLACE"]);
    for item in &answer.gates {
        table.row([
            verdict_word(item.verdict).to_owned(),
            item.id.clone(),
            if item.required { "required" } else { "-" }.to_owned(),
            item.why.clone(),
            item.place.clone(),
        ]);
    }
    table.print(out)
}
