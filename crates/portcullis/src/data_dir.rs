//! The data directory: made private, held by one process at a time.

use anyhow::Context as _;
use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// A data directory that this process holds until the value is dropped.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    lock: File,
}

/// Another process holds a data directory.
#[derive(Debug, thiserror::Error)]
#[error("the data directory {} is in use by another portcullis process{by}", path.display())]
pub(crate) struct Busy {
    path: PathBuf,
    by: String,
}

impl DataDir {
    /// Makes the directory if it is not there (0700) and takes its lock.
    pub(crate) fn take(path: &Path) -> anyhow::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot use the data directory {}", path.display()))?;
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path.join("lock"))
            .with_context(|| format!("cannot write to the data directory {}", path.display()))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut holder = String::new();
            let _ = lock.read_to_string(&mut holder);
            let holder = holder.trim();
            let by = if holder.is_empty() { String::new() } else { format!(" (pid {holder})") };
            return Err(Busy { path: path.to_owned(), by }.into());
        }
        let mut held = Self { path: path.to_owned(), lock };
        held.sign()?;
        Ok(held)
    }

    /// The directory of another process, which handed its lock over. Both hold it until both have ended.
    pub(crate) fn inherited(path: &Path, lock: OwnedFd) -> Self {
        Self { path: path.to_owned(), lock: lock.into() }
    }

    /// Writes down who holds it.
    pub(crate) fn sign(&mut self) -> anyhow::Result<()> {
        self.lock.set_len(0).context("cannot write the lock file")?;
        self.lock.rewind().context("cannot write the lock file")?;
        write!(self.lock, "{}", std::process::id()).context("cannot write the lock file")
    }

    /// A copy of the lock.
    pub(crate) fn copy_of_lock(&self) -> io::Result<OwnedFd> {
        Ok(self.lock.try_clone()?.into())
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The control socket of a data directory.
pub(crate) fn control_socket(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_has_one_holder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let held = DataDir::take(&path).unwrap();
        let refused = DataDir::take(&path).unwrap_err().to_string();
        assert!(refused.contains("is in use") && refused.contains("pid"), "{refused}");
        drop(held);
        assert!(DataDir::take(&path).is_ok());
    }

    #[test]
    fn a_file_in_its_place_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(DataDir::take(file.path()).is_err());
    }
}
