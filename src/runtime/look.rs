//! One look at every source, all at the same time: rollouts first, because the plans ask about what stands where, then
//! alerts, tenants and the answers.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::future::join_all;

use super::{told::AllTold, world::World};
use crate::{
    app::state::SourceInfo,
    backend::port::{ReadError, Source},
    cli::{answer::status::StatusInput, port::Wanted},
    domain::{
        freshness::{Failure, SourceHealth},
        id::SourceId,
        plan::GaugeKind,
        question::Question,
        text::DisplayText,
    },
};

/// How a source's part of a look ended: what it may not read, or why there was no answer; and how long it took.
type Ended = (Result<Vec<DisplayText>, ReadError>, Duration);

/// Looks once. A source that does not answer in time is as one that is away.
pub(super) async fn look(world: &World, wanted: Wanted) -> StatusInput {
    let mut told = AllTold::nothing(world);
    let mut ended: HashMap<SourceId, Ended> = HashMap::new();
    let lists = sources(world).filter(|(info, _)| info.tells.rollouts).map(|(info, source)| async move {
        let began = world.clock.since_boot();
        let answer = in_time(wanted.patience, source.list_and_missing()).await;
        (&info.id, answer, world.clock.since_boot().saturating_sub(began))
    });
    for (id, answer, took) in join_all(lists).await {
        let answer = answer.map(|(list, missing)| {
            if let Some(told) = told.of(id) {
                told.rollouts = list.into();
            }
            missing
        });
        ended.insert(id.clone(), (answer, took));
    }
    let book = world.engine.book().await;
    let past = book.as_ref().map_or(&[][..], |book| &book.passages);
    let asked = if wanted.gates { told.questions(world, past) } else { Arc::from([]) };
    let reads = sources(world).filter_map(|(info, source)| {
        let mine: Vec<Arc<Question>> = asked.iter().filter(|question| question.source == info.id).cloned().collect();
        (!mine.is_empty() || is_wanted(world, info, wanted)).then_some(async move {
            let began = world.clock.since_boot();
            let answer = in_time(wanted.patience, source.read(&mine)).await;
            (&info.id, answer, world.clock.since_boot().saturating_sub(began))
        })
    });
    for (id, answer, took) in join_all(reads).await {
        let answer = answer.map(|updates| {
            for update in updates {
                told.take(update);
            }
            Vec::new()
        });
        let before = ended.remove(id);
        ended.insert(id.clone(), joined(before, (answer, took)));
    }
    for info in &world.sources {
        if let (Some(told), Some((answer, took))) = (told.of(&info.id), ended.remove(&info.id)) {
            told.health = health(answer, world, took, &told.health);
        }
    }
    told.input(world, book)
}

fn sources(world: &World) -> impl Iterator<Item = (&SourceInfo, Arc<dyn Source>)> {
    world.sources.iter().filter_map(|info| Some((info, Arc::clone(&world.engine.connections().get(&info.id)?.source))))
}

/// Whether a source is read although nothing is asked of it by query.
fn is_wanted(world: &World, info: &SourceInfo, wanted: Wanted) -> bool {
    let gauged = |kind: fn(&GaugeKind) -> bool| {
        let gauges = world
            .plans
            .iter()
            .flat_map(|plan| plan.criteria.iter().map(|it| &it.gauge).chain(plan.triggers.iter().map(|it| &it.gauge)));
        wanted.gates && gauges.into_iter().any(|gauge| gauge.source == info.id && kind(&gauge.kind))
    };
    (info.tells.alerts && (wanted.alerts || gauged(|kind| matches!(kind, GaugeKind::Alerts { .. }))))
        || (info.tells.tenants && (wanted.tenants || gauged(|kind| matches!(kind, GaugeKind::Tenants { .. }))))
        // Whether it answers at all is known only by asking.
        || (wanted.all_sources && !info.tells.rollouts)
}

async fn in_time<T>(patience: Duration, read: impl Future<Output = Result<T, ReadError>>) -> Result<T, ReadError> {
    tokio::time::timeout(patience, read)
        .await
        .unwrap_or_else(|_| Err(ReadError::Unreachable(DisplayText::new(&format!("no answer within {} s", patience.as_secs())))))
}

/// Two reads of one source: it is well when both were answered.
fn joined(before: Option<Ended>, after: Ended) -> Ended {
    match (before, after) {
        (Some((Err(error), took)), _) => (Err(error), took),
        (Some((Ok(missing), took)), (Ok(_), more)) => (Ok(missing), took.max(more)),
        (Some(_) | None, after) => after,
    }
}

/// How a source is after one look. What it said of itself on the way (a skew, a part that is missing) is kept.
fn health(answer: Result<Vec<DisplayText>, ReadError>, world: &World, took: Duration, said: &SourceHealth) -> SourceHealth {
    let (now, since_boot) = (world.clock.now(), world.clock.since_boot());
    match answer {
        Ok(missing) => SourceHealth {
            last_ok: Some((since_boot, now)),
            latency: Some(took),
            partial: if missing.is_empty() { said.partial.clone() } else { missing },
            ..SourceHealth::never()
        },
        Err(error) => {
            let failure = Failure { since: now, why: DisplayText::new(&error.to_string()), attempts: 1 };
            SourceHealth { failure: Some(failure), ..SourceHealth::never() }
        }
    }
}
