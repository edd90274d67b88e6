//! What a node begins with: the control database, or, while that cannot be used, the copy of the directory on the disk.
//!
//! The copy is taken only for what may pass or be mended: a file that is missing, damaged, locked or unreadable. A database
//! of a newer program, or one that was sealed with another key, ends the start.

use crate::config_feed;
use crate::snapshot::{self, Copied};
use crate::{clock, control};
use anyhow::Context as _;
use domain::directory::Directory;
use std::path::Path;
use std::time::Duration;
use store::{Away, CONTROL_DB, SecretKey, Store, StoreError};
use tokio::time::timeout;

/// For a database to open, where there is a copy to start from. What is in it may take longer to load: that goes on.
const OPEN_WITHIN: Duration = Duration::from_secs(8);

/// What there is at start.
pub(super) struct Opened {
    /// The control database, or one that is away.
    pub(super) store: Store,
    /// What is served first.
    pub(super) directory: Directory,
    /// How long ago that was as new as the database.
    pub(super) age: Duration,
}

/// Opens the database and loads everything, or else takes the copy.
pub(super) async fn open(data_dir: &Path) -> anyhow::Result<Opened> {
    if !snapshot::has_any(data_dir) {
        let store = control::open(data_dir).await?;
        let directory = config_feed::load(&store).await?;
        return Ok(Opened { store, directory, age: Duration::ZERO });
    }
    let key = SecretKey::load_or_create(data_dir)?;
    let path = data_dir.join(CONTROL_DB);
    let error = match from_database(&path, &key).await {
        Ok(opened) => return Ok(opened),
        Err(error) => error,
    };
    let Some(why) = error.away() else { return Err(error.into()) };
    let Copied { revision, loaded, age } = snapshot::load(data_dir, &key, clock::of_files())
        .await
        .map_err(anyhow::Error::msg)
        .context("the copy of the directory cannot be used either")
        .with_context(|| error.to_string())?;
    tracing::error!(
        %error,
        revision = revision.0,
        age_seconds = age.as_secs(),
        "the control database cannot be used: serving the directory as it was last known"
    );
    Ok(Opened { store: Store::away(&path, &key, why), directory: config_feed::compiled(revision, loaded), age })
}

/// Opens a database that was there before. It goes on opening if that takes long, as an upgrade may: the feed finds it.
async fn from_database(path: &Path, key: &SecretKey) -> Result<Opened, StoreError> {
    let (path, key) = (path.to_owned(), key.clone());
    let mut opening = tokio::spawn(async move { Store::open_again(&path, &key).await });
    let store = match timeout(OPEN_WITHIN, &mut opening).await {
        Ok(Ok(opened)) => opened?,
        Ok(Err(_)) => return Err(StoreError::Away(Away::Unreadable)),
        Err(_) => {
            tokio::spawn(async move {
                if let Ok(Ok(late)) = opening.await {
                    late.close().await;
                }
            });
            return Err(StoreError::Away(Away::Slow));
        }
    };
    match config_feed::load(&store).await {
        Ok(directory) => Ok(Opened { store, directory, age: Duration::ZERO }),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}
