//! From parsed arguments to an exit code.

use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use super::{
    act::{Ask, act},
    answer::{
        self,
        audit::AuditVerify,
        config::{ConfigCheck, ConfigSeen},
        doubt::Doubt,
        outcome::OutcomeAnswer,
        status::{RolloutSeen, Status, StatusInput},
        version::Version,
        why::Why,
    },
    args::Args,
    audit,
    command::{AnswerName, AuditCommand, Command, Common, ConfigCommand, DoubtCommand, StatusArgs},
    doubt,
    exit::Exit,
    look,
    port::World,
    target::{NotMeant, meant, whole},
};
use crate::{
    backend::registry,
    config::{
        load::{Loaded, load},
        places::{Flags, Surroundings},
    },
    domain::{id::TargetId, operation::Operation},
};

impl Args {
    /// What the command line says about places, as the configuration wants it.
    #[must_use]
    pub fn flags(&self) -> Flags {
        Flags { config: self.global.config.clone(), state_dir: self.global.state_dir.clone() }
    }

    /// Directory of the chains: the demo has its own, a shared one wins over this user's.
    #[must_use]
    pub fn ledger_dir(&self, loaded: &Loaded) -> PathBuf {
        if self.is_demo() {
            return loaded.paths.state.join("demo").join("ledger");
        }
        loaded.settings.ledger.shared.clone().unwrap_or_else(|| loaded.paths.ledger.clone())
    }
}

/// A sink whose writes never fail: what was done decides how a command ends, not whether somebody still listens. `flush`
/// tells: only `audit tail`, which has nothing else to end it, asks.
struct Sink<'a> {
    to: &'a mut (dyn Write + Send),
    failed: Option<io::Error>,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed.is_none()
            && let Err(error) = self.to.write_all(bytes)
        {
            self.failed = Some(error);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failed.is_none()
            && let Err(error) = self.to.flush()
        {
            self.failed = Some(error);
        }
        match &self.failed {
            Some(error) => Err(error.kind().into()),
            None => Ok(()),
        }
    }
}

/// Runs one command in `world`. Data to `out`, messages to `err`. A reader that has gone away (`| head`) is no error; any
/// other failure to write turns a 0 into a 1.
pub async fn run(args: &Args, world: &dyn World, out: &mut (dyn Write + Send), err: &mut (dyn Write + Send)) -> Exit {
    let mut sink = Sink { to: out, failed: None };
    let mut messages = Sink { to: err, failed: None };
    let ended = dispatch(args, world, &mut sink, &mut messages).await;
    close(ended, sink, &mut messages)
}

fn close(ended: io::Result<Exit>, mut sink: Sink<'_>, messages: &mut Sink<'_>) -> Exit {
    let _ = sink.flush();
    let exit = match ended {
        Ok(exit) => exit,
        // Nobody can be told; `end` knows whether that matters.
        Err(_) if sink.failed.is_some() => Exit::Done,
        Err(error) => {
            let _ = writeln!(messages, "cutover: the answer could not be made: {error}");
            Exit::Unexpected
        }
    };
    end(exit, sink.failed, messages)
}

fn end(exit: Exit, failed: Option<io::Error>, messages: &mut dyn Write) -> Exit {
    match failed {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(messages, "cutover: the answer could not be written: {error}");
            if exit == Exit::Done { Exit::Unexpected } else { exit }
        }
        Some(_) | None => exit,
    }
}

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
        Some(Command::Config(config)) => {
            print_config(*config, &ConfigSeen::look(&args.flags(), around, themes), &mut sink, &mut messages)
        }
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

async fn dispatch(args: &Args, world: &dyn World, out: &mut Sink<'_>, err: &mut Sink<'_>) -> io::Result<Exit> {
    let plain = StatusArgs { json: false, plain: false, fail_on: None };
    match &args.command {
        None | Some(Command::Demo) => look::status(&world.look().await, &plain, out, err),
        Some(Command::Status(status)) => look::status(&world.look().await, status, out, err),
        Some(Command::Why(why)) => {
            let input = world.look().await;
            match find(&why.id, &input, err)? {
                Found::Seen(seen) => look::because(seen, &input, why.json, out),
                Found::Unseen(id) => {
                    writeln!(err, "cutover: {id} was not read: its source does not answer")?;
                    Ok(Exit::Unreachable)
                }
                Found::No(exit) => Ok(exit),
            }
        }
        Some(Command::Advance(advance)) => {
            let ask = Wish {
                operation: Operation::Advance,
                confirm: advance.confirm.clone(),
                to: advance.to,
                expect_at: advance.expect_at,
                reason: advance.reason.clone(),
            };
            change(world, &advance.common, ask, out, err).await
        }
        Some(Command::Pause(pause)) => {
            let wish = Wish::level_2(Operation::Pause, pause.yes, pause.confirm.as_ref(), pause.reason.as_ref());
            change(world, &pause.common, wish, out, err).await
        }
        Some(Command::Resume(resume)) => {
            let wish = Wish::level_3(Operation::Resume, resume.confirm.as_ref(), resume.reason.as_ref());
            change(world, &resume.common, wish, out, err).await
        }
        Some(Command::Rollback(rollback)) => {
            let wish = Wish::level_3(Operation::RollBack, rollback.confirm.as_ref(), rollback.reason.as_ref());
            change(world, &rollback.common, wish, out, err).await
        }
        Some(Command::Nudge(nudge)) => {
            let wish = Wish::level_2(Operation::Nudge, nudge.yes, nudge.confirm.as_ref(), None);
            change(world, &nudge.common, wish, out, err).await
        }
        Some(Command::Doubt(DoubtCommand::List { json })) => doubt::list(&world.engine().book().await, *json, out, err),
        Some(Command::Doubt(DoubtCommand::Resolve { action, verdict, note })) => {
            doubt::resolve(world.engine(), action, *verdict, note.clone(), out, err).await
        }
        Some(Command::Audit(_) | Command::Config(_) | Command::Keys | Command::Schema(_) | Command::Version(_)) => {
            writeln!(err, "cutover: this command runs alone, without a world; please report this")?;
            Ok(Exit::Unexpected)
        }
    }
}

/// What one verb's own options say.
struct Wish {
    operation: Operation,
    confirm: Option<String>,
    to: Option<u32>,
    expect_at: Option<u32>,
    reason: Option<String>,
}

impl Wish {
    fn level_2(operation: Operation, yes: bool, confirm: Option<&String>, reason: Option<&String>) -> Self {
        let confirm = if yes { Some(operation.word().to_owned()) } else { confirm.cloned() };
        Self { operation, confirm, to: None, expect_at: None, reason: reason.cloned() }
    }

    fn level_3(operation: Operation, confirm: Option<&String>, reason: Option<&String>) -> Self {
        Self { operation, confirm: confirm.cloned(), to: None, expect_at: None, reason: reason.cloned() }
    }
}

async fn change(world: &dyn World, common: &Common, wish: Wish, out: &mut Sink<'_>, err: &mut Sink<'_>) -> io::Result<Exit> {
    // A whole identifier needs no list: the engine reads the target afresh itself, and a roll back must not wait for a source
    // that hangs.
    let target = if let Some(id) = whole(&common.rollout, &world.sources()) {
        id
    } else {
        let input = world.look().await;
        match find(&common.rollout, &input, err)? {
            Found::Seen(seen) => {
                if let Some(exit) = not_the_only_one(&common.rollout, &seen.rollout.id, &input, err)? {
                    return Ok(exit);
                }
                seen.rollout.id.clone()
            }
            Found::Unseen(id) => id,
            Found::No(exit) => return Ok(exit),
        }
    };
    let ask = Ask {
        operation: wish.operation,
        target,
        confirm: wish.confirm,
        to: wish.to,
        expect_at: wish.expect_at,
        reason: wish.reason,
        dry_run: common.dry_run,
        wait: common.wait.then(|| Duration::from_secs(common.timeout)),
        json: common.json,
    };
    act(world, &ask, out, err).await
}

/// What a name led to.
enum Found<'a> {
    Seen(&'a RolloutSeen),
    /// A whole identifier in a source that did not answer.
    Unseen(TargetId),
    No(Exit),
}

fn find<'a>(text: &str, input: &'a StatusInput, err: &mut Sink<'_>) -> io::Result<Found<'a>> {
    let why = match meant(text, input.rollouts.iter().map(|seen| &seen.rollout.id)) {
        Ok(id) => {
            let seen = input.rollout(id);
            return Ok(seen.map_or_else(|| Found::Unseen(id.clone()), Found::Seen));
        }
        Err(why) => why,
    };
    let away: Vec<_> = input.sources.iter().filter(|seen| !input.freshness(&seen.id).is_live()).collect();
    if matches!(why, NotMeant::Unknown { .. }) && !away.is_empty() {
        let parts: Vec<&str> = text.split('/').collect();
        if let [source, namespace, name] = parts.as_slice()
            && let Some(seen) = away.iter().find(|seen| seen.id.as_str() == *source)
        {
            return Ok(Found::Unseen(TargetId::new(&seen.id, namespace, name)));
        }
        writeln!(err, "cutover: {why}")?;
        for seen in away {
            let because = seen.health.failure.as_ref().map(|failure| format!(": {}", failure.why)).unwrap_or_default();
            writeln!(err, "cutover: it may be in {}, which does not answer{because}", seen.id)?;
        }
        return Ok(Found::No(Exit::Unreachable));
    }
    writeln!(err, "cutover: {why}")?;
    Ok(Found::No(Exit::Usage))
}

/// A tail of a name is unambiguous only among what was read: a source that does not answer may have one of the same name,
/// and that one may be meant. The whole identifier always goes.
fn not_the_only_one(text: &str, found: &TargetId, input: &StatusInput, err: &mut Sink<'_>) -> io::Result<Option<Exit>> {
    let names_source = text.split_once('/').is_some_and(|(source, rest)| source == found.source.as_str() && rest.contains('/'));
    let away: Vec<_> = input.sources.iter().filter(|seen| !input.freshness(&seen.id).is_live()).collect();
    if names_source || away.is_empty() {
        return Ok(None);
    }
    for seen in away {
        writeln!(err, "cutover: {} may be in {}, too, which does not answer; nothing was sent", found.name, seen.id)?;
    }
    writeln!(err, "next: name it whole: {found}")?;
    Ok(Some(Exit::Unreachable))
}

fn print_config(command: ConfigCommand, seen: &ConfigSeen, out: &mut Sink<'_>, err: &mut Sink<'_>) -> io::Result<Exit> {
    let ConfigCommand::Check { json } = command else {
        writeln!(out, "{}", seen.path.display())?;
        return Ok(Exit::Done);
    };
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
        AnswerName::Doubt => answer::schema_of::<Doubt>(),
        AnswerName::AuditVerify => answer::schema_of::<AuditVerify>(),
        AnswerName::Config => answer::schema_of::<ConfigCheck>(),
        AnswerName::Version => answer::schema_of::<Version>(),
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
