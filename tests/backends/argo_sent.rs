//! One change, one request: whatever the server answers, and what is then known of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{os::unix::fs::PermissionsExt, process::Command, sync::Arc, time::Duration};

use cutover::{
    backend::{
        argo::{ArgoSettings, ArgoSource, client},
        port::{Driver, Observed, ReadError, Sent, Source},
    },
    domain::{
        action::ActionId,
        change::ChangePlan,
        clock::Clock,
        id::{SourceId, TargetId},
        operation::Operation,
        permit::{RefusalCode, Rights},
    },
};
use serde_json::Value;

use super::argo_mock::{Mock, Reply, Wall, fixture, source_of};

fn action() -> ActionId {
    ActionId("019a0000-0000-7000-8000-00000000abcd".to_owned())
}

fn plan(source: &ArgoSource, operation: Operation) -> ChangePlan {
    let native: Value = serde_json::from_str(&fixture("03_paused_step.json")).unwrap();
    let base = cutover::backend::argo::wire::base(source.id(), &native).unwrap();
    let observed = Observed {
        rollout: Arc::new(base.dress(&cutover::backend::argo::facts::Around::default())),
        native: Arc::new(native),
        read_at: Wall.now(),
        received: Duration::ZERO,
    };
    source.plan(operation, &observed, &action()).unwrap()
}

#[derive(Debug, PartialEq)]
enum Class {
    Accepted,
    Rejected,
    NotSent,
    InDoubt,
}

fn class(sent: &Sent) -> (Class, Option<u16>) {
    match sent {
        Sent::Accepted { status } => (Class::Accepted, Some(*status)),
        Sent::Rejected { status, .. } => (Class::Rejected, Some(*status)),
        Sent::NotSent { .. } => (Class::NotSent, None),
        Sent::InDoubt { status, .. } => (Class::InDoubt, *status),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_classed_and_one_patch_is_counted() {
    let ok = "{\"kind\":\"Rollout\"}".to_owned();
    let no = "{\"kind\":\"Status\",\"message\":\"no\"}".to_owned();
    let cases = [
        (Reply::Whole(200, ok.clone()), Class::Accepted, Some(200)),
        (Reply::Whole(400, no.clone()), Class::Rejected, Some(400)),
        (Reply::Whole(401, no.clone()), Class::Rejected, Some(401)),
        (Reply::Whole(403, no.clone()), Class::Rejected, Some(403)),
        (Reply::Whole(404, no.clone()), Class::Rejected, Some(404)),
        (Reply::Whole(409, no.clone()), Class::Rejected, Some(409)),
        (Reply::Whole(422, no.clone()), Class::Rejected, Some(422)),
        (Reply::With(429, "retry-after: 0\r\n", no.clone()), Class::Rejected, Some(429)),
        (Reply::Whole(408, no.clone()), Class::InDoubt, Some(408)),
        (Reply::Whole(500, no.clone()), Class::InDoubt, Some(500)),
        (Reply::With(503, "retry-after: 0\r\n", no.clone()), Class::InDoubt, Some(503)),
        (Reply::Whole(504, no.clone()), Class::InDoubt, Some(504)),
        (Reply::With(307, "location: /elsewhere\r\n", no.clone()), Class::Rejected, Some(307)),
        (Reply::Half(200, ok.clone()), Class::InDoubt, Some(200)),
        (Reply::Whole(200, "{\"kind\":\"Roll".to_owned()), Class::InDoubt, Some(200)),
        (Reply::Reset, Class::InDoubt, None),
        (Reply::Hang, Class::InDoubt, None),
    ];
    for (reply, expected, status) in cases {
        let told = reply.clone();
        let mock = Mock::start(move |_| told.clone()).await;
        let source = mock.source().await;
        let sent = source.send(&plan(&source, Operation::Advance), 0, &action()).await;
        assert_eq!(class(&sent), (expected, status), "{reply:?}: {sent:?}");
        assert!(!format!("{sent:?}").contains("canary-token"), "{sent:?}");
        // A retry would come after a pause: kube's first one after half a second.
        tokio::time::sleep(Duration::from_millis(if matches!(reply, Reply::With(..) | Reply::Reset) { 900 } else { 50 })).await;
        assert_eq!(mock.count("PATCH"), 1, "{reply:?}");
        let seen = mock.seen.lock().unwrap().clone();
        assert_eq!(seen.len(), 1, "{reply:?}: {seen:?}");
        assert!(seen[0].head.to_ascii_lowercase().contains(&format!("audit-id: {}", action())), "{}", seen[0].head);
        assert!(seen[0].path.ends_with("/rollouts/checkout/status?fieldManager=cutover"), "{}", seen[0].path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_is_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mock = Mock::start(|_| Reply::Hang).await;
    let settings = ArgoSettings {
        kubeconfig: Some(mock.kubeconfig_for(&format!("http://127.0.0.1:{port}"), "", "token: t")),
        ..ArgoSettings::default()
    };
    let source = source_of(settings, Duration::from_secs(2)).await;
    let sent = source.send(&plan(&source, Operation::RollBack), 0, &action()).await;
    assert_eq!(class(&sent), (Class::NotSent, None), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_does_not_resolve_and_a_server_that_speaks_no_tls_are_not_sent() {
    let mock = Mock::start(|_| Reply::Whole(200, "{}".to_owned())).await;
    for server in [format!("https://127.0.0.1:{}", mock.port), "https://nowhere.invalid:1".to_owned()] {
        let settings = ArgoSettings { kubeconfig: Some(mock.kubeconfig_for(&server, "", "token: t")), ..ArgoSettings::default() };
        let source = source_of(settings, Duration::from_secs(8)).await;
        let sent = source.send(&plan(&source, Operation::Pause), 0, &action()).await;
        assert_eq!(class(&sent), (Class::NotSent, None), "{server}: {sent:?}");
        assert_eq!(mock.count("PATCH"), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_has_a_connection_of_its_own() {
    let mock = Mock::start(|_| Reply::Whole(200, "{}".to_owned())).await;
    let source = mock.source().await;
    for _ in 0..3 {
        let sent = source.send(&plan(&source, Operation::Pause), 0, &action()).await;
        assert_eq!(class(&sent).0, Class::Accepted);
    }
    assert_eq!(mock.count("PATCH"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ambient_proxy_is_neither_used_nor_in_the_way() {
    // The environment belongs to a whole process: one test of this file runs in a child that has a dead proxy in its own.
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "backends::argo_sent::every_change_has_a_connection_of_its_own"])
        .env("HTTPS_PROXY", "ftp://proxy.invalid:1")
        .env("https_proxy", "http://127.0.0.1:9")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("NO_PROXY", "[::bad/999,10.0.0.0/99")
        .env("ALL_PROXY", "http://127.0.0.1:9")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_kubeconfig_is_used() {
    // The proxy sees a CONNECT for the server's name and refuses: nothing else was dialled.
    let proxy = Mock::start(|_| Reply::Whole(403, String::new())).await;
    let url = format!(", proxy-url: \"http://127.0.0.1:{}\"", proxy.port);
    let settings = ArgoSettings {
        kubeconfig: Some(proxy.kubeconfig_for("https://cluster.invalid:6443", &url, "token: t")),
        ..ArgoSettings::default()
    };
    let source = source_of(settings, Duration::from_secs(2)).await;
    let sent = source.send(&plan(&source, Operation::Pause), 0, &action()).await;
    assert_eq!(class(&sent), (Class::NotSent, None), "{sent:?}");
    assert_eq!(proxy.count("CONNECT"), 1);
    assert_eq!(proxy.seen.lock().unwrap()[0].path, "cluster.invalid:6443");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exec_credential_is_used_without_a_terminal_and_its_output_is_never_shown() {
    let mock = Mock::start(|_| Reply::Whole(200, "{\"items\":[],\"metadata\":{}}".to_owned())).await;
    let plugin = mock.dir().join("plugin");
    let answer =
        "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"canary-exec\"}}";
    // Reading from a terminal would wait for ever; here it must see the end at once.
    std::fs::write(&plugin, format!("#!/bin/sh\nread line && exit 9\necho '{answer}'\n")).unwrap();
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let user =
        format!("exec: {{apiVersion: client.authentication.k8s.io/v1, command: {}, interactiveMode: Always}}", plugin.display());
    let settings = ArgoSettings { kubeconfig: Some(mock.kubeconfig(&user)), ..ArgoSettings::default() };
    let source = source_of(settings.clone(), Duration::from_secs(2)).await;
    assert!(source.list().await.unwrap().is_empty());
    let seen = mock.seen.lock().unwrap()[0].head.clone();
    assert!(seen.contains("Bearer canary-exec"), "{seen}");

    std::fs::write(&plugin, "#!/bin/sh\necho canary-exec\necho canary-exec >&2\nexit 3\n").unwrap();
    let Err(error) = client::connect(&settings).await else { panic!("the plugin failed") };
    let said = error.to_string();
    assert!(said.contains("credential plugin") && said.contains('3') && !said.contains("canary"), "{said}");
}

#[tokio::test]
async fn a_kubeconfig_that_can_not_be_used_says_why_without_its_secrets() {
    let mock = Mock::start(|_| Reply::Hang).await;
    let refused = |settings: ArgoSettings| async move {
        let source = ArgoSource::new(SourceId::new("test"), settings, Duration::from_secs(1), Arc::new(Wall));
        source.list().await.unwrap_err().to_string()
    };
    let said = refused(ArgoSettings { kubeconfig: Some("/nonexistent/kubeconfig".into()), ..ArgoSettings::default() }).await;
    assert!(said.contains("/nonexistent/kubeconfig"), "{said}");

    let path = mock.kubeconfig("token: canary-token");
    let said =
        refused(ArgoSettings { kubeconfig: Some(path.clone()), context: Some("other".into()), ..ArgoSettings::default() }).await;
    assert!(said.contains("no context other"), "{said}");

    let path = mock.kubeconfig_for("http://10.0.0.1:80", "", "token: canary-token");
    let said = refused(ArgoSettings { kubeconfig: Some(path.clone()), ..ArgoSettings::default() }).await;
    assert!(said.contains("in the clear"), "{said}");

    std::fs::write(&path, "apiVersion: v1\nusers: [{token: canary-token\n").unwrap();
    let said = refused(ArgoSettings { kubeconfig: Some(path), ..ArgoSettings::default() }).await;
    assert!(said.contains("not a kubeconfig") && !said.contains("canary"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_say_what_happened() {
    type Expected = fn(&ReadError) -> bool;
    let target = TargetId::new(&SourceId::new("test"), "shop", "checkout");
    let cases: [(Reply, Expected); 6] = [
        (Reply::Whole(404, fixture("10_unauthorized.json")), |error| matches!(error, ReadError::Gone(_))),
        (Reply::Whole(401, fixture("10_unauthorized.json")), |error| matches!(error, ReadError::Forbidden(_))),
        (Reply::Whole(403, fixture("09_resume_forbidden.json")), |error| matches!(error, ReadError::Forbidden(_))),
        (Reply::Whole(503, "busy".to_owned()), |error| matches!(error, ReadError::Unreachable(_))),
        (Reply::Whole(200, "<html>".to_owned()), |error| matches!(error, ReadError::Malformed(_))),
        (Reply::Hang, |error| matches!(error, ReadError::Unreachable(_))),
    ];
    for (reply, expected) in cases {
        let told = reply.clone();
        let mock = Mock::start(move |_| told.clone()).await;
        let error = mock.source().await.fetch(&target).await.unwrap_err();
        assert!(expected(&error), "{reply:?}: {error:?}");
        assert_eq!(mock.count("GET"), 1, "{reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_larger_than_its_cap_is_refused() {
    let mock = Mock::start(|_| Reply::Whole(200, format!("{{\"a\":\"{}\"}}", "x".repeat(5 << 20)))).await;
    let source = source_of(mock.settings(), Duration::from_secs(8)).await;
    let target = TargetId::new(&SourceId::new("test"), "shop", "checkout");
    let error = source.fetch(&target).await.unwrap_err();
    assert!(error.to_string().contains("larger than 4 MiB"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn review_asks_for_rights_and_for_a_dry_run_and_changes_nothing() {
    let yes = "{\"status\":{\"allowed\":true}}";
    let cases = [
        (true, 200, None),
        (true, 422, Some(RefusalCode::DryRunRejected)),
        (true, 403, Some(RefusalCode::NotPermitted)),
        (true, 503, Some(RefusalCode::Unreachable)),
        (false, 200, None),
    ];
    for (allowed, dry_run, expected) in cases {
        let mock = Mock::start(move |seen| {
            if seen.path.contains("selfsubjectaccessreviews") {
                Reply::Whole(201, if allowed { yes.to_owned() } else { fixture("07_access_review_no.json") })
            } else if seen.path.contains("selfsubjectreviews") {
                Reply::Whole(201, "{\"status\":{\"userInfo\":{\"username\":\"watcher\"}}}".to_owned())
            } else {
                Reply::Whole(dry_run, "{\"message\":\"m\"}".to_owned())
            }
        })
        .await;
        let source = mock.source().await;
        let review = source.review(&plan(&source, Operation::Advance), &action()).await;
        let patches: Vec<_> =
            mock.seen.lock().unwrap().iter().filter(|seen| seen.method == "PATCH").map(|seen| seen.path.clone()).collect();
        assert!(patches.iter().all(|path| path.contains("dryRun=All")), "{patches:?}");
        if allowed {
            assert_eq!(patches.len(), 1);
            assert_eq!(review.dry_run.as_ref().err().map(|refusal| refusal.code), expected, "{review:?}");
        } else {
            assert!(patches.is_empty());
            let Rights::Denied { sentence } = &review.rights else { panic!("{review:?}") };
            assert!(sentence.contains("watcher") && sentence.contains("rollouts/status"), "{sentence}");
        }
    }
}

/// Somebody runs `kubectl config use-context` in another window, and the credentials have to be read again.
#[tokio::test]
async fn a_console_stays_with_the_cluster_that_it_began_with() {
    let first = Mock::start(|_| Reply::Whole(401, "{}".to_owned())).await;
    let other = Mock::start(|_| Reply::Whole(200, r#"{"items":[],"metadata":{}}"#.to_owned())).await;
    let settings = first.settings();
    let source = ArgoSource::new(SourceId::new("test"), settings.clone(), Duration::from_secs(2), Arc::new(Wall));
    assert!(source.list().await.is_err());
    let path = settings.kubeconfig.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(&first.port.to_string(), &other.port.to_string())).unwrap();
    let error = source.list().await.unwrap_err().to_string();
    assert!(error.contains("another server than when this console began"), "{error}");
    assert_eq!(other.seen.lock().unwrap().len(), 0, "nothing reached the other cluster");
    assert_eq!(Driver::origin(&source), Some(format!("http://127.0.0.1:{}", first.port)));
}

/// A user who may read rollouts and no pods: the list is good, and what is missing is said.
#[tokio::test]
async fn what_one_look_could_not_read_is_said() {
    let mock = Mock::start(|seen| {
        let forbidden = seen.path.contains("/pods");
        let body = if forbidden { r#"{"message":"pods is forbidden"}"# } else { r#"{"items":[],"metadata":{}}"# };
        Reply::Whole(if forbidden { 403 } else { 200 }, body.to_owned())
    })
    .await;
    let (rollouts, missing) = mock.source().await.list_and_missing().await.unwrap();
    let missing: Vec<&str> = missing.iter().map(cutover::domain::text::DisplayText::as_str).collect();
    assert_eq!((rollouts.len(), missing), (0, vec!["pods: pods is forbidden"]));
}
