//! Notices that a chain may say something new, without reading one: the kernel tells (inotify), and is asked once a second.

use std::{
    io::ErrorKind,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use rustix::{
    fs::inotify::{self, CreateFlags, WatchFlags},
    io::Errno,
};

use super::{LedgerPaths, disk, owner::Actor, verify};

/// Reads of one question: more events than this are as good as these.
const READS: usize = 16;

/// What is written to the chains that this user's ledger reads.
#[derive(Debug)]
pub struct Changes {
    /// Where this user's chain stands, or would.
    own: PathBuf,
    shared: Option<PathBuf>,
    /// `None`: the kernel has no more of these for this user.
    told: Option<OwnedFd>,
    /// Something is not told of: every answer is then "perhaps".
    is_blind: AtomicBool,
}

impl Changes {
    /// Looks at nothing yet.
    #[must_use]
    pub fn of(paths: &LedgerPaths) -> Self {
        Self {
            own: paths.dir.join(Actor::this().user),
            shared: paths.shared.clone(),
            told: inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok(),
            is_blind: AtomicBool::new(true),
        }
    }

    /// Looks at every chain there is now. Call it before each fold: new chains come. Blocks on the disk.
    pub fn follow(&self) {
        let Some(told) = &self.told else { return };
        let mut seen = look(told, &self.own, self.shared.is_some());
        if let Some(shared) = &self.shared {
            seen &= look(told, shared, false);
            for (_, dir) in verify::chains(shared).unwrap_or_default() {
                // Only safe ones are read, and one of somebody else may not be ours to look at.
                seen &= !disk::is_safe_to_read(&dir) || look(told, &dir, false);
            }
        }
        self.is_blind.store(!seen, Ordering::Release);
    }

    /// Whether something was written since the last call, as far as the kernel tells; true where it does not. Never waits.
    #[must_use]
    pub fn seen(&self) -> bool {
        let Some(told) = &self.told else { return true };
        let mut events = [0_u8; 4096];
        let mut any = self.is_blind.load(Ordering::Acquire);
        for _ in 0..READS {
            match rustix::io::read(told, &mut events) {
                Ok(0) | Err(Errno::AGAIN) => break,
                Ok(_) => any = true,
                Err(Errno::INTR) => {}
                Err(_) => return true,
            }
        }
        any
    }
}

/// Whether all that is written in `dir` will be told. What other machines write on a file system of the network never is.
fn look(told: &OwnedFd, dir: &Path, may_be_missing: bool) -> bool {
    let wanted = WatchFlags::MODIFY
        | WatchFlags::CREATE
        | WatchFlags::MOVED_TO
        | WatchFlags::DELETE
        | WatchFlags::ATTRIB
        | WatchFlags::ONLYDIR;
    match inotify::add_watch(told, dir, wanted) {
        Ok(_) => disk::is_of_this_machine(dir),
        Err(error) => may_be_missing && std::io::Error::from(error).kind() == ErrorKind::NotFound,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;

    fn paths(dir: &Path, shared: Option<&Path>) -> LedgerPaths {
        LedgerPaths { dir: dir.to_owned(), shared: shared.map(Path::to_owned), allow_volatile: true }
    }

    #[test]
    fn whatever_is_written_to_the_own_chain_is_seen_once() {
        let base = tempfile::tempdir().unwrap();
        let own = base.path().join(Actor::this().user);
        fs::create_dir(&own).unwrap();
        let changes = Changes::of(&paths(base.path(), None));
        assert!(changes.seen(), "nothing is known before the first look");
        changes.follow();
        assert!(!changes.seen());
        for _ in 0..3 {
            fs::write(own.join("seg-000001.jsonl"), "x").unwrap();
            assert!(changes.seen());
            assert!(!changes.seen(), "it was told once");
            changes.follow();
            assert!(!changes.seen(), "looking is not writing");
        }
    }

    #[test]
    fn chains_of_others_are_seen_to_come_and_to_grow() {
        let (base, shared) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let changes = Changes::of(&paths(base.path(), Some(shared.path())));
        changes.follow();
        assert!(!changes.seen(), "without a place of last resort nothing is missing");
        let other = shared.path().join("bob");
        fs::create_dir(&other).unwrap();
        assert!(changes.seen());
        changes.follow();
        fs::write(other.join("seg-000001.jsonl"), "x").unwrap();
        assert!(changes.seen());
        assert!(!changes.seen());
    }

    #[test]
    fn a_chain_that_can_not_be_looked_at_is_always_perhaps_changed() {
        let base = tempfile::tempdir().unwrap();
        let changes = Changes::of(&paths(base.path(), None));
        changes.follow();
        assert!(changes.seen() && changes.seen());
        fs::create_dir(base.path().join(Actor::this().user)).unwrap();
        changes.follow();
        assert!(!changes.seen());
    }
}
