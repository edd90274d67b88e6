//! What can go wrong with the counts. Messages are for the log.

/// An error of the quota file.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    /// The file cannot be read or written now: locked, disk full, damaged, input or output error.
    #[error("the quota file is not available: {0}")]
    Unavailable(#[from] rusqlite::Error),
    /// The file was closed.
    #[error("the quota file is closed")]
    Closed,
    /// The file was written by a newer program.
    #[error("the quota file has schema version {found}, this program knows up to {known}: use a newer program")]
    NewerSchema {
        /// Version in the file.
        found: i64,
        /// Newest version known here.
        known: i64,
    },
    /// The file cannot be made, or its thread cannot be started.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
}
