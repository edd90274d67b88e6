//! Decides when the copy is written: soon after a set changed, seldom while only times of fetching did.

use super::copy;
use super::entry::Kept;
use super::schedule::later;
use domain::terms::KeySource;
use domain::time::Monotonic;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_blocking};

/// Between two copies that differ in times only. A crash makes sets look older by so much.
const TIMES_EVERY: Duration = Duration::from_mins(10);
/// After a copy that failed.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// What the copy on the disk lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lacks {
    Nothing,
    Times,
    Sets,
}

/// The one who writes the copy.
#[derive(Debug)]
pub(super) struct Saver {
    path: PathBuf,
    lacks: Lacks,
    times_due: Monotonic,
    retry_at: Monotonic,
    failing: bool,
    writing: Option<(Lacks, JoinHandle<io::Result<()>>)>,
}

impl Saver {
    pub(super) fn new(path: PathBuf, now: Monotonic) -> Self {
        Self {
            path,
            lacks: Lacks::Nothing,
            times_due: later(now, TIMES_EVERY),
            retry_at: now,
            failing: false,
            writing: None,
        }
    }

    /// Notes that something changed.
    pub(super) fn note(&mut self, lacks: Lacks) {
        self.lacks = self.lacks.max(lacks);
    }

    /// Writes if it is time to. Never waits: the disk is waited for on another thread.
    pub(super) async fn save_if_due(&mut self, now: Monotonic, sets: impl FnOnce() -> Vec<(KeySource, Kept)>) {
        if self.writing.as_ref().is_some_and(|(_, writing)| !writing.is_finished()) {
            return;
        }
        self.finish(now).await;
        let due = match self.lacks {
            Lacks::Nothing => false,
            Lacks::Times => now >= self.times_due,
            Lacks::Sets => true,
        };
        if due && now >= self.retry_at {
            self.begin(sets());
        }
    }

    /// Writes what is missing, and waits for it.
    pub(super) async fn save_now(&mut self, now: Monotonic, sets: impl FnOnce() -> Vec<(KeySource, Kept)>) {
        self.finish(now).await;
        if self.lacks != Lacks::Nothing {
            self.begin(sets());
            self.finish(now).await;
        }
    }

    fn begin(&mut self, sets: Vec<(KeySource, Kept)>) {
        let path = self.path.clone();
        let writing = spawn_blocking(move || copy::write(&path, sets));
        self.writing = Some((std::mem::replace(&mut self.lacks, Lacks::Nothing), writing));
    }

    async fn finish(&mut self, now: Monotonic) {
        let Some((lacked, writing)) = self.writing.take() else { return };
        let written = writing.await.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        match written {
            Ok(()) => {
                if self.failing {
                    tracing::info!("key sets are copied to the disk again");
                }
                self.failing = false;
                self.times_due = later(now, TIMES_EVERY);
            }
            Err(error) => {
                if !self.failing {
                    tracing::warn!(%error, "key sets cannot be copied to the disk; it is tried again");
                }
                self.failing = true;
                self.retry_at = later(now, RETRY_AFTER);
                self.note(lacked);
            }
        }
    }
}
