//! Room on the disk: how much must be free before a change is begun, and the file that is given up so that outcomes fit.

use std::{io, path::PathBuf};

use super::{
    LedgerError,
    chain::{Chain, Purpose},
};

impl Chain {
    pub(super) fn room(&self, purpose: Purpose) -> Result<(), LedgerError> {
        if purpose == Purpose::Outcome {
            return Ok(());
        }
        let free = self.hands.disk.free(&self.dir).map_err(|e| LedgerError::io("ask for free space of", &self.dir, &e))?;
        if free < self.hands.limits.free { Err(LedgerError::NoSpace { free }) } else { Ok(()) }
    }

    fn ballast(&self) -> PathBuf {
        self.dir.join("ballast")
    }

    /// Room that is given up only for outcomes. Without it (another file in its place, a quota) records are taken all the same.
    pub(super) fn keep_ballast(&self) {
        let path = self.ballast();
        if path.symlink_metadata().is_ok() {
            return;
        }
        if let Ok(mut file) = self.hands.disk.create(&path, 0o600) {
            // Through std, not the port: it promises nothing.
            let whole = io::Write::write_all(&mut file, &vec![0x20; self.hands.limits.ballast]).and_then(|()| file.sync_data());
            if whole.is_err() {
                let _ = std::fs::remove_file(&path);
            }
        }
    }

    pub(super) fn release_ballast(&self) {
        if self.hands.disk.free(&self.dir).unwrap_or(0) < self.hands.limits.free {
            let _ = std::fs::remove_file(self.ballast());
        }
    }
}
