//! From parsed arguments to an exit code.

use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use super::{
    act::{Ask, act},
    alerts,
    answer::status::{RolloutSeen, SourceSeen, StatusInput},
    args::Args,
    command::{AdvanceArgs, Command, Common, DoubtCommand, NudgeArgs, PauseArgs, ResumeArgs, RollbackArgs, StatusArgs},
    doctor, doubt,
    exit::Exit,
    gates::{self, GatesCommand},
    look,
    port::{Wanted, World},
    say,
    target::{NotMeant, meant, whole},
    tenants, watch,
};
use crate::{
    config::{load::Loaded, places::Flags},
    domain::{id::TargetId, operation::Operation},
};

pub use super::alone::{run_alone, schema};

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
pub(super) struct Sink<'a> {
    pub(super) to: &'a mut (dyn Write + Send),
    pub(super) failed: Option<io::Error>,
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

pub(super) fn close(ended: io::Result<Exit>, mut sink: Sink<'_>, messages: &mut Sink<'_>) -> Exit {
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

async fn dispatch(args: &Args, world: &dyn World, out: &mut Sink<'_>, err: &mut Sink<'_>) -> io::Result<Exit> {
    let plain = StatusArgs { json: false, plain: false, fail_on: None };
    match &args.command {
        None | Some(Command::Demo) => look::status(&world.look(Wanted::ALL).await, &plain, out, err),
        Some(Command::Status(status)) => look::status(&world.look(Wanted::ALL).await, status, out, err),
        Some(Command::Why(why)) => {
            let input = world.look(Wanted::ALL).await;
            match find(&why.id, &input, err)? {
                Found::Seen(seen) => look::because(seen, &input, why.json, out),
                Found::Unseen(id) => {
                    writeln!(err, "cutover: {id} was not read: its source does not answer")?;
                    Ok(Exit::Unreachable)
                }
                Found::No(exit) => Ok(exit),
            }
        }
        Some(Command::Advance(it)) => change(world, &it.common, it.into(), out, err).await,
        Some(Command::Pause(it)) => change(world, &it.common, it.into(), out, err).await,
        Some(Command::Resume(it)) => change(world, &it.common, it.into(), out, err).await,
        Some(Command::Rollback(it)) => change(world, &it.common, it.into(), out, err).await,
        Some(Command::Nudge(it)) => change(world, &it.common, it.into(), out, err).await,
        Some(Command::Doubt(DoubtCommand::List { json })) => doubt::list(&world.engine().book().await, *json, out, err),
        Some(Command::Doubt(DoubtCommand::Resolve { action, verdict, note })) => {
            doubt::resolve(world.engine(), action, *verdict, note.clone(), out, err).await
        }
        Some(Command::Alerts(args)) => alerts::alerts(&world.look(Wanted::ALERTS).await, *args, out, err),
        Some(Command::Gates(GatesCommand::Check(args))) => gates::check(world, args, out, err).await,
        Some(Command::Tenants(args)) => tenants::tenants(&world.look(Wanted::TENANTS).await, args, out, err),
        Some(Command::Watch(args)) => watch::watch(world, args, out, err).await,
        Some(Command::Tick(args)) => say::tick(world, args, out, err).await,
        Some(Command::Ack(args)) => say::ack(world, args, out, err).await,
        Some(Command::Note(args)) => say::note(world, args, out, err).await,
        Some(Command::Doctor(args)) => doctor::doctor(world, *args, out, err).await,
        Some(
            Command::Audit(_)
            | Command::Config(_)
            | Command::Keys
            | Command::Plan(_)
            | Command::Schema(_)
            | Command::Version(_)
            | Command::Completions(_)
            | Command::Man,
        ) => {
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

impl From<&AdvanceArgs> for Wish {
    fn from(advance: &AdvanceArgs) -> Self {
        Self {
            operation: Operation::Advance,
            confirm: advance.confirm.clone(),
            to: advance.to,
            expect_at: advance.expect_at,
            reason: advance.reason.clone(),
        }
    }
}

impl From<&PauseArgs> for Wish {
    fn from(pause: &PauseArgs) -> Self {
        Self::level_2(Operation::Pause, pause.yes, pause.confirm.as_ref(), pause.reason.as_ref())
    }
}

impl From<&ResumeArgs> for Wish {
    fn from(resume: &ResumeArgs) -> Self {
        Self::level_3(Operation::Resume, resume.confirm.as_ref(), resume.reason.as_ref())
    }
}

impl From<&RollbackArgs> for Wish {
    fn from(rollback: &RollbackArgs) -> Self {
        Self::level_3(Operation::RollBack, rollback.confirm.as_ref(), rollback.reason.as_ref())
    }
}

impl From<&NudgeArgs> for Wish {
    fn from(nudge: &NudgeArgs) -> Self {
        Self::level_2(Operation::Nudge, nudge.yes, nudge.confirm.as_ref(), None)
    }
}

async fn change(world: &dyn World, common: &Common, wish: Wish, out: &mut Sink<'_>, err: &mut Sink<'_>) -> io::Result<Exit> {
    // A whole identifier needs no list: the engine reads the target afresh itself, and a roll back must not wait for a source
    // that hangs.
    let target = if let Some(id) = whole(&common.rollout, &world.sources()) {
        id
    } else {
        let input = world.look(Wanted::NAMES).await;
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
    let away = silent(input);
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

/// Sources that may have rollouts and did not tell which. Metrics, alerts and tenants have none, and are not asked for names.
fn silent(input: &StatusInput) -> Vec<&SourceSeen> {
    input.sources.iter().filter(|seen| seen.tells.rollouts && !input.freshness(&seen.id).is_live()).collect()
}

/// A tail of a name is unambiguous only among what was read: a source that does not answer may have one of the same name,
/// and that one may be meant. The whole identifier always goes.
fn not_the_only_one(text: &str, found: &TargetId, input: &StatusInput, err: &mut Sink<'_>) -> io::Result<Option<Exit>> {
    let names_source = text.split_once('/').is_some_and(|(source, rest)| source == found.source.as_str() && rest.contains('/'));
    let away = silent(input);
    if names_source || away.is_empty() {
        return Ok(None);
    }
    for seen in away {
        writeln!(err, "cutover: {} may be in {}, too, which does not answer; nothing was sent", found.name, seen.id)?;
    }
    writeln!(err, "next: name it whole: {found}")?;
    Ok(Some(Exit::Unreachable))
}
