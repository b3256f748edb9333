//! `gates check`, for CI: may it go on? Exit 0 only when every gate that counts passes; 3 when one fails, 4 when one can not
//! be decided, 7 when no source answered. Each gate says why.

use std::{
    io::{self, Write},
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
};
use crate::domain::{evidence::Assessment, text::DisplayText};

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

/// Follows the sources until it passes or the time is over; the newest judgement counts.
async fn waited(world: &dyn World, args: &GatesCheckArgs, wait: Duration) -> Result<Checked, String> {
    let end = Instant::now() + wait;
    let mut following = world.follow();
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let input = following.next(left.min(Duration::from_secs(1))).await;
        let is_over = Instant::now() >= end;
        match judge(&input, args) {
            Ok(checked) if checked.exit == Exit::Done || is_over => return Ok(checked),
            // While sources have not told yet, a name may only not be known yet.
            Err(wrong) if is_over || input.sources.iter().all(|seen| input.freshness(&seen.id).is_live()) => return Err(wrong),
            Ok(_) | Err(_) => {}
        }
    }
}

fn judge(input: &StatusInput, args: &GatesCheckArgs) -> Result<Checked, String> {
    let none_answered = !input.sources.is_empty() && input.sources.iter().all(|seen| !input.freshness(&seen.id).is_live());
    let chosen = chosen(input, args, none_answered)?;
    let mut gates: Vec<GateItem> = chosen.iter().flat_map(|assessment| items_of(assessment, input)).collect();
    if !args.require.is_empty() && !chosen.is_empty() {
        gates = required(gates, &args.require)?;
    }
    let rollouts: Vec<JudgedItem> = chosen.iter().map(|assessment| of_rollout(assessment, args, &gates)).collect();
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
        Some(rollout) => format!("no plan judges {}", DisplayText::new(rollout)),
        None if input.plans.is_empty() => "no plan is configured, so nothing is judged".to_owned(),
        None => "no plan judges any rollout that was seen".to_owned(),
    }
}

/// The assessments that were asked about.
fn chosen<'a>(input: &'a StatusInput, args: &GatesCheckArgs, none_answered: bool) -> Result<Vec<&'a Assessment>, String> {
    if let Some(stage) = &args.stage {
        let names: Vec<&str> = input.plans.iter().flat_map(|plan| plan.stages.iter().map(|stage| stage.id.as_str())).collect();
        if !names.is_empty() && !names.contains(&stage.as_str()) {
            return Err(format!("no plan has a stage {}; they have: {}", DisplayText::new(stage), names.join(", ")));
        }
    }
    let all = input.assessments.iter().map(|assessment| &**assessment);
    let Some(rollout) = &args.rollout else { return Ok(all.collect()) };
    if none_answered {
        return Ok(Vec::new());
    }
    let known = input.rollouts.iter().map(|seen| &seen.rollout.id);
    let id = super::target::meant(rollout, known).map_err(|why| why.to_string())?;
    Ok(all.filter(|assessment| assessment.target == *id).collect())
}

/// Those that `require` names, each by its identifier or a tail of it.
fn required(gates: Vec<GateItem>, require: &[String]) -> Result<Vec<GateItem>, String> {
    let names = |item: &GateItem, wanted: &str| item.id == wanted || item.id.ends_with(&format!("/{wanted}"));
    for wanted in require {
        if !gates.iter().any(|item| names(item, wanted)) {
            let known: Vec<&str> = gates.iter().map(|item| item.id.as_str()).collect();
            return Err(format!("nothing is called {}; there are: {}", DisplayText::new(wanted), known.join(", ")));
        }
    }
    Ok(gates
        .into_iter()
        .filter(|item| require.iter().any(|wanted| names(item, wanted)))
        .map(|item| GateItem { required: true, ..item })
        .collect())
}

fn of_rollout(assessment: &Assessment, args: &GatesCheckArgs, gates: &[GateItem]) -> JudgedItem {
    let stage = assessment.standing.as_ref().map(|standing| standing.id.to_string());
    let id = assessment.target.to_string();
    let (verdict, sentence) = match (&args.stage, &stage) {
        (Some(wanted), Some(stage)) if wanted != stage => (CheckWord::Fail, format!("{id} is at stage {stage}, not {wanted}")),
        (Some(wanted), None) => (CheckWord::Undecided, format!("{id} is at no stage of the plan, so not at {wanted}")),
        (Some(_) | None, _) if args.require.is_empty() => advance(assessment),
        (Some(_) | None, _) => {
            let mine = gates.iter().filter(|item| item.rollout == id);
            let worst = mine.max_by_key(|item| CheckWord::of(item.verdict));
            worst.map_or_else(
                || (CheckWord::Undecided, format!("{id} has none of what was asked for")),
                |item| (CheckWord::of(item.verdict), format!("{}: {}", item.id, item.why)),
            )
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
