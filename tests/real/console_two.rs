//! Two real clusters in one console. They hold a rollout of the same namespace and name, so that only the source tells them
//! apart: what is sent to one reaches no other, and one that dies takes only its own rows along.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{fmt::Write, path::PathBuf, time::Duration};

use super::{
    cluster::{Cluster, cluster, own_cluster},
    console_verbs::confirm,
};
use crate::terminal::console_kit::{Console, SOON, say};

/// Long enough for two controllers on a busy machine.
const LONG: Duration = Duration::from_secs(90);

/// One access file with a context of each: what people have in `~/.kube/config`.
fn one_kubeconfig(dir: &std::path::Path, members: &[(&str, &Cluster)]) -> PathBuf {
    let mut text = "apiVersion: v1\nkind: Config\ncurrent-context: east\n".to_owned();
    for list in ["clusters", "contexts", "users"] {
        let items: Vec<String> = members
            .iter()
            .map(|(name, cluster)| {
                let mut line = cluster.access_line("captain", list);
                for (key, old) in [("name", "local"), ("cluster", "local"), ("name", "real"), ("name", "me"), ("user", "me")] {
                    line = line.replace(&format!("{key}: {old},"), &format!("{key}: {name},"));
                }
                line
            })
            .collect();
        writeln!(text, "{list}: [{}]", items.join(", ")).unwrap();
    }
    let path = dir.join("kubeconfig");
    std::fs::write(&path, text).unwrap();
    path
}

fn source(name: &str, kubeconfig: &std::path::Path) -> String {
    format!(
        "[sources.{name}]\nkind = \"argo\"\nenvironment = \"{name}\"\nkubeconfig = \"{}\"\ncontext = \"{name}\"\nnamespaces = [\"twin\"]\n\
         stale_after = \"6s\"\n[environments.{name}]\ndanger = false\nmode = \"read-write\"\n",
        kubeconfig.display()
    )
}

/// The row of a source on a screen wide enough to name it.
fn row(screen: &str, source: &str) -> Option<String> {
    screen.lines().find(|line| line.contains(" web ") && line.contains(&format!(" {source} "))).map(str::to_owned)
}

fn wait_for(console: &mut Console, source: &'static str, word: &'static str) {
    console.run.wait_for(&format!("{source} {word}"), LONG, |screen| {
        row(&screen.contents(), source).is_some_and(|row| row.contains(word))
    });
}

/// Goes to the row of a source: the filter takes the whole identifier.
fn select(console: &mut Console, source: &'static str) {
    console.press("/");
    console.type_text(&format!("{source}/twin/web"));
    console.press("\r");
    console.run.wait_for(source, SOON, |screen| row(&screen.contents(), source).is_some_and(|row| row.contains("> web")));
}

fn show_all(console: &mut Console) {
    console.press("\x1b");
    console.run.pump_for(Duration::from_millis(200));
    console
        .run
        .wait_for("both rows", SOON, |screen| ["east", "west"].iter().all(|source| row(&screen.contents(), source).is_some()));
}

#[test]
fn two_clusters_at_once_and_only_the_one_that_is_meant() {
    let (Some(east), Some(west)) = (cluster(), own_cluster()) else { return };
    let state = tempfile::tempdir().unwrap();
    for cluster in [east, &west] {
        cluster.canary("twin", "web", "app:v1");
    }
    let kubeconfig = one_kubeconfig(state.path(), &[("east", east), ("west", &west)]);
    let config = state.path().join("config.toml");
    std::fs::write(&config, source("east", &kubeconfig) + &source("west", &kubeconfig)).unwrap();
    let chain = state.path().join("ledger");
    let mut console = Console::starting(state, chain, &["--config", &config.display().to_string()], &[]);
    console.run.resize(200, 50);
    for source in ["east", "west"] {
        wait_for(&mut console, source, "OK");
    }
    // Each change of the outside shows on its own row alone.
    west.set_image("twin", "web", "app:v2");
    wait_for(&mut console, "west", "WAIT");
    assert!(row(&console.run.text(), "east").unwrap().contains("OK"), "{}", console.run.text());
    east.set_image("twin", "web", "app:v2");
    wait_for(&mut console, "east", "WAIT");

    select(&mut console, "west");
    confirm(&mut console, "A", "m", "50");
    console.wait_for_records("observed", 1, LONG);
    console.run.wait_for_text("verified", SOON);
    let records = console.ledger();
    let intents: Vec<_> = records.iter().filter(|record| record["type"] == "intent").collect();
    assert_eq!(intents.len(), 1);
    assert_eq!(intents[0]["target"]["source"], "west");
    let id = intents[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(west.changes("twin", "captain"), [(id, 200)], "the one that was meant got the one request");
    assert_eq!(east.changes("twin", "captain"), [], "the other got none");

    console.press("0");
    show_all(&mut console);
    assert!(row(&console.run.text(), "east").unwrap().contains("WAIT"), "{}", console.run.text());
    west.stop("kube-apiserver");
    wait_for(&mut console, "west", "LOST");
    // Longer than `stale_after`: the other goes on answering.
    console.run.pump_for(Duration::from_secs(8));
    let screen = console.run.text();
    assert!(row(&screen, "west").unwrap().contains("LOST"), "{screen}");
    assert!(row(&screen, "east").unwrap().contains("WAIT"), "{screen}");
    assert!(screen.contains("1 of 2 sources silent"), "{screen}");

    // Nothing goes to the one that is lost, and the other can be acted on as before.
    select(&mut console, "west");
    console.press("A");
    console.run.pump_for(Duration::from_secs(1));
    assert!(!console.run.text().contains("Type to confirm"), "{}", console.run.text());
    console.press("\x1b");
    show_all(&mut console);
    select(&mut console, "east");
    confirm(&mut console, "A", "m", "50");
    console.wait_for_records("observed", 2, LONG);
    assert_eq!(east.changes("twin", "captain").len(), 1);
    assert_eq!(west.changes("twin", "captain").len(), 1);
    say(
        "two clusters: each advance reached the one that was meant (1 request in each audit log); one API server dead: 1 row lost, 1 live",
    );
}
