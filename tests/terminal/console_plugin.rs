//! A credential plugin that hangs holds neither the screen nor the way out, and does not stay behind.

use std::{
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use super::console_kit::{Console, SOON};

fn lives(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn a_plugin_that_hangs_holds_neither_keys_nor_quit_and_does_not_stay_behind() {
    let state = tempfile::tempdir().unwrap();
    let (plugin, pids) = (state.path().join("plugin"), state.path().join("pids"));
    std::fs::write(&plugin, format!("#!/bin/sh\necho $$ >> {0}\nsleep 600 & echo $! >> {0}\nwait\n", pids.display())).unwrap();
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let kubeconfig = state.path().join("kubeconfig");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: k, cluster: {{server: \"http://127.0.0.1:9\"}}}}]\n\
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
         users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: {}}}}}}}]\n",
        plugin.display()
    );
    std::fs::write(&kubeconfig, text).unwrap();
    let chain = state.path().join("ledger");
    let mut console = Console::starting(state, chain, &["--kubeconfig", &kubeconfig.display().to_string()], &[]);
    console.wait("1 Rollouts");
    let started = || -> Vec<String> { std::fs::read_to_string(&pids).unwrap_or_default().lines().map(str::to_owned).collect() };
    console.run.wait_for("the plugin runs", SOON, |_| started().len() == 2);
    for (key, shows) in [("?", "esc back"), ("\x1b", "1 Rollouts"), ("9", "9 Sources"), ("\x1b", "1 Rollouts")] {
        let begun = Instant::now();
        console.press(key);
        console.wait(shows);
        assert!(begun.elapsed() < Duration::from_secs(1), "{key:?} took {:?}", begun.elapsed());
    }
    assert_eq!(started().iter().filter(|pid| lives(pid)).count(), 2, "it still runs: this shows something");
    assert_eq!(started().len(), 2, "one plugin for all that wait");
    console.press("q");
    console.press("q");
    let exit = console.ends(Duration::from_secs(2), true);
    assert!(exit.code == 0 && exit.after < Duration::from_secs(1), "{exit:?}");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(started().iter().filter(|pid| lives(pid)).count(), 0, "{:?}", started());
}
