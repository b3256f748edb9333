//! One question: one instant or one range query, and beside it how old the samples are.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::{
    answer,
    wire::{Data, Envelope},
};
use crate::{
    backend::web::{Ask, Fetched, SMALL_CAP, Trouble, Web},
    domain::{
        question::{Answer, Question, Reason, Value},
        text::DisplayText,
    },
};

/// Most points of one question (`Answer::history`).
const MOST_POINTS: u8 = 64;

/// The server's own clock, by the small read that proves address, credentials and the right to query.
pub(super) async fn now(web: &Web) -> Result<(f64, Duration), Trouble> {
    let fetched = query::<Data>(web, "/api/v1/query", &[("query", "time()")]).await?;
    let (value, _) = answer::instant(&fetched.value.open()?.0)?;
    let now = answer::number(&value).filter(|now| now.is_finite());
    Ok((now.ok_or_else(|| Trouble::unreadable("time() is no number"))?, fetched.took))
}

/// Asks `question` about `moment` (seconds since 1970 by the server's clock).
pub(super) async fn ask(web: &Web, question: &Question, moment: f64) -> Result<Answer, Trouble> {
    let (answer, age) = tokio::join!(value(web, question, moment), sample_age(web, question, moment));
    let mut answer = answer?;
    match (age?, &answer.value) {
        (Age::NotAsked, _) | (Age::NoSample, Value::Empty) => Ok(answer),
        (Age::Known(age), _) => {
            answer.sample_age = Some(age);
            Ok(answer)
        }
        // A value made of no sample at all: taken without its age it would look fresh.
        (Age::NoSample, _) => Err(Trouble::new(Reason::Stale, "nothing was sampled lately that the value could come from")),
    }
}

async fn value(web: &Web, question: &Question, moment: f64) -> Result<Answer, Trouble> {
    let newest = format!("{moment:.3}");
    let points = question.points.clamp(1, MOST_POINTS);
    let step = question.step.as_secs_f64();
    let (value, history, warnings) = if points == 1 || step <= 0.0 {
        let fields = [("query", &*question.query), ("time", &newest)];
        let (data, warnings) = query::<Data>(web, "/api/v1/query", &fields).await?.value.open()?;
        let (value, at) = answer::instant(&data)?;
        let at = at.or_else(|| super::wire::unix(moment));
        let history = at.map(|at| (at, answer::number(&value))).into_iter().collect();
        (value, history, warnings)
    } else {
        let moments: Vec<f64> = (0..points).rev().map(|back| moment - f64::from(back) * step).collect();
        let (first, step) = (format!("{:.3}", moment - f64::from(points - 1) * step), format!("{step:.3}"));
        let fields = [("query", &*question.query), ("start", &first), ("end", &newest), ("step", &step)];
        let (data, warnings) = query::<Data>(web, "/api/v1/query_range", &fields).await?.value.open()?;
        let (value, history) = answer::range(&data, &moments)?;
        (value, history, warnings)
    };
    let warnings = warnings.iter().map(|warning| DisplayText::new(warning)).collect();
    Ok(Answer { value, sample_age: None, history, warnings })
}

enum Age {
    /// No selector, or a moment that is past: such an answer never gets old.
    NotAsked,
    Known(Duration),
    NoSample,
}

async fn sample_age(web: &Web, question: &Question, moment: f64) -> Result<Age, Trouble> {
    let Some(selector) = question.sampled.as_deref().filter(|_| question.at.is_none()) else { return Ok(Age::NotAsked) };
    let (asked, time) = (format!("time() - max(timestamp({selector}))"), format!("{moment:.3}"));
    let answered = query::<Data>(web, "/api/v1/query", &[("query", &asked), ("time", &time)]).await;
    let (value, _) = answered.and_then(|fetched| answer::instant(&fetched.value.open()?.0)).map_err(|trouble| {
        let words = DisplayText::new(&format!("the age of the samples: {}", trouble.words));
        Trouble { words, ..trouble }
    })?;
    Ok(match answer::number(&value).filter(|age| age.is_finite()) {
        // An exporter whose clock is ahead samples the future.
        Some(age) => Age::Known(Duration::try_from_secs_f64(age.max(0.0)).unwrap_or(Duration::MAX)),
        None => Age::NoSample,
    })
}

/// A POST with a form: a query may be longer than an address. Thanos leaves out what it can not reach unless it is told that
/// a part is no answer.
async fn query<T: DeserializeOwned + Send + 'static>(
    web: &Web,
    path: &str,
    fields: &[(&str, &str)],
) -> Result<Fetched<Envelope<T>>, Trouble> {
    let form: Vec<(&str, &str)> = fields.iter().copied().chain([("partial_response", "false")]).collect();
    web.json(Ask { path, query: &[], form: Some(&form), cap: SMALL_CAP, timeout: None }).await
}
