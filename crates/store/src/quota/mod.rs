//! Counts of usage quotas: the authority that deducts calls before they are admitted.
//!
//! How it works: one SQLite file of its own (`quota.db`), so that no transaction on the control database delays a
//! lease. One thread writes it, fed by a bounded queue; each call here is one transaction in WAL mode with
//! `synchronous = FULL`, however many subjects it is for. There is one row per subject and period start, kept for 400
//! days past its end, so that a clock that goes back finds its old count.
//!
//! Reports that only say what was used do not go into the rows one by one: `use_notes.rs`.
//!
//! One process at a time opens the file (it holds the data directory's lock). What is in leases when it is opened was
//! held by a process that ended without giving it back: it stays deducted and is shown as unaccounted. Only in a
//! takeover two work with the file for a while: each transaction is whole, and the leases of both are deducted.
//!
//! Any number of tasks may call at once. When the file is locked, full or damaged, calls answer
//! [`QuotaError::Unavailable`] and nothing is half done; the connection is opened anew for the next call.

mod count;
mod error;
mod exchange;
mod rows;
mod schema;
mod use_notes;
mod writer;

pub use error::QuotaError;

use domain::limits::{Exchange, Leased, QuotaBasis, QuotaCount, QuotaTerms, SubjectKey};
use domain::time::Timestamp;
use rusqlite::Transaction;
use std::path::Path;
use std::sync::Arc;
use writer::{Former, Writer};

/// File name of the counts in the data directory.
pub const QUOTA_DB: &str = "quota.db";

/// The counts of one node. Cheap to clone; clones share the writing thread, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct QuotaStore {
    writer: Writer,
}

impl QuotaStore {
    /// Opens the file and makes it where there is none. Leases that a former process left open are closed as
    /// unaccounted. Blocks until that is done.
    pub fn open(path: &Path) -> Result<Self, QuotaError> {
        crate::store::create_file(path)
            .map_err(|error| QuotaError::File { path: path.display().to_string(), why: error.to_string() })?;
        Ok(Self { writer: Writer::start(path, Former::Ended)? })
    }

    /// Opens the file beside a process that still works with it and hands over to this one: its leases stay open.
    /// Blocks until that is done.
    pub fn open_beside(path: &Path) -> Result<Self, QuotaError> {
        Ok(Self { writer: Writer::start(path, Former::Runs)? })
    }

    /// Takes down what each subject tells and leases what it asks for, in one transaction. Answers in the same order:
    /// the lease, where one was asked for.
    pub async fn exchange(&self, now: Timestamp, batch: Arc<[Exchange]>) -> Result<Vec<Option<Leased>>, QuotaError> {
        let answers = self.writer.call(move |database| database.exchange(now, &batch)).await?;
        self.writer.tidy(now);
        Ok(answers)
    }

    /// Puts other periods in force for subjects that were counted before: a new period begins now, with nothing
    /// counted. Subjects whose periods stay the same, and unknown ones, are left as they are.
    pub async fn rebase(&self, now: Timestamp, subjects: Vec<(SubjectKey, QuotaBasis)>) -> Result<(), QuotaError> {
        self.writer.run(move |tx| count::rebase(tx, now, &subjects)).await
    }

    /// Adds calls for the present period.
    pub async fn grant(&self, now: Timestamp, terms: QuotaTerms, amount: u32) -> Result<QuotaCount, QuotaError> {
        let key = terms.key;
        let change = move |tx: &Transaction<'_>| count::change(tx, now, &terms, |count| count.grant(amount));
        self.writer
            .call(move |database| database.in_transaction(change).map(|count| database.complete(key, count)))
            .await
    }

    /// Puts the present period back to its beginning: nothing used, granted or unaccounted. Leases must be given back
    /// before.
    pub async fn reset(&self, now: Timestamp, terms: QuotaTerms) -> Result<QuotaCount, QuotaError> {
        self.writer.call(move |database| database.reset(now, &terms)).await
    }

    /// The counts of the present periods, in the order of the subjects. Changes nothing.
    pub async fn read(&self, now: Timestamp, subjects: Vec<QuotaTerms>) -> Result<Vec<QuotaCount>, QuotaError> {
        self.writer.call(move |database| database.read(now, &subjects)).await
    }

    /// Who has unaccounted calls, in any period.
    pub async fn unaccounted(&self) -> Result<Vec<SubjectKey>, QuotaError> {
        self.writer.run(rows::unaccounted).await
    }

    /// Takes it that the unaccounted calls of the present period were used. Says how many they were: so many may be
    /// granted again.
    pub async fn account(&self, now: Timestamp, terms: QuotaTerms) -> Result<u32, QuotaError> {
        let change = move |tx: &Transaction<'_>| {
            let mut calls = 0;
            count::change(tx, now, &terms, |count| calls = count.account())?;
            Ok(calls)
        };
        self.writer.run(change).await
    }

    /// Forgets subjects that are gone.
    pub async fn forget(&self, subjects: Vec<SubjectKey>) -> Result<(), QuotaError> {
        self.writer.run(move |tx| count::forget(tx, &subjects)).await
    }

    /// Folds the write-ahead log into the file and closes it. Waits for calls that are under way.
    pub async fn close(&self) {
        self.writer.close().await;
    }
}
