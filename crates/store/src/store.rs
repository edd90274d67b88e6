//! Opening the control database and reaching it.

use crate::dialect::{self, Db, DbConnection, DbPool};
use crate::directory::{Loaded, load_all};
use crate::directory_rows::Tables;
use crate::error::StoreError;
use crate::reach::{Away, OpenFiles, put_log_back};
use crate::scope::Scope;
use crate::secret_key::SecretKey;
use domain::Revision;
use sqlx::Connection as _;
use sqlx::migrate::MigrateError;
use sqlx::pool::PoolConnection;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{OnceCell, watch};
use tokio::time::timeout;

/// File name of the control database in the data directory.
pub const CONTROL_DB: &str = "control.db";

/// A look at the database that takes longer finds it too slow. Longer than the engine waits for a lock.
const LOOK_WITHIN: Duration = Duration::from_secs(5);

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
    scope: Scope,
}

struct Inner {
    path: PathBuf,
    key: SecretKey,
    revision: watch::Sender<Revision>,
    reach: RwLock<Reach>,
    /// Held while a lost database is closed: its log must be gone before another one is opened in its place.
    closing: Arc<tokio::sync::Mutex<()>>,
    tables: OnceCell<Tables>,
}

/// What there is of the database.
struct Reach {
    /// `None`: it could not be opened, or was closed when it was lost.
    pools: Option<Pools>,
    /// Why it cannot be used now; `None`: it can.
    away: Option<Away>,
    /// What was open when it was lost.
    lost: Option<OpenFiles>,
}

#[derive(Clone)]
struct Pools {
    writer: DbPool,
    readers: DbPool,
    /// Of whoever follows the changes.
    follower: DbPool,
    files: Option<OpenFiles>,
}

impl Pools {
    async fn close(&self) {
        self.readers.close().await;
        self.follower.close().await;
        self.writer.close().await;
    }
}

/// A database that was away and can be read again. Calls work with it once [`Store::adopt`] took it.
pub struct FoundStore {
    revision: Revision,
    pools: Pools,
}

impl std::fmt::Debug for FoundStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FoundStore").field("revision", &self.revision).finish_non_exhaustive()
    }
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
        let (pools, revision) = connect(path, key).await?;
        Ok(Self::new(path, key, revision, Reach { pools: Some(pools), away: None, lost: None }))
    }

    /// Opens a database that was there before: one that is missing or empty is not made anew.
    pub async fn open_again(path: &Path, key: &SecretKey) -> Result<Self, StoreError> {
        refuse_empty(path)?;
        Self::open(path, key).await
    }

    /// A database that cannot be used now: every call says so, until [`Store::find_again`] finds it again.
    pub fn away(path: &Path, key: &SecretKey, why: Away) -> Self {
        Self::new(path, key, Revision(0), Reach { pools: None, away: Some(why), lost: None })
    }

    fn new(path: &Path, key: &SecretKey, revision: Revision, reach: Reach) -> Self {
        let (revision, _) = watch::channel(revision);
        let (path, key, reach) = (path.to_owned(), key.clone(), RwLock::new(reach));
        let inner = Inner { path, key, revision, reach, closing: Arc::default(), tables: OnceCell::new() };
        Self { inner: Arc::new(inner), scope: Scope::All }
    }

    /// Opens a database that must be there already.
    pub async fn open_existing(path: &Path, key: &SecretKey) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::NotThere);
        }
        Self::open(path, key).await
    }

    /// The version of the schema that this program works with.
    pub fn schema_version() -> i64 {
        dialect::schema_version()
    }

    /// Ends all connections and folds the write-ahead log into the file. Waits for calls that are under way.
    pub async fn close(&self) {
        if let Some(pools) = self.reach(|reach| reach.pools.clone()) {
            pools.close().await;
        }
    }

    /// Why the database cannot be used, as of the last look; `None`: it can.
    pub fn away_since_look(&self) -> Option<Away> {
        self.reach(|reach| reach.away)
    }

    /// Looks whether the database can be used, and gives its revision. From then on calls either work or say at once why
    /// not. A file that is gone, replaced or damaged is closed: [`Store::find_again`] finds it again.
    pub async fn look(&self) -> Result<Revision, StoreError> {
        let (pools, away) = self.reach(|reach| (reach.pools.clone(), reach.away));
        let Some(pools) = pools else { return Err(StoreError::Away(away.unwrap_or(Away::Missing))) };
        let looked = match pools.files.and_then(|files| files.is_at(&self.inner.path)) {
            Some(true) => {
                let asked = async { current_revision(&mut *pools.follower.acquire().await?).await };
                timeout(LOOK_WITHIN, asked).await.unwrap_or(Err(StoreError::Away(Away::Slow)))
            }
            Some(false) => Err(StoreError::Away(Away::Replaced)),
            None => Err(StoreError::Away(Away::Missing)),
        };
        match &looked {
            Ok(_) => self.with_reach(|reach| reach.away = None),
            Err(error) => self.lose(error),
        }
        looked
    }

    /// Takes note of an error that says that the database is away. One that is gone for good is closed.
    pub fn lose(&self, error: &StoreError) {
        let Some(why) = error.away() else { return };
        let closed = self.with_reach(|reach| {
            reach.away = Some(why);
            match why {
                Away::Missing | Away::Replaced | Away::Damaged => {
                    let pools = reach.pools.take();
                    reach.lost = pools.as_ref().and_then(|pools| pools.files).or(reach.lost);
                    pools
                }
                Away::Locked | Away::ReadOnly | Away::DiskFull | Away::Slow | Away::Unreadable => None,
            }
        });
        let Some(pools) = closed else { return };
        let closing = Arc::clone(&self.inner.closing).try_lock_owned();
        tokio::spawn(async move {
            let _closing = closing;
            pools.close().await;
        });
    }

    /// Whether the database is closed, so that only [`Store::find_again`] finds it again.
    pub fn is_closed(&self) -> bool {
        self.reach(|reach| reach.pools.is_none())
    }

    /// Opens the database that is in the place of a lost one, and reads all that gateways need: it is whole. It must be
    /// there already, and not be empty.
    pub async fn find_again(&self) -> Result<(Revision, Loaded, FoundStore), StoreError> {
        let Inner { path, key, .. } = &*self.inner;
        let _closed = self.inner.closing.lock().await;
        let lost = self.reach(|reach| reach.lost);
        let opened = async {
            let set_aside = lost.map_or(Ok(()), |lost| lost.set_log_aside(path));
            set_aside.map_err(|source| StoreError::File { path: path.display().to_string(), source })?;
            refuse_empty(path)?;
            let (pools, _) = connect(path, key).await?;
            let read = async {
                let mut db = pools.follower.acquire().await?;
                let mut snapshot = db.begin_with(dialect::BEGIN_SNAPSHOT).await?;
                let revision = current_revision(&mut snapshot).await?;
                Ok((revision, load_all(&mut snapshot, key).await?))
            };
            match read.await {
                Ok((revision, loaded)) => Ok((revision, loaded, FoundStore { revision, pools })),
                Err(error) => {
                    pools.close().await;
                    Err(error)
                }
            }
        };
        let opened = opened.await;
        if let Err(error) = &opened {
            self.lose(error);
        }
        opened
    }

    /// Works with a database that was found again.
    pub fn adopt(&self, found: FoundStore) {
        let FoundStore { revision, pools } = found;
        self.with_reach(|reach| *reach = Reach { pools: Some(pools), away: None, lost: None });
        // It may be older than the lost one.
        self.inner.revision.send_replace(revision);
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

    /// What is seen through this handle.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(crate) fn with_scope(&self, scope: Scope) -> Self {
        Self { inner: Arc::clone(&self.inner), scope }
    }

    pub(crate) async fn reader(&self) -> Result<PoolConnection<Db>, StoreError> {
        let readers = self.pools()?.readers;
        Ok(readers.acquire().await?)
    }

    /// The connection of whoever follows the changes.
    pub(crate) async fn follower(&self) -> Result<PoolConnection<Db>, StoreError> {
        let follower = self.pools()?.follower;
        Ok(follower.acquire().await?)
    }

    /// The key that seals secrets.
    pub(crate) fn key(&self) -> &SecretKey {
        &self.inner.key
    }

    /// The one connection that writes.
    pub(crate) fn writer(&self) -> Result<DbPool, StoreError> {
        Ok(self.pools()?.writer)
    }

    /// The tables of a directory; read once, as the schema does not change while the program runs.
    pub(crate) async fn tables(&self, db: &mut DbConnection) -> Result<&Tables, StoreError> {
        self.inner.tables.get_or_try_init(|| Tables::read(db)).await
    }

    fn pools(&self) -> Result<Pools, StoreError> {
        self.reach(|reach| match (&reach.pools, reach.away) {
            (_, Some(why)) => Err(StoreError::Away(why)),
            (Some(pools), None) => Ok(pools.clone()),
            (None, None) => Err(StoreError::Away(Away::Missing)),
        })
    }

    fn reach<T>(&self, read: impl FnOnce(&Reach) -> T) -> T {
        read(&self.inner.reach.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn with_reach<T>(&self, write: impl FnOnce(&mut Reach) -> T) -> T {
        write(&mut self.inner.reach.write().unwrap_or_else(PoisonError::into_inner))
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

async fn connect(path: &Path, key: &SecretKey) -> Result<(Pools, Revision), StoreError> {
    // The engine would open a file that cannot be written for reading, and stay with that.
    let open = OpenOptions::new().append(true).open(path);
    let ready = open.and_then(|_| put_log_back(path));
    ready.map_err(|source| StoreError::File { path: path.display().to_string(), source })?;
    let writer = dialect::connect_writer(path).await.map_err(locked_if_late)?;
    match prepare(&writer, key).await {
        Ok(revision) => {
            let (readers, follower) = (dialect::connect_readers(path), dialect::connect_follower(path));
            Ok((Pools { writer, readers, follower, files: OpenFiles::at(path) }, revision))
        }
        Err(error) => {
            writer.close().await;
            Err(error)
        }
    }
}

/// Nobody else uses new connections: what they wait for is a lock.
fn locked_if_late(error: StoreError) -> StoreError {
    if matches!(error, StoreError::Unavailable(sqlx::Error::PoolTimedOut)) {
        return StoreError::Away(Away::Locked);
    }
    error
}

/// The engine takes an empty file for a new database. Where one was lost it is a damaged one.
pub(crate) fn refuse_empty(path: &Path) -> Result<(), StoreError> {
    match std::fs::metadata(path) {
        Ok(found) if found.len() == 0 => Err(StoreError::Damaged("the file is empty".to_owned())),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(StoreError::NotThere),
        Err(source) => Err(StoreError::File { path: path.display().to_string(), source }),
    }
}

async fn prepare(writer: &DbPool, key: &SecretKey) -> Result<Revision, StoreError> {
    let mut db = writer.acquire().await?;
    refuse_newer_schema(&mut db).await?;
    dialect::migrate(&mut db, None).await.map_err(migration_error)?;
    check_key(&mut db, key).await?;
    current_revision(&mut db).await
}

async fn refuse_newer_schema(db: &mut DbConnection) -> Result<(), StoreError> {
    let tables: i64 = sqlx::query_scalar(dialect::HAS_MIGRATIONS).fetch_one(&mut *db).await?;
    if tables == 0 {
        return Ok(());
    }
    let found: i64 = sqlx::query_scalar(FIND_SCHEMA_VERSION).fetch_one(&mut *db).await?;
    let known = dialect::schema_version();
    if found > known { Err(StoreError::NewerSchema { found, known }) } else { Ok(()) }
}

pub(crate) fn migration_error(error: MigrateError) -> StoreError {
    if let MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) = error {
        return error.into();
    }
    StoreError::Corrupt(error.to_string())
}

pub(crate) async fn check_key(db: &mut DbConnection, key: &SecretKey) -> Result<(), StoreError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::READERS;

    #[tokio::test]
    async fn whoever_follows_the_changes_need_not_wait_for_those_who_read_long() {
        let folder = tempfile::tempdir().unwrap();
        let key = SecretKey::load_or_create(folder.path()).unwrap();
        let store = Store::open(&folder.path().join(CONTROL_DB), &key).await.unwrap();
        let revision = store.current_revision().await.unwrap();
        let mut held = Vec::new();
        for _ in 0..READERS {
            held.push(store.reader().await.unwrap());
        }
        assert_eq!(store.look().await.unwrap(), revision);
        assert!(store.news_since(revision).await.unwrap().is_some_and(|news| news.touched.is_empty()));
        assert_eq!(store.load_directory().await.unwrap().0, revision);
        assert_eq!(store.away_since_look(), None);
    }
}
