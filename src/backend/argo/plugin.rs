//! Credential plugins of a kubeconfig (`exec`), run by ourselves. kube's own way runs one twice a connection and once a
//! refresh, waits for ever, and leaves it and a thread behind when the request that asked for it gives up: a plugin that
//! hangs would take one thread after another until none is left for the ledger.

use std::{process::Command, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use kube::config::{AuthInfo, ExecConfig};
use secrecy::SecretString;
use serde::Deserialize;

use super::access::unreachable;
use crate::{
    backend::port::ReadError,
    config::program::{self, NoOutput},
    domain::Timestamp,
};

#[derive(Deserialize)]
struct ExecCredential {
    status: Option<Status>,
}

/// No `Debug`: it holds the secret.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Puts what the plugin of `user` says in its place, so that nobody else runs it. Returns until when that is good; `None`
/// when it does not end, or there is no plugin. Blocks for `patience` at most, and ends a plugin that takes longer.
///
/// # Errors
/// A sentence without any of the plugin's output.
pub(super) fn replace(user: &mut AuthInfo, patience: Duration) -> Result<Option<Timestamp>, ReadError> {
    if user.auth_provider.as_ref().is_some_and(|provider| provider.config.contains_key("cmd-path")) {
        return Err(unreachable("the kubeconfig's auth-provider runs a program, which kubectl no longer does: use `exec`"));
    }
    // As everywhere, what stands in the file itself goes first.
    let is_named = user.auth_provider.is_some()
        || user.token.is_some()
        || user.token_file.is_some()
        || (user.username.is_some() && user.password.is_some());
    let Some(exec) = user.exec.take().filter(|_| !is_named) else { return Ok(None) };
    let status = run(&exec, patience)?;
    if let (Some(certificate), Some(key)) = (&status.client_certificate_data, &status.client_key_data) {
        (user.client_certificate, user.client_key) = (None, None);
        user.client_certificate_data = Some(BASE64_STANDARD.encode(certificate));
        user.client_key_data = Some(SecretString::from(BASE64_STANDARD.encode(key)));
    } else if status.token.is_none() {
        return Err(unreachable("the credential plugin of the kubeconfig gave neither a token nor a certificate"));
    }
    user.token = status.token.map(SecretString::from);
    let Some(until) = status.expiration_timestamp else { return Ok(None) };
    let until = DateTime::parse_from_rfc3339(&until)
        .map_err(|_| unreachable("the credential plugin of the kubeconfig gave an end that is not a time"))?;
    Ok(Some(until.with_timezone(&Utc)))
}

fn run(exec: &ExecConfig, patience: Duration) -> Result<Status, ReadError> {
    let program = exec.command.as_ref().ok_or_else(|| unreachable("the kubeconfig's credential plugin names no command"))?;
    let mut command = Command::new(program);
    command.args(exec.args.iter().flatten());
    let pairs = exec.env.iter().flatten().filter_map(|pair| Some((pair.get("name")?, pair.get("value")?)));
    command.envs(pairs);
    let mut spec = serde_json::json!({"interactive": false});
    if let (true, Some(cluster)) = (exec.provide_cluster_info, &exec.cluster)
        && let (Some(spec), Ok(cluster)) = (spec.as_object_mut(), serde_json::to_value(cluster))
    {
        spec.insert("cluster".into(), cluster);
    }
    let about = serde_json::json!({"apiVersion": exec.api_version, "kind": "ExecCredential", "spec": spec});
    command.env("KUBERNETES_EXEC_INFO", about.to_string());
    let output = program::output(&mut command, patience).map_err(|error| unreachable(words(&error)))?;
    serde_json::from_slice::<ExecCredential>(&output)
        .ok()
        .and_then(|credential| credential.status)
        .ok_or_else(|| unreachable("the credential plugin of the kubeconfig printed no ExecCredential in JSON"))
}

fn words(error: &NoOutput) -> String {
    match error {
        NoOutput::NotStarted(error) => format!("the credential plugin of the kubeconfig did not start: {error}"),
        NoOutput::Silent(limit) => {
            format!(
                "the kubeconfig's credentials did not come within {} s, and its plugin was ended: run kubectl once",
                limit.as_secs()
            )
        }
        NoOutput::Ended(status) => {
            format!("the credential plugin of the kubeconfig failed ({status}): run kubectl once to log in")
        }
        NoOutput::Unreadable(error) => format!("the credential plugin of the kubeconfig could not be read: {error}"),
    }
}
