//! What can go wrong in the store. Messages are for the log, except those of faults, which are shown at their field.

use crate::dialect::is_damage;
use crate::reach::Away;
use std::fmt;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The object that was addressed is not there.
    #[error("{what} not found")]
    NotFound {
        /// The noun, as in "access profile".
        what: &'static str,
    },
    /// The input breaks rules; all faults found, each at its field.
    #[error("{}", list(.0))]
    Invalid(Vec<Fault>),
    /// The object cannot be deleted while others use it.
    #[error("{what} is in use by {}", .users.join(", "))]
    InUse {
        /// The noun of what is in use.
        what: &'static str,
        /// Names of users, at most 20.
        users: Vec<String>,
    },
    /// The database was written by a newer program.
    #[error("the database has schema version {found}, this program knows up to {known}: use a newer program")]
    NewerSchema {
        /// Version in the file.
        found: i64,
        /// Newest version known here.
        known: i64,
    },
    /// There is no database to open.
    #[error("there is no database in the data directory")]
    NotThere,
    /// There is a database but no secret key.
    #[error("the data directory has a database but no secret.key: put the key back")]
    NoKey,
    /// The secret key is not the one that the database was made with.
    #[error("secret.key does not belong to this database")]
    WrongKey,
    /// The secret key is malformed.
    #[error("the secret key {0}")]
    BadKey(String),
    /// A sealed value cannot be opened: changed, or sealed for another purpose or with another key.
    #[error("a sealed value cannot be opened")]
    Sealed,
    /// The system gives no random numbers.
    #[error("no random numbers to be had")]
    NoRandom,
    /// The key file or the database file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be reached or written now: locked, disk full, input or output error.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database is known to be away: it was not asked.
    #[error("the database cannot be used: {0}")]
    Away(Away),
    /// The file is no database, or a damaged one.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The database holds something that this program cannot read.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
}

/// One broken rule, at its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field's name in the API; nested as in `api_keys[0].name`.
    pub field: String,
    /// What sort of fault.
    pub kind: FaultKind,
    /// Reads after the field's name.
    pub message: String,
}

/// What sort of rule a fault breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// The value itself is not acceptable.
    Bad,
    /// It refers to something that is not there, or asks for what is not possible.
    Missing,
    /// It clashes with what is there.
    Conflict,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl StoreError {
    /// An error with one fault.
    pub fn fault(field: impl Into<String>, kind: FaultKind, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault { field: field.into(), kind, message: message.into() }])
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let damaged = error.as_database_error().is_some_and(is_damage);
        let unreadable = matches!(
            error,
            sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::Decode(_)
                | sqlx::Error::ColumnNotFound(_)
                | sqlx::Error::TypeNotFound { .. }
                | sqlx::Error::ColumnIndexOutOfBounds { .. }
        );
        if damaged {
            Self::Damaged(error.to_string())
        } else if unreadable {
            Self::Corrupt(error.to_string())
        } else {
            Self::Unavailable(error)
        }
    }
}

fn list(faults: &[Fault]) -> String {
    let texts: Vec<_> = faults.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

/// Collects faults, so that all of them are reported at once.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault.
    pub(crate) fn add(&mut self, field: impl Into<String>, kind: FaultKind, message: impl Into<String>) {
        self.0.push(Fault { field: field.into(), kind, message: message.into() });
    }

    /// Notes that a name or path is taken.
    pub(crate) fn taken(&mut self, field: impl Into<String>) {
        self.add(field, FaultKind::Conflict, "has already been taken");
    }

    /// Hands all faults on, each at another field.
    pub(crate) fn copy_to(self, other: &mut Self, field: impl Fn(&str) -> String) {
        for fault in self.0 {
            other.add(field(&fault.field), fault.kind, fault.message);
        }
    }

    /// Ends with an error if there was any fault.
    pub(crate) fn check(self) -> Result<(), StoreError> {
        if self.0.is_empty() { Ok(()) } else { Err(StoreError::Invalid(self.0)) }
    }
}
