//! How each source stands, for owners.

use super::fault::KeySetFault;
use domain::terms::KeySource;
use domain::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeySetStatus {
    /// Which one.
    pub(crate) source: KeySource,
    /// When the set in use was last fetched; `None`: there is none.
    pub(crate) fetched_at: Option<Timestamp>,
    /// How many of its keys can be used.
    pub(crate) keys: usize,
    /// Why the last fetch failed; `None` if it did not.
    pub(crate) last_error: Option<KeySetFault>,
}

/// The state of all sources. A clone shows the same; reading never waits for a fetch.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeySetStatuses(Arc<Mutex<BTreeMap<KeySource, KeySetStatus>>>);

impl KeySetStatuses {
    /// One source, if any terms need it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the pages of a later version"))]
    pub(crate) fn find(&self, source: &KeySource) -> Option<KeySetStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(source).cloned()
    }

    /// All of them, by source.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the pages of a later version"))]
    pub(crate) fn list(&self) -> Vec<KeySetStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(super) fn put(&self, status: KeySetStatus) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(status.source.clone(), status);
    }

    pub(super) fn remove(&self, source: &KeySource) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(source);
    }
}
