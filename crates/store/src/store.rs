//! Opening the control database and reaching it.

use crate::dialect::{self, Db, DbConnection, DbPool};
use crate::error::StoreError;
use crate::secret_key::SecretKey;
use domain::Revision;
use sqlx::migrate::MigrateError;
use sqlx::pool::PoolConnection;
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

/// File name of the control database in the data directory.
pub const CONTROL_DB: &str = "control.db";

const KEY_CHECK_PURPOSE: &str = "key check";
const KEY_CHECK_TEXT: &[u8] = b"portcullis";

const FIND_SCHEMA_VERSION: &str = "select coalesce(max(version), 0) from _sqlx_migrations";
const FIND_KEY_CHECK: &str = "select key_check from workspace where id = 1";
const SET_KEY_CHECK: &str = "update workspace set key_check = $1 where id = 1";
const CURRENT_REVISION: &str = "select revision from workspace where id = 1";

/// The control database. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: DbPool,
    readers: DbPool,
    key: SecretKey,
    revision: watch::Sender<Revision>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a database, makes it where there is none, and brings its schema up to date.
    pub async fn open(path: &Path, key: &SecretKey) -> Result<Self, StoreError> {
        create_file(path)?;
        let writer = dialect::connect_writer(path).await?;
        let opened = prepare(&writer, key).await;
        match opened {
            Ok(revision) => {
                let (revision, _) = watch::channel(revision);
                let readers = dialect::connect_readers(path);
                Ok(Self { inner: Arc::new(Inner { writer, readers, key: key.clone(), revision }) })
            }
            Err(error) => {
                writer.close().await;
                Err(error)
            }
        }
    }

    /// Opens a database that must be there already.
    pub async fn open_existing(path: &Path, key: &SecretKey) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::NotThere);
        }
        Self::open(path, key).await
    }

    /// Ends all connections and folds the write-ahead log into the file. Waits for calls that are under way.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    /// Whether the database answers.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.current_revision().await.map(|_| ())
    }

    /// The newest revision.
    pub async fn current_revision(&self) -> Result<Revision, StoreError> {
        let mut db = self.reader().await?;
        current_revision(&mut db).await
    }

    /// Follows the revisions that this process commits. Changes made by another process do not show here: poll
    /// [`Store::current_revision`] as well.
    pub fn watch_revision(&self) -> watch::Receiver<Revision> {
        self.inner.revision.subscribe()
    }

    pub(crate) async fn reader(&self) -> Result<PoolConnection<Db>, StoreError> {
        Ok(self.inner.readers.acquire().await?)
    }

    /// The key that seals secrets.
    pub(crate) fn key(&self) -> &SecretKey {
        &self.inner.key
    }

    pub(crate) fn writer(&self) -> &DbPool {
        &self.inner.writer
    }

    pub(crate) fn announce(&self, revision: Revision) {
        self.inner.revision.send_if_modified(|known| {
            let newer = *known < revision;
            *known = (*known).max(revision);
            newer
        });
    }
}

pub(crate) async fn current_revision(db: &mut DbConnection) -> Result<Revision, StoreError> {
    Ok(Revision(sqlx::query_scalar(CURRENT_REVISION).fetch_one(db).await?))
}

/// Makes an empty file that only its owner may read; SQLite gives its side files the same mode.
pub(crate) fn create_file(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(path).and_then(|_| sync_folder(path));
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::File { path: path.display().to_string(), source: error })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes a new file's name last through a power cut.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        Some(_) | None => File::open(".")?.sync_all(),
    }
}

async fn prepare(writer: &DbPool, key: &SecretKey) -> Result<Revision, StoreError> {
    let mut db = writer.acquire().await?;
    refuse_newer_schema(&mut db).await?;
    dialect::MIGRATIONS.run(&mut *db).await.map_err(migration_error)?;
    check_key(&mut db, key).await?;
    current_revision(&mut db).await
}

async fn refuse_newer_schema(db: &mut DbConnection) -> Result<(), StoreError> {
    let tables: i64 = sqlx::query_scalar(dialect::HAS_MIGRATIONS).fetch_one(&mut *db).await?;
    if tables == 0 {
        return Ok(());
    }
    let found: i64 = sqlx::query_scalar(FIND_SCHEMA_VERSION).fetch_one(&mut *db).await?;
    let known = dialect::MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > known { Err(StoreError::NewerSchema { found, known }) } else { Ok(()) }
}

fn migration_error(error: MigrateError) -> StoreError {
    if let MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) = error {
        return error.into();
    }
    StoreError::Corrupt(error.to_string())
}

async fn check_key(db: &mut DbConnection, key: &SecretKey) -> Result<(), StoreError> {
    let sealed: Option<Vec<u8>> = sqlx::query_scalar(FIND_KEY_CHECK).fetch_one(&mut *db).await?;
    let Some(sealed) = sealed else {
        let sealed = key.seal(KEY_CHECK_PURPOSE, KEY_CHECK_TEXT)?;
        sqlx::query(SET_KEY_CHECK).bind(sealed).execute(&mut *db).await?;
        return Ok(());
    };
    match key.open(KEY_CHECK_PURPOSE, &sealed) {
        Ok(text) if text.as_slice() == KEY_CHECK_TEXT => Ok(()),
        Ok(_) | Err(_) => Err(StoreError::WrongKey),
    }
}
