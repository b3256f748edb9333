//! `watch`: what changes, one line or one object an event, append only; and waiting for a state that a script needs.

use std::{
    io::{self, Write},
    time::Duration,
};

use clap::{Args as ClapArgs, ValueEnum};
use tokio::time::Instant;

use super::{
    answer::{
        self,
        event::{Event, EventItem, Scene, events, scene},
        gates::{CheckWord, advance, verdict_word},
        moment::Moment,
        status::{RolloutSeen, StatusInput},
    },
    exit::Exit,
    port::{Engine, Wanted, World},
    target::{meant, whole},
};
use crate::{
    config::duration,
    domain::{alert::AlertState, id::TargetId, rollout::Phase},
};

#[derive(Clone, Debug, Default, PartialEq, ClapArgs)]
pub struct WatchArgs {
    /// Only this rollout: source/namespace/name or a tail of it [default: all]
    #[arg(value_name = "ROLLOUT")]
    pub rollout: Option<String>,
    /// One JSON object an event (contract: schema 1)
    #[arg(long)]
    pub json_lines: bool,
    /// End with 0 as soon as this is so
    #[arg(long, value_enum, value_name = "STATE")]
    pub until: Option<Until>,
    /// Give up after this long (exit 124): 90s, 10m
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub timeout: Option<Duration>,
}

/// What `watch` can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// Every rollout waits for a person and no gate holds it, or is done (exit 3 when one failed or was rolled back)
    Ready,
    /// Every change was read back: nothing is in flight, accepted or in doubt
    Verified,
}

/// How often what is open is looked at while nothing else happens.
const AGAIN: Duration = Duration::from_secs(2);

/// A span of time as people type it: `90s`, `10m`, `1m30s`, at most a day.
///
/// # Errors
/// What would be one.
pub fn span(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| "a time: 90s, 10m, 1h30m, at most 24h".to_owned())
}

type Out<'a> = &'a mut (dyn Write + Send);

/// `cutover watch`. Ends by `--until`, by `--timeout`, by a signal, or when nobody reads any more.
///
/// # Errors
/// When it can not be written.
pub async fn watch(world: &dyn World, args: &WatchArgs, out: Out<'_>, err: Out<'_>) -> io::Result<Exit> {
    let only = match &args.rollout {
        None => None,
        Some(text) => match target(world, text).await {
            Ok(id) => Some(id),
            Err((why, exit)) => {
                writeln!(err, "cutover: {why}")?;
                return Ok(exit);
            }
        },
    };
    let end = args.timeout.map(|timeout| Instant::now() + timeout);
    let mut following = world.follow();
    let mut before = Scene::new();
    let mut was_live = false;
    loop {
        let left = end.map_or(AGAIN, |end| end.saturating_duration_since(Instant::now()).min(AGAIN));
        let input = following.next(left).await;
        let now = scene(&input, only.as_ref());
        for event in events(&before, &now, &Moment::from(input.now)) {
            if args.json_lines {
                answer::print(&event, out)?;
            } else {
                writeln!(out, "{}", line(&event))?;
            }
        }
        out.flush()?;
        before = now;
        was_live |= input.sources.iter().any(|seen| input.freshness(&seen.id).is_live());
        if let Some(exit) = args.until.and_then(|until| reached(until, &input, only.as_ref())) {
            return Ok(exit);
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(if was_live { Exit::TimedOut } else { Exit::Unreachable });
        }
        if args.until == Some(Until::Verified) {
            read_back(world.engine(), &input, only.as_ref()).await;
        }
    }
}

async fn target(world: &dyn World, text: &str) -> Result<TargetId, (String, Exit)> {
    if let Some(id) = whole(text, &world.sources()) {
        return Ok(id);
    }
    let input = world.look(Wanted::NAMES).await;
    let none_live = input.sources.iter().all(|seen| !input.freshness(&seen.id).is_live());
    let exit = if none_live { Exit::Unreachable } else { Exit::Usage };
    meant(text, input.rollouts.iter().map(|seen| &seen.rollout.id)).cloned().map_err(|why| (why.to_string(), exit))
}

/// Whoever waits for an accepted change has it read: else nobody would say how it ended.
async fn read_back(engine: &dyn Engine, input: &StatusInput, only: Option<&TargetId>) {
    let accepted = input.book.iter().flat_map(|book| &book.accepted).filter(|open| open.own);
    for open in accepted.filter(|open| only.is_none_or(|id| *id == open.target)) {
        // What it could not read now it reads the next time; the book says what is still open.
        drop(engine.read_back(&open.id).await);
    }
}

/// How the wait ends, when it does.
fn reached(until: Until, input: &StatusInput, only: Option<&TargetId>) -> Option<Exit> {
    let watched: Vec<&RolloutSeen> = input.rollouts.iter().filter(|seen| only.is_none_or(|id| *id == seen.rollout.id)).collect();
    let sources_live = input.sources.iter().filter(|seen| seen.tells.rollouts).all(|seen| input.freshness(&seen.id).is_live());
    let all_live = match only {
        Some(id) => input.freshness(&id.source).is_live(),
        None => sources_live,
    };
    let Ok(book) = &input.book else { return None };
    let is_open =
        book.in_flight.iter().chain(&book.accepted).chain(&book.in_doubt).any(|open| only.is_none_or(|id| *id == open.target));
    // Nothing is known of a rollout that no source has told, so nothing is reached by it.
    if !all_live || watched.is_empty() {
        return None;
    }
    match until {
        Until::Verified => (!is_open && watched.iter().all(|seen| seen.rollout.observed)).then_some(Exit::Done),
        Until::Ready => {
            let failed =
                |seen: &&&RolloutSeen| seen.rollout.invalid || matches!(seen.rollout.phase, Phase::Degraded | Phase::Aborted);
            if watched.iter().any(|seen| failed(&seen)) {
                return Some(Exit::NotReached);
            }
            (!is_open && watched.iter().all(|seen| is_ready(seen, input))).then_some(Exit::Done)
        }
    }
}

fn is_ready(seen: &RolloutSeen, input: &StatusInput) -> bool {
    let judged = input.assessment(&seen.rollout.id).map(|assessment| advance(assessment).0);
    let gates_let_go = judged.is_none_or(|word| matches!(word, CheckWord::Pass | CheckWord::NoPlan));
    seen.rollout.observed
        && (seen.rollout.phase == Phase::Healthy
            || (seen.rollout.needs_person() && !seen.rollout.is_paused_by_hand() && gates_let_go))
}

/// One event as one line.
fn line(event: &Event) -> String {
    let clock = event.at.as_str().get(11..19).unwrap_or_default();
    let what = event.item.as_ref().map_or_else(|| "gone".to_owned(), in_words);
    format!("{clock}Z {} {}: {what}", event.kind.word(), event.id)
}

fn in_words(item: &EventItem) -> String {
    match item {
        EventItem::Source(source) => {
            let word = super::answer::event::freshness_word(source.freshness);
            source.error.as_ref().map_or_else(|| word.to_owned(), |error| format!("{word}: {error}"))
        }
        EventItem::Rollout(rollout) => {
            let mut parts = vec![rollout.phase.word().to_owned()];
            parts.extend(rollout.step.as_ref().map(|step| format!("step {}/{}", (step.index + 1).min(step.count), step.count)));
            parts.extend(rollout.weight.set.map(|weight| format!("{weight} %")));
            parts.extend(rollout.stage.as_ref().map(|stage| format!("stage {}: {}", stage.id, stage.sentence)));
            parts.join(", ")
        }
        EventItem::Gate(gate) => format!("{}: {}", verdict_word(gate.verdict), gate.why),
        EventItem::Alert(alert) => {
            let state = match alert.state {
                AlertState::Pending => "pending",
                AlertState::Firing => "firing",
                AlertState::Suppressed => "suppressed",
                AlertState::Resolved => "resolved",
            };
            format!("{} {} {state}: {}", alert.severity, alert.name, alert.summary)
        }
        EventItem::Action(action) => {
            let state = action.outcome.map_or("under way", |outcome| outcome.title());
            format!("{} of {} by {}: {state}", action.operation, action.target, action.who)
        }
    }
}
