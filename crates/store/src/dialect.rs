//! What differs between database engines. Today there is one, SQLite; the rest of the crate uses these names only.
//!
//! The SQL texts themselves are written for SQLite and PostgreSQL alike (see `docs/adr/0002-sqlite-and-postgresql-by-sqlx.md`).

use crate::error::StoreError;
use sqlx::Sqlite;
use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::time::Duration;

/// The engine.
pub(crate) type Db = Sqlite;
/// A connection, in or out of a transaction.
pub(crate) type DbConnection = sqlx::SqliteConnection;
/// A row.
pub(crate) type DbRow = sqlx::sqlite::SqliteRow;
/// Values for the parameters of a statement.
pub(crate) type DbArguments = sqlx::sqlite::SqliteArguments;
/// A pool of connections.
pub(crate) type DbPool = SqlitePool;

/// Begins a change: takes the write lock at once, so that what it reads cannot change before it writes.
pub(crate) const BEGIN_CHANGE: &str = "begin immediate";

/// Begins a group of reads that all see one state.
pub(crate) const BEGIN_SNAPSHOT: &str = "begin";

/// Whether the table of applied migrations exists.
pub(crate) const HAS_MIGRATIONS: &str =
    "select count(*) from sqlite_master where type = 'table' and name = '_sqlx_migrations'";

/// Embedded migrations.
pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// Whether an error says that the file is no database or a damaged one (`SQLITE_CORRUPT`, `SQLITE_NOTADB`).
pub(crate) fn is_damage(error: &dyn DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

const READERS: u32 = 4;
/// Page cache of a reading connection, in the pragma's way of writing 32 MiB: loading everything walks several trees.
const READER_CACHE: &str = "-32768";
/// Rows that may wait between the engine's thread and ours; the default of 50 makes the two threads take turns.
const READER_ROWS: usize = 1000;
/// How long a call waits for a connection, or for another program's lock, before it fails.
const WAIT: Duration = Duration::from_secs(10);

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(WAIT)
        .statement_cache_capacity(256)
        .pragma("trusted_schema", "off")
}

/// The one connection that writes.
pub(crate) async fn connect_writer(path: &Path) -> Result<DbPool, StoreError> {
    let pool = SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(1)
        .acquire_timeout(WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options(path))
        .await?;
    Ok(pool)
}

/// Connections that only read; opened when needed, after the writer made the file a WAL database.
pub(crate) fn connect_readers(path: &Path) -> DbPool {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(WAIT)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(
            options(path).pragma("query_only", "on").pragma("cache_size", READER_CACHE).row_buffer_size(READER_ROWS),
        )
}
