//! `tick`, `ack` and `note`: what people say goes into the ledger. Level 1: no confirmation, because nothing in the world
//! changes by it; it is recorded, or an error says why not.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use clap::Args as ClapArgs;

use super::{
    answer::{self, SCHEMA, said::SaidAnswer, status::StatusInput},
    exit::Exit,
    port::{Wanted, World},
    target::{meant, whole},
};
use crate::{
    domain::{
        alert::{Alert, AlertState, merge},
        human::{ACKNOWLEDGED_FOR, Saying},
        id::TargetId,
        plan::{Plan, PlanName},
        text::DisplayText,
    },
    operate::say::NotSaid,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, ClapArgs)]
pub struct TickArgs {
    /// The manual item: its name, or plan/item
    #[arg(value_name = "ITEM")]
    pub item: String,
    /// What shows that it was seen to: a link, the number of a ticket, a sentence
    #[arg(long, value_name = "TEXT", required_unless_present = "take_back")]
    pub evidence: Option<String>,
    /// It does not hold any more: takes the tick back
    #[arg(long, conflicts_with = "evidence")]
    pub take_back: bool,
    /// With --take-back: why; recorded
    #[arg(long, value_name = "TEXT", requires = "take_back")]
    pub reason: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, ClapArgs)]
pub struct AckArgs {
    /// The alert's name, or the first characters of its identifier
    #[arg(value_name = "ALERT")]
    pub alert: String,
    /// How long it stands, at most 24h; it ends by itself [default: 30m]
    #[arg(long = "for", value_name = "TIME", value_parser = super::watch::span)]
    pub lasts: Option<Duration>,
    /// For whoever looks next; recorded
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, ClapArgs)]
pub struct NoteArgs {
    /// One sentence for the record
    #[arg(value_name = "TEXT")]
    pub text: String,
    /// The rollout that it is about: source/namespace/name or an unambiguous tail of it
    #[arg(long, value_name = "ROLLOUT")]
    pub about: Option<String>,
    #[arg(long)]
    pub json: bool,
}

type Out<'a> = &'a mut (dyn Write + Send);

/// `cutover tick ITEM`. Contacts nothing.
///
/// # Errors
/// When the answer can not be written; what was recorded is in the ledger all the same.
pub async fn tick(world: &dyn World, args: &TickArgs, out: Out<'_>, err: Out<'_>) -> io::Result<Exit> {
    let plans = world.plans();
    let (plan, item) = match item_meant(&args.item, plans.iter().map(|plan| &**plan)) {
        Ok(found) => found,
        Err(why) => return wrong(&why, err),
    };
    let saying = match &args.evidence {
        Some(evidence) => Saying::Tick { plan, item, evidence: evidence.clone() },
        None => Saying::Untick { plan, item, reason: args.reason.clone() },
    };
    say(world, &saying, args.json, out, err).await
}

/// `cutover ack ALERT`: reads the alerts to know which one is meant.
///
/// # Errors
/// As `tick`.
pub async fn ack(world: &dyn World, args: &AckArgs, out: Out<'_>, err: Out<'_>) -> io::Result<Exit> {
    let input = world.look(Wanted { gates: false, ..Wanted::ALERTS }).await;
    let alert = match alert_meant(&args.alert, &input) {
        Ok(alert) => alert,
        Err(why) => {
            let away: Vec<_> = input.sources.iter().filter(|it| it.tells.alerts && !input.freshness(&it.id).is_live()).collect();
            for seen in &away {
                writeln!(err, "cutover: {} does not answer: what it tells now is not known", seen.id)?;
            }
            wrong(&why, err)?;
            return Ok(if away.is_empty() { Exit::Usage } else { Exit::Unreachable });
        }
    };
    let lasts = args.lasts.unwrap_or(ACKNOWLEDGED_FOR);
    let saying = Saying::Acknowledge { alert: alert.key.clone(), name: alert.name.clone(), lasts, note: args.note.clone() };
    say(world, &saying, args.json, out, err).await
}

/// `cutover note TEXT`. Contacts the sources only to know which rollout a part of a name means.
///
/// # Errors
/// As `tick`.
pub async fn note(world: &dyn World, args: &NoteArgs, out: Out<'_>, err: Out<'_>) -> io::Result<Exit> {
    let about = match &args.about {
        None => None,
        Some(text) => match about_meant(world, text).await {
            Ok(id) => Some(id),
            Err(why) => return wrong(&why, err),
        },
    };
    say(world, &Saying::Note { about, text: args.text.clone() }, args.json, out, err).await
}

fn wrong(why: &str, err: Out<'_>) -> io::Result<Exit> {
    writeln!(err, "cutover: {why}")?;
    Ok(Exit::Usage)
}

async fn say(world: &dyn World, saying: &Saying, json: bool, out: Out<'_>, err: Out<'_>) -> io::Result<Exit> {
    match world.engine().say(saying).await {
        Ok(receipt) => {
            if json {
                answer::print(&SaidAnswer { schema: SCHEMA, said: saying.done(), record: receipt }, out)?;
            } else {
                writeln!(out, "{}: recorded as {} #{}", saying.done(), receipt.ledger, receipt.seq)?;
            }
            Ok(Exit::Done)
        }
        Err(NotSaid::Wrong(why)) => wrong(&why, err),
        Err(error @ NotSaid::NotRecorded(_)) => {
            writeln!(err, "cutover: {error}")?;
            Ok(Exit::Refused)
        }
    }
}

/// The plan and its item that `text` means: `plan/item`, or an item's name that only one plan has.
fn item_meant<'a>(text: &str, plans: impl Iterator<Item = &'a Plan> + Clone) -> Result<(PlanName, PlanName), String> {
    let every =
        plans.flat_map(|plan| plan.gates.iter().flat_map(|gate| &gate.items).map(move |item| (plan.id.clone(), item.id.clone())));
    let mut known: Vec<(PlanName, PlanName)> = every.collect();
    known.sort();
    known.dedup();
    let whole = |(plan, item): &(PlanName, PlanName)| format!("{plan}/{item}");
    let fitting: Vec<_> = known.iter().filter(|names| whole(names) == text || names.1.as_str() == text).collect();
    let list = |names: &[&(PlanName, PlanName)]| names.iter().map(|names| whole(names)).collect::<Vec<_>>().join(", ");
    let shown = DisplayText::new(text);
    match fitting.as_slice() {
        [only] => Ok((*only).clone()),
        [] if known.is_empty() => Err(format!("no plan has an item to tick, so there is no {shown}")),
        [] => Err(format!("no item is called {shown}; there are: {}", list(&known.iter().collect::<Vec<_>>()))),
        several => Err(format!("{shown} is an item of several plans; say which: {}", list(several))),
    }
}

fn alert_meant(text: &str, input: &StatusInput) -> Result<Arc<Alert>, String> {
    // Two sources that tell the same alert tell one.
    let mut fitting: Vec<Arc<Alert>> = merge(&input.feeds)
        .into_iter()
        .filter(|alert| alert.name.as_str() == text || (text.len() >= 4 && alert.key.as_str().starts_with(text)))
        .collect();
    if fitting.len() > 1 && fitting.iter().any(|alert| alert.state != AlertState::Resolved) {
        fitting.retain(|alert| alert.state != AlertState::Resolved);
    }
    let shown = DisplayText::new(text);
    match fitting.as_slice() {
        [only] => Ok(Arc::clone(only)),
        [] => Err(format!("no alert is called {shown}; see them with: cutover alerts")),
        several => {
            let list: Vec<String> =
                several.iter().take(20).map(|alert| format!("  {}  {}", alert.key.as_str(), labels(alert))).collect();
            Err(format!("{shown} could be any of these; give the identifier:\n{}", list.join("\n")))
        }
    }
}

fn labels(alert: &Alert) -> String {
    alert.labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

async fn about_meant(world: &dyn World, text: &str) -> Result<TargetId, String> {
    if let Some(id) = whole(text, &world.sources()) {
        return Ok(id);
    }
    let input = world.look(Wanted::NAMES).await;
    meant(text, input.rollouts.iter().map(|seen| &seen.rollout.id)).cloned().map_err(|why| why.to_string())
}
