//! Who writes, as far as this process can know it, and whether the owner of a record still lives.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

/// Who wrote a record. `claimed` is what the user could have set himself; the rest comes from the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub uid: u32,
    pub user: String,
    pub loginuid: Option<u32>,
    /// `pam` (set; only as good as the host's PAM), `unset` or `unknown`.
    pub loginuid_src: String,
    pub sess: Option<u32>,
    pub tty: Option<String>,
    pub claimed: Claimed,
    pub pid: u32,
    /// Start time of the process in clock ticks since boot (field 22 of `/proc/<pid>/stat`): a pid alone is used again.
    pub start: u64,
    /// Names of this process and its ancestors: a hint, no proof.
    pub anc: Vec<String>,
}

/// From the environment: a user can set these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    pub sudo_user: Option<String>,
    pub ssh_connection: Option<String>,
}

/// What wrote a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    pub ver: String,
}

impl Tool {
    #[must_use]
    pub fn this() -> Self {
        Self { ver: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

impl Actor {
    /// This process.
    #[must_use]
    pub fn this() -> Self {
        let uid = rustix::process::geteuid().as_raw();
        let pid = std::process::id();
        let number =
            |name: &str| fs::read_to_string(format!("/proc/self/{name}")).ok().and_then(|t| t.trim().parse::<u32>().ok());
        let loginuid = number("loginuid");
        let loginuid_src = match loginuid {
            None => "unknown",
            Some(u32::MAX) => "unset",
            Some(_) => "pam",
        };
        let env = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        Self {
            uid,
            user: user_name(uid),
            loginuid: loginuid.filter(|id| *id != u32::MAX),
            loginuid_src: loginuid_src.to_owned(),
            sess: number("sessionid").filter(|id| *id != u32::MAX),
            tty: tty(),
            claimed: Claimed { sudo_user: env("SUDO_USER"), ssh_connection: env("SSH_CONNECTION") },
            pid,
            start: Stat::of(pid).map_or(0, |stat| stat.start),
            anc: ancestors(pid),
        }
    }
}

/// Identifier of this boot; empty where the kernel does not tell.
#[must_use]
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|t| t.trim().to_owned()).unwrap_or_default()
}

/// Whether the process that wrote a record still lives. Any doubt is a no: the action is then shown as in doubt.
#[must_use]
pub fn is_alive(boot: &str, pid: u32, start: u64) -> bool {
    start != 0 && !boot.is_empty() && boot == boot_id() && Stat::of(pid).is_some_and(|stat| stat.start == start && !stat.dead)
}

/// The user's name as the host's own file has it, fit to be a folder's name; `uid-1234` for users from elsewhere.
fn user_name(uid: u32) -> String {
    let file = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = file.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse::<u32>().ok()? == uid).then(|| name.to_owned())
    });
    name.filter(|name| is_chain_name(name)).unwrap_or_else(|| format!("uid-{uid}"))
}

/// Whether `name` can be a chain's folder: `[A-Za-z0-9._-]`, 1 to 64 characters, no leading dot.
#[must_use]
pub fn is_chain_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn tty() -> Option<String> {
    let name = rustix::termios::ttyname(rustix::stdio::stdin(), Vec::new())
        .or_else(|_| rustix::termios::ttyname(rustix::stdio::stderr(), Vec::new()))
        .ok()?;
    name.into_string().ok()
}

fn ancestors(mut pid: u32) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(stat) = Stat::of(pid).filter(|_| pid > 0 && names.len() < 8) {
        names.push(stat.name);
        pid = stat.parent;
    }
    names
}

/// Fields of `/proc/<pid>/stat`.
struct Stat {
    name: String,
    dead: bool,
    parent: u32,
    start: u64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        let text = fs::read(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
        let text = String::from_utf8_lossy(&text);
        // The name stands in brackets and may hold anything, brackets too.
        let (head, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        Some(Self {
            name: head.split_once('(')?.1.to_owned(),
            dead: matches!(*fields.first()?, "Z" | "X" | "x"),
            parent: fields.get(1)?.parse().ok()?,
            start: fields.get(19)?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn this_process_is_alive_and_another_start_time_is_not() {
        let me = Actor::this();
        assert!(is_alive(&boot_id(), me.pid, me.start));
        assert!(!is_alive(&boot_id(), me.pid, me.start + 1));
        assert!(!is_alive("another boot", me.pid, me.start));
        assert!(!is_alive(&boot_id(), u32::MAX - 1, 1));
    }

    #[test]
    fn a_chain_name_never_leaves_its_folder() {
        for bad in ["", ".", "..", "a/b", ".hidden", "a b", "\u{202e}x"] {
            assert!(!is_chain_name(bad), "{bad:?}");
        }
        assert!(is_chain_name("alice.b-1_x"));
    }
}
