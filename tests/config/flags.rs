//! kubectl's flags over a configuration that knows the same cluster: no way around what it says of it.

use std::path::Path;

use cutover::{
    cli::Args,
    config::{Flags, Surroundings, load, settings::Settings},
    runtime::start,
};

/// Contexts `prod` and `prod-admin` of one server, `stage` of another, `other` of one that no configuration knows.
const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\ncurrent-context: prod\nusers: [{name: u, user: {token: t}}]\n\
    clusters: [{name: p, cluster: {server: 'https://gate.example:6443/prod'}}, {name: s, cluster: {server: 'https://gate.example:6443/stage'}}, \
    {name: o, cluster: {server: 'https://other.example'}}]\n\
    contexts: [{name: prod, context: {cluster: p, user: u}}, {name: prod-admin, context: {cluster: p, user: u}}, \
    {name: stage, context: {cluster: s, user: u}}, {name: other, context: {cluster: o, user: u}}]\n";

const FILE: &str = r#"
[environments.live]
danger = true
mode = "read-write"

[environments.tests]
mode = "read-write"

[environments.looked-at]
mode = "read-only"

[sources.eu]
kind = "argo"
environment = "live"
kubeconfig = "KUBE"
context = "prod"
namespaces = ["shop"]
interval = "5s"
stale_after = "20s"

[sources.eu-tests]
kind = "argo"
environment = "tests"
kubeconfig = "KUBE"
context = "prod"
namespaces = ["try"]

[sources.stage]
kind = "argo"
environment = "looked-at"
kubeconfig = "KUBE"
context = "stage"
"#;

fn settings(dir: &Path, words: &[&str]) -> Settings {
    let kube = dir.join("kube");
    std::fs::write(&kube, KUBECONFIG).unwrap();
    let config = dir.join("config.toml");
    std::fs::write(&config, FILE.replace("KUBE", &kube.display().to_string())).unwrap();
    let kube = kube.display().to_string();
    let args = Args::read([&["cutover", "--kubeconfig", &kube], words, &["status"]].concat()).unwrap();
    let flags = Flags { config: Some(config), state_dir: Some(dir.to_path_buf()) };
    let loaded = load(&flags, &Surroundings::of_process(), &[], &cutover::backend::registry::declared()).unwrap();
    start::settings(&args, &loaded)
}

#[test]
fn a_flag_is_no_way_around_what_the_configuration_says_of_the_cluster() {
    let dir = tempfile::tempdir().unwrap();
    // Words, and name of the source, of its environment, danger, read-only, seconds between two reads.
    for (words, expected) in [
        (&["--context", "prod", "-n", "shop"][..], ("eu", "live", true, false, 5)),
        (&["--context", "prod", "-n", "try"], ("eu-tests", "tests", false, false, 2)),
        // All namespaces are those of both: the strictest counts.
        (&["--context", "prod"], ("eu", "live", true, false, 5)),
        // The current context is one, too.
        (&[], ("eu", "live", true, false, 5)),
        // The same cluster by another name is as dangerous.
        (&["--context", "prod-admin", "-n", "shop"], ("k8s", "live", true, false, 2)),
        // A namespace that no source has is in a cluster that is dangerous.
        (&["--context", "prod", "-n", "new"], ("eu", "live", true, false, 5)),
        (&["--context", "stage"], ("stage", "looked-at", false, true, 2)),
        // Behind the same gateway, and known to nobody.
        (&["--context", "other"], ("k8s", "other", false, false, 2)),
    ] {
        let settings = settings(dir.path(), words);
        let [source] = settings.sources.as_slice() else { panic!("{words:?}: one source") };
        let [environment] = settings.environments.as_slice() else { panic!("{words:?}: one environment") };
        assert_eq!(source.environment, environment.name, "{words:?}");
        let found = (
            source.name.as_str(),
            environment.name.as_str(),
            environment.danger,
            environment.read_only,
            source.interval.as_secs(),
        );
        assert_eq!(found, expected, "{words:?}");
    }
}

#[test]
fn what_is_asked_for_is_what_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(dir.path(), &["--context", "prod", "-n", "new"]);
    let argo = cutover::backend::argo::ArgoSettings::of(&settings.sources[0].values);
    assert_eq!((argo.context.as_deref(), argo.namespaces.as_slice()), (Some("prod"), &["new".to_owned()][..]));
}
