//! The one thread that reads and writes the quota file.

use super::error::QuotaError;
use super::{rows, schema};
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

/// The way to the thread.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Opens the file and starts its thread.
    pub(super) fn start(path: &Path) -> Result<Self, QuotaError> {
        let mut database = Database { path: path.to_owned(), connection: None, pruned_at: None };
        schema::prepare(database.connection()?)?;
        let stranded = database.in_transaction(rows::strand)?;
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
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |database| {
            // Whoever asked may have given up; the work is done all the same.
            let _ = answer.send(database.in_transaction(work));
        });
        self.jobs.send(job).await.map_err(|_| QuotaError::Closed)?;
        answered.await.map_err(|_| QuotaError::Closed)?
    }

    /// Deletes some of what is too old, when the thread has nothing else to do.
    pub(super) fn prune(&self, now: Timestamp) {
        // With a full queue there is no time for it.
        let _ = self.jobs.try_send(Box::new(move |database: &mut Database| database.prune(now)));
    }

    /// Closes the file.
    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |database| {
            database.connection = None;
            let _ = answer.send(());
        });
        if self.jobs.send(job).await.is_ok() {
            let _ = answered.await;
        }
    }
}

struct Database {
    path: PathBuf,
    /// `None` after an error that a new connection may mend.
    connection: Option<Connection>,
    pruned_at: Option<Timestamp>,
}

impl Database {
    fn connection(&mut self) -> Result<&mut Connection, QuotaError> {
        if self.connection.is_none() {
            self.connection = Some(connect(&self.path)?);
        }
        self.connection.as_mut().ok_or(QuotaError::Closed)
    }

    /// All or nothing: on an error nothing was changed.
    fn in_transaction<T>(
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
