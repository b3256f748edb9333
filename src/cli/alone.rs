//! Commands that need neither sources nor engine: nothing is contacted, and only `config init` writes.

use std::io::{self, Write};

use super::{
    answer::{
        self,
        alerts::Alerts,
        audit::AuditVerify,
        config::{ConfigCheck, ConfigSeen},
        doctor::Doctor,
        doubt::Doubt,
        event::Event,
        gates::GatesCheck,
        outcome::OutcomeAnswer,
        said::SaidAnswer,
        status::Status,
        tenants::Tenants,
        version::Version,
        why::Why,
    },
    args::Args,
    audit,
    command::{AnswerName, AuditCommand, Command, ConfigCommand},
    exit::Exit,
    init::{self, InitArgs},
    papers, plan,
    run::{Sink, close},
};
use crate::{
    backend::registry,
    config::{
        load::{load, parse},
        places::{Paths, Surroundings},
    },
};

/// Runs a command that needs neither sources nor engine: nothing is contacted and nothing is written. `None` when it needs
/// them: then main builds a `World` and calls `run`. `themes` are the names that the configuration may name.
pub async fn run_alone(
    args: &Args,
    around: &Surroundings,
    themes: &[&str],
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> Option<Exit> {
    let mut sink = Sink { to: out, failed: None };
    let mut messages = Sink { to: err, failed: None };
    let ended = match &args.command {
        Some(Command::Schema(schema)) => print_schema(schema.answer, &mut sink),
        Some(Command::Version(version)) => print_version(version.json, &mut sink),
        Some(Command::Keys) => print_keys(&mut sink),
        Some(Command::Completions(completions)) => papers::completions(*completions, &mut sink),
        Some(Command::Man) => papers::man(&mut sink),
        Some(Command::Config(ConfigCommand::Init(init))) => write_first(args, init, around, themes, &mut sink, &mut messages),
        Some(Command::Config(ConfigCommand::Check { json })) => {
            check_config(*json, &ConfigSeen::look(&args.flags(), around, themes), &mut sink, &mut messages)
        }
        Some(Command::Config(ConfigCommand::Path)) => {
            let seen = ConfigSeen::look(&args.flags(), around, themes);
            writeln!(sink, "{}", seen.path.display()).map(|()| if seen.problems.is_empty() { Exit::Done } else { Exit::Config })
        }
        Some(Command::Plan(command)) => plan::plan(args, command, around, themes, &mut sink, &mut messages),
        Some(Command::Audit(audit)) => read_ledger(args, audit, around, themes, &mut sink, &mut messages).await,
        Some(
            Command::Demo
            | Command::Status(_)
            | Command::Why(_)
            | Command::Advance(_)
            | Command::Pause(_)
            | Command::Resume(_)
            | Command::Rollback(_)
            | Command::Nudge(_)
            | Command::Alerts(_)
            | Command::Gates(_)
            | Command::Tenants(_)
            | Command::Watch(_)
            | Command::Tick(_)
            | Command::Ack(_)
            | Command::Note(_)
            | Command::Doctor(_)
            | Command::Doubt(_),
        )
        | None => return None,
    };
    Some(close(ended, sink, &mut messages))
}

async fn read_ledger(
    args: &Args,
    command: &AuditCommand,
    around: &Surroundings,
    themes: &[&str],
    out: &mut Sink<'_>,
    err: &mut Sink<'_>,
) -> io::Result<Exit> {
    if let AuditCommand::Verify { dir: Some(dir), json } = command {
        return audit::verify(dir, true, *json, out, err);
    }
    let dir = match load(&args.flags(), around, themes, &registry::declared()) {
        Ok(loaded) => args.ledger_dir(&loaded),
        Err(error) => {
            write!(err, "{error}")?;
            return Ok(Exit::Config);
        }
    };
    match command {
        AuditCommand::Show { json_lines, limit } => {
            audit::show(&dir, *json_lines, usize::try_from(*limit).unwrap_or(usize::MAX), out, err)
        }
        AuditCommand::Tail => audit::tail(&dir, out, err).await,
        AuditCommand::Verify { json, .. } => audit::verify(&dir, false, *json, out, err),
    }
}

/// `config init`, at the place where this user's file is or would be.
fn write_first(
    args: &Args,
    init: &InitArgs,
    around: &Surroundings,
    themes: &[&str],
    out: &mut Sink<'_>,
    err: &mut Sink<'_>,
) -> io::Result<Exit> {
    let path = match Paths::find(&args.flags(), around) {
        Ok(paths) => paths.config_file,
        Err(error) => {
            write!(err, "{error}")?;
            return Ok(Exit::Config);
        }
    };
    let accepts = |text: &str| parse(text, &path, around.home(), themes, &registry::declared()).is_ok();
    init::init(init, &args.global, around, &path, &accepts, out, err)
}

fn check_config(json: bool, seen: &ConfigSeen, out: &mut Sink<'_>, err: &mut Sink<'_>) -> io::Result<Exit> {
    if json {
        answer::print(&ConfigCheck::from(seen), out)?;
    } else if !seen.exists {
        writeln!(out, "{} does not exist: nothing is configured. Try: cutover demo", seen.path.display())?;
    } else if seen.problems.is_empty() {
        let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        writeln!(
            out,
            "{} is good: {}, {}",
            seen.path.display(),
            count(seen.environments.len(), "environment"),
            count(seen.sources.len(), "source")
        )?;
    } else {
        for problem in &seen.problems {
            writeln!(err, "{problem}")?;
        }
    }
    Ok(if seen.problems.is_empty() { Exit::Done } else { Exit::Config })
}

fn print_keys(out: &mut Sink<'_>) -> io::Result<Exit> {
    write!(out, "{}", crate::app::keycard::as_text())?;
    Ok(Exit::Done)
}

/// The JSON Schema of an answer.
#[must_use]
pub fn schema(name: AnswerName) -> serde_json::Value {
    match name {
        AnswerName::Status => answer::schema_of::<Status>(),
        AnswerName::Outcome => answer::schema_of::<OutcomeAnswer>(),
        AnswerName::Why => answer::schema_of::<Why>(),
        AnswerName::Alerts => answer::schema_of::<Alerts>(),
        AnswerName::Gates => answer::schema_of::<GatesCheck>(),
        AnswerName::Tenants => answer::schema_of::<Tenants>(),
        AnswerName::Watch => answer::schema_of::<Event>(),
        AnswerName::Said => answer::schema_of::<SaidAnswer>(),
        AnswerName::Doctor => answer::schema_of::<Doctor>(),
        AnswerName::Doubt => answer::schema_of::<Doubt>(),
        AnswerName::AuditVerify => answer::schema_of::<AuditVerify>(),
        AnswerName::Config => answer::schema_of::<ConfigCheck>(),
        AnswerName::Version => answer::schema_of::<Version>(),
        AnswerName::Plan => crate::plan::schema(),
        AnswerName::PlanLint => answer::schema_of::<answer::plan::PlanLint>(),
        AnswerName::PlanShow => answer::schema_of::<answer::plan::PlanShow>(),
    }
}

fn print_schema(name: AnswerName, out: &mut Sink<'_>) -> io::Result<Exit> {
    serde_json::to_writer_pretty(&mut *out, &schema(name))?;
    writeln!(out)?;
    Ok(Exit::Done)
}

fn print_version(json: bool, out: &mut Sink<'_>) -> io::Result<Exit> {
    let version = Version::current();
    if json {
        answer::print(&version, out)?;
    } else {
        writeln!(out, "{} {} ({})", version.name, version.version, version.target)?;
    }
    Ok(Exit::Done)
}
