//! What is known of one source.

use super::fault::KeySetFault;
use super::schedule::Schedule;
use super::status::KeySetStatus;
use domain::jwt::KeySet;
use domain::terms::KeySource;
use domain::time::Timestamp;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task;
use url::Url;

/// A set in use.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// As the directory has it.
    pub(super) set: Arc<KeySet>,
    /// As it was fetched.
    pub(super) text: Arc<str>,
    /// When it was last fetched.
    pub(super) fetched_at: Timestamp,
}

/// A source that some terms need.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) schedule: Schedule,
    pub(super) kept: Option<Kept>,
    /// Why the last fetch failed; `None` if it did not.
    pub(super) fault: Option<KeySetFault>,
    /// The fetch under way.
    pub(super) fetch: Option<task::Id>,
    /// Who waits for it.
    pub(super) waiting: Vec<oneshot::Sender<()>>,
}

impl Entry {
    pub(super) fn new(schedule: Schedule, kept: Option<Kept>) -> Self {
        Self { schedule, kept, fault: None, fetch: None, waiting: Vec::new() }
    }

    pub(super) fn status(&self, source: &KeySource) -> KeySetStatus {
        KeySetStatus {
            source: source.clone(),
            fetched_at: self.kept.as_ref().map(|kept| kept.fetched_at),
            keys: self.kept.as_ref().map_or(0, |kept| kept.set.len()),
            last_error: self.fault,
        }
    }
}

/// Tells all who wait.
pub(super) fn answer(waiting: Vec<oneshot::Sender<()>>) {
    for done in waiting {
        // Whoever asked may have given up.
        let _ = done.send(());
    }
}

/// A source as it may stand in a log: without user, query and fragment.
pub(super) fn shown(source: &KeySource) -> String {
    match Url::parse(source.url()) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) => "(not a URL)".to_owned(),
    }
}
