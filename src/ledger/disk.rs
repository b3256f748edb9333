//! The little that the writer needs of a file system, behind a port so that tests can make each call fail.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use super::LedgerError;

/// Calls that change or promise something. Reading goes past this port.
pub trait Disk: Send + Sync + std::fmt::Debug {
    /// A new file for appending; an existing one is an error.
    ///
    /// # Errors
    /// As open(2).
    fn create(&self, path: &Path, mode: u32) -> io::Result<File>;
    /// An existing file for appending; a symbolic link is an error.
    ///
    /// # Errors
    /// As open(2).
    fn open_append(&self, path: &Path) -> io::Result<File>;
    /// One write(2); may be short.
    ///
    /// # Errors
    /// As write(2).
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize>;
    /// # Errors
    /// As fdatasync(2).
    fn fdatasync(&self, file: &File) -> io::Result<()>;
    /// # Errors
    /// As fsync(2).
    fn fsync(&self, file: &File) -> io::Result<()>;
    /// # Errors
    /// As rename(2).
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Bytes that an ordinary user may still write where `path` is.
    ///
    /// # Errors
    /// As statvfs(3).
    fn free(&self, path: &Path) -> io::Result<u64>;
}

/// The operating system's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsDisk;

fn flags() -> i32 {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
    flags.bits().cast_signed()
}

impl Disk for OsDisk {
    fn create(&self, path: &Path, mode: u32) -> io::Result<File> {
        let file = OpenOptions::new().append(true).create_new(true).mode(mode).custom_flags(flags()).open(path)?;
        // The umask may have taken bits away (shared chains are read by the group); it can never have added any.
        rustix::fs::fchmod(&file, rustix::fs::Mode::from_raw_mode(mode))?;
        Ok(file)
    }

    fn open_append(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new().append(true).custom_flags(flags()).open(path)
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match file.write(bytes) {
                // Interrupted means that nothing was written: no reason to give the file up.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    fn fdatasync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn fsync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn free(&self, path: &Path) -> io::Result<u64> {
        let at = rustix::fs::statvfs(path)?;
        Ok(at.f_bavail.saturating_mul(at.f_frsize))
    }
}

/// Opens for reading: never through a symbolic link, never waiting on a pipe, and only a regular file.
///
/// # Errors
/// As open(2); `InvalidInput` for what is no regular file.
pub(super) fn open_read(path: &Path) -> io::Result<File> {
    let flags = flags() | rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(file)
}

/// Refuses what others could have written or exchanged.
///
/// # Errors
/// `Refused`, with what to do about it.
pub(super) fn check_safe(path: &Path, is_dir: bool, allow_group_write: bool) -> Result<(), LedgerError> {
    let refuse = |why: &str| Err(LedgerError::Refused(format!("{} {why}", path.display())));
    let meta = std::fs::symlink_metadata(path).map_err(|e| LedgerError::io("look at", path, &e))?;
    if meta.file_type().is_symlink() {
        return refuse("is a symbolic link; the ledger must stand where it is named");
    }
    if meta.is_dir() != is_dir || (!is_dir && !meta.is_file()) {
        return refuse(if is_dir { "is not a directory" } else { "is not a regular file" });
    }
    let me = rustix::process::geteuid().as_raw();
    if meta.uid() != me && !(is_dir && meta.uid() == 0) {
        return refuse(&format!("belongs to uid {}, not to you (uid {me})", meta.uid()));
    }
    let others = if allow_group_write { 0o002 } else { 0o022 };
    // A sticky directory (like /tmp) lets nobody exchange another's entries.
    if meta.mode() & others != 0 && !(allow_group_write && meta.mode() & 0o1000 != 0) {
        return refuse("can be written by others: chmod go-w");
    }
    Ok(())
}

/// Whether another user's chain in `dir` can have been written by its owner only.
pub(super) fn is_safe_to_read(dir: &Path) -> bool {
    std::fs::symlink_metadata(dir).is_ok_and(|meta| meta.is_dir() && meta.mode() & 0o022 == 0)
}

/// The name of the file system under `path` when it does not keep what was synced.
///
/// # Errors
/// As statfs(2).
pub(super) fn volatile_kind(path: &Path) -> io::Result<Option<&'static str>> {
    let kind = rustix::fs::statfs(path)?.f_type;
    Ok(match u32::try_from(kind).unwrap_or(0) {
        0x0102_1994 => Some("tmpfs"),
        0x8584_58f6 => Some("ramfs"),
        0x794c_7630 => Some("overlay"),
        0x0000_6969 => Some("NFS"),
        0x0102_1997 => Some("9p"),
        0xff53_4d42 | 0xfe53_4d42 => Some("SMB"),
        _ => None,
    })
}

/// Whether `path` lies on a file system that only this machine writes to, as far as its kind is known.
pub(super) fn is_of_this_machine(path: &Path) -> bool {
    let kind = rustix::fs::statfs(path).ok().and_then(|stat| u32::try_from(stat.f_type).ok());
    matches!(
        kind,
        // ext, XFS, Btrfs, ZFS, F2FS, bcachefs, overlay, tmpfs, ramfs
        Some(
            0x0000_ef53
                | 0x5846_5342
                | 0x9123_683e
                | 0x2fc1_2fc1
                | 0xf2f5_2010
                | 0xca45_1a4e
                | 0x794c_7630
                | 0x0102_1994
                | 0x8584_58f6
        )
    )
}
