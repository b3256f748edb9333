//! From a kubeconfig to a configuration of one cluster and one user. Nothing of the environment counts but `KUBECONFIG`.

use std::path::PathBuf;

use http::Uri;
use kube::config::{Cluster, Config, Context, ExecAuthCluster, ExecInteractiveMode, Kubeconfig};

use super::settings::ArgoSettings;
use crate::{backend::port::ReadError, domain::text::DisplayText};

pub(super) fn unreachable(why: impl AsRef<str>) -> ReadError {
    ReadError::Unreachable(DisplayText::new(why.as_ref()))
}

/// Which cluster a link leads to. A kubeconfig may be edited, and its current context changed, while a console runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub context: String,
    /// The server's whole address: clusters behind one gateway differ in the path alone.
    pub server: Uri,
}

impl Identity {
    /// Scheme, host and port; nothing else of the address.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        let (scheme, host) = (self.server.scheme_str()?, self.server.host()?);
        let port = self.server.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{scheme}://{host}{port}"))
    }
}

/// kube's own way from file to configuration looks at HTTPS_PROXY and NO_PROXY, and fails when they are not to its liking.
/// Only the kubeconfig counts here, so the few fields are carried over by hand.
pub(super) fn config(settings: &ArgoSettings) -> Result<(Config, Identity), ReadError> {
    let file = read_kubeconfig(settings.kubeconfig.as_ref())?;
    let (identity, context, cluster) = chosen(&file, settings)?;
    plain_text_only_to_ourselves(&identity.server)?;
    let mut config = Config::new(identity.server.clone());
    // Not ours to use, but a copy of this configuration must never bring the retry back.
    config.default_retry = false;
    config.default_namespace = context.namespace.unwrap_or_else(|| "default".to_owned());
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    config.proxy_url = match cluster.proxy_url.as_deref().filter(|url| !url.is_empty()) {
        Some(url) => Some(url.parse::<Uri>().map_err(|_| unreachable("the kubeconfig's proxy-url is not a URL: correct it"))?),
        None => None,
    };
    let about = ExecAuthCluster::try_from(&cluster)
        .map_err(|_| unreachable("the kubeconfig's certificate-authority can not be read: check the file it names"))?;
    if let Some(pem) = &about.certificate_authority_data {
        let roots = certificates(pem);
        if roots.is_empty() {
            return Err(unreachable("the kubeconfig's certificate-authority holds no certificate: correct it"));
        }
        config.root_cert = Some(roots);
    }
    // As client-go does, a user that is not there is nobody in particular.
    let user = file.auth_infos.into_iter().find(|named| Some(&named.name) == context.user.as_ref());
    config.auth_info = user.and_then(|named| named.auth_info).unwrap_or_default();
    if let Some(exec) = config.auth_info.exec.as_mut() {
        // The terminal is ours: a plugin gets neither its input nor its error output.
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
        exec.cluster = exec.provide_cluster_info.then_some(about);
    }
    Ok((config, identity))
}

/// Which cluster `settings` lead to, as the kubeconfig alone says. Contacts nothing and runs nothing.
pub(super) fn identity(settings: &ArgoSettings) -> Result<Identity, ReadError> {
    let file = read_kubeconfig(settings.kubeconfig.as_ref())?;
    chosen(&file, settings).map(|(identity, ..)| identity)
}

fn chosen(file: &Kubeconfig, settings: &ArgoSettings) -> Result<(Identity, Context, Cluster), ReadError> {
    let Some(name) = settings.context.clone().or_else(|| file.current_context.clone()) else {
        return Err(unreachable("the kubeconfig names no current context: set `context` for this source"));
    };
    let context = file
        .contexts
        .iter()
        .find(|named| named.name == name)
        .and_then(|named| named.context.clone())
        .ok_or_else(|| unreachable(format!("the kubeconfig has no context {name}: choose one it has")))?;
    let cluster = file
        .clusters
        .iter()
        .find(|named| named.name == context.cluster)
        .and_then(|named| named.cluster.clone())
        .ok_or_else(|| unreachable(format!("the kubeconfig's context {name} names a cluster that it does not have")))?;
    let server = cluster
        .server
        .as_deref()
        .and_then(|server| server.parse::<Uri>().ok())
        .ok_or_else(|| unreachable(format!("the kubeconfig's cluster of context {name} has no server that is a URL")))?;
    Ok((Identity { context: name, server }, context, cluster))
}

/// The certificates of a PEM text, as DER; parts that are none are left out.
fn certificates(pem: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(pem);
    text.split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .filter_map(|part| part.split("-----END CERTIFICATE-----").next())
        .filter_map(|base64| {
            let joined: String = base64.split_whitespace().collect();
            serde_json::from_value::<k8s_openapi::ByteString>(serde_json::Value::String(joined)).ok()
        })
        .map(|bytes| bytes.0)
        .collect()
}

fn read_kubeconfig(path: Option<&PathBuf>) -> Result<Kubeconfig, ReadError> {
    match path {
        Some(path) => Kubeconfig::read_from(path)
            .map_err(|error| unreachable(format!("the kubeconfig {} can not be read: {}", path.display(), words(&error)))),
        None => Kubeconfig::read().map_err(|error| {
            unreachable(format!("no kubeconfig can be read (KUBECONFIG, then ~/.kube/config): {}", words(&error)))
        }),
    }
}

/// An error's own words. A parse error of YAML may quote the line it stumbled over, and that line may be a token.
pub(super) fn words(error: &kube::config::KubeconfigError) -> String {
    use kube::config::KubeconfigError as E;
    if let E::ReadConfig(io, _) = error { io.to_string() } else { "it is not a kubeconfig".to_owned() }
}

/// `http://` carries tokens in the clear: only to a literal loopback address (reliability.md 3.3).
fn plain_text_only_to_ourselves(url: &Uri) -> Result<(), ReadError> {
    if url.scheme_str() == Some("https") {
        return Ok(());
    }
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    if host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()) {
        return Ok(());
    }
    Err(unreachable("the kubeconfig's server is not https: credentials are not sent in the clear"))
}
