//! What others do to the real cluster is on the console's screen within two seconds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::time::{Duration, Instant};

use super::cluster::{Cluster, cluster};
use crate::terminal::console_kit::{Console, SOON, say};

const KIND: &str = "rollouts.argoproj.io";

/// A console on the real cluster with these words.
pub fn console(words: &[&str]) -> Console {
    let state = tempfile::tempdir().unwrap();
    let chain = state.path().join("ledger");
    Console::starting(state, chain, words, &[])
}

/// The row of `name` on the overview.
pub fn row(screen: &str, name: &str) -> Option<String> {
    let rows = screen.lines().filter(|line| line.starts_with(['>', '?', ' ']));
    rows.map(|line| line[1..].trim_start().to_owned()).find(|line| line.split_whitespace().next() == Some(name))
}

pub fn wait_for_row(console: &mut Console, name: &str, word: &str, patience: Duration) {
    console.run.wait_for(&format!("{name} {word}"), patience, |screen| {
        row(&screen.contents(), name).is_some_and(|row| row.contains(word))
    });
}

/// Makes a change and waits for it on the screen. The clock starts when kubectl has returned; what kubectl took is said.
fn seen(console: &mut Console, what: &str, change: impl FnOnce(), wanted: impl Fn(&str) -> bool) {
    let begun = Instant::now();
    change();
    let returned = Instant::now();
    console.run.wait_for(what, SOON, |screen| wanted(&screen.contents()));
    let took = returned.elapsed();
    say(&format!(
        "outside: {what} on screen {:.2} s after kubectl returned, {:.2} s after it began",
        took.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    ));
    assert!(took < Duration::from_secs(2), "{what}: {took:?}");
}

fn has(name: &'static str, word: &'static str) -> impl Fn(&str) -> bool {
    move |screen| row(screen, name).is_some_and(|row| row.contains(word))
}

fn patch(cluster: &Cluster, words: &[&str]) {
    cluster.kubectl(&[["-n", "others", "patch", KIND, "web", "--type=merge"].as_slice(), words].concat(), "");
}

#[test]
fn each_outside_change_is_on_screen_within_two_seconds() {
    let Some(cluster) = cluster() else { return };
    cluster.canary("others", "web", "app:v1");
    let access = cluster.access("watcher").display().to_string();
    let mut console = console(&["--kubeconfig", &access, "-n", "others"]);
    wait_for_row(&mut console, "web", "OK", Duration::from_secs(60));
    seen(
        &mut console,
        "a new image",
        || cluster.set_image("others", "web", "app:v2"),
        |screen| row(screen, "web").is_some_and(|row| !row.contains("OK")),
    );
    wait_for_row(&mut console, "web", "WAIT", Duration::from_secs(60));
    seen(&mut console, "a pause", || patch(cluster, &["-p", r#"{"spec":{"paused":true}}"#]), has("web", "PAUSED"));
    seen(&mut console, "a resume", || patch(cluster, &["-p", r#"{"spec":{"paused":false}}"#]), has("web", "WAIT"));
    seen(
        &mut console,
        "an abort",
        || patch(cluster, &["--subresource=status", "-p", r#"{"status":{"abort":true}}"#]),
        has("web", "BACK"),
    );
    seen(
        &mut console,
        "a deletion",
        || drop(cluster.kubectl(&["-n", "others", "delete", KIND, "web", "--wait=false"], "")),
        |screen| row(screen, "web").is_none_or(|row| row.to_lowercase().contains("gone")),
    );
}

#[test]
fn two_contexts_are_shown_at_once() {
    let Some(cluster) = cluster() else { return };
    cluster.canary("both", "web", "app:v1");
    let state = tempfile::tempdir().unwrap();
    let config = state.path().join("config.toml");
    let source = |name: &str, who: &str| {
        format!(
            "[sources.{name}]\nkind = \"argo\"\nenvironment = \"{name}\"\nkubeconfig = \"{}\"\ncontext = \"real\"\nnamespaces = [\"both\"]\n\
             [environments.{name}]\ndanger = false\nmode = \"read-write\"\n",
            cluster.access(who).display()
        )
    };
    std::fs::write(&config, source("one", "captain") + &source("two", "captain-cert")).unwrap();
    let chain = state.path().join("ledger");
    let words = ["--config", &config.display().to_string()];
    let mut console = Console::starting(state, chain, &words, &[]);
    let rows = |screen: &str| screen.lines().filter(|line| line.contains("web") && line.contains("OK")).count();
    console.run.wait_for("the same rollout of both", Duration::from_secs(60), |screen| rows(&screen.contents()) == 2);
    console.press("9");
    console.run.wait_for("both sources live", SOON, |screen| {
        let text = screen.contents();
        ["one", "two"].iter().all(|name| text.lines().any(|line| line.contains(name) && line.contains("live")))
    });
    console.press("0");
    seen(
        &mut console,
        "a new image, from both contexts,",
        || cluster.set_image("both", "web", "app:v2"),
        |screen| rows(screen) == 0,
    );
}
