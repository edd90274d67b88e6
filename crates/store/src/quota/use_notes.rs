//! Reports of use that are not in the rows yet.
//!
//! With many profiles under load nearly every call comes with a report of its own, and a row written for each would cost
//! more than the call. So a report that only says that leased calls were used is added up here, and appended to a file
//! beside the database: that outlives the process, though not a power cut, after which it shows as unaccounted. From time
//! to time, and at the end, the sums go into the rows; after a crash the files are read first.
//!
//! A file begins to be folded when it is long or old; the next reports go to a new one. How far a file was folded is
//! committed with the rows, so that no use is counted twice. What is noted never decides about admission: leases were
//! deducted before.

mod file;
mod record;

use super::rows;
use domain::limits::{Exchange, Period, QuotaCount, Settlement, SubjectKey};
use domain::time::Timestamp;
use file::NoteFile;
use foldhash::fast::RandomState;
use record::Note;
use rusqlite::Transaction;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

/// A file is folded from this length on, in bytes.
const FOLD_BYTES: u64 = 64 * 1024 * 1024;
/// A file is folded at this age, in microseconds.
const FOLD_AFTER: i64 = 300_000_000;
/// Rows that one transaction writes: bounds how long a lease waits for it.
const FOLD_ROWS: usize = 250;

/// Whose use, in which period.
pub(super) type Noted = (SubjectKey, Timestamp);

/// The notes of one process.
#[derive(Debug)]
pub(super) struct UseNotes {
    database: PathBuf,
    /// What is written to now; `None`: nothing is noted, or the file cannot be made.
    file: Option<NoteFile>,
    /// Sums of `file`.
    sums: HashMap<Noted, u32, RandomState>,
    since: Timestamp,
    /// Number of the last file.
    number: u64,
    /// What goes into the rows at present.
    folding: Option<Folding>,
    has_complained: bool,
}

/// A file on its way into the rows.
#[derive(Debug)]
pub(super) struct Folding {
    path: PathBuf,
    /// Its name, by which the progress is known.
    name: String,
    /// In order.
    sums: Vec<(Noted, u32)>,
    done: usize,
}

impl UseNotes {
    pub(super) fn new(database: &Path) -> Self {
        Self {
            database: database.to_owned(),
            file: None,
            sums: HashMap::default(),
            since: Timestamp(0),
            number: 0,
            folding: None,
            has_complained: false,
        }
    }

    /// Whether an exchange only reports use.
    pub(super) fn is_note(told: &Exchange) -> bool {
        let only_used = |one: &Settlement| one.returned == 0 && one.borrowed == 0;
        told.ask.is_none() && told.settlements.iter().all(only_used)
    }

    /// Takes down reports. Without room on the disk they are known here only, and unaccounted after a crash.
    pub(super) fn add<'a>(&mut self, now: Timestamp, reports: impl Iterator<Item = &'a Exchange>) {
        let mut notes = Vec::new();
        for told in reports {
            for settlement in &told.settlements {
                let whose = (told.key, settlement.period.start);
                let sum = self.sums.entry(whose).or_insert(0);
                *sum = sum.saturating_add(settlement.used);
                notes.push(Note::Used(whose, settlement.used));
            }
        }
        if !notes.is_empty() {
            self.append(now, &notes);
        }
    }

    /// What is noted and not in the rows.
    pub(super) fn used(&self, noted: Noted) -> u32 {
        let folding = self.folding.as_ref().map_or(0, |folding| folding.used(noted));
        folding.saturating_add(self.sums.get(&noted).copied().unwrap_or(0))
    }

    /// The count with what is noted.
    pub(super) fn complete(&self, key: SubjectKey, count: QuotaCount) -> QuotaCount {
        let mut count = count;
        let used = self.used((key, count.period.start));
        settle(&mut count, used);
        count
    }

    /// Drops what is noted of a period that begins anew.
    pub(super) fn forget_period(&mut self, now: Timestamp, noted: Noted) {
        let is_known = self.sums.remove(&noted).is_some();
        let is_folding = self.folding.as_mut().is_some_and(|folding| folding.forget(noted));
        if is_known || is_folding {
            self.append(now, &[Note::Reset(noted)]);
        }
    }

    fn append(&mut self, now: Timestamp, notes: &[Note]) {
        if self.file.is_none() {
            self.since = now;
            let made = NoteFile::create(&self.database, now, self.number);
            self.file = made.map_err(|error| self.complain(&error)).ok();
            self.number = self.file.as_ref().map_or(self.number, NoteFile::number);
        }
        if let Some(file) = &mut self.file
            && let Err(error) = file.append(notes)
        {
            self.complain(&error);
        } else {
            self.has_complained &= self.file.is_none();
        }
    }

    fn complain(&mut self, error: &io::Error) {
        if !self.has_complained {
            tracing::error!(%error, "reports of quota use cannot be written: they would be unaccounted after a crash");
            self.has_complained = true;
        }
    }

    /// Whether the rows should be brought up to date.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let is_old = (now.0 - self.since.0).abs() >= FOLD_AFTER;
        let is_long = self.file.as_ref().is_some_and(|file| file.length() >= FOLD_BYTES);
        self.folding.is_some() || (!self.sums.is_empty() && (is_old || is_long))
    }

    /// What is to be folded next, if anything is.
    pub(super) fn folding(&mut self) -> Option<&mut Folding> {
        if self.folding.is_none() && !self.sums.is_empty() {
            let sums = std::mem::take(&mut self.sums);
            let path = self.file.take().map(|file| file.path().to_owned()).unwrap_or_default();
            self.folding = Some(Folding::new(path, sums));
        }
        self.folding.as_mut()
    }

    /// Takes down how far the rows are; that is committed. Gives the name of a file that is done with and gone.
    pub(super) fn folded(&mut self, end: usize) -> Option<String> {
        let folding = self.folding.as_mut()?;
        folding.folded(end);
        if !folding.is_done() {
            return None;
        }
        self.folding.take()?.remove()
    }

    /// Whether anything is not in the rows.
    pub(super) fn holds_any(&self) -> bool {
        self.folding.is_some() || !self.sums.is_empty()
    }

    /// The files that former processes left, oldest first.
    pub(super) fn left_behind(&self) -> io::Result<Vec<Folding>> {
        let mut all: Vec<Folding> = Vec::new();
        for path in file::left_behind(&self.database)? {
            let (sums, resets) = record::read(&std::fs::read(&path)?);
            for earlier in &mut all {
                for &noted in &resets {
                    earlier.forget(noted);
                }
            }
            all.push(Folding::new(path, sums));
        }
        Ok(all)
    }
}

impl Folding {
    fn new(path: PathBuf, sums: HashMap<Noted, u32, RandomState>) -> Self {
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_unstable_by_key(|&(noted, _)| noted);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { path, name, sums, done: 0 }
    }

    fn used(&self, noted: Noted) -> u32 {
        let found = self.sums.binary_search_by_key(&noted, |&(own, _)| own).ok().filter(|&at| at >= self.done);
        found.and_then(|at| self.sums.get(at)).map_or(0, |&(_, used)| used)
    }

    /// Keeps its place, so that the progress stays what it says.
    fn forget(&mut self, noted: Noted) -> bool {
        let found = self.sums.binary_search_by_key(&noted, |&(own, _)| own).ok();
        let entry = found.and_then(|at| self.sums.get_mut(at));
        entry.is_some_and(|(_, used)| std::mem::take(used) > 0)
    }

    pub(super) fn is_done(&self) -> bool {
        self.done >= self.sums.len()
    }

    /// Goes on from where a former process stopped.
    pub(super) fn resume(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        self.done = rows::folded(tx, &self.name)?;
        Ok(())
    }

    /// Brings some of it into the rows. Gives how far it is, to be told to [`Folding::folded`] once that is committed.
    pub(super) fn fold(&self, tx: &Transaction<'_>) -> rusqlite::Result<usize> {
        let end = self.sums.len().min(self.done + FOLD_ROWS);
        for &((key, start), used) in self.sums.get(self.done..end).unwrap_or_default() {
            // A subject or a period that is gone has no row.
            let period = Period { start, from: start, until: start };
            if used > 0
                && let Some(mut count) = rows::find_count(tx, key, period)?
            {
                settle(&mut count, used);
                rows::save_count(tx, key, &count)?;
            }
        }
        rows::save_folded(tx, &self.name, end)?;
        Ok(end)
    }

    pub(super) fn folded(&mut self, end: usize) {
        self.done = end;
    }

    /// Removes the file after its end was committed. Gives its name if it is gone.
    pub(super) fn remove(self) -> Option<String> {
        if self.path.as_os_str().is_empty() {
            return Some(self.name);
        }
        match std::fs::remove_file(&self.path) {
            Ok(()) => Some(self.name),
            Err(error) => {
                let path = self.path.display();
                tracing::error!(%error, %path, "a file of quota use that was taken over cannot be removed");
                None
            }
        }
    }
}

fn settle(count: &mut QuotaCount, used: u32) {
    count.settle(&Settlement { period: count.period, used, returned: 0, borrowed: 0 });
}
