//! The folder of one chain: made safely, locked, and its `HEAD`.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use super::{
    LedgerError,
    disk::{self, Disk},
};

/// The chain's lock, until it is dropped.
pub(super) fn lock(dir: &Path, tries: u32) -> Result<File, LedgerError> {
    let path = dir.join("lock");
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(&path)
        .map_err(|e| LedgerError::io("open", &path, &e))?;
    for _ in 0..tries {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
            Err(std::fs::TryLockError::Error(e)) => return Err(LedgerError::io("lock", &path, &e)),
        }
    }
    let inode = file.metadata().map_or(0, |meta| meta.ino());
    Err(LedgerError::Busy { holder: holder(inode) })
}

/// The `seq` that `HEAD` in `dir` names; `None` when there is none that reads. It is advice, renamed into place unsynced.
pub(super) fn head_seq(dir: &Path) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Head {
        seq: u64,
    }
    let text = disk::open_read(&dir.join("HEAD")).and_then(io::read_to_string).ok()?;
    serde_json::from_str::<Head>(&text).ok().map(|head| head.seq)
}

/// What it means that `HEAD` names record `head` and the newest one is `last`.
pub(super) fn cut_off(head: Option<u64>, last: u64) -> Option<String> {
    let head = head.filter(|head| *head > last)?;
    Some(format!("HEAD names record {head}, and the newest one is {last}: records were cut off"))
}

/// Makes the directory of chains and the one chain's, and refuses what is not safe.
pub(super) fn make_dirs(disk: &dyn Disk, base: &Path, dir: &Path, shared: bool) -> Result<(), LedgerError> {
    let io = |path: &Path, e: &io::Error| LedgerError::io("create", path, e);
    if base.symlink_metadata().is_err() {
        DirBuilder::new().recursive(true).mode(0o700).create(base).map_err(|e| io(base, &e))?;
        if let Some(parent) = base.parent() {
            sync_dir(disk, parent)?;
        }
    }
    disk::check_safe(base, true, shared)?;
    match DirBuilder::new().mode(if shared { 0o750 } else { 0o700 }).create(dir) {
        Ok(()) => sync_dir(disk, base)?,
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(io(dir, &e)),
    }
    disk::check_safe(dir, true, false)
}

/// Makes names in `dir` durable.
pub(super) fn sync_dir(disk: &dyn Disk, dir: &Path) -> Result<(), LedgerError> {
    let io = |e: &io::Error| LedgerError::io("sync", dir, e);
    let file = File::open(dir).map_err(|e| io(&e))?;
    disk.fsync(&file).map_err(|e| io(&e))
}

/// Who holds a lock on `inode`, from `/proc/locks`: `12: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF`.
fn holder(inode: u64) -> String {
    let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    let pid = locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let ours = fields.get(1) == Some(&"FLOCK") && fields.get(5)?.rsplit(':').next()? == inode.to_string();
        ours.then(|| fields.get(4).copied()).flatten()
    });
    match pid {
        Some(pid) => {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            format!("process {pid} {}", name.trim()).trim_end().to_owned()
        }
        None => "its process cannot be seen from here".to_owned(),
    }
}
