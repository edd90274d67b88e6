//! Names and forms of the files.

use super::FORMAT;
use aws_lc_rs::digest::{SHA256, digest};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use store::DirectoryCopy;

const SNAPSHOT: &str = "snapshot";
const LOG: &str = "log";
const NEW: &str = "snapshot.new";

/// Where a generation's snapshot is.
pub(super) fn snapshot_path(folder: &Path, generation: u64) -> PathBuf {
    folder.join(format!("directory-{generation}.{SNAPSHOT}"))
}

/// Where a generation's log is.
pub(super) fn log_path(folder: &Path, generation: u64) -> PathBuf {
    folder.join(format!("directory-{generation}.{LOG}"))
}

/// The generations of which there is a snapshot, and those of which there is a log; each in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Present {
    pub(super) snapshots: Vec<u64>,
    pub(super) logs: Vec<u64>,
    /// Never finished.
    pub(super) drafts: Vec<PathBuf>,
}

/// Looks what there is.
pub(super) fn present(folder: &Path) -> io::Result<Present> {
    let mut found = Present::default();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some((generation, kind)) = name.to_str().and_then(parse) else { continue };
        match kind {
            SNAPSHOT => found.snapshots.push(generation),
            LOG => found.logs.push(generation),
            _ => found.drafts.push(entry.path()),
        }
    }
    found.snapshots.sort_unstable();
    found.logs.sort_unstable();
    Ok(found)
}

fn parse(name: &str) -> Option<(u64, &str)> {
    let (generation, kind) = name.strip_prefix("directory-")?.split_once('.')?;
    let generation = generation.parse().ok()?;
    matches!(kind, SNAPSHOT | LOG | NEW).then_some((generation, kind))
}

/// Whether a copy was kept in this data directory.
pub(crate) fn has_any(folder: &Path) -> bool {
    present(folder).is_ok_and(|found| !found.snapshots.is_empty())
}

/// Removes files; those that are not there are no fault. They are gone for good when this returns.
pub(super) fn remove(folder: &Path, paths: impl IntoIterator<Item = PathBuf>) -> io::Result<()> {
    for path in paths {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    sync_folder(folder)
}

/// Makes names last through a power cut.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes a file that only its owner may read.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Writes a snapshot whole, or leaves none.
pub(super) fn write_snapshot(folder: &Path, generation: u64, copy: &DirectoryCopy) -> io::Result<()> {
    let draft = folder.join(format!("directory-{generation}.{NEW}"));
    let written = write_draft(&draft, copy)
        .and_then(|()| fs::rename(&draft, snapshot_path(folder, generation)))
        .and_then(|()| sync_folder(folder));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

fn write_draft(draft: &Path, copy: &DirectoryCopy) -> io::Result<()> {
    let DirectoryCopy { revision, schema, rows } = copy;
    let head = format!("portcullis-directory {FORMAT} {schema} {} {}\n", revision.0, rows.len());
    let mut file = create(draft)?;
    file.write_all(head.as_bytes())?;
    file.write_all(rows.as_bytes())?;
    file.write_all(format!("{}\n", checksum(&head, rows)).as_bytes())?;
    file.sync_all()
}

/// Reads a snapshot back; the message says what is wrong with it.
pub(super) fn read_snapshot(path: &Path) -> Result<DirectoryCopy, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let damaged = || "it is damaged".to_owned();
    let (head, rest) = text.split_once('\n').ok_or_else(damaged)?;
    let [format, schema, revision, bytes] = numbers(head, "portcullis-directory").ok_or_else(damaged)?;
    if format != i64::from(FORMAT) {
        return Err(format!("its format {format} is not that of this program"));
    }
    let bytes = usize::try_from(bytes).map_err(|_| damaged())?;
    let (rows, end) = rest.split_at_checked(bytes).ok_or_else(damaged)?;
    if end.trim_end() != checksum(&format!("{head}\n"), rows) {
        return Err("its checksum is wrong".to_owned());
    }
    Ok(DirectoryCopy { revision: domain::ids::Revision(revision), schema, rows: rows.to_owned() })
}

/// The numbers after a word.
pub(super) fn numbers<const N: usize>(line: &str, word: &str) -> Option<[i64; N]> {
    let rest = line.strip_prefix(word)?.strip_prefix(' ')?;
    let numbers: Vec<i64> = rest.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    numbers.try_into().ok()
}

/// Of a head and what follows it.
pub(super) fn checksum(head: &str, body: &str) -> String {
    let (head, body) = (digest(&SHA256, head.as_bytes()), digest(&SHA256, body.as_bytes()));
    let both = digest(&SHA256, &[head.as_ref(), body.as_ref()].concat());
    both.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::Revision;

    #[test]
    fn a_snapshot_is_read_back_as_it_was_and_any_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let copy = DirectoryCopy { revision: Revision(7), schema: 3, rows: "clients [1,\"ü\"]\n".to_owned() };
        write_snapshot(folder.path(), 5, &copy).unwrap();
        let path = snapshot_path(folder.path(), 5);
        let read = read_snapshot(&path).unwrap();
        assert_eq!((read.revision, read.schema, read.rows), (copy.revision, copy.schema, copy.rows));
        assert_eq!(present(folder.path()).unwrap(), Present { snapshots: vec![5], ..Present::default() });
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() - 1 {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert!(read_snapshot(&path).is_err(), "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(read_snapshot(&path).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn only_files_of_generations_are_ours() {
        for other in ["directory-x.log", "directory-1", "directory-1.txt", "control.db", "directory-.snapshot"] {
            assert_eq!(parse(other), None, "{other}");
        }
        assert_eq!(parse("directory-12.snapshot.new"), Some((12, NEW)));
    }
}
