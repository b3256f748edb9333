//! Prometheus: recorded answers as values, ages, rules and alerts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{sync::Arc, time::Duration};

use cutover::{
    backend::{
        port::Source,
        prometheus::{PrometheusSettings, PrometheusSource},
    },
    config::places::Surroundings,
    domain::{
        alert::{AlertFeed, AlertState, DeadMan},
        id::SourceId,
        question::{Question, Reading, Reason, Value},
        source::SourceUpdate,
    },
};

use super::web_mock::{Hand, Reply, Seen, Server, fixture, moment};

/// 2026-11-20T03:40:10Z
const NOW: &str = "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1795146010,\"1795146010\"]}}";

fn question(query: &str) -> Question {
    Question {
        source: SourceId::new("metrics"),
        query: query.into(),
        sampled: None,
        at: None,
        points: 1,
        step: Duration::from_secs(60),
    }
}

fn source(server: &Server, change: impl FnOnce(&mut PrometheusSettings)) -> PrometheusSource {
    let mut settings = PrometheusSettings::new(server.settings());
    settings.alerts = false;
    change(&mut settings);
    let around = Surroundings::made_up(None, None, &[]);
    PrometheusSource::new(SourceId::new("metrics"), settings, Duration::from_secs(1), around, Hand::at("2026-11-20T03:40:10Z"))
}

async fn readings(server: &Server, questions: Vec<Question>) -> Vec<Arc<Reading>> {
    let questions: Vec<Arc<Question>> = questions.into_iter().map(Arc::new).collect();
    let updates = source(server, |_| {}).read(&questions).await.unwrap();
    let SourceUpdate::Readings { readings, .. } = &updates[0] else { panic!("{updates:?}") };
    readings.to_vec()
}

/// Answers `time()`, and everything else by `script`, which is given the query.
async fn server(script: impl Fn(&Seen, &str) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |seen| match seen.field("query") {
        Some(query) if query == "time()" => Reply::Json(200, NOW.to_owned()),
        query => script(seen, &query.unwrap_or_default()),
    })
    .await
}

/// The query names the recording.
async fn recorded() -> Server {
    server(|_, query| {
        Reply::Json(if query.contains("error_parse") { 400 } else { 200 }, fixture(&format!("prometheus/{query}.json")))
    })
    .await
}

#[tokio::test]
async fn recorded_answers_become_values_and_nothing_unknown_becomes_a_number() {
    let server = recorded().await;
    let names = [
        "query_scalar",
        "query_string",
        "query_vector",
        "query_empty",
        "query_nan_ratio_no_traffic",
        "query_nan",
        "query_nan_vector",
        "query_inf_vector",
        "query_matrix",
        "query_error_parse",
        "query_warnings_remote_read",
        "query_info_rate_of_gauge_2.53",
    ];
    let all = readings(&server, names.iter().map(|name| question(name)).collect()).await;
    let value = |name: &str| {
        let reading = all.iter().find(|reading| &*reading.question.query == name).unwrap();
        reading.answer.clone()
    };
    assert_eq!(value("query_scalar").unwrap().value, Value::Number(1.0));
    assert!(matches!(value("query_string").unwrap().value, Value::Text(text) if text.as_str() == "hello"));
    let Value::Many(many) = value("query_vector").unwrap().value else { panic!() };
    assert_eq!(many.len(), 2);
    assert_eq!(many[0].0[1].1.as_str(), "canary");
    assert!((many[0].1 - 0.119_469_026_548_672_56).abs() < f64::EPSILON);
    assert_eq!(value("query_empty").unwrap().value, Value::Empty);
    assert_eq!(value("query_nan_ratio_no_traffic").unwrap().value, Value::Empty);
    assert!(matches!(value("query_nan").unwrap().value, Value::Number(number) if number.is_nan()));
    assert!(matches!(value("query_nan_vector").unwrap().value, Value::Series { value, .. } if value.is_nan()));
    assert!(matches!(value("query_inf_vector").unwrap().value, Value::Series { value, .. } if value == f64::INFINITY));
    assert_eq!(value("query_matrix").unwrap_err().reason, Reason::WrongType);
    let parse = value("query_error_parse").unwrap_err();
    assert_eq!(parse.reason, Reason::Http);
    assert!(parse.words.as_str().starts_with("400: invalid parameter"), "{parse:?}");
    let warned = value("query_warnings_remote_read").unwrap();
    assert_eq!(warned.warnings.len(), 1);
    assert!(warned.warnings[0].as_str().starts_with("remote_read: error"));
    assert!(value("query_info_rate_of_gauge_2.53").unwrap().warnings.is_empty(), "an info is no warning");
    assert!(all.iter().all(|reading| reading.at == moment("2026-11-20T03:40:10Z")), "all of one moment of the server");
    let seen = server.seen.lock().unwrap();
    assert!(seen.iter().all(|one| one.field("partial_response").as_deref() == Some("false")));
}

#[tokio::test]
async fn the_age_of_the_samples_is_asked_beside_and_none_is_stale() {
    let age = |text: &str| format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"vector\",\"result\":[{text}]}}}}");
    let server = server(move |_, query| match query {
        "time() - max(timestamp(up))" => Reply::Json(200, age("{\"metric\":{},\"value\":[1795146010,\"42.5\"]}")),
        "time() - max(timestamp(gone))" => Reply::Json(200, age("")),
        "time() - max(timestamp(bad))" => Reply::Json(422, "{\"error\":\"no such thing\"}".to_owned()),
        "empty" => Reply::Json(200, fixture("prometheus/query_empty.json")),
        _ => Reply::Json(200, fixture("prometheus/query_scalar.json")),
    })
    .await;
    let with = |query: &str, sampled: &str| Question { sampled: Some(sampled.into()), ..question(query) };
    let past = Question { at: Some(moment("2026-11-20T03:00:00Z")), ..with("past", "gone") };
    let all = readings(&server, vec![with("v", "up"), with("v", "gone"), with("empty", "gone"), with("v", "bad"), past]).await;
    let answers: Vec<_> = all.iter().map(|reading| reading.answer.clone()).collect();
    assert_eq!(answers[0].as_ref().unwrap().sample_age, Some(Duration::from_millis(42_500)));
    assert_eq!(answers[1].as_ref().unwrap_err().reason, Reason::Stale);
    assert_eq!(answers[2].as_ref().unwrap().value, Value::Empty);
    assert!(answers[3].as_ref().unwrap_err().words.as_str().starts_with("the age of the samples: 422"));
    assert_eq!(answers[4].as_ref().unwrap().sample_age, None, "a moment that is past never gets old");
    let seen = server.seen.lock().unwrap();
    let time_of =
        |query: &str| seen.iter().find(|one| one.field("query").as_deref() == Some(query)).unwrap().field("time").unwrap();
    assert_eq!((time_of("v").as_str(), time_of("past").as_str()), ("1795146010.000", "1795143600.000"));
}

#[tokio::test]
async fn points_are_one_range_query_with_gaps_shown() {
    let server = server(|seen, _| {
        assert!(seen.path.ends_with("/query_range"), "{}", seen.path);
        let body = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"v\":\"1\"},\"values\":\
                    [[1795145830,\"1\"],[1795145950,\"3\"],[1795146010,\"4\"]]}]}}";
        Reply::Json(200, body.to_owned())
    })
    .await;
    let all = readings(&server, vec![Question { points: 4, ..question("q") }]).await;
    let answer = all[0].answer.clone().unwrap();
    assert!(matches!(&answer.value, Value::Series { value, .. } if (*value - 4.0).abs() < 1e-9));
    let history: Vec<Option<f64>> = answer.history.iter().map(|(_, value)| *value).collect();
    assert_eq!(history, [Some(1.0), None, Some(3.0), Some(4.0)]);
    assert_eq!(answer.history[3].0, moment("2026-11-20T03:40:10Z"));
    let seen = server.seen.lock().unwrap();
    let range = seen.iter().find(|one| one.path.ends_with("/query_range")).unwrap();
    assert_eq!((range.field("start").unwrap().as_str(), range.field("step").unwrap().as_str()), ("1795145830.000", "60.000"));
}

#[tokio::test]
async fn at_most_four_questions_at_one_time_and_one_that_fails_fails_alone() {
    let server = server(|_, query| {
        if query == "q7" { Reply::Cut("{".to_owned()) } else { Reply::Json(200, fixture("prometheus/query_scalar.json")) }
    })
    .await;
    let all = readings(&server, (0..20).map(|number| question(&format!("q{number}"))).collect()).await;
    let failed: Vec<usize> = all.iter().enumerate().filter(|(_, one)| one.answer.is_err()).map(|(at, _)| at).collect();
    assert_eq!((all.len(), failed), (20, vec![7]), "in the order that they were asked in");
}

async fn feed(server: &Server, change: impl FnOnce(&mut PrometheusSettings)) -> Arc<AlertFeed> {
    let updates = source(server, |settings| {
        settings.alerts = true;
        change(settings);
    })
    .read(&[])
    .await
    .unwrap();
    let SourceUpdate::Alerts(feed) = &updates[0] else { panic!("{updates:?}") };
    Arc::clone(feed)
}

#[tokio::test]
async fn rules_and_alerts_say_since_when_and_what_means_nothing() {
    let server = server(|seen, _| {
        let name = if seen.path.contains("/rules") { "rules" } else { "alerts" };
        Reply::Json(200, fixture(&format!("prometheus/{name}.json")))
    })
    .await;
    let told = feed(&server, |settings| settings.dead_man = vec![("alertname".to_owned(), "TargetDown".to_owned())]).await;
    assert_eq!(told.dead_man, DeadMan::Present);
    let errors = told.alerts.iter().find(|alert| alert.name.as_str() == "HighErrorRate").unwrap();
    assert_eq!(errors.state, AlertState::Firing);
    assert_eq!(errors.held, Some(Duration::from_secs(3)));
    assert_eq!(errors.began, Some(moment("2026-11-20T03:39:41.704031167Z")));
    assert_eq!(errors.fired, Some(moment("2026-11-20T03:39:44.704031167Z")), "the condition, and the rule's for");
    assert_eq!(errors.expr.as_ref().unwrap().as_str(), "checkout:error_ratio:rate10s > 0.02");
    assert!(told.alerts.iter().all(|alert| alert.name.as_str() != "TargetDown"), "the dead man is no news");
    assert_eq!(told.rules.as_ref().unwrap().len(), 4, "recording rules apart");
    assert_eq!(told.blind.len(), 1);
    assert!(told.blind[0].as_str().starts_with("rule ManyToMany: found duplicate series"), "{:?}", told.blind);
    let gone = feed(&server, |settings| settings.dead_man = vec![("alertname".to_owned(), "Watchdog".to_owned())]).await;
    assert_eq!(gone.dead_man, DeadMan::Missing);
}

#[tokio::test]
async fn alerts_that_can_not_be_read_make_the_feed_blind() {
    let server = server(|seen, _| {
        if seen.path.contains("/rules") {
            Reply::Json(503, "{}".to_owned())
        } else {
            Reply::Json(200, fixture("prometheus/alerts.json"))
        }
    })
    .await;
    let told = feed(&server, |_| {}).await;
    assert!(told.alerts.is_empty() && told.rules.is_none());
    assert!(told.blind[0].as_str().starts_with("rules: 503"), "{:?}", told.blind);
}
