//! `plan lint` and `plan show`: plan files, read and printed. Contacts nothing, writes nothing.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use super::{
    answer::{
        self,
        plan::{PlanLint, PlanShow},
    },
    args::Args,
    command::PlanCommand,
    exit::Exit,
};
use crate::{
    backend::registry,
    config::{
        load::{Loaded, load},
        places::Surroundings,
    },
    domain::{Timestamp, clock::Clock, id::SourceId, plan::Plan, source::Tells, text::DisplayText},
    plan::{self, Known, PlanErrors},
};

/// Sources are asked what they could tell, never read: no time goes by.
#[derive(Debug)]
struct NoTime;

impl Clock for NoTime {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn since_boot(&self) -> Duration {
        Duration::ZERO
    }
}

/// What the configuration's sources can tell.
fn sources(loaded: &Loaded) -> Vec<(SourceId, Tells)> {
    let clock: Arc<dyn Clock> = Arc::new(NoTime);
    let connections = registry::connections(&loaded.settings, &clock);
    connections.iter().map(|connection| (connection.source.id().clone(), connection.source.tells())).collect()
}

/// One `plan` command.
///
/// # Errors
/// When the answer can not be written.
pub fn plan(
    args: &Args,
    command: &PlanCommand,
    around: &Surroundings,
    themes: &[&str],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    let loaded = match load(&args.flags(), around, themes, &registry::declared()) {
        Ok(loaded) => loaded,
        Err(error) => {
            write!(err, "{error}")?;
            return Ok(Exit::Config);
        }
    };
    let sources = sources(&loaded);
    // Without sources there is nothing to hold names against: a plan is looked at for itself.
    let known = if sources.is_empty() { Known::Any } else { Known::These(&sources) };
    match command {
        PlanCommand::Lint { files, json } => {
            let files = if files.is_empty() { loaded.settings.plans.clone() } else { files.clone() };
            if files.is_empty() {
                return none(&loaded, err);
            }
            lint(&plan::load(&files, known), matches!(known, Known::Any), *json, out, err)
        }
        PlanCommand::Show { plan, json } => show(&loaded, plan.as_deref(), known, *json, out, err),
    }
}

fn none(loaded: &Loaded, err: &mut dyn Write) -> io::Result<Exit> {
    writeln!(err, "cutover: no plan is named under [plans] in {}", loaded.paths.config_file.display())?;
    writeln!(err, "next: add files = [\"plan.toml\"] there, or name a file: cutover plan lint plan.toml")?;
    Ok(Exit::Usage)
}

fn lint(
    read: &Result<Vec<Arc<Plan>>, PlanErrors>,
    any_source: bool,
    json: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    let exit = if read.is_ok() { Exit::Done } else { Exit::Config };
    if json {
        answer::print(&PlanLint::of(read, any_source), out)?;
        return Ok(exit);
    }
    let plans = match read {
        Ok(plans) => plans,
        Err(errors) => {
            writeln!(err, "{errors}")?;
            return Ok(exit);
        }
    };
    for plan in plans {
        let notes = plan::lint(plan);
        for note in &notes {
            let place = format!("{}:{}", DisplayText::new(&plan.file.to_string_lossy()), note.line);
            writeln!(out, "{place}: {} {}", note.code, DisplayText::new(&note.sentence))?;
            writeln!(out, "  taken: {}", DisplayText::new(&note.resolution))?;
        }
        let count = match notes.len() {
            0 => "no notes".to_owned(),
            1 => "1 note".to_owned(),
            count => format!("{count} notes"),
        };
        writeln!(out, "{} is good: {count}", DisplayText::new(&plan.file.to_string_lossy()))?;
    }
    if any_source {
        writeln!(out, "names of sources were not checked: no source is configured")?;
    }
    Ok(exit)
}

/// A plan by its id among those configured, a file, or all.
fn show(
    loaded: &Loaded,
    wanted: Option<&str>,
    known: Known<'_>,
    json: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    let file = wanted.map(PathBuf::from).filter(|path| path.exists());
    let files = file.as_ref().map_or_else(|| loaded.settings.plans.clone(), |file| vec![file.clone()]);
    if files.is_empty() {
        return none(loaded, err);
    }
    let plans = match plan::load(&files, known) {
        Ok(plans) => plans,
        Err(errors) => {
            writeln!(err, "{errors}")?;
            return Ok(Exit::Config);
        }
    };
    let ids: Vec<&str> = plans.iter().map(|plan| plan.id.as_str()).collect();
    let id = wanted.filter(|_| file.is_none());
    if let Some(id) = id.filter(|id| !ids.contains(id)) {
        let next = crate::config::problem::suggest(id, "plans", &ids);
        writeln!(err, "cutover: there is no plan and no file \"{}\"\nnext: {next}", DisplayText::new(id))?;
        return Ok(Exit::Usage);
    }
    let shown: Vec<&Plan> = plans.iter().filter(|plan| id.is_none_or(|id| id == plan.id.as_str())).map(AsRef::as_ref).collect();
    if json {
        answer::print(&PlanShow::of(&shown), out)?;
        return Ok(Exit::Done);
    }
    for (at, plan) in shown.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        write!(out, "{}", plan::show(plan))?;
    }
    Ok(Exit::Done)
}
