//! The one thread that reads and writes the quota file.

use super::error::QuotaError;
use super::use_notes::UseNotes;
use super::{count, exchange, rows, schema};
use domain::limits::{Exchange, Leased, QuotaCount, QuotaTerms, SubjectKey};
use domain::time::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Calls that may wait at once.
const QUEUE: usize = 64;
/// How long another program's lock is waited for.
const LOCK_WAIT: Duration = Duration::from_millis(200);
/// Statements kept prepared.
const STATEMENTS: usize = 16;
/// How long counts are kept from the start of their period, in microseconds: 400 days past the end of the longest one, a year,
/// so that a clock that goes back over the end of a year finds its old count.
const KEEP: i64 = (366 + 400) * 86_400_000_000;
/// Old counts deleted at a time.
const PRUNED_AT_ONCE: u32 = 500;

type Job = Box<dyn FnOnce(&mut Database) + Send>;

/// What is known of the process that held the file before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Former {
    /// It has ended: nobody uses what is in its leases.
    Ended,
    /// It still runs, with its leases.
    Runs,
}

/// The way to the thread.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Opens the file and starts its thread.
    pub(super) fn start(path: &Path, former: Former) -> Result<Self, QuotaError> {
        let mut database = Database {
            path: path.to_owned(),
            connection: None,
            pruned_at: None,
            notes: UseNotes::new(path),
            folded: Vec::new(),
        };
        schema::prepare(database.connection()?)?;
        let stranded = match former {
            Former::Ended => {
                database.take_over_notes()?;
                database.in_transaction(rows::strand)?
            }
            Former::Runs => 0,
        };
        if stranded > 0 {
            tracing::warn!(periods = stranded, "leased calls of a process that did not stop cleanly are unaccounted");
        }
        let (jobs, mut waiting) = mpsc::channel::<Job>(QUEUE);
        let serve = move || {
            while let Some(job) = waiting.blocking_recv() {
                job(&mut database);
            }
        };
        std::thread::Builder::new()
            .name("quota".to_owned())
            .spawn(serve)
            .map_err(|error| QuotaError::File { path: path.display().to_string(), why: error.to_string() })?;
        Ok(Self { jobs })
    }

    /// Runs one transaction.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, QuotaError> {
        self.call(move |database| database.in_transaction(work)).await
    }

    /// Runs work on the thread.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Database) -> Result<T, QuotaError> + Send + 'static,
    ) -> Result<T, QuotaError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |database| {
            // Whoever asked may have given up; the work is done all the same.
            let _ = answer.send(work(database));
        });
        self.jobs.send(job).await.map_err(|_| QuotaError::Closed)?;
        answered.await.map_err(|_| QuotaError::Closed)?
    }

    /// Deletes some of what is too old, and folds some of what was noted, when the thread has nothing else to do.
    pub(super) fn tidy(&self, now: Timestamp) {
        // With a full queue there is no time for it.
        let _ = self.jobs.try_send(Box::new(move |database: &mut Database| {
            database.prune(now);
            database.fold_some(now);
        }));
    }

    /// Closes the file.
    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |database| {
            database.fold_all();
            database.connection = None;
            let _ = answer.send(());
        });
        if self.jobs.send(job).await.is_ok() {
            let _ = answered.await;
        }
    }
}

pub(super) struct Database {
    path: PathBuf,
    /// `None` after an error that a new connection may mend.
    connection: Option<Connection>,
    pruned_at: Option<Timestamp>,
    notes: UseNotes,
    /// Files of notes that are gone, whose progress is to be forgotten.
    folded: Vec<String>,
}

impl Database {
    fn connection(&mut self) -> Result<&mut Connection, QuotaError> {
        if self.connection.is_none() {
            self.connection = Some(connect(&self.path)?);
        }
        self.connection.as_mut().ok_or(QuotaError::Closed)
    }

    /// All or nothing: on an error nothing was changed.
    pub(super) fn in_transaction<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, QuotaError> {
        let done = self.connection().and_then(|connection| {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&tx)?;
            tx.commit()?;
            Ok(value)
        });
        if let Err(QuotaError::Unavailable(error)) = &done
            && !is_passing(error)
        {
            self.connection = None;
        }
        done
    }

    /// Takes down what each subject tells and leases what it asks for; all or nothing.
    pub(super) fn exchange(&mut self, now: Timestamp, batch: &[Exchange]) -> Result<Vec<Option<Leased>>, QuotaError> {
        let answers = if batch.iter().all(UseNotes::is_note) {
            vec![None; batch.len()]
        } else {
            self.in_transaction(|tx| exchange::exchange(tx, now, batch))?
        };
        self.notes.add(now, batch.iter().filter(|told| UseNotes::is_note(told)));
        Ok(answers)
    }

    /// A count of the rows, with what is noted.
    pub(super) fn complete(&self, key: SubjectKey, count: QuotaCount) -> QuotaCount {
        self.notes.complete(key, count)
    }

    /// Puts the present period back to its beginning.
    pub(super) fn reset(&mut self, now: Timestamp, terms: &QuotaTerms) -> Result<QuotaCount, QuotaError> {
        let begin_anew = |count: &mut QuotaCount| *count = QuotaCount::new(count.period);
        let count = self.in_transaction(|tx| count::change(tx, now, terms, begin_anew))?;
        self.notes.forget_period(now, (terms.key, count.period.start));
        Ok(count)
    }

    /// The counts of the present periods.
    pub(super) fn read(&mut self, now: Timestamp, subjects: &[QuotaTerms]) -> Result<Vec<QuotaCount>, QuotaError> {
        let counts = self.in_transaction(|tx| count::read(tx, now, subjects))?;
        Ok(subjects.iter().zip(counts).map(|(terms, count)| self.notes.complete(terms.key, count)).collect())
    }

    /// Brings what former processes noted into the rows.
    fn take_over_notes(&mut self) -> Result<(), QuotaError> {
        let unreadable = |error: std::io::Error| QuotaError::File {
            path: self.path.display().to_string(),
            why: format!("its reports of use cannot be read: {error}"),
        };
        for mut folding in self.notes.left_behind().map_err(unreadable)? {
            self.in_transaction(|tx| folding.resume(tx))?;
            while !folding.is_done() {
                let end = self.in_transaction(|tx| folding.fold(tx))?;
                folding.folded(end);
            }
            if folding.remove().is_none() {
                // Its progress must stay known: it is found again at the next start.
                return Ok(());
            }
        }
        self.in_transaction(rows::forget_all_folded)
    }

    /// Brings some of what was noted into the rows, if that is due.
    fn fold_some(&mut self, now: Timestamp) {
        if self.notes.is_due(now)
            && let Err(error) = self.fold()
        {
            tracing::warn!(%error, "reports of quota use could not be added to the counts; trying again");
        }
    }

    /// Brings all of it into the rows, before the end.
    fn fold_all(&mut self) {
        while self.notes.holds_any() {
            if let Err(error) = self.fold() {
                tracing::error!(%error, "reports of quota use could not be added to the counts; the next start does it");
                return;
            }
        }
    }

    fn fold(&mut self) -> Result<(), QuotaError> {
        let mut notes = std::mem::replace(&mut self.notes, UseNotes::new(&self.path));
        let gone = std::mem::take(&mut self.folded);
        let folded = match notes.folding() {
            Some(folding) => self.in_transaction(|tx| {
                gone.iter().try_for_each(|name| rows::forget_folded(tx, name))?;
                folding.fold(tx).map(Some)
            }),
            None => Ok(None),
        };
        match &folded {
            Ok(Some(end)) => self.folded.extend(notes.folded(*end)),
            Ok(None) | Err(_) => self.folded = gone,
        }
        self.notes = notes;
        folded.map(drop)
    }

    fn prune(&mut self, now: Timestamp) {
        let due = self.pruned_at.is_none_or(|last| (now.0 - last.0).abs() >= PRUNE_EVERY);
        if !due {
            return;
        }
        let before = Timestamp(now.0.saturating_sub(KEEP));
        match self.in_transaction(|tx| rows::prune(tx, before, PRUNED_AT_ONCE)) {
            // There may be more: go on at the next opportunity.
            Ok(deleted) if deleted >= PRUNED_AT_ONCE as usize => {}
            Ok(_) => self.pruned_at = Some(now),
            Err(error) => {
                tracing::warn!(%error, "old quota counts could not be deleted");
                self.pruned_at = Some(now);
            }
        }
    }
}

/// Between two looks for what is too old, in microseconds.
const PRUNE_EVERY: i64 = 3_600_000_000;

fn connect(path: &Path) -> Result<Connection, QuotaError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(LOCK_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "trusted_schema", "off")?;
    Ok(connection)
}

/// Whether the same connection may well do better next time.
fn is_passing(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull))
}
