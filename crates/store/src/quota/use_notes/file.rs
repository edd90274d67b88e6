//! The files of notes: `quota.use.<number>` beside the database. Each belongs to the process that made it.

use super::record::{self, Note};
use domain::time::Timestamp;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Tries to find a free number. Another process makes few.
const TRIES: u64 = 1000;

/// A file that is written.
#[derive(Debug)]
pub(super) struct NoteFile {
    file: File,
    path: PathBuf,
    length: u64,
    bytes: Vec<u8>,
}

impl NoteFile {
    /// Makes a file with a number that no other has or had: the time, or more than all that are known. (How far a file
    /// was folded is known by its name, for a while even after it is gone.)
    pub(super) fn create(database: &Path, now: Timestamp, former: u64) -> io::Result<Self> {
        let known = left_behind(database)?.last().and_then(|path| number(path)).unwrap_or(0);
        let last = former.max(known).max(u64::try_from(now.0).unwrap_or(0));
        let mut options = OpenOptions::new();
        options.create_new(true).append(true).mode(0o600);
        for number in last + 1..last + TRIES {
            let path = database.with_extension(format!("use.{number}"));
            match options.open(&path) {
                Ok(file) => return Ok(Self { file, path, length: 0, bytes: Vec::new() }),
                Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Appends notes in one write.
    pub(super) fn append(&mut self, notes: &[Note]) -> io::Result<()> {
        self.bytes.clear();
        record::encode(notes, &mut self.bytes);
        let written = self.file.write_all(&self.bytes);
        if written.is_err() {
            // A torn block would hide all that follow it.
            self.file.set_len(self.length)?;
        } else {
            self.length += u64::try_from(self.bytes.len()).unwrap_or(0);
        }
        written
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// By which it is known.
    pub(super) fn number(&self) -> u64 {
        number(&self.path).unwrap_or(0)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The files that there are, oldest first.
pub(super) fn left_behind(database: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stem = database.file_stem().unwrap_or_default();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_ours = path.file_name().is_some_and(|name| {
            let name = name.to_string_lossy();
            name.strip_prefix(&*stem.to_string_lossy()).is_some_and(|rest| rest.starts_with(".use."))
        });
        if is_ours && number(&path).is_some() {
            found.push(path);
        }
    }
    found.sort_by_key(|path| number(path));
    Ok(found)
}

fn number(path: &Path) -> Option<u64> {
    path.extension()?.to_str()?.parse().ok()
}
