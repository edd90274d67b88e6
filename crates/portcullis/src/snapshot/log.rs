//! The log of a generation: one entry for each step of the directory, appended and synced.

use super::FORMAT;
use super::files::{checksum, create, log_path, numbers, sync_folder};
use domain::ids::Revision;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

/// A log that is written.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    bytes: u64,
}

impl Log {
    /// Begins a log: the directory is at this revision.
    pub(super) fn create(folder: &Path, generation: u64, schema: i64, from: Revision) -> io::Result<Self> {
        let head = format!("portcullis-directory-log {FORMAT} {schema} {}", from.0);
        let head = format!("{head} {}\n", checksum(&head, ""));
        let mut file = create(&log_path(folder, generation))?;
        file.write_all(head.as_bytes())?;
        file.sync_all()?;
        sync_folder(folder)?;
        Ok(Self { file, bytes: head.len() as u64 })
    }

    /// Appends what was touched between two revisions. On the disk when this returns.
    pub(super) fn append(&mut self, from: Revision, to: Revision, rows: &str) -> io::Result<()> {
        let head = format!("step {} {} {}", from.0, to.0, rows.len());
        let entry = format!("{head} {}\n{rows}", checksum(&head, rows));
        self.file.write_all(entry.as_bytes())?;
        self.file.sync_data()?;
        self.bytes += entry.len() as u64;
        Ok(())
    }

    /// Its length.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Notes in the file's time that the directory is as new as the database now.
    pub(super) fn touch(&self, now: SystemTime) -> io::Result<()> {
        self.file.set_modified(now)
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) from: Revision,
    pub(super) to: Revision,
    pub(super) rows: String,
}

/// A log as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ReadLog {
    pub(super) schema: i64,
    /// Where it begins.
    pub(super) from: Revision,
    pub(super) steps: Vec<Step>,
}

/// Reads a log. What a power cut left half written at its end is left out; any other damage is an error. `None`: not even
/// its beginning was written, so nothing was ever reported as written to it.
pub(super) fn read(folder: &Path, generation: u64) -> Result<Option<ReadLog>, String> {
    let bytes = fs::read(log_path(folder, generation)).map_err(|error| error.to_string())?;
    let damaged = || "it is damaged".to_owned();
    if is_unwritten(&bytes) {
        return Ok(None);
    }
    let (head, mut rest) = line(&bytes).ok_or_else(damaged)?;
    let (head, sum) = head.rsplit_once(' ').ok_or_else(damaged)?;
    let [format, schema, from] = numbers(head, "portcullis-directory-log").ok_or_else(damaged)?;
    if sum != checksum(head, "") {
        return Err("its checksum is wrong".to_owned());
    }
    if format != i64::from(FORMAT) {
        return Err(format!("its format {format} is not that of this program"));
    }
    let mut read = ReadLog { schema, from: Revision(from), steps: Vec::new() };
    while !rest.is_empty() {
        match next(rest) {
            Next::Step(step, after) => {
                read.steps.push(step);
                rest = after;
            }
            Next::Torn => return Ok(Some(read)),
            Next::Damaged => return Err(damaged()),
        }
    }
    Ok(Some(read))
}

enum Next<'a> {
    Step(Step, &'a [u8]),
    /// The last entry, which was never reported as written.
    Torn,
    Damaged,
}

/// Longest first line of an entry.
const HEAD_BYTES: usize = 160;

fn next(bytes: &[u8]) -> Next<'_> {
    if is_unwritten(bytes) {
        return Next::Torn;
    }
    let Some((head, rest)) = line(bytes) else { return Next::Damaged };
    let Some((head, sum)) = head.rsplit_once(' ') else { return Next::Damaged };
    let Some([from, to, length]) = numbers(head, "step") else { return Next::Damaged };
    let Some((rows, after)) = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length)) else {
        return Next::Torn;
    };
    match std::str::from_utf8(rows) {
        Ok(rows) if checksum(head, rows) == sum => {
            Next::Step(Step { from: Revision(from), to: Revision(to), rows: rows.to_owned() }, after)
        }
        Ok(_) | Err(_) if after.is_empty() => Next::Torn,
        Ok(_) | Err(_) => Next::Damaged,
    }
}

/// Nothing, the beginning of a first line, or zeros: a file may have grown before its contents were on the disk.
fn is_unwritten(bytes: &[u8]) -> bool {
    let is_short = bytes.len() < HEAD_BYTES && !bytes.contains(&b'\n');
    is_short || bytes.iter().all(|byte| *byte == 0)
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().take(HEAD_BYTES).position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((std::str::from_utf8(line).ok()?, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_log(folder: &Path) -> Vec<Step> {
        let mut log = Log::create(folder, 1, 4, Revision(10)).unwrap();
        let steps = [(10, 11, "!client 1\n"), (11, 14, ""), (14, 15, "!client 2\nclients [2]\n")];
        let steps = steps.map(|(from, to, rows)| {
            let step = Step { from: Revision(from), to: Revision(to), rows: rows.to_owned() };
            log.append(step.from, step.to, &step.rows).unwrap();
            step
        });
        steps.to_vec()
    }

    #[test]
    fn a_log_is_read_back_and_one_cut_anywhere_gives_its_whole_steps() {
        let folder = tempfile::tempdir().unwrap();
        let steps = a_log(folder.path());
        let read_back = read(folder.path(), 1).unwrap();
        assert_eq!(read_back.unwrap(), ReadLog { schema: 4, from: Revision(10), steps: steps.clone() });
        let path = log_path(folder.path(), 1);
        let whole = fs::read(&path).unwrap();
        let head = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let mut most = 0;
        for at in 0..head {
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(read(folder.path(), 1).unwrap(), None, "cut at {at}");
        }
        for at in head..whole.len() {
            fs::write(&path, &whole[..at]).unwrap();
            let cut = read(folder.path(), 1).unwrap().unwrap().steps;
            assert!(cut.len() < 3 && cut.len() >= most && steps.starts_with(&cut), "cut at {at}");
            most = cut.len();
            let mut grown = whole[..at].to_vec();
            grown.resize(whole.len() + 512, 0);
            fs::write(&path, &grown).unwrap();
            let grown = read(folder.path(), 1);
            assert!(grown.is_err() || steps.starts_with(&grown.unwrap().unwrap().steps), "zeros from {at}");
        }
        assert_eq!(most, 2);
    }

    #[test]
    fn a_changed_byte_is_damage_unless_it_is_in_the_last_step() {
        let folder = tempfile::tempdir().unwrap();
        let steps = a_log(folder.path());
        let path = log_path(folder.path(), 1);
        let whole = fs::read(&path).unwrap();
        let last = whole.windows(8).rposition(|part| part == b"step 14 ").unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            if let Ok(read) = read(folder.path(), 1) {
                assert!(at >= last && read.unwrap().steps == steps[..2], "byte {at}");
            }
        }
    }
}
