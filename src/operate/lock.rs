//! One action in flight per target on this host: a lock file that the kernel releases when its holder dies.

use std::{
    fmt::Write,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use sha2::{Digest, Sha256};

use crate::domain::id::TargetId;

/// How long to wait for another console to finish with the target (reliability.md 1.3).
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// Held while an action runs; released when dropped, or by the kernel when the process dies.
#[derive(Debug)]
pub(super) struct TargetLock {
    _file: File,
}

/// Why the lock was not obtained.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotLocked {
    #[error("another console acts on it")]
    Busy,
    #[error("the lock file can not be used: {0}")]
    Unusable(#[from] io::Error),
}

impl TargetLock {
    /// Waits up to five seconds for the target's lock.
    pub(super) async fn acquire(locks: &Path, target: &TargetId) -> Result<Self, NotLocked> {
        let file = open(locks, target)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(error.into()),
                Err(TryLockError::WouldBlock) if waited >= PATIENCE => return Err(NotLocked::Busy),
                Err(TryLockError::WouldBlock) => {
                    tokio::time::sleep(PAUSE).await;
                    waited += PAUSE;
                }
            }
        }
    }
}

/// The file's name is a hash: a target's name is foreign text and may hold anything.
fn open(locks: &Path, target: &TargetId) -> io::Result<File> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(locks)?;
    let mut hash = Sha256::new();
    for part in [target.source.as_str(), target.namespace.raw(), target.name.raw()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut name = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(name, "{byte:02x}");
    }
    let nofollow = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(nofollow)
        .open(locks.join(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::id::SourceId;

    #[tokio::test(start_paused = true)]
    async fn a_second_console_is_told_that_the_target_is_busy_and_another_target_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let checkout = TargetId::new(&SourceId::new("k8s"), "shop", "checkout");
        let cart = TargetId::new(&SourceId::new("k8s"), "shop", "cart");
        let held = TargetLock::acquire(dir.path(), &checkout).await.unwrap();
        assert!(matches!(TargetLock::acquire(dir.path(), &checkout).await, Err(NotLocked::Busy)));
        TargetLock::acquire(dir.path(), &cart).await.unwrap();
        drop(held);
        TargetLock::acquire(dir.path(), &checkout).await.unwrap();
    }

    #[tokio::test]
    async fn a_hostile_name_stays_inside_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let target = TargetId::new(&SourceId::new("k8s"), "../../etc", "a/b\u{1b}[2J");
        TargetLock::acquire(dir.path(), &target).await.unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
