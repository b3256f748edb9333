//! The fault table of sources over HTTP (reliability.md 5, alerts-and-gates.md 6.7): each ends in its own reason, soon, in
//! words without address, headers or body.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cutover::{
    backend::web::{Address, Ask, Auth, Header, SMALL_CAP, Trouble, Web},
    config::{places::Surroundings, secret::SecretRef},
    domain::question::Reason,
};
use serde_json::Value;

use super::{
    argo_mock::Wall,
    web_mock::{Reply, Server, at},
};

async fn asked(server: &Server) -> Result<Value, Trouble> {
    let web = Web::new(server.settings(), Surroundings::made_up(None, None, &[]), Arc::new(Wall));
    web.json::<Value>(Ask::get("/data")).await.map(|fetched| fetched.value)
}

fn page(status: u16) -> Reply {
    Reply::With(status, "content-type: text/html\r\n".to_owned(), b"<html>CANARY-body</html>".to_vec())
}

fn stopping(word: &str) -> Reply {
    Reply::With(503, format!("x-prometheus-stopping: {word}\r\ncontent-type: text/plain\r\n"), b"CANARY-body".to_vec())
}

#[tokio::test]
async fn each_fault_has_its_reason_and_tells_no_secret() {
    let packed = "content-type: application/json\r\ncontent-encoding: gzip\r\n".to_owned();
    let cases: Vec<(Reply, Reason, &str)> = vec![
        (page(502), Reason::Http, "502 with a web page: a proxy answers for it"),
        (page(200), Reason::Unreadable, "a sign-in page"),
        (Reply::Cut("{\"a\":".to_owned()), Reason::Unreadable, "breaks off"),
        (Reply::Json(200, "{\"CANARY-body\"".to_owned()), Reason::Unreadable, "breaks off"),
        (Reply::Json(200, "nothing".to_owned()), Reason::Unreadable, "not JSON"),
        (Reply::Json(200, "[".repeat(1_000_000)), Reason::Unreadable, "not JSON"),
        (Reply::With(200, packed, vec![0x1f, 0x8b, 8, 0]), Reason::Unreadable, "compressed"),
        (Reply::Flood(30 << 20), Reason::TooLarge, "larger than 4 MiB"),
        (Reply::Drip, Reason::Timeout, "no whole answer within 2 s"),
        (Reply::Json(401, "{}".to_owned()), Reason::NotPermitted, "401: it does not take the credentials"),
        (Reply::Json(403, "\"not for you\"".to_owned()), Reason::NotPermitted, "403: not for you"),
        (Reply::Json(422, "{\"error\":\"parse \\u001b[31merror\"}".to_owned()), Reason::Http, "422: parse \\x1b[31merror"),
        (Reply::Json(410, "{}".to_owned()), Reason::Http, "410: this API is gone there"),
        (Reply::With(302, "location: http://127.0.0.1:1/CANARY\r\n".to_owned(), Vec::new()), Reason::Http, "not followed"),
        (stopping("true"), Reason::Http, "503: it is shutting down"),
        (stopping("false"), Reason::Http, "503: it is still starting"),
        (
            Reply::Json(503, "\"Limit of concurrent GET requests reached (8)\"".to_owned()),
            Reason::Http,
            "503: Limit of concurrent",
        ),
    ];
    for (reply, reason, words) in cases {
        let shown = format!("{reply:?}").chars().take(60).collect::<String>();
        let server = Server::start(move |_| reply.clone()).await;
        let begun = Instant::now();
        let trouble = asked(&server).await.expect_err(&shown);
        assert_eq!(trouble.reason, reason, "{shown}: {trouble:?}");
        assert!(trouble.words.as_str().contains(words), "{shown}: {trouble:?}");
        assert!(!format!("{trouble:?}").contains("CANARY"), "{shown}: {trouble:?}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{shown}: {:?}", begun.elapsed());
        assert_eq!(server.paths().len(), 1, "{shown}: asked once");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable_and_plain_http_to_others_is_refused() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let around = Surroundings::made_up(None, None, &[]);
    let web = Web::new(at(free), around.clone(), Arc::new(Wall));
    let trouble = web.json::<Value>(Ask::get("/")).await.unwrap_err();
    assert_eq!((trouble.reason, trouble.words.as_str()), (Reason::Unreachable, "the connection is refused"));

    let mut far = at(free);
    far.address = Address::parse("http://prometheus.example:9090").unwrap();
    let trouble = Web::new(far, around.clone(), Arc::new(Wall)).json::<Value>(Ask::get("/")).await.unwrap_err();
    assert_eq!(trouble.reason, Reason::NotPermitted, "{trouble:?}");
    let nowhere = cutover::backend::web::WebSettings::new(Address::default());
    let trouble = Web::new(nowhere, around, Arc::new(Wall)).json::<Value>(Ask::get("/")).await.unwrap_err();
    assert_eq!(trouble.reason, Reason::NotAsked, "{trouble:?}");
}

#[tokio::test]
async fn tls_that_is_none_is_said() {
    let server = Server::start(|_| Reply::Json(200, "{}".to_owned())).await;
    let mut settings = server.settings();
    settings.address = Address::parse(&format!("https://127.0.0.1:{}", server.port)).unwrap();
    let web = Web::new(settings, Surroundings::made_up(None, None, &[]), Arc::new(Wall));
    let trouble = web.json::<Value>(Ask::get("/")).await.unwrap_err();
    assert!(matches!(trouble.reason, Reason::Tls | Reason::Unreachable | Reason::Timeout), "{trouble:?}");
    assert!(!trouble.words.is_empty());
}

#[tokio::test]
async fn credentials_go_along_and_are_read_again_when_they_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let token = dir.path().join("token");
    let write = |text: &str| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(&token, text).unwrap();
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    write("old\n");
    let server = Server::start(|seen| {
        let right = seen.head.contains("authorization: Bearer new\r\n") && seen.head.contains("x-scope-orgid: shop\r\n");
        if right { Reply::Json(200, "7".to_owned()) } else { Reply::Json(401, "{}".to_owned()) }
    })
    .await;
    let mut settings = server.settings();
    settings.auth = Auth::Bearer(SecretRef::File(token.clone()));
    settings.headers = vec![Header::Plain { name: "X-Scope-OrgID".to_owned(), value: "shop".to_owned() }];
    let web = Web::new(settings, Surroundings::made_up(None, None, &[]), Arc::new(Wall));
    let refused = web.json::<Value>(Ask::get("/")).await.unwrap_err();
    assert_eq!((refused.reason, refused.status), (Reason::NotPermitted, Some(401)));
    write("new\n");
    assert_eq!(web.json::<Value>(Ask::get("/")).await.unwrap().value, 7);
    assert!(!server.seen.lock().unwrap()[0].head.contains("accept-encoding"), "nothing packed is asked for");
}

#[tokio::test]
async fn a_long_answer_is_read_as_it_comes_and_a_cut_one_is_none() {
    let whole = format!("[{}1]", "1,".repeat(3 << 20));
    let cut = whole[..whole.len() - 1].to_owned();
    for (body, promised, cap, outcome) in [
        (&whole, true, 64 << 20, Ok(3_145_729)),
        (&whole, true, SMALL_CAP, Err(Reason::TooLarge)),
        (&cut, false, 64 << 20, Err(Reason::Unreadable)),
    ] {
        let body = body.clone();
        let server =
            Server::start(move |_| if promised { Reply::Json(200, body.clone()) } else { Reply::Cut(body.clone()) }).await;
        let web = Web::new(server.settings(), Surroundings::made_up(None, None, &[]), Arc::new(Wall));
        let ask = Ask { cap, timeout: Some(Duration::from_secs(60)), ..Ask::get("/") };
        let read = web.streamed(ask, |from| serde_json::from_reader::<_, Vec<u8>>(from)).await;
        assert_eq!(read.map(|fetched| fetched.value.len()).map_err(|trouble| trouble.reason), outcome);
    }
}
