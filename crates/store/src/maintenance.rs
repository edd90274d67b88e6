//! Work on database files as such: consistent copies, checks. Neither needs the program that has them open to stand still.

use crate::store::{create_file, sync_folder};
use aws_lc_rs::digest::{Context, SHA256};
use domain::time::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

const COPY: &str = "vacuum into ?1";
const CHECK: &str = "pragma integrity_check(20)";
const CHECK_REFERENCES: &str = "pragma foreign_key_check";
const REVISION: &str = "select revision from workspace where id = 1";
const NEWEST_ENTRY: &str = "select max(at) from audit_entries";
const SIZES: &str = "select (select count(*) from clients), (select count(*) from access_profiles), \
     (select count(*) from api_collections), (select count(*) from members)";
const BUNDLES: &str = "select name, pem from cert_bundles order by name_folded";

/// How long to wait for the program that writes.
const WAIT: Duration = Duration::from_secs(30);

/// Why a file could not be copied or checked.
#[derive(Debug, thiserror::Error)]
pub enum MaintenanceError {
    /// The database engine says no.
    #[error("{path}: {source}")]
    Database {
        /// The file.
        path: String,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

/// What a control database says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// Its revision.
    pub revision: i64,
    /// When the newest entry of its audit log was made.
    pub newest_entry: Option<Timestamp>,
    /// Its clients.
    pub clients: i64,
    /// Their access profiles.
    pub profiles: i64,
    /// Its API collections.
    pub collections: i64,
    /// Who may sign in to the console. None: nobody has opened the set-up link yet.
    pub members: i64,
}

/// Copies a database as of one moment, while others read and write it. The copy is a file of its own that only its owner
/// may read, synced; it must not be there yet. Takes about as long as copying the file.
pub fn copy_database(from: &Path, to: &Path) -> Result<(), MaintenanceError> {
    let file_error = |source| MaintenanceError::File { path: to.display().to_string(), source };
    let database = open(from)?;
    if to.exists() {
        return Err(file_error(std::io::ErrorKind::AlreadyExists.into()));
    }
    create_file(to).map_err(|error| file_error(std::io::Error::other(error.to_string())))?;
    let target = to.display().to_string();
    database.execute(COPY, [&target]).map_err(|source| failed(from, source))?;
    File::open(to).and_then(|file| file.sync_all()).and_then(|()| sync_folder(to)).map_err(file_error)
}

/// Everything that is wrong with a database file; empty: it is sound. Reads the whole file.
pub fn check_database(path: &Path) -> Result<Vec<String>, MaintenanceError> {
    let database = open(path)?;
    let failed = |source| failed(path, source);
    let mut statement = database.prepare(CHECK).map_err(failed)?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).map_err(failed)?;
    let mut problems = Vec::new();
    for row in rows {
        let row = row.map_err(failed)?;
        if row != "ok" {
            problems.push(row);
        }
    }
    let mut statement = database.prepare(CHECK_REFERENCES).map_err(failed)?;
    let dangling = statement.query_row([], |row| row.get::<_, String>(0)).optional().map_err(failed)?;
    problems.extend(dangling.map(|table| format!("a row of {table} refers to one that is not there")));
    Ok(problems)
}

/// What a control database says of itself.
pub fn database_facts(path: &Path) -> Result<DatabaseFacts, MaintenanceError> {
    let database = open(path)?;
    let failed = |source| failed(path, source);
    let revision = database.query_row(REVISION, [], |row| row.get(0)).map_err(failed)?;
    let newest: Option<i64> = database.query_row(NEWEST_ENTRY, [], |row| row.get(0)).map_err(failed)?;
    let newest_entry = newest.map(Timestamp);
    database
        .query_row(SIZES, [], |row| {
            let (clients, profiles, collections, members) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(DatabaseFacts { revision, newest_entry, clients, profiles, collections, members })
        })
        .map_err(failed)
}

/// Names and PEM texts of the certificate bundles in a control database.
pub fn cert_bundle_texts(path: &Path) -> Result<Vec<(String, String)>, MaintenanceError> {
    let database = open(path)?;
    let failed = |source| failed(path, source);
    let mut statement = database.prepare(BUNDLES).map_err(failed)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
    rows.collect::<Result<_, _>>().map_err(failed)
}

/// SHA-256 of a file, in hexadecimal.
pub fn file_digest(path: &Path) -> Result<String, MaintenanceError> {
    let file_error = |source| MaintenanceError::File { path: path.display().to_string(), source };
    let mut file = File::open(path).map_err(file_error)?;
    let mut context = Context::new(&SHA256);
    let mut part = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut part).map_err(file_error)?;
        if read == 0 {
            break;
        }
        context.update(part.get(..read).unwrap_or_default());
    }
    let mut text = String::with_capacity(64);
    for byte in context.finish().as_ref() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

fn open(path: &Path) -> Result<Connection, MaintenanceError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags).map_err(|source| failed(path, source))?;
    database.busy_timeout(WAIT).map_err(|source| failed(path, source))?;
    Ok(database)
}

fn failed(path: &Path, source: rusqlite::Error) -> MaintenanceError {
    MaintenanceError::Database { path: path.display().to_string(), source }
}
