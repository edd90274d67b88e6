//! What differs between database engines. Today there is one, SQLite; the rest of the crate uses these names only.
//!
//! The SQL texts themselves are written for SQLite and PostgreSQL alike (see `docs/adr/0002-sqlite-and-postgresql-by-sqlx.md`).

use crate::error::StoreError;
use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite};
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

/// The newest version of the schema that this program knows.
pub(crate) fn schema_version() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Brings a schema up to date, or up to a version.
pub(crate) async fn migrate(db: &mut DbConnection, to: Option<i64>) -> Result<(), MigrateError> {
    // The public ways are generic in how a connection is had, and so are not known to be `Send`.
    MIGRATIONS.run_direct(to, db, false).await
}

/// Whether an error says that the file is no database or a damaged one (`SQLITE_CORRUPT`, `SQLITE_NOTADB`).
pub(crate) fn is_damage(error: &dyn DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

/// Most connections that read at once, besides the follower's.
pub(crate) const READERS: u32 = 4;
/// Page cache of a reading connection, in the pragma's way of writing 32 MiB: loading everything walks several trees.
const READER_CACHE: &str = "-32768";
/// Rows that may wait between the engine's thread and ours; the default of 50 makes the two threads take turns.
const READER_ROWS: usize = 1000;
/// How long a call waits before it fails.
#[derive(Clone, Copy)]
struct Patience {
    /// For a connection.
    connection: Duration,
    /// For another program's lock: shorter, so that a new connection tells a locked database from a slow one.
    lock: Duration,
}

const PATIENCE: Patience = Patience { connection: Duration::from_secs(10), lock: Duration::from_secs(7) };
/// That of whoever follows the changes.
const FOLLOWERS: Patience = Patience { connection: Duration::from_secs(4), lock: Duration::from_secs(3) };

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE.lock)
        .statement_cache_capacity(256)
        .pragma("trusted_schema", "off")
}

/// The one connection that writes.
pub(crate) async fn connect_writer(path: &Path) -> Result<DbPool, StoreError> {
    let pool = SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(1)
        .acquire_timeout(PATIENCE.connection)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(is_out_of_transaction(connection)))
        .connect_with(options(path))
        .await?;
    Ok(pool)
}

/// When the disk is full the engine may end a transaction by itself; the library then takes it for open for ever. Such a
/// connection is replaced.
async fn is_out_of_transaction(connection: &mut DbConnection) -> Result<bool, sqlx::Error> {
    match connection.begin_with(BEGIN_SNAPSHOT).await {
        Ok(transaction) => transaction.rollback().await.map(|()| true),
        Err(sqlx::Error::InvalidSavePointStatement) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Connections that only read; opened when needed, after the writer made the file a WAL database.
pub(crate) fn connect_readers(path: &Path) -> DbPool {
    reading(path, READERS, PATIENCE)
}

/// The connection of whoever follows the changes: however long others read, it need not wait for them.
pub(crate) fn connect_follower(path: &Path) -> DbPool {
    reading(path, 1, FOLLOWERS)
}

fn reading(path: &Path, most: u32, patience: Patience) -> DbPool {
    let options =
        options(path).busy_timeout(patience.lock).pragma("query_only", "on").pragma("cache_size", READER_CACHE);
    SqlitePoolOptions::new()
        .max_connections(most)
        .acquire_timeout(patience.connection)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(options.row_buffer_size(READER_ROWS))
}

/// A database in memory, of this connection alone. Its rows need not refer to rows that are there.
pub(crate) async fn connect_memory() -> Result<DbConnection, StoreError> {
    let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(false).pragma("trusted_schema", "off");
    Ok(options.connect().await?)
}
