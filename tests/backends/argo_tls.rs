//! Servers that can not prove who they are: no credential reaches them, by no way of asking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use cutover::backend::{
    argo::{
        ArgoSettings,
        client::{self, Link},
    },
    port::Sent,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::WebPkiClientVerifier,
    },
};

const CANARY: &str = "canary-7c1e55";

pub fn tls(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
}

/// Everything that a server was told, once it was decrypted.
#[derive(Clone, Default)]
pub struct Heard(pub Arc<Mutex<Vec<u8>>>);

impl Heard {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// The server's end of TLS with one of the certificates; it asks for one of the client's own where it believes in an authority.
pub fn acceptor(certificate: &str, clients_of: Option<&str>) -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_file(tls(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(tls("server.key")).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = match clients_of {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(tls(authority)).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()))
}

/// A server with one of the certificates. Answers everything with `{}`, or points elsewhere.
async fn serve(certificate: &str, elsewhere: Option<u16>) -> (u16, Heard) {
    let acceptor = acceptor(certificate, None);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Heard::default();
    let ears = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, ears) = (acceptor.clone(), ears.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut bytes = [0; 8_192];
                while let Ok(read @ 1..) = stream.read(&mut bytes).await {
                    ears.0.lock().unwrap().extend_from_slice(&bytes[..read]);
                    let answer = match elsewhere {
                        Some(port) => {
                            format!(
                                "HTTP/1.1 307 X\r\nlocation: https://127.0.0.1:{port}/elsewhere\r\ncontent-length: 2\r\n\r\n{{}}"
                            )
                        }
                        None => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned(),
                    };
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    (port, heard)
}

async fn link(dir: &Path, port: u16, cluster: &str, user: &str) -> Link {
    let path = dir.join(format!("kubeconfig-{port}"));
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: k, cluster: {{server: \"https://127.0.0.1:{port}\"{cluster}}}}}]\n\
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
    );
    std::fs::write(&path, text).unwrap();
    let settings = ArgoSettings { kubeconfig: Some(path), ..ArgoSettings::default() };
    let limit = Duration::from_secs(5);
    client::connect(&settings).await.unwrap().with_timeouts(limit, limit)
}

/// By every way of asking: a read, a question, a watch, a change.
async fn ask(link: &Link) -> (bool, Sent) {
    let read = link.get("/api", client::BODY_CAP).await.map(|_| ()).map_err(|error| error.to_string());
    let question = link.question(http::Method::POST, "/api", "application/json", "{}".into()).await.is_ok();
    let watch = link.stream("/api?watch=1").await.is_ok();
    assert_eq!((read.is_ok(), read.is_ok()), (question, watch), "{read:?}");
    if let Err(said) = &read {
        assert!(said.contains("no connection") && !said.contains(CANARY), "{said}");
    }
    (read.is_ok(), link.act("PATCH", "/api", "application/json-patch+json", "[]".into(), "id").await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_can_not_prove_who_it_is_gets_no_credentials() {
    let dir = tempfile::tempdir().unwrap();
    let authority = format!(", certificate-authority: {}", tls("ca.pem").display());
    let users = [format!("token: {CANARY}"), format!("username: {CANARY}, password: {CANARY}")];
    for user in &users {
        for certificate in ["expired.pem", "not-yet.pem", "other-name.pem", "other-ca.pem", "self-signed.pem"] {
            let (port, heard) = serve(certificate, None).await;
            let (read, sent) = ask(&link(dir.path(), port, &authority, user).await).await;
            assert!(!read && matches!(sent, Sent::NotSent { .. }), "{certificate}: {sent:?}");
            assert_eq!(heard.text(), "", "{certificate}: not one byte");
        }
        // The check can fail: the right one hears all four, with the credentials.
        let (port, heard) = serve("good.pem", None).await;
        let (read, sent) = ask(&link(dir.path(), port, &authority, user).await).await;
        assert!(read && matches!(sent, Sent::Accepted { .. }), "{sent:?}");
        assert_eq!(heard.text().to_lowercase().matches("authorization: b").count(), 4, "{}", heard.text());
    }
    // Without an authority of its own the machine's count, and none of them signed this.
    let (port, heard) = serve("good.pem", None).await;
    let (read, sent) = ask(&link(dir.path(), port, "", &users[0]).await).await;
    assert!(!read && matches!(sent, Sent::NotSent { .. }), "{sent:?}");
    assert_eq!(heard.text(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_points_to_another_leads_no_credentials_there() {
    let dir = tempfile::tempdir().unwrap();
    let authority = format!(", certificate-authority: {}", tls("ca.pem").display());
    let (other, heard_there) = serve("good.pem", None).await;
    let (port, heard) = serve("good.pem", Some(other)).await;
    let (read, sent) = ask(&link(dir.path(), port, &authority, &format!("token: {CANARY}")).await).await;
    assert!(read && matches!(sent, Sent::Rejected { status: 307, .. }), "{sent:?}");
    assert_eq!(heard.text().matches(CANARY).count(), 4);
    assert_eq!(heard_there.text(), "");
}
