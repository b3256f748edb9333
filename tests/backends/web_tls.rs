//! Sources over HTTP whose server can not prove who it is, or that asks who we are: from the configuration to the verdict, and
//! not one byte of a credential to a stranger.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use cutover::domain::{question::Reason, verdict::Gates};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{
    argo_tls::{Heard, acceptor, tls},
    matrix::{
        cells::{assert_closed, first},
        kinds::{Kind, kinds},
        land::Land,
    },
};

const CANARY: &str = "canary-4be0d1";

/// One of each source that the web client reads.
const READ: [&str; 4] = ["fixed", "a value by pointer", "tenants", "alerts of Alertmanager"];

/// TLS in front of a plain server; what it was told is kept.
async fn front(port: u16, certificate: &str, clients_of: Option<&str>, heard: Heard) -> u16 {
    let acceptor = acceptor(certificate, clients_of);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let in_front = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, heard) = (acceptor.clone(), heard.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let (mut read, mut write) = tokio::io::split(stream);
                let (mut from, mut to) = TcpStream::connect(("127.0.0.1", port)).await.unwrap().into_split();
                let asked = async {
                    let mut bytes = [0; 8_192];
                    while let Ok(count @ 1..) = read.read(&mut bytes).await {
                        heard.0.lock().unwrap().extend_from_slice(&bytes[..count]);
                        let _ = to.write_all(&bytes[..count]).await;
                    }
                };
                let answered = async {
                    let _ = tokio::io::copy(&mut from, &mut write).await;
                    let _ = write.shutdown().await;
                };
                tokio::select! { () = asked => {}, () = answered => {} }
            });
        }
    });
    in_front
}

fn private(dir: &Path, name: &str, text: &str, mode: u32) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path.display().to_string()
}

fn token(dir: &Path) -> String {
    format!("token = \"file:{}\"\n", private(dir, "token", CANARY, 0o600))
}

async fn behind(kind: &Kind, keys: &str, certificate: &str, clients_of: Option<&str>) -> (Land, Heard) {
    let heard = Heard::default();
    let land = Land::behind(kind, keys, async |port| {
        format!("https://127.0.0.1:{}", front(port, certificate, clients_of, heard.clone()).await)
    });
    (land.await, heard)
}

/// By the console's watch and by the command line's read: undecided, and the sentence says what is wrong with TLS.
async fn assert_refused(land: &Land, words: &str, what: &str) {
    let mut watched = land.watch();
    for assessment in [land.judge(watched.round().await), land.judge(&land.read().await)] {
        assert_closed(&assessment, what);
        let found = first(&assessment);
        assert_eq!(found.reason, Some(Reason::SourceLost), "{what}: {}", found.sentence);
        assert!(found.sentence.contains(words), "{what}: {}", found.sentence);
        assert!(!found.sentence.contains(CANARY), "{what}: {}", found.sentence);
    }
}

async fn assert_passes(land: &Land, what: &str) {
    let mut watched = land.watch();
    for assessment in [land.judge(watched.round().await), land.judge(&land.read().await)] {
        assert!(matches!(assessment.advance, Gates::Pass { .. }), "{what}: {:?}", assessment.advance);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_can_not_prove_who_it_is_gets_no_token_and_its_criterion_no_data() {
    let dir = tempfile::tempdir().unwrap();
    let keys = token(dir.path());
    let read: Vec<Kind> = kinds().into_iter().filter(|kind| READ.contains(&kind.name)).collect();
    assert_eq!(read.len(), READ.len());
    for mut kind in read {
        for (certificate, words) in [
            ("expired.pem", "TLS: invalid peer certificate: certificate expired"),
            ("not-yet.pem", "TLS: invalid peer certificate: certificate not valid yet"),
            ("other-name.pem", "TLS: invalid peer certificate: certificate not valid for name"),
            ("other-ca.pem", "TLS: invalid peer certificate: "),
            ("self-signed.pem", "TLS: invalid peer certificate: "),
        ] {
            let what = format!("{}, {certificate}", kind.name);
            let (land, heard) = behind(&kind, &keys, certificate, None).await;
            assert_refused(&land, words, &what).await;
            assert_eq!((heard.text().as_str(), land.server.paths().len()), ("", 0), "{what}: not one byte");
        }
        let (land, heard) = behind(&kind, &keys, "good.pem", None).await;
        assert_passes(&land, kind.name).await;
        assert!(
            heard.text().to_lowercase().contains(&format!("authorization: bearer {CANARY}")),
            "{}: {}",
            kind.name,
            heard.text()
        );
        // Without an authority of its own the machine's count, and none of them signed this.
        kind.source = kind.source.lines().filter(|line| !line.contains("{ca}")).map(|line| format!("{line}\n")).collect();
        let (land, heard) = behind(&kind, &keys, "good.pem", None).await;
        assert_refused(&land, "TLS: invalid peer certificate: UnknownIssuer", kind.name).await;
        assert_eq!(heard.text(), "", "{}", kind.name);
    }
}

/// Prometheus and Alertmanager; a source of kind `http` has no certificate of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_who_we_are_is_shown_the_certificate_that_is_configured() {
    let dir = tempfile::tempdir().unwrap();
    let copied =
        |name: &str, mode| private(dir.path(), &format!("{name}-{mode}"), &std::fs::read_to_string(tls(name)).unwrap(), mode);
    for kind in kinds().into_iter().filter(|kind| ["fixed", "alerts of Alertmanager"].contains(&kind.name)) {
        for (identity, mode, words) in [
            ("", 0, "TLS: received fatal alert: CertificateRequired"),
            ("other-client.pem", 0o600, "TLS: received fatal alert: "),
            ("client.pem", 0o644, "client.pem-420"),
            ("client-ca.pem", 0o600, "holds no certificate with its key in PEM"),
        ] {
            let keys =
                if identity.is_empty() { String::new() } else { format!("identity_file = \"{}\"\n", copied(identity, mode)) };
            let (land, heard) = behind(&kind, &keys, "good.pem", Some("client-ca.pem")).await;
            assert_refused(&land, words, &format!("{}, {identity} {mode:o}", kind.name)).await;
            assert_eq!(heard.text(), "", "{}", kind.name);
        }
        let keys = format!("identity_file = \"{}\"\n", copied("client.pem", 0o600));
        let (land, _) = behind(&kind, &keys, "good.pem", Some("client-ca.pem")).await;
        assert_passes(&land, kind.name).await;
    }
}
