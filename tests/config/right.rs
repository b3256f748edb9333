//! Files that are right, and what they come to.

use std::{path::Path, time::Duration};

use cutover::{
    backend::{argo::ArgoSettings, registry},
    config::{parse, settings::Settings},
};

const FILE: &str = r#"
[environments.prod]
danger = true
mode = "read-write"

[environments.stage]

[sources.eu]
kind = "argo"
environment = "prod"
kubeconfig = "~/.kube/eu"
context = "admin@eu"
namespaces = ["shop", "pay"]
interval = "1s"
stale_after = "1m"

[sources.stage]
kind = "argo"
environment = "stage"
kubeconfig = "stage.kubeconfig"
context = "admin@eu"
interval = "30s"

[screen]
theme = "paper"
glyphs = "ascii"
bell = true

[ledger]
dir = "/srv/ledger"

[log]
level = "debug"
"#;

fn read(text: &str) -> Settings {
    parse(text, Path::new("/etc/cutover/config.toml"), Some(Path::new("/home/me")), &["paper"], &registry::declared()).unwrap()
}

#[test]
fn a_whole_file() {
    let settings = read(FILE);
    let prod = &settings.environments[0];
    assert_eq!((prod.name.as_str(), prod.danger, prod.read_only), ("prod", true, false));
    let stage = &settings.environments[1];
    assert_eq!((stage.name.as_str(), stage.danger, stage.read_only), ("stage", false, true), "read-only until written");
    let eu = ArgoSettings::of(&settings.sources[0].values);
    assert_eq!(eu.kubeconfig.as_deref(), Some(Path::new("/home/me/.kube/eu")));
    assert_eq!(eu.namespaces, ["shop", "pay"]);
    assert_eq!(settings.sources[0].interval, Duration::from_secs(1));
    assert_eq!(settings.sources[0].stale_after, Duration::from_secs(60));
    let stage = ArgoSettings::of(&settings.sources[1].values);
    assert_eq!(stage.kubeconfig.as_deref(), Some(Path::new("/etc/cutover/stage.kubeconfig")), "beside the file");
    assert_eq!(stage.context, eu.context, "two sources may have the same context");
    assert_eq!(settings.sources[1].stale_after, Duration::from_secs(90), "the default follows a long interval");
    assert_eq!(settings.environment_of(&settings.sources[1]).unwrap().name, "stage");
    assert_eq!(settings.screen.theme.as_deref(), Some("paper"));
    assert_eq!(settings.screen.ascii, Some(true));
    assert!(settings.screen.bell);
    assert_eq!(settings.ledger.dir.as_deref(), Some(Path::new("/srv/ledger")));
    assert_eq!(settings.log.level, "debug");
}

#[test]
fn an_empty_file_is_all_defaults() {
    assert_eq!(read(""), Settings::default());
    assert!(read("").is_nothing_configured());
    assert_eq!(read("[screen]\ntheme = \"auto\"\nglyphs = \"auto\"\n"), Settings::default());
}

#[test]
fn as_kubectl_has_it_may_act_and_the_welcome_may_not() {
    let settings = Settings::for_kubectl(Some("/k".into()), Some("admin@eu".into()), vec!["shop".into()]);
    let environment = settings.environment_of(&settings.sources[0]).unwrap();
    assert_eq!((environment.name.as_str(), environment.danger, environment.read_only), ("admin@eu", false, false));
    let argo = ArgoSettings::of(&settings.sources[0].values);
    assert_eq!((argo.kubeconfig.as_deref(), argo.namespaces.len()), (Some(Path::new("/k")), 1));

    let welcome = Settings::welcome();
    assert!(welcome.environment_of(&welcome.sources[0]).unwrap().read_only);
    let argo = ArgoSettings::of(&welcome.sources[0].values);
    assert_eq!((argo.kubeconfig.as_ref(), argo.context.as_ref()), (None, None));
}
