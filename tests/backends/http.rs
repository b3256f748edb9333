//! Any JSON by HTTP: two customers of whom one opted out (HD-92 to HD-94), answers by pointer, alerts, and answers that are wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{path::Path, sync::Arc, time::Duration};

use cutover::{
    backend::{
        http::{
            HttpSettings, HttpSource,
            pointer::{Marks, is_pointer, read},
            settings::Bound,
        },
        port::{ReadError, Source},
        registry,
    },
    config::{self, Surroundings},
    domain::{
        Timestamp,
        counted::CountedTable,
        id::SourceId,
        question::{NoReading, Question, Reading, Reason, Value},
        source::SourceUpdate,
        tenant::{CheckKind, CheckResult, TenantState},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::argo_mock::Wall;

const TELEMETRY: &str = include_str!("../fixtures/http/telemetry.json");

/// A server that gives `body` for `/v1/telemetry?whole=yes` with the right token, and 404 for anything else.
async fn served(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let body = body.clone();
            tokio::spawn(async move {
                let (mut head, mut buffer) = (Vec::new(), [0_u8; 4096]);
                while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                    let Ok(count @ 1..) = stream.read(&mut buffer).await else { return };
                    head.extend_from_slice(&buffer[..count]);
                }
                let head = String::from_utf8_lossy(&head).to_lowercase();
                let right = head.starts_with("get /api/v1/telemetry?whole=yes http/1.1\r\n")
                    && head.contains("authorization: bearer t0ken\r\n");
                let (status, body) =
                    if right { ("200 OK", body.as_str()) } else { ("404 Not Found", "{\"error\":\"no such path\"}") };
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.write_all(body.as_bytes()).await;
            });
        }
    });
    address
}

const KEYS: &str = r#"
endpoints = { telemetry = "/v1/telemetry?whole=yes", other = "/absent" }
token = "env:TELEMETRY_TOKEN"
opted_out = "/telemetry/opted_out"
timestamp = "/timestamp"
tenants = "telemetry#/customers"
columns = { lag_ms = "/quality/cdc_avg_lag_ms", quality = "/quality/quality_score", failures = "/views/refresh_failures" }
alerts = "telemetry#/alerts"
"#;

fn source(address: &str, more: &str) -> HttpSource {
    let text =
        format!("[environments.e]\n[sources.s]\nkind = \"http\"\nenvironment = \"e\"\nurl = \"{address}/api/\"\n{KEYS}{more}");
    let settings =
        config::parse(&text, Path::new("/c.toml"), None, &[], &registry::declared()).unwrap_or_else(|error| panic!("{error}"));
    let settings = HttpSettings::of(&settings.sources[0].values);
    let around = Surroundings::made_up(None, None, &[("TELEMETRY_TOKEN", "t0ken")]);
    HttpSource::new(SourceId::new("s"), settings, Duration::from_secs(15), around, Arc::new(Wall))
}

fn ask(query: &str) -> Arc<Question> {
    Arc::new(Question {
        source: SourceId::new("s"),
        query: query.into(),
        sampled: None,
        at: None,
        points: 1,
        step: Duration::from_secs(60),
    })
}

async fn looked(source: &HttpSource, queries: &[&str]) -> (Option<Arc<CountedTable>>, Vec<Arc<Reading>>, Vec<SourceUpdate>) {
    let questions: Vec<_> = queries.iter().map(|query| ask(query)).collect();
    let updates = source.read(&questions).await.unwrap();
    let table =
        updates.iter().find_map(|update| if let SourceUpdate::Tenants(table) = update { Some(table.clone()) } else { None });
    let readings = updates
        .iter()
        .find_map(|update| if let SourceUpdate::Readings { readings, .. } = update { Some(readings.to_vec()) } else { None });
    (table, readings.unwrap_or_default(), updates)
}

#[tokio::test]
async fn who_opted_out_is_neither_green_nor_an_outage() {
    let address = served(TELEMETRY.into()).await;
    let (table, ..) = looked(&source(&address, "bounds = { lag_ms = \"<= 1000\", quality = \">= 95\" }\n"), &[]).await;
    let table = table.unwrap();
    let columns: Vec<&str> = table.columns.iter().map(cutover::domain::text::DisplayText::as_str).collect();
    assert_eq!((columns.as_slice(), table.require.as_slice()), (&["failures", "lag_ms", "quality"][..], &[CheckKind::Facts][..]));
    let state = |id: usize| table.tenants[id].state(&table.require, false);
    let values = |id: usize| table.tenants[id].values.iter().map(|value| value.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(
        (table.tenants[0].id.raw(), state(0), values(0)),
        ("acme-prod", TenantState::Green, vec!["3".into(), "740".into(), "98.7".into()])
    );
    assert_eq!(
        (table.tenants[1].id.raw(), state(1), values(1)),
        ("globex", TenantState::OptedOut, vec!["?".into(); 3]),
        "a value left over is not shown"
    );
    assert!(table.tenants[1].checks.is_empty());
}

#[tokio::test]
async fn a_bound_that_is_not_held_is_named_and_one_that_cannot_be_judged_is_unknown() {
    let address = served(TELEMETRY.into()).await;
    let facts = async |bounds: &str| {
        let (table, ..) = looked(&source(&address, bounds), &[]).await;
        let table = table.unwrap();
        let tenant = table.tenants[0].clone();
        (tenant.state(&table.require, false), tenant.note.as_str().to_owned(), tenant.checks.clone())
    };
    let (state, note, _) = facts("bounds = { lag_ms = \"<= 500\" }\n").await;
    assert_eq!((state, note.as_str()), (TenantState::Fail, "lag_ms is 740, should be <= 500"));
    let address_of_text = TELEMETRY.replace("\"cdc_avg_lag_ms\": 740", "\"cdc_avg_lag_ms\": \"740\"");
    let other = served(address_of_text).await;
    let (table, ..) = looked(&source(&other, "bounds = { lag_ms = \"<= 1000\" }\n"), &[]).await;
    let check = &table.unwrap().tenants[0].checks[0].1;
    assert!(matches!(check, CheckResult::Unknown(words) if words.as_str() == "no number for lag_ms"), "{check:?}");
    let (state, ..) = facts("").await;
    assert_eq!(state, TenantState::Unknown, "nobody judged it");
    let (state, ..) = facts("bounds = { lag_ms = \"<= 1000\" }\nmax_age = \"1s\"\n").await;
    assert_eq!(state, TenantState::Stale, "told long ago");
}

#[tokio::test]
async fn a_plan_gets_answers_by_pointer() {
    let address = served(TELEMETRY.into()).await;
    let queries = [
        "telemetry#/customers/0/quality/quality_score",
        "telemetry#/customers/0/quality/cdc_enabled",
        "telemetry#/customers/0/customer_id",
        "telemetry#/customers/1/quality/cdc_avg_lag_ms",
        "telemetry#/customers/0/quality",
        "telemetry#/customers/7",
        "nowhere#/x",
        "other#/x",
        "up",
    ];
    let (_, readings, updates) = looked(&source(&address, ""), &queries).await;
    let value = |at: usize| readings[at].answer.as_ref().map(|answer| answer.value.clone());
    let reason = |at: usize| readings[at].answer.as_ref().map_err(|none: &NoReading| none.reason).err();
    assert_eq!(value(0).unwrap(), Value::Number(98.7));
    assert!(readings[0].answer.as_ref().unwrap().sample_age.is_some(), "it says how old it is");
    assert_eq!(value(1).unwrap(), Value::Truth(true));
    assert_eq!(value(2).unwrap(), Value::Text("acme-prod".into()));
    assert_eq!(value(3).unwrap(), Value::OptedOut, "a value that was left over is not read");
    assert_eq!(reason(4), Some(Reason::WrongType));
    assert_eq!(
        (reason(5), reason(6), reason(8)),
        (Some(Reason::MissingInput), Some(Reason::MissingInput), Some(Reason::MissingInput))
    );
    assert_eq!(reason(7), Some(Reason::Http), "one endpoint that fails takes no other with it");
    let feed = updates
        .iter()
        .find_map(|update| if let SourceUpdate::Alerts(feed) = update { Some(feed.clone()) } else { None })
        .unwrap();
    assert_eq!(
        (feed.alerts.len(), feed.alerts[0].name.as_str(), feed.alerts[0].severity.word()),
        (1, "ViewRefreshFailing", "critical")
    );
    assert_eq!(feed.alerts[0].began, "2026-11-21T11:40:00Z".parse::<Timestamp>().ok());
}

#[tokio::test]
async fn a_wrong_answer_is_told_and_empties_nothing() {
    for (body, told) in [
        (TELEMETRY.replace("\"customers\"", "\"clients\""), "there is no list of tenants at /customers"),
        (TELEMETRY.replace("globex", "acme-prod"), "tenant acme-prod is there twice"),
        (TELEMETRY.replace("\"customer_id\": \"globex\",", ""), "a tenant has no /customer_id"),
    ] {
        let source = source(&served(body).await, "");
        let (send, mut heard) = tokio::sync::mpsc::channel(16);
        let watching = cutover::backend::port::Watching::unasked(send, Arc::default());
        let watch = tokio::spawn(async move { source.watch(watching).await });
        let partial = loop {
            match heard.recv().await.unwrap() {
                SourceUpdate::Health { health, .. } => break health.partial,
                SourceUpdate::Tenants(table) => panic!("{table:?}"),
                SourceUpdate::Rollouts { .. } | SourceUpdate::Alerts(_) | SourceUpdate::Readings { .. } => {}
            }
        };
        watch.abort();
        assert!(partial.iter().any(|words| words.as_str().contains(told)), "{told}: {partial:?}");
    }
    let error = source(&served("{".into()).await, "").read(&[]).await.unwrap_err();
    assert!(matches!(&error, ReadError::Malformed(words) if words.as_str().contains("breaks off")), "{error}");
    let large = format!("{{\"customers\":[],\"filler\":\"{}\"}}", "x".repeat(17 << 20));
    let error = source(&served(large).await, "").read(&[]).await.unwrap_err();
    assert!(matches!(&error, ReadError::Malformed(words) if words.as_str().contains("larger than 16 MiB")), "{error}");
}

#[test]
fn pointers_are_those_of_rfc_6901() {
    for right in ["", "/", "/a/0", "/a~1b", "/m~0n", "/ /\"x"] {
        assert!(is_pointer(right), "{right}");
    }
    for wrong in ["a", "a/b", "/a~", "/a~2", "#/a"] {
        assert!(!is_pointer(wrong), "{wrong}");
    }
    let body: serde_json::Value = serde_json::json!({"a/b": {"m~n": 7}, "": null, "big": 1e308});
    let now = Timestamp::default();
    let at = |pointer: &str| read(&body, pointer, &Marks::default(), now).map(|(value, _)| value);
    assert_eq!(at("/a~1b/m~0n"), Ok(Value::Number(7.0)));
    assert_eq!(at("/").unwrap_err().reason, Reason::NoSeries);
    assert_eq!(at("/c").unwrap_err().reason, Reason::MissingInput);
}

#[test]
fn bounds_are_read_and_a_nan_holds_none() {
    for (written, value, holds) in [
        ("<= 5", 5.0, true),
        ("<5", 5.0, false),
        (">= 99.5", 99.4, false),
        ("> 1", 2.0, true),
        ("== 0", 0.0, true),
        ("<= 5", f64::NAN, false),
        ("== 0", f64::NAN, false),
    ] {
        assert_eq!(Bound::parse(written).unwrap().holds(value), holds, "{written} {value}");
    }
    for wrong in ["5", "=> 5", "<= x", "<= inf", ""] {
        assert_eq!(Bound::parse(wrong), None, "{wrong}");
    }
}
