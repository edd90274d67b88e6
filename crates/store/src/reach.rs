//! Whether the control database can be used, and why not.

use crate::error::StoreError;
use sqlx::error::DatabaseError;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Why the control database cannot be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// There is no file.
    Missing,
    /// There is another file in its place, which is not open yet.
    Replaced,
    /// Another program holds its locks.
    Locked,
    /// The file is no database, or a damaged one.
    Damaged,
    /// It cannot be written.
    ReadOnly,
    /// The disk is full.
    DiskFull,
    /// It does not answer in time.
    Slow,
    /// The system gives an error for it.
    Unreadable,
}

impl Away {
    /// A stable word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Replaced => "replaced",
            Self::Locked => "locked",
            Self::Damaged => "damaged",
            Self::ReadOnly => "read_only",
            Self::DiskFull => "disk_full",
            Self::Slow => "slow",
            Self::Unreadable => "unreadable",
        }
    }

    /// In words, as a sentence about the database goes on.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Missing => "its file is missing",
            Self::Replaced => "another file has come in its place",
            Self::Locked => "another program holds its locks",
            Self::Damaged => "its file is damaged",
            Self::ReadOnly => "its file cannot be written",
            Self::DiskFull => "the disk is full",
            Self::Slow => "it does not answer in time; another program may hold its locks",
            Self::Unreadable => "the system cannot read or write its file",
        }
    }

    /// From the engine's error.
    fn of(error: &dyn DatabaseError) -> Self {
        let code = error.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default();
        // Primary result codes of SQLite.
        match code & 0xff {
            5 | 6 | 15 => Self::Locked,
            8 => Self::ReadOnly,
            11 | 26 => Self::Damaged,
            13 => Self::DiskFull,
            _ => Self::Unreadable,
        }
    }
}

impl std::fmt::Display for Away {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.in_words())
    }
}

impl StoreError {
    /// Why the database cannot be used, where that is what the error says. `None`: the database is there, and something
    /// else is wrong.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of the system's many errors these are told apart")]
    pub fn away(&self) -> Option<Away> {
        match self {
            Self::Away(why) => Some(*why),
            Self::Damaged(_) => Some(Away::Damaged),
            Self::NotThere => Some(Away::Missing),
            Self::File { source, .. } => Some(match source.kind() {
                ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Away::ReadOnly,
                ErrorKind::StorageFull => Away::DiskFull,
                ErrorKind::NotFound => Away::Missing,
                _ => Away::Unreadable,
            }),
            Self::Unavailable(sqlx::Error::PoolTimedOut) => Some(Away::Slow),
            Self::Unavailable(error) => Some(error.as_database_error().map_or(Away::Unreadable, Away::of)),
            Self::NotFound { .. }
            | Self::Invalid(_)
            | Self::InUse { .. }
            | Self::NewerSchema { .. }
            | Self::NoKey
            | Self::WrongKey
            | Self::BadKey(_)
            | Self::Sealed
            | Self::NoRandom
            | Self::Corrupt(_) => None,
        }
    }
}

/// Which file it is, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
    /// When it was made, in nanoseconds, where the file system tells: numbers of deleted files are used again.
    born: u128,
}

impl FileId {
    /// That of the file at a path; `None` without one.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        let born = found.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Some(Self { device: found.dev(), inode: found.ino(), born: born.map_or(0, |born| born.as_nanos()) })
    }
}

/// A database file and the write-ahead log that belongs to it, as they were opened. The engine leaves the log where it is
/// when the file was moved away, and would take it for that of whatever file comes in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenFiles {
    database: FileId,
    log: Option<FileId>,
}

impl OpenFiles {
    /// Those at a path, just opened.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        Some(Self { database: FileId::at(path)?, log: FileId::at(&log_path(path)) })
    }

    /// Whether the database file is still at the path; `None`: there is none.
    pub(crate) fn is_at(self, path: &Path) -> Option<bool> {
        FileId::at(path).map(|present| present == self.database)
    }

    /// Puts the log of a lost database aside if another file is in that one's place.
    pub(crate) fn set_log_aside(self, path: &Path) -> std::io::Result<()> {
        let log = log_path(path);
        if self.is_at(path) == Some(false) && self.log.is_some() && FileId::at(&log) == self.log {
            tracing::warn!("another database is in place of the lost one: the log of that one is put aside");
            fs::rename(log, aside_path(path, self.database))?;
        }
        Ok(())
    }
}

/// Puts the log of a database back that was put aside when that was lost.
pub(crate) fn put_log_back(path: &Path) -> std::io::Result<()> {
    let Some(database) = FileId::at(path) else { return Ok(()) };
    let aside = aside_path(path, database);
    if aside.exists() { fs::rename(aside, log_path(path)) } else { Ok(()) }
}

fn log_path(path: &Path) -> PathBuf {
    with_end(path, "-wal")
}

fn aside_path(path: &Path, FileId { device, inode, born }: FileId) -> PathBuf {
    with_end(path, &format!("-wal.of-{device}-{inode}-{born}"))
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
